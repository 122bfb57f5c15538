//! What a source takes in that is asked for it: mails of a mailbox on a real IMAP server, and the lists of a third party
//! that speaks the Source SDK; and what sources cost that have nothing new.

use std::hint::black_box;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::{Value, json};

use crate::dovecot::Dovecot;
use crate::report::{Goal, Report};
use crate::server::{Server, TOKEN, text};
use crate::stats::Rounds;
use crate::{Bench, Database};

/// How many mails a mailbox has, and a larger one, whose import must not take more memory.
const MAILS: usize = 10_000;
const MORE_MAILS: usize = 50_000;
const CONTENTS: usize = 100_000;
const PAGE: usize = 100;
const MAILBOXES: usize = 200;
/// How long a server is left alone before its memory is read, and for how long its processor is watched.
const REST: Duration = Duration::from_secs(5);
const WATCH: Duration = Duration::from_secs(120);
/// How often it is looked how far a server is.
const LOOK: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(600);
const MB: f64 = 1_048_576.0;

/// Mails of 8 KB, each fifth with a file of 100 KB, from a thousand people in conversations of their own: many of one within
/// an hour would be a flood.
fn mail(n: usize) -> Vec<u8> {
    let words = "I ordered a lamp and a table two weeks ago, and only the lamp has come. Where is the table?\r\n";
    let (body, from) = (words.repeat(8 * 1024 / words.len()), n % 1000);
    let head = format!(
        "Message-ID: <{n}@shop.test>\r\nFrom: Person {from} <person{from}@people.test>\r\nTo: Desk <desk@shop.test>\r\n\
         Subject: Order {n}\r\nDate: Mon, 2 Mar 2026 08:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    );
    if !n.is_multiple_of(5) {
        return format!("{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{body}").into_bytes();
    }
    // 1,332 lines of 76 characters: base64 of 100 KB whose first bytes differ, so that each is a file of its own.
    let line = "ABCD".repeat(19);
    let file = format!("{n:076}\r\n{}", format!("{line}\r\n").repeat(1_331));
    format!(
        "{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         {body}\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; \
         filename=order.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}\r\n--b--\r\n"
    )
    .into_bytes()
}

/// Mailboxes from empty, beside their mails fetched and read alone.
pub(crate) async fn imap(bench: &Bench, database: &Database, report: &mut Report) -> anyhow::Result<()> {
    let dovecot = Dovecot::start()?;
    dovecot.fill("few", (1..=MAILS).map(mail))?;
    let few = import(bench, database, &dovecot, "few", MAILS).await?;
    let mut size = 0;
    let begun = Instant::now();
    dovecot
        .fetch("few", MAILS, |mail| {
            size += mail.len();
            black_box(::mail::Letter::read(black_box(mail), None));
        })
        .await?;
    #[expect(clippy::cast_precision_loss)]
    let (bare, size) = (MAILS as f64 / begun.elapsed().as_secs_f64(), size as f64 / MB);
    dovecot.fill("many", (1..=MORE_MAILS).map(mail))?;
    let many = import(bench, database, &dovecot, "many", MORE_MAILS).await?;

    report.section(&format!("mails of a mailbox, {}", database.name()), "at least 300 a second, memory flat");
    let detail = format!("{MAILS} mails, {size:.0} MB; fetched one by one and read alone {bare:.0}");
    report.line("imported a second", few.rate, (few.rate, few.rate), Goal::AtLeast(300.0), &detail);
    let detail = format!("idle {:.0} MB, then {:.0}", few.idle, few.most);
    report.line("memory over idle, MB", few.grown(), (few.grown(), few.grown()), Goal::AtMost(64.0), &detail);
    let detail = format!("{MORE_MAILS} mails, {:.0} a second", many.rate);
    report.line("memory over idle, MB", many.grown(), (many.grown(), many.grown()), Goal::AtMost(64.0), &detail);
    Ok(())
}

/// How fast a source was read, and what memory that took, in MB.
struct Import {
    rate: f64,
    idle: f64,
    most: f64,
}

impl Import {
    fn grown(&self) -> f64 {
        self.most - self.idle
    }
}

async fn import(
    bench: &Bench,
    database: &Database,
    dovecot: &Dovecot,
    user: &str,
    count: usize,
) -> anyhow::Result<Import> {
    let desk = Desk::start(bench, database, &format!("imap_{user}")).await?;
    let import = desk.taken(count, add(&desk.server, "email", user, dovecot.settings(user))).await?;
    desk.server.stop()?;
    Ok(import)
}

/// A server with an eye on its database.
struct Desk {
    server: Server,
    url: Option<String>,
}

impl Desk {
    async fn start(bench: &Bench, database: &Database, name: &str) -> anyhow::Result<Self> {
        let url = database.fresh(name).await?;
        let data = bench.folder(&format!("{name}-{}", database.name()))?;
        Ok(Self { server: Server::start(&bench.program, &data, url.as_deref()).await?, url })
    }

    /// How many contents it has: what the API counts may be five seconds old.
    async fn contents(&self) -> anyhow::Result<usize> {
        let sql = "SELECT COUNT(*) FROM contents";
        let count: i64 = if let Some(url) = &self.url {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            client.query_one(sql, &[]).await?.get(0)
        } else {
            let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let conn = rusqlite::Connection::open_with_flags(self.server.sqlite(), flags)?;
            conn.query_row(sql, [], |row| row.get(0))?
        };
        Ok(usize::try_from(count)?)
    }

    /// Begins something, and waits until so many contents are there.
    async fn taken(&self, count: usize, begin: impl Future<Output = anyhow::Result<Value>>) -> anyhow::Result<Import> {
        tokio::time::sleep(REST).await;
        #[expect(clippy::cast_precision_loss)]
        let idle = self.server.process().resident()? as f64 / MB;
        let begun = Instant::now();
        begin.await?;
        loop {
            let there = self.contents().await?;
            if there >= count {
                break;
            }
            ensure!(begun.elapsed() < PATIENCE, "only {there} of {count} are there");
            tokio::time::sleep(LOOK).await;
        }
        #[expect(clippy::cast_precision_loss)]
        let rate = count as f64 / begun.elapsed().as_secs_f64();
        Ok(Import { rate, idle, most: self.server.process().most()? })
    }
}

/// Makes a source with these settings.
async fn add(server: &Server, kind: &str, name: &str, settings: Value) -> anyhow::Result<Value> {
    let mut client = server.client().await?;
    let community = json!({"type": kind, "name": format!("{name} people")});
    let community = client.post("/1.0/communities", TOKEN, &community).await?;
    let mut source = json!({"type": kind, "name": name, "community_id": community["id"]});
    source.as_object_mut().context("a map")?.extend(settings.as_object().cloned().unwrap_or_default());
    client.post("/1.0/content_sources", TOKEN, &source).await
}

/// A third party's list from empty.
pub(crate) async fn sdk(bench: &Bench, database: &Database, report: &mut Report) -> anyhow::Result<()> {
    let desk = Desk::start(bench, database, "sdk_poll").await?;
    let key = Arc::<OnceLock<hmac::Key>>::default();
    let url = third_party(key.clone()).await?;
    let settings = json!({"endpoint_url": url, "import_from": "all", "active": false});
    let source = add(&desk.server, "sdk", "Board", settings).await?;
    ensure!(key.set(hmac::Key::new(hmac::HMAC_SHA512, text(&source, "access_token")?.as_bytes())).is_ok());
    let path = format!("/1.0/content_sources/{}", text(&source, "id")?);
    let mut client = desk.server.client().await?;
    let import = desk.taken(CONTENTS, async { client.put(&path, TOKEN, &json!({"active": true})).await }).await?;
    desk.server.stop()?;
    report.section(&format!("contents that a third party lists, {}", database.name()), "at least 1,000 a second");
    let detail = format!("{CONTENTS} in pages of {PAGE}");
    report.line("taken in a second", import.rate, (import.rate, import.rate), Goal::AtLeast(1000.0), &detail);
    let detail = format!("idle {:.0} MB, then {:.0}", import.idle, import.most);
    let grown = import.grown();
    report.line("memory over idle, MB", grown, (grown, grown), Goal::AtMost(64.0), &detail);
    Ok(())
}

/// Starts a third party that lists its messages, and signs with a key that it is told later; gives its address.
async fn third_party(key: Arc<OnceLock<hmac::Key>>) -> anyhow::Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/sdk", listener.local_addr()?);
    let router = Router::new().route("/sdk", post(answer)).with_state(key);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

async fn answer(
    State(key): State<Arc<OnceLock<hmac::Key>>>,
    body: Bytes,
) -> (StatusCode, [(&'static str, String); 1], String) {
    let Some(key) = key.get() else {
        return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1".into())], "".into());
    };
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let said = match asked["action"].as_str() {
        Some("implementation.info") => json!({"objects": {"messages": ["list"]}, "options": []}),
        Some("messages.list") => page(&asked["params"]),
        _ => json!([]),
    }
    .to_string();
    let signature = hmac::sign(key, said.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    (StatusCode::OK, [("x-smccsdk-signature", signature)], said)
}

/// The page that follows an id, its newest message first.
fn page(params: &Value) -> Value {
    let since = params["since_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0);
    (since..CONTENTS.min(since + PAGE))
        .rev()
        .map(|n| {
            let person = n % 1000;
            json!({
                "id": (n + 1).to_string(), "thread_id": (n / 4).to_string(), "format": "text",
                "body": format!("Where is the table that I ordered two weeks ago? ({n})"),
                "created_at": "2026-03-02T09:00:00Z",
                "author": {"id": person.to_string(), "screenname": format!("Person {person}")},
            })
        })
        .collect()
}

/// Mailboxes in which nothing happens.
pub(crate) async fn idle(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let dovecot = Dovecot::start()?;
    let Desk { server, .. } = Desk::start(bench, &Database::Sqlite, "idle_mailboxes").await?;
    // Once through everything that a mailbox asks for, so that the program's own pages are there before.
    dovecot.fill("box0", std::iter::once(mail(1)))?;
    let first = add(&server, "email", "box0", dovecot.settings("box0")).await?;
    worked(&server, &first).await?;
    let before = server.process().resident()?;
    let mut sources = Vec::with_capacity(MAILBOXES);
    for n in 1..=MAILBOXES {
        let user = format!("box{n}");
        dovecot.fill(&user, std::iter::empty())?;
        sources.push(add(&server, "email", &user, dovecot.settings(&user)).await?);
    }
    for source in &sources {
        worked(&server, source).await?;
    }
    tokio::time::sleep(REST).await;
    let after = server.process().resident()?;
    let used = server.process().processor()?;
    tokio::time::sleep(WATCH).await;
    let used = (server.process().processor()? - used).as_secs_f64() / WATCH.as_secs_f64() * 100.0;
    server.stop()?;
    #[expect(clippy::cast_precision_loss)]
    let each = Rounds(vec![after.saturating_sub(before) as f64 / 1024.0 / MAILBOXES as f64]);
    report.section(&format!("{MAILBOXES} mailboxes in which nothing happens"), "under 60 KB each, 1 % of a core");
    report.line("memory of each, KB", each.median(), each.spread(), Goal::AtMost(60.0), "SQLite");
    let detail = format!("over {} s", WATCH.as_secs());
    report.line("percent of a core", used, (used, used), Goal::AtMost(1.0), &detail);
    Ok(())
}

/// Waits until a source has been asked once and all was well.
async fn worked(server: &Server, source: &Value) -> anyhow::Result<()> {
    let path = format!("/1.0/content_sources/{}/health", text(source, "id")?);
    let (mut client, begun) = (server.client().await?, Instant::now());
    loop {
        let health = client.get(&path, TOKEN).await?;
        if health["health"]["state"] == "ok" {
            return Ok(());
        }
        ensure!(begun.elapsed() < PATIENCE, "{health}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
