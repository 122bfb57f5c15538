//! `/console/…`: what the console needs beside the REST API.

use std::sync::Arc;

use axum::extract::State;
use model::{
    ApprovalState, CategoryId, ContentId, ContentStatus, CreatedFrom, EventId, FolderId, IdentityId, InterventionId,
    InterventionStatus, Owner, SourceId, SourcePermission, SourceType, SyncStatus, ThreadId, Timestamp, UserId,
};
use serde::Serialize;
use serde_json::{Value, json};
use store::content::Content;
use store::folder::Folder as SmartFolder;
use store::identity::{Identity, Visitor};
use store::user::User;

use super::attachment::AttachmentOut;
use super::custom_field::CustomFieldOut;
use super::identity_group::GroupOut;
use super::intervention::{Beside, InterventionOut};
use crate::app::App;
use crate::domain::attachment::CHAT_EXTENSIONS;
use crate::domain::inbox::{self, Folder, Found, ThreadRow, ThreadView};
use crate::domain::ingest::BODY_MAX;
use crate::domain::search_box::Asked;
use crate::domain::thread_line::Line;
use crate::domain::{Actor, Error, Reason, Result, folder as smart, source_settings, structured};
use crate::http::{Caller, Id, Paged, Params, Reply, page};
use model::Permission;

/// A person's id and name.
#[derive(Clone, Debug, Serialize)]
pub struct PersonOut {
    id: UserId,
    name: String,
}

impl From<&User> for PersonOut {
    fn from(user: &User) -> Self {
        Self { id: user.id.clone(), name: user.name() }
    }
}

#[derive(Serialize)]
struct SourceOut {
    id: SourceId,
    name: String,
    r#type: SourceType,
    color_hex: &'static str,
}

#[derive(Serialize)]
struct CustomerOut {
    id: IdentityId,
    display_name: String,
    avatar_url: Option<String>,
}

impl From<&Identity> for CustomerOut {
    fn from(identity: &Identity) -> Self {
        let avatar_url = identity.avatar_url.clone();
        Self { id: identity.id.clone(), display_name: identity.display_name(), avatar_url }
    }
}

#[derive(Serialize)]
struct LastOut {
    id: ContentId,
    body: String,
    created_at: Timestamp,
    from: &'static str,
    attachments_count: i64,
}

#[derive(Serialize)]
struct CaseOut {
    id: InterventionId,
    status: InterventionStatus,
    user: Option<PersonOut>,
    deferred_at: Option<Timestamp>,
}

/// A thread as a row of the inbox.
#[derive(Serialize)]
pub struct RowOut {
    id: ThreadId,
    source: Option<SourceOut>,
    title: Option<String>,
    closed: bool,
    identity: Option<CustomerOut>,
    last_content: Option<LastOut>,
    contents_count: i64,
    category_ids: Vec<CategoryId>,
    intervention: Option<CaseOut>,
    folder: String,
    owner: Option<Owner>,
    owner_epoch: i64,
    text_input_disabled: bool,
    updated_at: Timestamp,
    unread: bool,
}

/// What a row shows of a content.
fn line(content: &Content) -> String {
    let stands_for = || structured::line(content).unwrap_or_default();
    let text = if content.body.is_empty() { stands_for() } else { content.body.clone() };
    text::beginning(&text, 160).to_owned()
}

fn side(content: &Content) -> &'static str {
    if content.is_from_agent() { "agent" } else { "customer" }
}

