//! Signing in with a second factor: setting it up, codes that count once, codes to recover with, and limits.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::support::factor::{Phone, first_half, post, second_half};
use crate::support::socket::Socket;
use crate::support::world::user;
use crate::support::{ADMIN, Answer, Browser, TestApp, send};

const STEP: Duration = Duration::from_secs(30);

/// The administrator with a second factor: a browser that is signed in, and the phone. The code of now is used up.
async fn with_phone(t: &TestApp) -> (Browser, Phone) {
    let browser = Browser::sign_in(t, ADMIN.0, ADMIN.1).await;
    let phone = Phone::set_up(t, &browser, ADMIN.1).await;
    (browser, phone)
}

/// Tries a code, or one to recover with, after the password.
async fn try_in(t: &TestApp, shown: (&str, &str)) -> Answer {
    let token = first_half(t, ADMIN.0, ADMIN.1).await;
    send(second_half(t, &token, shown)).await
}

async fn is_in(t: &TestApp, browser: &Browser) -> bool {
    send(browser.request(t, Method::GET, "/console/session")).await.status == 200
}

#[tokio::test]
async fn setting_it_up_takes_the_password_a_code_and_a_recovery_code_and_changes_nothing_before() {
    let t = TestApp::start().await;
    let (browser, elsewhere) =
        (Browser::sign_in(&t, ADMIN.0, ADMIN.1).await, Browser::sign_in(&t, ADMIN.0, ADMIN.1).await);
    let state = async || send(browser.request(&t, Method::GET, "/console/second_factor")).await.ok();
    let off = json!({"on": false, "on_since": null, "recovery_codes_left": 0, "required": false});
    assert_eq!(state().await, off);
    let wrong = post(&t, &browser, "second_factor", json!({"password": "wrong"})).await;
    assert_eq!((&wrong.json["field"], &wrong.json["reason"]), (&json!("password"), &json!("wrong_password")));
    assert_eq!(post(&t, &browser, "second_factor/code", json!({"code": "000000"})).await.error(422), "set_up_over");

    let begun = post(&t, &browser, "second_factor", json!({"password": ADMIN.1})).await.ok();
    let mut phone = Phone { key: begun["key"].as_str().expect("a key").to_owned(), codes: Vec::new() };
    let account = ADMIN.0.replace('@', "%40");
    let address = format!("otpauth://totp/Hubbub:{account}?secret={}&issuer=Hubbub", phone.key);
    assert_eq!(begun["address"], address);
    assert!(begun["qr"]["size"].as_i64() >= Some(21) && begun["qr"]["path"].as_str().expect("a path").starts_with('M'));
    let early = post(&t, &browser, "second_factor/on", json!({"recovery_code": "0000-0000-0000-0000"})).await;
    assert_eq!(early.error(422), "set_up_over");
    let wrong = post(&t, &browser, "second_factor/code", json!({"code": phone.code(&t, 7)})).await;
    assert_eq!((&wrong.json["field"], &wrong.json["reason"]), (&json!("code"), &json!("wrong_code")));
    phone.prove(&t, &browser).await;
    assert_eq!(phone.codes.len(), 10);
    let none = post(&t, &browser, "second_factor/on", json!({"recovery_code": "0000-0000-0000-0000"})).await;
    assert_eq!((&none.json["field"], &none.json["reason"]), (&json!("recovery_code"), &json!("wrong_code")));
    assert_eq!(state().await, off);
    // The password alone is still enough, and the codes are not good yet.
    Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;

    post(&t, &browser, "second_factor/on", json!({"recovery_code": phone.codes[3]})).await.ok();
    let on = state().await;
    assert_eq!((&on["on"], &on["recovery_codes_left"]), (&json!(true), &json!(10)));
    assert_eq!(on["on_since"], "2026-03-02T09:00:00Z");
    // What began without it has ended; this browser goes on.
    assert!(is_in(&t, &browser).await && !is_in(&t, &elsewhere).await);
    let token = first_half(&t, ADMIN.0, ADMIN.1).await;
    t.clock.advance(STEP);
    let entered = Browser::of(second_half(&t, &token, ("code", &phone.code(&t, 0)))).await;
    assert_eq!(entered.json["user"]["email"], ADMIN.0);
    assert!(is_in(&t, &entered).await);
}

#[tokio::test]
async fn a_set_up_that_nobody_ends_is_over_after_an_hour() {
    let t = TestApp::start().await;
    let browser = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let begun = post(&t, &browser, "second_factor", json!({"password": ADMIN.1})).await.ok();
    let mut phone = Phone { key: begun["key"].as_str().expect("a key").to_owned(), codes: Vec::new() };
    phone.prove(&t, &browser).await;
    t.clock.advance(Duration::from_secs(3600));
    let late = post(&t, &browser, "second_factor/on", json!({"recovery_code": phone.codes[0]})).await;
    assert_eq!(late.error(422), "set_up_over");
    Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
}

