//! Visitors of a messaging source: who they are, their conversations, and the marks of what they have seen.

use model::{AttachmentId, ContentId, CreatedFrom, EventType, IdentityId, SourceId, ThreadId, Timestamp, UserId};
use serde_json::{Map, Value, json};
use store::attachment::Attachment;
use store::chat_thread::{self, ChatThread};
use store::community::{self, Community};
use store::content::{self, Content};
use store::identity::{self, Identity};
use store::jwt_key::{self, JwtKey};
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::visitor::{self, Facts, Visitor};
use store::{Scope, Tx, source, user_picture};

use crate::arrival::filled;
use crate::base::{Error, Result, checks::distinct, journal};
use crate::conversation::structured;
use crate::desk::picture::{self, Face};
use crate::setup::source_settings;

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
    /// Since when they are on that page.
    pub page_at: Option<Timestamp>,
    /// Since when they are on the site.
    pub visit_at: Option<Timestamp>,
    /// How many visits they have made, this one included.
    pub visits: Option<i64>,
    /// How many pages this one has.
    pub pages: Option<i64>,
    /// The custom variables that the document has filled in.
    pub filled: Option<Vec<String>>,
    /// Their app shows one conversation alone, and names none.
    pub single_thread: bool,
}

impl Known {
    /// A visitor as their row says.
    pub(super) fn new(source: Source, identity: Identity, visitor: Visitor) -> Self {
        let Visitor { signed_until, token_hash, page_url, page_title, page_at, visit_at, facts, .. } = visitor;
        let Facts { visits, pages, filled, .. } = facts.0;
        let single_thread = visitor.single_thread;
        Self {
            source,
            identity,
            signed_until,
            token_hash,
            page_url,
            page_title,
            page_at,
            visit_at,
            visits,
            pages,
            filled,
            single_thread,
        }
    }

    /// What is told of a conversation in which the visitor writes now: the page that they are on, and its variables; of one
    /// that `begins`, the visit too.
    pub(crate) fn circumstances(&self, begins: bool) -> Map<String, Value> {
        let page = [("page_url", &self.page_url), ("page_title", &self.page_title)];
        let page = page.into_iter().filter_map(|(name, told)| Some((name.to_owned(), told.clone()?.into())));
        let told = page.chain(filled::among(self.filled.as_deref(), &self.identity.extra_values));
        told.chain(begins.then(|| self.visit()).into_iter().flatten()).collect()
    }

    /// The visit, as far as the browser has told of it.
    fn visit(&self) -> Map<String, Value> {
        let told = [
            ("page_visit_count", json!(self.pages)),
            ("page_visit_started_at", json!(self.page_at)),
            ("visit_count", json!(self.visits)),
            ("visit_started_at", json!(self.visit_at)),
        ];
        told.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
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
    let on_web = |s: &Source| s.is_live_chat() || source_settings::is_on(s, "enable_web");
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
    let known = Known::new(source, identity, visitor);
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
    pub face: Option<Face>,
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
    let faces = Faces::of(tx, thread, &contents).await?;
    Ok(contents
        .into_iter()
        .filter(is_shown)
        .map(|content| Message {
            attachments: of(&content.id),
            pictures: shows(&content),
            seen: thread.is_seen(content.ordinal),
            face: faces.beside(&content),
            content,
        })
        .collect())
}

/// The pictures beside agents' contents.
struct Faces {
    source: Option<Source>,
    authors: Vec<Identity>,
    users: Vec<(UserId, String)>,
}

impl Faces {
    async fn of(tx: &mut Tx, thread: &Thread, contents: &[Content]) -> Result<Self> {
        let said: Vec<&Content> = contents.iter().filter(|c| c.is_from_agent()).collect();
        if said.is_empty() {
            return Ok(Self { source: None, authors: Vec::new(), users: Vec::new() });
        }
        let authors = distinct(said.iter().map(|c| c.author_id.clone()).collect());
        let users = distinct(said.iter().filter_map(|c| c.creator_id.clone()).collect());
        Ok(Self {
            source: source::find(tx, &thread.source_id).await?,
            authors: identity::by_ids(tx, &authors).await?,
            users: user_picture::names(tx, &users).await?,
        })
    }

