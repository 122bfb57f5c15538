//! Contents: what agents and bots write, and what is done to contents that came in.

use model::{
    AttachmentId, BodyFormat, CategoryId, CloseCause, ContentId, ContentStatus, CreatedFrom, EventType, IdentityId,
    SignedIdentities, SourceId, SourcePermission, SyncStatus,
};
use serde_json::Value;
use store::attachment::Attachment;
use store::content::Content;
use store::identity::{self, Identity};
use store::intervention;
use store::source::{self, Source};
use store::thread::Thread;
use store::{Json, Tx, agent_thread, community, thread_line};

use crate::base::{Actor, Error, Fault, Reason, Result, journal};
use crate::conversation::body::{BODY_MAX, MAIL_BODY_MAX};
pub use crate::conversation::held::find;
use crate::conversation::ingest::{self, Author};
use crate::conversation::mail_out::{self, MailIn};
use crate::conversation::{
    act, approval, attachment, bot, handover, held, intervention as cases, live_thread, outgoing, structured, thread,
};
use crate::desk::user::sender_name;
use crate::setup::{categorize, settings, source_settings};

/// How many of the company's identities are offered to write as.
const FACES_MAX: i64 = 50;
/// The tag of pictures, which stand in mails alone.
const IMG: &str = "img";
/// The types of files that can stand in the text of a mail.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

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
    /// What is said of it where it goes out as a mail.
    pub mail: MailIn,
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
    let mut refused = if new.html { richtext::refused_tags(&new.body) } else { Vec::new() };
    // Whether the source takes pictures is seen when it is known.
    refused.retain(|tag| tag != IMG || richtext::placed(&new.body).is_none());
    if !refused.is_empty() {
        return Err(Error::HtmlNotAllowed(refused));
    }
    if text_of(&new).trim().is_empty() && new.attachment_ids.is_empty() && new.structured_content.is_none() {
        return Err(Error::invalid("body", Fault::blank()));
    }
    if new.body.chars().count() > MAIL_BODY_MAX {
        return Err(Error::invalid("body", Fault::too_long(MAIL_BODY_MAX)));
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
    let (answered, mut thread, source) = held::lock(tx, actor, to).await?;
    actor.require_on(&source.id, SourcePermission::Reply)?;
    let limit = handover::loop_limit(tx, actor, &thread).await?;
    if thread.closed {
        return Err(Error::Forbidden("cant_reply_to_closed_thread", "Can't reply to closed thread".into()));
    }
    let refused = answered.is_from_agent() && (!answered.published || answered.remotely_deleted);
    if refused || answered.synchronization_status.is_some_and(|s| s != SyncStatus::Success) {
        return Err(Error::Unprocessable("not_synchronized", "what you answer has not reached the other side".into()));
    }
    let mut case = match outgoing::customer_of(&answered, &thread) {
        Some(customer) => intervention::find_open(tx, &thread.id, &customer).await?,
        None => None,
    };
    if case.as_ref().is_none_or(|case| case.user_id != actor.user.id) {
        handover::require_given(&actor.user, &thread)?;
    }
    if case.is_none() && settings::REPLY_REQUIRES_INTERVENTION.now(tx).await? {
        let message = "what you answer is not under an open intervention";
        return Err(Error::Unprocessable("intervention_required", message.into()));
    }
    if case.is_none() && thread.is_live_chat() {
        case = cases::take(tx, actor, &mut thread).await?;
        // That they took it stands above what they say.
        thread.last_ordinal = thread_line::write_noted(tx, &thread.id).await?;
    }
    let mut reply = compose(tx, actor, &new, &thread, &source).await?;
    reply.status = ContentStatus::UserReply;
    reply.in_reply_to_id = Some(answered.id.clone());
    reply.in_reply_to_author_id = Some(answered.author_id.clone());
    reply.private |= answered.private;
    reply.language = answered.language.clone();
    reply.kind = act::kind_of_answer(&answered);
    reply.intervention_id = case.as_ref().map(|c| c.id.clone());
    finish(tx, actor, &mut reply, &new, (&mut thread, Some(&answered)), &source).await?;
    if !reply.approval_required {
        outgoing::count_reply(tx, &reply, &answered, case.as_mut(), &thread, &source).await?;
    }
    live_thread::note_act(tx, &thread, &actor.user.id).await?;
    thread.bot_streak += i64::from(handover::writes_as_bot(actor, &thread));
    thread::recount(tx, &mut thread).await?;
    send(tx, actor, EventType::ContentReplied, &reply, &thread, &source).await?;
    // What somebody has answered they have read, be it ever so quickly.
    if actor.origin == CreatedFrom::Interface {
        agent_thread::read(tx, &actor.user.id, &thread.id, answered.ordinal).await?;
    }
    bot::stop_loop(tx, actor, &mut thread, limit).await?;
    Ok(reply)
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
    if source.is_live_chat() {
        return Err(Error::forbidden(Reason::NotForThis.says("a live chat is begun by its visitor alone")));
    }
    if !source_settings::begins_discussions(&source) {
        return Err(Error::forbidden(Reason::NotForThis.says("on this source visitors alone begin conversations")));
    }
    let recipient = match source.kind.caps().mail {
        true => Some(correspondent(tx, &source, &mail_out::begun_with(&new.mail)?).await?),
        false => recipient(tx, &source, new.to.as_deref()).await?.map(|recipient| recipient.id),
    };
    let now = tx.now();
    let mut thread = Thread {
        title: new.title.clone(),
        chat_mode: source.chat_mode(),
        private: new.private,
        identity_id: recipient,
        ..Thread::new(source.id.clone(), now)
    };
    tx.insert(&thread).await?;
    let mut content = compose(tx, actor, &new, &thread, &source).await?;
    content.status = ContentStatus::UserInitiated;
    content.first_in_thread = true;
    let categories = source_settings::default_categories(tx, &source, "user_thread_default_category_ids").await?;
    content.category_ids = Json(categories);
    thread::add_categories(&mut thread, &content);
    if source.kind.caps().publishes {
        content.kind = if new.private { "private_message" } else { "thread" }.into();
    }
    if source.kind.caps().mail {
        content.kind = mail_out::KIND.into();
    }
    finish(tx, actor, &mut content, &new, (&mut thread, None), &source).await?;
    thread.bot_streak = i64::from(actor.user.bot);
    tx.update(&thread).await?;
    send(tx, actor, EventType::ContentDiscussionInitiated, &content, &thread, &source).await?;
    Ok(content)
}

