//! A whole server for one test, on a port of its own, with a virtual clock and a database of its own.

mod browser;
pub mod counted;
mod database;
pub mod derived;
pub mod dovecot;
pub mod exim;
pub mod factor;
pub mod gate;
mod leftovers;
mod patience;
pub mod receiver;
pub mod relay;
mod runtime;
mod schema;
pub mod sdk;
pub mod smtp;
pub mod socket;
pub mod visitor;
pub mod world;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use hubbub::app::App;
use hubbub::boot;
use hubbub::config::Config;
use hubbub::domain::{self, Change, user};
use model::{AccessTokenId, Timestamp};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use store::access_token::AccessToken;
use store::role::Role;
use store::{Clock, Tx};
use tokio_util::sync::CancellationToken;

pub use browser::Browser;
pub use database::new_database;
use patience::Patience;
pub use patience::in_time;
use runtime::Runtime;
pub use runtime::answering;

/// The administrator's token in every test.
pub const ADMIN_TOKEN: &str = "an-administrators-token";
/// The administrator's e-mail address and password in every test.
pub const ADMIN: (&str, &str) = ("admin@hubbub.test", "correct horse battery");

/// A running server.
pub struct TestApp {
    /// Its parts, for what a test must look at from inside.
    pub app: App,
    /// Its address, without a slash at its end.
    pub url: String,
    /// Its clock, which moves only when a test moves it.
    pub clock: Clock,
    client: reqwest::Client,
    stop: CancellationToken,
    data: tempfile::TempDir,
    runtime: Runtime,
    leaves: AtomicBool,
}

/// An answer of the server.
#[derive(Debug)]
pub struct Answer {
    /// Its code.
    pub status: StatusCode,
    /// Its body; null when it is not JSON.
    pub json: Value,
    /// Its body as text.
    pub text: String,
}

impl Answer {
    /// The body, when the code is 200.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.json
    }

    /// The ids of a list's records, and how many there are in all.
    #[track_caller]
    pub fn ids(self) -> (Vec<String>, i64) {
        let json = self.ok();
        let records = json["records"].as_array().expect("records");
        (records.iter().map(|r| id(r).to_owned()).collect(), json["count"].as_i64().expect("a count"))
    }

    /// The error's identifier, when the code is as expected.
    #[track_caller]
    pub fn error(self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.json["status"], status, "{}", self.text);
        assert!(self.json["message"].is_string(), "{}", self.text);
        self.json["error"].as_str().unwrap_or_default().to_owned()
    }
}

impl TestApp {
    /// A new server on the database that `HUBBUB_TEST_DATABASE_URL` names, SQLite when it names none.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A new server with a changed configuration.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let clock = Clock::manual(Timestamp::parse("2026-03-02T09:00:00Z").expect("a time"));
        let mut config = Config::load(None, |_| None).expect("defaults");
        config.data_dir = data.path().to_owned();
        config.admin_email = Some(ADMIN.0.into());
        config.admin_password = Some(ADMIN.1.into());
        config.admin_token = Some(ADMIN_TOKEN.into());
        config.allow_private_targets = true;
        config.rate_limit_per_minute = 0;
        config.new_visitors_per_minute = 0;
        config.connections_per_address = 0;
        config.database_connections = 6;
        // The tests run on full disks too.
        (config.disk_reserve_bytes, config.disk_reserve_percent) = (0, 0);
        if let Ok(server) = std::env::var("HUBBUB_TEST_DATABASE_URL") {
            config.database_url = Some(database::migrated_database(&server).await);
        }
        let listener = listen(&mut config);
        change(&mut config);
        if config.database_url.is_none() && config.data_dir == data.path() {
            database::migrated_file(&data.path().join("hubbub.sqlite3"));
        }
        let url = config.public_url.clone();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let runtime = Runtime::start();
        let (app, stop) = runtime.serve(listener, config, clock.clone()).await;
        Self { app, url, clock, client, stop, data, runtime, leaves: AtomicBool::new(false) }
    }

    /// A second server on the same PostgreSQL, with a clock of its own that shows `time`; none on SQLite, which one
    /// server has for itself.
    pub async fn beside(&self, time: &str) -> Option<Self> {
        self.app.config.database_url.as_ref()?;
        let clock = Clock::manual(Timestamp::parse(time).expect("a time"));
        let mut config = self.app.config.clone();
        // A data folder is one server's; the key is that of the database.
        let data = tempfile::tempdir().expect("a folder");
        config.data_dir = data.path().to_owned();
        std::fs::copy(self.data_dir().join("secret.key"), data.path().join("secret.key")).expect("a key");
        let listener = listen(&mut config);
        let (url, client) = (config.public_url.clone(), self.client.clone());
        let runtime = Runtime::start();
        let (app, stop) = runtime.serve(listener, config, clock.clone()).await;
        Some(Self { app, url, clock, client, stop, data, runtime, leaves: AtomicBool::new(false) })
    }

    /// Has the server's clock show a time, earlier or later.
    pub fn set_clock(&self, time: &str) {
        self.clock.set(Timestamp::parse(time).expect("a time"));
    }

    /// A request with the administrator's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_as(ADMIN_TOKEN, method, path)
    }

    /// A request with any token.
    pub fn request_as(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(token)
    }

    /// A request without a token.
    pub fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// GET with the administrator's token.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    /// POST of JSON with the administrator's token.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }

    /// PUT of JSON with the administrator's token.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::PUT, path).json(&body)).await
    }

    /// DELETE with the administrator's token.
    pub async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    /// The API token of a new user with the role of this label (`Administrator`, `Team leader`, `Agent`, `Bot`).
    pub async fn token_of(&self, role: &'static str) -> String {
        self.user_of(role).await.0
    }

    /// The API token and the id of a new user with the role of this label.
    pub async fn user_of(&self, role: &'static str) -> (String, String) {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("user{}", COUNT.fetch_add(1, Ordering::SeqCst));
        let token = format!("token-of-{name}");
        let hash = hubbub::crypto::token_hash(&token);
        let made = self.app.db.write(move |tx| Box::pin(insert_user(tx, role, name, hash))).await;
        (token, made.expect("a user"))
    }

    /// The folder of the server's data.
    pub fn data_dir(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Says that the test leaves deliveries or exports over that are due or under way, and why.
    pub fn leaves(&self, _why: &str) {
        self.leaves.store(true, Ordering::SeqCst);
    }

    /// Deliveries and exports that are due or under way now.
    pub async fn left_over(&self) -> Vec<String> {
        leftovers::now(&self.app).await
    }

    /// Waits until nothing is due or under way, as a clock that jumps would find it otherwise.
    pub async fn settled(&self) {
        eventually("the end of what is under way", || async { self.left_over().await.is_empty().then_some(()) }).await;
    }

    /// Stops the workers; requests are still served.
    pub async fn stop_workers(&self) {
        boot::shutdown(&self.app).await;
    }

    /// Stops the server and starts it again on the same data.
    pub async fn restart(&mut self) {
        self.stop.cancel();
        boot::shutdown(&self.app).await;
        let mut config = self.app.config.clone();
        let listener = listen(&mut config);
        self.url = config.public_url.clone();
        (self.app, self.stop) = self.runtime.serve(listener, config, self.clock.clone()).await;
    }

    /// Stops the listener and the workers, as a signal does.
    pub async fn stop(self) {
        self.stop.cancel();
        boot::shutdown(&self.app).await;
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // A test that has failed says why, and one that has stopped the workers has things left over.
        let look = !std::thread::panicking() && !self.app.stopping.is_cancelled() && !*self.leaves.get_mut();
        let left = if look { self.runtime.wait_for(leftovers::end(self.app.clone())) } else { Vec::new() };
        self.stop.cancel();
        self.app.stopping.cancel();
        assert!(left.is_empty(), "left over, and the test does not say so with `leaves`: {left:#?}");
    }
}

