//! The lane of one webhook: asks its endpoint to confirm, takes what is due, sends it, notes how it went. No
//! transaction is open while a request is under way. What was taken is leased, and the lease is renewed until it is done:
//! when this process dies, the lease ends and the delivery is sent again with the same ids.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use model::{DeliveryId, Timestamp, WebhookId, WebhookStatus};
use store::webhook::{Delivery, Webhook};
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};

use super::{call, next_finished, while_leased};
use crate::app::App;
use crate::domain::Result;
use crate::domain::delivery::{self, Outcome, Plan, Taker};

/// How many requests to one webhook are under way at the most.
const AT_ONCE: usize = 8;
/// The pause after a failure of the database, and when another process was faster.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Lane {
    app: App,
    id: WebhookId,
    domain_id: Arc<str>,
    bell: Arc<Notify>,
    /// Requests under way; each gives how it went, or nothing when it could not be made.
    requests: JoinSet<Option<Outcome>>,
    /// What they deliver.
    under_way: HashMap<Id, DeliveryId>,
    /// How finished requests went, until that is written down.
    outcomes: Vec<Outcome>,
    /// Whether the webhook rests, as far as the log has been told.
    rests: bool,
}

/// What a lane does after a step.
enum Next {
    Again,
    End,
    Wait(Option<Timestamp>),
    Pause,
}

impl Lane {
    pub(super) fn new(app: App, id: WebhookId, domain_id: Arc<str>, bell: Arc<Notify>) -> Self {
        let (requests, under_way, outcomes) = (JoinSet::new(), HashMap::new(), Vec::new());
        Self { app, id, domain_id, bell, requests, under_way, outcomes, rests: false }
    }

    pub(super) async fn run(mut self) {
        while !self.app.stopping.is_cancelled() {
            let turns = self.app.db.clock().turns();
            let next = self.step().await.unwrap_or_else(|error| {
                tracing::error!(webhook = %self.id, %error, "webhook: will try again");
                Next::Pause
            });
            match next {
                Next::Again => {}
                Next::End => return,
                Next::Wait(until) => self.wait(until, turns).await,
                Next::Pause => {
                    tokio::select! {
                        () = tokio::time::sleep(PAUSE) => {}
                        () = self.app.stopping.cancelled() => {}
                    }
                }
            }
        }
        self.finish().await;
    }

    async fn step(&mut self) -> Result<Next> {
        while let Some(finished) = self.requests.try_join_next_with_id() {
            self.collect(finished);
        }
        let id = self.id.clone();
        let plan = self.app.db.read(move |tx| Box::pin(async move { delivery::plan(tx, &id).await })).await?;
        match plan {
            Plan::End => Ok(Next::End),
            Plan::Ask(webhook) => {
                self.ask(*webhook).await?;
                Ok(Next::Again)
            }
            Plan::Replay => {
                let id = self.id.clone();
                self.app.db.write(move |tx| Box::pin(async move { delivery::replay_on(tx, &id).await })).await?;
                Ok(Next::Again)
            }
            Plan::Turn => self.turn().await,
            Plan::Wait(_) if !self.outcomes.is_empty() => self.turn().await,
            Plan::Wait(until) => Ok(Next::Wait(until)),
        }
    }

    /// Writes down outcomes and sends what is due.
    async fn turn(&mut self) -> Result<Next> {
        let room = AT_ONCE - self.requests.len();
        if room == 0 && self.outcomes.is_empty() {
            return Ok(Next::Wait(None));
        }
        let noted = !self.outcomes.is_empty();
        let taken = self.take(room).await?;
        self.outcomes.clear();
        let Some(webhook) = taken.webhook else { return Ok(Next::End) };
        let sent = !taken.deliveries.is_empty();
        self.tell_rest(&webhook);
        let webhook = Arc::new(webhook);
        for one in taken.deliveries {
            self.send(webhook.clone(), one, taken.probe);
        }
        Ok(match (sent || noted, self.requests.is_empty()) {
            (true, _) => Next::Again,
            // Something is due, but not before what is under way has come to an end.
            (false, false) => Next::Wait(None),
            // Another process was faster.
            (false, true) => Next::Pause,
        })
    }

    /// Notes outcomes, and takes what there is room for.
    async fn take(&self, room: usize) -> Result<delivery::Taken> {
        let (id, outcomes) = (self.id.clone(), self.outcomes.clone());
        let taker = Taker { process: self.app.process.name.clone(), busy: self.under_way.values().cloned().collect() };
        let turn = self
            .app
            .db
            .write(move |tx| Box::pin(async move { delivery::take_turn(tx, &id, &taker, outcomes, room).await }));
        turn.await
    }

    fn send(&mut self, webhook: Arc<Webhook>, one: Delivery, probe: bool) {
        let (app, domain_id, id) = (self.app.clone(), self.domain_id.clone(), one.id.clone());
        let leased = id.clone();
        let task = self.requests.spawn(async move {
            let renew = || {
                let (app, id) = (app.clone(), leased.clone());
                async move {
                    let process = app.process.name.clone();
                    app.db.write(move |tx| Box::pin(async move { delivery::renew(tx, &id, &process).await })).await
                }
            };
            while_leased(&app, call::deliver(&app, &webhook, &domain_id, one, probe), renew).await
        });
        self.under_way.insert(task.id(), id);
    }

    /// Says in the log when the webhook begins and ceases to rest.
    fn tell_rest(&mut self, webhook: &Webhook) {
        let rests = webhook.status == WebhookStatus::Suspended;
        if rests && !self.rests {
            let reason = webhook.status_reason.as_deref().unwrap_or_default();
            tracing::warn!(webhook = %self.id, reason, "the webhook is suspended: its deliveries wait");
        } else if self.rests && !rests {
            tracing::info!(webhook = %self.id, "the webhook takes deliveries again");
        }
        self.rests = rests;
    }

    async fn ask(&self, webhook: Webhook) -> Result<()> {
        let outcome = call::ask(&self.app, &webhook).await;
        if let Err(reason) = &outcome {
            tracing::warn!(webhook = %self.id, reason, "the endpoint did not confirm: the webhook is switched off");
        }
        self.app.db.write(move |tx| Box::pin(async move { delivery::note_answer(tx, &webhook, outcome).await })).await
    }

    /// Waits until a request is finished, the bell rings, or it is time.
    async fn wait(&mut self, until: Option<Timestamp>, turns: u64) {
        // Nothing more is taken while there is no room.
        let until = until.filter(|_| self.requests.len() < AT_ONCE);
        if let Some(finished) = next_finished(&self.app, &mut self.requests, &self.bell, until, turns).await {
            self.collect(finished);
        }
    }

    /// Takes in a request that has finished.
    fn collect(&mut self, finished: std::result::Result<(Id, Option<Outcome>), JoinError>) {
        let id = match finished {
            Ok((id, outcome)) => {
                self.outcomes.extend(outcome);
                id
            }
            Err(error) => {
                tracing::error!(webhook = %self.id, %error, "a request to a webhook");
                error.id()
            }
        };
        self.under_way.remove(&id);
    }

    /// Lets requests that are under way come to an end, and writes down how they went.
    async fn finish(mut self) {
        while let Some(finished) = self.requests.join_next_with_id().await {
            self.collect(finished);
        }
        if self.outcomes.is_empty() {
            return;
        }
        if let Err(error) = self.take(0).await {
            tracing::error!(%error, "the last requests to a webhook are not written down and will be sent again");
        }
    }
}
