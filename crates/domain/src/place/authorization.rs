//! Signing a mailbox in at its provider, in a browser: somebody begins, goes there, and comes back with a code. Who comes back
//! must be who began, for the same source, once, and within ten minutes; and the code is of no use without the verifier, which
//! never leaves the server (PKCE).

use crypto::{Keys, pkce_challenge, random_hex, token_hash};
use model::{SourceId, Timestamp};
use store::authorization::{self, Authorization};
use store::source::Source;
use store::{Tx, source};

use crate::base::{Actor, Change, Error, Result, note_change};
use crate::place::credential::{self, Access};
use crate::place::source_run;

/// For how many seconds a sign-in can be ended.
const LASTS: i64 = 600;

/// A sign-in that was begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The source.
    pub source: Source,
    /// What the browser brings back.
    pub state: String,
    /// What the provider is told of the verifier.
    pub challenge: String,
    /// Until when it can be ended.
    pub expires_at: Timestamp,
}

/// A sign-in that is ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The source.
    pub source: Source,
    /// The name of the secret that it is for.
    pub purpose: String,
    /// What the provider is shown.
    pub verifier: String,
}

/// Begins a sign-in for a mailbox: for the server that mail comes from, and goes to as well where that has the same user, or for
/// the latter alone.
///
/// # Errors
/// 404; 422 where the source is no mailbox that is signed in to by a token, or does not say as which program.
pub async fn begin(tx: &mut Tx, actor: &Actor, keys: &Keys, id: &SourceId, outgoing: bool) -> Result<Begun> {
    let source = seen(tx, actor, id).await?;
    let (kind, purpose) = if outgoing {
        ("smtp_authentication_type", "smtp_oauth_refresh_token")
    } else {
        ("imap_authentication_type", "imap_oauth_refresh_token")
    };
    if source.setting(kind).is_none_or(|kind| kind == "basic") {
        return Err(Error::invalid(kind, "is a password: there is nowhere to sign in"));
    }
    if source.setting("oauth_client_id").is_none() {
        return Err(Error::missing("oauth_client_id"));
    }
    let (state, verifier) = (random_hex(32), random_hex(32));
    let row = Authorization {
        state_hash: token_hash(&state),
        source_id: source.id.clone(),
        user_id: actor.user.id.clone(),
        purpose: purpose.to_owned(),
        sealed_verifier: keys.seal(&owner(&source.id), &verifier),
        expires_at: tx.now().plus_seconds(LASTS),
    };
    authorization::begin(tx, &row).await?;
    Ok(Begun { source, state, challenge: pkce_challenge(&verifier), expires_at: row.expires_at })
}

/// Ends a sign-in that was begun, so that nobody ends it again.
///
/// # Errors
/// 404; 422 `authorization_over` where it was not begun by the caller for this source, was ended before, or is too old.
pub async fn end(tx: &mut Tx, actor: &Actor, keys: &Keys, id: &SourceId, state: &str) -> Result<Ended> {
    let source = seen(tx, actor, id).await?;
    let over =
        || Error::Unprocessable("authorization_over", "this sign-in is not one that you have begun just now".into());
    let found = authorization::take(tx, &token_hash(state)).await?.ok_or_else(over)?;
    if found.source_id != source.id || found.user_id != actor.user.id || found.expires_at <= tx.now() {
        return Err(over());
    }
    let verifier = keys.open(&owner(&source.id), &found.sealed_verifier).ok_or_else(over)?;
    Ok(Ended { source, purpose: found.purpose, verifier })
}

/// Keeps what a source was signed in with.
///
/// # Errors
/// As [`seen`].
pub async fn keep(
    tx: &mut Tx,
    actor: &Actor,
    keys: &Keys,
    ended: &Ended,
    access: &Access,
    refresh: &str,
) -> Result<()> {
    let mut source = seen(tx, actor, &ended.source.id).await?;
    credential::put(tx, keys, &source.id, &ended.purpose, refresh).await?;
    credential::renewed(tx, keys, &source.id, &ended.purpose, access, None).await?;
    source.updated_at = tx.now();
    tx.update(&source).await?;
    store::export::end_waits(tx, &source.id).await?;
    source_run::want(tx, &source).await?;
    note_change(tx, Some(actor), "content_source", source.id.as_str(), Change::Updated);
    Ok(())
}

async fn seen(tx: &mut Tx, actor: &Actor, id: &SourceId) -> Result<Source> {
    let source = source::find_locked(tx, id).await?.filter(|source| actor.scope().allows(&source.id));
    let source = source.ok_or(Error::NotFound("source"))?;
    if !source.kind.caps().mail {
        let message = format!("this is not an e-mail source but one of type {}", source.kind);
        return Err(Error::Unprocessable("not_an_email_source", message.into()));
    }
    Ok(source)
}

/// A verifier opens for its source alone.
fn owner(source: &SourceId) -> String {
    format!("{source}:authorization")
}
