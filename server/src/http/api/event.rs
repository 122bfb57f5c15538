//! `/1.0/events`: the journal.

use axum::extract::State;
use model::{EventId, EventType, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::journal::Entry;

use crate::app::App;
use crate::domain::{event, search};
use crate::http::{Caller, Id, Paged, Params, Reply, Result, page};

/// An event as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct EventOut {
    created_at: Timestamp,
    extra_infos: Map<String, Value>,
    id: EventId,
    name: EventType,
    updated_at: Timestamp,
    user_id: Option<UserId>,
}

/// The facts that the reference names, each there, null where an event has none.
const FACTS: [&str; 14] = [
    "authentication_strategy",
    "business/time_sheet_id",
    "category_ids",
    "closed_automatically",
    "content_id",
    "content_source_id",
    "content_thread_id",
    "deferred_duration",
    "deletions",
    "foreign_id",
    "intervention_id",
    "request_ip",
    "task_id",
    "user_id",
];

impl From<Entry> for EventOut {
    fn from(entry: Entry) -> Self {
        let Entry { id, kind, issued_at, user_id, source_id, thread_id, resource_id, metadata, .. } = entry;
        let mut facts: Map<String, Value> = FACTS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        for (name, value) in &mut facts {
            if let Some(known) = metadata.get(name) {
                *value = known.clone();
            }
        }
        facts["content_source_id"] = json!(source_id);
        facts["content_thread_id"] = json!(thread_id);
        match kind.as_str().split_once('.') {
            Some(("content", _)) if metadata.get("body").is_some() => facts["content_id"] = json!(resource_id),
            Some(("intervention", _)) => facts["intervention_id"] = json!(resource_id),
            _ => {}
        }
        Self { created_at: issued_at, extra_infos: facts, id, name: kind, updated_at: issued_at, user_id }
    }
}

/// Getting all events, newest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<EventOut>> {
    let page = page(&params)?;
    let query = search::parse(&params.text("q")?.unwrap_or_default(), "q")?;
    let listed = app.db.read(move |tx| Box::pin(async move { event::list(tx, &actor, &query, page).await })).await?;
    Ok(Paged::new(listed, page, EventOut::from))
}

/// Getting an event from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<EventId>) -> Result<Reply<EventOut>> {
    let entry = app.db.read(move |tx| Box::pin(async move { event::find(tx, &actor, &id).await })).await?;
    Ok(Reply(entry.into()))
}
