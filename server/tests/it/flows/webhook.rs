//! Events on their way to webhooks.

use std::time::Duration;

use hubbub::domain::Error;
use model::{Event, EventType, Resource, SourceId, ThreadId, Timestamp, UserId};
use serde_json::{Value, json};

use crate::support::receiver::{Receiver, Says, wait_for_status};
use crate::support::{TestApp, eventually};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A content that came in on a thread.
fn content(thread: &ThreadId, body: &str) -> Event {
    Event {
        kind: EventType::ContentImported,
        user_id: None,
        source_id: None,
        thread_id: Some(thread.clone()),
        resource: Resource { kind: "message".into(), id: "5950328814bf8abf7f79e3cb".into() },
        metadata: json!({"body": body, "thread_id": thread}),
    }
}

async fn emit(t: &TestApp, events: Vec<Event>) {
    let written = t.app.db.write(move |tx| {
        Box::pin(async move {
            events.into_iter().for_each(|event| tx.emit(event));
            Ok::<_, Error>(())
        })
    });
    written.await.expect("written");
}

async fn say(t: &TestApp, thread: &ThreadId, body: &str) {
    emit(t, vec![content(thread, body)]).await;
}

fn thread(t: &TestApp) -> ThreadId {
    ThreadId::new(t.clock.now())
}

fn path(webhook: &Value) -> String {
    format!("/1.0/webhooks/{}", webhook["id"].as_str().expect("an id"))
}

async fn deliveries(t: &TestApp, webhook: &Value) -> Vec<Value> {
    let list = t.get(&format!("{}/deliveries", path(webhook))).await.ok();
    list["records"].as_array().expect("records").clone()
}

/// The newest delivery, once it was tried this often.
async fn tried(t: &TestApp, webhook: &Value, attempts: i64) -> Value {
    eventually(&format!("a delivery with {attempts} attempts"), || async {
        let newest = deliveries(t, webhook).await.into_iter().next()?;
        Some(newest).filter(|d| d["attempts_count"] == attempts)
    })
    .await
}

/// Moves the clock to the next attempt of a delivery; gives how many seconds that was.
fn go_to_next_attempt(t: &TestApp, delivery: &Value) -> i64 {
    let next = Timestamp::parse(delivery["next_attempt_at"].as_str().expect("a time")).expect("a time");
    // Times of the API are cut to seconds.
    let seconds = next.seconds_since(t.clock.now()) + 2;
    t.clock.advance(Duration::from_secs(seconds.try_into().expect("a time to come")));
    seconds
}

#[tokio::test]
async fn an_event_comes_in_the_documented_envelope_with_the_secret() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.register(&t, json!({"secret": "s3cret", "registered_events": ["content.replied"]})).await;
    let thread = thread(&t);
    let (user, source) = (UserId::new(t.clock.now()), SourceId::new(t.clock.now()));
    let replied = Event {
        kind: EventType::ContentReplied,
        user_id: Some(user.clone()),
        source_id: Some(source),
        ..content(&thread, "hello")
    };
    emit(&t, vec![replied]).await;
    let received = receiver.wait(1).await.remove(0);
    let head = t.get("/1.0/events/journal").await.ok()["head"].clone();
    assert_eq!(received.header("content-type"), "application/json");
    assert_eq!(received.header("x-dimelo-secret"), "s3cret");
    assert!(received.header("user-agent").starts_with("Hubbub/"));
    let event = &received.body["events"][0];
    assert!(model::is_object_id(received.id()) && model::is_object_id(event["id"].as_str().expect("an id")));
    assert!(model::is_object_id(received.body["domain_id"].as_str().expect("an id")));
    let expected = json!({
        "type": "content.replied", "id": event["id"], "user_id": user, "issued_at": "2026-03-02T09:00:00.000Z",
        "position": head,
        "resource": {"type": "message", "id": "5950328814bf8abf7f79e3cb",
                     "metadata": {"body": "hello", "thread_id": thread}},
    });
    assert_eq!(event, &expected);
}

