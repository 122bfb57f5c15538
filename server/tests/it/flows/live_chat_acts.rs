//! What people and timers do to live chats, and to what is left of them after the end.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::live_chat::{cancel, ends, live_shop, notices, put, standing, state, take, wait_for};
use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, eventually, id, send};

/// The kinds of what the journal has of a thread.
async fn told(t: &TestApp, thread: &str) -> Vec<&'static str> {
    let read = t.app.db.read(|tx| Box::pin(async move { store::journal::after(tx, 0, 10_000).await }));
    let entries: Result<Vec<_>, store::Error> = read.await;
    let of =
        entries.expect("entries").into_iter().filter(|e| e.thread_id.as_ref().is_some_and(|t| t.as_str() == thread));
    of.map(|e| e.kind.as_str()).collect()
}

async fn ask(t: &TestApp, token: &str, method: Method, path: &str) -> Answer {
    send(t.request_as(token, method, path)).await
}

async fn leave(t: &TestApp, visitor: &Visitor, said: &Value) {
    visitor.post(t, &format!("threads/{}/end", id(&said["thread"])), json!({})).await.ok();
}

/// Makes a user who has a role of their own with these permissions on sources.
async fn with_role(t: &TestApp, name: &str, permissions: &[&str]) -> String {
    let role = json!({"label": format!("{name}'s"), "source_permissions": permissions});
    t.post("/1.0/roles", role).await.ok();
    user(t, name, &format!("{name}'s")).await.1
}

#[tokio::test]
async fn nothing_of_a_bot_or_put_aside_wakes_once_the_chat_has_ended() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"impossibility_message_delay": 0})).await;
    let (robin, token) = user(&t, "Robin", "Bot").await;
    t.put(&format!("/1.0/users/{}", id(&robin)), json!({"bot": true, "bot_lease_seconds": 60})).await.ok();
    let (_, nora) = user(&t, "Nora", "Administrator").await;
    let (ann, bob, eve) =
        (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let (a, b, e) = (ann.write(&t, None, "a").await, bob.write(&t, None, "b").await, eve.write(&t, None, "e").await);
    for said in [&a, &e] {
        let engage = json!({"content_id": said["message"]["id"]});
        send(t.request_as(&token, Method::POST, "/1.0/bots/engage").json(&engage)).await.ok();
    }
    let case = take(&t, &b, &nora).await;
    let later = json!({"deferred_at": t.clock.now().plus_seconds(60).to_api()});
    put(&t, &nora, &format!("/1.0/interventions/{}/defer", id(&case)), later).await;
    leave(&t, &ann, &a).await;
    leave(&t, &bob, &b).await;
    let (of_a, of_b) = (told(&t, id(&a["thread"])).await, told(&t, id(&b["thread"])).await);
    t.clock.advance(Duration::from_secs(61));
    // Whose chat goes on waits for a person.
    eventually("handed over", || async { (state(&t, &eve).await == "transferred").then_some(()) }).await;
    t.settled().await;
    assert_eq!((told(&t, id(&a["thread"])).await, told(&t, id(&b["thread"])).await), (of_a, of_b));
    assert_eq!(t.get(&format!("/1.0/interventions/{}", id(&case))).await.ok()["status"], "Deferred");
    let row = t.get(&format!("/console/threads/{}", id(&a["thread"]))).await.ok()["thread"].clone();
    assert_eq!(row["owner"]["id"], robin["id"]);
}

#[tokio::test]
async fn what_a_bot_hands_over_waits_for_a_person_as_long_as_what_is_new() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"disconnection_delay": 0})).await;
    t.put("/1.0/settings", json!({"bot_lease_seconds": 0})).await.ok();
    let (robin, token) = user(&t, "Robin", "Bot").await;
    t.put(&format!("/1.0/users/{}", id(&robin)), json!({"bot": true})).await.ok();
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let (a, b) = (ann.write(&t, None, "a").await, bob.write(&t, None, "b").await);
    // A person has had this one.
    let case = take(&t, &b, &nora).await;
    cancel(&t, id(&case)).await;
    let engage = async |said: &Value| {
        let engage = json!({"content_id": said["message"]["id"]});
        let case = send(t.request_as(&token, Method::POST, "/1.0/bots/engage").json(&engage)).await.ok();
        t.clock.advance(Duration::from_secs(470));
        case
    };
    let complete = async |case: &Value| {
        let complete = json!({"intervention_id": id(case)});
        send(t.request_as(&token, Method::POST, "/1.0/bots/complete").json(&complete)).await.ok();
    };
    let case = engage(&b).await;
    complete(&case).await;
    let case = engage(&a).await;
    t.clock.advance(Duration::from_secs(60));
    t.settled().await;
    assert_eq!(state(&t, &ann).await, "connected", "a bot has it for as long as it likes");
    complete(&case).await;
    t.clock.advance(Duration::from_secs(479));
    t.settled().await;
    assert_eq!(state(&t, &ann).await, "transferred");
    t.clock.advance(Duration::from_secs(1));
    wait_for(&t, &ann, "ended").await;
    assert_eq!(standing(&t, &ann).await["close_cause"], "client_impossible_delay");
    assert_eq!(state(&t, &bob).await, "transferred");
}

