//! A third party that brings messages by the Send API, and takes what agents answer.

use std::collections::HashSet;
use std::time::Duration;

use hubbub::crypto::sdk_signature;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::Load;
use super::chat;
use super::program::{ask, client};
use crate::support::ADMIN_TOKEN;
use crate::support::sdk::{SIGNATURE, ThirdParty};

/// How many threads it writes into at once.
const THREADS: usize = 2;

/// The third party.
pub(super) struct Third {
    party: ThirdParty,
    url: String,
    question: String,
}

/// Those who write.
pub(super) struct Writers {
    users: Vec<JoinHandle<Vec<String>>>,
    agent: JoinHandle<Vec<(String, String)>>,
}

/// What came of it.
pub(super) struct Outcome {
    /// The texts of each thread.
    pub(super) said: Vec<Vec<String>>,
    /// How many answers went to the third party.
    pub(super) exported: usize,
    /// How often one went there again.
    pub(super) again: usize,
}

impl Third {
    /// A third party with its source; its first user has asked something.
    pub(super) async fn new(client: &Client, url: &str) -> Self {
        let post = |path: &str, body: Value| {
            let url = format!("{url}{path}");
            async move { ask(client, Method::POST, &url, ADMIN_TOKEN, Some(&body)).await }
        };
        let mut party = ThirdParty::listen().await;
        let community = post("/1.0/communities", json!({"type": "sdk", "name": "Users"})).await;
        let source = json!({"type": "sdk", "name": "Third", "community_id": community["id"],
                            "endpoint_url": party.endpoint()});
        party.meet(post("/1.0/content_sources", source).await);
        let url = url.to_owned();
        bring(client, &format!("{url}{}", party.path()), &party.secret, "third asks").await;
        let list = format!("{url}/1.0/contents?q=source:{}", party.id());
        let asked = ask(client, Method::GET, &list, ADMIN_TOKEN, None).await;
        let question = asked["records"][0]["id"].as_str().expect("an id").to_owned();
        Self { party, url, question }
    }

    /// Lets its users write, and an agent answer.
    pub(super) fn begin(&self, load: &Load) -> Writers {
        let users = (0..THREADS).map(|thread| {
            let (url, secret, load) =
                (format!("{}{}", self.url, self.party.path()), self.party.secret.clone(), load.clone());
            tokio::spawn(async move {
                let (client, mut said) = (client(), Vec::new());
                while load.goes_on(said.len()).await {
                    let body = format!("third{thread} {:04}", said.len());
                    bring(&client, &url, &secret, &body).await;
                    said.push(body);
                    load.note();
                }
                said
            })
        });
        let users = users.collect();
        let agent = chat::answer(self.url.clone(), self.question.clone(), "export", load.clone());
        Writers { users, agent: tokio::spawn(agent) }
    }

    /// Waits for the writers and for everything to arrive: each message once and in order, each answer in order, and
    /// again only what says so.
    pub(super) async fn end(&self, client: &Client, url: &str, writers: Writers) -> Outcome {
        let mut said = vec![vec!["third asks".to_owned()]];
        for user in writers.users {
            said.push(user.await.expect("a user"));
        }
        for of_one in &said[1..] {
            assert_eq!(kept(client, url, self.party.id(), of_one).await, *of_one, "each once, in order");
        }
        let answered: Vec<String> = writers.agent.await.expect("an agent").into_iter().map(|(id, _)| id).collect();
        // What was under way when the process died goes out again when its lease has run out.
        for _ in 0..900 {
            let got: HashSet<String> = self.got().into_iter().map(|(id, _)| id).collect();
            if answered.iter().all(|id| got.contains(id)) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let (mut first, mut again) = (Vec::new(), 0);
        for (id, retry) in self.got() {
            if first.contains(&id) {
                assert!(retry, "what comes again says so");
                again += 1;
            } else {
                first.push(id);
            }
        }
        assert_eq!(first, answered, "handed over in order");
        Outcome { said, exported: answered.len(), again }
    }

    /// The contents that it got: their ids, and whether they were said to be sent again.
    fn got(&self) -> Vec<(String, bool)> {
        let of = |params: Value| (params["content_id"].as_str().expect("an id").to_owned(), params["retry"] == true);
        self.party.got().into_iter().map(|got| of(got.params)).collect()
    }
}

/// Brings one message, again and again until it is taken. The text is its id, the words before the last its thread.
async fn bring(client: &Client, url: &str, secret: &str, body: &str) {
    let (thread, _) = body.split_once(' ').expect("a thread");
    let author = json!({"id": "666", "screenname": "John Doe", "created_at": "06/11/2017"});
    let params = json!({"id": body, "author": author, "body": body, "thread_id": thread, "format": "text"});
    let sent = json!({"action": "messages.create", "params": params}).to_string();
    for _ in 0..3000 {
        let request = client.post(url).header(SIGNATURE, sdk_signature(secret, sent.as_bytes())).body(sent.clone());
        if let Ok(answer) = request.send().await {
            let status = answer.status().as_u16();
            if let Ok(text) = answer.text().await {
                match (status, text.as_str()) {
                    (200, "ok") => return,
                    (status, text) => assert_eq!(status, 503, "{text}"),
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{body} was never taken");
}

/// The texts of the thread that these are of, oldest first.
async fn kept(client: &Client, url: &str, source: &str, said: &[String]) -> Vec<String> {
    let Some((thread, _)) = said.first().and_then(|body| body.split_once(' ')) else { return Vec::new() };
    let mut found = Vec::new();
    loop {
        let q = format!("source:{source} order:created_at.asc").replace(' ', "%20");
        let list = format!("{url}/1.0/contents?limit=150&offset={}&q={q}", found.len());
        let page = ask(client, Method::GET, &list, ADMIN_TOKEN, None).await;
        let records = page["records"].as_array().expect("records");
        if records.is_empty() {
            break;
        }
        found.extend(records.iter().map(|r| r["body"].as_str().expect("a body").to_owned()));
    }
    found.retain(|body| body.split_once(' ').is_some_and(|(of, _)| of == thread));
    found
}
