//! The journal under many writers at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::{Event, EventType, Resource};
use serde_json::Value;
use store::{Backend, Tx, journal, setting};

use crate::support::TestApp;

const WRITERS: usize = 8;
const EACH: usize = 40;

fn event(id: String) -> Event {
    let resource = Resource { kind: "test".into(), id };
    let kind = EventType::ContentRead;
    Event { kind, user_id: None, source_id: None, thread_id: None, resource, metadata: Value::Null }
}

/// Some transactions are long, some short, and some come to nothing.
async fn write(tx: &mut Tx, writer: usize, number: usize) -> Result<(), store::Error> {
    let work = (writer * 7 + number * 3) % 11;
    for i in 0..work {
        setting::set(tx, &format!("test-{writer}-{i}"), &number.to_string()).await?;
    }
    tx.emit(event(format!("{writer}/{number}/first")));
    if tx.backend() == Backend::Postgres && work > 7 {
        tx.rows("SELECT CAST(pg_sleep(0.004) AS TEXT)", Vec::new()).await?;
    }
    tx.emit(event(format!("{writer}/{number}/second")));
    if number % 5 == 4 { Err(store::Error::NotFound) } else { Ok(()) }
}

/// Reads from position to position until the writers have ended; gives what it saw, in order.
async fn follow(t: &TestApp, chunk: i64, done: &AtomicBool) -> Vec<(i64, String)> {
    let (mut at, mut seen) = (0, Vec::new());
    loop {
        let last_round = done.load(Ordering::SeqCst);
        let read = t.app.db.read(move |tx| Box::pin(async move { journal::after(tx, at, chunk).await }));
        let entries = read.await.expect("entries");
        if entries.is_empty() {
            if last_round {
                return seen;
            }
            tokio::task::yield_now().await;
        }
        for entry in entries {
            at = entry.position;
            seen.push((entry.position, entry.resource_id));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_by_position_skips_nothing_and_sees_nothing_twice() {
    let t = TestApp::start_with(|config| config.database_connections = 24).await;
    let done = Arc::new(AtomicBool::new(false));
    let writers = (0..WRITERS).map(|writer| {
        let db = t.app.db.clone();
        tokio::spawn(async move {
            for number in 0..EACH {
                let outcome = db.write(move |tx| Box::pin(async move { write(tx, writer, number).await })).await;
                assert_eq!(outcome.is_ok(), number % 5 != 4, "{outcome:?}");
            }
        })
    });
    // Whoever is told of a position can read it.
    let watched = {
        let (db, done) = (t.app.db.clone(), done.clone());
        tokio::spawn(async move {
            let mut positions = db.positions();
            while !done.load(Ordering::SeqCst) {
                let told = *positions.borrow_and_update();
                let head = db.read(|tx| Box::pin(journal::head(tx))).await.expect("a position");
                assert!(told <= head, "told of {told}, which is not there: {head}");
                tokio::task::yield_now().await;
            }
        })
    };
    let end = async {
        for writer in writers.collect::<Vec<_>>() {
            writer.await.expect("a writer");
        }
        done.store(true, Ordering::SeqCst);
    };
    let ((), one, three, many) = tokio::join!(end, follow(&t, 1, &done), follow(&t, 3, &done), follow(&t, 1000, &done));
    watched.await.expect("a watcher");
    assert_eq!(one, many);
    assert_eq!(three, many);
    let positions: Vec<i64> = many.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, (1..=i64::try_from(many.len()).expect("a count")).collect::<Vec<_>>());

    let mut ours: Vec<&str> = many.iter().map(|(_, id)| id.as_str()).filter(|id| id.contains('/')).collect();
    // Events of one transaction stay together, in their order.
    for pair in ours.chunks(2) {
        assert_eq!(pair[0].strip_suffix("first"), pair[1].strip_suffix("second"));
    }
    let kept = (0..EACH).filter(|number| number % 5 != 4).count();
    ours.sort_unstable();
    ours.dedup();
    assert_eq!(ours.len(), WRITERS * kept * 2);
}

#[tokio::test]
async fn a_commit_that_fails_leaves_no_position_behind() {
    let t = TestApp::start().await;
    if t.app.db.backend() == Backend::Postgres {
        // There the database itself forgets the position with the transaction.
        return;
    }
    let broken = t.app.db.write(|tx| {
        Box::pin(async move {
            for _ in 0..3 {
                tx.emit(event("lost".into()));
            }
            // Refused at the commit alone, as when the disk is full.
            tx.batch(
                "PRAGMA defer_foreign_keys = ON; INSERT INTO source_permissions VALUES ('nobody', 'nowhere', '[]')",
            )
            .await
        })
    });
    broken.await.expect_err("refused");
    t.app.db.write(|tx| Box::pin(async move { tx.batch("SELECT 1").await })).await.expect("written");
    let head = t.app.db.refresh_position().await.expect("a position");
    assert_eq!(*t.app.db.positions().borrow(), head);
}
