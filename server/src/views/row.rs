//! A thread as a row of the inbox: the same in lists and on the agents' sockets.

use model::{
    CategoryId, ChatState, CloseCause, ContentId, IdentityId, InterventionId, InterventionStatus, Owner, SourceId,
    SourceType, TagId, ThreadId, ThreadState, Timestamp, Trouble, UserId,
};
use schemars::JsonSchema;
use serde::Serialize;
use store::chat_thread::ChatThread;
use store::content::Content;
use store::identity::Identity;
use store::source::Source;
use store::user::User;

use crate::app::App;
use crate::avatars;
use crate::domain::inbox::ThreadRow;
use crate::domain::{source_settings, structured};

/// A user's id and name.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "NamedUser")]
pub struct PersonOut {
    id: UserId,
    name: String,
}

impl From<&User> for PersonOut {
    fn from(user: &User) -> Self {
        Self { id: user.id.clone(), name: user.name() }
    }
}

/// The source of a thread, in short.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RowSource")]
pub(crate) struct SourceOut {
    id: SourceId,
    name: String,
    /// What it is connected to.
    r#type: SourceType,
    /// The colour of its icon for screens.
    color_hex: &'static str,
}

impl From<Source> for SourceOut {
    fn from(source: Source) -> Self {
        Self { color_hex: source_settings::color(&source), id: source.id, name: source.name, r#type: source.kind }
    }
}

/// The customer of a thread, in short.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RowCustomer")]
struct CustomerOut {
    id: IdentityId,
    /// How the person is called on the screen.
    display_name: String,
    avatar_url: Option<String>,
}

impl CustomerOut {
    fn new(app: &App, identity: &Identity) -> Self {
        let avatar_url = avatars::address(app, identity.avatar_url.as_deref());
        Self { id: identity.id.clone(), display_name: identity.display_name(), avatar_url }
    }
}

/// The newest content of a thread, in short.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RowContent")]
struct LastOut {
    id: ContentId,
    /// The beginning of its text.
    body: String,
    created_at: Timestamp,
    /// Whose side it is of.
    from: Side,
    attachments_count: i64,
}

/// The newest intervention on a thread, in short.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RowIntervention")]
struct CaseOut {
    id: InterventionId,
    /// Where it stands.
    status: InterventionStatus,
    /// Whose it is.
    user: Option<PersonOut>,
    deferred_at: Option<Timestamp>,
}

/// Where a live chat stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RowLiveChat")]
struct LiveOut {
    /// Whether it waits, somebody has it, or it is over.
    state: ChatState,
    /// Since when.
    since: Timestamp,
    /// Since when its visitor waits for somebody; null while they do not.
    waiting_since: Option<Timestamp>,
    /// Since when its visitor waits for somebody or for an answer; null while they do not.
    pressing_since: Option<Timestamp>,
    /// Why it has ended.
    close_cause: Option<CloseCause>,
}

impl From<ChatThread> for LiveOut {
    fn from(chat: ChatThread) -> Self {
        let ChatThread { state, since, waiting_since, pressing_since, cause: close_cause, .. } = chat;
        Self { state, since, waiting_since, pressing_since, close_cause }
    }
}

/// A thread as a row of the inbox.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxRow")]
pub struct RowOut {
    id: ThreadId,
    /// Its source; null when that is gone.
    source: Option<SourceOut>,
    title: Option<String>,
    closed: bool,
    /// The customer; null while there is none, as in a discussion that an agent began with nobody.
    identity: Option<CustomerOut>,
    /// The newest content; null when there is none.
    last_content: Option<LastOut>,
    /// How many contents it has.
    contents_count: i64,
    category_ids: Vec<CategoryId>,
    /// Its tags.
    tag_ids: Vec<TagId>,
    /// The newest intervention; null when there was none.
    intervention: Option<CaseOut>,
    /// Where it stands.
    state: ThreadState,
    /// Since when its customer waits; null while they do not.
    waiting_since: Option<Timestamp>,
    /// Until when it is put aside.
    deferred_at: Option<Timestamp>,
    /// Since when nothing is to be done in it.
    done_at: Option<Timestamp>,
    /// Why the last answer in it is to be looked at.
    trouble: Option<Trouble>,
    /// Whether something in it waits for approval.
    to_approve: bool,
    /// The place of its last content.
    last_ordinal: i64,
    /// The place of the last word in it that is not the company's.
    attention_ordinal: i64,
    /// The place up to which the caller has read it; null in what is told to all.
    read_ordinal: Option<i64>,
    /// Whether it is marked for the caller, read or not; null in what is told to all.
    marked: Option<bool>,
    /// Whether it is because somebody has mentioned them; null in what is told to all.
    mentioned: Option<bool>,
    /// Whether the caller has not read it, or it is marked for them; null in what is told to all.
    unread: Option<bool>,
    /// Who has it.
    owner: Option<Owner>,
    /// Grows each time that it gets another owner.
    owner_epoch: i64,
    /// Whether the customer can write no texts of their own now.
    text_input_disabled: bool,
    /// When something was said last.
    updated_at: Timestamp,
    /// Where it stands, where it is a live chat.
    live_chat: Option<LiveOut>,
}

/// What a row shows of a content.
fn line(content: &Content) -> String {
    let stands_for = || structured::line(content).unwrap_or_default();
    let text = if content.body.is_empty() { stands_for() } else { content.body.clone() };
    text::beginning(&text, 160).to_owned()
}

/// Whose side a content is of.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Side {
    Customer,
    Agent,
}

fn side(content: &Content) -> Side {
    if content.is_from_agent() { Side::Agent } else { Side::Customer }
}

impl RowOut {
    /// A row with what stands beside it.
    pub fn new(app: &App, row: ThreadRow) -> Self {
        let ThreadRow { thread, source, identity, last, case, agent, live, to_approve, mine } = row;
        Self {
            state: thread.state(),
            waiting_since: thread.waiting_since,
            deferred_at: thread.deferred_at,
            done_at: thread.done_at,
            trouble: thread.trouble,
            to_approve,
            last_ordinal: thread.last_ordinal,
            attention_ordinal: thread.attention_ordinal,
            read_ordinal: mine.map(|mine| mine.read_ordinal),
            marked: mine.map(|mine| mine.marked),
            mentioned: mine.map(|mine| mine.mentioned),
            unread: mine.map(|mine| mine.marked || thread.attention_ordinal > mine.read_ordinal),
            source: source.map(SourceOut::from),
            identity: identity.as_ref().map(|i| CustomerOut::new(app, i)),
            last_content: last.map(|c| LastOut {
                from: side(&c),
                body: line(&c),
                id: c.id,
                created_at: c.created_at,
                attachments_count: c.attachments_count,
            }),
            intervention: case.map(|c| CaseOut {
                user: agent.as_ref().map(PersonOut::from),
                id: c.id,
                status: c.status,
                deferred_at: c.deferred_at,
            }),
            id: thread.id,
            title: thread.title,
            closed: thread.closed,
            contents_count: thread.contents_count,
            category_ids: thread.category_ids.0,
            tag_ids: thread.tag_ids.0,
            owner: thread.owner.map(|o| o.0),
            owner_epoch: thread.owner_epoch,
            text_input_disabled: thread.text_input_disabled,
            updated_at: thread.last_content_at,
            live_chat: live.map(LiveOut::from),
        }
    }
}
