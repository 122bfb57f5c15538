//! A journal that is not kept for ever.

use std::time::Duration;

use hubbub::backup;
use hubbub::domain::{Error, delivery, event};
use model::WebhookId;
use serde_json::{Value, json};
use store::webhook_sweep;

use crate::support::counted::{count_up, counted};
use crate::support::receiver::Receiver;
use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{ADMIN_TOKEN, TestApp, eventually, id};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn keeping(days: i64) -> TestApp {
    TestApp::start_with(|config| config.journal_retention_days = days).await
}

async fn head(t: &TestApp) -> i64 {
    t.get("/1.0/events/journal").await.ok()["head"].as_i64().expect("a position")
}

/// The position before the oldest entry that is kept.
async fn oldest(t: &TestApp) -> i64 {
    let all = t.get("/1.0/events/journal?after=0").await;
    if all.status == 200 {
        return 0;
    }
    assert_eq!(all.json["error"], "cursor_expired");
    all.json["oldest"].as_i64().expect("a position")
}

async fn shortened(t: &TestApp, to: i64) {
    eventually(&format!("a journal after {to}"), || async { (oldest(t).await == to).then_some(()) }).await;
}

/// Removes whatever may go, with the workers at rest.
async fn forget(t: &TestApp, days: i64) {
    count_up(t).await;
    while t.app.db.write(move |tx| Box::pin(async move { event::forget_old(tx, days).await })).await.expect("removed") {
    }
}

