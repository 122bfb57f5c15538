//! The benchmarks of Hubbub: each figure is measured beside a yardstick in the same run, in rounds that alternate, so
//! that what else the machine does falls on both. `docs/performance.md` says how to read them.

mod bare;
mod chat;
mod crowd;
mod dovecot;
mod fill;
mod http;
mod ingest;
mod intake;
mod latency;
mod load;
mod mail;
mod memory;
mod read;
mod receiver;
mod report;
mod scale;
mod server;
mod socket;
mod stats;
mod upkeep;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};

use report::Report;

/// Measures the server and prints a table.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the parts that are named, or all of them.
    Run {
        /// The server's program.
        #[arg(long)]
        program: PathBuf,
        /// An address of a PostgreSQL server on which databases may be made; without it, SQLite alone is measured.
        #[arg(long, env = "HUBBUB_TEST_DATABASE_URL")]
        postgres: Option<String>,
        /// How many contents the large desk has.
        #[arg(long, default_value_t = 1_000_000)]
        many: u64,
        /// A folder of filled desks: those that are there are measured as they are, others are left there.
        #[arg(long)]
        desks: Option<PathBuf>,
        /// Of the lists and searches, only those whose name has this in it.
        #[arg(long)]
        only: Option<String>,
        /// The parts.
        parts: Vec<Part>,
    },
    /// Has thousands of visitors connected while some of them talk, and cuts all of their lines at once.
    Crowd {
        /// The server's program.
        #[arg(long)]
        program: PathBuf,
        /// How many visitors.
        #[arg(long, default_value_t = 10_000)]
        visitors: usize,
    },
    /// The yardstick of reading, as a server.
    #[command(hide = true)]
    BareRead {
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        sqlite: Option<PathBuf>,
        #[arg(long)]
        postgres: Option<String>,
    },
    /// The yardstick of sockets, as a server.
    #[command(hide = true)]
    BareEcho {
        #[arg(long)]
        listen: SocketAddr,
    },
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Messages in, committed and followed.
    Ingest,
    /// The same on PostgreSQL.
    IngestPostgres,
    /// The list of threads.
    Read,
    /// The same on PostgreSQL.
    ReadPostgres,
    /// A message to the other side's socket.
    Latency,
    /// An idle visitor's socket, and an idle server.
    Memory,
    /// Lists and searches at two sizes.
    Scale,
    /// The same on PostgreSQL.
    ScalePostgres,
    /// The widget's scripts.
    Sizes,
    /// A page's look at its triggers.
    Targeting,
    /// Whether somebody is free.
    Availability,
    /// Mails read.
    MailParse,
    /// Mails of a mailbox taken in.
    ImapImport,
    /// The same on PostgreSQL.
    ImapImportPostgres,
    /// A third party's list taken in.
    SdkPoll,
    /// The same on PostgreSQL.
    SdkPollPostgres,
    /// Mailboxes in which nothing happens.
    IdleMailboxes,
    /// The start of a server.
    Start,
    /// A backup of a large desk.
    Backup,
}

/// What every part needs.
pub(crate) struct Bench {
    /// The server's program.
    pub(crate) program: PathBuf,
    /// How many contents the large desk has.
    pub(crate) many: u64,
    /// Where filled desks are kept.
    pub(crate) desks: Option<PathBuf>,
    /// What the lists and searches are limited to.
    pub(crate) only: Option<String>,
    folder: tempfile::TempDir,
}

impl Bench {
    /// A new folder that is removed at the end.
    pub(crate) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }
}

/// Where the server keeps its rows.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// The embedded database.
    Sqlite,
    /// A PostgreSQL server.
    Postgres(String),
}

impl Database {
    /// Its name in the table.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// The address of a new, empty database; none for the embedded one, which is a file in the data folder.
    pub(crate) async fn fresh(&self, name: &str) -> anyhow::Result<Option<String>> {
        let Self::Postgres(url) = self else { return Ok(None) };
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let driver = tokio::spawn(connection);
        client.batch_execute(&format!("DROP DATABASE IF EXISTS bench_{name}")).await?;
        client.batch_execute(&format!("CREATE DATABASE bench_{name}")).await?;
        drop(client);
        driver.await??;
        let (base, options) = url.split_once('?').unwrap_or((url, ""));
        let (server, _) = base.rsplit_once('/').context("a database in the address")?;
        Ok(Some(format!("{server}/bench_{name}?{options}")))
    }
}

