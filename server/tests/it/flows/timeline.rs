//! A server that was restored from a backup: positions of before mean something else.

use std::time::Duration;

use hubbub::backup;
use hubbub::config::Config;
use reqwest::Method;
use serde_json::{Value, json};
use store::{Clock, Db, journal};

use crate::support::receiver::Receiver;
use crate::support::socket::{Socket, timeline};
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{ADMIN_TOKEN, Answer, TestApp, id, send};

/// Follows the journal as somebody who knows a position and perhaps its timeline.
async fn follow(t: &TestApp, after: &Value, timeline: Option<&Value>) -> Answer {
    t.get(&format!("/1.0/events/journal?after={after}{}", said(timeline))).await
}

fn said(timeline: Option<&Value>) -> String {
    timeline.map(|timeline| format!("&timeline={}", timeline.as_str().expect("a timeline"))).unwrap_or_default()
}

/// Another server with what the first one had when `before` was saved, and with a journal that has come further since.
async fn restored(before: &std::path::Path, shop: &World) -> TestApp {
    let mut t = TestApp::start().await;
    t.stop_workers().await;
    backup::restore(&t.app.config, before, true, true).await.expect("restored");
    t.restart().await;
    for body in ["four", "five", "six"] {
        shop.say(&t, "bob", None, body).await;
    }
    t
}

#[tokio::test]
async fn a_position_from_before_a_restore_is_told_so_and_skips_nothing() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    ann.write(&t, None, "one").await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("before.backup");
    backup::save(&t.app.config, &file, false).await.expect("saved");
    for body in ["two", "three"] {
        ann.write(&t, None, body).await;
    }
    let known = t.get("/1.0/events/journal").await.ok();
    let (position, old) = (&known["position"], &known["timeline"]);
    assert_eq!(old, &json!(timeline(&t).await));
    follow(&t, position, Some(old)).await.ok();

    let t = restored(&file, &shop).await;
    let (new, at) = (timeline(&t).await, position.as_i64());
    let head = t.app.db.refresh_position().await.expect("a position");
    assert!(*old != new && Some(head) > at);
    let gone = follow(&t, position, Some(old)).await;
    assert_eq!((&gone.json["head"], &gone.json["timeline"]), (&json!(head), &json!(new)));
    assert_eq!(gone.error(410), "cursor_expired");
    // Who names none goes on as before, and is told of the timeline for the next time.
    assert_eq!(follow(&t, position, None).await.ok()["timeline"], new);
    let stream = |last: String| t.request(Method::GET, "/1.0/events/stream").header("last-event-id", last);
    let refused = send(stream(format!("{position}-{}", old.as_str().expect("a timeline")))).await;
    assert_eq!(refused.error(410), "cursor_expired");
    assert_eq!(stream(position.to_string()).send().await.expect("an answer").status(), 200);

    let hello = json!({"type": "hello", "position": at, "timeline": old});
    let bearer = format!("Bearer {ADMIN_TOKEN}");
    let mut agent = Socket::open(&t, "/console/socket", &[("authorization", &bearer)]).await.expect("a socket");
    agent.send(hello.clone()).await;
    let told = agent.next().await;
    // That the agent is there is in the journal before it is answered.
    let head = t.app.db.refresh_position().await.expect("a position");
    assert_eq!(told, Socket::told(&t, "reload", head).await);
    let mut visitor = Socket::open(&t, &format!("/chat/{}/socket", ann.chat), &[]).await.expect("a socket");
    let mut hello = hello;
    hello["visitor"] = json!(ann.key);
    visitor.send(hello).await;
    assert_eq!(visitor.next().await, Socket::told(&t, "reload", head).await);
    assert_eq!(ann.get(&t, "threads").await.ok()["timeline"], new);
    assert_eq!(t.get("/console/threads?folder=unassigned").await.ok()["timeline"], new);
    // A position of the timeline that is now goes on.
    let mut agent = Socket::open(&t, "/console/socket", &[("authorization", &bearer)]).await.expect("a socket");
    agent.send(json!({"type": "hello", "position": head - 1, "timeline": new})).await;
    assert_eq!(agent.next().await, Socket::told(&t, "welcome", head - 1).await);
}

#[tokio::test]
async fn webhooks_are_told_the_timeline_and_replay_from_it_alone() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    t.clock.advance(Duration::from_secs(1));
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    shop.say(&t, "ann", None, "one").await;
    let told = receiver.wait(1).await.remove(0).body;
    assert_eq!(told["timeline"], timeline(&t).await);
    let path = format!("/1.0/webhooks/{}/replay?from={}", id(&webhook), told["events"][0]["position"]);
    let foreign = t.put(&format!("{path}{}", said(Some(&json!("another")))), json!({})).await;
    assert_eq!(foreign.json["timeline"], told["timeline"]);
    assert_eq!(foreign.error(410), "cursor_expired");
    t.put(&format!("{path}{}", said(Some(&told["timeline"]))), json!({})).await.ok();
    receiver.expect(&["one", "one"]).await;
}

#[tokio::test]
async fn each_restore_begins_a_timeline_of_its_own() {
    let t = TestApp::start().await;
    t.stop_workers().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("first.backup");
    backup::save(&t.app.config, &file, false).await.expect("saved");
    let other = Config { data_dir: folder.path().join("data"), database_url: None, ..t.app.config.clone() };
    let mut all = vec![timeline(&t).await];
    for replace in [false, true, true] {
        backup::restore(&other, &file, replace, true).await.expect("restored");
        let db = Db::sqlite(&other.data_dir.join("hubbub.sqlite3"), Clock::system()).expect("a database");
        all.push(db.read(|tx| Box::pin(journal::end(tx))).await.expect("the end").timeline);
    }
    assert!(all.iter().all(|timeline| timeline.len() == 16), "{all:?}");
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4);
}
