//! What pages are told of chats, kept until the administration changes: each page of a site asks for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use model::{ChatItemId, ChatTriggerId};
use store::source::Source;

/// What pages are told of a chat.
#[derive(Debug)]
pub struct Prepared {
    /// It changes with what is told, and with nothing else.
    pub version: String,
    /// What is told, as JSON.
    pub json: Bytes,
    /// The version of what it says.
    pub texts: String,
    /// Its configuration.
    pub config: Configured,
}

/// A chat's configuration, as its pages are told.
#[derive(Debug)]
pub struct Configured {
    /// Where it is.
    pub source: Source,
    /// It changes with what is told, and with nothing else.
    pub version: String,
    /// What is told, as JSON.
    pub json: Bytes,
}

/// The languages that a chat speaks.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// It changes with the texts, and with nothing else.
    pub version: String,
    /// What the chat is called, by language.
    pub titles: BTreeMap<String, String>,
    /// Whether English has texts of the source's own.
    pub english: bool,
}

/// The chat's own button.
#[derive(Clone, Debug)]
pub struct OwnButton {
    /// The trigger that shows it, and its name.
    pub trigger: (ChatTriggerId, String),
    /// The button, and its name.
    pub item: (ChatItemId, String),
    /// Whether it is shown.
    pub active: bool,
}

/// What is kept: by the public tokens of chats, under the administration's number.
#[derive(Default)]
pub(crate) struct Targetings(Mutex<(u64, HashMap<String, Arc<Prepared>>)>);

impl Targetings {
    /// What was prepared for a chat under this number.
    pub(crate) fn get(&self, number: u64, token: &str) -> Option<Arc<Prepared>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.1.get(token).filter(|_| kept.0 == number).cloned()
    }

    /// Keeps what was prepared for a chat that is there; `number` was read before it was.
    pub(crate) fn keep(&self, number: u64, token: String, prepared: Arc<Prepared>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != number {
            *kept = (number, HashMap::new());
        }
        kept.1.insert(token, prepared);
    }
}
