//! Who writes to a mailbox, and what follows from how much: a flood is kept apart, and nobody gets much that nobody wrote,
//! so that two machines never go on answering each other.

use model::Timestamp;
use store::Tx;
use store::content::Content;
use store::mail_sender::{self, MailSender};
use store::source::Source;
use store::thread::Thread;

use crate::base::{Error, Result};

/// More mails than this in ten minutes, and nothing is answered by itself for an hour.
const MANY: i64 = 20;
const TEN_MINUTES: i64 = 600;
const HOUR: i64 = 3600;
/// More mails than this in an hour are kept apart.
const FLOOD: i64 = 200;
/// For how many seconds one answer of a machine is enough in a conversation.
const DAY: i64 = 86_400;
/// Answers of machines to one address in a day.
const ANSWERS: i64 = 3;
/// How many are forgotten in one transaction.
const BATCH: i64 = 500;

async fn known(tx: &mut Tx, source: &Source, address: &str) -> Result<MailSender> {
    let now = tx.now();
    let found = mail_sender::find(tx, &source.id, address).await?;
    Ok(found.unwrap_or_else(|| MailSender {
        source_id: source.id.clone(),
        address: address.to_owned(),
        hour_at: now,
        hour_count: 0,
        ten_at: now,
        ten_count: 0,
        quiet_until: None,
        day_at: now,
        day_count: 0,
    }))
}

/// Counts what happens at a moment, in a stretch of so many seconds that begins with the first of it.
fn count(began: &mut Timestamp, so_far: &mut i64, at: Timestamp, seconds: i64) -> i64 {
    if at.seconds_since(*began) >= seconds {
        (*began, *so_far) = (at, 0);
    }
    *so_far += 1;
    *so_far
}

/// Counts a mail of somebody.
///
/// # Errors
/// 422 `flood` when there are far too many.
pub(crate) async fn note(tx: &mut Tx, source: &Source, address: &str, at: Timestamp) -> Result<()> {
    let mut sender = known(tx, source, address).await?;
    if sender.hour_count == 0 {
        (sender.hour_at, sender.ten_at) = (at, at);
    }
    let in_hour = count(&mut sender.hour_at, &mut sender.hour_count, at, HOUR);
    if in_hour > FLOOD {
        let message = format!("more than {FLOOD} mails of {address} came within an hour");
        return Err(Error::Unprocessable("flood", message.into()));
    }
    if count(&mut sender.ten_at, &mut sender.ten_count, at, TEN_MINUTES) > MANY {
        sender.quiet_until = Some(tx.now().plus_seconds(HOUR));
    }
    Ok(mail_sender::put(tx, &sender).await?)
}

/// Whether what somebody wrote by mail may be answered by a machine now; counts it then.
pub(crate) async fn may_answer(
    tx: &mut Tx,
    source: &Source,
    thread: &Thread,
    said: &Content,
    address: &str,
    grace: i64,
) -> Result<bool> {
    let now = tx.now();
    let mut sender = known(tx, source, address).await?;
    if sender.quiet_until.is_some_and(|until| until > now)
        || mail_sender::answered_since(tx, &thread.id, &said.id, now.plus_seconds(-grace.max(DAY))).await?
        || count(&mut sender.day_at, &mut sender.day_count, now, DAY) > ANSWERS
    {
        return Ok(false);
    }
    mail_sender::put(tx, &sender).await?;
    Ok(true)
}

/// Forgets those who have not written for two days; tells whether there are more.
pub async fn forget_old(tx: &mut Tx) -> Result<bool> {
    let before = tx.now().plus_seconds(-2 * DAY);
    Ok(mail_sender::forget_old(tx, before, BATCH).await? > 0)
}
