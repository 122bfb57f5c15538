//! What can be said of a user, and which values are acceptable.

use std::collections::HashSet;
use std::hash::Hash;

use model::{CategoryId, IdentityId, RoleId, TeamId};
use store::user::User;
use store::{Json, Tx, category, identity};

use crate::base::{Actor, Error, Fault, Reason, Result, checked_name};
use crate::conversation::ownership::LEASE_MAX;
use crate::setup::settings;

/// Bytes of an e-mail address at the most.
pub(crate) const EMAIL_MAX: usize = 254;

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
            "" => settings::load(tx).await?.text("locale").to_owned(),
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

/// An e-mail address as it is kept.
///
/// # Errors
/// 422 on `email`.
pub(crate) fn checked_email(text: &str) -> Result<String> {
    let email = text.trim().to_lowercase();
    if email.is_empty() {
        return Err(Error::invalid("email", Fault::blank()));
    }
    let odd = |c: char| c.is_whitespace() || c.is_control() || text::is_invisible(c) || "<>()[],;:\\\"".contains(c);
    let good = email.len() <= EMAIL_MAX
        && !email.contains(odd)
        && email.split_once('@').is_some_and(|(local, domain)| {
            let labels = domain.split('.').all(|label| !label.is_empty());
            !local.is_empty() && local.len() <= 64 && !domain.contains('@') && labels
        });
    if good { Ok(email) } else { Err(Error::invalid("email", Reason::Email.says("is not an e-mail address"))) }
}

/// A part of a person's name, without what turns its direction.
fn checked_person(field: &'static str, text: &str) -> Result<String> {
    checked_name(field, &text::without_direction(text))
}

fn optional(field: &'static str, text: &str) -> Result<Option<String>> {
    if text.trim().is_empty() { Ok(None) } else { checked_person(field, text).map(Some) }
}

/// A language code, with or without a region: `fr`, `pt-BR`.
pub(crate) fn checked_locale(field: &'static str, text: &str) -> Result<String> {
    let (language, region) = text.split_once(['-', '_']).map_or((text, None), |(l, r)| (l, Some(r)));
    let language = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase());
    let region = region.is_none_or(|r| (2..=4).contains(&r.len()) && r.bytes().all(|b| b.is_ascii_alphanumeric()));
    if language && region {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid(field, Reason::Language.says("must be a code such as fr or pt-BR")))
    }
}

pub(crate) fn checked_timezone(field: &'static str, name: &str) -> Result<String> {
    // A machine may have no list of time zones at all; then the name can only be looked at.
    let known = match jiff::tz::TimeZone::get(name) {
        Ok(_) => true,
        Err(_) => {
            jiff::tz::db().is_definitively_empty()
                && name.len() <= 64
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b))
        }
    };
    if known {
        Ok(name.to_owned())
    } else {
        Err(Error::invalid(field, Reason::TimeZone.says("is not the name of a time zone")))
    }
}

/// Each value once, in the order of their first appearance.
pub(crate) fn distinct<T: Clone + Eq + Hash>(mut values: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::with_capacity(values.len());
    values.retain(|value| seen.insert(value.clone()));
    values
}

/// A list as a set, to look things up in.
pub(crate) fn set<T: Eq + Hash>(values: &[T]) -> HashSet<&T> {
    values.iter().collect()
}

/// Which of the ids that something is restricted to are kept, each once: those that exist. What it was restricted to
/// before and is gone since may be said again, as forms do, and is dropped; unless nothing would be left by that, and
/// the restriction be no more.
///
/// # Errors
/// The id that does not exist and was not there before.
pub(crate) fn still_there<T: Clone + Eq + Hash>(
    ids: Vec<T>,
    before: &[T],
    known: &[T],
) -> std::result::Result<Vec<T>, T> {
    let ids = distinct(ids);
    let (known, before) = (set(known), set(before));
    let (there, gone): (Vec<T>, Vec<T>) = ids.into_iter().partition(|id| known.contains(id));
    match gone.iter().find(|id| !before.contains(id)) {
        Some(unknown) => Err(unknown.clone()),
        None if there.is_empty() => Ok(gone),
        None => Ok(there),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_dropped_and_never_the_last() {
        let keep = |ids: &[u8], before: &[u8]| still_there(ids.to_vec(), before, &[1, 2, 3]);
        assert_eq!(keep(&[2, 1, 2], &[]), Ok(vec![2, 1]));
        assert_eq!(keep(&[8, 1, 9], &[9, 8]), Ok(vec![1]));
        assert_eq!(keep(&[8, 9, 8], &[9, 8]), Ok(vec![8, 9]));
        assert_eq!(keep(&[], &[9, 8]), Ok(vec![]));
        assert_eq!(keep(&[1, 9], &[8]), Err(9));
    }

    #[test]
    fn addresses_are_kept_in_lower_case() {
        assert_eq!(checked_email(" Alicia@Shop.Example ").expect("an address"), "alicia@shop.example");
        for bad in ["", "alicia", "@shop.example", "alicia@", "a b@shop.example", "a@b@c", "a@shop..example", "<a@b>"] {
            assert!(checked_email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn locales_are_codes() {
        for good in ["en", "fil", "pt-BR", "zh_Hans"] {
            assert!(checked_locale("locale", good).is_ok(), "{good}");
        }
        for bad in ["e", "English", "fr-", "fr-FRANCE", "FR"] {
            assert!(checked_locale("locale", bad).is_err(), "{bad}");
        }
    }
}