#[tokio::test]
async fn what_is_old_goes_and_whoever_asks_for_it_is_told() {
    let t = keeping(7).await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    ann.write(&t, None, "one").await;
    t.clock.advance(Duration::from_secs(1));
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    t.clock.advance(6 * DAY);
    let old = head(&t).await;
    ann.write(&t, None, "two").await;
    receiver.expect(&["two"]).await;
    t.settled().await;
    let first = id(&t.get("/1.0/events/journal?after=0&limit=1").await.ok()["records"][0]).to_owned();
    let events = |list: &Value| i64::try_from(list["records"].as_array().expect("events").len()).expect("a count");
    assert!(events(&t.get("/1.0/events?limit=150").await.ok()) > old);
    counted(&t).await;
    t.clock.advance(2 * DAY);
    shortened(&t, old).await;

    let head = head(&t).await;
    let page = t.get(&format!("/1.0/events/journal?after={old}")).await.ok();
    let positions = page["records"].as_array().expect("records").iter().map(|r| r["position"].as_i64());
    assert_eq!(positions.flatten().collect::<Vec<_>>(), (old + 1..=head).collect::<Vec<_>>());
    let list = t.get("/1.0/events?limit=150").await.ok();
    assert_eq!((list["count"].as_i64(), events(&list)), (Some(head - old), head - old));
    for path in ["/1.0/events/journal?after=1", "/1.0/events/stream?after=1"] {
        let gone = t.get(path).await;
        assert_eq!((&gone.json["oldest"], &gone.json["head"]), (&json!(old), &json!(head)));
        assert_eq!(gone.error(410), "cursor_expired");
    }
    let gone = t.get(&format!("/1.0/events/{first}")).await;
    assert_eq!((&gone.json["oldest"], gone.json["error"].as_str()), (&json!(old), Some("cursor_expired")));
    assert_eq!(gone.status, 410);
    assert_eq!(t.get(&format!("/1.0/events/{}", "f".repeat(24))).await.error(404), "not_found");
    let replay = format!("/1.0/webhooks/{}/replay", id(&webhook));
    assert_eq!(t.put(&format!("{replay}?from=1"), json!({})).await.error(410), "cursor_expired");
    t.put(&format!("{replay}?from={}", old + 1), json!({})).await.ok();
    receiver.expect(&["two", "two"]).await;
    let (_, agent) = Socket::agent(&t, ADMIN_TOKEN, Some(1)).await;
    assert_eq!(agent, Socket::told(&t, "reload", agent["position"].as_i64().expect("a position")).await);
    let (_, visitor) = Socket::visitor(&t, &ann, Some(1)).await;
    assert_eq!(visitor["type"], "reload");
    assert_eq!(Socket::visitor(&t, &ann, Some(old)).await.1["type"], "welcome");
    // What was said is no part of the journal.
    assert_eq!(ann.get(&t, "threads").await.ok()["threads"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn what_a_delivery_still_needs_is_kept() {
    let t = keeping(3).await;
    let shop = World::new(&t).await;
    t.clock.advance(Duration::from_secs(1));
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    let path = format!("/1.0/webhooks/{}", id(&webhook));
    let stand = async |state: &str, count: usize| {
        let list = format!("{path}/deliveries?state={state}");
        eventually(&format!("{count} {state}"), || async { (t.get(&list).await.ok()["count"] == count).then_some(()) })
            .await;
    };
    shop.say(&t, "ann", None, "one").await;
    receiver.expect(&["one"]).await;
    stand("delivered", 1).await;
    t.put(&path, json!({"active": false})).await.ok();
    let before = head(&t).await;
    shop.say(&t, "bob", None, "two").await;
    shop.say(&t, "ben", None, "three").await;
    stand("pending", 2).await;
    counted(&t).await;
    // After a day they are parked, for thirty days.
    t.clock.advance(2 * DAY);
    stand("parked", 2).await;
    t.clock.advance(3 * DAY);
    let first = t.get(&format!("/1.0/events/journal?after={before}&type=content.imported")).await.ok();
    let first = first["records"][0]["position"].as_i64().expect("a position");
    shortened(&t, first - 1).await;
    // What was acknowledged has gone with its event.
    stand("delivered", 0).await;
    t.put(&path, json!({"active": true})).await.ok();
    let again = format!("{path}/resend?since=2026-03-01T00:00:00Z&state=parked");
    assert_eq!(t.put(&again, json!({})).await.ok()["count"], 2);
    receiver.wait(3).await;
    let mut came = receiver.bodies();
    came.sort();
    assert_eq!(came, ["one", "three", "two"]);
    // Now nobody needs them any more.
    stand("delivered", 2).await;
    t.clock.advance(DAY);
    eventually("they go", || async { (oldest(&t).await > first).then_some(()) }).await;
    stand("delivered", 0).await;
}

#[tokio::test]
async fn what_is_not_worked_on_or_to_be_sent_again_is_kept() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    shop.say(&t, "ann", None, "one").await;
    t.clock.advance(Duration::from_secs(1));
    let receiver = Receiver::start().await;
    receiver.register(&t, json!({})).await;
    t.stop_workers().await;
    let head = head(&t).await;
    t.clock.advance(30 * DAY);
    let set = async |sql: &'static str| {
        let write = t.app.db.write(move |tx| Box::pin(async move { tx.execute(sql, Vec::new()).await }));
        let changed: Result<u64, store::Error> = write.await;
        assert_eq!(changed.expect("a change"), 1);
    };
    set("UPDATE cursors SET position = 3 WHERE follower = 'dispatch'").await;
    forget(&t, 7).await;
    assert_eq!(oldest(&t).await, 3);
    set("UPDATE cursors SET position = (SELECT position FROM journal_head) WHERE follower = 'dispatch'").await;
    set("UPDATE webhooks SET replay_next = 6, replay_last = 6").await;
    forget(&t, 60).await;
    assert_eq!(oldest(&t).await, 3);
    forget(&t, 7).await;
    assert_eq!(oldest(&t).await, 5);
    set("UPDATE webhooks SET replay_next = NULL, replay_last = NULL").await;
    forget(&t, 7).await;
    // All of it: what comes next goes on with the next position.
    assert_eq!((oldest(&t).await, t.get("/1.0/events").await.ok()["count"].clone()), (head, json!(0)));
    t.post("/1.0/tags", json!({"name": "vip"})).await.ok();
    let page = t.get(&format!("/1.0/events/journal?after={head}")).await.ok();
    assert_eq!(page["records"][0]["position"], head + 1);
}

#[tokio::test]
async fn a_shortened_journal_goes_into_a_backup_and_comes_out_of_it() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    shop.say(&t, "ann", None, "one").await;
    eventually("it is worked on", || async {
        let lag = t.app.db.read(|tx| Box::pin(store::journal::cursor(tx, "dispatch"))).await.expect("a cursor");
        (lag >= t.app.db.refresh_position().await.expect("a position")).then_some(())
    })
    .await;
    t.stop_workers().await;
    let before = head(&t).await;
    t.clock.advance(30 * DAY);
    shop.say(&t, "ann", None, "two").await;
    forget(&t, 7).await;
    assert_eq!(oldest(&t).await, before);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("short.backup");
    backup::save(&t.app.config, &file, false).await.expect("saved");
    let mut other = TestApp::start().await;
    other.stop_workers().await;
    backup::restore(&other.app.config, &file, true, true).await.expect("restored");
    other.restart().await;
    assert_eq!(oldest(&other).await, before);
    assert!(head(&other).await >= head(&t).await);
}

