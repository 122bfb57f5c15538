//! A third party that speaks the Source SDK both ways: it signs what it sends, checks what it gets as the official
//! servers do, and can be told to fail.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hubbub::crypto::sdk_signature;
use model::SourceId;
use reqwest::Method;
use serde_json::{Value, json};
use store::source::{self, Source};
use tokio::sync::Notify;

use super::{Answer, TestApp, answering, eventually, send};

/// The header with the signature.
pub const SIGNATURE: &str = "X-SMCCSDK-SIGNATURE";

/// What the third party answers to one request.
#[derive(Clone, Debug)]
pub enum Reaction {
    /// An object with this id, signed.
    Id(&'static str),
    /// This object, signed.
    Object(Value),
    /// An object with an id and no signature.
    Unsigned(&'static str),
    /// An object with an id and a signature with another key.
    Forged,
    /// A code with a text.
    Status(u16, &'static str),
    /// A redirect to itself.
    Moved,
    /// A request to wait for so many seconds, or until this time.
    Wait(&'static str),
    /// An answer that breaks off: what was asked is done, and nobody is told.
    BreakOff,
    /// An error of this content: a message, and whether it is fatal.
    Error(&'static str, bool),
    /// Nothing, until the third party is told to go on; then an object with an id.
    Hang(&'static str),
}

/// A request that the third party got.
#[derive(Clone, Debug)]
pub struct Got {
    /// `messages.create` and the like.
    pub action: String,
    /// Its parameters.
    pub params: Value,
    /// The whole body.
    pub body: Value,
}

/// How questions are answered: for what is new, and what the implementation can do.
type Answers = dyn Fn(&str, &Value) -> Reaction + Send + Sync;

#[derive(Default)]
struct Inner {
    secret: Mutex<String>,
    script: Mutex<VecDeque<Reaction>>,
    got: Mutex<Vec<Got>>,
    asked: Mutex<Vec<Got>>,
    answers: Mutex<Option<Arc<Answers>>>,
    wrong: Mutex<Vec<String>>,
    go_on: Notify,
    ids: AtomicU32,
    requests: AtomicUsize,
    python: AtomicBool,
}

/// The third party with its source.
pub struct ThirdParty {
    /// Its source, as the API shows it.
    pub source: Value,
    /// The key that both sign with.
    pub secret: String,
    /// Its own address.
    pub url: String,
    inner: Arc<Inner>,
}

impl ThirdParty {
    /// A third party, and a source on the server that leads to it.
    pub async fn new(t: &TestApp, name: &str) -> Self {
        Self::with(t, name, json!({})).await
    }

    /// The same with more settings of the source.
    pub async fn with(t: &TestApp, name: &str, more: Value) -> Self {
        Self::listen().await.joins(t, name, more).await
    }

    /// Makes a source on the server that leads to it.
    async fn joins(mut self, t: &TestApp, name: &str, more: Value) -> Self {
        let community = json!({"type": "sdk", "name": format!("{name} users")});
        let community = t.post("/1.0/communities", community).await.ok();
        let mut given = json!({"type": "sdk", "name": name, "community_id": community["id"],
                               "endpoint_url": self.endpoint()});
        given.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        self.meet(t.post("/1.0/content_sources", given).await.ok());
        if !self.source["health"]["next_run_at"].is_null() {
            let health = format!("/1.0/content_sources/{}/health", self.id());
            let first = || async { Some(t.get(&health).await.ok()).filter(|health| !health["runs"][0].is_null()) };
            eventually("the end of the first run", first).await;
        }
        self
    }

    /// The same with the answers that it gives to questions from the first one on.
    pub async fn listen_for(
        t: &TestApp,
        name: &str,
        more: Value,
        answers: impl Fn(&str, &Value) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        let party = Self::listen().await;
        party.answers(answers);
        party.joins(t, name, more).await
    }

    /// A third party that no source leads to yet.
    pub async fn listen() -> Self {
        let inner = Arc::<Inner>::default();
        let router =
            Router::new().route("/sdk", post(answer)).route("/files/{name}", get(file)).with_state(inner.clone());
        Self { source: Value::Null, secret: String::new(), url: answering(router), inner }
    }

    /// Where it takes requests.
    pub fn endpoint(&self) -> String {
        format!("{}/sdk", self.url)
    }

    /// Tells it its source.
    pub fn meet(&mut self, source: Value) {
        source["access_token"].as_str().expect("a key").clone_into(&mut self.secret);
        self.inner.secret.lock().expect("not poisoned").clone_from(&self.secret);
        self.source = source;
    }

    /// The id of its source.
    pub fn id(&self) -> &str {
        self.source["id"].as_str().expect("an id")
    }

    /// The row of its source.
    pub async fn row(&self, t: &TestApp) -> Source {
        let id = SourceId::parse(self.id()).expect("an id");
        let found = t.app.db.read(move |tx| Box::pin(async move { source::find(tx, &id).await })).await;
        found.expect("a read").expect("a source")
    }

    /// Sends an action, signed.
    pub async fn send(&self, t: &TestApp, action: &str, params: Value) -> Answer {
        self.send_bytes(t, json!({"action": action, "params": params}).to_string()).await
    }

    /// Sends any body, signed.
    pub async fn send_bytes(&self, t: &TestApp, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let signature = sdk_signature(&self.secret, &body);
        send(t.anonymous(Method::POST, &self.path()).header(SIGNATURE, signature).body(body)).await
    }

    /// The path of its Send API.
    pub fn path(&self) -> String {
        format!("/realtime/sdk/{}", self.id())
    }

    /// One of its users writes a message; gives the content as the API shows it.
    pub async fn says(&self, t: &TestApp, id: &str, thread: &str, body: &str) -> Value {
        let author = json!({"id": "666", "screenname": "John Doe", "created_at": "06/11/2017"});
        let params = json!({"id": id, "author": author, "body": body, "thread_id": thread, "format": "text"});
        let answer = self.send(t, "messages.create", params).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "ok"));
        self.content(t, id).await
    }

    /// The content with this id of its own.
    pub async fn content(&self, t: &TestApp, id: &str) -> Value {
        let found = self.contents(t).await.into_iter().find(|c| c["foreign_id"] == id);
        found.unwrap_or_else(|| panic!("no content {id}"))
    }

    /// Every content of its source, oldest first.
    pub async fn contents(&self, t: &TestApp) -> Vec<Value> {
        let list = t.get(&format!("/1.0/contents?q=source:{}&limit=150", self.id())).await.ok();
        let mut records = list["records"].as_array().expect("a list").clone();
        records.sort_by_key(|c| c["id"].as_str().expect("an id").to_owned());
        records
    }

    /// The administrator answers a content; gives the reply.
    pub async fn reply(&self, t: &TestApp, to: &Value, body: &str) -> Value {
        t.post("/1.0/contents", json!({"in_reply_to_id": to["id"], "body": body})).await.ok()
    }

    /// How a content fares on its way.
    pub async fn export(&self, t: &TestApp, content: &Value) -> Value {
        let list = t.get(&format!("/1.0/contents/{}/exports", super::id(content))).await.ok();
        assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
        list[0].clone()
    }

    /// Waits until so many tries at a content have ended; gives how it fares then.
    pub async fn tried(&self, t: &TestApp, content: &Value, count: usize) -> Value {
        let ended = |export: &Value| {
            let attempts = export["attempts"].as_array().expect("a list");
            attempts.iter().filter(|one| !one["outcome"].is_null()).count()
        };
        let look = || async { Some(self.export(t, content).await).filter(|export| ended(export) == count) };
        eventually("the end of a try", look).await
    }

    /// Says how the next requests are answered; after those, each gets an object with a new id.
    pub fn script(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.inner.script.lock().expect("not poisoned").extend(reactions);
    }

    /// Lets one request that hangs go on.
    pub fn go_on(&self) {
        self.inner.go_on.notify_one();
    }

    /// Checks signatures from now on as the official server in Python does: over JSON that has no character but ASCII.
    pub fn reads_as_python(&self) {
        self.inner.python.store(true, Ordering::SeqCst);
    }

    /// Says how questions are answered from now on, by their action and parameters. Without it the third party takes
    /// everything, and lists nothing.
    pub fn answers(&self, answers: impl Fn(&str, &Value) -> Reaction + Send + Sync + 'static) {
        *self.inner.answers.lock().expect("not poisoned") = Some(Arc::new(answers));
    }

    /// The questions so far.
    pub fn asked(&self) -> Vec<Got> {
        self.inner.asked.lock().expect("not poisoned").clone()
    }

    /// Waits for a run of its source that has begun after now and has ended; gives it.
    pub async fn run(&self, t: &TestApp) -> Value {
        let health = format!("/1.0/content_sources/{}/health", self.id());
        let last = async || t.get(&health).await.ok()["runs"][0].clone();
        // What is due or under way ends first: its lease is ten seconds.
        let then = t.clock.now().plus_seconds(12).to_api();
        let quiet = || async { self.health(t).await["next_run_at"].as_str().filter(|next| *next > &*then).map(drop) };
        eventually("the end of the last run", quiet).await;
        let before = last().await["number"].as_i64().unwrap_or(0);
        t.clock.advance(Duration::from_secs(11));
        t.post(&format!("/1.0/content_sources/{}/run", self.id()), json!({})).await.ok();
        let look = || async { Some(last().await).filter(|run| run["number"].as_i64().unwrap_or(0) > before) };
        eventually("the end of a run", look).await
    }

    /// How its source fares.
    pub async fn health(&self, t: &TestApp) -> Value {
        t.get(&format!("/1.0/content_sources/{}", self.id())).await.ok()["health"].clone()
    }

    /// How many requests came, those that were refused too.
    pub fn requests(&self) -> usize {
        self.inner.requests.load(Ordering::SeqCst)
    }

    /// The requests so far.
    pub fn got(&self) -> Vec<Got> {
        assert_eq!(*self.inner.wrong.lock().expect("not poisoned"), Vec::<String>::new());
        self.inner.got.lock().expect("not poisoned").clone()
    }

    /// Waits for so many requests.
    pub async fn gets(&self, count: usize) -> Vec<Got> {
        eventually("a request to the third party", || async { Some(self.got()).filter(|got| got.len() >= count) }).await
    }

    /// Waits until a content's synchronization has this status.
    pub async fn synchronized(&self, t: &TestApp, content: &Value, status: &str) -> Value {
        let path = format!("/1.0/contents/{}", content["id"].as_str().expect("an id"));
        let (path, status) = (&path, status);
        eventually(
            status,
            || async move { Some(t.get(path).await.ok()).filter(|c| c["synchronization_status"] == status) },
        )
        .await
    }
}

/// What a third party answers that takes everything and lists nothing.
fn usual(action: &str, _: &Value) -> Reaction {
    let all = json!(["create", "show"]);
    match action {
        "implementation.info" => Reaction::Object(json!({
            "objects": {"messages": all, "private_messages": all, "threads": all, "status": ["mark_as_read"]},
            "options": ["messages.attachments", "private_messages.attachments", "threads.attachments"],
        })),
        _ => Reaction::Object(json!([])),
    }
}

/// Answers a question, once it is known of which source it is.
async fn reply(inner: &Inner, headers: &HeaderMap, body: Value) -> Response {
    while inner.secret.lock().expect("not poisoned").is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let secret = inner.secret.lock().expect("not poisoned").clone();
    let given = headers.get(SIGNATURE).and_then(|v| v.to_str().ok());
    if given != Some(&sdk_signature(&secret, body.to_string().as_bytes())) {
        return (StatusCode::UNPROCESSABLE_ENTITY, "Invalid signature").into_response();
    }
    let action = body["action"].as_str().expect("an action").to_owned();
    let got = Got { action: action.clone(), params: body["params"].clone(), body };
    inner.asked.lock().expect("not poisoned").push(got.clone());
    let answers = inner.answers.lock().expect("not poisoned").clone();
    let reaction = answers.map_or_else(|| usual(&action, &got.params), |answers| answers(&action, &got.params));
    react(inner, &secret, reaction).await
}

async fn answer(State(inner): State<Arc<Inner>>, headers: HeaderMap, bytes: Bytes) -> Response {
    let secret = inner.secret.lock().expect("not poisoned").clone();
    let body: Value = serde_json::from_slice(&bytes).expect("JSON");
    if body["action"].as_str().is_some_and(|action| action == "implementation.info" || action.ends_with(".list")) {
        return reply(&inner, &headers, body).await;
    }
    // The official servers sign what they have read and written again.
    let mut again = body.to_string();
    inner.requests.fetch_add(1, Ordering::SeqCst);
    let python = inner.python.load(Ordering::SeqCst);
    if python {
        let escape = |unit| match unit {
            0x20..=0x7e => char::from(u8::try_from(unit).expect("ASCII")).to_string(),
            _ => format!("\\u{unit:04x}"),
        };
        again = again.encode_utf16().map(escape).collect();
    }
    let given = headers.get(SIGNATURE).and_then(|v| v.to_str().ok()).unwrap_or("none").to_owned();
    let fits = given == sdk_signature(&secret, again.as_bytes());
    if python && !fits {
        return (StatusCode::UNPROCESSABLE_ENTITY, "not valid").into_response();
    }
    if !fits || headers[header::CONTENT_TYPE] != "application/json" {
        inner.wrong.lock().expect("not poisoned").push(format!("{given}: {again}"));
        return (StatusCode::UNPROCESSABLE_ENTITY, "Invalid signature").into_response();
    }
    let action = body["action"].as_str().expect("an action").to_owned();
    inner.got.lock().expect("not poisoned").push(Got { action, params: body["params"].clone(), body });
    let next = inner.script.lock().expect("not poisoned").pop_front();
    let reaction = next.unwrap_or_else(|| {
        let id = inner.ids.fetch_add(1, Ordering::SeqCst);
        Reaction::Object(json!({"id": format!("theirs-{id}")}))
    });
    react(&inner, &secret, reaction).await
}

async fn react(inner: &Inner, secret: &str, reaction: Reaction) -> Response {
    let signed = |object: Value| {
        let text = object.to_string();
        ([(SIGNATURE, sdk_signature(secret, text.as_bytes()))], text).into_response()
    };
    match reaction {
        Reaction::Id(id) => signed(json!({"id": id})),
        Reaction::Object(object) => signed(object),
        Reaction::Unsigned(id) => json!({"id": id}).to_string().into_response(),
        Reaction::Forged => ([(SIGNATURE, sdk_signature("another", b"{}"))], "{\"id\":\"x\"}").into_response(),
        Reaction::Status(code, text) => (StatusCode::from_u16(code).expect("a code"), text).into_response(),
        Reaction::Moved => (StatusCode::FOUND, [(header::LOCATION, "/sdk")]).into_response(),
        Reaction::Wait(after) => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, after)], "slowly").into_response()
        }
        Reaction::BreakOff => {
            let first = Ok::<_, std::io::Error>(Bytes::from_static(b"[{\"id\":\"half"));
            let broken = futures_util::stream::iter([first, Err(std::io::Error::other("gone"))]);
            axum::body::Body::from_stream(broken).into_response()
        }
        Reaction::Error(message, fatal) => signed(json!({"error": {"fatal": fatal, "message": message}})),
        Reaction::Hang(id) => {
            let _ = tokio::time::timeout(Duration::from_secs(60), inner.go_on.notified()).await;
            signed(json!({"id": id}))
        }
    }
}

async fn file(State(inner): State<Arc<Inner>>, Path(name): Path<String>) -> Response {
    match name.as_str() {
        "hello.txt" => "hello".into_response(),
        "picture" => ([(header::CONTENT_TYPE, "image/png")], "png").into_response(),
        "moved" => (StatusCode::FOUND, [(header::LOCATION, "/files/hello.txt")]).into_response(),
        "circle" => (StatusCode::FOUND, [(header::LOCATION, "/files/circle")]).into_response(),
        "slow.txt" => {
            let _ = tokio::time::timeout(Duration::from_secs(60), inner.go_on.notified()).await;
            "slow".into_response()
        }
        "large.bin" => vec![0_u8; 3000].into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
