//! A try at handing a content to its source: what was taken, how that ended, and what follows from it.
//!
//! The guide gives up after three tries; here a content is tried for a day, since a third party that is down over lunch must
//! not cost a customer an answer. An end that nobody knows is no failure: what was sent may have arrived, and only a source
//! that knows what it gets twice is sent it again without asking.

use model::{EventType, ExportOutcome, ExportState, PartState, SyncStatus, Timestamp, UserId};
use store::content::{self, Content};
use store::export::{self, Attempt, Export, Part};
use store::source::{self, Source};
use store::thread::{self, Thread};
use store::{Scope, Tx};

use crate::base::spread::per_mille;
use crate::base::{Error, Result, journal};
use crate::conversation::again::{self, Retold, Texts};
use crate::conversation::mail_out;
use crate::conversation::mail_post::{self, Posted, Refused};
use crate::conversation::mail_report;
use crate::conversation::thread::note_outcome;
use crate::conversation::{act, act_end, dead_address, mail_copy, resume};
use crate::place::source_health;
use crate::setup::source_settings;

/// Seconds from a failure to the next try: after the first, the second, and so on.
const STEPS: [i64; 5] = [10, 30, 120, 600, 3600];
/// Seconds after each failure beyond the steps, ten per cent more or less.
const LATER: i64 = 3600;
/// For how many seconds those are tried again whom the server has asked to wait.
const DAY: i64 = 24 * 3600;
/// Seconds after which somebody may have let the server in.
const LOCKED_SECONDS: i64 = 3600;
/// Failures after which a mail that may have arrived is not sent again without asking.
const REPEATS_MAX: i64 = 2;
/// Longest reason that is kept, in characters.
const REASON_MAX: usize = 1000;

pub use crate::place::source_health::NEEDS_REAUTH;

/// The code of what is about the addresses that a mail goes to, and not about the mailbox.
pub const RECIPIENTS: &str = "recipients";

/// The reason of what may have arrived.
const OUTCOME_UNKNOWN: &str = "outcome_unknown";

/// An export that was taken, to send one of its parts.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The export, as it was leased.
    pub export: Export,
    /// The place of that part.
    pub part: i64,
    /// It must not be sent: a try at it has no end, and what the source gets twice is there twice.
    pub lost: bool,
}

/// Why a try did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// For programs.
    pub code: &'static str,
    /// In words.
    pub text: String,
}

impl Reason {
    /// A reason; of a long text the beginning is kept.
    #[must_use]
    pub fn new(code: &'static str, text: impl AsRef<str>) -> Self {
        Self { code, text: text::beginning(text.as_ref(), REASON_MAX).to_owned() }
    }
}

/// What the other side answered to what it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// The content's id there.
    pub foreign_id: Option<String>,
    /// What the content is there now.
    pub told: Retold,
    /// What became of its mail, where it is one.
    pub posted: Option<Posted>,
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side has it, or has done it.
    Done(Answered),
    /// The other side does not want it, now or later.
    Refused(Reason),
    /// It has not arrived; the next try may succeed.
    Failed(Reason),
    /// It has not arrived, and the other side asks to wait until then. That is no failure.
    Wait(Timestamp, Reason),
    /// It was sent, and may have arrived.
    Unknown(Reason),
    /// The other side does not let the server in. That is no failure of the content.
    Locked(Reason),
}

impl Outcome {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> ExportOutcome {
        match self {
            Self::Done(_) => ExportOutcome::Done,
            Self::Refused(_) => ExportOutcome::Refused,
            Self::Failed(_) => ExportOutcome::Failed,
            Self::Wait(..) => ExportOutcome::Wait,
            Self::Unknown(_) => ExportOutcome::Unknown,
            Self::Locked(_) => ExportOutcome::Locked,
        }
    }

    /// Why it did not succeed; none when it did.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Done(_) => None,
            Self::Refused(reason)
            | Self::Failed(reason)
            | Self::Wait(_, reason)
            | Self::Unknown(reason)
            | Self::Locked(reason) => Some(reason),
        }
    }
}

/// A try that has ended.
#[derive(Clone, Debug)]
pub struct Tried {
    /// How.
    pub outcome: Outcome,
    /// The code of the answer.
    pub http_status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// The recipients of a mail that the other side did not want.
    pub refused: Vec<Refused>,
}

impl From<Outcome> for Tried {
    /// One that ended before anything was asked of the other side.
    fn from(outcome: Outcome) -> Self {
        Self { outcome, http_status: None, took_ms: 0, refused: Vec::new() }
    }
}

