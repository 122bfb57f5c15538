//! What visitors of a chat write: where it belongs, and what begins and ends by it.

use model::{AttachmentId, CategoryId, ChatTriggerId, CloseCause, ContentId, ThreadId};
use serde_json::{Map, Value};
use store::identity::{self, Identity};
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::{Scope, Tx, chat_thread, chat_trigger, content};

use crate::arrival::{
    contact, navigation,
    visit::{self, PageNow},
    visitor::{self, Known},
};
use crate::base::{Error, Fault, Result};
use crate::conversation::{
    attachment,
    ingest::{self, Author, Incoming, Place, Received},
    invited, live_chat, live_thread, structured, thread,
};
use crate::setup::{consent, locale, source_settings, welcome};

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
    /// The visitor has asked for a new conversation; otherwise one that begins is the page's doing.
    pub asked: bool,
    /// The page on which a conversation begins.
    pub page: Option<PageNow>,
    /// The version of what the visitor has agreed to, where the chat asks for that.
    pub consent: Option<String>,
    /// Mails are sent here, so that an address is of use.
    pub mails: bool,
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
    /// It is what the source says first, to somebody who speaks this language: its text is the source's, and nothing where
    /// no conversation begins.
    pub welcome: Option<String>,
}

/// Takes in what a visitor writes, after what the page said before it. The first message of a live chat begins it.
///
/// # Errors
/// 404 when the conversation is not theirs; 403 when it is closed, its text input is switched off, or they have not
/// agreed to what the chat asks for; 422 when there is nothing in it, or too much, or they have as many open conversations as the source allows.
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
    let since = match written.page.clone() {
        Some(page) => Some(visit::moved(tx, known, page).await?.0),
        None => None,
    };
    let known = since.as_ref().unwrap_or(known);
    let goes_on = goes_on(tx, known, &written).await?;
    let begins = goes_on.is_none();
    let known_facts = goes_on.as_ref().map(|thread| &thread.extra_data.0);
    let consent = consent::given(tx, source, known_facts, written.consent.as_deref()).await?;
    let pressed = match (&written.reply_to, &goes_on) {
        (Some((id, payload)), Some(thread)) => {
            Some(pressed(tx, &thread.id, id, &written.body, payload.as_deref()).await?)
        }
        (Some(_), None) => return Err(Error::invalid("reply_to", Fault::not("a message of this conversation"))),
        (None, _) => None,
    };
    let begun = begun(tx, source, goes_on.as_ref(), written.trigger_id).await?;
    let uploader = format!("identity:{}", known.identity.id);
    let attachments = attachment::claim(tx, &uploader, &written.attachment_ids).await?;
    let mut place = goes_on.map_or(Place::New, |thread| Place::Known(thread.id));
    // It is said of the visitor's first content, and of what the page said before it, which begins the conversation.
    let by_visitor = begins && written.asked;
    for added in written.before {
        let first = by_visitor && matches!(place, Place::New);
        if let Some(thread) = record_added(tx, known, place.clone(), (added, first), &begun).await? {
            place = Place::Known(thread.id);
        }
    }
    let mut incoming = Incoming::text(source.clone(), as_known(&known.identity), place, written.body);
    incoming.foreign_id = Some(written.client_id);
    let told = written.language.filter(|_| source.setting("default_content_language").is_none());
    incoming.attachments = attachments;
    incoming.extra_data = known.circumstances(begins);
    begun.mark(&mut incoming);
    incoming.extra_data.extend(consent);
    incoming.language = incoming.language.or(told);
    if by_visitor {
        mark_as_asked(&mut incoming);
    }
    if let Some((answered, reply)) = pressed {
        incoming.answers = Some(answered);
        incoming.context_data.insert("structured_reply".into(), reply);
    }
    let received = ingest::receive(tx, incoming).await.map_err(|e| of_field(e, "id", "client_id"))?;
    if begins {
        navigation::begin(tx, known, &received.thread).await?;
    }
    match source.is_live_chat() {
        true if begins => live_thread::begin(tx, &received.thread, source, &known.identity.id).await?,
        true => {
            live_chat::note_visitor(tx, &source.id, &known.identity.id).await?;
            live_thread::note_word(tx, &received.thread).await?;
        }
        false if begins && written.mails => contact::ask(tx, known, &received.thread).await?,
        false => {}
    }
    Ok(received)
}

/// The conversation in which a message belongs, held: the one that it names; else the one that goes on by itself, a live
/// chat or that of an app which shows one alone. None when it begins a new one.
///
/// # Errors
/// As [`write`].
async fn goes_on(tx: &mut Tx, known: &Known, written: &Written) -> Result<Option<Thread>> {
    if let Some(id) = &written.thread_id {
        let thread = visitor::own_thread(tx, known, id).await?;
        if thread.closed {
            return Err(Error::Forbidden("thread_closed", "this conversation is closed".into()));
        }
        if thread.text_input_disabled && written.reply_to.is_none() {
            return Err(Error::Forbidden("text_input_disabled", "you cannot write here at the moment".into()));
        }
        return Ok(Some(thread));
    }
    let (source, identity) = (&known.source, &known.identity.id);
    let goes_on = if source.is_live_chat() {
        chat_thread::open_of(tx, &source.id, identity).await?.map(|chat| chat.thread_id)
    } else {
        match joined(tx, known).await? {
            Some(id) => Some(id),
            None => without_asking(tx, known, written.asked).await?,
        }
    };
    let Some(id) = goes_on else { return Ok(None) };
    // It may have ended while it was awaited.
    Ok(Some(visitor::own_thread(tx, known, &id).await?).filter(|thread| !thread.closed))
}

