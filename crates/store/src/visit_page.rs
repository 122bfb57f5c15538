//! Pages that visitors looked at while they were in a conversation.

use model::{ThreadId, Timestamp, VisitPageId};

use crate::{Error, Filter, Listed, Page, Tx, params, table};

table! {
    /// A page that a visitor looked at between messages.
    pub struct VisitPage in "visit_pages" {
        /// Its id.
        id: VisitPageId,
        /// The conversation that they were in.
        thread_id: ThreadId,
        /// The place of the content before it.
        after_ordinal: i64,
        /// Its address.
        url: String,
        /// Its title.
        title: Option<String>,
        /// When they came to it.
        created_at: Timestamp,
    }
}

/// The page of a conversation that was looked at last.
pub async fn last(tx: &mut Tx, thread: &ThreadId) -> Result<Option<VisitPage>, Error> {
    tx.find("WHERE thread_id = ?1 ORDER BY id DESC LIMIT 1", params![thread]).await
}

/// Lists the pages of a conversation, the last one first.
pub async fn list(tx: &mut Tx, thread: &ThreadId, page: Page) -> Result<Listed<VisitPage>, Error> {
    let mut filter = Filter::default();
    filter.and_value("thread_id = ?", thread);
    tx.list(filter, "id DESC", page).await
}

/// Removes the first pages of a conversation, so that it has no more than so many.
pub async fn keep_last(tx: &mut Tx, thread: &ThreadId, most: i64) -> Result<(), Error> {
    let sql = "DELETE FROM visit_pages WHERE thread_id = ?1 AND id <= \
               (SELECT id FROM visit_pages WHERE thread_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    tx.execute(sql, params![thread, most]).await.map(drop)
}

/// Removes up to `limit` pages that were looked at before a moment; gives how many there were.
pub async fn remove_before(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM visit_pages WHERE id IN \
               (SELECT id FROM visit_pages WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)";
    tx.execute(sql, params![before, limit]).await
}
