//! `/console/threads/{id}`: one thread with all that the console shows of it.

use axum::extract::State;
use model::{
    ApprovalState, CategoryId, ContentId, ContentStatus, CreatedFrom, IdentityId, InterventionId, InterventionStatus,
    Permission, SourceId, SourcePermission, SyncStatus, ThreadId, Timestamp, UserId,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::attachment::Attachment;
use store::content::Content;
use store::identity::Identity;
use store::source::Source;

use super::content_act::{AskedOut, CapabilityOut, WaitsOut};
use super::custom_field::CustomFieldOut;
use super::draft::DraftOut;
use super::identity_group::GroupOut;
use super::inbox_comment::{CommentView, comments};
use super::inbox_customer::CustomerView;
use super::inbox_line::{LineView, lines};
use super::intervention::{Beside, InterventionOut};
use super::journal::EndOut;
use super::visit::{PageOut, VariableOut, VisitOut};
use super::visit_page::VisitPageOut;
use crate::app::App;
use crate::avatars;
use crate::domain::act;
use crate::domain::inbox::{self, ThreadView};
use crate::domain::ingest::BODY_MAX;
use crate::domain::variables;
use crate::domain::{Actor, Error, content as contents, thread as threads};
use crate::domain::{attachment, draft};
use crate::http::{Caller, Id, Params, Reply, Result};
use crate::state::hub::Viewer;
use crate::views;
use crate::views::attachment::AttachmentOut;
use crate::views::mail::MailOut;
use crate::views::row::{PersonOut, RowOut};

/// Who wrote a content, as the source knows them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ContentAuthor")]
struct AuthorOut {
    id: IdentityId,
    name: String,
    avatar_url: Option<String>,
}

impl AuthorOut {
    fn new(app: &App, identity: &Identity) -> Self {
        let avatar_url = avatars::address(app, identity.avatar_url.as_deref());
        Self { id: identity.id.clone(), name: identity.display_name(), avatar_url }
    }
}

/// Who wrote a content.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Speaker {
    Customer,
    Agent,
    Bot,
}

/// What became of a content that had to wait for approval.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ContentApproval")]
struct ApprovalView {
    /// Where the approval stands.
    state: ApprovalState,
    /// Who decided.
    user: Option<PersonOut>,
    /// When that was.
    decided_at: Option<Timestamp>,
    /// Why it was refused.
    reason: Option<String>,
}

/// What the actor may do with a content.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ContentAbilities")]
struct MayOut {
    /// Approve it.
    approve: bool,
    /// Refuse it.
    refuse: bool,
    /// Send it again, as it did not reach its source or may not have.
    send_again: bool,
}

/// Another conversation, of another mailbox, that has the same mail.
#[derive(Serialize, JsonSchema)]
struct AlsoIn {
    /// The mailbox.
    source_id: SourceId,
    /// The conversation.
    thread_id: ThreadId,
}

/// A content as the console shows it.
#[derive(Serialize, JsonSchema)]
struct ContentView {
    id: ContentId,
    /// Its place in the thread: contents stand in this order, whatever their times.
    ordinal: i64,
    /// Who wrote it.
    from: Speaker,
    /// Who wrote it, as the source knows them.
    author: Option<AuthorOut>,
    /// The user who wrote it; null when a customer did.
    creator: Option<PersonOut>,
    title: Option<String>,
    body: String,
    /// Its text in HTML, made safe, where it was written so.
    html: Option<String>,
    /// What it has that is a mail; null for others.
    mail: Option<MailOut>,
    /// Where else the same mail has come; empty for others.
    also_in: Vec<AlsoIn>,
    created_at: Timestamp,
    /// Where it stands between customer and agent.
    status: ContentStatus,
    /// How an agent's content fares on its way to the source.
    synchronization_status: Option<SyncStatus>,
    /// Why the source did not take it.
    synchronization_error: Option<String>,
    /// Whether it is not known if the source has it; its status is error then.
    may_have_arrived: bool,
    /// Why it has not gone out yet, where a try has failed.
    waits: Option<WaitsOut>,
    /// What was asked to be done with it on the other side, and is not done.
    acts: Vec<AskedOut>,
    /// What can be done with it there, in the order in which it is shown.
    capabilities: Vec<CapabilityOut>,
    /// Whether it waits for somebody's approval before it is sent.
    approval_required: bool,
    /// Of a content that waits for approval or was refused.
    approval: Option<ApprovalView>,
    /// What the caller may do with it.
    may: MayOut,
    attachments: Vec<AttachmentOut>,
    /// The content that it answers.
    in_reply_to_id: Option<ContentId>,
    /// Whether an agent's content has reached the customer.
    delivered: bool,
    /// Whether the customer has read an agent's content.
    read: bool,
    /// When its text last changed on the other side.
    edited_at: Option<Timestamp>,
    /// Whether it is visible on the other side.
    published: bool,
    /// Whether it was removed there.
    remotely_deleted: bool,
    /// Its author was erased, and all that it said.
    anonymized: bool,
    /// Whether only its receiver sees it.
    private: bool,
    /// Whether the source said it by itself.
    automatic: bool,
    /// How the agent was called to the customer.
    sender_name: Option<String>,
    /// Buttons, cards and the like, in the form of the guides.
    #[schemars(with = "Option<Map<String, Value>>")]
    structured_content: Option<Value>,
    category_ids: Vec<CategoryId>,
    intervention_id: Option<InterventionId>,
}

