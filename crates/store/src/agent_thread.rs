//! What each agent has read of each thread, and what was marked for them.

use std::collections::HashMap;

use model::{MarkedBecause, ThreadId, Timestamp, UserId};

use crate::{Error, Field, Filter, Row, Scope, Tx, params};

/// What an agent has read of a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mine {
    /// The place up to which they have read it.
    pub read_ordinal: i64,
    /// It is marked for them, read or not.
    pub marked: bool,
    /// It is, because somebody has mentioned them.
    pub mentioned: bool,
}

/// The columns of [`Mine`].
const MINE: &str = "read_ordinal, marked, (marked AND marked_because = 'mention') IS TRUE";

impl Mine {
    fn of(row: &mut Row) -> Result<Self, Error> {
        Ok(Self { read_ordinal: row.take()?, marked: row.take()?, mentioned: row.take()? })
    }
}

/// How many threads a user has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assigned {
    /// Under an open intervention of theirs.
    pub all: i64,
    /// Those that wait for them.
    pub waiting: i64,
    /// Those of them with something that they have not read.
    pub unread: i64,
}

/// A thread that somebody has, as far as it may wait for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    /// The thread.
    pub thread_id: ThreadId,
    /// The place of the last word in it that is not the company's.
    pub attention_ordinal: i64,
    /// The place up to which they have read it.
    pub read_ordinal: i64,
    /// It is marked for them.
    pub marked: bool,
    /// Since when its customer waits.
    pub waiting_since: Option<Timestamp>,
    /// The last answer has not reached the other side, or was not let out.
    pub failed: bool,
    /// It waits for them.
    pub waits: bool,
}

/// The row of an agent for a thread, by the placeholder of the agent.
fn of(user: &str, what: &str) -> String {
    format!("(SELECT {what} FROM agent_threads a WHERE a.user_id = {user} AND a.thread_id = content_threads.id)")
}

/// 1 where an agent has not read a thread, else 0, by the placeholders of the agent and of since when they have an account.
pub(crate) fn is_unread(user: &str, from: &str) -> String {
    let own = of(user, "CASE WHEN a.marked OR content_threads.attention_ordinal > a.read_ordinal THEN 1 ELSE 0 END");
    format!("COALESCE({own}, CASE WHEN attention_ordinal > 0 AND last_content_at > {from} THEN 1 ELSE 0 END)")
}

/// Up to which place an agent has read a thread.
fn read_up_to(user: &str, from: &str) -> String {
    let own = of(user, "a.read_ordinal");
    format!("COALESCE({own}, CASE WHEN last_content_at > {from} THEN 0 ELSE attention_ordinal END)")
}

fn is_marked(user: &str) -> String {
    format!("COALESCE({}, 0)", of(user, "CASE WHEN a.marked THEN 1 ELSE 0 END"))
}

/// 1 where a thread that an agent has waits for them, else 0: its customer waits, or their answer came to nothing, it is
/// marked, or it is a live chat that has ended and is to be done; and no answer waits for approval.
fn waits(user: &str) -> String {
    let marked = is_marked(user);
    format!(
        "CASE WHEN (marks & 128) = 0 AND (waiting_since IS NOT NULL OR trouble IS NOT NULL OR {marked} = 1 \
         OR (closed AND chat_mode = 'live_chat')) THEN 1 ELSE 0 END"
    )
}

/// The order in which threads wait for an agent: those that do, what is unread before what is not, who waits longest ahead;
/// then the others, newest activity first.
pub(crate) fn attention_order(user: &str, from: &str) -> String {
    let (waits, unread) = (waits(user), is_unread(user, from));
    format!(
        "{waits} DESC, CASE WHEN {waits} = 1 THEN {unread} ELSE 0 END DESC, \
         CASE WHEN {waits} = 1 THEN COALESCE(waiting_since, last_content_at) ELSE 0 END, last_content_at DESC, id DESC"
    )
}

/// Threads within the scope under an open intervention of a user.
fn held(scope: &Scope, user: &UserId) -> Filter {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and("folder = 'open'");
    filter.and_value("assigned_user_id = ?", user);
    filter
}

/// How many threads within the scope a user has, of an account that began then.
pub async fn count(tx: &mut Tx, scope: &Scope, user: &UserId, from: Timestamp) -> Result<Assigned, Error> {
    let mut filter = held(scope, user);
    let by = [filter.bind(user.to_value()), filter.bind(from.to_value())];
    let (waits, unread) = (waits(&by[0]), is_unread(&by[0], &by[1]));
    let sum = |what: &str| format!("CAST(COALESCE(SUM({what}), 0) AS BIGINT)");
    let sql = format!("SELECT COUNT(*), {}, {} FROM content_threads {}", sum(&waits), sum(&unread), filter.clause());
    match tx.rows(&sql, filter.params).await?.first_mut() {
        Some(row) => Ok(Assigned { all: row.take()?, waiting: row.take()?, unread: row.take()? }),
        None => Ok(Assigned::default()),
    }
}

