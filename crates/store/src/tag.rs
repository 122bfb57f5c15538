//! Tags: labels on identity groups and threads.

use model::{TagId, Timestamp};

use crate::{Backend, Error, Field, Filter, Listed, Page, Tx, params, placeholders, table};

table! {
    /// A label on identity groups and threads.
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

/// The tags that have one of these ids or names, in any case.
pub async fn called(tx: &mut Tx, names: &[String]) -> Result<Vec<TagId>, Error> {
    let all: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let tags: Vec<Tag> = tx.select("ORDER BY id", Vec::new()).await?;
    let is_meant = |tag: &Tag| all.iter().any(|name| *name == tag.id.as_str() || *name == tag.name.to_lowercase());
    Ok(tags.into_iter().filter(is_meant).map(|tag| tag.id).collect())
}

/// Lists tags by name, of `ids` when given.
pub async fn list(tx: &mut Tx, ids: Option<&[TagId]>, page: Page) -> Result<Listed<Tag>, Error> {
    let mut filter = Filter::default();
    if let Some(ids) = ids {
        filter.and_in("id", ids);
    }
    tx.list(filter, "name, id", page).await
}
