//! Who writes to mailboxes: how much of late, and how often they got something that nobody wrote.

use model::{ContentId, SourceId, ThreadId, Timestamp};

use crate::{Error, Tx, params, table};

table! {
    /// Somebody who writes to a mailbox. Its key is both.
    pub struct MailSender in "mail_senders" {
        /// The source.
        source_id: SourceId,
        /// The address, in lower case.
        address: String,
        /// Since when the mails of an hour are counted.
        hour_at: Timestamp,
        /// How many came since.
        hour_count: i64,
        /// Since when those of ten minutes are.
        ten_at: Timestamp,
        /// How many came since.
        ten_count: i64,
        /// Until when they get nothing that nobody wrote.
        quiet_until: Option<Timestamp>,
        /// Since when what they get so is counted.
        day_at: Timestamp,
        /// How much they got since.
        day_count: i64,
    }
}

/// Finds somebody who writes to a mailbox.
pub async fn find(tx: &mut Tx, source: &SourceId, address: &str) -> Result<Option<MailSender>, Error> {
    tx.find("WHERE source_id = ?1 AND address = ?2", params![source, address.to_owned()]).await
}

/// Keeps what is known of one, in the place of what was.
pub async fn put(tx: &mut Tx, sender: &MailSender) -> Result<(), Error> {
    let sql = "INSERT INTO mail_senders (source_id, address, hour_at, hour_count, ten_at, ten_count, quiet_until, \
               day_at, day_count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
               ON CONFLICT (source_id, address) DO UPDATE SET hour_at = ?3, hour_count = ?4, ten_at = ?5, \
               ten_count = ?6, quiet_until = ?7, day_at = ?8, day_count = ?9";
    let MailSender { source_id, address, hour_at, hour_count, ten_at, ten_count, quiet_until, day_at, day_count } =
        sender;
    let values = params![source_id, address, hour_at, hour_count, ten_at, ten_count, quiet_until, day_at, day_count];
    tx.execute(sql, values).await.map(drop)
}

/// Forgets those of whom nothing was heard since a moment, so many at the most; tells how many.
pub async fn forget_old(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM mail_senders WHERE (source_id, address) IN (SELECT source_id, address FROM mail_senders \
               WHERE hour_at < ?1 AND day_at < ?1 LIMIT ?2)";
    tx.execute(sql, params![before, limit]).await
}

/// Whether somebody got something in a thread since a moment that nobody wrote.
pub async fn answered_since(tx: &mut Tx, thread: &ThreadId, said: &ContentId, since: Timestamp) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM contents WHERE thread_id = ?1 AND id <> ?2 AND auto_submitted = TRUE \
               AND status IN ('user_reply', 'user_initiated') AND created_at > ?3 LIMIT 1";
    Ok(!tx.rows(sql, params![thread, said, since]).await?.is_empty())
}
