//! Exports: agents' contents on their way to the source.

use model::{ContentId, DeliveryState, SourceId, ThreadId, Timestamp};

use crate::webhook::left_behind;
use crate::{Backend, Error, Row, Tx, params, table};

table! {
    /// One content on its way to its source.
    pub struct Export in "content_exports" {
        /// The content.
        content_id: ContentId,
        /// Its source.
        source_id: SourceId,
        /// Its thread: exports of one thread go out one after the other.
        thread_id: ThreadId,
        /// The content's place in that.
        ordinal: i64,
        /// Where it stands.
        state: DeliveryState,
        /// How often it was tried.
        attempts_count: i64,
        /// How often that failed since it was last begun.
        failures_count: i64,
        /// When it is tried next. While it is being tried, the end of that lease.
        next_attempt_at: Timestamp,
        /// After this time no failure is followed by another try.
        expires_at: Timestamp,
        /// What went wrong last.
        last_error: Option<String>,
        /// The process that tries it; none when nobody does.
        leased_by: Option<String>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Those that stand first in their thread: only they may go out.
const FIRST: &str = "source_id = ?1 AND state = 'pending' AND NOT EXISTS (SELECT 1 FROM content_exports earlier \
    WHERE earlier.thread_id = content_exports.thread_id AND earlier.state = 'pending' \
    AND earlier.ordinal < content_exports.ordinal)";

/// Finds the export of a content.
pub async fn find(tx: &mut Tx, content: &ContentId) -> Result<Option<Export>, Error> {
    tx.find("WHERE content_id = ?1", params![content]).await
}

/// The exports of a source that are due and first in their threads, oldest first; held against other processes,
/// whose own are left out.
pub async fn due(tx: &mut Tx, source: &SourceId, limit: i64) -> Result<Vec<Export>, Error> {
    let held = match tx.backend() {
        Backend::Sqlite => "",
        Backend::Postgres => " FOR UPDATE SKIP LOCKED",
    };
    let clause = format!("WHERE {FIRST} AND next_attempt_at <= ?2 ORDER BY next_attempt_at, content_id LIMIT ?3{held}");
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
    let sql = "UPDATE content_exports SET next_attempt_at = ?4 WHERE content_id = ?1 AND leased_by = ?2 \
               AND attempts_count = ?3 AND state = 'pending'";
    tx.execute(sql, params![taken.content_id, taken.leased_by, taken.attempts_count, until]).await.map(drop)
}

/// When the next export of a source is due; none when it has none.
pub async fn next_due(tx: &mut Tx, source: &SourceId) -> Result<Option<Timestamp>, Error> {
    // In this order the index ends the search at the first that fits, however many wait behind it.
    let sql = format!("SELECT next_attempt_at FROM content_exports WHERE {FIRST} ORDER BY next_attempt_at LIMIT 1");
    tx.rows(&sql, params![source]).await?.first_mut().map(Row::take).transpose()
}

/// The sources that have exports to make.
pub async fn sources(tx: &mut Tx) -> Result<Vec<SourceId>, Error> {
    let sql = "SELECT DISTINCT source_id FROM content_exports WHERE state = 'pending'";
    tx.rows(sql, Vec::new()).await?.iter_mut().map(Row::take).collect()
}
