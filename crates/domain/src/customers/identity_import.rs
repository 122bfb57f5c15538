//! Importing identities: people whom the company knows before they write.
//!
//! The reference imports into e-mail and phone communities; here messaging and third-party communities take them too.
//! On those the identifier is the company's own id of the person (`uuid`), or the id on the other side.

use model::{CommunityId, EventType, SourceId, SourceType};
use serde_json::{Map, Value, json};
use store::community::{self, Community};
use store::identity::{self, Identity};
use store::{Scope, Tx, source};

use crate::base::{Actor, Error, Fault, Reason, Result, journal};
use crate::customers::identity::{EXTRA_MAX, checked_email, checked_gender, checked_phone, checked_text};

/// Longest key of an extra value in characters.
const KEY_MAX: usize = 100;
/// Longest extra value in characters.
const VALUE_MAX: usize = 1000;

/// What is told of an identity to import; what is absent stays as it is, and an empty text takes a value back.
#[derive(Clone, Debug, Default)]
pub struct ImportIn {
    /// On which community.
    pub community_id: Option<CommunityId>,
    /// On this source's community, when no community is named.
    pub source_id: Option<SourceId>,
    /// Who it is there: e-mail address, phone number, or id.
    pub identifier: String,
    /// Bring it up to date when it is known already.
    pub upsert: bool,
    /// Company.
    pub company: Option<String>,
    /// First name.
    pub firstname: Option<String>,
    /// Last name.
    pub lastname: Option<String>,
    /// Screen name.
    pub screenname: Option<String>,
    /// `man` or `woman`.
    pub gender: Option<String>,
    /// E-mail address, where the identifier is none.
    pub email: Option<String>,
    /// Phone at home.
    pub home_phone: Option<String>,
    /// Mobile phone.
    pub mobile_phone: Option<String>,
    /// Anything else, by its key; null takes a value back.
    pub extra_values: Map<String, Value>,
}

/// The id on a messaging community of a person whom the company vouches for by its own id of them.
pub(crate) fn foreign_id_of(uuid: &str) -> String {
    format!("uuid:{uuid}")
}

/// What an import makes, or would make, of somebody.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// They are new.
    New,
    /// They were known otherwise: so, before.
    Changed(Box<Identity>),
    /// They are known as they are told, or are not to be brought up to date.
    Same,
}

/// Who is meant by what is told: as somebody new, and as who is there.
async fn meant(tx: &mut Tx, actor: &Actor, given: &ImportIn) -> Result<(Identity, Option<Identity>)> {
    let community = community_of(tx, actor, given).await?;
    let identifier = checked_text("identifier", &given.identifier)?;
    let identifier = identifier.ok_or_else(|| Error::invalid("identifier", Fault::blank()))?;
    let new = named(&community, &identifier, tx)?;
    let known = match identity::find_foreign(tx, &community.id, &new.foreign_id).await? {
        Some(known) => Some(known),
        // A visitor whom nobody vouches for is known by the id alone that the chat gave.
        None => identity::find_foreign(tx, &community.id, &identifier).await?,
    };
    Ok((new, known))
}

/// What [`import`] would make of somebody; nothing is done.
///
/// # Errors
/// As [`import`].
pub async fn foresee(tx: &mut Tx, actor: &Actor, given: &ImportIn) -> Result<Outcome> {
    let (mut new, known) = meant(tx, actor, given).await?;
    match known {
        None => apply(&mut new, given).map(|_| Outcome::New),
        Some(_) if !given.upsert => Ok(Outcome::Same),
        Some(known) => {
            require_customer(&known)?;
            let changes = apply(&mut known.clone(), given)?;
            Ok(if changes { Outcome::Changed(Box::new(known)) } else { Outcome::Same })
        }
    }
}

fn require_customer(known: &Identity) -> Result<()> {
    match known.controlled {
        true => Err(Error::invalid("identifier", Reason::Company.says("belongs to the company, not to a customer"))),
        false => Ok(()),
    }
}

