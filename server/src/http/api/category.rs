//! `/1.0/categories`.

use axum::extract::State;
use model::{CategoryId, SourceId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::category::Category;

use crate::app::App;
use crate::domain::category::{self, CategoryIn};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A category as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct CategoryOut {
    color: i64,
    created_at: Timestamp,
    id: CategoryId,
    mandatory: bool,
    multiple: bool,
    name: String,
    parent_id: Option<CategoryId>,
    post_qualification: bool,
    source_ids: Vec<SourceId>,
    unselectable: bool,
    updated_at: Timestamp,
}

impl From<Category> for CategoryOut {
    fn from(category: Category) -> Self {
        let Category {
            id,
            name,
            parent_id,
            color,
            mandatory,
            multiple,
            post_qualification,
            unselectable,
            source_ids,
            created_at,
            updated_at,
        } = category;
        Self {
            color,
            created_at,
            id,
            mandatory,
            multiple,
            name,
            parent_id,
            post_qualification,
            source_ids: source_ids.0,
            unselectable,
            updated_at,
        }
    }
}

fn read(params: &Params) -> Result<CategoryIn> {
    let parent_id = params.id("parent_id", CategoryId::parse)?;
    Ok(CategoryIn {
        name: params.given("name")?,
        parent_id: params.has("parent_id").then_some(parent_id),
        color: params.integer("color")?,
        mandatory: params.boolean("mandatory")?,
        multiple: params.boolean("multiple")?,
        post_qualification: params.boolean("post_qualification")?,
        unselectable: params.boolean("unselectable")?,
        source_ids: params.ids("source_ids", SourceId::parse)?,
    })
}

/// Getting all categories, oldest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<CategoryOut>> {
    let page = page(&params)?;
    let ids = params.id_list("ids", CategoryId::parse)?;
    let parent_id = params.id("parent_id", CategoryId::parse)?;
    let read = app.db.read(move |tx| Box::pin(async move { category::list(tx, &actor, ids, parent_id, page).await }));
    let listed = read.await?;
    Ok(Paged::new(listed, page, CategoryOut::from))
}

/// Getting a category from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<CategoryId>) -> Result<Reply<CategoryOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { category::find(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Creating a category.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<CategoryOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(category::create(tx, &actor, given).await?.into()) })).await
}

/// Updating a category.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<CategoryId>,
    params: Params,
) -> Result<Written<CategoryOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(category::update(tx, &actor, &id, given).await?.into()) })).await
}

/// Deleting a category.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<CategoryId>,
    params: Params,
) -> Result<Written<CategoryOut>> {
    let take_over = params.id("take_over_category_id", CategoryId::parse)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(category::delete(tx, &actor, &id, take_over).await?.into()) }))
        .await
}
