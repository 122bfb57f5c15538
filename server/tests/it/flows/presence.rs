//! Who is there: as long as a page of their console is open, on whichever server, and for a while after it was lost.

use std::time::Duration;

use model::UserId;
use reqwest::Method;
use serde_json::{Value, json};
use store::{journal, presence};

use crate::support::receiver::Receiver;
use crate::support::socket::Socket;
use crate::support::world::{World, user};
use crate::support::{Browser, TestApp, eventually, id, send};

/// What the journal has of an agent: the end of each name, and why.
async fn told(t: &TestApp, agent: &str) -> Vec<String> {
    let read = t.app.db.read(|tx| Box::pin(async move { journal::after(tx, 0, 10_000).await }));
    let entries: Result<_, store::Error> = read.await;
    let of =
        entries.expect("entries").into_iter().filter(|e| e.resource_kind == "push_agent" && e.resource_id == agent);
    let told = of.map(|e| match e.metadata.get("cause").and_then(Value::as_str) {
        Some(cause) => format!("{} {cause}", e.kind.as_str().trim_start_matches("push_agent.")),
        None => e.kind.as_str().trim_start_matches("push_agent.").to_owned(),
    });
    told.collect()
}

async fn wait_for(t: &TestApp, agent: &str, last: &str) {
    eventually(last, || async { (told(t, agent).await.last().is_some_and(|l| l == last)).then_some(()) }).await;
}

/// The statuses of an agent on every channel; none when they are not there.
async fn statuses(t: &TestApp, agent: &str) -> Option<Vec<String>> {
    let list = t.get("/1.0/status").await.ok();
    let found = list.as_array().expect("a list").iter().find(|a| a["agent_id"] == agent)?.clone();
    let channels = found["channels"].as_array().expect("a list").clone();
    Some(channels.into_iter().map(|c| c["status"].as_str().expect("a text").to_owned()).collect())
}

async fn open(t: &TestApp, token: &str) -> Socket {
    let (socket, welcome) = Socket::agent(t, token, None).await;
    assert_eq!(welcome["type"], "welcome");
    socket
}

async fn channels(t: &TestApp) -> Vec<String> {
    let list = t.get("/1.0/channels").await.ok();
    list["records"].as_array().expect("a list").iter().map(|c| id(c).to_owned()).collect()
}

#[tokio::test]
async fn an_agent_is_there_until_the_last_tab_is_closed_and_a_minute_longer() {
    let t = TestApp::start().await;
    let (token, agent) = t.user_of("Agent").await;
    let (first, second) = (open(&t, &token).await, open(&t, &token).await);
    first.cut();
    let left = || async {
        let count = t
            .app
            .db
            .read(|tx| Box::pin(async move { tx.number("SELECT COUNT(*) FROM agent_connections", Vec::new()).await }));
        let count: Result<i64, store::Error> = count.await;
        (count.expect("a number") == 1).then_some(())
    };
    eventually("one tab", left).await;
    assert!(statuses(&t, &agent).await.is_some());
    assert_eq!(told(&t, &agent).await, ["connected"]);
    second.cut();
    wait_for(&t, &agent, "connection_lost").await;
    // Nobody is told that they are there, nor that they are away for good.
    assert_eq!(statuses(&t, &agent).await, None);
    t.clock.advance(Duration::from_secs(59));
    let third = open(&t, &token).await;
    assert_eq!(told(&t, &agent).await, ["connected", "connection_lost", "reconnected"]);
    third.cut();
    wait_for(&t, &agent, "connection_lost").await;
    t.clock.advance(Duration::from_secs(60));
    wait_for(&t, &agent, "disconnected connection_lost").await;
    open(&t, &token).await;
    assert_eq!(told(&t, &agent).await.last().expect("an event"), "connected");
}

