//! What a request with an idempotency key carries through its transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use model::Timestamp;

use crate::table;

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

    pub(super) fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    pub(super) fn id(&self) -> &str {
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

    /// Has it look again whether another was first: what said so may have been undone.
    pub(super) fn reopen(&self) {
        let _ = self.0.stage.compare_exchange(REPEATED, OPEN, Ordering::SeqCst, Ordering::SeqCst);
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.stage.load(Ordering::SeqCst) == OPEN
    }

    pub(super) fn committed(&self, answered: bool) {
        let stage = if answered { ANSWERED } else { COMMITTED };
        self.0.stage.fetch_max(stage, Ordering::SeqCst);
    }

    pub(super) fn repeated(&self) {
        self.0.stage.store(REPEATED, Ordering::SeqCst);
    }

    pub(super) fn row(&self, now: Timestamp, answer: Option<Answer>) -> Kept {
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
