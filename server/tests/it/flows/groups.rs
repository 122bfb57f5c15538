//! Many writes at once share transactions. Nobody notices: each is done whole or not at all, and none suffers by another
//! one that waits, crosses it, fails, panics, takes long or loses its connection.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use model::{Event, EventType, Resource};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};
use store::{Backend, Error, Tx, journal, params, setting};
use tokio_postgres::NoTls;

use crate::support::{TestApp, eventually, id, in_time};

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_waits_for_a_held_row_delays_none_of_those_beside_it() {
    let t = TestApp::start().await;
    let Some(url) = t.app.config.database_url.clone() else { return };
    let (beside, connection) = tokio_postgres::connect(&url, NoTls).await.expect("PostgreSQL");
    tokio::spawn(connection);
    let tag = id(&t.post("/1.0/tags", json!({"name": "held"})).await.ok()).to_owned();
    beside.batch_execute(&format!("BEGIN; SELECT 1 FROM tags WHERE id = '{tag}' FOR UPDATE")).await.expect("held");
    let path = format!("/1.0/tags/{tag}");
    let held = (0..3).map(|i| t.request(Method::PUT, &path).json(&json!({"name": format!("free {i}")})).send());
    let made = AtomicUsize::new(0);
    let others = join_all((0..40).map(|i| {
        let (t, made) = (&t, &made);
        async move {
            t.post("/1.0/tags", json!({"name": format!("tag {i}")})).await.ok();
            made.fetch_add(1, Ordering::SeqCst);
        }
    }));
    let freed = async {
        // Whoever wants the row waits, and everybody else has been answered meanwhile.
        eventually("the others", || async { (made.load(Ordering::SeqCst) == 40).then_some(()) }).await;
        beside.batch_execute("ROLLBACK").await.expect("free");
    };
    let (held, _, ()) = tokio::join!(join_all(held), others, freed);
    for answer in held {
        assert_eq!(answer.expect("an answer").status(), 200);
    }
}

/// What a write does besides setting a value and telling the journal.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// Nothing.
    Well,
    /// It only tells the journal.
    Tell,
    /// It refuses at the end.
    Fail,
    /// It panics at the end.
    Panic,
    /// A statement of it fails.
    Break,
    /// A statement of it fails, and it says that all is well.
    Hush,
    /// It loses its connection.
    Die,
    /// It takes long.
    Slow,
    /// It wants two values that others want as well, in one order or the other.
    Cross(bool),
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        12 => Just(Turn::Well),
        2 => Just(Turn::Tell),
        2 => Just(Turn::Fail),
        1 => Just(Turn::Panic),
        2 => Just(Turn::Break),
        1 => Just(Turn::Hush),
        1 => Just(Turn::Die),
        1 => Just(Turn::Slow),
        3 => any::<bool>().prop_map(Turn::Cross),
    ]
}

fn event(id: String) -> Event {
    let resource = Resource { kind: "test".into(), id };
    let kind = EventType::ContentRead;
    Event { kind, user_id: None, source_id: None, thread_id: None, resource, metadata: Value::Null }
}

