use std::time::Duration;

use hubbub::cluster::Moment;
use model::SourcePermission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::visitor::{Visitor, session};
use crate::support::world::{World, user};
use crate::support::{ADMIN, ADMIN_TOKEN, Browser, TestApp, eventually, id, send};

async fn reply(t: &TestApp, to: &Value, body: &str) -> Value {
    t.post("/1.0/contents", json!({"in_reply_to_id": to["message"]["id"], "body": body})).await.ok()
}

/// The bodies of the message frames among some.
fn bodies(frames: &[Value]) -> Vec<&str> {
    let messages = frames.iter().filter(|f| f["type"] == "message");
    messages.map(|f| f["message"]["body"].as_str().expect("a text")).collect()
}

fn kinds(frames: &[Value]) -> Vec<&str> {
    frames.iter().map(|f| f["event"]["type"].as_str().or(f["type"].as_str()).expect("a type")).collect()
}

/// Asserts that positions grow; gives the last.
#[track_caller]
fn growing(frames: &[Value], after: i64) -> i64 {
    let positions = frames.iter().filter_map(|f| f["position"].as_i64());
    positions.fold(after, |last, position| {
        assert!(position > last, "{position} after {last}");
        position
    })
}

#[tokio::test]
async fn a_visitor_sees_what_happens() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let start = ann.session["position"].as_i64().expect("a position");
    let (mut tab, welcome) = Socket::visitor(&t, &ann, Some(start)).await;
    assert_eq!(welcome, Socket::told(&t, "welcome", start).await);
    let (mut second, welcome) = Socket::visitor(&t, &ann, None).await;
    assert_eq!(welcome["type"], "welcome");
    let bob = Visitor::new(&t, &shop.chat).await;
    let (mut stranger, _) = Socket::visitor(&t, &bob, None).await;

    let said = ann.write(&t, None, "Hello").await;
    let thread = id(&said["thread"]).to_owned();
    // A frame shows things as they are when it is made: what it is about is awaited before they change again.
    let mut frames = tab.drain(&t).await;
    t.clock.advance(Duration::from_secs(1));
    t.post(&format!("/console/threads/{thread}/read"), json!({})).await.ok();
    let answer = reply(&t, &said, "Hello, Ann").await;
    t.put(&format!("/1.0/content_threads/{thread}/disable_text_input"), json!({})).await.ok();
    t.put(&format!("/1.0/content_threads/{thread}/close"), json!({})).await.ok();
    frames.extend(tab.drain(&t).await);
    t.put(&format!("/1.0/content_threads/{thread}/open"), json!({})).await.ok();
    frames.extend(tab.drain(&t).await);
    assert_eq!(kinds(&frames), ["message", "marks", "message", "thread", "thread", "thread"]);
    growing(&frames, start);
    assert_eq!(frames[0]["message"], said["message"]);
    assert_eq!(frames[0]["thread"]["id"], said["thread"]["id"]);
    let marks = json!({"type": "marks", "position": frames[1]["position"], "thread_id": thread,
                       "message_ids": [said["message"]["id"]], "delivered": true, "read": true});
    assert_eq!(frames[1], marks);
    assert_eq!((&frames[2]["message"]["id"], &frames[2]["message"]["from"]), (&answer["id"], &json!("agent")));
    assert_eq!(frames[2]["message"]["sender_name"], "Admin from the shop");
    assert_eq!((&frames[2]["thread"]["unread"], &frames[4]["thread"]["closed"]), (&json!(1), &json!(true)));
    assert_eq!(
        (&frames[5]["thread"]["closed"], &frames[5]["thread"]["text_input_disabled"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(second.drain(&t).await, frames);
    assert_eq!(stranger.drain(&t).await, Vec::<Value>::new());

    // What one tab reads, the other counts.
    tab.send(json!({"type": "delivered", "message_ids": [answer["id"], "x"]})).await;
    tab.send(json!({"type": "read", "thread_id": thread, "message_id": answer["id"]})).await;
    let frame = second.next_of("thread").await;
    assert_eq!((&frame["thread"]["id"], &frame["thread"]["unread"]), (&json!(thread), &json!(0)));
    let content = t.get(&format!("/console/threads/{thread}")).await.ok()["contents"][1].clone();
    assert_eq!((&content["delivered"], &content["read"]), (&json!(true), &json!(true)));
    // Nobody marks what is not theirs.
    stranger.send(json!({"type": "read", "thread_id": thread, "message_id": answer["id"]})).await;
    stranger.send(json!({"type": "typing", "thread_id": thread, "on": true, "preview": "x"})).await;
    for odd in [
        "",
        "{",
        "[]",
        "{\"type\":\"dance\"}",
        "{\"type\":\"read\"}",
        "{\"type\":\"read\",\"thread_id\":\"x\",\"message_id\":\"y\"}",
    ] {
        stranger.send_text(odd).await;
    }
    assert_eq!(stranger.drain(&t).await, Vec::<Value>::new());
}

#[tokio::test]
async fn after_a_cut_a_visitor_misses_nothing_and_sees_nothing_twice() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "0").await;
    let thread = id(&said["thread"]).to_owned();
    let mut position = ann.session["position"].as_i64().expect("a position");
    let mut seen: Vec<String> = Vec::new();
    for round in 0..5 {
        let (mut socket, welcome) = Socket::visitor(&t, &ann, Some(position)).await;
        assert_eq!(welcome, Socket::told(&t, "welcome", position).await);
        ann.write(&t, Some(&thread), &format!("{}", 2 * round + 1)).await;
        let frames = socket.drain(&t).await;
        position = growing(&frames, position);
        seen.extend(bodies(&frames).into_iter().map(str::to_owned));
        socket.cut();
        // Somebody else's words are none of theirs.
        shop.say(&t, "bob", None, "x").await;
        reply(&t, &said, &format!("{}", 2 * round + 2)).await;
    }
    let (mut socket, _) = Socket::visitor(&t, &ann, Some(position)).await;
    seen.extend(bodies(&socket.drain(&t).await).into_iter().map(str::to_owned));
    assert_eq!(seen, (0..=10).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_socket_that_opens_while_others_write_misses_nothing() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "first").await;
    let thread = id(&said["thread"]).to_owned();
    let start = ann.session["position"].as_i64().expect("a position");
    let writes = async {
        for i in 0..60 {
            ann.write(&t, Some(&thread), &i.to_string()).await;
        }
    };
    let reads = async {
        let (mut seen, mut agent_seen, mut at, mut agent_at) = (Vec::new(), Vec::new(), start, start);
        loop {
            let (mut socket, _) = Socket::visitor(&t, &ann, Some(at)).await;
            let frames = socket.drain(&t).await;
            at = growing(&frames, at);
            seen.extend(bodies(&frames).into_iter().map(str::to_owned));
            let (mut agent, _) = Socket::agent(&t, ADMIN_TOKEN, Some(agent_at)).await;
            let frames = agent.drain(&t).await;
            agent_at = growing(&frames, agent_at);
            agent_seen.extend(frames.iter().filter_map(|f| f["position"].as_i64()));
            if seen.len() == 61 {
                return (seen, agent_seen);
            }
        }
    };
    let ((), (seen, agent_seen)) = tokio::join!(writes, reads);
    let expected: Vec<String> = std::iter::once("first".into()).chain((0..60).map(|i| i.to_string())).collect();
    assert_eq!(seen, expected);
    let last = agent_seen.last().copied().expect("a position");
    let read = t.app.db.read(move |tx| Box::pin(async move { store::journal::after(tx, start, 1000).await }));
    let entries: Result<_, store::Error> = read.await;
    // That agents come and go is news too.
    let news = entries.expect("entries").into_iter().filter(|e| e.position <= last);
    assert_eq!(agent_seen, news.map(|e| e.position).collect::<Vec<_>>());
    // Who missed all of it is told it slice by slice, and each once.
    let (mut agent, _) = Socket::agent(&t, ADMIN_TOKEN, Some(start)).await;
    let frames = agent.drain(&t).await;
    let last = growing(&frames, start);
    assert!(last - start > 60, "several slices");
    let seen: Vec<i64> = frames.iter().filter_map(|f| f["position"].as_i64()).collect();
    assert_eq!(seen, (start + 1..=last).collect::<Vec<_>>());
}

