//! Exports: agents' contents on their way to the source, the requests that each takes, and every try with how it ended.

use model::{ContentId, ExportId, ExportOutcome, ExportState, PartState, SourceId, ThreadId, Timestamp};

use crate::webhook::left_behind;
use crate::{Backend, Error, Filter, Row, Tx, params, table};

/// How many tries at one export are kept.
const KEPT: i64 = 50;

table! {
    /// One content on its way to its source.
    pub struct Export in "content_exports" {
        /// Its id.
        id: ExportId,
        /// The content.
        content_id: ContentId,
        /// Its source.
        source_id: SourceId,
        /// Its thread.
        thread_id: ThreadId,
        /// Exports of one lane go out one after the other: the thread's id.
        lane: String,
        /// The content's place in that.
        ordinal: i64,
        /// Where it stands.
        state: ExportState,
        /// How often it was tried.
        attempts_count: i64,
        /// How often that failed since it was last begun.
        failures_count: i64,
        /// How often in a row the other side asked to wait, up to now.
        waits_count: i64,
        /// When it is tried next. While it is being tried, the end of that lease.
        next_attempt_at: Timestamp,
        /// After this time no failure is followed by another try.
        expires_at: Timestamp,
        /// What went wrong last, for programs.
        reason_code: Option<String>,
        /// The same in words.
        last_error: Option<String>,
        /// The process that tries it; none when nobody does.
        leased_by: Option<String>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// One of the requests that a content takes. Its key is the export and its place.
    pub struct Part in "content_export_parts" {
        /// The export.
        export_id: ExportId,
        /// Its place: 0 for the first.
        ordinal: i64,
        /// What it asks of the other side.
        kind: String,
        /// Where it stands.
        state: PartState,
        /// The id that the other side gave.
        remote_id: Option<String>,
        /// When the other side had it.
        sent_at: Option<Timestamp>,
    }
}

table! {
    /// One try at an export. Its key is the export and the number. It is written when the export is taken: one without an
    /// outcome is under way, or was when its process died.
    pub struct Attempt in "content_export_attempts" {
        /// The export.
        export_id: ExportId,
        /// Its number: 1 for the first.
        number: i64,
        /// The place of the part that it sent.
        part: i64,
        /// When it began.
        started_at: Timestamp,
        /// When it ended.
        ended_at: Option<Timestamp>,
        /// How.
        outcome: Option<ExportOutcome>,
        /// What went wrong, for programs.
        reason_code: Option<String>,
        /// The same in words.
        text: Option<String>,
        /// The code of the answer.
        http_status: Option<i64>,
        /// How long it took, in milliseconds.
        took_ms: Option<i64>,
    }
}

impl Attempt {
    /// One that begins now.
    #[must_use]
    pub fn begin(export_id: ExportId, number: i64, part: i64, now: Timestamp) -> Self {
        let (ended_at, outcome, reason_code, text, http_status, took_ms) = (None, None, None, None, None, None);
        let started_at = now;
        Self { export_id, number, part, started_at, ended_at, outcome, reason_code, text, http_status, took_ms }
    }
}

/// Those that stand first in their lane: only they may go out.
const FIRST: &str = "source_id = ?1 AND state = 'pending' AND NOT EXISTS (SELECT 1 FROM content_exports earlier \
    WHERE earlier.lane = content_exports.lane AND earlier.state = 'pending' \
    AND earlier.ordinal < content_exports.ordinal)";

/// Finds the export of a content.
pub async fn find(tx: &mut Tx, content: &ContentId) -> Result<Option<Export>, Error> {
    tx.find("WHERE content_id = ?1", params![content]).await
}

/// Finds the export of a content and holds it. Its thread is locked.
pub async fn find_locked(tx: &mut Tx, content: &ContentId) -> Result<Option<Export>, Error> {
    tx.find_locked("WHERE content_id = ?1", params![content]).await
}

/// Those of some contents of which it is not known whether they have arrived.
pub async fn unknown_among(tx: &mut Tx, contents: &[ContentId]) -> Result<Vec<ContentId>, Error> {
    if contents.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_in("content_id", contents);
    let found: Vec<Export> = tx.select(&filter.clause(), filter.params).await?;
    let unknown = found.into_iter().filter(|export| export.state == ExportState::Unknown);
    Ok(unknown.map(|export| export.content_id).collect())
}

/// The exports of a source that are due and first in their lanes, oldest first; held against other processes,
/// whose own are left out.
pub async fn due(tx: &mut Tx, source: &SourceId, limit: i64) -> Result<Vec<Export>, Error> {
    let held = match tx.backend() {
        Backend::Sqlite => "",
        Backend::Postgres => " FOR UPDATE SKIP LOCKED",
    };
    let clause = format!("WHERE {FIRST} AND next_attempt_at <= ?2 ORDER BY next_attempt_at, id LIMIT ?3{held}");
    tx.select(&clause, params![source, tx.now(), limit]).await
}

/// Makes those due at once whose leases are over when `process` starts in the place of `former`.
pub async fn end_leases(tx: &mut Tx, process: &str, former: Option<&str>) -> Result<(), Error> {
    let Some((whose, name)) = left_behind(tx, process, former) else { return Ok(()) };
    let sql = format!(
        "UPDATE content_exports SET next_attempt_at = ?2, leased_by = NULL WHERE state = 'pending' \
         AND leased_by IS NOT NULL AND {whose}"
    );
    tx.execute(&sql, params![name.to_owned(), tx.now()]).await.map(drop)
}

/// Has the lease of a process on what it took end later; does nothing when somebody else has taken it since.
pub async fn renew(tx: &mut Tx, taken: &Export, until: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE content_exports SET next_attempt_at = ?4 WHERE id = ?1 AND leased_by = ?2 \
               AND attempts_count = ?3 AND state = 'pending'";
    tx.execute(sql, params![taken.id, taken.leased_by, taken.attempts_count, until]).await.map(drop)
}

/// When the next export of a source is due; none when it has none.
pub async fn next_due(tx: &mut Tx, source: &SourceId) -> Result<Option<Timestamp>, Error> {
    // In this order the index ends the search at the first that fits, however many wait behind it.
    let sql = format!("SELECT next_attempt_at FROM content_exports WHERE {FIRST} ORDER BY next_attempt_at LIMIT 1");
    tx.rows(&sql, params![source]).await?.first_mut().map(Row::take).transpose()
}

/// Until when a source asks to wait; none when it does not.
pub async fn waits_until(tx: &mut Tx, source: &SourceId) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT next_attempt_at FROM content_exports WHERE source_id = ?1 AND state = 'pending' \
               AND waits_count > 0 AND leased_by IS NULL AND next_attempt_at > ?2 \
               ORDER BY next_attempt_at DESC LIMIT 1";
    tx.rows(sql, params![source, tx.now()]).await?.first_mut().map(Row::take).transpose()
}

