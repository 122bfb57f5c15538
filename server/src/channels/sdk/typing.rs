//! Notices that a customer types (`docs/sdks/source-sdk/send-api.md`): one for each thread every two seconds, counted
//! anew when the customer stops. They are of the moment: they go to the agents who are there, and nowhere else.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::{SourceId, Timestamp};

use super::inbound::Refusal;
use super::objects;
use crate::app::App;
use crate::domain::sdk;

/// Between two notices, in milliseconds.
const PAUSE: i64 = 2000;
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
        let recent = |time: &Timestamp| now < time.plus_millis(PAUSE);
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