#[tokio::test]
async fn who_has_been_away_too_long_reads_anew() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let far = json!({"type": "hello", "visitor": ann.key, "position": 1_000_000});
    let mut socket = Socket::open(&t, &format!("/chat/{}/socket", ann.chat), &[]).await.expect("a socket");
    socket.send(far).await;
    let reload = socket.next().await;
    let head = t.app.db.refresh_position().await.expect("a position");
    assert_eq!(reload, Socket::told(&t, "reload", head).await);
    // It goes on from there.
    reply(&t, &said, "Hello").await;
    assert_eq!(bodies(&socket.drain(&t).await), ["Hello"]);

    let write = t.app.db.write(move |tx| {
        Box::pin(async move {
            for _ in 0..501 {
                tx.emit(model::Event {
                    kind: model::EventType::AdministrationChanged,
                    user_id: None,
                    source_id: None,
                    thread_id: None,
                    resource: model::Resource { kind: "test".into(), id: "1".into() },
                    metadata: Value::Null,
                });
            }
            Ok::<_, store::Error>(())
        })
    });
    write.await.expect("written");
    let head = t.app.db.refresh_position().await.expect("a position");
    // The first page of an agent is noted before it is answered.
    let (_page, _) = Socket::agent(&t, ADMIN_TOKEN, None).await;
    let head = head + 1;
    for position in [Some(0), Some(-1), Some(head + 1)] {
        let (_, answer) = Socket::agent(&t, ADMIN_TOKEN, position).await;
        assert_eq!(answer, Socket::told(&t, "reload", head).await, "{position:?}");
    }
    // What others did does not keep a visitor from going on.
    let (_, answer) = Socket::visitor(&t, &ann, Some(0)).await;
    assert_eq!(answer["type"], "welcome");
}

