//! What a process has taken to do for others: it keeps it as long as it is at it, and no longer than it lives.

use std::time::Duration;

use hubbub::domain::Error;
use hubbub::domain::delivery::{self, Outcome, Taken, Taker};
use model::{ContentId, DeliveryState, WebhookId};
use serde_json::{Value, json};
use store::webhook::Delivery;
use store::{Page, params, webhook};

use crate::support::receiver::{Receiver, Says};
use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::world::World;
use crate::support::{TestApp, eventually, id};

fn webhook_id(webhook: &Value) -> WebhookId {
    WebhookId::parse(id(webhook)).expect("an id")
}

/// The only delivery of a webhook, once it is there.
async fn delivery(t: &TestApp, webhook: &WebhookId) -> Delivery {
    eventually("a delivery", || async { newest(t, webhook).await }).await
}

async fn newest(t: &TestApp, webhook: &WebhookId) -> Option<Delivery> {
    let (id, page) = (webhook.clone(), Page { offset: 0, limit: 2 });
    let read = t.app.db.read(move |tx| Box::pin(async move { webhook::deliveries(tx, &id, None, page).await }));
    let found = read.await.expect("a read").records;
    assert!(found.len() < 2);
    found.into_iter().next()
}

/// What a process takes of a webhook's deliveries, after it has noted how one went.
async fn take(t: &TestApp, webhook: &WebhookId, process: &str, outcome: Option<Outcome>) -> Taken {
    let id = webhook.clone();
    let taker = Taker { process: process.to_owned(), busy: Vec::new() };
    let outcomes: Vec<Outcome> = outcome.into_iter().collect();
    let turn =
        t.app.db.write(move |tx| Box::pin(async move { delivery::take_turn(tx, &id, &taker, outcomes, 8).await }));
    turn.await.expect("a turn")
}

#[tokio::test]
async fn a_lease_is_renewed_while_its_request_is_under_way() {
    let t = TestApp::start().await;
    let (shop, receiver) = (World::new(&t).await, Receiver::start().await);
    let only = json!({"source_ids": [shop.chat.id], "sources_strategy": "none_except"});
    let webhook = webhook_id(&receiver.register(&t, only).await);
    receiver.answer(|_| Says::Nothing);
    shop.say(&t, "ann", None, "slow").await;
    receiver.wait(1).await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    blog.script([Reaction::Hang("1")]);
    let reply = blog.reply(&t, &said, "slow").await;
    let content = ContentId::parse(id(&reply)).expect("an id");
    eventually("a content under way", || async { (blog.got().len() == 1).then_some(()) }).await;
    for _ in 0..5 {
        t.clock.advance(Duration::from_secs(4));
        let soon = t.clock.now().plus_seconds(7);
        eventually("a lease that goes on", || async {
            let content = content.clone();
            let read = t.app.db.read(move |tx| Box::pin(async move { store::export::find(tx, &content).await }));
            let export = read.await.expect("a read").expect("an export");
            let until = delivery(&t, &webhook).await.leased_until?;
            (until > soon && export.next_attempt_at > soon).then_some(())
        })
        .await;
        assert!(take(&t, &webhook, "another", None).await.deliveries.is_empty());
    }
    assert_eq!((receiver.deliveries().len(), blog.got().len()), (1, 1));
    blog.go_on();
    blog.synchronized(&t, &reply, "success").await;
    t.leaves("the receiver never answers");
}

#[tokio::test]
async fn what_the_process_before_was_at_goes_on_at_once() {
    let mut t = TestApp::start().await;
    let (shop, receiver, blog) = (World::new(&t).await, Receiver::start().await, ThirdParty::new(&t, "Blog").await);
    receiver.register(&t, json!({})).await;
    let said = blog.says(&t, "1", "42", "a").await;
    receiver.wait(1).await;
    receiver.code(500);
    blog.script([Reaction::Status(500, "down")]);
    let reply = blog.reply(&t, &said, "one").await;
    shop.say(&t, "ann", None, "one").await;
    receiver.wait(2).await;
    eventually("a try of each that has failed", || async {
        let read = t.app.db.read(|tx| {
            Box::pin(async move {
                let sql = "SELECT (SELECT COUNT(*) FROM webhook_deliveries WHERE retry = 1) \
                           + (SELECT COUNT(*) FROM content_exports WHERE failures_count = 1)";
                tx.number(sql, Vec::new()).await
            })
        });
        (read.await.expect("a read") == 2).then_some(())
    })
    .await;
    t.stop_workers().await;
    // As a process leaves them that dies while both are under way.
    let (process, now) = (t.app.process.name.clone(), t.clock.now());
    let died = t.app.db.write(move |tx| {
        Box::pin(async move {
            let until = now.plus_seconds(10);
            let sql = "UPDATE webhook_deliveries SET next_attempt_at = ?1, leased_until = ?2, leased_by = ?3 \
                       WHERE state = 'pending'";
            tx.execute(sql, params![now, until, process.clone()]).await?;
            let sql = "UPDATE content_exports SET next_attempt_at = ?1, leased_by = ?2 WHERE state = 'pending'";
            tx.execute(sql, params![until, process]).await?;
            Ok::<_, Error>(())
        })
    });
    died.await.expect("written");
    receiver.code(200);
    t.restart().await;
    receiver.wait(3).await;
    blog.synchronized(&t, &reply, "success").await;
}

