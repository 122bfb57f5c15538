//! Who waits for somebody on some sources, who is there for them, and who left the line lately.

use model::{ChannelId, SourceId, ThreadId, Timestamp, UserId};

use crate::{Error, Field, Row, Tx, Value, params, placeholders};

/// A thread that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The thread.
    pub thread_id: ThreadId,
    /// Where it is.
    pub source_id: SourceId,
    /// Since when its customer waits.
    pub since: Timestamp,
}

/// A thread that somebody took.
#[derive(Clone, Debug)]
pub struct Taken {
    /// When.
    pub at: Timestamp,
    /// Since when its customer had waited.
    pub since: Timestamp,
}

fn among(sources: &[SourceId], first: usize) -> (String, Vec<Value>) {
    (placeholders(first, sources.len()), sources.iter().map(Field::to_value).collect())
}

/// The threads that wait on some sources, those first that have waited longest; `limit` of them at the most.
pub async fn waiting(tx: &mut Tx, sources: &[SourceId], limit: i64) -> Result<Vec<Waiting>, Error> {
    if sources.is_empty() || limit <= 0 {
        return Ok(Vec::new());
    }
    let (ids, mut params) = among(sources, 1);
    params.push(limit.to_value());
    let sql = format!(
        "SELECT id, source_id, waiting_since FROM content_threads {} \
         WHERE folder = 'new' AND NOT closed AND waiting_since IS NOT NULL AND source_id IN ({ids}) \
         ORDER BY waiting_since, id LIMIT ?{}",
        tx.backend().by("threads_waits"),
        params.len()
    );
    let one = |row: &mut Row| Ok(Waiting { thread_id: row.take()?, source_id: row.take()?, since: row.take()? });
    tx.rows(&sql, params).await?.iter_mut().map(one).collect()
}

/// How many threads wait on some sources; `most` where there are more.
pub async fn count_waiting(tx: &mut Tx, sources: &[SourceId], most: i64) -> Result<i64, Error> {
    if sources.is_empty() {
        return Ok(0);
    }
    let (ids, mut params) = among(sources, 1);
    params.push(most.max(0).to_value());
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM content_threads WHERE folder = 'new' AND NOT closed AND source_id IN ({ids}) LIMIT ?{}) w",
        params.len()
    );
    tx.number(&sql, params).await
}

/// What people took on some sources after a moment, the last one first. What they began themselves nobody waited for.
pub async fn taken(tx: &mut Tx, sources: &[SourceId], after: Timestamp, limit: i64) -> Result<Vec<Taken>, Error> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let (ids, mut params) = among(sources, 1);
    params.extend([after.to_value(), limit.to_value()]);
    let sql = format!(
        "SELECT i.created_at, (SELECT MIN(w.created_at) FROM contents w WHERE w.intervention_id = i.id) \
         FROM interventions i JOIN users u ON u.id = i.user_id JOIN contents c ON c.id = i.content_id \
         WHERE i.created_at > ?{} AND i.source_id IN ({ids}) AND NOT u.bot AND c.creator_id IS NULL \
         ORDER BY i.created_at DESC, i.id DESC LIMIT ?{}",
        params.len() - 1,
        params.len()
    );
    let taken = |row: &mut Row| {
        let at: Timestamp = row.take()?;
        Ok(Taken { at, since: row.take::<Option<Timestamp>>()?.unwrap_or(at) })
    };
    tx.rows(&sql, params).await?.iter_mut().map(taken).collect()
}

/// When live chats on some sources ended that nobody had, after a moment, the last one first.
pub async fn given_up(
    tx: &mut Tx,
    sources: &[SourceId],
    after: Timestamp,
    limit: i64,
) -> Result<Vec<Timestamp>, Error> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let (ids, mut params) = among(sources, 1);
    params.extend([after.to_value(), limit.to_value()]);
    let sql = format!(
        "SELECT since FROM chat_threads WHERE state = 'ended' AND user_id IS NULL AND source_id IN ({ids}) \
         AND since > ?{} ORDER BY since DESC LIMIT ?{}",
        params.len() - 1,
        params.len()
    );
    tx.rows(&sql, params).await?.iter_mut().map(Row::take).collect()
}

/// Who is there and takes work on a channel, in the order of their ids. Of whom nothing was chosen there the channel's
/// own word counts, `otherwise`, unless they are away for a reason.
pub async fn available(tx: &mut Tx, channel: &ChannelId, otherwise: bool) -> Result<Vec<UserId>, Error> {
    let sql = "SELECT p.user_id FROM agent_presence p \
               LEFT JOIN agent_availability a ON a.user_id = p.user_id AND a.channel_id = ?1 \
               WHERE p.state = 'in' AND COALESCE(a.available, ?2 AND p.custom_status_id IS NULL) ORDER BY p.user_id";
    tx.rows(sql, params![channel, otherwise]).await?.iter_mut().map(Row::take).collect()
}
