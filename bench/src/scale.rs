//! The same lists and searches on a desk with ten thousand contents and on one with a million: how much slower does
//! the larger one answer?

use std::time::{Duration, Instant};

use crate::fill::{COMMON, Filling, Origin, RARE, THREAD};
use crate::http::get;
use crate::report::{Goal, Report};
use crate::server::{Server, TOKEN, text};
use crate::stats::{Rounds, ms, quantile};
use crate::{Bench, Database};

const ROUNDS: usize = 5;
/// Requests of one kind to each desk in one round, at the most.
const REQUESTS: usize = 100;
/// How long one kind may take in one round.
const TURN: Duration = Duration::from_millis(700);

/// What is asked: its name and the path, made from the filling and a number.
type Kind = (&'static str, fn(&Filling, u64) -> String);

const KINDS: &[Kind] = &[
    ("threads", |_, _| "/1.0/content_threads".into()),
    ("threads, tenth page", |_, _| "/1.0/content_threads?offset=270".into()),
    ("threads q=source: status_in:new", |filling, n| {
        let source = &filling.origin.sources[usize::try_from(n).unwrap_or(0) % filling.origin.sources.len()].0;
        format!("/1.0/content_threads?q=source%3A{source}%20status_in%3Anew")
    }),
    ("threads q=text: common word", |_, _| format!("/1.0/content_threads?q=text%3A{COMMON}")),
    ("threads q=text: rare word", |_, _| format!("/1.0/content_threads?q=text%3A{RARE}")),
    ("contents", |_, _| "/1.0/contents".into()),
    ("contents of a thread", |filling, n| {
        let thread = filling.thread_id(n % (filling.contents / THREAD));
        format!("/1.0/contents?q=thread%3A{thread}")
    }),
    ("contents q=text: common word", |_, _| format!("/1.0/contents?q=text%3A{COMMON}")),
    ("contents q=text: rare word", |_, _| format!("/1.0/contents?q=text%3A{RARE}")),
    ("identities", |_, _| "/1.0/identities".into()),
    ("inbox, folder of new", |_, _| "/console/threads?folder=new".into()),
    ("inbox, folder of closed", |_, _| "/console/threads?folder=closed".into()),
    ("inbox, counts of folders", |_, _| "/console/folders".into()),
];

struct Desk {
    filling: Filling,
    server: Server,
}

pub(crate) async fn run(bench: &Bench, database: &Database, report: &mut Report) -> anyhow::Result<()> {
    let (few, many) = (10_000, bench.many);
    let small = desk(bench, database, few).await?;
    let large = desk(bench, database, many).await?;
    let what = format!("lists and searches at {many} contents over the same at {few}, {}", database.name());
    report.section(&what, "p99 at most 2 x");
    for (name, path) in KINDS {
        let (mut ours, mut theirs) = (Samples::default(), Samples::default());
        for round in 0..ROUNDS {
            turn((&large, &mut ours), (&small, &mut theirs), *path, round).await?;
        }
        let ratio = ours.rounds.over(&theirs.rounds);
        let detail = format!("{} against {}", ours.tell(), theirs.tell());
        report.line(name, ratio.median(), ratio.spread(), Goal::AtMost(2.0), &detail);
    }
    small.server.stop()?;
    large.server.stop()?;
    Ok(())
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
    path: fn(&Filling, u64) -> String,
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
            let request = get(&path(&desk.filling, number), TOKEN);
            let began = Instant::now();
            let answer = clients[place].call(&request).await?;
            let took = ms(began.elapsed());
            anyhow::ensure!(answer.status == 200, "{}", String::from_utf8_lossy(answer.body));
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

/// A server on a filled database.
async fn desk(bench: &Bench, database: &Database, contents: u64) -> anyhow::Result<Desk> {
    let began = Instant::now();
    let data = bench.folder(&format!("scale-{}-{contents}", database.name()))?;
    let url = database.fresh(&format!("scale_{contents}")).await?;
    let server = Server::start(&bench.program, &data, url.as_deref()).await?;
    let mut sources = Vec::new();
    for n in 0..5 {
        let source = server.add_source("sdk", &format!("Source {n}")).await?;
        let identity = source["identity_id"].as_str().map_or_else(|| "0".repeat(24), str::to_owned);
        sources.push((text(&source, "id")?, text(&source, "community_id")?, identity));
    }
    server.stop()?;
    let filling = Filling { origin: Origin { sources, now: crate::now_ms() }, contents };
    match &url {
        None => filling.sqlite(&data.join("hubbub.sqlite3"))?,
        Some(url) => filling.postgres(url).await?,
    }
    let server = Server::start(&bench.program, &data, url.as_deref()).await?;
    crate::say(&format!("filled {contents} contents in {:.0} s", began.elapsed().as_secs_f64()));
    Ok(Desk { filling, server })
}
