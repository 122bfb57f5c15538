use std::time::Duration;

use hubbub::domain::session;
use reqwest::Method;
use reqwest::header::SET_COOKIE;
use serde_json::json;

use crate::support::socket::Socket;
use crate::support::world::user;
use crate::support::{ADMIN, Answer, Browser, TestApp, eventually, id, send};

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
async fn pages_of_other_origins_change_nothing_be_they_on_the_same_site() {
    let t = TestApp::start().await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let enter = || t.anonymous(Method::POST, "/console/session").json(&json!({"email": ADMIN.0, "password": ADMIN.1}));
    let accept = || t.anonymous(Method::POST, "/console/invitation").json(&json!({"token": "x", "password": "y"}));
    let write = || browser.write(&t, Method::POST, "/1.0/tags").json(&json!({"name": "vip"}));
    let open = |end: &str| {
        let path = format!("/1.0/content_threads/5950328914bf8a22305f446a/open{end}");
        browser.write(&t, Method::GET, &path)
    };
    let sign_out = || browser.write(&t, Method::DELETE, "/console/session");
    let other = [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:1")];
    for (name, value) in other.into_iter().chain([("origin", "null"), ("origin", "https://evil.test")]) {
        for request in [enter(), accept(), write(), open(""), open(".json"), open("/"), sign_out()] {
            assert_eq!(send(request.header(name, value)).await.error(403), "other_origin", "{name}: {value}");
        }
        // Reading is not what this is about: browsers keep the answer from such a page.
        send(browser.request(&t, Method::GET, "/1.0/tags").header(name, value)).await.ok();
        // A token is not sent by a browser by itself.
        send(t.request(Method::GET, "/1.0/tags").header(name, value)).await.ok();
    }
    let found = open("").header("sec-fetch-site", "same-origin");
    assert_eq!(send(found).await.error(404), "not_found");
    send(write().header("origin", &t.url).json(&json!({"name": "one"}))).await.ok();
    send(write().header("sec-fetch-site", "none").json(&json!({"name": "two"}))).await.ok();
    send(enter().header("sec-fetch-site", "same-origin").header("origin", "https://behind.a.proxy")).await.ok();
}

/// A try to sign in from an address that a trusted proxy names.
async fn try_from(t: &TestApp, network: &str, email: &str, password: &str) -> Answer {
    let request = t.anonymous(Method::POST, "/console/session").header("x-forwarded-for", network);
    send(request.json(&json!({"email": email, "password": password}))).await
}

async fn behind_a_proxy() -> TestApp {
    TestApp::start_with(|config| config.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")]).await
}

#[tokio::test]
async fn tries_at_an_account_slow_down_where_they_come_from_and_nowhere_else() {
    let t = behind_a_proxy().await;
    let attack = async || try_from(&t, "192.0.2.1", ADMIN.0, "wrong").await;
    for _ in 0..10 {
        assert_eq!(attack().await.error(401), "invalid_credentials");
    }
    let refused = t.anonymous(Method::POST, "/console/session").header("x-forwarded-for", "192.0.2.1");
    let refused = refused.json(&json!({"email": ADMIN.0, "password": ADMIN.1})).send().await.expect("an answer");
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"30".parse().expect("a header")));
    assert_eq!(attack().await.error(429), "too_many_attempts");
    // The owner is elsewhere, and comes in; so does everybody else who is where the attacker is.
    try_from(&t, "192.0.2.2", ADMIN.0, ADMIN.1).await.ok();
    assert_eq!(try_from(&t, "192.0.2.1", "nobody@hubbub.test", "wrong").await.error(401), "invalid_credentials");
    // By the clock, and longer each time.
    t.clock.advance(Duration::from_secs(30));
    assert_eq!(attack().await.error(401), "invalid_credentials");
    t.clock.advance(Duration::from_secs(30));
    assert_eq!(attack().await.error(429), "too_many_attempts");
    t.clock.advance(Duration::from_secs(30));
    try_from(&t, "192.0.2.1", ADMIN.0, ADMIN.1).await.ok();
    assert_eq!(attack().await.error(401), "invalid_credentials");
}