#[tokio::test]
async fn only_registered_events_of_the_wanted_sources_come() {
    let t = TestApp::start().await;
    let world = crate::support::world::World::new(&t).await;
    let shop = world.chat.id.clone();
    let (without, only) = (Receiver::start().await, Receiver::start().await);
    without.register(&t, json!({"source_ids": [shop]})).await;
    only.register(&t, json!({"source_ids": [shop], "sources_strategy": "none_except"})).await;
    let elsewhere = SourceId::new(t.clock.now());
    let threads = [thread(&t), thread(&t)];
    let at = |source: &SourceId, body: &str| {
        let thread = &threads[usize::from(*source == elsewhere)];
        Event { source_id: Some(source.clone()), ..content(thread, body) }
    };
    let closed = Event { kind: EventType::ContentThreadClosed, ..at(&shop, "not registered") };
    emit(&t, vec![closed, at(&shop, "shop"), at(&elsewhere, "elsewhere")]).await;
    emit(&t, vec![at(&shop, "end"), at(&elsewhere, "end")]).await;
    only.expect(&["shop", "end"]).await;
    without.expect(&["elsewhere", "end"]).await;
    assert!(only.deliveries()[0].body["events"][0].get("user_id").is_none());
}

#[tokio::test]
async fn a_webhook_tells_only_of_sources_that_its_user_may_read() {
    let t = TestApp::start().await;
    let world = crate::support::world::World::new(&t).await;
    let (token, user_id) = t.user_of("Bot").await;
    let receiver = Receiver::start().await;
    let body = json!({"url": receiver.url, "registered_events": ["content.imported"]});
    let request = t.request_as(&token, reqwest::Method::POST, "/1.0/webhooks").json(&body);
    let webhook = crate::support::send(request).await.ok();
    wait_for_status(&t, webhook["id"].as_str().expect("an id"), "active").await;
    let (user, shop) = (UserId::parse(&user_id).expect("an id"), world.chat.id.clone());
    let hide = t.app.db.write(move |tx| {
        Box::pin(async move { store::source_permission::set(tx, &user, &shop, Some(Vec::new())).await })
    });
    hide.await.expect("written");
    let hidden = Event { source_id: Some(world.chat.id.clone()), ..content(&thread(&t), "hidden") };
    let elsewhere = content(&thread(&t), "no source");
    emit(&t, vec![hidden, elsewhere]).await;
    receiver.wait(1).await;
    assert_eq!(receiver.bodies(), ["no source"]);
}

#[tokio::test]
async fn a_failed_delivery_climbs_the_ladder_with_its_ids_until_it_is_acknowledged() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    receiver.code(503);
    say(&t, &thread(&t), "hello").await;
    for (attempt, step) in [(1, 32), (2, 240), (3, 1020), (4, 3120), (5, 7200)] {
        let delivery = tried(&t, &webhook, attempt).await;
        assert_eq!(delivery["state"], "pending");
        let waited = go_to_next_attempt(&t, &delivery);
        assert!((step * 9 / 10 - 1..=step * 11 / 10 + 2).contains(&waited), "{step}: {waited}");
    }
    tried(&t, &webhook, 6).await;
    receiver.code(200);
    t.clock.advance(HOUR + 7 * MINUTE);
    let delivery = tried(&t, &webhook, 7).await;
    assert_eq!((&delivery["state"], &delivery["next_attempt_at"]), (&json!("delivered"), &Value::Null));
    let all = receiver.deliveries();
    assert_eq!(all.len(), 7);
    assert!(all.iter().all(|r| r.body == all[0].body), "{all:?}");
    let detail = t.get(&format!("{}/deliveries/{}", path(&webhook), all[0].id())).await.ok();
    assert_eq!(detail["body"], all[0].body);
    let attempts = detail["attempts"].as_array().expect("attempts");
    assert_eq!(attempts.len(), 7);
    assert_eq!((&attempts[0]["status_code"], &attempts[0]["response"]), (&json!(503), &json!("noted")));
    assert_eq!(attempts[0]["error"], "answered 503, not 2xx");
    assert_eq!((&attempts[6]["status_code"], &attempts[6]["error"]), (&json!(200), &Value::Null));
}

