//! Lanes: work for others is taken, done and noted in a lane for each of them, so that one who is slow or down delays
//! nobody else. What was taken is leased, and the lease is renewed until it is done: when this process dies, the lease ends
//! and whoever looks next takes it up. No transaction is open while work is under way.
//!
//! What a lane takes, how that is done and how it is noted is for its [`Kind`] to say; here the lanes are kept, woken and
//! ended.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::Display;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use model::Timestamp;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};

use crate::app::App;
use crate::domain::delivery::RENEWAL_SECONDS;
use crate::domain::{Error, Result};
use crate::worker::wakes::{Bell, Rung, Wakes};

/// The pause after a failure of the database, and when another process was faster.
const PAUSE: Duration = Duration::from_secs(1);

/// A kind of lane.
pub(super) trait Kind: Clone + Send + Sync + 'static {
    /// For whom a lane is.
    type Key: Clone + Eq + Hash + Display + Send + Sync + 'static;
    /// One thing that was taken, with what doing it needs.
    type Item: Clone + Send + Sync + 'static;
    /// What tells such things apart.
    type Id: Clone + Send + Sync + 'static;
    /// How one went, where that is noted when more is taken; [`Infallible`] where doing it notes it.
    type Outcome: Clone + Send + Sync + 'static;

    /// What the log calls it.
    const NAME: &'static str;
    /// How many things of one lane are under way at the most.
    const AT_ONCE: usize;

    /// Makes what an earlier process was at free again. Called first, until it succeeds.
    fn begin(app: App, wakes: Wakes) -> impl Future<Output = Result<Self>> + Send;
    /// The server.
    fn app(&self) -> &App;
    /// Wakes its lanes.
    fn bell(&self) -> &Bell<Self::Key>;
    /// Those who may have something to do.
    fn keys(&self) -> impl Future<Output = Result<Vec<Self::Key>>> + Send;
    /// What is next in a lane.
    fn next(&self, key: &Self::Key) -> impl Future<Output = Result<Next>> + Send;
    /// Notes how things went, and takes up to `room` that are due, each leased, and none of `busy`: those that the lane is
    /// at. None when the lane is to end. May be called again with the same outcomes when it has failed.
    fn take(
        &self,
        key: &Self::Key,
        outcomes: Vec<Self::Outcome>,
        busy: Vec<Self::Id>,
        room: usize,
    ) -> impl Future<Output = Result<Option<Vec<Self::Item>>>> + Send;
    /// What tells it from others.
    fn id(item: &Self::Item) -> Self::Id;
    /// Does it. None when nothing is left to note, or it could not be tried: its lease ends then.
    fn work(&self, item: Self::Item) -> impl Future<Output = Option<Self::Outcome>> + Send;
    /// Has the lease of what is under way end later.
    fn renew(&self, item: &Self::Item) -> impl Future<Output = Result<()>> + Send;
}

/// What is next in a lane.
pub(super) enum Next {
    /// Something is due.
    Turn,
    /// Nothing is due before this time; none when nothing waits.
    Wait(Option<Timestamp>),
    /// It has to be looked at again.
    Again,
    /// There is nobody any more whom it is for.
    End,
}

impl Next {
    /// What a time at which something is due means now; none when nothing waits.
    pub(super) fn due(time: Option<Timestamp>, now: Timestamp) -> Self {
        if time.is_some_and(|time| time <= now) { Self::Turn } else { Self::Wait(time) }
    }
}

/// Starts the lanes of a kind and keeps them until the server stops.
pub(super) fn start<K: Kind>(app: &App, wakes: &Wakes) {
    let (tasks, app, wakes) = (app.tasks.clone(), app.clone(), wakes.clone());
    tasks.spawn(async move {
        while !app.stopping.is_cancelled() {
            match K::begin(app.clone(), wakes.clone()).await {
                Ok(kind) => return keep(kind).await,
                Err(error) => tracing::error!(lanes = K::NAME, %error, "starting: will try again"),
            }
            pause(&app).await;
        }
    });
}

/// Writes something down as soon as the database takes it. When it never does, the lease ends, and what was done is done
/// again.
pub(super) async fn note<F>(app: &App, write: impl Fn() -> F) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    loop {
        match write().await {
            Err(Error::Store(error)) if error.is_passing() && !app.stopping.is_cancelled() => {
                tracing::warn!(%error, "noting how something went: will try again");
                tokio::time::sleep(PAUSE).await;
            }
            noted => return noted,
        }
    }
}

async fn pause(app: &App) {
    tokio::select! {
        () = tokio::time::sleep(PAUSE) => {}
        () = app.stopping.cancelled() => {}
    }
}

struct Kept {
    bell: Arc<Notify>,
    task: JoinHandle<()>,
}

async fn keep<K: Kind>(kind: K) {
    let app = kind.app().clone();
    let (mut lanes, mut rung) = (HashMap::new(), Rung::All);
    loop {
        let keys = match rung {
            Rung::Some(keys) => Ok(keys.into_iter().collect()),
            Rung::All => kind.keys().await,
        };
        let failed = keys.is_err();
        match keys {
            Ok(keys) => keys.into_iter().for_each(|key| ring(&kind, &mut lanes, key)),
            Err(error) => tracing::error!(lanes = K::NAME, %error, "looking for something to do"),
        }
        let round = async { if failed { tokio::time::sleep(PAUSE).await } else { app.cluster.round().await } };
        rung = tokio::select! {
            rung = kind.bell().rung() => rung,
            () = round => Rung::All,
            () = app.stopping.cancelled() => return,
        };
    }
}

