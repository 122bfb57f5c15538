//! Tags: labels on identity groups and threads.

use std::collections::HashSet;

use model::TagId;
use store::tag::{self, Tag};
use store::{Listed, Page, Tx, identity_group, thread_tag};

use crate::base::{Actor, Change, Error, Fault, Result, checked_name, checks::distinct, note_change};

/// Lists tags by name, of `ids` when given.
pub async fn list(tx: &mut Tx, ids: Option<Vec<TagId>>, page: Page) -> Result<Listed<Tag>> {
    Ok(tag::list(tx, ids.as_deref(), page).await?)
}

/// Finds a tag.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, id: &TagId) -> Result<Tag> {
    tag::find(tx, id).await?.ok_or(Error::NotFound("tag"))
}

/// Tags that something is to have, each once, held so that none goes meanwhile.
///
/// # Errors
/// 422 on `tag_ids` when one does not exist.
pub(crate) async fn checked(tx: &mut Tx, ids: Vec<TagId>) -> Result<Vec<TagId>> {
    let ids = distinct(ids);
    let known: HashSet<TagId> = tag::locked(tx, &ids).await?.into_iter().map(|tag| tag.id).collect();
    match ids.iter().find(|id| !known.contains(id)) {
        Some(unknown) => Err(Error::invalid("tag_ids", Fault::no("tag", unknown))),
        None => Ok(ids),
    }
}

/// Makes a tag.
///
/// # Errors
/// 422 when the name is blank or taken.
pub async fn create(tx: &mut Tx, actor: &Actor, name: &str) -> Result<Tag> {
    let now = tx.now();
    let tag = Tag { id: TagId::new(now), name: checked_name("name", name)?, created_at: now, updated_at: now };
    tx.insert(&tag).await.map_err(|e| Error::taken(e, "name"))?;
    note_change(tx, Some(actor), "tag", tag.id.as_str(), Change::Created);
    Ok(tag)
}

/// Renames a tag.
///
/// # Errors
/// 404; 422 when the name is blank or taken.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &TagId, name: &str) -> Result<Tag> {
    let mut tag = find(tx, id).await?;
    tag.name = checked_name("name", name)?;
    tag.updated_at = tx.now();
    tx.update(&tag).await.map_err(|e| Error::taken(e, "name"))?;
    note_change(tx, Some(actor), "tag", id.as_str(), Change::Updated);
    Ok(tag)
}

/// Removes a tag, from everybody and every thread that has it too.
///
/// # Errors
/// 404.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &TagId) -> Result<Tag> {
    let tag = find(tx, id).await?;
    // Persons before the tag, as whoever changes a person goes; and those again who got it just before it was held.
    identity_group::forget_tag(tx, id).await?;
    thread_tag::forget(tx, id).await?;
    tx.delete::<Tag>(id.as_str()).await?;
    identity_group::forget_tag(tx, id).await?;
    note_change(tx, Some(actor), "tag", id.as_str(), Change::Deleted);
    Ok(tag)
}
