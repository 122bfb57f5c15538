//! Users, roles, teams, their permissions on sources, and the keys they enter with.

use model::{
    AccessTokenId, CategoryId, ChannelId, IdentityId, Permission, RoleId, SourceId, SourcePermission, TeamId,
    Timestamp, UserId,
};

use crate::{Backend, Error, Filter, Json, Listed, Page, Tx, params, table};

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
        /// Seconds in which a bot must answer; none for the domain's setting, 0 for as long as it likes.
        bot_lease_seconds: Option<i64>,
        /// Skills.
        category_ids: Json<Vec<CategoryId>>,
        /// The identities that it writes as.
        identity_ids: Json<Vec<IdentityId>>,
        /// Languages.
        spoken_languages: Json<Vec<String>>,
        /// When it was removed: its row stays, without name or access, for what points at it.
        deleted_at: Option<Timestamp>,
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

table! {
    /// A link by which an invited user sets a first password. Its token is not kept, only its hash.
    pub struct Invitation in "invitations" {
        /// The SHA-256 of the token, in hex.
        token_hash: String,
        /// Whom it is for.
        user_id: UserId,
        /// Who made it, and so has it; none when that was not kept yet.
        giver_id: Option<UserId>,
        /// When it was made.
        created_at: Timestamp,
        /// Until when it can be used.
        expires_at: Timestamp,
    }
}

/// Finds a user by its id, a removed one too: names of old contents come from it.
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

/// Sets a user's own permissions on a source; none leave it to the role.
///
/// # Errors
/// As the database says.
pub async fn set_source_permissions(
    tx: &mut Tx,
    user: &UserId,
    source: &SourceId,
    permissions: Option<Vec<SourcePermission>>,
) -> Result<(), Error> {
    let Some(permissions) = permissions else {
        let sql = "DELETE FROM source_permissions WHERE user_id = ?1 AND source_id = ?2";
        return tx.execute(sql, params![user, source]).await.map(drop);
    };
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

/// Lets no session last beyond a time.
///
/// # Errors
/// As the database says.
pub async fn shorten_sessions(tx: &mut Tx, end: Timestamp) -> Result<(), Error> {
    tx.execute("UPDATE sessions SET expires_at = ?1 WHERE expires_at > ?1", params![end]).await.map(drop)
}

/// Lets no session last longer than this many seconds from its beginning.
///
/// # Errors
/// As the database says.
pub async fn cap_sessions(tx: &mut Tx, seconds: i64) -> Result<(), Error> {
    let sql = "UPDATE sessions SET expires_at = created_at + ?1 WHERE expires_at > created_at + ?1";
    tx.execute(sql, params![seconds * 1000]).await.map(drop)
}

/// Ends a session; tells whether it was there.
///
/// # Errors
/// As the database says.
pub async fn end_session(tx: &mut Tx, id_hash: &str) -> Result<bool, Error> {
    Ok(tx.execute("DELETE FROM sessions WHERE id_hash = ?1", params![id_hash.to_owned()]).await? > 0)
}

/// Removes the sessions that have ended; tells how many.
///
/// # Errors
/// As the database says.
pub async fn forget_expired_sessions(tx: &mut Tx) -> Result<u64, Error> {
    let now = tx.now();
    tx.execute("DELETE FROM sessions WHERE expires_at <= ?1", params![now]).await
}

/// Finds a user who was not removed, and holds the row against other writers.
///
/// # Errors
/// As the database says.
pub async fn find_locked(tx: &mut Tx, id: &UserId) -> Result<Option<User>, Error> {
    tx.find_locked("WHERE id = ?1 AND deleted_at IS NULL", params![id]).await
}

/// Which users to list. Filters that are not set let everyone through.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// With this e-mail address, in any case.
    pub email: Option<String>,
    /// With this skill.
    pub category_id: Option<CategoryId>,
    /// Who writes as this identity.
    pub identity_id: Option<IdentityId>,
    /// With this id for single sign-on.
    pub external_id: Option<String>,
    /// With this role.
    pub role_id: Option<RoleId>,
    /// One of these, when set.
    pub ids: Option<Vec<UserId>>,
    /// One of these too, when set.
    pub within: Option<Vec<UserId>>,
}

