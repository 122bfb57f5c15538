//! What the actor is told that happened to conversations of theirs: a list, newest first, of what they have seen and what they
//! have not. It is kept for some months, and two hundred at the most.

use std::collections::HashMap;

use model::{CreatedFrom, NotificationId, ThreadId, Timestamp, UserId};
use store::Tx;
use store::notification::{self as rows, Notification};
use store::thread as threads;
use store::user::User;

use crate::base::{Actor, Error, Result, access};
use crate::conversation::inbox::{self, ThreadRow};

/// How long they are kept, in seconds.
const KEPT: i64 = 90 * 24 * 3600;
/// How many are forgotten at once.
const AT_ONCE: i64 = 500;

/// One of them, with what it is about.
pub struct Told {
    /// What happened.
    pub notification: Notification,
    /// The conversation as it is now.
    pub thread: ThreadRow,
    /// Who did it.
    pub by: Option<User>,
}

/// Some of them.
pub struct Listed {
    /// The newest, or those before one of them. What is on a source that the actor does not read any more is left out.
    pub told: Vec<Told>,
    /// There are older ones.
    pub more: bool,
    /// How many of all they have not seen, beside those that are left out.
    pub unseen: i64,
}

/// The newest of what the actor is told, before one of them.
pub async fn list(tx: &mut Tx, actor: &Actor, before: Option<&NotificationId>, limit: i64) -> Result<Listed> {
    let unseen = rows::unseen(tx, actor.scope(), &actor.user.id).await?;
    let mut found = rows::list(tx, &actor.user.id, before, limit + 1).await?;
    let more = i64::try_from(found.len()).is_ok_and(|count| count > limit);
    found.truncate(usize::try_from(limit).unwrap_or_default());
    let mut shown: HashMap<ThreadId, Option<ThreadRow>> = HashMap::new();
    for Notification { thread_id, .. } in &found {
        if !shown.contains_key(thread_id) {
            let thread = threads::find(tx, actor.scope(), thread_id).await?;
            let row = inbox::rows(tx, thread.into_iter().collect()).await?.pop();
            shown.insert(thread_id.clone(), row);
        }
    }
    let ids: Vec<_> = found.iter().filter_map(|one| one.by_user_id.clone()).collect();
    let users = inbox::users(tx, &ids).await?;
    let told = found.into_iter().filter_map(|notification| {
        let thread = shown.get(&notification.thread_id)?.clone()?;
        let by = notification.by_user_id.as_ref().and_then(|id| users.get(id).cloned());
        Some(Told { notification, thread, by })
    });
    Ok(Listed { told: told.collect(), more, unseen })
}

/// What has been seen.
pub enum Seen {
    /// All up to this one.
    Until(NotificationId),
    /// What there is of a conversation.
    OfThread(ThreadId),
}

/// Notes what the actor has seen; gives how many they have not.
pub async fn see(tx: &mut Tx, actor: &Actor, seen: &Seen) -> Result<i64> {
    let user = &actor.user.id;
    match seen {
        Seen::Until(until) => rows::see_until(tx, user, until).await?,
        Seen::OfThread(thread) => rows::see_thread(tx, user, thread).await?,
    }
    Ok(rows::unseen(tx, actor.scope(), user).await?)
}

/// Who was told something of a thread at a moment, each with how many they have not seen of what they may read.
pub async fn told_at(tx: &mut Tx, thread: &ThreadId, at: Timestamp) -> Result<Vec<(UserId, i64)>> {
    let mut told = Vec::new();
    for user in rows::told_at(tx, thread, at).await? {
        match access::actor(tx, &user, None, CreatedFrom::Api).await {
            Ok(actor) => told.push((user.clone(), rows::unseen(tx, actor.scope(), &user).await?)),
            Err(Error::Unauthorized(..)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(told)
}

/// Forgets those that are too old, some at a time; tells whether there may be more.
pub async fn forget_old(tx: &mut Tx) -> Result<bool> {
    let before = tx.now().plus_seconds(-KEPT);
    Ok(rows::forget(tx, before, AT_ONCE).await? == AT_ONCE.unsigned_abs())
}
