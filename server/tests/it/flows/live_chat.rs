//! Live chats: how they go from one state to the next, and how they end, once.

use std::time::Duration;

use futures_util::future::join_all;
use model::IdentityId;
use reqwest::Method;
use serde_json::{Value, json};
use store::journal;

use crate::support::socket::Socket;
use crate::support::visitor::{Visitor, session};
use crate::support::world::{World, user};
use crate::support::{TestApp, eventually, id, send};

/// A shop whose chat is live.
pub(super) async fn live_shop(t: &TestApp, settings: Value) -> World {
    let shop = World::new(t).await;
    let mut all = json!({"type": "engage_messaging", "name": "Live chat", "community_id": shop.chat.community_id,
                         "mode": "live_chat", "sender_name": "{{firstname}}"});
    all.as_object_mut().expect("a map").extend(settings.as_object().expect("a map").clone());
    let made = t.post("/1.0/content_sources", all).await.ok();
    let token = made["token"].as_str().expect("a token").to_owned();
    let found = t.app.db.read(move |tx| Box::pin(async move { store::source::by_token(tx, &token).await })).await;
    World::on(found.expect("a read").expect("a source"))
}

/// The visitor's conversation.
pub(super) async fn standing(t: &TestApp, visitor: &Visitor) -> Value {
    visitor.get(t, "threads").await.ok()["threads"][0].clone()
}

/// Where the visitor's conversation stands, without their asking: who asks is there.
pub(super) async fn state(t: &TestApp, visitor: &Visitor) -> String {
    let (chat, identity) = (visitor.chat.clone(), IdentityId::parse(id(&visitor.session["identity"])).expect("an id"));
    let read = t.app.db.read(move |tx| {
        Box::pin(async move {
            let source = store::source::by_token(tx, &chat).await?.expect("a source");
            store::chat_thread::newest_of(tx, &source.id, &identity).await
        })
    });
    let found: Result<_, store::Error> = read.await;
    found.expect("a read").expect("a live chat").state.as_str().to_owned()
}

pub(super) async fn wait_for(t: &TestApp, visitor: &Visitor, wanted: &str) {
    eventually(wanted, || async { (state(t, visitor).await == wanted).then_some(()) }).await;
}

/// What the visitor is told between the messages: the keys of the texts, with the names in them.
pub(super) async fn notices(t: &TestApp, visitor: &Visitor, thread: &str) -> Vec<String> {
    let found = visitor.get(t, &format!("threads/{thread}/messages")).await.ok()["notices"].clone();
    let of = |notice: &Value| {
        let key = notice["key"].as_str().expect("a key");
        notice["screenname"].as_str().map_or(key.to_owned(), |name| format!("{key} {name}"))
    };
    found.as_array().expect("a list").iter().map(of).collect()
}

/// The ends that the journal has of a thread, by their causes.
pub(super) async fn ends(t: &TestApp, thread: &str) -> Vec<String> {
    let read = t.app.db.read(|tx| Box::pin(async move { journal::after(tx, 0, 10_000).await }));
    let entries: Result<Vec<journal::Entry>, store::Error> = read.await;
    let of = entries.expect("entries").into_iter().filter(|e| {
        e.kind == model::EventType::ContentThreadClosed && e.thread_id.as_ref().is_some_and(|id| id.as_str() == thread)
    });
    of.map(|e| e.metadata["close_cause"].as_str().expect("a cause").to_owned()).collect()
}

pub(super) async fn extra(t: &TestApp, thread: &str) -> Value {
    t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["extra_data"].clone()
}

pub(super) async fn take(t: &TestApp, said: &Value, token: &str) -> Value {
    let content = json!({"content_id": said["message"]["id"]});
    send(t.request_as(token, Method::POST, "/1.0/interventions").json(&content)).await.ok()
}

pub(super) async fn cancel(t: &TestApp, case: &str) {
    t.delete(&format!("/1.0/interventions/{case}/cancel")).await.ok();
}

pub(super) async fn reply(t: &TestApp, said: &Value, token: &str, body: &str) -> Value {
    let content = json!({"in_reply_to_id": said["message"]["id"], "body": body});
    send(t.request_as(token, Method::POST, "/1.0/contents").json(&content)).await.ok()
}