async fn write(tx: &mut Tx, name: String, turn: Turn) -> Result<(), Error> {
    tx.emit(event(format!("{name}/first")));
    tx.emit(event(format!("{name}/second")));
    if let Turn::Tell = turn {
        return Ok(());
    }
    setting::set(tx, &name, "there").await?;
    let postgres = tx.backend() == Backend::Postgres;
    // A value that is there already.
    let twice = "INSERT INTO settings (name, value) VALUES (?1, 'twice')";
    match turn {
        Turn::Fail => Err(Error::NotFound),
        Turn::Panic => panic!("as it was told"),
        Turn::Break => tx.execute(twice, params![name]).await.map(drop),
        Turn::Hush if postgres => {
            let _ = tx.execute(twice, params![name]).await;
            Ok(())
        }
        Turn::Die if postgres => tx.batch("SELECT pg_terminate_backend(pg_backend_pid())").await,
        Turn::Slow if postgres => tx.batch("SELECT pg_sleep(0.12)").await,
        Turn::Cross(back) => {
            for at in if back { [1, 0] } else { [0, 1] } {
                setting::set(tx, &format!("crossed {at}"), &name).await?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The values that begin with a name, and the entries of the journal after a position.
async fn found(t: &TestApp, round: String, from: i64) -> (Vec<String>, Vec<journal::Entry>) {
    let read = t.app.db.read(move |tx| {
        Box::pin(async move {
            let names = setting::all(tx).await?.into_keys().filter(|name| name.starts_with(&round)).collect();
            Ok::<_, Error>((names, journal::after(tx, from, 10_000).await?))
        })
    });
    read.await.expect("what is there")
}

/// Runs one of them.
async fn run(t: &TestApp, name: String, turn: Turn) -> Result<(), Error> {
    t.app.db.write(move |tx| Box::pin(async move { write(tx, name, turn).await })).await
}

/// Runs these writes at once and holds what they answer against what is there.
async fn check(t: &TestApp, round: usize, turns: &[Turn]) -> Result<(), TestCaseError> {
    let from = t.app.db.refresh_position().await.expect("a position");
    let named: Vec<_> = turns.iter().enumerate().map(|(at, turn)| (format!("{round:04}-{at:04}"), *turn)).collect();
    let answers = join_all(named.iter().cloned().map(|(name, turn)| async move {
        let position = run(t, name, turn).await.map(|()| *t.app.db.positions().borrow());
        position.inspect(|position| assert!(*position > from, "an answer before its events"))
    }))
    .await;
    let (values, entries) = found(t, format!("{round:04}-"), from).await;
    let (mut there, mut told) = (Vec::new(), Vec::new());
    let lost = turns.iter().any(|turn| matches!(turn, Turn::Die));
    for ((name, turn), answer) in named.iter().zip(&answers) {
        let postgres = t.app.db.backend() == Backend::Postgres;
        match turn {
            Turn::Fail | Turn::Panic | Turn::Break => prop_assert!(answer.is_err(), "{name} {turn:?}"),
            Turn::Hush | Turn::Die if postgres => prop_assert!(answer.is_err(), "{name} {turn:?}"),
            // Who shared a connection that was lost is told so.
            _ => prop_assert!(answer.is_ok() || lost && postgres, "{name} {turn:?} {answer:?}"),
        }
        if answer.is_ok() {
            if !matches!(turn, Turn::Tell) {
                there.push(name.clone());
            }
            told.extend([format!("{name}/first"), format!("{name}/second")]);
        }
    }
    prop_assert_eq!(values, there);
    let positions: Vec<i64> = entries.iter().map(|entry| entry.position).collect();
    prop_assert_eq!(positions, (from + 1..).take(entries.len()).collect::<Vec<_>>());
    let mut ids: Vec<String> = entries.into_iter().map(|entry| entry.resource_id).collect();
    for pair in ids.chunks(2) {
        prop_assert_eq!(pair[0].strip_suffix("first"), pair[1].strip_suffix("second"));
    }
    ids.sort_unstable();
    prop_assert_eq!(ids, told);
    Ok(())
}

#[test]
fn each_of_many_writes_at_once_is_done_whole_or_not_at_all_and_is_told_which() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let t = runtime.block_on(async {
        let t = TestApp::start_with(|config| config.database_connections = 8).await;
        // Nobody else writes.
        t.stop_workers().await;
        t
    });
    let config = Config { cases: 16, failure_persistence: None, ..Config::default() };
    let round = AtomicUsize::new(0);
    let outcome = TestRunner::new(config)
        .run(&vec(turn(), 1..100), |turns| runtime.block_on(check(&t, round.fetch_add(1, Ordering::SeqCst), &turns)));
    outcome.expect("the rules hold");
    runtime.block_on(t.stop());
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_that_cross_each_other_are_all_done() {
    // However slow the machine is: how long one waits is another question.
    let patient = |config: &mut hubbub::config::Config| {
        (config.database_connections, config.database_timeout_seconds, config.database_lock_seconds) = (24, 60, 40);
    };
    let t = TestApp::start_with(patient).await;
    let cross = |i: usize| run(&t, format!("{i}"), Turn::Cross(i.is_multiple_of(2)));
    for done in join_all((0..60).map(cross)).await {
        done.expect("done");
    }
    // One that takes long has all that are like it go alone.
    run(&t, "slow".into(), Turn::Slow).await.expect("done");
    for done in join_all((60..120).map(cross)).await {
        done.expect("done");
    }
    let get = |name: &'static str| t.app.db.read(move |tx| Box::pin(async move { setting::get(tx, name).await }));
    // All of one, never half of each.
    assert_eq!(get("crossed 0").await.expect("a value"), get("crossed 1").await.expect("a value"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_for_many_waits_for_nobody_also_where_it_takes_long() {
    let t = TestApp::start_with(|config| {
        config.database_timeout_seconds = 120;
        config.database_lock_seconds = 100;
    })
    .await;
    let Some(url) = t.app.config.database_url.clone() else { return };
    let (beside, connection) = tokio_postgres::connect(&url, NoTls).await.expect("PostgreSQL");
    tokio::spawn(connection);
    let tag = id(&t.post("/1.0/tags", json!({"name": "held"})).await.ok()).to_owned();
    beside.batch_execute(&format!("BEGIN; SELECT 1 FROM tags WHERE id = '{tag}' FOR UPDATE")).await.expect("held");
    let write = |long: bool| {
        let tag = tag.clone();
        t.app.db.write_for_many(move |tx| {
            Box::pin(async move {
                match long {
                    true => tx.batch("SELECT pg_sleep(0.12)").await,
                    false => tx.execute("UPDATE tags SET name = 'free' WHERE id = ?1", params![tag]).await.map(drop),
                }
            })
        })
    };
    // In a group, and the second time alone.
    for _ in 0..2 {
        let held: Result<(), Error> = in_time("an answer", write(false)).await;
        assert!(matches!(held, Err(Error::Held(_))), "{held:?}");
        write(true).await.expect("done");
    }
}
