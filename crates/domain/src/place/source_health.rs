//! How a source that is asked for what is new fares: what runs and requests tell of it, when that is said to people, and
//! what follows when it works again.
//!
//! Runs and requests count for themselves: who cannot be asked may still take what agents write, and the other way round.

use std::collections::HashMap;

use model::{ContentId, Event, EventType, Resource, SourceHealth, SourceId, Timestamp};
use serde_json::json;
use store::Tx;
use store::export::{self, Attempt};
use store::inbound_item;
use store::source::{self, Source};
use store::source_state::{self, Cursor, Run, State};

use crate::base::{Actor, Error, Result};
use crate::setup::mail_settings::SENT_MAILBOX;

/// After how many runs in a row that did not work a source counts as not working.
pub(super) const RUNS: i64 = 3;
/// After how many requests.
const SENDS: i64 = 5;
/// After how many seconds in which none did, however few they were.
const SILENT_SECONDS: i64 = 600;
/// The trouble of a source that does not let the server in.
pub const NEEDS_REAUTH: &str = "needs_reauth";
/// The trouble of one that answers, and has never told what it can do: what it sends by itself comes in all the same.
pub const NOT_TOLD: &str = "not_told";
/// The warning of one whose mails go out and get no copy.
const COPY: &str = "copy_parked";
/// The warning of one of which something is parked.
const PARKED: &str = "parked_items";

/// Why something does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// For programs.
    pub code: &'static str,
    /// In words.
    pub text: String,
}

impl Trouble {
    /// A trouble; of a long text the beginning is kept.
    #[must_use]
    pub fn new(code: &'static str, text: impl AsRef<str>) -> Self {
        Self { code, text: text::beginning(text.as_ref(), 1000).to_owned() }
    }
}

/// What people are told of a source.
#[derive(Clone, Debug)]
pub struct Health {
    /// How it fares.
    pub health: SourceHealth,
    /// Why it does not fare well, for programs.
    pub code: Option<String>,
    /// The same in words.
    pub message: Option<String>,
    /// Since when it fares so.
    pub since: Timestamp,
    /// When a run worked last.
    pub last_ok_at: Option<Timestamp>,
    /// When a run brought something last.
    pub last_in_at: Option<Timestamp>,
    /// When it took a content last.
    pub last_out_at: Option<Timestamp>,
    /// When it is asked next; none when it is not.
    pub next_run_at: Option<Timestamp>,
    /// How many contents wait to go out.
    pub waiting: i64,
    /// Since when the oldest of them does.
    pub waiting_since: Option<Timestamp>,
    /// How much could not be taken in, and is kept.
    pub parked: i64,
}

/// The health of some sources; those of a kind that is not asked have none.
pub async fn of_all(tx: &mut Tx, sources: &[Source]) -> Result<HashMap<SourceId, Health>> {
    let asked: Vec<&Source> = sources.iter().filter(|source| source.kind.caps().asked).collect();
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<SourceId> = asked.iter().map(|source| source.id.clone()).collect();
    let is_asked: HashMap<&SourceId, bool> = asked.iter().map(|source| (&source.id, source.is_asked())).collect();
    let waiting = source_state::waiting(tx, &ids).await?;
    let parked = inbound_item::counts(tx, &ids).await?;
    let states = source_state::of(tx, &ids).await?;
    let shown = states.into_iter().map(|state| {
        let (waiting, waiting_since) = waiting.get(&state.source_id).copied().unwrap_or_default();
        let health = Health {
            health: state.health,
            next_run_at: is_asked.get(&state.source_id).copied().unwrap_or_default().then(|| state.due()),
            code: state.reason_code,
            message: state.reason,
            since: state.since,
            last_ok_at: state.last_ok_at,
            last_in_at: state.last_in_at,
            last_out_at: state.last_out_at,
            waiting,
            waiting_since,
            parked: parked.get(&state.source_id).copied().unwrap_or_default(),
        };
        (state.source_id, health)
    });
    Ok(shown.collect())
}

