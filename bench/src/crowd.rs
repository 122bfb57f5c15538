//! Thousands of visitors at once, from many addresses at the default bounds, while some of them talk: what each takes, and
//! that nothing is missed and nothing comes twice when every line is cut at once. It is for `make soak`.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex as Plain, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::Bench;
use crate::http::{Client, get, post};
use crate::report::{Goal, Report};
use crate::server::{Server, TOKEN, text};
use crate::socket::Socket;
use crate::stats::{ms, quantile};

/// From so many addresses do they come: each may have 256 connections.
const ADDRESSES: u8 = 40;
/// A chat takes 6,000 new ones in a minute.
const PER_CHAT: usize = 5000;
/// So many of them talk.
const TALKERS: usize = 100;
/// Each says one thing in a round, and is answered.
const ROUNDS: usize = 30;
const ROUND: Duration = Duration::from_secs(1);
/// All lines are cut in this round.
const CUT_IN: usize = 15;
/// Of those who do not talk, each tenth is answered while the lines are cut.
const ANSWERED: usize = 10;
/// So many come, or are answered, at once.
const AT_ONCE: usize = 48;
/// How long the server is left alone before its memory is read.
const REST: Duration = Duration::from_secs(3);
/// How long what was said may take to everybody at the end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A visitor.
struct Guest {
    address: Ipv4Addr,
    chat: String,
    key: String,
    timeline: String,
    thread: String,
    question: String,
    state: Plain<State>,
}

/// What came to a visitor, over all of their lines.
#[derive(Default)]
struct State {
    position: i64,
    heard: Vec<(String, Instant)>,
    welcomes: usize,
    reloads: usize,
}

type Guests = Vec<Arc<Guest>>;

/// Runs it with so many visitors.
pub(crate) async fn run(bench: &Bench, count: usize, report: &mut Report) -> anyhow::Result<()> {
    let first = Server::start_bounded(&bench.program, &bench.folder("crowd")?).await?;
    let guests = come(&first, count).await?;
    // A new process: what one has kept of so many beginnings is not measured.
    let server = Server::start_bounded(&bench.program, &first.stop()?).await?;
    // Everybody once before it counts, some at a time: the database has its pages in memory then, and so has the allocator.
    for some in guests.chunks(AT_ONCE) {
        cut(&mut open_all(&server, some).await?).await;
    }
    tokio::time::sleep(REST).await;
    let before = server.process().resident()?;
    let mut lines = open_all(&server, &guests).await?;
    tokio::time::sleep(REST).await;
    let taken = server.process().resident()?.saturating_sub(before);
    #[expect(clippy::cast_precision_loss)]
    let each = taken as f64 / 1024.0 / count as f64;

    let mut sent = HashMap::new();
    let (mut cut_for, mut busy) = (Duration::ZERO, server.process().processor()?);
    let begun = Instant::now();
    for round in 0..ROUNDS {
        let time = tokio::time::Instant::now();
        let talk = talk(&server, &guests, round);
        if round == CUT_IN {
            let away = Instant::now();
            cut(&mut lines).await;
            let answers = answer_some(&server, &guests);
            let (said, answered) = tokio::try_join!(talk, answers)?;
            drop((said, answered));
            lines = open_all(&server, &guests).await?;
            cut_for = away.elapsed();
        } else {
            sent.extend(talk.await?);
        }
        tokio::time::sleep_until(time + ROUND).await;
    }
    busy = server.process().processor()?.saturating_sub(busy);
    let took = begun.elapsed();
    let messages = check(&server, &guests).await?;
    tell(report, count, each, &guests, &sent);
    report.note(&format!(
        "{messages} messages came to their visitors, each once and in order, {} of them over a cut of all lines that \
         lasted {:.1} s; {:.0} % of one processor",
        count.saturating_sub(TALKERS).div_ceil(ANSWERED) + 2 * TALKERS,
        cut_for.as_secs_f64(),
        100.0 * busy.as_secs_f64() / took.as_secs_f64()
    ));
    cut(&mut lines).await;
    server.stop()?;
    Ok(())
}

