//! The two doors to the database: [`Db::read`] and [`Db::write`].

use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use model::Timestamp;
use tokio::sync::{oneshot, watch};

use super::clock::Clock;
use super::postgres_line::{Line, Patience};
use super::receipt::Receipt;
use super::sqlite_file::SqliteFile;
use super::sqlite_readers::Work;
use super::sqlite_writer::{Job, Reply};
use super::tx::{Backend, Conn, LastFull, Shared, Tx};
use super::{ending, postgres_tls, wal};
use crate::{Error, migrate};

/// The future of a use case, borrowed from its transaction.
pub type TxFuture<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    inner: Arc<Inner>,
    clock: Clock,
    committed: watch::Sender<i64>,
    administration: Arc<AtomicU64>,
    full: LastFull,
    slow: Arc<Slow>,
}

/// Keeps an eye on writes that take long: on SQLite nobody else writes meanwhile.
#[derive(Debug)]
struct Slow {
    limit: Duration,
    count: AtomicU64,
}

impl Default for Slow {
    fn default() -> Self {
        Self { limit: Duration::from_millis(250), count: AtomicU64::new(0) }
    }
}

impl Slow {
    /// Notes how long the use case `F` has held the writer.
    fn note<F>(&self, took: Duration) {
        if took > self.limit {
            self.count.fetch_add(1, Ordering::Relaxed);
            let use_case = std::any::type_name::<F>().trim_end_matches("::{{closure}}");
            let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(use_case, milliseconds, "a write took long");
        }
    }
}

#[derive(Debug)]
enum Inner {
    Sqlite(SqliteFile),
    Postgres { line: Arc<Line>, shared: Arc<Shared> },
}

impl Db {
    /// Opens or creates an SQLite file and brings it to the newest schema.
    ///
    /// # Errors
    /// When the file cannot be opened or migrated.
    pub fn sqlite(path: &Path, clock: Clock) -> Result<Self, Error> {
        Self::sqlite_bounded(path, clock, wal::Bounds::default())
    }

    /// The same with a log of another length.
    pub(super) fn sqlite_bounded(path: &Path, clock: Clock, bounds: wal::Bounds) -> Result<Self, Error> {
        let committed = watch::Sender::new(0);
        let administration = Arc::<AtomicU64>::default();
        let full = LastFull::default();
        let shared = Shared::noting(full.clone());
        let sqlite = SqliteFile::open(path, bounds, clock.clone(), shared, committed.clone(), administration.clone())?;
        let inner = Arc::new(Inner::Sqlite(sqlite));
        Ok(Self { inner, clock, committed, administration, full, slow: Arc::default() })
    }

    /// Connects to a PostgreSQL server and brings its schema to the newest. Without `patience`, statements may take as
    /// long as they like.
    ///
    /// # Errors
    /// When the server cannot be reached or migrated.
    pub async fn postgres(
        url: &str,
        connections: usize,
        patience: Option<Patience>,
        clock: Clock,
    ) -> Result<Self, Error> {
        let way = postgres_tls::find_way(url).await?;
        // What is migrated may be large: on a connection of its own, without hurry.
        migrate::postgres(&mut *Line::open(&way, 1, None)?.connection().await?).await?;
        let full = LastFull::default();
        let inner =
            Inner::Postgres { line: Line::open(&way, connections, patience)?, shared: Shared::noting(full.clone()) };
        let committed = watch::Sender::new(0);
        let inner = Arc::new(inner);
        let db = Self { inner, clock, committed, administration: Arc::default(), full, slow: Arc::default() };
        db.refresh_position().await?;
        Ok(db)
    }

