//! Handing agents' contents to their sources. One lane for each source, so that a third party that is slow or down
//! delays no other. What was taken is leased, and the lease is renewed until it is done: when this process dies, the lease
//! ends and the content is sent again, marked as a retry and under the same `content_id`, by which the third party can
//! tell that it has it already. No transaction is open while a request is under way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use model::{ContentId, SourceId, Timestamp};
use store::export::Export;
use store::{Backend, export as rows};
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};

use super::{next_finished, while_leased};
use crate::app::App;
use crate::channels::sdk::outbound;
use crate::domain::{Error, Result, export};
use crate::worker::wakes::Wakes;

/// How many requests to one source are under way at the most, each for another thread.
const AT_ONCE: usize = 8;
/// How often every lane looks where another process may have written contents and died.
const ROUND: Duration = Duration::from_secs(5);
/// The pause after a failure of the database, and when another process was faster.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts the lanes and keeps them.
pub(in crate::worker) fn start(app: &App, wakes: &Wakes) {
    let (tasks, app, wakes) = (app.tasks.clone(), app.clone(), wakes.clone());
    tasks.spawn(run(app, wakes));
}

struct Kept {
    bell: Arc<Notify>,
    task: JoinHandle<()>,
}

async fn run(app: App, wakes: Wakes) {
    let (mut lanes, mut begun) = (HashMap::new(), false);
    loop {
        let failed = match sources(&app, &mut begun).await {
            Ok(sources) => {
                sources.into_iter().for_each(|source| ring(&app, &mut lanes, source));
                false
            }
            Err(error) => {
                tracing::error!(%error, "looking for contents to hand over");
                true
            }
        };
        let round = async {
            match app.db.backend() {
                _ if failed => tokio::time::sleep(PAUSE).await,
                Backend::Sqlite => std::future::pending().await,
                Backend::Postgres => tokio::time::sleep(ROUND).await,
            }
        };
        tokio::select! {
            () = wakes.exports.notified() => {}
            () = round => {}
            () = app.stopping.cancelled() => return,
        }
    }
}

/// The sources that have exports to make. First of all, what an earlier process left under way is due again.
async fn sources(app: &App, begun: &mut bool) -> std::result::Result<Vec<SourceId>, store::Error> {
    if !*begun {
        let process = app.process.clone();
        let ended = app.db.write(move |tx| {
            Box::pin(async move { rows::end_leases(tx, &process.name, process.former.as_deref()).await })
        });
        ended.await?;
        *begun = true;
    }
    app.db.read(|tx| Box::pin(rows::sources(tx))).await
}

fn ring(app: &App, lanes: &mut HashMap<SourceId, Kept>, source: SourceId) {
    lanes.retain(|_, kept| !kept.task.is_finished());
    let kept = lanes.entry(source).or_insert_with_key(|source| {
        let bell = Arc::<Notify>::default();
        let lane = Lane {
            app: app.clone(),
            source: source.clone(),
            bell: bell.clone(),
            requests: JoinSet::new(),
            under_way: HashMap::new(),
        };
        Kept { bell, task: app.tasks.spawn(lane.run()) }
    });
    kept.bell.notify_one();
}

struct Lane {
    app: App,
    source: SourceId,
    bell: Arc<Notify>,
    requests: JoinSet<()>,
    under_way: HashMap<Id, ContentId>,
}

/// What a lane does after a step.
enum Next {
    Again,
    Wait(Option<Timestamp>),
    Pause,
}

