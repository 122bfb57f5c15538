//! Visitors who write, agents who answer, and a bot's webhook that hears of it.

use std::collections::HashSet;
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::Load;
use super::program::{ask, ask_with_key, client};
use crate::support::ADMIN_TOKEN;
use crate::support::receiver::Receiver;

/// A visitor of the chat and what they have written.
pub(super) struct Visitor {
    /// Their key.
    pub(super) key: String,
    /// The journal's position when they came.
    pub(super) position: i64,
    /// Their conversation.
    pub(super) thread: String,
    /// Their messages that were answered.
    pub(super) said: Vec<String>,
}

impl Visitor {
    /// A new visitor.
    pub(super) async fn new(client: &Client, chat: &str) -> Self {
        let session = ask(client, Method::POST, &format!("{chat}/session"), "", Some(&json!({}))).await;
        let key = session["visitor"].as_str().expect("a key").to_owned();
        Self {
            key,
            position: session["position"].as_i64().expect("a position"),
            thread: String::new(),
            said: Vec::new(),
        }
    }

    /// Writes a message, again and again until it is answered; gives the answer.
    pub(super) async fn write(&mut self, client: &Client, chat: &str, body: String) -> Value {
        let mut message = json!({"client_id": format!("client-{body}"), "body": body});
        if !self.thread.is_empty() {
            message["thread_id"] = json!(self.thread);
        }
        let answer = ask(client, Method::POST, &format!("{chat}/messages"), &self.key, Some(&message)).await;
        answer["thread"]["id"].as_str().expect("a thread").clone_into(&mut self.thread);
        self.said.push(body);
        answer
    }
}

/// One visitor who writes until told to stop.
pub(super) async fn visit(chat: String, name: usize, load: Load) -> Visitor {
    let client = client();
    let mut visitor = Visitor::new(&client, &chat).await;
    while load.goes_on(visitor.said.len()).await {
        let body = format!("{name}-{:04}", visitor.said.len());
        visitor.write(&client, &chat, body).await;
        load.note();
    }
    visitor
}

/// An agent who answers a content until told to stop; each answer is sent again, under its key, until the server
/// answers. Gives what was answered: ids and texts.
pub(super) async fn answer(url: String, content: String, word: &'static str, load: Load) -> Vec<(String, String)> {
    let client = client();
    let mut said = Vec::new();
    while load.goes_on(said.len()).await {
        let body = format!("{word} {}", said.len());
        let reply = json!({"in_reply_to_id": content, "body": body});
        let url = format!("{url}/1.0/contents");
        let made = ask_with_key(&client, Method::POST, &url, ADMIN_TOKEN, Some(&reply), Some(&body)).await;
        assert_eq!(made["body"], body.as_str());
        said.push((made["id"].as_str().expect("an id").to_owned(), body));
        load.note();
    }
    said
}

/// A program that makes tags until told to stop, each under a key of its own. Gives their names.
pub(super) async fn label(url: String, load: Load) -> Vec<String> {
    let client = client();
    let mut made = Vec::new();
    while load.goes_on(made.len()).await {
        let name = format!("tag {}", made.len());
        let (url, body) = (format!("{url}/1.0/tags"), json!({"name": name}));
        let tag = ask_with_key(&client, Method::POST, &url, ADMIN_TOKEN, Some(&body), Some(&name)).await;
        assert_eq!(tag["name"], name.as_str());
        made.push(name);
        load.note();
    }
    made
}

/// What agents wrote in a thread, oldest first.
pub(super) async fn answers(client: &Client, url: &str, thread: &str) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let q = format!("thread:{thread} status_in:user_reply order:created_at.asc").replace(' ', "%20");
        let url = format!("{url}/1.0/contents?limit=150&offset={}&q={q}", found.len());
        let page = ask(client, Method::GET, &url, ADMIN_TOKEN, None).await;
        let records = page["records"].as_array().expect("records");
        if records.is_empty() {
            return found;
        }
        found.extend(records.iter().map(|r| r["body"].as_str().expect("a body").to_owned()));
    }
}

/// What a visitor's conversation holds, oldest first.
pub(super) async fn history(client: &Client, chat: &str, visitor: &Visitor) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before = String::new();
    loop {
        let url = format!("{chat}/threads/{}/messages?limit=100{before}", visitor.thread);
        let page = ask(client, Method::GET, &url, &visitor.key, None).await;
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
/// `all` has the texts of each thread. Gives how many came more than once.
pub(super) async fn delivered(receiver: &Receiver, all: &[&Vec<String>]) -> usize {
    let wanted: HashSet<&String> = all.iter().copied().flatten().collect();
    // A delivery that was under way when its process died is tried again when its lease has run out.
    for _ in 0..900 {
        let got: HashSet<String> = receiver.bodies().into_iter().collect();
        if wanted.iter().all(|body| got.contains(*body)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (mut first, mut again) = (Vec::new(), 0);
    let mut ids: std::collections::HashMap<String, Value> = std::collections::HashMap::new();
    for delivery in receiver.deliveries() {
        for event in delivery.body["events"].as_array().expect("events") {
            let body = event["resource"]["metadata"]["body"].as_str().expect("a body").to_owned();
            match ids.get(&body) {
                Some(known) => {
                    assert_eq!(*known, event["id"], "a repetition has the same id");
                    again += 1;
                }
                None => {
                    ids.insert(body.clone(), event["id"].clone());
                    first.push(body);
                }
            }
        }
    }
    for said in all {
        let own: Vec<&String> = first.iter().filter(|body| said.contains(body)).collect();
        assert_eq!(own, said.iter().collect::<Vec<_>>(), "delivered in order");
    }
    again
}
