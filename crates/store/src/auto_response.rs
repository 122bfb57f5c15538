//! Automatic messages: when a customer last got one.

use model::{IdentityId, SourceId, Timestamp};

use crate::{Error, Tx, params};

/// Notes that a customer gets an automatic message of a kind now, unless the last one was sent after `last_before`;
/// tells whether they get it. One that was sent later than now was sent by a wrong clock, and does not count.
pub async fn claim(
    tx: &mut Tx,
    source: &SourceId,
    identity: &IdentityId,
    kind: &str,
    last_before: Timestamp,
) -> Result<bool, Error> {
    let sql = "INSERT INTO auto_responses (source_id, identity_id, kind, sent_at) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (source_id, identity_id, kind) DO UPDATE SET sent_at = excluded.sent_at \
               WHERE auto_responses.sent_at <= ?5 OR auto_responses.sent_at > ?4 RETURNING sent_at";
    let now = tx.now();
    Ok(!tx.rows(sql, params![source, identity, kind.to_owned(), now, last_before]).await?.is_empty())
}
