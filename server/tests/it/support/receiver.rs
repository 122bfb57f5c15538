//! A webhook's endpoint inside the test: it notes every request and answers as it is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{TestApp, answering, eventually};

/// How the endpoint answers a POST.
#[derive(Clone, Copy, Debug)]
pub enum Says {
    /// With this code.
    Code(u16),
    /// Never.
    Nothing,
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its method.
    pub method: Method,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its query.
    pub query: HashMap<String, String>,
    /// Its body; null when it is not JSON.
    pub body: Value,
}

impl Received {
    /// A header as text, empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The id of the request's body.
    pub fn id(&self) -> &str {
        self.body["id"].as_str().unwrap_or_default()
    }

    /// The texts of the contents in the request, in order.
    pub fn bodies(&self) -> Vec<String> {
        let events = self.body["events"].as_array().cloned().unwrap_or_default();
        let text = |e: &Value| e["resource"]["metadata"]["body"].as_str().unwrap_or_default().to_owned();
        events.iter().map(text).collect()
    }
}

type Answers = Box<dyn FnMut(&Received) -> Says + Send>;

struct Shared {
    received: Mutex<Vec<Received>>,
    confirms: Mutex<bool>,
    answer: Mutex<Answers>,
}

/// The endpoint.
pub struct Receiver {
    /// Its address.
    pub url: String,
    shared: Arc<Shared>,
}

impl Receiver {
    /// An endpoint that confirms and acknowledges everything.
    pub async fn start() -> Self {
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            confirms: Mutex::new(true),
            answer: Mutex::new(Box::new(|_| Says::Code(200))),
        });
        let router = Router::new().fallback(receive).with_state(shared.clone());
        Self { url: format!("{}/hook", answering(router)), shared }
    }

    /// Whether challenges are confirmed from now on.
    pub fn confirm(&self, confirms: bool) {
        *self.shared.confirms.lock().expect("a lock") = confirms;
    }

    /// How POSTs are answered from now on.
    pub fn answer(&self, answer: impl FnMut(&Received) -> Says + Send + 'static) {
        *self.shared.answer.lock().expect("a lock") = Box::new(answer);
    }

    /// Every POST is answered with this code from now on.
    pub fn code(&self, code: u16) {
        self.answer(move |_| Says::Code(code));
    }

    fn of(&self, method: &Method) -> Vec<Received> {
        self.shared.received.lock().expect("a lock").iter().filter(|r| r.method == method).cloned().collect()
    }

    /// The challenges that came.
    pub fn challenges(&self) -> Vec<Received> {
        self.of(&Method::GET)
    }

    /// The deliveries that came, each as often as it came.
    pub fn deliveries(&self) -> Vec<Received> {
        self.of(&Method::POST)
    }

    /// The texts of all contents that came, in the order of their coming.
    pub fn bodies(&self) -> Vec<String> {
        self.deliveries().iter().flat_map(Received::bodies).collect()
    }

    /// Waits until these texts, and no others, have come in this order, however many requests carried them.
    pub async fn expect(&self, bodies: &[&str]) {
        let what = format!("{bodies:?}");
        eventually(&what, || async { (self.bodies().len() >= bodies.len()).then_some(()) }).await;
        assert_eq!(self.bodies(), bodies);
    }

    /// Waits until this many deliveries have come; gives them.
    pub async fn wait(&self, count: usize) -> Vec<Received> {
        let what = format!("{count} deliveries");
        eventually(&what, || async { Some(self.deliveries()).filter(|all| all.len() >= count) }).await
    }

    /// Registers the endpoint for all contents that come in, with changes; gives the webhook once it is active.
    pub async fn register(&self, t: &TestApp, more: Value) -> Value {
        let mut body = json!({"url": self.url, "registered_events": ["content.imported"], "verify_token": "let me in"});
        body.as_object_mut().expect("a map").extend(more.as_object().cloned().expect("a map"));
        let made = t.post("/1.0/webhooks", body).await.ok();
        wait_for_status(t, made["id"].as_str().expect("an id"), "active").await
    }
}

/// Waits until a webhook has a status and nothing is under way that would change it; gives the webhook.
pub async fn wait_for_status(t: &TestApp, id: &str, status: &str) -> Value {
    let path = format!("/1.0/webhooks/{id}");
    eventually(&format!("a webhook that is {status}"), || async {
        Some(t.get(&path).await.ok()).filter(|webhook| webhook["webhook_status"] == status)
    })
    .await
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    method: Method,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    let received = Received { method: method.clone(), headers, query, body };
    shared.received.lock().expect("a lock").push(received.clone());
    if method == Method::GET {
        return match *shared.confirms.lock().expect("a lock") {
            true => format!("{}\n", received.query["hub.challenge"]).into_response(),
            false => "hello".into_response(),
        };
    }
    let says = (shared.answer.lock().expect("a lock"))(&received);
    match says {
        Says::Code(code) => (StatusCode::from_u16(code).expect("a code"), "noted").into_response(),
        Says::Nothing => std::future::pending().await,
    }
}
