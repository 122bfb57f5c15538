//! What open pages of a chat ask and are told beside what is said.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::visitor::{Visitor, session};
use crate::support::world::World;
use crate::support::{TestApp, eventually, id, send};

async fn answer(t: &TestApp, said: &Value, body: &str) -> Value {
    t.post("/1.0/contents", json!({"in_reply_to_id": said["message"]["id"], "body": body})).await.ok()
}

#[tokio::test]
async fn a_page_asks_how_much_is_unread_without_opening_the_chat() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    assert_eq!(ann.get(&t, "unread").await.ok(), json!({"unread": 0, "threads": []}));
    let first = ann.write(&t, None, "Where is it?").await;
    t.clock.advance(Duration::from_secs(1));
    let second = ann.write(&t, None, "And the other one?").await;
    t.clock.advance(Duration::from_secs(1));
    answer(&t, &second, "Here").await;
    t.clock.advance(Duration::from_secs(1));
    for text in ["On its way", "And here"] {
        answer(&t, &first, text).await;
    }
    let (one, two) = (id(&first["thread"]), id(&second["thread"]));
    let unread = json!({"unread": 3, "threads": [{"id": one, "unread": 2}, {"id": two, "unread": 1}]});
    assert_eq!(ann.get(&t, "unread").await.ok(), unread);
    assert_eq!(bob.get(&t, "unread").await.ok()["unread"], 0, "it is nobody else's");
    let messages = ann.get(&t, &format!("threads/{one}/messages")).await.ok();
    let last = id(messages["messages"].as_array().and_then(|all| all.last()).expect("a message"));
    ann.post(&t, &format!("threads/{one}/read"), json!({"message_id": last})).await.ok();
    assert_eq!(ann.get(&t, "unread").await.ok(), json!({"unread": 1, "threads": [{"id": two, "unread": 1}]}));
}

#[tokio::test]
async fn who_asks_too_often_how_much_is_unread_is_told_when_to_ask_again() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let mut asked = 0;
    let refused = loop {
        asked += 1;
        let response = ann.request(&t, Method::GET, "unread").send().await.expect("an answer");
        if response.status() == 429 {
            break response;
        }
        assert!(asked < 200, "there is a limit");
    };
    assert!(asked > 30, "{asked}");
    assert!(refused.headers().contains_key("retry-after"));
    bob.get(&t, "unread").await.ok();
    ann.write(&t, None, "Hello").await;
}

#[tokio::test]
async fn who_signs_out_is_nobody_in_that_browser_any_more() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    let said = ann.write(&t, None, "Hello").await;
    let (mut tab, _) = Socket::visitor(&t, &ann, None).await;
    let (mut other, _) = Socket::visitor(&t, &bob, None).await;
    assert_eq!(ann.post(&t, "forget", json!({})).await.ok(), json!({"ok": true}));
    assert_eq!(tab.try_next().await, None, "what was connected by the key is not any more");
    for path in ["threads", "unread"] {
        assert_eq!(ann.get(&t, path).await.error(401), "unknown_visitor");
    }
    assert_eq!(ann.post(&t, "forget", json!({})).await.error(401), "unknown_visitor");
    let (_, refused) = Socket::visitor(&t, &ann, None).await;
    assert_eq!((&refused["type"], &refused["error"]), (&json!("error"), &json!("unknown_visitor")));
    // A page that is left sends no header.
    let leaving = format!("/chat/{}/forget?visitor=", shop.chat.token);
    assert_eq!(send(t.anonymous(Method::POST, &leaving)).await.error(401), "unknown_visitor");
    let cid = Visitor::new(&t, &shop.chat).await;
    send(t.anonymous(Method::POST, &format!("{leaving}{}", cid.key))).await.ok();
    assert_eq!(cid.get(&t, "unread").await.error(401), "unknown_visitor");
    // The key opens nothing, and what was said is there for the desk.
    let next = session(&t, &shop.chat, json!({"visitor": ann.key})).await.ok();
    assert_ne!(next["visitor"], ann.key);
    assert_ne!(next["identity"]["id"], ann.session["identity"]["id"]);
    assert_eq!(t.get(&format!("/1.0/contents/{}", id(&said["message"]))).await.ok()["body"], "Hello");
    // Nobody else has noticed.
    other.send(json!({"type": "ping"})).await;
    assert_eq!(other.next().await["type"], "pong");
}

#[tokio::test]
async fn who_signs_out_while_they_connect_hears_nothing_more() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    for _ in 0..30 {
        let ann = Visitor::new(&t, &shop.chat).await;
        let ((mut tab, _), forgotten) =
            tokio::join!(Socket::visitor(&t, &ann, None), ann.post(&t, "forget", json!({})));
        forgotten.ok();
        // Whichever of the two was first, nothing is connected by the key in the end.
        while tab.try_next().await.is_some() {}
    }
}

#[tokio::test]
async fn what_was_erased_is_nothing_to_read() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let thread = id(&said["thread"]);
    let mut replies = Vec::new();
    for body in ["First", "Second"] {
        replies.push(answer(&t, &said, body).await);
    }
    assert_eq!(ann.get(&t, "unread").await.ok()["unread"], 2);
    let erased = format!("UPDATE contents SET anonymized = TRUE WHERE id = '{}'", id(&replies[1]));
    let done = t.app.db.write(move |tx| Box::pin(async move { tx.execute(&erased, vec![]).await }));
    let done: Result<_, store::Error> = done.await;
    done.expect("erased");
    let read = json!({"message_id": id(&replies[0])});
    ann.post(&t, &format!("threads/{thread}/read"), read).await.ok();
    assert_eq!(ann.get(&t, "unread").await.ok(), json!({"unread": 0, "threads": []}));
}

