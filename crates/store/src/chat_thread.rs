//! Live chats: where each thread of one stands, and its times.
//!
//! Whoever changes one holds its thread first; only until when the visitor counts as there is set without.

use model::{ChatState, CloseCause, IdentityId, SourceId, ThreadId, Timestamp, UserId};

use crate::{Error, Field, Row, Tx, params, table};

table! {
    /// A live chat.
    pub struct ChatThread in "chat_threads" {
        /// Its thread.
        thread_id: ThreadId,
        /// Where.
        source_id: SourceId,
        /// The visitor.
        identity_id: IdentityId,
        /// Where it stands.
        state: ChatState,
        /// Since when.
        since: Timestamp,
        /// Since when it waits for somebody; none while somebody has it, and when it has ended.
        waiting_since: Option<Timestamp>,
        /// Since when its visitor waits for somebody or for an answer; none while they do not.
        pressing_since: Option<Timestamp>,
        /// Who has it, or had it last.
        user_id: Option<UserId>,
        /// How they are called to the visitor.
        screenname: Option<String>,
        /// When they did something in it last.
        acted_at: Timestamp,
        /// Why it has ended.
        cause: Option<CloseCause>,
        /// After how many seconds it ends when nobody has it; 0 for never.
        impossible_after: i64,
        /// When that is; none once somebody had it.
        impossible_at: Option<Timestamp>,
        /// After how many seconds without its visitor it ends; 0 for never.
        gone_after: i64,
        /// When that is, as things are.
        gone_at: Option<Timestamp>,
        /// When it began.
        created_at: Timestamp,
    }
}

/// A live chat that has not ended, and whose it is.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its thread.
    pub thread_id: ThreadId,
    /// Where.
    pub source_id: SourceId,
    /// The visitor.
    pub identity_id: IdentityId,
}

/// The live chat of a thread.
pub async fn find(tx: &mut Tx, thread: &ThreadId) -> Result<Option<ChatThread>, Error> {
    tx.find("WHERE thread_id = ?1", params![thread]).await
}

/// The live chat of a held thread, held for a change.
pub async fn lock(tx: &mut Tx, thread: &ThreadId) -> Result<Option<ChatThread>, Error> {
    tx.find_locked("WHERE thread_id = ?1", params![thread]).await
}

/// The live chat that a visitor has on a source and that has not ended.
pub async fn open_of(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<Option<ChatThread>, Error> {
    let clause = "WHERE source_id = ?1 AND identity_id = ?2 AND state <> 'ended'";
    tx.find(clause, params![source, identity]).await
}

/// The live chat that a visitor began last on a source.
pub async fn newest_of(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<Option<ChatThread>, Error> {
    let clause = "WHERE identity_id = ?2 AND source_id = ?1 ORDER BY created_at DESC, thread_id DESC LIMIT 1";
    tx.find(clause, params![source, identity]).await
}

/// The live chats of some threads.
pub async fn of_threads(tx: &mut Tx, ids: &[ThreadId]) -> Result<Vec<ChatThread>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let clause = format!("WHERE thread_id IN ({})", crate::placeholders(1, ids.len()));
    tx.select(&clause, ids.iter().map(Field::to_value).collect()).await
}

/// Whether a source has a live chat that has not ended.
pub async fn any_open(tx: &mut Tx, source: &SourceId) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM chat_threads WHERE source_id = ?1 AND state <> 'ended' LIMIT 1";
    Ok(!tx.rows(sql, params![source]).await?.is_empty())
}

/// The live chats that end when their visitor is away for long, by their threads.
pub async fn awaiting_visitors(tx: &mut Tx) -> Result<Vec<Open>, Error> {
    let sql = "SELECT thread_id, source_id, identity_id FROM chat_threads WHERE gone_at IS NOT NULL ORDER BY thread_id";
    let open = |row: &mut Row| Ok(Open { thread_id: row.take()?, source_id: row.take()?, identity_id: row.take()? });
    tx.rows(sql, Vec::new()).await?.iter_mut().map(open).collect()
}

