//! What can be said of a user, and which values are acceptable.

use model::{CategoryId, IdentityId, Owner, OwnerType, RoleId, TeamId, Timestamp, UserCapacityId, UserId};
use store::source::Source;
use store::user::User;
use store::{Json, Tx, category, identity, user_capacity};

use crate::base::{
    Actor, Error, Fault, Reason, Result, checked_name,
    checks::{checked_email, checked_locale, checked_timezone, distinct},
};
use crate::setup::settings::{self, LEASE_MAX};

/// What is said of a user; what is absent stays as it is, or has its default. An empty text takes a value back.
#[derive(Clone, Debug, Default)]
pub struct UserIn {
    /// E-mail address.
    pub email: Option<String>,
    /// First name.
    pub firstname: Option<String>,
    /// Last name.
    pub lastname: Option<String>,
    /// Nickname.
    pub nickname: Option<String>,
    /// `man` or `woman`.
    pub gender: Option<String>,
    /// Id for single sign-on.
    pub external_id: Option<String>,
    /// Language of the console.
    pub locale: Option<String>,
    /// Time zone, by its IANA name.
    pub timezone: Option<String>,
    /// Role.
    pub role_id: Option<RoleId>,
    /// May enter.
    pub enabled: Option<bool>,
    /// The hash of a new password, which has passed the rules of [`crate::desk::password`].
    pub password_hash: Option<String>,
    /// Enters without a password.
    pub no_password: Option<bool>,
    /// A program, not a person.
    pub bot: Option<bool>,
    /// Seconds in which a bot must answer; none for the domain's setting.
    pub bot_lease_seconds: Option<Option<i64>>,
    /// How much they take on channels; none for what the channels say.
    pub user_capacity_id: Option<Option<UserCapacityId>>,
    /// Skills.
    pub category_ids: Option<Vec<CategoryId>>,
    /// The identities that the user writes as.
    pub identity_ids: Option<Vec<IdentityId>>,
    /// Teams.
    pub team_ids: Option<Vec<TeamId>>,
    /// Languages.
    pub spoken_languages: Option<Vec<String>>,
}

/// Sets on `user` what is said, except for role and teams, which others decide about.
///
/// # Errors
/// 422 with the field whose value is not acceptable.
pub(crate) async fn apply(tx: &mut Tx, actor: &Actor, user: &mut User, given: &UserIn) -> Result<()> {
    if let Some(email) = &given.email {
        user.email = checked_email(email)?;
    }
    if let Some(name) = &given.firstname {
        user.firstname = checked_person("firstname", name)?;
    }
    if let Some(name) = &given.lastname {
        user.lastname = checked_person("lastname", name)?;
    }
    if let Some(name) = &given.nickname {
        user.nickname = optional("nickname", name)?;
    }
    if let Some(id) = &given.external_id {
        user.external_id = optional("external_id", id)?;
    }
    if let Some(gender) = &given.gender {
        user.gender = match gender.as_str() {
            "" => None,
            "man" | "woman" => Some(gender.clone()),
            _ => return Err(Error::invalid("gender", Fault::one_of(&["man", "woman"]))),
        };
    }
    if let Some(locale) = &given.locale {
        user.locale = match locale.as_str() {
            "" => settings::LOCALE.now(tx).await?,
            code => checked_locale("locale", code)?,
        };
    }
    if let Some(name) = &given.timezone {
        user.timezone = if name.is_empty() { None } else { Some(checked_timezone("timezone", name)?) };
    }
    if let Some(languages) = &given.spoken_languages {
        let checked: Result<Vec<String>> = languages.iter().map(|l| checked_locale("spoken_languages", l)).collect();
        user.spoken_languages = Json(distinct(checked?));
    }
    user.enabled = given.enabled.unwrap_or(user.enabled);
    user.bot = given.bot.unwrap_or(user.bot);
    if let Some(seconds) = given.bot_lease_seconds {
        if seconds.is_some_and(|s| !(0..=LEASE_MAX).contains(&s)) {
            return Err(Error::invalid("bot_lease_seconds", Fault::between(0, LEASE_MAX)));
        }
        user.bot_lease_seconds = seconds;
    }
    user.no_password = given.no_password.unwrap_or(user.no_password);
    if let Some(hash) = &given.password_hash {
        user.password_hash = Some(hash.clone());
        user.invitation_pending = false;
    }
    apply_links(tx, actor, user, given).await
}

