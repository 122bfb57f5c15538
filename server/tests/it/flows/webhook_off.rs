//! Events that come up while a webhook is off.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::receiver::{Receiver, wait_for_status};
use crate::support::world::World;
use crate::support::{TestApp, eventually, send};

fn path(webhook: &Value) -> String {
    format!("/1.0/webhooks/{}", webhook["id"].as_str().expect("an id"))
}

/// Waits until so many events are in a webhook's deliveries of a state; gives the webhook.
async fn stand(t: &TestApp, webhook: &Value, state: &str, count: usize) -> Value {
    let list = &format!("{}/deliveries?state={state}", path(webhook));
    let all = |list: &Value| list["records"].as_array().cloned().expect("records");
    let events = |delivery: &Value| delivery["events"].as_array().expect("events").len();
    eventually(&format!("{count} events {state}"), || async {
        let found = all(&t.get(list).await.ok());
        (found.iter().map(events).sum::<usize>() == count).then_some(())
    })
    .await;
    t.get(&path(webhook)).await.ok()
}

/// The positions of the events that came, in the order of their coming.
fn positions(receiver: &Receiver) -> Vec<i64> {
    let events = receiver.deliveries().into_iter().flat_map(|d| d.body["events"].as_array().cloned().expect("events"));
    events.map(|event| event["position"].as_i64().expect("a position")).collect()
}

#[tokio::test]
async fn what_came_while_a_webhook_was_off_is_sent_in_order_when_it_is_on_again() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    let thread = shop.say(&t, "ann", None, "one").await.thread.id;
    receiver.expect(&["one"]).await;
    stand(&t, &webhook, "pending", 0).await;
    assert_eq!(t.put(&path(&webhook), json!({"active": false})).await.ok()["webhook_status"], "inactive");
    for body in ["two", "three"] {
        shop.say(&t, "ann", Some(thread.as_str()), body).await;
    }
    let off = stand(&t, &webhook, "pending", 2).await;
    assert_eq!((&off["active"], off["deliveries_waiting"].as_i64() > Some(0)), (&json!(false), true));
    t.clock.advance(Duration::from_secs(20 * 3600));
    let on = t.put(&path(&webhook), json!({"active": true})).await.ok();
    assert_eq!((&on["deliveries_waiting"], &on["webhook_status"]), (&off["deliveries_waiting"], &json!("unverified")));
    shop.say(&t, "ann", Some(thread.as_str()), "four").await;
    receiver.expect(&["one", "two", "three", "four"]).await;
    assert!(positions(&receiver).is_sorted_by(|a, b| a < b));
}

#[tokio::test]
async fn what_came_after_a_failed_check_is_not_lost() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    receiver.confirm(false);
    let body = json!({"url": receiver.url, "registered_events": ["content.imported"]});
    let webhook = t.post("/1.0/webhooks", body).await.ok();
    let off = || async { Some(t.get(&path(&webhook)).await.ok()).filter(|webhook| webhook["active"] == false) };
    eventually("a refusal", off).await;
    shop.say(&t, "ann", None, "hello").await;
    stand(&t, &webhook, "pending", 1).await;
    assert!(receiver.deliveries().is_empty());
    receiver.confirm(true);
    t.put(&format!("{}/verify", path(&webhook)), json!({})).await.ok();
    receiver.expect(&["hello"]).await;
}

#[tokio::test]
async fn what_came_while_its_user_was_disabled_waits_for_them() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (token, user) = t.user_of("Bot").await;
    let (receiver, other) = (Receiver::start().await, Receiver::start().await);
    let body = json!({"url": receiver.url, "registered_events": ["content.imported"]});
    let webhook = send(t.request_as(&token, Method::POST, "/1.0/webhooks").json(&body)).await.ok();
    wait_for_status(&t, webhook["id"].as_str().expect("an id"), "active").await;
    other.register(&t, json!({})).await;
    t.put(&format!("/1.0/users/{user}"), json!({"enabled": false})).await.ok();
    let thread = shop.say(&t, "ann", None, "one").await.thread.id;
    shop.say(&t, "ann", Some(thread.as_str()), "two").await;
    other.expect(&["one", "two"]).await;
    stand(&t, &webhook, "pending", 2).await;
    assert!(receiver.deliveries().is_empty());
    t.put(&format!("/1.0/users/{user}"), json!({"enabled": true})).await.ok();
    receiver.expect(&["one", "two"]).await;
}