/// The health of a source; none of a kind that is not asked.
pub async fn of(tx: &mut Tx, source: &Source) -> Result<Option<Health>> {
    Ok(of_all(tx, std::slice::from_ref(source)).await?.remove(&source.id))
}

/// A source's health with what it is made of.
#[derive(Clone, Debug)]
pub struct Report {
    /// The health; none of a kind that is not asked.
    pub health: Option<Health>,
    /// The last runs, newest first.
    pub runs: Vec<Run>,
    /// Up to where its lists were taken in.
    pub cursors: Vec<Cursor>,
    /// The last tries at handing contents to it, or at having something done with one, newest first; each with the content
    /// and what was asked.
    pub attempts: Vec<(Attempt, ContentId, String)>,
}

/// How many tries a report has.
const ATTEMPTS: i64 = 20;

/// Looks how a source fares.
///
/// # Errors
/// 404 when the actor may not see it.
pub async fn report(tx: &mut Tx, actor: &Actor, id: &SourceId) -> Result<Report> {
    let source = seen(tx, actor, id).await?;
    let health = of(tx, &source).await?;
    let (runs, cursors) = (source_state::runs(tx, id).await?, source_state::cursors(tx, id).await?);
    Ok(Report { health, runs, cursors, attempts: export::last_attempts(tx, id, ATTEMPTS).await? })
}

/// Finds a source that the actor may see.
///
/// # Errors
/// 404 when there is none.
pub async fn seen(tx: &mut Tx, actor: &Actor, id: &SourceId) -> Result<Source> {
    let found = source::find(tx, id).await?.filter(|source| actor.scope().allows(&source.id));
    found.ok_or(Error::NotFound("source"))
}

/// Has what waits until somebody lets us in go out: it was seen that we are let in.
pub async fn let_in(tx: &mut Tx, source: &SourceId) -> Result<()> {
    let Some(mut state) = source_state::find_locked(tx, source).await? else { return Ok(()) };
    if state.send_code.as_deref() != Some(NEEDS_REAUTH) {
        return Ok(());
    }
    (state.send_failures, state.send_failed_since, state.send_code, state.send_reason) = (0, None, None, None);
    settle(tx, &mut state).await?;
    Ok(source_state::wake_locked(tx, source, NEEDS_REAUTH).await?)
}

/// Notes that a source took a content. When it did not for a time, what else waits for it goes out now.
pub async fn note_sent(tx: &mut Tx, source: &SourceId) -> Result<()> {
    if !source_state::note_sent(tx, source).await? {
        return Ok(());
    }
    let Some(mut state) = source_state::find_locked(tx, source).await? else { return Ok(()) };
    let failed = std::mem::take(&mut state.send_failures);
    state.send_failed_since = None;
    if state.send_code.as_deref() == Some(NEEDS_REAUTH) {
        source_state::wake_locked(tx, source, NEEDS_REAUTH).await?;
    }
    (state.send_code, state.send_reason) = (None, None);
    settle(tx, &mut state).await?;
    if failed >= SENDS { Ok(source_state::wake_exports(tx, source).await?) } else { Ok(()) }
}

/// Notes why the last copy of a mail that went out lies nowhere, or that it lies where it belongs.
pub async fn note_copy(tx: &mut Tx, source: &SourceId, reason: Option<&str>) -> Result<()> {
    if source_state::note_copy(tx, source, reason).await? { refresh(tx, source).await } else { Ok(()) }
}

/// Notes that a source did not take a content, though that is not the content's fault.
pub async fn note_unsent(tx: &mut Tx, source: &SourceId, code: &str, reason: &str) -> Result<()> {
    let Some(mut state) = source_state::find_locked(tx, source).await? else { return Ok(()) };
    state.send_failures += 1;
    state.send_failed_since.get_or_insert(tx.now());
    (state.send_code, state.send_reason) = (Some(code.to_owned()), Some(reason.to_owned()));
    settle(tx, &mut state).await
}

