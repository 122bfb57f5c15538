//! What servers and programs report of mails of ours: that one was not delivered to somebody, or that it was, or that it
//! was shown. What is known of a recipient never becomes less than it was.

use model::{ContentId, EventType, ExportState, MailState, SyncStatus};
use serde_json::json;
use store::content::{self, Content};
use store::mail::{self as rows, MailRecipient};
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::{Scope, Tx, export};

use crate::base::{Result, journal};
use crate::conversation::thread::note_outcome;
use crate::conversation::{dead_address, resume};

/// The code of an export whose mail came back.
pub(crate) const BOUNCED: &str = "bounced";
/// Longest reason that is kept, in characters.
const REASON_MAX: usize = 1000;

/// What is reported of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Of whom, and what.
    pub recipients: Vec<Reported>,
}

/// What is reported of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The address, in lower case; none where the report does not say whose it is about.
    pub address: Option<String>,
    /// How the mail fares; none for what changes nothing, such as that it is late.
    pub state: Option<MailState>,
    /// The code that says more.
    pub code: Option<String>,
    /// In words.
    pub reason: Option<String>,
}

fn rank(state: MailState) -> u8 {
    match state {
        MailState::Waiting => 0,
        MailState::Sent => 1,
        MailState::Failed => 2,
        MailState::Delivered => 3,
        MailState::Read => 4,
    }
}

/// Takes over what is reported of the mail of a content, where that is one of the source.
pub(crate) async fn note(tx: &mut Tx, source: &Source, about: &ContentId, report: &Report) -> Result<()> {
    let scope = Scope::Sources(vec![source.id.clone()]);
    let Some(found) = content::find(tx, &scope, about).await? else { return Ok(()) };
    let Some(mut thread) = threads::lock(tx, &scope, &found.thread_id).await? else { return Ok(()) };
    let Some(mut content) = content::find(tx, &scope, about).await? else { return Ok(()) };
    let before = rows::recipients(tx, about).await?;
    let mut after = before.clone();
    for reported in &report.recipients {
        apply(tx, &mut after, reported).await?;
    }
    let (failed_before, failed) = (first_failed(&before), first_failed(&after));
    match (failed_before, failed) {
        (None, Some(recipient)) => fail(tx, &mut content, &mut thread, source, recipient).await?,
        (Some(_), None) => recover(tx, &mut content, &mut thread, source).await?,
        _ => {}
    }
    let all = |rows: &[MailRecipient], least: MailState| {
        let mut to = rows.iter().filter(|one| one.field == "to").peekable();
        to.peek().is_some() && to.all(|one| rank(one.state) >= rank(least))
    };
    let (delivered, read) = (all(&after, MailState::Delivered), all(&after, MailState::Read));
    if delivered && content.delivered_at.is_none() || read && content.read_at.is_none() {
        reach(tx, &mut content, &mut thread, source, read).await?;
    }
    Ok(())
}

/// Notes that a content lies in the mailboxes of all whom it was written to, or was shown to them.
async fn reach(tx: &mut Tx, content: &mut Content, thread: &mut Thread, source: &Source, read: bool) -> Result<()> {
    let now = tx.now();
    let new = content.delivered_at.is_none();
    content.delivered_at.get_or_insert(now);
    content.read_at = content.read_at.or(read.then_some(now));
    content.updated_at = now;
    tx.update::<Content>(content).await?;
    if new {
        journal::content(tx, EventType::ContentDelivered, None, content, thread, source);
    }
    if read {
        thread.visitor_unread = (thread.visitor_unread - 1).max(0);
        tx.update::<Thread>(thread).await?;
        let more = json!({"reader": "customer", "content_ids": [content.id]});
        journal::thread(tx, EventType::ContentRead, None, thread, more);
    }
    Ok(())
}

/// Notes what is reported of one recipient, or of all where it does not say of whom.
async fn apply(tx: &mut Tx, recipients: &mut [MailRecipient], reported: &Reported) -> Result<()> {
    let alone = recipients.len() == 1;
    for recipient in recipients {
        let meant = match &reported.address {
            Some(address) => *address == recipient.address || alone && reported.state == Some(MailState::Failed),
            None => recipient.field == "to",
        };
        // That one is late says nothing of a recipient of whom more is known.
        let news = match reported.state {
            Some(state) => rank(state) > rank(recipient.state),
            None => rank(recipient.state) <= rank(MailState::Sent),
        };
        if !meant || !news {
            continue;
        }
        recipient.state = reported.state.unwrap_or(recipient.state);
        recipient.code.clone_from(&reported.code);
        recipient.reason = reported.reason.as_deref().map(|text| text::beginning(text, REASON_MAX).to_owned());
        rows::update_recipient(tx, recipient).await?;
        // What an address passes on to another one is no fault of its own.
        let named = reported.address.as_ref().is_none_or(|address| *address == recipient.address);
        if matches!(reported.state, Some(MailState::Delivered | MailState::Read)) {
            dead_address::works(tx, &recipient.address).await?;
        }
        if reported.state == Some(MailState::Failed) && named {
            dead_address::note(tx, &recipient.address, reported.code.as_deref()).await?;
        }
    }
    Ok(())
}

/// The first of those whom a mail was written to that does not get it.
fn first_failed(recipients: &[MailRecipient]) -> Option<&MailRecipient> {
    recipients.iter().find(|one| one.field == "to" && one.state == MailState::Failed)
}

/// Shows that a content did not arrive. It can be sent again.
async fn fail(
    tx: &mut Tx,
    content: &mut Content,
    thread: &mut Thread,
    source: &Source,
    recipient: &MailRecipient,
) -> Result<()> {
    let now = tx.now();
    let said = recipient.reason.clone().or_else(|| recipient.code.clone()).unwrap_or_default();
    let reason = format!("not delivered to {}: {said}", recipient.address);
    let reason = text::beginning(reason.trim_end_matches([' ', ':']), REASON_MAX).to_owned();
    if let Some(mut export) = export::find_locked(tx, &content.id).await?
        && export.state == ExportState::Delivered
    {
        export.state = ExportState::Parked;
        export.reason_code = Some(BOUNCED.into());
        export.last_error = Some(reason.clone());
        export.updated_at = now;
        tx.update(&export).await?;
    }
    content.synchronization_status = Some(SyncStatus::Error);
    content.synchronization_error = Some(reason);
    content.updated_at = now;
    tx.update::<Content>(content).await?;
    resume::after_failure(tx, thread, source, content).await?;
    note_outcome(tx, thread, content).await?;
    journal::content(tx, EventType::ContentExported, None, content, thread, source);
    Ok(())
}

/// Shows that a content has arrived after all.
async fn recover(tx: &mut Tx, content: &mut Content, thread: &mut Thread, source: &Source) -> Result<()> {
    let now = tx.now();
    if let Some(mut export) = export::find_locked(tx, &content.id).await?
        && export.state == ExportState::Parked
    {
        export.state = ExportState::Delivered;
        export.reason_code = None;
        export.last_error = None;
        export.updated_at = now;
        tx.update(&export).await?;
    }
    content.synchronization_status = Some(SyncStatus::Success);
    content.synchronization_error = None;
    content.updated_at = now;
    tx.update::<Content>(content).await?;
    note_outcome(tx, thread, content).await?;
    journal::content(tx, EventType::ContentExported, None, content, thread, source);
    Ok(())
}