#[tokio::test]
async fn a_content_whose_server_is_taken_for_dead_arrives_once_whatever_that_one_says_later() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let said = blog.says(&t, "1", "42", "a").await;
    blog.script([Reaction::Hang("first"), Reaction::Id("second")]);
    let reply = blog.reply(&t, &said, "one").await;
    blog.gets(1).await;
    // By its clock the other, which is still at it, has been silent for a minute.
    let Some(other) = t.beside(&t.clock.now().plus_seconds(60).to_api()).await else {
        blog.go_on();
        blog.synchronized(&t, &reply, "success").await;
        return;
    };
    let done = blog.synchronized(&t, &reply, "success").await;
    assert_eq!(done["foreign_id"], "second");
    blog.go_on();
    let export = blog.tried(&t, &reply, 2).await;
    let ends: Vec<_> = export["attempts"].as_array().expect("a list").iter().map(|one| &one["outcome"]).collect();
    assert_eq!(ends, ["done", "done"]);
    assert_eq!(blog.synchronized(&t, &reply, "success").await["foreign_id"], "second");
    let got: Vec<bool> = blog.got().iter().map(|got| got.params["retry"] == true).collect();
    assert_eq!(got, [false, true]);
    other.stop().await;
}

#[tokio::test]
async fn what_comes_of_a_lost_lease_is_not_taken_for_the_work_of_its_new_owner() {
    let t = TestApp::start().await;
    let (shop, receiver) = (World::new(&t).await, Receiver::start().await);
    let webhook = webhook_id(&receiver.register(&t, json!({})).await);
    receiver.code(500);
    shop.say(&t, "ann", None, "twice").await;
    eventually("a try", || async { (delivery(&t, &webhook).await.attempts_count == 1).then_some(()) }).await;
    t.stop_workers().await;
    t.clock.advance(Duration::from_secs(60));
    let went = |error: Option<&str>| {
        let (at, error) = (t.clock.now(), error.map(str::to_owned));
        let webhook = webhook.clone();
        let t = &t;
        async move {
            let delivery_id = delivery(t, &webhook).await.id;
            Some(Outcome { delivery_id, probe: false, at, status_code: None, error, duration_ms: 1, response: None })
        }
    };
    assert_eq!(take(&t, &webhook, "first", None).await.deliveries.len(), 1);
    t.clock.advance(Duration::from_secs(11));
    assert_eq!(take(&t, &webhook, "second", None).await.deliveries.len(), 1);
    let mut before = delivery(&t, &webhook).await;
    for late in [went(Some("late")).await, went(None).await] {
        assert!(take(&t, &webhook, "first", late).await.deliveries.is_empty());
        let after = delivery(&t, &webhook).await;
        assert_eq!(
            (after.state, after.attempts_count, after.leased_until),
            (before.state, before.attempts_count, before.leased_until)
        );
        before = after;
    }
    assert!(take(&t, &webhook, "second", went(None).await).await.deliveries.is_empty());
    let after = delivery(&t, &webhook).await;
    assert_eq!((after.state, after.attempts_count), (DeliveryState::Delivered, 2));
}

#[tokio::test]
async fn a_test_is_told_what_it_leaves_over() {
    let t = TestApp::start().await;
    let (shop, receiver, blog) = (World::new(&t).await, Receiver::start().await, ThirdParty::new(&t, "Blog").await);
    let webhook = receiver.register(&t, json!({})).await;
    let said = blog.says(&t, "1", "42", "a").await;
    receiver.wait(1).await;
    t.settled().await;
    t.stop_workers().await;
    shop.say(&t, "ann", None, "Hello").await;
    blog.reply(&t, &said, "one").await;
    let left = [
        "entries of the journal that were not dispatched".to_owned(),
        format!("exports to the source {} that are due", blog.id()),
    ];
    assert_eq!(t.left_over().await, left);
    // A webhook that is off is owed nothing yet.
    t.put(&format!("/1.0/webhooks/{}", id(&webhook)), json!({"active": false})).await.ok();
    assert_eq!(t.left_over().await, left[1..]);
}