async fn apply_links(tx: &mut Tx, actor: &Actor, user: &mut User, given: &UserIn) -> Result<()> {
    if let Some(id) = given.user_capacity_id.clone() {
        if let Some(id) = &id
            && user_capacity::find_locked(tx, id).await?.is_none()
        {
            return Err(Error::invalid("user_capacity_id", Fault::unknown()));
        }
        user.user_capacity_id = id;
    }
    if let Some(ids) = given.category_ids.clone().map(distinct) {
        let found = category::by_ids(tx, &ids).await?;
        if found.len() != ids.len() {
            return Err(Error::invalid("category_ids", Fault::names_unknown("a category")));
        }
        if let Some(root) = found.iter().find(|c| c.unselectable && c.parent_id.is_none()) {
            return Err(Error::invalid("category_ids", Fault::not_selectable(&root.name)));
        }
        user.category_ids = Json(ids);
    }
    if let Some(mut ids) = given.identity_ids.clone().map(distinct) {
        let seen = identity::ids_within(tx, actor.scope(), &ids).await?;
        let found = identity::by_ids(tx, &seen).await?;
        if found.len() != ids.len() {
            return Err(Error::invalid("identity_ids", Fault::names_unknown("an identity")));
        }
        // Who has it would write as that customer.
        for new in found.iter().filter(|i| !i.controlled && !user.identity_ids.contains(&i.id)) {
            if identity::is_customer(tx, &new.id).await? {
                return Err(Error::invalid(
                    "identity_ids",
                    Reason::Unfit.says(format!("has {}, which is a customer's", new.id)).with("id", new.id.as_str()),
                ));
            }
        }
        // Those that the actor does not see stay.
        let seen = identity::ids_within(tx, actor.scope(), &user.identity_ids).await?;
        ids.extend(user.identity_ids.iter().filter(|id| !seen.contains(id)).cloned());
        user.identity_ids = Json(ids);
    }
    Ok(())
}

/// A part of a person's name, without what turns its direction.
fn checked_person(field: &'static str, text: &str) -> Result<String> {
    checked_name(field, &text::without_direction(text))
}

fn optional(field: &'static str, text: &str) -> Result<Option<String>> {
    if text.trim().is_empty() { Ok(None) } else { checked_person(field, text).map(Some) }
}

/// The owner that a user is.
#[must_use]
pub fn owner_of(user: &User) -> Owner {
    let r#type = if user.bot { OwnerType::Bot } else { OwnerType::Agent };
    Owner { r#type, id: user.id.clone(), name: user.name() }
}

/// A new enabled user without a password.
#[must_use]
pub fn new_user(email: String, firstname: &str, lastname: &str, role_id: RoleId, now: Timestamp) -> User {
    User {
        id: UserId::new(now),
        email,
        firstname: firstname.to_owned(),
        lastname: lastname.to_owned(),
        nickname: None,
        gender: None,
        external_id: None,
        locale: "en".into(),
        timezone: None,
        role_id,
        enabled: true,
        password_hash: None,
        no_password: false,
        invitation_pending: false,
        bot: false,
        bot_lease_seconds: None,
        category_ids: Json::default(),
        user_capacity_id: None,
        identity_ids: Json::default(),
        spoken_languages: Json::default(),
        deleted_at: None,
        // What is said while the account is made is not read yet.
        unread_from: now.plus_millis(-1),
        created_at: now,
        updated_at: now,
    }
}

/// The name that agents have on a source, as its setting makes it (`docs/interactions/web-messaging/source.md`).
#[must_use]
pub fn sender_name(user: &User, source: &Source) -> String {
    let nickname = user.nickname.as_deref().unwrap_or(&user.firstname);
    let name = source.setting("sender_name").unwrap_or("{{firstname}} {{lastname}}");
    let name = name.replace("{{firstname}}", &user.firstname).replace("{{lastname}}", &user.lastname);
    name.replace("{{nickname}}", nickname).trim().to_owned()
}
