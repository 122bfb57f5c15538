//! Text that is not what it seems: half characters, characters that cannot be kept, and those that are not seen.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::sdk::ThirdParty;
use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{ADMIN, ADMIN_TOKEN, Answer, TestApp, id, send};

const JSON: &str = "application/json";

async fn said(t: &TestApp, visitor: &Visitor, body: &str) -> Value {
    let request = visitor.request(t, Method::POST, "messages").header("content-type", JSON).body(body.to_owned());
    send(request).await.ok()
}

async fn signed_in(t: &TestApp, email: &str, password: &str) -> Answer {
    send(t.anonymous(Method::POST, "/console/session").json(&json!({"email": email, "password": password}))).await
}

#[tokio::test]
async fn half_an_emoji_is_no_reason_to_refuse_a_visitor() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let path = format!("/chat/{}/session", shop.chat.token);
    let body = r#"{"identity":{"screenname":"Ann \ud83d","extra_values":{"\ud83d":"\ude00"}},
                   "page":{"title":"Sale \ud83d"}}"#;
    let session = send(t.anonymous(Method::POST, &path).header("content-type", JSON).body(body)).await.ok();
    assert_eq!(session["identity"]["screenname"], "Ann \u{fffd}");
    let key = session["visitor"].as_str().expect("a key").to_owned();
    let ann = Visitor { chat: shop.chat.token.clone(), key, session };
    let sent = said(&t, &ann, r#"{"client_id":"half-0001","body":"Hello \ud83d\ude00 \ud83d"}"#).await;
    assert_eq!(sent["message"]["body"], "Hello 😀 \u{fffd}");

    // The same on a socket: the page is noted, and an agent sees what is typed.
    let (mut socket, _) = Socket::visitor(&t, &ann, None).await;
    let (mut agent, _) = Socket::agent(&t, ADMIN_TOKEN, None).await;
    let thread = sent["thread"]["id"].as_str().expect("an id");
    agent.send(json!({"type": "viewing", "thread_id": thread})).await;
    let typing = format!(r#"{{"type":"typing","thread_id":"{thread}","on":true,"preview":"so\ud83d \u0000much"}}"#);
    socket.send_text(&typing).await;
    let seen = loop {
        let frame = agent.next().await;
        if frame["type"] == "typing" {
            break frame;
        }
    };
    assert_eq!(seen["preview"], "so\u{fffd} much", "{seen}");
}

#[tokio::test]
async fn half_an_emoji_is_read_on_the_api_in_forms_and_from_third_parties() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let body = r#"{"action":"messages.create","params":{"id":"1","thread_id":"7","format":"text",
        "author":{"id":"5","screenname":"Jo \ud83d"},"title":"\ude00!","body":"Sm\u0000ile \ud83d"}}"#;
    let answer = blog.send_bytes(&t, body).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "ok"));
    let content = blog.content(&t, "1").await;
    assert_eq!((&content["body"], &content["title"]), (&json!("Smile \u{fffd}"), &json!("\u{fffd}!")));
    // Bytes that are no UTF-8 at all.
    let bytes = [&br#"{"action":"threads.create","params":{"id":"8","title":"caf"#[..], b"\xe9", b"\"}}"].concat();
    assert_eq!(blog.send_bytes(&t, bytes).await.status, 422);

    let named = |request: reqwest::RequestBuilder| async move { send(request).await.ok()["name"].clone() };
    let tags = || t.request(Method::POST, "/1.0/tags");
    let json = tags().header("content-type", JSON).body(r#"{"name":"a\ud83d"}"#);
    assert_eq!(named(json).await, "a\u{fffd}");
    let form = tags().header("content-type", "application/x-www-form-urlencoded").body("name=b%ED%A0%BD%C3%A9");
    assert_eq!(named(form).await, "b\u{fffd}\u{fffd}\u{fffd}é");
    assert_eq!(named(t.request(Method::POST, "/1.0/tags?name=c%ff")).await, "c\u{fffd}");
}

#[tokio::test]
async fn a_signed_identity_with_half_an_emoji_is_accepted() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let community = format!("/1.0/communities/{}", shop.chat.community_id);
    t.put(&community, json!({"signed_identities": "required"})).await.ok();
    let secret = "0123456789abcdef01234567";
    t.post(&format!("{community}/jwt_keys"), json!({"key_id": "web", "algorithm": "HS256", "key": secret})).await.ok();
    let header = jsonwebtoken::Header { kid: Some("web".into()), ..jsonwebtoken::Header::default() };
    let exp = t.clock.now().millis() / 1000 + 3600;
    let claims = format!(
        r#"{{"exp":{exp},"uuid":"u1","screenname":"Zoé \ud83d","email":"a@b.test\u200b",
        "extra_values":{{"or\u0000der":"A\u00001","tags":["v\u0000ip"]}}}}"#
    );
    let claims = serde_json::value::RawValue::from_string(claims).expect("JSON");
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    let jwt = jsonwebtoken::encode(&header, &claims, &key).expect("a token");
    let zoe = Visitor::with(&t, &shop.chat, json!({"jwt": jwt})).await;
    assert_eq!(zoe.session["identity"]["screenname"], "Zoé \u{fffd}");
    let identity = zoe.session["identity"]["id"].as_str().expect("an id");
    let identity = t.get(&format!("/1.0/identities/{identity}")).await.ok();
    assert_eq!(identity["email"], Value::Null);
    assert_eq!(identity["extra_values"], json!({"order": "A1", "tags": ["vip"]}));
}

