//! The journal as an API: by long poll, as a stream, and again for a webhook.

use std::time::Duration;

use futures_util::StreamExt;
use hubbub::domain::delivery::{self, Plan};
use model::{SourcePermission, ThreadId, UserId, WebhookId};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::receiver::{Receiver, wait_for_status};
use crate::support::socket::{Socket, timeline};
use crate::support::world::{World, user};
use crate::support::{ADMIN, ADMIN_TOKEN, Browser, TestApp, eventually, id, in_time, send};

fn positions(page: &Value) -> Vec<i64> {
    page["records"].as_array().expect("records").iter().map(|r| r["position"].as_i64().expect("a position")).collect()
}

async fn head(t: &TestApp) -> i64 {
    t.get("/1.0/events/journal").await.ok()["head"].as_i64().expect("a position")
}

#[tokio::test]
async fn a_cursor_goes_through_everything_once_and_in_order() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let start = t.get("/1.0/events/journal").await.ok();
    assert_eq!((&start["records"], &start["position"]), (&json!([]), &start["head"]));
    let said = shop.say(&t, "ann", None, "Hello").await;
    t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let page = t.get(&format!("/1.0/events/journal?after={after}&limit=3")).await.ok();
        let found = positions(&page);
        if found.is_empty() {
            assert_eq!(page["position"], page["head"]);
            break;
        }
        assert_eq!(page["position"], *found.last().expect("a position"));
        after = page["position"].as_i64().expect("a position");
        seen.extend(found);
    }
    assert_eq!(seen, (1..=head(&t).await).collect::<Vec<_>>());

    // The events are those of webhooks.
    let page = t.get(&format!("/1.0/events/journal?after={}&type=content.imported", start["head"])).await.ok();
    let event = &page["records"][0];
    assert_eq!((&event["type"], &event["resource"]["id"]), (&json!("content.imported"), &json!(said.content.id)));
    assert_eq!(event["resource"]["metadata"]["body"], "Hello");
    assert_eq!((&event["thread_id"], &event["source_id"]), (&json!(said.thread.id), &json!(shop.chat.id)));
    // What is left out is passed over.
    assert_eq!((positions(&page).len(), &page["position"]), (1, &page["head"]));
}

#[tokio::test]
async fn it_is_filtered_and_scoped() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let other = World::on(shop.another_chat(&t, "Second chat").await);
    let (lea, token) = user(&t, "Lea", "Team leader").await;
    shop.permit(&t, &lea, &[SourcePermission::Read]).await;
    other.permit(&t, &lea, &[]).await;
    let before = head(&t).await;
    shop.say(&t, "ann", None, "Hello").await;
    other.say(&t, "ann", None, "Hello").await;
    let count = async |token: &str, query: &str| {
        let path = format!("/1.0/events/journal?after={before}{query}");
        let page = send(t.request_as(token, Method::GET, &path)).await.ok();
        assert_eq!(page["position"], page["head"]);
        positions(&page).len()
    };
    assert_eq!(count(ADMIN_TOKEN, "").await, 2);
    assert_eq!(count(ADMIN_TOKEN, &format!("&source_id={}", other.chat.id)).await, 1);
    assert_eq!(count(ADMIN_TOKEN, "&type[]=content.replied&type[]=content.imported").await, 2);
    assert_eq!(count(ADMIN_TOKEN, "&type=content.replied").await, 0);
    assert_eq!(count(&token, "").await, 1);
    assert_eq!(count(&token, &format!("&source_id={}", other.chat.id)).await, 0);
    let agent = t.token_of("Agent").await;
    for path in ["/1.0/events/journal?after=0", "/1.0/events/stream?after=0"] {
        assert_eq!(send(t.request_as(&agent, Method::GET, path)).await.error(403), "forbidden");
    }
    for query in ["after=-1", "after=x", "limit=0", "limit=501", "wait=61", "wait=-1", "type=colour", "source_id=x"] {
        let answer = t.get(&format!("/1.0/events/journal?{query}")).await;
        assert_eq!(answer.json["field"], query.split('=').next().expect("a name"), "{query}");
        assert_eq!(answer.error(400), "invalid_parameter");
    }
}

