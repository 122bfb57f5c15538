//! Mails that stand in the wrong conversation: one is split in two, or two become one. Each takes the other back: what joins
//! a conversation stands behind what it had, so that a split at its beginning parts them again.
//!
//! Later mails follow, since they join where the mail is that they answer. A conversation that has gone into another one is
//! empty and closed, and leads there.

use model::{ContentId, EventType, SourcePermission, ThreadId};
use serde_json::json;
use store::source::{self as sources, Source};
use store::thread::{self as threads, Thread};
use store::thread_parts::{self as rows, Parting};
use store::{Scope, Tx, content, intervention as cases};

use crate::base::{Actor, Error, Reason, Result, journal};
use crate::conversation::{intervention, thread, thread_tag};

/// What of a thread says into which one it has gone.
const MERGED_INTO: &str = "merged_into";
/// How many threads are followed at the most.
const FOLLOWED_MAX: usize = 10;

/// The thread into which one has gone, or itself.
pub(crate) async fn followed(tx: &mut Tx, scope: &Scope, id: &ThreadId) -> Result<Option<Thread>> {
    let mut found = threads::find(tx, scope, id).await?;
    for _ in 0..FOLLOWED_MAX {
        let next = found.as_ref().and_then(|thread| thread.extra_data.get(MERGED_INTO)?.as_str());
        let Some(next) = next.and_then(ThreadId::parse) else { break };
        found = threads::find(tx, scope, &next).await?;
    }
    Ok(found)
}

fn require_mail(actor: &Actor, source: &Source) -> Result<()> {
    actor.require_on(&source.id, SourcePermission::Reply)?;
    if source.kind.caps().mail {
        return Ok(());
    }
    let message = "only conversations of mailboxes can be split and merged";
    Err(Error::Unprocessable("not_a_mailbox", message.into()))
}

async fn require_quiet(tx: &mut Tx, thread: &ThreadId, first: i64) -> Result<()> {
    if rows::is_being_sent(tx, thread, first).await? {
        return Err(Error::Conflict("being_sent", "a content of it is being sent: try again in a moment".into()));
    }
    Ok(())
}

/// Has a content and all that came after it in its thread become a thread of their own; gives that.
///
/// # Errors
/// 404; 403 without the permission to reply; 409 while something of it is being sent; 422 when the content is not in the
/// thread, or is its first one, and for what is no mailbox's.
pub async fn split(tx: &mut Tx, actor: &Actor, id: &ThreadId, at: &ContentId) -> Result<Thread> {
    store::journal::hold_index(tx).await?;
    let (mut from, source) = thread::lock(tx, actor, id).await?;
    require_mail(actor, &source)?;
    let scope = Scope::Sources(vec![source.id.clone()]);
    let found = content::find(tx, &scope, at).await?.filter(|content| content.thread_id == from.id);
    let missing = || Error::invalid("content_id", Reason::Unknown.says("is not in this conversation"));
    let first = found.ok_or_else(missing)?;
    if from.first_content_id.as_ref() == Some(&first.id) {
        return Err(Error::Unprocessable("nothing_to_split", "the conversation begins with this content".into()));
    }
    require_quiet(tx, &from.id, first.ordinal).await?;
    let mut to = Thread::new(source.id.clone(), tx.now());
    to.title = first.title.clone().or_else(|| from.title.clone());
    to.private = from.private;
    to.identity_id.clone_from(&from.identity_id);
    to.extra_data.insert("previous_thread_id".into(), from.id.to_string().into());
    tx.insert(&to).await?;
    let parting = Parting { from: &from.id, first: first.ordinal, to: &to.id, last: 0 };
    let moved = rows::part(tx, parting).await?;
    if let Some(customer) = rows::first_customer(tx, &to.id).await? {
        to.identity_id = Some(customer);
    }
    settle(tx, &mut from).await?;
    settle(tx, &mut to).await?;
    let user = Some(&actor.user.id);
    let more = json!({"content_id": first.id, "contents_count": moved, "new_thread_id": to.id});
    journal::thread(tx, EventType::ThreadSplit, user, &from, more);
    let more = json!({"content_id": first.id, "contents_count": moved, "previous_thread_id": from.id});
    journal::thread(tx, EventType::ThreadSplit, user, &to, more);
    Ok(to)
}

