//! `/1.0/presence_status`: reasons for being away.

use axum::extract::State;
use model::{PresenceStatusId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::presence_status::PresenceStatus;

use crate::app::App;
use crate::domain::presence_status;
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A presence status as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct PresenceStatusOut {
    created_at: Timestamp,
    id: PresenceStatusId,
    name: String,
    updated_at: Timestamp,
}

impl From<PresenceStatus> for PresenceStatusOut {
    fn from(status: PresenceStatus) -> Self {
        let PresenceStatus { id, name, created_at, updated_at } = status;
        Self { created_at, id, name, updated_at }
    }
}

/// Getting all presence statuses, by name.
pub async fn list(State(app): State<App>, params: Params) -> Result<Paged<PresenceStatusOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(presence_status::list(tx, page))).await?;
    Ok(Paged::new(listed, page, PresenceStatusOut::from))
}

/// Creating a presence status.
pub async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    params: Params,
) -> Result<Written<PresenceStatusOut>> {
    let name = params.required("name")?;
    write(&app, move |_, tx| Box::pin(async move { Ok(presence_status::create(tx, &actor, &name).await?.into()) }))
        .await
}

/// Getting a presence status from its id.
pub async fn show(State(app): State<App>, Id(id): Id<PresenceStatusId>) -> Result<Reply<PresenceStatusOut>> {
    let status = app.db.read(move |tx| Box::pin(async move { presence_status::find(tx, &id).await })).await?;
    Ok(Reply(status.into()))
}

/// Updating a presence status.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<PresenceStatusId>,
    params: Params,
) -> Result<Written<PresenceStatusOut>> {
    let name = params.required("name")?;
    write(&app, move |_, tx| Box::pin(async move { Ok(presence_status::update(tx, &actor, &id, &name).await?.into()) }))
        .await
}

/// Deleting a presence status.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<PresenceStatusId>,
) -> Result<Written<PresenceStatusOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(presence_status::delete(tx, &actor, &id).await?.into()) })).await
}
