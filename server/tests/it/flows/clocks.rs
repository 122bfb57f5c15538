//! A clock that jumps ahead and comes back: nothing waits until the year that it showed.

use std::time::Duration;

use model::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::ahead::{self, Ahead};

use crate::support::receiver::{Receiver, wait_for_status};
use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::world::{World, user};
use crate::support::{ADMIN, Browser, TestApp, eventually, eventually_later, id, send};

const NOW: &str = "2026-03-02T09:00:10Z";
const AHEAD: &str = "2036-03-02T09:00:00Z";

async fn number(t: &TestApp, sql: &'static str) -> i64 {
    t.app.db.read(move |tx| Box::pin(async move { tx.number(sql, Vec::new()).await })).await.expect("a number")
}

async fn execute(t: &TestApp, sql: &'static str) {
    let done = t.app.db.write(move |tx| Box::pin(async move { tx.execute(sql, Vec::new()).await }));
    let done: Result<u64, store::Error> = done.await;
    done.expect("done");
}

/// Waits until a delivery has failed and that is written down.
async fn failed(t: &TestApp) {
    let sql = "SELECT COUNT(*) FROM webhook_deliveries WHERE retry > 0 AND leased_until IS NULL";
    eventually("a failure", || async { (number(t, sql).await > 0).then_some(()) }).await;
}