pub(super) async fn put(t: &TestApp, token: &str, path: &str, body: Value) -> Value {
    send(t.request_as(token, Method::PUT, path).json(&body)).await.ok()
}

#[tokio::test]
async fn that_somebody_took_it_stands_above_the_answer_that_took_it() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let answer = reply(&t, &said, &nora, "How can I help?").await;
    let view = t.get(&format!("/console/threads/{}", id(&said["thread"]))).await.ok();
    let lines = view["lines"].as_array().expect("lines").iter().map(|line| (&line["ordinal"], &line["deed"]));
    let contents = view["contents"].as_array().expect("a list").iter().map(|said| (&said["ordinal"], &said["body"]));
    let mut all: Vec<_> = lines.chain(contents).map(|(at, what)| (at.as_i64().expect("a place"), what)).collect();
    all.sort_by_key(|(at, _)| *at);
    let told: Vec<_> = all.iter().map(|(_, what)| what.as_str().expect("a text")).collect();
    assert_eq!(told, ["Hello", "queued", "opened", "connected", "How can I help?"]);
    assert_eq!(view["thread"]["last_ordinal"], 5);
    // It is answered, and the next word has the next place.
    assert_eq!((&view["thread"]["waiting_since"], id(&answer).is_empty()), (&Value::Null, false));
    ann.write(&t, None, "I wait for a parcel").await;
    let row = t.get(&format!("/console/threads/{}", id(&said["thread"]))).await.ok()["thread"].clone();
    assert_eq!((&row["last_ordinal"], &row["attention_ordinal"]), (&json!(6), &json!(6)));
}

#[tokio::test]
async fn a_visitor_waits_is_served_and_ends_it_once() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let ann = Visitor::new(&t, &shop.chat).await;
    assert_eq!((&ann.session["mode"], &ann.session["live"]), (&json!("live_chat"), &Value::Null));
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    let said = ann.write(&t, None, "Hello").await;
    let thread = id(&said["thread"]).to_owned();
    assert_eq!((&said["thread"]["mode"], &said["thread"]["state"]), (&json!("live_chat"), &json!("waiting")));
    let told = socket.next_of("thread").await;
    assert_eq!((&told["notice"]["key"], &told["notice"]["after"]), (&json!("waiting_for_agent"), &json!(1)));
    let row = t.get("/console/threads").await.ok()["records"][0]["live_chat"].clone();
    assert_eq!((&row["state"], row["waiting_since"].is_string()), (&json!("waiting"), true));

    take(&t, &said, &nora).await;
    let told = socket.next_of("thread").await;
    assert_eq!((&told["notice"]["key"], &told["notice"]["screenname"]), (&json!("connection"), &json!("Nora")));
    assert_eq!((&told["thread"]["state"], &told["thread"]["agent"]["name"]), (&json!("connected"), &json!("Nora")));
    reply(&t, &said, &nora, "How can I help?").await;
    // What a page says without a conversation goes on in the one that there is.
    let again = session(&t, &shop.chat, json!({"visitor": ann.key})).await.ok();
    assert_eq!(id(&again["live"]), thread);
    let more = ann.write(&t, None, "I wait for a parcel").await;
    assert_eq!(id(&more["thread"]), thread);
    // It is no content, and nothing to read.
    assert_eq!((&more["thread"]["unread"], ends(&t, &thread).await.len()), (&json!(1), 0));
    assert_eq!(t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["contents_count"], 3);

    let path = format!("threads/{thread}/end");
    for answer in join_all([ann.post(&t, &path, json!({})), ann.post(&t, &path, json!({}))]).await {
        let ended = answer.ok();
        assert_eq!((&ended["state"], &ended["close_cause"]), (&json!("ended"), &json!("visitor_closed")));
        assert_eq!(
            (&ended["closed"], &ended["can_write"], &ended["agent"]),
            (&json!(true), &json!(false), &Value::Null)
        );
    }
    assert_eq!(ends(&t, &thread).await, ["visitor_closed"]);
    let facts = extra(&t, &thread).await;
    assert_eq!((&facts["close_cause"], facts["closed_at"].is_string()), (&json!("visitor_closed"), true));
    let told = ["waiting_for_agent", "connection Nora", "thread_closure"];
    assert_eq!(notices(&t, &ann, &thread).await, told);
    let lines = t.get(&format!("/console/threads/{thread}")).await.ok()["lines"].clone();
    let deeds: Vec<_> = lines.as_array().expect("lines").iter().map(|l| l["deed"].as_str().expect("a name")).collect();
    assert_eq!(deeds, ["queued", "opened", "connected", "ended"]);
    assert_eq!(lines[3]["cause"], "visitor_closed");

    // It does not go on, whoever tries.
    let client = model::new_object_id(t.clock.now());
    let late = ann.post(&t, "messages", json!({"client_id": client, "thread_id": thread, "body": "Wait"})).await;
    assert_eq!(late.error(403), "thread_closed");
    let opened = t.put(&format!("/1.0/content_threads/{thread}/open"), json!({})).await;
    assert_eq!(opened.error(422), "live_chat_ended");
    let answer = json!({"in_reply_to_id": said["message"]["id"], "body": "Sorry"});
    assert_eq!(t.post("/1.0/contents", answer).await.error(403), "cant_reply_to_closed_thread");
    let next = ann.write(&t, None, "Hello again").await;
    assert_ne!(id(&next["thread"]), thread);
    assert_eq!(standing(&t, &ann).await["id"], next["thread"]["id"]);
}

