//! Answers kept under the idempotency keys of requests.
//!
//! A request with a key carries a [`Receipt`]. The first transaction that it commits leaves the key's row behind, with
//! the answer when the use case gave it ([`Tx::keep_answer`]). So the row is there exactly when the change is, also
//! after a crash; and a second request with the key, in another process too, cannot commit: the row is there already.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use model::Timestamp;

use crate::{Error, Tx, params, table};

table! {
    /// What was answered to a request with an idempotency key.
    pub struct Kept in "idempotency_keys" {
        /// A hash of the caller and the key.
        id: String,
        /// Which attempt at the request wrote it.
        attempt: String,
        /// A hash of what was asked.
        fingerprint: String,
        /// The code of the answer; none when the change is committed and its answer is not known.
        status: Option<i64>,
        /// The media type of the answer.
        content_type: Option<String>,
        /// The body of the answer, sealed.
        body: Option<String>,
        /// When it was written.
        created_at: Timestamp,
        /// When it is forgotten.
        expires_at: Timestamp,
    }
}

/// An answer as it is kept.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The code.
    pub status: u16,
    /// The media type.
    pub content_type: String,
    /// The body, sealed.
    pub body: String,
}

/// What a request with a key leaves behind when it changes something. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Receipt(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: String,
    attempt: String,
    fingerprint: String,
    kept_seconds: i64,
    stage: AtomicU8,
}

/// Nothing is committed yet.
const OPEN: u8 = 0;
/// A change is committed; its answer is not.
const COMMITTED: u8 = 1;
/// A change is committed with its answer.
const ANSWERED: u8 = 2;
/// Another request with the same key was first.
const REPEATED: u8 = 3;

tokio::task_local! {
    static CURRENT: Receipt;
}

impl Receipt {
    /// A receipt for one attempt at a request.
    #[must_use]
    pub fn new(id: String, attempt: String, fingerprint: String, kept_seconds: i64) -> Self {
        Self(Arc::new(Inner { id, attempt, fingerprint, kept_seconds, stage: AtomicU8::new(OPEN) }))
    }

    /// Runs a request with this receipt: its writes leave it behind.
    pub async fn carried_by<F: Future>(self, request: F) -> F::Output {
        CURRENT.scope(self, request).await
    }

    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    pub(crate) fn id(&self) -> &str {
        &self.0.id
    }

    /// Whether a change was committed with its answer.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.0.stage.load(Ordering::SeqCst) == ANSWERED
    }

    /// Whether another request with the same key was first; nothing of this one was kept then.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.0.stage.load(Ordering::SeqCst) == REPEATED
    }

    fn is_open(&self) -> bool {
        self.0.stage.load(Ordering::SeqCst) == OPEN
    }

    pub(crate) fn committed(&self, answered: bool) {
        let stage = if answered { ANSWERED } else { COMMITTED };
        self.0.stage.fetch_max(stage, Ordering::SeqCst);
    }

    fn row(&self, now: Timestamp, answer: Option<Answer>) -> Kept {
        let Inner { id, attempt, fingerprint, kept_seconds, .. } = &*self.0;
        Kept {
            id: id.clone(),
            attempt: attempt.clone(),
            fingerprint: fingerprint.clone(),
            status: answer.as_ref().map(|a| i64::from(a.status)),
            content_type: answer.as_ref().map(|a| a.content_type.clone()),
            body: answer.map(|a| a.body),
            created_at: now,
            expires_at: now.plus_seconds(*kept_seconds),
        }
    }
}

/// Leaves the receipt behind in the transaction that commits the request's first change.
pub(crate) async fn leave(tx: &mut Tx, receipt: &Receipt, answer: Option<Answer>) -> Result<(), Error> {
    if receipt.is_open() {
        let row = receipt.row(tx.now(), answer);
        if !tx.insert_if_new(&row).await? {
            receipt.0.stage.store(REPEATED, Ordering::SeqCst);
            return Err(Error::Repeated);
        }
    } else if let Some(answer) = answer {
        note(tx, receipt, answer).await?;
    }
    Ok(())
}

/// Notes the answer of a request: beside its change, or alone when it changed nothing. Tells whether it was noted; it is
/// not when another request with the key was first.
///
/// # Errors
/// As the database says.
pub async fn note(tx: &mut Tx, receipt: &Receipt, answer: Answer) -> Result<bool, Error> {
    let row = receipt.row(tx.now(), Some(answer));
    if receipt.is_open() {
        return tx.insert_if_new(&row).await;
    }
    let sql = "UPDATE idempotency_keys SET status = ?3, content_type = ?4, body = ?5 WHERE id = ?1 AND attempt = ?2";
    let changed = tx.execute(sql, params![row.id, row.attempt, row.status, row.content_type, row.body]).await?;
    Ok(changed == 1)
}

/// What is kept under a key; what has expired too.
///
/// # Errors
/// As the database says.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Kept>, Error> {
    tx.find("WHERE id = ?1", params![id.to_owned()]).await
}

/// Forgets a key that has expired.
///
/// # Errors
/// As the database says.
pub async fn forget(tx: &mut Tx, id: &str) -> Result<(), Error> {
    let sql = "DELETE FROM idempotency_keys WHERE id = ?1 AND expires_at <= ?2";
    tx.execute(sql, params![id.to_owned(), tx.now()]).await.map(drop)
}

/// Forgets up to `limit` keys that have expired; tells how many.
///
/// # Errors
/// As the database says.
pub async fn forget_expired(tx: &mut Tx, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM idempotency_keys WHERE id IN \
               (SELECT id FROM idempotency_keys WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)";
    tx.execute(sql, params![tx.now(), limit]).await
}
