//! What becomes of live chats by themselves: one that nobody takes ends, one whose visitor has gone ends, and one whose
//! agent has gone waits for another.

use std::collections::HashMap;

use model::{CloseCause, IdentityId, SourceId, ThreadId, Timestamp};
use store::chat_thread::{self, ChatThread, Open};
use store::intervention::{self, Intervention};
use store::thread as threads;
use store::{Scope, Tx, source};

use crate::base::{Error, Result};
use crate::conversation::live_thread::{BEAT, GRACE};
use crate::conversation::{bot, intervention as cases, thread};
use crate::place::queue::{self, Place};
use crate::setup::source_settings;

/// After how many seconds it is to be said again who is there.
pub const BEAT_SECONDS: i64 = BEAT;
/// How many are looked at in one transaction.
const BATCH: i64 = 50;
/// So many of those who wait are told where they stand.
const LINE_MOST: i64 = 1000;

/// The live chats that end when their visitors are away for long.
pub async fn awaiting_visitors(tx: &mut Tx) -> Result<Vec<Open>> {
    Ok(chat_thread::awaiting_visitors(tx).await?)
}

/// Whether a visitor has a live chat on a source that has not ended.
pub async fn has_open(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<bool> {
    Ok(chat_thread::open_of(tx, source, identity).await?.is_some())
}

/// Notes that a visitor of a source is there, where they have a live chat: by a page, a word, or a socket.
pub async fn note_visitor(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<()> {
    match chat_thread::open_of(tx, source, identity).await? {
        Some(chat) => Ok(chat_thread::keep(tx, &chat.thread_id, BEAT).await?),
        None => Ok(()),
    }
}

/// Whether it is a while since it was noted that the visitor of a live chat is there.
#[must_use]
pub fn is_unseen(chat: &ChatThread, now: Timestamp) -> bool {
    chat.gone_at.is_some_and(|gone| gone < now.plus_seconds(chat.gone_after))
}

/// Gives the visitors of live chats the time to come back to a server that begins: it was away, and not they.
pub async fn begin(tx: &mut Tx) -> Result<()> {
    Ok(chat_thread::await_visitors(tx, GRACE + BEAT).await?)
}

/// Notes that the visitors of these live chats are there, in the order in which the chats are given.
pub async fn keep(tx: &mut Tx, ids: &[ThreadId]) -> Result<()> {
    for id in ids {
        chat_thread::keep(tx, id, BEAT).await?;
    }
    Ok(())
}

/// Ends the live chats of which the time has come, some at the most; tells how many were looked at, and when the next
/// time comes. Safe to do twice.
pub async fn end_due(tx: &mut Tx) -> Result<(usize, Option<Timestamp>)> {
    let due = chat_thread::due(tx, BATCH).await?;
    let count = due.len();
    for id in due {
        let Some(mut thread) = threads::lock(tx, &Scope::All, &id).await? else { continue };
        // Somebody may have come, or ended it, while it was awaited.
        let Some(cause) = chat_thread::lock(tx, &id).await?.and_then(|chat| over(&chat, tx.now())) else { continue };
        let source = source::find(tx, &thread.source_id).await?.ok_or(Error::NotFound("source"))?;
        thread::end_live(tx, None, &mut thread, &source, cause).await?;
        if cause == CloseCause::Disconnection {
            for mut case in intervention::of_thread(tx, &id).await?.into_iter().filter(Intervention::is_open) {
                cases::end_by_itself(tx, &mut case, "chat_disconnected").await?;
            }
        }
        thread::recount(tx, &mut thread).await?;
    }
    Ok((count, chat_thread::next_due(tx).await?))
}

/// Why a live chat is to end by now.
fn over(chat: &ChatThread, now: Timestamp) -> Option<CloseCause> {
    let past = |time: Option<Timestamp>| time.is_some_and(|time| time <= now);
    if past(chat.gone_at) {
        return Some(CloseCause::Disconnection);
    }
    past(chat.impossible_at).then_some(CloseCause::ImpossibleDelay)
}

/// Where a visitor who waits stands, as far as their chat shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stands {
    /// Where.
    pub source_id: SourceId,
    /// The visitor.
    pub identity_id: IdentityId,
    /// Their conversation.
    pub thread_id: ThreadId,
    /// Their place in the line, from 1.
    pub place: Option<i64>,
    /// In how many seconds they may be served.
    pub estimated_wait_seconds: Option<i64>,
}

/// Where the visitors stand who wait on live chats that show it, by the settings `show_queue_position` and
/// `show_estimated_wait` of their sources.
pub async fn line(tx: &mut Tx) -> Result<Vec<Stands>> {
    let (mut sources, mut lines, mut found) = (HashMap::new(), HashMap::new(), Vec::new());
    for Open { thread_id, source_id, identity_id } in chat_thread::waiting(tx, LINE_MOST).await? {
        if !sources.contains_key(&source_id) {
            sources.insert(source_id.clone(), source::find(tx, &source_id).await?);
        }
        let Some(source) = &sources[&source_id] else { continue };
        let shows = ["show_queue_position", "show_estimated_wait"].map(|name| source_settings::is_on(source, name));
        let Some(channel) = source.channel_id.as_ref().filter(|_| shows.contains(&true)) else { continue };
        if !lines.contains_key(channel) {
            let line = queue::line(tx, channel).await?;
            let line: HashMap<ThreadId, Place> = line.into_iter().map(|at| (at.thread_id.clone(), at)).collect();
            lines.insert(channel.clone(), line);
        }
        let Some(at) = lines[channel].get(&thread_id) else { continue };
        let place = Some(at.place).filter(|_| shows[0]);
        let estimated_wait_seconds = at.estimated_wait_seconds.filter(|_| shows[1]);
        found.push(Stands { source_id, identity_id, thread_id, place, estimated_wait_seconds });
    }
    Ok(found)
}

/// Has the live chats wait for somebody else whose agent has gone, some at the most; tells how many, and when the next
/// one is due. Safe to do twice.
pub async fn requeue_abandoned(tx: &mut Tx) -> Result<(usize, Option<Timestamp>)> {
    let now = tx.now();
    let found = chat_thread::abandoned(tx, BATCH).await?;
    let next = found.iter().map(|(_, at)| *at).find(|at| *at > now);
    let mut count = 0;
    for (id, _) in found.into_iter().filter(|(_, at)| *at <= now) {
        let Some(mut thread) = threads::lock(tx, &Scope::All, &id).await? else { continue };
        // Behind the lock: they may have come back, or said something.
        if !chat_thread::is_abandoned(tx, &id).await? {
            continue;
        }
        let case = intervention::of_thread(tx, &id).await?.into_iter().rfind(Intervention::is_open);
        if let Some(case) = case {
            bot::let_go(tx, None, case, &mut thread).await?;
            count += 1;
        }
    }
    Ok((count, next))
}