#[tokio::test]
async fn agents_end_it_by_closing_locking_and_archiving() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let (_, nora) = user(&t, "Nora", "Administrator").await;
    let (ann, bob, eve) =
        (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let (a, b, e) = (ann.write(&t, None, "a").await, bob.write(&t, None, "b").await, eve.write(&t, None, "e").await);
    // Who answers first has it.
    reply(&t, &a, &nora, "Hello").await;
    assert_eq!(notices(&t, &ann, id(&a["thread"])).await, ["waiting_for_agent", "connection Nora"]);
    let case = t.get("/1.0/interventions").await.ok()["records"][0].clone();
    put(&t, &nora, &format!("/1.0/interventions/{}/close", id(&case)), json!({})).await;
    put(&t, &nora, &format!("/1.0/content_threads/{}/close", id(&b["thread"])), json!({})).await;
    put(&t, &nora, &format!("/1.0/content_threads/{}/ignore", id(&e["thread"])), json!({})).await;
    for (visitor, said) in [(&ann, &a), (&bob, &b), (&eve, &e)] {
        let thread = standing(&t, visitor).await;
        assert_eq!((&thread["state"], &thread["close_cause"]), (&json!("ended"), &json!("intervention_closed")));
        assert_eq!(ends(&t, id(&said["thread"])).await, ["intervention_closed"]);
    }
    // To open the case again is for the records alone.
    take(&t, &a, &nora).await;
    assert_eq!((state(&t, &ann).await, ends(&t, id(&a["thread"])).await.len()), ("ended".into(), 1));
    assert_eq!(notices(&t, &ann, id(&a["thread"])).await.last().expect("a notice"), "thread_closure");
}

#[tokio::test]
async fn one_that_nobody_takes_ends_after_its_delay_and_a_restart_loses_nothing() {
    let mut t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let (a, b) = (ann.write(&t, None, "a").await, bob.write(&t, None, "b").await);
    let thread = id(&a["thread"]).to_owned();
    let case = take(&t, &b, &nora).await;
    // Who had somebody once waits as long as it takes.
    cancel(&t, id(&case)).await;
    t.clock.advance(Duration::from_secs(479));
    t.restart().await;
    assert_eq!((state(&t, &ann).await, state(&t, &bob).await), ("waiting".into(), "transferred".into()));
    t.clock.advance(Duration::from_secs(1));
    wait_for(&t, &ann, "ended").await;
    assert_eq!(standing(&t, &ann).await["close_cause"], "client_impossible_delay");
    // Nobody has answered: it waits for somebody until it is done with.
    let missed = async || t.get("/console/threads?folder=unassigned").await.ok()["count"].as_i64();
    assert_eq!(missed().await, Some(2));
    assert_eq!(notices(&t, &ann, &thread).await, ["waiting_for_agent", "timed_messages.impossible"]);
    t.restart().await;
    t.clock.advance(Duration::from_secs(3600));
    t.settled().await;
    assert_eq!(
        (ends(&t, &thread).await, state(&t, &bob).await),
        (vec!["client_impossible_delay".into()], "transferred".into())
    );
    let told = ["waiting_for_agent", "connection Nora", "disconnection Nora", "queuing_update.transfered"];
    assert_eq!(notices(&t, &bob, id(&b["thread"])).await, told);
}