#[tokio::test]
async fn a_code_counts_once_and_a_clock_may_be_off_by_half_a_minute() {
    let t = TestApp::start().await;
    let (_, phone) = with_phone(&t).await;
    // What showed that the app has the key lets nobody in.
    assert_eq!(try_in(&t, ("code", &phone.code(&t, 0))).await.error(401), "code_refused");
    t.clock.advance(4 * STEP);
    for (steps, fits) in [(-2, false), (-1, true), (-1, false), (2, false), (1, true), (1, false), (0, false)] {
        let answer = try_in(&t, ("code", &phone.code(&t, steps))).await;
        assert_eq!(answer.status == 200, fits, "{steps}: {}", answer.text);
    }
    // The next one after the last that was used, as it is written on some phones.
    t.clock.advance(2 * STEP);
    let code = phone.code(&t, 0);
    try_in(&t, ("code", &format!(" {} {} ", &code[..3], &code[3..]))).await.ok();
}

#[tokio::test]
async fn of_two_who_use_a_code_at_once_one_is_in() {
    let t = TestApp::start().await;
    let (_, phone) = with_phone(&t).await;
    t.clock.advance(STEP);
    for shown in [("code", phone.code(&t, 0)), ("recovery_code", phone.codes[0].clone())] {
        let (one, other) = (first_half(&t, ADMIN.0, ADMIN.1).await, first_half(&t, ADMIN.0, ADMIN.1).await);
        let half = |token: &str| second_half(&t, token, (shown.0, &shown.1));
        let (one, other) = tokio::join!(send(half(&one)), send(half(&other)));
        let mut said = [one.status.as_u16(), other.status.as_u16()];
        said.sort_unstable();
        assert_eq!(said, [200, 401], "{shown:?}");
    }
}

#[tokio::test]
async fn a_clock_that_was_ahead_keeps_nobody_out() {
    let t = TestApp::start().await;
    let (_, phone) = with_phone(&t).await;
    t.clock.advance(Duration::from_secs(24 * 3600));
    try_in(&t, ("code", &phone.code(&t, 0))).await.ok();
    t.set_clock("2026-03-02T10:00:00Z");
    try_in(&t, ("code", &phone.code(&t, 0))).await.ok();
    assert_eq!(try_in(&t, ("code", &phone.code(&t, 0))).await.error(401), "code_refused");
}

#[tokio::test]
async fn recovery_codes_are_good_once_each_and_new_ones_take_their_place() {
    let t = TestApp::start().await;
    let (browser, phone) = with_phone(&t).await;
    try_in(&t, ("recovery_code", &phone.codes[0])).await.ok();
    assert_eq!(try_in(&t, ("recovery_code", &phone.codes[0])).await.error(401), "code_refused");
    // However it is typed.
    let typed = phone.codes[1].to_uppercase().replace('-', " ");
    try_in(&t, ("recovery_code", &typed)).await.ok();
    let left = async || {
        let state = send(browser.request(&t, Method::GET, "/console/second_factor")).await.ok();
        state["recovery_codes_left"].as_i64().expect("a number")
    };
    assert_eq!(left().await, 8);

    let wrong = post(&t, &browser, "second_factor/recovery_codes", json!({"password": "wrong"})).await;
    assert_eq!(wrong.error(422), "validation_failed");
    let renewed = post(&t, &browser, "second_factor/recovery_codes", json!({"password": ADMIN.1})).await.ok();
    assert_eq!(left().await, 10);
    assert_eq!(try_in(&t, ("recovery_code", &phone.codes[2])).await.error(401), "code_refused");
    let new = renewed["recovery_codes"][9].as_str().expect("a code");
    try_in(&t, ("recovery_code", new)).await.ok();
    // The app goes on.
    t.clock.advance(STEP);
    try_in(&t, ("code", &phone.code(&t, 0))).await.ok();
}

#[tokio::test]
async fn another_app_takes_the_place_of_the_first_at_the_end_of_its_set_up() {
    let t = TestApp::start().await;
    let (browser, first) = with_phone(&t).await;
    let begun = post(&t, &browser, "second_factor", json!({"password": ADMIN.1})).await.ok();
    let mut second = Phone { key: begun["key"].as_str().expect("a key").to_owned(), codes: Vec::new() };
    second.prove(&t, &browser).await;
    t.clock.advance(STEP);
    assert_eq!(try_in(&t, ("code", &second.code(&t, 0))).await.error(401), "code_refused");
    assert_eq!(try_in(&t, ("recovery_code", &second.codes[0])).await.error(401), "code_refused");
    try_in(&t, ("code", &first.code(&t, 0))).await.ok();
    post(&t, &browser, "second_factor/on", json!({"recovery_code": second.codes[0]})).await.ok();
    t.clock.advance(STEP);
    assert_eq!(try_in(&t, ("code", &first.code(&t, 0))).await.error(401), "code_refused");
    assert_eq!(try_in(&t, ("recovery_code", &first.codes[0])).await.error(401), "code_refused");
    try_in(&t, ("code", &second.code(&t, 0))).await.ok();
}

