//! Handing agents' contents to their source (`docs/sdks/source-sdk/{objects,action-details}.md`): which one is next, and
//! what it consists of; `export_attempt` has what its end means. The worker does the talking.
//!
//! A content takes one request or several, its parts, in order; one that has arrived is never sent again. The contents of a
//! thread go out one after the other, in the order in which they were written: while one waits for its next try, those
//! behind it wait too. Every try is written down when it begins, so that a crash leaves one without an end.
//!
//! A content that did not arrive, or of which that is not known, has the status `error`; an agent can send it on its way
//! again, or say that it has arrived.

use model::{
    ContentId, EventType, ExportId, ExportState, PartState, SourceId, SourcePermission, SyncStatus, Timestamp,
};
use store::ahead::Ahead;
use store::attachment::{self, Attachment};
use store::content::{self, Content};
use store::export::{self, Attempt, Export, Part};
use store::identity::{self, Identity};
use store::source::{self, Source};
use store::thread::{self as threads, Thread};
use store::{Scope, Tx};

use crate::base::{Actor, Error, Result, journal, lease::LEASE_SECONDS};
use crate::conversation::export_attempt::{longest_pauses, repeats, settle};
use crate::conversation::mail_post::{self, Posted, Posting};
use crate::conversation::{mail_report, structured, thread};

pub use crate::conversation::export_attempt::{
    Answered, NEEDS_REAUTH, Outcome, RECIPIENTS, Reason, Taken, Tried, keep_parts, note,
};

/// How long a content is tried, in seconds.
const KEPT_SECONDS: i64 = 24 * 3600;
/// By how many seconds that becomes longer at the most while nobody lets the server in.
const LOCKED_SECONDS: i64 = 7 * 24 * 3600;
/// How many tries are forgotten in one transaction.
const BATCH: i64 = 500;

/// The times of exports that are set ahead of the clock, and how far.
#[must_use]
pub fn ahead() -> Vec<Ahead> {
    let steps = std::iter::once(LEASE_SECONDS).chain(longest_pauses().map(|step| step.max(LEASE_SECONDS)));
    let tries = Ahead::ExportTry { steps: steps.collect(), wait: KEPT_SECONDS };
    vec![tries, Ahead::ExportEnd(KEPT_SECONDS), Ahead::ExportAttempt]
}

/// Sends a content that was just written on its way.
pub async fn begin(tx: &mut Tx, content: &Content) -> Result<()> {
    let export = new(content, tx.now());
    Ok(tx.insert(&export).await?)
}

/// The export of a content.
pub(crate) fn new(content: &Content, now: Timestamp) -> Export {
    Export {
        id: ExportId::new(now),
        content_id: content.id.clone(),
        source_id: content.source_id.clone(),
        thread_id: content.thread_id.clone(),
        operation: export::CREATE.into(),
        actor_identity_id: None,
        user_id: None,
        lane: content.thread_id.to_string(),
        ordinal: content.ordinal,
        state: ExportState::Pending,
        attempts_count: 0,
        failures_count: 0,
        waits_count: 0,
        next_attempt_at: now,
        expires_at: now.plus_seconds(KEPT_SECONDS),
        reason_code: None,
        last_error: None,
        leased_by: None,
        created_at: now,
        updated_at: now,
    }
}

/// What a source's lane should do next.
#[derive(Debug)]
pub enum Plan {
    /// The source is gone.
    End,
    /// Nothing is due before this time; none when nothing waits, or the source is switched off: its contents wait until it
    /// is switched on.
    Due(Option<Timestamp>),
}

/// Looks when the next export of a source is due. While the source asks to wait, none is.
pub async fn plan(tx: &mut Tx, source: &SourceId) -> Result<Plan> {
    let Some(found) = source::find(tx, source).await? else { return Ok(Plan::End) };
    let due = if found.active { export::next_due(tx, source).await? } else { None };
    let Some(due) = due else { return Ok(Plan::Due(None)) };
    let rest = export::waits_until(tx, source).await?;
    Ok(Plan::Due(Some(rest.map_or(due, |rest| rest.max(due)))))
}

/// Takes exports that are due, at most `limit`, and none of `busy`: those that `process` is still at. Each is leased:
/// when whoever took it dies, it is due again later.
pub async fn take(
    tx: &mut Tx,
    source: &SourceId,
    process: &str,
    busy: &[ExportId],
    limit: usize,
) -> Result<Vec<Taken>> {
    let Some(found) = source::find(tx, source).await? else { return Ok(Vec::new()) };
    if export::waits_until(tx, source).await?.is_some() {
        return Ok(Vec::new());
    }
    let most = i64::try_from(limit + busy.len()).unwrap_or(i64::MAX);
    let mut due = export::due(tx, source, most).await?;
    due.retain(|export| !busy.contains(&export.id));
    due.truncate(limit);
    let mut taken = Vec::with_capacity(due.len());
    for export in due {
        let repeats = repeats(&found, &export);
        taken.push(lease(tx, export, process, repeats).await?);
    }
    Ok(taken)
}

