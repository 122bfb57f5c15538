//! `/1.0/channels`.

use axum::extract::State;
use model::{CategoryId, ChannelId, SourceId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::channel::Channel;

use crate::app::App;
use crate::domain::channel::{self, ChannelIn, Shown};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A channel as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct ChannelOut {
    agent_sla: Option<i64>,
    agent_sla_threshold: i64,
    auto_complete_category_ids: Vec<CategoryId>,
    /// Whether who joins begins away: an extension.
    away_by_default: bool,
    created_at: Timestamp,
    hard_capability: i64,
    id: ChannelId,
    label: String,
    name: String,
    /// How long a customer waits for an agent who is there: an extension.
    silent_timeout_seconds: Option<i64>,
    soft_capability: i64,
    source_ids: Vec<SourceId>,
    task_auto_complete_seconds: Option<i64>,
    task_timeout_seconds: Option<i64>,
    updated_at: Timestamp,
}

impl From<Shown> for ChannelOut {
    fn from(Shown { channel, source_ids }: Shown) -> Self {
        let Channel { id, name, soft_capability, hard_capability, task_timeout_seconds, .. } = channel;
        let Channel { agent_sla, agent_sla_threshold, task_auto_complete_seconds, .. } = channel;
        let Channel { auto_complete_category_ids, away_by_default, silent_timeout_seconds, .. } = channel;
        let Channel { created_at, updated_at, .. } = channel;
        Self {
            agent_sla,
            agent_sla_threshold,
            auto_complete_category_ids: auto_complete_category_ids.0,
            away_by_default,
            created_at,
            hard_capability,
            id,
            label: name.clone(),
            name,
            silent_timeout_seconds,
            soft_capability,
            source_ids,
            task_auto_complete_seconds,
            task_timeout_seconds,
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

fn read(params: &Params) -> Result<ChannelIn> {
    let seconds = |name| if params.has(name) { params.integer(name).map(Some) } else { Ok(None) };
    Ok(ChannelIn {
        name: params.given("name")?.or(params.given("label")?),
        source_ids: params.ids("source_ids", SourceId::parse)?,
        soft_capability: params.integer("soft_capability")?,
        hard_capability: params.integer("hard_capability")?,
        task_timeout_seconds: seconds("task_timeout_seconds")?,
        agent_sla: seconds("agent_sla")?,
        agent_sla_threshold: params.integer("agent_sla_threshold")?,
        task_auto_complete_seconds: seconds("task_auto_complete_seconds")?,
        auto_complete_category_ids: params.ids("auto_complete_category_ids", CategoryId::parse)?,
        away_by_default: params.boolean("away_by_default")?,
        silent_timeout_seconds: seconds("silent_timeout_seconds")?,
    })
}

/// Creating a channel.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<ChannelOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(channel::create(tx, &actor, given).await?.into()) })).await
}

/// Updating a channel.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ChannelId>,
    params: Params,
) -> Result<Written<ChannelOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(channel::update(tx, &actor, &id, given).await?.into()) })).await
}

/// Deleting a channel.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ChannelId>,
) -> Result<Written<ChannelOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(channel::delete(tx, &actor, &id).await?.into()) })).await
}
