//! The real program, killed at random moments under load: nothing that it answered is lost, nothing inside it happens
//! twice, and whoever follows it by position goes on where they stood.

mod chat;
mod crowd;
mod live;
mod polls;
mod posts;
mod program;
mod sockets;
mod third;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::ADMIN_TOKEN;
use crate::support::receiver::{Receiver, Says};
use chat::Visitor;
use program::{Program, ask, client};
use sockets::Follower;
use third::Third;

/// How often the program is killed; `HUBBUB_TEST_CRASH_ROUNDS` asks for more.
const ROUNDS: usize = 6;
const VISITORS: usize = 8;
/// How many writes each of those who write may be ahead of the kills.
const AHEAD: usize = 20;

/// What those who write are told, and what they tell.
#[derive(Clone, Default)]
pub struct Load {
    stop: Arc<AtomicBool>,
    allowance: Arc<AtomicUsize>,
    answered: Arc<AtomicUsize>,
    one: Arc<Notify>,
}

impl Load {
    /// Waits until somebody who has written so much may write more; false when it is time to stop.
    async fn goes_on(&self, written: usize) -> bool {
        while !self.stop.load(Ordering::SeqCst) {
            if written < self.allowance.load(Ordering::SeqCst) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        false
    }

    /// Notes a write that was answered.
    fn note(&self) {
        self.answered.fetch_add(1, Ordering::SeqCst);
        self.one.notify_waiters();
    }

    /// Lets them write until a moment that is random in how far they have come.
    async fn run_on(&self) {
        self.allowance.fetch_add(AHEAD, Ordering::SeqCst);
        let goal = self.answered.load(Ordering::SeqCst) + 5 + usize::try_from(random()).expect("small");
        while self.answered.load(Ordering::SeqCst) < goal {
            let told = self.one.notified();
            let _ = tokio::time::timeout(Duration::from_millis(50), told).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_it_loses_nothing_and_repeats_nothing() {
    let begun = Instant::now();
    let mut program = Program::start().await;
    let (client, url) = (client(), program.url.clone());
    let receiver = Receiver::start().await;
    let chat = furnish(&client, &url, &receiver).await;
    // The desk and a customer follow, across every kill.
    let desk = Follower::agent(&url).await;
    let third = Third::new(&client, &url).await;
    let mut asks = Visitor::new(&client, &chat).await;
    let customer = Follower::visitor(&chat, &asks.key, Some(asks.position)).await;
    let question = asks.write(&client, &chat, "the question".into()).await;
    let question = question["message"]["id"].as_str().expect("an id").to_owned();

    let load = Load::default();
    let visitors: Vec<_> = (0..VISITORS).map(|n| tokio::spawn(chat::visit(chat.clone(), n, load.clone()))).collect();
    let agent = tokio::spawn(chat::answer(url.clone(), question, "answer", load.clone()));
    let labels = tokio::spawn(chat::label(url.clone(), load.clone()));
    let writers = third.begin(&load);
    let rounds = rounds();
    for _ in 0..rounds {
        load.run_on().await;
        program.kill_and_start().await;
    }
    load.stop.store(true, Ordering::SeqCst);

    let mut all = Vec::new();
    for visitor in visitors {
        all.push(visitor.await.expect("a visitor"));
    }
    for visitor in &all {
        assert_eq!(chat::history(&client, &chat, visitor).await, visitor.said, "each once, in order");
    }
    let said: Vec<String> = agent.await.expect("an agent").into_iter().map(|(_, body)| body).collect();
    assert_eq!(chat::answers(&client, &url, &asks.thread).await, said, "each answer once, in order");
    let made = labels.await.expect("a program");
    let tags = ask(&client, Method::GET, &format!("{url}/1.0/tags"), ADMIN_TOKEN, None).await;
    assert_eq!(tags["count"], made.len(), "each tag once");
    let heard: Vec<String> = asks.said.iter().chain(&said).cloned().collect();
    customer.has_heard(&heard).await;
    let theirs = third.end(&client, &url, writers).await;
    let threads: Vec<&Vec<String>> = all.iter().map(|v| &v.said).chain(&theirs.said).collect();
    let again = chat::delivered(&receiver, &threads).await;
    let messages = threads.iter().map(|said| said.len()).sum::<usize>() + 1;
    let seen = desk.has_seen("content.imported", messages).await;
    program.kill();
    let contents = messages + said.len() + theirs.exported;
    assert_eq!(seen, journal_is_whole(&program, messages, contents).await, "the desk saw each once, in order");
    println!(
        "{rounds} kills in {} s: {} writes answered, none lost or doubled; {messages} messages in and {} answers; \
         sockets opened {} times; sent again to the webhook {again}, to the third party {}",
        begun.elapsed().as_secs(),
        load.answered.load(Ordering::SeqCst),
        said.len() + theirs.exported,
        desk.opened() + customer.opened(),
        theirs.again,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_on_its_way_to_a_webhook_at_a_kill_is_sent_again_soon_after() {
    let mut program = Program::start().await;
    let client = client();
    let receiver = Receiver::start().await;
    let chat = furnish(&client, &program.url, &receiver).await;
    receiver.answer(|_| Says::Nothing);
    Visitor::new(&client, &chat).await.write(&client, &chat, "one".into()).await;
    receiver.wait(1).await;
    receiver.code(200);
    program.kill_and_start().await;
    let all = receiver.wait(2).await;
    assert_eq!(all[0].id(), all[1].id());
}

/// How often the program is killed.
fn rounds() -> usize {
    std::env::var("HUBBUB_TEST_CRASH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(ROUNDS)
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
        async move { ask(client, Method::POST, &url, ADMIN_TOKEN, Some(&body)).await }
    };
    let community = json!({"type": "engage_messaging", "name": "Visitors", "signed_identities": "rejected"});
    let community = post("/1.0/communities", community).await;
    let source = json!({"type": "engage_messaging", "name": "Chat", "community_id": community["id"]});
    let source = post("/1.0/content_sources", source).await;
    let webhook = json!({"url": receiver.url, "registered_events": ["content.imported"], "verify_token": "let me in"});
    let webhook = post("/1.0/webhooks", webhook).await;
    let path = format!("{url}/1.0/webhooks/{}", webhook["id"].as_str().expect("an id"));
    loop {
        let webhook = ask(client, Method::GET, &path, ADMIN_TOKEN, None).await;
        if webhook["webhook_status"] == "active" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    format!("{url}/chat/{}", source["token"].as_str().expect("a token"))
}

/// The journal has no gaps, and one event for each message. Gives the positions of those.
async fn journal_is_whole(program: &Program, messages: usize, all: usize) -> Vec<i64> {
    let db = program.database().await;
    let read = db.read(|tx| {
        Box::pin(async move {
            let count = tx.number("SELECT COUNT(*) FROM journal", Vec::new()).await?;
            let last = tx.number("SELECT MAX(position) FROM journal", Vec::new()).await?;
            let imported = "SELECT position FROM journal WHERE kind = 'content.imported' ORDER BY position";
            let mut imported = tx.rows(imported, Vec::new()).await?;
            let imported = imported.iter_mut().map(store::Row::take).collect::<Result<Vec<i64>, _>>()?;
            let contents = tx.number("SELECT COUNT(*) FROM contents", Vec::new()).await?;
            Ok::<_, store::Error>((count == last, imported, contents))
        })
    });
    let (dense, imported, contents) = read.await.expect("read");
    let as_count = |n: usize| i64::try_from(n).expect("a count");
    assert!(dense, "the journal has a gap");
    assert_eq!((imported.len(), contents), (messages, as_count(all)));
    imported
}