#[tokio::test]
async fn whom_nobody_has_taken_can_say_where_to_write() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"impossibility_message_delay": "8m"})).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let thread = id(&ann.write(&t, None, "Anybody?").await["thread"]).to_owned();
    let given = json!({"thread_id": thread, "email": "ann@example.org"});
    assert_eq!(ann.post(&t, "email", given.clone()).await.error(403), "not_asked");
    t.clock.advance(Duration::from_secs(480));
    wait_for(&t, &ann, "ended").await;
    ann.post(&t, "email", given.clone()).await.ok();
    ann.post(&t, "email", given).await.ok();
    let known = t.get(&format!("/1.0/identities/{}", id(&ann.session["identity"]))).await.ok();
    assert_eq!(known["email"], "ann@example.org");
    let told = ["waiting_for_agent", "timed_messages.impossible", "request_email.submitted_title"];
    assert_eq!(notices(&t, &ann, &thread).await, told);
    // Another conversation is another matter.
    let second = ann.write(&t, None, "Again").await;
    let given = json!({"thread_id": id(&second["thread"]), "email": "ann@example.net"});
    assert_eq!(ann.post(&t, "email", given).await.error(403), "not_asked");
}

#[tokio::test]
async fn one_whose_visitor_has_gone_ends_and_one_whose_visitor_is_there_does_not() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"disconnection_delay": "2m", "impossibility_message_delay": 0})).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (_console, _) = Socket::agent(&t, &nora, None).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let (a, b) = (ann.write(&t, None, "a").await, bob.write(&t, None, "b").await);
    let (thread, case) = (id(&a["thread"]).to_owned(), take(&t, &a, &nora).await);
    let (_here, _) = Socket::visitor(&t, &bob, None).await;
    let (gone, _) = Socket::visitor(&t, &ann, None).await;
    gone.cut();
    t.clock.advance(Duration::from_secs(110));
    // Another page within that time, and everything goes on.
    let (back, _) = Socket::visitor(&t, &ann, None).await;
    back.cut();
    eventually("gone", || async { (t.app.hub.sockets().1 == 1).then_some(()) }).await;
    t.clock.advance(Duration::from_secs(110));
    assert_eq!(state(&t, &ann).await, "connected");
    t.clock.advance(Duration::from_secs(80));
    wait_for(&t, &ann, "ended").await;
    assert_eq!(ends(&t, &thread).await, ["disconnection"]);
    let case = t.get(&format!("/1.0/interventions/{}", id(&case))).await.ok();
    assert_eq!(case["status"], "Closed");
    let read = t.app.db.read(|tx| Box::pin(async move { journal::after(tx, 0, 10_000).await }));
    let entries: Result<Vec<journal::Entry>, store::Error> = read.await;
    let closed = entries.expect("entries").into_iter().find(|e| e.kind == model::EventType::InterventionClosed);
    assert_eq!(closed.expect("an event").metadata["closed_automatically"], "chat_disconnected");
    // A socket keeps its visitor, however far the clock jumps.
    t.clock.advance(Duration::from_secs(86_400));
    t.settled().await;
    assert_eq!((state(&t, &bob).await, ends(&t, id(&b["thread"])).await.len()), ("waiting".into(), 0));
}

#[tokio::test]
async fn it_goes_from_one_to_another_and_back_to_the_queue() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let ((_, nora), (omar, _)) = (user(&t, "Nora", "Agent").await, user(&t, "Omar", "Agent").await);
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let thread = id(&said["thread"]).to_owned();
    let case = take(&t, &said, &nora).await;
    put(&t, &nora, &format!("/1.0/interventions/{}/reassign", id(&case)), json!({"user_id": omar["id"]})).await;
    assert_eq!(standing(&t, &ann).await["agent"]["name"], "Omar");
    cancel(&t, id(&case)).await;
    let told = [
        "waiting_for_agent",
        "connection Nora",
        "disconnection Nora",
        "connection Omar",
        "disconnection Omar",
        "queuing_update.transfered",
    ];
    assert_eq!(notices(&t, &ann, &thread).await, told);
    let row = t.get("/console/threads?folder=unassigned").await.ok()["records"][0].clone();
    assert_eq!((id(&row), &row["live_chat"]["state"]), (thread.as_str(), &json!("transferred")));
}

