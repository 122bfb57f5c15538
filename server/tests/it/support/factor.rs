//! Somebody with an authenticator app.

use hubbub::crypto::totp;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Answer, Browser, TestApp, send};

/// The authenticator app of somebody, and their codes to recover with.
pub struct Phone {
    /// The key that it shares with the server.
    pub key: String,
    /// The codes that they were shown.
    pub codes: Vec<String>,
}

impl Phone {
    /// Sets a second factor up in a browser that is signed in.
    pub async fn set_up(t: &TestApp, browser: &Browser, password: &str) -> Self {
        let begun = post(t, browser, "second_factor", json!({"password": password})).await.ok();
        let mut phone = Self { key: begun["key"].as_str().expect("a key").to_owned(), codes: Vec::new() };
        phone.prove(t, browser).await;
        let on = json!({"recovery_code": phone.codes[0]});
        assert_eq!(post(t, browser, "second_factor/on", on).await.ok()["on"], true);
        phone
    }

    /// Shows the server that the app has the key, and keeps the codes.
    pub async fn prove(&mut self, t: &TestApp, browser: &Browser) {
        let proved = post(t, browser, "second_factor/code", json!({"code": self.code(t, 0)})).await.ok();
        let codes = proved["recovery_codes"].as_array().expect("codes");
        self.codes = codes.iter().map(|code| code.as_str().expect("a text").to_owned()).collect();
    }

    /// What it shows so many time steps from now.
    pub fn code(&self, t: &TestApp, steps: i64) -> String {
        let now = totp::step_at(t.clock.now().millis() / 1000);
        totp::code_in(&self.key, now + steps).expect("a key")
    }
}

/// A write of the console from a signed-in browser.
pub async fn post(t: &TestApp, browser: &Browser, path: &str, body: Value) -> Answer {
    send(browser.write(t, Method::POST, &format!("/console/{path}")).json(&body)).await
}

/// The first half of signing in: the password. Gives what goes with the second one.
pub async fn first_half(t: &TestApp, email: &str, password: &str) -> String {
    let body = json!({"email": email, "password": password});
    let answer = send(t.anonymous(Method::POST, "/console/session").json(&body)).await.ok();
    answer["token"].as_str().expect("a token").to_owned()
}

/// The second half, still to be sent: a code of the app, or one to recover with.
pub fn second_half(t: &TestApp, token: &str, shown: (&str, &str)) -> RequestBuilder {
    t.anonymous(Method::POST, "/console/session/code").json(&json!({"token": token, shown.0: shown.1}))
}
