//! Contents: what agents and bots write, and what is done to contents that came in.

use model::{
    AttachmentId, BodyFormat, CategoryId, ContentId, ContentStatus, EventType, IdentityId, SignedIdentities, SourceId,
    SourcePermission, SourceType, SyncStatus,
};
use serde_json::Value;
use store::content::{self, Content};
use store::identity::{self, Identity};
use store::intervention::{self, Intervention};
use store::source::{self, Source};
use store::thread::Thread;
use store::{Json, Tx, setting};

use crate::base::{Actor, Error, Fault, Reason, Result};
use crate::conversation::{
    approval, attachment, categorize, export, handover, ingest::BODY_MAX, intervention as cases, journal, structured,
    thread,
};
use crate::place::source_settings;
use crate::setup::{settings, time_sheet};

/// What an agent or bot wants to say.
#[derive(Clone, Debug, Default)]
pub struct NewContent {
    /// The content that it answers; none begins a discussion.
    pub in_reply_to_id: Option<ContentId>,
    /// Where to begin a discussion.
    pub source_id: Option<SourceId>,
    /// As which identity; none for the user's own on the source, else the source's.
    pub author_id: Option<IdentityId>,
    /// The text.
    pub body: String,
    /// The text is HTML of the tags that may be written; it is sanitized here.
    pub html: bool,
    /// The subject.
    pub title: Option<String>,
    /// To whom a discussion is begun: an identity's id, uuid or id on the other side.
    pub to: Option<String>,
    /// Not public on the other side.
    pub private: bool,
    /// Written by a machine.
    pub auto_submitted: bool,
    /// Files that were uploaded before.
    pub attachment_ids: Vec<AttachmentId>,
    /// A structured message.
    pub structured_content: Option<Value>,
    /// Switches the customer's text input off or on.
    pub disable_text_input: Option<bool>,
    /// It is to wait for approval, though it need not.
    pub ask_approval: bool,
}

/// Finds a content that the actor may read.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Content> {
    content::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("content"))
}

