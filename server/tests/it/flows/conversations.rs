//! A visitor's conversations over days: how many there are, which one goes on, and when one ends by itself.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{Answer, TestApp, eventually, id};

const DAY: u64 = 86_400;

async fn set(t: &TestApp, shop: &World, settings: Value) {
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), settings).await.ok();
}

async fn says(t: &TestApp, visitor: &Visitor, more: Value) -> Answer {
    let mut said = json!({"client_id": model::new_object_id(t.clock.now()), "body": "Hello"});
    said.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    visitor.post(t, "messages", said).await
}

async fn thread(t: &TestApp, id: &str) -> Value {
    t.get(&format!("/1.0/content_threads/{id}")).await.ok()
}

/// The thread's events that webhooks are told of closing and opening.
async fn told(t: &TestApp, thread: &str) -> Vec<&'static str> {
    let read = t.app.db.read(|tx| Box::pin(async move { store::journal::after(tx, 0, 10_000).await }));
    let entries: Result<Vec<_>, store::Error> = read.await;
    let of =
        entries.expect("entries").into_iter().filter(|e| e.thread_id.as_ref().is_some_and(|t| t.as_str() == thread));
    of.map(|e| e.kind.as_str()).filter(|kind| kind.starts_with("content.thread_")).collect()
}

#[tokio::test]
async fn a_conversation_that_the_visitor_asked_for_says_so() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let (by_page, by_ann) =
        (says(&t, &ann, json!({})).await.ok(), says(&t, &ann, json!({"origin": {"by": "user"}})).await.ok());
    assert_eq!(thread(&t, id(&by_page["thread"])).await["extra_data"], json!({}));
    assert_eq!(thread(&t, id(&by_ann["thread"])).await["extra_data"], json!({"identity_initiated_thread": true}));
    let content = async |said: &Value| {
        t.get(&format!("/1.0/contents/{}", id(&said["message"]))).await.ok()["context_data"].clone()
    };
    assert_eq!(
        (content(&by_page).await, content(&by_ann).await["identity_initiated_thread"].clone()),
        (Value::Null, json!(true))
    );
    // It is said of the first content too, where that is the page's.
    let before = json!([{"client_id": model::new_object_id(t.clock.now()), "body": "How can we help?", "agent": true}]);
    let said = says(&t, &ann, json!({"origin": {"by": "user"}, "before": before})).await.ok();
    let path = format!("threads/{}/messages", id(&said["thread"]));
    let first = json!({"message": ann.get(&t, &path).await.ok()["messages"][0]});
    assert_eq!(first["message"]["body"], "How can we help?");
    assert_eq!(
        (content(&first).await, content(&said).await),
        (json!({"identity_initiated_thread": true}), json!({"identity_initiated_thread": true}))
    );
    assert_eq!(thread(&t, id(&said["thread"])).await["extra_data"], json!({"identity_initiated_thread": true}));
    // What comes later in it begins nothing.
    let more = json!({"origin": {"by": "user"}, "thread_id": by_ann["thread"]["id"]});
    assert_eq!(content(&says(&t, &ann, more).await.ok()).await, Value::Null);
}

#[tokio::test]
async fn a_visitor_has_so_many_open_conversations_however_they_come() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    set(&t, &shop, json!({"max_open_conversations": null})).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    assert_eq!(ann.session["max_open_conversations"], 3);
    let all = join_all((0..5).map(|_| says(&t, &ann, json!({})))).await;
    assert_eq!(all.iter().filter(|answer| answer.status == 200).count(), 3);
    assert_eq!(says(&t, &ann, json!({})).await.error(422), "too_many_conversations");
    let threads = ann.get(&t, "threads").await.ok()["threads"].clone();
    // In those that there are everything goes on, and one that is closed makes room.
    says(&t, &ann, json!({"thread_id": threads[0]["id"]})).await.ok();
    t.put(&format!("/1.0/content_threads/{}/close", id(&threads[0])), json!({})).await.ok();
    says(&t, &ann, json!({})).await.ok();
    set(&t, &shop, json!({"max_open_conversations": 5})).await;
    says(&t, &ann, json!({})).await.ok();
    set(&t, &shop, json!({"allow_multiple_conversations": false})).await;
    assert_eq!(says(&t, &ann, json!({})).await.error(422), "too_many_conversations");
    let bob = Visitor::new(&t, &shop.chat).await;
    assert_eq!(bob.session["max_open_conversations"], 1);
    says(&t, &bob, json!({})).await.ok();
    assert_eq!(says(&t, &bob, json!({})).await.error(422), "too_many_conversations");
}

