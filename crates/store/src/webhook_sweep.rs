//! What is done to many deliveries of a webhook: sending them again, parking them, removing them, making them due. It is done
//! stretch by stretch, each in a transaction of its own, so that others write in between and no statement takes long; small
//! ones are done at once. Nothing is taken to be sent until all of it is done (`domain::delivery`): so the order of a
//! thread's deliveries is as if it were one step. Their webhook is locked.

use model::{DeliveryState, SweepAct, Timestamp, WebhookId};

use crate::webhook::{self, Delivery};
use crate::{Error, Field, Filter, Tx, journal, params, table};

table! {
    /// What is to be done to a webhook's deliveries of a state.
    pub struct Sweep in "webhook_sweeps" {
        /// The webhook.
        webhook_id: WebhookId,
        /// Its place among those of the webhook.
        number: i64,
        /// What is done.
        act: SweepAct,
        /// To deliveries of this state.
        state: DeliveryState,
        /// Of events from this position on.
        first_position: i64,
        /// Of events up to this one.
        last_position: i64,
        /// How far it is done: up to deliveries that were made then,
        after_at: Timestamp,
        /// of those made at that time, up to those of this position,
        after_position: i64,
        /// and of these up to this one.
        after_id: String,
        /// When what is sent again is parked if it has not been delivered.
        expires_at: Option<Timestamp>,
        /// When it was asked for.
        created_at: Timestamp,
    }
}

/// How many deliveries one transaction looks at.
const STRETCH: usize = 256;
/// How many deliveries and attempts at them one transaction removes.
const REMOVED: i64 = 512;

/// Whether something is still to be done to a webhook's deliveries.
pub async fn waits(tx: &mut Tx, webhook: &WebhookId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM webhook_sweeps WHERE webhook_id = ?1 LIMIT 1) AS found";
    Ok(tx.number(sql, params![webhook]).await? > 0)
}

/// Removes waiting and parked deliveries of events between two positions that nobody is trying.
pub async fn forget_between(tx: &mut Tx, webhook: &WebhookId, first: i64, last: i64) -> Result<(), Error> {
    for state in [DeliveryState::Pending, DeliveryState::Parked] {
        let new = new(tx, webhook, SweepAct::Forget, state);
        add(tx, Sweep { first_position: first, last_position: last, ..new }).await?;
    }
    go_on(tx, webhook).await.map(drop)
}

/// Makes every waiting delivery of a webhook due now that nothing but its time holds up.
pub async fn hasten(tx: &mut Tx, webhook: &WebhookId) -> Result<(), Error> {
    let new = new(tx, webhook, SweepAct::Hasten, DeliveryState::Pending);
    add(tx, new).await?;
    go_on(tx, webhook).await.map(drop)
}

/// Parks every waiting delivery of a webhook that nobody is trying.
pub async fn park_all(tx: &mut Tx, webhook: &WebhookId) -> Result<(), Error> {
    let last_position = journal::cursor(tx, journal::DISPATCH).await?;
    let new = new(tx, webhook, SweepAct::Park, DeliveryState::Pending);
    add(tx, Sweep { last_position, ..new }).await?;
    go_on(tx, webhook).await.map(drop)
}

/// Makes every delivery that was made since a time, of one state when given, wait again, from the first step of the
/// ladder; tells how many there are.
pub async fn resend_since(
    tx: &mut Tx,
    webhook: &WebhookId,
    since: Timestamp,
    state: Option<DeliveryState>,
    expires_at: Timestamp,
) -> Result<i64, Error> {
    let last_position = journal::cursor(tx, journal::DISPATCH).await?;
    // Those that wait first: the others come to be among them.
    let all = [DeliveryState::Pending, DeliveryState::Parked, DeliveryState::Delivered];
    let mut count = 0;
    for one in all.into_iter().filter(|one| state.is_none_or(|state| state == *one)) {
        let sql = "SELECT COUNT(*) FROM webhook_deliveries WHERE webhook_id = ?1 AND state = ?2 AND created_at >= ?3 \
                   AND first_position <= ?4";
        count += tx.number(sql, params![webhook, one, since, last_position]).await?;
        let after_at = Timestamp::from_millis(since.millis().saturating_sub(1));
        let (after_position, expires_at) = (i64::MAX, Some(expires_at));
        let new = new(tx, webhook, SweepAct::Resend, one);
        add(tx, Sweep { last_position, after_at, after_position, expires_at, ..new }).await?;
    }
    go_on(tx, webhook).await?;
    Ok(count)
}

/// Does the next stretch of what is to be done to a webhook's deliveries; tells whether there is more.
pub async fn go_on(tx: &mut Tx, webhook: &WebhookId) -> Result<bool, Error> {
    let mut room = STRETCH;
    while room > 0 {
        let next = "WHERE webhook_id = ?1 ORDER BY number LIMIT 1";
        let Some(sweep) = tx.find::<Sweep>(next, params![webhook]).await? else { return Ok(false) };
        let done = match sweep.act {
            SweepAct::Hasten => hasten_some(tx, &sweep, room).await?,
            _ => stretch(tx, sweep, room).await?,
        };
        room = room.saturating_sub(done);
    }
    waits(tx, webhook).await
}