/// Has two threads become one, the older of them; gives that. Where both have an open intervention for the same customer,
/// the younger one's is closed.
///
/// # Errors
/// As [`split`]; 422 when the other thread is none that can be merged with this one.
pub async fn merge(tx: &mut Tx, actor: &Actor, id: &ThreadId, other: &ThreadId) -> Result<Thread> {
    if id == other {
        return Err(Error::invalid("thread_id", Reason::Itself.says("is this conversation itself")));
    }
    let this = thread::find(tx, actor, id).await?;
    let source = sources::find(tx, &this.source_id).await?.ok_or(Error::NotFound("source"))?;
    require_mail(actor, &source)?;
    store::journal::hold_index(tx).await?;
    // The older one first, as everybody holds them.
    let ids = if id < other { [id, other] } else { [other, id] };
    let missing = |one: &ThreadId| match one == id {
        true => Error::NotFound("thread"),
        false => Error::invalid("thread_id", Reason::Unknown.says("there is no such conversation")),
    };
    let mut to = threads::lock(tx, actor.scope(), ids[0]).await?.ok_or_else(|| missing(ids[0]))?;
    let mut from = threads::lock(tx, actor.scope(), ids[1]).await?.ok_or_else(|| missing(ids[1]))?;
    actor.require_current(if to.id == *id { &to } else { &from })?;
    if from.source_id != to.source_id || from.contents_count == 0 || to.contents_count == 0 {
        let reason = Reason::NotForThis.says("is no conversation of this mailbox that something is in");
        return Err(Error::invalid("thread_id", reason));
    }
    require_quiet(tx, &from.id, 0).await?;
    require_quiet(tx, &to.id, 0).await?;
    end_doubled(tx, actor, &from, &to).await?;
    let first = rows::ends(tx, &from.id).await?.first;
    let begins = first.as_ref().map_or(1, |content| content.ordinal);
    let moved = rows::part(tx, Parting { from: &from.id, first: begins, to: &to.id, last: to.last_ordinal }).await?;
    to.closed &= from.closed;
    from.closed = true;
    from.identity_id = None;
    from.thread_category_ids = Default::default();
    from.extra_data.insert(MERGED_INTO.into(), to.id.to_string().into());
    thread_tag::join(tx, &mut from, &mut to).await?;
    settle(tx, &mut from).await?;
    settle(tx, &mut to).await?;
    let user = Some(&actor.user.id);
    let content_id = first.map(|content| content.id);
    let more = json!({"content_id": content_id, "contents_count": moved, "merged_thread_id": from.id});
    journal::thread(tx, EventType::ThreadMerged, user, &to, more);
    let more = json!({"content_id": content_id, "contents_count": moved, "merged_into": to.id});
    journal::thread(tx, EventType::ThreadMerged, user, &from, more);
    Ok(to)
}

/// Closes those open interventions of a thread whose customers have one in the thread that it goes into.
async fn end_doubled(tx: &mut Tx, actor: &Actor, from: &Thread, to: &Thread) -> Result<()> {
    for mut case in cases::of_thread(tx, &from.id).await? {
        if case.is_open() && cases::find_open(tx, &to.id, &case.identity_id).await?.is_some() {
            intervention::end(tx, Some(&actor.user.id), &mut case).await?;
        }
    }
    Ok(())
}

/// Brings a thread up to date with what it has now.
async fn settle(tx: &mut Tx, thread: &mut Thread) -> Result<()> {
    let ends = rows::ends(tx, &thread.id).await?;
    thread.contents_count = ends.count;
    thread.first_content_id = ends.first.as_ref().map(|content| content.id.clone());
    thread.first_content_author_id = ends.first.as_ref().map(|content| content.author_id.clone());
    thread.last_content_id = ends.last.as_ref().map(|content| content.id.clone());
    // Lines of its history may stand behind the last content: their places are taken.
    thread.last_ordinal = ends.last.as_ref().map_or(0, |content| content.ordinal).max(thread.last_ordinal);
    thread.agent_read_ordinal = thread.agent_read_ordinal.min(thread.last_ordinal);
    thread.last_content_at = rows::last_said_at(tx, &thread.id).await?.unwrap_or(thread.last_content_at);
    if let Some(first) = &ends.first {
        thread::rename(thread, first);
        rows::begin_with(tx, &first.id).await?;
    }
    thread::gather_categories(tx, thread).await?;
    thread::recount(tx, thread).await
}
