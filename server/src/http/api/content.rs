//! `/1.0/contents`.

use std::collections::{BTreeSet, HashMap};

use axum::extract::State;
use model::{
    ApprovalState, AttachmentId, BodyFormat, CategoryId, ContentId, ContentStatus, CreatedFrom, IdentityGroupId,
    IdentityId, InterventionId, SourceId, SourceType, SyncStatus, ThreadId, Timestamp, UserId,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::approval::Approval;
use store::attachment::Attachment;
use store::content::Content;
use store::identity::Identity;
use store::mail::Posted;
use store::source::Source;
use store::{Listed, Tx};

use super::content_act::{AskedOut, CapabilityOut};
use crate::app::App;
use crate::domain::act::{self, Acts};
use crate::domain::content::{self, NewContent};
use crate::domain::draft::{self, Sent};
use crate::domain::mail_out::MailIn;
use crate::domain::{Actor, Error, Fault, approval, export_act, journal, search};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};
use crate::views;
use crate::views::attachment::AttachmentOut;
use crate::views::mail::MailOut;

const MAIL: &str = "mail";

/// A content's body in both forms.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ContentBody")]
struct BodyOut {
    html: String,
    text: String,
}

/// What became of a content that had to wait for approval: an extension.
#[derive(Serialize, JsonSchema)]
pub struct ApprovalOut {
    /// When it was approved or refused.
    decided_at: Option<Timestamp>,
    /// By whom.
    decided_by: Option<UserId>,
    /// Why it was refused.
    reason: Option<String>,
    /// `waiting` or `refused`; an approved content is like any other.
    state: ApprovalState,
    /// Who wrote it.
    user_id: UserId,
}

impl From<&Approval> for ApprovalOut {
    fn from(approval: &Approval) -> Self {
        let Approval { user_id, state, decided_by, decided_at, reason, .. } = approval.clone();
        Self { decided_at, decided_by, reason, state, user_id }
    }
}

/// A content as the API shows it. What this version has no cause for (ratings, translations) is null.
#[derive(Serialize, JsonSchema)]
pub struct ContentOut {
    /// Extension: of a content that waits for approval or was refused; null for others.
    approval: Option<ApprovalOut>,
    /// It waits for approval.
    approval_required: bool,
    /// Extension: what was asked to be done with it on the other side, and is not done.
    acts: Vec<AskedOut>,
    attachments: Vec<AttachmentOut>,
    attachments_count: i64,
    author_id: IdentityId,
    auto_submitted: bool,
    /// As it was written: HTML is given back as such, sanitized.
    body: String,
    body_formatted: BodyOut,
    body_input_format: BodyFormat,
    /// Extension: what can be done with it on the other side, in the order in which it is shown.
    capabilities: Vec<CapabilityOut>,
    capabilities_supported: Vec<&'static str>,
    category_ids: Vec<CategoryId>,
    context_data: Option<Map<String, Value>>,
    created_at: Timestamp,
    created_from: CreatedFrom,
    creator_id: Option<UserId>,
    /// What another analysis says of its sentiment: an extension.
    custom_score: Option<f64>,
    /// When what an agent wrote reached whom it was for, as far as the source tells: an extension.
    delivered_at: Option<Timestamp>,
    /// When its text last changed on the other side: an extension.
    edited_at: Option<Timestamp>,
    first_in_thread: bool,
    foreign_categories: Vec<String>,
    foreign_id: Option<String>,
    #[schemars(with = "Option<Map<String, Value>>")]
    headers: Option<Value>,
    id: ContentId,
    identity_group_id: Option<IdentityGroupId>,
    in_reply_to_author_id: Option<IdentityId>,
    in_reply_to_id: Option<ContentId>,
    intervention_id: Option<InterventionId>,
    language: Option<String>,
    /// Extension: of a content that came or goes out as a mail; left out of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<MailOut>,
    original_body: Option<String>,
    private_message: bool,
    published: bool,
    rated_with: Option<String>,
    rating: Option<i64>,
    rating_reason: Option<String>,
    /// When what an agent wrote was read, as far as the source tells: an extension.
    read_at: Option<Timestamp>,
    remotely_deleted: bool,
    /// Its author was erased, and all that it said.
    anonymized: bool,
    source_id: SourceId,
    source_language: Option<String>,
    source_type: Option<SourceType>,
    source_url: Option<String>,
    status: ContentStatus,
    #[schemars(with = "Option<Map<String, Value>>")]
    structured_content: Option<Value>,
    structured_content_supported: bool,
    structured_reply: Option<Value>,
    synchronization_error: Option<String>,
    synchronization_status: Option<SyncStatus>,
    target_language: Option<String>,
    thread_id: ThreadId,
    title: Option<String>,
    translated_body: Option<String>,
    translation_error: Option<String>,
    translation_status: Option<String>,
    r#type: Option<&'static str>,
    updated_at: Timestamp,
}

