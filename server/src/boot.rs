//! The roof: how the server starts and stops, in reading order.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use safe_http::SafeClient;
use store::{Claim, Clock, Db};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{App, Inner};
use crate::cluster::Cluster;
use crate::config::Config;
use crate::domain::bootstrap::{self, FirstStart};
use crate::domain::{live_chat, session};
use crate::files::Files;
use crate::realtime;
use crate::state::administration_cache::AdministrationCache;
use crate::state::author_blocks::AuthorBlocks;
use crate::state::avatars::Avatars;
use crate::state::bodies::Bodies;
use crate::state::connections::{Connections, descriptors};
use crate::state::desk_counts::DeskCounts;
use crate::state::disk::Disk;
use crate::state::folder_counts::FolderCounts;
use crate::state::free_agents::FreeAgents;
use crate::state::hub::Hub;
use crate::state::letters::Letters;
use crate::state::limits::Limits;
use crate::state::meters::Meters;
use crate::state::passwords::Passwords;
use crate::state::process::Process;
use crate::state::readiness::Readiness;
use crate::state::settings_cache::SettingsCache;
use crate::state::targetings::Targetings;
use crate::state::third_parties::Typing;
use crate::state::tries::Tries;
use crate::state::under_way::UnderWay;
use crate::{lock, secret_key, worker};

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
    let first = bootstrap::first_start(&db, config.wishes(), &keys).await.context("first start")?;
    let most = config.session_max_hours * 3600;
    db.write(move |tx| Box::pin(async move { session::cap(tx, most).await })).await.context("ending old sessions")?;
    let files = Files::open(&config.data_dir).context("opening the folders of files")?;
    let process = Process::begin(&config.data_dir).context("leaving a name in the data folder")?;
    let cluster = Cluster::begin(&db, &process).await.context("making the process known")?;
    db.write(|tx| Box::pin(live_chat::begin(tx))).await.context("awaiting the visitors of live chats")?;
    let stopping = CancellationToken::new();
    let claim = claim.map(|claim| tokio::spawn(keep(claim, stopping.clone())).abort_handle());
    let app = App::new(Inner {
        process,
        cluster,
        files,
        disk: Disk::new(&config),
        avatars: Avatars::default(),
        hub: Hub::default(),
        sdk_typing: Typing::default(),
        letters: Letters::new(Duration::from_secs(config.database_timeout_seconds)),
        free_agents: FreeAgents::default(),
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
        access: AdministrationCache::default(),
        sdk_sources: AdministrationCache::default(),
        author_blocks: AuthorBlocks::default(),
        folder_counts: FolderCounts::default(),
        desk_counts: DeskCounts::default(),
        settings: SettingsCache::default(),
        targetings: Targetings::default(),
        closing: stopping.child_token(),
        stopping,
        tasks: TaskTracker::new(),
        claim,
    });
    app.cluster.start(&app.tasks, &app.stopping);
    worker::start(&app);
    app.tasks.spawn(realtime::hub::run(app.clone()));
    app.tasks.spawn(realtime::queue::run(app.clone()));
    app.tasks.spawn(realtime::on_site::run(app.clone()));
    app.tasks.spawn(realtime::configured::run(app.clone()));
    app.tasks.spawn(realtime::hub::hear(app.clone(), app.cluster.moments()));
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
