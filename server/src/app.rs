//! What a running server holds.

use std::ops::Deref;
use std::sync::Arc;

use safe_http::SafeClient;
use store::Db;
use store::source::Source;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cluster::Cluster;
use crate::config::Config;
use crate::crypto::Keys;
use crate::domain::mail::Pen;
use crate::domain::session::Ages;
use crate::domain::settings::Settings;
use crate::domain::{Actor, Result};
use crate::files::Files;
use crate::state::administration_cache::AdministrationCache;
use crate::state::author_blocks::AuthorBlocks;
use crate::state::avatars::Avatars;
use crate::state::bodies::Bodies;
use crate::state::connections::Connections;
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
    /// Contents of third parties, on their way into the database together.
    pub letters: Letters,
    /// The sockets of agents and visitors.
    pub hub: Hub,
    /// Who this process is.
    pub process: Process,
    /// The others that serve the same database.
    pub cluster: Cluster,
    /// The bytes of attachments.
    pub files: Files,
    /// How much room there is for them.
    pub disk: Disk,
    /// Pictures of people from outside.
    pub avatars: Avatars,
    /// Actors by their tokens.
    pub access: AdministrationCache<Actor>,
    /// Sources of third parties.
    pub sdk_sources: AdministrationCache<Source>,
    /// Whose words are kept out.
    pub author_blocks: AuthorBlocks,
    pub(crate) settings: SettingsCache,
    /// What pages are told of chats.
    pub(crate) targetings: Targetings,
    /// How many threads folders have.
    pub folder_counts: FolderCounts,
    /// How many threads the folders have that every desk has.
    pub desk_counts: DeskCounts,
    /// Whether agents are free for chats.
    pub free_agents: FreeAgents,
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
    pub(crate) claim: Option<AbortHandle>,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// The parts, put together.
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The settings of the domain as they are now.
    pub async fn settings(&self) -> Result<Arc<Settings>> {
        self.settings.get(&self.db).await
    }

    /// How long sessions of the console last.
    pub async fn session_ages(&self) -> Result<Ages> {
        let idle = self.settings().await?.session_seconds().unwrap_or(self.config.session_hours * 3600);
        Ok(Ages { idle, most: self.config.session_max_hours * 3600 })
    }

    /// What it takes to write mails; none where none are sent.
    #[must_use]
    pub fn pen(&self) -> Option<Pen<'_>> {
        self.config.mail.as_ref().map(|mail| Pen {
            keys: &self.keys,
            domain: mail.from.domain(),
            url: &self.config.public_url,
        })
    }
}