/// An intervention as the console shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InterventionView")]
struct CaseView {
    #[serde(flatten)]
    case: InterventionOut,
    /// Where it stands.
    state: InterventionStatus,
    /// The agent or the bot.
    user: Option<PersonOut>,
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

fn also_in(view: &ThreadView, content: &Content) -> Vec<AlsoIn> {
    let found = content.foreign_id.as_ref().and_then(|id| view.elsewhere.get(id)).into_iter().flatten();
    found.map(|(source, thread)| AlsoIn { source_id: source.clone(), thread_id: thread.clone() }).collect()
}

fn content_view(app: &App, actor: &Actor, view: &ThreadView, content: &Content) -> ContentView {
    let author = view.authors.get(&content.author_id);
    let creator = content.creator_id.as_ref().and_then(|id| view.users.get(id));
    let from = match (content.is_from_agent(), creator.is_some_and(|u| u.bot)) {
        (true, true) => Speaker::Bot,
        (true, false) => Speaker::Agent,
        (false, _) => Speaker::Customer,
    };
    let files = view.attachments.iter().filter(|a| a.content_id.as_ref() == Some(&content.id)).cloned();
    let files: Vec<Attachment> = files.collect();
    let mail = view.mails.get(&content.id);
    let agents = content.is_from_agent();
    let decides = may_decide(actor, content);
    let send_again = content.synchronization_status == Some(SyncStatus::Error)
        && actor.can_on(&content.source_id, SourcePermission::Reply);
    let acts = view.acts.get(&content.id).cloned().unwrap_or_default();
    ContentView {
        id: content.id.clone(),
        ordinal: content.ordinal,
        from,
        author: author.map(|author| AuthorOut::new(app, author)),
        creator: creator.map(PersonOut::from),
        title: content.title.clone(),
        body: content.body.clone(),
        html: match &content.html {
            Some(html) if mail.is_some() => Some(views::mail::html(app, html, &files)),
            html => html.clone(),
        },
        mail: mail.map(MailOut::from),
        also_in: also_in(view, content),
        created_at: content.created_at,
        status: content.status,
        synchronization_status: content.synchronization_status,
        synchronization_error: content.synchronization_error.clone(),
        may_have_arrived: acts.may_have_arrived,
        waits: acts.waits.map(WaitsOut::from),
        acts: acts.asked.into_iter().map(AskedOut::from).collect(),
        capabilities: acts.capabilities.into_iter().map(CapabilityOut::from).collect(),
        approval_required: content.approval_required,
        approval: approval_view(view, content),
        may: MayOut { approve: decides && !view.row.thread.closed, refuse: decides, send_again },
        // What is shown in the text is no file beside it.
        attachments: files.into_iter().filter(|a| !a.embed).map(|a| AttachmentOut::new(app, a)).collect(),
        in_reply_to_id: content.in_reply_to_id.clone(),
        delivered: agents && content.delivered_at.is_some(),
        read: agents && content.read_at.is_some(),
        edited_at: content.edited_at,
        published: content.published,
        remotely_deleted: content.remotely_deleted,
        anonymized: content.anonymized,
        private: content.private,
        automatic: agents && content.created_from == CreatedFrom::Automatic,
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
            case: InterventionOut::new(case.clone(), Beside::known(group.clone(), view.row.thread.owner_epoch)),
        })
        .collect()
}

