//! Visits to a chat: who is let in and for how long, how many, and what the page tells.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::socket::Socket;
use crate::support::visitor::{Visitor, session};
use crate::support::world::World;
use crate::support::{ADMIN_TOKEN, Answer, TestApp, eventually, id, send};

const SECRET: &str = "0123456789abcdef01234567";

fn signed(t: &TestApp, kid: &str, claims: Value) -> String {
    let header = jsonwebtoken::Header { kid: Some(kid.into()), ..jsonwebtoken::Header::default() };
    let mut claims = claims;
    claims["exp"] = json!(t.clock.now().millis() / 1000 + 3600);
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&header, &claims, &key).expect("a token")
}

fn community(shop: &World, rest: &str) -> String {
    format!("/1.0/communities/{}{rest}", shop.chat.community_id)
}

async fn add_key(t: &TestApp, shop: &World, kid: &str) {
    let key = json!({"key_id": kid, "algorithm": "HS256", "key": SECRET});
    t.post(&community(shop, "/jwt_keys"), key).await.ok();
}

/// What a socket is told before it ends.
async fn refusal(socket: &mut Socket) -> Value {
    socket.send(json!({"type": "ping"})).await;
    socket.end().await.pop().expect("a reason")["error"].clone()
}

#[tokio::test]
async fn who_has_signed_nothing_is_out_when_signatures_are_required() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    ann.get(&t, "threads").await.ok();
    t.put(&community(&shop, ""), json!({"signed_identities": "required"})).await.ok();
    assert_eq!(ann.get(&t, "threads").await.error(401), "unknown_visitor");
    let message = json!({"client_id": "12345678", "body": "x"});
    assert_eq!(ann.post(&t, "messages", message).await.error(401), "unknown_visitor");
    assert_eq!(refusal(&mut socket).await, "unknown_visitor");
    let again = session(&t, &shop.chat, json!({"visitor": ann.key})).await;
    assert_eq!(again.error(403), "signed_identity_required");
}

#[tokio::test]
async fn what_a_removed_key_signed_is_out() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    t.put(&community(&shop, ""), json!({"signed_identities": "required"})).await.ok();
    add_key(&t, &shop, "old").await;
    add_key(&t, &shop, "new").await;
    let thief = Visitor::with(&t, &shop.chat, json!({"jwt": signed(&t, "old", json!({"uuid": "ann"}))})).await;
    let ann = Visitor::with(&t, &shop.chat, json!({"jwt": signed(&t, "new", json!({"uuid": "ann"}))})).await;
    let (mut stolen, _) = Socket::visitor(&t, &thief, None).await;
    let (mut own, _) = Socket::visitor(&t, &ann, None).await;
    t.delete(&community(&shop, "/jwt_keys/old")).await.ok();
    assert_eq!(thief.get(&t, "threads").await.error(401), "unknown_visitor");
    assert_eq!(refusal(&mut stolen).await, "unknown_visitor");
    ann.get(&t, "threads").await.ok();
    assert_eq!(own.drain(&t).await, Vec::<Value>::new());
    // A key of the same name is another key.
    add_key(&t, &shop, "old").await;
    assert_eq!(thief.get(&t, "threads").await.error(401), "unknown_visitor");
}

#[tokio::test]
async fn sockets_end_with_their_source() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), json!({"active": false})).await.ok();
    assert_eq!(refusal(&mut socket).await, "not_found");
}

#[tokio::test]
async fn keys_that_are_made_up_count_as_new_visitors() {
    let t = TestApp::start_with(|config| config.new_visitors_per_minute = 5).await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    for i in 0..4 {
        session(&t, &shop.chat, json!({"visitor": format!("made-up-{i}")})).await.ok();
    }
    let refused = session(&t, &shop.chat, json!({"visitor": "made-up-5"})).await;
    assert_eq!(refused.error(429), "rate_limit_exceeded");
    assert_eq!(session(&t, &shop.chat, json!({})).await.error(429), "rate_limit_exceeded");
    // Who is known is not new, however crowded it is.
    session(&t, &shop.chat, json!({"visitor": ann.key})).await.ok();
}

