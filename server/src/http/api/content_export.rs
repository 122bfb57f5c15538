//! `/1.0/contents/{id}/exports`: how agents' contents fare on their way to their source. An extension.

use axum::extract::State;
use model::{ContentId, ExportId, ExportOutcome, ExportState, PartState, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::export::{Attempt, Part};

use super::content::ContentOut;
use crate::app::App;
use crate::domain::export::{self, Ledger};
use crate::http::answer::write;
use crate::http::{Caller, Id, Reply, Result, Written};

/// A request that a content takes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExportPart")]
struct PartOut {
    /// What it asks of the other side.
    kind: String,
    /// The id that the other side gave.
    remote_id: Option<String>,
    /// When the other side had it.
    sent_at: Option<Timestamp>,
    /// Where it stands.
    state: PartState,
}

impl From<Part> for PartOut {
    fn from(part: Part) -> Self {
        let Part { export_id: _, ordinal: _, kind, state, remote_id, sent_at } = part;
        Self { kind, remote_id, sent_at, state }
    }
}

/// A try at sending one part.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ExportAttempt")]
struct AttemptOut {
    /// When it ended; null while it is under way, and when nobody could write that down.
    ended_at: Option<Timestamp>,
    /// The HTTP code that was answered.
    http_status: Option<i64>,
    /// Its number: 1 for the first.
    number: i64,
    /// How it ended.
    outcome: Option<ExportOutcome>,
    /// The place of the part that it sent: 0 for the first.
    part: i64,
    /// Why it did not succeed, for programs.
    reason_code: Option<String>,
    /// When it began.
    started_at: Timestamp,
    /// Why it did not succeed, in words.
    text: Option<String>,
    /// How many milliseconds it took.
    took_ms: Option<i64>,
}

impl From<Attempt> for AttemptOut {
    fn from(attempt: Attempt) -> Self {
        let Attempt { export_id: _, number, part, started_at, ended_at, .. } = attempt;
        let Attempt { outcome, reason_code, text, http_status, took_ms, .. } = attempt;
        Self { ended_at, http_status, number, outcome, part, reason_code, started_at, text, took_ms }
    }
}

/// A content on its way to its source, or an act on it that is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Export")]
pub struct ExportOut {
    /// The last tries, oldest first.
    attempts: Vec<AttemptOut>,
    /// How often it was tried.
    attempts_count: i64,
    /// When it was made.
    created_at: Timestamp,
    /// Until when it is tried.
    expires_at: Timestamp,
    /// Its id.
    id: ExportId,
    /// What is asked of the source: `create`, or the name of an act.
    operation: String,
    /// When it is tried next.
    next_attempt_at: Option<Timestamp>,
    /// What it takes, in order; empty before its first try has ended.
    parts: Vec<PartOut>,
    /// What went wrong last, in words.
    reason: Option<String>,
    /// What went wrong last, for programs.
    reason_code: Option<String>,
    /// Where it stands.
    state: ExportState,
}

impl From<Ledger> for ExportOut {
    fn from(Ledger { export, parts, attempts }: Ledger) -> Self {
        Self {
            attempts: attempts.into_iter().map(AttemptOut::from).collect(),
            attempts_count: export.attempts_count,
            created_at: export.created_at,
            expires_at: export.expires_at,
            id: export.id,
            next_attempt_at: Some(export.next_attempt_at).filter(|_| export.state == ExportState::Pending),
            operation: export.operation,
            parts: parts.into_iter().map(PartOut::from).collect(),
            reason: export.last_error,
            reason_code: export.reason_code,
            state: export.state,
        }
    }
}

/// How a content fares on its way.
pub async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
) -> Result<Reply<Vec<ExportOut>>> {
    let found = app.db.read(move |tx| Box::pin(async move { export::ledger(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into_iter().map(ExportOut::from).collect()))
}

/// Extension: sending a content that did not reach its source on its way again.
pub async fn retry_export(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
) -> Result<Written<ContentOut>> {
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = export::retry(tx, &actor, &id).await?;
            ContentOut::load(app, tx, &actor, changed).await
        })
    })
    .await
}

/// Extension: saying that a content has reached its source of which that was not known.
pub async fn mark_as_sent(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
) -> Result<Written<ContentOut>> {
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = export::mark_as_sent(tx, &actor, &id).await?;
            ContentOut::load(app, tx, &actor, changed).await
        })
    })
    .await
}