#[tokio::test]
async fn between_the_halves_nothing_is_open_and_it_does_not_last() {
    let t = TestApp::start().await;
    let (browser, phone) = with_phone(&t).await;
    let body = json!({"email": ADMIN.0, "password": ADMIN.1});
    let half = t.anonymous(Method::POST, "/console/session").json(&body).send().await.expect("an answer");
    assert_eq!(half.status(), 200);
    assert!(half.headers().get("set-cookie").is_none(), "{:?}", half.headers());
    assert_eq!(half.headers()["cache-control"], "no-store");
    let half: serde_json::Value = half.json().await.expect("JSON");
    let token = half["token"].as_str().expect("a token").to_owned();
    assert_eq!((&half["expires_at"], &half["password_expired"]), (&json!("2026-03-02T09:05:00Z"), &json!(false)));
    let as_cookie = t.anonymous(Method::GET, "/console/session").header("cookie", format!("hubbub_session={token}"));
    assert_eq!(send(as_cookie).await.error(401), "session_ended");
    assert_eq!(send(t.request_as(&token, Method::GET, "/1.0/tags")).await.error(401), "invalid_token");

    t.clock.advance(Duration::from_secs(300));
    let late = send(second_half(&t, &token, ("code", &phone.code(&t, 0)))).await;
    assert_eq!(late.error(401), "sign_in_over");
    assert_eq!(send(second_half(&t, "unheard-of", ("code", "123456"))).await.error(401), "sign_in_over");
    // A page of another site cannot end what it has not begun.
    let token = first_half(&t, ADMIN.0, ADMIN.1).await;
    let foreign = second_half(&t, &token, ("code", &phone.code(&t, 0))).header("sec-fetch-site", "cross-site");
    assert_eq!(send(foreign).await.error(403), "other_origin");
    // It is over once it was used, and with the password.
    Browser::of(second_half(&t, &token, ("code", &phone.code(&t, 0)))).await;
    let again = send(second_half(&t, &token, ("recovery_code", &phone.codes[0]))).await;
    assert_eq!(again.error(401), "sign_in_over");
    let token = first_half(&t, ADMIN.0, ADMIN.1).await;
    let change = json!({"password": ADMIN.1, "new_password": "seven boats at noon"});
    send(browser.write(&t, Method::PUT, "/console/password").json(&change)).await.ok();
    let over = send(second_half(&t, &token, ("recovery_code", &phone.codes[0]))).await;
    assert_eq!(over.error(401), "sign_in_over");
}

#[tokio::test]
async fn a_password_that_fits_gives_no_more_tries_at_the_code() {
    let t = TestApp::start().await;
    let (_, phone) = with_phone(&t).await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(first_half(&t, ADMIN.0, ADMIN.1).await);
    }
    for token in &tokens[..2] {
        for _ in 0..5 {
            assert_eq!(send(second_half(&t, token, ("code", "123"))).await.error(401), "code_refused");
        }
    }
    // Ten have failed: now there is a wait, for the password too.
    let right = ("recovery_code", phone.codes[0].as_str());
    assert_eq!(send(second_half(&t, &tokens[2], right)).await.error(429), "too_many_attempts");
    let body = json!({"email": ADMIN.0, "password": ADMIN.1});
    let entering = send(t.anonymous(Method::POST, "/console/session").json(&body)).await;
    assert_eq!(entering.error(429), "too_many_attempts");
    t.clock.advance(Duration::from_secs(30));
    // What has failed five times is over, whatever comes.
    assert_eq!(send(second_half(&t, &tokens[0], right)).await.error(401), "sign_in_over");
    send(second_half(&t, &tokens[2], right)).await.ok();
}