#[tokio::test]
async fn what_a_bot_hands_over_goes_on_and_what_it_closes_ends() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let (bot, token) = user(&t, "Robin", "Bot").await;
    t.put(&format!("/1.0/users/{}", id(&bot)), json!({"bot": true})).await.ok();
    let post = async |path: &str, body: Value| send(t.request_as(&token, Method::POST, path).json(&body)).await.ok();
    for (ending, expected) in [
        ("handover", "transferred"),
        ("complete", "transferred"),
        ("cancel", "transferred"),
        ("close", "ended"),
        ("complete and close", "ended"),
    ] {
        let ann = Visitor::new(&t, &shop.chat).await;
        let said = ann.write(&t, None, "Hello").await;
        let case = post("/1.0/bots/engage", json!({"content_id": said["message"]["id"]})).await;
        assert_eq!(standing(&t, &ann).await["agent"]["name"], "Robin");
        if ending != "cancel" {
            reply(&t, &said, &token, "I am a machine").await;
        }
        let case_id = id(&case);
        match ending {
            "handover" => drop(
                post(
                    "/1.0/bots/handover",
                    json!({"from": "bot", "to": "agent", "type": "ask", "intervention_id": case_id}),
                )
                .await,
            ),
            "complete" => drop(post("/1.0/bots/complete", json!({"intervention_id": case_id})).await),
            "complete and close" => {
                let all = json!({"intervention_id": case_id, "close_thread": true});
                drop(post("/1.0/bots/complete", all).await);
            }
            "cancel" => cancel(&t, case_id).await,
            other => drop(put(&t, &token, &format!("/1.0/interventions/{case_id}/{other}"), json!({})).await),
        }
        assert_eq!(state(&t, &ann).await, expected, "{ending}");
        // Whoever waits is found by people.
        let row = t.get(&format!("/console/threads/{}", id(&said["thread"]))).await.ok()["thread"].clone();
        let folder = if expected == "ended" { "done" } else { "unassigned" };
        assert_eq!(row["state"], folder, "{ending}");
    }
}

#[tokio::test]
async fn one_whose_agent_has_gone_waits_for_another() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"disconnection_delay": 0})).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (console, _) = Socket::agent(&t, &nora, None).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    take(&t, &said, &nora).await;
    reply(&t, &said, &nora, "One moment").await;
    let lost = async || {
        let read = t.app.db.read(|tx| {
            Box::pin(
                async move { tx.number("SELECT COUNT(*) FROM agent_presence WHERE state = 'gone'", Vec::new()).await },
            )
        });
        let count: Result<i64, store::Error> = read.await;
        (count.expect("a number") == 1).then_some(())
    };
    console.cut();
    eventually("gone", &lost).await;
    t.clock.advance(Duration::from_secs(60));
    let absent = async || {
        let read = t.app.db.read(|tx| {
            Box::pin(async move {
                tx.number("SELECT COUNT(*) FROM agent_presence WHERE state = 'absent'", Vec::new()).await
            })
        });
        let count: Result<i64, store::Error> = read.await;
        (count.expect("a number") == 1).then_some(())
    };
    eventually("absent", &absent).await;
    t.clock.advance(Duration::from_secs(89));
    t.settled().await;
    assert_eq!(state(&t, &ann).await, "connected");
    t.clock.advance(Duration::from_secs(1));
    wait_for(&t, &ann, "transferred").await;
    let row = t.get("/console/threads?folder=unassigned").await.ok()["records"][0].clone();
    assert_eq!(id(&row), id(&said["thread"]));
}

#[tokio::test]
async fn a_visitor_has_one_at_a_time_however_many_tabs_write() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let written = join_all((0..4).map(|_| ann.write(&t, None, "Hello"))).await;
    let first = id(&written[0]["thread"]);
    assert!(written.iter().all(|w| id(&w["thread"]) == first));
    assert_eq!(notices(&t, &ann, first).await, ["waiting_for_agent"]);
    let (end, close) = (format!("threads/{first}/end"), format!("/1.0/content_threads/{first}/close"));
    let (by_visitor, by_agent) = tokio::join!(ann.post(&t, &end, json!({})), t.put(&close, json!({})));
    by_visitor.ok();
    // Whoever comes second finds it closed.
    drop(by_agent);
    assert_eq!(ends(&t, first).await.len(), 1);
}