impl From<ThreadRow> for RowOut {
    fn from(row: ThreadRow) -> Self {
        let ThreadRow { thread, source, identity, last, case, agent } = row;
        // What the source said by itself hides nothing that a customer said.
        let by_agent = |c: &Content| c.is_from_agent() && c.created_from != CreatedFrom::Automatic;
        let unread = last.as_ref().is_some_and(|c| !by_agent(c) && !thread.is_seen(&c.id));
        Self {
            source: source.map(|s| SourceOut {
                color_hex: source_settings::color(&s),
                id: s.id,
                name: s.name,
                r#type: s.kind,
            }),
            identity: identity.as_ref().map(CustomerOut::from),
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

/// A smart folder in the inbox. Its number is null where none is shown.
#[derive(Serialize)]
struct SmartFolderOut {
    id: FolderId,
    label: String,
    parent_id: Option<FolderId>,
    position: i64,
    query: Option<String>,
    own: bool,
    count: Option<i64>,
}

/// How many threads each folder has; the smart ones are under `folders`.
pub async fn folders(State(app): State<App>, Caller(actor): Caller) -> Result<Reply<Value>> {
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
    Ok(Reply(json!({
        "new": new, "mine": mine, "mine_waiting": mine_waiting, "mine_unread": mine_unread, "everyone": everyone,
        "closed": closed, "to_approve": to_approve, "folders": shown
    })))
}

/// A window of a folder.
#[derive(Serialize)]
pub struct Rows {
    #[serde(flatten)]
    paged: Paged<RowOut>,
    position: i64,
    /// The conditions of `q` that were not understood, and searched for as words.
    as_words: Vec<String>,
}

impl Rows {
    fn new(found: Found, page: store::Page, position: i64) -> Self {
        Self { paged: Paged::new(found.listed, page, RowOut::from), position, as_words: found.as_words }
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
    let (found, position) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let position = store::journal::head(tx).await?;
                Ok::<_, Error>((inbox::list(tx, &actor, folder, asked, page).await?, position))
            })
        })
        .await?;
    Ok(Reply(Rows::new(found, page, position)))
}

async fn list_smart(
    app: &App,
    actor: Arc<Actor>,
    id: FolderId,
    params: &Params,
    page: store::Page,
) -> Result<Reply<Rows>> {
    let asked = asked(params)?;
    let (found, position) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let position = store::journal::head(tx).await?;
                Ok::<_, Error>((inbox::list_folder(tx, &actor, &id, asked, page).await?, position))
            })
        })
        .await?;
    Ok(Reply(Rows::new(found, page, position)))
}

#[derive(Serialize)]
struct AuthorOut {
    id: IdentityId,
    name: String,
    avatar_url: Option<String>,
}

/// What became of a content that had to wait for approval.
#[derive(Serialize)]
struct ApprovalView {
    state: ApprovalState,
    user: Option<PersonOut>,
    decided_at: Option<Timestamp>,
    reason: Option<String>,
}

/// What the actor may do with a content.
#[derive(Serialize)]
struct MayOut {
    /// Approve it.
    approve: bool,
    /// Refuse it.
    refuse: bool,
}

/// A content as the console shows it.
#[derive(Serialize)]
struct ContentView {
    id: ContentId,
    from: &'static str,
    author: Option<AuthorOut>,
    creator: Option<PersonOut>,
    title: Option<String>,
    body: String,
    html: Option<String>,
    created_at: Timestamp,
    status: ContentStatus,
    synchronization_status: Option<SyncStatus>,
    synchronization_error: Option<String>,
    approval_required: bool,
    /// Of a content that waits for approval or was refused.
    approval: Option<ApprovalView>,
    may: MayOut,
    attachments: Vec<AttachmentOut>,
    in_reply_to_id: Option<ContentId>,
    delivered: bool,
    read: bool,
    private: bool,
    sender_name: Option<String>,
    structured_content: Option<Value>,
    category_ids: Vec<CategoryId>,
    intervention_id: Option<InterventionId>,
}

#[derive(Serialize)]
struct CommentView {
    id: model::CommentId,
    body: String,
    user: Option<PersonOut>,
    created_at: Timestamp,
}

#[derive(Serialize)]
struct CaseView {
    #[serde(flatten)]
    case: InterventionOut,
    state: InterventionStatus,
    user: Option<PersonOut>,
    comments: Vec<CommentView>,
}

/// A line of the history: what was done to the thread.
#[derive(Serialize)]
struct LineView {
    id: EventId,
    at: Timestamp,
    deed: &'static str,
    by: Option<PersonOut>,
    holder: Option<PersonOut>,
    intervention_id: Option<InterventionId>,
}