#[tokio::test]
async fn who_comes_back_within_twelve_hours_finds_the_channels_as_they_were() {
    let t = TestApp::start().await;
    let (token, agent) = t.user_of("Agent").await;
    let ids = channels(&t).await;
    t.put(&format!("/1.0/channels/{}", ids[1]), json!({"away_by_default": true})).await.ok();
    let socket = open(&t, &token).await;
    assert_eq!(statuses(&t, &agent).await.expect("there"), ["available", "away"]);
    let status = json!({"status": {&ids[0]: "away", &ids[1]: "available"}});
    send(t.request_as(&token, Method::PUT, &format!("/1.0/status/{agent}")).json(&status)).await.ok();
    assert_eq!(told(&t, &agent).await.last().expect("an event"), "availability_change agent");
    socket.cut();
    let lost = || async { told(&t, &agent).await.last().is_some_and(|l| l == "connection_lost").then_some(()) };
    eventually("a lost connection", lost).await;
    t.clock.advance(Duration::from_secs(60));
    wait_for(&t, &agent, "disconnected connection_lost").await;
    t.clock.advance(Duration::from_secs(12 * 3600));
    let socket = open(&t, &token).await;
    assert_eq!(statuses(&t, &agent).await.expect("there"), ["away", "available"]);
    socket.cut();
    wait_for(&t, &agent, "connection_lost").await;
    t.clock.advance(Duration::from_secs(60));
    wait_for(&t, &agent, "disconnected connection_lost").await;
    t.clock.advance(Duration::from_secs(12 * 3600 + 1));
    let _socket = open(&t, &token).await;
    assert_eq!(statuses(&t, &agent).await.expect("there"), ["available", "away"]);
}

#[tokio::test]
async fn who_signs_out_or_may_not_be_there_any_more_leaves_at_once() {
    let t = TestApp::start().await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let agent = id(&nora).to_owned();
    let sign_in = || Browser::sign_in(&t, "nora@shop.test", "a long passphrase");
    let enter = async |browser: &Browser| {
        let mut socket = Socket::open(&t, "/console/socket", &[("cookie", &browser.cookie)]).await.expect("a socket");
        socket.send(json!({"type": "hello", "position": null})).await;
        assert_eq!(socket.next().await["type"], "welcome");
        socket
    };
    let browser = sign_in().await;
    let mut socket = enter(&browser).await;
    assert_eq!(send(browser.write(&t, Method::DELETE, "/console/session")).await.status, 204);
    socket.end().await;
    wait_for(&t, &agent, "disconnected left").await;

    // The page may be closed before the word comes.
    let browser = sign_in().await;
    enter(&browser).await.cut();
    wait_for(&t, &agent, "connection_lost").await;
    assert_eq!(send(browser.write(&t, Method::DELETE, "/console/session")).await.status, 204);
    assert_eq!(told(&t, &agent).await.last().expect("an event"), "disconnected left");

    let mut socket = open(&t, &token).await;
    t.put(&format!("/1.0/users/{agent}"), json!({"enabled": false})).await.ok();
    assert_eq!(told(&t, &agent).await.last().expect("an event"), "disconnected disabled");
    assert_eq!(statuses(&t, &agent).await, None);
    socket.end().await;
    assert_eq!(told(&t, &agent).await.last().expect("an event"), "disconnected disabled");
}

#[tokio::test]
async fn a_restart_takes_nothing_from_anybody() {
    let mut t = TestApp::start().await;
    let (stays_token, stays) = t.user_of("Agent").await;
    let (token, agent) = t.user_of("Agent").await;
    let sockets = (open(&t, &stays_token).await, open(&t, &token).await);
    t.put(&format!("/1.0/status/{agent}"), json!({"status": "away"})).await.ok();
    t.restart().await;
    drop(sockets);
    assert_eq!(told(&t, &agent).await, ["connected", "availability_change supervisor", "connection_lost"]);
    t.clock.advance(Duration::from_secs(30));
    let _socket = open(&t, &token).await;
    assert_eq!(told(&t, &agent).await.last().expect("an event"), "reconnected");
    assert_eq!(statuses(&t, &agent).await.expect("there"), ["away", "away"]);
    t.clock.advance(Duration::from_secs(30));
    wait_for(&t, &stays, "disconnected connection_lost").await;
}

