//! Teams: sets of users with leaders.

use model::{CategoryId, TeamId, UserId};
use store::team::{self, Team};
use store::{Filter, Json, Listed, Page, Tx, category, params, user};

use crate::base::{
    Actor, Change, Error, Fault, Result, checked_name,
    checks::{distinct, set},
    note_change,
};

/// What is said of a team; what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct TeamIn {
    /// Its name.
    pub name: Option<String>,
    /// Who leads it.
    pub leader_ids: Option<Vec<UserId>>,
    /// Who is in it.
    pub user_ids: Option<Vec<UserId>>,
}

/// Lists teams, oldest first.
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

/// Makes a team.
///
/// # Errors
/// 422 without a name, or when the name is blank or taken, or a user does not exist.
pub async fn create(tx: &mut Tx, actor: &Actor, given: TeamIn) -> Result<Team> {
    let now = tx.now();
    let mut team = Team {
        id: TeamId::new(now),
        name: given.name.clone().ok_or_else(|| Error::missing("name"))?,
        leader_ids: Json::default(),
        user_ids: Json::default(),
        created_at: now,
        updated_at: now,
    };
    hold_users(tx, &given).await?;
    change(&mut team, given)?;
    tx.insert(&team).await.map_err(|e| Error::taken(e, "name"))?;
    note_change(tx, Some(actor), "team", team.id.as_str(), Change::Created);
    Ok(team)
}

/// Changes a team.
///
/// # Errors
/// 404; 422 when the name is blank or taken, or a user does not exist.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &TeamId, given: TeamIn) -> Result<Team> {
    hold_users(tx, &given).await?;
    let teams = team::all_locked(tx).await?;
    let mut team = teams.into_iter().find(|t| t.id == *id).ok_or(Error::NotFound("team"))?;
    change(&mut team, given)?;
    team.updated_at = tx.now();
    tx.update(&team).await.map_err(|e| Error::taken(e, "name"))?;
    note_change(tx, Some(actor), "team", id.as_str(), Change::Updated);
    Ok(team)
}

/// Removes a team; its users stay. A team has no contents of its own, so there is nothing for a category to take over:
/// it only has to exist.
///
/// # Errors
/// 404; 422 when the category does not exist.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &TeamId, take_over: Option<CategoryId>) -> Result<Team> {
    let team = find(tx, id).await?;
    if let Some(category) = take_over
        && category::find(tx, &category).await?.is_none()
    {
        return Err(Error::invalid("take_over_category_id", Fault::unknown()));
    }
    tx.delete::<Team>(id.as_str()).await?;
    note_change(tx, Some(actor), "team", id.as_str(), Change::Deleted);
    Ok(team)
}

fn change(team: &mut Team, given: TeamIn) -> Result<()> {
    let TeamIn { name, leader_ids, user_ids } = given;
    if let Some(name) = name {
        team.name = checked_name("name", &name)?;
    }
    if let Some(ids) = leader_ids {
        team.leader_ids = Json(distinct(ids));
    }
    if let Some(ids) = user_ids {
        team.user_ids = Json(distinct(ids));
    }
    Ok(())
}

/// Checks that the users exist, and holds them, so that none is removed meanwhile. Users are held before teams, as
/// where a user changes.
async fn hold_users(tx: &mut Tx, given: &TeamIn) -> Result<()> {
    let (leaders, users) = (given.leader_ids.as_deref().unwrap_or(&[]), given.user_ids.as_deref().unwrap_or(&[]));
    let found = user::hold(tx, &distinct([leaders, users].concat())).await?;
    let found = set(&found);
    for (field, ids) in [("leader_ids", leaders), ("user_ids", users)] {
        if let Some(id) = ids.iter().find(|id| !found.contains(id)) {
            return Err(Error::invalid(field, Fault::no("user", id)));
        }
    }
    Ok(())
}
