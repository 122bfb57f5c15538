//! Categories: labels in a tree.

use model::{CategoryId, SourceId, Timestamp};

use crate::{Error, Json, Tx, params, table};

table! {
    /// A skill, analytics or disposition label, in a tree.
    pub struct Category in "categories" {
        /// Its id.
        id: CategoryId,
        /// Its name.
        name: String,
        /// The category above it.
        parent_id: Option<CategoryId>,
        /// Its colour, 0 to 6.
        color: i64,
        /// One of its children must be chosen (roots only).
        mandatory: bool,
        /// Several of its children may be chosen (roots only).
        multiple: bool,
        /// Chosen when an intervention is closed (roots only).
        post_qualification: bool,
        /// Cannot be chosen itself (roots only).
        unselectable: bool,
        /// Only for these sources; all when empty (roots only).
        source_ids: Json<Vec<SourceId>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Categories by their ids, each once.
pub async fn by_ids(tx: &mut Tx, ids: &[CategoryId]) -> Result<Vec<Category>, Error> {
    tx.by_ids(ids).await
}

/// Finds a category.
pub async fn find(tx: &mut Tx, id: &CategoryId) -> Result<Option<Category>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// The whole tree, held against other writers until the transaction ends: two moves at once could close a circle.
pub async fn tree_locked(tx: &mut Tx) -> Result<Vec<Category>, Error> {
    tx.select_locked("ORDER BY id", Vec::new()).await
}

/// The columns that hold lists of categories. Threads come first, as everywhere where several rows are locked.
const LISTS: [(&str, &str); 8] = [
    ("content_threads", "category_ids"),
    ("content_threads", "thread_category_ids"),
    ("contents", "category_ids"),
    ("interventions", "category_ids"),
    ("users", "category_ids"),
    ("reply_assistant_entries", "category_ids"),
    ("surveys", "category_ids"),
    ("chat_triggers", "category_ids"),
];

/// Puts `new` in the place of `old` in every list, or takes `old` out where there is no `new` or it is there already.
pub async fn replace(tx: &mut Tx, old: &CategoryId, new: Option<&CategoryId>) -> Result<(), Error> {
    let quoted = |id: &CategoryId| format!("\"{id}\"");
    let (old, like) = (quoted(old), format!("%{}%", quoted(old)));
    for (table, column) in LISTS {
        if let Some(new) = new.map(quoted) {
            let sql = format!(
                "UPDATE {table} SET {column} = REPLACE({column}, ?1, ?2) \
                 WHERE {column} LIKE ?3 AND {column} NOT LIKE ?4"
            );
            let unlike = format!("%{new}%");
            tx.execute(&sql, params![old.clone(), new, like.clone(), unlike]).await?;
        }
        // The list is compact JSON: an element goes with the comma after it, else with the one before it.
        let sql = format!(
            "UPDATE {table} SET {column} = REPLACE(REPLACE(REPLACE({column}, ?1, ''), ?2, ''), ?3, '') \
             WHERE {column} LIKE ?4"
        );
        let (after, before) = (format!("{old},"), format!(",{old}"));
        tx.execute(&sql, params![after, before, old.clone(), like.clone()]).await?;
    }
    Ok(())
}

/// Every category, oldest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Category>, Error> {
    tx.select("ORDER BY id", Vec::new()).await
}
