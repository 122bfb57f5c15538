//! Pictures of people from outside: fetched by the server alone, looked at, kept, and shown from here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hubbub::domain::ingest::{self, Author, Incoming, Place};
use model::ThreadId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{TestApp, answering, eventually, send};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08 and a face";

/// A server outside that notes who asks for what.
#[derive(Clone, Default)]
struct Outside {
    asked: Arc<Mutex<Vec<(String, String)>>>,
    faces: Arc<Mutex<HashMap<String, Vec<u8>>>>,
}

impl Outside {
    async fn start() -> (Self, String) {
        let outside = Self::default();
        let router = Router::new().route("/{name}", get(face)).with_state(outside.clone());
        (outside, answering(router))
    }

    fn has(&self, name: &str, bytes: &[u8]) {
        self.faces.lock().expect("a lock").insert(name.into(), bytes.into());
    }

    /// How often a name was asked for.
    fn count(&self, name: &str) -> usize {
        self.asked.lock().expect("a lock").iter().filter(|(asked, _)| asked == name).count()
    }
}

async fn face(State(outside): State<Outside>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    assert!(!headers.contains_key(header::COOKIE) && !headers.contains_key(header::REFERER));
    outside.asked.lock().expect("a lock").push((name.clone(), agent.to_owned()));
    if name == "moved.png" {
        return (StatusCode::FOUND, [(header::LOCATION, "/ann.png")]).into_response();
    }
    match outside.faces.lock().expect("a lock").get(&name).cloned() {
        Some(bytes) => ([(header::CONTENT_TYPE, "image/png")], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Somebody with this picture writes; gives the console's view of the thread.
async fn writes(t: &TestApp, shop: &World, who: &str, picture: &str) -> Value {
    let author = Author {
        foreign_id: who.into(),
        screenname: Some(who.into()),
        avatar_url: Some(picture.into()),
        ..Author::default()
    };
    let incoming = Incoming::text(shop.chat.clone(), author, Place::New, "Hello".into());
    let received = t.app.db.write(move |tx| Box::pin(ingest::receive(tx, incoming))).await.expect("received");
    view(t, &received.thread.id).await
}

async fn view(t: &TestApp, id: &ThreadId) -> Value {
    t.get(&format!("/console/threads/{id}")).await.ok()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

async fn show(t: &TestApp, address: &str) -> (u16, HeaderMap, Vec<u8>) {
    let answer = t.request(Method::GET, address).send().await.expect("an answer");
    (answer.status().as_u16(), answer.headers().clone(), answer.bytes().await.expect("bytes").to_vec())
}

#[tokio::test]
async fn the_console_has_pictures_from_the_server_alone() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (outside, url) = Outside::start().await;
    outside.has("ann.png", PNG);
    let given = format!("{url}/ann.png");
    let thread = writes(&t, &shop, "ann", &given).await;
    let address = text(&thread["identity"]["avatar_url"]).to_owned();
    let row = &t.get("/console/threads?folder=all").await.ok()["records"][0];
    let person = &t.get("/console/people?text=ann").await.ok()[0]["identity"];
    for shown in [&thread["thread"]["identity"], &thread["contents"][0]["author"], &row["identity"], person] {
        assert_eq!(shown["avatar_url"], address.as_str());
    }
    assert!(address.starts_with("/console/avatars/"), "{address}");
    // Programs get what was given; nobody has asked for it yet.
    let id = text(&thread["identity"]["id"]);
    assert_eq!(t.get(&format!("/1.0/identities/{id}")).await.ok()["avatar_url"], given.as_str());
    assert_eq!(outside.count("ann.png"), 0);

    let (code, headers, bytes) = show(&t, &address).await;
    assert_eq!((code, bytes.as_slice(), &headers["content-type"]), (200, PNG, &"image/png".parse().expect("text")));
    assert_eq!(headers["content-security-policy"], "default-src 'none'; sandbox");
    assert_eq!(show(&t, &address).await.0, 200);
    let agents = outside.asked.lock().expect("a lock").clone();
    assert_eq!(agents.len(), 1, "it is kept");
    assert!(agents[0].1.starts_with("Hubbub/"), "{agents:?}");
    // After a day it is fetched anew, and the kept one is shown meanwhile.
    t.clock.advance(Duration::from_secs(24 * 3600 + 1));
    outside.has("ann.png", b"GIF89a\x08\0\x08\0 another face");
    assert_eq!(show(&t, &address).await.2, PNG);
    eventually("the new picture", || async { Some(show(&t, &address).await.2).filter(|b| b.starts_with(b"GIF")) })
        .await;
    assert_eq!(outside.count("ann.png"), 2);
}

#[tokio::test]
async fn a_picture_that_cannot_be_had_anew_stays_and_is_not_asked_for_at_each_look() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (outside, url) = Outside::start().await;
    outside.has("ann.png", PNG);
    let thread = writes(&t, &shop, "ann", &format!("{url}/ann.png")).await;
    let address = text(&thread["identity"]["avatar_url"]);
    assert_eq!(show(&t, address).await.2, PNG);
    t.clock.advance(Duration::from_secs(24 * 3600 + 1));
    outside.faces.lock().expect("a lock").clear();
    assert_eq!(show(&t, address).await.2, PNG);
    let now = UNIX_EPOCH + Duration::from_millis(t.clock.now().millis().unsigned_abs());
    eventually("it was tried", || async {
        let mut files = std::fs::read_dir(t.data_dir().join("avatars")).expect("a folder");
        files.any(|file| file.and_then(|f| f.metadata()?.modified()).is_ok_and(|at| at == now)).then_some(())
    })
    .await;
    for _ in 0..3 {
        assert_eq!(show(&t, address).await.2, PNG);
    }
    assert_eq!(outside.count("ann.png"), 2);
}

#[tokio::test]
async fn none_is_fetched_while_there_is_no_room_to_keep_it() {
    let t = TestApp::start_with(|config| config.disk_reserve_bytes = u64::MAX).await;
    let shop = World::new(&t).await;
    let (outside, url) = Outside::start().await;
    outside.has("ann.png", PNG);
    let thread = writes(&t, &shop, "ann", &format!("{url}/ann.png")).await;
    for _ in 0..2 {
        assert_eq!(show(&t, text(&thread["identity"]["avatar_url"])).await.0, 404);
    }
    assert_eq!(outside.count("ann.png"), 0);
}

#[tokio::test]
async fn what_is_no_picture_or_cannot_be_had_is_not_shown_and_not_asked_for_at_each_look() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (outside, url) = Outside::start().await;
    outside.has("page.png", b"<html><script>alert(1)</script>");
    outside.has("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>");
    outside.has("wall.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x20\0\0\0\x20\0 and a wall");
    outside.has("large.png", &[PNG, &vec![0; 2 * 1024 * 1024]].concat());
    outside.has("ann.png", PNG);
    for name in ["gone.png", "page.png", "drawing.png", "wall.png", "large.png"] {
        let thread = writes(&t, &shop, name, &format!("{url}/{name}")).await;
        let address = text(&thread["identity"]["avatar_url"]).to_owned();
        for _ in 0..2 {
            let (code, headers, _) = show(&t, &address).await;
            assert_eq!((code, &headers["cache-control"]), (404, &"no-store".parse().expect("text")), "{name}");
        }
        eventually(name, || async { (outside.count(name) == 1).then_some(()) }).await;
    }
    // It is tried again after an hour, and redirects are followed.
    outside.has("gone.png", PNG);
    t.clock.advance(Duration::from_secs(3601));
    let gone = t.get("/console/people?text=gone.png").await.ok()[0]["identity"]["avatar_url"].clone();
    eventually("a picture", || async { (show(&t, text(&gone)).await.0 == 200).then_some(()) }).await;
    let moved = writes(&t, &shop, "moved", &format!("{url}/moved.png")).await["identity"]["avatar_url"].clone();
    assert_eq!(show(&t, text(&moved)).await.2, PNG);
}

#[tokio::test]
async fn nobody_has_anything_else_fetched() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (outside, url) = Outside::start().await;
    outside.has("ann.png", PNG);
    outside.has("other.png", PNG);
    let thread = writes(&t, &shop, "ann", &format!("{url}/ann.png")).await;
    let address = text(&thread["identity"]["avatar_url"]).to_owned();
    assert_eq!(send(t.anonymous(Method::GET, &address)).await.error(401), "unauthorized");
    let other = address.replace("ann.png", "other.png");
    let without = address.split('?').next().expect("a path");
    for wrong in [other.as_str(), without, "/console/avatars/0?url=http%3A%2F%2Fexample.com%2Fa.png"] {
        assert_eq!(t.get(wrong).await.error(404), "not_found", "{wrong}");
    }
    assert_eq!(outside.count("other.png"), 0);
    // What is no address of the web has none of ours.
    let odd = writes(&t, &shop, "odd", "javascript:alert(1)").await;
    assert_eq!(odd["identity"]["avatar_url"], json!(null));
}

#[tokio::test]
async fn a_picture_in_a_private_network_is_not_fetched() {
    let t = TestApp::start_with(|config| config.allow_private_targets = false).await;
    let shop = World::new(&t).await;
    let (outside, url) = Outside::start().await;
    outside.has("ann.png", PNG);
    let thread = writes(&t, &shop, "ann", &format!("{url}/ann.png")).await;
    let address = text(&thread["identity"]["avatar_url"]).to_owned();
    assert_eq!(t.get(&address).await.error(404), "not_found");
    assert_eq!(outside.count("ann.png"), 0);
}

#[tokio::test]
async fn the_console_may_load_pictures_from_here_alone() {
    let t = TestApp::start_with(|config| config.public_url = "https://desk.example.com".into()).await;
    let address = format!("http://{}/", t.app.config.listen);
    let page = reqwest::get(address).await.expect("an answer");
    let policy = page.headers()["content-security-policy"].to_str().expect("text");
    assert!(policy.contains("img-src 'self' data: blob: https://desk.example.com; "), "{policy}");
}