/// The identity of somebody who is written to by mail.
async fn correspondent(tx: &mut Tx, source: &Source, party: &mail::Party) -> Result<IdentityId> {
    let address = party.address().to_lowercase();
    if let Some(known) = identity::find_foreign(tx, &source.community_id, &address).await? {
        return Ok(known.id);
    }
    let author = Author {
        screenname: Some(party.name().map_or_else(|| party.address(), str::to_owned)),
        email: Some(address.clone()),
        foreign_id: address,
        ..Author::default()
    };
    Ok(ingest::find_or_make_author(tx, source, &author).await?.id)
}

/// The identity that a discussion is begun with. A source that publishes to everybody needs none.
async fn recipient(tx: &mut Tx, source: &Source, to: Option<&str>) -> Result<Option<Identity>> {
    let Some(to) = to else {
        if !source.kind.caps().publishes {
            return Err(Error::invalid(
                "to",
                Reason::Required.says("is required to begin a discussion on this source"),
            ));
        }
        return Ok(None);
    };
    // Where identities are signed, an id that nobody vouched for may be anybody's.
    let community = community::find(tx, &source.community_id).await?.ok_or(Error::NotFound("community"))?;
    let unsigned = community.signed_identities == SignedIdentities::Rejected;
    let found = identity::find_by_any(tx, &source.community_id, to, unsigned).await?;
    found.map(Some).ok_or_else(|| Error::invalid("to", Fault::not("an identity of this source's community")))
}

/// The files that stand in the text as pictures, by their ids.
fn placed(new: &NewContent) -> Vec<String> {
    let all = if new.html { richtext::placed(&new.body) } else { None };
    all.unwrap_or_default()
}

/// Marks the files that stand in the text of a mail as pictures.
///
/// # Errors
/// 422 when one of them is not there, or is no picture.
fn embed(new: &NewContent, files: &mut [Attachment]) -> Result<()> {
    for id in placed(new) {
        let Some(file) = files.iter_mut().find(|file| file.id.as_str() == id) else {
            return Err(Error::invalid("attachment_ids", Fault::no("picture of the text", format_args!("{id}"))));
        };
        if !PICTURES.contains(&file.content_type.as_str()) {
            let fault = Reason::FileType.says(format!("has {:?}, which is no picture", file.filename));
            return Err(Error::invalid("attachment_ids", fault.with("name", file.filename.as_str())));
        }
        file.embed = true;
        file.foreign_id = Some(id);
    }
    Ok(())
}