/// The live chats that wait for somebody, the first ones first, some at the most.
pub async fn waiting(tx: &mut Tx, limit: i64) -> Result<Vec<Open>, Error> {
    let sql = "SELECT thread_id, source_id, identity_id FROM chat_threads WHERE waiting_since IS NOT NULL \
               ORDER BY waiting_since, thread_id LIMIT ?1";
    let open = |row: &mut Row| Ok(Open { thread_id: row.take()?, source_id: row.take()?, identity_id: row.take()? });
    tx.rows(sql, params![limit]).await?.iter_mut().map(open).collect()
}

/// Notes that the visitor of a live chat is there: `slack` is after how many seconds that is said again.
pub async fn keep(tx: &mut Tx, thread: &ThreadId, slack: i64) -> Result<(), Error> {
    let sql = "UPDATE chat_threads SET gone_at = ?2 + CAST(1000 AS BIGINT) * (gone_after + ?3) \
               WHERE thread_id = ?1 AND gone_at IS NOT NULL";
    tx.execute(sql, params![thread, tx.now(), slack]).await.map(drop)
}

/// Gives the visitors of all live chats some seconds from now at the least: nobody could note that they were there.
pub async fn await_visitors(tx: &mut Tx, seconds: i64) -> Result<(), Error> {
    let sql = "UPDATE chat_threads SET gone_at = ?1 WHERE gone_at < ?1";
    tx.execute(sql, params![tx.now().plus_seconds(seconds)]).await.map(drop)
}

/// The threads of live chats of which a time has come, some at the most.
pub async fn due(tx: &mut Tx, limit: i64) -> Result<Vec<ThreadId>, Error> {
    let sql = "SELECT thread_id FROM chat_threads WHERE impossible_at <= ?1 \
               UNION SELECT thread_id FROM chat_threads WHERE gone_at <= ?1 ORDER BY 1 LIMIT ?2";
    tx.rows(sql, params![tx.now(), limit]).await?.iter_mut().map(Row::take).collect()
}

/// When the next of these times comes.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT MIN(at) FROM (SELECT MIN(impossible_at) AS at FROM chat_threads WHERE impossible_at IS NOT NULL \
               UNION ALL SELECT MIN(gone_at) FROM chat_threads WHERE gone_at IS NOT NULL) AS times";
    match tx.rows(sql, Vec::new()).await?.first_mut() {
        Some(row) => row.take(),
        None => Ok(None),
    }
}

/// When a live chat is taken from an agent who is absent: after the time that the source's channel gives, since they left
/// or did something in it last.
const ABANDONED: &str = "CAST(1000 AS BIGINT) * ch.task_timeout_seconds \
     + CASE WHEN p.since > c.acted_at THEN p.since ELSE c.acted_at END AS at \
     FROM chat_threads c JOIN agent_presence p ON p.user_id = c.user_id \
     JOIN content_sources s ON s.id = c.source_id JOIN channels ch ON ch.id = s.channel_id \
     WHERE c.state = 'connected' AND p.state = 'absent' AND ch.task_timeout_seconds > 0";

/// The threads of connected live chats whose agent is absent, each with when it is taken from them, the first ones first.
pub async fn abandoned(tx: &mut Tx, limit: i64) -> Result<Vec<(ThreadId, Timestamp)>, Error> {
    let sql = format!("SELECT c.thread_id, {ABANDONED} ORDER BY at, c.thread_id LIMIT ?1");
    let one = |row: &mut Row| Ok((row.take()?, row.take()?));
    tx.rows(&sql, params![limit]).await?.iter_mut().map(one).collect()
}

/// Whether a live chat is to be taken from its agent by now.
pub async fn is_abandoned(tx: &mut Tx, thread: &ThreadId) -> Result<bool, Error> {
    let sql = format!("SELECT {ABANDONED} AND c.thread_id = ?1");
    let found = tx.rows(&sql, params![thread]).await?.first_mut().map(Row::take::<Timestamp>).transpose()?;
    Ok(found.is_some_and(|at| at <= tx.now()))
}