fn lines(view: &ThreadView) -> Vec<LineView> {
    let person = |id: &Option<UserId>| id.as_ref().and_then(|id| view.users.get(id)).map(PersonOut::from);
    let one = |line: &Line| LineView {
        id: line.id.clone(),
        at: line.at,
        deed: line.deed.as_str(),
        by: person(&line.by),
        holder: person(&line.holder),
        intervention_id: line.intervention_id.clone(),
    };
    view.lines.iter().map(one).collect()
}

/// Whether the actor may decide whether a content goes out.
fn may_decide(actor: &Actor, content: &Content) -> bool {
    content.approval_required
        && actor.can(Permission::ApproveContent)
        && content.creator_id.as_ref() != Some(&actor.user.id)
}

fn approval_view(view: &ThreadView, content: &Content) -> Option<ApprovalView> {
    let approval = view.approvals.get(&content.id)?;
    let user = approval.decided_by.as_ref().and_then(|id| view.users.get(id)).map(PersonOut::from);
    Some(ApprovalView { state: approval.state, user, decided_at: approval.decided_at, reason: approval.reason.clone() })
}

fn content_view(app: &App, actor: &Actor, view: &ThreadView, content: &Content) -> ContentView {
    let author = view.authors.get(&content.author_id);
    let creator = content.creator_id.as_ref().and_then(|id| view.users.get(id));
    let from = match (content.is_from_agent(), creator.is_some_and(|u| u.bot)) {
        (true, true) => "bot",
        (true, false) => "agent",
        (false, _) => "customer",
    };
    let files = view.attachments.iter().filter(|a| a.content_id.as_ref() == Some(&content.id)).cloned();
    let agents = content.is_from_agent();
    let decides = may_decide(actor, content);
    ContentView {
        id: content.id.clone(),
        from,
        author: author.map(|a| AuthorOut {
            id: a.id.clone(),
            name: a.display_name(),
            avatar_url: a.avatar_url.clone(),
        }),
        creator: creator.map(PersonOut::from),
        title: content.title.clone(),
        body: content.body.clone(),
        html: content.html.clone(),
        created_at: content.created_at,
        status: content.status,
        synchronization_status: content.synchronization_status,
        synchronization_error: content.synchronization_error.clone(),
        approval_required: content.approval_required,
        approval: approval_view(view, content),
        may: MayOut { approve: decides && !view.row.thread.closed, refuse: decides },
        attachments: files.map(|a| AttachmentOut::new(app, a)).collect(),
        in_reply_to_id: content.in_reply_to_id.clone(),
        delivered: agents && content.delivered_at.is_some(),
        read: agents && content.read_at.is_some(),
        private: content.private,
        sender_name: content.sender_name.clone(),
        structured_content: content.structured_content.as_ref().map(|s| s.0.clone()),
        category_ids: content.category_ids.0.clone(),
        intervention_id: content.intervention_id.clone(),
    }
}

fn cases(view: &ThreadView) -> Vec<CaseView> {
    let person = |id: &UserId| view.users.get(id).map(PersonOut::from);
    let group = view.row.identity.as_ref().and_then(|i| i.identity_group_id.clone());
    view.cases
        .iter()
        .map(|case| CaseView {
            state: case.status,
            user: person(&case.user_id),
            comments: view
                .comments
                .iter()
                .filter(|c| c.intervention_id == case.id)
                .map(|c| CommentView {
                    id: c.id.clone(),
                    body: c.body.clone(),
                    user: person(&c.user_id),
                    created_at: c.created_at,
                })
                .collect(),
            case: InterventionOut::new(case.clone(), Beside::known(group.clone(), view.row.thread.owner_epoch)),
        })
        .collect()
}

