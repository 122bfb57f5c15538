//! Mails on their way: how one is written, taken, and what its end means.

use model::{DeliveryState, MAIL_DELIVERY, MailId, MailKind, SourceId, ThreadId, Timestamp, UserId};
use store::Tx;
use store::ahead::Ahead;
use store::chat_mail;
use store::mail_delivery::{self, MailAttempt, MailDelivery};
use store::source;
use store::user::User;

use crypto::{Keys, random_hex};

use crate::base::lease::LEASE_SECONDS;
use crate::base::{Actor, Change, Error, Result, note_change};
use crate::setup::source_settings;

/// Seconds from a failure to the next try: after the first, the second, and so on; the last goes on.
const STEPS: [i64; 4] = [60, 300, 1800, 7200];
/// How long a mail to a visitor is tried: to the end of these steps, once each.
pub(crate) const LADDER_SECONDS: i64 = STEPS[0] + STEPS[1] + STEPS[2] + STEPS[3];
/// How long a mail is tried, in seconds.
pub(super) const KEPT_SECONDS: i64 = 24 * 3600;
/// Longest reason or answer that is kept, in characters.
const REASON_MAX: usize = 1000;

/// The times of mails that are set ahead of the clock, and how far.
#[must_use]
pub fn ahead() -> Vec<Ahead> {
    vec![
        Ahead::MailTry(std::iter::once(0).chain(STEPS).collect()),
        Ahead::MailLease(LEASE_SECONDS),
        Ahead::MailEnd(KEPT_SECONDS),
        Ahead::MailDelivered,
        Ahead::MailParked,
    ]
}

/// What it takes to write mails, where some are sent.
#[derive(Clone, Copy)]
pub struct Pen<'a> {
    /// Seals what they say.
    pub keys: &'a Keys,
    /// The domain of the address that they come from.
    pub domain: &'a str,
    /// The address of this server.
    pub url: &'a str,
}

/// A mail to a user.
pub(crate) struct Letter<'a> {
    pub(crate) kind: MailKind,
    pub(crate) to: &'a User,
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// Writes a mail; it is on its way once the transaction has committed.
pub(crate) async fn write(
    tx: &mut Tx,
    pen: Pen<'_>,
    actor: Option<&Actor>,
    letter: Letter<'_>,
) -> Result<MailDelivery> {
    let Letter { kind, to, subject, text } = letter;
    let (user_id, recipient) = (Some(to.id.clone()), to.email.clone());
    let recipient_name = Some(to.name()).filter(|name| !name.is_empty());
    let mail = Outgoing { user_id, recipient_name, ..Outgoing::new(kind, recipient, subject, text) };
    send(tx, pen, actor, mail).await
}

/// A mail to anybody.
pub(crate) struct Outgoing {
    pub(crate) kind: MailKind,
    pub(crate) user_id: Option<UserId>,
    pub(crate) recipient: String,
    pub(crate) recipient_name: Option<String>,
    /// Who it is from, where that is not the desk.
    pub(crate) sender_name: Option<String>,
    /// The visitor's source and conversation.
    pub(crate) about: Option<(SourceId, ThreadId)>,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: Option<String>,
    /// What its `Message-ID` begins with, rather than with its own id.
    pub(crate) named: Option<String>,
    /// For how many seconds it is tried.
    pub(crate) kept: i64,
}

impl Outgoing {
    /// One without anything that it need not have.
    pub(crate) fn new(kind: MailKind, recipient: String, subject: String, text: String) -> Self {
        Self {
            kind,
            user_id: None,
            recipient,
            recipient_name: None,
            sender_name: None,
            about: None,
            subject,
            text,
            html: None,
            named: None,
            kept: KEPT_SECONDS,
        }
    }
}

/// Writes a mail to anybody; it is on its way once the transaction has committed.
pub(crate) async fn send(tx: &mut Tx, pen: Pen<'_>, actor: Option<&Actor>, given: Outgoing) -> Result<MailDelivery> {
    let Outgoing { kind, user_id, recipient, recipient_name, sender_name, about, .. } = given;
    let Outgoing { subject, text, html, named, kept, .. } = given;
    let now = tx.now();
    let id = MailId::new(now);
    let named = named.unwrap_or_else(|| id.to_string());
    let (source_id, thread_id) = about.unzip();
    let mail = MailDelivery {
        kind,
        user_id,
        recipient,
        recipient_name,
        subject,
        sealed_text: Some(pen.keys.seal(id.as_str(), &text)),
        sealed_html: html.map(|html| pen.keys.seal(id.as_str(), &html)),
        sender_name,
        source_id,
        thread_id,
        message_id: format!("<{named}.{}@{}>", random_hex(8), pen.domain),
        state: DeliveryState::Pending,
        attempts_count: 0,
        retry: 0,
        next_attempt_at: now,
        leased_until: None,
        leased_by: None,
        expires_at: now.plus_seconds(kept),
        delivered_at: None,
        created_at: now,
        updated_at: now,
        id,
    };
    tx.insert(&mail).await?;
    note_change(tx, actor, MAIL_DELIVERY, mail.id.as_str(), Change::Created);
    Ok(mail)
}

/// When the next mail is due; none when nothing waits.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>> {
    Ok(mail_delivery::next_due(tx).await?)
}

