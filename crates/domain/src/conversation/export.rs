//! Handing agents' contents to their source (`docs/sdks/source-sdk/{objects,action-details}.md`): which one is next,
//! what it consists of, and what its end means. The worker does the talking.
//!
//! The contents of a thread go out one after the other, in the order in which they were written: while one waits for
//! its next try, those behind it wait too. The guide gives up after three tries; here a content is tried for a day,
//! since a third party that is down over lunch must not cost a customer an answer. Then, or when the third party says
//! that trying again is of no use, the content has the status `error`, and an agent can send it on its way again.

use model::{ContentId, DeliveryState, EventType, SourceId, SourcePermission, SyncStatus, Timestamp};
use store::ahead::Ahead;
use store::attachment::{self, Attachment};
use store::content::{self, Content};
use store::export::{self, Export};
use store::identity::{self, Identity};
use store::source::{self, Source};
use store::thread::{self as threads, Thread};
use store::{Scope, Tx};

use crate::base::{Actor, Error, Result, journal, lease::LEASE_SECONDS};
use crate::conversation::{structured, thread};

/// Seconds from a failure to the next try: after the first, the second, and so on; the last goes on.
const STEPS: [i64; 5] = [10, 30, 120, 600, 3600];
/// How long a content is tried, in seconds.
const KEPT_SECONDS: i64 = 24 * 3600;
/// Longest reason that is kept, in characters.
const REASON_MAX: usize = 1000;

/// The times of exports that are set ahead of the clock, and how far.
#[must_use]
pub fn ahead() -> Vec<Ahead> {
    let tries = std::iter::once(LEASE_SECONDS).chain(STEPS.map(|step| step.max(LEASE_SECONDS)));
    vec![Ahead::ExportTry(tries.collect()), Ahead::ExportEnd(KEPT_SECONDS)]
}

/// Sends a content that was just written on its way.
///
/// # Errors
/// As the store says.
pub async fn begin(tx: &mut Tx, content: &Content) -> Result<()> {
    let now = tx.now();
    let export = Export {
        content_id: content.id.clone(),
        source_id: content.source_id.clone(),
        thread_id: content.thread_id.clone(),
        ordinal: content.ordinal,
        state: DeliveryState::Pending,
        attempts_count: 0,
        failures_count: 0,
        next_attempt_at: now,
        expires_at: now.plus_seconds(KEPT_SECONDS),
        last_error: None,
        leased_by: None,
        created_at: now,
        updated_at: now,
    };
    Ok(tx.insert(&export).await?)
}

/// When the next export of a source is due; none when there is none, or the source is switched off: its contents
/// wait until it is switched on.
///
/// # Errors
/// As the store says.
pub async fn next_due(tx: &mut Tx, source: &SourceId) -> Result<Option<Timestamp>> {
    match source::find(tx, source).await? {
        Some(found) if found.active => Ok(export::next_due(tx, source).await?),
        _ => Ok(None),
    }
}

/// Takes exports that are due, at most `limit`, and none of `busy`: those that `process` is still at. Each is leased:
/// when whoever took it dies, it is due again later.
///
/// # Errors
/// As the store says.
pub async fn take(
    tx: &mut Tx,
    source: &SourceId,
    process: &str,
    busy: &[ContentId],
    limit: usize,
) -> Result<Vec<Export>> {
    let most = i64::try_from(limit + busy.len()).unwrap_or(i64::MAX);
    let mut taken = export::due(tx, source, most).await?;
    taken.retain(|export| !busy.contains(&export.content_id));
    taken.truncate(limit);
    for export in &mut taken {
        export.attempts_count += 1;
        export.next_attempt_at = tx.now().plus_seconds(LEASE_SECONDS);
        export.leased_by = Some(process.to_owned());
        export.updated_at = tx.now();
        tx.update(export).await?;
    }
    Ok(taken)
}

/// Says of a taken export that its process is still at it.
///
/// # Errors
/// As the store says.
pub async fn renew(tx: &mut Tx, taken: &Export) -> Result<()> {
    let until = tx.now().plus_seconds(LEASE_SECONDS);
    Ok(export::renew(tx, taken, until).await?)
}

/// Everything that a request for one content is made of.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The content.
    pub content: Content,
    /// Its thread.
    pub thread: Thread,
    /// Where it goes.
    pub source: Source,
    /// As whom it is written.
    pub author: Identity,
    /// What it answers.
    pub answered: Option<Content>,
    /// To whom it is written.
    pub recipient: Option<Identity>,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// The pictures of its structured message.
    pub pictures: Vec<Attachment>,
    /// It was tried before.
    pub retry: bool,
}

/// Reads what the request for a taken export is made of.
///
/// # Errors
/// 404 when a part is gone.
pub async fn load(tx: &mut Tx, taken: &Export) -> Result<Outgoing> {
    let content = content::find(tx, &Scope::All, &taken.content_id).await?.ok_or(Error::NotFound("content"))?;
    let thread = threads::find(tx, &Scope::All, &content.thread_id).await?.ok_or(Error::NotFound("thread"))?;
    let source = source::find(tx, &content.source_id).await?.ok_or(Error::NotFound("source"))?;
    let author = identity::find(tx, &content.author_id).await?.ok_or(Error::NotFound("identity"))?;
    let answered = match &content.in_reply_to_id {
        Some(id) => content::find(tx, &Scope::All, id).await?,
        None => None,
    };
    // Who answers a colleague's content speaks to the customer.
    let customer = answered.as_ref().filter(|a| !a.is_from_agent()).map(|a| a.author_id.clone());
    let recipient = match customer.or_else(|| thread.identity_id.clone()) {
        Some(id) => identity::find(tx, &id).await?,
        None => None,
    };
    let attachments = attachment::of_contents(tx, std::slice::from_ref(&content.id)).await?;
    let pictures = attachment::by_ids(tx, &structured::pictures(&content)).await?;
    let retry = taken.attempts_count > 1;
    Ok(Outgoing { content, thread, source, author, answered, recipient, attachments, pictures, retry })
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The third party has it, under this id when it told one.
    Done(Option<String>),
    /// The third party does not want it, now or later.
    Refused(String),
    /// It did not work; the next try may.
    Failed(String),
}

