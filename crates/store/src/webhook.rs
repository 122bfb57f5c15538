//! Webhooks and what is sent to them.

use model::{AccessTokenId, DeliveryId, DeliveryState, SourceId, Timestamp, UserId, WebhookId, WebhookStatus};

use crate::table::lists;
use crate::{Backend, Error, Filter, Json, Listed, Page, Table, Tx, params, table};

table! {
    /// A registered receiver of events.
    pub struct Webhook in "webhooks" {
        /// Its id.
        id: WebhookId,
        /// Its name.
        name: String,
        /// Where events are sent.
        url: String,
        /// The token that it was made with; none when it was made in the console.
        access_token_id: Option<AccessTokenId>,
        /// As whom it listens: it is told of the sources that this user may read.
        user_id: UserId,
        /// Switched on.
        active: bool,
        /// Of a staging environment.
        staging_use: bool,
        /// Certificates are not checked.
        ignore_ssl: bool,
        /// What the challenge carries, encrypted.
        verify_token: Option<String>,
        /// What every request carries, encrypted.
        secret: Option<String>,
        /// The events that it is told of.
        registered_events: Json<Vec<String>>,
        /// `all_except` or `none_except` these sources.
        sources_strategy: String,
        /// The sources of the strategy.
        source_ids: Json<Vec<SourceId>>,
        /// The state of the connection.
        status: WebhookStatus,
        /// Why it is in that state.
        status_reason: Option<String>,
        /// The outcomes of the last requests, newest last: `1` for success, `0` for failure.
        recent_results: String,
        /// When a suspended webhook is tried again.
        suspended_until: Option<Timestamp>,
        /// How often it was suspended in a row.
        suspensions: i64,
        /// The next journal position that is to be sent again.
        replay_next: Option<i64>,
        /// The last one.
        replay_last: Option<i64>,
        /// After which journal position it is told of events, also of those that wait while it is off; none when it was
        /// never on.
        listens_after: Option<i64>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// One request to a webhook: some events of one thread, in order.
    pub struct Delivery in "webhook_deliveries" {
        /// Its id: the `id` of the request, the same at each attempt.
        id: DeliveryId,
        /// Its webhook.
        webhook_id: WebhookId,
        /// Deliveries with the same key go out one after the other: the thread's id, else the event's.
        order_key: String,
        /// The journal position of its first event.
        first_position: i64,
        /// The journal positions of its events.
        positions: Json<Vec<i64>>,
        /// Where it stands.
        state: DeliveryState,
        /// No earlier delivery of the same key is pending.
        ready: bool,
        /// How often it was tried, by hand too.
        attempts_count: i64,
        /// Its step on the ladder of retries.
        retry: i64,
        /// When it is tried next.
        next_attempt_at: Timestamp,
        /// While it is being tried: when whoever tries it is taken for dead.
        leased_until: Option<Timestamp>,
        /// The process that tries it, or tried it last while how that went is not noted.
        leased_by: Option<String>,
        /// When it is parked if it has not been delivered.
        expires_at: Timestamp,
        /// When it was acknowledged.
        delivered_at: Option<Timestamp>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// One try at a delivery. Its key is the delivery and the number; an attempt never changes.
    pub struct Attempt in "webhook_attempts" {
        /// Its delivery.
        delivery_id: DeliveryId,
        /// Its number: 1 for the first.
        number: i64,
        /// When it began.
        at: Timestamp,
        /// The code of the answer.
        status_code: Option<i64>,
        /// Why it failed.
        error: Option<String>,
        /// How long it took, in milliseconds.
        duration_ms: i64,
        /// The beginning of the answer's body.
        response: Option<String>,
    }
}

/// The users to whom webhooks belong.
pub async fn owners(tx: &mut Tx) -> Result<Vec<UserId>, Error> {
    let mut rows = tx.rows("SELECT DISTINCT user_id FROM webhooks WHERE deleted_at IS NULL", Vec::new()).await?;
    rows.iter_mut().map(crate::Row::take).collect()
}

/// Finds a webhook.
pub async fn find(tx: &mut Tx, id: &WebhookId) -> Result<Option<Webhook>, Error> {
    tx.find("WHERE id = ?1 AND deleted_at IS NULL", params![id]).await
}

/// Finds a webhook and holds it: whoever makes, takes or ends its deliveries does so one after the other.
pub async fn lock(tx: &mut Tx, id: &WebhookId) -> Result<Option<Webhook>, Error> {
    tx.find_locked("WHERE id = ?1 AND deleted_at IS NULL", params![id]).await
}

/// The webhooks that are switched on, or whose deliveries are to be gone through, as those of one that was removed; always
/// in the same order.
pub async fn at_work(tx: &mut Tx) -> Result<Vec<Webhook>, Error> {
    let clause = "WHERE active OR deleted_at IS NOT NULL \
                  OR EXISTS (SELECT 1 FROM webhook_sweeps WHERE webhook_id = webhooks.id) ORDER BY id";
    tx.select(clause, Vec::new()).await
}

/// A window of the webhooks of these users.
pub async fn list(tx: &mut Tx, owners: &[UserId], page: Page) -> Result<Listed<Webhook>, Error> {
    let mut filter = Filter::default();
    filter.and("deleted_at IS NULL");
    filter.and_in("user_id", owners);
    tx.list(filter, "active DESC, staging_use DESC, name, id", page).await
}

/// Removes a webhook: nobody finds it or adds to it any more, and its address is free. Its deliveries go some at a time
/// ([`forget_some`]).
pub async fn remove(tx: &mut Tx, id: &WebhookId) -> Result<(), Error> {
    let sql = "UPDATE webhooks SET deleted_at = ?2, active = FALSE, status = 'inactive', url = id, name = '', \
               access_token_id = NULL, verify_token = NULL, secret = NULL, status_reason = NULL, listens_after = NULL, \
               replay_next = NULL, replay_last = NULL, suspended_until = NULL WHERE id = ?1";
    tx.execute(sql, params![id, tx.now()]).await.map(drop)
}

/// Whether a webhook was removed and is not gone yet.
pub async fn is_removed(tx: &mut Tx, id: &WebhookId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM webhooks WHERE id = ?1 AND deleted_at IS NOT NULL";
    Ok(tx.number(sql, params![id]).await? > 0)
}

/// How many of a webhook's deliveries, and of the attempts at them, one transaction removes at the most.
const REMOVED: i64 = 512;

/// Removes some deliveries of a webhook that was removed, and at the end the webhook.
pub async fn forget_some(tx: &mut Tx, id: &WebhookId) -> Result<(), Error> {
    let sql = format!("SELECT id, attempts_count FROM webhook_deliveries WHERE webhook_id = ?1 LIMIT {REMOVED}");
    let mut rows = tx.rows(&sql, params![id]).await?;
    let found = rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect::<Result<Vec<_>, Error>>()?;
    let few = few(found.iter().map(|(_, attempts): &(DeliveryId, i64)| *attempts), REMOVED);
    let some: Vec<DeliveryId> = found.into_iter().take(few).map(|(id, _)| id).collect();
    if some.is_empty() {
        let sql = "DELETE FROM webhooks WHERE id = ?1 AND deleted_at IS NOT NULL";
        return tx.execute(sql, params![id]).await.map(drop);
    }
    let mut filter = Filter::default();
    filter.and_in("id", &some);
    let sql = format!("DELETE FROM webhook_deliveries {}", filter.clause());
    tx.execute(&sql, filter.params).await.map(drop)
}

/// How many deliveries, with so many attempts each, make up `most` rows; one at the least.
pub(crate) fn few(attempts: impl Iterator<Item = i64>, most: i64) -> usize {
    let sums = attempts.scan(0, |sum: &mut i64, count| {
        *sum = sum.saturating_add(count).saturating_add(1);
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= most).count().max(1)
}

/// The webhooks that are told of events, at once or when they are on again; always in the same order.
pub async fn listening(tx: &mut Tx) -> Result<Vec<Webhook>, Error> {
    tx.select("WHERE listens_after IS NOT NULL ORDER BY id", Vec::new()).await
}

/// The webhooks of a token that are switched on, held.
pub async fn active_of_token(tx: &mut Tx, token: &AccessTokenId) -> Result<Vec<Webhook>, Error> {
    let clause = "WHERE access_token_id = ?1 AND active ORDER BY id";
    tx.select_locked(clause, params![token]).await
}

/// The webhooks of a user that are switched on.
pub async fn active_of_user(tx: &mut Tx, user: &UserId) -> Result<Vec<WebhookId>, Error> {
    let clause = "WHERE user_id = ?1 AND active ORDER BY id";
    Ok(tx.select::<Webhook>(clause, params![user]).await?.into_iter().map(|webhook| webhook.id).collect())
}

/// Writes new deliveries of a webhook that is locked, each of another key. One is ready when no earlier one of its key
/// waits.
pub async fn insert_deliveries(tx: &mut Tx, deliveries: &[Delivery]) -> Result<(), Error> {
    let one = format!("VALUES ({})", delivery_values(|at, _| format!("?{}", at + 1)));
    let all = || format!("SELECT {} FROM {}", delivery_values(|_, name| format!("e.{name}")), lists::<Delivery>());
    let insert = |rows: &str| format!("INSERT INTO webhook_deliveries ({}) {rows}", Delivery::COLUMNS);
    tx.write_all(deliveries, &insert(&one), || insert(&all())).await.map(drop)
}

/// The values of a new delivery, each as it is named by its place and column; whether one of its key waits is found out at
/// the same time.
fn delivery_values(value: impl Fn(usize, &str) -> String) -> String {
    let (webhook, key) = (value(1, "webhook_id"), value(2, "order_key"));
    let values = Delivery::COLUMNS.split(", ").enumerate().map(|(at, column)| match column {
        // The first that waits from this key on: such an order has the index of keys alone, whatever the databases know of
        // the table. A backlog must not slow down what is added to it.
        "ready" => format!(
            "{} AND (SELECT order_key FROM webhook_deliveries WHERE webhook_id = {webhook} AND order_key >= {key} \
             AND state = 'pending' ORDER BY order_key, first_position LIMIT 1) IS DISTINCT FROM {key}",
            value(at, column)
        ),
        _ => value(at, column),
    });
    values.collect::<Vec<_>>().join(", ")
}

/// Up to `limit` deliveries that are due and that nobody is trying, those due first before the others.
pub async fn due(tx: &mut Tx, webhook: &WebhookId, limit: i64) -> Result<Vec<Delivery>, Error> {
    let clause = "WHERE webhook_id = ?1 AND state = 'pending' AND ready AND next_attempt_at <= ?2 \
                  AND (leased_until IS NULL OR leased_until <= ?2) \
                  ORDER BY next_attempt_at, first_position LIMIT ?3";
    tx.select(clause, params![webhook, tx.now(), limit]).await
}

/// When a delivery of the webhook is due next; none when nothing waits. Those that somebody is trying count from the
/// end of that lease.
pub async fn next_due(tx: &mut Tx, webhook: &WebhookId) -> Result<Option<Timestamp>, Error> {
    let free = "WHERE webhook_id = ?1 AND state = 'pending' AND ready AND (leased_until IS NULL OR leased_until <= ?2) \
                ORDER BY next_attempt_at, first_position LIMIT 1";
    let free = tx.find::<Delivery>(free, params![webhook, tx.now()]).await?.map(|d| d.next_attempt_at);
    let leased = "WHERE webhook_id = ?1 AND leased_until > ?2 ORDER BY leased_until LIMIT 1";
    let leased = tx.find::<Delivery>(leased, params![webhook, tx.now()]).await?.and_then(|d| d.leased_until);
    Ok(free.into_iter().chain(leased).min())
}

/// Whose leases end when `process` starts, as a condition on `leased_by` and its parameter: on SQLite, where nobody is
/// beside it, all that are not its own; else those of `former`, the process whose place it takes.
pub(crate) fn left_behind<'a>(tx: &Tx, process: &'a str, former: Option<&'a str>) -> Option<(&'static str, &'a str)> {
    match tx.backend() {
        Backend::Sqlite => Some(("(leased_by IS NULL OR leased_by <> ?1)", process)),
        Backend::Postgres => former.map(|former| ("leased_by = ?1", former)),
    }
}

/// Ends the leases that are over when `process` starts in the place of `former`.
pub async fn end_leases(tx: &mut Tx, process: &str, former: Option<&str>) -> Result<(), Error> {
    let Some((whose, name)) = left_behind(tx, process, former) else { return Ok(()) };
    let sql = format!(
        "UPDATE webhook_deliveries SET leased_until = NULL, leased_by = NULL WHERE leased_until IS NOT NULL AND {whose}"
    );
    tx.execute(&sql, params![name.to_owned()]).await.map(drop)
}

/// Has a lease of a process end later; does nothing when it is not its own any more.
pub async fn renew(tx: &mut Tx, id: &DeliveryId, process: &str, until: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE webhook_deliveries SET leased_until = ?3 WHERE id = ?1 AND leased_by = ?2";
    tx.execute(sql, params![id, process.to_owned(), until]).await.map(drop)
}

/// Makes the next waiting delivery of a key ready. Its webhook is locked.
pub async fn release_next(tx: &mut Tx, webhook: &WebhookId, order_key: &str) -> Result<(), Error> {
    // One that was never tried has waited for its turn alone, whatever the clock showed when it was made.
    let sql = "UPDATE webhook_deliveries SET ready = TRUE, \
               next_attempt_at = CASE WHEN retry = 0 AND next_attempt_at > ?3 THEN ?3 ELSE next_attempt_at END \
               WHERE id = (SELECT id FROM webhook_deliveries \
               WHERE webhook_id = ?1 AND order_key = ?2 AND state = 'pending' ORDER BY first_position LIMIT 1)";
    tx.execute(sql, params![webhook, order_key.to_owned(), tx.now()]).await.map(drop)
}

/// Works out anew which deliveries of some keys are ready, and writes those alone that change. Their webhook is locked.
pub async fn settle(tx: &mut Tx, webhook: &WebhookId, keys: &[String]) -> Result<(), Error> {
    let by = tx.backend().by("deliveries_order");
    let mut filter = Filter::default();
    filter.and_value("webhook_id = ?", webhook);
    filter.and_in("order_key", keys);
    filter.and(&format!(
        "state = 'pending' AND ready = EXISTS (SELECT 1 FROM webhook_deliveries AS earlier {by} \
         WHERE earlier.webhook_id = webhook_deliveries.webhook_id \
         AND earlier.order_key = webhook_deliveries.order_key AND earlier.state = 'pending' \
         AND earlier.first_position < webhook_deliveries.first_position)"
    ));
    let sql = format!("UPDATE webhook_deliveries {by} SET ready = NOT ready {}", filter.clause());
    tx.execute(&sql, filter.params).await.map(drop)
}

/// How many deliveries of a webhook are in a state, `most` when there are more.
pub async fn backlog(tx: &mut Tx, webhook: &WebhookId, state: DeliveryState, most: i64) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM webhook_deliveries WHERE webhook_id = ?1 AND state = ?2 LIMIT ?3) \
               AS found";
    tx.number(sql, params![webhook, state, most]).await
}

