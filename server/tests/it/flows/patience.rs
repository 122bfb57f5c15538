//! A database that is silent, held up, full or ended: whoever asks is told so soon, and it goes on by itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use store::{Backend, Tx};
use tokio_postgres::{Client, NoTls};

use crate::support::gate::Gate;
use crate::support::receiver::Receiver;
use crate::support::world::World;
use crate::support::{ADMIN, Browser, TestApp, eventually, send};

/// A server on PostgreSQL with little patience, and a connection beside it; none on SQLite.
async fn on_postgres() -> Option<(TestApp, Client)> {
    std::env::var("HUBBUB_TEST_DATABASE_URL").ok()?;
    let t = TestApp::start_with(|config| {
        config.database_timeout_seconds = 3;
        config.database_lock_seconds = 2;
    })
    .await;
    let url = t.app.config.database_url.clone().expect("an address");
    Some((t, connect(&url).await))
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL");
    tokio::spawn(connection);
    client
}

/// What a request is answered with: its code, its reason, and after how many seconds to come again.
async fn outcome(request: RequestBuilder) -> (u16, Value, Option<String>) {
    let answer = request.send().await.expect("an answer");
    let wait = answer.headers().get("retry-after").map(|v| v.to_str().expect("text").to_owned());
    let status = answer.status().as_u16();
    (status, answer.json::<Value>().await.expect("JSON")["reason"].clone(), wait)
}

fn not_now(reason: &str) -> (u16, Value, Option<String>) {
    (503, json!(reason), Some("5".into()))
}

fn rename(t: &TestApp, path: &str, name: &str) -> RequestBuilder {
    t.request(Method::PUT, path).json(&json!({"name": name}))
}

async fn is_ready(t: &TestApp) -> bool {
    send(t.anonymous(Method::GET, "/readyz")).await.status == 200
}