/// Writes down how a try ended. `planned` are the parts that the content takes, where that is not written down yet. What
/// comes after somebody else has taken the export counts only when the content has arrived.
pub async fn note(tx: &mut Tx, taken: &Taken, planned: &[String], mut tried: Tried) -> Result<()> {
    let Some(thread) = thread::lock(tx, &Scope::All, &taken.export.thread_id).await? else { return Ok(()) };
    let Some(mut export) = export::lock(tx, &taken.export.id).await? else { return Ok(()) };
    export::end_attempt(tx, &ended(tx.now(), taken, &tried)).await?;
    let own = export.state == ExportState::Pending
        && (&export.leased_by, export.attempts_count) == (&taken.export.leased_by, taken.export.attempts_count);
    note_health(tx, &export, &tried.outcome).await?;
    dead_address::note_all(tx, &tried.refused).await?;
    let counts = match tried.outcome {
        Outcome::Done(_) => export.state != ExportState::Delivered,
        _ => own,
    };
    if !counts {
        return Ok(());
    }
    let parts = keep(tx, &export, planned).await?;
    let now = tx.now();
    let unwanted = std::mem::take(&mut tried.refused);
    let (reason, next) = match tried.outcome {
        Outcome::Done(answered) => return arrived(tx, export, thread, parts, (taken.part, answered), own).await,
        Outcome::Refused(reason) => {
            mail_post::refuse(tx, &export.content_id, &unwanted).await?;
            return settle(tx, export, thread, None, Err((ExportState::Parked, reason))).await.map(drop);
        }
        Outcome::Unknown(_) if !may_repeat(tx, &export).await? => {
            return leave_unknown(tx, export, thread, parts, taken.part).await;
        }
        Outcome::Failed(reason) | Outcome::Unknown(reason) => {
            export.waits_count = 0;
            export.failures_count += 1;
            (reason, now.plus_millis(pause_millis(export.id.as_str(), export.failures_count - 1)))
        }
        Outcome::Wait(until, reason) => {
            export.waits_count += 1;
            (reason, until.max(now.plus_seconds(STEPS[0])))
        }
        Outcome::Locked(reason) => {
            export.waits_count += 1;
            (Reason { code: NEEDS_REAUTH, ..reason }, now.plus_seconds(LOCKED_SECONDS))
        }
    };
    if now >= export.expires_at {
        mail_post::refuse(tx, &export.content_id, &unwanted).await?;
        let reason = Reason::new(reason.code, format!("Given up after 24 hours: {}", reason.text));
        return settle(tx, export, thread, None, Err((ExportState::Parked, reason))).await.map(drop);
    }
    export.next_attempt_at = next.min(export.expires_at);
    mail_copy::stand_back(&mut export);
    export.reason_code = Some(reason.code.to_owned());
    export.last_error = Some(reason.text);
    export.leased_by = None;
    export.updated_at = now;
    Ok(tx.update(&export).await?)
}

/// What a try tells of its source. A content that the other side does not want, or a request to wait, tells nothing.
async fn note_health(tx: &mut Tx, export: &Export, outcome: &Outcome) -> Result<()> {
    let source = &export.source_id;
    match outcome {
        // What becomes of a copy tells nothing of how mails go out.
        _ if export.is_copy() => Ok(()),
        Outcome::Done(_) => source_health::note_sent(tx, source).await,
        Outcome::Failed(reason) if reason.code == RECIPIENTS => Ok(()),
        Outcome::Failed(reason) | Outcome::Unknown(reason) | Outcome::Locked(reason) => {
            source_health::note_unsent(tx, source, reason.code, &reason.text).await
        }
        Outcome::Refused(_) | Outcome::Wait(..) => Ok(()),
    }
}

fn ended(now: Timestamp, taken: &Taken, tried: &Tried) -> Attempt {
    let reason = tried.outcome.reason();
    Attempt {
        ended_at: Some(now),
        outcome: Some(tried.outcome.name()),
        reason_code: reason.map(|reason| reason.code.to_owned()),
        text: reason.map(|reason| reason.text.clone()),
        http_status: tried.http_status.map(i64::from),
        took_ms: Some(tried.took_ms),
        ..Attempt::begin(taken.export.id.clone(), taken.export.attempts_count, taken.part, now)
    }
}

async fn may_repeat(tx: &mut Tx, export: &Export) -> Result<bool> {
    let Some(source) = source::find(tx, &export.source_id).await? else { return Ok(false) };
    // Whoever gets a mail twice knows it again; what was never answered to may all the same lie there many times.
    let asks = !source_settings::is_on(&source, "resend_unknown");
    let enough = source.kind.caps().mail && export.failures_count >= REPEATS_MAX && asks;
    Ok(repeats(&source, export) && !enough)
}