fn text_of(new: &NewContent) -> String {
    if new.html { richtext::text_of(&new.body) } else { new.body.clone() }
}

async fn compose(tx: &mut Tx, actor: &Actor, new: &NewContent, thread: &Thread, source: &Source) -> Result<Content> {
    if new.html {
        actor.require_on(&source.id, SourcePermission::ReplyWithHtml)?;
    }
    let mails = source.kind.caps().mail;
    if new.html && !mails && !placed(new).is_empty() {
        return Err(Error::HtmlNotAllowed(vec![IMG.into()]));
    }
    let clean = if mails { richtext::written } else { richtext::sanitize };
    let author = author(tx, actor, new.author_id.as_ref(), source, "author_id").await?;
    let now = tx.now();
    Ok(Content {
        creator_id: Some(actor.user.id.clone()),
        body: text_of(new),
        html: new.html.then(|| clean(&new.body)),
        body_input_format: if new.html { BodyFormat::Html } else { BodyFormat::Text },
        title: new.title.clone(),
        private: new.private || source.kind.caps().private,
        language: source.setting("default_content_language").map(str::to_owned),
        auto_submitted: new.auto_submitted,
        structured_content: new.structured_content.clone().map(Json),
        created_from: actor.origin,
        sender_name: Some(sender_name(&actor.user, source)),
        ..Content::new(thread, author, now)
    })
}

/// The identity that a content is written as, or something is done as: `wanted`, which `field` names, or the actor's own.
pub(crate) async fn author(
    tx: &mut Tx,
    actor: &Actor,
    wanted: Option<&IdentityId>,
    source: &Source,
    field: &str,
) -> Result<IdentityId> {
    if let Some(id) = wanted {
        let found = identity::find(tx, id).await?.filter(|i| i.community_id == source.community_id);
        // The setting lets agents write as each other's identities, never as a customer's.
        let any = settings::REPLY_AS_ANY_IDENTITY.now(tx).await?;
        let own =
            |i: &Identity| i.controlled || actor.user.identity_ids.contains(&i.id) || any && !i.user_ids.is_empty();
        let refused = || Error::invalid(field, Fault::not("an identity that you may write as on this source"));
        return found.filter(own).map(|i| i.id).ok_or_else(refused);
    }
    for own in identity::by_ids(tx, &actor.user.identity_ids).await? {
        if own.community_id == source.community_id {
            return Ok(own.id);
        }
    }
    outgoing::company(tx, source)
        .await?
        .ok_or_else(|| Error::invalid("source_id", Reason::Unfit.says("has no identity to write as")))
}