#[tokio::test]
async fn many_tries_at_once_are_counted_one_by_one() {
    let t = TestApp::start().await;
    let tries = futures_util::future::join_all((0..25).map(|_| try_in(&t, "nobody@hubbub.test", "wrong"))).await;
    assert_eq!(tries.iter().filter(|answer| answer.status == 401).count(), 10);
    assert_eq!(tries.iter().filter(|answer| answer.status == 429).count(), 15);
}

#[tokio::test]
async fn an_address_is_counted_as_it_is_kept() {
    let t = TestApp::start().await;
    for n in 0..10 {
        let email = format!("{}{}{}", " ".repeat(n), ADMIN.0.to_uppercase(), "\t".repeat(n));
        assert_eq!(try_in(&t, &email, "wrong").await.error(401), "invalid_credentials");
    }
    assert_eq!(try_in(&t, ADMIN.0, "wrong").await.error(429), "too_many_attempts");
    // What is nobody's address is counted for the network alone.
    for n in 1..100 {
        let email = format!("{}{}", ADMIN.0, "\u{200b}".repeat(n));
        let answer = try_in(&t, &email, "wrong").await;
        if n <= 90 {
            assert_eq!(answer.error(401), "invalid_credentials");
        } else {
            return assert_eq!(answer.error(429), "too_many_attempts");
        }
    }
    panic!("nobody counts the tries");
}

#[tokio::test]
async fn behind_https_the_cookie_is_of_this_host_alone() {
    let mut t = TestApp::start_with(|config| config.public_url = "https://desk.example.com".into()).await;
    t.url = format!("http://{}", t.app.config.listen);
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let set = browser.headers[SET_COOKIE].to_str().expect("a text");
    assert!(
        set.starts_with("__Host-hubbub_session=") && set.contains("; Secure") && set.contains("; Path=/;"),
        "{set}"
    );
    assert!(!set.contains("Domain"), "{set}");
    send(browser.request(&t, Method::GET, "/console/session")).await.ok();
    // Any server of the domain may set one of the plain name.
    let plain = browser.cookie.replace("__Host-", "");
    let asked = t.anonymous(Method::GET, "/console/session").header("cookie", &plain);
    assert_eq!(send(asked).await.error(401), "unauthorized");
    let from = |origin: &str| {
        let write = browser.write(&t, Method::POST, "/1.0/tags").json(&json!({"name": "vip"}));
        write.header("origin", origin).header("host", "desk.example.com")
    };
    assert_eq!(send(from("http://desk.example.com")).await.error(403), "other_origin");
    send(from("https://desk.example.com")).await.ok();
}

