//! Visitors of a messaging source: who they are, their conversations, and the marks of what they have seen.

use model::{
    AttachmentId, ContentId, EventType, IdentityId, SignedIdentities, SourceId, SourceType, ThreadId, Timestamp,
};
use serde_json::{Value, json};
use store::attachment::Attachment;
use store::content::{self, Content};
use store::identity::{self, Identity, Visitor};
use store::source::{Community, JwtKey, Source};
use store::thread::{self as threads, Thread};
use store::{Scope, Tx, source};

use super::ingest::{self, Author, Incoming, Place, Received};
use super::{Error, Result, attachment, identity_import, journal};

/// A known visitor.
#[derive(Clone, Debug)]
pub struct Known {
    /// Where.
    pub source: Source,
    /// Who.
    pub identity: Identity,
    /// Until when the signature of the identity holds.
    pub signed_until: Option<Timestamp>,
}

impl Known {
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
    let found = found.filter(|s| s.active && s.kind == SourceType::EngageMessaging).filter(on_web);
    found.ok_or(Error::NotFound("source"))
}

/// The community of a source.
///
/// # Errors
/// As the store says.
pub async fn community(tx: &mut Tx, source: &Source) -> Result<Community> {
    source::community(tx, &source.community_id).await?.ok_or(Error::NotFound("community"))
}

/// The keys that sign identities of a source's community.
///
/// # Errors
/// As the store says.
pub async fn jwt_keys(tx: &mut Tx, source: &Source) -> Result<Vec<JwtKey>> {
    Ok(source::jwt_keys(tx, &source.community_id).await?)
}

/// Who a visitor says to be.
#[derive(Clone, Debug)]
pub enum Claim {
    /// Somebody without a name, or with one that nobody vouches for.
    Unsigned(Option<Author>),
    /// Somebody whom the company vouches for until a time.
    Signed(Author, Timestamp),
}

/// Begins or continues a visit: gives the visitor of `token_hash` when it is known and fits the claim, else makes
/// one under `new_hash`. The last value tells whether the new one was used.
///
/// # Errors
/// 403 when the community requires signed identities or rejects them.
pub async fn begin(
    tx: &mut Tx,
    source: &Source,
    token_hash: Option<String>,
    new_hash: String,
    claim: Claim,
) -> Result<(Identity, bool)> {
    check_claim(&community(tx, source).await?, &claim)?;
    let now = tx.now();
    let known = match token_hash {
        Some(hash) => identity::visitor(tx, &source.id, &hash).await?,
        None => None,
    };
    let identity = match (&known, &claim) {
        (_, Claim::Signed(author, _)) => ingest::find_or_make_author(tx, source, &signed(author)).await?,
        (Some(visitor), Claim::Unsigned(told)) if visitor.signed_until.is_none() => {
            let same = identity::find(tx, &visitor.identity_id).await?.ok_or(Error::NotFound("identity"))?;
            match told {
                Some(told) => {
                    let author = Author { foreign_id: same.foreign_id.clone(), ..told.clone() };
                    ingest::find_or_make_author(tx, source, &author).await?
                }
                None => same,
            }
        }
        (_, Claim::Unsigned(told)) => {
            // A name that nobody vouches for never opens somebody else's history: every browser is its own person.
            let author = Author { foreign_id: model::new_object_id(now), ..told.clone().unwrap_or_default() };
            ingest::find_or_make_author(tx, source, &author).await?
        }
    };
    let signed_until = if let Claim::Signed(_, until) = claim { Some(until) } else { None };
    match known.filter(|v| v.identity_id == identity.id) {
        Some(mut visitor) => {
            visitor.signed_until = signed_until;
            visitor.seen_at = now;
            tx.update(&visitor).await?;
            Ok((identity, false))
        }
        None => {
            let identity_id = identity.id.clone();
            let source_id = source.id.clone();
            tx.insert(&Visitor {
                token_hash: new_hash,
                source_id,
                identity_id,
                signed_until,
                created_at: now,
                seen_at: now,
            })
            .await?;
            Ok((identity, true))
        }
    }
}

fn check_claim(community: &Community, claim: &Claim) -> Result<()> {
    match (community.signed_identities, claim) {
        (SignedIdentities::Required, Claim::Unsigned(_)) => {
            let message = "this chat needs a signed identity";
            Err(Error::Forbidden("signed_identity_required", message.into()))
        }
        (SignedIdentities::Rejected, Claim::Signed(..)) => {
            let message = "this chat takes no signed identities";
            Err(Error::Forbidden("signed_identity_rejected", message.into()))
        }
        _ => Ok(()),
    }
}