#[tokio::test]
async fn a_time_that_a_clock_ahead_has_left_holds_nobody() {
    let t = TestApp::start().await;
    let (token, agent) = t.user_of("Agent").await;
    t.set_clock("2036-03-02T09:00:00Z");
    open(&t, &token).await.cut();
    wait_for(&t, &agent, "connection_lost").await;
    t.set_clock("2026-03-02T09:00:00Z");
    let again = || async {
        t.clock.advance(Duration::from_secs(20));
        told(&t, &agent).await.last().is_some_and(|l| l.starts_with("disconnected")).then_some(())
    };
    eventually("an end", again).await;
}

#[tokio::test]
async fn webhooks_are_told_who_comes_and_goes() {
    let t = TestApp::start().await;
    World::new(&t).await;
    let receiver = Receiver::start().await;
    let registered = ["push_agent.connected", "push_agent.disconnected", "push_agent.availability_change"];
    receiver.register(&t, json!({"registered_events": registered})).await;
    let (token, agent) = t.user_of("Agent").await;
    let socket = open(&t, &token).await;
    t.put(&format!("/1.0/status/{agent}"), json!({"status": "away"})).await.ok();
    socket.cut();
    wait_for(&t, &agent, "connection_lost").await;
    t.clock.advance(Duration::from_secs(60));
    let received = receiver.wait(3).await;
    let each = received.iter().flat_map(|r| r.body["events"].as_array().expect("events").clone());
    let mut events: Vec<Value> = each.collect();
    events.sort_by_key(|event| event["position"].as_i64());
    let channels = |event: &Value| {
        let list = event["resource"]["metadata"]["channels"].as_array().expect("a list").clone();
        list.into_iter().map(|c| c["status"].clone()).collect::<Vec<_>>()
    };
    let names: Vec<_> = events.iter().map(|event| event["type"].as_str().expect("a name")).collect();
    assert_eq!(names, ["push_agent.connected", "push_agent.availability_change", "push_agent.disconnected"]);
    assert!(events.iter().all(|e| e["resource"]["type"] == "push_agent" && e["resource"]["id"] == agent.as_str()));
    assert_eq!(channels(&events[0]), ["available", "available"]);
    assert_eq!(channels(&events[1]), ["away", "away"]);
    assert_eq!(channels(&events[2]), [Value::Null, Value::Null]);
}

/// Moves a server's clock on until it has said so often that it lives, and looked at the others.
async fn beats(t: &TestApp, times: usize) {
    for _ in 0..times {
        t.clock.advance(Duration::from_secs(5));
        let now = t.clock.now();
        let seen = || async {
            let nodes = t.app.db.read(|tx| Box::pin(presence::nodes(tx))).await.expect("nodes");
            nodes.iter().any(|n| n.id == t.app.process.name && n.seen_at >= now).then_some(())
        };
        eventually("a sign of life", seen).await;
    }
}

