//! Webhooks with very many deliveries: what is asked of all of them is done some at a time, so that others write meanwhile.

use hubbub::domain::{Error, delivery};
use model::{DeliveryState, WebhookId};
use serde_json::{Value, json};
use store::{Page, webhook};

use crate::support::receiver::{Receiver, wait_for_status};
use crate::support::world::World;
use crate::support::{TestApp, eventually, id};

/// No transaction touches more rows than that.
const SOME: i64 = 600;
/// How many threads they are of.
const THREADS: i64 = 50;

fn path(webhook: &Value) -> String {
    format!("/1.0/webhooks/{}", id(webhook))
}

async fn number(t: &TestApp, sql: &str) -> i64 {
    let sql = sql.to_owned();
    let read = t.app.db.read(move |tx| {
        let sql = sql.clone();
        Box::pin(async move { tx.number(&sql, Vec::new()).await })
    });
    read.await.expect("a number")
}

async fn rows(t: &TestApp, table: &str) -> i64 {
    number(t, &format!("SELECT COUNT(*) FROM {table}")).await
}

async fn in_state(t: &TestApp, state: &str) -> i64 {
    number(t, &format!("SELECT COUNT(*) FROM webhook_deliveries WHERE state = '{state}'")).await
}

async fn run(t: &TestApp, sql: String) {
    let written = t.app.db.write(move |tx| {
        let sql = sql.clone();
        Box::pin(async move { tx.batch(&sql).await })
    });
    let written: Result<(), store::Error> = written.await;
    written.expect("written");
}

/// A webhook with `count` deliveries, of no events, in a state; each was tried once. The workers are at rest.
async fn with_many(t: &TestApp, receiver: &Receiver, state: &str, count: i64) -> Value {
    let webhook = receiver.register(t, json!({})).await;
    for at in 0..count / THREADS {
        t.post("/1.0/tags", json!({"name": format!("tag {at}")})).await.ok();
    }
    let dispatched = "SELECT h.position - c.position FROM journal_head h, cursors c WHERE c.follower = 'dispatch'";
    eventually("the dispatcher", || async { (number(t, dispatched).await == 0).then_some(()) }).await;
    t.stop_workers().await;
    let now = t.clock.now();
    let (id, at, end) = (id(&webhook), now.millis(), now.plus_seconds(24 * 3600).millis());
    let delivered = if state == "delivered" { at.to_string() } else { "NULL".into() };
    run(
        t,
        format!(
            "INSERT INTO webhook_deliveries (id, webhook_id, order_key, first_position, positions, state, ready, \
             attempts_count, retry, next_attempt_at, expires_at, delivered_at, created_at, updated_at) \
             WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) \
             SELECT '5950328914bf8a22' || CAST(10000000 + i AS TEXT), '{id}', 'thread ' || CAST(i % {THREADS} AS TEXT), \
             1 + i / {THREADS}, '[]', '{state}', i < {THREADS}, 1, 1, {at}, {end}, {delivered}, {at}, {at} FROM n; \
             INSERT INTO webhook_attempts (delivery_id, number, at, duration_ms) \
             SELECT id, 1, {at}, 5 FROM webhook_deliveries",
            last = count - 1
        ),
    )
    .await;
    webhook
}

/// What a webhook's lane does when there is much to do: one transaction.
async fn step(t: &TestApp, webhook: &Value) {
    let id = WebhookId::parse(id(webhook)).expect("an id");
    let step = t.app.db.write(move |tx| {
        let id = id.clone();
        Box::pin(async move { delivery::sweep_on(tx, &id).await })
    });
    step.await.expect("a step");
}

/// How many of the threads have not their first waiting delivery alone ready.
async fn in_disorder(t: &TestApp) -> i64 {
    number(
        t,
        "SELECT COUNT(*) FROM webhook_deliveries d WHERE state = 'pending' AND ready = EXISTS (SELECT 1 \
         FROM webhook_deliveries e WHERE e.order_key = d.order_key AND e.state = 'pending' \
         AND e.first_position < d.first_position)",
    )
    .await
}

#[tokio::test]
async fn a_webhook_with_very_many_deliveries_is_gone_at_once_and_they_go_some_at_a_time() {
    let mut t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = with_many(&t, &receiver, "delivered", 20_000).await;
    assert_eq!(t.delete(&path(&webhook)).await.ok()["id"], webhook["id"]);
    assert_eq!(t.get(&path(&webhook)).await.error(404), "not_found");
    assert_eq!(t.get(&format!("{}/deliveries", path(&webhook))).await.error(404), "not_found");
    assert_eq!(t.put(&format!("{}/verify", path(&webhook)), json!({})).await.error(404), "not_found");
    assert_eq!(t.delete(&path(&webhook)).await.error(404), "not_found");
    assert_eq!(t.get("/1.0/webhooks").await.ok()["count"], 0);
    // Its address is free again.
    let new = json!({"url": receiver.url, "registered_events": ["content.imported"]});
    let new = t.post("/1.0/webhooks", new).await.ok();
    let all = async || rows(&t, "webhook_deliveries").await + rows(&t, "webhook_attempts").await;
    let mut before = all().await;
    assert_eq!(before, 40_000);
    for at in 0..3 {
        step(&t, &webhook).await;
        let now = all().await;
        assert!(now < before && now >= before - SOME, "{before} {now}");
        before = now;
        t.post("/1.0/tags", json!({"name": format!("meanwhile {at}")})).await.ok();
    }
    t.restart().await;
    eventually("its deliveries go", || async { (rows(&t, "webhook_deliveries").await == 0).then_some(()) }).await;
    assert_eq!(rows(&t, "webhook_attempts").await, 0);
    eventually("the webhook goes", || async { (rows(&t, "webhooks").await == 1).then_some(()) }).await;
    wait_for_status(&t, id(&new), "active").await;
}