    /// Which database this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match &*self.inner {
            Inner::Sqlite(_) => Backend::Sqlite,
            Inner::Postgres { .. } => Backend::Postgres,
        }
    }

    /// The clock that transactions carry.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The file of an embedded database.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &*self.inner {
            Inner::Sqlite(sqlite) => Some(&sqlite.path),
            Inner::Postgres { .. } => None,
        }
    }

    /// When the database last had no room for a write; none when it always had.
    #[must_use]
    pub fn last_full(&self) -> Option<Timestamp> {
        self.full.time()
    }

    /// Tells of the journal's newest position each time that it grows.
    #[must_use]
    pub fn positions(&self) -> watch::Receiver<i64> {
        self.committed.subscribe()
    }

    /// A number that grows whenever users, permissions, sources or settings change: what is cached of them under an
    /// older number is stale.
    #[must_use]
    pub fn administration(&self) -> u64 {
        self.administration.load(Ordering::SeqCst)
    }

    /// Notes a change of the administration that another process made.
    pub fn note_administration(&self) {
        self.administration.fetch_add(1, Ordering::SeqCst);
    }

    /// How many writes have taken more than a quarter of a second.
    #[must_use]
    pub fn slow_writes(&self) -> u64 {
        self.slow.count.load(Ordering::Relaxed)
    }

    /// Reads the journal's newest position from the database: another process may have moved it.
    pub async fn refresh_position(&self) -> Result<i64, Error> {
        let position = self.read(|tx| Box::pin(ending::head(tx))).await?;
        self.committed.send_if_modified(|known| std::mem::replace(known, position.max(*known)) < position);
        Ok(position)
    }

    /// Runs a reading use case. What it reads is of one moment on SQLite; on PostgreSQL each statement sees the
    /// newest commits.
    ///
    /// # Errors
    /// The use case's own error, or the store's.
    pub async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let answer = Arc::new(Mutex::new(None));
        let place = answer.clone();
        let mut make = move || -> Work {
            let (job, place) = (job.clone(), place.clone());
            Box::new(move |tx| {
                Box::pin(async move {
                    let result = job(tx).await;
                    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                })
            })
        };
        self.run_read(&mut make).await?;
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.unwrap_or_else(|| Err(Error::Waited.into()))
    }

    /// The part of reading that is the same for all use cases: there is one of it in the program.
    async fn run_read(&self, make: &mut (dyn FnMut() -> Work + Send)) -> Result<(), Error> {
        match &*self.inner {
            Inner::Sqlite(sqlite) => sqlite.readers.read(&self.clock, make).await,
            Inner::Postgres { line, shared } => {
                let client = line.read().await?;
                let mut tx = Tx::new(Conn::Postgres(Box::new(client)), self.clock.now(), shared.clone());
                make()(&mut tx).await;
                Ok(())
            }
        }
    }

    /// Runs a writing use case in one transaction: all of it is kept and its events are in the journal when this
    /// returns, or nothing is. On PostgreSQL a use case that crossed another one on its rows is run once more.
    ///
    /// # Errors
    /// The use case's own error, or the store's; nothing was written then.
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.write_in(job, false).await
    }

    /// The same for what must come through while other writes wait for each other.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_ahead<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.write_in(job, true).await
    }

    async fn write_in<T, E, F>(&self, job: F, ahead: bool) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let receipt = Receipt::current();
        match &*self.inner {
            Inner::Sqlite(sqlite) => {
                let (answer, answered) = oneshot::channel::<Result<T, E>>();
                let slow = self.slow.clone();
                let job: Job = Box::new(move |tx| {
                    tx.carry(receipt.clone());
                    let began = Instant::now();
                    let result = run_now(tx, job);
                    slow.note::<F>(began.elapsed());
                    let keep = result.is_ok();
                    let kept = tx.has_left_answer();
                    let reply: Reply = Box::new(move |committed| {
                        if let Some(receipt) = receipt.filter(|_| keep && committed.is_ok()) {
                            receipt.committed(kept);
                        }
                        // Nobody may be waiting any more: the caller's request was dropped.
                        let _ = answer.send(committed.map_err(E::from).and(result));
                    });
                    (keep, reply)
                });
                let gone = || Error::Unavailable("the writer gave no answer".into());
                sqlite.writer.send(job).await.map_err(|_| gone())?;
                answered.await.unwrap_or_else(|_| Err(gone().into()))
            }
            Inner::Postgres { line, shared } => {
                let client = if ahead { line.read().await? } else { line.write().await? };
                let mut tx = Tx::new(Conn::Postgres(Box::new(client)), self.clock.now(), shared.clone());
                tx.carry(receipt);
                // A request that is dropped half-way must not leave an open transaction in the pool, so the work
                // goes on in a task of its own.
                let committed = (self.committed.clone(), self.administration.clone());
                let (work, slow) = (run_postgres(tx, job, self.clock.clone(), committed), self.slow.clone());
                let work = tokio::spawn(async move {
                    let began = Instant::now();
                    let result = work.await;
                    slow.note::<F>(began.elapsed());
                    result
                });
                work.await.unwrap_or_else(|e| Err(Error::Unavailable(e.to_string()).into()))
            }
        }
    }
}

