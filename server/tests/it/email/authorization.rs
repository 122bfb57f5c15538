//! Signing a mailbox in at its provider: what the browser is sent there with, what the provider is shown, and what is said
//! when that does not do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hubbub::crypto::pkce_challenge;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::outbound::provider;
use crate::support::dovecot::{Owner, dovecot, settings, source};
use crate::support::relay::{Then, relay};
use crate::support::world::user;
use crate::support::{TestApp, id, send};

/// A way to the server on which tokens with this beginning are taken, or none.
async fn taking(token: &'static str) -> u16 {
    let name = Arc::<Mutex<String>>::default();
    relay(dovecot().port, move |said| {
        let mut name = name.lock().expect("a lock");
        if said.contains("AUTHENTICATE XOAUTH2") {
            *name = said.split(' ').next().unwrap_or_default().to_owned();
            return Then::Answer("+ \r\n".into());
        }
        if name.is_empty() {
            return Then::Pass;
        }
        let tag = std::mem::take(&mut *name);
        let told = STANDARD.decode(said.trim()).unwrap_or_default();
        let told = String::from_utf8_lossy(&told).into_owned();
        let good = told.contains(&format!("auth=Bearer {token}"));
        Then::Answer(format!("{tag} {}\r\n", if good { "OK in" } else { "NO [AUTHENTICATIONFAILED] not you" }))
    })
    .await
}

/// A mailbox that is signed in to by a token of a provider, which it has none of yet.
async fn mailbox(t: &TestApp, owner: &Owner, token_url: &str) -> Value {
    let mut more = settings(owner);
    more.as_object_mut().expect("a map").remove("imap_password");
    for (name, value) in [
        ("active", json!(false)),
        ("imap_port", json!(taking("good").await)),
        ("imap_authentication_type", json!("google")),
        ("oauth_client_id", json!("our program")),
        ("oauth_client_secret", json!("canary-client")),
        ("oauth_authorize_url", json!("https://provider.test/sign-in?brand=1")),
        ("oauth_token_url", json!(token_url)),
    ] {
        more[name] = value;
    }
    source(t, more).await
}

fn path(source: &Value) -> String {
    format!("/1.0/content_sources/{}/authorization", id(source))
}

async fn begun(t: &TestApp, source: &Value) -> HashMap<String, String> {
    let begun = t.post(&path(source), json!({})).await.ok();
    let url = Url::parse(begun["url"].as_str().expect("an address")).expect("an address");
    url.query_pairs().into_owned().collect()
}

fn fresh(token: &str, refresh: &str) -> (u16, Value) {
    (200, json!({"access_token": token, "expires_in": 3600, "refresh_token": refresh}))
}

fn has(all: &HashMap<String, String>, pairs: &[(&str, &str)]) {
    for (name, value) in pairs {
        assert_eq!(all[*name], *value, "{name}");
    }
}

#[tokio::test]
async fn a_mailbox_is_signed_in_by_a_code_that_nobody_else_can_use() {
    let t = TestApp::start().await;
    let owner = Owner::new().await;
    let (url, heard) = provider(vec![fresh("good-1", "canary-refresh")]).await;
    let made = mailbox(&t, &owner, &url).await;
    let begun = t.post(&path(&made), json!({})).await.ok();
    let back = format!("{}/oauth/callback", t.app.config.public_url);
    assert_eq!(begun["redirect_uri"], back.as_str());
    let url = begun["url"].as_str().expect("an address").to_owned();
    assert!(url.starts_with("https://provider.test/sign-in?brand=1&response_type=code&"), "{url}");
    let asked: HashMap<String, String> = Url::parse(&url).expect("an address").query_pairs().into_owned().collect();
    has(
        &asked,
        &[
            ("client_id", "our program"),
            ("redirect_uri", back.as_str()),
            ("scope", "https://mail.google.com/"),
            ("code_challenge_method", "S256"),
            ("access_type", "offline"),
            ("prompt", "consent"),
            ("login_hint", owner.name.as_str()),
        ],
    );
    let state = &asked["state"];
    assert!(state.starts_with(&format!("{}.", id(&made))) && state.len() == 24 + 1 + 64, "{state}");
    let connected = t.put(&path(&made), json!({"state": state, "code": "the code"})).await.ok();
    assert!(connected["secrets"]["imap_oauth_refresh_token"].is_string(), "{connected}");
    let form: HashMap<String, String> = {
        let heard = heard.lock().expect("a lock");
        assert_eq!(heard.len(), 1);
        Url::parse(&format!("http://form/?{}", heard[0])).expect("a form").query_pairs().into_owned().collect()
    };
    has(
        &form,
        &[
            ("grant_type", "authorization_code"),
            ("code", "the code"),
            ("redirect_uri", back.as_str()),
            ("client_id", "our program"),
            ("client_secret", "canary-client"),
        ],
    );
    assert_eq!(pkce_challenge(&form["code_verifier"]), asked["code_challenge"]);
    // Nothing of it is shown, and it cannot be ended twice.
    let shown = t.get(&format!("/1.0/content_sources/{}", id(&made))).await.ok().to_string();
    assert!(!shown.contains("canary") && !shown.contains("good-1"), "{shown}");
    let again = t.put(&path(&made), json!({"state": state, "code": "the code"})).await;
    assert_eq!(again.error(422), "authorization_over");
}

