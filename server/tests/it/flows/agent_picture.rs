//! Pictures of agents, which they give themselves and visitors see.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::live_chat::live_shop;
use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, id, send};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08 and a face";

const OWN: &str = "/console/profile/picture";

async fn give(t: &TestApp, token: &str, bytes: &[u8]) -> Answer {
    let part = Part::bytes(bytes.to_vec()).file_name("me.png").mime_str("image/png").expect("a media type");
    send(t.request_as(token, Method::PUT, OWN).multipart(Form::new().part("file", part))).await
}

async fn own(t: &TestApp, token: &str) -> Value {
    send(t.request_as(token, Method::GET, OWN)).await.ok()["url"].clone()
}

async fn show(t: &TestApp, url: &Value) -> (u16, Vec<u8>) {
    let path = url.as_str().expect("an address");
    let path = &path[path.find("/pictures/").expect("ours")..];
    let answer = t.anonymous(Method::GET, path).send().await.expect("an answer");
    let code = answer.status().as_u16();
    if code == 200 {
        assert_eq!(answer.headers()["content-type"], "image/png");
        assert_eq!(answer.headers()["content-security-policy"], "default-src 'none'; sandbox");
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "cross-origin");
    }
    (code, answer.bytes().await.expect("bytes").to_vec())
}

#[tokio::test]
async fn visitors_see_the_picture_that_an_agent_has_given() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), json!({"avatar_url": "https://shop.test/logo.png"}))
        .await
        .ok();
    let (nora, token) = user(&t, "Nora", "Agent").await;
    assert_eq!(own(&t, &token).await, json!(null));
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let thread = id(&said["thread"]).to_owned();
    let (mut page, _) = Socket::visitor(&t, &ann, None).await;
    let (mut console, _) = Socket::agent(&t, &token, None).await;
    let types = json!({"type": "typing", "thread_id": thread, "on": true});
    console.send(types.clone()).await;
    assert_eq!(page.next_of("typing").await["avatar_url"], "https://shop.test/logo.png");

    let url = give(&t, &token, PNG).await.ok()["url"].clone();
    assert_eq!((own(&t, &token).await, show(&t, &url).await), (url.clone(), (200, PNG.to_vec())));
    console.send(types).await;
    let told = page.next_of("typing").await;
    assert_eq!((&told["avatar_url"], told["name"].as_str().is_some()), (&url, true));
    let reply = json!({"in_reply_to_id": id(&said["message"]), "body": "Yes?"});
    send(t.request_as(&token, Method::POST, "/1.0/contents").json(&reply)).await.ok();
    let messages = async || ann.get(&t, &format!("threads/{thread}/messages")).await.ok()["messages"].clone();
    let shown = messages().await;
    assert_eq!((&shown[0]["avatar_url"], &shown[1]["avatar_url"]), (&json!(null), &url));
    assert_eq!(page.next_of("message").await["message"]["avatar_url"], url);
    // What others say has theirs.
    let other = t.post("/1.0/contents", json!({"in_reply_to_id": id(&said["message"]), "body": "And I"})).await.ok();
    assert_eq!(other["body"], "And I");
    assert_eq!(messages().await[2]["avatar_url"], "https://shop.test/logo.png");

    // Another one has another address, and one that is removed is nowhere.
    let second = give(&t, &token, &[PNG, b" again"].concat()).await.ok()["url"].clone();
    assert_ne!(second, url);
    assert_eq!((show(&t, &url).await.0, show(&t, &second).await.0), (404, 200));
    assert_eq!(messages().await[1]["avatar_url"], second);
    assert_eq!(send(t.request_as(&token, Method::DELETE, OWN)).await.ok()["url"], json!(null));
    assert_eq!(show(&t, &second).await.0, 404);
    assert_eq!(messages().await[1]["avatar_url"], "https://shop.test/logo.png");
    // It goes with the agent.
    let last = give(&t, &token, PNG).await.ok()["url"].clone();
    let interventions = t.get("/1.0/interventions").await.ok();
    for case in interventions["records"].as_array().expect("a list") {
        t.put(&format!("/1.0/interventions/{}/close", id(case)), json!({})).await.ok();
    }
    t.delete(&format!("/1.0/users/{}", id(&nora))).await.ok();
    assert_eq!(show(&t, &last).await.0, 404);
}

#[tokio::test]
async fn who_has_a_live_chat_is_shown_with_their_picture() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    let url = give(&t, &token, PNG).await.ok()["url"].clone();
    let ann = Visitor::new(&t, &shop.chat).await;
    let said = ann.write(&t, None, "Hello").await;
    let engage = format!("/1.0/interventions?content_id={}", id(&said["message"]));
    send(t.request_as(&token, Method::POST, &engage)).await.ok();
    let agent = ann.get(&t, "threads").await.ok()["threads"][0]["agent"].clone();
    assert_eq!(agent, json!({"name": "Nora", "avatar_url": url}));
}

#[tokio::test]
async fn what_is_no_picture_or_too_large_is_refused_by_what_is_in_it() {
    let t = TestApp::start().await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    let wall = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x20\0\0\0\x20\0 and a wall";
    let large = [PNG, &vec![0; 256 * 1024]].concat();
    let bad: [&[u8]; 5] =
        [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a\x08\0\x08\0 moves", b"", wall, &large];
    for bytes in bad {
        let refused = give(&t, &token, bytes).await;
        assert_eq!(refused.json["field"], "file");
        refused.error(422);
    }
    assert_eq!(send(t.request_as(&token, Method::PUT, OWN).json(&json!({}))).await.json["field"], "file");
    assert_eq!(own(&t, &token).await, json!(null));
    send(t.anonymous(Method::GET, OWN)).await.error(401);
    assert_eq!(send(t.anonymous(Method::GET, "/pictures/nothing")).await.error(404), "not_found");
}
