//! What customers say, on its way in: one use case for every channel.
//!
//! A content that came before (same source, same foreign id) is answered with what it became then, so that a
//! channel may send again whenever it is not sure. Where contents change on the other side, `again` has what follows.

use model::{BodyFormat, CategoryId, ContentId, ContentStatus, CreatedFrom, EventType, SourceId, ThreadId, Timestamp};
use serde_json::{Map, Value};
use store::content::{self, Content};
use store::identity::{self, Identity};
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::{Json, Scope, Tx};

use crate::base::{Error, Fault, Reason, Result, journal};
use crate::conversation::again::Retold;
use crate::conversation::{attachment, auto_response, body, invited, resume, thread};
use crate::customers::identity::EXTRA_MAX;
use crate::setup::{categorize, source_settings};

pub use crate::conversation::body::{BODY_MAX, MAIL_BODY_MAX};

/// What a channel knows of an author.
#[derive(Clone, Debug, Default)]
pub struct Author {
    /// Their id on the other side.
    pub foreign_id: String,
    /// The company's own id of the person.
    pub uuid: Option<String>,
    /// The name that they show.
    pub screenname: Option<String>,
    /// First name.
    pub firstname: Option<String>,
    /// Last name.
    pub lastname: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// `man` or `woman`.
    pub gender: Option<String>,
    /// Phone at home.
    pub home_phone: Option<String>,
    /// Mobile phone.
    pub mobile_phone: Option<String>,
    /// Picture.
    pub avatar_url: Option<String>,
    /// Anything else.
    pub extra_values: Map<String, Value>,
    /// The company may write as this identity.
    pub controlled: bool,
}

/// Which thread a content belongs to.
#[derive(Clone, Debug)]
pub enum Place {
    /// The thread with this id on the other side, made when it is not there.
    Foreign(String),
    /// A known thread.
    Known(ThreadId),
    /// A new one.
    New,
}

/// A content as a channel brings it.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Where it came in.
    pub source: Source,
    /// Whose word it is.
    pub author: Author,
    /// Its thread.
    pub place: Place,
    /// Its id on the other side.
    pub foreign_id: Option<String>,
    /// Its type within its source.
    pub kind: &'static str,
    /// Its text, or HTML that is sanitized here.
    pub body: String,
    /// Which of the two.
    pub format: BodyFormat,
    /// HTML that was made safe before, beside the text.
    pub html: Option<String>,
    /// Its subject.
    pub title: Option<String>,
    /// Not public on the other side.
    pub private: bool,
    /// Its language.
    pub language: Option<String>,
    /// The content that it answers, by its id on the other side.
    pub in_reply_to: Option<String>,
    /// The content that it answers, when that is known.
    pub answers: Option<ContentId>,
    /// Its categories on the other side.
    pub categories: Vec<String>,
    /// What a thread that begins with it gets beside the source's defaults.
    pub category_ids: Vec<CategoryId>,
    /// Its circumstances.
    pub context_data: Map<String, Value>,
    /// What is told with it of its thread.
    pub extra_data: Map<String, Value>,
    /// Where it can be seen.
    pub source_url: Option<String>,
    /// A structured message, checked by the channel.
    pub structured_content: Option<Value>,
    /// Files that were stored before.
    pub attachments: Vec<store::attachment::Attachment>,
    /// When it was written, when the channel knows.
    pub written_at: Option<Timestamp>,
    /// What can be done with it on the other side, when the channel knows.
    pub actions: Option<Vec<String>>,
    /// Whether it is visible there, when the channel knows.
    pub published: Option<bool>,
    /// When it last changed there, when the channel knows.
    pub updated_at: Option<Timestamp>,
    /// A machine wrote it in the author's name.
    pub automatic: bool,
    /// Nobody has to look at it: it is archived, and wakes nothing.
    pub quiet: bool,
    /// The source answers nothing to it by itself.
    pub unanswered: bool,
}

impl Incoming {
    /// A plain text by `author` with nothing else.
    #[must_use]
    pub fn text(source: Source, author: Author, place: Place, body: String) -> Self {
        Self {
            source,
            author,
            place,
            foreign_id: None,
            kind: "message",
            body,
            format: BodyFormat::Text,
            html: None,
            title: None,
            private: false,
            language: None,
            in_reply_to: None,
            answers: None,
            categories: Vec::new(),
            category_ids: Vec::new(),
            context_data: Map::new(),
            extra_data: Map::new(),
            source_url: None,
            structured_content: None,
            attachments: Vec::new(),
            written_at: None,
            actions: None,
            published: None,
            updated_at: None,
            automatic: false,
            quiet: false,
            unanswered: false,
        }
    }
}

