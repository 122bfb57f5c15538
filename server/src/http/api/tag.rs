//! `/1.0/tags`.

use axum::extract::State;
use model::{TagId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::tag::Tag;

use crate::app::App;
use crate::domain::tag;
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A tag as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct TagOut {
    created_at: Timestamp,
    id: TagId,
    name: String,
    updated_at: Timestamp,
}

impl From<Tag> for TagOut {
    fn from(tag: Tag) -> Self {
        let Tag { id, name, created_at, updated_at } = tag;
        Self { created_at, id, name, updated_at }
    }
}

/// Getting all tags, by name.
pub async fn list(State(app): State<App>, params: Params) -> Result<Paged<TagOut>> {
    let page = page(&params)?;
    let ids = params.id_list("ids", TagId::parse)?;
    let listed = app.db.read(move |tx| Box::pin(tag::list(tx, ids, page))).await?;
    Ok(Paged::new(listed, page, TagOut::from))
}

/// Creating a tag.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<TagOut>> {
    let name = params.required("name")?;
    write(&app, move |_, tx| Box::pin(async move { Ok(tag::create(tx, &actor, &name).await?.into()) })).await
}

/// Getting a tag from its id.
pub async fn show(State(app): State<App>, Id(id): Id<TagId>) -> Result<Reply<TagOut>> {
    let tag = app.db.read(move |tx| Box::pin(async move { tag::find(tx, &id).await })).await?;
    Ok(Reply(tag.into()))
}

/// Updating a tag.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<TagId>,
    params: Params,
) -> Result<Written<TagOut>> {
    let name = params.required("name")?;
    write(&app, move |_, tx| Box::pin(async move { Ok(tag::update(tx, &actor, &id, &name).await?.into()) })).await
}

/// Deleting a tag.
pub async fn delete(State(app): State<App>, Caller(actor): Caller, Id(id): Id<TagId>) -> Result<Written<TagOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(tag::delete(tx, &actor, &id).await?.into()) })).await
}