#[tokio::test]
async fn after_a_day_a_delivery_is_parked_and_can_be_sent_again() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    receiver.code(302);
    let first = thread(&t);
    say(&t, &first, "one").await;
    tried(&t, &webhook, 1).await;
    t.clock.advance(24 * HOUR);
    let parked = tried(&t, &webhook, 2).await;
    assert_eq!(parked["state"], "parked");
    // What is parked holds nobody up.
    receiver.code(200);
    say(&t, &first, "two").await;
    receiver.expect(&["one", "one", "two"]).await;
    let again = format!("{}/deliveries/{}/resend", path(&webhook), parked["id"].as_str().expect("an id"));
    assert_eq!(t.put(&again, json!({})).await.ok()["state"], "pending");
    let all = receiver.wait(4).await;
    assert_eq!(receiver.bodies(), ["one", "one", "two", "one"]);
    assert_eq!((all[3].id(), &all[3].body), (parked["id"].as_str().expect("an id"), &all[0].body));
    eventually("a delivery", || async {
        let list = t.get(&format!("{}/deliveries?state=delivered", path(&webhook))).await.ok();
        (list["count"] == 2).then_some(())
    })
    .await;
}

/// Waits until nothing is under way to a webhook.
async fn acknowledged(t: &TestApp, webhook: &Value) {
    let all_done = || async {
        let done = deliveries(t, webhook).await.iter().all(|d| d["state"] == "delivered");
        done.then_some(())
    };
    eventually("acknowledged", all_done).await;
}

#[tokio::test]
async fn everything_since_a_time_can_be_sent_again() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    say(&t, &thread(&t), "old").await;
    receiver.wait(1).await;
    // Until it is noted as acknowledged, an hour would end its lease.
    acknowledged(&t, &webhook).await;
    t.clock.advance(HOUR);
    let since = t.clock.now().to_api();
    let busy = thread(&t);
    for (body, count) in [("one", 2), ("two", 3)] {
        say(&t, &busy, body).await;
        receiver.wait(count).await;
        acknowledged(&t, &webhook).await;
    }
    let resend = format!("{}/resend", path(&webhook));
    assert_eq!(t.put(&resend, json!({"since": since})).await.ok()["count"], 2);
    let all = receiver.wait(5).await;
    assert_eq!(receiver.bodies(), ["old", "one", "two", "one", "two"]);
    assert_eq!((all[3].id(), all[4].id()), (all[1].id(), all[2].id()));
    assert_eq!(t.put(&resend, json!({})).await.error(400), "invalid_parameter");
}

#[tokio::test]
async fn a_webhook_that_fails_too_often_rests_and_recovers_by_one_try() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    let id = webhook["id"].as_str().expect("an id");
    receiver.code(500);
    for i in 0..8 {
        say(&t, &thread(&t), &format!("thread {i}")).await;
        receiver.wait(i + 1).await;
    }
    let resting = wait_for_status(&t, id, "suspended").await;
    assert_eq!(resting["suspended_until"], t.clock.now().plus_seconds(60).to_api());
    assert!(resting["status_reason"].as_str().expect("a reason").contains("500"), "{resting}");
    assert_eq!(resting["active"], true);
    // While it rests nothing is sent; then one try, which fails, and it rests for longer.
    say(&t, &thread(&t), "while it rests").await;
    eventually("a delivery that waits", || async { (deliveries(&t, &webhook).await.len() == 9).then_some(()) }).await;
    assert_eq!(receiver.deliveries().len(), 8);
    t.clock.advance(MINUTE + Duration::from_secs(1));
    receiver.wait(9).await;
    eventually("a longer rest", || async {
        let webhook = t.get(&path(&webhook)).await.ok();
        (webhook["suspended_until"] == t.clock.now().plus_seconds(120).to_api()).then_some(())
    })
    .await;
    assert_eq!(receiver.deliveries().len(), 9);
    receiver.code(200);
    t.clock.advance(2 * MINUTE);
    let recovered = wait_for_status(&t, id, "active").await;
    assert_eq!((&recovered["suspended_until"], &recovered["status_reason"]), (&Value::Null, &Value::Null));
    receiver.wait(18).await;
    eventually("everything is delivered", || async {
        deliveries(&t, &webhook).await.iter().all(|d| d["state"] == "delivered").then_some(())
    })
    .await;
    assert_eq!(receiver.deliveries().len(), 18);
}

