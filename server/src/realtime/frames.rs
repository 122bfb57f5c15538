//! What the sockets say and hear, frame by frame.

use std::sync::Arc;

use model::{ContentId, EventId, EventType, IdentityId, SourceId, ThreadId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::journal::Entry;

use crate::channels::chat::page::VisitSaid;
use crate::state::hub::Viewer;
use crate::views::counts::CountsOut;
use crate::views::message::{ConversationOut, MessageOut, NoticeOut};
use crate::views::row::RowOut;

/// What the console says.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum AgentSaid {
    /// Where it stands: the first word on a socket.
    Hello {
        /// The last position that it has; none when it begins.
        position: Option<i64>,
        /// The timeline of that, as it was told; none for the one that is now.
        #[serde(default)]
        timeline: Option<String>,
    },
    /// The thread that the agent looks at; none when they look at none.
    Viewing { thread_id: Option<String> },
    /// Whether the agent writes an answer.
    Typing {
        thread_id: String,
        /// Whether they do.
        on: bool,
    },
    /// Somebody is at the console: what is told aloud is told there.
    Active {
        /// The browser, by a name that it has made for itself; forty characters at the most.
        device: String,
    },
    /// It is still there.
    Ping {},
}

/// What the console is told.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum AgentTold {
    /// What was missed comes next.
    Welcome {
        /// Its place in the journal.
        position: i64,
        /// The timeline that positions are of: a server that was restored from a backup has another one.
        timeline: String,
    },
    /// Too much was missed, or the journal cannot go on from that position: everything is to be read anew.
    Reload {
        /// Its place in the journal.
        position: i64,
        /// The timeline that positions are of.
        timeline: String,
    },
    /// The answer to a ping.
    Pong {
        /// Its place in the journal.
        position: i64,
    },
    /// Something happened.
    Event {
        /// Its place in the journal.
        position: i64,
        /// What happened.
        event: EventOut,
        /// The thread as it is now; null for what is of no thread.
        thread: Option<Box<RowOut>>,
    },
    /// What the agent has read of a thread, or what is marked for them.
    Mine {
        thread_id: ThreadId,
        /// The place up to which they have read it.
        read_ordinal: i64,
        /// Whether it is marked for them, read or not.
        marked: bool,
        /// Whether that is because somebody has mentioned them.
        mentioned: bool,
    },
    /// The agent has written on a draft in another window, or sent it.
    Draft {
        thread_id: ThreadId,
        /// Its version; null when there is nothing any more.
        version: Option<i64>,
    },
    /// Something happened to a conversation of the agent's, or they have seen what did.
    Noted {
        /// How many of these they have not seen.
        unseen: i64,
    },
    /// The agent is at a console of theirs.
    Active {
        /// The browser, by the name that it has made for itself.
        device: String,
    },
    /// How many threads the folders have now; at most twice a second.
    Counts {
        #[serde(flatten)]
        counts: CountsOut,
    },
    /// Who looks at a thread.
    Viewers {
        thread_id: ThreadId,
        /// All of them.
        users: Vec<Viewer>,
    },
    /// A customer writes.
    Typing {
        thread_id: ThreadId,
        /// What they have written so far; null when it is not told.
        preview: Option<String>,
        /// Whether they do.
        on: bool,
    },
    /// A customer looks at another page.
    Page { identity_id: IdentityId },
    /// Visitors have come to a site, are gone, or look at another page.
    Visitors {
        source_id: SourceId,
        /// Which; null where they are many.
        identity_ids: Option<Vec<IdentityId>>,
    },
}

impl AgentTold {
    /// The frame's JSON.
    pub(super) fn json(&self) -> Arc<str> {
        json(self)
    }
}

/// What happened, as the console is told.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConsoleEvent")]
pub struct EventOut {
    /// What it is.
    r#type: EventType,
    id: EventId,
    /// The thread that it is of.
    thread_id: Option<ThreadId>,
    /// The content that it is of.
    content_id: Option<String>,
    /// The intervention that it is of.
    intervention_id: Option<String>,
    /// Who did it; null when nobody in the house did.
    user_id: Option<UserId>,
    /// The source that it is of.
    source_id: Option<SourceId>,
    /// The users whom a comment mentions; null for all else.
    mentioned_ids: Option<Vec<UserId>>,
    /// What it happened to.
    resource: ResourceOut,
}

/// What something happened to.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventResource")]
struct ResourceOut {
    /// The kind of thing.
    r#type: String,
    id: String,
}