impl Lane {
    async fn run(mut self) {
        while !self.app.stopping.is_cancelled() {
            let turns = self.app.db.clock().turns();
            let next = self.step().await.unwrap_or_else(|error| {
                tracing::error!(source = %self.source, %error, "handing contents over: will try again");
                Next::Pause
            });
            match next {
                Next::Again => {}
                Next::Wait(until) => self.wait(until, turns).await,
                Next::Pause => {
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => {}
                        () = self.app.stopping.cancelled() => {}
                    }
                }
            }
        }
        // What is under way may come to its end, and be written down.
        while self.requests.join_next().await.is_some() {}
    }

    async fn step(&mut self) -> Result<Next> {
        while let Some(finished) = self.requests.try_join_next_with_id() {
            self.collect(finished);
        }
        let room = AT_ONCE - self.under_way.len();
        if room == 0 {
            return Ok(Next::Wait(None));
        }
        let source = self.source.clone();
        let due = self.app.db.read(move |tx| Box::pin(async move { export::next_due(tx, &source).await })).await?;
        let now = self.app.db.clock().now();
        if due.is_none_or(|time| time > now) {
            return Ok(Next::Wait(due));
        }
        // A request never outlives its lease; on a clock that jumps it may seem to.
        let (source, busy) = (self.source.clone(), self.under_way.values().cloned().collect::<Vec<_>>());
        let process = self.app.process.name.clone();
        let take = self
            .app
            .db
            .write(move |tx| Box::pin(async move { export::take(tx, &source, &process, &busy, room).await }));
        let taken = take.await?;
        if taken.is_empty() {
            // What is due is under way here, or another process was faster.
            return Ok(if self.under_way.is_empty() { Next::Pause } else { Next::Wait(None) });
        }
        for export in taken {
            let id = export.content_id.clone();
            let app = self.app.clone();
            let task = self.requests.spawn(async move {
                let taken = export.clone();
                let renew = || {
                    let (app, taken) = (app.clone(), taken.clone());
                    async move {
                        app.db.write(move |tx| Box::pin(async move { export::renew(tx, &taken).await })).await
                    }
                };
                while_leased(&app, hand_over(&app, export), renew).await;
            });
            self.under_way.insert(task.id(), id);
        }
        Ok(Next::Again)
    }

    fn collect(&mut self, finished: std::result::Result<(Id, ()), JoinError>) {
        let id = match finished {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(source = %self.source, %error, "handing a content over");
                error.id()
            }
        };
        self.under_way.remove(&id);
    }

    /// Waits until a request is finished, the bell rings, or it is time.
    async fn wait(&mut self, until: Option<Timestamp>, turns: u64) {
        // Nothing more is taken while there is no room.
        let until = until.filter(|_| self.under_way.len() < AT_ONCE);
        if let Some(finished) = next_finished(&self.app, &mut self.requests, &self.bell, until, turns).await {
            self.collect(finished);
        }
    }
}

/// Sends one content and writes down how that ended.
async fn hand_over(app: &App, export: Export) {
    let taken = export.clone();
    let outgoing = match app.db.read(move |tx| Box::pin(async move { export::load(tx, &taken).await })).await {
        Ok(outgoing) => outgoing,
        Err(error) => {
            tracing::error!(content = %export.content_id, %error, "reading a content to hand over");
            return;
        }
    };
    let outcome = outbound::send(app, &outgoing).await;
    // What the other side said stays with the content: it may give the content back, which is not for the log.
    app.meters.export(match &outcome {
        export::Outcome::Done(_) => "done",
        export::Outcome::Refused(_) => "refused",
        export::Outcome::Failed(_) => "failed",
    });
    match &outcome {
        export::Outcome::Done(_) => {}
        export::Outcome::Refused(_) => tracing::info!(content = %export.content_id, "the source refused a content"),
        export::Outcome::Failed(_) => tracing::info!(content = %export.content_id, "the source did not take a content"),
    }
    let id = export.content_id.clone();
    if let Err(error) = note(app, export, outcome).await {
        tracing::error!(content = %id, %error, "a content was handed over, but that is not written down");
    }
}

/// Writes down how a try ended, as soon as the database takes it. When it cannot be written down, the lease ends some
/// time, and the content is sent again.
async fn note(app: &App, export: Export, outcome: export::Outcome) -> Result<()> {
    loop {
        let (taken, outcome) = (export.clone(), outcome.clone());
        match app.db.write(move |tx| Box::pin(async move { export::note(tx, &taken, outcome).await })).await {
            Err(Error::Store(error)) if error.is_passing() && !app.stopping.is_cancelled() => {
                tracing::warn!(content = %export.content_id, %error, "how a content was handed over: will try again");
                tokio::time::sleep(PAUSE).await;
            }
            noted => return noted,
        }
    }
}