#[tokio::test]
async fn a_sign_in_is_ended_by_who_began_it_and_in_time() {
    let t = TestApp::start().await;
    let owner = Owner::new().await;
    let (url, heard) = provider(vec![fresh("good-1", "one")]).await;
    let made = mailbox(&t, &owner, &url).await;
    let end = async |state: &str| t.put(&path(&made), json!({"state": state, "code": "c"})).await.error(422);
    assert_eq!(end("never begun").await, "authorization_over");
    // Somebody else has it.
    let (_, token) = user(&t, "Nora", "Administrator").await;
    let state = begun(&t, &made).await["state"].clone();
    let other = t.request_as(&token, Method::PUT, &path(&made)).json(&json!({"state": state, "code": "c"}));
    assert_eq!(send(other).await.error(422), "authorization_over");
    // For another mailbox.
    let state = begun(&t, &made).await["state"].clone();
    let second = mailbox(&t, &owner, &url).await;
    let answer = t.put(&path(&second), json!({"state": state, "code": "c"})).await;
    assert_eq!(answer.error(422), "authorization_over");
    // Whoever begins again has begun once.
    let first = begun(&t, &made).await["state"].clone();
    let state = begun(&t, &made).await["state"].clone();
    assert_eq!(end(&first).await, "authorization_over");
    t.clock.advance(Duration::from_secs(601));
    assert_eq!(end(&state).await, "authorization_over");
    assert!(heard.lock().expect("a lock").is_empty());
    let agent = t.token_of("Agent").await;
    send(t.request_as(&agent, Method::POST, &path(&made)).json(&json!({}))).await.error(403);
}

#[tokio::test]
async fn a_sign_in_that_does_not_do_is_said_in_words_and_what_was_there_stays() {
    let t = TestApp::start().await;
    let owner = Owner::new().await;
    let wrong = json!({"error": "invalid_grant", "error_description": "the code is another program's"});
    let short = json!({"access_token": "good-1", "expires_in": 3600});
    let answers =
        vec![(400, wrong), (503, json!({})), (200, short), fresh("somebody-else", "two"), fresh("good-2", "three")];
    let (url, _) = provider(answers).await;
    let made = mailbox(&t, &owner, &url).await;
    let told = format!("/1.0/content_sources/{}", id(&made));
    t.put(&told, json!({"imap_oauth_refresh_token": "from before"})).await.ok();
    let before = t.get(&told).await.ok()["secrets"].clone();
    let refused = {
        let state = begun(&t, &made).await["state"].clone();
        let said = json!({"state": state, "error": "access_denied", "error_description": "She said no"});
        t.put(&path(&made), said).await
    };
    assert!(refused.text.contains("access_denied: She said no"), "{}", refused.text);
    assert_eq!(refused.error(422), "authorization_refused");
    for (code, words) in [
        ("authorization_failed", "the code is another program's"),
        ("authorization_failed", "answered with 503"),
        ("no_refresh_token", ""),
        ("imap_login_failed", "not you"),
    ] {
        let state = begun(&t, &made).await["state"].clone();
        let answer = t.put(&path(&made), json!({"state": state, "code": "c"})).await;
        assert!(answer.text.contains(words), "{}", answer.text);
        assert_eq!(answer.error(422), code);
        assert_eq!(t.get(&told).await.ok()["secrets"], before);
    }
    let state = begun(&t, &made).await["state"].clone();
    t.clock.advance(Duration::from_secs(5));
    t.put(&path(&made), json!({"state": state, "code": "c"})).await.ok();
    assert_ne!(t.get(&told).await.ok()["secrets"], before);
}

#[tokio::test]
async fn only_a_mailbox_that_says_how_is_signed_in() {
    let t = TestApp::start().await;
    let owner = Owner::new().await;
    let made = mailbox(&t, &owner, "https://provider.test/token").await;
    let told = format!("/1.0/content_sources/{}", id(&made));
    let begin = async |more: Value| {
        t.put(&told, more).await.ok();
        let answer = t.post(&path(&made), json!({})).await;
        answer.json["field"].as_str().unwrap_or_default().to_owned()
    };
    let none = json!({"oauth_authorize_url": null});
    assert_eq!(begin(none).await, "oauth_authorize_url");
    assert_eq!(begin(json!({"oauth_token_url": null, "oauth_client_secret": "x"})).await, "");
    let microsoft = json!({"imap_authentication_type": "microsoft_identity_platform", "oauth_tenant": "shop"});
    assert_eq!(begin(microsoft).await, "");
    let begun = t.post(&path(&made), json!({})).await.ok();
    let url = begun["url"].as_str().expect("an address");
    assert!(
        url.starts_with("https://login.microsoftonline.com/shop/oauth2/v2.0/authorize?response_type=code&"),
        "{url}"
    );
    assert!(url.contains("offline_access") && url.contains("response_mode=query"), "{url}");
    assert_eq!(begin(json!({"oauth_client_id": null})).await, "oauth_client_id");
    assert_eq!(begin(json!({"imap_authentication_type": "basic"})).await, "imap_authentication_type");
    // The page that the browser comes back to is the console's.
    let page = send(t.anonymous(Method::GET, "/oauth/callback?state=x&code=y")).await;
    assert_eq!(page.status, 200);
}