/// Writes down how a try ended. A failure that comes after somebody else has taken the export is not counted.
///
/// # Errors
/// As the store says.
pub async fn note(tx: &mut Tx, taken: &Export, outcome: Outcome) -> Result<()> {
    let Some(thread) = threads::lock(tx, &Scope::All, &taken.thread_id).await? else { return Ok(()) };
    let Some(mut export) = export::find(tx, &taken.content_id).await? else { return Ok(()) };
    if export.state != DeliveryState::Pending {
        return Ok(());
    }
    let reason = match outcome {
        Outcome::Done(foreign_id) => return end(tx, export, thread, Ok(foreign_id)).await,
        _ if export.attempts_count != taken.attempts_count => return Ok(()),
        Outcome::Refused(reason) => return end(tx, export, thread, Err(short(&reason))).await,
        Outcome::Failed(reason) => short(&reason),
    };
    let now = tx.now();
    if now >= export.expires_at {
        return end(tx, export, thread, Err(reason)).await;
    }
    export.next_attempt_at = now.plus_seconds(pause(export.failures_count)).min(export.expires_at);
    export.failures_count += 1;
    export.last_error = Some(reason);
    export.leased_by = None;
    export.updated_at = now;
    Ok(tx.update(&export).await?)
}

/// Seconds from a failure to the next try, after so many earlier failures.
fn pause(failures: i64) -> i64 {
    let step = usize::try_from(failures).unwrap_or(usize::MAX).min(STEPS.len() - 1);
    STEPS[step]
}

fn short(reason: &str) -> String {
    text::beginning(reason, REASON_MAX).to_owned()
}

/// Ends an export: the content has arrived, under its id on the other side, or it has not and that is why.
async fn end(
    tx: &mut Tx,
    mut export: Export,
    mut thread: Thread,
    arrived: std::result::Result<Option<String>, String>,
) -> Result<()> {
    let now = tx.now();
    let found = content::find(tx, &Scope::All, &export.content_id).await?;
    let mut content = found.ok_or(Error::NotFound("content"))?;
    let source = source::find(tx, &content.source_id).await?.ok_or(Error::NotFound("source"))?;
    export.leased_by = None;
    export.updated_at = now;
    content.updated_at = now;
    match arrived {
        Ok(foreign_id) => {
            export.state = DeliveryState::Delivered;
            export.last_error = None;
            content.synchronization_status = Some(SyncStatus::Success);
            content.synchronization_error = None;
            if let Some(foreign_id) = foreign_id {
                adopt(tx, &mut content, &mut thread, foreign_id).await?;
            }
        }
        Err(reason) => {
            export.state = DeliveryState::Parked;
            export.last_error = Some(reason.clone());
            content.synchronization_status = Some(SyncStatus::Error);
            content.synchronization_error = Some(reason);
        }
    }
    tx.update(&export).await?;
    tx.update(&content).await?;
    journal::content(tx, EventType::ContentExported, None, &content, &thread, &source);
    Ok(())
}

/// Takes over the id that the third party gave. One that it has given before stays where it is: most likely it sent
/// us our own content before it answered.
async fn adopt(tx: &mut Tx, content: &mut Content, thread: &mut Thread, foreign_id: String) -> Result<()> {
    let source = content.source_id.clone();
    if content::find_of_kind(tx, &source, &content.kind, &foreign_id).await?.is_some() {
        tracing::warn!(content = %content.id, foreign_id, "the third party gave this id before");
        return Ok(());
    }
    if content.kind == "thread"
        && thread.foreign_id.is_none()
        && store::thread::find_foreign(tx, &source, &foreign_id).await?.is_none()
    {
        thread.foreign_id = Some(foreign_id.clone());
        thread.updated_at = tx.now();
        tx.update(thread).await?;
    }
    content.foreign_id = Some(foreign_id);
    Ok(())
}

/// Sends a content whose export has failed on its way again, for another day.
///
/// # Errors
/// 404; 403 without the permission to reply on its source; 422 when its export has not failed.
pub async fn retry(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Content> {
    let found = content::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("content"))?;
    let (thread, source) = thread::lock(tx, actor, &found.thread_id).await?;
    actor.require_on(&source.id, SourcePermission::Reply)?;
    let mut content = content::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("content"))?;
    let export = export::find(tx, id).await?;
    let failed = content.synchronization_status == Some(SyncStatus::Error);
    let Some(mut export) = export.filter(|_| failed) else {
        let message = "only a content that did not reach the other side can be sent again";
        return Err(Error::Unprocessable("export_not_failed", message.into()));
    };
    let now = tx.now();
    export.state = DeliveryState::Pending;
    export.failures_count = 0;
    export.next_attempt_at = now;
    export.expires_at = now.plus_seconds(KEPT_SECONDS);
    export.updated_at = now;
    tx.update(&export).await?;
    content.synchronization_status = Some(SyncStatus::Pending);
    content.synchronization_error = None;
    content.updated_at = now;
    tx.update(&content).await?;
    journal::content(tx, EventType::ContentExportRetried, Some(&actor.user.id), &content, &thread, &source);
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour() {
        assert_eq!([0, 1, 2, 3, 4, 5, 40].map(pause), [10, 30, 120, 600, 3600, 3600, 3600]);
    }
}