#[tokio::test]
async fn who_knows_a_password_has_few_tries_at_the_code_however_many_networks_they_have() {
    let t = TestApp::start_with(|c| c.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")]).await;
    let (_, phone) = with_phone(&t).await;
    t.clock.advance(STEP);
    let try_from = async |network: usize, shown: (&str, &str)| {
        let from = format!("192.0.2.{network}");
        let body = json!({"email": ADMIN.0, "password": ADMIN.1});
        let half = t.anonymous(Method::POST, "/console/session").header("x-forwarded-for", &from).json(&body);
        let token = send(half).await.ok()["token"].as_str().expect("a token").to_owned();
        send(second_half(&t, &token, shown).header("x-forwarded-for", &from)).await
    };
    for network in 0..20 {
        assert_eq!(try_from(network, ("code", "000")).await.error(401), "code_refused");
    }
    let right = phone.code(&t, 0);
    assert_eq!(try_from(100, ("code", &right)).await.error(429), "too_many_attempts");
    // For an hour, or until the password is another one.
    t.clock.advance(Duration::from_secs(3600));
    try_from(101, ("code", &phone.code(&t, 0))).await.ok();
}

#[tokio::test]
async fn a_password_that_is_too_old_is_changed_with_the_code_and_not_before() {
    let t = TestApp::start().await;
    t.put("/1.0/settings", json!({"expire_password_enabled": true, "expire_password_after": 86_400})).await.ok();
    let (_, phone) = with_phone(&t).await;
    t.clock.advance(Duration::from_secs(86_400));
    let (old, new) = (ADMIN.1, "battery staple horse");
    let body = json!({"email": ADMIN.0, "password": old, "new_password": new});
    let half = send(t.anonymous(Method::POST, "/console/session").json(&body)).await.ok();
    assert_eq!(half["password_expired"], true);
    let token = half["token"].as_str().expect("a token");
    let bare = send(second_half(&t, token, ("code", &phone.code(&t, 0)))).await;
    assert_eq!(bare.error(403), "password_expired");
    let both = json!({"token": token, "code": phone.code(&t, 0), "new_password": new});
    Browser::of(t.anonymous(Method::POST, "/console/session/code").json(&both)).await;
    first_half(&t, ADMIN.0, new).await;
    let gone = send(t.anonymous(Method::POST, "/console/session").json(&body)).await;
    assert_eq!(gone.error(401), "invalid_credentials");
}

#[tokio::test]
async fn programs_go_on_without_it_and_it_is_ones_own() {
    let t = TestApp::start().await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let browser = Browser::sign_in(&t, "nora@shop.test", "a long passphrase").await;
    Phone::set_up(&t, &browser, "a long passphrase").await;
    assert_eq!(send(t.request_as(&token, Method::GET, "/1.0/users/me")).await.ok()["id"], nora["id"]);
    Socket::agent(&t, &token, None).await;
    // A token sets nothing up, and nobody else has one by this.
    for path in ["second_factor", "second_factor/on", "second_factor/off", "second_factor/recovery_codes"] {
        let body = json!({"password": "a long passphrase", "recovery_code": "x"});
        let asked = t.request_as(&token, Method::POST, &format!("/console/{path}")).json(&body);
        assert_eq!(send(asked).await.error(401), "unauthorized", "{path}");
    }
    Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
}

#[tokio::test]
async fn turning_it_off_asks_for_the_password() {
    let t = TestApp::start().await;
    let (browser, phone) = with_phone(&t).await;
    let wrong = post(&t, &browser, "second_factor/off", json!({"password": "wrong"})).await;
    assert_eq!(wrong.error(422), "validation_failed");
    assert_eq!(post(&t, &browser, "second_factor/off", json!({"password": ADMIN.1})).await.ok()["on"], false);
    Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    let codes = post(&t, &browser, "second_factor/recovery_codes", json!({"password": ADMIN.1})).await;
    assert_eq!(codes.error(422), "second_factor_off");
    // Nothing of it is left.
    let next = Phone::set_up(&t, &browser, ADMIN.1).await;
    assert_ne!(next.key, phone.key);
    assert_eq!(try_in(&t, ("recovery_code", &phone.codes[0])).await.error(401), "code_refused");
}

#[tokio::test]
async fn what_is_kept_of_it_shows_nothing() {
    let t = TestApp::start().await;
    let (_, phone) = with_phone(&t).await;
    let kept = t.app.db.read(|tx| {
        Box::pin(async {
            let sql = "SELECT sealed_key AS kept FROM second_factors UNION ALL SELECT code_hash FROM recovery_codes";
            let mut rows = tx.rows(sql, Vec::new()).await?;
            rows.iter_mut().map(store::Row::take::<String>).collect::<Result<Vec<_>, store::Error>>()
        })
    });
    let kept = kept.await.expect("rows");
    assert_eq!(kept.len(), 11);
    for secret in phone.codes.iter().chain([&phone.key]) {
        let plain = hubbub::crypto::plain_code(secret);
        assert!(kept.iter().all(|text| !text.contains(secret.as_str()) && !text.contains(&plain)), "{kept:?}");
        assert!(kept.iter().all(|text| *text != hubbub::crypto::token_hash(&plain)), "of nobody else's");
    }
}
