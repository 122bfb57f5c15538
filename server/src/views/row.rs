//! A thread as a row of the inbox: the same in lists and on the agents' sockets.

use model::{
    CategoryId, ChatState, CloseCause, ContentId, CreatedFrom, IdentityId, InterventionId, InterventionStatus, Owner,
    SourceId, SourceType, ThreadId, Timestamp, UserId,
};
use schemars::JsonSchema;
use serde::Serialize;
use store::chat_thread::ChatThread;
use store::content::Content;
use store::identity::Identity;
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
struct SourceOut {
    id: SourceId,
    name: String,
    /// What it is connected to.
    r#type: SourceType,
    /// The colour of its icon for screens.
    color_hex: &'static str,
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
    /// The newest intervention; null when there was none.
    intervention: Option<CaseOut>,
    /// Where it stands: it waits for somebody, somebody is at it, or nothing is to be done.
    #[schemars(extend("enum" = ["new", "open", "closed"]))]
    folder: String,
    /// Who has it.
    owner: Option<Owner>,
    /// Grows each time that it gets another owner.
    owner_epoch: i64,
    /// Whether the customer can write no texts of their own now.
    text_input_disabled: bool,
    /// When something was said last.
    updated_at: Timestamp,
    /// Whether its newest content is a customer's that no agent has seen.
    unread: bool,
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
        let ThreadRow { thread, source, identity, last, case, agent, live } = row;
        // What the source said by itself hides nothing that a customer said.
        let by_agent = |c: &Content| c.is_from_agent() && c.created_from != CreatedFrom::Automatic;
        let unread = last.as_ref().is_some_and(|c| !by_agent(c) && !thread.is_seen(c.ordinal));
        Self {
            source: source.map(|s| SourceOut {
                color_hex: source_settings::color(&s),
                id: s.id,
                name: s.name,
                r#type: s.kind,
            }),
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
            folder: thread.folder,
            owner: thread.owner.map(|o| o.0),
            owner_epoch: thread.owner_epoch,
            text_input_disabled: thread.text_input_disabled,
            updated_at: thread.last_content_at,
            unread,
            live_chat: live.map(LiveOut::from),
        }
    }
}
