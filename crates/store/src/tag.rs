//! Tags: labels on identity groups.

use model::{TagId, Timestamp};

use crate::{Backend, Error, Field, Filter, Listed, Page, Tx, params, placeholders, table};

table! {
    /// A label on identity groups.
    pub struct Tag in "tags" {
        /// Its id.
        id: TagId,
        /// Its name.
        name: String,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Which of these tags there are, held so that none goes until the transaction ends.
pub async fn locked(tx: &mut Tx, ids: &[TagId]) -> Result<Vec<Tag>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let held = match tx.backend() {
        Backend::Sqlite => "",
        Backend::Postgres => "FOR KEY SHARE",
    };
    let clause = format!("WHERE id IN ({}) ORDER BY id {held}", placeholders(1, ids.len()));
    tx.select(&clause, ids.iter().map(Field::to_value).collect()).await
}

/// Finds a tag.
pub async fn find(tx: &mut Tx, id: &TagId) -> Result<Option<Tag>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Lists tags by name, of `ids` when given.
pub async fn list(tx: &mut Tx, ids: Option<&[TagId]>, page: Page) -> Result<Listed<Tag>, Error> {
    let mut filter = Filter::default();
    if let Some(ids) = ids {
        filter.and_in("id", ids);
    }
    tx.list(filter, "name, id", page).await
}
