//! Visitors of a messaging source: who they are, their conversations, and the marks of what they have seen.

use model::{AttachmentId, CategoryId, ChatTriggerId, ContentId, EventType, IdentityId, SourceId, ThreadId, Timestamp};
use serde_json::{Map, Value, json};
use store::attachment::Attachment;
use store::community::{self, Community};
use store::content::{self, Content};
use store::identity::{self, Identity};
use store::jwt_key::{self, JwtKey};
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::visitor::{self, Visitor};
use store::{Scope, Tx, chat_trigger, source};

use crate::base::{Error, Fault, Result, journal};
use crate::conversation::{
    attachment,
    ingest::{self, Author, Incoming, Place, Received},
    structured,
};

/// A known visitor.
#[derive(Clone, Debug)]
pub struct Known {
    /// Where.
    pub source: Source,
    /// Who.
    pub identity: Identity,
    /// Until when the signature of the identity holds.
    pub signed_until: Option<Timestamp>,
    /// The hash of the visitor's key.
    pub token_hash: String,
    /// The address of the page that the visitor last looked at.
    pub page_url: Option<String>,
    /// The title of that page.
    pub page_title: Option<String>,
}

impl Known {
    /// What is told of a conversation in which the visitor writes now: the page that they are on, and its variables.
    fn circumstances(&self) -> Map<String, Value> {
        let page = [("page_url", &self.page_url), ("page_title", &self.page_title)];
        let page = page.into_iter().filter_map(|(name, told)| Some((name.to_owned(), told.clone()?.into())));
        let variables = self.identity.extra_values.iter().filter(|(name, _)| name.starts_with("custom_"));
        page.chain(variables.map(|(name, value)| (name.clone(), value.clone()))).collect()
    }

    /// Refuses a visitor whose signed identity has run out.
    ///
    /// # Errors
    /// 401 `jwt_expired`.
    pub fn check_signature(&self, now: Timestamp) -> Result<()> {
        check_signature(self.signed_until, now)
    }
}

/// Refuses a visitor whose signed identity has run out.
///
/// # Errors
/// 401 `jwt_expired`.
pub fn check_signature(signed_until: Option<Timestamp>, now: Timestamp) -> Result<()> {
    // Clocks differ a little (`docs/interactions/web-messaging/integration.md`).
    if signed_until.is_some_and(|until| until.plus_seconds(10) < now) {
        return Err(Error::Unauthorized("jwt_expired", "the session has expired: refresh the page".into()));
    }
    Ok(())
}

/// Finds an active messaging source by its public token. One whose setting `enable_web` is off is not there for web
/// pages.
///
/// # Errors
/// 404.
pub async fn source(tx: &mut Tx, token: &str) -> Result<Source> {
    let found = source::by_token(tx, token).await?;
    let on_web = |s: &Source| s.settings.get("enable_web").and_then(Value::as_bool) != Some(false);
    let found = found.filter(|s| s.active && s.kind.caps().visitors).filter(on_web);
    found.ok_or(Error::NotFound("source"))
}

/// The community of a source.
pub async fn community(tx: &mut Tx, source: &Source) -> Result<Community> {
    community::find(tx, &source.community_id).await?.ok_or(Error::NotFound("community"))
}

/// The keys that sign identities of a source's community.
pub async fn jwt_keys(tx: &mut Tx, source: &Source) -> Result<Vec<JwtKey>> {
    Ok(jwt_key::of_community(tx, &source.community_id).await?)
}

/// That nobody is known by a key.
pub fn unknown() -> Error {
    Error::Unauthorized("unknown_visitor", "begin a session first".into())
}

