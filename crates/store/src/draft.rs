//! What agents are writing and have not sent.

use model::{ThreadId, Timestamp, UserId};
use serde_json::{Map, Value as JsonValue};

use crate::{Error, Filter, Json, Row, Scope, Tx, params};

/// What somebody is writing on a thread.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The thread.
    pub thread_id: ThreadId,
    /// What the console has written down of it.
    pub data: Json<Map<String, JsonValue>>,
    /// Grows with each change.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Draft {
    fn of(row: &mut Row) -> Result<Self, Error> {
        Ok(Self { thread_id: row.take()?, data: row.take()?, version: row.take()?, updated_at: row.take()? })
    }
}

/// Finds what somebody is writing on a thread.
pub async fn find(tx: &mut Tx, user: &UserId, thread: &ThreadId) -> Result<Option<Draft>, Error> {
    let sql = "SELECT thread_id, data, version, updated_at FROM drafts WHERE user_id = ?1 AND thread_id = ?2";
    tx.rows(sql, params![user, thread]).await?.first_mut().map(Draft::of).transpose()
}

/// What somebody is writing on the threads within a scope, the last changed first.
pub async fn list(tx: &mut Tx, scope: &Scope, user: &UserId, limit: i64) -> Result<Vec<Draft>, Error> {
    let mut filter = Filter::default();
    filter.and_value("d.user_id = ?", user);
    let seen = scope.condition("t.source_id", &mut filter.params);
    filter.and(&seen);
    let sql = format!(
        "SELECT d.thread_id, d.data, d.version, d.updated_at FROM drafts d \
         JOIN content_threads t ON t.id = d.thread_id {} ORDER BY d.updated_at DESC, d.thread_id LIMIT {limit}",
        filter.clause()
    );
    tx.rows(&sql, filter.params).await?.iter_mut().map(Draft::of).collect()
}

/// Keeps one that there was not; false where another request was first.
pub async fn begin(tx: &mut Tx, user: &UserId, draft: &Draft) -> Result<bool, Error> {
    let Draft { thread_id, data, version, updated_at } = draft.clone();
    let sql = "INSERT INTO drafts (user_id, thread_id, data, version, updated_at) VALUES (?1, ?2, ?3, ?4, ?5) \
               ON CONFLICT (user_id, thread_id) DO NOTHING";
    Ok(tx.execute(sql, params![user, thread_id, data, version, updated_at]).await? == 1)
}

/// Keeps one in the place of that with another version; false where that has changed.
pub async fn change(tx: &mut Tx, user: &UserId, draft: &Draft, before: i64) -> Result<bool, Error> {
    let Draft { thread_id, data, version, updated_at } = draft.clone();
    let sql = "UPDATE drafts SET data = ?3, version = ?4, updated_at = ?5 \
               WHERE user_id = ?1 AND thread_id = ?2 AND version = ?6";
    Ok(tx.execute(sql, params![user, thread_id, data, version, updated_at, before]).await? == 1)
}

/// Removes one of a version; false where that has changed.
pub async fn remove(tx: &mut Tx, user: &UserId, thread: &ThreadId, version: i64) -> Result<bool, Error> {
    let sql = "DELETE FROM drafts WHERE user_id = ?1 AND thread_id = ?2 AND version = ?3";
    Ok(tx.execute(sql, params![user, thread, version]).await? == 1)
}

/// Forgets those that have not changed since a moment, and those of who is disabled, so many at the most; tells how many.
pub async fn forget(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM drafts WHERE (user_id, thread_id) IN \
               (SELECT user_id, thread_id FROM drafts WHERE updated_at < ?1 ORDER BY updated_at LIMIT ?2)";
    let old = tx.execute(sql, params![before, limit]).await?;
    let sql = "DELETE FROM drafts WHERE user_id IN (SELECT id FROM users WHERE enabled = FALSE)";
    tx.execute(sql, params![]).await?;
    Ok(old)
}