#[tokio::test]
async fn a_dead_receiver_delays_no_other() {
    let t = TestApp::start().await;
    let (dead, good) = (Receiver::start().await, Receiver::start().await);
    dead.register(&t, json!({})).await;
    good.register(&t, json!({})).await;
    dead.answer(|_| Says::Nothing);
    for i in 0..40 {
        say(&t, &thread(&t), &i.to_string()).await;
    }
    good.wait(40).await;
    // None of its requests has come to an end meanwhile.
    assert_eq!(dead.deliveries().len(), 8);
    t.leaves("one receiver never answers");
}

#[tokio::test]
async fn deliveries_of_a_thread_keep_their_order() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    let (held, free) = (thread(&t), thread(&t));
    receiver.answer(|r| if r.bodies()[0] == "held 0" { Says::Code(500) } else { Says::Code(200) });
    say(&t, &held, "held 0").await;
    let first = tried(&t, &webhook, 1).await;
    for i in 1..4 {
        say(&t, &held, &format!("held {i}")).await;
    }
    say(&t, &free, "free").await;
    receiver.expect(&["held 0", "free"]).await;
    // Until it is noted as acknowledged, the time that passes would end its lease.
    let noted = || async { deliveries(&t, &webhook).await.iter().any(|d| d["state"] == "delivered").then_some(()) };
    eventually("acknowledged", noted).await;
    receiver.code(200);
    go_to_next_attempt(&t, &first);
    receiver.expect(&["held 0", "free", "held 0", "held 1", "held 2", "held 3"]).await;
}

#[tokio::test]
async fn many_events_in_one_transaction_come_in_order_and_together() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.register(&t, json!({})).await;
    let threads: Vec<ThreadId> = (0..3).map(|_| thread(&t)).collect();
    emit(&t, (0..600).map(|i| content(&threads[i % 3], &i.to_string())).collect()).await;
    eventually("600 events", || async { (receiver.bodies().len() == 600).then_some(()) }).await;
    assert!(receiver.deliveries().len() <= 12);
    for thread in &threads {
        let of_thread = |e: &&Value| e["resource"]["metadata"]["thread_id"] == thread.as_str();
        let number = |e: &Value| e["resource"]["metadata"]["body"].as_str().and_then(|b| b.parse().ok()).unwrap_or(-1);
        let all = receiver.deliveries();
        let events = all.iter().flat_map(|r| r.body["events"].as_array().expect("events"));
        let numbers: Vec<i32> = events.filter(of_thread).map(number).collect();
        assert_eq!(numbers.len(), 200);
        assert!(numbers.is_sorted(), "{numbers:?}");
    }
}

#[tokio::test]
async fn private_addresses_are_not_reached_unless_allowed() {
    let t = TestApp::start_with(|config| config.allow_private_targets = false).await;
    let receiver = Receiver::start().await;
    for url in [receiver.url.clone(), receiver.url.replace("127.0.0.1", "localhost")] {
        let body = json!({"url": url, "registered_events": ["content.imported"]});
        let made = t.post("/1.0/webhooks", body).await.ok();
        let refused = eventually("a refusal", || async {
            Some(t.get(&path(&made)).await.ok()).filter(|webhook| webhook["active"] == false)
        })
        .await;
        assert_eq!(refused["webhook_status"], "unverified");
        let reason = refused["status_reason"].as_str().expect("a reason");
        assert!(reason.contains("has no public address"), "{reason}");
    }
    assert!(receiver.challenges().is_empty());
}