/// The threads within the scope that a user has, in the order in which they wait for them; `limit` at the most.
pub async fn attention(
    tx: &mut Tx,
    scope: &Scope,
    user: &UserId,
    from: Timestamp,
    limit: i64,
) -> Result<Vec<Attention>, Error> {
    let mut filter = held(scope, user);
    let by = [filter.bind(user.to_value()), filter.bind(from.to_value())];
    let sql = format!(
        "SELECT id, attention_ordinal, {}, CAST({} AS BIGINT), waiting_since, \
         CAST(CASE WHEN trouble IS NOT NULL THEN 1 ELSE 0 END AS BIGINT), CAST({} AS BIGINT) \
         FROM content_threads {} ORDER BY {} LIMIT {limit}",
        read_up_to(&by[0], &by[1]),
        is_marked(&by[0]),
        waits(&by[0]),
        filter.clause(),
        attention_order(&by[0], &by[1]),
    );
    let is = |number: i64| number == 1;
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut()
        .map(|row| {
            Ok(Attention {
                thread_id: row.take()?,
                attention_ordinal: row.take()?,
                read_ordinal: row.take()?,
                marked: is(row.take()?),
                waiting_since: row.take()?,
                failed: is(row.take()?),
                waits: is(row.take()?),
            })
        })
        .collect()
}

/// What a user has read of some threads; those that they have no row for are left out.
pub async fn of_threads(tx: &mut Tx, user: &UserId, threads: &[ThreadId]) -> Result<HashMap<ThreadId, Mine>, Error> {
    if threads.is_empty() {
        return Ok(HashMap::new());
    }
    let mut filter = Filter::default();
    filter.and_value("user_id = ?", user);
    filter.and_in("thread_id", threads);
    let sql = format!("SELECT thread_id, {MINE} FROM agent_threads {}", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, Mine::of(row)?))).collect()
}

/// For whom a thread is marked.
pub async fn marked_for(tx: &mut Tx, thread: &ThreadId) -> Result<Vec<(UserId, Mine)>, Error> {
    let sql = format!("SELECT user_id, {MINE} FROM agent_threads WHERE thread_id = ?1 AND marked");
    let mut rows = tx.rows(&sql, params![thread]).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, Mine::of(row)?))).collect()
}

/// Notes that a user has read a thread up to a place; no mark outlasts that. It only rises.
pub async fn read(tx: &mut Tx, user: &UserId, thread: &ThreadId, up_to: i64) -> Result<Mine, Error> {
    let sql = "INSERT INTO agent_threads (user_id, thread_id, read_ordinal, marked) VALUES (?1, ?2, ?3, FALSE) \
               ON CONFLICT (user_id, thread_id) DO UPDATE SET marked = FALSE, marked_because = NULL, \
               read_ordinal = CASE WHEN excluded.read_ordinal > agent_threads.read_ordinal \
               THEN excluded.read_ordinal ELSE agent_threads.read_ordinal END RETURNING read_ordinal";
    match tx.rows(sql, params![user, thread, up_to]).await?.first_mut() {
        Some(row) => Ok(Mine { read_ordinal: row.take()?, ..Mine::default() }),
        None => Ok(Mine { read_ordinal: up_to, ..Mine::default() }),
    }
}

/// Marks a thread for a user, who has read it up to a place at the least. That they were mentioned is not forgotten over
/// anything else, until they have read it.
pub async fn mark(
    tx: &mut Tx,
    user: &UserId,
    thread: &ThreadId,
    read_ordinal: i64,
    because: MarkedBecause,
) -> Result<(), Error> {
    let sql = "INSERT INTO agent_threads (user_id, thread_id, read_ordinal, marked, marked_because) \
               VALUES (?1, ?2, ?3, TRUE, ?4) ON CONFLICT (user_id, thread_id) \
               DO UPDATE SET marked = TRUE, marked_because = CASE \
               WHEN agent_threads.marked AND agent_threads.marked_because = 'mention' THEN 'mention' \
               ELSE excluded.marked_because END";
    tx.execute(sql, params![user, thread, read_ordinal, because.as_str().to_owned()]).await.map(drop)
}
