//! How the dispatcher wakes the other workers of this process. A wake-up is only a hint to look at the database:
//! losing one costs time, never work.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use model::WebhookId;
use tokio::sync::Notify;

/// The bells of this process's workers. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Wakes(Arc<Bells>);

#[derive(Debug, Default)]
pub(super) struct Bells {
    /// An intervention was put aside: the next one to reactivate may be another now.
    pub(super) deferred: Notify,
    /// A bot may have a thread whose customer waits: the next lease that ends may be another now.
    pub(super) leases: Notify,
    /// A content waits to be handed to its source.
    pub(super) exports: Notify,
    /// A mail was written, or is to be sent again.
    pub(super) mails: Notify,
    /// An intervention was closed: its customer may have to be asked.
    pub(super) surveys: Notify,
    /// A survey was made or changed: its bridge may have to be asked.
    pub(super) bridges: Notify,
    /// Times of deliveries were set again: every webhook may have something to do.
    pub(super) lanes: Notify,
    /// Webhooks that have something to do once the dispatcher's work up to a position is committed.
    webhooks: Mutex<Vec<(i64, WebhookId)>>,
}

impl Bells {
    /// Has everybody look again when they have something to do: the times were set again.
    pub(super) fn ring_all(&self) {
        let bells = [&self.deferred, &self.leases, &self.exports, &self.mails, &self.surveys, &self.bridges];
        bells.into_iter().chain([&self.lanes]).for_each(Notify::notify_one);
    }

    /// Notes that a webhook has something to do once the work up to `position` is committed.
    pub(super) fn note_webhook(&self, position: i64, id: WebhookId) {
        self.webhooks.lock().unwrap_or_else(PoisonError::into_inner).push((position, id));
    }

    /// The webhooks that have something to do, now that the work up to `position` is committed.
    pub(super) fn take_webhooks(&self, position: i64) -> HashSet<WebhookId> {
        let mut noted = self.webhooks.lock().unwrap_or_else(PoisonError::into_inner);
        noted.extract_if(.., |(at, _)| *at <= position).map(|(_, id)| id).collect()
    }
}

impl std::ops::Deref for Wakes {
    type Target = Bells;
    fn deref(&self) -> &Bells {
        &self.0
    }
}