#[tokio::test]
async fn what_is_older_than_a_day_is_parked_and_sent_when_asked() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    let since = t.clock.now().to_api();
    let thread = shop.say(&t, "ann", None, "had").await.thread.id;
    receiver.expect(&["had"]).await;
    stand(&t, &webhook, "pending", 0).await;
    t.put(&path(&webhook), json!({"active": false})).await.ok();
    for body in ["old", "older"] {
        shop.say(&t, "ann", Some(thread.as_str()), body).await;
    }
    stand(&t, &webhook, "pending", 2).await;
    t.clock.advance(Duration::from_secs(25 * 3600));
    stand(&t, &webhook, "parked", 2).await;
    shop.say(&t, "bob", None, "fresh").await;
    stand(&t, &webhook, "pending", 1).await;
    t.put(&path(&webhook), json!({"active": true})).await.ok();
    receiver.expect(&["had", "fresh"]).await;
    let resend = format!("{}/resend", path(&webhook));
    t.put(&resend, json!({"since": since, "state": "parked"})).await.ok();
    receiver.expect(&["had", "fresh", "old", "older"]).await;
    stand(&t, &webhook, "parked", 0).await;
}

#[tokio::test]
async fn what_waits_can_be_left_out_and_nothing_waits_for_a_webhook_that_was_never_on() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (receiver, never) = (Receiver::start().await, Receiver::start().await);
    let webhook = receiver.register(&t, json!({"active": true})).await;
    let body = json!({"url": never.url, "registered_events": ["content.imported"], "active": false});
    let other = t.post("/1.0/webhooks", body).await.ok();
    t.put(&path(&webhook), json!({"active": false})).await.ok();
    let thread = shop.say(&t, "ann", None, "missed").await.thread.id;
    stand(&t, &webhook, "pending", 1).await;
    assert_eq!(t.get(&path(&other)).await.ok()["deliveries_waiting"], 0);
    t.clock.advance(Duration::from_secs(1));
    for one in [&webhook, &other] {
        t.put(&path(one), json!({"active": true, "send_waiting": false})).await.ok();
        wait_for_status(&t, one["id"].as_str().expect("an id"), "active").await;
    }
    shop.say(&t, "ann", Some(thread.as_str()), "next").await;
    receiver.expect(&["next"]).await;
    never.expect(&["next"]).await;
    stand(&t, &webhook, "parked", 1).await;
}

#[tokio::test]
async fn any_answer_of_success_acknowledges_a_delivery() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    let mut thread = None;
    for (count, (code, body)) in (1..).zip([(201, "one"), (202, "two"), (204, "three")]) {
        receiver.code(code);
        let said = shop.say(&t, "ann", thread.as_deref(), body).await;
        thread = Some(said.thread.id.to_string());
        stand(&t, &webhook, "delivered", count).await;
    }
    receiver.expect(&["one", "two", "three"]).await;
}

#[tokio::test]
async fn what_is_parked_is_forgotten_after_thirty_days() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    receiver.code(500);
    shop.say(&t, "ann", None, "tried").await;
    eventually("a failure", async || (!receiver.deliveries().is_empty()).then_some(())).await;
    t.put(&path(&webhook), json!({"active": false})).await.ok();
    shop.say(&t, "bob", None, "old").await;
    stand(&t, &webhook, "pending", 2).await;
    t.clock.advance(Duration::from_secs(25 * 3600));
    stand(&t, &webhook, "parked", 2).await;
    t.clock.advance(Duration::from_secs(29 * 24 * 3600));
    shop.say(&t, "cid", None, "fresh").await;
    stand(&t, &webhook, "pending", 1).await;
    stand(&t, &webhook, "parked", 2).await;
    t.clock.advance(Duration::from_secs(2 * 24 * 3600));
    let left = stand(&t, &webhook, "parked", 1).await;
    assert_eq!((&left["deliveries_waiting"], &left["deliveries_parked"]), (&json!(0), &json!(1)));
    let left =
        t.app.db.read(|tx| Box::pin(async move { tx.number("SELECT COUNT(*) FROM webhook_attempts", vec![]).await }));
    let left: Result<i64, store::Error> = left.await;
    assert_eq!(left.expect("a number"), 0);
}