impl From<&Incoming> for Retold {
    fn from(incoming: &Incoming) -> Self {
        Self {
            body: Some((incoming.body.clone(), incoming.format)).filter(|(body, _)| !body.trim().is_empty()),
            title: incoming.title.clone(),
            categories: Some(incoming.categories.clone()).filter(|categories| !categories.is_empty()),
            actions: incoming.actions.clone(),
            published: incoming.published,
            source_url: incoming.source_url.clone(),
            updated_at: incoming.updated_at,
        }
    }
}

/// What became of a content.
#[derive(Clone, Debug)]
pub struct Received {
    /// The content.
    pub content: Content,
    /// Its thread, as it is now.
    pub thread: Thread,
    /// Its author.
    pub author: Identity,
    /// It had not come before.
    pub is_new: bool,
}

/// Takes in a content: finds or makes its author and thread, decides its status, tells the journal.
///
/// # Errors
/// 422 when the body is missing or too long; 404 when a known thread is not of this source.
pub async fn receive(tx: &mut Tx, incoming: Incoming) -> Result<Received> {
    check(&incoming)?;
    let known = match &incoming.foreign_id {
        Some(id) => content::find_of_kind(tx, &incoming.source.id, incoming.kind, id).await?,
        None => None,
    };
    // Whoever was erased is not made anew by what they said before.
    if let Some(known) = known.as_ref().filter(|known| known.anonymized) {
        let author = identity::find(tx, &known.author_id).await?.ok_or(Error::NotFound("identity"))?;
        return again(tx, known.clone(), author).await;
    }
    let author = find_or_make_author(tx, &incoming.source, &incoming.author).await?;
    if let Some(known) = known {
        return again(tx, known, author).await;
    }
    receive_from(tx, incoming, author).await
}

/// Takes in a content that has not come before, as the caller has seen in this transaction.
///
/// # Errors
/// As for [`receive`].
pub async fn receive_new(tx: &mut Tx, incoming: Incoming) -> Result<Received> {
    check(&incoming)?;
    let author = find_or_make_author(tx, &incoming.source, &incoming.author).await?;
    receive_from(tx, incoming, author).await
}

async fn receive_from(tx: &mut Tx, incoming: Incoming, author: Identity) -> Result<Received> {
    let mut thread = find_or_make_thread(tx, &incoming).await?;
    let answered = answered(tx, &incoming).await?;
    let categories = categories(tx, &incoming, &author, &thread).await?;
    let mut content = compose(&incoming, &author, &thread, answered, categories, tx.now());
    let asks = !author.controlled && !incoming.quiet;
    let case = if asks { resume::case_for(tx, &mut thread, &content).await? } else { None };
    content.status = match &case {
        _ if author.controlled && incoming.automatic => ContentStatus::UserInitiated,
        _ if author.controlled => ContentStatus::UserReply,
        _ if incoming.quiet => ContentStatus::Ignored,
        Some(_) => ContentStatus::Assigned,
        None => ContentStatus::New,
    };
    content.intervention_id = case.map(|i| i.id);
    tx.insert(&content).await?;
    attachment::attach(tx, &incoming.attachments, &content).await?;
    join(tx, &incoming, &author, &mut thread, &content);
    tx.update(&thread).await?;
    if asks {
        content = invited::answered(tx, &incoming.source, &mut thread, content).await?;
        if !incoming.unanswered {
            auto_response::answer(tx, &incoming.source, &mut thread, &content).await?;
        }
    }
    Ok(Received { content, thread, author, is_new: true })
}

/// What a thread becomes by a content that is written; tells the journal. The thread is not written here.
pub(super) fn join(tx: &mut Tx, incoming: &Incoming, author: &Identity, thread: &mut Thread, content: &Content) {
    if thread.closed && !incoming.quiet {
        thread.closed = false;
        journal::content(tx, EventType::ContentThreadOpened, None, content, thread, &incoming.source);
    }
    if thread.identity_id.is_none() && !author.controlled {
        thread.identity_id = Some(author.id.clone());
    }
    if !author.controlled && !content.auto_submitted {
        thread.bot_streak = 0;
    }
    take_over(&mut thread.extra_data, &incoming.extra_data);
    thread::add_content(thread, content);
    thread::add_categories(thread, content);
    // What a machine said in the company's name is nothing that a bot should answer.
    let own = content.created_from == CreatedFrom::Automatic;
    let kind = if own { EventType::ContentDiscussionInitiated } else { EventType::ContentImported };
    journal::content(tx, kind, None, content, thread, &incoming.source);
}

