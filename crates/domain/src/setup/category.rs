//! Categories: skill, analytics and disposition labels in trees. `categorize` says where they may be set.

use model::{CategoryId, SourceId};
use serde_json::Value;
use store::category::{self, Category};
use store::{Filter, Json, Listed, Page, Scope, Tx, channel, source};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, note_change, sight};
use crate::setup::{categorize::root_of, source_settings};

/// How many levels a tree has at the most.
const DEPTH: usize = 20;
/// The colours are numbered from 0 to this.
const LAST_COLOR: i64 = 6;

/// What can be said of a category; what is absent stays as it is, or has its default.
#[derive(Clone, Debug, Default)]
pub struct CategoryIn {
    /// Its name.
    pub name: Option<String>,
    /// The category above it; none inside makes it a root.
    pub parent_id: Option<Option<CategoryId>>,
    /// Its colour, 0 to 6.
    pub color: Option<i64>,
    /// One of its children must be chosen. This and what follows count for roots alone.
    pub mandatory: Option<bool>,
    /// Several of its children may be chosen.
    pub multiple: Option<bool>,
    /// Chosen when an intervention is closed.
    pub post_qualification: Option<bool>,
    /// Cannot be chosen itself.
    pub unselectable: Option<bool>,
    /// Only for these sources; all when empty.
    pub source_ids: Option<Vec<SourceId>>,
}

/// Lists the categories that the actor sees, oldest first: of `ids` and below `parent_id` when given. A tree that is for
/// sources alone that they may not read is not there for them.
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    ids: Option<Vec<CategoryId>>,
    parent_id: Option<CategoryId>,
    page: Page,
) -> Result<Listed<Category>> {
    let mut filter = Filter::default();
    if let Some(ids) = ids {
        filter.and_in("id", &ids);
    }
    filter.and_some("parent_id = ?", parent_id.as_ref());
    if *actor.scope() != Scope::All {
        let seen: Vec<CategoryId> = seen(actor, category::all(tx).await?).into_iter().map(|c| c.id).collect();
        filter.and_in("id", &seen);
    }
    let Listed { count, records } = tx.list(filter, "created_at, id", page).await?;
    Ok(Listed { count, records: records.into_iter().map(|category| shown(actor, category)).collect() })
}

/// Finds a category that the actor sees.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &CategoryId) -> Result<Category> {
    let all = category::all(tx).await?;
    let found = seen(actor, all).into_iter().find(|category| category.id == *id);
    Ok(shown(actor, found.ok_or(Error::NotFound("category"))?))
}

/// Of all categories those that the actor sees: the root's sources count for the tree.
fn seen(actor: &Actor, all: Vec<Category>) -> Vec<Category> {
    let by_id = all.iter().map(|category| (&category.id, category)).collect();
    let hidden = |c: &&Category| sight::is_hidden(actor, &root_of(c, &by_id).source_ids);
    let hidden: Vec<CategoryId> = all.iter().filter(hidden).map(|category| category.id.clone()).collect();
    all.into_iter().filter(|category| !hidden.contains(&category.id)).collect()
}

/// A category with the sources that the actor sees.
fn shown(actor: &Actor, category: Category) -> Category {
    Category { source_ids: Json(sight::seen(actor, &category.source_ids)), ..category }
}

/// Makes a category.
///
/// # Errors
/// 422 without a name, or when a value is not acceptable.
pub async fn create(tx: &mut Tx, actor: &Actor, given: CategoryIn) -> Result<Category> {
    let now = tx.now();
    let mut category = Category {
        id: CategoryId::new(now),
        name: given.name.clone().ok_or_else(|| Error::missing("name"))?,
        parent_id: None,
        color: 0,
        mandatory: false,
        multiple: false,
        post_qualification: false,
        unselectable: false,
        source_ids: Json::default(),
        created_at: now,
        updated_at: now,
    };
    let tree = seen(actor, category::tree_locked(tx).await?);
    change(tx, actor, &mut category, &tree, given).await?;
    tx.insert(&category).await?;
    note_change(tx, Some(actor), "category", category.id.as_str(), Change::Created);
    Ok(shown(actor, category))
}

/// Changes a category.
///
/// # Errors
/// 404; 422 when a value is not acceptable or the tree would have a circle.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &CategoryId, given: CategoryIn) -> Result<Category> {
    let tree = seen(actor, category::tree_locked(tx).await?);
    let mut category = tree.iter().find(|c| c.id == *id).cloned().ok_or(Error::NotFound("category"))?;
    change(tx, actor, &mut category, &tree, given).await?;
    category.updated_at = tx.now();
    tx.update(&category).await?;
    note_change(tx, Some(actor), "category", id.as_str(), Change::Updated);
    Ok(shown(actor, category))
}

