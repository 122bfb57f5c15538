//! `/1.0/channels`.

use axum::extract::State;
use model::{CategoryId, ChannelId, SourceId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::source::Channel;

use crate::app::App;
use crate::domain::Result;
use crate::domain::channel::{self, Shown};
use crate::http::{Caller, Id, Paged, Params, Reply, page};

/// A channel as the API shows it. What only routing uses is null, since nothing is routed by capacity.
#[derive(Serialize, JsonSchema)]
pub struct ChannelOut {
    agent_sla: Option<i64>,
    agent_sla_threshold: i64,
    auto_complete_category_ids: Vec<CategoryId>,
    created_at: Timestamp,
    hard_capability: Option<i64>,
    id: ChannelId,
    label: String,
    name: String,
    soft_capability: Option<i64>,
    source_ids: Vec<SourceId>,
    task_auto_complete_seconds: Option<i64>,
    task_timeout_seconds: Option<i64>,
    updated_at: Timestamp,
}

impl From<Shown> for ChannelOut {
    fn from(Shown { channel, source_ids }: Shown) -> Self {
        let Channel { id, name, created_at, updated_at } = channel;
        Self {
            agent_sla: None,
            agent_sla_threshold: 0,
            auto_complete_category_ids: Vec::new(),
            created_at,
            hard_capability: None,
            id,
            label: name.clone(),
            name,
            soft_capability: None,
            source_ids,
            task_auto_complete_seconds: None,
            task_timeout_seconds: None,
            updated_at,
        }
    }
}

/// Getting all channels, oldest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<ChannelOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(async move { channel::list(tx, &actor, page).await })).await?;
    Ok(Paged::new(listed, page, ChannelOut::from))
}

/// Getting a channel from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ChannelId>) -> Result<Reply<ChannelOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { channel::find(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}