#[tokio::test]
async fn a_chat_that_has_ended_keeps_nobody_busy_and_is_closed_without_a_reply() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let channel = shop.chat.channel_id.clone().expect("a channel");
    let one = json!({"soft_capability": 1, "hard_capability": 1});
    t.put(&format!("/1.0/channels/{channel}"), one).await.ok();
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (_console, _) = Socket::agent(&t, &token, None).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let case = take(&t, &said, &token).await;
    let busyness = async || {
        let status = t.get(&format!("/1.0/status/{}", id(&nora))).await.ok();
        let all = status["channels"].as_array().expect("channels").clone();
        all.iter().find(|on| on["id"] == channel.as_str()).expect("a channel")["busyness"].clone()
    };
    let close = format!("/1.0/interventions/{}/close", id(&case));
    assert_eq!(busyness().await, "full");
    assert_eq!(ask(&t, &token, Method::PUT, &close).await.error(403), "no_reply");
    leave(&t, &ann, &said).await;
    assert_eq!(busyness().await, "unoccupied");
    // What is left is to say how it ended: it waits for whoever had it until that is done.
    let mine = async || send(t.request_as(&token, Method::GET, "/console/folders")).await.ok()["mine"].clone();
    assert_eq!(mine().await, 1);
    let path = format!("/chat/{}/availability", shop.chat.token);
    t.clock.advance(Duration::from_secs(2));
    assert_eq!(send(t.anonymous(Method::POST, &path)).await.ok()["probability"], 1);
    assert_eq!(ask(&t, &token, Method::PUT, &close).await.ok()["status"], "Closed");
    assert_eq!(mine().await, 0);
    assert_eq!(ends(&t, id(&said["thread"])).await, ["visitor_closed"]);
}

#[tokio::test]
async fn who_archives_what_waits_alone_ends_the_chat() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let (a, b) = (ann.write(&t, None, "a").await, bob.write(&t, None, "b").await);
    let more = ann.write(&t, None, "more").await;
    let case = take(&t, &b, &nora).await;
    ask(&t, &nora, Method::DELETE, &format!("/1.0/interventions/{}/cancel", id(&case))).await.ok();
    let ignore = |said: &Value| format!("/1.0/contents/{}/ignore", id(&said["message"]));
    ask(&t, &nora, Method::PUT, &ignore(&a)).await.ok();
    assert_eq!(state(&t, &ann).await, "waiting");
    ask(&t, &nora, Method::PUT, &ignore(&more)).await.ok();
    ask(&t, &nora, Method::PUT, &ignore(&b)).await.ok();
    for (visitor, said) in [(&ann, &a), (&bob, &b)] {
        assert_eq!(standing(&t, visitor).await["close_cause"], "intervention_closed");
        assert_eq!(ends(&t, id(&said["thread"])).await, ["intervention_closed"]);
    }
}

#[tokio::test]
async fn who_may_only_read_neither_ends_a_chat_nor_takes_its_agent_away() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let reader = with_role(&t, "Rita", &["read"]).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let (a, b) = (ann.write(&t, None, "a").await, bob.write(&t, None, "b").await);
    let case = take(&t, &b, &nora).await;
    let row = ask(&t, &reader, Method::GET, &format!("/console/threads/{}", id(&a["thread"]))).await.ok();
    assert_eq!((&row["can"]["archive"], &row["can"]["reply"]), (&json!(false), &json!(false)));
    let cancel = format!("/1.0/interventions/{}/cancel", id(&case));
    for (method, path) in [
        (Method::PUT, format!("/1.0/content_threads/{}/ignore", id(&a["thread"]))),
        (Method::PUT, format!("/1.0/contents/{}/ignore", id(&a["message"]))),
        (Method::DELETE, cancel.clone()),
    ] {
        assert_eq!(ask(&t, &reader, method, &path).await.error(403), "forbidden", "{path}");
    }
    assert_eq!((state(&t, &ann).await, state(&t, &bob).await), ("waiting".into(), "connected".into()));
    assert_eq!(notices(&t, &bob, id(&b["thread"])).await, ["waiting_for_agent", "connection Nora"]);
    ask(&t, &nora, Method::DELETE, &cancel).await.ok();
    let answers = with_role(&t, "Rosa", &["read", "reply"]).await;
    ask(&t, &answers, Method::PUT, &format!("/1.0/content_threads/{}/ignore", id(&a["thread"]))).await.ok();
    assert_eq!(state(&t, &ann).await, "ended");
    // Elsewhere whoever reads may, as the reference has it.
    let other = World::on(shop.another_chat(&t, "Messages").await);
    let said = other.say(&t, "eve", None, "Hello").await;
    ask(&t, &reader, Method::PUT, &format!("/1.0/content_threads/{}/ignore", said.thread.id)).await.ok();
}

#[tokio::test]
async fn a_visitor_is_away_for_a_minute_at_the_least_or_for_ever() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let path = format!("/1.0/content_sources/{}", shop.chat.id);
    for wrong in [json!(1), json!("59s")] {
        let refused = t.put(&path, json!({"disconnection_delay": wrong})).await;
        assert_eq!(
            (&refused.json["field"], &refused.json["reason"]),
            (&json!("disconnection_delay"), &json!("at_least"))
        );
        assert_eq!(refused.json["values"]["min"], 60);
        refused.error(422);
    }
    for right in [0, 60] {
        assert_eq!(t.put(&path, json!({"disconnection_delay": right})).await.ok()["disconnection_delay"], right);
    }
    assert_eq!(t.put(&path, json!({"impossibility_message_delay": 1})).await.ok()["impossibility_message_delay"], 1);
}
