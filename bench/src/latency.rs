//! How long a message takes to the other side's socket under load: visitors write over HTTP and agents hear it on
//! their sockets; agents answer over HTTP and visitors hear it on theirs. The yardstick is a socket that says the same
//! bytes again, at the same rate over as many sockets.
//!
//! The load has a clock of its own: a message is sent when it is time, whether or not the last one has arrived, and
//! its time counts from then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as Plain, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use crate::Bench;
use crate::http::{Client, post};
use crate::memory::bare_echo;
use crate::report::{Goal, Report};
use crate::server::{Process, Server, TOKEN, text};
use crate::socket::{Socket, begin_visit};
use crate::stats::{Rounds, ms, quantile};

const ROUNDS: usize = 4;
const VISITORS: usize = 50;
const AGENTS: usize = 5;
/// Connections for requests.
const CLIENTS: usize = 64;
/// How long a round lasts, for each side.
const ROUND: Duration = Duration::from_secs(5);
/// Two messages in three are visitors', one is an agent's.
const BETWEEN: Duration = Duration::from_micros(6667);
/// How long the last messages of a round may take.
const REST: Duration = Duration::from_secs(2);

/// When each content was heard of.
type Heard = Arc<Plain<HashMap<String, Instant>>>;

struct Visitor {
    key: String,
    thread: String,
    content: String,
}

struct Stage {
    server: Server,
    source_token: String,
    visitors: Vec<Visitor>,
    clients: Arc<Plain<Vec<Client>>>,
    free: Arc<Semaphore>,
    heard: Heard,
    frame: String,
    _listeners: JoinSet<()>,
}

pub(crate) async fn run(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let mut stage = Stage::set(bench).await?;
    let echo = bare_echo().await?;
    let sockets = echo_sockets(&echo).await?;
    let (mut ours, mut theirs) = (Rounds::default(), Rounds::default());
    let (mut all_ours, mut all_theirs) = (Vec::new(), Vec::new());
    // The first round warms both up and is not counted.
    for round in 0..=ROUNDS {
        let our = stage.round(round).await?;
        let their = echo_round(&sockets, &stage.frame).await?;
        if round > 0 {
            ours.0.push(quantile(&our, 0.99));
            theirs.0.push(quantile(&their, 0.99));
            all_ours.extend(our);
            all_theirs.extend(their);
        }
    }
    let rate = 1.0 / BETWEEN.as_secs_f64();
    report.section("message to the other side's socket, SQLite", "p99 at most 2 x a bare echo");
    let ratio = ours.over(&theirs);
    let detail = format!(
        "p99 {:.1} ms (median {:.1}) against {:.1} (median {:.1}), {rate:.0} messages/s",
        ours.median(),
        quantile(&all_ours, 0.5),
        theirs.median(),
        quantile(&all_theirs, 0.5)
    );
    report.line("p99 / p99 of the echo", ratio.median(), ratio.spread(), Goal::AtMost(2.0), &detail);
    let Stage { server, .. } = stage;
    server.stop()?;
    Ok(())
}

impl Stage {
    async fn set(bench: &Bench) -> anyhow::Result<Self> {
        let server = Server::start(&bench.program, &bench.folder("latency")?, None).await?;
        let source = server.add_source("engage_messaging", "Shop").await?;
        let source_token = text(&source, "token")?;
        let (heard, mut listeners) = (Heard::default(), JoinSet::new());
        let mut first = Socket::agent(&server).await?;
        let mut client = server.client().await?;
        let mut visitors = Vec::new();
        for n in 0..VISITORS {
            let key = begin_visit(&server, &source_token).await?;
            let body = json!({"client_id": format!("begin-{n:06}"), "body": "Is anybody there?"});
            let written: Value = client.post(&format!("/chat/{source_token}/messages"), &key, &body).await?;
            let (thread, content) = (text(&written["thread"], "id")?, text(&written["message"], "id")?);
            let socket = Socket::visitor(&server, &source_token, &key).await?;
            listeners.spawn(listen(socket, heard.clone(), id_for_visitor));
            visitors.push(Visitor { key, thread, content });
        }
        // The echo says a frame of the same size.
        let frame = first.hear().await?;
        listeners.spawn(listen(first, heard.clone(), id_for_agent));
        for _ in 1..AGENTS {
            listeners.spawn(listen(Socket::agent(&server).await?, Heard::default(), |_| None));
        }
        let (clients, free) = (Arc::default(), Arc::new(Semaphore::new(CLIENTS)));
        Ok(Self { server, source_token, visitors, clients, free, heard, frame, _listeners: listeners })
    }