fn tell(report: &mut Report, count: usize, each: f64, guests: &Guests, sent: &HashMap<String, Instant>) {
    let mut times = Vec::new();
    for guest in guests.iter().take(TALKERS) {
        let state = lock(&guest.state);
        times.extend(state.heard.iter().filter_map(|(id, at)| Some(ms(at.duration_since(*sent.get(id)?)))));
    }
    report.section(&format!("{count} visitors, {TALKERS} of them talk"), "6.5 KB for each, nothing missed or twice");
    let detail = format!("from {ADDRESSES} addresses, {} connections each", count.div_ceil(usize::from(ADDRESSES)));
    report.line("memory of a visitor, KB", each, (each, each), Goal::AtMost(6.5), &detail);
    report.note(&format!(
        "from what is sent until it is heard: median {:.1} ms, p99 {:.1} ms",
        quantile(&times, 0.5),
        quantile(&times, 0.99)
    ));
}

/// Everybody comes, begins a visit, and asks something.
async fn come(server: &Server, count: usize) -> anyhow::Result<Guests> {
    let mut chats = Vec::new();
    for n in 0..count.div_ceil(PER_CHAT) {
        chats.push(text(&server.add_source("engage_messaging", &format!("Shop {n}")).await?, "token")?);
    }
    let one = |n: usize| {
        let (server, chat) = (server.address(), chats[n / PER_CHAT].clone());
        let last = u8::try_from(n % usize::from(ADDRESSES)).unwrap_or(0);
        async move { Guest::come(server, Ipv4Addr::new(127, 0, 1, last + 1), chat, n).await }
    };
    let mut guests = Vec::with_capacity(count);
    for from in (0..count).step_by(AT_ONCE) {
        let some = (from..count.min(from + AT_ONCE)).map(one);
        for guest in futures_util::future::join_all(some).await {
            guests.push(Arc::new(guest?));
        }
    }
    Ok(guests)
}

impl Guest {
    async fn come(server: SocketAddr, address: Ipv4Addr, chat: String, n: usize) -> anyhow::Result<Self> {
        let mut client = Client::connect_from(address.into(), server).await?;
        let visit = client.post(&format!("/chat/{chat}/session"), "", &json!({})).await?;
        let key = text(&visit, "visitor")?;
        let body = json!({"client_id": format!("question-{n:06}"), "body": "Is anybody there?"});
        let written = client.post(&format!("/chat/{chat}/messages"), &key, &body).await?;
        let position = visit["position"].as_i64().context("a position")?;
        Ok(Self {
            address,
            chat,
            key,
            timeline: text(&visit, "timeline")?,
            thread: text(&written["thread"], "id")?,
            question: text(&written["message"], "id")?,
            state: Plain::new(State { position, ..State::default() }),
        })
    }

    /// Opens their line, from where the last one ended.
    async fn open(&self, server: SocketAddr) -> anyhow::Result<Socket> {
        let path = format!("/chat/{}/socket", self.chat);
        let mut socket = Socket::open_from(self.address.into(), server, &path).await?;
        let position = lock(&self.state).position;
        let hello = json!({"type": "hello", "visitor": self.key, "position": position, "timeline": self.timeline});
        socket.say(&hello.to_string()).await?;
        Ok(socket)
    }

    /// Notes what comes, until the line is cut.
    async fn listen(self: Arc<Self>, mut socket: Socket) {
        while let Ok(frame) = socket.hear().await {
            let now = Instant::now();
            let Ok(frame) = serde_json::from_str::<Value>(&frame) else { return };
            let mut state = lock(&self.state);
            match frame["type"].as_str() {
                Some("welcome") => state.welcomes += 1,
                Some("reload") => state.reloads += 1,
                Some("message") => {
                    let id = frame["message"]["id"].as_str().unwrap_or_default().to_owned();
                    state.heard.push((id, now));
                    state.position = frame["position"].as_i64().unwrap_or(state.position);
                }
                _ => state.position = frame["position"].as_i64().unwrap_or(state.position),
            }
        }
    }
}