/// Waits until the server is ready and what is said now has come to a webhook.
async fn goes_on(t: &TestApp, shop: &World, receiver: &Receiver) {
    eventually("a server that is ready", || async { is_ready(t).await.then_some(()) }).await;
    shop.say(t, "ann", None, "after").await;
    eventually("a delivery", || async { receiver.bodies().contains(&"after".to_owned()).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_falls_silent_costs_seconds_and_new_connections_are_used_at_once() {
    if std::env::var("HUBBUB_TEST_DATABASE_URL").is_err() {
        return;
    }
    let mut gate = None;
    let t = TestApp::start_with(|config| {
        config.database_timeout_seconds = 1;
        let (before, url) = Gate::before(config.database_url.as_deref().expect("an address"));
        config.database_url = Some(url);
        gate = Some(before);
    })
    .await;
    let gate = gate.expect("a gate");
    let (shop, receiver) = (World::new(&t).await, Receiver::start().await);
    receiver.register(&t, json!({})).await;
    shop.say(&t, "ann", None, "before").await;
    receiver.wait(1).await;
    gate.fall_silent();
    for _ in 0..2 {
        let reads = (0..12).map(|_| outcome(t.request(Method::GET, "/1.0/tags")));
        let writes = (0..12).map(|i| outcome(t.request(Method::POST, &format!("/1.0/tags?name=tag{i}"))));
        let (reads, writes) = tokio::join!(join_all(reads), join_all(writes));
        for answer in reads.into_iter().chain(writes) {
            assert_eq!(answer, not_now("database_away"));
        }
    }
    assert!(!is_ready(&t).await);
    gate.let_new_ones_through();
    goes_on(&t, &shop, &receiver).await;
    // None of the silent ones is left.
    for answer in join_all((0..24).map(|_| outcome(t.request(Method::GET, "/1.0/tags")))).await {
        assert_eq!(answer.0, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_who_wait_for_one_row_keep_nobody_from_reading() {
    let Some((t, beside)) = on_postgres().await else { return };
    let tag = t.post("/1.0/tags", json!({"name": "held"})).await.ok();
    let id = tag["id"].as_str().expect("an id");
    let path = format!("/1.0/tags/{id}");
    beside.batch_execute(&format!("BEGIN; SELECT 1 FROM tags WHERE id = '{id}' FOR UPDATE")).await.expect("held");
    let answered = AtomicUsize::new(0);
    let write = |i: usize| {
        let request = rename(&t, &path, &i.to_string());
        let answered = &answered;
        async move {
            let answer = outcome(request).await;
            answered.fetch_add(1, Ordering::SeqCst);
            answer
        }
    };
    let writers = join_all((0..16).map(write));
    let meanwhile = async {
        let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                   AND wait_event_type = 'Lock'";
        eventually("writers who wait", || async {
            let waiting: i64 = beside.query_one(sql, &[]).await.expect("a count").get(0);
            (waiting > 1).then_some(())
        })
        .await;
        let (reads, ready) =
            tokio::join!(join_all((0..16).map(|_| outcome(t.request(Method::GET, &path)))), is_ready(&t));
        assert!(reads.into_iter().all(|answer| answer.0 == 200) && ready);
        // All of them still wait: none of these stood behind them.
        assert_eq!(answered.load(Ordering::SeqCst), 0);
    };
    let (answers, ()) = tokio::join!(writers, meanwhile);
    for answer in answers {
        // Some do not even get their turn.
        assert!(answer == not_now("held") || answer == not_now("database_away"), "{answer:?}");
    }
    beside.batch_execute("ROLLBACK").await.expect("free");
    assert_eq!(rename(&t, &path, "free").send().await.expect("an answer").status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_an_operator_ends_is_a_moment_without_the_database() {
    let Some((t, beside)) = on_postgres().await else { return };
    let (shop, receiver) = (World::new(&t).await, Receiver::start().await);
    receiver.register(&t, json!({})).await;
    let tag = t.post("/1.0/tags", json!({"name": "held"})).await.ok();
    let id = tag["id"].as_str().expect("an id");
    beside.batch_execute(&format!("BEGIN; SELECT 1 FROM tags WHERE id = '{id}' FOR UPDATE")).await.expect("held");
    let path = format!("/1.0/tags/{id}");
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
               AND pid <> pg_backend_pid()";
    let ended = async {
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND wait_event_type = 'Lock'";
        eventually("a writer who waits", || async {
            let waiting: i64 = beside.query_one(waiting, &[]).await.expect("a count").get(0);
            (waiting > 0).then_some(())
        })
        .await;
        beside.batch_execute(end).await.expect("ended");
    };
    let (answer, ()) = tokio::join!(outcome(rename(&t, &path, "other")), ended);
    assert_eq!(answer, not_now("database_away"));
    beside.batch_execute("ROLLBACK").await.expect("free");
    for _ in 0..20 {
        beside.batch_execute(end).await.expect("ended");
        let answer = outcome(t.request(Method::GET, &path)).await;
        assert!(answer.0 == 200 || answer == not_now("database_away"), "{answer:?}");
    }
    goes_on(&t, &shop, &receiver).await;
}

/// Takes the database's room, or gives it back.
async fn set_room(t: &TestApp, room: bool) {
    let change = t.app.db.write(move |tx| Box::pin(async move { set_room_in(tx, room).await }));
    let changed: Result<(), store::Error> = change.await;
    changed.expect("changed");
}

async fn set_room_in(tx: &mut Tx, room: bool) -> Result<(), store::Error> {
    match (tx.backend(), room) {
        (Backend::Sqlite, false) => {
            let pages = tx.number("PRAGMA page_count", Vec::new()).await?;
            tx.rows(&format!("PRAGMA max_page_count = {pages}"), Vec::new()).await.map(drop)
        }
        (Backend::Sqlite, true) => tx.rows("PRAGMA max_page_count = 1000000", Vec::new()).await.map(drop),
        // What the server says when its disk is full.
        (Backend::Postgres, false) => {
            let sql = "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                       RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$; \
                       CREATE TRIGGER no_room BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION no_room()";
            tx.batch(sql).await
        }
        (Backend::Postgres, true) => tx.batch("DROP TRIGGER no_room ON tags").await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_writes_go_on_once_there_is_room() {
    let t = TestApp::start().await;
    let (shop, receiver) = (World::new(&t).await, Receiver::start().await);
    receiver.register(&t, json!({})).await;
    set_room(&t, false).await;
    let tag = |i: u32| json!({"name": format!("{i} {}", "x".repeat(240))});
    let mut refused = None;
    for i in 0..2000 {
        let answer = outcome(t.request(Method::POST, "/1.0/tags").json(&tag(i))).await;
        if answer.0 != 200 {
            refused = Some(answer);
            break;
        }
    }
    assert_eq!(refused.expect("a refusal"), not_now("storage_full"));
    let error = t.post("/1.0/tags", tag(2000)).await.error(503);
    assert_eq!(error, "storage_full");
    let unready = send(t.anonymous(Method::GET, "/readyz")).await;
    assert!(unready.json["message"].as_str().is_some_and(|text| text.contains("no room")), "{}", unready.text);
    assert_eq!(unready.error(503), "not_ready");
    t.get("/1.0/tags?limit=1").await.ok();
    set_room(&t, true).await;
    t.post("/1.0/tags", tag(3000)).await.ok();
    t.clock.advance(Duration::from_secs(31));
    goes_on(&t, &shop, &receiver).await;
}

/// Has the database take nothing at all, or no change of a session.
async fn take_no_sessions(t: &TestApp) {
    let change = t.app.db.write(|tx| {
        Box::pin(async move {
            match tx.backend() {
                Backend::Sqlite => tx.rows("PRAGMA query_only = ON", Vec::new()).await.map(drop),
                Backend::Postgres => {
                    let sql = "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                               RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$; \
                               CREATE TRIGGER no_room BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION no_room()";
                    tx.batch(sql).await
                }
            }
        })
    });
    let changed: Result<(), store::Error> = change.await;
    changed.expect("changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_reads_goes_on_while_their_session_cannot_be_moved_on() {
    let t = TestApp::start().await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    t.clock.advance(Duration::from_secs(2 * 3600));
    take_no_sessions(&t).await;
    send(browser.request(&t, Method::GET, "/1.0/tags")).await.ok();
}