/// Whether an export that may have come through can be sent again, and nobody sees it twice.
pub(crate) fn repeats(source: &Source, export: &Export) -> bool {
    if export.is_sending() { source.kind.caps().knows_repeats } else { act::is_same_twice(&export.operation) }
}

/// Writes down the parts that a content takes, before any is sent: whoever comes after a crash knows what there is.
pub async fn keep_parts(tx: &mut Tx, taken: &Taken, planned: &[String]) -> Result<()> {
    keep(tx, &taken.export, planned).await.map(drop)
}

/// The parts of an export, which are written down once.
async fn keep(tx: &mut Tx, export: &Export, planned: &[String]) -> Result<Vec<Part>> {
    let mut parts = export::parts(tx, &export.id).await?;
    if !parts.is_empty() {
        return Ok(parts);
    }
    for (ordinal, kind) in (0..).zip(planned) {
        let (export_id, kind) = (export.id.clone(), kind.clone());
        let part = Part { export_id, ordinal, kind, state: PartState::Waiting, remote_id: None, sent_at: None };
        tx.insert(&part).await?;
        parts.push(part);
    }
    Ok(parts)
}

/// Notes that a part has arrived; with the last one the content has.
async fn arrived(
    tx: &mut Tx,
    mut export: Export,
    thread: Thread,
    mut parts: Vec<Part>,
    (place, mut answered): (i64, Answered),
    own: bool,
) -> Result<()> {
    let now = tx.now();
    let remote_id = answered.foreign_id.take();
    if let Some(part) = parts.iter_mut().find(|part| part.ordinal == place && part.state != PartState::Sent) {
        (part.state, part.remote_id, part.sent_at) = (PartState::Sent, remote_id, Some(now));
        export::update_part(tx, part).await?;
    }
    if parts.iter().all(|part| part.state == PartState::Sent) {
        answered.foreign_id = parts.into_iter().next().and_then(|part| part.remote_id);
        return settle(tx, export, thread, None, Ok(answered)).await.map(drop);
    }
    if own {
        // The next part goes at once, before whatever is behind it in its lane.
        export.failures_count = 0;
        export.waits_count = 0;
        export.next_attempt_at = now;
        export.reason_code = None;
        export.last_error = None;
        export.leased_by = None;
        export.updated_at = now;
        tx.update(&export).await?;
    }
    Ok(())
}

/// Has a mail go once more to those whom the server has asked to wait, and to nobody else: the others have it.
async fn begin_rest(tx: &mut Tx, export: &Export) -> Result<()> {
    if export::has_rest(tx, &export.content_id).await? {
        return Ok(());
    }
    let now = tx.now();
    // What is written after it in the conversation does not wait for them.
    let mut rest = export.beside(export::REST, format!("{}:{}", export::REST, export.content_id), now);
    rest.failures_count = 1;
    rest.next_attempt_at = now.plus_millis(pause_millis(export.id.as_str(), 0));
    rest.expires_at = now.plus_seconds(DAY);
    Ok(tx.insert(&rest).await?)
}

/// Leaves it to a person to say whether a part has arrived.
async fn leave_unknown(tx: &mut Tx, export: Export, thread: Thread, mut parts: Vec<Part>, place: i64) -> Result<()> {
    if let Some(part) = parts.iter_mut().find(|part| part.ordinal == place) {
        part.state = PartState::Unknown;
        export::update_part(tx, part).await?;
    }
    let text = match export.is_sending() {
        true => "It may have arrived. Look before you send it again.",
        false => "It may have been done. Look before you ask for it again.",
    };
    let reason = Reason::new(OUTCOME_UNKNOWN, text);
    settle(tx, export, thread, None, Err((ExportState::Unknown, reason))).await.map(drop)
}

/// Seconds from a failure to the next try at the most: after the first, the second, and so on; the last goes on.
pub(crate) fn longest_pauses() -> impl Iterator<Item = i64> {
    STEPS.into_iter().chain([LATER * 11 / 10 + 1])
}

/// Milliseconds from a failure to the next try, after so many earlier failures. Those that failed together do not all come
/// back together, hour after hour.
fn pause_millis(export: &str, failures: i64) -> i64 {
    let step = usize::try_from(failures).ok().and_then(|n| STEPS.get(n));
    step.map_or_else(|| LATER * per_mille(export, failures), |step| step * 1000)
}

/// Writes down what became of those whom the server had asked to wait; whether they are tried once more.
async fn rest_goes_on(
    tx: &mut Tx,
    export: &mut Export,
    content: &Content,
    end: &std::result::Result<Answered, (ExportState, Reason)>,
) -> Result<bool> {
    let now = tx.now();
    let said =
        end.as_ref().map(|answered| answered.posted.as_ref().map_or(&[][..], |posted| posted.refused.as_slice()));
    let said = said.map_err(|(_, reason)| reason.text.as_str());
    if !mail_post::note_rest(tx, content, said, now < export.expires_at).await? {
        return Ok(false);
    }
    export.next_attempt_at = now.plus_millis(pause_millis(export.id.as_str(), export.failures_count));
    export.failures_count += 1;
    (export.leased_by, export.updated_at) = (None, now);
    tx.update::<Export>(export).await?;
    Ok(true)
}