#[tokio::test]
async fn the_mode_is_chosen_when_a_source_is_made_and_changes_while_nothing_is_open() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"impossibility_message_delay": "2m 25s"})).await;
    let path = format!("/1.0/content_sources/{}", shop.chat.id);
    let source = t.get(&path).await.ok();
    assert_eq!((&source["live_chat"], &source["mode"]), (&json!(true), &json!("live_chat")));
    assert_eq!((&source["enable_web"], &source["max_open_conversations"]), (&Value::Null, &Value::Null));
    assert_eq!((&source["impossibility_message_delay"], &source["disconnection_delay"]), (&json!(145), &json!(86_400)));
    let channels = t.get("/1.0/channels").await.ok();
    let realtime =
        channels["records"].as_array().expect("a list").iter().find(|c| c["name"] == "Realtime").expect("a channel");
    assert_eq!(source["channel_id"], realtime["id"]);
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let refused = t.put(&path, json!({"mode": "messaging"})).await;
    assert_eq!((&refused.json["field"], &refused.json["reason"]), (&json!("mode"), &json!("open_threads")));
    assert_eq!(refused.error(422), "validation_failed");
    ann.post(&t, &format!("threads/{}/end", id(&said["thread"])), json!({})).await.ok();
    let changed = t.put(&path, json!({"mode": "messaging"})).await.ok();
    assert_eq!((&changed["live_chat"], &changed["enable_web"]), (&json!(false), &json!(true)));
    assert_eq!((&changed["max_open_conversations"], &changed["auto_close_threads"]), (&json!(3), &json!(true)));
    assert_eq!(changed["impossibility_message_delay"], Value::Null);
    let said = ann.write(&t, None, "Hello").await;
    assert_eq!((&said["thread"]["mode"], &said["thread"]["state"]), (&json!("messaging"), &json!("open")));
    let end = ann.post(&t, &format!("threads/{}/end", id(&said["thread"])), json!({})).await;
    assert_eq!(end.error(403), "not_live");
    assert_eq!(t.put(&path, json!({"mode": "live_chat"})).await.error(422), "validation_failed");
    for wrong in [json!("soon"), json!("31d"), json!(-1)] {
        let refused = t.put(&path, json!({"disconnection_delay": wrong})).await;
        assert_eq!(refused.json["field"], "disconnection_delay", "{wrong}");
    }
    let to = json!({"source_id": shop.chat.id, "to": ann.session["identity"]["id"], "body": "Hello"});
    t.post("/1.0/contents", to.clone()).await.ok();
    let live = live_shop_again(&t, &shop).await;
    let to = json!({"source_id": live["id"], "to": ann.session["identity"]["id"], "body": "Hello"});
    assert_eq!(t.post("/1.0/contents", to).await.error(403), "forbidden");
}

async fn live_shop_again(t: &TestApp, shop: &World) -> Value {
    let all = json!({"type": "engage_messaging", "name": "Another", "community_id": shop.chat.community_id,
                     "mode": "live_chat"});
    t.post("/1.0/content_sources", all).await.ok()
}

#[tokio::test]
async fn visitors_who_wait_are_told_where_they_stand() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({"show_queue_position": true})).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let mut sockets = Vec::new();
    let mut all = Vec::new();
    for _ in 0..3 {
        let visitor = Visitor::new(&t, &shop.chat).await;
        sockets.push(Socket::visitor(&t, &visitor, None).await.0);
        all.push(visitor.write(&t, None, "Hello").await);
        t.clock.advance(Duration::from_secs(1));
    }
    for (n, socket) in sockets.iter_mut().enumerate() {
        let mut told = socket.next_of("queue").await;
        // The first ones were told before the others came.
        while told["place"] != n + 1 {
            told = socket.next_of("queue").await;
        }
        assert_eq!((&told["thread_id"], &told["estimated_wait_seconds"]), (&all[n]["thread"]["id"], &Value::Null));
    }
    take(&t, &all[0], &nora).await;
    for (n, socket) in sockets.iter_mut().enumerate().skip(1) {
        assert_eq!(socket.next_of("queue").await["place"], n);
    }
}