/// What the caller may do with a thread, so that the console shows no button in vain.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ThreadAbilities")]
struct CanOut {
    /// Answer.
    reply: bool,
    /// Answer with formatted text.
    reply_with_html: bool,
    /// Open an intervention.
    engage: bool,
    /// Close the intervention.
    close: bool,
    /// Give the intervention to somebody else.
    reassign: bool,
    /// Decide on a content that waits for approval.
    approve: bool,
    /// Archive what waits.
    archive: bool,
    /// Close the thread.
    close_thread: bool,
    /// Open the thread again.
    open_thread: bool,
    /// Merge its customer with somebody.
    merge: bool,
    /// Have the customer write texts of their own, or not.
    text_input: bool,
    /// Ask the customer for an e-mail address, since none is known.
    ask_email: bool,
}

fn can(actor: &Actor, view: &ThreadView) -> CanOut {
    let thread = &view.row.thread;
    let reply = actor.can_on(&thread.source_id, SourcePermission::Reply);
    let open = view.row.case.as_ref().filter(|c| c.is_open());
    // Only what a customer said can be engaged on.
    let said = view.contents.iter().any(|c| !c.is_from_agent());
    let own = open.is_some_and(|c| c.user_id == actor.user.id && actor.can(Permission::UpdateOwnIntervention));
    let change = open.is_some() && (own || actor.can(Permission::UpdateIntervention));
    let chats = view.row.source.as_ref().is_some_and(|source| source.kind.caps().text_input);
    let on_chat = reply && !thread.closed && chats;
    let email = view.row.identity.as_ref().and_then(|customer| customer.email.as_ref()).or(view.given_email.as_ref());
    // One of which the other side takes no answer is no reason to hide what others can have.
    let answers = |source: &Source| {
        let mut customers = view.contents.iter().filter(|c| !c.is_from_agent()).peekable();
        customers.peek().is_none() || customers.any(|content| act::is_answerable(source, content))
    };
    let answer = reply && !thread.closed && view.row.source.as_ref().is_none_or(answers);
    CanOut {
        reply: answer,
        reply_with_html: answer && actor.can_on(&thread.source_id, SourcePermission::ReplyWithHtml),
        engage: reply && open.is_none() && said,
        close: change,
        reassign: change,
        approve: view.contents.iter().any(|c| may_decide(actor, c)) && !thread.closed,
        archive: thread.new_contents_count > 0 && threads::archives(actor, thread),
        close_thread: actor.can(Permission::CloseContentThread) && !thread.closed,
        open_thread: actor.can(Permission::OpenContentThread) && thread.closed && !thread.is_live_chat(),
        merge: view.merges && actor.can(Permission::ReadIdentity) && actor.can(Permission::UpdateIdentity),
        text_input: on_chat,
        ask_email: on_chat && email.is_none(),
    }
}

