//! How much may be sent: by a visitor, by a network, and while the disk has room.

use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::support::sdk::ThirdParty;
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{TestApp, eventually, send};

fn file(size: usize) -> Form {
    Form::new().part("file", Part::bytes(vec![b'a'; size]).file_name("a.png"))
}

/// Sends a file as a visitor; gives the code, and after how many seconds to try again.
async fn sent(t: &TestApp, visitor: &Visitor, size: usize) -> (u16, Option<u64>) {
    let request = visitor.request(t, Method::POST, "attachments").multipart(file(size));
    let answer = request.send().await.expect("an answer");
    let wait = answer.headers().get("retry-after").map(|v| v.to_str().expect("text").parse().expect("seconds"));
    (answer.status().as_u16(), wait)
}

#[tokio::test]
async fn a_visitor_sends_so_much_a_day_also_when_the_server_starts_anew() {
    let mut t = TestApp::start_with(|config| config.visitor_upload_bytes_per_day = 1000).await;
    let shop = World::new(&t).await;
    let (ann, bob) = (Visitor::new(&t, &shop.chat).await, Visitor::new(&t, &shop.chat).await);
    assert_eq!(sent(&t, &ann, 600).await, (200, None));
    t.clock.advance(Duration::from_secs(3600));
    assert_eq!(sent(&t, &ann, 400).await, (200, None));
    assert_eq!(sent(&t, &ann, 1).await, (429, Some(23 * 3600 + 1)));
    let refused = send(ann.request(&t, Method::POST, "attachments").multipart(file(1))).await;
    assert_eq!(refused.error(429), "upload_quota_exceeded");
    assert_eq!(sent(&t, &bob, 1000).await, (200, None));
    t.restart().await;
    assert_eq!(sent(&t, &ann, 1).await.0, 429);
    ann.write(&t, None, "Words are not files").await;
    t.clock.advance(Duration::from_secs(23 * 3600));
    assert_eq!(sent(&t, &ann, 1000).await.0, 200);
}

#[tokio::test]
async fn many_files_at_once_pass_no_more_than_one_after_the_other() {
    let t = TestApp::start_with(|config| config.visitor_upload_bytes_per_day = 1000).await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let all = futures_util::future::join_all((0..12).map(|_| sent(&t, &ann, 300))).await;
    assert_eq!(all.iter().filter(|(code, _)| *code == 200).count(), 3, "{all:?}");
    // What cannot pass in any case costs nothing of the quota.
    assert_eq!(sent(&t, &ann, 0).await.0, 422);
    assert_eq!(sent(&t, &ann, 100).await.0, 200);
}

#[tokio::test]
async fn a_network_sends_so_much_an_hour_whoever_sends_it() {
    let t = TestApp::start_with(|config| {
        config.network_upload_bytes_per_hour = 1000;
        config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    })
    .await;
    let shop = World::new(&t).await;
    let from = async |address: &str, size: usize| {
        let visitor = Visitor::new(&t, &shop.chat).await;
        let request = visitor.request(&t, Method::POST, "attachments").header("x-forwarded-for", address);
        send(request.multipart(file(size))).await.status.as_u16()
    };
    assert_eq!(from("203.0.113.9", 700).await, 200);
    assert_eq!(from("203.0.113.9", 400).await, 429);
    assert_eq!(from("203.0.113.10", 400).await, 200);
    assert_eq!(from("2001:db8:1:2:3::4", 900).await, 200);
    assert_eq!(from("2001:db8:1:2:ffff::1", 400).await, 429);
    assert_eq!(from("2001:db8:1:3::1", 400).await, 200);
    let request = t.request(Method::POST, "/1.0/attachments").header("x-forwarded-for", "203.0.113.9");
    assert_eq!(send(request.multipart(file(400))).await.error(429), "upload_quota_exceeded");
    t.clock.advance(Duration::from_secs(3600));
    assert_eq!(from("203.0.113.9", 400).await, 200);
    // What no longer counts is forgotten.
    t.clock.advance(Duration::from_secs(24 * 3600));
    eventually("nothing is counted", || async {
        let count = t
            .app
            .db
            .read(|tx| Box::pin(async move { tx.number("SELECT COUNT(*) FROM upload_counts", Vec::new()).await }));
        count.await.ok().filter(|count: &i64| *count == 0)
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_with_a_key_is_still_done_once() {
    let t = TestApp::start().await;
    let again = || t.request(Method::POST, "/1.0/attachments").header("idempotency-key", "once").multipart(file(10));
    let (first, second) = (send(again()).await.ok(), send(again()).await.ok());
    assert_eq!(first["id"], second["id"]);
    assert_eq!(t.get("/1.0/attachments").await.ids().1, 1);
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_takes_no_files_and_says_so() {
    let t = TestApp::start_with(|config| config.disk_reserve_bytes = u64::MAX).await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    assert_eq!(sent(&t, &ann, 10).await, (507, Some(60)));
    let refused = send(t.request(Method::POST, "/1.0/attachments").multipart(file(10))).await;
    assert_eq!(refused.error(507), "disk_reserve");
    ann.write(&t, None, "Words go on").await;
    // The server does its work; an operator sees what it does not do.
    let ready = send(t.anonymous(Method::GET, "/readyz")).await.ok();
    assert_eq!((&ready["ready"], &ready["warnings"]), (&json!(true), &json!(["disk"])));
    let page = send(t.anonymous(Method::GET, "/metrics")).await.text;
    assert!(page.contains(r#"hubbub_uploads_total{outcome="no_room"} 2"#), "{page}");
    assert!(page.contains("hubbub_disk_free_bytes ") && page.contains("hubbub_disk_reserve_bytes "), "{page}");
}

#[tokio::test]
async fn a_third_party_keeps_its_words_on_a_disk_that_is_nearly_full() {
    let t = TestApp::start_with(|config| config.disk_reserve_percent = 100).await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let message = |id: &str, file| {
        json!({"id": id, "thread_id": "42", "author": {"id": "1", "screenname": "Jo"}, "body": "see", "format": "text",
               "attachments": [file]})
    };
    // One that has an address can be had there; one that has not is sent again later.
    let address = format!("{}/healthz", t.url);
    assert_eq!(blog.send(&t, "messages.create", message("1", json!({"url": address}))).await.text, "ok");
    let content = blog.content(&t, "1").await;
    assert_eq!(content["context_data"]["missing-attachments"], json!([address]));
    let refused = blog.send(&t, "messages.create", message("2", json!({"content": "aGk=", "filename": "a.txt"}))).await;
    assert_eq!(refused.status, 507);
}
