//! `/1.0/status`: the agents who are connected.

use axum::extract::State;
use model::{Availability, Busyness, CategoryId, ChannelId, PresenceStatusId, SourceId, TeamId, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::domain::agent_status::{self, AgentWork, ChannelWork, NewStatus, StatusFilter};
use crate::domain::{Error, Fault};
use crate::http::answer::write;
use crate::http::{Caller, Id, Params, Reply, Result, Written};

/// A channel of an agent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StatusChannel")]
struct ChannelOut {
    busyness: Busyness,
    id: ChannelId,
    name: String,
    status: Availability,
}

/// Why an agent is away.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CustomStatus")]
struct CustomStatusOut {
    /// The presence status.
    id: PresenceStatusId,
}

/// An agent's status as the API shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AgentStatus")]
pub struct StatusOut {
    agent_id: UserId,
    channels: Vec<ChannelOut>,
    /// Why they are away; null when they gave no reason.
    custom_status: Option<CustomStatusOut>,
}

impl From<AgentWork> for StatusOut {
    fn from(AgentWork { user_id, channels, custom_status }: AgentWork) -> Self {
        let channels = channels.into_iter().map(|ChannelWork { channel, availability, busyness }| ChannelOut {
            busyness,
            id: channel.id,
            name: channel.name,
            status: availability,
        });
        Self {
            channels: channels.collect(),
            agent_id: user_id,
            custom_status: custom_status.map(|id| CustomStatusOut { id }),
        }
    }
}

/// Getting the status of every connected agent.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<Vec<StatusOut>>> {
    let wanted = StatusFilter {
        source_ids: params.id_list("source_ids", SourceId::parse)?.filter(|ids| !ids.is_empty()),
        category_ids: params.id_list("category_ids", CategoryId::parse)?.filter(|ids| !ids.is_empty()),
        team_ids: params.id_list("team_ids", TeamId::parse)?.filter(|ids| !ids.is_empty()),
        spoken_languages: params.texts("spoken_languages")?.filter(|all| !all.is_empty()),
    };
    let agents = app.db.read(move |tx| Box::pin(async move { agent_status::list(tx, &actor, &wanted).await })).await?;
    Ok(Reply(agents.into_iter().map(StatusOut::from).collect()))
}

/// Getting a connected agent's status.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<UserId>) -> Result<Reply<StatusOut>> {
    let agent = app.db.read(move |tx| Box::pin(async move { agent_status::find(tx, &actor, &id).await })).await?;
    Ok(Reply(agent.into()))
}

/// Changing an agent's status: `status[channel_id]` for every channel, one `status` for all of them, or a reason for being
/// away everywhere.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<UserId>,
    params: Params,
) -> Result<Written<StatusOut>> {
    let given = match params.value("status") {
        Some(Value::Object(map)) => NewStatus::Each(map.clone()),
        Some(_) => NewStatus::Everywhere(params.required("status")?),
        None => match params.id("custom_status_id", PresenceStatusId::parse)? {
            Some(reason) => NewStatus::Reason(reason),
            None => return Err(Error::bad("status", Fault::required()).into()),
        },
    };
    write(&app, move |_, tx| Box::pin(async move { Ok(agent_status::set(tx, &actor, &id, &given).await?.into()) }))
        .await
}
