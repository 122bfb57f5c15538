//! What becomes of live chats by themselves: one that nobody takes ends, one whose visitor has gone ends, and one whose
//! agent has gone waits for another.

use std::collections::HashMap;

use model::{ChannelId, CloseCause, IdentityId, SourceId, ThreadId, Timestamp};
use store::chat_thread::{self, ChatThread, Open};
use store::intervention::{self, Intervention};
use store::source::{self, Source};
use store::thread as threads;
use store::{Scope, Tx};

use crate::base::{Error, Result};
use crate::conversation::live_thread::BEAT;
use crate::conversation::{finish, intervention as cases, thread};
use crate::place::queue::{self, Place};
use crate::setup::source_settings::{self, GONE_MIN};

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
        Some(chat) => Ok(chat_thread::keep(tx, &[chat.thread_id], BEAT).await?),
        None => Ok(()),
    }
}

/// Whether it is a while since it was noted that the visitor of a live chat is there.
#[must_use]
pub fn is_unseen(chat: &ChatThread, now: Timestamp) -> bool {
    chat.gone_at.is_some_and(|gone| gone < now.plus_seconds(chat.gone_after))
}

/// Gives the visitors of live chats the time to come back to a server that begins, or that could not note who is there:
/// it was away, and not they.
pub async fn begin(tx: &mut Tx) -> Result<()> {
    Ok(chat_thread::await_visitors(tx, GONE_MIN + BEAT).await?)
}

/// Notes that the visitors of these live chats are there.
pub async fn keep(tx: &mut Tx, ids: &[ThreadId]) -> Result<()> {
    Ok(chat_thread::keep(tx, ids, BEAT).await?)
}

/// Ends the live chats of which the time has come by then, some at the most; tells how many were looked at, and when the
/// next time comes. Safe to do twice. `by` is when it was noted who is there: of what has come since, as on a machine that
/// stood still meanwhile, nobody knows yet whether their visitor has gone.
pub async fn end_due(tx: &mut Tx, by: Timestamp) -> Result<(usize, Option<Timestamp>)> {
    let due = chat_thread::due(tx, by, BATCH).await?;
    let count = due.len();
    for id in due {
        let Some(mut thread) = threads::lock(tx, &Scope::All, &id).await? else { continue };
        // Somebody may have come, or ended it, while it was awaited.
        let Some(cause) = chat_thread::lock(tx, &id).await?.and_then(|chat| over(&chat, by)) else { continue };
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

/// Why a live chat is to end by then.
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
        let Some((channel, shows)) = shows(source) else { continue };
        if !lines.contains_key(channel) {
            let line = queue::line(tx, channel).await?;
            let line: HashMap<ThreadId, Place> = line.into_iter().map(|at| (at.thread_id.clone(), at)).collect();
            lines.insert(channel.clone(), line);
        }
        let Some(at) = lines[channel].get(&thread_id) else { continue };
        found.push(Stands::new(at, source_id, identity_id, shows));
    }
    Ok(found)
}

/// Where one visitor of a source stands, as [`line`] tells it of all; none who waits in no live chat there, or whose chat
/// does not show it.
pub async fn stands(tx: &mut Tx, source: &Source, identity: &IdentityId) -> Result<Option<Stands>> {
    let Some((channel, shows)) = shows(source) else { return Ok(None) };
    let waits = chat_thread::open_of(tx, &source.id, identity).await?.filter(|chat| chat.waiting_since.is_some());
    let Some(chat) = waits else { return Ok(None) };
    let line = queue::line(tx, channel).await?;
    let at = line.iter().find(|at| at.thread_id == chat.thread_id);
    Ok(at.map(|at| Stands::new(at, source.id.clone(), identity.clone(), shows)))
}

/// The channel in whose line those wait who are on a source, and whether their place is shown to them and how long it will
/// take; none where neither is.
fn shows(source: &Source) -> Option<(&ChannelId, [bool; 2])> {
    let shows = ["show_queue_position", "show_estimated_wait"].map(|name| source_settings::is_on(source, name));
    Some((source.channel_id.as_ref().filter(|_| shows.contains(&true))?, shows))
}

impl Stands {
    fn new(at: &Place, source_id: SourceId, identity_id: IdentityId, shows: [bool; 2]) -> Self {
        let place = Some(at.place).filter(|_| shows[0]);
        let estimated_wait_seconds = at.estimated_wait_seconds.filter(|_| shows[1]);
        Self { source_id, identity_id, thread_id: at.thread_id.clone(), place, estimated_wait_seconds }
    }
}

/// Has the live chats wait for somebody else whose agent has gone or is disabled, some at the most; tells how many, and
/// when the next one is due. Safe to do twice.
pub async fn requeue_abandoned(tx: &mut Tx) -> Result<(usize, Option<Timestamp>)> {
    let now = tx.now();
    let found = chat_thread::abandoned(tx, BATCH).await?;
    let next = found.iter().map(|(_, at)| *at).find(|at| *at > now);
    let mut count = 0;
    let mut due: Vec<ThreadId> = found.into_iter().filter(|(_, at)| *at <= now).map(|(id, _)| id).collect();
    // In the order in which they are held elsewhere too.
    due.sort();
    for id in due {
        let Some(mut thread) = threads::lock(tx, &Scope::All, &id).await? else { continue };
        // Behind the lock: they may have come back, or said something.
        if !chat_thread::is_abandoned(tx, &id).await? {
            continue;
        }
        if let Some(case) = intervention::open_of_thread(tx, &id).await? {
            finish::abandon(tx, &mut thread, case).await?;
            count += 1;
        }
    }
    Ok((count, next))
}