/// What the actor may do with a thread, so that the console shows no button in vain.
fn can(actor: &Actor, view: &ThreadView) -> Value {
    let thread = &view.row.thread;
    let reply = actor.can_on(&thread.source_id, SourcePermission::Reply);
    let open = view.row.case.as_ref().filter(|c| c.is_open());
    // Only what a customer said can be engaged on.
    let said = view.contents.iter().any(|c| !c.is_from_agent());
    let own = open.is_some_and(|c| c.user_id == actor.user.id && actor.can(Permission::UpdateOwnIntervention));
    let change = open.is_some() && (own || actor.can(Permission::UpdateIntervention));
    json!({
        "reply": reply && !thread.closed,
        "engage": reply && open.is_none() && said,
        "close": change,
        "reassign": change,
        "approve": view.contents.iter().any(|c| may_decide(actor, c)) && !thread.closed,
        "archive": thread.new_contents_count > 0,
        "close_thread": actor.can(Permission::CloseContentThread) && !thread.closed,
        "open_thread": actor.can(Permission::OpenContentThread) && thread.closed,
        "merge": view.merges && actor.can(Permission::ReadIdentity) && actor.can(Permission::UpdateIdentity),
    })
}

/// The customer with everything that is known of them.
fn person(identity: &Identity) -> Value {
    json!({
        "id": identity.id,
        "display_name": identity.display_name(),
        "screenname": identity.screenname,
        "firstname": identity.firstname,
        "lastname": identity.lastname,
        "company": identity.company,
        "email": identity.email,
        "home_phone": identity.home_phone,
        "mobile_phone": identity.mobile_phone,
        "avatar_url": identity.avatar_url,
        "uuid": identity.uuid,
        "foreign_id": identity.foreign_id,
        "extra_values": identity.extra_values.0,
        "created_at": identity.created_at,
        "updated_at": identity.updated_at,
    })
}

/// The endings of files that may be sent; none where every type is.
fn extensions(row: &ThreadRow) -> Option<&'static [&'static str]> {
    let chat = row.source.as_ref().is_some_and(|s| s.kind == SourceType::EngageMessaging);
    chat.then_some(CHAT_EXTENSIONS)
}

/// The page that a visitor last looked at.
fn page_of(visit: &Visitor) -> Option<Value> {
    let url = visit.page_url.as_ref()?;
    Some(json!({"url": url, "title": visit.page_title}))
}

/// One thread with all that the console shows of it.
pub async fn show(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Reply<Value>> {
    let before = params.id("before", ContentId::parse)?;
    let who = actor.clone();
    let (view, position) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let position = store::journal::head(tx).await?;
                Ok::<_, Error>((inbox::view(tx, &who, &id, before.as_ref()).await?, position))
            })
        })
        .await?;
    let contents: Vec<_> = view.contents.iter().map(|c| content_view(&app, &actor, &view, c)).collect();
    let others: Vec<RowOut> = view.others.iter().cloned().map(RowOut::from).collect();
    let viewers = app.hub.viewers(&view.row.thread.id, Some(&actor.user.id));
    let identity = view.row.identity.as_ref().map(person);
    let fields: Vec<CustomFieldOut> = view.fields.iter().cloned().map(CustomFieldOut::from).collect();
    let (can, interventions, lines) = (can(&actor, &view), cases(&view), lines(&view));
    Ok(Reply(json!({
        "custom_fields": fields,
        "identity_group": view.group.map(GroupOut::from),
        "can": can,
        "interventions": interventions,
        "lines": lines,
        "contents": contents,
        "more": view.more,
        "identity": identity,
        "attachment_extensions": extensions(&view.row),
        "attachment_max_bytes": app.config.attachment_max_bytes,
        "max_characters": BODY_MAX,
        "page": view.visit.as_ref().and_then(page_of),
        "other_threads": others,
        "viewers": viewers,
        "position": position,
        "last_bot_id": view.row.thread.last_bot_id,
        "thread": RowOut::from(view.row),
    })))
}

/// Noting that the caller has seen a thread.
pub async fn read(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ThreadId>) -> Result<Reply<Value>> {
    app.db.write(move |tx| Box::pin(async move { inbox::mark_read(tx, &actor, &id).await })).await?;
    Ok(Reply(json!({"status": 200, "message": "Success"})))
}