/// Finds the identity of that identifier, or makes it; with `upsert`, one that is there takes over what is told.
///
/// # Errors
/// 422 without a community or source, or when the actor does not read on it, or a value is not acceptable.
pub async fn import(tx: &mut Tx, actor: &Actor, given: ImportIn) -> Result<Identity> {
    let (mut new, known) = meant(tx, actor, &given).await?;
    let known = match known {
        Some(known) => known,
        None => {
            apply(&mut new, &given)?;
            if tx.insert_if_new(&new).await? {
                let metadata = json!({"community_id": new.community_id});
                let resource = ("identity", new.id.as_str());
                let communities = vec![new.community_id.clone()];
                journal::person(tx, EventType::IdentityImported, &actor.user.id, resource, communities, metadata);
                return Ok(new);
            }
            // Somebody else made it between the two statements.
            let found = identity::find_foreign(tx, &new.community_id, &new.foreign_id).await?;
            found.ok_or(Error::NotFound("identity"))?
        }
    };
    if given.upsert { bring_up_to_date(tx, actor, known, &given).await } else { Ok(known) }
}

async fn bring_up_to_date(tx: &mut Tx, actor: &Actor, known: Identity, given: &ImportIn) -> Result<Identity> {
    let mut known = identity::lock(tx, &known.id).await?.ok_or(Error::NotFound("identity"))?;
    require_customer(&known)?;
    if apply(&mut known, given)? {
        known.updated_at = tx.now();
        tx.update(&known).await?;
        let metadata = json!({"community_id": known.community_id});
        let resource = ("identity", known.id.as_str());
        let communities = vec![known.community_id.clone()];
        journal::person(tx, EventType::IdentityUpdated, &actor.user.id, resource, communities, metadata);
    }
    Ok(known)
}

async fn community_of(tx: &mut Tx, actor: &Actor, given: &ImportIn) -> Result<Community> {
    let sources = source::all(tx).await?;
    let mut seen = sources.iter().filter(|source| actor.scope().allows(&source.id));
    match (&given.community_id, &given.source_id) {
        (Some(id), _) => {
            let found = community::find(tx, id).await?;
            let seen = *actor.scope() == Scope::All || seen.any(|source| source.community_id == *id);
            found
                .filter(|_| seen)
                .ok_or_else(|| Error::invalid("community_id", Fault::not("a community that you may read")))
        }
        (None, Some(id)) => {
            let unknown = || Error::invalid("source_id", Fault::not("a source that you may read"));
            let source = seen.find(|source| source.id == *id).ok_or_else(unknown)?;
            community::find(tx, &source.community_id).await?.ok_or_else(unknown)
        }
        (None, None) => Err(Error::invalid("community_id", Reason::Required.says("is required, or source_id"))),
    }
}

/// A new identity of a community with what its identifier says.
fn named(community: &Community, identifier: &str, tx: &Tx) -> Result<Identity> {
    let new = |foreign_id| Identity::new(community.id.clone(), &community.kind, foreign_id, tx.now());
    match community.kind.as_str() {
        "email" => {
            let email = checked_email("identifier", &identifier.to_lowercase())?.unwrap_or_default();
            Ok(Identity { email: Some(email.clone()), ..new(email) })
        }
        "phone" => {
            let digits = digits_of(identifier)?;
            Ok(Identity { screenname: Some(digits.clone()), mobile_phone: Some(digits.clone()), ..new(digits) })
        }
        kind if SourceType::caps_of(kind).is_some_and(|caps| caps.visitors) => {
            Ok(Identity { uuid: Some(identifier.to_owned()), ..new(foreign_id_of(identifier)) })
        }
        _ => Ok(new(identifier.to_owned())),
    }
}