    /// Sends a round's messages; gives how long each took, in milliseconds.
    async fn round(&mut self, round: usize) -> anyhow::Result<Vec<f64>> {
        // New ones each time: the server closes those that are idle for long.
        *lock(&self.clients) = crate::load::connect(self.server.address(), CLIENTS).await?;
        let mut sending = JoinSet::new();
        let (mut n, begun) = (0_u32, Instant::now());
        while begun.elapsed() < ROUND {
            let time = begun + BETWEEN * n;
            tokio::time::sleep_until(time.into()).await;
            let visitor = &self.visitors[usize::try_from(n)? % VISITORS];
            let (request, place): (_, &[&str]) = if n % 3 == 2 {
                let body = json!({"in_reply_to_id": visitor.content, "body": format!("We are here ({round}, {n}).")});
                (request("/1.0/contents", TOKEN, &body), &["id"])
            } else {
                let body = json!({"client_id": format!("{round:04}-{n:06}"), "thread_id": visitor.thread,
                                  "body": format!("I have another question ({round}, {n}).")});
                let path = format!("/chat/{}/messages", self.source_token);
                (request(&path, &visitor.key, &body), &["message", "id"])
            };
            let (clients, free) = (self.clients.clone(), self.free.clone());
            sending.spawn(async move {
                let _free = free.acquire_owned().await?;
                let mut client = lock(&clients).pop().context("a connection")?;
                let answer = client.call(&request).await?.json()?;
                lock(&clients).push(client);
                let id = place.iter().fold(&answer, |value, name| &value[name]).as_str().context("an id")?;
                anyhow::Ok((id.to_owned(), time))
            });
            n += 1;
        }
        let mut sent = Vec::new();
        while let Some(one) = sending.join_next().await {
            sent.push(one??);
        }
        let until = Instant::now() + REST;
        let arrived = |id: &String| lock(&self.heard).contains_key(id);
        while Instant::now() < until && !sent.iter().all(|(id, _)| arrived(id)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let heard = lock(&self.heard);
        let took = |(id, time): &(String, Instant)| {
            let at = heard.get(id).with_context(|| format!("content {id} did not arrive"))?;
            Ok(ms(at.saturating_duration_since(*time)))
        };
        sent.iter().map(took).collect()
    }
}

fn lock<T>(mutex: &Plain<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn request(path: &str, token: &str, body: &Value) -> Vec<u8> {
    post(path, &format!("authorization: Bearer {token}\r\n"), body.to_string().as_bytes())
}

async fn listen(mut socket: Socket, heard: Heard, id: fn(&Value) -> Option<String>) {
    while let Ok(frame) = socket.hear().await {
        let now = Instant::now();
        if let Some(id) = serde_json::from_str(&frame).ok().and_then(|frame| id(&frame)) {
            lock(&heard).entry(id).or_insert(now);
        }
    }
}

/// The content that a frame tells an agent of.
fn id_for_agent(frame: &Value) -> Option<String> {
    let event = &frame["event"];
    (event["type"] == "content.imported").then(|| event["content_id"].as_str().map(str::to_owned)).flatten()
}

/// The agent's content that a frame tells a visitor of.
fn id_for_visitor(frame: &Value) -> Option<String> {
    let message = &frame["message"];
    (message["from"] == "agent").then(|| message["id"].as_str().map(str::to_owned)).flatten()
}

type Sockets = Vec<Arc<Mutex<Socket>>>;

async fn echo_sockets(echo: &Process) -> anyhow::Result<Sockets> {
    let mut sockets = Vec::new();
    for _ in 0..VISITORS + AGENTS {
        sockets.push(Arc::new(Mutex::new(Socket::open(echo.address, "/socket", None).await?)));
    }
    Ok(sockets)
}

async fn echo_round(sockets: &Sockets, frame: &str) -> anyhow::Result<Vec<f64>> {
    let mut sending = JoinSet::new();
    let (mut n, begun) = (0_u32, Instant::now());
    let frame: Arc<str> = frame.into();
    while begun.elapsed() < ROUND {
        let time = begun + BETWEEN * n;
        tokio::time::sleep_until(time.into()).await;
        let (socket, frame) = (sockets[usize::try_from(n)? % sockets.len()].clone(), frame.clone());
        sending.spawn(async move {
            let mut socket = socket.lock().await;
            socket.say(&frame).await?;
            socket.hear().await?;
            anyhow::Ok(ms(time.elapsed()))
        });
        n += 1;
    }
    let mut times = Vec::new();
    while let Some(one) = sending.join_next().await {
        times.push(one??);
    }
    Ok(times)
}