#[tokio::test]
async fn a_cursor_that_the_journal_cannot_go_on_from_is_told_so() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    shop.say(&t, "ann", None, "Hello").await;
    let head = head(&t).await;
    let cut = t
        .app
        .db
        .write(|tx| Box::pin(async move { tx.execute("DELETE FROM journal WHERE position <= 2", vec![]).await }));
    cut.await.expect("cut");
    for path in ["/1.0/events/journal", "/1.0/events/stream"] {
        for after in [1, head + 1, i64::MAX] {
            let gone = t.get(&format!("{path}?after={after}")).await;
            assert_eq!((&gone.json["oldest"], &gone.json["head"]), (&json!(2), &json!(head)));
            assert_eq!(gone.json["timeline"], timeline(&t).await);
            assert_eq!(gone.error(410), "cursor_expired");
        }
    }
    let page = t.get("/1.0/events/journal?after=2").await.ok();
    assert_eq!(positions(&page), (3..=head).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_long_poll_is_answered_when_something_happens() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let after = head(&t).await;
    let path = format!("/1.0/events/journal?after={after}&wait=60&type=content.imported");
    let poll = tokio::spawn(send(t.request(Method::GET, &path)));
    // What it does not want does not wake it.
    let said = shop.say(&t, "ann", None, "Hello").await;
    let page = in_time("an answer", poll).await.expect("no panic").ok();
    assert_eq!(page["records"][0]["resource"]["id"], said.content.id.as_str());
    // Nothing happens: an empty answer in the end, and the cursor stays good.
    let after = page["position"].as_i64().expect("a position");
    let quiet = t.get(&format!("/1.0/events/journal?after={after}&wait=1")).await.ok();
    assert_eq!((positions(&quiet).len(), quiet["position"].as_i64() >= Some(after)), (0, true));
}

#[tokio::test]
async fn who_waits_is_answered_when_the_server_stops_and_when_rights_change() {
    let t = TestApp::start().await;
    let (lea, token) = user(&t, "Lea", "Team leader").await;
    let after = head(&t).await;
    let path = format!("/1.0/events/journal?after={after}&wait=60&type=content.imported");
    let poll = tokio::spawn(send(t.request_as(&token, Method::GET, &path)));
    let mut stream = Stream::open(&t, &token, "", None).await;
    stream.reads(&t).await;
    t.put(&format!("/1.0/users/{}", id(&lea)), json!({"enabled": false})).await.ok();
    assert_eq!(positions(&in_time("an answer", poll).await.expect("no panic").ok()).len(), 0);
    stream.ends().await;
    let poll = tokio::spawn(send(t.request(Method::GET, &path)));
    let mut stream = Stream::open(&t, ADMIN_TOKEN, "", None).await;
    stream.reads(&t).await;
    in_time("the end", t.stop()).await;
    in_time("an answer", poll).await.expect("no panic").ok();
    stream.ends().await;
}

#[tokio::test]
async fn who_came_in_as_somebody_else_hears_no_more_than_they_may_themselves() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let hidden = World::on(shop.another_chat(&t, "Hidden chat").await);
    let (lim, token) = user(&t, "Lim", "Administrator").await;
    let (nora, _) = user(&t, "Nora", "Team leader").await;
    for limited in [&lim, &nora] {
        hidden.permit(&t, limited, &[]).await;
    }
    let as_nora = format!("impersonated_user_id={}", id(&nora));
    let open = async || {
        let mut stream = Stream::open(&t, &token, &as_nora, None).await;
        stream.reads(&t).await;
        let (path, bearer) = (format!("/console/socket?{as_nora}"), format!("Bearer {token}"));
        let mut socket = Socket::open(&t, &path, &[("authorization", &bearer)]).await.expect("a socket");
        socket.send(json!({"type": "hello", "position": null})).await;
        assert_eq!(socket.next().await["type"], "welcome");
        (stream, socket)
    };
    let (mut stream, mut socket) = open().await;
    hidden.permit(&t, &nora, &[SourcePermission::Read]).await;
    hidden.say(&t, "ann", None, "Secret").await;
    while let Some((_, event)) = stream.next().await {
        assert_ne!(event["type"], "content.imported");
    }
    assert!(socket.end().await.iter().all(|frame| frame["event"]["type"] != "content.imported"));

    hidden.permit(&t, &nora, &[]).await;
    let (mut stream, mut socket) = open().await;
    let roles = t.get("/1.0/roles").await.ok();
    let agent = roles["records"].as_array().expect("roles").iter().find(|role| role["label"] == "Agent");
    let role = json!({"role_id": agent.expect("a role")["id"]});
    t.put(&format!("/1.0/users/{}", id(&lim)), role).await.ok();
    stream.ends().await;
    socket.end().await;
}

#[tokio::test]
async fn a_stream_by_cookie_ends_with_the_age_of_the_session() {
    let t = TestApp::start_with(|config| config.session_hours = 10).await;
    let shop = World::new(&t).await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let mut stream = Stream::of(browser.request(&t, Method::GET, "/1.0/events/stream")).await;
    stream.reads(&t).await;
    t.clock.advance(Duration::from_secs(10 * 3600));
    shop.say(&t, "ann", None, "Too late").await;
    while let Some((_, event)) = stream.next().await {
        assert_ne!(event["type"], "content.imported");
    }
}

