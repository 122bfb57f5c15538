//! What a third party tells through the Source SDK (`docs/sdks/source-sdk/{send-api,objects,options}.md`): contents,
//! threads, users, and what its users have read.
//!
//! Messages name their thread. Private messages, and messages of sources without threads, are put together by what
//! they answer, else by whose they are. The same id again is the same content: a third party may send again whenever it
//! is not sure, or when it has changed.

use model::{BlockId, EventType, SourceId};
use serde_json::json;
use store::attachment::Attachment;
use store::content::{self, Content};
use store::identity::{self, Identity};
use store::source::{self, Source};
use store::thread::{self, Thread};
use store::{Scope, Tx, params};

use crate::arrival::own_words;
use crate::base::{Error, Result, journal};
use crate::conversation::{
    again::{self, Retold},
    attachment::{self, NewAttachment},
    ingest::{self, Author, Incoming, Place},
    ingest_many,
};
use crate::customers::block::Blocks;

/// Finds an active source of the Source SDK.
///
/// # Errors
/// 404.
pub async fn source(tx: &mut Tx, id: &SourceId) -> Result<Source> {
    let found = source::find(tx, id).await?.filter(|s| s.active && s.kind.caps().sdk);
    found.ok_or(Error::NotFound("source"))
}

/// A content as the third party tells it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The content; its place and attachments are found here.
    pub incoming: Incoming,
    /// Its thread's id on the other side.
    pub thread_id: Option<String>,
    /// To whom a private message is written.
    pub recipient: Option<Author>,
    /// Its files, whose bytes are stored.
    pub files: Vec<NewAttachment>,
}

/// Whether a content came before: then its files need not be fetched.
pub async fn is_known(tx: &mut Tx, source: &SourceId, kind: &str, foreign_id: &str) -> Result<bool> {
    Ok(content::find_of_kind(tx, source, kind, foreign_id).await?.is_some())
}

/// Takes in a content, once. One that is known is brought up to date, without its files.
///
/// # Errors
/// 422 when it has no text, no files and no structured message, or too long a text; when it is known as somebody else's.
pub async fn receive(tx: &mut Tx, told: Told) -> Result<()> {
    let Told { mut incoming, thread_id, recipient, files } = told;
    if let Some(id) = &incoming.foreign_id
        && let Some(known) = content::find_of_kind(tx, &incoming.source.id, incoming.kind, id).await?
    {
        if known.anonymized {
            return Ok(());
        }
        let told = Retold::from(&incoming);
        let author = &incoming.author.foreign_id;
        return again::receive_again(tx, &incoming.source, known, author, &told).await.map(drop);
    }
    let recipient = match &recipient {
        Some(to) => {
            // In one order for everybody: two that write to each other at once then never wait for each other.
            if incoming.author.foreign_id < to.foreign_id {
                ingest::find_or_make_author(tx, &incoming.source, &incoming.author).await?;
            }
            Some(ingest::find_or_make_author(tx, &incoming.source, to).await?)
        }
        None => None,
    };
    incoming.place = place(tx, &incoming, thread_id, recipient.as_ref()).await?;
    if own_words::claim(tx, &incoming, files.len()).await? {
        return Ok(());
    }
    incoming.attachments = store_all(tx, files).await?;
    let mut received = ingest::receive_new(tx, incoming).await?;
    if received.thread.identity_id.is_none()
        && let Some(customer) = recipient.filter(|r| !r.controlled)
    {
        received.thread.identity_id = Some(customer.id);
        tx.update(&received.thread).await?;
    }
    Ok(())
}

/// The block that keeps a content out.
pub async fn kept_out_by<'b>(tx: &mut Tx, incoming: &Incoming, blocks: &'b Blocks) -> Result<Option<&'b BlockId>> {
    let Author { foreign_id, email, controlled, .. } = &incoming.author;
    match controlled {
        true => Ok(None),
        false => blocks.of_named(tx, &incoming.source.community_id, foreign_id, email.as_deref()).await,
    }
}

/// What is to be taken in of a content that may go together with others (`ingest_many::receive_all`).
#[must_use]
pub fn along(told: &Told) -> Option<Incoming> {
    let bare = told.recipient.is_none() && told.files.is_empty() && !is_unthreaded(&told.incoming);
    if !bare || !ingest_many::may_go_along(&told.incoming) {
        return None;
    }
    let place = Place::Foreign(told.thread_id.clone()?);
    Some(Incoming { place, ..told.incoming.clone() })
}

fn is_unthreaded(incoming: &Incoming) -> bool {
    incoming.private || incoming.source.has_option("messages.unthreaded")
}

async fn store_all(tx: &mut Tx, files: Vec<NewAttachment>) -> Result<Vec<Attachment>> {
    let mut stored = Vec::with_capacity(files.len());
    for file in files {
        stored.push(attachment::create(tx, file).await?);
    }
    Ok(stored)
}

