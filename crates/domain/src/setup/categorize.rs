//! Which categories may be set on a thread, a content or an intervention.

use std::collections::HashMap;

use model::{CategoryId, SourceId};
use store::Tx;
use store::category::{self, Category};
use store::intervention::Intervention;
use store::thread::Thread;

use crate::base::{Error, Fault, Reason, Result};

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
        let category = by_id.get(id).ok_or_else(|| Error::invalid(field, Fault::no("category", id)))?;
        let root = root_of(category, &by_id);
        if category.unselectable && category.parent_id.is_none() {
            return Err(Error::invalid(field, Fault::not_selectable(&root.name)));
        }
        if !root.source_ids.is_empty() && !root.source_ids.contains(source) {
            return Err(Error::invalid(
                field,
                Reason::NotOnSource
                    .says(format!("cannot have {:?} on this source", category.name))
                    .with("name", category.name.as_str()),
            ));
        }
        if !root.multiple && root.id != *id && chosen_under.insert(&root.id, id).is_some() {
            return Err(Error::invalid(
                field,
                Reason::OnlyOne
                    .says(format!("can have only one category of {:?}", root.name))
                    .with("name", root.name.as_str()),
            ));
        }
    }
    Ok(ids)
}

/// Those of `ids` that can be set on something of a source: for lists that were checked when they were made, since the
/// tree may have changed.
pub async fn fitting(tx: &mut Tx, ids: Vec<CategoryId>, source: &SourceId) -> Result<Vec<CategoryId>> {
    let mut good: Vec<CategoryId> = Vec::with_capacity(ids.len());
    for id in ids {
        let with = [&good[..], &[id]].concat();
        match check(tx, with, source, "category_ids").await {
            Ok(checked) => good = checked,
            Err(Error::Invalid { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(good)
}

/// Checks that an intervention that a person closes has what must be chosen on its source: one category of each
/// mandatory root. One that is asked for at the end (`post_qualification`) must be chosen on the intervention; else
/// its thread's categories count too. A root in which nothing can be chosen asks for nothing.
///
/// # Errors
/// 422 on `category_ids` that names what is missing.
pub async fn check_mandatory(tx: &mut Tx, case: &Intervention, thread: &Thread) -> Result<()> {
    let all = category::all(tx).await?;
    let by_id: HashMap<&CategoryId, &Category> = all.iter().map(|c| (&c.id, c)).collect();
    let applies = |root: &&Category| root.source_ids.is_empty() || root.source_ids.contains(&case.source_id);
    let can_be_chosen =
        |root: &&Category| !root.unselectable || all.iter().any(|c| c.parent_id.as_ref() == Some(&root.id));
    let roots = all.iter().filter(|c| c.parent_id.is_none() && c.mandatory).filter(applies).filter(can_be_chosen);
    let mut missing = Vec::new();
    for root in roots {
        let of_thread: &[CategoryId] = if root.post_qualification { &[] } else { &thread.category_ids };
        let mut chosen = case.category_ids.iter().chain(of_thread).filter_map(|id| by_id.get(id));
        if !chosen.any(|c| root_of(c, &by_id).id == root.id) {
            missing.push(root.name.as_str());
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = missing.iter().map(|name| format!("{name:?}")).collect();
    let fault = Reason::CategoryMissing.says(format!("must have a category of {}", names.join(", ")));
    Err(Error::invalid("category_ids", fault.with("names", missing)))
}

/// The root of the tree that a category is in.
pub(crate) fn root_of<'a>(category: &'a Category, by_id: &HashMap<&CategoryId, &'a Category>) -> &'a Category {
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
