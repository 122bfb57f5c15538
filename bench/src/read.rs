//! The list of threads over HTTP, beside a bare axum route that runs the one query and serializes the same rows.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::ensure;

use crate::fill::{Filling, Origin};
use crate::http::get;
use crate::report::{Goal, Report};
use crate::server::{Process, Server, TOKEN, free_address};
use crate::stats::{Rounds, quantile};
use crate::{Bench, Database, load};

const ROUNDS: usize = 5;
const CLIENTS: usize = 32;
/// Ten thousand threads.
const CONTENTS: u64 = 40_000;
const PATH: &str = "/1.0/content_threads";

pub(crate) async fn run(bench: &Bench, database: &Database, report: &mut Report) -> anyhow::Result<()> {
    let data = bench.folder(&format!("read-{}", database.name()))?;
    let url = database.fresh("read").await?;
    let server = filled(bench, data, url.as_deref()).await?;
    let yardstick = yardstick(&server, url.as_deref()).await?;
    let request = get(PATH, TOKEN);
    let mut both = Vec::new();
    for address in [server.address(), yardstick.address] {
        let mut clients = load::connect(address, 1).await?;
        both.push(clients[0].call(&request).await?.json()?);
    }
    ensure!(
        both[0] == both[1],
        "the two do not give the same: {} and {}",
        both[0]["records"][0],
        both[1]["records"][0]
    );
    ensure!(both[0]["records"].as_array().is_some_and(|records| records.len() == 30), "there are not 30 records");

    // Requests of a round, to each.
    let requests = if matches!(database, Database::Sqlite) { 3000 } else { 1000 };
    let requests = Arc::new(vec![request; requests]);
    let (mut ours, mut theirs, mut times) = (Rounds::default(), Rounds::default(), Vec::new());
    let (mut our_processor, mut their_processor) = (Rounds::default(), Rounds::default());
    #[expect(clippy::cast_precision_loss)]
    let count = requests.len() as f64;
    // The first round warms both up and is not counted.
    for round in 0..=ROUNDS {
        let used = server.process().processor()?;
        let our = load::send_all(server.address(), CLIENTS, requests.clone()).await?;
        let our_used = server.process().processor()? - used;
        let used = yardstick.processor()?;
        let their = load::send_all(yardstick.address, CLIENTS, requests.clone()).await?;
        let their_used = yardstick.processor()? - used;
        if round > 0 {
            ours.0.push(count / our.took.as_secs_f64());
            theirs.0.push(count / their.took.as_secs_f64());
            our_processor.0.push(our_used.as_secs_f64() * 1e6 / count);
            their_processor.0.push(their_used.as_secs_f64() * 1e6 / count);
            times.extend(our.times);
        }
    }
    server.stop()?;

    let goal = if matches!(database, Database::Sqlite) { 0.8 } else { 0.6 };
    let title = format!("read of 30 threads, {}", database.name());
    report.section(&title, &format!("at least {goal} of the bare route"));
    let ratio = ours.over(&theirs);
    let detail = format!("{:.0} requests/s against {:.0}", ours.median(), theirs.median());
    report.line("Hubbub / bare route", ratio.median(), ratio.spread(), Goal::AtLeast(goal), &detail);
    report.note(&format!(
        "processor a request: {:.0} µs against {:.0}; {CLIENTS} clients wait {:.1} ms (p99 {:.1})",
        our_processor.median(),
        their_processor.median(),
        quantile(&times, 0.5),
        quantile(&times, 0.99)
    ));
    Ok(())
}

async fn filled(bench: &Bench, data: PathBuf, url: Option<&str>) -> anyhow::Result<Server> {
    let server = Server::start(&bench.program, &data, url).await?;
    let origin = Origin::make(&server, 1).await?;
    server.stop()?;
    let filling = Filling { origin, contents: CONTENTS };
    match url {
        None => filling.sqlite(&data.join("hubbub.sqlite3"))?,
        Some(url) => filling.postgres(url).await?,
    }
    Server::start(&bench.program, &data, url).await
}

async fn yardstick(server: &Server, url: Option<&str>) -> anyhow::Result<Process> {
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bare-read", "--listen", &address.to_string()]).stdout(Stdio::null());
    match url {
        None => command.arg("--sqlite").arg(server.sqlite()),
        Some(url) => command.args(["--postgres", url]),
    };
    Process::start(command, address).await
}
