//! The lines of threads' histories that a use case notes: each is written in its transaction, and has a place in its thread's
//! own order, beside the contents.

use model::{Deed, LineId, NewLine, ThreadId, Timestamp, UserId};

use super::tx::{Backend, Tx};
use crate::{Error, Json, Table, params, table};

table! {
    /// A line of a thread's history: what was done to it.
    pub struct Line in "thread_lines" {
        /// Its id.
        id: LineId,
        /// The thread.
        thread_id: ThreadId,
        /// Its place among the contents and the lines of the thread. One that is older than these places has that of the
        /// content before it.
        ordinal: i64,
        /// When.
        at: Timestamp,
        /// What was done.
        kind: Deed,
        /// By whom; none for what happened by itself, or by a customer's word.
        user_id: Option<UserId>,
        /// What belongs to it.
        data: Json<serde_json::Value>,
    }
}

/// Gives lines their places, behind all that their threads have, and writes them. A thread that is not there gets none.
pub(crate) async fn write(tx: &mut Tx) -> Result<(), Error> {
    let now = tx.now();
    for NewLine { thread_id, kind, user_id, data } in tx.take_lines() {
        let mut line = Line { id: LineId::new(now), thread_id, ordinal: 0, at: now, kind, user_id, data: Json(data) };
        let next = "UPDATE content_threads SET last_ordinal = last_ordinal + 1 WHERE id = ?2 RETURNING last_ordinal";
        match tx.backend() {
            Backend::Sqlite => {
                let next = next.replace("?2", "?1");
                line.ordinal = tx.number(&next, params![line.thread_id]).await?;
                if line.ordinal > 0 {
                    tx.insert(&line).await?;
                }
            }
            // One journey, and no second one for the place.
            Backend::Postgres => {
                let sql = format!(
                    "WITH place AS ({next}) INSERT INTO thread_lines ({}) \
                     SELECT ?1, ?2, ?3 + place.last_ordinal, ?4, ?5, ?6, ?7 FROM place",
                    Line::COLUMNS
                );
                tx.execute(&sql, line.values()).await?;
            }
        }
    }
    Ok(())
}
