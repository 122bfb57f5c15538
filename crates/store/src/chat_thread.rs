//! Live chats: where each thread of one stands, and its times.
//!
//! Whoever changes one holds its thread first; only until when the visitor counts as there is set without.

use model::{ChatState, CloseCause, IdentityId, SourceId, ThreadId, Timestamp, UserId};

use crate::{Backend, Error, Field, Row, Tx, Value, params, table};

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
        /// Who has it, or had it last; of one that has ended, who had it then.
        user_id: Option<UserId>,
        /// How they are called to the visitor.
        screenname: Option<String>,
        /// When they did something in it last.
        acted_at: Timestamp,
        /// Why it has ended.
        cause: Option<CloseCause>,
        /// After how many seconds it ends when nobody has it; 0 for never, and once a person had it.
        impossible_after: i64,
        /// When that is; none while a bot has it, and once a person had it.
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

/// Notes that the visitors of some live chats are there: `slack` is after how many seconds that is said again. Of whom it
/// was said since stays as they are.
pub async fn keep(tx: &mut Tx, threads: &[ThreadId], slack: i64) -> Result<(), Error> {
    if threads.is_empty() {
        return Ok(());
    }
    let mut params = params![tx.now(), slack];
    params.extend(threads.iter().map(Field::to_value));
    let ids = crate::placeholders(3, threads.len());
    let due = format!("thread_id IN ({ids}) AND gone_at <= ?1 + CAST(1000 AS BIGINT) * gone_after");
    set_gone(tx, "?1 + CAST(1000 AS BIGINT) * (gone_after + ?2)", &due, params).await
}

/// Gives the visitors of all live chats some seconds from now at the least: nobody could note that they were there.
pub async fn await_visitors(tx: &mut Tx, seconds: i64) -> Result<(), Error> {
    set_gone(tx, "?1", "gone_at < ?1", params![tx.now().plus_seconds(seconds)]).await
}

/// Sets until when the visitors of those live chats are awaited for which `when` holds. The rows are taken in the order of
/// their threads: two servers do not cross.
async fn set_gone(tx: &mut Tx, at: &str, when: &str, params: Vec<Value>) -> Result<(), Error> {
    let held = match tx.backend() {
        Backend::Postgres => {
            format!("thread_id IN (SELECT thread_id FROM chat_threads WHERE {when} ORDER BY thread_id FOR UPDATE)")
        }
        Backend::Sqlite => when.to_owned(),
    };
    // Behind the lock it is looked at again: what has ended awaits nobody.
    let sql = format!("UPDATE chat_threads SET gone_at = {at} WHERE {held} AND gone_at IS NOT NULL");
    tx.execute(&sql, params).await.map(drop)
}

/// The threads of live chats of which a time has come by then, some at the most.
pub async fn due(tx: &mut Tx, by: Timestamp, limit: i64) -> Result<Vec<ThreadId>, Error> {
    let sql = "SELECT thread_id FROM chat_threads WHERE impossible_at <= ?1 \
               UNION SELECT thread_id FROM chat_threads WHERE gone_at <= ?1 ORDER BY 1 LIMIT ?2";
    tx.rows(sql, params![by, limit]).await?.iter_mut().map(Row::take).collect()
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
/// or did something in it last. Whoever never had a console is absent, unless they are a program; a source without a
/// channel gives as long as the channel of live chats; who is disabled has no time at all.
const ABANDONED: &str = "CASE WHEN u.enabled THEN CAST(1000 AS BIGINT) \
     * CASE WHEN ch.id IS NULL THEN 90 ELSE ch.task_timeout_seconds END ELSE 0 END \
     + CASE WHEN u.enabled AND p.since > c.acted_at THEN p.since ELSE c.acted_at END AS at \
     FROM chat_threads c JOIN users u ON u.id = c.user_id JOIN content_threads t ON t.id = c.thread_id \
     LEFT JOIN agent_presence p ON p.user_id = c.user_id \
     LEFT JOIN content_sources s ON s.id = c.source_id LEFT JOIN channels ch ON ch.id = s.channel_id \
     WHERE c.state = 'connected' AND (NOT u.enabled OR (NOT u.bot AND COALESCE(t.last_bot_id, '') <> u.id \
     AND COALESCE(p.state, 'absent') = 'absent' AND (ch.id IS NULL OR ch.task_timeout_seconds > 0)))";

/// The threads of connected live chats whose agent is absent or disabled, each with when it is taken from them, the first
/// ones first.
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
