//! A browser that is signed in to the console.

use reqwest::header::{HeaderMap, SET_COOKIE};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::TestApp;

/// A signed-in browser.
pub struct Browser {
    /// Its cookie, as it sends it.
    pub cookie: String,
    /// The token that its writes carry.
    pub csrf: String,
    /// The headers of the answer that signed it in.
    pub headers: HeaderMap,
    /// The body of that answer.
    pub json: Value,
}

impl Browser {
    /// Signs in with an e-mail address and a password.
    pub async fn sign_in(t: &TestApp, email: &str, password: &str) -> Self {
        let request =
            t.anonymous(Method::POST, "/console/session").json(&json!({"email": email, "password": password}));
        Self::of(request).await
    }

    /// Sends what signs it in.
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        let json: Value = response.json().await.expect("JSON");
        let set = headers[SET_COOKIE].to_str().expect("a text");
        let cookie = set.split(';').next().expect("a pair").to_owned();
        Self { cookie, csrf: json["csrf"].as_str().expect("a token").to_owned(), headers, json }
    }

    /// A request with its cookie and without its token.
    pub fn request(&self, t: &TestApp, method: Method, path: &str) -> RequestBuilder {
        t.anonymous(method, path).header("cookie", &self.cookie)
    }

    /// A write with its cookie and its token.
    pub fn write(&self, t: &TestApp, method: Method, path: &str) -> RequestBuilder {
        self.request(t, method, path).header("x-csrf-token", &self.csrf)
    }
}
