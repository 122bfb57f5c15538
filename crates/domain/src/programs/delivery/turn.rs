//! Taking deliveries in turn, and noting how they went.

use model::{DeliveryId, DeliveryState, Timestamp, WebhookId, WebhookStatus};
use store::ahead::Ahead;
use store::webhook::{self, Attempt, Delivery, Webhook};
use store::{Tx, webhook_sweep};

use crate::base::{Change, Result, lease::LEASE_SECONDS, note_change};
use crate::programs::delivery::form::{KEPT_SECONDS, may_hear};
use crate::programs::delivery::{ladder, replay};

/// How long a suspended webhook is left alone by others while one tries it. A request ends within 15 seconds.
const PROBE_SECONDS: i64 = 30;

/// The times of webhooks and deliveries that are set ahead of the clock, and how far.
#[must_use]
pub fn ahead() -> Vec<Ahead> {
    vec![
        Ahead::DeliveryTry(ladder::longest_pauses()),
        Ahead::DeliveryLease(LEASE_SECONDS),
        Ahead::DeliveryEnd(KEPT_SECONDS),
        Ahead::Delivered,
        Ahead::Parked,
        Ahead::WebhookRest(ladder::LONGEST_REST),
    ]
}

/// What a webhook's lane should do next.
#[derive(Debug)]
pub enum Plan {
    /// The webhook is gone.
    End,
    /// Its endpoint must be asked to confirm.
    Ask(Box<Webhook>),
    /// Something is to be done to many deliveries: do the next stretch of it.
    Sweep,
    /// Few deliveries wait: the next ones of its replay can be made.
    Replay,
    /// Something is due: take a turn.
    Turn,
    /// Nothing is due before this time; none when nothing waits.
    Wait(Option<Timestamp>),
}

/// Looks what a webhook's lane should do next, without changing anything.
pub async fn plan(tx: &mut Tx, id: &WebhookId) -> Result<Plan> {
    let Some(found) = webhook::find(tx, id).await? else {
        return Ok(if webhook::is_removed(tx, id).await? { Plan::Sweep } else { Plan::End });
    };
    if webhook_sweep::waits(tx, id).await? {
        return Ok(Plan::Sweep);
    }
    let earliest = match found.status {
        _ if !found.active => return Ok(Plan::Wait(None)),
        WebhookStatus::Inactive => return Ok(Plan::Wait(None)),
        WebhookStatus::Unverified => return Ok(Plan::Ask(Box::new(found))),
        WebhookStatus::Suspended => found.suspended_until,
        WebhookStatus::Active => None,
    };
    if !may_hear(tx, &found).await? {
        return Ok(Plan::Wait(None));
    }
    if found.status == WebhookStatus::Active
        && found.replay_next.is_some()
        && webhook::backlog(tx, id, DeliveryState::Pending, replay::ENOUGH).await? < replay::ENOUGH
    {
        return Ok(Plan::Replay);
    }
    let Some(due) = webhook::next_due(tx, id).await? else { return Ok(Plan::Wait(None)) };
    let due = earliest.map_or(due, |rest| rest.max(due));
    Ok(if due <= tx.now() { Plan::Turn } else { Plan::Wait(Some(due)) })
}

/// Does the next stretch of what is to be done to a webhook's deliveries; those of one that was removed go.
pub async fn sweep_on(tx: &mut Tx, id: &WebhookId) -> Result<()> {
    if webhook::lock(tx, id).await?.is_some() {
        webhook_sweep::go_on(tx, id).await?;
    } else if webhook::is_removed(tx, id).await? {
        webhook::forget_some(tx, id).await?;
    }
    Ok(())
}

/// How an attempt went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// It was the one try of a suspended webhook.
    pub probe: bool,
    /// When it began.
    pub at: Timestamp,
    /// The code of the answer.
    pub status_code: Option<u16>,
    /// Why it failed; none for a success.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// The beginning of the answer's body.
    pub response: Option<String>,
}

/// What a lane has taken to send.
#[derive(Debug, Default)]
pub struct Taken {
    /// The webhook as it is now; none when it is gone.
    pub webhook: Option<Webhook>,
    /// What to send, each leased.
    pub deliveries: Vec<Delivery>,
    /// It is the one try of a suspended webhook.
    pub probe: bool,
    /// The webhook begins to rest, or ceases to.
    pub changed: bool,
}

/// Who takes deliveries.
#[derive(Clone, Debug)]
pub struct Taker {
    /// The process.
    pub process: String,
    /// What it is at already.
    pub busy: Vec<DeliveryId>,
}

