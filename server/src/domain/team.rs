//! Teams: sets of users with leaders.

use model::TeamId;
use store::user::Team;
use store::{Filter, Listed, Page, Tx, params};

use super::{Error, Result};

/// Lists teams, oldest first.
///
/// # Errors
/// As the store says.
pub async fn list(tx: &mut Tx, page: Page) -> Result<Listed<Team>> {
    Ok(tx.list(Filter::default(), "created_at, id", page).await?)
}

/// Finds a team.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, id: &TeamId) -> Result<Team> {
    tx.find("WHERE id = ?1", params![id]).await?.ok_or(Error::NotFound("team"))
}
