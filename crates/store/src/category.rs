//! Categories and tags.

use model::{CategoryId, SourceId, TagId, Timestamp};

use crate::{Error, Field, Json, Tx, placeholders, table};

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

/// Categories by their ids, each once.
///
/// # Errors
/// As the database says.
pub async fn by_ids(tx: &mut Tx, ids: &[CategoryId]) -> Result<Vec<Category>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let clause = format!("WHERE id IN ({})", placeholders(1, ids.len()));
    tx.select(&clause, ids.iter().map(Field::to_value).collect()).await
}
