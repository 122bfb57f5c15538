//! The running server: what it holds, and how it starts and stops, in reading order.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use safe_http::SafeClient;
use store::{Claim, Clock, Db};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access_cache::AccessCache;
use crate::avatars::Avatars;
use crate::channels::sdk::outbound::Forms;
use crate::channels::sdk::typing::Typing;
use crate::config::Config;
use crate::connections::{Connections, descriptors};
use crate::crypto::Keys;
use crate::disk::Disk;
use crate::domain::Result;
use crate::domain::bootstrap::{self, FirstStart};
use crate::domain::mail::Pen;
use crate::domain::session::{self, Ages};
use crate::domain::settings::Settings;
use crate::files::Files;
use crate::folder_counts::FolderCounts;
use crate::http::idempotency::UnderWay;
use crate::http::{Bodies, router};
use crate::limits::Limits;
use crate::lock;
use crate::meters::Meters;
use crate::passwords::Passwords;
use crate::process::Process;
use crate::readiness::Readiness;
use crate::realtime::{self, Hub, Presence};
use crate::secret_key;
use crate::settings_cache::SettingsCache;
use crate::tries::Tries;
use crate::worker;

/// The parts that every request and worker may use. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] points to.
pub struct Inner {
    /// The configuration.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// The server's own keys.
    pub keys: Keys,
    /// How often third parties may tell that somebody types.
    pub sdk_typing: Typing,
    /// In which form third parties take what is not ASCII.
    pub sdk_forms: Forms,
    /// The sockets of agents and visitors.
    pub hub: Hub,
    /// Which users are connected.
    pub presence: Presence,
    /// Who this process is.
    pub process: Process,
    /// The bytes of attachments.
    pub files: Files,
    /// How much room there is for them.
    pub disk: Disk,
    /// Pictures of people from outside.
    pub avatars: Avatars,
    /// Actors by their tokens.
    pub access: AccessCache,
    settings: SettingsCache,
    /// How many threads folders have.
    pub folder_counts: FolderCounts,
    /// How much one caller may ask.
    pub limits: Limits,
    /// Its connections.
    pub connections: Arc<Connections>,
    /// What the bodies of all requests hold in memory.
    pub bodies: Bodies,
    /// How soon the next try at a password may come.
    pub tries: Tries,
    /// The requests with an idempotency key that this process is at.
    pub under_way: UnderWay,
    /// The client for calls to addresses that others have chosen.
    pub http: SafeClient,
    /// What is counted and measured.
    pub meters: Meters,
    /// Whether the server can do its work.
    pub readiness: Readiness,
    /// Where passwords are hashed and checked.
    pub passwords: Passwords,
    /// Cancelled when the listener stops: who waits for something to happen is answered.
    pub closing: CancellationToken,
    /// Cancelled when the workers begin to stop, after the listener.
    pub stopping: CancellationToken,
    /// The workers' tasks, awaited when the server stops.
    pub tasks: TaskTracker,
    /// Keeps others from having the database for themselves; ended after the workers.
    claim: Option<AbortHandle>,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// The settings of the domain as they are now.
    ///
    /// # Errors
    /// As the store says.
    pub async fn settings(&self) -> Result<Arc<Settings>> {
        self.settings.get(&self.db).await
    }

    /// How long sessions of the console last.
    ///
    /// # Errors
    /// As the store says.
    pub async fn session_ages(&self) -> Result<Ages> {
        let idle = self.settings().await?.session_seconds().unwrap_or(self.config.session_hours * 3600);
        Ok(Ages { idle, most: self.config.session_max_hours * 3600 })
    }

    /// What it takes to write mails; none where none are sent.
    #[must_use]
    pub fn pen(&self) -> Option<Pen<'_>> {
        self.config.mail.as_ref().map(|mail| Pen { keys: &self.keys, domain: mail.from.domain() })
    }

    /// The router of this server.
    pub fn router(&self) -> Router {
        router::router(self.clone())
    }
}

/// Opens the database, makes what a first start needs, and starts the workers.
///
/// # Errors
/// When a part cannot start; the message says which.
pub async fn boot(config: Config, clock: Clock) -> anyhow::Result<(App, Option<FirstStart>)> {
    lock::make_folder(&config.data_dir)?;
    let claim = claim(&config).await?;
    let db = match &config.database_url {
        Some(url) => {
            let opened = Db::postgres(url, config.database_connections, Some(config.patience()), clock).await;
            opened.context("opening PostgreSQL")?
        }
        None => Db::sqlite(&config.data_dir.join("hubbub.sqlite3"), clock).context("opening the database")?,
    };
    let keys = secret_key::open(&config, &db).await?;
    let first = bootstrap::first_start(&db, &config, &keys).await.context("first start")?;
    let most = config.session_max_hours * 3600;
    db.write(move |tx| Box::pin(async move { session::cap(tx, most).await })).await.context("ending old sessions")?;
    let files = Files::open(&config.data_dir).context("opening the folder of files")?;
    let process = Process::begin(&config.data_dir).context("leaving a name in the data folder")?;
    let avatars = Avatars::open(&config.data_dir).context("opening the folder of avatars")?;
    let stopping = CancellationToken::new();
    let claim = claim.map(|claim| tokio::spawn(keep(claim, stopping.clone())).abort_handle());
    let app = App(Arc::new(Inner {
        process,
        files,
        disk: Disk::new(&config),
        avatars,
        hub: Hub::default(),
        presence: Presence::default(),
        sdk_typing: Typing::default(),
        sdk_forms: Forms::default(),
        limits: Limits::new(config.rate_limit_per_minute, config.new_visitors_per_minute),
        connections: Arc::new(Connections::new(config.connections_per_address, descriptors())),
        bodies: Bodies::new(config.bodies_memory_bytes),
        tries: Tries::new(db.clock().clone()),
        under_way: UnderWay::default(),
        http: SafeClient::new(config.allow_private_targets),
        meters: Meters::default(),
        readiness: Readiness::default(),
        passwords: Passwords::default(),
        config,
        db,
        keys,
        access: AccessCache::default(),
        folder_counts: FolderCounts::default(),
        settings: SettingsCache::default(),
        closing: stopping.child_token(),
        stopping,
        tasks: TaskTracker::new(),
        claim,
    }));
    worker::start(&app);
    app.tasks.spawn(realtime::hub::run(app.clone()));
    Ok((app, first))
}

/// Claims a PostgreSQL database for servers, before anything is done with it.
async fn claim(config: &Config) -> anyhow::Result<Option<Claim>> {
    let Some(url) = &config.database_url else { return Ok(None) };
    let claim = Claim::shared(url).await.context("opening PostgreSQL")?;
    claim.map(Some).context("a restore is using the database: start the server when it is done")
}

/// Holds the claim. A server whose session was lost, and whose database somebody took meanwhile, knows nothing of what
/// is in it now: it stops.
async fn keep(claim: Claim, stopping: CancellationToken) {
    claim.keep().await;
    tracing::error!("the database is being restored: this server stops");
    stopping.cancel();
}

/// How long the workers may take to finish: what is not done by then goes on after the next start.
const FINISH: Duration = Duration::from_secs(30);

/// Stops the workers: each finishes what it has begun. The listener has stopped before.
pub async fn shutdown(app: &App) {
    app.stopping.cancel();
    app.tasks.close();
    if tokio::time::timeout(FINISH, app.tasks.wait()).await.is_err() {
        tracing::warn!("some work did not finish in time: it goes on after the next start");
    }
    if let Some(claim) = &app.claim {
        claim.abort();
    }
}