/// A reader of server-sent events.
struct Stream {
    body: std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>,
    text: String,
}

impl Stream {
    async fn open(t: &TestApp, token: &str, query: &str, last: Option<i64>) -> Self {
        let mut request = t.request_as(token, Method::GET, &format!("/1.0/events/stream?{query}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        Self::of(request).await
    }

    async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        Self { body: Box::pin(response.bytes_stream()), text: String::new() }
    }

    /// The next event with its id; none at the end.
    async fn next(&mut self) -> Option<(i64, Value)> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
                if let Some(data) = field("data: ") {
                    let id = field("id: ").and_then(|id| id.split_once('-')?.0.parse().ok()).expect("an id");
                    return Some((id, serde_json::from_str(&data).expect("JSON")));
                }
                continue;
            }
            match in_time("an event", self.body.next()).await {
                Some(Ok(bytes)) => self.text.push_str(std::str::from_utf8(&bytes).expect("text")),
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Makes something happen and reads it, so that the stream is known to be under way.
    async fn reads(&mut self, t: &TestApp) {
        let name = format!("tag {}", model::new_object_id(t.clock.now()));
        let tag = t.post("/1.0/tags", json!({"name": name})).await.ok();
        while self.next().await.expect("an event").1["resource"]["id"] != tag["id"] {}
    }

    async fn ends(&mut self) {
        while self.next().await.is_some() {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_misses_nothing_and_repeats_nothing_across_reconnections() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let first = shop.say(&t, "ann", None, "0").await;
    let thread = ThreadId::parse(first.thread.id.as_str()).expect("an id");
    let writing = async {
        for i in 1..60 {
            shop.say(&t, "ann", Some(thread.as_str()), &i.to_string()).await;
        }
    };
    let reading = async {
        let (mut last, mut said) = (None, Vec::new());
        while said.len() < 60 {
            // Every reader gives up after seven events, in the middle of things.
            let query = if last.is_none() { "after=0&type=content.imported" } else { "type=content.imported" };
            let mut stream = Stream::open(&t, ADMIN_TOKEN, query, last).await;
            for _ in 0..7.min(60 - said.len()) {
                let (position, event) = stream.next().await.expect("an event");
                assert!(last.is_none_or(|last| position > last));
                last = Some(position);
                said.push(event["resource"]["metadata"]["body"].as_str().expect("a body").to_owned());
            }
        }
        said
    };
    let (said, ()) = tokio::join!(reading, writing);
    assert_eq!(said, (0..60).map(|i| i.to_string()).collect::<Vec<_>>());
}

/// The events that came, in the order of their coming.
fn events(receiver: &Receiver) -> Vec<Value> {
    let lists = receiver.deliveries().into_iter();
    lists.flat_map(|d| d.body["events"].as_array().cloned().unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_webhook_gets_everything_again_from_a_position() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    // Before there was any webhook.
    let said = shop.say(&t, "ann", None, "one").await;
    shop.say(&t, "bob", None, "else").await;
    t.clock.advance(Duration::from_secs(1));
    let receiver = Receiver::start().await;
    let path = format!("/1.0/webhooks/{}", id(&receiver.register(&t, json!({})).await));
    shop.say(&t, "ann", Some(said.thread.id.as_str()), "two").await;
    receiver.expect(&["two"]).await;
    let journal = t.get("/1.0/events/journal?after=0&type=content.imported").await.ok();
    let ids: Vec<&Value> = journal["records"].as_array().expect("records").iter().map(|r| &r["id"]).collect();
    let first = positions(&journal)[0];
    t.put(&format!("{path}/replay?from={first}"), json!({})).await.ok();
    eventually("it is told everything again", || async { (events(&receiver).len() == 4).then_some(()) }).await;
    let again: Vec<Value> = events(&receiver)[1..].to_vec();
    let of_ann: Vec<_> =
        again.iter().filter(|e| e["resource"]["metadata"]["thread_id"] == said.thread.id.as_str()).collect();
    let said: Vec<_> = of_ann.iter().map(|e| e["resource"]["metadata"]["body"].clone()).collect();
    assert_eq!(said, [json!("one"), json!("two")]);
    let mut found: Vec<_> = again.iter().map(|e| e["id"].to_string()).collect();
    let mut wanted: Vec<_> = ids.iter().map(ToString::to_string).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    assert_eq!(t.get(&path).await.ok()["replay"], Value::Null);
    // A position that is not there.
    let head = head(&t).await;
    assert_eq!(t.put(&format!("{path}/replay?from={}", head + 2), json!({})).await.error(410), "cursor_expired");
    assert_eq!(t.put(&format!("{path}/replay?from=0"), json!({})).await.error(422), "validation_failed");
    assert_eq!(t.put(&format!("{path}/replay"), json!({})).await.error(400), "invalid_parameter");
    let agent = t.token_of("Agent").await;
    assert_eq!(send(t.request_as(&agent, Method::PUT, &format!("{path}/replay?from=1"))).await.error(404), "not_found");
}

#[tokio::test]
async fn a_replay_waits_while_the_webhook_s_user_is_disabled() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    shop.say(&t, "ann", None, "one").await;
    t.clock.advance(Duration::from_secs(1));
    let (lea, token) = user(&t, "Lea", "Administrator").await;
    let receiver = Receiver::start().await;
    let body = json!({"url": receiver.url, "registered_events": ["content.imported"], "verify_token": "let me in"});
    let webhook = send(t.request_as(&token, Method::POST, "/1.0/webhooks").json(&body)).await.ok();
    wait_for_status(&t, id(&webhook), "active").await;
    let other = Receiver::start().await;
    other.register(&t, json!({})).await;
    let (path, lea) = (format!("/1.0/webhooks/{}", id(&webhook)), format!("/1.0/users/{}", id(&lea)));
    t.put(&lea, json!({"enabled": false})).await.ok();
    t.put(&format!("{path}/replay?from=1"), json!({})).await.ok();
    // Her lane has looked when another webhook is told of what came later.
    shop.say(&t, "bob", None, "two").await;
    other.expect(&["two"]).await;
    let hook = WebhookId::parse(id(&webhook)).expect("an id");
    let wait = t.app.db.write(move |tx| {
        Box::pin(async move {
            delivery::replay_on(tx, &hook).await?;
            delivery::plan(tx, &hook).await
        })
    });
    assert!(matches!(wait.await.expect("a plan"), Plan::Wait(None)));
    assert!(receiver.bodies().is_empty());
    assert_eq!(t.get(&path).await.ok()["replay"]["next"], 1);
    t.put(&lea, json!({"enabled": true})).await.ok();
    // What came meanwhile has waited too, in a thread of its own.
    eventually("everything comes", || async { (receiver.bodies().len() == 2).then_some(()) }).await;
    assert!(["one", "two"].iter().all(|body| receiver.bodies().iter().any(|told| told == body)));
    eventually("it is over", || async { t.get(&path).await.ok()["replay"].is_null().then_some(()) }).await;
}

#[tokio::test]
async fn a_long_replay_is_made_in_parts() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let mut threads = Vec::new();
    for i in 0..20 {
        threads.push(shop.say(&t, &format!("visitor{i}"), None, &i.to_string()).await.thread.id.to_string());
    }
    for i in 20..400 {
        let thread = &threads[i % 20];
        shop.say(&t, &format!("visitor{}", i % 20), Some(thread), &i.to_string()).await;
    }
    t.clock.advance(Duration::from_secs(1));
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({})).await;
    t.put(&format!("/1.0/webhooks/{}/replay?from=1", id(&webhook)), json!({})).await.ok();
    eventually("all are told", || async { (receiver.bodies().len() >= 400).then_some(()) }).await;
    let mut said: Vec<i64> = receiver.bodies().iter().filter_map(|body| body.parse().ok()).collect();
    said.sort_unstable();
    assert_eq!(said, (0..400).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_bot_follows_what_its_webhooks_could_be_told_of_the_sources_that_it_may_read() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (token, bot) = t.user_of("Bot").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let read = |query: &str| send(t.request_as(&token, Method::GET, &format!("/1.0/events/journal?after=0{query}")));
    let page = read("").await.ok();
    let records = page["records"].as_array().expect("records");
    let of_content = records.iter().find(|record| record["type"] == "content.imported").expect("the content");
    assert_eq!(of_content["resource"]["id"], said.content.id.as_str());
    assert!(records.iter().all(|record| record["type"] != "administration.changed"), "{records:?}");
    assert_eq!(page["position"], page["head"]);
    assert_eq!(read("&type=administration.changed").await.error(403), "forbidden");
    let mut stream = Stream::open(&t, &token, "after=0", None).await;
    assert_eq!(stream.next().await.expect("an event").1["id"], records[0]["id"]);
    let (user, source) = (UserId::parse(&bot).expect("an id"), shop.chat.id.clone());
    let hide = t.app.db.write(move |tx| {
        Box::pin(async move { store::source_permission::set(tx, &user, &source, Some(Vec::new())).await })
    });
    hide.await.expect("written");
    t.app.db.note_administration();
    assert_eq!(positions(&read("").await.ok()), Vec::<i64>::new());
}