#[tokio::test]
async fn sending_one_delivery_again_leaves_the_others_alone() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = with_many(&t, &receiver, "parked", 4 * THREADS).await;
    // One of another thread as nobody else would write it.
    run(&t, "UPDATE webhook_deliveries SET state = 'pending' WHERE order_key = 'thread 7'".into()).await;
    run(&t, "UPDATE webhook_deliveries SET ready = FALSE WHERE order_key = 'thread 7'".into()).await;
    let of =
        "SELECT first_position FROM webhook_deliveries WHERE order_key = 'thread 3' AND ready AND state = 'pending'";
    let own: Vec<String> = (0..4).map(|n| format!("5950328914bf8a22{}", 10_000_000 + n * THREADS + 3)).collect();
    // The later one first: the earlier one comes before it.
    for (at, first) in [(2, 3), (1, 2), (3, 2)] {
        let again = format!("{}/deliveries/{}/resend", path(&webhook), own[at]);
        assert_eq!(t.put(&again, json!({})).await.ok()["state"], "pending");
        assert_eq!(number(&t, of).await, first);
    }
    let others = "SELECT COUNT(*) FROM webhook_deliveries WHERE order_key = 'thread 7' AND ready";
    assert_eq!(number(&t, others).await, 0);
    t.leaves("the workers are at rest");
}

#[tokio::test]
async fn very_many_are_sent_again_some_at_a_time_and_in_order() {
    let mut t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = with_many(&t, &receiver, "parked", 1500).await;
    let again = format!("{}/resend", path(&webhook));
    let since = json!({"since": "2026-03-01T00:00:00Z"});
    assert_eq!(t.put(&again, since).await.ok()["count"], 1500);
    let mut before = 0;
    loop {
        let now = in_state(&t, "pending").await;
        assert!(now > before && now <= before + SOME, "{before} {now}");
        assert_eq!(in_disorder(&t).await, 0);
        if now == 1500 {
            break;
        }
        // Nothing goes out before all of it is in order.
        let key = WebhookId::parse(id(&webhook)).expect("an id");
        let taker = delivery::Taker { process: "another".into(), busy: Vec::new() };
        let take = t.app.db.write(move |tx| {
            let (key, taker) = (key.clone(), taker.clone());
            Box::pin(async move { delivery::take_turn(tx, &key, &taker, Vec::new(), 8).await })
        });
        assert!(take.await.expect("a turn").deliveries.is_empty());
        before = now;
        step(&t, &webhook).await;
    }
    t.restart().await;
    // Of no events, they are over without a request.
    eventually("all delivered", || async { (in_state(&t, "delivered").await == 1500).then_some(()) }).await;
    t.settled().await;
    assert_eq!(rows(&t, "webhook_sweeps").await, 0);
}

#[tokio::test]
async fn very_many_that_waited_are_left_out_and_what_comes_after_is_sent() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    let webhook = with_many(&t, &receiver, "pending", 1500).await;
    run(&t, "UPDATE webhooks SET active = FALSE, status = 'inactive'".into()).await;
    t.put(&path(&webhook), json!({"active": true, "send_waiting": false})).await.ok();
    let parked = in_state(&t, "parked").await;
    assert!(parked > 0 && parked <= SOME, "{parked}");
    shop.say(&t, "ann", None, "next").await;
    t.restart().await;
    receiver.expect(&["next"]).await;
    eventually("all parked", || async { (in_state(&t, "parked").await == 1500).then_some(()) }).await;
    t.settled().await;
}

#[tokio::test]
async fn a_replay_drops_very_many_that_come_again() {
    let mut t = TestApp::start().await;
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    shop.say(&t, "ann", None, "earlier").await;
    let webhook = with_many(&t, &receiver, "parked", 1500).await;
    t.put(&format!("{}/replay", path(&webhook)), json!({"from": 1})).await.ok();
    let left = in_state(&t, "parked").await;
    assert!((1500 - SOME..1500).contains(&left), "{left}");
    t.restart().await;
    receiver.expect(&["earlier"]).await;
    t.settled().await;
    let id = WebhookId::parse(id(&webhook)).expect("an id");
    let page = Page { offset: 0, limit: 5 };
    let read = t.app.db.read(move |tx| {
        let id = id.clone();
        Box::pin(async move { Ok::<_, Error>(webhook::deliveries(tx, &id, None, page).await?) })
    });
    let found = read.await.expect("a read");
    assert_eq!((found.count, found.records[0].state), (1, DeliveryState::Delivered));
}