/// A signed person is the same on every device: the company's id of them is theirs on the community.
fn signed(author: &Author) -> Author {
    let foreign_id = identity_import::foreign_id_of(author.uuid.as_deref().unwrap_or_default());
    Author { foreign_id, ..author.clone() }
}

/// Finds the visitor behind a key.
///
/// # Errors
/// 401 when the key is not known here; 401 `jwt_expired` when the signature of the identity has run out.
pub async fn find(tx: &mut Tx, source: Source, token_hash: &str) -> Result<Known> {
    let unknown = || Error::Unauthorized("unknown_visitor", "begin a session first".into());
    let visitor = identity::visitor(tx, &source.id, token_hash).await?.ok_or_else(unknown)?;
    let identity = identity::find(tx, &visitor.identity_id).await?.ok_or_else(unknown)?;
    let known = Known { source, identity, signed_until: visitor.signed_until };
    known.check_signature(tx.now())?;
    Ok(known)
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
    /// Files that were sent before.
    pub attachment_ids: Vec<AttachmentId>,
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
        return Err(Error::invalid("before", format!("are too many (at most {ADDED_MAX})")));
    }
    let source = &known.source;
    if let Some(same) = content::find_foreign(tx, &source.id, &written.client_id).await?
        && same.author_id == known.identity.id
    {
        let scope = Scope::Sources(vec![source.id.clone()]);
        let thread = threads::find(tx, &scope, &same.thread_id).await?.ok_or(Error::NotFound("thread"))?;
        return Ok(Received { content: same, thread, author: known.identity.clone(), is_new: false });
    }
    let mut place = match written.thread_id {
        None => Place::New,
        Some(id) => {
            let thread = own_thread(tx, known, &id).await?;
            if thread.closed {
                return Err(Error::Forbidden("thread_closed", "this conversation is closed".into()));
            }
            if thread.text_input_disabled {
                return Err(Error::Forbidden("text_input_disabled", "you cannot write here at the moment".into()));
            }
            Place::Known(id)
        }
    };
    let uploader = format!("identity:{}", known.identity.id);
    let attachments = attachment::claim(tx, &uploader, &written.attachment_ids).await?;
    for added in written.before {
        if let Some(thread) = record_added(tx, known, place.clone(), added).await? {
            place = Place::Known(thread.id);
        }
    }
    let mut incoming = Incoming::text(source.clone(), as_known(&known.identity), place, written.body);
    incoming.foreign_id = Some(written.client_id);
    incoming.attachments = attachments;
    ingest::receive(tx, incoming).await.map_err(|e| of_field(e, "id", "client_id"))
}

/// Records a message that the page added; none when it was recorded before.
async fn record_added(tx: &mut Tx, known: &Known, place: Place, added: Added) -> Result<Option<Thread>> {
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
        Error::Invalid { field, message } if field == from => Error::invalid(to, message),
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
    /// Up to which moment agents have read its thread.
    pub agent_read_at: Timestamp,
}

/// Adds to contents what a visitor sees of them.
///
/// # Errors
/// As the store says.
pub async fn messages(tx: &mut Tx, thread: &Thread, contents: Vec<Content>) -> Result<Vec<Message>> {
    let ids: Vec<ContentId> = contents.iter().filter(|c| c.attachments_count > 0).map(|c| c.id.clone()).collect();
    let files = store::attachment::of_contents(tx, &ids).await?;
    let of = |id: &ContentId| files.iter().filter(|f| f.content_id.as_ref() == Some(id)).cloned().collect();
    let seen = thread.agent_read_at;
    Ok(contents
        .into_iter()
        .filter(is_shown)
        .map(|content| Message { attachments: of(&content.id), content, agent_read_at: seen })
        .collect())
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
///
/// # Errors
/// As the store says.
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
///
/// # Errors
/// As the store says.
pub async fn count(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<(i64, i64)> {
    Ok(threads::count_of_identity(tx, source, identity).await?)
}

/// A thread as a conversation.
///
/// # Errors
/// As the store says.
pub async fn conversation(tx: &mut Tx, thread: Thread) -> Result<Conversation> {
    let last = content::last_shown(tx, &thread.id).await?;
    let last = messages(tx, &thread, last.into_iter().collect()).await?.pop();
    Ok(Conversation { thread, last })
}

/// Notes that a visitor's device has received agents' contents.
///
/// # Errors
/// As the store says.
pub async fn mark_delivered(tx: &mut Tx, known: &Known, ids: Vec<ContentId>) -> Result<()> {
    for id in ids.into_iter().take(100) {
        let scope = Scope::Sources(vec![known.source.id.clone()]);
        let Some(content) = content::find(tx, &scope, &id).await? else { continue };
        let Ok(thread) = own_thread(tx, known, &content.thread_id).await else { continue };
        let Some(mut content) = content::find(tx, &scope, &id).await? else { continue };
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
