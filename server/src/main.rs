//! The command line.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use hubbub::backup;
use hubbub::boot;
use hubbub::commands;
use hubbub::config::{self, Config, DEFAULTS};
use hubbub::demo;
use hubbub::domain::bootstrap::FirstStart;
use hubbub::lock::Lock;
use hubbub::router;
use hubbub::secret_key;
use store::{Backend, Clock};
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Requests and messages are made of many small pieces of memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Hubbub: a server for the exchange between agents and customers on every channel.
#[derive(Parser)]
#[command(name = "hubbub", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Where the configuration comes from.
#[derive(Args)]
struct From {
    /// A configuration file; `hubbub config` prints every key with its default.
    #[arg(long)]
    config: Option<PathBuf>,
}

impl From {
    /// Reads the configuration, and begins to log as it says.
    fn load(&self) -> anyhow::Result<Config> {
        // What is not UTF-8 is not ours, or wrong in any case.
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let all = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        let unknown = config::unknown_variables(all);
        if !unknown.is_empty() {
            bail!("no such key: {}; `hubbub config` prints every key (example: HUBBUB_LISTEN)", unknown.join(", "));
        }
        let config = Config::load(self.config.as_deref(), |name| std::env::var(name).ok())?;
        log(&config)?;
        Ok(config)
    }
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server.
    Serve {
        #[command(flatten)]
        from: From,
        /// Fills an empty domain with a shop and three weeks of conversations.
        #[arg(long)]
        demo: bool,
    },
    /// Writes the whole domain to one file, as it is at this moment. The server may be running.
    Backup {
        /// The file to write.
        file: PathBuf,
        /// Adds the secret key. Whoever has such a file can read everything in it, secrets too.
        #[arg(long)]
        with_key: bool,
        #[command(flatten)]
        from: From,
    },
    /// Brings back what `backup` wrote, into either database. The server must not be running.
    Restore {
        /// The file to read. It is checked as a whole before anything is replaced.
        file: PathBuf,
        /// Puts it in the place of the domain that is there.
        #[arg(long)]
        replace: bool,
        /// Goes on without the key that sealed the secrets in it: they have to be entered anew.
        #[arg(long)]
        forget_secrets: bool,
        #[command(flatten)]
        from: From,
    },
    /// Looks after users from the shell. The server may be running.
    #[command(subcommand)]
    User(UserCommand),
    /// Makes API tokens from the shell. The server may be running.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Looks after the figures. The server may be running.
    #[command(subcommand)]
    Statistics(StatisticsCommand),
    /// Makes a new secret key where the old one is lost. Secrets of webhooks and sources have to be entered anew. The
    /// server must not be running.
    RenewKey {
        #[command(flatten)]
        from: From,
    },
    /// Prints the default configuration with its comments.
    Config,
    /// Prints the API's document (OpenAPI 3.1), as the server has it at `/openapi.json`.
    Openapi,
}

#[derive(Subcommand)]
enum UserCommand {
    /// Prints every user: e-mail address, name, role, and what keeps them out.
    List {
        #[command(flatten)]
        from: From,
    },
    /// Gives a user a new password, which is printed, and ends their sessions.
    ResetPassword {
        /// The user's e-mail address.
        email: String,
        /// Takes the password from the first line of standard input instead of making one.
        #[arg(long)]
        stdin: bool,
        /// Lets them do everything, too: enabled, with a role that allows all, on every source.
        #[arg(long)]
        administrator: bool,
        #[command(flatten)]
        from: From,
    },
    /// Takes a user's second factor away, so that the password alone lets them in, and ends their sessions.
    ResetSecondFactor {
        /// The user's e-mail address.
        email: String,
        #[command(flatten)]
        from: From,
    },
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Makes an API token that acts as a user, and prints it.
    Create {
        /// The user's e-mail address.
        #[arg(long)]
        user: String,
        /// What the token is for.
        #[arg(long, default_value = "Made in the shell")]
        label: String,
        #[command(flatten)]
        from: From,
    },
}

#[derive(Subcommand)]
enum StatisticsCommand {
    /// Counts everything anew from the oldest entry that the journal still has. What began before stays as it is.
    Rebuild {
        #[command(flatten)]
        from: From,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        // In one line: where in the program it came about says nothing to an operator.
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Config => {
            print!("{DEFAULTS}");
            Ok(())
        }
        Command::Openapi => {
            let document = router::document::document().map_err(anyhow::Error::msg)?;
            println!("{document:#}");
            Ok(())
        }
        Command::Backup { file, with_key, from } => {
            let config = from.load()?;
            block_on(backup::save(&config, &file, with_key))?;
            println!("Wrote {}", file.display());
            if !with_key {
                println!("The secret key is not in it: keep {} too.", config.data_dir.join("secret.key").display());
            }
            Ok(())
        }
        Command::Restore { file, replace, forget_secrets, from } => {
            let config = from.load()?;
            block_on(backup::restore(&config, &file, replace, forget_secrets))?;
            println!("Restored {}", file.display());
            Ok(())
        }
        Command::Serve { from, demo } => block_on(serve(from.load()?, demo)),
        Command::User(command) => block_on(user(command)),
        Command::Token(TokenCommand::Create { user, label, from }) => block_on(async {
            let token = commands::create_token(&commands::open(&from.load()?).await?, &user, &label).await?;
            println!("{token}");
            Ok(())
        }),
        Command::Statistics(StatisticsCommand::Rebuild { from }) => block_on(async {
            let counted = commands::rebuild_statistics(&commands::open(&from.load()?).await?).await?;
            println!("Counted {counted} entries of the journal.");
            Ok(())
        }),
        Command::RenewKey { from } => block_on(async {
            let config = from.load()?;
            let _lock = Lock::take(&config.data_dir)?;
            let _claim = backup::alone(&config).await?;
            secret_key::renew(&config, &commands::open(&config).await?).await?;
            println!("There is a new key. Secrets of webhooks and sources have to be entered anew.");
            Ok(())
        }),
    }
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

async fn user(command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::List { from } => {
            print!("{}", commands::list_users(&commands::open(&from.load()?).await?).await?);
        }
        UserCommand::ResetPassword { email, stdin, administrator, from } => {
            let db = commands::open(&from.load()?).await?;
            let given = if stdin { Some(commands::read_password()?) } else { None };
            match commands::reset_password(&db, &email, given, administrator).await? {
                Some(made) => println!("{made}"),
                None => println!("The password of {email} is changed."),
            }
        }
        UserCommand::ResetSecondFactor { email, from } => {
            commands::reset_second_factor(&commands::open(&from.load()?).await?, &email).await?;
            println!("{email} signs in with the password alone.");
        }
    }
    Ok(())
}