/// Finds a content with its thread and source and holds them for a change.
///
/// # Errors
/// 404.
pub(crate) async fn lock(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<(Content, Thread, Source)> {
    let thread_id = find(tx, actor, id).await?.thread_id;
    let (thread, source) = thread::lock(tx, actor, &thread_id).await?;
    Ok((find(tx, actor, id).await?, thread, source))
}

/// Writes a content: a reply, or the first word of a discussion. It is on its way to the source when this returns, or
/// waits for approval.
///
/// # Errors
/// 404 when what it answers cannot be seen; 403 without the permission or when the thread is closed; 409 when the actor
/// is a bot and the thread was handed over, or bots wrote too often without a customer's word; 422 when a
/// value or a tag of its HTML is not acceptable, what it answers has not reached the other side, or there is no open
/// intervention and the setting `reply_requires_intervention` asks for one.
pub async fn create(tx: &mut Tx, actor: &Actor, new: NewContent) -> Result<Content> {
    let refused = if new.html { richtext::refused_tags(&new.body) } else { Vec::new() };
    if !refused.is_empty() {
        return Err(Error::HtmlNotAllowed(refused));
    }
    if text_of(&new).trim().is_empty() && new.attachment_ids.is_empty() && new.structured_content.is_none() {
        return Err(Error::invalid("body", Fault::blank()));
    }
    if new.body.chars().count() > BODY_MAX {
        return Err(Error::invalid("body", Fault::too_long(BODY_MAX)));
    }
    if new.structured_content.as_ref().is_some_and(|s| !s.get("type").is_some_and(Value::is_string)) {
        return Err(Error::invalid("structured_content", Reason::Form.says("must have a type")));
    }
    match new.in_reply_to_id.clone() {
        Some(id) => reply(tx, actor, &id, new).await,
        None => initiate(tx, actor, new).await,
    }
}

async fn reply(tx: &mut Tx, actor: &Actor, to: &ContentId, new: NewContent) -> Result<Content> {
    let (answered, mut thread, source) = lock(tx, actor, to).await?;
    actor.require_on(&source.id, SourcePermission::Reply)?;
    let limit = handover::loop_limit(tx, actor, &thread).await?;
    if thread.closed {
        return Err(Error::Forbidden("cant_reply_to_closed_thread", "Can't reply to closed thread".into()));
    }
    let refused = answered.is_from_agent() && !answered.published;
    if refused || answered.synchronization_status.is_some_and(|s| s != SyncStatus::Success) {
        return Err(Error::Unprocessable("not_synchronized", "what you answer has not reached the other side".into()));
    }
    let mut case = match customer_of(&answered, &thread) {
        Some(customer) => intervention::find_open(tx, &thread.id, &customer).await?,
        None => None,
    };
    if case.as_ref().is_none_or(|case| case.user_id != actor.user.id) {
        handover::require_given(&actor.user, &thread)?;
    }
    if case.is_none() && setting::get(tx, "reply_requires_intervention").await?.as_deref() == Some("true") {
        let message = "what you answer is not under an open intervention";
        return Err(Error::Unprocessable("intervention_required", message.into()));
    }
    let mut reply = compose(tx, actor, &new, &thread, &source).await?;
    reply.status = ContentStatus::UserReply;
    reply.in_reply_to_id = Some(answered.id.clone());
    reply.in_reply_to_author_id = Some(answered.author_id.clone());
    reply.private |= answered.private;
    reply.language = answered.language.clone();
    // What opens a thread is answered by messages in it.
    reply.kind = if answered.kind == "thread" { "message".into() } else { answered.kind.clone() };
    reply.intervention_id = case.as_ref().map(|c| c.id.clone());
    finish(tx, actor, &mut reply, &new, &mut thread, &source).await?;
    if !reply.approval_required {
        count_reply(tx, &reply, &answered, case.as_mut(), &thread, &source).await?;
    }
    thread.bot_streak += i64::from(handover::writes_as_bot(actor, &thread));
    thread::recount(tx, &mut thread).await?;
    tell(tx, actor, EventType::ContentReplied, &reply, &thread, &source);
    handover::stop_loop(tx, actor, &mut thread, limit).await?;
    Ok(reply)
}

/// To whom a reply to a content speaks: its author, or for an agent's content the customer of the thread.
fn customer_of(answered: &Content, thread: &Thread) -> Option<IdentityId> {
    if answered.is_from_agent() { thread.identity_id.clone() } else { Some(answered.author_id.clone()) }
}

/// Notes what a reply that goes out means: for what it answers, and for its intervention.
///
/// # Errors
/// As the store says.
pub(crate) async fn count_reply(
    tx: &mut Tx,
    reply: &Content,
    answered: &Content,
    case: Option<&mut Intervention>,
    thread: &Thread,
    source: &Source,
) -> Result<()> {
    if let Some(customer) = customer_of(answered, thread) {
        // What they said up to the answered content is answered; without an intervention, what waited is too.
        content::mark_answered(tx, &customer, answered).await?;
    }
    if let Some(case) = case {
        let hours = time_sheet::calendar_of_source(tx, source).await?;
        cases::add_reply(case, reply, &hours, tx.now());
        // What the customer said after what is answered waits for another answer.
        case.waiting_since = content::unanswered_since(tx, &case.identity_id, answered).await?;
        tx.update::<Intervention>(case).await?;
    }
    Ok(())
}

async fn initiate(tx: &mut Tx, actor: &Actor, new: NewContent) -> Result<Content> {
    let missing = || Error::invalid("source_id", Reason::Required.says("is required without in_reply_to_id"));
    let source_id = new.source_id.clone().ok_or_else(missing)?;
    let found = source::find(tx, &source_id).await?.filter(|s| actor.scope().allows(&s.id));
    let source = found.ok_or_else(|| Error::invalid("source_id", Fault::not("a source that you may read")))?;
    actor.require_on(&source.id, SourcePermission::InitiateDiscussion)?;
    if !source.active {
        return Err(Error::invalid("source_id", Fault::not("active")));
    }
    let recipient = recipient(tx, &source, new.to.as_deref()).await?;
    let now = tx.now();
    let mut thread = Thread {
        title: new.title.clone(),
        private: new.private,
        identity_id: recipient.map(|r| r.id),
        ..Thread::new(source.id.clone(), now)
    };
    tx.insert(&thread).await?;
    let mut content = compose(tx, actor, &new, &thread, &source).await?;
    content.status = ContentStatus::UserInitiated;
    content.first_in_thread = true;
    let categories = source_settings::default_categories(tx, &source, "user_thread_default_category_ids").await?;
    content.category_ids = Json(categories);
    thread::add_categories(&mut thread, &content);
    if source.kind == SourceType::Sdk {
        content.kind = if new.private { "private_message" } else { "thread" }.into();
    }
    finish(tx, actor, &mut content, &new, &mut thread, &source).await?;
    thread.bot_streak = i64::from(actor.user.bot);
    tx.update(&thread).await?;
    tell(tx, actor, EventType::ContentDiscussionInitiated, &content, &thread, &source);
    Ok(content)
}

/// The identity that a discussion is begun with. Only a chat must have one: a third party may publish to everybody.
async fn recipient(tx: &mut Tx, source: &Source, to: Option<&str>) -> Result<Option<Identity>> {
    let Some(to) = to else {
        if source.kind == SourceType::EngageMessaging {
            return Err(Error::invalid(
                "to",
                Reason::Required.says("is required to begin a discussion on this source"),
            ));
        }
        return Ok(None);
    };
    // Where identities are signed, an id that nobody vouched for may be anybody's.
    let community = source::community(tx, &source.community_id).await?.ok_or(Error::NotFound("community"))?;
    let unsigned = community.signed_identities == SignedIdentities::Rejected;
    let found = identity::find_by_any(tx, &source.community_id, to, unsigned).await?;
    found.map(Some).ok_or_else(|| Error::invalid("to", Fault::not("an identity of this source's community")))
}

fn text_of(new: &NewContent) -> String {
    if new.html { richtext::text_of(&new.body) } else { new.body.clone() }
}

async fn compose(tx: &mut Tx, actor: &Actor, new: &NewContent, thread: &Thread, source: &Source) -> Result<Content> {
    if new.html {
        actor.require_on(&source.id, SourcePermission::ReplyWithHtml)?;
    }
    let author = author(tx, actor, new.author_id.as_ref(), source).await?;
    let now = tx.now();
    Ok(Content {
        creator_id: Some(actor.user.id.clone()),
        body: text_of(new),
        html: new.html.then(|| richtext::sanitize(&new.body)),
        body_input_format: if new.html { BodyFormat::Html } else { BodyFormat::Text },
        title: new.title.clone(),
        private: new.private || source.kind.is_private(),
        language: source.setting("default_content_language").map(str::to_owned),
        auto_submitted: new.auto_submitted,
        structured_content: new.structured_content.clone().map(Json),
        created_from: actor.origin,
        sender_name: Some(sender_name(actor, source)),
        ..Content::new(thread, author, now)
    })
}

/// The identity that a content is written as.
async fn author(tx: &mut Tx, actor: &Actor, wanted: Option<&IdentityId>, source: &Source) -> Result<IdentityId> {
    if let Some(id) = wanted {
        let found = identity::find(tx, id).await?.filter(|i| i.community_id == source.community_id);
        // The setting lets agents write as each other's identities, never as a customer's.
        let any = settings::load(tx).await?.is_on("reply_as_any_identity");
        let own =
            |i: &Identity| i.controlled || actor.user.identity_ids.contains(&i.id) || any && !i.user_ids.is_empty();
        let refused = || Error::invalid("author_id", Fault::not("an identity that you may write as on this source"));
        return found.filter(own).map(|i| i.id).ok_or_else(refused);
    }
    for own in identity::by_ids(tx, &actor.user.identity_ids).await? {
        if own.community_id == source.community_id {
            return Ok(own.id);
        }
    }
    company(tx, source)
        .await?
        .ok_or_else(|| Error::invalid("source_id", Reason::Unfit.says("has no identity to write as")))
}

/// The identity that the company itself writes as on a source: on a third party one that it has told of as the company's,
/// since it looks its authors up; else the source's own.
///
/// # Errors
/// As the store says.
pub(crate) async fn company(tx: &mut Tx, source: &Source) -> Result<Option<IdentityId>> {
    if source.kind == SourceType::Sdk
        && let Some(told) = identity::first_told_controlled(tx, &source.community_id).await?
    {
        return Ok(Some(told.id));
    }
    Ok(source.identity_id.clone())
}

/// The sender's name as the source's setting makes it (`docs/interactions/web-messaging/source.md`).
#[must_use]
pub fn sender_name(actor: &Actor, source: &Source) -> String {
    let user = &actor.user;
    let nickname = user.nickname.as_deref().unwrap_or(&user.firstname);
    let name = source.setting("sender_name").unwrap_or("{{firstname}} {{lastname}}");
    let name = name.replace("{{firstname}}", &user.firstname).replace("{{lastname}}", &user.lastname);
    name.replace("{{nickname}}", nickname).trim().to_owned()
}

/// Writes a composed content with its attachments and sends it on its way, or lets it wait for approval.
async fn finish(
    tx: &mut Tx,
    actor: &Actor,
    content: &mut Content,
    new: &NewContent,
    thread: &mut Thread,
    source: &Source,
) -> Result<()> {
    let files = attachment::claim(tx, &attachment::uploader(actor), &new.attachment_ids).await?;
    if let Some(file) = files.iter().find(|file| !attachment::takes(source, &file.filename, false)) {
        let fault = Reason::FileType.says(format!("has {:?}, a type of file that chats do not take", file.filename));
        return Err(Error::invalid("attachment_ids", fault.with("name", file.filename.as_str())));
    }
    if let Some(given) = &new.structured_content {
        if journal::capabilities(source).is_empty() {
            let message = "this source does not take structured messages";
            return Err(Error::Unprocessable("structured_not_supported", message.into()));
        }
        content.structured_content = Some(Json(structured::check(tx, actor, source, given, &content.body).await?));
    }
    content.attachments_count = i64::try_from(files.len()).unwrap_or(0);
    content.approval_required = approval::is_needed(tx, actor, source, new.ask_approval).await?;
    content.published = !content.approval_required;
    let status = if content.approval_required { SyncStatus::Pending } else { first_sync_status(source) };
    content.synchronization_status = Some(status);
    tx.insert(content).await?;
    attachment::attach(tx, &files, content).await?;
    thread::add_content(thread, content);
    if content.approval_required {
        return approval::ask(tx, actor, content, thread, new.disable_text_input).await;
    }
    if status == SyncStatus::Pending {
        export::begin(tx, content).await?;
    }
    match new.disable_text_input {
        Some(disabled) => switch_text_input(tx, actor, thread, source, disabled).await,
        None => Ok(()),
    }
}

/// How a content that goes out now fares at first: Hubbub's own chat has it as soon as it is stored; a third party
/// must be told first.
pub(crate) fn first_sync_status(source: &Source) -> SyncStatus {
    if source.kind == SourceType::EngageMessaging { SyncStatus::Success } else { SyncStatus::Pending }
}

/// Switches the customer's text input as a content asks, where there is one and it is not so already.
pub(crate) async fn switch_text_input(
    tx: &mut Tx,
    actor: &Actor,
    thread: &mut Thread,
    source: &Source,
    disabled: bool,
) -> Result<()> {
    if source.kind == SourceType::EngageMessaging && thread.text_input_disabled != disabled {
        thread::change_text_input(tx, actor, thread, disabled).await?;
    }
    Ok(())
}

/// Notes what was done to an agent's content, then that it waits for approval, or that its source has it.
pub(crate) fn tell(tx: &mut Tx, actor: &Actor, kind: EventType, content: &Content, thread: &Thread, source: &Source) {
    journal::content(tx, kind, Some(&actor.user.id), content, thread, source);
    if content.approval_required {
        let kind = EventType::ContentApprovalRequested;
        journal::content(tx, kind, Some(&actor.user.id), content, thread, source);
    }
    if content.synchronization_status == Some(SyncStatus::Success) {
        journal::content(tx, EventType::ContentExported, None, content, thread, source);
    }
}

/// Archives a content that waits.
///
/// # Errors
/// 404; 422 when it is under an intervention or is an agent's.
pub async fn ignore(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Content> {
    let (mut content, mut thread, source) = lock(tx, actor, id).await?;
    match content.status {
        ContentStatus::Ignored => return Ok(content),
        ContentStatus::New | ContentStatus::Forwarded => {}
        _ => {
            let message = "only a content that waits for somebody can be ignored";
            return Err(Error::Unprocessable("cannot_be_ignored", message.into()));
        }
    }
    content.status = ContentStatus::Ignored;
    content.updated_at = tx.now();
    tx.update(&content).await?;
    thread::recount(tx, &mut thread).await?;
    journal::content(tx, EventType::ContentIgnored, Some(&actor.user.id), &content, &thread, &source);
    Ok(content)
}

/// Sets the categories of a content.
///
/// # Errors
/// 404; 422 when a category cannot be set here.
pub async fn update_categories(tx: &mut Tx, actor: &Actor, id: &ContentId, ids: Vec<CategoryId>) -> Result<Content> {
    let (mut content, mut thread, source) = lock(tx, actor, id).await?;
    content.category_ids = Json(categorize::check(tx, ids, &source.id, "category_ids").await?);
    content.updated_at = tx.now();
    tx.update(&content).await?;
    thread::gather_categories(tx, &mut thread).await?;
    thread.updated_at = tx.now();
    tx.update(&thread).await?;
    journal::content(tx, EventType::ContentRecategorized, Some(&actor.user.id), &content, &thread, &source);
    Ok(content)
}
