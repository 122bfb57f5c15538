//! The real program, killed at random moments under load: nothing that it answered is lost, and nothing inside it
//! happens twice.

use std::collections::HashSet;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use store::{Clock, Db};
use tokio::sync::Notify;

use crate::support::receiver::{Receiver, Says};
use crate::support::{ADMIN_TOKEN, new_database};

/// How often the program is killed; `HUBBUB_TEST_CRASH_ROUNDS` asks for more.
const ROUNDS: usize = 6;
const VISITORS: usize = 8;

/// The program on a data folder of its own, started again at the same address after each kill.
struct Program {
    child: Child,
    listen: String,
    url: String,
    data: tempfile::TempDir,
    database: Option<String>,
}

impl Program {
    async fn start() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let listen = free.local_addr().expect("an address").to_string();
        drop(free);
        let database = match std::env::var("HUBBUB_TEST_DATABASE_URL") {
            Ok(server) => Some(new_database(&server).await),
            Err(_) => None,
        };
        let data = tempfile::tempdir().expect("a folder");
        let url = format!("http://{listen}");
        let child = spawn(&listen, data.path(), database.as_deref());
        let program = Self { child, listen, url, data, database };
        program.ready().await;
        program
    }

    async fn ready(&self) {
        let client = Client::builder().no_proxy().build().expect("a client");
        for _ in 0..3000 {
            if client.get(format!("{}/readyz", self.url)).send().await.is_ok_and(|r| r.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the program does not start");
    }

    /// SIGKILL: no chance to say goodbye.
    fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    async fn kill_and_start(&mut self) {
        self.kill();
        self.child = spawn(&self.listen, self.data.path(), self.database.as_deref());
        self.ready().await;
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(listen: &str, data: &std::path::Path, database: Option<&str>) -> Child {
    Command::new(env!("CARGO_BIN_EXE_hubbub"))
        .arg("serve")
        .env("HUBBUB_LISTEN", listen)
        .env("HUBBUB_DATA_DIR", data)
        .env("HUBBUB_DATABASE_URL", database.unwrap_or(""))
        .env("HUBBUB_ADMIN_PASSWORD", "a long passphrase")
        .env("HUBBUB_ADMIN_TOKEN", ADMIN_TOKEN)
        .env("HUBBUB_ALLOW_PRIVATE_TARGETS", "true")
        .env("HUBBUB_RATE_LIMIT_PER_MINUTE", "0")
        .env("HUBBUB_NEW_VISITORS_PER_MINUTE", "0")
        .env("HUBBUB_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .expect("the program")
}

/// Asks until there is an answer, as a client on a bad line does.
async fn ask(client: &Client, method: reqwest::Method, url: &str, token: &str, body: Option<&Value>) -> Value {
    ask_with_key(client, method, url, token, body, None).await
}

/// The same, under an idempotency key.
async fn ask_with_key(
    client: &Client,
    method: reqwest::Method,
    url: &str,
    token: &str,
    body: Option<&Value>,
    key: Option<&str>,
) -> Value {
    for _ in 0..3000 {
        let mut request = client.request(method.clone(), url).bearer_auth(token);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
        };
        let status = answer.status();
        match answer.json::<Value>().await {
            Ok(json) if status.is_success() => return json,
            // A server that is stopping says so; everything else is an answer that must not come.
            Ok(json) => assert!(status.as_u16() == 503, "{status}: {json}"),
            Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no answer from {url}");
}

struct Visitor {
    key: String,
    thread: String,
    said: Vec<String>,
}

/// One visitor who writes until told to stop; each message is sent again until it is answered.
async fn visit(
    chat: String,
    name: usize,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    one: Arc<Notify>,
) -> Visitor {
    let client = Client::builder().no_proxy().build().expect("a client");
    let post = reqwest::Method::POST;
    let session = ask(&client, post.clone(), &format!("{chat}/session"), "", Some(&json!({}))).await;
    let key = session["visitor"].as_str().expect("a key").to_owned();
    let mut visitor = Visitor { key, thread: String::new(), said: Vec::new() };
    while !stop.load(Ordering::SeqCst) && visitor.said.len() < 110 {
        let body = format!("{name}-{:04}", visitor.said.len());
        let mut message = json!({"client_id": format!("client-{body}"), "body": body});
        if !visitor.thread.is_empty() {
            message["thread_id"] = json!(visitor.thread);
        }
        let answer = ask(&client, post.clone(), &format!("{chat}/messages"), &visitor.key, Some(&message)).await;
        answer["thread"]["id"].as_str().expect("a thread").clone_into(&mut visitor.thread);
        visitor.said.push(body);
        answered.fetch_add(1, Ordering::SeqCst);
        one.notify_waiters();
    }
    visitor
}

/// An agent who answers one customer until told to stop; each answer is sent again, under its key, until the server
/// answers. Gives the thread and what was answered.
async fn answer(url: String, chat: String, stop: Arc<AtomicBool>) -> (String, Vec<String>) {
    let client = Client::builder().no_proxy().build().expect("a client");
    let post = reqwest::Method::POST;
    let session = ask(&client, post.clone(), &format!("{chat}/session"), "", Some(&json!({}))).await;
    let key = session["visitor"].as_str().expect("a key").to_owned();
    let question = json!({"client_id": "question", "body": "question"});
    let asked = ask(&client, post.clone(), &format!("{chat}/messages"), &key, Some(&question)).await;
    let thread = asked["thread"]["id"].as_str().expect("a thread").to_owned();
    let mut said = Vec::new();
    while !stop.load(Ordering::SeqCst) && said.len() < 600 {
        let body = format!("answer {}", said.len());
        let reply = json!({"in_reply_to_id": asked["message"]["id"], "body": body});
        let url = format!("{url}/1.0/contents");
        let made = ask_with_key(&client, post.clone(), &url, ADMIN_TOKEN, Some(&reply), Some(&body)).await;
        assert_eq!(made["body"], body.as_str());
        said.push(body);
    }
    (thread, said)
}

/// What agents wrote in a thread, oldest first.
async fn answers(client: &Client, url: &str, thread: &str) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let q = format!("thread:{thread} status_in:user_reply order:created_at.asc").replace(' ', "%20");
        let url = format!("{url}/1.0/contents?limit=150&offset={}&q={q}", found.len());
        let page = ask(client, reqwest::Method::GET, &url, ADMIN_TOKEN, None).await;
        let records = page["records"].as_array().expect("records");
        if records.is_empty() {
            return found;
        }
        found.extend(records.iter().map(|r| r["body"].as_str().expect("a body").to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_it_loses_nothing_and_repeats_nothing() {
    let mut program = Program::start().await;
    let client = Client::builder().no_proxy().build().expect("a client");
    let receiver = Receiver::start().await;
    let chat = furnish(&client, &program.url, &receiver).await;

    let (stop, answered, one) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let visitors: Vec<_> = (0..VISITORS)
        .map(|name| tokio::spawn(visit(chat.clone(), name, stop.clone(), answered.clone(), one.clone())))
        .collect();
    let agent = tokio::spawn(answer(program.url.clone(), chat.clone(), stop.clone()));
    let rounds = std::env::var("HUBBUB_TEST_CRASH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(ROUNDS);
    for _ in 0..rounds {
        // The moment is random in how far the visitors have come.
        let goal = answered.load(Ordering::SeqCst) + 5 + usize::try_from(random()).expect("small");
        while answered.load(Ordering::SeqCst) < goal.min(VISITORS * 110) {
            let told = one.notified();
            let _ = tokio::time::timeout(Duration::from_millis(50), told).await;
        }
        program.kill_and_start().await;
    }
    stop.store(true, Ordering::SeqCst);
    let mut all = Vec::new();
    for visitor in visitors {
        all.push(visitor.await.expect("a visitor"));
    }
    for visitor in &all {
        assert_eq!(history(&client, &chat, visitor).await, visitor.said, "each once, in order");
    }
    let (thread, said) = agent.await.expect("an agent");
    assert_eq!(answers(&client, &program.url, &thread).await, said, "each answer once, in order");
    delivered(&receiver, &all).await;
    program.kill();
    let messages = all.iter().map(|v| v.said.len()).sum::<usize>() + 1;
    journal_is_whole(&program, messages, messages + said.len()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_on_its_way_to_a_webhook_at_a_kill_is_sent_again_soon_after() {
    let mut program = Program::start().await;
    let client = Client::builder().no_proxy().build().expect("a client");
    let receiver = Receiver::start().await;
    let chat = furnish(&client, &program.url, &receiver).await;
    receiver.answer(|_| Says::Nothing);
    let post = reqwest::Method::POST;
    let session = ask(&client, post.clone(), &format!("{chat}/session"), "", Some(&json!({}))).await;
    let message = json!({"client_id": "the-first-one", "body": "one"});
    let key = session["visitor"].as_str().expect("a key");
    ask(&client, post, &format!("{chat}/messages"), key, Some(&message)).await;
    receiver.wait(1).await;
    receiver.code(200);
    program.kill_and_start().await;
    let all = receiver.wait(2).await;
    assert_eq!(all[0].id(), all[1].id());
}

/// 0 to 39, from the address space's randomness.
fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish() % 40
}

/// Makes a chat and a webhook; gives the chat's address.
async fn furnish(client: &Client, url: &str, receiver: &Receiver) -> String {
    let post = |path: &str, body: Value| {
        let url = format!("{url}{path}");
        async move { ask(client, reqwest::Method::POST, &url, ADMIN_TOKEN, Some(&body)).await }
    };
    let community = json!({"type": "engage_messaging", "name": "Visitors", "signed_identities": "rejected"});
    let community = post("/1.0/communities", community).await;
    let source = json!({"type": "engage_messaging", "name": "Chat", "community_id": community["id"]});
    let source = post("/1.0/content_sources", source).await;
    let webhook = json!({"url": receiver.url, "registered_events": ["content.imported"], "verify_token": "let me in"});
    let webhook = post("/1.0/webhooks", webhook).await;
    let path = format!("{url}/1.0/webhooks/{}", webhook["id"].as_str().expect("an id"));
    loop {
        let webhook = ask(client, reqwest::Method::GET, &path, ADMIN_TOKEN, None).await;
        if webhook["webhook_status"] == "active" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    format!("{url}/chat/{}", source["token"].as_str().expect("a token"))
}

/// What a visitor's conversation holds, oldest first.
async fn history(client: &Client, chat: &str, visitor: &Visitor) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before = String::new();
    loop {
        let url = format!("{chat}/threads/{}/messages?limit=100{before}", visitor.thread);
        let page = ask(client, reqwest::Method::GET, &url, &visitor.key, None).await;
        let messages = page["messages"].as_array().expect("messages");
        let bodies = messages.iter().map(|m| m["body"].as_str().expect("a body").to_owned());
        found.splice(0..0, bodies);
        if page["more"] != true {
            return found;
        }
        before = format!("&before={}", messages[0]["id"].as_str().expect("an id"));
    }
}

/// Waits until the receiver has every message, and checks that those of one thread came in order.
async fn delivered(receiver: &Receiver, all: &[Visitor]) {
    let wanted: HashSet<&String> = all.iter().flat_map(|v| &v.said).collect();
    // A delivery that was under way when its process died is tried again when its lease has run out.
    for _ in 0..900 {
        let got: HashSet<String> = receiver.bodies().into_iter().collect();
        if wanted.iter().all(|body| got.contains(*body)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut first = Vec::new();
    let mut ids: std::collections::HashMap<String, Value> = std::collections::HashMap::new();
    for delivery in receiver.deliveries() {
        for event in delivery.body["events"].as_array().expect("events") {
            let body = event["resource"]["metadata"]["body"].as_str().expect("a body").to_owned();
            match ids.get(&body) {
                Some(known) => assert_eq!(*known, event["id"], "a repetition has the same id"),
                None => {
                    ids.insert(body.clone(), event["id"].clone());
                    first.push(body);
                }
            }
        }
    }
    for (name, visitor) in all.iter().enumerate() {
        let own: Vec<&String> = first.iter().filter(|b| b.starts_with(&format!("{name}-"))).collect();
        assert_eq!(own, visitor.said.iter().collect::<Vec<_>>(), "delivered in order");
    }
}

/// The journal has no gaps, and one event for each message.
async fn journal_is_whole(program: &Program, messages: usize, all: usize) {
    let db = match &program.database {
        Some(url) => Db::postgres(url, 2, None, Clock::system()).await,
        None => Db::sqlite(&program.data.path().join("hubbub.sqlite3"), Clock::system()),
    };
    let db = db.expect("the database");
    let read = db.read(|tx| {
        Box::pin(async move {
            let count = tx.number("SELECT COUNT(*) FROM journal", Vec::new()).await?;
            let last = tx.number("SELECT MAX(position) FROM journal", Vec::new()).await?;
            let imported = "SELECT COUNT(*) FROM journal WHERE kind = 'content.imported'";
            let imported = tx.number(imported, Vec::new()).await?;
            let contents = tx.number("SELECT COUNT(*) FROM contents", Vec::new()).await?;
            Ok::<_, store::Error>((count == last, imported, contents))
        })
    });
    let (dense, imported, contents) = read.await.expect("read");
    let as_count = |n: usize| i64::try_from(n).expect("a count");
    assert!(dense, "the journal has a gap");
    assert_eq!((imported, contents), (as_count(messages), as_count(all)));
}
