//! Sending a webhook the journal again from a position: an extension of the reference.
//!
//! Its lane makes the deliveries, some entries at a time, whenever few of its deliveries wait: so a long history never
//! fills the table, and a dead receiver stops it. While the webhook's user is disabled it waits. What comes up meanwhile
//! is dispatched as always.

use model::WebhookId;
use store::journal::{self, Entry};
use store::webhook::{self, Delivery, Webhook};
use store::{Json, Tx, webhook_sweep};

use crate::base::{Actor, Change, Error, Reason, Result, note_change};
use crate::conversation::event::{self, Cursor};
use crate::programs::{
    delivery::form::{KEPT_SECONDS, by_thread, may_hear, new_delivery, reader_of, wants},
    webhook::permitted,
};

/// How many entries become deliveries in one transaction.
const CHUNK: i64 = 256;
/// More deliveries than these wait: the replay waits too.
pub(crate) const ENOUGH: i64 = 256;

/// Has a webhook be sent everything again that it wants from position `from` on, in order and with the same ids. What
/// waits or is parked of that is dropped, because it comes again. A position without a timeline is of the journal's own.
///
/// # Errors
/// 404; 410 when the journal does not have that position; 422 when it is none.
pub async fn replay(
    tx: &mut Tx,
    actor: &Actor,
    id: &WebhookId,
    from: i64,
    timeline: Option<String>,
) -> Result<Webhook> {
    let found = webhook::lock(tx, id).await?;
    let mut held = permitted(tx, actor, found).await?;
    if from < 1 {
        return Err(Error::invalid(
            "from",
            Reason::AtLeast.says("must be 1 or more, the journal's first position").with("min", 1),
        ));
    }
    journal::keep(tx).await?;
    event::require_kept(tx, &Cursor { position: from - 1, timeline }).await?;
    // What the dispatcher has not come to yet it will make deliveries of itself: it waits for this row.
    let last = journal::cursor(tx, journal::DISPATCH).await?;
    let some = from <= last;
    held.replay_next = some.then_some(from);
    held.replay_last = some.then_some(last);
    held.updated_at = tx.now();
    tx.update(&held).await?;
    webhook_sweep::forget_between(tx, id, from, last).await?;
    note_change(tx, Some(actor), "webhook", id.as_str(), Change::Updated);
    Ok(held)
}

/// Makes the next deliveries of a webhook's replay; none while its user is disabled. Called by its lane.
pub async fn replay_on(tx: &mut Tx, id: &WebhookId) -> Result<()> {
    let Some(mut held) = webhook::lock(tx, id).await? else { return Ok(()) };
    let (Some(next), Some(last)) = (held.replay_next, held.replay_last) else { return Ok(()) };
    // What comes again is dropped first.
    if !may_hear(tx, &held).await? || webhook_sweep::waits(tx, id).await? {
        return Ok(());
    }
    let Some(reader) = reader_of(tx, &held).await? else { return Ok(()) };
    let entries: Vec<Entry> = journal::after(tx, next - 1, CHUNK).await?;
    let entries: Vec<Entry> = entries.into_iter().filter(|entry| entry.position <= last).collect();
    let wanted: Vec<&Entry> = entries.iter().filter(|entry| wants(&held, &reader, entry)).collect();
    let now = tx.now();
    let new = by_thread(&wanted).into_iter().map(|(order_key, group)| Delivery {
        expires_at: now.plus_seconds(KEPT_SECONDS),
        positions: Json(group.iter().map(|entry| entry.position).collect()),
        ..new_delivery(now, id, order_key, &group)
    });
    let new: Vec<_> = new.collect();
    webhook::insert_deliveries(tx, &new).await?;
    // Behind what waits of the same thread, or before it.
    let keys: Vec<String> = new.into_iter().map(|delivery| delivery.order_key).collect();
    webhook::settle(tx, id, &keys).await?;
    let reached = entries.last().map_or(last, |entry| entry.position);
    let more = reached < last;
    held.replay_next = more.then_some(reached + 1);
    held.replay_last = more.then_some(last);
    Ok(tx.update(&held).await?)
}