/// Looks again how a source fares, after something about it has changed: whether it is active, or what is parked.
pub async fn refresh(tx: &mut Tx, source: &SourceId) -> Result<()> {
    match source_state::find_locked(tx, source).await? {
        Some(mut state) => settle(tx, &mut state).await,
        None => Ok(()),
    }
}

/// Looks at the sources of which nothing has worked for a time: there may be nothing else that would tell of it.
pub async fn tell_of_silent(tx: &mut Tx) -> Result<()> {
    let since = tx.now().plus_seconds(-SILENT_SECONDS);
    for source in source_state::silent(tx, since).await? {
        refresh(tx, &source).await?;
    }
    Ok(())
}

/// Whether something does not work for so long that people are told.
fn is_silent(since: Option<Timestamp>, now: Timestamp) -> bool {
    since.is_some_and(|since| now.seconds_since(since) >= SILENT_SECONDS)
}

/// Writes a state, which is held, with the health that follows from it, and tells the journal when that is another one.
pub(super) async fn settle(tx: &mut Tx, state: &mut State) -> Result<()> {
    let Some(source) = source::find(tx, &state.source_id).await? else { return Ok(()) };
    let parked = inbound_item::count(tx, &state.source_id).await?;
    // A try at what nobody waits for any more tells nothing new.
    let waits = is_silent(state.send_failed_since, tx.now())
        && (state.health == SourceHealth::Error
            || source_state::waiting(tx, std::slice::from_ref(&source.id)).await?.contains_key(&source.id));
    let (health, reason) = judge(state, &source, (parked, waits), tx.now());
    let before = std::mem::replace(&mut state.health, health);
    (state.reason_code, state.reason) = reason.unzip();
    if before != health {
        state.since = tx.now();
        tx.emit(Event {
            kind: EventType::SourceHealthChanged,
            user_id: None,
            source_id: Some(source.id.clone()),
            thread_id: None,
            resource: Resource { kind: "content_source".into(), id: source.id.to_string() },
            metadata: json!({"health": health, "before": before, "code": state.reason_code, "message": state.reason}),
        });
    }
    Ok(tx.update(state).await?)
}

/// How a source fares, with the reason for programs and in words when that is not well.
fn judge(
    state: &State,
    source: &Source,
    (parked, waits): (i64, bool),
    now: Timestamp,
) -> (SourceHealth, Option<(String, String)>) {
    let reason = |code: &Option<String>, text: &Option<String>| {
        Some((code.clone().unwrap_or_default(), text.clone().unwrap_or_default()))
    };
    let run = || reason(&state.run_code, &state.run_reason);
    let send = || reason(&state.send_code, &state.send_reason);
    let is = |code: &Option<String>, what: &str| code.as_deref() == Some(what);
    if !source.active {
        return (SourceHealth::Paused, None);
    }
    if is(&state.run_code, NEEDS_REAUTH) {
        return (SourceHealth::NeedsReauth, run());
    }
    if is(&state.send_code, NEEDS_REAUTH) {
        return (SourceHealth::NeedsReauth, send());
    }
    if state.send_failures >= SENDS || waits {
        return (SourceHealth::Error, send());
    }
    if is(&state.run_code, NOT_TOLD) {
        return (SourceHealth::Degraded, run());
    }
    if state.run_failures >= RUNS || is_silent(state.run_failed_since, now) {
        return (SourceHealth::Error, run());
    }
    if state.connected_at.is_none() {
        return (SourceHealth::Unchecked, state.run_code.as_ref().and_then(|_| run()));
    }
    if state.warning_code.is_some() {
        return (SourceHealth::Degraded, reason(&state.warning_code, &state.warning));
    }
    if let Some(why) = state.copy_reason.as_ref().filter(|_| source.setting(SENT_MAILBOX).is_some()) {
        return (SourceHealth::Degraded, Some((COPY.into(), why.clone())));
    }
    if parked > 0 {
        let text = format!("{parked} of what came in could not be taken in");
        return (SourceHealth::Degraded, Some((PARKED.into(), text)));
    }
    (SourceHealth::Ok, None)
}
