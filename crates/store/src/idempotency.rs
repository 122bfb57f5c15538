//! Answers kept under the idempotency keys of requests.
//!
//! A request with a key carries a [`Receipt`]. The first transaction that it commits leaves the key's row behind, with
//! the answer when the use case gave it ([`Tx::keep_answer`]). So the row is there exactly when the change is, also
//! after a crash; and a second request with the key, in another process too, cannot commit: the row is there already.

pub use crate::doors::{Answer, Kept, Receipt, note};
use crate::{Error, Tx, params};

/// What is kept under a key; what has expired too.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Kept>, Error> {
    tx.find("WHERE id = ?1", params![id.to_owned()]).await
}

/// Forgets a key that has expired.
pub async fn forget(tx: &mut Tx, id: &str) -> Result<(), Error> {
    let sql = "DELETE FROM idempotency_keys WHERE id = ?1 AND expires_at <= ?2";
    tx.execute(sql, params![id.to_owned(), tx.now()]).await.map(drop)
}

/// Forgets up to `limit` keys that have expired; tells how many.
pub async fn forget_expired(tx: &mut Tx, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM idempotency_keys WHERE id IN \
               (SELECT id FROM idempotency_keys WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)";
    tx.execute(sql, params![tx.now(), limit]).await
}