#[tokio::test]
async fn a_delivery_that_failed_ahead_is_tried_again_and_its_thread_goes_on() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    receiver.register(&t, json!({})).await;
    receiver.code(503);
    t.set_clock(AHEAD);
    let thread = shop.say(&t, "ann", None, "one").await.thread.id.to_string();
    failed(&t).await;
    shop.say(&t, "ann", Some(&thread), "two").await;
    eventually("a second delivery", || async {
        (number(&t, "SELECT COUNT(*) FROM webhook_deliveries").await == 2).then_some(())
    })
    .await;
    receiver.code(200);
    t.set_clock(NOW);
    receiver.expect(&["one", "one", "two"]).await;
    // Nor is anything kept for ten years.
    let ends = "SELECT COUNT(*) FROM webhook_deliveries WHERE delivered_at > 1800000000000";
    eventually("times of today", || async { (number(&t, ends).await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn what_another_server_left_ahead_is_taken_up() {
    let t = TestApp::start().await;
    let Some(wrong) = t.beside(AHEAD).await else { return };
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    receiver.register(&t, json!({})).await;
    receiver.code(503);
    shop.say(&wrong, "ann", None, "one").await;
    failed(&t).await;
    wrong.stop().await;
    // The lease and the next try, as the other server would have left them.
    execute(
        &t,
        "UPDATE webhook_deliveries SET leased_until = 2093504400000, next_attempt_at = 2093504400000, ready = TRUE",
    )
    .await;
    receiver.code(200);
    let tried = receiver.deliveries().len();
    let again = || async { (receiver.deliveries().len() > tried).then_some(()) };
    eventually_later(&[&t], "another try", again).await;
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_parks_nothing_that_a_webhook_takes() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    receiver.register(&t, json!({})).await;
    receiver.code(503);
    let thread = shop.say(&t, "ann", None, "one").await.thread.id.to_string();
    failed(&t).await;
    shop.say(&t, "ann", Some(&thread), "two").await;
    eventually("a second delivery", || async {
        (number(&t, "SELECT COUNT(*) FROM webhook_deliveries").await == 2).then_some(())
    })
    .await;
    receiver.code(200);
    t.set_clock(AHEAD);
    receiver.expect(&["one", "one", "two"]).await;
}

#[tokio::test]
async fn a_webhook_that_was_suspended_ahead_recovers() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    receiver.code(503);
    t.set_clock(AHEAD);
    for n in 0..8 {
        shop.say(&t, &format!("customer {n}"), None, "Hello").await;
    }
    wait_for_status(&t, id(&webhook), "suspended").await;
    receiver.code(200);
    t.set_clock(NOW);
    wait_for_status(&t, id(&webhook), "active").await;
}

#[tokio::test]
async fn a_content_that_could_not_be_handed_over_ahead_is_tried_again() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    let waiting = blog.says(&t, "2", "43", "b").await;
    blog.script([Reaction::Status(503, "down"), Reaction::Wait("3600")]);
    t.set_clock(AHEAD);
    let first = blog.reply(&t, &said, "one").await;
    let tried = "SELECT COUNT(*) FROM content_exports WHERE failures_count = 1";
    eventually("a failure", || async { (number(&t, tried).await == 1).then_some(()) }).await;
    let second = blog.reply(&t, &said, "two").await;
    let third = blog.reply(&t, &waiting, "three").await;
    let asked = "SELECT COUNT(*) FROM content_exports WHERE waits_count = 1";
    eventually("a wait", || async { (number(&t, asked).await == 1).then_some(()) }).await;
    t.set_clock(NOW);
    for reply in [first, second, third] {
        blog.synchronized(&t, &reply, "success").await;
    }
    let late = "SELECT COUNT(*) FROM content_export_attempts WHERE started_at > 1800000000000";
    eventually("tries of today", || async { (number(&t, late).await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn a_bot_that_got_a_thread_ahead_must_answer_in_time() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (robo, token) = user(&t, "Robo", "Bot").await;
    t.put(&format!("/1.0/users/{}", id(&robo)), json!({"bot": true, "bot_lease_seconds": 60})).await.ok();
    t.set_clock(AHEAD);
    let said = shop.say(&t, "ann", None, "Hello").await;
    let engage = t.request_as(&token, Method::POST, "/1.0/interventions");
    send(engage.json(&json!({"content_id": said.content.id}))).await.ok();
    t.set_clock(NOW);
    let lease = "SELECT COUNT(*) FROM content_threads WHERE lease_until < 1800000000000";
    eventually("a lease of today", || async { (number(&t, lease).await == 1).then_some(()) }).await;
    t.clock.advance(Duration::from_secs(61));
    let path = format!("/1.0/content_threads/{}", said.thread.id);
    eventually("people", || async { t.get(&path).await.ok()["owner"].is_null().then_some(()) }).await;
}

#[tokio::test]
async fn sessions_and_kept_answers_end_in_time() {
    let t = TestApp::start().await;
    t.set_clock(AHEAD);
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let tag = async |name: &str| {
        let request = t.request(Method::POST, "/1.0/tags").json(&json!({"name": name})).header("idempotency-key", "k");
        request.send().await.expect("an answer").status()
    };
    assert_eq!(tag("one").await, StatusCode::OK);
    t.set_clock(NOW);
    let left = "SELECT (SELECT COUNT(*) FROM sessions WHERE expires_at > 1800000000000) \
                + (SELECT COUNT(*) FROM idempotency_keys WHERE expires_at > 1800000000000)";
    eventually("times of today", || async { (number(&t, left).await == 0).then_some(()) }).await;
    let show = async || browser.request(&t, Method::GET, "/console/session").send().await.expect("an answer").status();
    assert_eq!(show().await, StatusCode::OK, "it was not ended");
    assert_eq!(tag("two").await, StatusCode::UNPROCESSABLE_ENTITY, "the key is kept");
    t.clock.advance(Duration::from_secs(31 * 24 * 3600));
    assert_eq!((show().await, tag("two").await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
}

#[tokio::test]
async fn customers_get_automatic_messages_again_and_threads_stand_by_their_activity() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let settings = json!({
        "auto_response_triggers": [{"created_from_trigger": "first_message_from_user", "language": "en", "body": "Hi"}],
        "auto_response_trigger_enabled": {"first_message_from_user": true},
        "auto_response_trigger_grace_periods": {"first_message_from_user": 600},
    });
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), settings).await.ok();
    let shop = World::on(reread(&t, &shop).await);
    t.set_clock(AHEAD);
    let then = shop.say(&t, "ann", None, "then").await.thread.id.to_string();
    t.set_clock(NOW);
    let ahead = "SELECT COUNT(*) FROM content_threads WHERE last_content_at > 1800000000000";
    eventually("times of today", || async { (number(&t, ahead).await == 0).then_some(()) }).await;
    t.clock.advance(Duration::from_secs(1));
    let now = shop.say(&t, "ann", None, "now").await.thread;
    assert_eq!(now.contents_count, 2, "it was answered");
    let (threads, _) = t.get("/1.0/content_threads").await.ids();
    assert_eq!(threads, [now.id.to_string(), then]);
}

async fn reread(t: &TestApp, shop: &World) -> store::source::Source {
    let id = shop.chat.id.clone();
    let found = t.app.db.read(move |tx| Box::pin(async move { store::source::find(tx, &id).await }));
    found.await.expect("a read").expect("a source")
}

#[tokio::test]
async fn what_was_put_aside_until_a_day_comes_back_that_day() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    let path = format!("/1.0/interventions/{}", id(&case));
    t.put(&format!("{path}/defer"), json!({"deferred_at": "2026-03-10T09:00:00Z"})).await.ok();
    t.set_clock("2026-03-01T09:00:00Z");
    let state = async || t.get(&path).await.ok()["status"].clone();
    assert_eq!(state().await, "Deferred");
    t.set_clock("2026-03-10T09:00:00Z");
    eventually("it is back", || async { (state().await != "Deferred").then_some(()) }).await;
}

#[tokio::test]
async fn each_kind_of_time_is_set_again_where_it_lies_too_far_ahead() {
    let t = TestApp::start().await;
    t.stop_workers().await;
    let all = [
        Ahead::DeliveryTry(vec![0, 30, 60]),
        Ahead::DeliveryLease(30),
        Ahead::DeliveryEnd(86400),
        Ahead::Delivered,
        Ahead::Parked,
        Ahead::WebhookRest(3600),
        Ahead::ExportTry { steps: vec![10, 3600], wait: 86400 },
        Ahead::ExportEnd(86400),
        Ahead::ExportAttempt,
        Ahead::Deferral(366 * 86400),
        Ahead::SurveyInvitation,
        Ahead::SurveyPoll(900),
        Ahead::Session(86400),
        Ahead::UserInvitation(7 * 86400),
        Ahead::IdempotencyKey(86400),
        Ahead::ChatImpossible,
        Ahead::ChatGone(30),
        Ahead::Activity,
    ];
    for kind in all {
        let one = kind.clone();
        let set = t.app.db.write(move |tx| Box::pin(async move { ahead::set_again(tx, &one).await })).await;
        assert_eq!(set.expect("a statement that runs"), 0, "{kind:?}");
    }
    let _: Value = t.get("/1.0/tags").await.ok();
}

#[tokio::test]
async fn who_waits_for_a_time_looks_again_when_the_clock_has_moved_back() {
    let clock = store::Clock::manual(Timestamp::from_millis(1_000_000));
    let waits = tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep_until(Timestamp::from_millis(9_000_000), clock.turns()).await }
    });
    // A little is no jump.
    tokio::task::yield_now().await;
    let _ = clock.now();
    clock.set(Timestamp::from_millis(999_500));
    let _ = clock.now();
    tokio::task::yield_now().await;
    assert!(!waits.is_finished());
    clock.set(Timestamp::from_millis(500_000));
    waits.await.expect("it looks again");
    assert_eq!(clock.now(), Timestamp::from_millis(500_000));
}
