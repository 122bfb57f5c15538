//! When sources are asked for what is new, and by whom: a run is leased, so that no two processes ask one source at once.
//! What a run brings is written by whoever asks, in the transaction that moves the position (`arrival::listed`).

use model::{Implementation, SOURCE_RUN, SourceId, Timestamp};
use store::ahead::Ahead;
use store::source::{self, Source};
use store::source_state::{self, State};
use store::{Json, Tx};

use crate::base::lease::LEASE_SECONDS;
use crate::base::spread::per_mille;
use crate::base::{Actor, Change, Error, Result, note_change, note_change_on};
use crate::place::source_health::{self, RUNS, Trouble};
use crate::setup::source_settings;

/// Seconds from one run to the next, where something is listed.
const OFTEN: i64 = 60;
/// Where nothing is: only what it can do is asked.
const SELDOM: i64 = 180;
/// Seconds between the beginnings of two runs, whoever wants them.
const APART: i64 = 10;
/// Seconds from a run that did not work to the next: after the first, the second, and so on; the last goes on.
const STEPS: [i64; 4] = [60, 120, 300, 900];
/// The most seconds that somebody may set.
const MOST: i64 = source_settings::POLL_SECONDS.1;

/// The times of runs that are set ahead of the clock, and how far.
#[must_use]
pub fn ahead() -> Ahead {
    Ahead::SourceRun(MOST * 11 / 10 + 1)
}

/// A run that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The source as it is at the beginning.
    pub source: Source,
    /// The number of the run.
    pub number: i64,
    /// The process that is at it.
    pub process: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When a run of this source worked for the first time: what was written before that is from before the connection.
    pub connected_at: Timestamp,
}

/// What a source's lane should do next.
#[derive(Debug)]
pub enum Plan {
    /// The source is gone.
    End,
    /// It is not asked before this time; none when it is not asked at all, until it changes.
    Due(Option<Timestamp>),
}

/// Looks when a source is asked next.
pub async fn plan(tx: &mut Tx, id: &SourceId) -> Result<Plan> {
    let Some(source) = source::find(tx, id).await? else { return Ok(Plan::End) };
    let state = source_state::find(tx, id).await?.filter(|_| source.is_asked());
    Ok(Plan::Due(state.map(|state| state.due())))
}

/// Takes a source's run when it is due. It is leased: when whoever took it dies, it is due again later.
pub async fn take(tx: &mut Tx, id: &SourceId, process: &str) -> Result<Option<Taken>> {
    let Some(mut state) = source_state::find_locked(tx, id).await? else { return Ok(None) };
    let now = tx.now();
    let Some(source) = source::find(tx, id).await?.filter(|source| source.is_asked() && state.due() <= now) else {
        return Ok(None);
    };
    state.run += 1;
    state.began_at = Some(now);
    state.wanted_at = None;
    state.next_run_at = now.plus_seconds(LEASE_SECONDS);
    state.leased_by = Some(process.to_owned());
    tx.update(&state).await?;
    let connected_at = state.connected_at.unwrap_or(now);
    Ok(Some(Taken { source, number: state.run, process: process.to_owned(), began_at: now, connected_at }))
}

/// Says of a run that its process is still at it; tells whether it is still its own.
pub async fn renew(tx: &mut Tx, run: &Taken) -> Result<bool> {
    let until = tx.now().plus_seconds(LEASE_SECONDS);
    Ok(source_state::renew(tx, &run.source.id, run.number, &run.process, until).await?)
}

/// Has a source asked as soon as may be: somebody wants it, or it has changed. Tells when that is; none when it is not
/// asked.
pub async fn want(tx: &mut Tx, source: &Source) -> Result<Option<Timestamp>> {
    let Some(mut state) = source_state::find_locked(tx, &source.id).await? else { return Ok(None) };
    let now = tx.now();
    // One that lies ahead is from before the clock moved back.
    let began = state.began_at.filter(|began| *began <= now);
    let at = began.map_or(now, |began| now.max(began.plus_seconds(APART)));
    state.wanted_at = Some(at);
    source_health::settle(tx, &mut state).await?;
    Ok(source.is_asked().then_some(at))
}

/// Has the lists of a source begin anew, since it has another address: a position is an id there, and may be any other one
/// elsewhere. What has come stays known by its id; what was written before the last run that worked is from before, and of what
/// does not say when it was written `arrival::relisted` decides. A run that is under way is nobody's any more.
pub(crate) async fn begin_elsewhere(tx: &mut Tx, id: &SourceId) -> Result<()> {
    source_state::begin_lists_anew(tx, id).await?;
    let Some(mut state) = source_state::find_locked(tx, id).await? else { return Ok(()) };
    state.connected_at = state.last_ok_at;
    if state.leased_by.take().is_some() {
        state.next_run_at = tx.now();
    }
    Ok(tx.update(&state).await?)
}