pub(super) fn check(incoming: &Incoming) -> Result<()> {
    let nothing_else = incoming.attachments.is_empty() && incoming.structured_content.is_none();
    let mail = incoming.source.kind.caps().mail;
    // A mail may say all in its subject.
    if incoming.body.trim().is_empty() && nothing_else && !mail {
        return Err(Error::invalid("body", Reason::Blank.says("can't be blank without attachments")));
    }
    let most = if mail { MAIL_BODY_MAX } else { BODY_MAX };
    if incoming.body.chars().count() > most {
        return Err(Error::invalid("body", Fault::too_long(most)));
    }
    Ok(())
}

async fn again(tx: &mut Tx, known: Content, author: Identity) -> Result<Received> {
    // The same id by somebody else is not a repetition, and what it was is nobody else's business.
    if known.author_id != author.id {
        return Err(Error::invalid("id", Reason::Taken.says("has already been taken")));
    }
    let thread = threads::find(tx, &Scope::All, &known.thread_id).await?.ok_or(Error::NotFound("thread"))?;
    Ok(Received { content: known, thread, author, is_new: false })
}

/// Finds the identity of an author and brings it up to date, or makes it.
pub async fn find_or_make_author(tx: &mut Tx, source: &Source, author: &Author) -> Result<Identity> {
    let community = &source.community_id;
    if let Some(known) = identity::find_foreign(tx, community, &author.foreign_id).await? {
        if !apply(&mut known.clone(), author) {
            return Ok(known);
        }
        // Held and read again: it may be joining a group at this moment.
        let mut known = identity::lock(tx, &known.id).await?.ok_or(Error::NotFound("identity"))?;
        if apply(&mut known, author) {
            known.updated_at = tx.now();
            tx.update(&known).await?;
        }
        return Ok(known);
    }
    let now = tx.now();
    let mut new = Identity::new(community.clone(), source.kind.as_str(), author.foreign_id.clone(), now);
    apply(&mut new, author);
    if tx.insert_if_new(&new).await? {
        return Ok(new);
    }
    // Somebody else made it between the two statements.
    identity::find_foreign(tx, community, &author.foreign_id).await?.ok_or(Error::NotFound("identity"))
}

/// Takes over what the channel tells; what it leaves out stays. Tells whether anything changed.
pub(super) fn apply(identity: &mut Identity, author: &Author) -> bool {
    let Author { foreign_id: _, uuid, screenname, firstname, lastname, company, email, .. } = author;
    let Author { gender, home_phone, mobile_phone, avatar_url, extra_values, controlled, .. } = author;
    let mut changed = false;
    let texts = [
        (&mut identity.uuid, uuid),
        (&mut identity.screenname, screenname),
        (&mut identity.firstname, firstname),
        (&mut identity.lastname, lastname),
        (&mut identity.company, company),
        (&mut identity.email, email),
        (&mut identity.gender, gender),
        (&mut identity.home_phone, home_phone),
        (&mut identity.mobile_phone, mobile_phone),
        (&mut identity.avatar_url, avatar_url),
    ];
    for (known, told) in texts {
        if told.is_some() && known != told {
            known.clone_from(told);
            changed = true;
        }
    }
    changed |= take_over(&mut identity.extra_values, extra_values);
    if *controlled && !identity.controlled {
        identity.controlled = true;
        changed = true;
    }
    changed
}

/// Adds values to those that are known by name. Tells whether anything changed.
fn take_over(known: &mut Map<String, Value>, told: &Map<String, Value>) -> bool {
    let mut changed = false;
    for (key, value) in told {
        // Each visit may bring other keys: without a bound they would fill the row for ever.
        if known.len() >= EXTRA_MAX && !known.contains_key(key) {
            continue;
        }
        changed |= known.insert(key.clone(), value.clone()).as_ref() != Some(value);
    }
    changed
}

async fn find_or_make_thread(tx: &mut Tx, incoming: &Incoming) -> Result<Thread> {
    let source = &incoming.source.id;
    match &incoming.place {
        Place::Known(id) => {
            let found = threads::lock(tx, &Scope::Sources(vec![source.clone()]), id).await?;
            found.ok_or(Error::NotFound("thread"))
        }
        Place::New => {
            let new = new_thread(incoming, tx.now());
            tx.insert(&new).await?;
            Ok(new)
        }
        Place::Foreign(foreign_id) => foreign_thread(tx, incoming, source, foreign_id).await,
    }
}

