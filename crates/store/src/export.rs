//! Exports: agents' contents on their way to the source, and what is to be done there with contents that it has; the
//! requests that each takes, and every try with how it ended.

use model::{
    ContentId, ExportId, ExportOutcome, ExportState, IdentityId, PartState, SourceId, ThreadId, Timestamp, UserId,
};

use crate::content::Content;
use crate::webhook::left_behind;
use crate::{Backend, Error, Filter, Row, Tx, params, table};

/// What a content's own export asks of its source.
pub const CREATE: &str = "create";

/// What another export asks of its source: the same mail, for those alone whom the server has asked to wait.
pub const REST: &str = "rest";

/// And the copy of a mail that went out, for the mailbox that its source names for those.
pub const COPY: &str = "copy";

/// How many tries at one export are kept, and how many acts on a content are shown.
const KEPT: i64 = 50;

table! {
    /// One content on its way to its source, or an act on it that is.
    pub struct Export in "content_exports" {
        /// Its id.
        id: ExportId,
        /// The content.
        content_id: ContentId,
        /// Its source.
        source_id: SourceId,
        /// Its thread.
        thread_id: ThreadId,
        /// What is asked of the source: `create`, or the name of an act.
        operation: String,
        /// Whoever the act is done as.
        actor_identity_id: Option<IdentityId>,
        /// Who asked for the act.
        user_id: Option<UserId>,
        /// Exports of one lane go out one after the other: the thread's id, of acts the content's.
        lane: String,
        /// Its place in that: the content's, of acts their number.
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

impl Export {
    /// Whether it hands a content over, to all or to the rest of those to whom it goes or as a copy, rather than having
    /// something done with one.
    #[must_use]
    pub fn is_sending(&self) -> bool {
        self.is_create() || self.is_beside(REST) || self.is_copy()
    }

    /// Whether it is a copy of what went out: whatever becomes of it, the content has arrived.
    #[must_use]
    pub fn is_copy(&self) -> bool {
        self.is_beside(COPY)
    }

    /// An act may have any name; it is done as somebody.
    fn is_beside(&self, operation: &str) -> bool {
        self.operation == operation && self.actor_identity_id.is_none()
    }

    /// Another one for the same content, which waits in a lane of its own and begins now.
    #[must_use]
    pub fn beside(&self, operation: &str, lane: String, now: Timestamp) -> Self {
        Self {
            id: ExportId::new(now),
            operation: operation.to_owned(),
            lane,
            ordinal: 0,
            state: ExportState::Pending,
            attempts_count: 0,
            failures_count: 0,
            waits_count: 0,
            next_attempt_at: now,
            reason_code: None,
            last_error: None,
            leased_by: None,
            created_at: now,
            updated_at: now,
            ..self.clone()
        }
    }

    /// Whether it is a content on its way, rather than an act on one.
    #[must_use]
    pub fn is_create(&self) -> bool {
        self.operation == CREATE
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
    tx.find("WHERE content_id = ?1 AND operation = 'create'", params![content]).await
}

/// Finds the export of a content and holds it. Its thread is locked.
pub async fn find_locked(tx: &mut Tx, content: &ContentId) -> Result<Option<Export>, Error> {
    tx.find_locked("WHERE content_id = ?1 AND operation = 'create'", params![content]).await
}

/// The contents of a thread that were written here and sent, whose names on the other side are not known; oldest first.
pub async fn unnamed(tx: &mut Tx, thread: &ThreadId, kind: &str) -> Result<Vec<Content>, Error> {
    let clause = "WHERE thread_id = ?1 AND kind = ?2 AND foreign_id IS NULL AND EXISTS (SELECT 1 FROM content_exports e \
                  WHERE e.content_id = contents.id AND e.operation = 'create' AND e.attempts_count > 0 \
                  AND e.state IN ('pending', 'delivered', 'unknown')) ORDER BY ordinal";
    tx.select(clause, params![thread, kind.to_owned()]).await
}

/// The contents of a source that are on their way to it at this moment.
pub async fn under_way(tx: &mut Tx, source: &SourceId) -> Result<Vec<ExportId>, Error> {
    let sql = "SELECT id FROM content_exports WHERE source_id = ?1 AND state = 'pending' AND operation = 'create' \
               AND leased_by IS NOT NULL AND next_attempt_at > ?2";
    tx.rows(sql, params![source, tx.now()]).await?.iter_mut().map(Row::take).collect()
}

/// Finds an export.
pub async fn by_id(tx: &mut Tx, id: &ExportId) -> Result<Option<Export>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds an export and holds it. Its thread is locked.
pub async fn lock(tx: &mut Tx, id: &ExportId) -> Result<Option<Export>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// The exports of these contents themselves.
pub async fn creates_of(tx: &mut Tx, contents: &[ContentId]) -> Result<Vec<Export>, Error> {
    of(tx, contents, "operation = 'create'", "").await
}

/// The acts on these contents, each content's in the order in which they were asked for.
pub async fn acts_of(tx: &mut Tx, contents: &[ContentId]) -> Result<Vec<Export>, Error> {
    of(tx, contents, &format!("{BESIDE} AND {ACT}"), " ORDER BY content_id, ordinal").await
}

/// The exports of a content but its own.
const BESIDE: &str = "operation <> 'create'";
/// Those of them that are acts: they are done as somebody.
const ACT: &str = "actor_identity_id IS NOT NULL";
/// Those that are copies of mails that went out: a connector may have an act of that name.
pub(crate) const A_COPY: &str = "(operation = 'copy' AND actor_identity_id IS NULL)";

/// Why copies of mails that went out lie nowhere, by their contents; those that have one, or are to have one, are left out.
pub async fn copies_missing(tx: &mut Tx, contents: &[ContentId]) -> Result<Vec<(ContentId, String)>, Error> {
    let which = format!("{BESIDE} AND {A_COPY}");
    let copies = of(tx, contents, &which, "").await?;
    let lies =
        |content: &ContentId| copies.iter().any(|one| one.content_id == *content && one.state != ExportState::Parked);
    let missing = copies.iter().filter(|one| !lies(&one.content_id));
    Ok(missing.map(|one| (one.content_id.clone(), one.last_error.clone().unwrap_or_default())).collect())
}

/// Whether a mail is on its way once more to those whom the server has asked to wait.
pub async fn has_rest(tx: &mut Tx, content: &ContentId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM content_exports WHERE content_id = ?1 AND operation = 'rest' AND state = 'pending'";
    Ok(tx.number(sql, params![content]).await? > 0)
}

/// Whether a mail that went out has a copy, or is to have one.
pub async fn has_copy(tx: &mut Tx, content: &ContentId) -> Result<bool, Error> {
    let sql = format!("SELECT COUNT(*) FROM content_exports WHERE content_id = ?1 AND {A_COPY} AND state <> 'parked'");
    Ok(tx.number(&sql, params![content]).await? > 0)
}

async fn of(tx: &mut Tx, contents: &[ContentId], which: &str, order: &str) -> Result<Vec<Export>, Error> {
    if contents.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_in("content_id", contents);
    filter.and(which);
    tx.select(&format!("{}{order}", filter.clause()), filter.params).await
}

/// The last acts on a content, newest first.
pub async fn last_acts(tx: &mut Tx, content: &ContentId) -> Result<Vec<Export>, Error> {
    let clause = format!("WHERE content_id = ?1 AND {BESIDE} AND {ACT} ORDER BY ordinal DESC LIMIT ?2");
    tx.select(&clause, params![content, KEPT]).await
}

/// What of a content went out beside it, newest first: to those who had to wait, and its copies.
pub async fn beside(tx: &mut Tx, content: &ContentId) -> Result<Vec<Export>, Error> {
    let clause = format!(
        "WHERE content_id = ?1 AND {BESIDE} AND actor_identity_id IS NULL ORDER BY created_at DESC, id DESC LIMIT ?2"
    );
    tx.select(&clause, params![content, KEPT]).await
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

/// How many of the last tries of all sources are looked through for those of one.
const LOOKED: i64 = 2000;

/// The last tries at exports of a source, newest first, as far as they are among the last of all; each with what it was of.
pub async fn last_attempts(
    tx: &mut Tx,
    source: &SourceId,
    limit: i64,
) -> Result<Vec<(Attempt, ContentId, String)>, Error> {
    let sql = "SELECT a.export_id, a.number, e.content_id, e.operation FROM (SELECT export_id, number, started_at \
               FROM content_export_attempts ORDER BY started_at DESC LIMIT ?2) AS a \
               JOIN content_exports e ON e.id = a.export_id WHERE e.source_id = ?1 \
               ORDER BY a.started_at DESC, a.export_id DESC, a.number DESC LIMIT ?3";
    let mut found = Vec::new();
    for row in &mut tx.rows(sql, params![source, LOOKED, limit]).await? {
        let (export, number): (ExportId, i64) = (row.take()?, row.take()?);
        found.push((export, number, row.take::<ContentId>()?, row.take::<String>()?));
    }
    let mut all = Vec::with_capacity(found.len());
    for (export, number, content, operation) in found {
        let clause = "WHERE export_id = ?1 AND number = ?2";
        if let Some(attempt) = tx.find::<Attempt>(clause, params![export, number]).await? {
            all.push((attempt, content, operation));
        }
    }
    Ok(all)
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
