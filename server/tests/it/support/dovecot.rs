//! A real IMAP server beside the test, with mailboxes of its own: Dovecot (`scripts/dovecot`), or the one of which
//! `HUBBUB_TEST_IMAP` names the script.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{TestApp, id};
use crate::architecture::root;

/// The password of everybody.
pub const PASSWORD: &str = "secret";

/// The server. It ends with the process: its input does.
pub struct Dovecot {
    /// The port in the clear, and for STARTTLS.
    pub port: u16,
    /// The port for TLS.
    pub tls_port: u16,
    /// Where users' mailboxes are.
    pub home: PathBuf,
    _child: Child,
    _input: ChildStdin,
}

static SERVER: OnceLock<Dovecot> = OnceLock::new();
static USERS: AtomicU32 = AtomicU32::new(0);

/// The server of all tests.
pub fn dovecot() -> &'static Dovecot {
    SERVER.get_or_init(|| {
        let script = std::env::var("HUBBUB_TEST_IMAP").unwrap_or_else(|_| "dovecot".into());
        let mut child = Command::new(root().join("scripts").join(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("an IMAP server's script");
        let input = child.stdin.take().expect("an input");
        let mut line = String::new();
        let output = child.stdout.take().expect("an output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let told: Vec<&str> = line.split_whitespace().collect();
        let [port, tls_port, _, home] = told[..] else {
            panic!("no IMAP server (scripts/install-test-tools): {line:?}")
        };
        let number = |text: &str| text.parse().expect("a port");
        Dovecot { port: number(port), tls_port: number(tls_port), home: home.into(), _child: child, _input: input }
    })
}

/// A mailbox's owner on the server, whose name no other test has.
pub struct Owner {
    /// Their name.
    pub name: String,
    line: TcpStream,
    count: u32,
}

impl Owner {
    /// Somebody new, signed in.
    pub async fn new() -> Self {
        let number = USERS.fetch_add(1, Ordering::Relaxed);
        Self::called(&format!("desk{number}")).await
    }

    /// Somebody, signed in once more.
    pub async fn called(name: &str) -> Self {
        let line = TcpStream::connect(("127.0.0.1", dovecot().port)).await.expect("connected");
        let mut owner = Self { name: name.to_owned(), line, count: 0 };
        owner.say(&format!("LOGIN {name} {PASSWORD}")).await;
        owner
    }

    /// Says a command, and gives all that is answered, which must be yes.
    pub async fn say(&mut self, command: &str) -> String {
        self.count += 1;
        let tag = format!("t{}", self.count);
        self.line.write_all(format!("{tag} {command}\r\n").as_bytes()).await.expect("written");
        let answer = self.hear(&tag).await;
        assert!(answer.contains(&format!("{tag} OK")), "{command}: {answer}");
        answer
    }

    async fn hear(&mut self, until: &str) -> String {
        let (mut all, mut buffer) = (Vec::new(), [0; 8192]);
        let ended = |all: &[u8]| {
            let text = String::from_utf8_lossy(all).into_owned();
            text.lines().any(|line| line.starts_with(until)) && text.ends_with('\n')
        };
        while !ended(&all) {
            let read = tokio::time::timeout(Duration::from_secs(30), self.line.read(&mut buffer)).await;
            let count = read.expect("an answer in time").expect("an answer");
            assert!(count > 0, "the server went away");
            all.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Puts a mail into a mailbox.
    pub async fn append(&mut self, mailbox: &str, mail: &str) {
        self.append_with(mailbox, "", mail.as_bytes()).await;
    }

    /// Puts a mail into a mailbox with flags or a time (`(\Deleted) "01-Mar-2026 10:00:00 +0000"`).
    pub async fn append_with(&mut self, mailbox: &str, more: &str, mail: &[u8]) {
        self.count += 1;
        let tag = format!("t{}", self.count);
        let more = if more.is_empty() { String::new() } else { format!("{more} ") };
        let head = format!("{tag} APPEND \"{mailbox}\" {more}{{{}+}}\r\n", mail.len());
        self.line.write_all(&[head.as_bytes(), mail, b"\r\n"].concat()).await.expect("written");
        let answer = self.hear(&tag).await;
        assert!(answer.contains(&format!("{tag} OK")), "{answer}");
    }
}

/// A mail that somebody could have written.
pub fn mail(id: &str, from: &str, subject: &str, more: &str, body: &str) -> String {
    format!(
        "Message-ID: <{id}>\r\nFrom: {from}\r\nTo: Desk <desk@shop.test>\r\nSubject: {subject}\r\n\
         Date: Mon, 2 Mar 2026 08:00:00 +0000\r\n{more}\r\n{body}\r\n"
    )
}

/// What a source is made of that fetches an owner's mail in the clear.
pub fn settings(owner: &Owner) -> Value {
    json!({
        "imap_smtp_email": "desk@shop.test", "imap_address": "127.0.0.1", "imap_port": dovecot().port,
        "imap_use_ssl_tls": false, "imap_use_start_tls": false,
        "imap_username": owner.name, "imap_password": PASSWORD, "active": true,
    })
}

/// Makes a community and a source for mail.
pub async fn source(t: &TestApp, given: Value) -> Value {
    let name = format!("Mail {}", USERS.fetch_add(1, Ordering::Relaxed));
    let community = t.post("/1.0/communities", json!({"name": name, "type": "email"})).await.ok();
    let mut body = json!({"name": name, "type": "email", "community_id": id(&community)});
    let given = given.as_object().cloned().unwrap_or_default();
    body.as_object_mut().expect("a map").extend(given);
    t.post("/1.0/content_sources", body).await.ok()
}
