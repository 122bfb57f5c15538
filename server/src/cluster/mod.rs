//! What the processes that serve one database tell each other, and the only place that asks whether there are others.
//!
//! Three kinds of things: how far the journal has come and that the administration changed ([`positions`]), which agents
//! are where ([`presence`]), and what is of the moment ([`moments`]). Work that only one may be at is leased here.
//! Nobody outside knows by which way it goes: today the first two go through the database, and moments stay in the
//! process.

pub mod moments;
mod positions;
pub mod presence;

use std::time::Duration;

use store::{Backend, Db, presence as rows};
use tokio::sync::broadcast;

pub use moments::Moment;
pub use presence::Presence;

use crate::app::App;
use crate::domain::{self, Result};
use crate::process::Process;

/// How often it is looked for what another process may have left behind.
const ROUND: Duration = Duration::from_secs(5);

/// This process among those that serve the same database.
pub struct Cluster {
    alone: bool,
    moments: broadcast::Sender<Moment>,
}

impl Cluster {
    /// Makes the process known.
    ///
    /// # Errors
    /// As the store says.
    pub async fn begin(db: &Db, process: &Process) -> Result<Self> {
        // Whoever has an embedded database holds its folder: there is nobody else.
        let alone = db.backend() == Backend::Sqlite;
        let own = process.clone();
        let begun = db.write(move |tx| {
            Box::pin(async move { domain::presence::begin(tx, &own.name, own.former.as_deref(), alone).await })
        });
        begun.await?;
        Ok(Self { alone, moments: broadcast::Sender::new(moments::KEPT) })
    }

    /// Whether no other process serves the same database.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// Ends after a while: time to look for what another process may have left behind when it died. Where there are no
    /// others it never ends.
    pub async fn round(&self) {
        if self.alone { std::future::pending().await } else { tokio::time::sleep(ROUND).await }
    }
}

/// Starts what listens to the other processes.
pub(crate) fn start(app: &App) {
    app.tasks.spawn(positions::watch(app.clone()));
    app.tasks.spawn(presence::run(app.clone()));
}

/// Does work that only one process may be at; none when another is. When that one dies, so does its lease.
///
/// # Errors
/// As the work says, or the store.
pub(crate) async fn leased<T>(
    app: &App,
    name: &'static str,
    work: impl Future<Output = Result<T>>,
) -> Result<Option<T>> {
    if app.cluster.is_alone() {
        return work.await.map(Some);
    }
    let node = app.process.name.clone();
    if !app
        .db
        .write(move |tx| Box::pin(async move { Ok::<_, domain::Error>(rows::take_lease(tx, name, &node).await?) }))
        .await?
    {
        return Ok(None);
    }
    let done = work.await;
    let node = app.process.name.clone();
    app.db
        .write(move |tx| Box::pin(async move { Ok::<_, domain::Error>(rows::end_lease(tx, name, &node).await?) }))
        .await?;
    done.map(Some)
}
