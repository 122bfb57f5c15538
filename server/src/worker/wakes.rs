//! How the dispatcher wakes the other workers of this process. A wake-up is only a hint to look at the database:
//! losing one costs time, never work.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use model::{SourceId, WebhookId};
use tokio::sync::{Notify, watch};

use crate::app::App;

/// The only lane of mails: they all go to one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Outbox;

/// The bells of this process's workers. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Wakes(Arc<Bells>);

#[derive(Debug, Default)]
pub(super) struct Bells {
    /// An intervention was put aside: the next one to reactivate may be another now.
    pub(super) deferred: Notify,
    /// A bot may have a thread whose customer waits: the next lease that ends may be another now.
    pub(super) leases: Notify,
    /// A live chat waits, has somebody, or has lost them: its times are others now.
    pub(super) chats: Notify,
    /// A visitor has something to read: the next one to be told by mail may be another now.
    pub(super) unread: Notify,
    /// An intervention was closed: its customer may have to be asked.
    pub(super) surveys: Notify,
    /// Somebody was erased: what they said has to follow.
    pub(super) erasures: Notify,
    /// A survey was made or changed: its bridge may have to be asked.
    pub(super) bridges: Notify,
    /// A content waits to be handed to its source.
    pub(super) exports: Bell<SourceId>,
    /// A source is to be asked for what is new, or asked otherwise.
    pub(super) polls: Bell<SourceId>,
    /// A mail was written, or is to be sent again.
    pub(super) mails: Bell<Outbox>,
    /// A webhook has something to do.
    pub(super) webhooks: Bell<WebhookId>,
    /// Webhooks that have something to do once the dispatcher's work up to a position is committed.
    formed: Mutex<Vec<(i64, WebhookId)>>,
}

/// The bell of the lanes of one kind.
#[derive(Debug)]
pub(super) struct Bell<K> {
    rung: Mutex<Rung<K>>,
    notify: Notify,
}

/// Which lanes have to look whether there is something to do.
#[derive(Debug)]
pub(super) enum Rung<K> {
    All,
    Some(HashSet<K>),
}

impl<K> Default for Rung<K> {
    fn default() -> Self {
        Self::Some(HashSet::new())
    }
}

impl<K> Default for Bell<K> {
    fn default() -> Self {
        Self { rung: Mutex::default(), notify: Notify::new() }
    }
}

impl<K: Eq + Hash> Bell<K> {
    /// Wakes every lane.
    pub(super) fn ring_all(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = Rung::All;
        self.notify.notify_one();
    }

    pub(super) fn ring(&self, keys: impl IntoIterator<Item = K>) {
        if let Rung::Some(rung) = &mut *self.rung.lock().unwrap_or_else(PoisonError::into_inner) {
            rung.extend(keys);
        }
        self.notify.notify_one();
    }

    /// Waits until somebody rings; gives for whom since the last time.
    pub(super) async fn rung(&self) -> Rung<K> {
        self.notify.notified().await;
        std::mem::take(&mut *self.rung.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Bells {
    /// Has everybody look again when they have something to do: the times were set again.
    pub(super) fn ring_all(&self) {
        let bells =
            [&self.deferred, &self.leases, &self.chats, &self.unread, &self.surveys, &self.bridges, &self.erasures];
        bells.into_iter().for_each(Notify::notify_one);
        self.exports.ring_all();
        self.polls.ring_all();
        self.mails.ring_all();
        self.webhooks.ring_all();
    }

    /// Notes that a webhook has something to do once the work up to `position` is committed.
    pub(super) fn note_webhook(&self, position: i64, id: WebhookId) {
        self.formed.lock().unwrap_or_else(PoisonError::into_inner).push((position, id));
    }

    /// The webhooks that have something to do, now that the work up to `position` is committed.
    fn take_webhooks(&self, position: i64) -> HashSet<WebhookId> {
        let mut noted = self.formed.lock().unwrap_or_else(PoisonError::into_inner);
        noted.extract_if(.., |(at, _)| *at <= position).map(|(_, id)| id).collect()
    }
}

impl Wakes {
    /// Rings for webhooks as the dispatcher's work for them is committed. `dispatched` tells how far it is.
    pub(super) fn ring_when_committed(&self, app: &App, mut dispatched: watch::Receiver<i64>) {
        let wakes = self.clone();
        app.tasks.spawn(async move {
            while dispatched.changed().await.is_ok() {
                let position = *dispatched.borrow_and_update();
                wakes.webhooks.ring(wakes.take_webhooks(position));
            }
        });
    }
}

impl std::ops::Deref for Wakes {
    type Target = Bells;
    fn deref(&self) -> &Bells {
        &self.0
    }
}
