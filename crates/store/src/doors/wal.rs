//! Keeps SQLite's log small. Checkpoints beside the writer copy what it holds into the database, but while somebody
//! always writes they never come to its end, and the log would only grow: so between two commits the writer itself lets
//! it begin anew when it has become long. Its file stays as long as it was then, since what is written over needs no new
//! place on the disk, and is there sooner. When nobody writes for a while it is emptied, and a stop leaves none.

use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::hooks::Wal;

/// How long the log may become, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// From here on the writer lets it begin anew.
    pub(super) restart: u64,
    /// What is kept of its file then, to be written over.
    pub(super) kept: u64,
    /// From here on writers are slowed down, since somebody has been reading for so long that it cannot begin anew.
    pub(super) crowded: u64,
    /// After how long without a write the log is emptied.
    pub(super) quiet: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        const MB: u64 = 1 << 20;
        Self { restart: 32 * MB, kept: 40 * MB, crowded: 1024 * MB, quiet: Duration::from_secs(60) }
    }
}

/// How long the writer waits for readers of an older state before it goes on with the log as it is.
const PATIENCE: Duration = Duration::from_millis(200);
/// The pause after each commit while the log is crowded.
const SLOW: Duration = Duration::from_millis(50);
/// The time between two checkpoints: who commits while one is written waits for the disk.
const PAUSE: Duration = Duration::from_secs(1);
/// When the log has grown by so many bytes there is one sooner.
const GROWN: u64 = 8 << 20;
/// How long any other statement waits for a lock.
pub(super) const BUSY: Duration = Duration::from_secs(10);

/// The log as the writer sees it.
pub(super) struct Log {
    /// How much of its file is in use, as of the last commit, in bytes.
    used: Arc<AtomicU64>,
    bounds: Bounds,
    /// The length at which the next try is made.
    due: u64,
    /// When a checkpoint was last asked for, and how long the log was.
    asked: (Instant, u64),
}

/// The file of a database's log.
pub(super) fn file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn length(file: &Path) -> u64 {
    file.metadata().map_or(0, |meta| meta.len())
}

