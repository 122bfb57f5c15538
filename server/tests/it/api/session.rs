use std::time::Duration;

use reqwest::Method;
use reqwest::header::SET_COOKIE;
use serde_json::json;

use crate::support::{ADMIN, Answer, Browser, TestApp, eventually, send};

async fn try_in(t: &TestApp, email: &str, password: &str) -> Answer {
    send(t.anonymous(Method::POST, "/console/session").json(&json!({"email": email, "password": password}))).await
}

#[tokio::test]
async fn a_person_signs_in_is_known_by_the_cookie_and_signs_out() {
    let t = TestApp::start().await;
    let browser = Browser::sign_in(&t, " Admin@Hubbub.test ", ADMIN.1).await;
    let set = browser.headers[SET_COOKIE].to_str().expect("a text");
    assert!(set.starts_with("hubbub_session=") && set.contains("; HttpOnly; SameSite=Lax"), "{set}");
    assert!(set.contains("; Path=/;") && !set.contains("Secure"), "{set}");
    assert_eq!(browser.headers["cache-control"], "no-store");
    assert_eq!(browser.json["user"]["email"], ADMIN.0);
    assert_eq!(browser.json["user"]["name"], "Admin Hubbub");
    assert_eq!(browser.json["user"]["role"]["label"], "Administrator");
    let permissions = browser.json["user"]["role"]["permissions"].as_array().expect("a list");
    assert!(permissions.contains(&json!("manage_categories")));
    assert_eq!(browser.json["domain"]["name"], "Hubbub");

    let again = send(browser.request(&t, Method::GET, "/console/session")).await.ok();
    assert_eq!(again, browser.json);
    send(browser.request(&t, Method::GET, "/1.0/tags")).await.ok();
    let write = || browser.request(&t, Method::POST, "/1.0/tags").json(&json!({"name": "vip"}));
    assert_eq!(send(write()).await.error(403), "csrf");
    assert_eq!(send(write().header("x-csrf-token", "wrong")).await.error(403), "csrf");
    send(write().header("x-csrf-token", &browser.csrf)).await.ok();
    // Opening a thread is a change though it answers to GET.
    let open = "/1.0/content_threads/5950328914bf8a22305f446a/open";
    assert_eq!(send(browser.request(&t, Method::GET, open)).await.error(403), "csrf");

    let out = || browser.request(&t, Method::DELETE, "/console/session");
    assert_eq!(send(out()).await.error(403), "csrf");
    let answer = out().header("x-csrf-token", &browser.csrf).send().await.expect("an answer");
    assert_eq!(answer.status(), 204);
    assert!(answer.headers()[SET_COOKIE].to_str().expect("a text").contains("Max-Age=0"));
    assert_eq!(send(browser.request(&t, Method::GET, "/console/session")).await.error(401), "session_ended");
    assert_eq!(send(browser.request(&t, Method::GET, "/1.0/tags")).await.error(401), "session_ended");
}

#[tokio::test]
async fn what_fails_to_sign_in_is_answered_alike() {
    let t = TestApp::start().await;
    assert_eq!(try_in(&t, ADMIN.0, "wrong").await.error(401), "invalid_credentials");
    assert_eq!(try_in(&t, "nobody@hubbub.test", ADMIN.1).await.error(401), "invalid_credentials");
    assert_eq!(try_in(&t, "", ADMIN.1).await.error(400), "invalid_parameter");
    let long = "x".repeat(60_000);
    assert_eq!(try_in(&t, ADMIN.0, &long).await.error(401), "invalid_credentials");
    assert_eq!(send(t.anonymous(Method::GET, "/console/session")).await.error(401), "unauthorized");
    assert_eq!(t.get("/console/session").await.error(401), "unauthorized");
}

#[tokio::test]
async fn other_sites_cannot_sign_a_browser_in() {
    let t = TestApp::start().await;
    let body = json!({"email": ADMIN.0, "password": ADMIN.1});
    let from = |site: &str| t.anonymous(Method::POST, "/console/session").header("sec-fetch-site", site).json(&body);
    assert_eq!(send(from("cross-site")).await.error(403), "cross_site");
    send(from("same-origin")).await.ok();
}

#[tokio::test]
async fn tries_are_counted() {
    let t = TestApp::start().await;
    // The limit's own clock is real, so that on a slow machine a try or two more may pass.
    for _ in 0..30 {
        let answer = try_in(&t, ADMIN.0, "wrong").await;
        if answer.status != 401 {
            return assert_eq!(answer.error(429), "too_many_attempts");
        }
    }
    panic!("thirty tries were let through");
}

#[tokio::test]
async fn behind_https_the_cookie_is_secure() {
    let t = TestApp::start().await;
    let url = t.url.clone();
    drop(t);
    let mut t = TestApp::start_with(|config| config.public_url = url.replace("http://", "https://")).await;
    t.url = format!("http://{}", t.app.config.listen);
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    assert!(browser.headers[SET_COOKIE].to_str().expect("a text").contains("; Secure"));
}

#[tokio::test]
async fn a_session_ends_some_hours_after_its_last_use() {
    let t = TestApp::start_with(|config| config.session_hours = 10).await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let hours = |n: u64| t.clock.advance(Duration::from_secs(n * 3600));
    for _ in 0..3 {
        hours(9);
        send(browser.request(&t, Method::GET, "/1.0/tags")).await.ok();
    }
    hours(10);
    assert_eq!(send(browser.request(&t, Method::GET, "/1.0/tags")).await.error(401), "session_ended");
    eventually("the session is forgotten", || async {
        let count = t.app.db.read(|tx| Box::pin(async { tx.number("SELECT COUNT(*) FROM sessions", vec![]).await }));
        (count.await.expect("a number") == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn signing_in_again_ends_the_earlier_session_of_that_browser_alone() {
    let t = TestApp::start().await;
    let first = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let other = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let body = json!({"email": ADMIN.0, "password": ADMIN.1});
    send(first.request(&t, Method::POST, "/console/session").json(&body)).await.ok();
    assert_eq!(send(first.request(&t, Method::GET, "/1.0/tags")).await.error(401), "session_ended");
    send(other.request(&t, Method::GET, "/1.0/tags")).await.ok();
}
