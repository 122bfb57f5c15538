//! Reasons for being away, which agents choose from.

use model::PresenceStatusId;
use store::presence_status::{self as rows, PresenceStatus};
use store::{Listed, Page, Tx};

use crate::base::{Actor, Change, Error, Result, checked_name, note_change};

/// Lists statuses by name.
pub async fn list(tx: &mut Tx, page: Page) -> Result<Listed<PresenceStatus>> {
    Ok(rows::list(tx, page).await?)
}

/// Finds a status.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, id: &PresenceStatusId) -> Result<PresenceStatus> {
    rows::find(tx, id).await?.ok_or(Error::NotFound("presence status"))
}

/// Makes a status.
///
/// # Errors
/// 422 when the name is blank or taken.
pub async fn create(tx: &mut Tx, actor: &Actor, name: &str) -> Result<PresenceStatus> {
    let now = tx.now();
    let (id, name) = (PresenceStatusId::new(now), checked_name("name", name)?);
    let status = PresenceStatus { id, name, created_at: now, updated_at: now };
    tx.insert(&status).await.map_err(|e| Error::taken(e, "name"))?;
    note_change(tx, Some(actor), "presence_status", status.id.as_str(), Change::Created);
    Ok(status)
}

/// Renames a status.
///
/// # Errors
/// 404; 422 when the name is blank or taken.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &PresenceStatusId, name: &str) -> Result<PresenceStatus> {
    let mut status = held(tx, id).await?;
    status.name = checked_name("name", name)?;
    status.updated_at = tx.now();
    tx.update(&status).await.map_err(|e| Error::taken(e, "name"))?;
    note_change(tx, Some(actor), "presence_status", id.as_str(), Change::Updated);
    Ok(status)
}

/// Removes a status: who has it stays away without a reason. Gives it as it was.
///
/// # Errors
/// 404.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &PresenceStatusId) -> Result<PresenceStatus> {
    // Held, so that nobody chooses it meanwhile.
    let status = held(tx, id).await?;
    rows::take_away(tx, id).await?;
    tx.delete::<PresenceStatus>(id.as_str()).await?;
    note_change(tx, Some(actor), "presence_status", id.as_str(), Change::Deleted);
    Ok(status)
}

async fn held(tx: &mut Tx, id: &PresenceStatusId) -> Result<PresenceStatus> {
    rows::find_locked(tx, id).await?.ok_or(Error::NotFound("presence status"))
}
