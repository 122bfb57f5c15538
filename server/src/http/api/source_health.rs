//! `/1.0/content_sources/{id}/health`, `/run` and `/parked_items`: how sources that are asked for what is new fare, and what
//! of them could not be taken in. All of it is an extension.

use axum::extract::State;
use model::{ContentId, ExportOutcome, InboundItemId, SourceHealth, SourceId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::export::Attempt;
use store::inbound_item::InboundItem;
use store::source_state::{Cursor, Run};

use crate::app::App;
use crate::domain::source_health::{self, Health, Report};
use crate::domain::{parked, source_run};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// How a source fares.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SourceState")]
pub struct HealthOut {
    /// Why it does not fare well, for programs.
    code: Option<String>,
    /// When a run brought something last.
    last_received_at: Option<Timestamp>,
    /// When it took a content last, to the minute.
    last_sent_at: Option<Timestamp>,
    /// When a run worked last.
    last_success_at: Option<Timestamp>,
    /// Why it does not fare well, in words.
    message: Option<String>,
    /// When it is asked next; null when it is not.
    next_run_at: Option<Timestamp>,
    /// Since when the oldest content that waits to go out does.
    oldest_waiting_at: Option<Timestamp>,
    /// How much could not be taken in, and is kept.
    parked_items: i64,
    /// Since when it fares so.
    since: Timestamp,
    /// How it fares.
    state: SourceHealth,
    /// How many contents wait to go out.
    waiting_exports: i64,
}

impl From<Health> for HealthOut {
    fn from(health: Health) -> Self {
        let Health { health: state, code, message, since, last_ok_at, last_in_at, last_out_at, next_run_at, .. } =
            health;
        let Health { waiting, waiting_since, parked, .. } = health;
        Self {
            code,
            last_received_at: last_in_at,
            last_sent_at: last_out_at,
            last_success_at: last_ok_at,
            message,
            next_run_at,
            oldest_waiting_at: waiting_since,
            parked_items: parked,
            since,
            state,
            waiting_exports: waiting,
        }
    }
}

/// A run: the other side was asked for what is new.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SourceRun")]
struct RunOut {
    /// When it ended.
    ended_at: Timestamp,
    /// Its number: 1 for the first.
    number: i64,
    /// How much could not be taken in, and is kept.
    parked: i64,
    /// Why it did not work, in words; null when it did.
    reason: Option<String>,
    /// Why it did not work, for programs; null when it did.
    reason_code: Option<String>,
    /// How much of what was listed was new.
    received: i64,
    /// How much could not be read.
    skipped: i64,
    /// When it began.
    started_at: Timestamp,
}

impl From<Run> for RunOut {
    fn from(run: Run) -> Self {
        let Run { source_id: _, number, started_at, ended_at, reason_code, reason, received, skipped, parked } = run;
        Self { ended_at, number, parked, reason, reason_code, received, skipped, started_at }
    }
}

/// Up to where a list was taken in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SourceCursor")]
struct CursorOut {
    /// All of it was taken in once.
    caught_up: bool,
    /// The id of the newest that was listed; empty at the beginning.
    position: String,
    /// The list.
    stream: String,
    updated_at: Timestamp,
}

impl From<Cursor> for CursorOut {
    fn from(cursor: Cursor) -> Self {
        let Cursor { source_id: _, stream, position, former: _, refusals: _, caught_up, recognised: _, updated_at } =
            cursor;
        Self { caught_up, position, stream, updated_at }
    }
}

/// A try at handing a content to the source, or at having something done with one there.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SourceAttempt")]
struct AttemptOut {
    /// The content.
    content_id: ContentId,
    /// When it ended; null while it is under way, and when nobody could write that down.
    ended_at: Option<Timestamp>,
    /// The code that was answered.
    http_status: Option<i64>,
    /// What was asked: `create`, or the name of an act.
    operation: String,
    /// How it ended.
    outcome: Option<ExportOutcome>,
    /// Why it did not succeed, for programs.
    reason_code: Option<String>,
    /// When it began.
    started_at: Timestamp,
    /// Why it did not succeed, in words.
    text: Option<String>,
    /// How many milliseconds it took.
    took_ms: Option<i64>,
}

impl From<(Attempt, ContentId, String)> for AttemptOut {
    fn from((attempt, content_id, operation): (Attempt, ContentId, String)) -> Self {
        let Attempt { started_at, ended_at, outcome, reason_code, text, http_status, took_ms, .. } = attempt;
        Self { content_id, ended_at, http_status, operation, outcome, reason_code, started_at, text, took_ms }
    }
}

/// How a source fares, with its last runs.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SourceHealthReport")]
pub struct ReportOut {
    /// The last tries at handing contents to it, newest first.
    attempts: Vec<AttemptOut>,
    /// Up to where its lists were taken in.
    cursors: Vec<CursorOut>,
    /// Null for a source of a kind that is not asked.
    health: Option<HealthOut>,
    /// The last runs, newest first.
    runs: Vec<RunOut>,
}

impl From<Report> for ReportOut {
    fn from(Report { health, runs, cursors, attempts }: Report) -> Self {
        Self {
            attempts: attempts.into_iter().map(AttemptOut::from).collect(),
            cursors: cursors.into_iter().map(CursorOut::from).collect(),
            health: health.map(HealthOut::from),
            runs: runs.into_iter().map(RunOut::from).collect(),
        }
    }
}

/// When a source is asked.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SourceRunWanted")]
pub struct WantedOut {
    /// Then, or a little later.
    next_run_at: Timestamp,
}

/// What came in and could not be taken in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ParkedItem")]
pub struct ParkedOut {
    /// How often it was tried.
    attempts_count: i64,
    id: InboundItemId,
    /// What it is: `message`, `private_message` or `thread`.
    kind: String,
    /// Why it could not be taken in, in words.
    last_error: String,
    /// What came, as it came.
    payload: String,
    /// When it came first.
    received_at: Timestamp,
    source_id: SourceId,
    /// When it was tried last.
    updated_at: Timestamp,
}

impl From<InboundItem> for ParkedOut {
    fn from(item: InboundItem) -> Self {
        let InboundItem { id, source_id, kind, dedupe: _, payload, attempts_count, last_error, .. } = item;
        let InboundItem { received_at, updated_at, .. } = item;
        Self { attempts_count, id, kind, last_error, payload, received_at, source_id, updated_at }
    }
}

/// Getting how a source fares.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<SourceId>) -> Result<Reply<ReportOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { source_health::report(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Having a source asked for what is new.
pub async fn run(State(app): State<App>, Caller(actor): Caller, Id(id): Id<SourceId>) -> Result<Written<WantedOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(WantedOut { next_run_at: source_run::ask_now(tx, &actor, &id).await? }) })
    })
    .await
}

/// Getting what of a source could not be taken in, oldest first.
pub async fn parked(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<SourceId>,
    params: Params,
) -> Result<Paged<ParkedOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(async move { parked::list(tx, &actor, &id, page).await })).await?;
    Ok(Paged::new(listed, page, ParkedOut::from))
}

/// Dropping something that could not be taken in.
pub async fn drop(
    State(app): State<App>,
    Caller(actor): Caller,
    Id((id, item)): Id<(SourceId, InboundItemId)>,
) -> Result<Written<ParkedOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(parked::drop(tx, &actor, &id, &item).await?.into()) })).await
}
