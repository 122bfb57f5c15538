//! What came in and could not be taken in. It is kept until somebody has it tried again, or drops it.

use std::collections::HashMap;

use model::{InboundItemId, SourceId, Timestamp};

use crate::{Error, Filter, Listed, Page, Tx, params, table};

table! {
    /// One of them.
    pub struct InboundItem in "inbound_items" {
        /// Its id.
        id: InboundItemId,
        /// Its source.
        source_id: SourceId,
        /// What it is, by the name that its channel has for it.
        kind: String,
        /// What tells it from others of its source.
        dedupe: String,
        /// What came, as it came.
        payload: String,
        /// How often it was tried.
        attempts_count: i64,
        /// Why it could not be taken in.
        last_error: String,
        /// When it came first.
        received_at: Timestamp,
        /// When it was tried last.
        updated_at: Timestamp,
    }
}

/// Finds one of a source.
pub async fn find(tx: &mut Tx, source: &SourceId, id: &InboundItemId) -> Result<Option<InboundItem>, Error> {
    tx.find("WHERE source_id = ?1 AND id = ?2", params![source, id]).await
}

/// Those of a source, oldest first.
pub async fn list(tx: &mut Tx, source: &SourceId, page: Page) -> Result<Listed<InboundItem>, Error> {
    let mut filter = Filter::default();
    filter.and_value("source_id = ?", source);
    tx.list(filter, "received_at, id", page).await
}

/// How many a source has.
pub async fn count(tx: &mut Tx, source: &SourceId) -> Result<i64, Error> {
    tx.number("SELECT COUNT(*) FROM inbound_items WHERE source_id = ?1", params![source]).await
}

/// How many these sources have; those without any are left out.
pub async fn counts(tx: &mut Tx, sources: &[SourceId]) -> Result<HashMap<SourceId, i64>, Error> {
    let mut filter = Filter::default();
    filter.and_in("source_id", sources);
    let sql = format!("SELECT source_id, COUNT(*) FROM inbound_items {} GROUP BY source_id", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// How many there are.
pub async fn count_all(tx: &mut Tx) -> Result<i64, Error> {
    tx.number("SELECT COUNT(*) FROM inbound_items", Vec::new()).await
}

/// Keeps one; one that is there already has failed once more.
pub async fn keep(tx: &mut Tx, item: &InboundItem) -> Result<(), Error> {
    let sql = "INSERT INTO inbound_items (id, source_id, kind, dedupe, payload, attempts_count, last_error, received_at, \
               updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (source_id, dedupe) DO UPDATE SET \
               payload = ?5, attempts_count = inbound_items.attempts_count + 1, last_error = ?7, updated_at = ?9";
    let InboundItem { id, source_id, kind, dedupe, payload, attempts_count, last_error, received_at, updated_at } =
        item;
    let values = params![id, source_id, kind, dedupe, payload, attempts_count, last_error, received_at, updated_at];
    tx.execute(sql, values).await.map(drop)
}

/// Forgets one that was taken in, by what tells it from others of its source.
pub async fn forget(tx: &mut Tx, source: &SourceId, dedupe: &str) -> Result<(), Error> {
    let sql = "DELETE FROM inbound_items WHERE source_id = ?1 AND dedupe = ?2";
    tx.execute(sql, params![source, dedupe.to_owned()]).await.map(drop)
}
