//! Which categories may be set on a thread, a content or an intervention.

use std::collections::HashMap;

use model::{CategoryId, SourceId};
use store::Tx;
use store::category::{self, Category};

use super::{Error, Result};

/// Checks that the categories exist, can be chosen, and belong to the source, and that a root that is not
/// `multiple` has at most one of them. Gives them without repetitions, in order.
///
/// # Errors
/// 422 on `field`.
pub async fn check(
    tx: &mut Tx,
    mut ids: Vec<CategoryId>,
    source: &SourceId,
    field: &'static str,
) -> Result<Vec<CategoryId>> {
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok(ids);
    }
    let all = category::all(tx).await?;
    let by_id: HashMap<&CategoryId, &Category> = all.iter().map(|c| (&c.id, c)).collect();
    let mut chosen_under: HashMap<&CategoryId, &CategoryId> = HashMap::new();
    for id in &ids {
        let category = by_id.get(id).ok_or_else(|| Error::invalid(field, format!("has no category {id}")))?;
        let root = root_of(category, &by_id);
        if category.unselectable && category.parent_id.is_none() {
            return Err(Error::invalid(field, format!("cannot have {:?} itself, only what is below it", root.name)));
        }
        if !root.source_ids.is_empty() && !root.source_ids.contains(source) {
            return Err(Error::invalid(field, format!("cannot have {:?} on this source", category.name)));
        }
        if !root.multiple && root.id != *id && chosen_under.insert(&root.id, id).is_some() {
            return Err(Error::invalid(field, format!("can have only one category of {:?}", root.name)));
        }
    }
    Ok(ids)
}

fn root_of<'a>(category: &'a Category, by_id: &HashMap<&CategoryId, &'a Category>) -> &'a Category {
    let mut at = category;
    // The tree has no circles; the bound keeps a damaged one from holding a request for ever.
    for _ in 0..64 {
        match at.parent_id.as_ref().and_then(|id| by_id.get(id)) {
            Some(parent) => at = parent,
            None => break,
        }
    }
    at
}
