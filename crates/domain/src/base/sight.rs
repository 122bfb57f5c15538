//! Lists of sources on things that belong to none, such as surveys: what of such a list somebody sees, and what becomes
//! of it when they change it. A source that one may not read is not there for them: it is neither named nor lost.

use std::collections::HashSet;

use model::SourceId;
use store::{Scope, Tx, source};

use crate::base::{
    access::Actor,
    checks::distinct,
    error::{Error, Result},
    fault::Fault,
};

/// What of a list the actor sees.
#[must_use]
pub(crate) fn seen(actor: &Actor, ids: &[SourceId]) -> Vec<SourceId> {
    ids.iter().filter(|id| actor.scope().allows(id)).cloned().collect()
}

/// Whether a list names sources, and the actor sees none of them.
#[must_use]
pub(crate) fn is_hidden(actor: &Actor, ids: &[SourceId]) -> bool {
    !ids.is_empty() && !ids.iter().any(|id| actor.scope().allows(id))
}

/// Whether the actor sees every source that a list names; for an empty list, which stands for all sources, whether they
/// see all that there are and will be.
#[must_use]
pub(crate) fn is_whole(actor: &Actor, ids: &[SourceId]) -> bool {
    if ids.is_empty() { *actor.scope() == Scope::All } else { ids.iter().all(|id| actor.scope().allows(id)) }
}

/// A list as it becomes when the actor asks for `given`: each source once, and those that they do not see stay. Who takes
/// away all that they see of it empties it.
///
/// # Errors
/// 422 on `source_ids` for a source that the actor does not see or that does not exist.
pub(crate) async fn kept(
    tx: &mut Tx,
    actor: &Actor,
    given: Vec<SourceId>,
    before: &[SourceId],
) -> Result<Vec<SourceId>> {
    let mut given = distinct(given);
    let known: HashSet<SourceId> = source::ids(tx, actor.scope()).await?.into_iter().collect();
    if let Some(id) = given.iter().find(|id| !known.contains(id)) {
        return Err(Error::invalid("source_ids", Fault::no("source", id)));
    }
    let (seen, hidden): (Vec<&SourceId>, Vec<&SourceId>) = before.iter().partition(|id| actor.scope().allows(id));
    if !given.is_empty() || seen.is_empty() {
        given.extend(hidden.into_iter().cloned());
    }
    Ok(given)
}
