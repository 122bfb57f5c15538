//! A writing use case without its types, as the writers have it: it can be run, and its caller answered. What it came to
//! only the caller can read, so that everything between the two is compiled once and not once for each use case.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::oneshot;

use super::ending;
use super::receipt::Receipt;
use super::sqlite_writer;
use super::tx::Tx;
use crate::Error;

/// What a use case came to: its `Result`, of whatever type.
pub(super) type Outcome = Box<dyn Any + Send>;
/// Whether what was written is to be kept, and what the caller is told then; an error of the store's when nothing of it
/// counts.
pub(super) type Ran = Result<(bool, Outcome), Error>;
/// Runs the use case in a transaction.
pub(super) type Run =
    Box<dyn for<'t> FnMut(&'t mut Tx) -> Pin<Box<dyn Future<Output = (bool, Outcome)> + Send + 't>> + Send>;

/// How a use case goes to a writer of PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// In its turn.
    Usual,
    /// Ahead of all that wait for each other.
    Ahead,
    /// In its turn, for many at once: it waits for nobody who is in its way.
    ForMany,
}

/// A use case that is to be run.
pub(super) struct Job {
    /// The name of its type.
    pub(super) name: &'static str,
    pub(super) way: Way,
    receipt: Option<Receipt>,
    run: Run,
    answer: oneshot::Sender<Result<Outcome, Error>>,
    asked: Instant,
}

impl Job {
    /// A use case, and where its answer comes.
    pub(super) fn new(name: &'static str, way: Way, run: Run) -> (Self, oneshot::Receiver<Result<Outcome, Error>>) {
        let (answer, answered) = oneshot::channel();
        (Self { name, way, receipt: Receipt::current(), run, answer, asked: Instant::now() }, answered)
    }

    /// For how long it has been waiting.
    pub(super) fn age(&self) -> Duration {
        self.asked.elapsed()
    }

    /// Whether its caller has gone.
    pub(super) fn is_forgotten(&self) -> bool {
        self.answer.is_closed()
    }

    /// Runs it in a transaction, and leaves there what is to commit with it. When this gives an error, or something that
    /// is not to be kept, the transaction still has what was written.
    pub(super) async fn perform(&mut self, tx: &mut Tx) -> Ran {
        tx.carry(self.receipt.clone());
        // A panic would leave the connection inside a transaction.
        let ran = AssertUnwindSafe(async { (self.run)(tx).await }).catch_unwind().await;
        let (keep, outcome) = ran.map_err(|_| Error::Database("the use case panicked".into()))?;
        if keep {
            // Whatever the use case made of it: the transaction is lost, and its commit would keep nothing.
            tx.spoiled().map_or(Ok(()), Err)?;
            ending::finish(tx).await?;
        }
        Ok((keep, outcome))
    }

    /// Tells the caller how it ended: what it came to, once the transaction was committed, or why that failed.
    /// `answered` says whether its request's answer is kept in the same transaction.
    pub(super) fn end(self, committed: Result<(), Error>, ran: Ran, answered: bool) {
        let kept = matches!(ran, Ok((true, _))) && committed.is_ok();
        if let Some(receipt) = self.receipt.filter(|_| kept) {
            receipt.committed(answered);
        }
        // Nobody may be waiting any more: the caller's request was dropped.
        let _ = self.answer.send(committed.and(ran.map(|(_, outcome)| outcome)));
    }

    /// Tells the caller that it was not run.
    pub(super) fn refuse(self, error: Error) {
        let _ = self.answer.send(Err(error));
    }

    /// The same for the writer of the embedded database.
    pub(super) fn for_sqlite(mut self, slow: Arc<Slow>) -> sqlite_writer::Job {
        Box::new(move |tx| {
            // Its caller was told that it is not done, and may have asked for it again.
            if self.is_forgotten() {
                return (false, Box::new(|_| {}));
            }
            let began = Instant::now();
            let ran = self.perform(tx).now_or_never().unwrap_or(Err(Error::Waited));
            slow.note(self.name, began.elapsed());
            let (keep, answered) = (matches!(ran, Ok((true, _))), tx.has_left_answer());
            (keep, Box::new(move |committed| self.end(committed, ran, answered)))
        })
    }
}

/// Keeps an eye on writes that take long: on SQLite nobody else writes meanwhile.
#[derive(Debug)]
pub(super) struct Slow {
    limit: Duration,
    count: AtomicU64,
}

impl Default for Slow {
    fn default() -> Self {
        Self::beyond(Duration::from_millis(250))
    }
}

impl Slow {
    /// Counts what takes longer than this.
    pub(super) fn beyond(limit: Duration) -> Self {
        Self { limit, count: AtomicU64::new(0) }
    }

    /// How many there were.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Notes how long a use case has held its transaction.
    pub(super) fn note(&self, name: &str, took: Duration) {
        if took > self.limit {
            self.count.fetch_add(1, Ordering::Relaxed);
            let use_case = name.trim_end_matches("::{{closure}}");
            let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(use_case, milliseconds, "a write took long");
        }
    }
}