/// Opens the lines of all, and waits until each is welcome.
async fn open_all(server: &Server, guests: &[Arc<Guest>]) -> anyhow::Result<JoinSet<()>> {
    let address = server.address();
    let wanted: Vec<usize> = guests.iter().map(|guest| lock(&guest.state).welcomes + 1).collect();
    let mut lines = JoinSet::new();
    for some in guests.chunks(AT_ONCE) {
        let opened = some.iter().map(|guest| guest.open(address));
        for (guest, socket) in some.iter().zip(futures_util::future::join_all(opened).await) {
            lines.spawn(guest.clone().listen(socket?));
        }
    }
    wait(|| guests.iter().zip(&wanted).all(|(guest, wanted)| lock(&guest.state).welcomes >= *wanted), "welcomes")
        .await?;
    Ok(lines)
}

/// Cuts all lines at once, without a word.
async fn cut(lines: &mut JoinSet<()>) {
    lines.abort_all();
    while lines.join_next().await.is_some() {}
}

/// Each talker says one thing and is answered. Gives the ids with the moments at which they were sent.
async fn talk(server: &Server, guests: &Guests, round: usize) -> anyhow::Result<Vec<(String, Instant)>> {
    let address = server.address();
    let one = |n: usize, guest: Arc<Guest>| async move {
        let mut client = Client::connect_from(guest.address.into(), address).await?;
        let body = json!({"client_id": format!("{round:04}-{n:06}"), "thread_id": guest.thread, "body": "And now?"});
        let said = Instant::now();
        let written = client.post(&format!("/chat/{}/messages", guest.chat), &guest.key, &body).await?;
        let (answered, reply) = (Instant::now(), reply(&guest, "Soon."));
        let answer = client.call(&reply).await?.json()?;
        anyhow::Ok([(text(&written["message"], "id")?, said), (text(&answer, "id")?, answered)])
    };
    let all = guests.iter().take(TALKERS).enumerate().map(|(n, guest)| one(n, guest.clone()));
    let mut sent = Vec::new();
    for one in futures_util::future::join_all(all).await {
        sent.extend(one?);
    }
    Ok(sent)
}

fn reply(guest: &Guest, body: &str) -> Vec<u8> {
    let body = json!({"in_reply_to_id": guest.question, "body": body}).to_string();
    post("/1.0/contents", &format!("authorization: Bearer {TOKEN}\r\n"), body.as_bytes())
}

/// Some of those who do not talk are answered.
async fn answer_some(server: &Server, guests: &Guests) -> anyhow::Result<()> {
    let (address, free) = (server.address(), Arc::new(Semaphore::new(AT_ONCE)));
    let all = guests.iter().skip(TALKERS).step_by(ANSWERED).map(|guest| {
        let free = free.clone();
        async move {
            let _free = free.acquire().await?;
            let mut client = Client::connect(address).await?;
            client.call(&reply(guest, "We are here.")).await?.json()?;
            anyhow::Ok(())
        }
    });
    futures_util::future::try_join_all(all).await.map(drop)
}

/// What came to each is what their conversation has, once and in order. Gives how many messages that were.
async fn check(server: &Server, guests: &Guests) -> anyhow::Result<usize> {
    let mut client = server.client().await?;
    let mut count = 0;
    for guest in guests {
        let path = format!("/chat/{}/threads/{}/messages?limit=100", guest.chat, guest.thread);
        let history = client.call(&get(&path, &guest.key)).await?.json()?;
        let ids = history["messages"].as_array().context("messages")?.iter().map(|one| text(one, "id"));
        let ids = ids.collect::<anyhow::Result<Vec<_>>>()?;
        wait(|| lock(&guest.state).heard.len() >= ids.len(), "what was said").await?;
        let state = lock(&guest.state);
        ensure!(state.heard.iter().map(|(id, _)| id).eq(&ids), "a visitor has heard something else than was said");
        ensure!(state.reloads == 0, "a visitor was told to read anew");
        count += ids.len();
    }
    Ok(count)
}

/// Waits until something is so.
async fn wait(so: impl Fn() -> bool, what: &str) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    while !so() {
        ensure!(Instant::now() < until, "never came: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

fn lock<T>(plain: &Plain<T>) -> std::sync::MutexGuard<'_, T> {
    plain.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection from one of this machine's addresses.
pub(crate) async fn connect_from(from: IpAddr, to: SocketAddr) -> anyhow::Result<tokio::net::TcpStream> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(from, 0))?;
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