/// The digits of an international phone number: `+336.23.45.67.89` gives `33623456789`.
fn digits_of(text: &str) -> Result<String> {
    let wrong = || Error::invalid("identifier", Reason::Phone.says("must be an international phone number"));
    let number = text.strip_prefix('+').or_else(|| text.strip_prefix("00")).unwrap_or(text);
    let mut digits = String::with_capacity(number.len());
    for c in number.chars() {
        match c {
            '0'..='9' => digits.push(c),
            ' ' | '.' | '-' | '(' | ')' | '/' | '\u{a0}' => {}
            _ => return Err(wrong()),
        }
    }
    // No country begins with 0: that would be a number within one.
    if digits.starts_with('0') || !(7..=15).contains(&digits.len()) {
        return Err(wrong());
    }
    Ok(digits)
}

/// Takes over what is told, where identities of this kind have it. Tells whether anything changed.
fn apply(identity: &mut Identity, given: &ImportIn) -> Result<bool> {
    let before = identity.clone();
    for (field, known, told) in [
        ("company", &mut identity.company, &given.company),
        ("firstname", &mut identity.firstname, &given.firstname),
        ("lastname", &mut identity.lastname, &given.lastname),
    ] {
        if let Some(told) = told {
            *known = checked_text(field, told)?;
        }
    }
    if let Some(gender) = &given.gender {
        identity.gender = checked_gender(gender)?;
    }
    if identity.kind != "phone" {
        if let Some(name) = &given.screenname {
            identity.screenname = checked_text("screenname", name)?;
        }
        if let Some(phone) = &given.home_phone {
            identity.home_phone = checked_phone("home_phone", phone)?;
        }
        if let Some(phone) = &given.mobile_phone {
            identity.mobile_phone = checked_phone("mobile_phone", phone)?;
        }
    }
    if identity.kind != "phone"
        && identity.kind != "email"
        && let Some(email) = &given.email
    {
        identity.email = checked_email("email", email)?;
    }
    for (key, value) in &given.extra_values {
        set_extra_value(identity, key, value)?;
    }
    Ok(!same(&before, identity))
}

fn same(one: &Identity, other: &Identity) -> bool {
    let texts = |i: &Identity| {
        let names = [&i.company, &i.firstname, &i.lastname, &i.screenname, &i.gender].map(Clone::clone);
        let addresses = [&i.email, &i.home_phone, &i.mobile_phone].map(Clone::clone);
        (names, addresses)
    };
    texts(one) == texts(other) && one.extra_values == other.extra_values
}

fn set_extra_value(identity: &mut Identity, key: &str, value: &Value) -> Result<()> {
    let refuse = |fault: Fault| Err(Error::invalid(format!("extra_values[{key}]"), fault));
    if key.is_empty() || key.chars().count() > KEY_MAX {
        return refuse(
            Reason::Length
                .says(format!("must have a key of 1 to {KEY_MAX} characters"))
                .with("min", 1)
                .with("max", KEY_MAX),
        );
    }
    let value = match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        other => Some(other.clone()),
    };
    let Some(value) = value else {
        identity.extra_values.remove(key);
        return Ok(());
    };
    let length = value.as_str().map_or_else(|| value.to_string().chars().count(), |text| text.chars().count());
    if length > VALUE_MAX {
        return refuse(Fault::too_long(VALUE_MAX));
    }
    if identity.extra_values.len() >= EXTRA_MAX && !identity.extra_values.contains_key(key) {
        return Err(Error::invalid("extra_values", Fault::too_many(EXTRA_MAX)));
    }
    identity.extra_values.insert(key.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_kept_as_digits() {
        for (text, digits) in [
            ("+336.23.45.67.89", "33623456789"),
            ("0033 6 23 45 67 89", "33623456789"),
            ("33623456789", "33623456789"),
            ("+1 (212) 555-0100", "12125550100"),
        ] {
            assert_eq!(digits_of(text).ok().as_deref(), Some(digits), "{text}");
        }
        for text in ["0623456789", "+33", "+1234567890123456", "phone", "+33 6 23 x5 67 89", "++33623456789"] {
            assert!(digits_of(text).is_err(), "{text}");
        }
    }
}
