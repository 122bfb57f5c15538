//! A visitor of a chat, as the widget on a page acts for them.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use store::source::Source;

use super::{Answer, TestApp, send};

/// A visitor with a session.
pub struct Visitor {
    /// The chat's public token.
    pub chat: String,
    /// The visitor's key.
    pub key: String,
    /// What the session was answered with.
    pub session: Value,
}

/// Asks for a session.
pub async fn session(t: &TestApp, chat: &Source, body: Value) -> Answer {
    send(t.anonymous(Method::POST, &format!("/chat/{}/session", chat.token)).json(&body)).await
}

impl Visitor {
    /// A new visitor.
    pub async fn new(t: &TestApp, chat: &Source) -> Self {
        Self::with(t, chat, json!({})).await
    }

    /// A visitor whose session is asked for with `body`.
    pub async fn with(t: &TestApp, chat: &Source, body: Value) -> Self {
        let session = session(t, chat, body).await.ok();
        let key = session["visitor"].as_str().expect("a key").to_owned();
        Self { chat: chat.token.clone(), key, session }
    }

    /// A request with the visitor's key.
    pub fn request(&self, t: &TestApp, method: Method, path: &str) -> RequestBuilder {
        t.anonymous(method, &format!("/chat/{}/{path}", self.chat)).bearer_auth(&self.key)
    }

    /// GET.
    pub async fn get(&self, t: &TestApp, path: &str) -> Answer {
        send(self.request(t, Method::GET, path)).await
    }

    /// POST of JSON.
    pub async fn post(&self, t: &TestApp, path: &str, body: Value) -> Answer {
        send(self.request(t, Method::POST, path).json(&body)).await
    }

    /// Writes a message with an id of its own; without a thread, a new one begins.
    pub async fn write(&self, t: &TestApp, thread: Option<&str>, body: &str) -> Value {
        let client_id = model::new_object_id(t.clock.now());
        self.post(t, "messages", json!({"client_id": client_id, "thread_id": thread, "body": body})).await.ok()
    }
}
