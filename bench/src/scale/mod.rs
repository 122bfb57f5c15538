//! The same lists and searches on a desk with ten thousand contents and on one with a million: how much slower does
//! the larger one answer, and does it find what a plain query finds?

mod asked;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::Value;

use crate::fill::{Filling, Origin};
use crate::http::get;
use crate::report::{Goal, Report};
use crate::server::{Server, TOKEN};
use crate::stats::{Rounds, ms, quantile};
use crate::{Bench, Database};
use asked::{Kind, kinds};

const ROUNDS: usize = 5;
/// Requests of one kind to each desk in one round, at the most.
const REQUESTS: usize = 100;
/// How long one kind may take in one round.
const TURN: Duration = Duration::from_millis(700);
/// How many records a list has when nothing is said.
const WINDOW: usize = 30;

/// What is asked again and again: the lists of the API, and those of the console with the searches for people.
const TABLES: [&str; 2] = [include_str!("api.txt"), include_str!("console.txt")];

/// A server on a filled database.
pub(crate) struct Desk {
    filling: Filling,
    pub(crate) server: Server,
    url: Option<String>,
}

pub(crate) async fn run(bench: &Bench, database: &Database, report: &mut Report) -> anyhow::Result<()> {
    let (few, many) = (10_000, bench.many);
    let mut small = desk(bench, database, few).await?;
    let mut large = desk(bench, database, many).await?;
    let what = format!("lists and searches at {many} contents over the same at {few}, {}", database.name());
    report.section(&what, "p99 at most 2 x");
    let chosen = |kind: &Kind| bench.only.as_ref().is_none_or(|only| kind.name.contains(only.as_str()));
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for table in TABLES {
        all.extend(kinds(table)?);
    }
    for kind in all.iter().filter(|kind| chosen(kind)) {
        let (mut ours, mut theirs) = (Samples::default(), Samples::default());
        for round in 0..ROUNDS {
            turn((&large, &mut ours), (&small, &mut theirs), kind, round).await?;
        }
        wrong.extend(check(&large, kind).await.err().map(|e| format!("{}: {e}", kind.name)));
        tell(report, kind.name, &ours, &theirs);
    }
    for kind in kinds(include_str!("after_a_start.txt"))?.iter().filter(|kind| chosen(kind)) {
        let (mut ours, mut theirs) = (Samples::default(), Samples::default());
        for _ in 0..ROUNDS {
            large = large.restarted(bench).await?;
            small = small.restarted(bench).await?;
            for (desk, samples) in [(&large, &mut ours), (&small, &mut theirs)] {
                let took = desk.first(kind).await?;
                samples.rounds.0.push(took);
                samples.all.push(took);
            }
        }
        tell(report, kind.name, &ours, &theirs);
    }
    small.server.stop()?;
    large.server.stop()?;
    report.wrong(wrong);
    Ok(())
}

fn tell(report: &mut Report, name: &str, ours: &Samples, theirs: &Samples) {
    let ratio = ours.rounds.over(&theirs.rounds);
    let detail = format!("{} against {}", ours.tell(), theirs.tell());
    report.line(name, ratio.median(), ratio.spread(), Goal::AtMost(2.0), &detail);
}

/// Times of one kind of request on one desk, in milliseconds.
#[derive(Default)]
struct Samples {
    all: Vec<f64>,
    /// The 99th percentile of each round.
    rounds: Rounds,
}

/// Asks both desks in turn, so that what else the machine does falls on both.
async fn turn(
    ours: (&Desk, &mut Samples),
    theirs: (&Desk, &mut Samples),
    kind: &Kind,
    round: usize,
) -> anyhow::Result<()> {
    let mut both = [ours, theirs];
    let (mut clients, mut times) = (Vec::new(), [Vec::new(), Vec::new()]);
    for (desk, _) in &both {
        clients.push(desk.server.client().await?);
    }
    let until = Instant::now() + TURN;
    for i in 0..=REQUESTS {
        let number = u64::try_from(round * 1_000_003 + i * 7919)?;
        for (place, (desk, _)) in both.iter().enumerate() {
            let path = kind.path(&desk.filling, number)?;
            let request = get(&path, TOKEN);
            let began = Instant::now();
            let answer = clients[place].call(&request).await?;
            let took = ms(began.elapsed());
            ensure!(answer.status == 200, "{path}: {}", String::from_utf8_lossy(answer.body));
            // The first one of a turn finds the caches as other requests have left them.
            if i > 0 {
                times[place].push(took);
            }
        }
        if Instant::now() > until && i > 0 {
            break;
        }
    }
    for ((_, samples), times) in both.iter_mut().zip(times) {
        samples.rounds.0.push(quantile(&times, 0.99));
        samples.all.extend(times);
    }
    Ok(())
}

