//! Who a visitor says to be: identities signed by the company's site with a JSON Web Token, and unsigned ones
//! (`docs/interactions/web-messaging/{integration,community}.md`).
//!
//! What the integrator gets wrong once and for all (a field of the wrong type, no `uuid`) is refused by name. What
//! depends on one person's data (a name that is too long, an odd picture) is cut or left out: a chat that does not
//! open would be worse.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use model::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use store::jwt_key::JwtKey;

use crate::crypto::Keys;
use crate::domain::ingest::Author;
use crate::domain::{Error, Fault, Reason, Result, community};

/// How far the clocks of the company's site and of this server may differ, in milliseconds.
const LEEWAY: i64 = 10_000;
/// Longest token in bytes.
const JWT_MAX: usize = 16 * 1024;
/// Longest field in characters.
const TEXT_MAX: usize = 255;
/// Longest telephone number in characters.
const PHONE_MAX: usize = 50;
/// Longest address of a picture in characters.
const URL_MAX: usize = 2048;
/// How many extra values an identity has at the most.
const EXTRA_MAX: usize = 50;
/// Longest key of an extra value in characters.
const EXTRA_KEY_MAX: usize = 100;
/// Longest extra value in characters.
const EXTRA_VALUE_MAX: usize = 1000;

/// A key that signs identities: its name (`kid`), its algorithm, and what to check signatures with.
pub type SigningKey = (String, Algorithm, DecodingKey);

/// An identity that the company vouches for.
#[derive(Clone, Debug)]
pub struct SignedIdentity {
    /// Who: `uuid` is always set. `foreign_id` is empty: the caller says how a signed person is known.
    pub author: Author,
    /// The name of the key that signed it (`kid`).
    pub key_id: String,
    /// Until when the company vouches for it (without leeway).
    pub expires_at: Timestamp,
}

/// Makes the stored keys of a community ready. A key that cannot be opened is left out, and what it signed refused.
#[must_use]
pub fn signing_keys(keys: &Keys, rows: &[JwtKey]) -> Vec<SigningKey> {
    let ready = |row: &JwtKey| match community::decoding_key(keys, row) {
        Ok((algorithm, key)) => Some((row.key_id.clone(), algorithm, key)),
        Err(error) => {
            tracing::error!(%error, "a key for signed identities");
            None
        }
    };
    rows.iter().filter_map(ready).collect()
}

/// Checks a signed identity.
///
/// The guide also wants the expiry to be an hour ahead at the least. That is for the visitor's comfort, not for
/// safety: shorter ones are taken, and the chat asks for a new one when they run out.
///
/// # Errors
/// 401 `jwt_expired` when it was good until a while ago; 401 `jwt_invalid`, with the reason, in every other case.
pub fn verify_signed(keys: &[SigningKey], jwt: &str, now: Timestamp) -> Result<SignedIdentity> {
    if jwt.len() > JWT_MAX {
        return Err(invalid(format!("it is longer than {JWT_MAX} bytes")));
    }
    let header = jsonwebtoken::decode_header(jwt).map_err(|_| {
        invalid("it is not a JSON Web Token of three parts whose header names the algorithm HS256 or RS256")
    })?;
    let kid = header.kid.ok_or_else(|| invalid("its header has no kid"))?;
    let known = keys.iter().find(|(key_id, ..)| *key_id == kid);
    let (_, algorithm, key) = known.ok_or_else(|| invalid("no key with its kid is known"))?;
    // The key says with which algorithm it is used, never the token: else a public key could be taken for a secret.
    if header.alg != *algorithm {
        return Err(invalid(format!("the key that its kid names is for {algorithm:?}")));
    }
    if header.crit.is_some_and(|names| !names.is_empty()) {
        return Err(invalid("its header has extensions in crit that are not known"));
    }
    let mut checks = Validation::new(*algorithm);
    // Times are checked below, on the server's own clock; the guide gives audience and issuer no meaning.
    checks.required_spec_claims.clear();
    checks.validate_exp = false;
    checks.validate_aud = false;
    // A name that the site cut in the middle of an emoji is no JSON to the library.
    let claims = jsonwebtoken::decode::<Box<RawValue>>(jwt, key, &checks).ok();
    let claims = claims.and_then(|data| text::json::<Value>(data.claims.get().as_bytes()).ok());
    let claims = claims.and_then(|mut all| {
        // Who it is stays as it was signed: without its U+0000 it could be somebody else.
        let uuid = all.get_mut("uuid").map(Value::take);
        text::take_nul_out(&mut all);
        let Value::Object(mut claims) = all else { return None };
        claims.extend(uuid.map(|uuid| ("uuid".to_owned(), uuid)));
        Some(claims)
    });
    let claims = claims.ok_or_else(|| invalid("its signature does not fit, or its payload is not an object"))?;
    let expires_at = time(&claims, "exp")?.ok_or_else(|| invalid("it has no exp"))?;
    if expires_at.plus_millis(LEEWAY) <= now {
        return Err(Error::Unauthorized("jwt_expired", "the signed identity has expired".into()));
    }
    if time(&claims, "nbf")?.is_some_and(|from| from > now.plus_millis(LEEWAY)) {
        return Err(invalid("its nbf has not come yet"));
    }
    let author = unsigned(&claims).map_err(|error| invalid(error.to_string()))?;
    if author.uuid.is_none() {
        return Err(invalid("it has no uuid"));
    }
    Ok(SignedIdentity { author, key_id: kid, expires_at })
}