fn run_now<T, E, F>(tx: &mut Tx, job: F) -> Result<T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E>,
    E: From<Error>,
{
    let value = job(tx).now_or_never().unwrap_or_else(|| Err(Error::Waited.into()))?;
    if let Some(error) = tx.spoiled() {
        return Err(error.into());
    }
    ending::finish(tx).now_or_never().unwrap_or(Err(Error::Waited))?;
    Ok(value)
}

async fn run_postgres<T, E, F>(
    mut tx: Tx,
    job: F,
    clock: Clock,
    (committed, administration): (watch::Sender<i64>, Arc<AtomicU64>),
) -> Result<T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Clone + Send,
    T: Send,
    E: From<Error> + Send,
{
    let mut ran = run_in(&mut tx, job.clone()).await?;
    if ran.is_err() && tx.has_crossed() {
        tx.batch("ROLLBACK").await?;
        tx.restart_same(clock.now());
        ran = run_in(&mut tx, job).await?;
    }
    match ran {
        Ok(value) => {
            tx.batch("COMMIT").await?;
            tx.note_commit();
            if tx.take_administration() {
                administration.fetch_add(1, Ordering::SeqCst);
            }
            let position = tx.position();
            committed.send_if_modified(|known| std::mem::replace(known, position.max(*known)) < position);
            Ok(value)
        }
        Err(error) => {
            if let Err(rollback) = tx.batch("ROLLBACK").await {
                tracing::warn!(%rollback, "rollback");
            }
            Err(error)
        }
    }
}

/// Begins a transaction and runs a use case in it. What comes out is still to be committed or rolled back.
async fn run_in<T, E, F>(tx: &mut Tx, job: F) -> Result<Result<T, E>, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    tx.batch("BEGIN").await?;
    // A panic would hand the pool a connection inside a transaction; catch it and roll back.
    let ran = std::panic::AssertUnwindSafe(async {
        let value = job(tx).await?;
        // Whatever the use case made of it: the transaction is lost, and its COMMIT would be a silent ROLLBACK.
        if let Some(error) = tx.spoiled() {
            return Err(error.into());
        }
        ending::finish(tx).await?;
        Ok(value)
    });
    Ok(ran.catch_unwind().await.unwrap_or_else(|_| Err(Error::Database("the use case panicked".into()).into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_write_that_takes_long_is_counted_and_others_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut db = Db::sqlite(&folder.path().join("db"), Clock::system()).expect("a database");
        let write = |db: Db| async move { db.write(|tx| Box::pin(tx.batch("SELECT 1"))).await.expect("written") };
        write(db.clone()).await;
        assert_eq!(db.slow_writes(), 0);
        db.slow = Arc::new(Slow { limit: Duration::ZERO, ..Slow::default() });
        write(db.clone()).await;
        assert_eq!(db.slow_writes(), 1);
        // Reading holds nobody up.
        db.read(|tx| Box::pin(ending::head(tx))).await.expect("read");
        assert_eq!(db.slow_writes(), 1);
    }
}