/// What the answer about some contents needs beside them.
#[derive(Default)]
pub struct Beside {
    acts: HashMap<ContentId, Acts>,
    approvals: HashMap<ContentId, Approval>,
    attachments: HashMap<ContentId, Vec<Attachment>>,
    authors: HashMap<IdentityId, Identity>,
    mails: HashMap<ContentId, Posted>,
    /// For contents without categories of their own: those of their intervention, else those of their thread.
    categories: HashMap<ContentId, Vec<CategoryId>>,
    sources: HashMap<SourceId, Source>,
}

impl Beside {
    /// Reads what the answer to `actor` about `contents` needs.
    pub async fn load(tx: &mut Tx, actor: &Actor, contents: &[Content]) -> Result<Self> {
        let mut beside = Self::default();
        let with: Vec<ContentId> = contents.iter().filter(|c| c.attachments_count > 0).map(|c| c.id.clone()).collect();
        for attachment in store::attachment::of_contents(tx, &with).await? {
            if let Some(id) = attachment.content_id.clone() {
                beside.attachments.entry(id).or_default().push(attachment);
            }
        }
        let mails: Vec<ContentId> = contents.iter().filter(|c| c.kind == MAIL).map(|c| c.id.clone()).collect();
        let mails = store::mail::of_contents(tx, &mails).await?;
        beside.mails = mails.into_iter().map(|posted| (posted.mail.content_id.clone(), posted)).collect();
        let held: Vec<ContentId> = contents.iter().filter(|c| !c.published).map(|c| c.id.clone()).collect();
        let approvals = store::approval::of_contents(tx, &held).await?;
        beside.approvals = approvals.into_iter().map(|a| (a.content_id.clone(), a)).collect();
        let mut authors: Vec<IdentityId> = contents.iter().map(|c| c.author_id.clone()).collect();
        authors.sort();
        authors.dedup();
        let found = store::identity::by_ids(tx, &authors).await?;
        beside.authors = found.into_iter().map(|i| (i.id.clone(), i)).collect();
        for content in contents {
            if !beside.sources.contains_key(&content.source_id)
                && let Some(source) = store::source::find(tx, &content.source_id).await?
            {
                beside.sources.insert(source.id.clone(), source);
            }
        }
        beside.acts = act::of(tx, actor, |id| beside.sources.get(id), contents).await?;
        beside.categories = inherited(tx, contents).await?;
        Ok(beside)
    }
}

/// The categories that contents without any of their own have from their intervention, else from their thread.
async fn inherited(tx: &mut Tx, contents: &[Content]) -> Result<HashMap<ContentId, Vec<CategoryId>>> {
    let bare: Vec<&Content> = contents.iter().filter(|c| c.category_ids.is_empty()).collect();
    if bare.is_empty() {
        return Ok(HashMap::new());
    }
    let threads: BTreeSet<ThreadId> = bare.iter().map(|c| c.thread_id.clone()).collect();
    let threads: Vec<ThreadId> = threads.into_iter().collect();
    let with: HashMap<_, _> = store::thread::own_categories(tx, &threads).await?.into_iter().collect();
    let cases: BTreeSet<InterventionId> = bare.iter().filter_map(|c| c.intervention_id.clone()).collect();
    let cases: Vec<InterventionId> = cases.into_iter().collect();
    let cases: HashMap<_, _> = store::intervention::categories(tx, &cases).await?.into_iter().collect();
    let of = |c: &&Content| {
        let case = c.intervention_id.as_ref().and_then(|id| cases.get(id));
        Some((c.id.clone(), case.or_else(|| with.get(&c.thread_id))?.clone()))
    };
    Ok(bare.iter().filter_map(of).collect())
}

/// A content's text in HTML. The pictures of a mail are files of its own.
fn html(app: &App, content: &Content, is_mail: bool, attachments: &[Attachment]) -> String {
    match &content.html {
        Some(html) if is_mail => views::mail::html(app, html, attachments),
        Some(html) => html.clone(),
        None => richtext::html_of(&content.body),
    }
}

impl ContentOut {
    /// A content with what stands beside it, which is read.
    pub(super) async fn load(app: &App, tx: &mut Tx, actor: &Actor, content: Content) -> Result<Self> {
        let beside = Beside::load(tx, actor, std::slice::from_ref(&content)).await?;
        Ok(Self::new(app, content, &beside))
    }

