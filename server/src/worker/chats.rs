//! The times of live chats: who is here, and what becomes of those by themselves whose visitor or agent is not.

use std::sync::{Arc, Mutex, PoisonError};

use model::{ThreadId, Timestamp};
use store::chat_thread::Open;

use crate::app::App;
use crate::domain::{Result, live_chat};

/// How many are noted in one transaction.
const BATCH: usize = 500;

/// When it was noted last which visitors are here, by this process: at its start long ago; none when that failed.
#[derive(Clone)]
pub(super) struct Noted(Arc<Mutex<Option<Timestamp>>>);

impl Default for Noted {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Some(Timestamp::default()))))
    }
}

impl Noted {
    fn take(&self) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }
}

/// Notes which visitors of live chats are here, ends the chats that are due, and has those wait for another agent whose
/// agent has gone; gives when the next one is, and while there is any whose visitor may come and go.
pub(super) async fn round(app: App, noted: Noted) -> Result<Option<Timestamp>> {
    let now = app.db.clock().now();
    let again = note_visitors(&app, &noted, now).await?;
    let ends = loop {
        let (ended, next) = app.db.write(move |tx| Box::pin(live_chat::end_due(tx, now))).await?;
        if ended == 0 {
            break next;
        }
    };
    let leaves = loop {
        let (left, next) = app.db.write(|tx| Box::pin(live_chat::requeue_abandoned(tx))).await?;
        if left == 0 {
            break next;
        }
    };
    Ok([again, ends, leaves].into_iter().flatten().min())
}

/// Notes which visitors are here, when that was long enough ago; gives when it is to be noted again. When it could not
/// be, they could not be here either: then they have time to come back.
async fn note_visitors(app: &App, noted: &Noted, now: Timestamp) -> Result<Option<Timestamp>> {
    let last = noted.take();
    if let Some(last) = last {
        let again = last.plus_seconds(live_chat::BEAT_SECONDS);
        if last <= now && now < again {
            noted.set(last);
            return Ok(Some(again));
        }
    }
    let open = app.db.read(|tx| Box::pin(live_chat::awaiting_visitors(tx))).await?;
    let is_here = |chat: &Open| app.hub.is_there(&(chat.source_id.clone(), chat.identity_id.clone()));
    let any = !open.is_empty();
    let here: Vec<ThreadId> = open.into_iter().filter(is_here).map(|chat| chat.thread_id).collect();
    if last.is_none() {
        app.db.write(|tx| Box::pin(live_chat::begin(tx))).await?;
    }
    for some in here.chunks(BATCH).map(<[_]>::to_vec) {
        app.db.write(move |tx| Box::pin(async move { live_chat::keep(tx, &some).await })).await?;
    }
    noted.set(now);
    Ok(any.then(|| now.plus_seconds(live_chat::BEAT_SECONDS)))
}
