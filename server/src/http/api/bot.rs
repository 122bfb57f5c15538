//! `/1.0/bots`.

use axum::extract::State;
use model::{CategoryId, InterventionId};
use schemars::JsonSchema;
use serde::Serialize;

use super::intervention::InterventionOut;
use crate::app::App;
use crate::domain::bot::{self, Handed, Side};
use crate::domain::{Error, Fault, Result};
use crate::http::idempotency::kept;
use crate::http::{Caller, Params, Reply};

/// The answer of the operations that only succeed (`docs/interactions/bots-api.md`).
#[derive(Serialize, JsonSchema)]
pub struct Success {
    message: &'static str,
    status: u16,
}

const SUCCESS: Success = Success { message: "Success", status: 200 };

/// Engaging a thread as a bot.
pub async fn engage(state: State<App>, caller: Caller, params: Params) -> Result<Reply<InterventionOut>> {
    super::intervention::create(state, caller, params).await
}

/// Completing a bot's intervention.
pub async fn complete(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<Success>> {
    let id = params.required_id("intervention_id", InterventionId::parse)?;
    let close = params.boolean("close_thread")?.unwrap_or(false);
    let categories = params.ids("thread_category_ids", CategoryId::parse)?;
    let parts = app.clone();
    let done = app.db.write(move |tx| {
        Box::pin(async move {
            bot::complete(tx, &actor, &id, close, categories).await?;
            kept(&parts, tx, SUCCESS)
        })
    });
    Ok(Reply(done.await?))
}

fn side(params: &Params, name: &str) -> Result<Side> {
    match params.required(name)?.as_str() {
        "bot" => Ok(Side::Bot),
        "agent" => Ok(Side::Agent),
        _ => Err(Error::bad(name, Fault::one_of(&["bot", "agent"]))),
    }
}

/// Handing a conversation over between a bot and people.
pub async fn handover(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<Success>> {
    let (from, to) = (side(&params, "from")?, side(&params, "to")?);
    if from == to {
        return Err(Error::invalid("to", Fault::form("the other side")));
    }
    params.required("type")?;
    let handed = match params.id("intervention_id", InterventionId::parse)? {
        Some(id) => Handed::Intervention(id),
        None => Handed::IdentityForeignId(params.required("identity_foreign_id")?),
    };
    let categories = params.ids("thread_category_ids", CategoryId::parse)?;
    let parts = app.clone();
    let done = app.db.write(move |tx| {
        Box::pin(async move {
            bot::handover(tx, &actor, to, handed, categories).await?;
            kept(&parts, tx, SUCCESS)
        })
    });
    Ok(Reply(done.await?))
}