/// Finds the visitor behind a key.
///
/// # Errors
/// 401 when the key is not known here, or the community would not let the visitor begin a session now; 401
/// `jwt_expired` when the signature of the identity has run out.
pub async fn find(tx: &mut Tx, source: Source, token_hash: &str) -> Result<Known> {
    let visitor = visitor::find(tx, &source.id, token_hash).await?.ok_or_else(unknown)?;
    // A community may have begun to ask for signatures, or have taken back the key that signed this one.
    let community = &source.community_id;
    let welcome = match (visitor.signed_until, &visitor.jwt_key_id) {
        (None, _) => community::takes_unsigned(tx, community).await?,
        (Some(_), Some(key)) => jwt_key::is_there(tx, community, key).await?,
        (Some(_), None) => false,
    };
    if !welcome {
        return Err(unknown());
    }
    let identity = identity::find(tx, &visitor.identity_id).await?.ok_or_else(unknown)?;
    let Visitor { signed_until, token_hash, page_url, page_title, .. } = visitor;
    let known = Known { source, identity, signed_until, token_hash, page_url, page_title };
    known.check_signature(tx.now())?;
    Ok(known)
}

/// Finds the visitor behind a key on the source of a token.
///
/// # Errors
/// 404 for the source, and as [`find`].
pub async fn known(tx: &mut Tx, token: &str, token_hash: &str) -> Result<Known> {
    let source = source(tx, token).await?;
    find(tx, source, token_hash).await
}

/// How many messages of the page one message may bring along.
const ADDED_MAX: usize = 20;

/// What a visitor writes.
#[derive(Clone, Debug)]
pub struct Written {
    /// The visitor's own id of it: the same again is the same message.
    pub client_id: String,
    /// In which conversation; none begins a new one.
    pub thread_id: Option<ThreadId>,
    /// The text.
    pub body: String,
    /// Its language as far as the browser tells, where the source does not say which one it is.
    pub language: Option<String>,
    /// Files that were sent before.
    pub attachment_ids: Vec<AttachmentId>,
    /// The trigger that showed the chat, where a conversation begins.
    pub trigger_id: Option<ChatTriggerId>,
    /// The button of a structured message that was pressed: its message, and its payload.
    pub reply_to: Option<(ContentId, Option<String>)>,
    /// What the page said before it, to be recorded ahead of it.
    pub before: Vec<Added>,
}

/// A message that the page added (`_addMessage`, `docs/interactions/web-messaging/javascript-api.md`).
#[derive(Clone, Debug)]
pub struct Added {
    /// The page's own id of it: the same again is the same message.
    pub client_id: String,
    /// The text.
    pub body: String,
    /// In the company's name rather than the visitor's.
    pub agent: bool,
}

/// Takes in what a visitor writes, after what the page said before it.
///
/// # Errors
/// 404 when the conversation is not theirs; 403 when it is closed or its text input is switched off; 422 when
/// there is nothing in it, or too much.
pub async fn write(tx: &mut Tx, known: &Known, written: Written) -> Result<Received> {
    if written.before.len() > ADDED_MAX {
        return Err(Error::invalid("before", Fault::too_many(ADDED_MAX)));
    }
    let source = &known.source;
    if let Some(same) = content::find_foreign(tx, &source.id, &written.client_id).await?
        && same.author_id == known.identity.id
    {
        let scope = Scope::Sources(vec![source.id.clone()]);
        let thread = threads::find(tx, &scope, &same.thread_id).await?.ok_or(Error::NotFound("thread"))?;
        return Ok(Received { content: same, thread, author: known.identity.clone(), is_new: false });
    }
    let mut place = place_of(tx, known, &written).await?;
    let pressed = match (&written.reply_to, &place) {
        (Some((id, payload)), Place::Known(thread)) => {
            Some(pressed(tx, thread, id, &written.body, payload.as_deref()).await?)
        }
        (Some(_), _) => return Err(Error::invalid("reply_to", Fault::not("a message of this conversation"))),
        (None, _) => None,
    };
    let begun = begun(tx, source, &place, written.trigger_id.as_ref()).await?;
    let uploader = format!("identity:{}", known.identity.id);
    let attachments = attachment::claim(tx, &uploader, &written.attachment_ids).await?;
    for added in written.before {
        if let Some(thread) = record_added(tx, known, place.clone(), added, &begun).await? {
            place = Place::Known(thread.id);
        }
    }
    let mut incoming = Incoming::text(source.clone(), as_known(&known.identity), place, written.body);
    incoming.foreign_id = Some(written.client_id);
    let told = written.language.filter(|_| source.setting("default_content_language").is_none());
    incoming.attachments = attachments;
    incoming.extra_data = known.circumstances();
    begun.mark(&mut incoming);
    incoming.language = incoming.language.or(told);
    if let Some((answered, reply)) = pressed {
        incoming.answers = Some(answered);
        incoming.context_data.insert("structured_reply".into(), reply);
    }
    ingest::receive(tx, incoming).await.map_err(|e| of_field(e, "id", "client_id"))
}