/// Up to `limit` waiting deliveries that ended before a time and that nobody is going to try, since their webhook is off
/// or rests, or its user is disabled; by their webhooks.
pub async fn expired(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<Vec<Delivery>, Error> {
    let by = tx.backend().by("deliveries_expiry");
    let clause = format!(
        "{by} WHERE state = 'pending' AND expires_at <= ?1 AND (leased_until IS NULL OR leased_until <= ?2) \
         AND webhook_id NOT IN (SELECT webhooks.id FROM webhooks LEFT JOIN users ON users.id = webhooks.user_id \
         WHERE webhooks.deleted_at IS NOT NULL \
         OR webhooks.active AND webhooks.status = 'active' AND users.enabled) ORDER BY expires_at LIMIT ?3"
    );
    let mut found: Vec<Delivery> = tx.select(&clause, params![before, tx.now(), limit]).await?;
    found.sort_by(|a, b| (&a.webhook_id, a.first_position).cmp(&(&b.webhook_id, b.first_position)));
    Ok(found)
}

/// Removes up to `limit` deliveries that were acknowledged before a time; tells how many.
pub async fn forget_delivered(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let by = tx.backend().by("deliveries_delivered");
    let sql = format!(
        "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries {by} \
         WHERE state = 'delivered' AND delivered_at < ?1 LIMIT ?2)"
    );
    tx.execute(&sql, params![before, limit]).await
}

/// Removes up to `limit` deliveries that were parked before a time; tells how many.
pub async fn forget_parked(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    // The state is asked twice: somebody may have it sent again meanwhile. The second time it is no way to the rows.
    let by = tx.backend().by("deliveries_parked");
    let sql = format!(
        "DELETE FROM webhook_deliveries WHERE state || '' = 'parked' AND id IN (SELECT id FROM webhook_deliveries {by} \
         WHERE state = 'parked' AND updated_at < ?1 LIMIT ?2)"
    );
    tx.execute(&sql, params![before, limit]).await
}

/// A window of a webhook's deliveries, newest first, of one state when given.
pub async fn deliveries(
    tx: &mut Tx,
    webhook: &WebhookId,
    state: Option<DeliveryState>,
    page: Page,
) -> Result<Listed<Delivery>, Error> {
    let mut filter = Filter::default();
    filter.and_value("webhook_id = ?", webhook);
    filter.and_some("state = ?", state.as_ref());
    tx.list(filter, "created_at DESC, first_position DESC", page).await
}

/// Finds a delivery of a webhook.
pub async fn delivery(tx: &mut Tx, webhook: &WebhookId, id: &DeliveryId) -> Result<Option<Delivery>, Error> {
    tx.find("WHERE id = ?1 AND webhook_id = ?2", params![id, webhook]).await
}

/// The attempts at a delivery, oldest first.
pub async fn attempts(tx: &mut Tx, id: &DeliveryId) -> Result<Vec<Attempt>, Error> {
    tx.select("WHERE delivery_id = ?1 ORDER BY number", params![id]).await
}