impl Log {
    /// The log of a database, and the writer's part in keeping it short.
    pub(super) fn open(writer: &mut Connection, bounds: Bounds) -> rusqlite::Result<Self> {
        writer.pragma_update(None, "wal_autocheckpoint", 0)?;
        writer.pragma_update(None, "journal_size_limit", i64::try_from(bounds.kept).unwrap_or(-1))?;
        let page: u32 = writer.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let used = Arc::<AtomicU64>::default();
        let noted = used.clone();
        writer.wal_hook(Some(move |_: &mut Wal, pages: c_int| {
            noted.store(u64::try_from(pages).unwrap_or(0) * u64::from(page), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { used, bounds, due: bounds.restart, asked: (Instant::now(), 0) })
    }

    /// Whether it is time for a checkpoint beside the writer, which has just committed.
    pub(super) fn wants_checkpoint(&mut self) -> bool {
        let used = self.used.load(Ordering::Relaxed);
        let (when, before) = self.asked;
        let wanted = when.elapsed() >= PAUSE || used.checked_sub(before).unwrap_or(used) >= GROWN;
        if wanted {
            self.asked = (Instant::now(), used);
        }
        wanted
    }

    /// Looks after the log between two commits.
    pub(super) fn tend(&mut self, writer: &Connection) {
        let length = self.used.load(Ordering::Relaxed);
        if length < self.due {
            // It has begun anew meanwhile.
            if length < self.bounds.restart {
                self.due = self.bounds.restart;
            }
            return;
        }
        match restart(writer) {
            // The next write begins at its front.
            Ok(true) => {
                self.due = self.bounds.restart;
                self.used.store(0, Ordering::Relaxed);
            }
            outcome => {
                self.due = length + self.bounds.restart / 2;
                if let Err(error) = outcome {
                    tracing::warn!(%error, "the log cannot begin anew");
                }
                if length >= self.bounds.crowded {
                    tracing::warn!(
                        megabytes = length >> 20,
                        "the log is long, since somebody reads: writes are slowed"
                    );
                    self.due = length;
                    std::thread::sleep(SLOW);
                }
            }
        }
    }
}

/// Copies all of the log into the database and waits for those who read an older state; tells whether it is done.
fn restart(writer: &Connection) -> rusqlite::Result<bool> {
    writer.busy_timeout(PATIENCE)?;
    let busy = writer.query_row("PRAGMA wal_checkpoint(RESTART)", [], |row| row.get::<_, i64>(0));
    writer.busy_timeout(BUSY)?;
    Ok(busy? == 0)
}

/// Checkpoints beside the writer, which rings when it is time for one, until nobody is left to ring.
pub(super) fn checkpoint_loop(conn: &Connection, database: &Path, bounds: Bounds, rings: &Receiver<()>) {
    let file = file(database);
    let run = |kind: &str| {
        if let Err(error) = conn.query_row(&format!("PRAGMA wal_checkpoint({kind})"), [], |_| Ok(())) {
            tracing::warn!(%error, "checkpoint");
        }
    };
    let _ = conn.busy_timeout(PATIENCE);
    let mut heard = Instant::now();
    loop {
        match rings.recv_timeout(PAUSE) {
            Ok(()) => {
                heard = Instant::now();
                run("PASSIVE");
            }
            Err(RecvTimeoutError::Timeout) if length(&file) == 0 => {}
            Err(RecvTimeoutError::Timeout) => run(if heard.elapsed() < bounds.quiet { "PASSIVE" } else { "TRUNCATE" }),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    run("TRUNCATE");
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::{Clock, Db, Error, setting};

    const SMALL: Bounds = Bounds { restart: 1 << 20, kept: 5 << 18, crowded: 4 << 20, quiet: Duration::from_secs(1) };

    async fn write(db: &Db, name: String) {
        let text = "x".repeat(16 << 10);
        let wrote: Result<(), Error> =
            db.write(move |tx| Box::pin(async move { setting::set(tx, &name, &text).await })).await;
        wrote.expect("written");
    }

    async fn read(db: &Db) {
        let read: Result<_, Error> = db.read(|tx| Box::pin(async move { setting::all(tx).await })).await;
        read.expect("read");
    }

    async fn until(what: &str, mut holds: impl FnMut() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn the_log_stays_short_under_load_is_empty_when_quiet_and_gone_after_a_stop() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.sqlite3");
        let db = Db::sqlite_bounded(&path, Clock::system(), SMALL).expect("a database");
        let (done, longest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut readers = Vec::new();
        for _ in 0..2 {
            let (db, done) = (db.clone(), done.clone());
            readers.push(tokio::spawn(async move {
                while !done.load(Ordering::SeqCst) {
                    read(&db).await;
                }
            }));
        }
        let mut writers = Vec::new();
        for writer in 0..4 {
            let (db, longest, file) = (db.clone(), longest.clone(), file(&path));
            writers.push(tokio::spawn(async move {
                for i in 0..200 {
                    write(&db, format!("{writer} {}", i % 20)).await;
                    longest.fetch_max(length(&file), Ordering::SeqCst);
                }
            }));
        }
        for writer in writers {
            writer.await.expect("a writer");
        }
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            reader.await.expect("a reader");
        }
        // How often a reader or a slow disk puts the beginning off is chance; without any the log would hold all of it.
        let (longest, written) = (longest.load(Ordering::SeqCst), 4 * 200 * (16 << 10));
        assert!(longest < written / 2, "{longest} of {written}");
        until("the log is empty", || length(&file(&path)) == 0).await;
        drop(db);
        assert!(!file(&path).exists());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn who_reads_for_long_slows_writers_down_and_stops_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.sqlite3");
        let db = Db::sqlite_bounded(&path, Clock::system(), SMALL).expect("a database");
        write(&db, "first".into()).await;
        let mut snapshot = crate::doors::snapshot_sqlite(&path, &Clock::system()).expect("a reader");
        assert_eq!(setting::all(&mut snapshot).await.expect("read").len(), 1);
        let mut count = 0;
        while length(&file(&path)) <= SMALL.crowded {
            write(&db, count.to_string()).await;
            count += 1;
            assert!(count < 1000, "the log does not grow");
        }
        for name in ["slow", "slower"] {
            write(&db, name.into()).await;
        }
        assert_eq!(setting::all(&mut snapshot).await.expect("read").len(), 1, "of one moment");
        drop(snapshot);
        write(&db, "last".into()).await;
        until("the log is empty", || length(&file(&path)) == 0).await;
    }
}
