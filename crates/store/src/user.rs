//! Users: agents, bots and administrators.

use model::{CategoryId, IdentityId, RoleId, SourceId, Timestamp, UserCapacityId, UserId};

use crate::{Backend, Error, Filter, Json, Listed, Page, Tx, params, table};

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
        /// How much it takes on channels; none for what the channels say.
        user_capacity_id: Option<UserCapacityId>,
        /// The identities that it writes as.
        identity_ids: Json<Vec<IdentityId>>,
        /// Languages.
        spoken_languages: Json<Vec<String>>,
        /// When it was removed: its row stays, without name or access, for what points at it.
        deleted_at: Option<Timestamp>,
        /// What was said up to then it counts as having read.
        unread_from: Timestamp,
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

/// Finds a user by its id, a removed one too: names of old contents come from it.
pub async fn find(tx: &mut Tx, id: &UserId) -> Result<Option<User>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// All bots, those who were removed too.
pub async fn bots(tx: &mut Tx) -> Result<Vec<UserId>, Error> {
    tx.rows("SELECT id FROM users WHERE bot ORDER BY id", Vec::new()).await?.iter_mut().map(crate::Row::take).collect()
}

/// The people who may enter.
pub async fn people(tx: &mut Tx) -> Result<Vec<User>, Error> {
    tx.select("WHERE enabled = TRUE AND bot = FALSE AND deleted_at IS NULL ORDER BY id", Vec::new()).await
}

/// Finds a user by e-mail address, in any case.
pub async fn by_email(tx: &mut Tx, email: &str) -> Result<Option<User>, Error> {
    tx.find("WHERE email = ?1", params![email.trim().to_lowercase()]).await
}

/// Finds a user who was not removed, and holds the row against other writers.
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

/// How many people with one of these roles can sign in; with `seeing`, only those who have not lost the right to read on
/// any source.
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
pub async fn count_with_role(tx: &mut Tx, role: &RoleId) -> Result<i64, Error> {
    tx.number("SELECT COUNT(*) FROM users WHERE role_id = ?1 AND deleted_at IS NULL", params![role]).await
}

/// Whether some user of a role has no permissions of their own on a source, and so has the role's.
pub async fn follows_role(tx: &mut Tx, role: &RoleId, source: &SourceId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM users WHERE role_id = ?1 AND deleted_at IS NULL AND NOT EXISTS \
               (SELECT 1 FROM source_permissions p WHERE p.user_id = users.id AND p.source_id = ?2)";
    Ok(tx.number(sql, params![role, source]).await? > 0)
}

/// Lets the rows of removed users point at another role.
pub async fn move_removed(tx: &mut Tx, from: &RoleId, to: &RoleId) -> Result<(), Error> {
    let sql = "UPDATE users SET role_id = ?2 WHERE role_id = ?1 AND deleted_at IS NOT NULL";
    tx.execute(sql, params![from, to]).await.map(drop)
}

/// Holds users against other writers, in the order of their ids; gives those that are there.
pub async fn hold(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<UserId>, Error> {
    let mut filter = Filter::default();
    filter.and("deleted_at IS NULL");
    filter.and_in("id", ids);
    let held = if tx.backend() == Backend::Postgres { " FOR UPDATE" } else { "" };
    let sql = format!("SELECT id FROM users {} ORDER BY id{held}", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(crate::Row::take).collect()
}

/// Takes every way in from a user: sessions, API tokens, invitations, links for lost passwords; the permissions on sources; and what only they
/// see: signatures and folders of their own, below which nobody else has any.
pub async fn take_access(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    let tables = [
        "sessions",
        "access_tokens",
        "invitations",
        "password_recoveries",
        "second_factors",
        "recovery_codes",
        "second_steps",
        "source_permissions",
        "user_passwords",
        "user_signatures",
        "agent_threads",
        "folders",
        "mail_deliveries",
    ];
    for table in tables {
        tx.execute(&format!("DELETE FROM {table} WHERE user_id = ?1"), params![user]).await?;
    }
    Ok(())
}

/// Users by their ids, removed ones left out, in the order of their ids.
pub async fn by_ids(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<User>, Error> {
    let mut filter = Filter::default();
    filter.and("deleted_at IS NULL");
    filter.and_in("id", ids);
    tx.select(&format!("{} ORDER BY id", filter.clause()), filter.params).await
}

/// Users by their ids, removed ones too: what they did still bears their names.
pub async fn ever(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<User>, Error> {
    let mut filter = Filter::default();
    filter.and_in("id", ids);
    tx.select(&filter.clause(), filter.params).await
}

/// Whether some user has a category as a skill.
pub async fn is_skill(tx: &mut Tx, category: &CategoryId) -> Result<bool, Error> {
    let holds = format!("%\"{category}\"%");
    Ok(tx
        .number("SELECT COUNT(*) FROM users WHERE category_ids LIKE ?1 AND deleted_at IS NULL", params![holds])
        .await?
        > 0)
}
