//! What the visitor of a chat is told beside the messages: how a live chat goes, and that an e-mail address is asked for.
//! These lines stand between the messages; they are no contents, and count as nothing.

use model::{CloseCause, EventId, EventType, ThreadId, Timestamp};
use serde_json::Value;
use store::Tx;
use store::journal::{self, Entry};

use crate::base::Result;

/// How many are shown at the most: the newest.
const SHOWN_MAX: i64 = 200;

/// One of them.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its event's id.
    pub id: EventId,
    /// The key of its text (`docs/interactions/web-messaging/customization.md`).
    pub key: &'static str,
    /// The name that the text has.
    pub screenname: Option<String>,
    /// The place of the content that it stands after; 0 for none, and none for the end.
    pub after: Option<i64>,
    /// When.
    pub at: Timestamp,
}

/// What an entry of a chat's thread tells its visitor, when it tells something.
#[must_use]
pub fn of_entry(entry: &Entry) -> Option<Notice> {
    let chat = entry.metadata.get("chat");
    let text = |name: &str| chat.and_then(|chat| chat.get(name)).and_then(Value::as_str);
    let key = match entry.kind {
        EventType::ChatConnected => "connection",
        EventType::ChatLeft => "disconnection",
        EventType::ChatQueued if text("state") == Some("waiting") => "waiting_for_agent",
        EventType::ChatQueued => "queuing_update.transfered",
        EventType::ChatEmailAsked => "request_email.title",
        EventType::ChatEmailGiven => "request_email.submitted_title",
        EventType::ContentThreadClosed => match cause(entry)? {
            CloseCause::ImpossibleDelay => "timed_messages.impossible",
            _ => "thread_closure",
        },
        _ => return None,
    };
    Some(Notice {
        id: entry.id.clone(),
        key,
        screenname: text("screenname").map(str::to_owned),
        after: entry.metadata.get("after_ordinal").and_then(Value::as_i64),
        at: entry.issued_at,
    })
}

/// Why a live chat has ended, of the entry that tells of it; none of a thread that was only locked.
fn cause(entry: &Entry) -> Option<CloseCause> {
    entry.metadata.get("close_cause")?.as_str()?.parse().ok()
}

/// What the visitor of a thread was told, oldest first.
pub async fn of_thread(tx: &mut Tx, id: &ThreadId) -> Result<Vec<Notice>> {
    Ok(journal::notices(tx, id, SHOWN_MAX).await?.iter().filter_map(of_entry).collect())
}
