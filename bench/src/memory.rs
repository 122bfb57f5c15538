//! The memory of an idle visitor's socket, of an idle server, and the size of the widget.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::ensure;
use serde_json::json;

use crate::Bench;
use crate::report::{Goal, Report};
use crate::server::{Process, Server, TOKEN, free_address, text};
use crate::socket::{Socket, begin_visit};
use crate::stats::Rounds;

const ROUNDS: usize = 3;
/// Visitors. A source takes no more than 6,000 new ones in a minute.
const VISITORS: usize = 5000;
/// Sockets that are opened at once while everything is warmed up.
const AT_ONCE: usize = 50;
/// How long a process is left alone before its memory is read.
const REST: Duration = Duration::from_secs(2);

#[expect(clippy::cast_precision_loss)]
fn growth(before: u64, after: u64) -> f64 {
    after.saturating_sub(before) as f64 / 1024.0 / VISITORS as f64
}

pub(crate) async fn run(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let data = bench.folder("memory")?;
    let mut server = Server::start(&bench.program, &data, None).await?;
    tokio::time::sleep(REST).await;
    #[expect(clippy::cast_precision_loss)]
    let mut idle = Rounds(vec![server.process().resident()? as f64 / 1_048_576.0]);
    let source = server.add_source("engage_messaging", "Shop").await?;
    let token = text(&source, "token")?;
    let mut visitors = Vec::with_capacity(VISITORS);
    for _ in 0..VISITORS {
        visitors.push(begin_visit(&server, &token).await?);
    }
    let (mut ours, mut theirs) = (Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        // A new process each time: what one has kept of its last round is not measured again.
        server.stop()?;
        server = Server::start(&bench.program, &data, None).await?;
        tokio::time::sleep(REST).await;
        #[expect(clippy::cast_precision_loss)]
        idle.0.push(server.process().resident()? as f64 / 1_048_576.0);
        ours.0.push(sockets_of_visitors(&server, &token, &visitors).await?);
        theirs.0.push(bare_sockets().await?);
    }
    server.stop()?;

    report.section("memory of an idle visitor's socket, KB", "at most 6.5 KB");
    let detail = format!("{VISITORS} sockets; a bare axum socket with small buffers takes {:.1}", theirs.median());
    report.line("resident memory / sockets", ours.median(), ours.spread(), Goal::AtMost(6.5), &detail);
    report.section("memory of an idle server, MB", "at most 18 MB");
    report.line("resident memory", idle.median(), idle.spread(), Goal::AtMost(18.0), "SQLite, new data folder");
    Ok(())
}

async fn sockets_of_visitors(server: &Server, token: &str, visitors: &[String]) -> anyhow::Result<f64> {
    // Every visitor comes once before: the database has its pages in memory then, and so has the allocator.
    for some in visitors.chunks(AT_ONCE) {
        let mut open = Vec::new();
        for visitor in some {
            open.push(Socket::visitor(server, token, visitor).await?);
        }
    }
    tokio::time::sleep(REST).await;
    let before = server.process().resident()?;
    let mut open = Vec::with_capacity(visitors.len());
    for visitor in visitors {
        open.push(Socket::visitor(server, token, visitor).await?);
    }
    tokio::time::sleep(REST).await;
    let after = server.process().resident()?;
    // Each is still there.
    for socket in open.iter_mut().step_by(100) {
        socket.say(r#"{"type":"ping"}"#).await?;
        ensure!(socket.hear().await?.contains("pong"), "a socket does not answer");
    }
    Ok(growth(before, after))
}

async fn bare_sockets() -> anyhow::Result<f64> {
    let server = bare_echo().await?;
    let open_one = || async {
        let mut socket = Socket::open(server.address, "/socket", None).await?;
        socket.say(&json!({"type": "hello", "visitor": "0".repeat(48)}).to_string()).await?;
        socket.hear().await?;
        anyhow::Ok(socket)
    };
    for _ in 0..VISITORS / AT_ONCE {
        let mut open = Vec::new();
        for _ in 0..AT_ONCE {
            open.push(open_one().await?);
        }
    }
    tokio::time::sleep(REST).await;
    let before = server.resident()?;
    let mut open = Vec::with_capacity(VISITORS);
    for _ in 0..VISITORS {
        open.push(open_one().await?);
    }
    tokio::time::sleep(REST).await;
    Ok(growth(before, server.resident()?))
}

/// Starts the yardstick of sockets.
pub(crate) async fn bare_echo() -> anyhow::Result<Process> {
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bare-echo", "--listen", &address.to_string()]).stdout(Stdio::null());
    Process::start(command, address).await
}

/// The sizes of the widget's scripts as pages load them, gzipped.
pub(crate) async fn sizes(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let server = Server::start(&bench.program, &bench.folder("sizes")?, None).await?;
    let source = server.add_source("engage_messaging", "Shop").await?;
    let token = text(&source, "token")?;
    let mut client = server.client().await?;
    report.section("size of the widget, KB, gzip", "loader at most 4 KB, manager 7, debug 5, chat 25");
    for (file, most) in [("loader.js", 4.0), ("manager.js", 7.0), ("debug.js", 5.0), ("chat.js", 25.0)] {
        let answer = client.call(&crate::http::get(&format!("/chat/{token}/{file}"), TOKEN)).await?;
        ensure!(answer.status == 200, "{file}: {}", answer.status);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(answer.body)?;
        #[expect(clippy::cast_precision_loss)]
        let (raw, small) = (answer.body.len() as f64 / 1024.0, gzip.finish()?.len() as f64 / 1024.0);
        report.line(file, small, (small, small), Goal::AtMost(most), &format!("{raw:.1} KB before"));
    }
    server.stop()?;
    Ok(())
}
