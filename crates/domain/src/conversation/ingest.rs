//! What customers say, on its way in: one use case for every channel.
//!
//! A content that came before (same source, same foreign id) is answered with what it became then, so that a
//! channel may send again whenever it is not sure.

use model::{
    BodyFormat, CategoryId, ContentId, ContentStatus, CreatedFrom, EventType, InterventionStatus, SourceId,
    SourcePermission, ThreadId, Timestamp,
};
use serde_json::{Map, Value};
use store::content::{self, Content};
use store::identity::{self, Identity};
use store::intervention::{self, Intervention};
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::{Json, Scope, Tx};

use crate::base::{Error, Fault, Reason, Result, access, journal};
use crate::conversation::{attachment, auto_response, owner, thread};
use crate::customers::identity::EXTRA_MAX;
use crate::setup::{categorize, settings, source_settings};

/// Longest body in characters (`docs/sdks/source-sdk/objects.md`).
pub const BODY_MAX: usize = 20_000;

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
    /// A machine wrote it in the author's name.
    pub automatic: bool,
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
            automatic: false,
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
    let author = find_or_make_author(tx, &incoming.source, &incoming.author).await?;
    if let Some(foreign_id) = &incoming.foreign_id
        && let Some(known) = content::find_of_kind(tx, &incoming.source.id, incoming.kind, foreign_id).await?
    {
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
    let case = if author.controlled { None } else { case_for(tx, &mut thread, &content).await? };
    content.status = match &case {
        _ if author.controlled && incoming.automatic => ContentStatus::UserInitiated,
        _ if author.controlled => ContentStatus::UserReply,
        Some(_) => ContentStatus::Assigned,
        None => ContentStatus::New,
    };
    content.intervention_id = case.map(|i| i.id);
    tx.insert(&content).await?;
    attachment::attach(tx, &incoming.attachments, &content).await?;
    join(tx, &incoming, &author, &mut thread, &content);
    tx.update(&thread).await?;
    if !author.controlled {
        auto_response::answer(tx, &incoming.source, &mut thread, &content).await?;
    }
    Ok(Received { content, thread, author, is_new: true })
}

/// What a thread becomes by a content that is written; tells the journal. The thread is not written here.
pub(super) fn join(tx: &mut Tx, incoming: &Incoming, author: &Identity, thread: &mut Thread, content: &Content) {
    if thread.closed {
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
    if incoming.body.trim().is_empty() && nothing_else {
        return Err(Error::invalid("body", Reason::Blank.says("can't be blank without attachments")));
    }
    if incoming.body.chars().count() > BODY_MAX {
        return Err(Error::invalid("body", Fault::too_long(BODY_MAX)));
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
        known.title = known.title.or_else(|| incoming.title.clone());
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
    let (body, html) = match incoming.format {
        BodyFormat::Text => (incoming.body.clone(), None),
        BodyFormat::Html => (richtext::text_of(&incoming.body), Some(richtext::sanitize(&incoming.body))),
    };
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

/// The open intervention that a customer's content falls under: an open one; a deferred one, which it wakes; one
/// closed a short time ago, which it reopens.
async fn case_for(tx: &mut Tx, thread: &mut Thread, content: &Content) -> Result<Option<Intervention>> {
    let now = tx.now();
    if thread.interventions_count == 0 {
        return Ok(None);
    }
    if let Some(mut case) = intervention::find_open(tx, &thread.id, &content.author_id).await? {
        case.waiting_since.get_or_insert(now);
        case.updated_at = now;
        let woken = case.status == InterventionStatus::Deferred;
        if woken {
            case.status = InterventionStatus::Open;
            case.deferred_at = None;
        }
        tx.update(&case).await?;
        if woken {
            journal::intervention(tx, EventType::InterventionReactivated, None, &case);
        }
        // A bot that has the thread must answer in time.
        if thread.owner.as_ref().is_some_and(|owner| owner.is_bot()) {
            let cases = intervention::of_thread(tx, &thread.id).await?;
            owner::follow(tx, thread, &cases).await?;
        }
        return Ok(Some(case));
    }
    let Some(mut case) = intervention::find_last_closed(tx, &thread.id, &content.author_id).await? else {
        return Ok(None);
    };
    let period = settings::CLOSING_PERIOD.now(tx).await?;
    let until = case.closed_at.map(|t| t.plus_seconds(period));
    if until.is_none_or(|until| until < now) || !has_agent(tx, &case).await? {
        return Ok(None);
    }
    case.status = InterventionStatus::Open;
    case.reopened = true;
    case.closed_at = None;
    case.opened_at = now;
    case.waiting_since = Some(now);
    case.updated_at = now;
    tx.update(&case).await?;
    thread.open_interventions_count += 1;
    // Another customer on the thread may have a newer one.
    let cases = intervention::of_thread(tx, &thread.id).await?;
    owner::follow(tx, thread, &cases).await?;
    journal::intervention(tx, EventType::InterventionReopened, None, &case);
    Ok(Some(case))
}

/// Whether the agent of a closed intervention is still there to take it up again, may still read and answer, and is a
/// person: what a bot finished begins anew, so that the bot is told of it like any other.
async fn has_agent(tx: &mut Tx, case: &Intervention) -> Result<bool> {
    match access::actor(tx, &case.user_id, None, CreatedFrom::Api).await {
        Ok(agent) => {
            let needed = [SourcePermission::Read, SourcePermission::Reply];
            Ok(!agent.user.bot && needed.iter().all(|p| agent.can_on(&case.source_id, *p)))
        }
        Err(Error::Unauthorized(..)) => Ok(false),
        Err(other) => Err(other),
    }
}