async fn lease(tx: &mut Tx, mut export: Export, process: &str, repeats: bool) -> Result<Taken> {
    let (now, tried) = (tx.now(), export.attempts_count > 0);
    let parts = if tried { export::parts(tx, &export.id).await? } else { Vec::new() };
    let part = parts.iter().find(|part| part.state != PartState::Sent).map_or(0, |part| part.ordinal);
    let lost = tried && !repeats && export::is_open(tx, &export.id, export.attempts_count).await?;
    if export.reason_code.as_deref() == Some(NEEDS_REAUTH) {
        // It has waited for somebody to let the server in: its day is longer by as much.
        let waited = now.seconds_since(export.updated_at).max(0);
        let most = export.created_at.plus_seconds(KEPT_SECONDS + LOCKED_SECONDS);
        export.expires_at = export.expires_at.plus_seconds(waited).min(most).max(export.expires_at);
    }
    export.attempts_count += i64::from(!lost);
    export.next_attempt_at = now.plus_seconds(LEASE_SECONDS);
    export.leased_by = Some(process.to_owned());
    export.updated_at = now;
    tx.update(&export).await?;
    if !lost {
        let (export_id, number) = (export.id.clone(), export.attempts_count);
        export::begin_attempt(tx, &Attempt::begin(export_id, number, part, now)).await?;
    }
    Ok(Taken { export, part, lost })
}

/// Says of a taken export that its process is still at it.
pub async fn renew(tx: &mut Tx, taken: &Taken) -> Result<()> {
    let until = tx.now().plus_seconds(LEASE_SECONDS);
    Ok(export::renew(tx, &taken.export, until).await?)
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
    /// Its parts; none when it was not tried before.
    pub parts: Vec<Part>,
    /// It was tried before.
    pub retry: bool,
    /// What its mail is made of, where it is one.
    pub mail: Option<Posting>,
}

/// Reads what the request for a taken export is made of.
///
/// # Errors
/// 404 when a part is gone.
pub async fn load(tx: &mut Tx, taken: &Taken) -> Result<Outgoing> {
    let id = &taken.export.content_id;
    let content = content::find(tx, &Scope::All, id).await?.ok_or(Error::NotFound("content"))?;
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
    let parts = export::parts(tx, &taken.export.id).await?;
    let retry = taken.export.attempts_count > 1;
    let mut mail = mail_post::load(tx, &source, &content, answered.as_ref()).await?;
    if let Some(mail) = &mut mail {
        mail.copy = taken.export.is_copy();
        mail.only = mail_post::rest(tx, &content).await?;
    }
    Ok(Outgoing { content, thread, source, author, answered, recipient, attachments, pictures, parts, retry, mail })
}