/// Removes a category, and gives its place in every list of categories to `take_over`; without one, the lists lose
/// it. What is below it must be moved or removed first: moved up, children of a root would become roots for every
/// source, which nobody asked for.
///
/// # Errors
/// 404; 422 `category_has_children`, or on `take_over_category_id` when that
/// category does not exist, is the one to remove, or cannot be chosen.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &CategoryId, take_over: Option<CategoryId>) -> Result<Category> {
    let tree = seen(actor, category::tree_locked(tx).await?);
    let category = tree.iter().find(|c| c.id == *id).cloned().ok_or(Error::NotFound("category"))?;
    if tree.iter().any(|c| c.parent_id.as_ref() == Some(id)) {
        let message = "there are categories below this one: move or remove them first";
        return Err(Error::Unprocessable("category_has_children", message.into()));
    }
    if let Some(other) = &take_over {
        let refuse = |fault: Fault| Err(Error::invalid("take_over_category_id", fault));
        match tree.iter().find(|c| c.id == *other) {
            None => return refuse(Fault::unknown()),
            Some(_) if other == id => return refuse(Reason::Itself.says("is the category to remove")),
            Some(c) if c.unselectable => return refuse(Reason::Unfit.says("cannot be chosen itself")),
            Some(_) => {}
        }
    }
    category::replace(tx, id, take_over.as_ref()).await?;
    // Channels are held before sources, as where a channel changes.
    replace_in_channels(tx, id, take_over.as_ref()).await?;
    replace_in_sources(tx, id, take_over.as_ref()).await?;
    tx.delete::<Category>(id.as_str()).await?;
    note_change(tx, Some(actor), "category", id.as_str(), Change::Deleted);
    Ok(shown(actor, category))
}

async fn replace_in_sources(tx: &mut Tx, old: &CategoryId, new: Option<&CategoryId>) -> Result<()> {
    for found in source::all(tx).await? {
        let has = |name: &str| found.settings.get(name).is_some_and(|list| position(list, old).is_some());
        if !source_settings::category_lists().any(has) {
            continue;
        }
        let Some(mut source) = source::find_locked(tx, &found.id).await? else { continue };
        for name in source_settings::category_lists() {
            let Some(list) = source.settings.get_mut(name) else { continue };
            let Some(at) = position(list, old) else { continue };
            let kept = new.filter(|new| position(list, new).is_none());
            if let Value::Array(list) = list {
                list.splice(at..=at, kept.map(|new| new.as_str().into()));
            }
        }
        tx.update(&source).await?;
    }
    Ok(())
}

async fn replace_in_channels(tx: &mut Tx, old: &CategoryId, new: Option<&CategoryId>) -> Result<()> {
    for found in channel::all(tx).await? {
        if !found.auto_complete_category_ids.contains(old) {
            continue;
        }
        let Some(mut channel) = channel::find_locked(tx, &found.id).await? else { continue };
        let list = &mut channel.auto_complete_category_ids.0;
        let kept = new.filter(|new| !list.contains(new)).cloned();
        if let Some(at) = list.iter().position(|id| id == old) {
            list.splice(at..=at, kept);
        }
        tx.update(&channel).await?;
    }
    Ok(())
}

fn position(list: &Value, id: &CategoryId) -> Option<usize> {
    list.as_array()?.iter().position(|v| v == id.as_str())
}

async fn change(
    tx: &mut Tx,
    actor: &Actor,
    category: &mut Category,
    tree: &[Category],
    given: CategoryIn,
) -> Result<()> {
    let CategoryIn { name, parent_id, color, mandatory, multiple, post_qualification, unselectable, source_ids } =
        given;
    if let Some(name) = name {
        category.name = checked_name("name", &name)?;
    }
    if let Some(parent_id) = parent_id {
        if let Some(parent_id) = &parent_id {
            check_parent(category, tree, parent_id)?;
        }
        category.parent_id = parent_id;
    }
    if let Some(color) = color {
        if !(0..=LAST_COLOR).contains(&color) {
            return Err(Error::invalid("color", Fault::between(0, LAST_COLOR)));
        }
        category.color = color;
    }
    if category.parent_id.is_some() {
        (category.mandatory, category.multiple) = (false, false);
        (category.post_qualification, category.unselectable) = (false, false);
        category.source_ids = Json::default();
        return Ok(());
    }
    category.mandatory = mandatory.unwrap_or(category.mandatory);
    category.multiple = multiple.unwrap_or(category.multiple);
    category.post_qualification = post_qualification.unwrap_or(category.post_qualification);
    category.unselectable = unselectable.unwrap_or(category.unselectable);
    if let Some(ids) = source_ids {
        let mut ids = sight::kept(tx, actor, ids, &category.source_ids).await?;
        ids.sort();
        category.source_ids = Json(ids);
    }
    Ok(())
}

/// Checks that a category may be put below another one: it is there, is not below the category, and not too deep.
fn check_parent(category: &Category, tree: &[Category], parent_id: &CategoryId) -> Result<()> {
    let find = |id: &CategoryId| tree.iter().find(|c| c.id == *id);
    let refuse = |fault: Fault| Err(Error::invalid("parent_id", fault));
    let Some(parent) = find(parent_id) else { return refuse(Fault::unknown()) };
    let mut depth = 1;
    let mut at = Some(parent);
    while let Some(above) = at {
        if above.id == category.id {
            return refuse(Reason::Itself.says("is this category or below it"));
        }
        depth += 1;
        if depth > DEPTH {
            return refuse(Reason::TooDeep.says("is too deep"));
        }
        at = above.parent_id.as_ref().and_then(find);
    }
    let mut level = vec![&category.id];
    while depth <= DEPTH {
        level =
            tree.iter().filter(|c| c.parent_id.as_ref().is_some_and(|p| level.contains(&p))).map(|c| &c.id).collect();
        if level.is_empty() {
            return Ok(());
        }
        depth += 1;
    }
    refuse(Reason::TooDeep.says("is too deep for what is below this category"))
}