    /// The picture beside a content: that of the identity that its agent writes as, else the agent's own, else the source's
    /// (`docs/interactions/web-messaging/source.md`).
    fn beside(&self, content: &Content) -> Option<Face> {
        let source = self.source.as_ref().filter(|_| content.is_from_agent())?;
        let author = self.authors.iter().find(|one| one.id == content.author_id);
        let given = author.and_then(|one| one.avatar_url.clone()).map(Face::Given);
        let user = self.users.iter().find(|(id, _)| content.creator_id.as_ref() == Some(id));
        let own =
            user.filter(|_| content.created_from != CreatedFrom::Automatic).map(|(_, name)| Face::Own(name.clone()));
        // As the source itself, everybody writes who has no other name there.
        let as_source = source.identity_id.as_ref() == Some(&content.author_id);
        let either = if as_source { own.or(given) } else { given.or(own) };
        either.or_else(|| picture::of_source(source))
    }
}

/// Whether a visitor sees a content: what waits for approval is not theirs yet, and of what was erased nothing is left.
#[must_use]
pub fn is_shown(content: &Content) -> bool {
    content.published && !content.approval_required && !content.remotely_deleted && !content.anonymized
}

/// A conversation with its newest message.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The thread.
    pub thread: Thread,
    /// Its newest message.
    pub last: Option<Message>,
    /// Where it stands, where it is a live chat.
    pub live: Option<Live>,
}

/// Where a live chat stands.
#[derive(Clone, Debug)]
pub struct Live {
    /// Its row.
    pub chat: ChatThread,
    /// The picture of who has it, or of the company.
    pub face: Option<Face>,
}

/// The visitor's conversations, newest activity first, at most 100; of a live chat the last one alone.
pub async fn conversations(tx: &mut Tx, source: &Source, identity: &IdentityId) -> Result<Vec<Conversation>> {
    let scope = Scope::Sources(vec![source.id.clone()]);
    let threads = if source.is_live_chat() {
        match chat_thread::newest_of(tx, &source.id, identity).await? {
            Some(chat) => threads::find(tx, &scope, &chat.thread_id).await?.into_iter().collect(),
            None => Vec::new(),
        }
    } else {
        threads::of_identities(tx, &scope, std::slice::from_ref(identity), None, 100).await?
    };
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

/// How many agents' messages the visitor has not read, and in which of their conversations, newest activity first, at most
/// 100 of them.
pub async fn unread(tx: &mut Tx, known: &Known) -> Result<(i64, Vec<(ThreadId, i64)>)> {
    let (source, identity) = (&known.source.id, &known.identity.id);
    let (count, _) = threads::count_of_identity(tx, source, identity).await?;
    Ok((count, threads::unread_of_identity(tx, source, identity, 100).await?))
}

/// Forgets the visitor's key: whoever has it is nobody here any more. What they said stays theirs.
pub async fn forget(tx: &mut Tx, known: &Known) -> Result<()> {
    Ok(visitor::remove(tx, &known.source.id, &known.token_hash).await?)
}

/// Makes sure that a visitor's key has not been forgotten.
///
/// # Errors
/// 401.
pub async fn require_key(tx: &mut Tx, source: &SourceId, token_hash: &str) -> Result<()> {
    visitor::find(tx, source, token_hash).await?.map(drop).ok_or_else(unknown)
}

/// A thread as a conversation.
pub async fn conversation(tx: &mut Tx, thread: Thread) -> Result<Conversation> {
    let last = content::last_shown(tx, &thread.id).await?;
    let last = messages(tx, &thread, last.into_iter().collect()).await?.pop();
    let live = match thread.is_live_chat() {
        true => standing(tx, &thread).await?,
        false => None,
    };
    Ok(Conversation { thread, last, live })
}

/// The live chat that a visitor has on a source and that has not ended.
pub async fn live(tx: &mut Tx, source: &Source, identity: &IdentityId) -> Result<Option<Conversation>> {
    if !source.is_live_chat() {
        return Ok(None);
    }
    let Some(chat) = chat_thread::open_of(tx, &source.id, identity).await? else { return Ok(None) };
    let scope = Scope::Sources(vec![source.id.clone()]);
    match threads::find(tx, &scope, &chat.thread_id).await? {
        Some(thread) => Ok(Some(conversation(tx, thread).await?)),
        None => Ok(None),
    }
}

async fn standing(tx: &mut Tx, thread: &Thread) -> Result<Option<Live>> {
    let Some(chat) = chat_thread::find(tx, &thread.id).await? else { return Ok(None) };
    let source = source::find(tx, &thread.source_id).await?.ok_or(Error::NotFound("source"))?;
    let face = match &chat.user_id {
        Some(user) => picture::of(tx, &source, user).await?,
        None => picture::of_source(&source),
    };
    Ok(Some(Live { chat, face }))
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
