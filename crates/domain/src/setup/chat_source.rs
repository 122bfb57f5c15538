//! The chats whose triggers, items and variables somebody sets up, and what these three share.

use std::fmt::Display;
use std::hash::Hash;

use model::{Permission, SourceId, Timestamp};
use store::source::{self, Source};
use store::{Scope, Tx};

use crate::base::{Actor, Error, Fault, Reason, Result, checks::distinct};

const MESSAGING: &[Permission] = &[Permission::ManageMessaging];
/// Who sets up live chats may do so without the rest.
const LIVE: &[Permission] = &[Permission::ManageMessaging, Permission::ManageChat];

fn needed(source: &Source) -> &'static [Permission] {
    if source.is_live_chat() { LIVE } else { MESSAGING }
}

/// The chats that the actor may set up.
pub(super) async fn scope(tx: &mut Tx, actor: &Actor) -> Result<Scope> {
    let mut all = source::all(tx).await?;
    all.retain(|s| s.kind.caps().visitors && actor.scope().allows(&s.id) && actor.require_any(needed(s)).is_ok());
    Ok(Scope::Sources(all.into_iter().map(|s| s.id).collect()))
}

/// The chat that a new thing is for, held against other writers: so places and references do not change meanwhile.
///
/// # Errors
/// 422 on `source_id`; 403.
pub(super) async fn named(tx: &mut Tx, actor: &Actor, id: Option<SourceId>) -> Result<Source> {
    let id = id.ok_or_else(|| Error::missing("source_id"))?;
    let found = source::find_locked(tx, &id).await?.filter(|s| actor.scope().allows(&s.id));
    let found = found.ok_or_else(|| Error::invalid("source_id", Fault::unknown()))?;
    if !found.kind.caps().visitors {
        return Err(Error::invalid("source_id", Fault::not("a chat")));
    }
    actor.require_any(needed(&found))?;
    Ok(found)
}

/// The chat of a thing, held against other writers.
///
/// # Errors
/// 404 with `what` when the actor may not see it; 403.
pub(super) async fn held(tx: &mut Tx, actor: &Actor, id: &SourceId, what: &'static str) -> Result<Source> {
    let found = source::find_locked(tx, id).await?.filter(|s| actor.scope().allows(&s.id));
    let found = found.ok_or(Error::NotFound(what))?;
    actor.require_any(needed(&found))?;
    Ok(found)
}

/// Refuses to look at a thing of a chat that the actor may not set up.
///
/// # Errors
/// 404 with `what` when the actor may not see it; 403.
pub(super) async fn seen(tx: &mut Tx, actor: &Actor, id: &SourceId, what: &'static str) -> Result<()> {
    let found = source::find(tx, id).await?.filter(|s| actor.scope().allows(&s.id));
    actor.require_any(needed(&found.ok_or(Error::NotFound(what))?))
}

/// Refuses that the source of a thing changes.
///
/// # Errors
/// 422 on `source_id`.
pub(super) fn fixed_source(given: Option<&SourceId>, known: &SourceId, what: &str) -> Result<()> {
    match given {
        Some(id) if id != known => Err(Error::invalid("source_id", Fault::fixed(what))),
        _ => Ok(()),
    }
}

/// The version of a thing that was changed last at this time. No two changes of one thing have the same.
#[must_use]
pub fn version(changed_at: Timestamp) -> i64 {
    changed_at.millis()
}

/// Notes that a thing is changed, by somebody who has read it as `known`; whoever names no version changes what there is.
///
/// # Errors
/// 409 `changed_meanwhile` when somebody else has changed it since.
pub(super) fn touch(tx: &Tx, changed_at: &mut Timestamp, known: Option<i64>) -> Result<()> {
    if known.is_some_and(|known| known != version(*changed_at)) {
        return Err(Error::Conflict("changed_meanwhile", Reason::Stale.says("somebody else has changed it meanwhile")));
    }
    *changed_at = tx.now().max(changed_at.plus_millis(1));
    Ok(())
}

/// The ids of a list in a new order: those that are named first, then the others as they were.
///
/// # Errors
/// 422 on `ids` for one that is not among them.
pub(super) fn sorted<Id: Clone + Eq + Hash + Display>(known: &[Id], named: Vec<Id>) -> Result<Vec<Id>> {
    let named = distinct(named);
    if let Some(id) = named.iter().find(|id| !known.contains(id)) {
        return Err(Error::invalid("ids", Fault::no("thing", id)));
    }
    let others = known.iter().filter(|id| !named.contains(id)).cloned();
    Ok(named.iter().cloned().chain(others).collect())
}

/// That triggers name what was to be removed, by their labels.
pub(super) fn in_use(labels: Vec<String>) -> Error {
    let message = format!("triggers use it: {}", labels.join(", "));
    Error::Conflict("in_use", Reason::UsedBy.says(message).with("names", labels))
}

/// Refuses one more thing where there are `max`.
///
/// # Errors
/// 422 on `source_id`.
pub(super) fn check_room(count: usize, max: usize) -> Result<()> {
    if count < max { Ok(()) } else { Err(Error::invalid("source_id", Fault::too_many(max))) }
}
