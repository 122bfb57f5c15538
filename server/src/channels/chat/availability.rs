//! `POST /chat/{source_token}/availability`: what a page asks before it offers the chat.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::domain::{queue, visitor};
use crate::http::answer::asked;
use crate::http::{Id, Network, Result, Written};

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
) -> Result<Written<AvailabilityOut>> {
    app.limits.check_question(&network)?;
    let now = app.db.clock().now();
    let free = match app.free_agents.get(&token, now) {
        Some(free) => free,
        None => {
            let chat = token.clone();
            let find = app.db.read(move |tx| {
                Box::pin(async move {
                    let source = visitor::source(tx, &chat).await?;
                    queue::availability(tx, &source, None).await
                })
            });
            let free = find.await?;
            app.free_agents.note(&token, now, free);
            free
        }
    };
    Ok(asked(AvailabilityOut { probability: u8::from(free) }))
}
