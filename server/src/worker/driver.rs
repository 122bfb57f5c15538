//! Following the journal: a follower does its work on each chunk of entries in one transaction, and notes in the same
//! transaction how far it has come. So after a crash it goes on with the first entry whose work was not committed.
//! No entry is skipped: a chunk that fails is tried again until it succeeds.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use store::journal::{self, Entry};
use store::{Tx, TxFuture};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::app::App;
use crate::domain::{Error, Result};

/// The most entries that one transaction works on.
const CHUNK: i64 = 256;
/// The pause after a first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause while the database is away: it is worked with again as soon as it is back.
const SHORT_PAUSE: Duration = Duration::from_secs(1);

/// What a follower has prepared: the entries that it works on now, the first ones of those that it was given, and what it
/// needs for them.
pub(super) type Prepared<P> = Pin<Box<dyn Future<Output = Result<(Vec<Entry>, P)>> + Send>>;

/// Starts a follower of the journal named `name`. `prepare` does what needs no transaction and takes long. `handler` works on
/// a chunk of entries, oldest first, in the transaction that also sets the follower's cursor; it may await nothing but that
/// transaction, and it can be run again on the same entries when the transaction fails.
///
/// `pace` is the least time from the beginning of a chunk to that of the next one that is not whole: where messages come one
/// after the other, those of this time are worked on together, and fewer commits stand in the way of the next message.
///
/// Gives the position up to which the follower has done its work, as it grows: what the handler wrote for the
/// entries up to there is committed.
///
/// Several processes on one database may run the same follower: each chunk is worked on by one of them.
pub(super) fn follow<B, P, H>(
    app: &App,
    name: &'static str,
    pace: Duration,
    prepare: B,
    handler: H,
) -> watch::Receiver<i64>
where
    B: Fn(App, Vec<Entry>) -> Prepared<P> + Send + Sync + 'static,
    P: Send + Sync + 'static,
    H: for<'t> Fn(&'t mut Tx, &'t [Entry], &'t P) -> TxFuture<'t, (), Error> + Send + Sync + 'static,
{
    let (progress, done) = watch::channel(0);
    let app_of_task = app.clone();
    app.tasks.spawn(run(app_of_task, (name, pace), prepare, Arc::new(handler), progress));
    done
}

async fn run<B, P, H>(
    app: App,
    (name, pace): (&'static str, Duration),
    prepare: B,
    handler: Arc<H>,
    progress: watch::Sender<i64>,
) where
    B: Fn(App, Vec<Entry>) -> Prepared<P> + Send + Sync + 'static,
    P: Send + Sync + 'static,
    H: for<'t> Fn(&'t mut Tx, &'t [Entry], &'t P) -> TxFuture<'t, (), Error> + Send + Sync + 'static,
{
    let mut positions = app.db.positions();
    let (mut pause, mut chunk) = (FIRST_PAUSE, CHUNK);
    while !app.stopping.is_cancelled() {
        let begun = Instant::now();
        // Marked as seen before the journal is read: what is written meanwhile wakes the loop again.
        positions.mark_unchanged();
        match step(&app, name, &prepare, handler.clone(), chunk).await {
            Ok(Step { position, more }) => {
                pause = FIRST_PAUSE;
                progress.send_if_modified(|known| std::mem::replace(known, position) != position);
                if !more {
                    chunk = CHUNK;
                    let next = async {
                        let _ = positions.changed().await;
                        tokio::time::sleep_until(begun + pace).await;
                    };
                    tokio::select! {
                        () = next => {}
                        () = app.stopping.cancelled() => {}
                    }
                }
            }
            Err(error) => {
                tracing::error!(follower = name, %error, "following the journal: will try again");
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = app.stopping.cancelled() => {}
                }
                pause = (pause * 2).min(if error.is_passing() { SHORT_PAUSE } else { LONGEST_PAUSE });
                // It may have been too much at once.
                chunk = (chunk / 2).max(1);
            }
        }
    }
}

struct Step {
    position: i64,
    more: bool,
}