/// Takes mails that are due, at most `limit`, and none of `busy`: those that `process` is still at. Each is leased: when
/// whoever took it dies, it is due again later.
pub async fn take(tx: &mut Tx, process: &str, busy: &[MailId], limit: usize) -> Result<Vec<MailDelivery>> {
    let most = i64::try_from(limit + busy.len()).unwrap_or(i64::MAX);
    let mut due = mail_delivery::due(tx, most).await?;
    // One never outlives its lease, but on a clock that jumps it may seem to.
    due.retain(|mail| !busy.contains(&mail.id));
    due.truncate(limit);
    let mut taken = Vec::with_capacity(due.len());
    for mail in due {
        // What it tells of may have been read since it was written, or since the last try, or such mails switched off.
        if mail.kind == MailKind::Unread && !(is_on(tx, &mail).await? && chat_mail::is_wanted(tx, &mail.id).await?) {
            chat_mail::take_back(tx, &mail.id).await?;
            note_change(tx, None, MAIL_DELIVERY, mail.id.as_str(), Change::Deleted);
        } else {
            taken.push(mail);
        }
    }
    for mail in &mut taken {
        mail.attempts_count += 1;
        mail.leased_until = Some(tx.now().plus_seconds(LEASE_SECONDS));
        mail.leased_by = Some(process.to_owned());
        mail.updated_at = tx.now();
        tx.update(mail).await?;
    }
    Ok(taken)
}

/// Whether the source of a mail still sends such ones.
async fn is_on(tx: &mut Tx, mail: &MailDelivery) -> Result<bool> {
    let Some(id) = &mail.source_id else { return Ok(true) };
    Ok(source::find(tx, id).await?.is_some_and(|source| source_settings::is_on(&source, "unread_email")))
}

/// Says of a taken mail that its process is still at it.
pub async fn renew(tx: &mut Tx, taken: &MailDelivery) -> Result<()> {
    let until = tx.now().plus_seconds(LEASE_SECONDS);
    Ok(mail_delivery::renew(tx, taken, until).await?)
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// What became of it.
    pub went: Went,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Went {
    /// The server has taken the mail; its answer.
    Sent(String),
    /// The mail itself is not wanted, now or later: the code of the answer and the reason.
    Refused(Option<u16>, String),
    /// It did not work; the next try may.
    Failed(Option<u16>, String),
}

/// Writes down how a try ended. A failure that comes after somebody else has taken the mail changes nothing for them.
pub async fn note(tx: &mut Tx, taken: &MailDelivery, outcome: Outcome) -> Result<()> {
    // Its user may have been removed meanwhile, and it with them.
    let Some(mut mail) = mail_delivery::lock(tx, &taken.id).await? else { return Ok(()) };
    let now = tx.now();
    note_attempt(tx, taken, &outcome).await?;
    let ours = (mail.attempts_count, &mail.leased_by) == (taken.attempts_count, &taken.leased_by);
    if ours {
        (mail.leased_until, mail.leased_by) = (None, None);
    }
    match outcome.went {
        Went::Sent(_) => {
            mail.state = DeliveryState::Delivered;
            mail.delivered_at = Some(now);
            (mail.sealed_text, mail.sealed_html) = (None, None);
        }
        _ if !ours || mail.state != DeliveryState::Pending => {}
        Went::Failed(..) if now < mail.expires_at => {
            mail.next_attempt_at = now.plus_seconds(pause(mail.retry)).min(mail.expires_at);
            mail.retry += 1;
        }
        Went::Refused(..) | Went::Failed(..) => mail.state = DeliveryState::Parked,
    }
    mail.updated_at = now;
    Ok(tx.update(&mail).await?)
}

async fn note_attempt(tx: &mut Tx, taken: &MailDelivery, outcome: &Outcome) -> Result<()> {
    let short = |text: &str| Some(text::beginning(&without_addresses(text), REASON_MAX).to_owned());
    let (code, error, answer) = match &outcome.went {
        Went::Sent(answer) => (None, None, short(answer)),
        Went::Refused(code, reason) | Went::Failed(code, reason) => (code.map(i64::from), short(reason), None),
    };
    let Outcome { at, duration_ms, .. } = *outcome;
    let (mail_id, number) = (taken.id.clone(), taken.attempts_count);
    Ok(tx.insert(&MailAttempt { mail_id, number, at, code, error, answer, duration_ms }).await?)
}

/// Seconds from a failure to the next try, after so many earlier failures.
fn pause(failures: i64) -> i64 {
    let step = usize::try_from(failures).unwrap_or(usize::MAX).min(STEPS.len() - 1);
    STEPS[step]
}

/// No mail is sent here.
pub(crate) fn not_configured() -> Error {
    Error::Unprocessable(
        "mail_not_configured",
        "this server sends no mails: [mail] in its configuration is empty".into(),
    )
}

/// An answer of a server without the addresses of pages in it: one that quotes what it refuses could quote the link that
/// opens an account.
fn without_addresses(text: &str) -> String {
    let word = |word: &str| if word.contains("://") { "…".to_owned() } else { word.to_owned() };
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_quotes_shows_no_link() {
        let quoted = "550 5.7.1 refused: http://desk.test/invitation#abc is on a list";
        assert_eq!(without_addresses(quoted), "550 5.7.1 refused: … is on a list");
    }

    #[test]
    fn pauses_grow_to_two_hours() {
        assert_eq!([0, 1, 2, 3, 4, 40].map(pause), [60, 300, 1800, 7200, 7200, 7200]);
    }
}