/// A port of its own for a server.
fn listen(config: &mut Config) -> std::net::TcpListener {
    let listener = runtime::listener();
    config.listen = listener.local_addr().expect("an address");
    config.public_url = format!("http://{}", config.listen);
    listener
}

async fn insert_user(tx: &mut Tx, role: &str, name: String, token_hash: String) -> domain::Result<String> {
    let now = tx.now();
    let found: Option<Role> = tx.find("WHERE label = ?1", store::params![role.to_owned()]).await?;
    let role_id = found.expect("a role").id;
    let user = user::new_user(format!("{name}@hubbub.test"), "Alicia", "Johnson", role_id, now);
    tx.insert(&user).await?;
    let (id, user_id) = (AccessTokenId::new(now), user.id.clone());
    let token = AccessToken { id, label: name, user_id, token_hash, enabled: true, created_at: now, updated_at: now };
    tx.insert(&token).await?;
    domain::note_change(tx, None, "user", user.id.as_str(), Change::Created);
    Ok(user.id.to_string())
}

/// The id of a thing as the API shows it.
#[track_caller]
pub fn id(thing: &Value) -> &str {
    thing["id"].as_str().expect("an id")
}

/// Asserts that an object has just these fields, given in one text in any order.
#[track_caller]
pub fn assert_fields(object: &Value, fields: &str) {
    let mut wanted: Vec<&str> = fields.split_whitespace().collect();
    wanted.sort_unstable();
    let mut found: Vec<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, wanted);
}

/// Sends a request, reads the answer, and holds it against the API's document.
pub async fn send(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.expect("a request");
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let response = client.execute(request).await.expect("an answer");
    let status = response.status();
    let text = response.text().await.expect("a body");
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status == StatusCode::OK {
        schema::check(&method, &path, &json);
    } else if status.is_client_error() || status.is_server_error() {
        schema::check_refusal(&method, &path, &json);
    }
    Answer { status, json, text }
}

/// Waits until `check` gives something, as long as there is [`Patience`].
#[track_caller]
pub fn eventually<T, F>(what: &str, mut check: impl FnMut() -> F) -> impl Future<Output = T>
where
    F: Future<Output = Option<T>>,
{
    let what = what.to_owned();
    async move {
        let mut patience = Patience::new();
        loop {
            if let Some(found) = check().await {
                return found;
            }
            assert!(patience.pause().await, "never came: {what}");
        }
    }
}

/// The same, while the clocks of some servers go on a little now and then: what waits for a time comes to it, and what is
/// under way has the time to say that it still is, before its lease of ten seconds is over.
#[track_caller]
pub fn eventually_later<T, F>(servers: &[&TestApp], what: &str, mut check: impl FnMut() -> F) -> impl Future<Output = T>
where
    F: Future<Output = Option<T>>,
{
    let mut looks = 0;
    eventually(what, move || {
        looks += 1;
        if looks % 8 == 0 {
            servers.iter().for_each(|server| server.clock.advance(Duration::from_secs(8)));
        }
        check()
    })
}
