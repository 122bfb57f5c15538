//! Whether agents are free, and where those stand who wait for them.

use std::time::Duration;

use hubbub::domain::queue::{self, Place};
use model::{SourcePermission, ThreadId};
use reqwest::Method;
use serde_json::{Value, json};
use store::source::Source;

use super::live_chat::live_shop;
use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{TestApp, id, send};

async fn is_free(t: &TestApp, chat: &Source) -> Value {
    send(t.anonymous(Method::POST, &format!("/chat/{}/availability", chat.token))).await.ok()["probability"].clone()
}

/// The same, of a moment at which nothing is known from before.
async fn is_free_now(t: &TestApp, chat: &Source) -> Value {
    t.clock.advance(Duration::from_secs(2));
    is_free(t, chat).await
}

async fn engage(t: &TestApp, token: &str, content: &str) -> Value {
    send(t.request_as(token, Method::POST, &format!("/1.0/interventions?content_id={content}"))).await.ok()
}

/// Places and waits of the line, in its order.
async fn line(t: &TestApp, world: &World) -> Vec<(ThreadId, Option<i64>)> {
    let channel = world.chat.channel_id.clone().expect("a channel");
    let read = t.app.db.read(move |tx| Box::pin(async move { queue::line(tx, &channel).await })).await.expect("a line");
    let places: Vec<i64> = read.iter().map(|stands| stands.place).collect();
    assert_eq!(places, (1..=i64::try_from(read.len()).expect("few")).collect::<Vec<_>>());
    read.into_iter()
        .map(|Place { thread_id, estimated_wait_seconds, .. }| (thread_id, estimated_wait_seconds))
        .collect()
}

#[tokio::test]
async fn agents_are_free_until_they_have_what_keeps_them_busy_and_a_share_more() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let channel = format!("/1.0/channels/{}", world.chat.channel_id.clone().expect("a channel"));
    t.put(&channel, json!({"soft_capability": 2})).await.ok();
    assert_eq!(is_free(&t, &world.chat).await, 0);
    let (token, agent) = t.user_of("Agent").await;
    let _socket = Socket::agent(&t, &token, None).await;
    // The answer holds for a moment.
    assert_eq!(is_free(&t, &world.chat).await, 0);
    assert_eq!(is_free_now(&t, &world.chat).await, 1);
    // One has somebody, one waits: that is two.
    let first = world.say(&t, "ada", None, "Hello").await;
    assert_eq!(is_free_now(&t, &world.chat).await, 1);
    engage(&t, &token, first.content.id.as_str()).await;
    assert_eq!(is_free_now(&t, &world.chat).await, 1);
    world.say(&t, "bob", None, "Hello").await;
    assert_eq!(is_free_now(&t, &world.chat).await, 0);
    let source = format!("/1.0/content_sources/{}", world.chat.id);
    for (factor, free) in [(0.49, 0), (0.5, 1)] {
        t.put(&source, json!({"queuing_factor": factor})).await.ok();
        assert_eq!(is_free_now(&t, &world.chat).await, free, "{factor}");
    }
    for factor in ["10.01", "-1", "0.001"] {
        let refused = t.put(&source, json!({"queuing_factor": factor})).await;
        assert_eq!(refused.json["field"], "queuing_factor");
        refused.error(422);
    }
    assert_eq!(t.put(&source, json!({"queuing_factor": "1.25"})).await.ok()["queuing_factor"], 1.25);
    // Who is away is not free, nor who may not answer here.
    t.put(&format!("/1.0/status/{agent}"), json!({"status": "away"})).await.ok();
    assert_eq!(is_free_now(&t, &world.chat).await, 0);
    t.put(&format!("/1.0/status/{agent}"), json!({"status": "available"})).await.ok();
    assert_eq!(is_free_now(&t, &world.chat).await, 1);
    world.permit(&t, &json!({"id": agent}), &[SourcePermission::Read]).await;
    assert_eq!(is_free_now(&t, &world.chat).await, 0);
}

#[tokio::test]
async fn nobody_is_free_in_a_closed_desk_where_the_chat_follows_its_hours() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let (token, _) = t.user_of("Agent").await;
    let _socket = Socket::agent(&t, &token, None).await;
    let never = json!({"label": "Never", "source_ids": [world.chat.id]});
    let sheet = t.post("/1.0/time_sheets", never).await.ok();
    assert_eq!(is_free_now(&t, &world.chat).await, 1);
    let follows = json!({"availability_follows_business_hours": true});
    t.put(&format!("/1.0/content_sources/{}", world.chat.id), follows).await.ok();
    assert_eq!(is_free_now(&t, &world.chat).await, 0);
    let day = "0-86400";
    let always = json!({"monday_hours": day, "tuesday_hours": day, "wednesday_hours": day, "thursday_hours": day,
                        "friday_hours": day, "saturday_hours": day, "sunday_hours": day});
    t.put(&format!("/1.0/time_sheets/{}", id(&sheet)), always).await.ok();
    assert_eq!(is_free_now(&t, &world.chat).await, 1);
}

