//! Mails on their way out.

use model::{DeliveryState, MailId, MailKind, SourceId, ThreadId, Timestamp, UserId};

use crate::webhook::left_behind;
use crate::{Backend, Error, Field, Filter, Listed, Page, Row, Tx, params, placeholders, table};

table! {
    /// One mail to one address.
    pub struct MailDelivery in "mail_deliveries" {
        /// Its id.
        id: MailId,
        /// What it is sent for.
        kind: MailKind,
        /// The user whom it is for, when it is for one.
        user_id: Option<UserId>,
        /// The address.
        recipient: String,
        /// Who has it.
        recipient_name: Option<String>,
        /// What it is about.
        subject: String,
        /// What it says, encrypted; none when it has been taken.
        sealed_text: Option<String>,
        /// The same in HTML, where it has that too, encrypted likewise.
        sealed_html: Option<String>,
        /// Who it is from, where that is not the desk.
        sender_name: Option<String>,
        /// The source whose visitor it is for.
        source_id: Option<SourceId>,
        /// The conversation that it is about.
        thread_id: Option<ThreadId>,
        /// The same at each try.
        message_id: String,
        /// Where it stands.
        state: DeliveryState,
        /// How often it was tried.
        attempts_count: i64,
        /// Its step on the ladder of retries.
        retry: i64,
        /// When it is tried next.
        next_attempt_at: Timestamp,
        /// While it is being tried: when whoever tries it is taken for dead.
        leased_until: Option<Timestamp>,
        /// The process that tries it, or tried it last while how that went is not noted.
        leased_by: Option<String>,
        /// After this time no failure is followed by another try.
        expires_at: Timestamp,
        /// When it was taken.
        delivered_at: Option<Timestamp>,
        /// When it was written.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// One try at a mail. Its key is the mail and the number; it never changes.
    pub struct MailAttempt in "mail_attempts" {
        /// Its mail.
        mail_id: MailId,
        /// Its number: 1 for the first.
        number: i64,
        /// When it began.
        at: Timestamp,
        /// The code of the server's answer.
        code: Option<i64>,
        /// Why it failed.
        error: Option<String>,
        /// What the server said when it took the mail.
        answer: Option<String>,
        /// How long it took, in milliseconds.
        duration_ms: i64,
    }
}

/// Whom nobody tries.
const FREE: &str = "state = 'pending' AND (leased_until IS NULL OR leased_until <= ?1)";

/// Finds a mail.
pub async fn find(tx: &mut Tx, id: &MailId) -> Result<Option<MailDelivery>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a mail and holds it.
pub async fn lock(tx: &mut Tx, id: &MailId) -> Result<Option<MailDelivery>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// A window of the mails, newest first, of one state when given.
pub async fn list(tx: &mut Tx, state: Option<DeliveryState>, page: Page) -> Result<Listed<MailDelivery>, Error> {
    let mut filter = Filter::default();
    filter.and_some("state = ?", state.as_ref());
    tx.list(filter, "created_at DESC, id DESC", page).await
}

/// The tries at these mails, those of each oldest first.
pub async fn attempts(tx: &mut Tx, mails: &[MailId]) -> Result<Vec<MailAttempt>, Error> {
    if mails.is_empty() {
        return Ok(Vec::new());
    }
    let clause = format!("WHERE mail_id IN ({}) ORDER BY mail_id, number", placeholders(1, mails.len()));
    tx.select(&clause, mails.iter().map(Field::to_value).collect()).await
}

/// Mails that are due and that nobody tries, those due first before the others; held against other processes, whose own
/// are left out.
pub async fn due(tx: &mut Tx, limit: i64) -> Result<Vec<MailDelivery>, Error> {
    let held = match tx.backend() {
        Backend::Sqlite => "",
        Backend::Postgres => " FOR UPDATE SKIP LOCKED",
    };
    let by = tx.backend().by("mails_due");
    let clause = format!("{by} WHERE {FREE} AND next_attempt_at <= ?1 ORDER BY next_attempt_at, id LIMIT ?2{held}");
    tx.select(&clause, params![tx.now(), limit]).await
}

/// When a mail is due next; none when nothing waits. Those that somebody tries count from the end of that lease.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, Error> {
    let by = tx.backend().by("mails_due");
    let order = "ORDER BY next_attempt_at, id LIMIT 1";
    let free = format!("SELECT next_attempt_at FROM mail_deliveries {by} WHERE {FREE} {order}");
    let leased = "SELECT leased_until FROM mail_deliveries WHERE leased_until > ?1 ORDER BY leased_until LIMIT 1";
    let mut times: Vec<Timestamp> = Vec::new();
    for sql in [&free, leased] {
        let first = tx.rows(sql, params![tx.now()]).await?.first_mut().map(Row::take::<Timestamp>).transpose()?;
        times.extend(first);
    }
    Ok(times.into_iter().min())
}

