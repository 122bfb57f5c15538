//! `/1.0/teams`.

use axum::extract::State;
use model::{TeamId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::user::Team;

use crate::app::App;
use crate::domain::{Result, team};
use crate::http::{Id, Paged, Params, Reply, page};

/// A team as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct TeamOut {
    created_at: Timestamp,
    id: TeamId,
    leader_ids: Vec<UserId>,
    name: String,
    updated_at: Timestamp,
    user_ids: Vec<UserId>,
}

impl From<Team> for TeamOut {
    fn from(team: Team) -> Self {
        let Team { id, name, leader_ids, user_ids, created_at, updated_at } = team;
        Self { created_at, id, leader_ids: leader_ids.0, name, updated_at, user_ids: user_ids.0 }
    }
}

/// Getting all teams, oldest first.
pub async fn list(State(app): State<App>, params: Params) -> Result<Paged<TeamOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(team::list(tx, page))).await?;
    Ok(Paged::new(listed, page, TeamOut::from))
}

/// Getting a team from its id.
pub async fn show(State(app): State<App>, Id(id): Id<TeamId>) -> Result<Reply<TeamOut>> {
    let team = app.db.read(move |tx| Box::pin(async move { team::find(tx, &id).await })).await?;
    Ok(Reply(team.into()))
}
