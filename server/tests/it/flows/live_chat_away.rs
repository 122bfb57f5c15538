//! Live chats whose visitor or agent is away: when that counts, and when it does not.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::live_chat::{live_shop, notices, reply, state, take, wait_for};
use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{TestApp, eventually, id, send};

/// A time of a live chat, as it is kept.
async fn kept(t: &TestApp, thread: &str, column: &'static str) -> i64 {
    let thread = thread.to_owned();
    let read = t.app.db.read(move |tx| {
        let sql = format!("SELECT {column} FROM chat_threads WHERE thread_id = ?1");
        Box::pin(async move { tx.number(&sql, store::params![thread]).await })
    });
    let found: Result<i64, store::Error> = read.await;
    found.expect("a time")
}

#[tokio::test]
async fn who_is_here_is_written_down_once_in_a_while_whatever_happens_in_other_chats() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (_console, _) = Socket::agent(&t, &token, None).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let (_socket, _) = Socket::visitor(&t, &ann, None).await;
    let a = ann.write(&t, None, "a").await;
    let b = bob.write(&t, None, "b").await;
    take(&t, &b, &token).await;
    let until = kept(&t, id(&a["thread"]), "gone_at").await;
    t.clock.advance(Duration::from_secs(10));
    t.put(&format!("/1.0/users/{}", id(&nora)), json!({"enabled": false})).await.ok();
    // What the same round does after it has looked who is here.
    wait_for(&t, &bob, "transferred").await;
    assert_eq!(kept(&t, id(&a["thread"]), "gone_at").await, until);
    t.clock.advance(Duration::from_secs(20));
    eventually("noted", || async { (kept(&t, id(&a["thread"]), "gone_at").await > until).then_some(()) }).await;
}

#[tokio::test]
async fn an_agent_who_never_had_a_console_is_away_and_a_program_is_not() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"disconnection_delay": 0})).await;
    let ((_, nora), (robin, token)) = (user(&t, "Nora", "Agent").await, user(&t, "Robin", "Bot").await);
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let (a, b) = (ann.write(&t, None, "a").await, bob.write(&t, None, "b").await);
    take(&t, &a, &nora).await;
    // It is one by what it does, whatever its user says.
    let engage = json!({"content_id": b["message"]["id"]});
    send(t.request_as(&token, Method::POST, "/1.0/bots/engage").json(&engage)).await.ok();
    t.clock.advance(Duration::from_secs(90));
    wait_for(&t, &ann, "transferred").await;
    assert_eq!(state(&t, &bob).await, "connected");
    // Who is disabled has nothing any more.
    t.put(&format!("/1.0/users/{}", id(&robin)), json!({"enabled": false})).await.ok();
    wait_for(&t, &bob, "transferred").await;
}

#[tokio::test]
async fn a_source_without_a_channel_has_the_time_of_live_chats() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"disconnection_delay": 0})).await;
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), json!({"channel_id": ""})).await.ok();
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    take(&t, &said, &nora).await;
    t.clock.advance(Duration::from_secs(90));
    wait_for(&t, &ann, "transferred").await;
}

#[tokio::test]
async fn who_is_disabled_has_no_live_chat_any_more_however_long_the_channel_waits() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let channel = format!("/1.0/channels/{}", shop.chat.channel_id.clone().expect("a channel"));
    t.put(&channel, json!({"task_timeout_seconds": 0})).await.ok();
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (_console, _) = Socket::agent(&t, &token, None).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    take(&t, &said, &token).await;
    reply(&t, &said, &token, "One moment").await;
    t.put(&format!("/1.0/users/{}", id(&nora)), json!({"enabled": false})).await.ok();
    wait_for(&t, &ann, "transferred").await;
    let told = ["waiting_for_agent", "connection Nora", "disconnection Nora", "queuing_update.transfered"];
    assert_eq!(notices(&t, &ann, id(&said["thread"])).await, told);
    assert_eq!(gone(&t, &said).await, ("Nora Test".into(), 0));
}

