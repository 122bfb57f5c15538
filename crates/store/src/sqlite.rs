//! The embedded database: one writer thread that commits in groups, readers beside it, checkpoints off the writer.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};
use tokio::sync::{Semaphore, mpsc, watch};

use crate::tx::{Conn, Shared};
use crate::wal::{self, Log};
use crate::{Clock, Error, Row, Tx, Value};

/// How many writes share one commit at the most.
const GROUP: usize = 64;
/// How many writes may wait before callers wait too.
const QUEUE: usize = 4096;

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Bool(b) => ValueRef::Integer(i64::from(*b)),
            Self::Int(i) => ValueRef::Integer(*i),
            Self::Real(r) => ValueRef::Real(*r),
            Self::Text(t) => ValueRef::Text(t.as_bytes()),
        }))
    }
}

pub(crate) fn rows(conn: &mut Connection, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
    let mut statement = conn.prepare_cached(sql)?;
    let width = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(params))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(width);
        for i in 0..width {
            values.push(match row.get_ref(i)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(i) => Value::Int(i),
                ValueRef::Real(r) => Value::Real(r),
                ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
                ValueRef::Blob(_) => return Err(Error::Row("a blob".into())),
            });
        }
        found.push(Row::new(values));
    }
    Ok(found)
}

pub(crate) fn execute(conn: &mut Connection, sql: &str, params: &[Value]) -> Result<u64, Error> {
    let changed = conn.prepare_cached(sql)?.execute(rusqlite::params_from_iter(params))?;
    Ok(changed as u64)
}

/// A write that waits for its turn: it runs, and gives back what answers its caller after the commit.
pub(crate) type Job = Box<dyn FnOnce(&mut Tx) -> (bool, Reply) + Send>;
/// Called after the commit with its outcome.
pub(crate) type Reply = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// The two doors to an SQLite file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    // What is dropped first stands first: then nobody writes, then nobody reads, then the threads end.
    pub(crate) writer: mpsc::Sender<Job>,
    readers: Arc<Readers>,
    pub(crate) path: PathBuf,
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
        thread.thread().unpark();
        let _ = thread.join();
    }
}

#[derive(Debug)]
struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
    shared: Arc<Shared>,
}

impl Sqlite {
    /// Opens or creates the file and starts its threads. They end when the last sender is dropped.
    pub(crate) fn open(
        path: &Path,
        bounds: wal::Bounds,
        clock: Clock,
        shared: Arc<Shared>,
        committed: watch::Sender<i64>,
        administration: Arc<AtomicU64>,
    ) -> Result<Self, Error> {
        let mut writer = connect(path, false)?;
        let log = Log::open(path, &writer, bounds)?;
        crate::migrate::sqlite(&mut writer)?;
        let position = position(&writer)?;
        committed.send_replace(position);
        let count = std::thread::available_parallelism().map_or(4, |n| n.get().clamp(2, 8));
        let idle = (0..count).map(|_| connect(path, true)).collect::<Result<Vec<_>, _>>()?;
        let (sender, jobs) = mpsc::channel(QUEUE);
        let (rings, checkpoints) = std::sync::mpsc::sync_channel(1);
        let (wrote, file) = (rings.clone(), path.to_owned());
        let checkpointer = connect(path, false)?;
        let threads = Threads {
            writer: Some(spawn("hubbub-write", move || {
                let tx = Tx::new(Conn::Sqlite(writer), clock.now(), shared);
                write_loop(tx, log, jobs, &clock, &committed, &administration, &wrote);
            })?),
            checkpointer: Some(spawn("hubbub-checkpoint", move || {
                wal::checkpoint_loop(&checkpointer, &file, &checkpoints);
            })?),
            rings: Some(rings),
        };
        Ok(Self {
            writer: sender,
            readers: Arc::new(Readers {
                idle: Mutex::new(idle),
                permits: Arc::new(Semaphore::new(count)),
                shared: Arc::default(),
            }),
            path: path.to_owned(),
            _threads: threads,
        })
    }

