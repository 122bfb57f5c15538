//! What the caller is writing and has not sent.

use axum::extract::State;
use model::{ThreadId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::draft::Draft;

use crate::app::App;
use crate::cluster::Moment;
use crate::domain::draft;
use crate::http::answer::write;
use crate::http::{Caller, Id, Params, Reply, Result, Written};

/// What the caller is writing on a thread.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Draft")]
pub(super) struct DraftOut {
    thread_id: ThreadId,
    /// What the console has written down of it.
    draft: Map<String, Value>,
    /// Its version, under which it is changed.
    version: i64,
    updated_at: Timestamp,
}

impl From<Draft> for DraftOut {
    fn from(row: Draft) -> Self {
        let Draft { thread_id, data, version, updated_at } = row;
        Self { thread_id, draft: data.0, version, updated_at }
    }
}

/// What the caller is writing.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Drafts")]
pub struct DraftsOut {
    /// The last changed first; a thousand at the most.
    drafts: Vec<DraftOut>,
}

/// What the caller is writing.
pub async fn list(State(app): State<App>, Caller(actor): Caller) -> Result<Reply<DraftsOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { draft::list(tx, &actor).await })).await?;
    Ok(Reply(DraftsOut { drafts: found.into_iter().map(DraftOut::from).collect() }))
}

/// Under which version it is kept.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DraftKept")]
pub struct KeptOut {
    /// Its version from now on; null when nothing is written.
    version: Option<i64>,
}

/// Keeping what the caller is writing on a thread.
pub async fn keep(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Written<KeptOut>> {
    let (seen, data) = (params.integer("version")?, params.map("draft")?);
    let (user_id, thread_id) = (actor.user.id.clone(), id.clone());
    let written = write(&app, move |_, tx| {
        Box::pin(async move { Ok(KeptOut { version: draft::keep(tx, &actor, &id, seen, data).await? }) })
    })
    .await?;
    app.cluster.tell(Moment::Draft { user_id, thread_id, version: written.told().version });
    Ok(written)
}
