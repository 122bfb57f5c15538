//! The body of a request to a webhook (`docs/webhooks/events.md`). It is made from the journal whenever it is needed,
//! and comes out the same each time.

use serde_json::{Value, json};
use store::journal::Entry;

/// The body: an id that stays the same over all attempts, the domain, the timeline of the journal that positions are of,
/// and the events in order.
#[must_use]
pub fn envelope(id: &str, domain_id: &str, timeline: &str, entries: &[Entry]) -> Value {
    let events: Vec<Value> = entries.iter().map(event).collect();
    json!({"id": id, "domain_id": domain_id, "timeline": timeline, "events": events})
}

/// One event as webhooks and followers of the journal get it.
#[must_use]
pub fn event(entry: &Entry) -> Value {
    let Entry { position, id, kind, issued_at, user_id, resource_kind, resource_id, metadata, .. } = entry;
    let mut event = json!({
        "type": kind,
        "id": id,
        "position": position,
        "issued_at": issued_at.to_event(),
        "resource": {"type": resource_kind, "id": resource_id, "metadata": metadata.0},
    });
    // Only what an agent or bot did has a user.
    if let Some(user_id) = user_id {
        event["user_id"] = json!(user_id);
    }
    event
}