    /// A content with what stands beside it.
    pub fn new(app: &App, content: Content, beside: &Beside) -> Self {
        let source = beside.sources.get(&content.source_id);
        let attachments = beside.attachments.get(&content.id).cloned().unwrap_or_default();
        let group = beside.authors.get(&content.author_id).and_then(|i| i.identity_group_id.clone());
        let inherited = beside.categories.get(&content.id).cloned().unwrap_or_default();
        let (capabilities, context_data) = of_source(source, &content);
        let Acts { capabilities: offered, asked, .. } = beside.acts.get(&content.id).cloned().unwrap_or_default();
        let (mail, agents) = (beside.mails.get(&content.id), content.is_from_agent());
        let html = html(app, &content, mail.is_some(), &attachments);
        Self {
            acts: asked.into_iter().map(AskedOut::from).collect(),
            capabilities: offered.into_iter().map(CapabilityOut::from).collect(),
            approval: beside.approvals.get(&content.id).map(ApprovalOut::from),
            approval_required: content.approval_required,
            attachments: attachments.into_iter().map(|a| AttachmentOut::new(app, a)).collect(),
            attachments_count: content.attachments_count,
            author_id: content.author_id,
            auto_submitted: content.auto_submitted,
            body_formatted: BodyOut { html, text: content.body.clone() },
            body: content.html.unwrap_or(content.body),
            body_input_format: content.body_input_format,
            structured_content_supported: !capabilities.is_empty(),
            capabilities_supported: capabilities,
            category_ids: if content.category_ids.is_empty() { inherited } else { content.category_ids.0 },
            structured_reply: content.context_data.get("structured_reply").cloned(),
            context_data,
            created_at: content.created_at,
            created_from: content.created_from,
            creator_id: content.creator_id,
            custom_score: content.custom_score,
            delivered_at: content.delivered_at.filter(|_| agents),
            edited_at: content.edited_at,
            first_in_thread: content.first_in_thread,
            foreign_categories: content.foreign_categories.0,
            foreign_id: content.foreign_id,
            headers: mail.map(|posted| posted.mail.headers.0.clone().into()),
            id: content.id,
            identity_group_id: group,
            in_reply_to_author_id: content.in_reply_to_author_id,
            in_reply_to_id: content.in_reply_to_id,
            intervention_id: content.intervention_id,
            language: content.language,
            mail: mail.map(MailOut::from),
            original_body: None,
            private_message: content.private,
            published: content.published,
            rated_with: None,
            rating: None,
            rating_reason: None,
            read_at: content.read_at.filter(|_| agents),
            remotely_deleted: content.remotely_deleted,
            anonymized: content.anonymized,
            source_id: content.source_id,
            source_language: None,
            source_type: source.map(|s| s.kind),
            source_url: content.source_url,
            status: content.status,
            structured_content: content.structured_content.map(|s| s.0),
            synchronization_error: content.synchronization_error,
            synchronization_status: content.synchronization_status,
            target_language: None,
            thread_id: content.thread_id,
            title: content.title,
            translated_body: None,
            translation_error: None,
            translation_status: None,
            r#type: source.map(|s| s.kind.content_type()),
            updated_at: content.updated_at,
        }
    }
}

/// The structured messages that a source takes, and what it has said beside a content.
fn of_source(source: Option<&Source>, content: &Content) -> (Vec<&'static str>, Option<Map<String, Value>>) {
    let Some(source) = source else { return Default::default() };
    (journal::capabilities(source), journal::context_data(content, source.kind).cloned())
}

/// Getting all contents, newest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<ContentOut>> {
    let page = page(&params)?;
    let query = search::parse(&params.text("q")?.unwrap_or_default(), "q")?;
    let (listed, beside): (Listed<Content>, Beside) = app
        .db
        .read(move |tx| {
            Box::pin(async move {
                let listed = search::contents(tx, &actor, &query, page).await?;
                let beside = Beside::load(tx, &actor, &listed.records).await?;
                Ok::<_, Error>((listed, beside))
            })
        })
        .await?;
    Ok(Paged::new(listed, page, |c| ContentOut::new(&app, c, &beside)))
}

/// Getting a content from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ContentId>) -> Result<Reply<ContentOut>> {
    let parts = app.clone();
    let found = app.db.read(move |tx| {
        Box::pin(async move {
            let found = content::find(tx, &actor, &id).await?;
            ContentOut::load(&parts, tx, &actor, found).await
        })
    });
    Ok(Reply(found.await?))
}

