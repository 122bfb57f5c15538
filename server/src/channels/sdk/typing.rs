//! Notices that somebody types (`docs/sdks/source-sdk/send-api.md`), both ways: one for each thread every two seconds, counted
//! anew when they stop. They are of the moment: a customer's go to the agents who are there, and nowhere else.

use std::time::Duration;

use model::SourceId;
use serde_json::json;
use store::content;
use store::source::Source;
use store::thread::Thread;

use super::inbound::Refusal;
use super::{objects, outbound};
use crate::app::App;
use crate::cluster::Moment;
use crate::domain::{sdk, source as sources};

/// How long telling a third party may take.
const LIMIT: Duration = Duration::from_secs(3);
/// Tells the agents that somebody begins or ends to type. A thread that is not known yet is nobody's business.
pub(super) async fn note(app: &App, source: SourceId, typing: objects::Typing) -> Result<(), Refusal> {
    let objects::Typing { on, thread_id, in_reply_to_id, preview } = typing;
    let name = format!("{source}:{}:{}", thread_id.as_deref().unwrap_or(""), in_reply_to_id.as_deref().unwrap_or(""));
    let of = source.clone();
    let found = app.db.read(move |tx| {
        Box::pin(async move { sdk::thread_of(tx, &of, thread_id.as_deref(), in_reply_to_id.as_deref()).await })
    });
    let thread = found.await?;
    let name = thread.as_ref().map_or(name, |thread| thread.id.to_string());
    if !app.sdk_typing.passes(&name, on, app.db.clock().now()) {
        return Err(Refusal::Typing);
    }
    if let Some(thread) = thread {
        let (thread_id, preview) = (thread.id, preview.filter(|_| on));
        app.cluster.tell(Moment::CustomerTypes { thread_id, source_id: source, preview, on });
    }
    Ok(())
}

/// Tells the third party that an agent begins or ends to type, where its implementation has the option for it. Nobody
/// waits for it, and one that is lost is not sent again.
pub fn tell(app: &App, source: &Source, thread: &Thread, on: bool) {
    let wanted = ["view.messaging", "messaging.typing_indicator"].iter().all(|name| source.has_option(name));
    let name = format!("to:{}", thread.id);
    if !source.active || !wanted || !app.sdk_typing.passes(&name, on, app.db.clock().now()) {
        return;
    }
    let (task, source, thread) = (app.clone(), source.clone(), thread.clone());
    app.tasks.spawn(async move {
        let told = tokio::time::timeout(LIMIT, call(&task, &source, thread, on)).await;
        if !matches!(told, Ok(Ok(()))) {
            tracing::debug!(source = %source.id, "the source was not told who types");
        }
    });
}

async fn call(app: &App, source: &Source, thread: Thread, on: bool) -> Result<(), String> {
    let secret = sources::sdk_secret(&app.keys, source).map_err(|error| error.to_string())?;
    let (id, customer) = (thread.id, thread.identity_id);
    let read = app.db.read(move |tx| {
        Box::pin(async move {
            match customer {
                Some(customer) => content::last_said(tx, &id, &customer).await,
                None => Ok(None),
            }
        })
    });
    let said = read.await.map_err(|error| error.to_string())?;
    let mut params = json!({"in_reply_to_id": said.and_then(|content| content.foreign_id)});
    if !source.has_option("messages.unthreaded") {
        params["thread_id"] = json!(thread.foreign_id);
    }
    let action = if on { "typing.start" } else { "typing.stop" };
    let body = json!({"action": action, "params": params, "time": app.db.clock().now()});
    outbound::post(app, source, &secret, body.to_string()).await.map(drop)
}