async fn version(t: &TestApp, shop: &World) -> Value {
    send(t.anonymous(Method::GET, &format!("/chat/{}/config", shop.chat.token))).await.ok()["version"].clone()
}

/// A socket that names the version of its configuration.
async fn with_config(t: &TestApp, visitor: &Visitor, config: &Value) -> Socket {
    let path = format!("/chat/{}/socket", visitor.chat);
    let mut socket = Socket::open(t, &path, &[]).await.expect("a socket");
    socket.send(json!({"type": "hello", "visitor": visitor.key, "position": null, "config": config})).await;
    assert_eq!(socket.next().await["type"], "welcome");
    socket
}

#[tokio::test]
async fn open_pages_are_told_when_their_chat_is_configured_in_another_way() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let other = World::on(shop.another_chat(&t, "Help").await);
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &other.chat).await);
    let before = version(&t, &shop).await;
    let mut page = with_config(&t, &ann, &before).await;
    let mut beside = with_config(&t, &bob, &version(&t, &other).await).await;
    let source = format!("/1.0/content_sources/{}", shop.chat.id);
    t.put(&source, json!({"color": 3})).await.ok();
    let told = page.next_of("config").await;
    let now = version(&t, &shop).await;
    assert_eq!(told, json!({"type": "config", "version": now}));
    assert_ne!(now, before);
    // So are those who come back, if they have missed it; and who says nothing of theirs is told nothing.
    let mut late = with_config(&t, &ann, &before).await;
    assert_eq!(late.next().await, told);
    let mut current = with_config(&t, &ann, &now).await;
    assert_eq!(current.drain(&t).await, Vec::<Value>::new());
    let (mut earlier, _) = Socket::visitor(&t, &ann, None).await;
    assert_eq!(earlier.drain(&t).await, Vec::<Value>::new());
    // What is only its desk's is no other configuration.
    t.put(&source, json!({"from_name": "The shop"})).await.ok();
    assert_eq!(version(&t, &shop).await, now);
    // A trigger is one.
    let trigger = json!({"source_id": shop.chat.id, "label": "Now", "actions": [{"type": "show_chat_minimized"}]});
    t.post("/1.0/messaging_triggers", trigger).await.ok();
    let told = page.next_of("config").await;
    assert_eq!(told["version"], version(&t, &shop).await);
    // Another chat may have been told its own version, and no other.
    let own = version(&t, &other).await;
    for frame in beside.drain(&t).await {
        assert_eq!(frame, json!({"type": "config", "version": own}));
    }
    // A chat that is switched off is there for nobody.
    t.put(&source, json!({"active": false})).await.ok();
    let gone = page.next_of("error").await;
    assert_eq!(gone["error"], "not_found");
}

#[tokio::test]
async fn what_is_erased_goes_from_open_pages() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::with(&t, &shop.chat, json!({"identity": {"screenname": "Ann"}})).await;
    let said = ann.write(&t, None, "My number is 17").await;
    let reply = answer(&t, &said, "Thank you").await;
    let (mut page, _) = Socket::visitor(&t, &ann, None).await;
    t.settled().await;
    t.delete(&format!("/1.0/identities/{}", id(&ann.session["identity"]))).await.ok();
    let removed = page.next_of("removed").await;
    assert_eq!((&removed["thread_id"], &removed["anonymized"]), (&said["thread"]["id"], &json!(true)));
    let mut ids: Vec<&str> =
        removed["message_ids"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    ids.sort_unstable();
    let mut both = [id(&said["message"]), id(&reply)];
    both.sort_unstable();
    assert_eq!(ids, both);
    assert_eq!(ann.get(&t, "threads").await.error(401), "unknown_visitor");
}

#[tokio::test]
async fn who_says_that_they_leave_is_gone_sooner_than_who_is_cut_off() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let admin = t.token_of("Administrator").await;
    let named = |name: &str| Visitor::with(&t, &shop.chat, json!({"identity": {"screenname": name}}));
    let (ann, bob) = (named("Ann").await, named("Bob").await);
    let (mut leaving, _) = Socket::visitor(&t, &ann, None).await;
    let (cut, _) = Socket::visitor(&t, &bob, None).await;
    let here = async || send(t.request_as(&admin, Method::GET, "/console/visitors")).await.ok();
    eventually("both are there", || async { (here().await["count"] == 2).then_some(()) }).await;
    leaving.send(json!({"type": "presence", "left": true})).await;
    leaving.cut();
    cut.cut();
    let sockets = || async { (t.app.hub.sockets().1 == 0).then_some(()) };
    eventually("their sockets have ended", sockets).await;
    t.clock.advance(Duration::from_secs(10));
    let left = eventually("one is gone", || async {
        let list = here().await;
        (list["count"] == 1).then_some(list)
    });
    assert_eq!(left.await["records"][0]["display_name"], "Bob");
    t.clock.advance(Duration::from_secs(60));
    eventually("both are gone", || async { (here().await["count"] == 0).then_some(()) }).await;
}