fn ring<K: Kind>(kind: &K, lanes: &mut HashMap<K::Key, Kept>, key: K::Key) {
    // Some have ended: there is nobody any more whom they were for.
    lanes.retain(|_, kept| !kept.task.is_finished());
    let kept = lanes.entry(key).or_insert_with_key(|key| {
        let bell = Arc::<Notify>::default();
        let lane = Lane {
            kind: kind.clone(),
            key: key.clone(),
            bell: bell.clone(),
            working: JoinSet::new(),
            under_way: HashMap::new(),
            outcomes: Vec::new(),
        };
        Kept { bell, task: kind.app().tasks.spawn(lane.run()) }
    });
    kept.bell.notify_one();
}

struct Lane<K: Kind> {
    kind: K,
    key: K::Key,
    bell: Arc<Notify>,
    /// What is under way; each gives how it went.
    working: JoinSet<Option<K::Outcome>>,
    /// What that is.
    under_way: HashMap<Id, K::Id>,
    /// How things went, until that is noted.
    outcomes: Vec<K::Outcome>,
}

/// What a lane does after a step.
enum Then {
    Again,
    End,
    Wait(Option<Timestamp>),
    Pause,
}

impl<K: Kind> Lane<K> {
    async fn run(mut self) {
        let app = self.kind.app().clone();
        while !app.stopping.is_cancelled() {
            let turns = app.db.clock().turns();
            let then = self.step().await.unwrap_or_else(|error| {
                tracing::error!(lanes = K::NAME, lane = %self.key, %error, "will try again");
                Then::Pause
            });
            match then {
                Then::Again => {}
                Then::End => return,
                Then::Wait(until) => self.wait(&app, until, turns).await,
                Then::Pause => pause(&app).await,
            }
        }
        self.finish().await;
    }

    async fn step(&mut self) -> Result<Then> {
        while let Some(finished) = self.working.try_join_next_with_id() {
            self.collect(finished);
        }
        match self.kind.next(&self.key).await? {
            Next::End => Ok(Then::End),
            Next::Again => Ok(Then::Again),
            Next::Turn => self.turn().await,
            Next::Wait(_) if !self.outcomes.is_empty() => self.turn().await,
            Next::Wait(until) => Ok(Then::Wait(until)),
        }
    }

    /// Notes outcomes and begins what is due.
    async fn turn(&mut self) -> Result<Then> {
        let room = K::AT_ONCE - self.working.len();
        if room == 0 && self.outcomes.is_empty() {
            return Ok(Then::Wait(None));
        }
        let noted = !self.outcomes.is_empty();
        let taken = self.take(room).await?;
        self.outcomes.clear();
        let Some(items) = taken else { return Ok(Then::End) };
        let begun = !items.is_empty();
        items.into_iter().for_each(|item| self.begin(item));
        Ok(match (begun || noted, self.working.is_empty()) {
            (true, _) => Then::Again,
            // Something is due, but not before what is under way has come to an end.
            (false, false) => Then::Wait(None),
            // Another process was faster.
            (false, true) => Then::Pause,
        })
    }

    async fn take(&self, room: usize) -> Result<Option<Vec<K::Item>>> {
        let busy = self.under_way.values().cloned().collect();
        self.kind.take(&self.key, self.outcomes.clone(), busy, room).await
    }

    fn begin(&mut self, item: K::Item) {
        let (kind, id) = (self.kind.clone(), K::id(&item));
        let task = self.working.spawn(async move {
            tokio::select! {
                done = kind.work(item.clone()) => done,
                never = renew_on(&kind, &item) => match never {},
            }
        });
        self.under_way.insert(task.id(), id);
    }

    /// Waits until something is finished, the bell rings, or it is time (see `Clock::sleep_until`).
    async fn wait(&mut self, app: &App, until: Option<Timestamp>, turns: u64) {
        // Nothing more is taken while there is no room.
        let until = until.filter(|_| self.working.len() < K::AT_ONCE);
        let time = async {
            match until {
                Some(time) => app.db.clock().sleep_until(time, turns).await,
                None => std::future::pending().await,
            }
        };
        let finished = tokio::select! {
            Some(finished) = self.working.join_next_with_id() => finished,
            () = self.bell.notified() => return,
            () = time => return,
            () = app.stopping.cancelled() => return,
        };
        self.collect(finished);
    }

    /// Takes in what has finished.
    fn collect(&mut self, finished: std::result::Result<(Id, Option<K::Outcome>), JoinError>) {
        let id = match finished {
            Ok((id, outcome)) => {
                self.outcomes.extend(outcome);
                id
            }
            Err(error) => {
                tracing::error!(lanes = K::NAME, lane = %self.key, %error, "work ended by itself: its lease will end");
                error.id()
            }
        };
        self.under_way.remove(&id);
    }

    /// Lets what is under way come to an end, and notes how it went.
    async fn finish(mut self) {
        while let Some(finished) = self.working.join_next_with_id().await {
            self.collect(finished);
        }
        if self.outcomes.is_empty() {
            return;
        }
        if let Err(error) = self.take(0).await {
            tracing::error!(lanes = K::NAME, lane = %self.key, %error, "the last work is not noted and will be done again");
        }
    }
}

async fn renew_on<K: Kind>(kind: &K, item: &K::Item) -> Infallible {
    loop {
        let clock = kind.app().db.clock();
        let turns = clock.turns();
        clock.sleep_until(clock.now().plus_seconds(RENEWAL_SECONDS), turns).await;
        if let Err(error) = kind.renew(item).await {
            tracing::warn!(lanes = K::NAME, %error, "renewing the lease of what is under way");
        }
    }
}
