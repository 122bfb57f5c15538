//! What visitors see of messages, files and conversations: the same in answers and on their socket.

use model::{AttachmentId, ChatMode, ChatState, CloseCause, ContentId, CreatedFrom, EventId, ThreadId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::attachment::Attachment;

use super::attachment::url;
use super::face;
use super::structured::StructuredOut;
use crate::app::App;
use crate::domain::live_notice::Notice;
use crate::domain::structured;
use crate::domain::visitor::{Conversation, Live, Message};

/// A file as a visitor sees it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatFile")]
pub struct FileOut {
    content_type: String,
    /// The name that it was uploaded under.
    filename: String,
    id: AttachmentId,
    /// Bytes.
    size: i64,
    /// Where to get it.
    url: String,
}

impl FileOut {
    /// A file with its signed address.
    pub fn new(app: &App, file: Attachment) -> Self {
        let url = url(app, &file);
        Self { content_type: file.content_type, filename: file.filename, id: file.id, size: file.size, url }
    }
}

/// Whose side a message of a chat is of.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ChatSide {
    Visitor,
    Agent,
}

/// A message as a visitor sees it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatMessage")]
pub struct MessageOut {
    id: ContentId,
    /// Its place in the conversation: messages stand in this order, whatever their times.
    ordinal: i64,
    /// The id that the visitor's side gave it; null for what is not of that side.
    client_id: Option<String>,
    thread_id: ThreadId,
    /// Whose side it is of.
    from: ChatSide,
    /// How the agent is called.
    sender_name: Option<String>,
    avatar_url: Option<String>,
    body: String,
    /// Its text in HTML, made safe, where it was written so.
    html: Option<String>,
    created_at: Timestamp,
    attachments: Vec<FileOut>,
    /// Buttons, cards and the like.
    #[schemars(with = "Option<StructuredOut>")]
    structured_content: Option<Value>,
    /// Whether it has reached the other side.
    delivered: bool,
    /// Whether the other side has read it.
    read: bool,
}

impl MessageOut {
    /// A message with what stands beside it.
    pub fn new(app: &App, message: Message) -> Self {
        let Message { content, attachments, pictures, seen, face } = message;
        let address = |id: &str| pictures.iter().find(|p| p.id.as_str() == id).map(|p| url(app, p));
        let structured_content = structured::shown(&content, address);
        let from_agent = content.is_from_agent();
        let read = if from_agent { content.read_at.is_some() } else { seen };
        Self {
            // What the page said has an id of the visitor's side, whoever's name it bears.
            client_id: content.foreign_id.filter(|_| !from_agent || content.created_from == CreatedFrom::Automatic),
            from: if from_agent { ChatSide::Agent } else { ChatSide::Visitor },
            sender_name: content.sender_name,
            avatar_url: face.map(|face| face::address(app, face)),
            structured_content,
            body: content.body,
            html: content.html,
            created_at: content.created_at,
            attachments: attachments.into_iter().map(|a| FileOut::new(app, a)).collect(),
            delivered: !from_agent || content.delivered_at.is_some(),
            read,
            id: content.id,
            ordinal: content.ordinal,
            thread_id: content.thread_id,
        }
    }
}

/// What a visitor is told between the messages.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatNotice")]
pub struct NoticeOut {
    id: EventId,
    /// The key of its text.
    #[schemars(extend("enum" = [
        "connection", "disconnection", "queuing_update.transfered", "request_email.submitted_title",
        "request_email.title", "thread_closure", "timed_messages.impossible", "waiting_for_agent"
    ]))]
    key: &'static str,
    /// The name in its text.
    screenname: Option<String>,
    /// The place of the message that it stands after; null for the end.
    after: Option<i64>,
    created_at: Timestamp,
}

impl From<Notice> for NoticeOut {
    fn from(Notice { id, key, screenname, after, at }: Notice) -> Self {
        Self { id, key, screenname, after, created_at: at }
    }
}

/// Who has a live chat, as its visitor sees them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatAgent")]
struct AgentOut {
    name: Option<String>,
    avatar_url: Option<String>,
}

impl AgentOut {
    fn new(app: &App, Live { chat, face }: Live) -> Self {
        Self { name: chat.screenname, avatar_url: face.map(|face| face::address(app, face)) }
    }
}

/// A conversation as a visitor sees it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatThread")]
pub struct ConversationOut {
    id: ThreadId,
    title: Option<String>,
    closed: bool,
    /// How it goes: over days, or now until it ends.
    mode: ChatMode,
    /// Where a live chat stands; `open` for any other conversation.
    #[schemars(extend("enum" = ["open", "waiting", "connected", "transferred", "ended"]))]
    state: &'static str,
    /// Why a live chat has ended.
    close_cause: Option<CloseCause>,
    /// Who has a live chat now.
    agent: Option<AgentOut>,
    /// Whether the visitor can write now.
    can_write: bool,
    /// Whether the visitor can write no texts of their own now.
    text_input_disabled: bool,
    created_at: Timestamp,
    /// When something was said last.
    updated_at: Timestamp,
    /// How many messages the visitor has not read.
    unread: i64,
    /// Its newest message.
    last_message: Option<MessageOut>,
}

impl ConversationOut {
    /// A conversation with its newest message.
    pub fn new(app: &App, conversation: Conversation) -> Self {
        let Conversation { thread, last, live } = conversation;
        Self {
            mode: thread.chat_mode.unwrap_or(ChatMode::Messaging),
            state: live.as_ref().map_or("open", |live| live.chat.state.as_str()),
            close_cause: live.as_ref().and_then(|live| live.chat.cause),
            can_write: !thread.closed && !thread.text_input_disabled,
            agent: live.filter(|live| live.chat.state == ChatState::Connected).map(|live| AgentOut::new(app, live)),
            id: thread.id,
            title: thread.title,
            closed: thread.closed,
            text_input_disabled: thread.text_input_disabled,
            created_at: thread.created_at,
            updated_at: thread.last_content_at,
            unread: thread.visitor_unread,
            last_message: last.map(|m| MessageOut::new(app, m)),
        }
    }
}
