//! What agents are told that happened to their conversations. It is written with what it tells of (`doors/notices.rs`).

use model::{NotificationId, ThreadId, Timestamp, UserId};

pub use crate::doors::Notification;
use crate::{Error, Filter, Row, Scope, Tx, params};

/// The newest of a user's, before one of them; `limit` at the most.
pub async fn list(
    tx: &mut Tx,
    user: &UserId,
    before: Option<&NotificationId>,
    limit: i64,
) -> Result<Vec<Notification>, Error> {
    let mut filter = Filter::default();
    filter.and_value("user_id = ?", user);
    if let Some(before) = before {
        filter.and_value("id < ?", before);
    }
    let clause = format!("{} ORDER BY id DESC LIMIT {limit}", filter.clause());
    tx.select(&clause, filter.params).await
}

/// How many a user has not seen, of conversations within the scope.
pub async fn unseen(tx: &mut Tx, scope: &Scope, user: &UserId) -> Result<i64, Error> {
    let mut filter = Filter::default();
    filter.and_value("n.user_id = ?", user);
    filter.and("n.seen_at IS NULL");
    let seen = scope.condition("t.source_id", &mut filter.params);
    filter.and(&seen);
    let from = "notifications n JOIN content_threads t ON t.id = n.thread_id";
    tx.number(&format!("SELECT COUNT(*) FROM {from} {}", filter.clause()), filter.params).await
}

/// Notes that a user has seen all up to one of them.
pub async fn see_until(tx: &mut Tx, user: &UserId, until: &NotificationId) -> Result<(), Error> {
    let sql = "UPDATE notifications SET seen_at = ?3 WHERE user_id = ?1 AND id <= ?2 AND seen_at IS NULL";
    let now = tx.now();
    tx.execute(sql, params![user, until, now]).await.map(drop)
}

/// Notes that a user has seen what there is of a thread.
pub async fn see_thread(tx: &mut Tx, user: &UserId, thread: &ThreadId) -> Result<(), Error> {
    let sql = "UPDATE notifications SET seen_at = ?3 WHERE user_id = ?1 AND thread_id = ?2 AND seen_at IS NULL";
    let now = tx.now();
    tx.execute(sql, params![user, thread, now]).await.map(drop)
}

/// Who was told something of a thread at a moment.
pub async fn told_at(tx: &mut Tx, thread: &ThreadId, at: Timestamp) -> Result<Vec<UserId>, Error> {
    let sql = "SELECT DISTINCT user_id FROM notifications WHERE thread_id = ?1 AND created_at = ?2";
    tx.rows(sql, params![thread, at]).await?.iter_mut().map(Row::take).collect()
}

/// Forgets those from before a moment, so many at the most; tells how many.
pub async fn forget(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM notifications WHERE id IN \
               (SELECT id FROM notifications WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)";
    tx.execute(sql, params![before, limit]).await
}
