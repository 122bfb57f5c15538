//! Notices that somebody types (`docs/sdks/source-sdk/send-api.md`), both ways: one for each thread every two seconds, counted
//! anew when they stop. They are of the moment: a customer's go to the agents who are there, and nowhere else.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::{SourceId, Timestamp};
use serde_json::json;
use store::content;
use store::source::Source;
use store::thread::Thread;

use super::inbound::Refusal;
use super::{objects, outbound};
use crate::app::App;
use crate::domain::{sdk, source as sources};

/// Between two notices, in milliseconds.
const PAUSE: i64 = 2000;
/// How long telling a third party may take.
const LIMIT: Duration = Duration::from_secs(3);
/// How many threads are remembered before those that are over are forgotten.
const MANY: usize = 1024;

/// When each thread's last notice came.
#[derive(Debug, Default)]
pub struct Typing(Mutex<HashMap<String, Timestamp>>);

impl Typing {
    /// Counts a notice; tells whether it may pass.
    fn passes(&self, thread: &str, on: bool, now: Timestamp) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !on {
            last.remove(thread);
            return true;
        }
        // A time that lies ahead is from before the clock moved back.
        let recent = |time: &Timestamp| *time <= now && now < time.plus_millis(PAUSE);
        if last.get(thread).is_some_and(recent) {
            return false;
        }
        if last.len() >= MANY {
            last.retain(|_, time| recent(time));
        }
        last.insert(thread.to_owned(), now);
        true
    }
}

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
        app.hub.customer_types(&thread.id, &source, preview.as_deref().filter(|_| on), on);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_notice_for_each_thread_in_two_seconds() {
        let (typing, now) = (Typing::default(), Timestamp::from_millis(1_000_000));
        assert!(typing.passes("a", true, now) && typing.passes("b", true, now));
        assert!(!typing.passes("a", true, now.plus_millis(1999)));
        assert!(typing.passes("a", true, now.plus_millis(2000)));
        assert!(typing.passes("a", false, now.plus_millis(2001)) && typing.passes("a", true, now.plus_millis(2002)));
        for i in 0..3000 {
            typing.passes(&i.to_string(), true, now.plus_millis(10_000 + i * 10));
        }
        assert!(typing.0.lock().expect("a lock").len() <= MANY);
    }
}
