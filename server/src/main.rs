//! The command line.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, Subcommand};
use hubbub::app;
use hubbub::backup;
use hubbub::config::{Config, DEFAULTS};
use hubbub::demo;
use hubbub::lock::Lock;
use store::Clock;
use tracing_subscriber::EnvFilter;

/// Hubbub: a server for the exchange between agents and customers on every channel.
#[derive(Parser)]
#[command(name = "hubbub", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server.
    Serve {
        /// A configuration file; `hubbub config` prints every key with its default.
        #[arg(long)]
        config: Option<PathBuf>,
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
        /// A configuration file.
        #[arg(long)]
        config: Option<PathBuf>,
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
        /// A configuration file.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Prints the default configuration with its comments.
    Config,
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Config => {
            print!("{DEFAULTS}");
            Ok(())
        }
        Command::Backup { file, with_key, config } => {
            let config = Config::load(config.as_deref(), |name| std::env::var(name).ok())?;
            tokio::runtime::Runtime::new()?.block_on(backup::save(&config, &file, with_key))?;
            println!("Wrote {}", file.display());
            if !with_key {
                println!("The secret key is not in it: keep {} too.", config.data_dir.join("secret.key").display());
            }
            Ok(())
        }
        Command::Restore { file, replace, forget_secrets, config } => {
            let config = Config::load(config.as_deref(), |name| std::env::var(name).ok())?;
            tokio::runtime::Runtime::new()?.block_on(backup::restore(&config, &file, replace, forget_secrets))?;
            println!("Restored {}", file.display());
            Ok(())
        }
        Command::Serve { config, demo } => {
            let config = Config::load(config.as_deref(), |name| std::env::var(name).ok())?;
            log(&config)?;
            tokio::runtime::Runtime::new()?.block_on(serve(config, demo))
        }
    }
}

fn log(config: &Config) -> anyhow::Result<()> {
    let filter: EnvFilter = config.log.parse().with_context(|| format!("log = {:?}", config.log))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.log_json {
        builder.json().init()
    } else {
        builder.init()
    }
    Ok(())
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
    let (app, first) = app::boot(config, Clock::system()).await?;
    if let Some(first) = first {
        println!("Administrator: {}", first.email);
        if let Some(password) = first.password {
            println!("Password:      {password}   (shown once)");
        }
        if let Some(token) = first.token {
            println!("API token:     {token}   (shown once)");
        }
    }
    let url = &app.config.public_url;
    println!("Hubbub listens on {url}");
    if demo {
        println!("  Console:   {url}/      sign in as {} with {}", demo::EMAIL, demo::PASSWORD);
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
    hubbub::serve::serve(listener, app.router(), closing).await?;
    app::shutdown(&app).await;
    Ok(())
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
