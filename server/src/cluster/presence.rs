//! Which agents have a console open on this process, told to the database, from which every process reads who is there
//! (`desk/presence.rs` of the domain). And what a process owes the others: to say that it lives, and to end those that do not.
//!
//! Writes are few: one for each page that opens, one for all that closed meanwhile, and, where there are others, one each
//! five seconds for all pages of a process.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{AgentConnectionId, Timestamp, UserId};
use store::Db;
use store::presence::Node;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::domain::Result;
use crate::domain::presence::{self, Ended};

/// After how many seconds a process says again that it lives.
const BEAT: i64 = 5;
/// How often it may have said nothing new when another one looked, until that takes it for dead. Looks are counted, not
/// seconds: no clock that jumps kills anybody.
const MISSES: u8 = 3;
/// How many closed pages are noted in one transaction.
const BATCH: usize = 50;
/// The pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(1);

/// The pages that are open here, and those that were closed and are not noted yet.
#[derive(Debug, Default)]
pub(super) struct Pages {
    open: Mutex<BTreeMap<AgentConnectionId, UserId>>,
    ended: Mutex<Vec<Ended>>,
    bell: Notify,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An open page of an agent's console. Its agent is there until the last one is dropped, and for a while longer unless
/// it was left.
pub(crate) struct Here {
    pages: Arc<Pages>,
    connection: AgentConnectionId,
    user: UserId,
    left: bool,
}

impl Here {
    /// The page's id.
    pub(crate) fn connection(&self) -> &AgentConnectionId {
        &self.connection
    }

    /// Notes that the agent means to leave, or has to.
    pub(crate) fn leave(&mut self) {
        self.left = true;
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        lock(&self.pages.open).remove(&self.connection);
        let (connection, user) = (self.connection.clone(), self.user.clone());
        lock(&self.pages.ended).push(Ended { connection, user, left: self.left });
        self.pages.bell.notify_one();
    }
}

/// Notes that an agent has opened a page, which is open as long as the answer is kept.
pub(super) async fn open(db: &Db, node: &str, pages: &Arc<Pages>, user: &UserId) -> Result<Here> {
    let connection = AgentConnectionId::new(db.clock().now());
    lock(&pages.open).insert(connection.clone(), user.clone());
    // From here on its end is noted, whatever happens.
    let here = Here { pages: pages.clone(), connection: connection.clone(), user: user.clone(), left: false };
    let (own, user) = (node.to_owned(), user.clone());
    let joined = db.write(move |tx| Box::pin(async move { presence::connect(tx, &own, connection, &user).await }));
    if !joined.await? {
        register(db, node, pages).await?;
    }
    Ok(here)
}

impl Pages {
    /// Has times looked at again that were set anew.
    pub(super) fn wake(&self) {
        self.bell.notify_one();
    }
}

/// Makes this process known again, with its pages.
async fn register(db: &Db, node: &str, pages: &Pages) -> Result<()> {
    let open = lock(&pages.open).clone();
    let (node, all) = (node.to_owned(), open.clone());
    db.write(move |tx| Box::pin(async move { presence::register(tx, &node, all).await })).await?;
    // Those that were closed meanwhile may have been noted as closed before they were noted as open.
    let now = lock(&pages.open);
    let closed = open.into_iter().filter(|(connection, _)| !now.contains_key(connection));
    let closed = closed.map(|(connection, user)| Ended { connection, user, left: false });
    lock(&pages.ended).extend(closed);
    pages.bell.notify_one();
    Ok(())
}

/// Notes what is closed, ends what is over, and says that this process lives, until it does not.
pub(super) async fn run(mut rounds: Rounds, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        let turns = rounds.db.clock().turns();
        let next = rounds.round().await;
        let sleep = async {
            match next {
                Ok(Some(time)) => rounds.db.clock().sleep_until(time, turns).await,
                Ok(None) => std::future::pending().await,
                Err(error) => {
                    tracing::warn!(%error, "noting who is there: will try again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        tokio::select! {
            () = sleep => {}
            () = rounds.pages.bell.notified() => {}
            () = stopping.cancelled() => {}
        }
    }
}

/// What is known from one round to the next.
pub(super) struct Rounds {
    db: Db,
    node: String,
    pages: Arc<Pages>,
    /// When to say again that this process lives; none where nobody asks.
    beat_at: Option<Timestamp>,
    /// What other processes said last, and how often that was nothing new.
    others: HashMap<String, (Timestamp, u8)>,
}

impl Rounds {
    pub(super) fn new(db: &Db, node: &str, alone: bool, pages: &Arc<Pages>) -> Self {
        let beat_at = (!alone).then(|| db.clock().now());
        Self { db: db.clone(), node: node.to_owned(), pages: pages.clone(), beat_at, others: HashMap::new() }
    }

    /// Does what there is to do; gives when there is more.
    async fn round(&mut self) -> Result<Option<Timestamp>> {
        let now = self.db.clock().now();
        // One that lies further ahead was set by a clock that has moved back.
        if self.beat_at.is_some_and(|at| at <= now || at > now.plus_seconds(BEAT)) {
            for dead in self.beat().await? {
                tracing::warn!(node = dead, "a server says nothing any more: its agents have a while to come back");
                self.db.write(move |tx| Box::pin(async move { presence::end(tx, &dead).await })).await?;
            }
            self.beat_at = Some(now.plus_seconds(BEAT));
        }
        // After the beat: what cannot be noted must not make others take this process for dead.
        self.note_ended().await?;
        let grace = self.end_graces().await?;
        Ok([self.beat_at, grace].into_iter().flatten().min())
    }

    /// Says that this process lives; gives those that have said nothing for too long.
    async fn beat(&mut self) -> Result<Vec<String>> {
        let node = self.node.clone();
        let others = self.db.write_ahead(move |tx| Box::pin(async move { presence::beat(tx, &node).await })).await?;
        match others {
            Some(others) => Ok(self.look(others)),
            None => {
                tracing::warn!("another server took this one for dead");
                register(&self.db, &self.node, &self.pages).await?;
                Ok(Vec::new())
            }
        }
    }

    fn look(&mut self, others: Vec<Node>) -> Vec<String> {
        let mut seen = HashMap::new();
        for Node { id, seen_at, .. } in others {
            let misses = match self.others.get(&id) {
                Some((known, misses)) if *known == seen_at => misses + 1,
                _ => 0,
            };
            seen.insert(id, (seen_at, misses));
        }
        self.others = seen;
        let dead = self.others.iter().filter(|(_, (_, misses))| *misses >= MISSES);
        dead.map(|(id, _)| id.clone()).collect()
    }

    /// Notes the pages that were closed.
    async fn note_ended(&self) -> Result<()> {
        loop {
            let some: Vec<Ended> = {
                let mut ended = lock(&self.pages.ended);
                let count = ended.len().min(BATCH);
                ended.drain(..count).collect()
            };
            if some.is_empty() {
                return Ok(());
            }
            let noted = some.clone();
            let written = self.db.write(move |tx| Box::pin(async move { presence::disconnect(tx, noted).await })).await;
            if let Err(error) = written {
                lock(&self.pages.ended).extend(some);
                return Err(error);
            }
        }
    }

    /// Has those be absent who did not come back in time; gives when the next one is.
    async fn end_graces(&self) -> Result<Option<Timestamp>> {
        loop {
            let next = self.db.read(|tx| Box::pin(presence::next_grace(tx))).await?;
            if next.is_none_or(|time| time > self.db.clock().now()) {
                return Ok(next);
            }
            self.db.write(|tx| Box::pin(presence::end_graces(tx))).await?;
        }
    }
}
