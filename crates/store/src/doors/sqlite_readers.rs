//! The readers of the embedded database. A short read runs on the thread that asks for it: to hand it to another one
//! would cost more than it does. Nobody knows beforehand which ones are short, so each begins there, and one that takes
//! too long is given up and begun anew where it holds nobody up.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::clock::Clock;
use super::sqlite;
use super::sqlite_writer::begin;
use super::tx::{Conn, Shared, Tx};
use crate::Error;

/// For how long a read may hold the thread that asks for it, on which sockets are served too.
const SHORT: Duration = Duration::from_millis(2);
/// After how many steps of a statement it is looked at the clock: some 50 µs.
const STEPS: i32 = 1000;
/// From here on others have their turn after a read.
const POLITE: Duration = Duration::from_micros(250);

/// Whom a read is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Somebody who waits in the line of those whose reads take long.
    Usual,
    /// What must come through while others read for long: there are few of these, each with one read at a time.
    Ahead,
}

/// A reading use case that puts its result in its place.
pub(super) type Work = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Pin<Box<dyn Future<Output = ()> + Send + 't>> + Send>;

/// Connections that read, opened as they are needed.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Reader>>,
    /// How many long reads there may be at once.
    permits: Arc<Semaphore>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Reader {
    conn: Connection,
    limit: Arc<Limit>,
}

/// Until when the statements of a connection may go on: as long as there is time, and somebody waits for what they find.
#[derive(Debug)]
struct Limit {
    /// Who waits; none where the read has nobody else to be asked about.
    caller: Mutex<Option<Weak<()>>>,
    opened: Instant,
    /// In nanoseconds after that; the greatest number for no end.
    end: AtomicU64,
    passed: AtomicBool,
}

impl Limit {
    fn set(&self, most: Option<Duration>, caller: Option<Weak<()>>) {
        *self.caller.lock().unwrap_or_else(PoisonError::into_inner) = caller;
        let end = most.map_or(u64::MAX, |most| nanoseconds(self.opened.elapsed() + most));
        self.end.store(end, Ordering::Relaxed);
        self.passed.store(false, Ordering::Relaxed);
    }

    /// Tells whether the statement that runs is to end.
    fn look(&self) -> bool {
        let end = self.end.load(Ordering::Relaxed);
        let passed = (end != u64::MAX && nanoseconds(self.opened.elapsed()) > end) || self.is_forgotten();
        if passed {
            self.passed.store(true, Ordering::Relaxed);
        }
        passed
    }

    fn is_forgotten(&self) -> bool {
        let caller = self.caller.lock().unwrap_or_else(PoisonError::into_inner);
        caller.as_ref().is_some_and(|caller| caller.strong_count() == 0)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Readers {
    /// Readers of a file, of which `count` may read for long at once. Opens the first one.
    pub(super) fn open(path: &Path, count: usize) -> Result<Self, Error> {
        let readers = Self {
            path: path.to_owned(),
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(count)),
            shared: Arc::default(),
        };
        let first = readers.take()?;
        readers.give_back(first);
        Ok(readers)
    }

    fn take(&self) -> Result<Reader, Error> {
        if let Some(idle) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(idle);
        }
        let mut conn = sqlite::connect(&self.path, true)?;
        let (end, passed) = (AtomicU64::new(u64::MAX), AtomicBool::new(false));
        let limit = Arc::new(Limit { caller: Mutex::default(), opened: Instant::now(), end, passed });
        let looked = limit.clone();
        conn.progress_handler(STEPS, Some(move || looked.look()))?;
        Ok(Reader { conn, limit })
    }

