//! The embedded database: one writer thread, readers beside it, checkpoints off the writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, watch};

use super::clock::Clock;
use super::sqlite;
use super::sqlite_readers::Readers;
use super::sqlite_writer::{Job, write_loop};
use super::tx::{Conn, Shared, Tx};
use super::wal::{self, Log};
use crate::{Error, migrate};

/// How many writes may wait before callers wait too.
const QUEUE: usize = 4096;

/// The two doors to an SQLite file.
#[derive(Debug)]
pub(super) struct SqliteFile {
    // What is dropped first stands first: then nobody writes, then nobody reads, then the threads end.
    pub(super) writer: mpsc::Sender<Job>,
    pub(super) readers: Arc<Readers>,
    pub(super) path: PathBuf,
    _threads: Threads,
}

/// The threads of a database. They end with it, and the last one leaves no log behind.
#[derive(Debug)]
struct Threads {
    writer: Option<JoinHandle<()>>,
    checkpointer: Option<JoinHandle<()>>,
    /// Keeps the checkpointer until everybody else is gone.
    rings: Option<SyncSender<()>>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        end(self.writer.take());
        drop(self.rings.take());
        end(self.checkpointer.take());
    }
}

/// Waits for a thread, unless it is this one: a job may hold the last handle of its database.
fn end(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id()) {
        let _ = thread.join();
    }
}

impl SqliteFile {
    /// Opens or creates the file and starts its threads. They end when the last sender is dropped.
    pub(super) fn open(
        path: &Path,
        bounds: wal::Bounds,
        clock: Clock,
        shared: Arc<Shared>,
        committed: watch::Sender<i64>,
        administration: Arc<AtomicU64>,
    ) -> Result<Self, Error> {
        let mut writer = sqlite::connect(path, false)?;
        let log = Log::open(&mut writer, bounds)?;
        migrate::sqlite(&mut writer)?;
        // What a savepoint would need to be taken back went to a file otherwise, at every write. Only now, since indexes
        // that migrations make are sorted beside the database, however large.
        writer.pragma_update(None, "temp_store", "MEMORY")?;
        let position = sqlite::position(&writer)?;
        committed.send_replace(position);
        let count = std::thread::available_parallelism().map_or(4, |n| n.get().clamp(2, 8));
        let readers = Arc::new(Readers::open(path, count)?);
        let (sender, jobs) = mpsc::channel(QUEUE);
        let (rings, checkpoints) = std::sync::mpsc::sync_channel(1);
        let (wrote, file) = (rings.clone(), path.to_owned());
        let checkpointer = sqlite::connect(path, false)?;
        let threads = Threads {
            writer: Some(spawn("hubbub-write", move || {
                let tx = Tx::new(Conn::Sqlite(writer), clock.now(), shared);
                write_loop(tx, log, jobs, &clock, &committed, &administration, &wrote);
            })?),
            checkpointer: Some(spawn("hubbub-checkpoint", move || {
                wal::checkpoint_loop(&checkpointer, &file, bounds, &checkpoints);
            })?),
            rings: Some(rings),
        };
        Ok(Self { writer: sender, readers, path: path.to_owned(), _threads: threads })
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    let spawned = std::thread::Builder::new().name(name.into()).spawn(body);
    spawned.map_err(|e| Error::Unavailable(e.to_string()))
}
