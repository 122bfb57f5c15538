//! `GET /chat/{source_token}/unread`: what a page or an app shows beside its own button, without opening the chat.

use axum::extract::State;
use model::ThreadId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::domain::visitor;
use crate::http::{Reply, Result, Visitor};

/// How much a visitor has not read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatUnread")]
pub struct UnreadOut {
    /// How many messages.
    unread: i64,
    /// In which conversations, newest activity first; at most 100.
    threads: Vec<UnreadThreadOut>,
}

/// How much a visitor has not read of a conversation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatUnreadThread")]
struct UnreadThreadOut {
    id: ThreadId,
    /// How many messages.
    unread: i64,
}

/// How much the visitor has not read.
pub async fn show(State(app): State<App>, Visitor(known): Visitor) -> Result<Reply<UnreadOut>> {
    app.limits.check_count(&known.token_hash)?;
    let read = app.db.read(move |tx| Box::pin(async move { visitor::unread(tx, &known).await }));
    let (unread, threads) = read.await?;
    let threads = threads.into_iter().map(|(id, unread)| UnreadThreadOut { id, unread }).collect();
    Ok(Reply(UnreadOut { unread, threads }))
}