/// One of everything in a state.
fn new(tx: &Tx, webhook: &WebhookId, act: SweepAct, state: DeliveryState) -> Sweep {
    Sweep {
        webhook_id: webhook.clone(),
        number: 0,
        act,
        state,
        first_position: 0,
        last_position: i64::MAX,
        after_at: Timestamp::from_millis(0),
        after_position: 0,
        after_id: String::new(),
        expires_at: None,
        created_at: tx.now(),
    }
}

/// Puts one behind the others of its webhook.
async fn add(tx: &mut Tx, mut sweep: Sweep) -> Result<(), Error> {
    let sql = "SELECT MAX(number) FROM webhook_sweeps WHERE webhook_id = ?1";
    sweep.number = tx.number(sql, params![sweep.webhook_id]).await? + 1;
    tx.insert(&sweep).await
}

async fn end(tx: &mut Tx, sweep: &Sweep) -> Result<(), Error> {
    let sql = "DELETE FROM webhook_sweeps WHERE webhook_id = ?1 AND number = ?2";
    tx.execute(sql, params![sweep.webhook_id, sweep.number]).await.map(drop)
}

/// The next deliveries of a sweep, up to `room`.
async fn next(tx: &mut Tx, sweep: &Sweep, room: usize) -> Result<Vec<Delivery>, Error> {
    let clause = format!(
        "{} WHERE webhook_id = ?1 AND state = ?2 AND created_at >= ?3 AND (created_at, first_position, id) > (?3, ?4, ?5) \
         AND first_position >= ?6 AND first_position <= ?7 ORDER BY created_at, first_position, id LIMIT {room}",
        tx.backend().by("deliveries_state")
    );
    let Sweep { webhook_id, state, after_at, after_position, after_id, first_position, last_position, .. } = sweep;
    let params = params![webhook_id, state, after_at, after_position, after_id, first_position, last_position];
    tx.select(&clause, params).await
}

/// Goes through up to `room` deliveries of a sweep; tells how much of that is used up, and ends it when there are no more.
async fn stretch(tx: &mut Tx, sweep: Sweep, room: usize) -> Result<usize, Error> {
    let mut found = next(tx, &sweep, room).await?;
    let mut more = found.len() == room;
    // Those with many attempts are as many rows as one transaction removes.
    let mut used = found.len();
    if sweep.act == SweepAct::Forget {
        let few = webhook::few(found.iter().map(|delivery| delivery.attempts_count), REMOVED);
        if few < found.len() {
            (more, used) = (true, room);
            found.truncate(few);
        }
    }
    if let Some(last) = found.last() {
        let mut keys: Vec<String> = found.iter().map(|delivery| delivery.order_key.clone()).collect();
        keys.sort_unstable();
        keys.dedup();
        apply(tx, &sweep, &found).await?;
        webhook::settle(tx, &sweep.webhook_id, &keys).await?;
        let sql = "UPDATE webhook_sweeps SET after_at = ?3, after_position = ?4, after_id = ?5 \
                   WHERE webhook_id = ?1 AND number = ?2";
        let upto = params![sweep.webhook_id, sweep.number, last.created_at, last.first_position, last.id];
        tx.execute(sql, upto).await?;
    }
    if !more {
        end(tx, &sweep).await?;
    }
    Ok(used)
}

async fn apply(tx: &mut Tx, sweep: &Sweep, found: &[Delivery]) -> Result<(), Error> {
    let now = tx.now();
    // What was acknowledged meanwhile need not go out again.
    let meanwhile = |delivery: &Delivery| delivery.delivered_at.is_some_and(|at| at > sweep.created_at);
    let tried = |delivery: &Delivery| delivery.leased_until.is_some_and(|until| until > now);
    let left = |delivery: &&Delivery| match sweep.act {
        SweepAct::Resend => !meanwhile(delivery),
        _ => !tried(delivery),
    };
    let ids: Vec<_> = found.iter().filter(left).map(|delivery| delivery.id.clone()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut filter = Filter::default();
    let act = match sweep.act {
        SweepAct::Resend => format!(
            "UPDATE webhook_deliveries SET state = 'pending', retry = 0, next_attempt_at = {at}, expires_at = {end}, \
             delivered_at = NULL, updated_at = {at}",
            at = filter.bind(now.to_value()),
            end = filter.bind(sweep.expires_at.unwrap_or(now).to_value())
        ),
        SweepAct::Park => {
            format!("UPDATE webhook_deliveries SET state = 'parked', updated_at = {}", filter.bind(now.to_value()))
        }
        SweepAct::Forget => "DELETE FROM webhook_deliveries".into(),
        SweepAct::Hasten => return Ok(()),
    };
    filter.and_in("id", &ids);
    tx.execute(&format!("{act} {}", filter.clause()), filter.params).await.map(drop)
}

/// Makes up to `room` deliveries due; tells how many there were, and ends the sweep when there are no more.
async fn hasten_some(tx: &mut Tx, sweep: &Sweep, room: usize) -> Result<usize, Error> {
    let sql = format!(
        "UPDATE webhook_deliveries SET next_attempt_at = ?2 WHERE id IN (SELECT id FROM webhook_deliveries {} \
         WHERE webhook_id = ?1 AND state = 'pending' AND ready AND next_attempt_at > ?2 LIMIT {room})",
        tx.backend().by("deliveries_due")
    );
    let changed = tx.execute(&sql, params![sweep.webhook_id, sweep.created_at]).await?;
    let changed = usize::try_from(changed).unwrap_or(room);
    if changed < room {
        end(tx, sweep).await?;
    }
    Ok(changed)
}
