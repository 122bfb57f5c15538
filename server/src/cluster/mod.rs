//! What the processes that serve one database tell each other, and the only place that asks whether there are others.
//!
//! Four kinds of things: how far the journal has come and that the administration changed ([`positions`]), which agents
//! are where ([`presence`]), which visitors are on the sites ([`visitors`]), and what is of the moment ([`moments`]). Work
//! that only one may be at is leased here. Nobody outside knows by which way it goes: today the first three go through the
//! database, and moments stay in the process.

pub mod moments;
mod positions;
mod presence;
pub(crate) mod visitors;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use model::UserId;
use store::{Backend, Db, presence as rows};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use moments::Moment;
use moments::Moments;
pub(crate) use presence::Here;

use crate::domain::{self, Error, Result};
use crate::state::process::Process;
use presence::{Pages, Rounds};
use visitors::{Everybody, Visitors};

/// How often it is looked for what another process may have left behind.
const ROUND: Duration = Duration::from_secs(5);

/// This process among those that serve the same database.
pub struct Cluster {
    db: Db,
    /// This process's name.
    node: String,
    alone: bool,
    moments: broadcast::Sender<Moment>,
    pages: Arc<Pages>,
    visitors: Visitors,
}

impl Cluster {
    /// Makes the process known.
    pub async fn begin(db: &Db, process: &Process) -> Result<Self> {
        // Whoever has an embedded database holds its folder: there is nobody else.
        let alone = db.backend() == Backend::Sqlite;
        let own = process.clone();
        let begun = db.write(move |tx| {
            Box::pin(async move { domain::presence::begin(tx, &own.name, own.former.as_deref(), alone).await })
        });
        begun.await?;
        let (moments, pages) = (broadcast::Sender::new(moments::KEPT), Arc::default());
        Ok(Self { db: db.clone(), node: process.name.clone(), alone, moments, pages, visitors: Visitors::default() })
    }

    /// Starts what listens to the other processes, and tells them that this one lives.
    pub(crate) fn start(&self, tasks: &TaskTracker, stopping: &CancellationToken) {
        tasks.spawn(positions::watch(self.db.clone(), stopping.clone()));
        tasks.spawn(presence::run(Rounds::new(&self.db, &self.node, self.alone, &self.pages), stopping.clone()));
    }

    /// Ends after a while: time to look for what another process may have left behind when it died. Where there are no
    /// others it never ends.
    pub async fn round(&self) {
        if self.alone { std::future::pending().await } else { tokio::time::sleep(ROUND).await }
    }

    /// Does work that only one process may be at; none when another is. When that one dies, so does its lease.
    ///
    /// # Errors
    /// As the work says, or the store.
    pub(crate) async fn leased<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<Option<T>> {
        if self.alone {
            return work.await.map(Some);
        }
        let node = self.node.clone();
        let take = self.db.write(move |tx| Box::pin(async move { rows::take_lease(tx, name, &node).await }));
        if !take.await.map_err(Error::Store)? {
            return Ok(None);
        }
        // A panic ends the work and not the lease of a process that lives on.
        let done = AssertUnwindSafe(work).catch_unwind().await;
        let node = self.node.clone();
        let end = self.db.write(move |tx| Box::pin(async move { rows::end_lease(tx, name, &node).await }));
        end.await.map_err(Error::Store)?;
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map(Some)
    }

    /// Tells every process.
    pub fn tell(&self, moment: Moment) {
        // Nobody may be listening yet.
        let _ = self.moments.send(moment);
    }

    /// Listens from now on.
    pub(crate) fn moments(&self) -> Moments {
        Moments::of(&self.moments)
    }

    /// Notes that an agent has opened a page, which is open as long as the answer is kept.
    pub(crate) async fn join(&self, user: &UserId) -> Result<Here> {
        presence::open(&self.db, &self.node, &self.pages, user).await
    }

    /// The visitors whose chat is connected to this process.
    pub(crate) fn visitors(&self) -> &Visitors {
        &self.visitors
    }

    /// Those of every process.
    pub(crate) fn everybody(&self) -> Everybody<'_> {
        Everybody { db: &self.db, node: &self.node, alone: self.alone, own: &self.visitors }
    }

    /// Has times looked at again that were set anew.
    pub(crate) fn wake(&self) {
        self.pages.wake();
    }
}