/// Notes how attempts went, then takes up to `room` deliveries that are due. A suspended webhook is tried only when the
/// taker is at nothing else. What became of a delivery that another process has taken since is for that one to say.
pub async fn take_turn(
    tx: &mut Tx,
    id: &WebhookId,
    taker: &Taker,
    outcomes: Vec<Outcome>,
    room: usize,
) -> Result<Taken> {
    let Some(mut held) = webhook::lock(tx, id).await? else { return Ok(Taken::default()) };
    let before = (held.status, held.recent_results.clone(), held.suspended_until, held.suspensions);
    for outcome in outcomes {
        let found = webhook::delivery(tx, id, &outcome.delivery_id).await?;
        let Some(delivery) = found.filter(|delivery| delivery.leased_by.as_ref() == Some(&taker.process)) else {
            tracing::warn!(webhook = %id, delivery = %outcome.delivery_id, "another process has taken it meanwhile");
            continue;
        };
        judge(tx, &mut held, &outcome).await?;
        note_attempt(tx, delivery, outcome).await?;
    }
    let (mut deliveries, mut probe) = (Vec::new(), false);
    let resting = held.suspended_until.is_some_and(|rest| rest > tx.now());
    // What is being gone through is sent when it is in order again.
    let open = held.active && !webhook_sweep::waits(tx, id).await? && may_hear(tx, &held).await?;
    match held.status {
        WebhookStatus::Active if open => deliveries = due(tx, id, taker, room).await?,
        WebhookStatus::Suspended if open && room > 0 && taker.busy.is_empty() && !resting => {
            deliveries = due(tx, id, taker, 1).await?;
            probe = true;
        }
        _ => {}
    }
    if probe && !deliveries.is_empty() {
        // No other process tries at the same time.
        held.suspended_until = Some(tx.now().plus_seconds(PROBE_SECONDS));
    }
    for delivery in &mut deliveries {
        delivery.leased_until = Some(tx.now().plus_seconds(LEASE_SECONDS));
        delivery.leased_by = Some(taker.process.clone());
        tx.update(delivery).await?;
    }
    if before != (held.status, held.recent_results.clone(), held.suspended_until, held.suspensions) {
        tx.update(&held).await?;
    }
    let changed = before.0 != held.status;
    if changed {
        note_change(tx, None, "webhook", id.as_str(), Change::Updated);
    }
    Ok(Taken { webhook: Some(held), deliveries, probe, changed })
}

/// Up to `room` deliveries that are due. A request never outlives its lease, but on a clock that jumps it may seem to.
async fn due(tx: &mut Tx, id: &WebhookId, taker: &Taker, room: usize) -> Result<Vec<Delivery>> {
    let most = i64::try_from(room + taker.busy.len()).unwrap_or(i64::MAX);
    let mut found = webhook::due(tx, id, most).await?;
    found.retain(|delivery| !taker.busy.contains(&delivery.id));
    found.truncate(room);
    Ok(found)
}

/// Says of a taken delivery that its process is still at it.
pub async fn renew(tx: &mut Tx, id: &DeliveryId, process: &str) -> Result<()> {
    let until = tx.now().plus_seconds(LEASE_SECONDS);
    Ok(webhook::renew(tx, id, process, until).await?)
}

/// Draws the conclusions for the webhook: rest, go on resting, or recover.
async fn judge(tx: &mut Tx, webhook: &mut Webhook, outcome: &Outcome) -> Result<()> {
    let success = outcome.error.is_none();
    ladder::remember(&mut webhook.recent_results, success);
    match webhook.status {
        WebhookStatus::Active if !success && ladder::is_unhealthy(&webhook.recent_results) => {
            webhook.status = WebhookStatus::Suspended;
            webhook.suspended_until = Some(ladder::rest_until(tx.now(), 0));
            webhook.suspensions = 1;
        }
        WebhookStatus::Suspended if success => {
            recover(webhook);
            webhook_sweep::hasten(tx, &webhook.id).await?;
        }
        // Attempts that began before the rest say nothing new.
        WebhookStatus::Suspended if outcome.probe => {
            webhook.suspended_until = Some(ladder::rest_until(tx.now(), webhook.suspensions));
            webhook.suspensions += 1;
        }
        _ => return Ok(()),
    }
    webhook.status_reason = match (webhook.status, &outcome.error) {
        (WebhookStatus::Suspended, Some(error)) => Some(format!("too many requests failed, the last one: {error}")),
        _ => None,
    };
    Ok(())
}

fn recover(webhook: &mut Webhook) {
    webhook.status = WebhookStatus::Active;
    webhook.suspended_until = None;
    webhook.suspensions = 0;
    webhook.recent_results.clear();
}

async fn note_attempt(tx: &mut Tx, mut delivery: Delivery, outcome: Outcome) -> Result<()> {
    let Outcome { delivery_id, probe: _, at, status_code, error, duration_ms, response } = outcome;
    let now = tx.now();
    delivery.attempts_count += 1;
    delivery.leased_until = None;
    delivery.leased_by = None;
    delivery.updated_at = now;
    let mut over = true;
    if error.is_none() {
        delivery.state = DeliveryState::Delivered;
        delivery.delivered_at = Some(now);
    } else if delivery.state == DeliveryState::Pending {
        match ladder::next_attempt(delivery_id.as_str(), delivery.retry, now, delivery.expires_at) {
            Some(next) => (delivery.next_attempt_at, over) = (next, false),
            None => delivery.state = DeliveryState::Parked,
        }
        delivery.retry += 1;
    }
    let number = delivery.attempts_count;
    let status_code = status_code.map(i64::from);
    tx.insert(&Attempt { delivery_id, number, at, status_code, error, duration_ms, response }).await?;
    tx.update(&delivery).await?;
    if over {
        webhook::release_next(tx, &delivery.webhook_id, &delivery.order_key).await?;
    }
    Ok(())
}

/// Notes what became of asking a webhook's endpoint to confirm. `asked` is the webhook as it was asked: when it was
/// changed meanwhile, the answer is worth nothing and it is asked anew.
pub async fn note_answer(tx: &mut Tx, asked: &Webhook, outcome: std::result::Result<(), String>) -> Result<()> {
    let Some(mut held) = webhook::lock(tx, &asked.id).await? else { return Ok(()) };
    let same = (&held.url, &held.verify_token, &held.secret) == (&asked.url, &asked.verify_token, &asked.secret);
    if !same || !held.active || held.status != WebhookStatus::Unverified {
        return Ok(());
    }
    match outcome {
        Ok(()) => {
            recover(&mut held);
            held.status_reason = None;
            webhook_sweep::hasten(tx, &held.id).await?;
        }
        Err(reason) => {
            held.active = false;
            held.status_reason = Some(reason);
        }
    }
    held.updated_at = tx.now();
    tx.update(&held).await?;
    note_change(tx, None, "webhook", held.id.as_str(), Change::Updated);
    Ok(())
}