/// Works on one chunk, of so many entries at the most. Entries are read outside of the writing transaction, which on SQLite keeps the writer free.
async fn step<B, P, H>(app: &App, name: &'static str, prepare: &B, handler: Arc<H>, chunk: i64) -> Result<Step>
where
    B: Fn(App, Vec<Entry>) -> Prepared<P> + Send + Sync + 'static,
    P: Send + Sync + 'static,
    H: for<'t> Fn(&'t mut Tx, &'t [Entry], &'t P) -> TxFuture<'t, (), Error> + Send + Sync + 'static,
{
    let (cursor, entries) = app
        .db
        .read_ahead(move |tx| {
            Box::pin(async move {
                let cursor = journal::cursor(tx, name).await?;
                let entries = journal::after(tx, cursor, chunk).await?;
                Ok::<_, Error>((cursor, entries))
            })
        })
        .await?;
    if entries.is_empty() {
        return Ok(Step { position: cursor, more: false });
    }
    let found = entries.len();
    let prepared = Arc::new(prepare(app.clone(), entries).await?);
    let last = prepared.0.last().map_or(cursor, |entry| entry.position);
    let whole = prepared.0.len() < found || i64::try_from(found).is_ok_and(|count| count == chunk);
    let position = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let locked = journal::lock_cursor(tx, name).await?;
                if locked != cursor {
                    // Another process has worked on these entries.
                    return Ok::<_, Error>(locked);
                }
                let (entries, more) = &*prepared;
                handler(tx, entries, more).await?;
                journal::set_cursor(tx, name, last).await?;
                Ok(last)
            })
        })
        .await?;
    Ok(Step { position, more: whole || position != last })
}

/// Nothing to prepare.
pub(super) fn nothing(_: App, entries: Vec<Entry>) -> Prepared<()> {
    Box::pin(std::future::ready(Ok((entries, ()))))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use model::{Event, EventType, Resource};
    use store::Clock;

    use super::*;
    use crate::boot;
    use crate::config::Config;

    async fn booted() -> (App, tempfile::TempDir) {
        let data = tempfile::tempdir().expect("a folder");
        let mut config = Config::load(None, |_| None).expect("defaults");
        config.data_dir = data.path().to_owned();
        (boot::boot(config, Clock::system()).await.expect("a server").0, data)
    }

    async fn emit(app: &App, id: u32) {
        let event = Event {
            kind: EventType::ContentRead,
            user_id: None,
            source_id: None,
            thread_id: None,
            resource: Resource { kind: "test".into(), id: id.to_string() },
            metadata: serde_json::Value::Null,
        };
        let written = app.db.write(move |tx| {
            Box::pin(async move {
                tx.emit(event);
                Ok::<_, Error>(())
            })
        });
        written.await.expect("written");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_chunk_that_fails_is_tried_again_and_nothing_is_skipped_or_done_twice() {
        let (app, _data) = booted().await;
        let tries = AtomicU32::new(0);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = seen.clone();
        let mut progress = follow(&app, "test", Duration::ZERO, nothing, move |_, entries, ()| {
            let fails = tries.fetch_add(1, Ordering::SeqCst).is_multiple_of(3);
            if !fails {
                let ours = entries.iter().filter(|e| e.kind == EventType::ContentRead);
                noted.lock().unwrap().extend(ours.map(|e| e.resource_id.parse::<u32>().unwrap()));
            }
            let outcome = if fails { Err(Error::Internal("on purpose".into())) } else { Ok(()) };
            Box::pin(std::future::ready(outcome))
        });
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let app = app.clone();
                tokio::spawn(async move {
                    for i in 0..50 {
                        emit(&app, writer * 50 + i).await;
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.expect("written");
        }
        let head = app.db.refresh_position().await.expect("a position");
        progress.wait_for(|position| *position == head).await.expect("the end");
        let mut seen = seen.lock().unwrap().clone();
        seen.sort_unstable();
        assert_eq!(seen, (0..200).collect::<Vec<_>>());
        boot::shutdown(&app).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_too_much_at_once_is_worked_on_in_smaller_chunks() {
        let (app, _data) = booted().await;
        for i in 0..100 {
            emit(&app, i).await;
        }
        let mut progress = follow(&app, "test", Duration::ZERO, nothing, |_, entries, ()| {
            let outcome = if entries.len() > 60 { Err(Error::Internal("too much".into())) } else { Ok(()) };
            Box::pin(std::future::ready(outcome))
        });
        let head = app.db.refresh_position().await.expect("a position");
        progress.wait_for(|position| *position == head).await.expect("the end");
        boot::shutdown(&app).await;
    }
}