/// Makes due what waits because the other side asked for it.
pub async fn end_waits(tx: &mut Tx, source: &SourceId) -> Result<(), Error> {
    let sql = "UPDATE content_exports SET next_attempt_at = ?2 WHERE source_id = ?1 AND state = 'pending' \
               AND waits_count > 0 AND leased_by IS NULL";
    tx.execute(sql, params![source, tx.now()]).await.map(drop)
}

/// The sources that have exports to make.
pub async fn sources(tx: &mut Tx) -> Result<Vec<SourceId>, Error> {
    let sql = "SELECT DISTINCT source_id FROM content_exports WHERE state = 'pending'";
    tx.rows(sql, Vec::new()).await?.iter_mut().map(Row::take).collect()
}

/// The parts of an export in order; none before its first try has ended.
pub async fn parts(tx: &mut Tx, export: &ExportId) -> Result<Vec<Part>, Error> {
    tx.select("WHERE export_id = ?1 ORDER BY ordinal", params![export]).await
}

/// Writes what became of a part.
pub async fn update_part(tx: &mut Tx, part: &Part) -> Result<(), Error> {
    let sql = "UPDATE content_export_parts SET state = ?3, remote_id = ?4, sent_at = ?5 \
               WHERE export_id = ?1 AND ordinal = ?2";
    let Part { export_id, ordinal, kind: _, state, remote_id, sent_at } = part;
    tx.execute(sql, params![export_id, ordinal, state, remote_id, sent_at]).await.map(drop)
}

/// The tries at an export, oldest first.
pub async fn attempts(tx: &mut Tx, export: &ExportId) -> Result<Vec<Attempt>, Error> {
    tx.select("WHERE export_id = ?1 ORDER BY number", params![export]).await
}

/// Whether a try at an export has no outcome.
pub async fn is_open(tx: &mut Tx, export: &ExportId, number: i64) -> Result<bool, Error> {
    let clause = "WHERE export_id = ?1 AND number = ?2 AND outcome IS NULL";
    Ok(tx.find::<Attempt>(clause, params![export, number]).await?.is_some())
}

/// Writes that a try begins, and forgets those of the same export that are too many.
pub async fn begin_attempt(tx: &mut Tx, attempt: &Attempt) -> Result<(), Error> {
    tx.insert(attempt).await?;
    if attempt.number <= KEPT {
        return Ok(());
    }
    let sql = "DELETE FROM content_export_attempts WHERE export_id = ?1 AND number <= ?2";
    tx.execute(sql, params![attempt.export_id, attempt.number - KEPT]).await.map(drop)
}

/// Writes how a try ended, once.
pub async fn end_attempt(tx: &mut Tx, attempt: &Attempt) -> Result<(), Error> {
    let sql = "UPDATE content_export_attempts SET ended_at = ?3, outcome = ?4, reason_code = ?5, text = ?6, \
               http_status = ?7, took_ms = ?8 WHERE export_id = ?1 AND number = ?2 AND outcome IS NULL";
    let Attempt { export_id, number, ended_at, outcome, reason_code, text, http_status, took_ms, .. } = attempt;
    let values = params![export_id, number, ended_at, outcome, reason_code, text, http_status, took_ms];
    tx.execute(sql, values).await.map(drop)
}

/// Removes up to `limit` tries that began before a time; tells how many.
pub async fn forget_attempts(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM content_export_attempts WHERE (export_id, number) IN (SELECT export_id, number \
               FROM content_export_attempts WHERE started_at < ?1 ORDER BY started_at LIMIT ?2)";
    tx.execute(sql, params![before, limit]).await
}