/// One thread with all that the console shows of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InboxThread")]
pub struct ThreadOut {
    /// The thread as a row.
    thread: RowOut,
    /// A window of its contents, oldest first.
    contents: Vec<ContentView>,
    /// Whether there are older contents.
    more: bool,
    /// Its interventions, oldest first.
    interventions: Vec<CaseView>,
    /// The private comments on it, oldest first.
    comments: Vec<CommentView>,
    /// What was done to it, oldest first.
    lines: Vec<LineView>,
    /// The customer; null while there is none.
    identity: Option<CustomerView>,
    /// The person that the customer belongs to.
    identity_group: Option<GroupOut>,
    /// The custom fields of persons and interventions.
    custom_fields: Vec<CustomFieldOut>,
    /// The page that the customer last looked at.
    page: Option<PageOut>,
    /// What is known of their visit, where the source is a chat.
    visit: Option<VisitOut>,
    /// The custom variables of that chat that are for agents, under their names.
    variables: Vec<VariableOut>,
    /// When its visitor agreed to what the chat asks for before they write; null for never.
    agreed_at: Option<String>,
    /// The name of the trigger from which it began; null for none.
    trigger: Option<String>,
    /// The pages that they looked at between messages, the first one first.
    pages: Vec<VisitPageOut>,
    /// The endings of files that may be sent; null where every type is, empty where none is.
    attachment_extensions: Option<Vec<&'static str>>,
    /// The largest file that may be sent, in bytes.
    attachment_max_bytes: usize,
    /// How many characters a content may have.
    max_characters: usize,
    /// The customer's other threads, newest activity first.
    other_threads: Vec<RowOut>,
    /// As whom the caller can choose to write, the usual one first; empty where there is no choice.
    writes_as: Vec<AuthorOut>,
    /// The other users who look at it.
    viewers: Vec<Viewer>,
    /// The bot that had it last.
    last_bot_id: Option<UserId>,
    /// What the caller is writing on it.
    draft: Option<DraftOut>,
    /// What the caller may do with it.
    can: CanOut,
    #[serde(flatten)]
    end: EndOut,
}

/// One thread with all that the console shows of it.
pub async fn show(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Reply<ThreadOut>> {
    let before = params.id("before", ContentId::parse)?;
    let blocks = app.author_blocks.get(&app.db).await?;
    let who = actor.clone();
    let (mut view, faces, draft, end) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let end = store::journal::end(tx).await?;
                let view = inbox::view(tx, &who, &id, before.as_ref()).await?;
                let faces = match &view.row.source {
                    Some(source) => contents::faces(tx, &who, source).await?,
                    None => Vec::new(),
                };
                let draft = draft::find(tx, &who, &id).await?;
                Ok::<_, Error>((view, faces, draft, end))
            })
        })
        .await?;
    let mut nobody = Map::new();
    let known = view.row.identity.as_mut().map_or(&mut nobody, |person| &mut person.extra_values.0);
    let variables = variables::labelled(&view.variables, &view.row.thread, view.visit.as_ref(), known);
    let thread = &view.row.thread;
    let who = thread.identity_id.clone().map(|person| (thread.source_id.clone(), person));
    let connected = match who.filter(|_| view.visit.is_some()) {
        Some(who) => app.cluster.everybody().has(&who).await?,
        None => false,
    };
    Ok(Reply(ThreadOut {
        contents: view.contents.iter().map(|c| content_view(&app, &actor, &view, c)).collect(),
        more: view.more,
        interventions: cases(&view),
        comments: comments(&actor, &view),
        lines: lines(&view),
        identity: view
            .row
            .identity
            .as_ref()
            .map(|i| CustomerView::new(&app, i, view.given_email.clone(), view.dead_addresses.clone(), &blocks)),
        custom_fields: view.fields.iter().cloned().map(CustomFieldOut::from).collect(),
        page: view.visit.as_ref().and_then(PageOut::of),
        variables: variables.into_iter().map(VariableOut::from).collect(),
        visit: view.visit.clone().map(|visit| VisitOut::new(visit, connected)),
        agreed_at: thread.extra_data.get("consent_at").and_then(|at| at.as_str()).map(str::to_owned),
        trigger: thread.extra_data.get("trigger_name").and_then(|name| name.as_str()).map(str::to_owned),
        pages: view.pages.iter().rev().cloned().map(VisitPageOut::from).collect(),
        attachment_extensions: view.row.source.as_ref().and_then(|source| attachment::offered(source, thread.private)),
        attachment_max_bytes: app.config.attachment_max_bytes,
        max_characters: BODY_MAX,
        other_threads: view.others.iter().cloned().map(|row| RowOut::new(&app, row)).collect(),
        writes_as: faces.iter().map(|face| AuthorOut::new(&app, face)).collect(),
        viewers: app.hub.viewers(&(thread.id.clone(), thread.source_id.clone()), Some(&actor.user.id)),
        last_bot_id: thread.last_bot_id.clone(),
        draft: draft.map(DraftOut::from),
        can: can(&actor, &view),
        end: end.into(),
        identity_group: view.group.map(|group| GroupOut::from(group).for_console(&app)),
        thread: RowOut::new(&app, view.row),
    }))
}
