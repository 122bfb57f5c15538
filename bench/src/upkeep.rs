//! How long a server takes to start, and how long a backup takes beside one that runs: its memory must not grow with
//! what it saves.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::http::get;
use crate::report::{Goal, Report};
use crate::scale::desk;
use crate::server::{Server, TOKEN, most_memory};
use crate::stats::{Rounds, ms};
use crate::{Bench, Database};

const STARTS: usize = 15;
const BACKUPS: usize = 3;
/// How often the memory of a process is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// From the beginning of the process until it says that it is ready; of a server that has been there before.
pub(crate) async fn start(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let data = bench.folder("start")?;
    let mut times = Rounds::default();
    for round in 0..=STARTS {
        let began = Instant::now();
        let server = Server::start(&bench.program, &data, None).await?;
        let ready = server.client().await?.call(&get("/readyz", TOKEN)).await?.status;
        let took = ms(began.elapsed());
        ensure!(ready == 200, "it is not ready: {ready}");
        server.stop()?;
        // The first one makes the database.
        if round > 0 {
            times.0.push(took);
        }
    }
    report.section("start of a server, ms", "at most 100 ms");
    report.line("until it is ready", times.median(), times.spread(), Goal::AtMost(100.0), "SQLite");
    Ok(())
}

/// A backup of a large desk, and of one with ten thousand contents.
pub(crate) async fn backup(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let (few, many) = (10_000, bench.many);
    let (small, large) = (desk(bench, &Database::Sqlite, few).await?, desk(bench, &Database::Sqlite, many).await?);
    for desk in [&small, &large] {
        put_files(&desk.server)?;
    }
    let (mut seconds, mut memory, mut other) = (Rounds::default(), Rounds::default(), Rounds::default());
    let file = bench.folder("backup")?.join("desk.backup");
    for _ in 0..BACKUPS {
        other.0.push(save(&bench.program, &small.server.data, &file).await?.1);
        let (took, most) = save(&bench.program, &large.server.data, &file).await?;
        seconds.0.push(took.as_secs_f64());
        memory.0.push(most);
    }
    small.server.stop()?;
    large.server.stop()?;
    report.section(&format!("backup of {many} contents"), "at most 10 s, and memory that does not grow");
    report.line("seconds", seconds.median(), seconds.spread(), Goal::AtMost(10.0), "SQLite, beside the server");
    let ratio = memory.over(&other);
    let detail = format!("{:.1} MB against {:.1} MB for {few} contents", memory.median(), other.median());
    report.line("most memory / that of a small desk", ratio.median(), ratio.spread(), Goal::AtMost(1.5), &detail);
    Ok(())
}

/// Puts the files there that the filling names.
fn put_files(server: &Server) -> anyhow::Result<()> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = rusqlite::Connection::open_with_flags(server.sqlite(), flags)?;
    let mut statement = conn.prepare("SELECT DISTINCT sha256, size FROM attachments")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (sha256, size): (String, i64) = (row.get(0)?, row.get(1)?);
        let folder = server.data.join("files").join(&sha256[..2]);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(sha256), vec![b'x'; usize::try_from(size)?])?;
    }
    Ok(())
}

/// Saves a desk; tells how long that took and how many MB the process had resident at the most.
async fn save(program: &Path, data: &Path, file: &Path) -> anyhow::Result<(Duration, f64)> {
    let (began, mut most) = (Instant::now(), 0.0_f64);
    let mut command = Command::new(program);
    command.arg("backup").arg(file).env("HUBBUB_DATA_DIR", data).stdout(Stdio::null());
    let mut child = command.spawn().context("a backup")?;
    let status = loop {
        // It has none any more once it has ended.
        if let Ok(mb) = most_memory(child.id()) {
            most = most.max(mb);
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        tokio::time::sleep(LOOK).await;
    };
    ensure!(status.success(), "the backup ended with {status}");
    Ok((began.elapsed(), most))
}