#[tokio::test]
async fn a_socket_without_a_known_visitor_ends_with_a_reason() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    for (chat, key, code) in
        [(ann.chat.as_str(), "wrong", "unknown_visitor"), ("nothing", ann.key.as_str(), "not_found")]
    {
        let mut socket = Socket::open(&t, &format!("/chat/{chat}/socket"), &[]).await.expect("a socket");
        socket.send(json!({"type": "hello", "visitor": key, "position": null})).await;
        let frames = socket.end().await;
        assert_eq!((frames.len(), &frames[0]["type"], &frames[0]["error"]), (1, &json!("error"), &json!(code)));
        assert!(frames[0]["message"].is_string());
    }
    let mut silent = Socket::open(&t, &format!("/chat/{}/socket", ann.chat), &[]).await.expect("a socket");
    silent.send(json!({"type": "ping"})).await;
    assert_eq!(silent.end().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_signature_that_runs_out_ends_the_socket() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let community = format!("/1.0/communities/{}", shop.chat.community_id);
    t.put(&community, json!({"signed_identities": "required"})).await.ok();
    let secret = "0123456789abcdef01234567";
    t.post(&format!("{community}/jwt_keys"), json!({"key_id": "web", "algorithm": "HS256", "key": secret})).await.ok();
    let header = jsonwebtoken::Header { kid: Some("web".into()), ..jsonwebtoken::Header::default() };
    let claims = json!({"exp": t.clock.now().millis() / 1000 + 60, "uuid": "a1"});
    let jwt = jsonwebtoken::encode(&header, &claims, &jsonwebtoken::EncodingKey::from_secret(secret.as_bytes()));
    let ann = Visitor::with(&t, &shop.chat, json!({"jwt": jwt.expect("a token")})).await;
    let said = ann.write(&t, None, "Hello").await;
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    t.clock.advance(Duration::from_secs(120));
    reply(&t, &said, "For your eyes only").await;
    let frames = socket.end().await;
    assert_eq!((frames.len(), &frames[0]["error"]), (1, &json!("jwt_expired")));
}

#[tokio::test]
async fn each_side_sees_the_other_type_and_stop() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let thread = id(&said["thread"]).to_owned();
    let (mut visitor, _) = Socket::visitor(&t, &ann, None).await;
    let (mut agent, _) = Socket::agent(&t, &token, None).await;
    let (mut other, _) = Socket::agent(&t, ADMIN_TOKEN, None).await;

    visitor.send(json!({"type": "typing", "thread_id": thread, "on": true, "preview": "I wond"})).await;
    let typing = json!({"type": "typing", "thread_id": thread, "preview": "I wond", "on": true});
    assert_eq!(agent.next().await, typing);
    assert_eq!(other.next().await, typing);
    visitor.send(json!({"type": "typing", "thread_id": thread, "on": false})).await;
    assert_eq!(agent.next().await["on"], false);
    other.next().await;

    agent.send(json!({"type": "viewing", "thread_id": thread})).await;
    let viewers = json!({"type": "viewers", "thread_id": thread,
                         "users": [{"id": nora["id"], "name": "Nora Test", "typing": false}]});
    assert_eq!(other.next().await, viewers);
    let view = t.get(&format!("/console/threads/{thread}")).await.ok();
    assert_eq!(view["viewers"], viewers["users"]);
    agent.send(json!({"type": "typing", "thread_id": thread, "on": true})).await;
    let typing =
        json!({"type": "typing", "thread_id": thread, "name": "Nora from the shop", "avatar_url": null, "on": true});
    assert_eq!(visitor.next().await, typing);
    let frame = other.next().await;
    assert_eq!((&frame["type"], &frame["users"][0]["typing"]), (&json!("viewers"), &json!(true)));

    // Who goes without a word has stopped.
    agent.cut();
    assert_eq!(visitor.next().await["on"], false);
    loop {
        if other.next_of("viewers").await["users"] == json!([]) {
            break;
        }
    }
    visitor.send(json!({"type": "typing", "thread_id": thread, "on": true, "preview": "And"})).await;
    assert_eq!(other.next_of("typing").await["on"], true);
    visitor.cut();
    let stopped = json!({"type": "typing", "thread_id": thread, "preview": null, "on": false});
    assert_eq!(other.next_of("typing").await, stopped);
}