/// An earlier try at a mail has come to its end after a later one was refused: it has gone out, to those too who were given up.
async fn anew_if_parked(tx: &mut Tx, export: &Export, content: &Content) -> Result<()> {
    match export.state {
        ExportState::Parked if export.reason_code.as_deref() != Some(mail_report::BOUNCED) => {
            mail_post::begin_anew(tx, content).await
        }
        _ => Ok(()),
    }
}

/// Nobody waits any more for a mail that is not sent.
async fn give_up(tx: &mut Tx, content: &Content, state: ExportState, why: &str) -> Result<()> {
    if state != ExportState::Unknown && content.kind == mail_out::KIND {
        mail_post::note_rest(tx, content, Err(why), false).await?;
    }
    Ok(())
}

/// Ends an export, for now: the content has arrived, and this is what the other side says of it, or it is in another state
/// and that is why. `user` is who said so.
///
/// # Errors
/// 404 when the content is gone.
pub(crate) async fn settle(
    tx: &mut Tx,
    mut export: Export,
    mut thread: Thread,
    user: Option<&UserId>,
    end: std::result::Result<Answered, (ExportState, Reason)>,
) -> Result<Content> {
    let now = tx.now();
    let found = content::find(tx, &Scope::All, &export.content_id).await?;
    let mut content = found.ok_or(Error::NotFound("content"))?;
    let source = source::find(tx, &content.source_id).await?.ok_or(Error::NotFound("source"))?;
    if export.is_copy() {
        let end = end.map(drop).map_err(|(state, reason)| (state, reason.code, reason.text));
        mail_copy::end(tx, export, end).await?;
        return Ok(content);
    }
    if export.operation == export::REST && rest_goes_on(tx, &mut export, &content, &end).await? {
        return Ok(content);
    }
    if !export.is_create() {
        let end = end.map(|answered| answered.told).map_err(|(state, reason)| (state, reason.code, reason.text));
        return act_end::settle(tx, export, content, &mut thread, &source, end).await;
    }
    (export.leased_by, export.updated_at, content.updated_at) = (None, now, now);
    let mut changed = None;
    match end {
        Ok(Answered { foreign_id, told, posted }) => {
            anew_if_parked(tx, &export, &content).await?;
            export.state = ExportState::Delivered;
            export.reason_code = None;
            export.last_error = None;
            content.synchronization_status = Some(SyncStatus::Success);
            content.synchronization_error = None;
            if let Some(foreign_id) = foreign_id {
                adopt(tx, &mut content, &mut thread, foreign_id).await?;
            }
            if let Some(posted) = posted
                && mail_post::note(tx, &content, posted).await?
            {
                begin_rest(tx, &export).await?;
            }
            mail_copy::begin(tx, &export, &source).await?;
            changed = Some(again::take_over(&mut content, &told, Texts::Mirrored, now));
        }
        Err((state, reason)) => {
            export.state = state;
            export.reason_code = Some(reason.code.to_owned());
            export.last_error = Some(reason.text.clone());
            give_up(tx, &content, state, &reason.text).await?;
            content.synchronization_status = Some(SyncStatus::Error);
            content.synchronization_error = Some(reason.text);
        }
    }
    tx.update(&export).await?;
    tx.update(&content).await?;
    if content.synchronization_status == Some(SyncStatus::Error) {
        resume::after_failure(tx, &mut thread, &source, &content).await?;
    }
    note_outcome(tx, &mut thread, &content).await?;
    journal::content(tx, EventType::ContentExported, user, &content, &thread, &source);
    if let Some(changed) = changed {
        again::note(tx, &mut content, &mut thread, &source, changed).await?;
    }
    Ok(content)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_then_differ_by_a_tenth() {
        assert_eq!([0, 1, 2, 3, 4].map(|n| pause_millis("x", n)), [10_000, 30_000, 120_000, 600_000, 3_600_000]);
        let longest: Vec<i64> = longest_pauses().collect();
        let later = |id| (5..40).map(move |n| pause_millis(id, n));
        assert!(later("x").all(|pause| (3_240_000..=3_960_000).contains(&pause)));
        assert!(later("x").all(|pause| pause <= longest[5] * 1000), "{longest:?}");
        assert_ne!(later("x").collect::<Vec<_>>(), later("y").collect::<Vec<_>>());
    }
}