#[tokio::test]
async fn a_session_ends_some_days_after_its_beginning_however_much_it_is_used() {
    let t = TestApp::start_with(|config| (config.session_hours, config.session_max_hours) = (10, 48)).await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    for _ in 0..11 {
        t.clock.advance(Duration::from_secs(4 * 3600));
        send(browser.request(&t, Method::GET, "/1.0/tags")).await.ok();
    }
    t.clock.advance(Duration::from_secs(4 * 3600 - 1));
    send(browser.request(&t, Method::GET, "/1.0/tags")).await.ok();
    t.clock.advance(Duration::from_secs(1));
    assert_eq!(send(browser.request(&t, Method::GET, "/1.0/tags")).await.error(401), "session_ended");
    // A shorter time holds for sessions that have begun, once the server starts with it.
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    t.app.db.write(|tx| Box::pin(session::cap(tx, 3600))).await.expect("written");
    t.clock.advance(Duration::from_secs(3600));
    assert_eq!(send(browser.request(&t, Method::GET, "/1.0/tags")).await.error(401), "session_ended");
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

#[tokio::test]
async fn who_changes_their_password_stays_where_they_are_and_is_out_everywhere_else() {
    let t = TestApp::start().await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (email, old, new) = ("nora@shop.test", "a long passphrase", "seven boats at noon");
    let (here, elsewhere) = (Browser::sign_in(&t, email, old).await, Browser::sign_in(&t, email, old).await);
    let known = |browser: &Browser| browser.request(&t, Method::GET, "/console/session");
    let mut socket = Socket::open(&t, "/console/socket", &[("cookie", &elsewhere.cookie)]).await.expect("a socket");
    socket.send(json!({"type": "hello", "position": null})).await;
    assert_eq!(socket.next().await["type"], "welcome");

    let change = |password: &str, new: &str| {
        let body = json!({"password": password, "new_password": new});
        here.write(&t, Method::PUT, "/console/password").json(&body)
    };
    let wrong = send(change("wrong", new)).await;
    assert_eq!((&wrong.json["field"], &wrong.json["reason"]), (&json!("password"), &json!("wrong_password")));
    let weak = send(change(old, "nora@shop.test")).await;
    assert_eq!((&weak.json["field"], &weak.json["reason"]), (&json!("new_password"), &json!("personal_password")));
    send(known(&elsewhere)).await.ok();
    let bare = here.request(&t, Method::PUT, "/console/password").json(&json!({"password": old, "new_password": new}));
    assert_eq!(send(bare).await.error(403), "csrf");
    let by_token = t.request_as(&token, Method::PUT, "/console/password");
    let by_token = by_token.json(&json!({"password": old, "new_password": new}));
    assert_eq!(send(by_token).await.error(401), "unauthorized");

    let answer = change(old, new).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let set = answer.headers()[SET_COOKIE].to_str().expect("a text").to_owned();
    let cookie = set.split(';').next().expect("a pair");
    assert_ne!(cookie, here.cookie);
    assert_eq!(send(known(&here)).await.error(401), "session_ended");
    assert_eq!(send(known(&elsewhere)).await.error(401), "session_ended");
    socket.end().await;
    // Other tabs of this browser have its cookie from now on, and the token that they had.
    let write = t.anonymous(Method::PUT, &format!("/1.0/status/{}", id(&nora))).header("cookie", cookie);
    assert_ne!(send(write.header("x-csrf-token", &here.csrf)).await.status, 403);
    assert_eq!(try_in(&t, email, old).await.error(401), "invalid_credentials");
    try_in(&t, email, new).await.ok();
    // Programs go on.
    send(t.request_as(&token, Method::GET, "/1.0/users/me")).await.ok();
}

#[tokio::test]
async fn tries_at_ones_own_password_are_counted_as_those_of_others() {
    let t = TestApp::start().await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let body = json!({"password": "wrong", "new_password": "seven boats at noon"});
    let change = || browser.write(&t, Method::PUT, "/console/password").json(&body);
    for _ in 0..10 {
        assert_eq!(send(change()).await.error(422), "validation_failed");
    }
    assert_eq!(send(change()).await.error(429), "too_many_attempts");
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_the_user_alone() {
    let t = TestApp::start().await;
    user(&t, "Nora", "Agent").await;
    let nora = async || Browser::sign_in(&t, "nora@shop.test", "a long passphrase").await;
    let (here, elsewhere, admin) = (nora().await, nora().await, Browser::sign_in(&t, ADMIN.0, ADMIN.1).await);
    let out = here.write(&t, Method::DELETE, "/console/session?everywhere=true");
    assert_eq!(send(out).await.status, 204);
    for browser in [&here, &elsewhere] {
        let known = browser.request(&t, Method::GET, "/console/session");
        assert_eq!(send(known).await.error(401), "session_ended");
    }
    send(admin.request(&t, Method::GET, "/console/session")).await.ok();
}