#[tokio::test]
async fn an_agent_is_told_of_readable_sources_only() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let second = World::on(shop.another_chat(&t, "Second chat").await);
    let (nora, token) = user(&t, "Nora", "Agent").await;
    shop.permit(&t, &nora, &[]).await;
    let start = t.app.db.refresh_position().await.expect("a position");
    let (mut nora_socket, welcome) = Socket::agent(&t, &token, Some(start)).await;
    assert_eq!(welcome, Socket::told(&t, "welcome", start).await);
    let (mut all, _) = Socket::agent(&t, ADMIN_TOKEN, None).await;
    let hidden = shop.say(&t, "ann", None, "Secret").await;
    let seen = second.say(&t, "bob", None, "Public").await;
    t.post("/1.0/interventions", json!({"content_id": seen.content.id})).await.ok();
    t.app.cluster.tell(Moment::CustomerTypes {
        thread_id: hidden.thread.id.clone(),
        source_id: shop.chat.id.clone(),
        preview: Some("secret".into()),
        on: true,
    });

    let frames = nora_socket.drain(&t).await;
    let told = ["content.imported", "intervention.opened", "intervention.assigned", "content_thread.owner_changed"];
    // Of who is there only that oneself has come.
    let (own, frames) = frames.split_first().expect("frames");
    assert_eq!((&own["event"]["type"], &own["event"]["resource"]["id"]), (&json!("push_agent.connected"), &nora["id"]));
    assert_eq!(kinds(frames), told);
    let event = &frames[0]["event"];
    assert_eq!((&event["thread_id"], &event["content_id"]), (&json!(seen.thread.id), &json!(seen.content.id)));
    assert_eq!((&event["source_id"], &event["user_id"]), (&json!(second.chat.id), &json!(null)));
    assert_eq!(frames[0]["thread"]["id"], json!(seen.thread.id));
    let last = frames.last().expect("a frame");
    assert_eq!((&last["thread"]["intervention"]["status"], &last["thread"]["state"]), (&json!("open"), &json!("open")));
    let frames = all.drain(&t).await;
    assert_eq!(frames.iter().filter(|f| f["type"] == "event").count(), 5);

    // Resuming leaves out the same.
    let (mut again, _) = Socket::agent(&t, &token, Some(start)).await;
    assert_eq!(kinds(&again.drain(&t).await[1..]), told);
    // A thread that may not be read cannot be looked at.
    nora_socket.send(json!({"type": "viewing", "thread_id": hidden.thread.id})).await;
    nora_socket.send(json!({"type": "typing", "thread_id": hidden.thread.id, "on": true})).await;
    nora_socket.drain(&t).await;
    assert!(t.app.hub.viewers(&(hidden.thread.id.clone(), shop.chat.id.clone()), None).is_empty());

    // A permission that is given or taken away counts at once.
    shop.permit(&t, &nora, &[SourcePermission::Read]).await;
    shop.say(&t, "ann", Some(hidden.thread.id.as_str()), "Now").await;
    let frames = nora_socket.drain(&t).await;
    assert_eq!(kinds(&frames).last(), Some(&"content.imported"));
    shop.permit(&t, &nora, &[]).await;
    shop.say(&t, "ann", Some(hidden.thread.id.as_str()), "No more").await;
    assert!(!kinds(&nora_socket.drain(&t).await).contains(&"content.imported"));
}

#[tokio::test]
async fn an_agent_who_sees_little_does_not_fall_behind() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    shop.another_chat(&t, "Second chat").await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    shop.permit(&t, &nora, &[]).await;
    let (mut socket, _) = Socket::agent(&t, &token, None).await;
    shop.say(&t, "ann", None, "Secret").await;
    let head = t.app.db.refresh_position().await.expect("a position");
    assert!(socket.drain(&t).await.iter().all(|f| f["event"]["type"] != "content.imported"));
    socket.send(json!({"type": "ping"})).await;
    assert_eq!(socket.next().await, json!({"type": "pong", "position": head}));
}