/// In which conversation something is written.
async fn place_of(tx: &mut Tx, known: &Known, written: &Written) -> Result<Place> {
    let Some(id) = &written.thread_id else { return Ok(Place::New) };
    let thread = own_thread(tx, known, id).await?;
    if thread.closed {
        return Err(Error::Forbidden("thread_closed", "this conversation is closed".into()));
    }
    if thread.text_input_disabled && written.reply_to.is_none() {
        return Err(Error::Forbidden("text_input_disabled", "you cannot write here at the moment".into()));
    }
    Ok(Place::Known(id.clone()))
}

/// The message whose button was pressed, and what is kept of it with the answer.
async fn pressed(
    tx: &mut Tx,
    thread: &ThreadId,
    message: &ContentId,
    title: &str,
    payload: Option<&str>,
) -> Result<(ContentId, Value)> {
    let found = content::find(tx, &Scope::All, message).await?.filter(|c| c.thread_id == *thread && is_shown(c));
    let found = found.ok_or_else(|| Error::invalid("reply_to", Fault::not("a message of this conversation")))?;
    let reply = structured::pressed(&found, title, payload)?;
    Ok((found.id, reply))
}

/// What a conversation has of the trigger from which it began.
#[derive(Default)]
struct Begun {
    /// For programs and agents, as it was then; nothing once the conversation is there.
    extra_data: Map<String, Value>,
    category_ids: Vec<CategoryId>,
    language: Option<String>,
}

impl Begun {
    fn mark(&self, incoming: &mut Incoming) {
        incoming.extra_data.extend(self.extra_data.clone());
        incoming.category_ids.clone_from(&self.category_ids);
        incoming.language.clone_from(&self.language);
    }
}

/// What the trigger that showed the chat gives to a conversation that begins; of one that is there, the language stays
/// that of the trigger it began from. A trigger that is gone, or of another chat, gives nothing.
async fn begun(tx: &mut Tx, source: &Source, place: &Place, told: Option<&ChatTriggerId>) -> Result<Begun> {
    let (id, is_new) = match place {
        Place::Known(thread) => {
            let thread = threads::find(tx, &Scope::Sources(vec![source.id.clone()]), thread).await?;
            let id = thread.and_then(|t| t.extra_data.get("trigger_id").and_then(Value::as_str).map(str::to_owned));
            (id.and_then(|id| ChatTriggerId::parse(&id)), false)
        }
        _ => (told.cloned(), true),
    };
    let Some(id) = id else { return Ok(Begun::default()) };
    let Some(trigger) = chat_trigger::find(tx, &id).await?.filter(|t| t.source_id == source.id) else {
        return Ok(Begun::default());
    };
    let language = trigger.language;
    if !is_new {
        return Ok(Begun { language, ..Begun::default() });
    }
    let extra_data = [("trigger_id", trigger.id.to_string()), ("trigger_name", trigger.label)];
    let extra_data = extra_data.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    Ok(Begun { extra_data, category_ids: trigger.category_ids.0, language })
}

