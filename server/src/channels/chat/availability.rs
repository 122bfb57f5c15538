//! `POST /chat/{source_token}/availability`: what a page asks before it offers the chat.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::domain::{queue, targeting, visitor};
use crate::http::answer::asked;
use crate::http::{Id, Network, Params, Result, Written};

/// Whether agents are free.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatAvailability")]
pub struct AvailabilityOut {
    /// 1 when one more conversation would find somebody, else 0.
    probability: u8,
}

/// Asking whether agents are free. Nothing is noted of who asks.
pub async fn ask(
    State(app): State<App>,
    Network(network): Network,
    Id(token): Id<String>,
    params: Params,
) -> Result<Written<AvailabilityOut>> {
    app.limits.check_question(&network)?;
    let trigger = params.text("trigger_id")?;
    // Each trigger may let more or fewer wait. One that is not there is never found, so none is kept for it.
    let asked_for = format!("{token}/{}", trigger.as_deref().unwrap_or_default());
    let now = app.db.clock().now();
    let free = match app.free_agents.get(&asked_for, now) {
        Some(free) => free,
        None => {
            let find = app.db.read(move |tx| {
                Box::pin(async move {
                    let source = visitor::source(tx, &token).await?;
                    let factor = targeting::factor(tx, &source, trigger.as_deref()).await?;
                    queue::availability(tx, &source, factor).await
                })
            });
            let free = find.await?;
            app.free_agents.note(&asked_for, now, free);
            free
        }
    };
    Ok(asked(AvailabilityOut { probability: u8::from(free) }))
}
