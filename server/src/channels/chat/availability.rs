//! `POST /chat/{source_token}/availability`: what a page asks before it offers the chat.

use axum::extract::State;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::crypto;
use crate::domain::live_chat::{self, Stands};
use crate::domain::{Error, queue, targeting, visitor};
use crate::http::answer::asked;
use crate::http::auth::bearer;
use crate::http::{Id, Network, Params, Result, Written};

/// Whether agents are free.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatAvailability")]
pub struct AvailabilityOut {
    /// 1 when one more conversation would find somebody, else 0.
    probability: u8,
    /// The place in the line of a visitor who waits in a live chat, from 1; null for anybody else, and where it is not shown.
    position: Option<i64>,
    /// In how many seconds that visitor may be served; null where that cannot be said, or is not shown.
    estimated_wait_seconds: Option<i64>,
}

/// Asking whether agents are free, and with a visitor's key where they stand in the line. Nothing is noted of who asks.
pub async fn ask(
    State(app): State<App>,
    Network(network): Network,
    Id(token): Id<String>,
    headers: HeaderMap,
    params: Params,
) -> Result<Written<AvailabilityOut>> {
    app.limits.check_question(&network)?;
    let stands = match bearer(&headers) {
        Some(key) => stands(&app, token.clone(), &key).await?,
        None => None,
    };
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
    let (position, wait) = stands.map_or((None, None), |stands| (stands.place, stands.estimated_wait_seconds));
    Ok(asked(AvailabilityOut { probability: u8::from(free), position, estimated_wait_seconds: wait }))
}

/// Where a visitor stands who waits. Nobody needs a key to ask, so one that opens nothing is none.
async fn stands(app: &App, token: String, key: &str) -> Result<Option<Stands>> {
    let hash = crypto::token_hash(key);
    app.limits.check_count(&hash)?;
    let read = app.db.read(move |tx| {
        Box::pin(async move {
            match visitor::known(tx, &token, &hash).await {
                Ok(known) => live_chat::stands(tx, &known.source, &known.identity.id).await,
                Err(Error::Unauthorized(..)) => Ok(None),
                Err(error) => Err(error),
            }
        })
    });
    Ok(read.await?)
}