#[tokio::test]
async fn a_restart_loses_nothing() {
    let mut t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    receiver.code(500);
    say(&t, &thread(&t), "failed before").await;
    tried(&t, &webhook, 1).await;
    say(&t, &thread(&t), "was under way").await;
    receiver.wait(2).await;
    tried(&t, &webhook, 1).await;
    t.stop_workers().await;
    // As a process leaves it that dies while a request is under way: due, and leased for a minute.
    let died = t.app.db.write(|tx| {
        Box::pin(async move {
            let sql = "UPDATE webhook_deliveries SET next_attempt_at = ?1, leased_until = ?2 \
                       WHERE id = (SELECT id FROM webhook_deliveries ORDER BY first_position DESC LIMIT 1)";
            let now = tx.now();
            tx.execute(sql, store::params![now, now.plus_seconds(60)]).await
        })
    });
    died.await.expect("written");
    // Written, but not yet looked at by anybody.
    say(&t, &thread(&t), "written before").await;
    receiver.code(200);
    t.restart().await;
    // Past the lease, and the first step of the ladder.
    t.clock.advance(MINUTE);
    let all = receiver.wait(5).await;
    let mut bodies = receiver.bodies();
    bodies.sort();
    assert_eq!(bodies, ["failed before", "failed before", "was under way", "was under way", "written before"]);
    let again = |first: usize| all.iter().skip(2).any(|r| r.body == all[first].body);
    assert!(again(0) && again(1), "{all:?}");
    say(&t, &thread(&t), "written after").await;
    receiver.wait(6).await;
}

#[tokio::test]
async fn what_happens_while_an_endpoint_is_asked_comes_once_it_confirms_behind_what_waited() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    let id = webhook["id"].as_str().expect("an id");
    t.put(&path(&webhook), json!({"active": false})).await.ok();
    let thread = thread(&t);
    say(&t, &thread, "switched off").await;
    // The dispatcher has seen it before the webhook is switched on again.
    eventually("the dispatcher", || async {
        let read = t.app.db.read(|tx| {
            Box::pin(async move {
                let head = store::journal::head(tx).await?;
                Ok::<_, store::Error>(store::journal::cursor(tx, "dispatch").await? == head)
            })
        });
        read.await.expect("read").then_some(())
    })
    .await;
    t.put(&path(&webhook), json!({"active": true})).await.ok();
    say(&t, &thread, "switched on").await;
    wait_for_status(&t, id, "active").await;
    receiver.wait(2).await;
    assert_eq!(receiver.bodies(), ["switched off", "switched on"]);
    assert_eq!(receiver.challenges().len(), 2);
}

#[tokio::test]
async fn acknowledged_deliveries_are_forgotten_after_a_week_and_waiting_ones_parked_after_a_day() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    say(&t, &thread(&t), "old").await;
    eventually("acknowledged", || async {
        deliveries(&t, &webhook).await.iter().any(|d| d["state"] == "delivered").then_some(())
    })
    .await;
    receiver.code(500);
    say(&t, &thread(&t), "waits").await;
    receiver.wait(2).await;
    tried(&t, &webhook, 1).await;
    t.put(&path(&webhook), json!({"active": false})).await.ok();
    t.clock.advance(25 * HOUR);
    eventually("a parked delivery", || async {
        let list = t.get(&format!("{}/deliveries?state=parked", path(&webhook))).await.ok();
        (list["count"] == 1).then_some(())
    })
    .await;
    t.clock.advance(6 * 24 * HOUR);
    eventually("one is left", || async { (deliveries(&t, &webhook).await.len() == 1).then_some(()) }).await;
    assert_eq!(deliveries(&t, &webhook).await[0]["state"], "parked");
}