/// Has a source asked as soon as may be, since an actor wants it. Tells when that is.
///
/// # Errors
/// 404 when the actor may not see it; 422 when it is not asked.
pub async fn ask_now(tx: &mut Tx, actor: &Actor, id: &SourceId) -> Result<Timestamp> {
    let source = source_health::seen(tx, actor, id).await?;
    let message = "this source is not asked: it is switched off, or has no address";
    let at = want(tx, &source).await?.ok_or_else(|| Error::Unprocessable("source_not_asked", message.into()))?;
    note_change_on(tx, id, Some(actor), (SOURCE_RUN, id.as_str()), Change::Created);
    Ok(at)
}

/// Keeps what the third party of a source has told that it can do; tells what the source is then.
///
/// # Errors
/// 404 when there is no such source any more.
pub async fn keep_told(tx: &mut Tx, id: &SourceId, told: Implementation) -> Result<Source> {
    let mut source = source::find_locked(tx, id).await?.ok_or(Error::NotFound("source"))?;
    if source.implementation.as_ref().is_some_and(|known| known.0 == told) {
        return Ok(source);
    }
    source.implementation = Some(Json(told));
    tx.update(&source).await?;
    note_change(tx, None, "content_source", source.id.as_str(), Change::Updated);
    Ok(source)
}

/// Seconds from a run that worked to the next.
fn cadence(source: &Source, lists: bool) -> i64 {
    source_settings::number(source, "poll_seconds").unwrap_or(if lists { OFTEN } else { SELDOM })
}

/// How a run has ended.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// Why it did not work; none when it did.
    pub trouble: Option<Trouble>,
    /// What worked in part only.
    pub warning: Option<Trouble>,
    /// The other side asks for no request before this time.
    pub wait: Option<Timestamp>,
    /// Something was listed.
    pub lists: bool,
    /// There is more, which the next run takes.
    pub more: bool,
    /// How much of what it was given was new.
    pub received: i64,
    /// How much could not be read.
    pub skipped: i64,
    /// How much could not be taken in, and is kept.
    pub parked: i64,
}

/// Writes down how a run has ended, and when the next one is. What comes after somebody else has taken the source changes
/// nothing. When the source works again that did not, what waits for it goes out now.
pub async fn end(tx: &mut Tx, run: &Taken, ended: Ended) -> Result<()> {
    let id = &run.source.id;
    let Some(mut state) = source_state::find_locked(tx, id).await? else { return Ok(()) };
    if state.run != run.number || state.leased_by.as_ref() != Some(&run.process) {
        return Ok(());
    }
    let failed = state.run_failures;
    let again = ended.trouble.is_none() && failed >= RUNS;
    apply(&mut state, run, &ended, tx.now());
    source_health::settle(tx, &mut state).await?;
    let (reason_code, reason) = ended.trouble.map(|it| (it.code.to_owned(), it.text)).unzip();
    let row = source_state::Run {
        source_id: id.clone(),
        number: run.number,
        started_at: run.began_at,
        ended_at: tx.now(),
        reason_code,
        reason,
        received: ended.received,
        skipped: ended.skipped,
        parked: ended.parked,
    };
    source_state::add_run(tx, &row).await?;
    if again { Ok(source_state::wake_exports(tx, id).await?) } else { Ok(()) }
}

/// What a run that has ended makes of its source's state.
fn apply(state: &mut State, run: &Taken, ended: &Ended, now: Timestamp) {
    let id = run.source.id.as_str();
    let parts = |trouble: &Option<Trouble>| trouble.clone().map(|it| (it.code.to_owned(), it.text)).unzip();
    let failed = state.run_failures;
    state.leased_by = None;
    let pause = if ended.trouble.is_some() {
        state.run_failures += 1;
        state.run_failed_since.get_or_insert(now);
        let step = usize::try_from(failed).ok().and_then(|n| STEPS.get(n));
        step.unwrap_or(&STEPS[STEPS.len() - 1]) * 1000
    } else {
        (state.run_failures, state.run_failed_since) = (0, None);
        state.connected_at.get_or_insert(run.began_at);
        state.last_ok_at = Some(now);
        (state.warning_code, state.warning) = parts(&ended.warning);
        if failed >= RUNS {
            (state.send_failures, state.send_failed_since) = (0, None);
            (state.send_code, state.send_reason) = (None, None);
        }
        if ended.more { 0 } else { cadence(&run.source, ended.lists) * per_mille(id, run.number) }
    };
    (state.run_code, state.run_reason) = parts(&ended.trouble);
    if ended.received > 0 {
        state.last_in_at = Some(now);
    }
    let next = now.plus_millis(pause);
    state.next_run_at = ended.wait.map_or(next, |wait| wait.min(now.plus_seconds(MOST)).max(next));
}