#[tokio::test]
async fn a_trigger_may_let_more_wait_than_its_chat() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let opens = json!({"source_id": world.chat.id, "label": "Opens", "queuing_factor": 10,
                       "actions": [{"type": "show_and_open_chat"}]});
    let trigger = t.post("/1.0/messaging_triggers", opens).await.ok();
    let ask = async |trigger: &str| {
        let path = format!("/chat/{}/availability", world.chat.token);
        send(t.anonymous(Method::POST, &path).json(&json!({"trigger_id": trigger}))).await
    };
    // Nobody is there, however many may wait.
    assert_eq!(ask(id(&trigger)).await.ok()["probability"], 0);
    let (token, _) = t.user_of("Agent").await;
    let _socket = Socket::agent(&t, &token, None).await;
    t.clock.advance(Duration::from_secs(2));
    for who in ["ann", "bob", "cid"] {
        world.say(&t, who, None, "Hello?").await;
    }
    assert_eq!(is_free_now(&t, &world.chat).await, 0);
    assert_eq!(ask(id(&trigger)).await.ok()["probability"], 1);
    // One that is switched off, or of nobody, is not there.
    t.put(&format!("/1.0/messaging_triggers/{}", id(&trigger)), json!({"active": false})).await.ok();
    t.clock.advance(Duration::from_secs(2));
    for unknown in [id(&trigger), "nothing", "111111111111111111111111"] {
        assert_eq!(ask(unknown).await.error(404), "not_found");
    }
}

#[tokio::test]
async fn a_question_without_a_chat_is_refused_and_leaves_nothing() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let position = async || t.app.db.refresh_position().await.expect("a position");
    let before = position().await;
    send(t.anonymous(Method::POST, "/chat/nothing/availability")).await.error(404);
    assert_eq!(is_free(&t, &world.chat).await, 0);
    assert_eq!(position().await, before);
    let visitors =
        t.app.db.read(|tx| Box::pin(async move { tx.number("SELECT COUNT(*) FROM visitors", vec![]).await }));
    let visitors: Result<i64, store::Error> = visitors.await;
    assert_eq!(visitors.expect("a number"), 0);
}

#[tokio::test]
async fn who_waits_longest_is_first_and_hears_how_long_by_how_fast_the_line_moves() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    let mut threads = Vec::new();
    for n in 0..9 {
        threads.push(world.say(&t, &format!("customer {n}"), None, "Hello").await);
        t.clock.advance(Duration::from_secs(60));
    }
    // Nobody is there who could take them.
    let all: Vec<_> = threads.iter().map(|said| (said.thread.id.clone(), None)).collect();
    assert_eq!(line(&t, &world).await, all);
    let _socket = Socket::agent(&t, &token, None).await;
    // Nobody was taken yet: those behind wait as long as the first one has.
    let head = Some(9 * 60);
    let expected: Vec<_> = all.iter().enumerate().map(|(n, (id, _))| (id.clone(), head.filter(|_| n > 0))).collect();
    assert_eq!(line(&t, &world).await, expected);
    // Five are taken, one in two minutes.
    for said in &threads[..5] {
        engage(&t, &token, said.content.id.as_str()).await;
        t.clock.advance(Duration::from_secs(120));
    }
    let waits = |list: &[(ThreadId, Option<i64>)]| list.iter().map(|(_, wait)| *wait).collect::<Vec<_>>();
    let now = line(&t, &world).await;
    assert_eq!(
        now.iter().map(|(id, _)| id).collect::<Vec<_>>(),
        threads[5..].iter().map(|s| &s.thread.id).collect::<Vec<_>>()
    );
    assert_eq!(waits(&now), [Some(120), Some(240), Some(360), Some(480)]);
    // An answer to one who waits takes them out of the line; their next word puts them at its end.
    let place = async |n: usize| {
        let before = line(&t, &world).await.iter().position(|(id, _)| *id == threads[n].thread.id);
        before.map(|before| before + 1)
    };
    assert_eq!((place(0).await, place(5).await, place(8).await), (None, Some(1), Some(4)));
    // After hours nobody is taken any more.
    let never = json!({"label": "Never", "source_ids": [world.chat.id]});
    t.post("/1.0/time_sheets", never).await.ok();
    assert_eq!(waits(&line(&t, &world).await), [None; 4]);
}