fn log(config: &Config) -> anyhow::Result<()> {
    let filter: EnvFilter = config.log.parse().with_context(|| format!("log = {:?}", config.log))?;
    // Colours are for a terminal; in a file or a journal they would stand as codes.
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    if config.log_json {
        builder.json().finish().with(filter_fn(is_for_the_log)).init()
    } else {
        builder.finish().with(filter_fn(is_for_the_log)).init()
    }
    Ok(())
}

/// At their finer levels libraries tell what goes through them: frames, parameters of queries, headers. So they are
/// heard from `info` on alone, whatever the filter asks for. What we say ourselves holds nothing of that at any level.
fn is_for_the_log(about: &Metadata<'_>) -> bool {
    const OURS: [&str; 3] = ["hubbub", "store", "safe_http"];
    let part = about.target().split("::").next().unwrap_or_default();
    *about.level() <= Level::INFO || OURS.contains(&part)
}

async fn serve(mut config: Config, demo: bool) -> anyhow::Result<()> {
    let _lock = Lock::take(&config.data_dir)?;
    if demo {
        demo::fill(&mut config).await.context("filling the demo")?;
    }
    // What an operator has chosen is not for the screen.
    let demo_token = demo && config.admin_token.as_deref() == Some(demo::TOKEN);
    let listen = config.listen;
    // Before the first start makes a password that is shown once: a port that is taken must not swallow it.
    let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
    let figures = match config.metrics_listen {
        Some(at) => Some(tokio::net::TcpListener::bind(at).await.with_context(|| format!("listening on {at}"))?),
        None => None,
    };
    let (app, first) = boot::boot(config, Clock::system()).await?;
    if let Some(first) = first {
        tell(&first, &app.config)?;
    }
    let database = match app.db.backend() {
        Backend::Sqlite => "SQLite",
        Backend::Postgres => "PostgreSQL",
    };
    tracing::info!(version = env!("CARGO_PKG_VERSION"), database, %listen, "started");
    let url = &app.config.public_url;
    println!("Hubbub listens on {listen}");
    println!("  Open it:   {url}/  (mailboxes and other sources: {url}/admin/sources)");
    if demo {
        println!("  Sign in:   as {} with {}", demo::EMAIL, demo::PASSWORD);
        println!("  A shop:    {url}/demo  with the chat at its corner");
        if demo_token {
            println!("  API token: {}", demo::TOKEN);
        }
    }
    let closing = app.closing.clone();
    let trigger = closing.clone();
    tokio::spawn(async move {
        stop_signal().await;
        trigger.cancel();
        stop_signal().await;
        tracing::warn!("stopped at once, at the second signal");
        std::process::exit(1);
    });
    if let Some(figures) = figures {
        tokio::spawn(hubbub::serve::serve(figures, app.clone(), router::figures(app.clone()), closing.clone()));
    }
    hubbub::serve::serve(listener, app.clone(), router::router(app.clone()), closing).await?;
    boot::shutdown(&app).await;
    tracing::info!("stopped");
    Ok(())
}

/// Tells what was made at the first start, once: on the terminal, or in a file for the administrator where there is
/// none, since a service's output is kept and read by others.
fn tell(first: &FirstStart, config: &Config) -> anyhow::Result<()> {
    let mut text = format!("Administrator: {}\n", first.email);
    let secrets = [("Password:      ", &first.password), ("API token:     ", &first.token)];
    let made: Vec<String> = secrets.iter().filter_map(|(name, s)| Some(format!("{name}{}\n", s.as_ref()?))).collect();
    text.extend(made.iter().map(String::as_str));
    if made.is_empty() || std::io::stdout().is_terminal() {
        print!("{text}");
        if !made.is_empty() {
            println!("               (shown once)");
        }
        return Ok(());
    }
    let path = config.data_dir.join(FIRST_START);
    // One of an earlier domain may be there: this is the only copy, and takes its place whole.
    let part = config.data_dir.join(format!("{FIRST_START}.part"));
    let write = || -> std::io::Result<()> {
        let _ = std::fs::remove_file(&part);
        let mut file = private_file(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, &path)
    };
    write().with_context(|| format!("writing {}", path.display()))?;
    let what = match (&first.password, &first.token) {
        (Some(_), Some(_)) => "password and API token are",
        (Some(_), None) => "password is",
        (None, _) => "API token is",
    };
    println!("The administrator's {what} in {}: read it, and remove it.", path.display());
    Ok(())
}

/// The file of what a first start made.
const FIRST_START: &str = "first-start.txt";

fn private_file(path: &std::path::Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
