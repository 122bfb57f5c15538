//! The lines of threads' histories. They are written with what they tell of (`doors/lines.rs`), and stay when the journal is
//! cut.

use model::ThreadId;

pub use crate::doors::Line;
use crate::doors::write_lines;
use crate::{Error, Tx, params};

/// The lines of a thread from one place on and before another one, the last `limit` of them, oldest first.
pub async fn between(tx: &mut Tx, thread: &ThreadId, (from, to): (i64, i64), limit: i64) -> Result<Vec<Line>, Error> {
    let clause =
        "WHERE thread_id = ?1 AND ordinal >= ?2 AND ordinal < ?3 ORDER BY ordinal DESC, at DESC, id DESC LIMIT ?4";
    let mut lines: Vec<Line> = tx.select(clause, params![thread, from, to, limit]).await?;
    lines.reverse();
    Ok(lines)
}

/// Writes at once what was noted until now, so that it stands before what comes; gives the last place of a thread.
pub async fn write_noted(tx: &mut Tx, thread: &ThreadId) -> Result<i64, Error> {
    write_lines(tx).await?;
    tx.number("SELECT last_ordinal FROM content_threads WHERE id = ?1", params![thread]).await
}
