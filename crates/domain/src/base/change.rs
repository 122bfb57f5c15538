//! Notes of what changed in the administration.

use model::{CommunityId, Event, EventType, Resource, SourceId};
use serde_json::json;
use store::Tx;

use crate::base::access::Actor;

/// What a use case did to a thing of the administration.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was removed.
    Deleted,
}

/// Notes a change of the administration in the journal. Everything that caches permissions, sources or settings
/// starts anew after it.
pub fn note_change(tx: &mut Tx, actor: Option<&Actor>, kind: &str, id: &str, change: Change) {
    tx.emit(changed(actor, kind, id, change));
}

/// The same for a thing of a community: only who reads on it may see that.
pub(crate) fn note_change_in(
    tx: &mut Tx,
    community: &CommunityId,
    actor: &Actor,
    (kind, id): (&str, &str),
    change: Change,
) {
    tx.emit_about(changed(Some(actor), kind, id, change), vec![community.clone()]);
}

/// The same for a thing of a source: only who reads on it may see that.
pub(crate) fn note_change_on(
    tx: &mut Tx,
    source: &SourceId,
    actor: Option<&Actor>,
    (kind, id): (&str, &str),
    change: Change,
) {
    tx.emit(Event { source_id: Some(source.clone()), ..changed(actor, kind, id, change) });
}

fn changed(actor: Option<&Actor>, kind: &str, id: &str, change: Change) -> Event {
    let change = match change {
        Change::Created => "created",
        Change::Updated => "updated",
        Change::Deleted => "deleted",
    };
    Event {
        kind: EventType::AdministrationChanged,
        user_id: actor.map(|a| a.user.id.clone()),
        // What happens to a source is for those who may read it.
        source_id: SourceId::parse(id).filter(|_| kind == "content_source"),
        thread_id: None,
        resource: Resource { kind: kind.to_owned(), id: id.to_owned() },
        metadata: json!({"change": change}),
    }
}