fn invalid(reason: impl std::fmt::Display) -> Error {
    Error::Unauthorized("jwt_invalid", format!("the signed identity is not accepted: {reason}").into())
}

/// A NumericDate: seconds since 1970, with or without a fraction.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>> {
    let wrong = || invalid(format!("its {name} is not a number of seconds"));
    let seconds = match claims.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(n)) => n.as_f64().filter(|s| s.is_finite()).ok_or_else(wrong)?,
        Some(_) => return Err(wrong()),
    };
    #[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and that is a time that never comes")]
    let millis = (seconds * 1000.0) as i64;
    // Far from the ends, so that nothing that is added to it overflows; no year has five digits here.
    Ok(Some(Timestamp::from_millis(millis.clamp(0, 253_402_300_799_000))))
}

/// Reads an identity that nobody vouches for, as `_setIdentity` gives it. `foreign_id` is left empty.
///
/// # Errors
/// 422 that names the field, when one has another type than text, or the `uuid` cannot be kept as it is.
pub fn unsigned(identity: &Map<String, Value>) -> Result<Author> {
    Ok(Author {
        uuid: uuid(identity)?,
        screenname: short(identity, "screenname")?,
        firstname: short(identity, "firstname")?,
        lastname: short(identity, "lastname")?,
        company: short(identity, "company")?,
        email: text(identity, "email")?
            .filter(|email| email.chars().count() <= TEXT_MAX && !text::has_invisible(email)),
        gender: text(identity, "gender")?.filter(|gender| matches!(gender.as_str(), "man" | "woman")),
        home_phone: phone(identity, "home_phone")?,
        mobile_phone: phone(identity, "mobile_phone")?,
        avatar_url: text(identity, "avatar_url")?.filter(|url| is_picture(url)),
        extra_values: extra_values(identity)?,
        ..Author::default()
    })
}

/// The company's id of a person, just as it was said: whoever differs from another by a blank is not that one. What
/// cannot be kept just so is refused, since changed, it could be somebody else's.
fn uuid(identity: &Map<String, Value>) -> Result<Option<String>> {
    let refuse = |fault: Fault| Err(Error::invalid("uuid", fault));
    let uuid = match identity.get("uuid") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        // Others are rounded when they are read.
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
        Some(_) => return refuse(Fault::form("a text")),
    };
    if uuid.contains(['\0', char::REPLACEMENT_CHARACTER]) {
        return refuse(Reason::NulCharacter.says("has a character that cannot be kept, or half of one"));
    }
    if uuid.chars().count() > TEXT_MAX {
        return refuse(Fault::too_long(TEXT_MAX));
    }
    Ok(Some(uuid).filter(|uuid| !uuid.trim().is_empty()))
}

/// A field's text without control characters and white space around it; numbers are taken as their digits.
fn text(identity: &Map<String, Value>, name: &'static str) -> Result<Option<String>> {
    let text = match identity.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.chars().filter(|c| !c.is_control()).collect(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(Error::invalid(name, Fault::form("a text"))),
    };
    let text = text.trim();
    Ok(Some(text.to_owned()).filter(|t| !t.is_empty()))
}

/// A part of somebody's name.
fn short(identity: &Map<String, Value>, name: &'static str) -> Result<Option<String>> {
    let text = text(identity, name)?.map(|text| text::without_direction(&text));
    Ok(text.map(|text| text::beginning(text.trim(), TEXT_MAX).to_owned()).filter(|text| !text.is_empty()))
}

/// A telephone number; one that is too long would be another number if it were cut.
fn phone(identity: &Map<String, Value>, name: &'static str) -> Result<Option<String>> {
    Ok(short(identity, name)?.filter(|phone| phone.chars().count() <= PHONE_MAX))
}

fn is_picture(url: &str) -> bool {
    let known = reqwest::Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    known && url.chars().count() <= URL_MAX
}

fn extra_values(identity: &Map<String, Value>) -> Result<Map<String, Value>> {
    let given = match identity.get("extra_values") {
        None | Some(Value::Null) => return Ok(Map::new()),
        Some(Value::Object(map)) => map,
        Some(_) => return Err(Error::invalid("extra_values", Fault::form("a map"))),
    };
    let fits = |key: &str| !key.is_empty() && key.chars().count() <= EXTRA_KEY_MAX;
    let kept = given.iter().filter(|(key, _)| fits(key));
    Ok(kept.filter_map(|(key, value)| Some((key.clone(), extra_value(value)?))).take(EXTRA_MAX).collect())
}

fn extra_value(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Bool(_) | Value::Number(_) => Some(value.clone()),
        Value::String(text) => Some(Value::String(text::beginning(text, EXTRA_VALUE_MAX).to_owned())),
        Value::Array(_) | Value::Object(_) => {
            Some(value.clone()).filter(|value| value.to_string().chars().count() <= EXTRA_VALUE_MAX)
        }
    }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