impl EventOut {
    /// An entry of the journal, in short.
    pub(super) fn new(entry: &Entry) -> Self {
        let fact = |name: &str| entry.metadata.get(name).and_then(Value::as_str).map(str::to_owned);
        let is = |kind: &str| entry.resource_kind == kind;
        let of_content = entry.kind.as_str().starts_with("content.") && !is("content_thread");
        let resource = || Some(entry.resource_id.clone());
        Self {
            r#type: entry.kind,
            id: entry.id.clone(),
            thread_id: entry.thread_id.clone(),
            content_id: if of_content { resource() } else { fact("content_id") },
            intervention_id: if is("intervention") { resource() } else { fact("intervention_id") },
            user_id: entry.user_id.clone(),
            source_id: entry.source_id.clone(),
            mentioned_ids: entry.metadata.get("mentioned_ids").and_then(Value::as_array).map(|ids| users(ids)),
            resource: ResourceOut { r#type: entry.resource_kind.clone(), id: entry.resource_id.clone() },
        }
    }
}

fn users(ids: &[Value]) -> Vec<UserId> {
    ids.iter().filter_map(|id| UserId::parse(id.as_str()?)).collect()
}

/// What a chat says.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum VisitorSaid {
    /// Who it is and where it stands: the first word on a socket.
    Hello {
        /// The visitor's key.
        visitor: String,
        /// The last position that it has; none when it begins.
        position: Option<i64>,
        /// The timeline of that, as it was told; none for the one that is now.
        #[serde(default)]
        timeline: Option<String>,
        /// The version of the configuration that it has; one that names none is not told of another.
        #[serde(default)]
        config: Option<String>,
    },
    /// Whether the visitor writes.
    Typing {
        thread_id: String,
        /// Whether they do.
        on: bool,
        /// What they have written so far.
        #[serde(default)]
        preview: Option<String>,
    },
    /// Messages have come.
    Delivered {
        /// These.
        message_ids: Vec<String>,
    },
    /// A conversation was read up to a message.
    Read {
        thread_id: String,
        /// The last one that was read.
        message_id: String,
    },
    /// The page that the visitor looks at.
    Page {
        /// Its address.
        url: Option<String>,
        title: Option<String>,
        /// The page's custom variables.
        #[serde(default)]
        custom: PageVariables,
        /// What the chat knows of the visit.
        #[serde(default)]
        visit: VisitSaid,
    },
    /// The visitor leaves the page: they need not be waited for as after a cut.
    Presence {
        /// Whether they do.
        left: bool,
    },
    /// It is still there.
    Ping {},
}

/// A page's custom variables, by name.
#[derive(Default, Deserialize, JsonSchema)]
pub struct PageVariables(pub Map<String, Value>);

/// What a chat is told.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum VisitorTold {
    /// What was missed comes next.
    Welcome {
        /// Its place in the journal.
        position: i64,
        /// The timeline that positions are of: a server that was restored from a backup has another one.
        timeline: String,
    },
    /// Too much was missed, or the journal cannot go on from that position: everything is to be read anew.
    Reload {
        /// Its place in the journal.
        position: i64,
        /// The timeline that positions are of.
        timeline: String,
    },
    /// The answer to a ping.
    Pong {},
    /// A message was written, by either side.
    Message {
        /// Its place in the journal.
        position: i64,
        /// The conversation as it is now.
        thread: ConversationOut,
        /// The message.
        message: Box<MessageOut>,
    },
    /// A conversation has changed.
    Thread {
        /// Its place in the journal.
        position: i64,
        /// The conversation as it is now.
        thread: ConversationOut,
        /// What the visitor is told by that.
        notice: Option<NoticeOut>,
    },
    /// The other side has read messages.
    Marks {
        /// Its place in the journal.
        position: i64,
        thread_id: ThreadId,
        /// These.
        message_ids: Vec<ContentId>,
        /// They have come.
        delivered: bool,
        /// They were read.
        read: bool,
    },
    /// Messages are not to be seen any more.
    Removed {
        /// Its place in the journal.
        position: i64,
        thread_id: ThreadId,
        /// These.
        message_ids: Vec<ContentId>,
        /// They were erased with the person whose they were.
        anonymized: bool,
    },
    /// The chat's configuration is another one: the page asks for it within half a minute, not all at once.
    Config {
        /// The version that it has now; null where the chat is not there any more.
        version: Option<String>,
    },
    /// Where the visitor of a live chat stands who waits.
    Queue {
        thread_id: ThreadId,
        /// Their place, from 1; null where it is not shown.
        place: Option<i64>,
        /// In how many seconds they may be served; null where that is not shown or not known.
        estimated_wait_seconds: Option<i64>,
    },
    /// An agent writes.
    Typing {
        thread_id: ThreadId,
        /// How the agent is called.
        name: String,
        /// Their picture, or that of the company.
        avatar_url: Option<String>,
        /// Whether they do.
        on: bool,
    },
    /// Why the socket ends.
    Error {
        /// An identifier for programs.
        error: &'static str,
        /// The reason, for people.
        message: String,
    },
}

impl VisitorTold {
    /// The frame's JSON.
    pub(super) fn json(&self) -> Arc<str> {
        json(self)
    }
}

fn json(frame: &impl Serialize) -> Arc<str> {
    // Texts, numbers and lists of them always become JSON.
    serde_json::to_string(frame).unwrap_or_default().into()
}
