//! What an operator does with deliveries: look, and send again. An extension of the reference.

use model::{DeliveryId, DeliveryState, Timestamp, WebhookId};
use store::journal::{self, Entry};
use store::webhook::{self, Attempt, Delivery};
use store::{Listed, Page, Tx, setting, webhook_sweep};

use crate::base::{Actor, Change, Error, Result, note_change};
use crate::programs::{delivery::form::KEPT_SECONDS, webhook::permitted};

/// Days that acknowledged deliveries are kept for a look.
const DELIVERED_DAYS: i64 = 7;
/// Days that parked deliveries are kept, in which they can be sent again.
const PARKED_DAYS: i64 = 30;
/// Seconds after its end at which a delivery that nobody tries is parked. Until then its last try may be under way.
const GRACE_SECONDS: i64 = 300;
/// How many deliveries one transaction parks or removes.
const BATCH: i64 = 256;

/// A delivery with everything about it.
#[derive(Debug)]
pub struct Detail {
    /// The delivery.
    pub delivery: Delivery,
    /// Its events.
    pub entries: Vec<Entry>,
    /// Its attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// The domain's id.
    pub domain_id: String,
    /// The journal's timeline.
    pub timeline: String,
}

/// Lists a webhook's deliveries, newest first, with their events.
///
/// # Errors
/// 404.
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    id: &WebhookId,
    state: Option<DeliveryState>,
    page: Page,
) -> Result<Listed<(Delivery, Vec<Entry>)>> {
    let found = webhook::find(tx, id).await?;
    permitted(tx, actor, found).await?;
    let listed = webhook::deliveries(tx, id, state, page).await?;
    let positions: Vec<i64> = listed.records.iter().flat_map(|d| d.positions.iter().copied()).collect();
    let entries = seen(actor, journal::at(tx, &positions).await?);
    let of = |delivery: &Delivery| {
        let own = entries.iter().filter(|entry| delivery.positions.binary_search(&entry.position).is_ok());
        own.cloned().collect::<Vec<_>>()
    };
    let records = listed.records.into_iter().map(|delivery| (of(&delivery), delivery));
    Ok(Listed { count: listed.count, records: records.map(|(entries, delivery)| (delivery, entries)).collect() })
}

/// Finds a delivery with its attempts.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &WebhookId, delivery: &DeliveryId) -> Result<Detail> {
    let found = webhook::find(tx, id).await?;
    permitted(tx, actor, found).await?;
    let delivery = webhook::delivery(tx, id, delivery).await?.ok_or(Error::NotFound("delivery"))?;
    let entries = seen(actor, journal::at(tx, &delivery.positions).await?);
    let attempts = webhook::attempts(tx, &delivery.id).await?;
    let domain_id = setting::get(tx, "domain_id").await?.unwrap_or_default();
    let timeline = journal::end(tx).await?.timeline;
    Ok(Detail { delivery, entries, attempts, domain_id, timeline })
}

/// What of some entries the actor may see now: it may be less than when their delivery was made.
fn seen(actor: &Actor, mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.retain(|entry| actor.sees_entry(entry));
    entries
}

/// Has a delivery sent again at once, with its id, whatever its state; it has 24 hours again.
///
/// # Errors
/// 404.
pub async fn resend(tx: &mut Tx, actor: &Actor, id: &WebhookId, delivery: &DeliveryId) -> Result<Detail> {
    let found = webhook::lock(tx, id).await?;
    permitted(tx, actor, found).await?;
    let mut found = webhook::delivery(tx, id, delivery).await?.ok_or(Error::NotFound("delivery"))?;
    let now = tx.now();
    found.state = DeliveryState::Pending;
    found.retry = 0;
    found.next_attempt_at = now;
    found.expires_at = now.plus_seconds(KEPT_SECONDS);
    found.delivered_at = None;
    found.updated_at = now;
    tx.update(&found).await?;
    webhook::settle(tx, id, std::slice::from_ref(&found.order_key)).await?;
    note_change(tx, Some(actor), "webhook", id.as_str(), Change::Updated);
    find(tx, actor, id, delivery).await
}

/// Has every delivery that was made since a time, of one state when given, sent again; tells how many there are. Many are
/// made ready some at a time, and go out when all are.
///
/// # Errors
/// 404.
pub async fn resend_since(
    tx: &mut Tx,
    actor: &Actor,
    id: &WebhookId,
    since: Timestamp,
    state: Option<DeliveryState>,
) -> Result<u64> {
    let found = webhook::lock(tx, id).await?;
    permitted(tx, actor, found).await?;
    let expires_at = tx.now().plus_seconds(KEPT_SECONDS);
    let count = webhook_sweep::resend_since(tx, id, since, state, expires_at).await?;
    note_change(tx, Some(actor), "webhook", id.as_str(), Change::Updated);
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Parks what waited for 24 hours behind a webhook that is switched off or rests; tells whether there is more.
pub async fn park_expired(tx: &mut Tx) -> Result<bool> {
    let before = tx.now().plus_seconds(-GRACE_SECONDS);
    let found = webhook::expired(tx, before, BATCH).await?;
    let more = !found.is_empty();
    for delivery in found {
        if webhook::lock(tx, &delivery.webhook_id).await?.is_none() {
            continue;
        }
        // Its lane may have taken it before this transaction held the webhook.
        let current = webhook::delivery(tx, &delivery.webhook_id, &delivery.id).await?;
        let free = |d: &Delivery| d.state == DeliveryState::Pending && d.leased_until.is_none_or(|at| at <= tx.now());
        let Some(mut delivery) = current.filter(free) else { continue };
        delivery.state = DeliveryState::Parked;
        delivery.leased_until = None;
        delivery.updated_at = tx.now();
        tx.update(&delivery).await?;
        webhook::release_next(tx, &delivery.webhook_id, &delivery.order_key).await?;
    }
    Ok(more)
}

/// Removes deliveries that were acknowledged a week ago, or parked thirty days ago; tells whether there are more.
pub async fn forget_old(tx: &mut Tx) -> Result<bool> {
    let before = |tx: &Tx, days: i64| tx.now().plus_seconds(-days * 24 * 3600);
    let delivered = webhook::forget_delivered(tx, before(tx, DELIVERED_DAYS), BATCH).await?;
    let parked = webhook::forget_parked(tx, before(tx, PARKED_DAYS), BATCH).await?;
    Ok(delivered + parked > 0)
}
