//! Durable ingest: a third party's messages over HTTP, answered when they and their lines in the journal are on disk;
//! a round ends when the deliveries to the webhook and the words in the index of search are there too. The yardstick
//! commits the same rows without HTTP, signatures, JSON and rules.

mod postgres;
mod rows;
mod sqlite;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use aws_lc_rs::hmac;
use serde_json::{Value as Json, json};

use crate::http::post;
use crate::report::{Goal, Report};
use crate::server::{Server, TOKEN, text};
use crate::stats::{Rounds, quantile};
use crate::{Bench, Database, load, receiver};

const ROUNDS: usize = 5;
const CLIENTS: usize = 256;
/// Messages of each conversation.
const EACH: usize = 4;
enum Yardstick {
    Sqlite(Box<sqlite::Yardstick>),
    Postgres(Box<postgres::Yardstick>),
}

/// Looks into the server's database from outside.
enum Eye {
    Sqlite(Box<rusqlite::Connection>),
    Postgres(Box<tokio_postgres::Client>),
}

const PROGRESS: &str = "SELECT position, COALESCE((SELECT position FROM cursors WHERE follower = 'dispatch'), 0) \
                        FROM journal_head";

impl Eye {
    /// The journal's newest position, and the one up to which its followers have worked.
    async fn progress(&self) -> anyhow::Result<(i64, i64)> {
        Ok(match self {
            Self::Sqlite(conn) => conn.query_row(PROGRESS, [], |row| Ok((row.get(0)?, row.get(1)?)))?,
            Self::Postgres(client) => {
                let row = client.query_one(PROGRESS, &[]).await?;
                (row.get(0), row.get(1))
            }
        })
    }

