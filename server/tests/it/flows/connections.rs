//! How many connections there may be, whose, and what becomes of those that take nothing.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use hubbub::state::hub::{AgentFrame, VisitorFrame};
use model::IdentityId;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::socket::Socket;
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{ADMIN, ADMIN_TOKEN, TestApp, eventually, id, send};

/// A connection that asks nothing yet.
async fn connect(address: &str) -> TcpStream {
    TcpStream::connect(address).await.expect("a connection")
}

/// Asks for a path and gives the answer; empty when the connection is closed without one.
async fn ask(stream: &mut TcpStream, path: &str, more: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n{more}\r\n");
    let mut answer = vec![0; 8192];
    let read = match stream.write_all(request.as_bytes()).await {
        Ok(()) => stream.read(&mut answer).await.unwrap_or(0),
        Err(_) => 0,
    };
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

/// Waits until so many connections are open.
async fn open(t: &TestApp, count: usize) {
    eventually("the connections", async || (t.app.connections.count().0 == count).then_some(())).await;
}

fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}\r\n")
}

#[tokio::test]
async fn one_address_has_so_many_connections_while_nobody_knows_whose() {
    let t = TestApp::start_with(|config| config.connections_per_address = 4).await;
    let shop = World::new(&t).await;
    let address = t.url.trim_start_matches("http://");
    let before = t.app.connections.count().0;
    let silent = [connect(address).await, connect(address).await, connect(address).await, connect(address).await];
    open(&t, before + 4).await;
    // Who is not known hears why, on every way in.
    let config = format!("/chat/{}/config", shop.chat.token);
    let visitor = bearer("a-visitors-key");
    for (path, more) in [("/", ""), (&config, ""), (&config, &visitor), ("/1.0/nothing", "")] {
        let answer = ask(&mut connect(address).await, path, more).await;
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("connections_full"), "{path}: {answer}");
        assert!(answer.contains("retry-after: 5") && answer.contains("connection: close"), "{path}: {answer}");
    }
    let unknown = ask(&mut connect(address).await, "/1.0/tags", &bearer("nobody")).await;
    assert!(unknown.starts_with("HTTP/1.1 401") && unknown.contains("connection: close"), "{unknown}");
    // The server's health is told, and who is known works, and is not counted.
    assert!(ask(&mut connect(address).await, "/readyz", "").await.starts_with("HTTP/1.1 200"));
    let admin = bearer(ADMIN_TOKEN);
    let mut agents = Vec::new();
    for _ in 0..10 {
        let mut agent = connect(address).await;
        let answer = ask(&mut agent, "/1.0/tags", &admin).await;
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("connection: close"), "{answer}");
        agents.push(agent);
    }
    open(&t, before + 14).await;
    // As many again are heard, and no more.
    let heard = [connect(address).await, connect(address).await, connect(address).await, connect(address).await];
    open(&t, before + 18).await;
    assert_eq!(ask(&mut connect(address).await, "/readyz", "").await, "");
    drop((silent, heard));
    open(&t, before + 10).await;
    assert!(ask(&mut connect(address).await, &config, "").await.starts_with("HTTP/1.1 200"));
    assert!(ask(&mut agents[0], &config, "").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn behind_a_proxy_its_callers_are_counted() {
    let t = TestApp::start_with(|config| {
        config.connections_per_address = 2;
        config.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let path = format!("/chat/{}/socket", ann.chat);
    let socket = async |caller: &'static str| Socket::open(&t, &path, &[("x-forwarded-for", caller)]).await;
    let first = socket("203.0.113.9").await.expect("a socket");
    let _second = socket("203.0.113.9").await.expect("a socket");
    assert_eq!(socket("203.0.113.9").await.err(), Some(503));
    let _other = socket("203.0.113.10").await.expect("a socket");
    let address = t.url.trim_start_matches("http://");
    let mut shared = connect(address).await;
    let config = format!("/chat/{}/config", ann.chat);
    let from = |caller: &str| format!("x-forwarded-for: {caller}\r\n");
    for (caller, status) in [("203.0.113.10", "200"), ("203.0.113.10", "200"), ("203.0.113.9", "503")] {
        let answer = ask(&mut shared, &config, &from(caller)).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{caller}: {answer}");
    }
    let admin = from("203.0.113.9") + &bearer(ADMIN_TOKEN);
    assert!(ask(&mut connect(address).await, "/1.0/tags", &admin).await.starts_with("HTTP/1.1 200"));
    first.cut();
    eventually("there is a place again", async || {
        let answer = ask(&mut connect(address).await, &config, &from("203.0.113.9")).await;
        answer.starts_with("HTTP/1.1 200").then_some(())
    })
    .await;
}

/// Opens a connection that takes only a little, sends something, and never reads.
async fn never_reads(t: &TestApp, sent: &[u8]) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let address = t.url.trim_start_matches("http://").parse().expect("an address");
    let mut stream = socket.connect(address).await.expect("a connection");
    stream.write_all(sent).await.expect("sent");
    stream
}

#[tokio::test]
async fn behind_a_proxy_an_answer_counts_until_it_is_sent() {
    let t = TestApp::start_with(|config| {
        config.connections_per_address = 1;
        config.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let file = Part::bytes(vec![b'x'; 10_000_000]).file_name("large.pdf");
    let file = send(ann.request(&t, Method::POST, "attachments").multipart(Form::new().part("file", file))).await.ok();
    let path = file["url"].as_str().and_then(|url| url.strip_prefix(&t.url)).expect("an address of the file");
    let from = |caller: &str| format!("x-forwarded-for: {caller}\r\n");
    let get = format!("GET {path} HTTP/1.1\r\nhost: x\r\n{}\r\n", from("203.0.113.9"));
    let mut slow = never_reads(&t, get.as_bytes()).await;
    let mut begin = [0; 12];
    slow.read_exact(&mut begin).await.expect("an answer");
    assert_eq!(&begin, b"HTTP/1.1 200");
    let address = t.url.trim_start_matches("http://");
    let config = format!("/chat/{}/config", ann.chat);
    let answer = ask(&mut connect(address).await, &config, &from("203.0.113.9")).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let answer = ask(&mut connect(address).await, &config, &from("203.0.113.10")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(slow);
    eventually("there is a place again", async || {
        let answer = ask(&mut connect(address).await, &config, &from("203.0.113.9")).await;
        answer.starts_with("HTTP/1.1 200").then_some(())
    })
    .await;
}

/// A request for a socket and its first frame.
fn upgrade(path: &str, more: &str, said: &Value) -> Vec<u8> {
    let said = said.to_string();
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    let lines = format!("upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n{more}");
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\n{lines}\r\n");
    // A whole text of so many bytes, masked with zeroes.
    let length = 0x80 | u8::try_from(said.len()).expect("a short one");
    [request.as_bytes(), &[0x81, length, 0, 0, 0, 0], said.as_bytes()].concat()
}

#[tokio::test]
async fn who_never_reads_is_dropped() {
    let t = TestApp::start_with(|config| config.stalled_seconds = 1).await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let long = "x".repeat(20_000);
    for i in 0..300 {
        shop.say(&t, &format!("customer-{i}"), None, &long).await;
    }
    let before = t.app.connections.count().0;
    let admin = bearer(ADMIN_TOKEN);
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n{admin}\r\n").into_bytes();
    let hello = json!({"type": "hello", "visitor": ann.key});
    let _silent = [
        never_reads(&t, &get("/1.0/contents?limit=150").repeat(20)).await,
        never_reads(&t, &get("/1.0/events/stream?after=0")).await,
        never_reads(&t, &upgrade("/console/socket", &admin, &json!({"type": "hello"}))).await,
        never_reads(&t, &upgrade(&format!("/chat/{}/socket", ann.chat), "", &hello)).await,
    ];
    let who = IdentityId::parse(id(&ann.session["identity"])).expect("an id");
    let who = (shop.chat.id.clone(), who);
    eventually("the sockets are open", async || (t.app.hub.sockets() == (1, 1)).then_some(())).await;
    let json: Arc<str> = format!("{:?}", "x".repeat(200_000)).into();
    eventually("all are dropped", async || {
        let frame = AgentFrame {
            only: None,
            concerns: Vec::new(),
            position: None,
            source_id: None,
            communities: None,
            agent: None,
            administration: false,
            json: json.clone(),
        };
        t.app.hub.tell_agents(frame);
        t.app.hub.tell_visitor(&who, &VisitorFrame { position: None, json: json.clone() });
        (t.app.connections.count().0 == before).then_some(())
    })
    .await;
    assert_eq!(t.app.hub.sockets(), (0, 0));
}

/// A program that ends with the test, also with one that fails: what holds the test's own output open would keep whoever
/// reads it waiting.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn a_process_with_few_descriptors_keeps_some_for_those_who_are_known() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address").to_string();
    drop(free);
    let data = tempfile::tempdir().expect("a folder");
    // The soft limit is too low for anything: it is raised to the hard one.
    let shell = "ulimit -Sn 40 && ulimit -Hn 400 && exec \"$0\" serve";
    let mut command = Command::new("sh");
    command.args(["-c", shell, env!("CARGO_BIN_EXE_hubbub")]).stdout(Stdio::null());
    command.env("HUBBUB_LISTEN", &address).env("HUBBUB_DATA_DIR", data.path()).env("HUBBUB_LOG", "error");
    command.env("HUBBUB_DATABASE_URL", "").env("HUBBUB_ADMIN_PASSWORD", ADMIN.1);
    command.env("HUBBUB_ADMIN_TOKEN", ADMIN_TOKEN).env("HUBBUB_CONNECTIONS_PER_ADDRESS", "0");
    let _ends = Ends(command.spawn().expect("the program"));
    eventually("the program is ready", async || {
        let mut stream = TcpStream::connect(&address).await.ok()?;
        ask(&mut stream, "/readyz", "").await.starts_with("HTTP/1.1 200").then_some(())
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..400 {
        silent.push(connect(&address).await);
    }
    // Some were closed unheard; of the others those who came too late hear that only the known are let in.
    let admin = bearer(ADMIN_TOKEN);
    let early = ask(&mut silent[0], "/chat/x/config", "").await;
    assert!(early.starts_with("HTTP/1.1 404"), "{early}");
    let late = ask(&mut silent[299], "/chat/x/config", "").await;
    assert!(late.starts_with("HTTP/1.1 503"), "{late}");
    assert!(ask(&mut silent[298], "/readyz", "").await.starts_with("HTTP/1.1 200"));
    assert!(ask(&mut silent[297], "/1.0/tags", &admin).await.starts_with("HTTP/1.1 200"));
    assert_eq!(ask(&mut silent[399], "/readyz", "").await, "");
}
