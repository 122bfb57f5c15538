//! What somebody is writing on a thread and has not sent. It is theirs alone: nobody else sees it, or that it is there.
//!
//! The console keeps it word by word, under the version that it has seen last: who has seen an older one does not overwrite
//! what another window has written.

use model::{ThreadId, Timestamp};
use serde_json::{Map, Value};
use store::draft::{self as rows, Draft};
use store::{Json, Tx};

use crate::base::{Actor, Error, Fault, Result};
use crate::conversation::thread;

/// The most that one takes, in bytes.
const LONGEST: usize = 512 * 1024;
/// How many are listed at the most.
const LISTED: i64 = 1000;
/// For how many seconds one is kept after its last change.
const KEPT: i64 = 30 * 24 * 3600;

/// What was sent of a draft, which is written no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The reply.
    Reply,
    /// The private comment.
    Note,
}

impl Sent {
    /// The fields that go with it.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Reply => &["text", "html", "files", "mail", "epoch"],
            Self::Note => &["note", "mentions"],
        }
    }
}

/// What the actor is writing, on threads that they may read.
pub async fn list(tx: &mut Tx, actor: &Actor) -> Result<Vec<Draft>> {
    Ok(rows::list(tx, actor.scope(), &actor.user.id, LISTED).await?)
}

/// What the actor is writing on a thread.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<Option<Draft>> {
    Ok(rows::find(tx, &actor.user.id, id).await?)
}

/// Keeps what the actor is writing on a thread, in the place of the version that they have seen; nothing written removes it. Gives
/// its version from now on.
///
/// # Errors
/// 404 when the thread may not be read; 409 `draft_changed` when there is another version; 422 when it is too long.
pub async fn keep(
    tx: &mut Tx,
    actor: &Actor,
    id: &ThreadId,
    seen: Option<i64>,
    data: Option<Map<String, Value>>,
) -> Result<Option<i64>> {
    thread::find(tx, actor, id).await?;
    let known = rows::find(tx, &actor.user.id, id).await?;
    if known.as_ref().is_some_and(|known| seen != Some(known.version)) {
        return Err(changed());
    }
    let user = &actor.user.id;
    let Some(data) = data.filter(|data| !is_empty(data)) else {
        if let Some(known) = known
            && !rows::remove(tx, user, id, known.version).await?
        {
            return Err(changed());
        }
        return Ok(None);
    };
    if serde_json::to_string(&data).map_or(usize::MAX, |text| text.len()) > LONGEST {
        return Err(Error::invalid("draft", Fault::too_long(LONGEST)));
    }
    let draft = next(tx.now(), id, seen, data);
    let kept = match &known {
        Some(known) => rows::change(tx, user, &draft, known.version).await?,
        None => rows::begin(tx, user, &draft).await?,
    };
    if kept { Ok(Some(draft.version)) } else { Err(changed()) }
}

/// Takes what was sent out of the actor's draft, where that is still the version that was sent from.
pub async fn sent(tx: &mut Tx, actor: &Actor, id: &ThreadId, version: Option<i64>, what: Sent) -> Result<()> {
    let Some(version) = version else { return Ok(()) };
    let user = &actor.user.id;
    let Some(known) = rows::find(tx, user, id).await?.filter(|known| known.version == version) else { return Ok(()) };
    let mut data = known.data.0;
    data.retain(|name, _| !what.fields().contains(&name.as_str()));
    if is_empty(&data) {
        rows::remove(tx, user, id, version).await?;
    } else {
        // It has the same version: who wrote it goes on from there.
        let draft = Draft { thread_id: id.clone(), data: Json(data), version, updated_at: tx.now() };
        rows::change(tx, user, &draft, version).await?;
    }
    Ok(())
}

/// Forgets those that nobody has gone on with, some at a time; tells whether there may be more.
pub async fn forget_old(tx: &mut Tx) -> Result<bool> {
    const AT_ONCE: i64 = 500;
    let before = tx.now().plus_seconds(-KEPT);
    Ok(rows::forget(tx, before, AT_ONCE).await? == AT_ONCE.unsigned_abs())
}

/// Versions never come again, also after one was removed.
fn next(now: Timestamp, id: &ThreadId, seen: Option<i64>, data: Map<String, Value>) -> Draft {
    let version = now.millis().max(seen.unwrap_or(0).saturating_add(1));
    Draft { thread_id: id.clone(), data: Json(data), version, updated_at: now }
}

/// Nothing is written in it.
fn is_empty(data: &Map<String, Value>) -> bool {
    let blank = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    };
    ["text", "note", "files", "mail"].iter().all(|name| blank(data.get(*name)))
}

fn changed() -> Error {
    Error::Conflict("draft_changed", "this was changed in another window".into())
}
