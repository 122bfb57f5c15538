//! What nobody can take too much of: the memory that bodies hold, and the time that they may take.

use std::process::{Child, Command, Stdio};

use futures_util::future::join_all;
use hubbub::crypto::sdk_signature;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::sdk::{SIGNATURE, ThirdParty};
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{ADMIN_TOKEN, TestApp, eventually, in_time, new_database, send};

/// The program itself, whose memory can be looked at.
struct Program {
    child: Child,
    address: String,
    _data: tempfile::TempDir,
}

impl Program {
    async fn start() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address").to_string();
        drop(free);
        let database = match std::env::var("HUBBUB_TEST_DATABASE_URL") {
            Ok(server) => new_database(&server).await,
            Err(_) => String::new(),
        };
        let data = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_hubbub"));
        command.arg("serve").env("HUBBUB_LISTEN", &address).env("HUBBUB_DATA_DIR", data.path());
        command.env("HUBBUB_DATABASE_URL", database).env("HUBBUB_ADMIN_PASSWORD", "correct horse battery");
        command.env("HUBBUB_ADMIN_TOKEN", ADMIN_TOKEN).env("HUBBUB_LOG", "error").stdout(Stdio::null());
        let program = Self { child: command.spawn().expect("the program"), address, _data: data };
        eventually("the program is ready", async || {
            let answer = exchange(&program.address, &[b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"]);
            answer.await.ok().filter(|answer| answer.starts_with("HTTP/1.1 200"))
        })
        .await;
        program
    }

    /// A figure of its memory, in KB.
    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a figure");
        line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().expect("a number")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends all of a request, as many programs do, and only then listens until the connection ends.
async fn exchange(address: &str, parts: &[&[u8]]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    for part in parts {
        stream.write_all(part).await?;
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn head(path: &str, kind: &str, length: usize, more: &str) -> Vec<u8> {
    let lines = format!("host: x\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{more}");
    format!("POST {path} HTTP/1.1\r\n{lines}\r\n").into_bytes()
}

const FORM: &str = "application/x-www-form-urlencoded";

/// A body of nine megabytes with this many parts.
fn hostile(count: usize, part: impl Fn(usize) -> String, between: &str) -> Vec<u8> {
    let mut body = (0..count).map(part).collect::<Vec<_>>().join(between).into_bytes();
    body.resize(body.len().max(9 << 20), b' ');
    body
}

#[tokio::test]
async fn eight_hostile_bodies_at_once_take_little_memory() {
    let form = hostile(450_000, |i| format!("a[{i}][b][c][d]="), "&");
    let list = hostile(450_000, |_| r#"{"b":{"c":{}}}"#.to_owned(), ",");
    let json = [br#"{"a":["#, &list[..], b"]}"].concat();
    let field = |i| format!("--b\r\ncontent-disposition: form-data; name=\"a[{i}][b][c][d]\"\r\n\r\n\r\n");
    let parts = hostile(100_000, field, "");
    let file = [b"--b\r\ncontent-disposition: form-data; name=\"a\"; filename=\"a.png\"\r\n\r\n", &form[..]].concat();
    let token = format!("authorization: Bearer {ADMIN_TOKEN}\r\n");
    let multipart = "multipart/form-data; boundary=b";
    let program = Program::start().await;
    let before = program.memory("VmHWM");
    for (path, kind, body, more) in [
        ("/console/session", FORM, &form, ""),
        ("/console/session", "application/json", &json, ""),
        ("/console/session", multipart, &parts, ""),
        ("/chat/x/attachments", multipart, &file, ""),
        ("/realtime/sdk/5950328914bf8a22305f446a", "application/json", &json, ""),
        ("/1.0/tags", "application/json", &json, &token),
        ("/1.0/attachments", FORM, &form, &token),
        ("/1.0/attachments", multipart, &parts, &token),
        ("/1.0/attachments", multipart, &file, ""),
    ] {
        let head = head(path, kind, body.len(), more);
        let sent = (0..8).map(|_| async { exchange(&program.address, &[&head, body]).await.expect("an answer") });
        for answer in join_all(sent).await {
            assert!(answer.starts_with("HTTP/1.1 4"), "{path} {kind}: {}", answer.lines().next().unwrap_or_default());
        }
    }
    let grown = program.memory("VmHWM").saturating_sub(before) / 1024;
    assert!(grown <= 64, "{grown} MB more");
}

#[tokio::test]
async fn who_sends_too_much_hears_so_and_why() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let address = t.url.trim_start_matches("http://");
    let body = vec![b' '; 12 << 20];
    let upload = format!("/chat/{}/attachments", ann.chat);
    let key = format!("authorization: Bearer {}\r\n", ann.key);
    let admin = format!("authorization: Bearer {ADMIN_TOKEN}\r\n");
    let large = ["413", "too_large"];
    let multipart = "multipart/form-data; boundary=b";
    for (path, kind, more, [status, error]) in [
        ("/console/session", FORM, "", large),
        ("/console/session", "application/json", "", large),
        ("/1.0/contents", "application/json", &admin, large),
        ("/1.0/attachments", "application/json", &admin, large),
        ("/1.0/attachments", multipart, &admin, large),
        (&upload, multipart, &key, large),
        // Whoever is not known hears that first.
        (&upload, multipart, "", ["401", "unknown_visitor"]),
        ("/1.0/attachments", multipart, "authorization: Bearer nobody\r\n", ["401", "invalid_token"]),
        ("/1.0/nothing", FORM, "", ["404", "not_found"]),
    ] {
        let answer = exchange(address, &[&head(path, kind, body.len(), more), &body]).await.expect("no broken pipe");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
        assert!(answer.contains(&format!(r#""error":"{error}""#)), "{path}: {answer}");
    }
    // Without its length beforehand the same.
    let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    let chunked =
        b"POST /console/session HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = exchange(address, &[chunked, &chunk]).await.expect("no broken pipe");
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains(r#""values":{"max":65536}"#), "{answer}");
    // Who asks first whether to go on is told at once.
    let asks = head("/console/session", FORM, body.len(), "expect: 100-continue\r\n");
    let answer = exchange(address, &[&asks]).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn so_many_parameters_are_read_and_more_are_refused_before_anything_is_made_of_them() {
    let t = TestApp::start().await;
    let many = vec!["a"; 10_001].join("&");
    let deep = |depth: usize| format!("a{}=1", "[b]".repeat(depth));
    let json = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    for (reason, max, bodies) in [
        ("too_many", 10_000, [(FORM, many), ("application/json", json!({"a": vec![1; 10_001]}).to_string())]),
        ("too_deep", 32, [(FORM, deep(33)), ("application/json", json(33))]),
    ] {
        for (kind, body) in bodies {
            for path in ["/1.0/tags", "/console/session"] {
                let request = t.request(Method::POST, path).header("content-type", kind).body(body.clone());
                let answer = send(request).await;
                assert_eq!((&answer.json["reason"], &answer.json["values"]["max"]), (&json!(reason), &json!(max)));
                assert_eq!(answer.error(400), "invalid_parameter", "{path} {kind}");
            }
        }
    }
    let answer = t.get(&format!("/1.0/tags?{}", "a&".repeat(10_001))).await;
    assert_eq!(answer.json["reason"], "too_many");
    // What came as text in another value is held to the same.
    let holidays = Value::from(vec![json!({}); 10_000]).to_string();
    let answer = t.post("/1.0/time_sheets", json!({"name": "x", "holidays": holidays})).await;
    assert_eq!(answer.error(400), "invalid_parameter");
}

/// Sends the head of a request and so many bytes of its body, all but the last, and keeps the connection open.
async fn begin(t: &TestApp, path: &str, more: &str, sent: usize) -> TcpStream {
    let mut stream = TcpStream::connect(t.url.trim_start_matches("http://")).await.expect("a connection");
    stream.write_all(&head(path, FORM, sent + 1, more)).await.expect("sent");
    stream.write_all(&vec![b' '; sent]).await.expect("sent");
    stream
}

/// A bound for bodies behind a proxy, which names the callers.
async fn with_memory(bytes: usize) -> TestApp {
    TestApp::start_with(|config| {
        config.bodies_memory_bytes = bytes;
        config.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await
}

/// Begins so many requests from one address that never end, and waits until none of them holds more.
async fn fill(t: &TestApp, path: &str, more: &str, (count, sent): (usize, usize), held: usize) -> Vec<TcpStream> {
    let mut open = Vec::new();
    for _ in 0..count {
        open.push(begin(t, path, more, sent).await);
    }
    eventually("their bytes are held", async || (t.app.bodies.held() >= held).then_some(())).await;
    open
}

#[tokio::test]
async fn all_bodies_together_have_a_bound_and_strangers_a_part_of_it() {
    let t = with_memory(800_000).await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let body = json!({"action": "users.create", "params": {"id": "1"}, "more": "x".repeat(100_000)}).to_string();
    let signature = sdk_signature(&blog.secret, body.as_bytes());
    let bring = || t.anonymous(Method::POST, &blog.path()).header(SIGNATURE, &signature).body(body.clone());
    let call = || t.request(Method::POST, "/1.0/tags").body(format!("name=x{}", " ".repeat(100_000)));
    // What is known of its caller only at its end counts as a stranger's until then.
    let signed = format!("{SIGNATURE}: {signature}\r\nx-forwarded-for: 203.0.113.9\r\n");
    let stranger = fill(&t, &blog.path(), &signed, (1, 490_000), 470_000).await;
    let busy = bring().send().await.expect("an answer");
    assert_eq!((busy.status().as_u16(), &busy.headers()["retry-after"]), (503, &"5".parse().expect("a header")));
    assert_eq!(send(call()).await.status, 200);
    // Those who are known may fill the rest.
    let admin = format!("authorization: Bearer {ADMIN_TOKEN}\r\n");
    let known = fill(&t, "/1.0/tags", &admin, (1, 320_000), 770_000).await;
    let busy = call().send().await.expect("an answer");
    assert_eq!((busy.status().as_u16(), &busy.headers()["retry-after"]), (503, &"5".parse().expect("a header")));
    let busy: Value = busy.json().await.expect("JSON");
    assert_eq!((&busy["error"], &busy["reason"]), (&json!("unavailable"), &json!("bodies_full")));
    // A small one always comes in.
    assert_eq!(t.post("/1.0/tags", json!({"name": "vip"})).await.status, 200);
    drop((stranger, known));
    eventually("all is given back", async || (t.app.bodies.held() == 0).then_some(())).await;
    assert_eq!(send(bring()).await.text, "Invalid resource format");
    assert_eq!(t.app.bodies.held(), 0);
}

#[tokio::test]
async fn one_network_never_keeps_the_bodies_of_another_out() {
    let t = with_memory(8_000_000).await;
    let shop = World::new(&t).await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let upload = format!("/chat/{}/attachments", ann.chat);
    let from = "x-forwarded-for: 203.0.113.9\r\n";
    let key = format!("authorization: Bearer {}\r\n{from}", ann.key);
    let body = json!({"action": "users.create", "params": {"id": "1"}, "more": "x".repeat(1_000_000)}).to_string();
    let signature = sdk_signature(&blog.secret, body.as_bytes());
    let words = "x".repeat(17_000);
    for (path, more) in [(&*upload, &*key), ("/1.0/tags", from)] {
        // Seven beginnings of bodies at once, of which an eighth of the room has its place: a million bytes.
        let open = fill(&t, path, more, (7, 200_000), 736_000).await;
        assert!(t.app.bodies.held() <= 1_000_000, "{path}: {}", t.app.bodies.held());
        let write = |ip: &'static str| {
            let body = json!({"client_id": model::new_object_id(t.clock.now()), "body": words});
            send(ann.request(&t, Method::POST, "messages").header("x-forwarded-for", ip).json(&body))
        };
        assert_eq!(write("203.0.113.10").await.status, 200, "{path}");
        let bring = t.anonymous(Method::POST, &blog.path()).header(SIGNATURE, &signature);
        let brought = send(bring.header("x-forwarded-for", "2001:db8::1").body(body.clone())).await;
        assert_eq!(brought.text, "Invalid resource format", "{path}");
        drop(open);
        eventually("all is given back", async || (t.app.bodies.held() == 0).then_some(())).await;
        assert_eq!(write("203.0.113.9").await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_request_that_says_in_two_ways_where_it_ends_is_refused() {
    let t = TestApp::start().await;
    let address = t.url.trim_start_matches("http://");
    let (length, chunked) = ("Content-Length: 5", "Transfer-Encoding: chunked");
    let body = "5\r\nemail\r\n0\r\n\r\n";
    let ask = |lines: &str| format!("POST /console/session HTTP/1.1\r\nhost: x\r\n{lines}\r\n\r\n{body}");
    // Also where another request came before.
    let first = "POST /console/session HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nemail";
    for lines in [format!("{length}\r\n{chunked}"), format!("{chunked}\r\n{length}")] {
        let answer = exchange(address, &[ask(&lines).as_bytes()]).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains(r#""field":"Transfer-Encoding""#), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(first.as_bytes()).await.expect("sent");
        let mut answer = vec![0; 4096];
        let read = stream.read(&mut answer).await.expect("an answer");
        assert!(String::from_utf8_lossy(&answer[..read]).contains(r#""field":"email""#));
        stream.write_all(ask(&lines).as_bytes()).await.expect("sent");
        let mut second = String::new();
        stream.read_to_string(&mut second).await.expect("an answer");
        assert!(second.contains(r#""field":"Transfer-Encoding""#), "{second}");
    }
    // Also where it comes in one piece with others.
    let health = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let both = ask(&format!("{length}\r\n{chunked}"));
    for before in [health.to_owned(), format!("{first}{health}")] {
        let answer = exchange(address, &[format!("{before}{both}").as_bytes()]).await.expect("an answer");
        assert!(answer.contains("HTTP/1.1 200") && answer.contains(r#""field":"Transfer-Encoding""#), "{answer}");
    }
    // Nothing is answered after chunks.
    let after = format!("{}{both}", ask(chunked));
    let answer = exchange(address, &[after.as_bytes()]).await.expect("an answer");
    assert!(answer.matches("HTTP/1.1").count() == 1 && answer.contains("connection: close"), "{answer}");
    let answer = exchange(address, &[ask(chunked).as_bytes()]).await.expect("an answer");
    assert!(answer.contains(r#""field":"email""#), "{answer}");
}

#[tokio::test]
async fn a_body_has_so_much_time_and_no_more() {
    let t = TestApp::start_with(|config| config.body_seconds = 1).await;
    let mut slow = begin(&t, "/1.0/tags", &format!("authorization: Bearer {ADMIN_TOKEN}\r\n"), 10).await;
    let mut answer = String::new();
    in_time("an answer", slow.read_to_string(&mut answer)).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("did not come whole"), "{answer}");
}
