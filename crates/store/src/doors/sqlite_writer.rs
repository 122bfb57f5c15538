//! The writer of the embedded database: it runs what waits and commits it in groups.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

use tokio::sync::{mpsc, watch};

use super::clock::Clock;
use super::sqlite;
use super::tx::{Conn, Tx};
use super::wal::Log;
use crate::Error;

/// How many writes share one commit at the most.
const GROUP: usize = 64;

/// A write that waits for its turn: it runs, and gives back what answers its caller after the commit.
pub(super) type Job = Box<dyn FnOnce(&mut Tx) -> (bool, Reply) + Send>;
/// Called after the commit with its outcome.
pub(super) type Reply = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// Begins or ends a transaction or a part of it. An earlier error may have ended it already, and is the cause then.
pub(super) fn begin(tx: &mut Tx, sql: &str) -> Result<(), Error> {
    let outcome = match &mut tx.conn {
        Conn::Sqlite(conn) => sqlite::execute(conn, sql, &[]).map(drop),
        Conn::Postgres(_) => Ok(()),
    };
    tx.note(outcome).map_err(|error| tx.spoiled().unwrap_or(error))
}

/// Runs writes in groups until nobody is left to send any.
pub(super) fn write_loop(
    mut tx: Tx,
    mut log: Log,
    mut jobs: mpsc::Receiver<Job>,
    clock: &Clock,
    committed: &watch::Sender<i64>,
    administration: &AtomicU64,
    wrote: &SyncSender<()>,
) {
    while let Some(first) = jobs.blocking_recv() {
        let mut replies = Vec::new();
        let outcome = group(&mut tx, first, &mut jobs, clock, &mut replies);
        if let Err(error) = &outcome {
            tracing::error!(%error, "a group of writes is not kept");
            // SQLite may have done so itself.
            let _ = begin(&mut tx, "ROLLBACK");
        }
        // Caches first: whoever is woken by the position must not find a stale one.
        if tx.take_administration() {
            administration.fetch_add(1, Ordering::SeqCst);
        }
        if outcome.is_ok() && tx.position() > *committed.borrow() {
            committed.send_replace(tx.position());
        }
        for reply in replies {
            reply(outcome.clone());
        }
        if log.wants_checkpoint() {
            // The checkpointer may be busy with the last signal: then it needs no second one.
            let _ = wrote.try_send(());
        }
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