/// Records a message that the page added; none when it was recorded before.
async fn record_added(tx: &mut Tx, known: &Known, place: Place, added: Added, begun: &Begun) -> Result<Option<Thread>> {
    let source = &known.source;
    if content::find_foreign(tx, &source.id, &added.client_id).await?.is_some() {
        return Ok(None);
    }
    let author = match &source.identity_id {
        Some(id) if added.agent => identity::find(tx, id).await?.ok_or(Error::NotFound("identity"))?,
        _ => known.identity.clone(),
    };
    let mut incoming = Incoming::text(source.clone(), as_known(&author), place, added.body);
    incoming.foreign_id = Some(added.client_id);
    incoming.automatic = true;
    begun.mark(&mut incoming);
    let received = ingest::receive(tx, incoming).await;
    Ok(Some(received.map_err(|e| of_field(e, "body", "before"))?.thread))
}

/// An author of whom nothing new is told.
fn as_known(identity: &Identity) -> Author {
    Author { foreign_id: identity.foreign_id.clone(), ..Author::default() }
}

/// Names a field as the visitor's side does.
fn of_field(error: Error, from: &str, to: &str) -> Error {
    match error {
        Error::Invalid { field, fault } if field == from => Error::invalid(to, fault),
        other => other,
    }
}

/// A conversation of the visitor, held for a change.
///
/// # Errors
/// 404.
pub async fn own_thread(tx: &mut Tx, known: &Known, id: &ThreadId) -> Result<Thread> {
    let scope = Scope::Sources(vec![known.source.id.clone()]);
    let found = threads::lock(tx, &scope, id).await?;
    found.filter(|t| t.identity_id.as_ref() == Some(&known.identity.id)).ok_or(Error::NotFound("thread"))
}

/// A message with its files.
#[derive(Clone, Debug)]
pub struct Message {
    /// The content.
    pub content: Content,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// Agents have seen it.
    pub seen: bool,
    /// The pictures of its structured message.
    pub pictures: Vec<Attachment>,
    /// The picture of the agent or of the company; none for the visitor's own.
    pub avatar_url: Option<String>,
}

/// Adds to contents what a visitor sees of them.
pub async fn messages(tx: &mut Tx, thread: &Thread, contents: Vec<Content>) -> Result<Vec<Message>> {
    let ids: Vec<ContentId> = contents.iter().filter(|c| c.attachments_count > 0).map(|c| c.id.clone()).collect();
    let files = store::attachment::of_contents(tx, &ids).await?;
    let of = |id: &ContentId| files.iter().filter(|f| f.content_id.as_ref() == Some(id)).cloned().collect();
    let pictures: Vec<AttachmentId> = contents.iter().flat_map(structured::pictures).collect();
    let pictures = store::attachment::by_ids(tx, &pictures).await?;
    let shows = |content: &Content| {
        let ids = structured::pictures(content);
        pictures.iter().filter(|p| ids.contains(&p.id)).cloned().collect()
    };
    let faces = faces(tx, thread, &contents).await?;
    let face =
        |content: &Content| faces.iter().find(|(id, _)| *id == content.author_id).and_then(|(_, url)| url.clone());
    Ok(contents
        .into_iter()
        .filter(is_shown)
        .map(|content| Message {
            attachments: of(&content.id),
            pictures: shows(&content),
            seen: thread.is_seen(content.ordinal),
            avatar_url: face(&content).filter(|_| content.is_from_agent()),
            content,
        })
        .collect())
}