#[tokio::test]
async fn nul_leaves_what_people_say_and_is_refused_in_administration() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let sent = said(&t, &ann, r#"{"client_id":"nul-00001","body":"a par\u0000cel"}"#).await;
    assert_eq!(sent["message"]["body"], "a parcel");
    let reply = json!({"in_reply_to_id": sent["message"]["id"], "body": "y\0es"});
    let reply = t.post("/1.0/contents", reply).await.ok();
    assert_eq!(reply["body"], "yes");
    let case = t.post("/1.0/interventions", json!({"content_id": sent["message"]["id"]})).await.ok();
    let comment = json!({"intervention_id": case["id"], "body": "n\0ote"});
    assert_eq!(t.post("/1.0/intervention_comments", comment).await.ok()["body"], "note");

    let refused = t.post("/1.0/tags", json!({"name": "v\0ip"})).await;
    assert_eq!((refused.json["field"].as_str(), refused.status.as_u16()), (Some("name"), 422));
    assert_eq!(refused.json["reason"], "nul_character");
    let form = t.request(Method::POST, "/1.0/tags").form(&[("name", "v\0ip")]);
    assert_eq!(send(form).await.error(422), "validation_failed");
    let sheet = json!({"label": "x", "holidays": r#"[{"name":"a\u0000b","date":"2026-12-25"}]"#});
    assert!(t.post("/1.0/time_sheets", sheet).await.status.is_client_error());
    assert_eq!(signed_in(&t, "admin@hubbub.test\0", "wrong").await.error(422), "validation_failed");
}

#[tokio::test]
async fn an_address_that_looks_like_another_is_not_one() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await.session["identity"]["id"].clone();
    let role = t.get("/1.0/roles").await.ok()["records"][0]["id"].clone();
    for email in ["admin@hubbub.test\u{200b}", "ad\u{ad}min@hubbub.test", "\u{202e}admin@hubbub.test"] {
        let user = json!({"email": email, "firstname": "A", "lastname": "B", "role_id": role, "password": ADMIN.1});
        let refused = t.post("/1.0/users", user).await;
        assert_eq!((refused.json["field"].as_str(), refused.status.as_u16()), (Some("email"), 422), "{email:?}");
        let refused = t.post("/1.0/identity_groups", json!({"identity_id": ann, "emails": [email]})).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(signed_in(&t, email, ADMIN.1).await.error(401), "invalid_credentials");
    }
}

#[tokio::test]
async fn names_of_people_and_files_do_not_turn_around() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = json!({"identity": {"screenname": "\u{202e}nnA", "firstname": "می\u{200c}خواهم"}});
    let ann = Visitor::with(&t, &shop.chat, ann).await;
    assert_eq!(ann.session["identity"]["screenname"], "nnA");
    let identity = format!("/1.0/identities/{}", ann.session["identity"]["id"].as_str().expect("an id"));
    assert_eq!(t.get(&identity).await.ok()["firstname"], "می\u{200c}خواهم");

    let part = Part::bytes(b"hello".to_vec()).file_name("holiday_\u{202e}gpj.docx");
    let file = ann.request(&t, Method::POST, "attachments").multipart(Form::new().part("file", part));
    assert_eq!(send(file).await.ok()["filename"], "holiday_gpj.docx");
    let part = Part::bytes(b"hello".to_vec()).file_name("a\u{2067}b 👩\u{200d}👧.txt");
    let file = t.request(Method::POST, "/1.0/attachments").multipart(Form::new().part("file", part));
    assert_eq!(send(file).await.ok()["filename"], "ab 👩\u{200d}👧.txt");

    let group = json!({"identity_id": ann.session["identity"]["id"], "firstname": "\u{2067}Zoé\u{2069}"});
    let person = t.post("/1.0/identity_groups", group).await.ok();
    assert_eq!(person["firstname"], "Zoé");
    let role = t.get("/1.0/roles").await.ok()["records"][0]["id"].clone();
    let user = |first: &str| {
        json!({"email": "b@hubbub.test", "firstname": first, "lastname": "B", "role_id": role,
                                     "password": ADMIN.1})
    };
    assert_eq!(t.post("/1.0/users", user("\u{200b}")).await.error(422), "validation_failed");
    assert_eq!(t.post("/1.0/users", user("B\u{202e}o")).await.ok()["firstname"], "Bo");
    let refused =
        t.put(&format!("/1.0/identity_groups/{}", id(&person)), json!({"emails": ["a@b.test\u{200b}"]})).await;
    assert_eq!((&refused.json["field"], &refused.json["reason"]), (&json!("emails"), &json!("invisible")));
    let blog = ThirdParty::new(&t, "Blog").await;
    let author = json!({"id": "5", "screenname": "\u{202e}oJ", "email": "j@x.test\u{200b}"});
    assert_eq!(blog.send(&t, "users.create", author).await.text, "ok");
}