/// Sends a content whose export has failed, or of which it is not known whether it has arrived, on its way again, for
/// another day. It begins with the first part that has not arrived.
///
/// # Errors
/// 404; 403 without the permission to reply on its source; 422 when its export has not failed.
pub async fn retry(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Content> {
    let (content, export, mut thread, source) = lock(tx, actor, id).await?;
    let failed = |export: &Export| matches!(export.state, ExportState::Parked | ExportState::Unknown);
    let Some(export) = export.filter(failed) else {
        let message = "only a content that did not reach the other side can be sent again";
        return Err(Error::Unprocessable("export_not_failed", message.into()));
    };
    for mut part in export::parts(tx, &export.id).await? {
        // What came back is sent once more, though it was sent.
        if part.state == PartState::Unknown || export.reason_code.as_deref() == Some(mail_report::BOUNCED) {
            part.state = PartState::Waiting;
            export::update_part(tx, &part).await?;
        }
    }
    begin_anew(tx, actor, export, content, (&mut thread, &source)).await
}

/// Notes that a content has arrived of which that was not known. What it has of further parts goes out.
///
/// # Errors
/// 404; 403 without the permission to reply on its source; 422 when it is known.
pub async fn mark_as_sent(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Content> {
    let (content, export, mut thread, source) = lock(tx, actor, id).await?;
    let Some(export) = export.filter(|export| export.state == ExportState::Unknown) else {
        let message = "it is known whether this content has reached the other side";
        return Err(Error::Unprocessable("export_not_unknown", message.into()));
    };
    let now = tx.now();
    let mut parts = export::parts(tx, &export.id).await?;
    for part in parts.iter_mut().filter(|part| part.state == PartState::Unknown) {
        (part.state, part.sent_at) = (PartState::Sent, Some(now));
        export::update_part(tx, part).await?;
    }
    if parts.iter().all(|part| part.state == PartState::Sent) {
        let foreign_id = parts.into_iter().next().and_then(|part| part.remote_id);
        let answered = Answered { foreign_id, ..Answered::default() };
        return settle(tx, export, thread, Some(&actor.user.id), Ok(answered)).await;
    }
    begin_anew(tx, actor, export, content, (&mut thread, &source)).await
}

/// Notes that a content has come back of which it was not known whether it went out: it did. `foreign_id` is what it is called,
/// `posted` how it went out as a mail.
pub(crate) async fn came_back(
    tx: &mut Tx,
    content: &Content,
    foreign_id: Option<String>,
    posted: Option<Posted>,
) -> Result<()> {
    let Some(thread) = threads::lock(tx, &Scope::All, &content.thread_id).await? else { return Ok(()) };
    let Some(export) = export::find_locked(tx, &content.id).await? else { return Ok(()) };
    let waits = export.state == ExportState::Pending && export.leased_by.is_none() && export.attempts_count > 0;
    if !waits && export.state != ExportState::Unknown {
        return Ok(());
    }
    for mut part in export::parts(tx, &export.id).await? {
        (part.state, part.sent_at) = (PartState::Sent, Some(tx.now()));
        export::update_part(tx, &part).await?;
    }
    let answered = Answered { foreign_id, posted, ..Answered::default() };
    settle(tx, export, thread, None, Ok(answered)).await.map(drop)
}

/// Gives an export another day.
async fn begin_anew(
    tx: &mut Tx,
    actor: &Actor,
    mut export: Export,
    mut content: Content,
    (thread, source): (&mut Thread, &Source),
) -> Result<Content> {
    let now = tx.now();
    export.state = ExportState::Pending;
    export.failures_count = 0;
    export.waits_count = 0;
    export.next_attempt_at = now;
    export.expires_at = now.plus_seconds(KEPT_SECONDS);
    export.reason_code = None;
    export.last_error = None;
    export.updated_at = now;
    tx.update(&export).await?;
    mail_post::begin_anew(tx, &content).await?;
    content.synchronization_status = Some(SyncStatus::Pending);
    content.synchronization_error = None;
    content.updated_at = now;
    tx.update(&content).await?;
    thread::note_failure(tx, thread).await?;
    journal::content(tx, EventType::ContentExportRetried, Some(&actor.user.id), &content, thread, source);
    Ok(content)
}

/// Holds the thread of a content that the actor may answer on.
async fn lock(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<(Content, Option<Export>, Thread, Source)> {
    let found = content::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("content"))?;
    let (thread, source) = thread::lock(tx, actor, &found.thread_id).await?;
    actor.require_on(&source.id, SourcePermission::Reply)?;
    let content = content::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("content"))?;
    let export = export::find_locked(tx, id).await?;
    Ok((content, export, thread, source))
}

/// How a content fares on its way, or what went out beside it, or an act on it.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Its export.
    pub export: Export,
    /// The parts of that, in order; none before the first try has ended.
    pub parts: Vec<Part>,
    /// The tries at it, oldest first.
    pub attempts: Vec<Attempt>,
}

/// Looks how a content fares on its way, where it takes one, with what went out beside it, and then the last acts on it, oldest
/// first.
///
/// # Errors
/// 404.
pub async fn ledger(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Vec<Ledger>> {
    content::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("content"))?;
    let mut all = export::last_acts(tx, id).await?;
    all.extend(export::beside(tx, id).await?);
    all.extend(export::find(tx, id).await?);
    let mut ledgers = Vec::with_capacity(all.len());
    for Export { id: of, .. } in all.into_iter().rev() {
        let attempts = export::attempts(tx, &of).await?;
        let parts = export::parts(tx, &of).await?;
        // Looked at last: a try that has ended meanwhile stands in it, and not only among the tries.
        let export = export::by_id(tx, &of).await?;
        ledgers.extend(export.map(|export| Ledger { export, parts, attempts }));
    }
    Ok(ledgers)
}

/// Removes tries that began more than so many days ago; tells whether there are more. 0 is for ever.
pub async fn forget_old(tx: &mut Tx, days: i64) -> Result<bool> {
    let before = tx.now().plus_seconds(-days * 24 * 3600);
    Ok(days > 0 && export::forget_attempts(tx, before, BATCH).await? > 0)
}
