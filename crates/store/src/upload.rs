//! How much visitors and networks have sent: one row for each of them, so that counting costs the same however many
//! files there are.

use model::Timestamp;

use crate::{Error, Row, Tx, params};

/// Adds bytes to what a holder has sent. What is counted is forgotten `seconds` after the first of it. Gives what it
/// comes to, and when it is forgotten.
pub async fn add(tx: &mut Tx, holder: &str, bytes: i64, seconds: i64) -> Result<(i64, Timestamp), Error> {
    let now = tx.now();
    let ends = now.plus_seconds(seconds);
    // What ends later than what begins now was counted by a clock that has moved back.
    let over = "upload_counts.ends_at <= ?4 OR upload_counts.ends_at > excluded.ends_at";
    let sql = format!(
        "INSERT INTO upload_counts (holder, bytes, ends_at) VALUES (?1, ?2, ?3) ON CONFLICT (holder) DO UPDATE SET \
         bytes = excluded.bytes + CASE WHEN {over} THEN 0 ELSE upload_counts.bytes END, \
         ends_at = CASE WHEN {over} THEN excluded.ends_at ELSE upload_counts.ends_at END RETURNING bytes, ends_at"
    );
    let mut rows = tx.rows(&sql, params![holder.to_owned(), bytes, ends, now]).await?;
    rows.first_mut().map_or(Ok((bytes, ends)), |row: &mut Row| Ok((row.take()?, row.take()?)))
}

/// Forgets up to `limit` counts whose time is over; tells how many.
pub async fn forget_ended(tx: &mut Tx, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM upload_counts WHERE holder IN \
               (SELECT holder FROM upload_counts WHERE ends_at <= ?1 ORDER BY ends_at LIMIT ?2)";
    tx.execute(sql, params![tx.now(), limit]).await
}
