//! Identities: who the customers are, each on one community.
//!
//! The reference asks for no permission of the role to read them; the route table asks for `read_identity` all the
//! same, because what is read is personal.

use model::{IdentityId, UserId};
use store::identity::{self, Identity, IdentityFilter};
use store::{Listed, Page, Tx, user};

use crate::base::{Actor, Error, Fault, Reason, Result};

/// How many extra values an identity or a thread keeps at the most.
pub(crate) const EXTRA_MAX: usize = 200;

/// Longest field in characters.
const TEXT_MAX: usize = 255;
/// Longest phone in characters.
const PHONE_MAX: usize = 50;

/// Lists identities of communities that have a source that the actor may read, newest first. With `user_id`, those
/// that this user writes as.
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    mut wanted: IdentityFilter,
    user_id: Option<UserId>,
    page: Page,
) -> Result<Listed<Identity>> {
    if let Some(id) = user_id {
        wanted.ids = Some(user::find(tx, &id).await?.map(|u| u.identity_ids.0).unwrap_or_default());
    }
    Ok(identity::list(tx, actor.scope(), &wanted, page).await?)
}

/// Finds an identity of such a community.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &IdentityId) -> Result<Identity> {
    identity::find_within(tx, actor.scope(), id).await?.ok_or(Error::NotFound("identity"))
}

/// A line of what is known of a person, without white space around it and without what turns its direction; none when
/// it is empty.
pub(crate) fn checked_text(field: &'static str, text: &str) -> Result<Option<String>> {
    let text = text::without_direction(text);
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, Reason::SingleLine.says("must be a single line")));
    }
    if text.chars().count() > TEXT_MAX {
        return Err(Error::invalid(field, Fault::too_long(TEXT_MAX)));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// `man` or `woman`; none when it is empty.
pub(crate) fn checked_gender(text: &str) -> Result<Option<String>> {
    match text {
        "" => Ok(None),
        "man" | "woman" => Ok(Some(text.to_owned())),
        _ => Err(Error::invalid(
            "gender",
            Reason::OneOf.says("must be man, woman or empty").with("allowed", ["man", "woman"].as_slice()),
        )),
    }
}

/// An e-mail address, as it is written; none when it is empty.
pub(crate) fn checked_email(field: &'static str, text: &str) -> Result<Option<String>> {
    if text::has_invisible(text) {
        return Err(Error::invalid(field, Reason::Invisible.says("has a character that is not seen")));
    }
    let Some(email) = checked_text(field, text)? else { return Ok(None) };
    let parts = email.rsplit_once('@');
    let good = parts.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.starts_with('.'));
    if good && email.len() <= 254 && !email.contains(char::is_whitespace) {
        return Ok(Some(email));
    }
    Err(Error::invalid(field, Reason::Email.says("must be an e-mail address")))
}

/// A phone number, as people write it; none when it is empty.
pub(crate) fn checked_phone(field: &'static str, text: &str) -> Result<Option<String>> {
    match checked_text(field, text)? {
        Some(phone) if phone.chars().count() > PHONE_MAX => Err(Error::invalid(field, Fault::too_long(PHONE_MAX))),
        phone => Ok(phone),
    }
}
