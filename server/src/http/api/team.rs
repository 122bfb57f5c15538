//! `/1.0/teams`.

use axum::extract::State;
use model::{CategoryId, TeamId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::team::Team;

use crate::app::App;
use crate::domain::team::{self, TeamIn};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A team as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct TeamOut {
    /// When it was made.
    created_at: Timestamp,
    /// Its id.
    id: TeamId,
    /// Who leads it.
    leader_ids: Vec<UserId>,
    /// Its name.
    name: String,
    /// When it last changed.
    updated_at: Timestamp,
    /// Who is in it.
    user_ids: Vec<UserId>,
}

impl From<Team> for TeamOut {
    fn from(team: Team) -> Self {
        let Team { id, name, leader_ids, user_ids, created_at, updated_at } = team;
        Self { created_at, id, leader_ids: leader_ids.0, name, updated_at, user_ids: user_ids.0 }
    }
}

fn read(params: &Params) -> Result<TeamIn> {
    Ok(TeamIn {
        name: params.given("name")?,
        leader_ids: params.ids("leader_ids", UserId::parse)?,
        user_ids: params.ids("user_ids", UserId::parse)?,
    })
}

/// Getting all teams, oldest first.
pub async fn list(State(app): State<App>, params: Params) -> Result<Paged<TeamOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(team::list(tx, page))).await?;
    Ok(Paged::new(listed, page, TeamOut::from))
}

/// Creating a team.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<TeamOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(team::create(tx, &actor, given).await?.into()) })).await
}

/// Getting a team from its id.
pub async fn show(State(app): State<App>, Id(id): Id<TeamId>) -> Result<Reply<TeamOut>> {
    let team = app.db.read(move |tx| Box::pin(async move { team::find(tx, &id).await })).await?;
    Ok(Reply(team.into()))
}

/// Updating a team.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<TeamId>,
    params: Params,
) -> Result<Written<TeamOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(team::update(tx, &actor, &id, given).await?.into()) })).await
}

/// Deleting a team.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<TeamId>,
    params: Params,
) -> Result<Written<TeamOut>> {
    let take_over = params.id("take_over_category_id", CategoryId::parse)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(team::delete(tx, &actor, &id, take_over).await?.into()) })).await
}
