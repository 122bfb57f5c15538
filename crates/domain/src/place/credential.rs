//! What sources sign in with on the other side. It is sealed, goes in and is never shown; only whoever connects opens it.

use crypto::Keys;
use model::{SourceId, Timestamp};
use serde_json::{Value, json};
use store::Tx;
use store::source::Source;
use store::source_credential::{self, SourceCredential};

use crate::base::{Error, Fault, Reason, Result};
use crate::setup::source_settings::Setting;

/// What tokens and former refresh tokens are kept under, beside the purpose of the refresh token.
const ACCESS: &str = "access";
const PREVIOUS: &str = "previous";
/// Longest secret, in characters.
const SECRET_MAX: usize = 8192;

/// Keeps the secrets that were given for a source; an empty one takes away what was there.
///
/// # Errors
/// 422 where the source has no use for them, or for one that is too long.
pub(super) async fn apply(
    tx: &mut Tx,
    keys: &Keys,
    source: &Source,
    given: &[(&'static Setting, Value)],
) -> Result<()> {
    for (setting, value) in given {
        let secret = value.as_str().unwrap_or_default();
        if !source.kind.caps().mail {
            return Err(Error::invalid(setting.name, Reason::NotForThis.says("is for e-mail sources alone")));
        }
        if secret.chars().count() > SECRET_MAX {
            return Err(Error::invalid(setting.name, Fault::too_long(SECRET_MAX)));
        }
        put(tx, keys, &source.id, setting.name, secret).await?;
    }
    Ok(())
}

/// Keeps one secret of a source in the place of the one before; an empty one takes that away.
pub async fn put(tx: &mut Tx, keys: &Keys, source: &SourceId, purpose: &str, secret: &str) -> Result<()> {
    // What came by the one before is over.
    for what in [ACCESS, PREVIOUS] {
        source_credential::forget(tx, source, &beside(what, purpose)).await?;
    }
    keep(tx, keys, source, purpose, secret).await
}

async fn keep(tx: &mut Tx, keys: &Keys, source: &SourceId, purpose: &str, secret: &str) -> Result<()> {
    if secret.is_empty() {
        return Ok(source_credential::forget(tx, source, purpose).await?);
    }
    let sealed = keys.seal(&owner(source, purpose), secret);
    let updated_at = tx.now();
    let (source_id, purpose) = (source.clone(), purpose.to_owned());
    let row = SourceCredential { source_id, purpose, sealed, updated_at, leased_until: None };
    Ok(source_credential::put(tx, &row).await?)
}

/// Opens a secret of a source; none when there is none.
///
/// # Errors
/// 500 when it was sealed with another server key.
pub async fn open(tx: &mut Tx, keys: &Keys, source: &SourceId, purpose: &str) -> Result<Option<String>> {
    let Some(found) = source_credential::find(tx, source, purpose).await? else { return Ok(None) };
    let opened = keys.open(&owner(source, purpose), &found.sealed);
    opened.map(Some).ok_or_else(|| Error::Internal(format!("{purpose} of source {source} cannot be opened")))
}

/// Which secrets a source has, each with when it last changed.
pub(super) async fn known(tx: &mut Tx, source: &Source) -> Result<Vec<(String, Timestamp)>> {
    if source.kind.caps().mail { Ok(source_credential::known(tx, &source.id).await?) } else { Ok(Vec::new()) }
}

/// A sealed secret opens for its source and purpose alone.
fn owner(source: &SourceId, purpose: &str) -> String {
    format!("{source}:{purpose}")
}

/// A token that lets somebody in for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The token.
    pub token: String,
    /// When another one is to be asked for.
    pub renew_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// How a source is signed in at a provider.
#[derive(Clone, Debug, Default)]
pub struct Signed {
    /// What its refresh token is kept for.
    pub purpose: String,
    /// That token.
    pub refresh: Option<String>,
    /// The one before, until a token of the newest has worked.
    pub previous: Option<String>,
    /// The token that lets it in.
    pub access: Option<Access>,
}

/// Reads how a source is signed in by the first of its refresh tokens that there is.
///
/// # Errors
/// As [`open`].
pub async fn signed(tx: &mut Tx, keys: &Keys, source: &Source, purposes: [&'static str; 2]) -> Result<Signed> {
    let mut signed = Signed { purpose: purposes[0].to_owned(), ..Signed::default() };
    for purpose in purposes {
        if let Some(refresh) = open(tx, keys, &source.id, purpose).await? {
            (signed.purpose, signed.refresh) = (purpose.to_owned(), Some(refresh));
            break;
        }
    }
    signed.previous = open(tx, keys, &source.id, &beside(PREVIOUS, &signed.purpose)).await?;
    let access = open(tx, keys, &source.id, &beside(ACCESS, &signed.purpose)).await?;
    signed.access = access.as_deref().and_then(read_access);
    Ok(signed)
}

fn read_access(text: &str) -> Option<Access> {
    let kept: Value = serde_json::from_str(text).ok()?;
    let time = |name: &str| kept.get(name)?.as_i64().map(Timestamp::from_millis);
    let token = kept.get("token")?.as_str()?.to_owned();
    Some(Access { token, renew_at: time("renew_at")?, ends_at: time("ends_at")? })
}

/// Takes the right to ask for another token for so many seconds, or gives it back; tells whether that was free.
pub async fn lease(tx: &mut Tx, source: &SourceId, purpose: &str, seconds: i64) -> Result<bool> {
    Ok(source_credential::lease(tx, source, purpose, seconds).await?)
}

/// Keeps a token that was just asked for, with the refresh token that came with it.
pub async fn renewed(
    tx: &mut Tx,
    keys: &Keys,
    source: &SourceId,
    purpose: &str,
    access: &Access,
    refresh: Option<&str>,
) -> Result<()> {
    let Some(known) = open(tx, keys, source, purpose).await? else { return Ok(()) };
    if let Some(refresh) = refresh.filter(|refresh| *refresh != known) {
        keep(tx, keys, source, purpose, refresh).await?;
        keep(tx, keys, source, &beside(PREVIOUS, purpose), &known).await?;
    }
    let Access { token, renew_at, ends_at } = access;
    let text = json!({"token": token, "renew_at": renew_at.millis(), "ends_at": ends_at.millis()}).to_string();
    keep(tx, keys, source, &beside(ACCESS, purpose), &text).await?;
    source_credential::lease(tx, source, purpose, 0).await?;
    Ok(())
}

/// Forgets the token that lets a source in.
pub async fn forget_access(tx: &mut Tx, source: &SourceId, purpose: &str) -> Result<()> {
    Ok(source_credential::forget(tx, source, &beside(ACCESS, purpose)).await?)
}

fn beside(what: &str, purpose: &str) -> String {
    format!("{what}:{purpose}")
}