/// As whom the actor can choose to write on a third party, which looks its authors up: as the one that they are there anyway, who
/// stands first, an identity of their own, or one that was told of as the company's. Empty where there is no choice.
pub async fn faces(tx: &mut Tx, actor: &Actor, source: &Source) -> Result<Vec<Identity>> {
    if !source.kind.caps().sdk || !actor.can_on(&source.id, SourcePermission::Reply) {
        return Ok(Vec::new());
    }
    let usual = match author(tx, actor, None, source, "author_id").await {
        Ok(id) => id,
        Err(Error::Invalid { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut all = identity::by_ids(tx, std::slice::from_ref(&usual)).await?;
    let own = identity::by_ids(tx, &actor.user.identity_ids).await?.into_iter();
    let told = identity::told_controlled(tx, &source.community_id, FACES_MAX).await?;
    for one in own.filter(|one| one.community_id == source.community_id).chain(told) {
        if !all.iter().any(|known| known.id == one.id) {
            all.push(one);
        }
    }
    Ok(if all.len() > 1 { all } else { Vec::new() })
}

/// Writes a composed content with its attachments, and lets it wait for approval where it must.
async fn finish(
    tx: &mut Tx,
    actor: &Actor,
    content: &mut Content,
    new: &NewContent,
    (thread, answered): (&mut Thread, Option<&Content>),
    source: &Source,
) -> Result<()> {
    let mails = source.kind.caps().mail;
    if !mails && content.body.chars().count().max(new.body.chars().count()) > BODY_MAX {
        return Err(Error::invalid("body", Fault::too_long(BODY_MAX)));
    }
    if let Some(field) = new.mail.alone().filter(|_| !mails) {
        return Err(Error::invalid(field, Reason::NotForThis.says("is for e-mail sources alone")));
    }
    if !answered.map_or_else(|| act::takes(source, &content.kind), |answered| act::is_answerable(source, answered)) {
        let message = "this source takes nothing that agents write";
        return Err(Error::Unprocessable("create_not_supported", message.into()));
    }
    let mut files = attachment::claim(tx, &attachment::uploader(actor), &new.attachment_ids).await?;
    if !files.is_empty() && !attachment::takes_files(source, &content.kind) {
        let message = "this source takes no files with what is written here";
        return Err(Error::Unprocessable("attachments_not_supported", message.into()));
    }
    if let Some(file) = files.iter().find(|file| !attachment::takes(source, &file.filename, false)) {
        let fault = Reason::FileType.says(format!("has {:?}, a type of file that chats do not take", file.filename));
        return Err(Error::invalid("attachment_ids", fault.with("name", file.filename.as_str())));
    }
    embed(new, &mut files)?;
    if let Some(given) = &new.structured_content {
        if journal::capabilities(source).is_empty() {
            let message = "this source does not take structured messages";
            return Err(Error::Unprocessable("structured_not_supported", message.into()));
        }
        content.structured_content = Some(Json(structured::check(tx, actor, source, given, &content.body).await?));
    }
    let draft = match mails {
        true => Some(mail_out::draft(tx, actor, source, content, (thread, answered), &new.mail, &files).await?),
        false => None,
    };
    content.attachments_count = i64::try_from(files.len()).unwrap_or(0);
    content.approval_required = approval::is_needed(tx, actor, source, new.ask_approval).await?;
    content.published = !content.approval_required;
    let status = if content.approval_required { SyncStatus::Pending } else { outgoing::first_sync_status(source) };
    content.synchronization_status = Some(status);
    tx.insert(content).await?;
    attachment::attach(tx, &files, content).await?;
    if let Some(draft) = draft {
        mail_out::keep(tx, &draft).await?;
    }
    thread::add_content(thread, content);
    if content.approval_required {
        return approval::ask(tx, actor, content, thread, new.disable_text_input).await;
    }
    match new.disable_text_input {
        Some(disabled) => outgoing::switch_text_input(tx, actor, thread, source, disabled).await,
        None => Ok(()),
    }
}

/// Sends a written content on its way, unless it waits for approval.
async fn send(
    tx: &mut Tx,
    actor: &Actor,
    kind: EventType,
    content: &Content,
    thread: &Thread,
    source: &Source,
) -> Result<()> {
    let by = Some(&actor.user.id);
    if !content.approval_required {
        return outgoing::release(tx, by, kind, content, thread, source).await;
    }
    journal::content(tx, kind, by, content, thread, source);
    journal::content(tx, EventType::ContentApprovalRequested, by, content, thread, source);
    Ok(())
}

/// Archives a content that waits. A live chat in which nothing else waits and nobody is at work ends by that.
///
/// # Errors
/// 404; 403 in a live chat without the permission to reply or to close it; 422 when it is under an intervention or is an
/// agent's.
pub async fn ignore(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Content> {
    let (mut content, mut thread, source) = held::lock(tx, actor, id).await?;
    thread::require_archives(actor, &thread)?;
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
    if thread.new_contents_count == 0 && thread.open_interventions_count == 0 {
        thread::end_live(tx, Some(&actor.user.id), &mut thread, &source, CloseCause::Intervention).await?;
    }
    Ok(content)
}

/// Sets the categories of a content.
///
/// # Errors
/// 404; 422 when a category cannot be set here.
pub async fn update_categories(tx: &mut Tx, actor: &Actor, id: &ContentId, ids: Vec<CategoryId>) -> Result<Content> {
    let (mut content, mut thread, source) = held::lock(tx, actor, id).await?;
    content.category_ids = Json(categorize::check(tx, ids, &source.id, "category_ids").await?);
    content.updated_at = tx.now();
    tx.update(&content).await?;
    thread::gather_categories(tx, &mut thread).await?;
    thread.updated_at = tx.now();
    tx.update(&thread).await?;
    journal::content(tx, EventType::ContentRecategorized, Some(&actor.user.id), &content, &thread, &source);
    Ok(content)
}