    async fn settled(&self) -> anyhow::Result<i64> {
        loop {
            let (head, done) = self.progress().await?;
            if head == done {
                return Ok(head);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn messages(&mut self, span: (i64, i64), known: &mut HashSet<String>) -> anyhow::Result<Vec<rows::Message>> {
        match self {
            Self::Sqlite(conn) => rows::read(&mut **conn, span, known).await,
            Self::Postgres(client) => rows::read(&mut **client, span, known).await,
        }
    }
}

pub(crate) async fn run(bench: &Bench, database: &Database, report: &mut Report) -> anyhow::Result<()> {
    // Conversations begun in a round: PostgreSQL takes a message in several round trips.
    let threads = if matches!(database, Database::Sqlite) { 1500 } else { 800 };
    let data = bench.folder(&format!("ingest-{}", database.name()))?;
    let url = database.fresh("ingest").await?;
    let server = Server::start(&bench.program, &data, url.as_deref()).await?;
    let source = server.add_source("sdk", "Letters").await?;
    add_webhook(&server).await?;
    let (mut eye, mut yardstick) = eye_and_yardstick(&server, database, url.as_deref()).await?;

    let mut known = HashSet::new();
    let (mut ours, mut answered, mut theirs) = (Rounds::default(), Rounds::default(), Rounds::default());
    let (mut times, mut processor) = (Vec::new(), Duration::ZERO);
    // The first round warms both up and is not counted.
    for round in 0..=ROUNDS {
        let before = eye.settled().await?;
        let requests = Arc::new(requests(&source, round, threads)?);
        let count = requests.len();
        let (began, used) = (Instant::now(), server.process().processor()?);
        let outcome = load::send_all(server.address(), CLIENTS, requests).await?;
        let after = eye.settled().await?;
        let (took, used) = (began.elapsed(), server.process().processor()? - used);
        let messages = eye.messages((before, after), &mut known).await?;
        ensure!(messages.len() == count, "{} of {count} messages are there", messages.len());
        ensure!(messages.iter().any(|message| message.delivery.is_some()), "there are no deliveries");
        let bare = match &mut yardstick {
            Yardstick::Sqlite(yardstick) => yardstick.commit(&messages)?,
            Yardstick::Postgres(yardstick) => yardstick.commit(&messages).await?,
        };
        if let (0, Eye::Postgres(eye), Yardstick::Postgres(yardstick)) = (round, &eye, &yardstick) {
            // As PostgreSQL does by itself within the first minute: it knows nothing of tables that were empty just now.
            eye.batch_execute("ANALYZE").await?;
            yardstick.analyze().await?;
        }
        if round > 0 {
            #[expect(clippy::cast_precision_loss)]
            let count = count as f64;
            ours.0.push(count / took.as_secs_f64());
            answered.0.push(count / outcome.took.as_secs_f64());
            theirs.0.push(count / bare.as_secs_f64());
            times.extend(outcome.times);
            processor += used;
        }
    }
    server.stop()?;

    let goal = if matches!(database, Database::Sqlite) { 0.8 } else { 0.5 };
    report.section(&format!("durable ingest, {}", database.name()), &format!("at least {goal} of the bare loop"));
    let ratio = ours.over(&theirs);
    let detail = format!("{:.0} messages/s against {:.0}", ours.median(), theirs.median());
    report.line("answered and followed / bare loop", ratio.median(), ratio.spread(), Goal::AtLeast(goal), &detail);
    #[expect(clippy::cast_precision_loss)]
    let each = processor.as_secs_f64() * 1e6 / (ROUNDS * threads * EACH) as f64;
    let (p50, p99) = (quantile(&times, 0.5), quantile(&times, 0.99));
    report.note(&format!(
        "answered {:.0} messages/s; {CLIENTS} clients wait {p50:.0} ms (p99 {p99:.0}); the server takes {each:.0} µs of \
         processor a message",
        answered.median()
    ));
    Ok(())
}

async fn eye_and_yardstick(
    server: &Server,
    database: &Database,
    url: Option<&str>,
) -> anyhow::Result<(Eye, Yardstick)> {
    let Some(url) = url else {
        let eye = rusqlite::Connection::open_with_flags(
            server.sqlite(),
            rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        let yardstick = sqlite::Yardstick::new(&server.sqlite(), &server.data.join("yardstick.sqlite3"))?;
        return Ok((Eye::Sqlite(Box::new(eye)), Yardstick::Sqlite(Box::new(yardstick))));
    };
    // A second server makes the same tables, and is gone before anything is measured.
    let other = database.fresh("ingest_bare").await?.context("an address")?;
    copy_database(url, &other).await?;
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let yardstick = postgres::Yardstick::new(&other).await?;
    Ok((Eye::Postgres(Box::new(client)), Yardstick::Postgres(Box::new(yardstick))))
}

/// Copies a database with the tools of PostgreSQL.
async fn copy_database(from: &str, to: &str) -> anyhow::Result<()> {
    let find = "ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1";
    let command = format!("tools=$({find}); \"$tools/pg_dump\" \"$0\" | \"$tools/psql\" --quiet --no-psqlrc \"$1\"");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &command, from, to]).stdout(std::process::Stdio::null());
    ensure!(shell.status()?.success(), "copying the database");
    Ok(())
}

/// A webhook that is told of every message. Its receiver takes its time: deliveries are written, few are sent.
async fn add_webhook(server: &Server) -> anyhow::Result<()> {
    let url = receiver::start().await?;
    let mut client = server.client().await?;
    let webhook = json!({"url": url, "registered_events": ["content.imported"], "verify_token": "let me in"});
    let webhook = client.post("/1.0/webhooks", TOKEN, &webhook).await?;
    let path = format!("/1.0/webhooks/{}", text(&webhook, "id")?);
    let until = Instant::now() + Duration::from_secs(10);
    while client.get(&path, TOKEN).await?["webhook_status"] != "active" {
        ensure!(Instant::now() < until, "the webhook is not active");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The signed requests of a round: each conversation's messages in turn, so that no two that are under way at once
/// belong to one.
fn requests(source: &Json, round: usize, threads: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let key = hmac::Key::new(hmac::HMAC_SHA512, text(source, "access_token")?.as_bytes());
    let path = format!("/realtime/sdk/{}", text(source, "id")?);
    let words = "I ordered a lamp and a table two weeks ago, and only the lamp has come. The page says that both were \
                 sent on the same day. Could you find out where the table is, and when I can expect it? I am at home \
                 on Thursdays and Fridays, and my neighbour takes parcels on any other day of the week.";
    let mut requests = Vec::with_capacity(threads * EACH);
    for message in 0..EACH {
        for thread in 0..threads {
            let id = format!("{round}-{thread}");
            let body = json!({"action": "messages.create", "params": {
                "id": format!("{id}-{message}"),
                "thread_id": id,
                "format": "text",
                "body": format!("{words} ({message})"),
                "author": {"id": format!("person-{id}"), "screenname": format!("Person {id}"), "firstname": "Ann",
                           "lastname": "Other", "email": format!("person-{id}@example.com")},
            }})
            .to_string();
            let signature: String =
                hmac::sign(&key, body.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            requests.push(post(&path, &format!("x-smccsdk-signature: {signature}\r\n"), body.as_bytes()));
        }
    }
    Ok(requests)
}
