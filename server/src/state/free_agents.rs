//! Whether agents are free for chats, as it was found last. Many pages ask at once, and the answer is the same.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::Timestamp;

/// So long an answer holds, in milliseconds.
const FRESH: i64 = 2000;

/// What was found for each chat that there is and each of its triggers, by the chat's token and the trigger.
#[derive(Debug, Default)]
pub struct FreeAgents(Mutex<HashMap<String, (Timestamp, bool)>>);

impl FreeAgents {
    /// What was found lately for a chat.
    pub(crate) fn get(&self, chat: &str, now: Timestamp) -> Option<bool> {
        let found = self.all().get(chat).copied();
        // One that lies ahead was found before the clock moved back.
        found.filter(|(at, _)| (0..FRESH).contains(&(now.millis() - at.millis()))).map(|(_, free)| free)
    }

    /// Notes what was found for a chat.
    pub(crate) fn note(&self, chat: &str, now: Timestamp, free: bool) {
        self.all().insert(chat.to_owned(), (now, free));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, (Timestamp, bool)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