#[tokio::test]
async fn the_beginning_of_a_line_is_that_of_the_whole_line_also_where_old_threads_wait_anew() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let mut threads = Vec::new();
    for n in 0..12 {
        threads.push(world.say(&t, &format!("customer {n}"), None, "Hello").await);
        t.clock.advance(Duration::from_secs(60));
    }
    for n in [6, 0, 1, 2, 8] {
        t.put(&format!("/1.0/contents/{}/ignore", threads[n].content.id), json!({})).await.ok();
        world.say(&t, &format!("customer {n}"), Some(threads[n].thread.id.as_str()), "And now?").await;
        t.clock.advance(Duration::from_secs(60));
    }
    let expected: Vec<_> = [3, 4, 5, 7, 9, 10, 11, 6, 0, 1, 2, 8].iter().map(|n| &threads[*n].thread.id).collect();
    let sources = vec![world.chat.id.clone()];
    for limit in 0..=13 {
        let sources = sources.clone();
        let read = t.app.db.read(move |tx| Box::pin(async move { store::queue::waiting(tx, &sources, limit).await }));
        let waiting: Result<Vec<_>, store::Error> = read.await;
        let waiting = waiting.expect("a line");
        let beginning = expected.iter().take(usize::try_from(limit).expect("a number")).copied();
        assert!(waiting.iter().map(|one| &one.thread_id).eq(beginning), "{limit}: {waiting:?}");
    }
}

#[tokio::test]
async fn who_gives_up_has_left_the_line_too() {
    let t = TestApp::start().await;
    let live = live_shop(&t, json!({})).await;
    let token = t.token_of("Agent").await;
    let _socket = Socket::agent(&t, &token, None).await;
    for _ in 0..5 {
        let visitor = Visitor::new(&t, &live.chat).await;
        let said = visitor.write(&t, None, "Hello").await;
        visitor.post(&t, &format!("threads/{}/end", id(&said["thread"])), json!({})).await.ok();
        t.clock.advance(Duration::from_secs(60));
    }
    Visitor::new(&t, &live.chat).await.write(&t, None, "Hello").await;
    let waits: Vec<_> = line(&t, &live).await.into_iter().map(|(_, wait)| wait).collect();
    assert_eq!(waits, [Some(60)]);
}

#[tokio::test]
async fn who_asks_with_their_key_hears_where_they_stand_as_their_chat_shows_it() {
    let t = TestApp::start().await;
    let live = live_shop(&t, json!({"show_queue_position": true})).await;
    let token = t.token_of("Agent").await;
    let _socket = Socket::agent(&t, &token, None).await;
    let [ann, bob] = [Visitor::new(&t, &live.chat).await, Visitor::new(&t, &live.chat).await];
    let asks = async |who: &Visitor| {
        let answer = who.post(&t, "availability", json!({})).await.ok();
        (answer["position"].clone(), answer["estimated_wait_seconds"].clone())
    };
    // Who has not written waits for nobody.
    assert_eq!(asks(&ann).await, (json!(null), json!(null)));
    let first = ann.write(&t, None, "Hello").await;
    t.clock.advance(Duration::from_secs(60));
    bob.write(&t, None, "Hello").await;
    assert_eq!(asks(&ann).await, (json!(1), json!(null)));
    assert_eq!(asks(&bob).await, (json!(2), json!(null)));
    let source = format!("/1.0/content_sources/{}", live.chat.id);
    t.put(&source, json!({"show_estimated_wait": true})).await.ok();
    // As long as the first one has waited.
    assert_eq!(asks(&bob).await, (json!(2), json!(60)));
    t.put(&source, json!({"show_queue_position": false})).await.ok();
    assert_eq!(asks(&bob).await, (json!(null), json!(60)));
    t.put(&source, json!({"show_queue_position": true})).await.ok();
    // One who is taken, and one who gives up, stand nowhere.
    engage(&t, &token, id(&first["message"])).await;
    assert_eq!(asks(&ann).await.0, json!(null));
    assert_eq!(asks(&bob).await.0, json!(1));
    // Nobody else is told of them, and a key that opens nothing is none.
    let path = format!("/chat/{}/availability", live.chat.token);
    for key in ["", "nothing", &token] {
        let answer = send(t.anonymous(Method::POST, &path).bearer_auth(key)).await.ok();
        assert_eq!((&answer["position"], &answer["estimated_wait_seconds"]), (&json!(null), &json!(null)));
    }
}

#[tokio::test]
async fn servers_agree_who_is_free() {
    let t = TestApp::start().await;
    let Some(other) = t.beside("2026-03-02T09:00:00Z").await else { return };
    let world = World::new(&t).await;
    let (token, agent) = t.user_of("Agent").await;
    let _socket = Socket::agent(&t, &token, None).await;
    assert_eq!(is_free(&other, &world.chat).await, 1);
    send(other.request_as(&token, Method::PUT, &format!("/1.0/status/{agent}?status=away"))).await.ok();
    assert_eq!(is_free_now(&t, &world.chat).await, 0);
    assert_eq!(is_free_now(&other, &world.chat).await, 0);
}
