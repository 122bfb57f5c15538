//! The lane of one webhook: asks its endpoint to confirm, takes what is due, sends it, notes how it went. No
//! transaction is open while a request is under way. What was taken is leased: when this process dies, the lease
//! ends and the delivery is sent again with the same ids.

use std::sync::Arc;
use std::time::Duration;

use model::{Timestamp, WebhookId, WebhookStatus};
use store::webhook::Webhook;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::call;
use crate::app::App;
use crate::domain::Result;
use crate::domain::delivery::{self, Outcome, Plan};

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
        Self { app, id, domain_id, bell, requests: JoinSet::new(), outcomes: Vec::new(), rests: false }
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
        self.collect();
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
        let (id, outcomes, idle) = (self.id.clone(), self.outcomes.clone(), self.requests.is_empty());
        let limit = i64::try_from(room).unwrap_or(0);
        let noted = !outcomes.is_empty();
        let taken = self
            .app
            .db
            .write(move |tx| Box::pin(async move { delivery::take_turn(tx, &id, outcomes, limit, idle).await }))
            .await?;
        self.outcomes.clear();
        let Some(webhook) = taken.webhook else { return Ok(Next::End) };
        let sent = !taken.deliveries.is_empty();
        self.tell_rest(&webhook);
        let webhook = Arc::new(webhook);
        for one in taken.deliveries {
            let (app, webhook, domain_id) = (self.app.clone(), webhook.clone(), self.domain_id.clone());
            self.requests.spawn(async move { call::deliver(&app, &webhook, &domain_id, one, taken.probe).await });
        }
        Ok(match (sent || noted, self.requests.is_empty()) {
            (true, _) => Next::Again,
            // Something is due, but not before what is under way has come to an end.
            (false, false) => Next::Wait(None),
            // Another process was faster.
            (false, true) => Next::Pause,
        })
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
        let clock = self.app.db.clock().clone();
        let full = self.requests.len() == AT_ONCE;
        let time = async {
            match until {
                Some(time) if !full => clock.sleep_until(time, turns).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(finished) = self.requests.join_next() => self.outcomes.extend(finished.ok().flatten()),
            () = self.bell.notified() => {}
            () = time => {}
            () = self.app.stopping.cancelled() => {}
        }
    }

    /// Takes in requests that have finished.
    fn collect(&mut self) {
        while let Some(finished) = self.requests.try_join_next() {
            match finished {
                Ok(outcome) => self.outcomes.extend(outcome),
                Err(error) => tracing::error!(webhook = %self.id, %error, "a request to a webhook"),
            }
        }
    }

    /// Lets requests that are under way come to an end, and writes down how they went.
    async fn finish(mut self) {
        while let Some(finished) = self.requests.join_next().await {
            self.outcomes.extend(finished.ok().flatten());
        }
        if self.outcomes.is_empty() {
            return;
        }
        let (id, outcomes) = (self.id, self.outcomes);
        let noted = self
            .app
            .db
            .write(move |tx| Box::pin(async move { delivery::take_turn(tx, &id, outcomes, 0, false).await }));
        if let Err(error) = noted.await {
            tracing::error!(%error, "the last requests to a webhook are not written down and will be sent again");
        }
    }
}