/// Lists users, newest first.
///
/// # Errors
/// As the database says.
pub async fn list(tx: &mut Tx, wanted: &UserFilter, page: Page) -> Result<Listed<User>, Error> {
    let mut filter = Filter::default();
    filter.and("deleted_at IS NULL");
    filter.and_some("email = ?", wanted.email.as_ref().map(|e| e.trim().to_lowercase()).as_ref());
    // Lists of ids are JSON texts; an id has no character that means something to LIKE.
    let holds = |id: &str| format!("%\"{id}\"%");
    filter.and_some("category_ids LIKE ?", wanted.category_id.as_ref().map(|id| holds(id.as_str())).as_ref());
    filter.and_some("identity_ids LIKE ?", wanted.identity_id.as_ref().map(|id| holds(id.as_str())).as_ref());
    filter.and_some("external_id = ?", wanted.external_id.as_ref());
    filter.and_some("role_id = ?", wanted.role_id.as_ref());
    for ids in [&wanted.ids, &wanted.within].into_iter().flatten() {
        filter.and_in("id", ids);
    }
    tx.list(filter, "created_at DESC, id DESC", page).await
}

/// Every team, oldest first.
///
/// # Errors
/// As the database says.
pub async fn teams(tx: &mut Tx) -> Result<Vec<Team>, Error> {
    tx.select("ORDER BY created_at, id", Vec::new()).await
}

/// Every team, held against other writers.
///
/// # Errors
/// As the database says.
pub async fn teams_locked(tx: &mut Tx) -> Result<Vec<Team>, Error> {
    match tx.backend() {
        Backend::Sqlite => tx.select("ORDER BY id", Vec::new()).await,
        Backend::Postgres => tx.select("ORDER BY id FOR UPDATE", Vec::new()).await,
    }
}

/// Every role, held against other writers: who changes what users may do takes this first.
///
/// # Errors
/// As the database says.
pub async fn roles_locked(tx: &mut Tx) -> Result<Vec<Role>, Error> {
    match tx.backend() {
        Backend::Sqlite => tx.select("ORDER BY id", Vec::new()).await,
        Backend::Postgres => tx.select("ORDER BY id FOR UPDATE", Vec::new()).await,
    }
}

/// How many people with one of these roles can sign in; with `seeing`, only those who have not lost the right to read on
/// any source.
///
/// # Errors
/// As the database says.
pub async fn people_with(tx: &mut Tx, roles: &[RoleId], seeing: bool) -> Result<i64, Error> {
    let mut filter = Filter::default();
    if seeing {
        filter.and(
            "NOT EXISTS (SELECT 1 FROM source_permissions own WHERE own.user_id = users.id \
             AND own.permissions NOT LIKE '%\"read\"%')",
        );
    }
    filter.and("enabled = TRUE AND bot = FALSE AND invitation_pending = FALSE AND deleted_at IS NULL");
    filter.and("no_password = FALSE AND password_hash IS NOT NULL");
    filter.and_in("role_id", roles);
    tx.number(&format!("SELECT COUNT(*) FROM users {}", filter.clause()), filter.params).await
}

/// How many users have a role.
///
/// # Errors
/// As the database says.
pub async fn count_with_role(tx: &mut Tx, role: &RoleId) -> Result<i64, Error> {
    tx.number("SELECT COUNT(*) FROM users WHERE role_id = ?1 AND deleted_at IS NULL", params![role]).await
}

/// Whether some user of a role has no permissions of their own on a source, and so has the role's.
///
/// # Errors
/// As the database says.
pub async fn follows_role(tx: &mut Tx, role: &RoleId, source: &SourceId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM users WHERE role_id = ?1 AND deleted_at IS NULL AND NOT EXISTS \
               (SELECT 1 FROM source_permissions p WHERE p.user_id = users.id AND p.source_id = ?2)";
    Ok(tx.number(sql, params![role, source]).await? > 0)
}

/// Lets the rows of removed users point at another role.
///
/// # Errors
/// As the database says.
pub async fn move_removed(tx: &mut Tx, from: &RoleId, to: &RoleId) -> Result<(), Error> {
    let sql = "UPDATE users SET role_id = ?2 WHERE role_id = ?1 AND deleted_at IS NOT NULL";
    tx.execute(sql, params![from, to]).await.map(drop)
}