    fn give_back(&self, reader: Reader) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }

    /// Runs what is made: here, and where it takes too long, once more on a thread where it may.
    pub(super) async fn read(
        self: &Arc<Self>,
        clock: &Clock,
        turn: Turn,
        make: &mut (dyn FnMut() -> Work + Send),
    ) -> Result<(), Error> {
        let began = Instant::now();
        if self.run(clock, make(), Some(SHORT), None)? {
            // Who reads one thing after the other never waits for anything, and would keep the thread.
            if began.elapsed() > POLITE {
                tokio::task::yield_now().await;
            } else {
                tokio::task::coop::consume_budget().await;
            }
            return Ok(());
        }
        let unavailable = |_| Error::Unavailable("shutting down".into());
        let permit = match turn {
            Turn::Usual => Some(self.permits.clone().acquire_owned().await.map_err(unavailable)?),
            Turn::Ahead => None,
        };
        let (readers, clock, work) = (self.clone(), clock.clone(), make());
        // Gone with the one who waits here.
        let caller = Arc::new(());
        let waits = Arc::downgrade(&caller);
        let ran = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            readers.run(&clock, work, None, Some(waits))
        });
        ran.await.map_err(|e| Error::Unavailable(e.to_string()))?.map(drop)
    }

    /// Runs a read to its end, and tells whether it has come there.
    fn run(&self, clock: &Clock, work: Work, most: Option<Duration>, caller: Option<Weak<()>>) -> Result<bool, Error> {
        let Reader { conn, limit } = self.take()?;
        limit.set(most, caller);
        let mut tx = Tx::new(Conn::Sqlite(conn), clock.now(), self.shared.clone());
        // A panic must not cost a connection.
        let ran = std::panic::catch_unwind(AssertUnwindSafe(|| {
            begin(&mut tx, "BEGIN")?;
            work(&mut tx).now_or_never().ok_or(Error::Waited)
        }));
        let passed = limit.passed.load(Ordering::Relaxed);
        limit.set(None, None);
        if let Conn::Sqlite(mut conn) = tx.conn {
            if !conn.is_autocommit() {
                let _ = sqlite::execute(&mut conn, "COMMIT", &[]);
            }
            self.give_back(Reader { conn, limit });
        }
        let ran = ran.unwrap_or_else(|_| Err(Error::Unavailable("a read panicked".into())));
        // Whatever it has made of its end: it did not read all.
        if passed { Ok(false) } else { ran.map(|()| true) }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{Thread, current};

    use super::*;
    use crate::Db;

    fn database() -> (Db, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        (Db::sqlite(&folder.path().join("db"), Clock::system()).expect("a database"), folder)
    }

    /// Counts to `last`, and tells on which thread.
    async fn count(db: &Db, last: i64) -> (i64, Thread) {
        let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT MAX(i) FROM n";
        let counted: Result<_, Error> = db
            .read(move |tx| Box::pin(async move { Ok((tx.number(sql, crate::params![last]).await?, current())) }))
            .await;
        counted.expect("counted")
    }

    #[tokio::test]
    async fn a_short_read_stays_on_its_thread_and_a_long_one_holds_nobody_up() {
        let (db, _folder) = database();
        let ended = Mutex::new(Vec::new());
        let read = async |last| {
            let (counted, thread) = count(&db, last).await;
            assert_eq!(counted, last);
            ended.lock().expect("nobody panicked").push((last, thread.id() == current().id()));
        };
        tokio::join!(read(3_000_000), read(10));
        assert_eq!(*ended.lock().expect("nobody panicked"), [(10, true), (3_000_000, false)]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn long_reads_keep_nothing_from_what_must_come_through_and_end_with_who_asked() {
        let (db, _folder) = database();
        let endless = 1 << 40;
        let searches: Vec<_> = (0..64)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { count(&db, endless).await })
            })
            .collect();
        let ahead = |last: i64| {
            let sql =
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT MAX(i) FROM n";
            db.read_ahead(move |tx| Box::pin(async move { tx.number(sql, crate::params![last]).await }))
        };
        let counted: Result<i64, Error> = ahead(3_000_000).await;
        assert_eq!(counted.expect("counted"), 3_000_000);
        searches.iter().for_each(tokio::task::JoinHandle::abort);
        // Another long one has its turn.
        assert_eq!(count(&db, 3_000_000).await.0, 3_000_000);
    }

    #[tokio::test]
    async fn a_read_that_panics_is_an_error_and_costs_no_connection() {
        let (db, _folder) = database();
        for _ in 0..20 {
            let read: Result<(), Error> = db.read(|_| Box::pin(async { panic!("on purpose") })).await;
            assert!(matches!(read, Err(Error::Unavailable(_))));
        }
        assert_eq!(count(&db, 3).await.0, 3);
    }
}