async fn foreign_thread(tx: &mut Tx, incoming: &Incoming, source: &SourceId, foreign_id: &str) -> Result<Thread> {
    if let Some(mut known) = threads::lock_foreign(tx, source, foreign_id).await? {
        known.entitle(incoming.title.as_ref());
        return Ok(known);
    }
    let new = Thread { foreign_id: Some(foreign_id.to_owned()), ..new_thread(incoming, tx.now()) };
    if tx.insert_if_new(&new).await? {
        return Ok(new);
    }
    threads::lock_foreign(tx, source, foreign_id).await?.ok_or(Error::NotFound("thread"))
}

pub(super) fn new_thread(incoming: &Incoming, now: Timestamp) -> Thread {
    let title = incoming.title.clone();
    let chat_mode = incoming.source.chat_mode();
    Thread { title, chat_mode, private: incoming.private, ..Thread::new(incoming.source.id.clone(), now) }
}

async fn answered(tx: &mut Tx, incoming: &Incoming) -> Result<Option<Content>> {
    let source = &incoming.source.id;
    Ok(match (&incoming.answers, &incoming.in_reply_to) {
        (Some(id), _) => content::find(tx, &Scope::Sources(vec![source.clone()]), id).await?,
        (None, Some(id)) => content::find_answered(tx, source, incoming.kind, id).await?,
        (None, None) => None,
    })
}

/// The content that is made of what came in, with the categories that it begins with.
pub(super) fn compose(
    incoming: &Incoming,
    author: &Identity,
    thread: &Thread,
    answered: Option<Content>,
    categories: Vec<CategoryId>,
    now: Timestamp,
) -> Content {
    let (body, html) = body::read(&incoming.body, incoming.format);
    let html = html.or_else(|| incoming.html.clone());
    let own = incoming.automatic && author.controlled;
    let default_language = || incoming.source.setting("default_content_language").map(str::to_owned);
    Content {
        category_ids: Json(categories),
        auto_submitted: incoming.automatic,
        created_from: if own { CreatedFrom::Automatic } else { CreatedFrom::Synchronizer },
        sender_name: own.then(|| incoming.source.name.clone()),
        // The customer has seen on the page what the page said in the company's name.
        delivered_at: own.then_some(now),
        read_at: own.then_some(now),
        foreign_id: incoming.foreign_id.clone(),
        in_reply_to_id: answered.as_ref().map(|c| c.id.clone()),
        in_reply_to_author_id: answered.map(|c| c.author_id),
        kind: incoming.kind.into(),
        title: incoming.title.clone(),
        body,
        html,
        body_input_format: incoming.format,
        language: incoming.language.clone().or_else(default_language),
        private: incoming.private || incoming.source.kind.caps().private,
        first_in_thread: thread.contents_count == 0,
        foreign_categories: Json(incoming.categories.clone()),
        context_data: Json(incoming.context_data.clone()),
        source_url: incoming.source_url.clone(),
        structured_content: incoming.structured_content.clone().map(Json),
        attachments_count: i64::try_from(incoming.attachments.len()).unwrap_or(0),
        published: incoming.published.unwrap_or(true),
        remote_actions: incoming.actions.clone().map(Json),
        remote_updated_at: incoming.updated_at.map(|t| t.min(now)),
        // A time in the future would pin the content to the end of its thread.
        created_at: incoming.written_at.map_or(now, |t| t.min(now)),
        ..Content::new(thread, author.id.clone(), now)
    }
}

/// The categories that a content comes with: a thread's first content the source's defaults, a customer's later ones
/// what the thread has by then, by itself or by what a customer said last. Otherwise each word would undo that somebody
/// recategorized the thread.
async fn categories(tx: &mut Tx, incoming: &Incoming, author: &Identity, thread: &Thread) -> Result<Vec<CategoryId>> {
    if thread.contents_count == 0 {
        let usual = source_settings::default_categories(tx, &incoming.source, "default_category_ids").await?;
        if incoming.category_ids.is_empty() {
            return Ok(usual);
        }
        // Of a root that takes one, what the beginning asks for counts more than what is usual.
        return categorize::fitting(tx, [&incoming.category_ids[..], &usual].concat(), &incoming.source.id).await;
    }
    if author.controlled {
        return Ok(Vec::new());
    }
    if !thread.thread_category_ids.is_empty() {
        return Ok(thread.thread_category_ids.0.clone());
    }
    // A thread has those of all its contents.
    if thread.category_ids.is_empty() {
        return Ok(Vec::new());
    }
    let last = content::newest_said(tx, &thread.id).await?;
    Ok(last.map_or_else(|| thread.category_ids.0.clone(), |last| last.category_ids.0))
}
