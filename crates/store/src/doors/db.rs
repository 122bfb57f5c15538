//! The two doors to the database: [`Db::read`] and [`Db::write`].

use std::future::ready;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use model::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::clock::Clock;
use super::job::{Job, Outcome, Run, Slow, Way};
use super::postgres_line::{Line, Patience};
use super::postgres_writer::{Ground, Writers};
use super::sqlite_file::SqliteFile;
use super::sqlite_readers::{Turn, Work};
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

#[derive(Debug)]
enum Inner {
    Sqlite(SqliteFile),
    Postgres { line: Arc<Line>, shared: Arc<Shared>, writers: Writers },
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
        let (full, committed, slow) = (LastFull::default(), watch::Sender::new(0), Arc::<Slow>::default());
        let (administration, shared) = (Arc::<AtomicU64>::default(), Shared::noting(full.clone()));
        let line = Line::open(&way, connections, patience)?;
        let writers = Writers::start(Ground {
            line: line.clone(),
            shared: shared.clone(),
            clock: clock.clone(),
            committed: committed.clone(),
            administration: administration.clone(),
            slow: slow.clone(),
            long: Mutex::default(),
            crossing: tokio::sync::Mutex::default(),
            runtime: Handle::current(),
        });
        let inner = Arc::new(Inner::Postgres { line, shared, writers });
        let db = Self { inner, clock, committed, administration, full, slow };
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

    /// Whether the database is a process of its own: each statement is a way there and back.
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.backend() == Backend::Postgres
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
        self.slow.count()
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
        self.read_in(job, Turn::Usual).await
    }

    /// The same for what must come through while others read for long.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_ahead<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.read_in(job, Turn::Ahead).await
    }

    async fn read_in<T, E, F>(&self, job: F, turn: Turn) -> Result<T, E>
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
        self.run_read(turn, &mut make).await?;
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.unwrap_or_else(|| Err(Error::Waited.into()))
    }

    /// The part of reading that is the same for all use cases: there is one of it in the program.
    async fn run_read(&self, turn: Turn, make: &mut (dyn FnMut() -> Work + Send)) -> Result<(), Error> {
        match &*self.inner {
            Inner::Sqlite(sqlite) => sqlite.readers.read(&self.clock, turn, make).await,
            Inner::Postgres { line, shared, .. } => {
                let client = match turn {
                    Turn::Usual => line.read().await?,
                    Turn::Ahead => line.ahead().await?,
                };
                let mut tx = Tx::new(Conn::Postgres(Box::new(client)), self.clock.now(), shared.clone());
                make()(&mut tx).await;
                Ok(())
            }
        }
    }

    /// Runs a writing use case in one transaction: all of it is kept and its events are in the journal when this
    /// returns, or nothing is. On PostgreSQL a use case may be run more than once: what was written before is undone
    /// then.
    ///
    /// # Errors
    /// The use case's own error, or the store's; nothing was written then.
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.write_in(job, Way::Usual).await
    }

    /// The same for what is done for many at once. Where it meets what somebody else holds or wants, it is not tried again:
    /// they can be done one by one, and only the one concerned waits.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_for_many<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.write_in(job, Way::ForMany).await
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
        self.write_in(job, Way::Ahead).await
    }

    async fn write_in<T, E, F>(&self, job: F, way: Way) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        // On SQLite it runs once: it need not be copied.
        let again = self.backend() == Backend::Postgres;
        let mut kept = Some(job);
        let run: Run = Box::new(move |tx| match if again { kept.clone() } else { kept.take() } {
            Some(job) => Box::pin(job(tx).map(|outcome| (outcome.is_ok(), Box::new(outcome) as Outcome))),
            None => Box::pin(ready((false, Box::new(Err::<T, E>(Error::Waited.into())) as Outcome))),
        });
        let outcome = self.carry_out(std::any::type_name::<F>(), run, way).await?;
        outcome.downcast::<Result<T, E>>().map_or_else(|_| Err(Error::Waited.into()), |outcome| *outcome)
    }

    /// Has a writer run a use case; gives what it came to.
    fn carry_out<'d>(
        &'d self,
        name: &'static str,
        run: Run,
        way: Way,
    ) -> Pin<Box<dyn Future<Output = Result<Outcome, Error>> + Send + 'd>> {
        let (job, answered) = Job::new(name, way, run);
        Box::pin(async move {
            let gone = || Error::Unavailable("the writer gave no answer".into());
            match &*self.inner {
                Inner::Sqlite(sqlite) => {
                    sqlite.writer.send(job.for_sqlite(self.slow.clone())).await.map_err(|_| gone())?;
                }
                Inner::Postgres { writers, .. } => writers.take(job).await,
            }
            answered.await.unwrap_or_else(|_| Err(gone()))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::*;
    use crate::Value;

    #[tokio::test]
    async fn a_write_that_takes_long_is_counted_and_others_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut db = Db::sqlite(&folder.path().join("db"), Clock::system()).expect("a database");
        let write = |db: Db| async move { db.write(|tx| Box::pin(tx.batch("SELECT 1"))).await.expect("written") };
        write(db.clone()).await;
        assert_eq!(db.slow_writes(), 0);
        db.slow = Arc::new(Slow::beyond(Duration::ZERO));
        write(db.clone()).await;
        assert_eq!(db.slow_writes(), 1);
        // Reading holds nobody up.
        db.read(|tx| Box::pin(ending::head(tx))).await.expect("read");
        assert_eq!(db.slow_writes(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_nobody_waits_for_any_more_when_its_turn_comes_is_not_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::sqlite(&folder.path().join("db"), Clock::system()).expect("a database");
        let tag = |id: &'static str| {
            let sql = "INSERT INTO cursors (follower, position) VALUES (?1, 0)";
            db.write(move |tx| Box::pin(tx.execute(sql, vec![Value::Text(id.into())])))
        };
        let (go, gate) = std::sync::mpsc::channel::<()>();
        let gate = Arc::new(std::sync::Mutex::new(gate));
        let busy = db.write(move |_| {
            gate.lock().expect("a lock").recv().expect("a word");
            Box::pin(async { Ok::<_, Error>(()) })
        });
        let mut busy = Box::pin(busy);
        assert!(busy.as_mut().now_or_never().is_none());
        let mut dropped = Box::pin(tag("dropped"));
        assert!(dropped.as_mut().now_or_never().is_none());
        drop(dropped);
        go.send(()).expect("sent");
        busy.await.expect("written");
        tag("wanted").await.expect("written");
        let sql = "SELECT COUNT(*) FROM cursors WHERE follower IN ('dropped', 'wanted')";
        let count = db.read(move |tx| Box::pin(tx.number(sql, Vec::new()))).await.expect("read");
        assert_eq!(count, 1);
    }
}