/// Whose case ended as they were not there any more, by the one line that tells of it, and how many say that it was done.
async fn gone(t: &TestApp, said: &Value) -> (String, usize) {
    let view = t.get(&format!("/console/threads/{}", id(&said["thread"]))).await.ok();
    let lines = view["lines"].as_array().expect("lines");
    let of = |deed: &str| lines.iter().filter(|line| line["deed"] == deed).collect::<Vec<_>>();
    let [line] = of("canceled")[..] else { panic!("one line: {lines:#?}") };
    assert_eq!((&line["by"], &line["reason"]), (&Value::Null, &json!("agent_gone")));
    (line["holder"]["name"].as_str().expect("a name").to_owned(), of("closed").len())
}

#[tokio::test]
async fn what_an_agent_noted_who_is_gone_stays() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"disconnection_delay": 0})).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let (a, b) = (ann.write(&t, None, "a").await, bob.write(&t, None, "b").await);
    let (case, _) = (take(&t, &a, &nora).await, take(&t, &b, &nora).await);
    let comment = json!({"intervention_id": id(&case), "body": "Speaks Danish"});
    send(t.request_as(&nora, Method::POST, "/1.0/intervention_comments").json(&comment)).await.ok();
    t.clock.advance(Duration::from_secs(90));
    for (visitor, said) in [(&ann, &a), (&bob, &b)] {
        wait_for(&t, visitor, "transferred").await;
        assert_eq!(gone(&t, said).await, ("Nora Test".into(), 0));
        let row = t.get(&format!("/console/threads/{}", id(&said["thread"]))).await.ok()["thread"].clone();
        assert_eq!((&row["state"], row["waiting_since"].is_string()), (&json!("unassigned"), true));
    }
    let view = t.get(&format!("/console/threads/{}", id(&a["thread"]))).await.ok();
    assert_eq!(view["comments"][0]["body"], "Speaks Danish");
}

#[tokio::test]
async fn a_colleague_who_writes_does_not_keep_an_agent_who_is_away() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"disconnection_delay": 0})).await;
    let ((_, nora), (_, omar)) = (user(&t, "Nora", "Agent").await, user(&t, "Omar", "Agent").await);
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    take(&t, &said, &nora).await;
    let acted = kept(&t, id(&said["thread"]), "acted_at").await;
    t.clock.advance(Duration::from_secs(60));
    reply(&t, &said, &omar, "Nora will be back").await;
    assert_eq!(kept(&t, id(&said["thread"]), "acted_at").await, acted);
    reply(&t, &said, &nora, "Here I am").await;
    assert_eq!(kept(&t, id(&said["thread"]), "acted_at").await, acted + 60_000);
}

/// How many open conversations a visitor has.
async fn open_of(t: &TestApp, visitor: &Visitor) -> usize {
    visitor.get(t, "threads").await.ok()["threads"].as_array().expect("a list").len()
}

#[tokio::test]
async fn an_app_that_shows_one_conversation_begins_one_however_many_messages_come_at_once() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let path = format!("/1.0/content_sources/{}", shop.chat.id);
    let few =
        json!({"max_open_conversations": 2, "time_for_thread_inclusion_enabled": true, "time_for_thread_inclusion": 1});
    t.put(&path, few).await.ok();
    let ann = Visitor::with(&t, &shop.chat, json!({"thread_mode": "single"})).await;
    let written = join_all((0..4).map(|_| ann.write(&t, None, "Hello"))).await;
    assert!(written.iter().all(|w| id(&w["thread"]) == id(&written[0]["thread"])));
    let mut last = Value::Null;
    for open in [2, 2, 2] {
        t.clock.advance(Duration::from_secs(60));
        let said = ann.write(&t, None, "Hello again").await;
        assert_eq!(open_of(&t, &ann).await, open);
        // Where no more may begin, the newest one goes on.
        assert!(last.is_null() || last == said["thread"]["id"]);
        last = said["thread"]["id"].clone();
    }
}