#[tokio::test]
async fn an_app_with_one_conversation_goes_on_in_the_last_one_for_so_long() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::with(&t, &shop.chat, json!({"thread_mode": "single"})).await;
    assert_eq!(ann.session["max_open_conversations"], Value::Null);
    let first = says(&t, &ann, json!({})).await.ok()["thread"]["id"].clone();
    // Without a limit it goes on whatever its age.
    t.clock.advance(Duration::from_secs(3 * DAY));
    assert_eq!(says(&t, &ann, json!({})).await.ok()["thread"]["id"], first);
    set(&t, &shop, json!({"time_for_thread_inclusion": 600, "time_for_thread_inclusion_enabled": true})).await;
    t.clock.advance(Duration::from_secs(600));
    assert_eq!(says(&t, &ann, json!({})).await.ok()["thread"]["id"], first);
    t.clock.advance(Duration::from_secs(601));
    let second = says(&t, &ann, json!({})).await.ok()["thread"]["id"].clone();
    assert_ne!(second, first);
    assert_eq!(thread(&t, first.as_str().expect("an id")).await["closed"], false);
    assert_eq!(says(&t, &ann, json!({})).await.ok()["thread"]["id"], second);
    set(&t, &shop, json!({"time_for_thread_inclusion_enabled": false})).await;
    t.clock.advance(Duration::from_secs(DAY));
    assert_eq!(says(&t, &ann, json!({})).await.ok()["thread"]["id"], second);
    t.put(&format!("/1.0/content_threads/{}/close", second.as_str().expect("an id")), json!({})).await.ok();
    assert_eq!(says(&t, &ann, json!({})).await.ok()["thread"]["id"], first);
    let wrong = crate::support::visitor::session(&t, &shop.chat, json!({"thread_mode": "some"})).await;
    assert_eq!(wrong.json["field"], "thread_mode");
}

#[tokio::test]
async fn what_nobody_writes_in_for_four_days_is_closed() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let quiet = id(&said["thread"]).to_owned();
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    t.clock.advance(Duration::from_secs(4 * DAY - 60));
    t.settled().await;
    assert_eq!(told(&t, &quiet).await, Vec::<&str>::new());
    t.clock.advance(Duration::from_secs(121));
    let closed = socket.next_of("thread").await;
    assert_eq!((&closed["thread"]["id"], &closed["thread"]["closed"]), (&json!(quiet), &json!(true)));
    assert_eq!(told(&t, &quiet).await, ["content.thread_auto_closed"]);
    let facts = thread(&t, &quiet).await["extra_data"].clone();
    assert_eq!((facts["closed_at"].is_string(), &facts["close_cause"]), (true, &Value::Null));
    // Who opens it again has it open, and locks and unlocks it before the visitor's eyes.
    for (what, closed) in [("open", false), ("close", true), ("open", false)] {
        t.put(&format!("/1.0/content_threads/{quiet}/{what}"), json!({})).await.ok();
        assert_eq!(socket.next_of("thread").await["thread"]["closed"], closed);
    }
    t.clock.advance(Duration::from_secs(3600));
    t.settled().await;
    assert_eq!(thread(&t, &quiet).await["closed"], false);
    assert_eq!(thread(&t, &quiet).await["extra_data"], json!({}));

    // A longer time counts, and none where it is switched off.
    set(&t, &shop, json!({"time_for_thread_inclusion": 6 * DAY, "time_for_thread_inclusion_enabled": true})).await;
    let longer = id(&ann.write(&t, None, "Hello").await["thread"]).to_owned();
    let other = World::on(shop.another_chat(&t, "Second chat").await);
    set(&t, &other, json!({"auto_close_threads": false})).await;
    let kept = id(&Visitor::new(&t, &other.chat).await.write(&t, None, "Hello").await["thread"]).to_owned();
    t.clock.advance(Duration::from_secs(5 * DAY));
    t.settled().await;
    assert_eq!(thread(&t, &longer).await["closed"], false);
    t.clock.advance(Duration::from_secs(DAY + 121));
    let closed = || async { (thread(&t, &longer).await["closed"] == true).then_some(()) };
    eventually("closed", closed).await;
    t.clock.advance(Duration::from_secs(9 * DAY));
    t.settled().await;
    assert_eq!(thread(&t, &kept).await["closed"], false);
}

#[tokio::test]
async fn an_app_and_a_browser_of_one_person_share_their_conversations() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let community = format!("/1.0/communities/{}", shop.chat.community_id);
    t.put(&community, json!({"signed_identities": "required"})).await.ok();
    let secret = "0123456789abcdef0123456789abcdef";
    t.post(&format!("{community}/jwt_keys"), json!({"key_id": "main", "algorithm": "HS256", "key": secret})).await.ok();
    let signed = |uuid: &str| {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
        header.kid = Some("main".into());
        let payload = json!({"uuid": uuid, "exp": t.clock.now().plus_seconds(3600).millis() / 1000});
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(&header, &payload, &key).expect("a token")
    };
    let app = Visitor::with(&t, &shop.chat, json!({"jwt": signed("4711"), "thread_mode": "single"})).await;
    let page = Visitor::with(&t, &shop.chat, json!({"jwt": signed("4711")})).await;
    let other = Visitor::with(&t, &shop.chat, json!({"jwt": signed("4712")})).await;
    let said = says(&t, &app, json!({})).await.ok();
    let path = format!("threads/{}/messages", id(&said["thread"]));
    assert_eq!(page.get(&t, &path).await.ok()["messages"], app.get(&t, &path).await.ok()["messages"]);
    // What is said in the browser goes on in the app, which names no conversation.
    page.write(&t, Some(id(&said["thread"])), "From the browser").await;
    let next = says(&t, &app, json!({})).await.ok();
    assert_eq!(next["thread"]["id"], said["thread"]["id"]);
    let all = app.get(&t, &path).await.ok()["messages"].clone();
    assert_eq!((all.as_array().expect("a list").len(), &all), (3, &page.get(&t, &path).await.ok()["messages"]));
    other.get(&t, &path).await.error(404);
}