#[tokio::test]
async fn another_uuid_is_another_person() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let as_told = async |key: &str, identity: Value| {
        session(&t, &shop.chat, json!({"visitor": key, "identity": identity})).await.ok()
    };
    // Who was nobody until now is named, and may change their name.
    for identity in [json!({"uuid": "a1", "screenname": "Ann"}), json!({"screenname": "Annie"}), json!({"uuid": "a1"})]
    {
        let same = as_told(&ann.key, identity).await;
        assert_eq!((&same["identity"]["id"], &same["visitor"]), (&ann.session["identity"]["id"], &json!(ann.key)));
    }
    let written = ann.write(&t, None, "my secret").await;
    let session = as_told(&ann.key, json!({"uuid": "b2", "screenname": "Ben"})).await;
    let key = session["visitor"].as_str().expect("a key").to_owned();
    let ben = Visitor { chat: ann.chat.clone(), key, session };
    assert_ne!(ben.key, ann.key);
    assert_ne!(ben.session["identity"]["id"], ann.session["identity"]["id"]);
    assert_eq!(ben.session["open_threads"], 0);
    assert_eq!(ben.get(&t, "threads").await.ok()["threads"], json!([]));
    let thread = written["thread"]["id"].as_str().expect("an id");
    assert_eq!(ben.get(&t, &format!("threads/{thread}/messages")).await.status, 404);
    let first = t.get(&format!("/1.0/identities/{}", id(&ann.session["identity"]))).await.ok();
    assert_eq!((&first["screenname"], &first["uuid"]), (&json!("Annie"), &json!("a1")));
}

#[tokio::test]
async fn other_people_under_a_known_key_count_as_new_visitors() {
    let t = TestApp::start_with(|config| config.new_visitors_per_minute = 3).await;
    let shop = World::new(&t).await;
    let first = session(&t, &shop.chat, json!({"identity": {"uuid": "0"}})).await.ok();
    let again = async |uuid: &str| {
        session(&t, &shop.chat, json!({"visitor": first["visitor"], "identity": {"uuid": uuid}})).await
    };
    for uuid in ["1", "2"] {
        again(uuid).await.ok();
    }
    assert_eq!(again("3").await.error(429), "rate_limit_exceeded");
    again("0").await.ok();
}

#[tokio::test]
async fn one_network_does_not_keep_others_out() {
    let trust = |config: &mut hubbub::config::Config| {
        config.new_visitors_per_minute = 3;
        config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    };
    let t = TestApp::start_with(trust).await;
    let shop = World::new(&t).await;
    let path = format!("/chat/{}/session", shop.chat.token);
    let from = async |address: &str| {
        send(t.anonymous(Method::POST, &path).header("x-forwarded-for", address).json(&json!({}))).await
    };
    for _ in 0..3 {
        from("203.0.113.1").await.ok();
    }
    assert_eq!(from("203.0.113.1").await.error(429), "rate_limit_exceeded");
    from("203.0.113.2").await.ok();
}

#[tokio::test]
async fn frames_without_end_are_left_out() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    for i in 0..600 {
        socket.send(json!({"type": "page", "url": format!("https://shop.test/{i}"), "title": "x"})).await;
    }
    socket.drain(&t).await;
    let view = t.get(&format!("/console/threads/{}", id(&said["thread"]))).await.ok();
    let url = view["page"]["url"].as_str().expect("an address");
    let last: u32 = url.rsplit('/').next().and_then(|n| n.parse().ok()).expect("a number");
    assert!((100..590).contains(&last), "{url}");
    // What is left out costs the visitor nothing else.
    ann.write(&t, Some(id(&said["thread"])), "Still here").await;
}

#[tokio::test]
async fn the_page_and_its_variables_are_shown_to_agents() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let begun = json!({"page": {"url": "https://shop.test/", "title": "Shop"}, "custom": {"custom_cart_amount": 1}});
    let ann = Visitor::with(&t, &shop.chat, begun).await;
    let said = ann.write(&t, None, "Hello").await;
    let path = format!("/console/threads/{}", id(&said["thread"]));
    let view = t.get(&path).await.ok();
    assert_eq!(view["page"], json!({"url": "https://shop.test/", "title": "Shop", "since": "2026-03-02T09:00:00Z"}));
    assert_eq!(view["identity"]["extra_values"], json!({"custom_cart_amount": 1}));

    let (mut agent, _) = Socket::agent(&t, ADMIN_TOKEN, None).await;
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    let frame = json!({"type": "page", "url": "https://shop.test/cart", "title": "Cart",
                       "custom": {"custom_cart_amount": 58, "custom_coupon": "SPRING"}});
    socket.send(frame.clone()).await;
    let told = agent.next_of("page").await;
    assert_eq!(told, json!({"type": "page", "identity_id": ann.session["identity"]["id"]}));
    let view = t.get(&path).await.ok();
    assert_eq!((&view["page"]["url"], &view["page"]["title"]), (&json!("https://shop.test/cart"), &json!("Cart")));
    let expected = json!({"custom_cart_amount": 58, "custom_coupon": "SPRING"});
    assert_eq!(view["identity"]["extra_values"], expected);
    // The same once more is no news.
    socket.send(frame).await;
    socket.send(json!({"type": "page", "url": 1, "custom": []})).await;
    socket.drain(&t).await;
    assert!(agent.drain(&t).await.iter().all(|frame| frame["type"] != "page"));
}