/// Ends the leases that are over when `process` starts in the place of `former`.
pub async fn end_leases(tx: &mut Tx, process: &str, former: Option<&str>) -> Result<(), Error> {
    let Some((whose, name)) = left_behind(tx, process, former) else { return Ok(()) };
    let sql = format!(
        "UPDATE mail_deliveries SET leased_until = NULL, leased_by = NULL WHERE leased_until IS NOT NULL AND {whose}"
    );
    tx.execute(&sql, params![name.to_owned()]).await.map(drop)
}

/// Has a lease of a process end later; does nothing when it is not its own any more.
pub async fn renew(tx: &mut Tx, taken: &MailDelivery, until: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE mail_deliveries SET leased_until = ?4 \
               WHERE id = ?1 AND leased_by = ?2 AND attempts_count = ?3 AND leased_until IS NOT NULL";
    tx.execute(sql, params![taken.id, taken.leased_by, taken.attempts_count, until]).await.map(drop)
}

/// Parks up to `limit` mails that ended before a time and that nobody tries; tells how many.
pub async fn park_expired(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let by = tx.backend().by("mails_expiry");
    let still = FREE.replace("state =", "state || '' =");
    let sql = format!(
        "UPDATE mail_deliveries SET state = 'parked', leased_until = NULL, updated_at = ?1 WHERE {still} AND id IN \
         (SELECT id FROM mail_deliveries {by} WHERE {FREE} AND expires_at <= ?2 ORDER BY expires_at LIMIT ?3)"
    );
    tx.execute(&sql, params![tx.now(), before, limit]).await
}

/// Removes what waits or is parked for a user's address.
pub async fn forget_address(tx: &mut Tx, user: &UserId, address: &str) -> Result<(), Error> {
    let sql = "DELETE FROM mail_deliveries WHERE user_id = ?1 AND recipient = ?2 AND state IN ('pending', 'parked')";
    tx.execute(sql, params![user, address.to_owned()]).await.map(drop)
}

/// Removes up to `limit` mails that were taken before a time, and as many that were parked before another one; tells how
/// many.
pub async fn forget(tx: &mut Tx, delivered: Timestamp, parked: Timestamp, limit: i64) -> Result<u64, Error> {
    // The state is asked twice: somebody may have it sent again meanwhile. The second time it is no way to the rows.
    let backend = tx.backend();
    let of = |state: &str, column: &str| {
        let by = backend.by(&format!("mails_{state}"));
        format!(
            "DELETE FROM mail_deliveries WHERE state || '' = '{state}' AND id IN (SELECT id FROM mail_deliveries {by} \
             WHERE state = '{state}' AND {column} < ?1 LIMIT ?2)"
        )
    };
    let mut count = tx.execute(&of("delivered", "delivered_at"), params![delivered, limit]).await?;
    count += tx.execute(&of("parked", "updated_at"), params![parked, limit]).await?;
    Ok(count)
}

/// How many mails of a kind were written since a time.
pub async fn count_since(tx: &mut Tx, kind: MailKind, since: Timestamp) -> Result<i64, Error> {
    tx.number("SELECT COUNT(*) FROM mail_deliveries WHERE created_at > ?1 AND kind = ?2", params![since, kind]).await
}