/// In an app that shows one conversation alone the newest open one, unless what the visitor said last there is older than
/// the source's setting `time_for_thread_inclusion` allows.
async fn joined(tx: &mut Tx, known: &Known) -> Result<Option<ThreadId>> {
    let (source, identity) = (&known.source, &known.identity.id);
    if !known.single_thread {
        return Ok(None);
    }
    let Some(thread) = threads::newest_open_of(tx, &source.id, identity).await? else { return Ok(None) };
    let Some(most) = source_settings::thread_inclusion(source) else { return Ok(Some(thread.id)) };
    let said = content::last_said(tx, &thread.id, identity).await?;
    let recent = said.is_some_and(|said| tx.now().seconds_since(said.created_at) <= most);
    Ok(recent.then_some(thread.id))
}

/// The conversation that goes on though nobody names it: one that an agent has begun with the visitor, who answers it unless
/// they have `asked` for another one; and where no other one may begin, of an app that shows one alone the newest, as its
/// visitor sees no list in which they could choose. None where one begins.
///
/// # Errors
/// 422 where it is for the visitor to choose.
async fn without_asking(tx: &mut Tx, known: &Known, asked: bool) -> Result<Option<ThreadId>> {
    let (source, identity) = (&known.source, &known.identity.id);
    // Held while they are counted: of two messages at once the second one finds what the first begins.
    identity::lock(tx, identity).await?;
    if let Some(begun) = joined(tx, known).await? {
        return Ok(Some(begun));
    }
    if !asked && let Some(invited) = invited::unanswered(tx, source, identity).await? {
        return Ok(Some(invited.id));
    }
    let (_, open) = threads::count_of_identity(tx, &source.id, identity).await?;
    if open < source_settings::open_conversations_max(source) {
        return Ok(None);
    }
    if known.single_thread {
        return Ok(threads::newest_open_of(tx, &source.id, identity).await?.map(|thread| thread.id));
    }
    let message = "you have as many open conversations as this chat allows";
    Err(Error::Unprocessable("too_many_conversations", message.into()))
}

/// Ends the visitor's live chat; once it has ended, nothing more.
///
/// # Errors
/// 404 when it is not theirs; 403 when it is no live chat.
pub async fn end(tx: &mut Tx, known: &Known, id: &ThreadId) -> Result<Thread> {
    let mut thread = visitor::own_thread(tx, known, id).await?;
    if !thread.is_live_chat() {
        return Err(Error::Forbidden("not_live", "only a live chat can be ended".into()));
    }
    thread::end_live(tx, None, &mut thread, &known.source, CloseCause::Visitor).await?;
    Ok(thread)
}

/// The message whose button was pressed, and what is kept of it with the answer.
async fn pressed(
    tx: &mut Tx,
    thread: &ThreadId,
    message: &ContentId,
    title: &str,
    payload: Option<&str>,
) -> Result<(ContentId, Value)> {
    let found =
        content::find(tx, &Scope::All, message).await?.filter(|c| c.thread_id == *thread && visitor::is_shown(c));
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
async fn begun(tx: &mut Tx, source: &Source, goes_on: Option<&Thread>, told: Option<ChatTriggerId>) -> Result<Begun> {
    let id = match goes_on {
        Some(thread) => thread.extra_data.get("trigger_id").and_then(Value::as_str).and_then(ChatTriggerId::parse),
        None => told,
    };
    let Some(id) = id else { return Ok(Begun::default()) };
    let Some(trigger) = chat_trigger::find(tx, &id).await?.filter(|t| t.source_id == source.id) else {
        return Ok(Begun::default());
    };
    let language = trigger.language;
    if goes_on.is_some() {
        return Ok(Begun { language, ..Begun::default() });
    }
    let extra_data = [("trigger_id", trigger.id.to_string()), ("trigger_name", trigger.label)];
    let extra_data = extra_data.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    Ok(Begun { extra_data, category_ids: trigger.category_ids.0, language })
}

/// Says of a content that begins a conversation, and of the conversation, that its visitor has asked for it.
fn mark_as_asked(incoming: &mut Incoming) {
    for facts in [&mut incoming.extra_data, &mut incoming.context_data] {
        facts.insert("identity_initiated_thread".into(), true.into());
    }
}

/// Records a message that the page added, or what the source says first, which may be the `first` of a conversation that
/// the visitor has asked for; none when it was recorded before, or is not to be.
async fn record_added(
    tx: &mut Tx,
    known: &Known,
    place: Place,
    (added, first): (Added, bool),
    begun: &Begun,
) -> Result<Option<Thread>> {
    let source = &known.source;
    if content::find_foreign(tx, &source.id, &added.client_id).await?.is_some() {
        return Ok(None);
    }
    let company = added.agent || added.welcome.is_some();
    let said = match added.welcome {
        None => Some((added.body, None)),
        Some(_) if !matches!(place, Place::New) || source.identity_id.is_none() => None,
        Some(wanted) => welcome::spoken(source, &wanted)
            .map(|(language, text)| (welcome::fill(&text, &known.identity), locale::of_tag(&language)))
            .filter(|(text, _)| !text.is_empty()),
    };
    let Some((body, language)) = said else { return Ok(None) };
    let author = match &source.identity_id {
        Some(id) if company => identity::find(tx, id).await?.ok_or(Error::NotFound("identity"))?,
        _ => known.identity.clone(),
    };
    let mut incoming = Incoming::text(source.clone(), as_known(&author), place, body);
    incoming.foreign_id = Some(added.client_id);
    incoming.automatic = true;
    begun.mark(&mut incoming);
    if first {
        mark_as_asked(&mut incoming);
    }
    incoming.language = language.map(str::to_owned).or(incoming.language);
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