#[tokio::test]
async fn what_is_signed_is_not_replaced_by_what_the_page_says_later() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    t.put(&community(&shop, ""), json!({"signed_identities": "required"})).await.ok();
    add_key(&t, &shop, "web").await;
    let jwt = signed(&t, "web", json!({"uuid": "ann", "extra_values": {"plan": "gold"}}));
    let ann = Visitor::with(&t, &shop.chat, json!({"jwt": jwt, "custom": {"custom_cart": 1}})).await;
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    for cart in [2, 3] {
        let custom = json!({"plan": "free", "custom_cart": cart, "custom_new": cart});
        socket.send(json!({"type": "page", "url": "https://shop.test", "title": "", "custom": custom})).await;
    }
    socket.drain(&t).await;
    let known = async || t.get(&format!("/1.0/identities/{}", id(&ann.session["identity"]))).await.ok();
    assert_eq!(known().await["extra_values"], json!({"plan": "gold", "custom_cart": 3, "custom_new": 3}));
    // It clears what it has told, and nothing else.
    let custom = json!({"plan": null, "custom_cart": null});
    socket.send(json!({"type": "page", "url": "https://shop.test", "title": "", "custom": custom})).await;
    socket.drain(&t).await;
    assert_eq!(known().await["extra_values"], json!({"plan": "gold", "custom_new": 3}));
}

async fn upload(t: &TestApp, visitor: &Visitor, name: &str, bytes: &[u8]) -> Answer {
    let part = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
    send(visitor.request(t, Method::POST, "attachments").multipart(Form::new().part("file", part))).await
}

#[tokio::test]
async fn files_that_are_never_sent_are_removed_with_their_bytes() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let lost = upload(&t, &ann, "lost.png", b"lost").await.ok();
    let kept = upload(&t, &ann, "kept.png", b"kept").await.ok();
    let message = json!({"client_id": "12345678", "attachment_ids": [kept["id"]]});
    ann.post(&t, "messages", message).await.ok();
    // As long ago as the database will think it was.
    let folder = t.data_dir().join("files");
    let files = || -> Vec<std::path::PathBuf> {
        let folders = std::fs::read_dir(&folder).expect("a folder").map(|e| e.expect("an entry").path());
        folders.flat_map(|f| std::fs::read_dir(f).expect("a folder")).map(|e| e.expect("an entry").path()).collect()
    };
    assert_eq!(files().len(), 2);
    let part = files()[0].with_file_name("0011.cut-off.part");
    std::fs::write(&part, b"lo").expect("written");
    for file in files() {
        let file = std::fs::File::options().append(true).open(file).expect("a file");
        file.set_modified(UNIX_EPOCH).expect("set");
    }
    eventually("the bytes are gone", async || {
        t.clock.advance(Duration::from_secs(7 * 3600));
        (files().len() == 1).then_some(())
    })
    .await;
    let path = |file: &Value| file["url"].as_str().expect("an address").strip_prefix(&t.url).expect("ours").to_owned();
    assert_eq!(send(t.anonymous(Method::GET, &path(&lost))).await.error(404), "not_found");
    let bytes = t.anonymous(Method::GET, &path(&kept)).send().await.expect("an answer");
    assert_eq!(bytes.bytes().await.expect("bytes").as_ref(), b"kept");
    let late = json!({"client_id": "12345679", "attachment_ids": [lost["id"]]});
    assert_eq!(ann.post(&t, "messages", late).await.error(422), "validation_failed");
}