/// Holds users against other writers, in the order of their ids; gives those that are there.
///
/// # Errors
/// As the database says.
pub async fn hold(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<UserId>, Error> {
    let mut filter = Filter::default();
    filter.and("deleted_at IS NULL");
    filter.and_in("id", ids);
    let held = if tx.backend() == Backend::Postgres { " FOR UPDATE" } else { "" };
    let sql = format!("SELECT id FROM users {} ORDER BY id{held}", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(crate::Row::take).collect()
}

/// How many interventions of a user are not closed.
///
/// # Errors
/// As the database says.
pub async fn open_interventions(tx: &mut Tx, user: &UserId) -> Result<i64, Error> {
    tx.number("SELECT COUNT(*) FROM interventions WHERE user_id = ?1 AND status <> 'closed'", params![user]).await
}

/// Takes the permissions of a user's own on sources away: those of the role count everywhere then.
///
/// # Errors
/// As the database says.
pub async fn clear_source_permissions(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM source_permissions WHERE user_id = ?1", params![user]).await.map(drop)
}

/// Takes every way in from a user: sessions, API tokens, invitations; the permissions on sources; and what only they
/// see: signatures and folders of their own, below which nobody else has any.
///
/// # Errors
/// As the database says.
pub async fn take_access(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    let tables = [
        "sessions",
        "access_tokens",
        "invitations",
        "source_permissions",
        "user_passwords",
        "user_signatures",
        "folders",
        "mail_deliveries",
    ];
    for table in tables {
        tx.execute(&format!("DELETE FROM {table} WHERE user_id = ?1"), params![user]).await?;
    }
    Ok(())
}

/// Finds an invitation that can be used.
///
/// # Errors
/// As the database says.
pub async fn invitation(tx: &mut Tx, token_hash: &str) -> Result<Option<Invitation>, Error> {
    let now = tx.now();
    tx.find("WHERE token_hash = ?1 AND expires_at > ?2", params![token_hash.to_owned(), now]).await
}

/// Removes the invitations of a user.
///
/// # Errors
/// As the database says.
pub async fn end_invitations(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM invitations WHERE user_id = ?1", params![user]).await.map(drop)
}

/// Users by their ids, removed ones left out, in the order of their ids.
///
/// # Errors
/// As the database says.
pub async fn by_ids(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<User>, Error> {
    let mut filter = Filter::default();
    filter.and("deleted_at IS NULL");
    filter.and_in("id", ids);
    tx.select(&format!("{} ORDER BY id", filter.clause()), filter.params).await
}

/// How many interventions these users have open, by the channel of their source.
///
/// # Errors
/// As the database says.
pub async fn open_by_channel(tx: &mut Tx, users: &[UserId]) -> Result<Vec<(UserId, Option<ChannelId>, i64)>, Error> {
    let mut filter = Filter::default();
    filter.and("i.status = 'open'");
    filter.and_in("i.user_id", users);
    let sql = format!(
        "SELECT i.user_id, s.channel_id, COUNT(*) FROM interventions i \
         JOIN content_sources s ON s.id = i.source_id {} GROUP BY i.user_id, s.channel_id",
        filter.clause()
    );
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?, row.take()?))).collect()
}

/// Users by their ids, removed ones too: what they did still bears their names.
///
/// # Errors
/// As the database says.
pub async fn ever(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<User>, Error> {
    let mut filter = Filter::default();
    filter.and_in("id", ids);
    tx.select(&filter.clause(), filter.params).await
}

/// Finds an API token by its hash.
///
/// # Errors
/// As the database says.
pub async fn token_by_hash(tx: &mut Tx, token_hash: &str) -> Result<Option<AccessToken>, Error> {
    tx.find("WHERE token_hash = ?1", params![token_hash.to_owned()]).await
}

/// Finds a console session by the hash of its cookie.
///
/// # Errors
/// As the database says.
pub async fn session_by_hash(tx: &mut Tx, id_hash: &str) -> Result<Option<Session>, Error> {
    tx.find("WHERE id_hash = ?1", params![id_hash.to_owned()]).await
}

/// Whether some user has a category as a skill.
///
/// # Errors
/// As the database says.
pub async fn is_skill(tx: &mut Tx, category: &CategoryId) -> Result<bool, Error> {
    let holds = format!("%\"{category}\"%");
    Ok(tx
        .number("SELECT COUNT(*) FROM users WHERE category_ids LIKE ?1 AND deleted_at IS NULL", params![holds])
        .await?
        > 0)
}