impl Samples {
    fn tell(&self) -> String {
        format!("{:.2} ms (median {:.2})", self.rounds.median(), quantile(&self.all, 0.5))
    }
}

/// Compares a list with the plain query. What is fast and wrong is worth nothing.
async fn check(desk: &Desk, kind: &Kind) -> anyhow::Result<()> {
    let Some(plain) = kind.plain(&desk.filling, 1)? else { return Ok(()) };
    let path = kind.path(&desk.filling, 1)?;
    let answer = desk.server.client().await?.get(&path, TOKEN).await?;
    let (conditions, order) = plain.split_once(" ORDER BY ").unwrap_or((&plain, ""));
    let count = desk.plain(&format!("SELECT CAST(COUNT(*) AS TEXT) {conditions}")).await?;
    ensure!(answer["count"].as_i64() == count[0].parse().ok(), "{path} has {} of {}", answer["count"], count[0]);
    if order.is_empty() {
        return Ok(());
    }
    let offset = path.split_once("offset=").map_or("0", |(_, rest)| rest.split('&').next().unwrap_or("0"));
    let ids = desk.plain(&format!("SELECT id {plain} LIMIT {WINDOW} OFFSET {offset}")).await?;
    let records = answer["records"].as_array().into_iter().flatten();
    let same = records.map(|record| record["id"].as_str().unwrap_or_default()).eq(ids.iter().map(String::as_str));
    ensure!(same, "{path} gives others, or in another order");
    Ok(())
}

impl Desk {
    /// Asks for a text column of the database itself.
    async fn plain(&self, sql: &str) -> anyhow::Result<Vec<String>> {
        let Some(url) = &self.url else {
            let conn = rusqlite::Connection::open(self.server.sqlite())?;
            let rows = conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            return Ok(rows);
        };
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let driver = tokio::spawn(connection);
        let rows = client.query(sql, &[]).await?.iter().map(|row| row.get(0)).collect();
        drop(client);
        driver.await??;
        Ok(rows)
    }

    /// The same desk with a server that has just started.
    async fn restarted(self, bench: &Bench) -> anyhow::Result<Self> {
        let Self { filling, server, url } = self;
        let data = server.stop()?;
        let server = Server::start(&bench.program, &data, url.as_deref()).await?;
        Ok(Self { filling, server, url })
    }

    /// How long the server takes for its first answer to one kind of request, in milliseconds; others went before.
    async fn first(&self, kind: &Kind) -> anyhow::Result<f64> {
        let mut client = self.server.client().await?;
        for _ in 0..20 {
            client.get("/1.0/content_threads?q=text%3Anothing", TOKEN).await?;
        }
        let path = kind.path(&self.filling, 1)?;
        let began = Instant::now();
        let answer: Value = client.get(&path, TOKEN).await?;
        ensure!(answer["count"].as_i64() > Some(0), "{path} finds nothing");
        Ok(ms(began.elapsed()))
    }
}

/// A server on a filled database: one that was kept, or a new one.
pub(crate) async fn desk(bench: &Bench, database: &Database, contents: u64) -> anyhow::Result<Desk> {
    let began = Instant::now();
    let name = format!("scale-{}-{contents}", database.name());
    let data = bench.desks.as_ref().map_or_else(|| bench.folder(&name), |kept| Ok(kept.join(&name)))?;
    let note = data.join("filling.json");
    if let Some((filling, url)) = kept(&note)? {
        let server = Server::start(&bench.program, &data, url.as_deref()).await?;
        return Ok(Desk { filling, server, url });
    }
    let url = database.fresh(&format!("scale_{contents}")).await?;
    let server = Server::start(&bench.program, &data, url.as_deref()).await?;
    let filling = Filling { origin: Origin::make(&server, 5).await?, contents };
    server.stop()?;
    match &url {
        None => filling.sqlite(&data.join("hubbub.sqlite3"))?,
        Some(url) => filling.postgres(url).await?,
    }
    keep(&note, &filling, url.as_deref())?;
    let server = Server::start(&bench.program, &data, url.as_deref()).await?;
    crate::say(&format!("filled {contents} contents in {:.0} s", began.elapsed().as_secs_f64()));
    let desk = Desk { filling, server, url };
    // The server makes the index of people.
    while desk.plain("SELECT CAST(COUNT(*) AS TEXT) FROM people_changed").await? != ["0"] {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    crate::say(&format!("and its people are in the index after {:.0} s", began.elapsed().as_secs_f64()));
    Ok(desk)
}

/// What a desk was filled with, and where its database is.
fn kept(note: &Path) -> anyhow::Result<Option<(Filling, Option<String>)>> {
    match std::fs::read(note) {
        Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn keep(note: &Path, filling: &Filling, url: Option<&str>) -> anyhow::Result<()> {
    Ok(std::fs::write(note, serde_json::to_vec(&(filling, url))?)?)
}