#[tokio::test]
async fn a_long_backlog_is_sent_again_as_a_whole() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    let path = format!("/1.0/webhooks/{}", id(&receiver.register(&t, json!({})).await));
    receiver.code(503);
    shop.say(&t, "ann", None, "one").await;
    receiver.wait(1).await;
    t.put(&path, json!({"active": false})).await.ok();
    t.stop_workers().await;
    // More than one statement changes, and some that were made at once.
    let copies = "INSERT INTO webhook_deliveries (id, webhook_id, order_key, first_position, positions, state, ready, \
                  attempts_count, retry, next_attempt_at, expires_at, created_at, updated_at) \
                  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5999) \
                  SELECT id || i, webhook_id, order_key || i, first_position, positions, 'parked', FALSE, \
                  attempts_count, retry, next_attempt_at, expires_at, created_at + i / 100, updated_at \
                  FROM webhook_deliveries, n";
    let made = t.app.db.write(move |tx| Box::pin(async move { tx.execute(copies, Vec::new()).await }));
    let made: Result<u64, store::Error> = made.await;
    assert_eq!(made.expect("copies"), 5_999);
    let again = t.put(&format!("{path}/resend?since=2026-03-01T00:00:00Z"), json!({})).await.ok();
    assert_eq!(again["count"], 6_000);
    let key = WebhookId::parse(path.rsplit('/').next().expect("an id")).expect("an id");
    loop {
        let key = key.clone();
        let step = t.app.db.write(move |tx| {
            Box::pin(async move {
                delivery::sweep_on(tx, &key).await?;
                Ok::<_, Error>(webhook_sweep::waits(tx, &key).await?)
            })
        });
        if !step.await.expect("a step") {
            break;
        }
    }
    assert_eq!(t.get(&path).await.ok()["deliveries_waiting"], 6_000);
    let ready = "SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'pending' AND ready";
    let ready = t.app.db.read(move |tx| Box::pin(async move { tx.number(ready, Vec::new()).await })).await;
    assert_eq!(ready.expect("a number"), 6_000);
}

#[tokio::test]
async fn a_filter_is_counted_right_while_the_journal_is_shortened_and_grows() {
    let t = TestApp::start().await;
    t.stop_workers().await;
    let count = async || t.get("/1.0/events?names[]=administration.changed").await.ok()["count"].clone();
    let exact = async || {
        let sql = "SELECT COUNT(*) FROM journal WHERE kind = 'administration.changed'";
        let read = t.app.db.read(move |tx| Box::pin(async move { tx.number(sql, Vec::new()).await }));
        let read: Result<i64, store::Error> = read.await;
        read.expect("a number")
    };
    for round in 0..6 {
        for at in 0..60 {
            t.post("/1.0/tags", json!({"name": format!("tag {round} {at}")})).await.ok();
        }
        assert_eq!(count().await, exact().await, "grown in round {round}");
        let some = "DELETE FROM journal WHERE position < (SELECT MIN(position) + 25 FROM journal)";
        let gone = t.app.db.write(move |tx| Box::pin(async move { tx.execute(some, Vec::new()).await }));
        let gone: Result<u64, store::Error> = gone.await;
        assert_eq!(gone.expect("gone"), 25);
        assert_eq!(count().await, exact().await, "shortened in round {round}");
    }
}
