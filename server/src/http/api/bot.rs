//! `/1.0/bots`.

use axum::extract::State;
use model::{CategoryId, ContentId, InterventionId};
use schemars::JsonSchema;
use serde::Serialize;

use super::intervention::{InterventionOut, unknown_content, with_group};
use crate::app::App;
use crate::domain::bot::{self, Handed, Handover, Side};
use crate::domain::{Error, Fault, Reason, checked_name};
use crate::http::answer::write;
use crate::http::{Caller, Params, Result, Written};

/// The answer of the operations that only succeed (`docs/interactions/bots-api.md`).
#[derive(Serialize, JsonSchema)]
pub struct Success {
    message: &'static str,
    status: u16,
}

pub(super) const SUCCESS: Success = Success { message: "Success", status: 200 };

/// Engaging a thread as a bot.
pub async fn engage(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<InterventionOut>> {
    let content_id = params.required_id("content_id", ContentId::parse)?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let engaged = bot::engage(tx, &actor, &content_id).await.map_err(unknown_content)?;
            with_group(tx, engaged).await
        })
    })
    .await
}

/// Completing a bot's intervention.
pub async fn complete(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<Success>> {
    let id = params.required_id("intervention_id", InterventionId::parse)?;
    let close = params.boolean("close_thread")?.unwrap_or(false);
    let categories = params.ids("thread_category_ids", CategoryId::parse)?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            bot::complete(tx, &actor, &id, close, categories).await?;
            Ok(SUCCESS)
        })
    })
    .await
}

fn side(params: &Params, name: &str) -> Result<Side> {
    match params.required(name)?.as_str() {
        "bot" => Ok(Side::Bot),
        "agent" => Ok(Side::Agent),
        _ => Err(Error::bad(name, Fault::one_of(&["bot", "agent"])).into()),
    }
}

/// Handing a conversation over between a bot and people.
pub async fn handover(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<Success>> {
    let (from, to) = (side(&params, "from")?, side(&params, "to")?);
    if from == to {
        return Err(Error::invalid("to", Fault::form("the other side")).into());
    }
    let kind = checked_name("type", &params.required("type")?)?;
    let handed = match params.id("intervention_id", InterventionId::parse)? {
        Some(id) => Handed::Intervention(id),
        None => match params.text("identity_foreign_id")? {
            Some(foreign_id) => Handed::IdentityForeignId(foreign_id),
            None => {
                let missing = Reason::Required.says("is required, or identity_foreign_id");
                return Err(Error::invalid("intervention_id", missing).into());
            }
        },
    };
    let categories = params.ids("thread_category_ids", CategoryId::parse)?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            bot::handover(tx, &actor, Handover { to, kind, handed, categories }).await?;
            Ok(SUCCESS)
        })
    })
    .await
}