#[tokio::test]
async fn the_socket_ends_with_what_opened_it() {
    let t = TestApp::start().await;
    World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (mut socket, _) = Socket::agent(&t, &token, None).await;
    t.put(&format!("/1.0/users/{}", id(&nora)), json!({"enabled": false})).await.ok();
    socket.end().await;

    let (_, token) = user(&t, "Omar", "Agent").await;
    let (mut socket, _) = Socket::agent(&t, &token, None).await;
    let tokens = t.get("/1.0/access_tokens").await.ok();
    let records = tokens["records"].as_array().expect("tokens").clone();
    let omar = records.iter().find(|r| r["label"] == "Omar").expect("a token");
    t.put(&format!("/1.0/access_tokens/{}", id(omar)), json!({"enabled": false})).await.ok();
    socket.end().await;
    eventually("no agent's socket", async || (t.app.hub.sockets().0 == 0).then_some(())).await;
}

#[tokio::test]
async fn only_the_console_itself_opens_an_agents_socket() {
    let t = TestApp::start().await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let cookie = browser.cookie.as_str();
    let open = async |headers: &[(&'static str, &str)]| Socket::open(&t, "/console/socket", headers).await.err();
    assert_eq!(open(&[]).await, Some(401));
    assert_eq!(open(&[("cookie", "hubbub_session=wrong")]).await, Some(401));
    assert_eq!(open(&[("cookie", cookie), ("origin", "https://evil.test")]).await, Some(403));
    assert_eq!(open(&[("cookie", cookie), ("origin", "null")]).await, Some(403));
    assert_eq!(open(&[("cookie", cookie), ("origin", &t.url)]).await, None);
    assert_eq!(open(&[("cookie", cookie)]).await, None);
    // A page on any site has the visitor's.
    let shop = World::new(&t).await;
    let ann = session(&t, &shop.chat, json!({})).await.ok();
    let path = format!("/chat/{}/socket", shop.chat.token);
    let mut socket = Socket::open(&t, &path, &[("origin", "https://shop.test")]).await.expect("a socket");
    socket.send(json!({"type": "hello", "visitor": ann["visitor"], "position": null})).await;
    assert_eq!(socket.next().await["type"], "welcome");
    // A request that is no socket is answered as such.
    let plain = send(t.anonymous(Method::GET, &path)).await;
    assert!(plain.status.is_client_error());
}

#[tokio::test]
async fn an_agents_socket_by_cookie_ends_with_the_user() {
    let t = TestApp::start().await;
    let (nora, _) = user(&t, "Nora", "Agent").await;
    let browser = Browser::sign_in(&t, "nora@shop.test", "a long passphrase").await;
    let mut socket = Socket::open(&t, "/console/socket", &[("cookie", &browser.cookie)]).await.expect("a socket");
    socket.send(json!({"type": "hello", "position": null})).await;
    assert_eq!(socket.next().await["type"], "welcome");
    t.put(&format!("/1.0/users/{}", id(&nora)), json!({"enabled": false})).await.ok();
    socket.end().await;
}

/// An agent who has signed in, with a socket that was opened by that.
async fn signed_in(t: &TestApp) -> (Browser, Socket) {
    user(t, "Nora", "Agent").await;
    let browser = Browser::sign_in(t, "nora@shop.test", "a long passphrase").await;
    let mut socket = Socket::open(t, "/console/socket", &[("cookie", &browser.cookie)]).await.expect("a socket");
    socket.send(json!({"type": "hello", "position": null})).await;
    assert_eq!(socket.next().await["type"], "welcome");
    (browser, socket)
}

#[tokio::test]
async fn signing_out_in_one_tab_ends_the_sockets_of_the_others() {
    let t = TestApp::start().await;
    let (browser, mut socket) = signed_in(&t).await;
    assert_eq!(send(browser.write(&t, Method::DELETE, "/console/session")).await.status, 204);
    socket.end().await;
}

#[tokio::test]
async fn signing_in_anew_ends_the_sockets_of_who_was_there_before() {
    let t = TestApp::start().await;
    let (browser, mut socket) = signed_in(&t).await;
    let body = json!({"email": ADMIN.0, "password": ADMIN.1});
    send(browser.request(&t, Method::POST, "/console/session").json(&body)).await.ok();
    socket.end().await;
}