/// The thread that a content belongs to.
async fn place(
    tx: &mut Tx,
    incoming: &Incoming,
    thread_id: Option<String>,
    recipient: Option<&Identity>,
) -> Result<Place> {
    let Incoming { source, author, private, .. } = incoming;
    if let Some(id) = thread_id.filter(|_| !is_unthreaded(incoming)) {
        return Ok(Place::Foreign(id));
    }
    if let Some(id) = &incoming.in_reply_to
        && let Some(answered) = content::find_answered(tx, &source.id, incoming.kind, id).await?
        && answered.private == *private
    {
        return Ok(Place::Known(answered.thread_id));
    }
    // In public, a word that answers nothing begins a conversation; between two, it goes on with theirs.
    if !private && !source.has_option("view.messaging") {
        return Ok(Place::New);
    }
    // Whoever is the company's on this source stays so, also when the third party does not say it each time.
    let known = identity::find_foreign(tx, &source.community_id, &author.foreign_id).await?;
    let controlled = author.controlled || known.is_some_and(|identity| identity.controlled);
    let customer = match recipient.filter(|_| controlled) {
        Some(recipient) => &recipient.foreign_id,
        None => &author.foreign_id,
    };
    if let Some(identity) = identity::find_foreign(tx, &source.community_id, customer).await?
        && let Some(thread) = thread::newest_of(tx, &source.id, &identity.id, *private).await?
    {
        return Ok(Place::Known(thread.id));
    }
    // A name of its own lets the database refuse a second one when two first messages come at once.
    let name = if *private { "private" } else { "user" };
    Ok(Place::Foreign(format!("{name}:{customer}")))
}

/// Takes in a thread that has a title and no content of its own.
pub async fn receive_thread(tx: &mut Tx, source: &Source, id: String, title: Option<String>) -> Result<()> {
    let now = tx.now();
    let erased = store::content::erased_id(&source.id, &id);
    if thread::find_foreign(tx, &source.id, &erased).await?.is_some() {
        return Ok(());
    }
    let new = Thread { foreign_id: Some(id.clone()), title: title.clone(), ..Thread::new(source.id.clone(), now) };
    if tx.insert_if_new(&new).await? {
        return Ok(());
    }
    let Some(mut known) = thread::lock_foreign(tx, &source.id, &id).await? else { return Ok(()) };
    if title.is_some() && known.title != title && !known.title_erased {
        known.title = title;
        known.updated_at = now;
        tx.update(&known).await?;
    }
    Ok(())
}

/// Takes in a user.
pub async fn receive_user(tx: &mut Tx, source: &Source, author: &Author) -> Result<()> {
    ingest::find_or_make_author(tx, source, author).await.map(drop)
}

/// Notes that an agent's content was read on the other side. Told of any other content, it changes nothing.
///
/// # Errors
/// 404 when no content has this id.
pub async fn mark_read(tx: &mut Tx, source: &Source, foreign_id: &str) -> Result<()> {
    let Some(found) = agents_content(tx, source, foreign_id).await? else {
        let other = content::find_foreign(tx, &source.id, foreign_id).await?;
        return other.map(drop).ok_or(Error::NotFound("content"));
    };
    let scope = Scope::Sources(vec![source.id.clone()]);
    let Some(mut thread) = thread::lock(tx, &scope, &found.thread_id).await? else { return Ok(()) };
    let Some(mut content) = content::find(tx, &scope, &found.id).await? else { return Ok(()) };
    if content.read_at.is_some() {
        return Ok(());
    }
    let now = tx.now();
    content.read_at = Some(now);
    content.delivered_at.get_or_insert(now);
    content.updated_at = now;
    tx.update(&content).await?;
    thread.visitor_unread = (thread.visitor_unread - 1).max(0);
    tx.update(&thread).await?;
    let more = json!({"reader": "customer", "content_ids": [content.id]});
    journal::thread(tx, EventType::ContentRead, None, &thread, more);
    Ok(())
}

async fn agents_content(tx: &mut Tx, source: &Source, foreign_id: &str) -> Result<Option<Content>> {
    // Messages and private messages have ids of their own each, and the third party does not say which it means.
    let clause = "WHERE source_id = ?1 AND foreign_id = ?2 AND status IN ('user_reply', 'user_initiated') \
                  ORDER BY CASE WHEN read_at IS NULL THEN 0 ELSE 1 END, id LIMIT 1";
    Ok(tx.find(clause, params![source.id, foreign_id.to_owned()]).await?)
}

/// The thread in which somebody types: named by its id on the other side, else by a content in it.
pub async fn thread_of(
    tx: &mut Tx,
    source: &SourceId,
    thread_id: Option<&str>,
    content_id: Option<&str>,
) -> Result<Option<Thread>> {
    let scope = Scope::Sources(vec![source.clone()]);
    if let Some(id) = thread_id {
        return Ok(thread::find_foreign(tx, source, id).await?);
    }
    let Some(id) = content_id else { return Ok(None) };
    match content::find_foreign(tx, source, id).await? {
        Some(content) => Ok(thread::find(tx, &scope, &content.thread_id).await?),
        None => Ok(None),
    }
}
