//! Which deliveries are made of entries of the journal.

use std::collections::HashMap;

use model::{DeliveryId, DeliveryState, Timestamp, WebhookId};
use store::journal::Entry;
use store::webhook::{self, Delivery, Webhook};
use store::{Json, Tx, user};

use crate::base::{Actor, Error, Result, access};
use crate::programs::webhook::lets_through;

/// How long after its event a delivery is still tried.
pub(crate) const KEPT_SECONDS: i64 = 24 * 3600;

/// Makes the deliveries of these entries: one for each webhook and thread, in order. Gives the webhooks that have some.
/// Those of a webhook that is off, or whose user is disabled, wait.
pub async fn form(tx: &mut Tx, entries: &[&Entry]) -> Result<Vec<WebhookId>> {
    let mut formed = Vec::new();
    if entries.is_empty() {
        return Ok(formed);
    }
    for found in webhook::listening(tx).await? {
        let Some(reader) = reader_of(tx, &found).await? else { continue };
        let wanted: Vec<&Entry> = entries.iter().copied().filter(|entry| is_told(&found, &reader, entry)).collect();
        if wanted.is_empty() {
            continue;
        }
        // It may have been removed since it was read.
        let Some(held) = webhook::lock(tx, &found.id).await? else { continue };
        let now = tx.now();
        let threads = by_thread(&wanted).into_iter();
        let new: Vec<_> = threads.map(|(key, entries)| new_delivery(now, &held.id, key, &entries)).collect();
        webhook::insert_deliveries(tx, &new).await?;
        formed.push(held.id);
    }
    Ok(formed)
}

/// The webhook's user with what they may read now, or could when enabled; none when they are gone.
pub(crate) async fn reader_of(tx: &mut Tx, webhook: &Webhook) -> Result<Option<Actor>> {
    match user::find(tx, &webhook.user_id).await? {
        Some(user) => Ok(Some(access::powers(tx, user).await?)),
        None => Ok(None),
    }
}

/// The user of a webhook with what they may read now.
///
/// # Errors
/// 404 when they are gone.
pub async fn reader(tx: &mut Tx, webhook: &Webhook) -> Result<Actor> {
    reader_of(tx, webhook).await?.ok_or(Error::NotFound("user"))
}

/// Whether the webhook's user is there and enabled: else nothing is sent in their name, and what comes up waits.
pub(crate) async fn may_hear(tx: &mut Tx, webhook: &Webhook) -> Result<bool> {
    Ok(user::find(tx, &webhook.user_id).await?.is_some_and(|user| user.enabled))
}

pub(crate) fn is_told(webhook: &Webhook, reader: &Actor, entry: &Entry) -> bool {
    // The dispatcher may be behind: what was before the webhook listened is not for it. Clocks may be wrong.
    webhook.listens_after.is_some_and(|after| entry.position > after) && wants(webhook, reader, entry)
}

/// Whether an entry is of those that the webhook asks for and its user may see, however old it is.
pub(crate) fn wants(webhook: &Webhook, reader: &Actor, entry: &Entry) -> bool {
    webhook.registered_events.iter().any(|name| name == entry.kind.as_str())
        && reader.sees_entry(entry)
        && lets_through(webhook, entry.source_id.as_ref())
}

/// Entries by thread; each of those without a thread by itself.
pub(crate) fn by_thread<'e>(entries: &[&'e Entry]) -> Vec<(String, Vec<&'e Entry>)> {
    let mut groups: Vec<(String, Vec<&Entry>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for entry in entries {
        let key = entry.thread_id.as_ref().map_or(entry.id.as_str(), |id| id.as_str());
        let place = *places.entry(key).or_insert_with(|| {
            groups.push((key.to_owned(), Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(entry);
    }
    groups
}

pub(crate) fn new_delivery(now: Timestamp, webhook: &WebhookId, order_key: String, entries: &[&Entry]) -> Delivery {
    let first = entries.first();
    Delivery {
        id: DeliveryId::new(now),
        webhook_id: webhook.clone(),
        order_key,
        first_position: first.map_or(0, |entry| entry.position),
        positions: Json(entries.iter().map(|entry| entry.position).collect()),
        state: DeliveryState::Pending,
        ready: true,
        attempts_count: 0,
        retry: 0,
        next_attempt_at: now,
        leased_until: None,
        leased_by: None,
        expires_at: first.map_or(now, |entry| entry.issued_at.min(now)).plus_seconds(KEPT_SECONDS),
        delivered_at: None,
        created_at: now,
        updated_at: now,
    }
}
