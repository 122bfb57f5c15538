//! `POST /chat/{source_token}/email`: the address of a visitor whom the chat has asked for one.

use axum::extract::State;
use model::ThreadId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::domain::contact;
use crate::http::{Params, Result, Visitor, Written, answer};

/// An address that was taken.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatEmail")]
pub struct EmailOut {
    /// It was taken.
    ok: bool,
}

/// Giving an e-mail address where the chat has asked for one.
pub async fn give(State(app): State<App>, Visitor(known): Visitor, params: Params) -> Result<Written<EmailOut>> {
    app.limits.check_visitor(&known.token_hash)?;
    let id = params.required_id("thread_id", ThreadId::parse)?;
    let email = params.text("email")?.unwrap_or_default();
    answer::write(&app, move |_, tx| {
        Box::pin(async move {
            contact::give(tx, &known, &id, &email).await?;
            Ok(EmailOut { ok: true })
        })
    })
    .await
}
