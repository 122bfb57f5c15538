//! Passwords that are lost, and chosen anew by a link in a mail.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::smtp::Smtp;
use crate::support::world::user;
use crate::support::{ADMIN, Answer, Browser, TestApp, id, send};

const NEW: &str = "a heron stands in the reeds";

async fn ask(t: &TestApp, email: &str) -> Answer {
    send(t.anonymous(Method::POST, "/console/password/forgotten").json(&json!({"email": email}))).await
}

async fn choose(t: &TestApp, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    send(t.anonymous(Method::POST, "/console/password/recovered").json(&body)).await
}

async fn mails(t: &TestApp) -> Value {
    t.get("/1.0/mail_deliveries").await.ok()
}

/// The token in the mail that came as the `n`th.
async fn token(smtp: &Smtp, n: usize) -> String {
    let (subject, body) = smtp.wait(n).await[n - 1].read();
    assert_eq!(subject, "Your password at Hubbub");
    let link = body.lines().find(|line| line.contains("/recovery#")).expect("a link");
    link.split_once('#').expect("a token").1.to_owned()
}

#[tokio::test]
async fn a_lost_password_is_chosen_anew_once_and_ends_what_went_before() {
    let smtp = Smtp::open();
    let t = TestApp::start_with(|config| smtp.used(config)).await;
    let before = Browser::sign_in(&t, ADMIN.0, ADMIN.1).await;
    assert_eq!(ask(&t, " Admin@Hubbub.TEST ").await.status, 204);
    let first = token(&smtp, 1).await;
    ask(&t, ADMIN.0).await;
    let second = token(&smtp, 2).await;
    // The rules of new passwords hold, and what is refused costs nothing.
    assert_eq!(choose(&t, &first, "short").await.error(422), "validation_failed");
    assert_eq!(choose(&t, &first, NEW).await.ok()["email"], ADMIN.0);
    for used in [&first, &second] {
        assert_eq!(choose(&t, used, "another heron, another reed").await.error(422), "recovery_invalid");
    }
    assert_eq!(send(before.request(&t, Method::GET, "/console/session")).await.error(401), "session_ended");
    let old = json!({"email": ADMIN.0, "password": ADMIN.1});
    assert_eq!(send(t.anonymous(Method::POST, "/console/session").json(&old)).await.error(401), "invalid_credentials");
    Browser::sign_in(&t, ADMIN.0, NEW).await;
}

#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_has_chosen() {
    let smtp = Smtp::open();
    let t = TestApp::start_with(|config| smtp.used(config)).await;
    ask(&t, ADMIN.0).await;
    let token = token(&smtp, 1).await;
    let (one, other) = tokio::join!(choose(&t, &token, NEW), choose(&t, &token, "a bittern booms at dusk"));
    let mut said = [one.status.as_u16(), other.status.as_u16()];
    said.sort_unstable();
    assert_eq!(said, [200, 422]);
}

#[tokio::test]
async fn who_asks_is_never_told_whether_there_is_an_account() {
    let smtp = Smtp::open();
    let t = TestApp::start_with(|config| smtp.used(config)).await;
    let (agent, _) = user(&t, "Agent", "Agent").await;
    let (bot, _) = user(&t, "Bot", "Bot").await;
    t.put(&format!("/1.0/users/{}", id(&agent)), json!({"no_password": true})).await.ok();
    t.put(&format!("/1.0/users/{}", id(&bot)), json!({"bot": true})).await.ok();
    let role = t.get("/1.0/roles").await.ok()["records"][0]["id"].clone();
    let invited = json!({"firstname": "Al", "lastname": "Pha", "email": "al@shop.test", "role_id": role});
    t.post("/1.0/users/invite", invited).await.ok();
    for email in ["nobody@shop.test", "no address", "agent@shop.test", "bot@shop.test", "al@shop.test"] {
        assert_eq!(ask(&t, email).await.status, 204, "{email}");
    }
    // The invitation alone.
    assert_eq!(mails(&t).await["count"], 1);
    assert_eq!(ask(&t, "").await.error(400), "invalid_parameter");
}

#[tokio::test]
async fn links_are_few_and_end_after_an_hour_and_with_the_address() {
    let smtp = Smtp::open();
    let t = TestApp::start_with(|config| smtp.used(config)).await;
    for _ in 0..5 {
        assert_eq!(ask(&t, ADMIN.0).await.status, 204);
    }
    let first = token(&smtp, 3).await;
    assert_eq!(mails(&t).await["count"], 3);
    t.clock.advance(Duration::from_secs(3600));
    assert_eq!(choose(&t, &first, NEW).await.error(422), "recovery_invalid");
    ask(&t, ADMIN.0).await;
    let next = token(&smtp, 4).await;
    let me = t.get("/1.0/users/me").await.ok();
    t.put(&format!("/1.0/users/{}", id(&me)), json!({"email": "other@hubbub.test"})).await.ok();
    assert_eq!(choose(&t, &next, NEW).await.error(422), "recovery_invalid");
    // And one network asks ten times an hour at the most.
    for _ in 0..4 {
        assert_eq!(ask(&t, "nobody@hubbub.test").await.status, 204);
    }
    assert_eq!(ask(&t, "nobody@hubbub.test").await.error(429), "too_many_attempts");
}

#[tokio::test]
async fn where_no_mails_are_sent_or_the_setting_forbids_it_that_is_said() {
    let silent = TestApp::start().await;
    assert_eq!(ask(&silent, ADMIN.0).await.error(422), "recovery_unavailable");
    let smtp = Smtp::open();
    let t = TestApp::start_with(|config| smtp.used(config)).await;
    t.put("/1.0/settings", json!({"password_recovery_disabled": true})).await.ok();
    for email in [ADMIN.0, "nobody@hubbub.test"] {
        assert_eq!(ask(&t, email).await.error(422), "recovery_unavailable");
    }
    assert_eq!(mails(&t).await["count"], 0);
}
