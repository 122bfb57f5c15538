//! The real program on machines whose clocks differ or jump: ids come from the clock, and no clock inside one process
//! takes them back. `libfaketime` has each process see a time of its own.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::{ADMIN_TOKEN, new_database};

/// Where one or two programs keep their data.
struct Place {
    data: tempfile::TempDir,
    database: Option<String>,
    client: Client,
}

/// A program whose clock is off.
struct Program {
    child: Child,
    url: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Place {
    async fn new() -> Self {
        let database = match std::env::var("HUBBUB_TEST_DATABASE_URL") {
            Ok(server) => Some(new_database(&server).await),
            Err(_) => None,
        };
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { data: tempfile::tempdir().expect("a folder"), database, client }
    }

    /// Starts the program with a clock that is off by so much (`+2s`, `-1h`).
    async fn start(&self, folder: &str, off: &str) -> Program {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let listen = free.local_addr().expect("an address").to_string();
        drop(free);
        let child = Command::new(env!("CARGO_BIN_EXE_hubbub"))
            .arg("serve")
            .env("LD_PRELOAD", library())
            .env("FAKETIME", off)
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("HUBBUB_LISTEN", &listen)
            .env("HUBBUB_DATA_DIR", self.data.path().join(folder))
            .env("HUBBUB_DATABASE_URL", self.database.as_deref().unwrap_or(""))
            .env("HUBBUB_ADMIN_PASSWORD", "a long passphrase")
            .env("HUBBUB_ADMIN_TOKEN", ADMIN_TOKEN)
            .env("HUBBUB_LOG", "error")
            .stdout(Stdio::null())
            .spawn()
            .expect("the program");
        let program = Program { child, url: format!("http://{listen}") };
        for _ in 0..3000 {
            let ready = self.client.get(format!("{}/readyz", program.url)).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return program;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the program does not start");
    }

    async fn ask(&self, program: &Program, method: Method, key: &str, path: &str, body: Value) -> Value {
        let mut request = self.client.request(method.clone(), format!("{}{path}", program.url)).bearer_auth(key);
        if method != Method::GET {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        let (status, text) = (answer.status(), answer.text().await.expect("a body"));
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }
}

fn library() -> String {
    let folders = std::fs::read_dir("/usr/lib").expect("libraries");
    let all = folders.flatten().map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let found =
        all.into_iter().find(|path| path.exists()).expect("libfaketime: scripts/install-test-tools installs it");
    found.display().to_string()
}

/// A conversation that a visitor has.
struct Conversation<'p> {
    place: &'p Place,
    chat: String,
    key: String,
    thread: Option<String>,
    said: Vec<(String, String)>,
}

impl<'p> Conversation<'p> {
    async fn begin(place: &'p Place, program: &Program) -> Self {
        let community = json!({"type": "engage_messaging", "name": "Visitors", "signed_identities": "rejected"});
        let community = place.ask(program, Method::POST, ADMIN_TOKEN, "/1.0/communities", community).await;
        // Ten years without a word would close it.
        let chat = json!({"type": "engage_messaging", "name": "Chat", "auto_close_threads": false,
                          "community_id": community["id"]});
        let chat = place.ask(program, Method::POST, ADMIN_TOKEN, "/1.0/content_sources", chat).await;
        let chat = chat["token"].as_str().expect("a token").to_owned();
        let session = place.ask(program, Method::POST, "", &format!("/chat/{chat}/session"), json!({})).await;
        let key = session["visitor"].as_str().expect("a key").to_owned();
        Self { place, chat, key, thread: None, said: Vec::new() }
    }

    async fn say(&mut self, program: &Program) {
        let body = self.said.len().to_string();
        let message = json!({"client_id": format!("message {body}"), "thread_id": self.thread, "body": body});
        let path = format!("/chat/{}/messages", self.chat);
        let written = self.place.ask(program, Method::POST, &self.key, &path, message).await;
        let id = written["message"]["id"].as_str().expect("an id").to_owned();
        assert_eq!(written["thread"]["last_message"]["id"], id.as_str(), "it is the last one");
        self.thread = written["thread"]["id"].as_str().map(str::to_owned);
        self.said.push((id, body));
    }

    /// Asserts that a program shows it as it was said, to the visitor, to agents and to programs.
    async fn assert_order(&self, program: &Program) {
        let thread = self.thread.as_deref().expect("a thread");
        let (mut seen, mut before): (Vec<String>, _) = (Vec::new(), String::new());
        loop {
            let path = format!("/chat/{}/threads/{thread}/messages?limit=7{before}", self.chat);
            let page = self.place.ask(program, Method::GET, &self.key, &path, Value::Null).await;
            let messages = page["messages"].as_array().expect("messages").clone();
            seen.splice(0..0, messages.iter().map(|message| message["body"].as_str().expect("a text").to_owned()));
            if page["more"] == false {
                break;
            }
            before = format!("&before={}", messages[0]["id"].as_str().expect("an id"));
        }
        let expected: Vec<String> = self.said.iter().map(|(_, body)| body.clone()).collect();
        assert_eq!(seen, expected, "for the visitor");
        for path in [
            format!("/1.0/contents?limit=100&q=thread%3A{thread}%20order%3Acreated_at.asc"),
            format!("/1.0/content_threads/{thread}"),
        ] {
            let found = self.place.ask(program, Method::GET, ADMIN_TOKEN, &path, Value::Null).await;
            if let Some(records) = found["records"].as_array() {
                let seen: Vec<_> = records.iter().map(|content| content["body"].as_str().expect("a text")).collect();
                assert_eq!(seen, expected, "for programs");
            } else {
                assert_eq!(found["last_content_id"], self.said.last().expect("a message").0.as_str());
                assert_eq!(found["first_content_id"], self.said[0].0.as_str());
            }
        }
    }

    /// The ids of what was said, in order.
    fn ids(&self) -> Vec<&str> {
        self.said.iter().map(|(id, _)| id.as_str()).collect()
    }
}

#[tokio::test]
async fn after_a_restart_with_the_clock_set_back_what_comes_stands_at_the_end() {
    let place = Place::new().await;
    let before = place.start("data", "+0s").await;
    let mut conversation = Conversation::begin(&place, &before).await;
    for _ in 0..10 {
        conversation.say(&before).await;
    }
    drop(before);
    let after = place.start("data", "-1h").await;
    for _ in 0..6 {
        conversation.say(&after).await;
    }
    assert!(!conversation.ids().is_sorted(), "ids went back with the clock");
    conversation.assert_order(&after).await;
    drop(after);
    let ahead = place.start("data", "+3650d").await;
    conversation.say(&ahead).await;
    drop(ahead);
    let again = place.start("data", "+0s").await;
    conversation.say(&again).await;
    conversation.assert_order(&again).await;
}

#[tokio::test]
async fn two_programs_two_seconds_apart_keep_one_order() {
    let place = Place::new().await;
    if place.database.is_none() {
        // One program has an SQLite file for itself.
        return;
    }
    let first = place.start("data", "+2s").await;
    let mut conversation = Conversation::begin(&place, &first).await;
    // Both have the same key, as the operator gives it to them.
    std::fs::create_dir(place.data.path().join("other")).expect("a folder");
    let key = |folder: &str| place.data.path().join(folder).join("secret.key");
    std::fs::copy(key("data"), key("other")).expect("a key");
    let second = place.start("other", "+0s").await;
    for n in 0..40 {
        conversation.say(if n % 2 == 0 { &first } else { &second }).await;
    }
    assert!(!conversation.ids().is_sorted(), "ids follow two clocks");
    for program in [&first, &second] {
        conversation.assert_order(program).await;
    }
}