    /// Runs `job` on a reader connection, on a thread where it may block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        clock: &Clock,
        job: impl FnOnce(&mut Tx) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let unavailable = |_| Error::Unavailable("shutting down".into());
        let permit = self.readers.permits.clone().acquire_owned().await.map_err(unavailable)?;
        let readers = self.readers.clone();
        let now = clock.now();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let conn = lock(&readers.idle).pop().ok_or_else(|| Error::Unavailable("no reader".into()))?;
            let mut tx = Tx::new(Conn::Sqlite(conn), now, readers.shared.clone());
            // A panic must not cost the pool a connection: it is handed back first, then the panic goes on.
            let result = std::panic::catch_unwind(AssertUnwindSafe(|| {
                begin(&mut tx, "BEGIN")?;
                Ok(job(&mut tx))
            }));
            if let Conn::Sqlite(mut conn) = tx.conn {
                if !conn.is_autocommit() {
                    let _ = execute(&mut conn, "COMMIT", &[]);
                }
                lock(&readers.idle).push(conn);
            }
            result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
        .await
        .map_err(|e| Error::Unavailable(e.to_string()))?
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    let spawned = std::thread::Builder::new().name(name.into()).spawn(body);
    spawned.map_err(|e| Error::Unavailable(e.to_string()))
}

/// Opens a connection with the settings that every connection has.
pub(crate) fn connect(path: &Path, read_only: bool) -> Result<Connection, Error> {
    let flags = if read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX
    };
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(wal::BUSY)?;
    conn.set_prepared_statement_cache_capacity(256);
    // A plan is made once for a statement, not anew for each value that it is given.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    crate::has_words::register(&conn)?;
    if !read_only {
        conn.pragma_update(None, "journal_mode", "WAL")?;
        // An answer means that it is on disk.
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "foreign_keys", "ON")?;
    }
    conn.pragma_update(None, "cache_size", -8192)?;
    Ok(conn)
}

fn position(conn: &Connection) -> Result<i64, Error> {
    Ok(conn.query_row("SELECT position FROM journal_head", [], |row| row.get(0))?)
}

/// Begins or ends a transaction or a part of it. An earlier error may have ended it already, and is the cause then.
fn begin(tx: &mut Tx, sql: &str) -> Result<(), Error> {
    let outcome = match &mut tx.conn {
        Conn::Sqlite(conn) => execute(conn, sql, &[]).map(drop),
        Conn::Postgres(_) => Ok(()),
    };
    tx.note(outcome).map_err(|error| tx.spoiled().unwrap_or(error))
}

fn write_loop(
    mut tx: Tx,
    mut log: Log,
    mut jobs: mpsc::Receiver<Job>,
    clock: &Clock,
    committed: &watch::Sender<i64>,
    administration: &AtomicU64,
    wrote: &std::sync::mpsc::SyncSender<()>,
) {
    while let Some(first) = jobs.blocking_recv() {
        let mut replies = Vec::new();
        let outcome = group(&mut tx, first, &mut jobs, clock, &mut replies);
        if let Err(error) = &outcome {
            tracing::error!(%error, "a group of writes is not kept");
            // SQLite may have done so itself.
            let _ = begin(&mut tx, "ROLLBACK");
        }
        if outcome.is_ok() && tx.position() > *committed.borrow() {
            committed.send_replace(tx.position());
        }
        if tx.take_administration() {
            administration.fetch_add(1, Ordering::SeqCst);
        }
        for reply in replies {
            reply(outcome.clone());
        }
        // The checkpointer may be busy with the last signal: then it needs no second one.
        let _ = wrote.try_send(());
        if let Conn::Sqlite(conn) = &tx.conn {
            log.tend(conn);
        }
    }
}

/// Runs up to [`GROUP`] writes in one transaction, each in a savepoint of its own.
fn group(
    tx: &mut Tx,
    first: Job,
    jobs: &mut mpsc::Receiver<Job>,
    clock: &Clock,
    replies: &mut Vec<Reply>,
) -> Result<(), Error> {
    tx.restart(clock.now());
    begin(tx, "BEGIN IMMEDIATE")?;
    // Positions of a group that was rolled back will be given again.
    tx.forget_position();
    let mut next = Some(first);
    while let Some(job) = next.take() {
        begin(tx, "SAVEPOINT job")?;
        tx.restart(clock.now());
        let ran = std::panic::catch_unwind(AssertUnwindSafe(|| job(tx)));
        match ran {
            Ok((keep, reply)) => {
                replies.push(reply);
                if !keep {
                    begin(tx, "ROLLBACK TO job")?;
                }
            }
            // The caller's channel is dropped with the job, which tells it that there is no answer.
            Err(_) => begin(tx, "ROLLBACK TO job")?,
        }
        begin(tx, "RELEASE job")?;
        if replies.len() < GROUP {
            next = jobs.try_recv().ok();
        }
    }
    begin(tx, "COMMIT")
}
