//! What visitors have not read, on its way to becoming a mail: one row for a thread, and which contents were mailed.
//!
//! Whoever changes one holds its thread first.

use model::{ContentId, MailId, SourceId, ThreadId, Timestamp};

use crate::content::Content;
use crate::{Error, Field, Row, Tx, params, table};

table! {
    /// The mails of a thread.
    pub struct ChatMail in "chat_mails" {
        /// The thread.
        thread_id: ThreadId,
        /// When it is looked at; none while nothing waits.
        due_at: Option<Timestamp>,
        /// After how many seconds that was set to be.
        due_after: i64,
        /// How many mails there were.
        batches: i64,
        /// Since when its visitor wants none.
        unsubscribed_at: Option<Timestamp>,
    }
}

table! {
    /// A content that was mailed.
    pub struct Mailed in "chat_mailed" {
        /// The content.
        content_id: ContentId,
        /// The mail.
        mail_id: MailId,
    }
}

/// The row of a thread.
pub async fn find(tx: &mut Tx, thread: &ThreadId) -> Result<Option<ChatMail>, Error> {
    tx.find("WHERE thread_id = ?1", params![thread]).await
}

/// Notes that something waits in a thread: it is looked at after so many seconds, or sooner when it was to be before.
pub async fn await_look(tx: &mut Tx, thread: &ThreadId, after: i64) -> Result<(), Error> {
    let sql = "INSERT INTO chat_mails (thread_id, due_at, due_after, batches) VALUES (?1, ?2, ?3, 0) \
               ON CONFLICT (thread_id) DO UPDATE SET due_at = excluded.due_at, due_after = excluded.due_after \
               WHERE chat_mails.due_at IS NULL AND chat_mails.unsubscribed_at IS NULL";
    tx.execute(sql, params![thread, tx.now().plus_seconds(after), after]).await.map(drop)
}

/// Nothing waits in a thread any more.
pub async fn forget_look(tx: &mut Tx, thread: &ThreadId) -> Result<(), Error> {
    let sql = "UPDATE chat_mails SET due_at = NULL WHERE thread_id = ?1 AND due_at IS NOT NULL";
    tx.execute(sql, params![thread]).await.map(drop)
}

/// Notes that the visitor of a thread wants no mails of it; tells whether that is new.
pub async fn unsubscribe(tx: &mut Tx, thread: &ThreadId) -> Result<bool, Error> {
    let sql = "INSERT INTO chat_mails (thread_id, due_after, batches, unsubscribed_at) VALUES (?1, 0, 0, ?2) \
               ON CONFLICT (thread_id) DO UPDATE SET due_at = NULL, unsubscribed_at = excluded.unsubscribed_at \
               WHERE chat_mails.unsubscribed_at IS NULL";
    Ok(tx.execute(sql, params![thread, tx.now()]).await? > 0)
}

/// Threads whose time has come, the first ones first, some at the most.
pub async fn due(tx: &mut Tx, limit: i64) -> Result<Vec<ThreadId>, Error> {
    let sql = "SELECT thread_id FROM chat_mails WHERE due_at <= ?1 ORDER BY due_at, thread_id LIMIT ?2";
    tx.rows(sql, params![tx.now(), limit]).await?.iter_mut().map(Row::take).collect()
}

/// When the next time comes.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT MIN(due_at) FROM chat_mails WHERE due_at IS NOT NULL";
    match tx.rows(sql, Vec::new()).await?.first_mut() {
        Some(row) => row.take(),
        None => Ok(None),
    }
}

/// Agents' contents of a thread that its visitor sees, has not read, and was not mailed, oldest first.
pub async fn unread(tx: &mut Tx, thread: &ThreadId, limit: i64) -> Result<Vec<Content>, Error> {
    let clause = "WHERE thread_id = ?1 AND read_at IS NULL AND published = TRUE AND approval_required = FALSE \
                  AND remotely_deleted = FALSE AND status IN ('user_reply', 'user_initiated') \
                  AND NOT EXISTS (SELECT 1 FROM chat_mailed WHERE chat_mailed.content_id = contents.id) \
                  ORDER BY ordinal LIMIT ?2";
    tx.select(clause, params![thread, limit]).await
}

/// Whether a mail has anything that its visitor has not read, and would still get: their source sends mails, and they
/// want them.
pub async fn is_wanted(tx: &mut Tx, mail: &MailId) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM chat_mailed JOIN contents ON contents.id = chat_mailed.content_id \
               JOIN content_sources ON content_sources.id = contents.source_id \
               LEFT JOIN chat_mails ON chat_mails.thread_id = contents.thread_id \
               WHERE chat_mailed.mail_id = ?1 AND contents.read_at IS NULL AND contents.remotely_deleted = FALSE \
               AND content_sources.active = TRUE AND chat_mails.unsubscribed_at IS NULL LIMIT 1";
    Ok(!tx.rows(sql, params![mail]).await?.is_empty())
}

/// When the mails of a source to an address since a time were written, the first ones first.
pub async fn sent_since(
    tx: &mut Tx,
    source: &SourceId,
    address: &str,
    since: Timestamp,
) -> Result<Vec<Timestamp>, Error> {
    let sql = "SELECT created_at FROM mail_deliveries WHERE source_id = ?1 AND recipient = ?2 AND created_at > ?3 \
               ORDER BY created_at";
    tx.rows(sql, params![source, address.to_owned(), since]).await?.iter_mut().map(Row::take).collect()
}

/// Takes a mail back that nobody needs any more. What it had counts as mailed.
pub async fn take_back(tx: &mut Tx, mail: &MailId) -> Result<(), Error> {
    tx.execute("DELETE FROM mail_deliveries WHERE id = ?1", vec![mail.to_value()]).await.map(drop)
}