/// The pictures beside agents' contents: an agent's own identity has one of its own, else it is the source's
/// (`docs/interactions/web-messaging/source.md`).
async fn faces(tx: &mut Tx, thread: &Thread, contents: &[Content]) -> Result<Vec<(IdentityId, Option<String>)>> {
    let mut authors: Vec<IdentityId> =
        contents.iter().filter(|c| c.is_from_agent()).map(|c| c.author_id.clone()).collect();
    if authors.is_empty() {
        return Ok(Vec::new());
    }
    authors.sort();
    authors.dedup();
    let source = source::find(tx, &thread.source_id).await?.ok_or(Error::NotFound("source"))?;
    let own = identity::by_ids(tx, &authors).await?;
    let shared = source.setting("avatar_url").map(str::to_owned);
    Ok(own.into_iter().map(|i| (i.id, i.avatar_url.or_else(|| shared.clone()))).collect())
}

/// Whether a visitor sees a content: what waits for approval is not theirs yet.
#[must_use]
pub fn is_shown(content: &Content) -> bool {
    content.published && !content.approval_required && !content.remotely_deleted
}

/// A conversation with its newest message.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The thread.
    pub thread: Thread,
    /// Its newest message.
    pub last: Option<Message>,
}

/// The visitor's conversations, newest activity first, at most 100.
pub async fn conversations(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<Vec<Conversation>> {
    let scope = Scope::Sources(vec![source.clone()]);
    let threads = threads::of_identities(tx, &scope, std::slice::from_ref(identity), None, 100).await?;
    let mut found = Vec::with_capacity(threads.len());
    for thread in threads {
        let conversation = conversation(tx, thread).await?;
        // One that an agent begins with something that waits for approval is not there yet.
        if conversation.last.is_some() {
            found.push(conversation);
        }
    }
    Ok(found)
}

/// How many agents' messages the visitor has not read, and how many of their conversations are not closed.
pub async fn count(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<(i64, i64)> {
    Ok(threads::count_of_identity(tx, source, identity).await?)
}

/// A thread as a conversation.
pub async fn conversation(tx: &mut Tx, thread: Thread) -> Result<Conversation> {
    let last = content::last_shown(tx, &thread.id).await?;
    let last = messages(tx, &thread, last.into_iter().collect()).await?.pop();
    Ok(Conversation { thread, last })
}

/// Notes that a visitor's device has received agents' contents.
pub async fn mark_delivered(tx: &mut Tx, known: &Known, mut ids: Vec<ContentId>) -> Result<()> {
    ids.truncate(100);
    let mut named = content::by_ids(tx, &ids).await?;
    // In one order for everybody: two of the visitor's tabs then never wait for each other's thread.
    named.sort_by(|a, b| (&a.thread_id, &a.id).cmp(&(&b.thread_id, &b.id)));
    for content in named.into_iter().filter(|content| content.source_id == known.source.id) {
        let thread = match own_thread(tx, known, &content.thread_id).await {
            Err(Error::NotFound(_)) => continue,
            found => found?,
        };
        let scope = Scope::Sources(vec![known.source.id.clone()]);
        let Some(mut content) = content::find(tx, &scope, &content.id).await? else { continue };
        if !content.is_from_agent() || !is_shown(&content) || content.delivered_at.is_some() {
            continue;
        }
        content.delivered_at = Some(tx.now());
        content.updated_at = tx.now();
        tx.update(&content).await?;
        journal::content(tx, EventType::ContentDelivered, None, &content, &thread, &known.source);
    }
    Ok(())
}

/// Notes that a visitor has read a conversation up to a message.
///
/// # Errors
/// 404 when the conversation is not theirs.
pub async fn mark_read(tx: &mut Tx, known: &Known, thread: &ThreadId, up_to: &ContentId) -> Result<Thread> {
    let mut thread = own_thread(tx, known, thread).await?;
    let ids = content::mark_read(tx, &thread.id, up_to).await?;
    if ids.is_empty() {
        return Ok(thread);
    }
    thread.visitor_unread = content::count_unread(tx, &thread.id).await?;
    tx.update(&thread).await?;
    let more = json!({"reader": "customer", "content_ids": ids});
    journal::thread(tx, EventType::ContentRead, None, &thread, more);
    Ok(thread)
}
