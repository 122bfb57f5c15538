//! Users, roles, teams, their permissions on sources, and the keys they enter with.

use model::{
    AccessTokenId, CategoryId, IdentityId, Permission, RoleId, SourceId, SourcePermission, TeamId, Timestamp, UserId,
};

use crate::{Error, Json, Tx, params, table};

table! {
    /// A set of permissions that users share.
    pub struct Role in "roles" {
        /// Its id.
        id: RoleId,
        /// Its name.
        label: String,
        /// What it allows.
        permissions: Json<Vec<Permission>>,
        /// What its users may do on a source for which they have no permissions of their own.
        source_permissions: Json<Vec<SourcePermission>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// An agent, a bot or an administrator.
    pub struct User in "users" {
        /// Its id.
        id: UserId,
        /// E-mail address in lower case.
        email: String,
        /// First name.
        firstname: String,
        /// Last name.
        lastname: String,
        /// Nickname.
        nickname: Option<String>,
        /// `man` or `woman`.
        gender: Option<String>,
        /// Id for single sign-on.
        external_id: Option<String>,
        /// Language of the console.
        locale: String,
        /// Time zone; none for the domain's.
        timezone: Option<String>,
        /// Its role.
        role_id: RoleId,
        /// May enter.
        enabled: bool,
        /// The Argon2id hash of the password.
        password_hash: Option<String>,
        /// Enters without a password.
        no_password: bool,
        /// Has not accepted the invitation yet.
        invitation_pending: bool,
        /// A program, not a person.
        bot: bool,
        /// Skills.
        category_ids: Json<Vec<CategoryId>>,
        /// The identities that it writes as.
        identity_ids: Json<Vec<IdentityId>>,
        /// Languages.
        spoken_languages: Json<Vec<String>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

impl User {
    /// First and last name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.firstname, self.lastname).trim().to_owned()
    }
}

table! {
    /// A set of users with leaders.
    pub struct Team in "teams" {
        /// Its id.
        id: TeamId,
        /// Its name.
        name: String,
        /// Who leads it.
        leader_ids: Json<Vec<UserId>>,
        /// Who is in it.
        user_ids: Json<Vec<UserId>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// A key to the API. The key itself is not kept, only its hash.
    pub struct AccessToken in "access_tokens" {
        /// Its id.
        id: AccessTokenId,
        /// What it is for.
        label: String,
        /// As whom it acts.
        user_id: UserId,
        /// The SHA-256 of the key, in hex.
        token_hash: String,
        /// In use.
        enabled: bool,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// A console session. Its id is not kept, only its hash.
    pub struct Session in "sessions" {
        /// The SHA-256 of the cookie, in hex.
        id_hash: String,
        /// Whose it is.
        user_id: UserId,
        /// The token that writes must carry.
        csrf: String,
        /// When it began.
        created_at: Timestamp,
        /// When it ends.
        expires_at: Timestamp,
    }
}

/// Finds a user by its id.
///
/// # Errors
/// As the database says.
pub async fn find(tx: &mut Tx, id: &UserId) -> Result<Option<User>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a user by e-mail address, in any case.
///
/// # Errors
/// As the database says.
pub async fn by_email(tx: &mut Tx, email: &str) -> Result<Option<User>, Error> {
    tx.find("WHERE email = ?1", params![email.trim().to_lowercase()]).await
}

/// Finds a role by its id.
///
/// # Errors
/// As the database says.
pub async fn role(tx: &mut Tx, id: &RoleId) -> Result<Option<Role>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// A user's own permissions on sources; sources that are not listed have those of the role.
///
/// # Errors
/// As the database says.
pub async fn source_permissions(tx: &mut Tx, user: &UserId) -> Result<Vec<(SourceId, Vec<SourcePermission>)>, Error> {
    let sql = "SELECT source_id, permissions FROM source_permissions WHERE user_id = ?1";
    let mut rows = tx.rows(sql, params![user]).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take::<Json<Vec<SourcePermission>>>()?.0))).collect()
}

/// Sets a user's own permissions on a source.
///
/// # Errors
/// As the database says.
pub async fn set_source_permissions(
    tx: &mut Tx,
    user: &UserId,
    source: &SourceId,
    permissions: Vec<SourcePermission>,
) -> Result<(), Error> {
    let sql = "INSERT INTO source_permissions (user_id, source_id, permissions) VALUES (?1, ?2, ?3) \
               ON CONFLICT (user_id, source_id) DO UPDATE SET permissions = excluded.permissions";
    tx.execute(sql, params![user, source, Json(permissions)]).await.map(drop)
}

/// Ends every session of a user.
///
/// # Errors
/// As the database says.
pub async fn end_sessions(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM sessions WHERE user_id = ?1", params![user]).await.map(drop)
}

/// Lets a session last until a later time; never shortens it.
///
/// # Errors
/// As the database says.
pub async fn prolong_session(tx: &mut Tx, id_hash: &str, end: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE sessions SET expires_at = ?2 WHERE id_hash = ?1 AND expires_at < ?2";
    tx.execute(sql, params![id_hash.to_owned(), end]).await.map(drop)
}

/// Removes the sessions that have ended; tells how many.
///
/// # Errors
/// As the database says.
pub async fn forget_expired_sessions(tx: &mut Tx) -> Result<u64, Error> {
    let now = tx.now();
    tx.execute("DELETE FROM sessions WHERE expires_at <= ?1", params![now]).await
}