#[tokio::test]
async fn two_servers_see_each_others_agents_and_what_a_dead_one_had() {
    let t = TestApp::start().await;
    let Some(other) = t.beside("2026-03-02T09:00:00Z").await else { return };
    let (token, agent) = t.user_of("Agent").await;
    let socket = open(&other, &token).await;
    assert_eq!(statuses(&t, &agent).await, statuses(&other, &agent).await);
    t.put(&format!("/1.0/status/{agent}"), json!({"status": "away"})).await.ok();
    assert_eq!(statuses(&other, &agent).await.expect("there"), ["away", "away"]);
    // As long as it says something, nothing happens, however its clock stands.
    other.set_clock("2026-03-02T07:00:00Z");
    for _ in 0..5 {
        beats(&other, 1).await;
        beats(&t, 1).await;
    }
    assert!(statuses(&t, &agent).await.is_some());

    // It says nothing any more.
    beats(&t, 4).await;
    wait_for(&t, &agent, "connection_lost").await;
    assert_eq!(statuses(&t, &agent).await, None);
    // It was only held up: what it has is there again.
    other.set_clock("2026-03-02T09:01:00Z");
    wait_for(&t, &agent, "reconnected").await;
    assert_eq!(statuses(&t, &agent).await.expect("there"), ["away", "away"]);

    beats(&t, 4).await;
    wait_for(&t, &agent, "connection_lost").await;
    // On another server they are back.
    let _here = open(&t, &token).await;
    wait_for(&t, &agent, "reconnected").await;
    drop(socket);
    assert!(statuses(&t, &agent).await.is_some());
}

#[tokio::test]
async fn what_one_server_is_at_is_no_others_until_it_is_dead() {
    let t = TestApp::start().await;
    t.stop_workers().await;
    let write = async |node: &'static str| {
        let taken = t.app.db.write(move |tx| Box::pin(async move { presence::take_lease(tx, "bridges", node).await }));
        let taken: Result<bool, store::Error> = taken.await;
        taken.expect("an answer")
    };
    for node in ["one", "two"] {
        let begun = t
            .app
            .db
            .write(move |tx| Box::pin(async move { hubbub::domain::presence::begin(tx, node, None, false).await }));
        begun.await.expect("begun");
    }
    assert!(!write("unknown").await);
    assert!(write("one").await && write("one").await);
    assert!(!write("two").await);
    t.app.db.write(|tx| Box::pin(hubbub::domain::presence::end(tx, "one"))).await.expect("ended");
    assert!(!write("one").await);
    assert!(write("two").await);
}

#[tokio::test]
async fn what_a_dead_server_was_at_goes_on_elsewhere() {
    let t = TestApp::start().await;
    if t.app.config.database_url.is_none() {
        return;
    }
    let take = || async {
        let taken = t.app.db.write(|tx| {
            Box::pin(async move {
                hubbub::domain::presence::begin(tx, "another", None, false).await?;
                Ok::<_, hubbub::domain::Error>(presence::take_lease(tx, "tidy", "another").await?)
            })
        });
        taken.await.expect("an answer").then_some(())
    };
    // Once this server is not at it itself.
    eventually("a lease", take).await;
    let write = t.request(Method::POST, "/1.0/tags").header("idempotency-key", "a key of this test");
    send(write.json(&json!({"name": "a"}))).await.ok();
    let kept = || async {
        let sql = "SELECT COUNT(*) FROM idempotency_keys";
        let count = t.app.db.read(move |tx| Box::pin(async move { tx.number(sql, Vec::new()).await })).await;
        let count: Result<i64, store::Error> = count;
        count.expect("a number")
    };
    t.clock.advance(Duration::from_secs(25 * 3600));
    beats(&t, 1).await;
    assert_eq!(kept().await, 1);
    beats(&t, 3).await;
    eventually("what is over is forgotten", || async { (kept().await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn a_user_who_is_disabled_is_not_let_in_by_a_page_that_was_about_to_open() {
    let t = TestApp::start().await;
    let (_, agent) = t.user_of("Agent").await;
    t.put(&format!("/1.0/users/{agent}"), json!({"enabled": false})).await.ok();
    let (node, user) = (t.app.process.name.clone(), UserId::parse(&agent).expect("an id"));
    let connection = model::AgentConnectionId::new(t.clock.now());
    let connected = t.app.db.write(move |tx| {
        Box::pin(async move { hubbub::domain::presence::connect(tx, &node, connection, &user).await })
    });
    assert!(connected.await.expect("an answer"));
    assert_eq!(statuses(&t, &agent).await, None);
}