/// Whether the body is HTML; clients name its format in two ways.
fn is_html(params: &Params) -> Result<bool> {
    let mut html = false;
    for name in ["body_format", "body_input_format"] {
        html |= match params.text(name)?.as_deref() {
            None | Some("text") => false,
            Some("html") => true,
            Some(_) => return Err(Error::invalid(name, Fault::one_of(&["text", "html"])).into()),
        };
    }
    Ok(html)
}

fn read_new(params: &Params) -> Result<NewContent> {
    let to = params.texts("to")?;
    let mail = MailIn {
        cc: params.texts("cc")?,
        bcc: params.texts("bcc")?,
        reply_all: params.boolean("reply_all")?.unwrap_or(false),
        quotes: params.boolean("quote_answered")?,
        unsigned: !params.boolean("with_signature")?.unwrap_or(true),
        from: params.text("from")?,
        to: to.clone(),
    };
    let new = NewContent {
        in_reply_to_id: params.id("in_reply_to_id", ContentId::parse)?,
        source_id: params.id("source_id", SourceId::parse)?,
        author_id: params.id("author_id", IdentityId::parse)?,
        body: params.text("body")?.unwrap_or_default(),
        html: is_html(params)?,
        title: params.text("title")?,
        to: to.and_then(|list| list.into_iter().next()),
        mail,
        private: params.boolean("private")?.unwrap_or(false),
        auto_submitted: params.boolean("auto_submitted")?.unwrap_or(false),
        attachment_ids: params.ids("attachment_ids", AttachmentId::parse)?.unwrap_or_default(),
        structured_content: params.map("structured_content")?.map(Value::Object),
        disable_text_input: params.boolean("disable_text_input_on_thread")?,
        ask_approval: params.boolean("approval_required")?.unwrap_or(false),
    };
    if new.body.is_empty() && new.attachment_ids.is_empty() && new.structured_content.is_none() {
        return Err(params.missing("body").into());
    }
    Ok(new)
}

/// Creating a content: a reply, or the first word of a discussion.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<ContentOut>> {
    let new = read_new(&params)?;
    let version = params.integer("draft_version")?;
    write(&app, move |app, tx| {
        Box::pin(async move {
            let made = content::create(tx, &actor, new).await?;
            draft::sent(tx, &actor, &made.thread_id, version, Sent::Reply).await?;
            ContentOut::load(app, tx, &actor, made).await
        })
    })
    .await
}

/// Ignoring a content.
pub async fn ignore(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
) -> Result<Written<ContentOut>> {
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = content::ignore(tx, &actor, &id).await?;
            ContentOut::load(app, tx, &actor, changed).await
        })
    })
    .await
}

/// Extension: approving a content that waits for it.
pub async fn approve(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
) -> Result<Written<ContentOut>> {
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = approval::approve(tx, &actor, &id).await?;
            ContentOut::load(app, tx, &actor, changed).await
        })
    })
    .await
}

/// Extension: refusing a content that waits for approval.
pub async fn refuse(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
    params: Params,
) -> Result<Written<ContentOut>> {
    let reason = params.text("reason")?;
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = approval::refuse(tx, &actor, &id, reason).await?;
            ContentOut::load(app, tx, &actor, changed).await
        })
    })
    .await
}

/// Extension: having something done with a content on the other side.
pub async fn act(
    State(app): State<App>,
    Caller(actor): Caller,
    Id((id, name)): Id<(ContentId, String)>,
    params: Params,
) -> Result<Written<ContentOut>> {
    let identity = params.id("user_id", IdentityId::parse)?;
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = export_act::ask(tx, &actor, &id, &name, identity.as_ref()).await?;
            ContentOut::load(app, tx, &actor, changed).await
        })
    })
    .await
}

/// Extension: letting go of an act on a content that was not done.
pub async fn dismiss(
    State(app): State<App>,
    Caller(actor): Caller,
    Id((id, name)): Id<(ContentId, String)>,
) -> Result<Written<ContentOut>> {
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = export_act::dismiss(tx, &actor, &id, &name).await?;
            ContentOut::load(app, tx, &actor, changed).await
        })
    })
    .await
}

/// Categorizing a content.
pub async fn update_categories(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
    params: Params,
) -> Result<Written<ContentOut>> {
    let missing = || Error::bad("category_ids", Fault::required());
    let ids = params.ids("category_ids", CategoryId::parse)?.ok_or_else(missing)?;
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = content::update_categories(tx, &actor, &id, ids).await?;
            ContentOut::load(app, tx, &actor, changed).await
        })
    })
    .await
}
