//! `/console/…`: the folders of the inbox and their rows.

use std::sync::Arc;

use axum::extract::State;
use model::{
    CategoryId, ContentId, CreatedFrom, FolderId, IdentityId, InterventionId, InterventionStatus, Owner, SourceId,
    SourceType, ThreadId, Timestamp, UserId,
};
use schemars::JsonSchema;
use serde::Serialize;
use store::content::Content;
use store::folder::Folder as SmartFolder;
use store::identity::Identity;
use store::journal::End;
use store::user::User;

use super::journal::EndOut;
use crate::app::App;
use crate::avatars;
use crate::domain::inbox::{self, Folder, Found, ThreadRow};
use crate::domain::search_box::Asked;
use crate::domain::{Actor, Error, Reason, folder as smart, source_settings, structured};
use crate::http::{Caller, Paged, Params, Reply, Result, page};

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
        let ThreadRow { thread, source, identity, last, case, agent } = row;
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
        }
    }
}

/// A folder that somebody made, in the inbox.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxFolder")]
struct SmartFolderOut {
    id: FolderId,
    label: String,
    /// The folder that it is in.
    parent_id: Option<FolderId>,
    /// Where it stands among its neighbours.
    position: i64,
    /// The search whose threads it has.
    query: Option<String>,
    /// Whether it is the caller's alone.
    own: bool,
    /// How many threads it has; null where no number is shown.
    count: Option<i64>,
}

/// How many threads each folder has.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxFolders")]
pub struct FoldersOut {
    /// Threads that wait for somebody.
    new: i64,
    /// Threads of which the caller has the intervention.
    mine: i64,
    /// Those of the caller whose customer waits for an answer.
    mine_waiting: i64,
    /// Those of the caller with something that nobody has seen.
    mine_unread: i64,
    /// Threads of which anybody has the intervention.
    everyone: i64,
    /// Threads in which nothing is to be done.
    closed: i64,
    /// Threads with contents that wait for approval.
    to_approve: i64,
    /// The folders that somebody made.
    folders: Vec<SmartFolderOut>,
}

/// How many threads each folder has; the smart ones are under `folders`.
pub async fn folders(State(app): State<App>, Caller(actor): Caller) -> Result<Reply<FoldersOut>> {
    let who = actor.clone();
    let (counts, found) = app
        .db
        .read(move |tx| {
            Box::pin(async move { Ok::<_, Error>((inbox::counts(tx, &who).await?, smart::inbox(tx, &who).await?)) })
        })
        .await?;
    let mut shown = Vec::with_capacity(found.len());
    for folder in found {
        let count = app.folder_counts.of(&app, &actor, folder.clone()).await?;
        let SmartFolder { id, label, parent_id, position, query, user_id, .. } = folder;
        shown.push(SmartFolderOut { id, label, parent_id, position, query, own: user_id.is_some(), count });
    }
    let inbox::Counts { new, mine, mine_waiting, mine_unread, everyone, closed, to_approve } = counts;
    let folders = shown;
    Ok(Reply(FoldersOut { new, mine, mine_waiting, mine_unread, everyone, closed, to_approve, folders }))
}

/// A window of a folder.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxPage")]
pub struct Rows {
    #[serde(flatten)]
    paged: Paged<RowOut>,
    #[serde(flatten)]
    end: EndOut,
    /// The conditions of `q` that were not understood, and searched for as words.
    as_words: Vec<String>,
}

impl Rows {
    fn new(app: &App, found: Found, page: store::Page, end: End) -> Self {
        let paged = Paged::new(found.listed, page, |row| RowOut::new(app, row));
        Self { paged, end: end.into(), as_words: found.as_words }
    }
}

fn asked(params: &Params) -> Result<Asked> {
    let source = params.id("source_id", SourceId::parse)?;
    Ok(Asked { source, text: params.text("text")?, typed: params.text("q")? })
}

/// The rows of a folder, newest activity first; `q` is what was typed into the search box.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<Rows>> {
    let page = page(&params)?;
    let folder = match params.text("folder")?.as_deref() {
        None | Some("all") => None,
        Some("new") => Some(Folder::New),
        Some("mine") => Some(Folder::Mine),
        Some("everyone") => Some(Folder::Everyone),
        Some("closed") => Some(Folder::Closed),
        Some("to_approve") => Some(Folder::ToApprove),
        Some(other) => {
            let id = FolderId::parse(other).ok_or_else(|| {
                Error::bad(
                    "folder",
                    Reason::Form.says("must be new, mine, everyone, closed, to_approve or the id of a folder"),
                )
            })?;
            return list_smart(&app, actor, id, &params, page).await;
        }
    };
    let asked = asked(&params)?;
    let (found, end) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let end = store::journal::end(tx).await?;
                Ok::<_, Error>((inbox::list(tx, &actor, folder, asked, page).await?, end))
            })
        })
        .await?;
    Ok(Reply(Rows::new(&app, found, page, end)))
}

async fn list_smart(
    app: &App,
    actor: Arc<Actor>,
    id: FolderId,
    params: &Params,
    page: store::Page,
) -> Result<Reply<Rows>> {
    let asked = asked(params)?;
    let (found, end) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let end = store::journal::end(tx).await?;
                Ok::<_, Error>((inbox::list_folder(tx, &actor, &id, asked, page).await?, end))
            })
        })
        .await?;
    Ok(Reply(Rows::new(app, found, page, end)))
}
