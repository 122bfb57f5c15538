//! What an operator does with mails: try whether they are sent, look, and send again. An extension of the reference.

use model::{DeliveryState, MAIL_DELIVERY, MailId, MailKind};
use store::mail_delivery::{self, MailAttempt, MailDelivery};
use store::{Listed, Page, Tx};

use crate::base::{Actor, Change, Error, Result, note_change};
use crate::desk::mail::words;
use crate::desk::mail::writing::{KEPT_SECONDS, Letter, Pen, not_configured, write};
use crate::setup::settings;

/// Days that mails are kept for a look when they have been taken.
const DELIVERED_DAYS: i64 = 7;
/// Days that parked mails are kept, in which they can be sent again.
const PARKED_DAYS: i64 = 30;
/// Seconds after its end at which a mail that nobody tries is parked. Until then its last try may be under way.
const GRACE_SECONDS: i64 = 300;
/// How many mails one transaction parks or removes.
const BATCH: i64 = 256;

/// A mail with its tries.
#[derive(Debug)]
pub struct Detail {
    /// The mail.
    pub mail: MailDelivery,
    /// The tries, oldest first.
    pub attempts: Vec<MailAttempt>,
}

impl Detail {
    /// The tries were read after the mail: one that has ended meanwhile is left out, as the mail does not tell of it yet.
    fn new(mail: MailDelivery, all: &[MailAttempt]) -> Self {
        let under_way = i64::from(mail.leased_until.is_some());
        let told = |one: &&MailAttempt| one.mail_id == mail.id && one.number <= mail.attempts_count - under_way;
        let attempts = all.iter().filter(told).cloned().collect();
        Self { mail, attempts }
    }
}

/// Writes a mail to the actor, to try whether mails are sent.
///
/// # Errors
/// 422 where none are.
pub async fn try_out(tx: &mut Tx, actor: &Actor, pen: Option<Pen<'_>>) -> Result<Detail> {
    let pen = pen.ok_or_else(not_configured)?;
    let desk = settings::NAME.now(tx).await?;
    let (subject, text) = words::test(&actor.user, &desk);
    let letter = Letter { kind: MailKind::Test, to: &actor.user, subject, text };
    let mail = write(tx, pen, Some(actor), letter).await?;
    Ok(Detail { mail, attempts: Vec::new() })
}

/// Lists mails, newest first, of one state when given.
pub async fn list(tx: &mut Tx, state: Option<DeliveryState>, page: Page) -> Result<Listed<Detail>> {
    let Listed { count, records } = mail_delivery::list(tx, state, page).await?;
    let ids: Vec<MailId> = records.iter().map(|mail| mail.id.clone()).collect();
    let all = mail_delivery::attempts(tx, &ids).await?;
    Ok(Listed { count, records: records.into_iter().map(|mail| Detail::new(mail, &all)).collect() })
}

/// Finds a mail with its tries.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, id: &MailId) -> Result<Detail> {
    let mail = mail_delivery::find(tx, id).await?.ok_or(Error::NotFound("mail"))?;
    let attempts = mail_delivery::attempts(tx, std::slice::from_ref(id)).await?;
    Ok(Detail::new(mail, &attempts))
}

/// Has a mail that has not been taken sent at once; it has 24 hours again.
///
/// # Errors
/// 404; 422 when it has been taken: what it said is not kept any longer.
pub async fn resend(tx: &mut Tx, actor: &Actor, id: &MailId) -> Result<Detail> {
    let mut mail = mail_delivery::lock(tx, id).await?.ok_or(Error::NotFound("mail"))?;
    if mail.state == DeliveryState::Delivered {
        let message = "this mail has been sent, and what it said is not kept";
        return Err(Error::Unprocessable("mail_sent", message.into()));
    }
    let now = tx.now();
    mail.state = DeliveryState::Pending;
    mail.retry = 0;
    mail.next_attempt_at = now;
    mail.expires_at = now.plus_seconds(KEPT_SECONDS);
    mail.updated_at = now;
    tx.update(&mail).await?;
    note_change(tx, Some(actor), MAIL_DELIVERY, id.as_str(), Change::Updated);
    find(tx, id).await
}

/// Parks what has waited for 24 hours where no server sends mails; tells whether there is more.
pub async fn park_expired(tx: &mut Tx) -> Result<bool> {
    let before = tx.now().plus_seconds(-GRACE_SECONDS);
    Ok(mail_delivery::park_expired(tx, before, BATCH).await? > 0)
}

/// Removes mails that were taken a week ago, or parked thirty days ago; tells whether there are more.
pub async fn forget_old(tx: &mut Tx) -> Result<bool> {
    let now = tx.now();
    let [delivered, parked] = [DELIVERED_DAYS, PARKED_DAYS].map(|days| now.plus_seconds(-days * 24 * 3600));
    Ok(mail_delivery::forget(tx, delivered, parked, BATCH).await? > 0)
}