/// Tells what is under way.
pub(crate) fn say(text: &str) {
    eprintln!("… {text}");
}

/// The time of the machine.
#[expect(clippy::disallowed_methods, reason = "rows are made as if they had come until now")]
pub(crate) fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(0)
}

fn main() -> anyhow::Result<()> {
    use tokio::runtime::{Builder, Runtime};
    match Cli::parse().command {
        Command::Run { program, postgres, many, desks, only, parts } => {
            let bench = Bench { program, many, desks, only, folder: tempfile::tempdir()? };
            // The load has one thread, so that it takes no more than it needs of what the server runs on.
            Builder::new_current_thread().enable_all().build()?.block_on(run(&bench, postgres, &parts))
        }
        Command::Crowd { program, visitors } => {
            let bench = Bench { program, many: 0, desks: None, only: None, folder: tempfile::tempdir()? };
            let mut report = Report::default();
            Builder::new_current_thread().enable_all().build()?.block_on(crowd::run(&bench, visitors, &mut report))
        }
        Command::BareRead { listen, sqlite: Some(path), .. } => {
            Runtime::new()?.block_on(bare::read_sqlite(listen, &path))
        }
        Command::BareRead { listen, postgres, .. } => {
            Runtime::new()?.block_on(bare::read_postgres(listen, &postgres.context("a database")?))
        }
        Command::BareEcho { listen } => Runtime::new()?.block_on(bare::echo(listen)),
    }
}

async fn run(bench: &Bench, postgres: Option<String>, parts: &[Part]) -> anyhow::Result<()> {
    let mut report = Report::default();
    for part in Part::value_variants() {
        if !parts.is_empty() && !parts.contains(part) {
            continue;
        }
        let other = postgres.clone().map(Database::Postgres);
        match (part, other) {
            (Part::Ingest, _) => ingest::run(bench, &Database::Sqlite, &mut report).await?,
            (Part::IngestPostgres, Some(other)) => ingest::run(bench, &other, &mut report).await?,
            (Part::Read, _) => read::run(bench, &Database::Sqlite, &mut report).await?,
            (Part::ReadPostgres, Some(other)) => read::run(bench, &other, &mut report).await?,
            (Part::Latency, _) => latency::run(bench, &mut report).await?,
            (Part::Memory, _) => memory::run(bench, &mut report).await?,
            (Part::Sizes, _) => memory::sizes(bench, &mut report).await?,
            (Part::Targeting, _) => chat::targeting(&mut report)?,
            (Part::Availability, _) => chat::availability(bench, &mut report).await?,
            (Part::MailParse, _) => mail::parse(&mut report)?,
            (Part::ImapImport, _) => intake::imap(bench, &Database::Sqlite, &mut report).await?,
            (Part::ImapImportPostgres, Some(other)) => intake::imap(bench, &other, &mut report).await?,
            (Part::SdkPoll, _) => intake::sdk(bench, &Database::Sqlite, &mut report).await?,
            (Part::SdkPollPostgres, Some(other)) => intake::sdk(bench, &other, &mut report).await?,
            (Part::IdleMailboxes, _) => intake::idle(bench, &mut report).await?,
            (Part::Start, _) => upkeep::start(bench, &mut report).await?,
            (Part::Backup, _) => upkeep::backup(bench, &mut report).await?,
            (Part::Scale, _) => scale::run(bench, &Database::Sqlite, &mut report).await?,
            (Part::ScalePostgres, Some(other)) => scale::run(bench, &other, &mut report).await?,
            (_, None) => say(&format!("{part:?} left out: there is no PostgreSQL")),
        }
    }
    println!("\n== all figures\n{}", report.whole());
    anyhow::ensure!(report.wrongs() == 0, "{} lists are wrong", report.wrongs());
    Ok(())
}
