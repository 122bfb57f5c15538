//! Contents that come again: the other side tells of one that is known, and it may be otherwise by now. By which way that
//! comes (the Send API, a list, an answer) makes no difference here.
//!
//! What is left out stays as it is. A text counts when the other side says that it is newer: whoever sends an id twice by
//! mistake must not take away what was said first. What the desk makes of the content (its status, its intervention) does
//! not change by it.

use model::{BodyFormat, EventType, Timestamp};
use serde_json::{Map, Value, json};
use store::content::{self, Content};
use store::identity;
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::{Json, Scope, Tx};

use crate::base::{Error, Fault, Reason, Result, journal};
use crate::conversation::body::{self, BODY_MAX};
use crate::conversation::thread;

/// What the other side tells of a content that is known; none where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retold {
    /// Its text, and whether that is HTML.
    pub body: Option<(String, BodyFormat)>,
    /// Its subject.
    pub title: Option<String>,
    /// Its categories there.
    pub categories: Option<Vec<String>>,
    /// What can be done with it.
    pub actions: Option<Vec<String>>,
    /// Whether it is visible.
    pub published: Option<bool>,
    /// Where it can be seen.
    pub source_url: Option<String>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
}

/// When a text that is told takes the place of the known one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Texts {
    /// When it is newer.
    Newer,
    /// Always: it was changed there just now.
    All,
    /// Always, and it is no edit: it is what the other side made of what was written here.
    Mirrored,
}

/// What changed of a content.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Changed {
    /// The names of what did.
    names: Vec<&'static str>,
    /// The texts of before.
    previous: Map<String, Value>,
    /// The time of its last change there is later than what was known.
    later: bool,
}

impl Changed {
    /// Whether anything is to be written.
    fn is_something(&self) -> bool {
        self.later || !self.names.is_empty()
    }
}

/// Brings a content that has come again up to date; gives it as it is then. `author` is the id of whoever it is by there.
///
/// # Errors
/// 422 when it is known as somebody else's, or its text is too long; 404 when its thread is gone.
pub async fn receive_again(
    tx: &mut Tx,
    source: &Source,
    known: Content,
    author: &str,
    told: &Retold,
) -> Result<Content> {
    // What was written here comes back as whoever the other side takes for its author.
    if known.synchronization_status.is_none() {
        let by = identity::find(tx, &known.author_id).await?;
        // The same id by somebody else is not a repetition, and what it was is nobody else's business.
        if by.is_none_or(|by| by.foreign_id != author) {
            return Err(Error::invalid("id", Reason::Taken.says("has already been taken")));
        }
    }
    if told.body.as_ref().is_some_and(|(body, _)| body.chars().count() > BODY_MAX) {
        return Err(Error::invalid("body", Fault::too_long(BODY_MAX)));
    }
    if !take_over(&mut known.clone(), told, Texts::Newer, tx.now()).is_something() {
        return Ok(known);
    }
    let scope = Scope::Sources(vec![source.id.clone()]);
    let found = threads::lock(tx, &scope, &known.thread_id).await?;
    let mut thread = found.ok_or(Error::NotFound("thread"))?;
    let mut content = content::find(tx, &scope, &known.id).await?.ok_or(Error::NotFound("content"))?;
    let changed = take_over(&mut content, told, Texts::Newer, tx.now());
    note(tx, &mut content, &mut thread, source, changed).await?;
    Ok(content)
}

/// Takes over what the other side tells of a content; it is not written here.
pub(crate) fn take_over(content: &mut Content, told: &Retold, texts: Texts, now: Timestamp) -> Changed {
    let Retold { body, title, categories, actions, published, source_url, updated_at } = told;
    let told_at = updated_at.map(|at| at.min(now));
    let mut changed = Changed::default();
    // Of what was written here the other side's time is not known before it has told one.
    let ours = content.synchronization_status.is_some();
    let since = content.remote_updated_at.or((!ours).then_some(content.created_at));
    let newer = told_at.is_some_and(|at| since.is_some_and(|since| at > since));
    let older = told_at.is_some_and(|at| content.remote_updated_at.is_some_and(|known| at < known));
    if told_at.is_some() && told_at > content.remote_updated_at {
        content.remote_updated_at = told_at;
        changed.later = true;
    }
    if actions.is_some() && content.remote_actions.as_deref() != actions.as_ref() {
        content.remote_actions = actions.clone().map(Json);
        changed.names.push("actions");
    }
    if texts == Texts::Newer && older {
        return changed;
    }
    if newer || texts != Texts::Newer {
        take_over_texts(content, body.as_ref(), title.as_ref(), &mut changed);
    }
    if !changed.previous.is_empty() && texts != Texts::Mirrored {
        content.edited_at = Some(told_at.unwrap_or(now));
    }
    if let Some(categories) = categories
        && content.foreign_categories.0 != *categories
    {
        content.foreign_categories.0.clone_from(categories);
        changed.names.push("categories");
    }
    if let Some(published) = *published
        && !content.approval_required
        && content.published != published
    {
        content.published = published;
        changed.names.push("published");
    }
    if source_url.is_some() && content.source_url != *source_url {
        content.source_url.clone_from(source_url);
        changed.names.push("display_url");
    }
    changed
}

fn take_over_texts(
    content: &mut Content,
    told: Option<&(String, BodyFormat)>,
    title: Option<&String>,
    changed: &mut Changed,
) {
    if let Some((given, format)) = told {
        let (body, html) = body::read(given, *format);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        // A plain text is the same when it comes back in HTML.
        let same =
            words(&content.body) == words(&body) && (content.html.is_none() || html.is_none() || content.html == html);
        if !same && !body.trim().is_empty() {
            let before = std::mem::replace(&mut content.body, body);
            content.html = html;
            content.body_input_format = *format;
            changed.names.push("body");
            changed.previous.insert("body".into(), json!(before));
        }
    }
    if let Some(title) = title
        && content.title.as_ref() != Some(title)
    {
        let before = content.title.replace(title.clone());
        changed.names.push("title");
        changed.previous.insert("title".into(), json!(before));
    }
}

/// Writes a content that was changed so, in its thread, which is held; tells the journal, which keeps the texts of before.
pub(crate) async fn note(
    tx: &mut Tx,
    content: &mut Content,
    thread: &mut Thread,
    source: &Source,
    changed: Changed,
) -> Result<()> {
    if !changed.is_something() {
        return Ok(());
    }
    if !changed.names.is_empty() {
        content.updated_at = tx.now();
    }
    tx.update::<Content>(content).await?;
    if !changed.previous.is_empty() && thread::rename(thread, content) {
        tx.update::<Thread>(thread).await?;
    }
    if !changed.names.is_empty() {
        let more = json!({"changed": changed.names, "previous": changed.previous});
        journal::content_with(tx, EventType::ContentEdited, None, content, thread, source, more);
    }
    Ok(())
}
