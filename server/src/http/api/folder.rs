//! `/1.0/folders`.

use axum::extract::State;
use model::{FolderId, RoleId, TeamId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::folder::Folder;

use crate::app::App;
use crate::domain::folder::{self, FolderIn};
use crate::domain::{Error, Fault, Reason};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// Who sees a folder.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Restriction")]
pub struct RestrictionOut {
    /// Just these; everybody when there are none.
    only: Vec<String>,
}

impl RestrictionOut {
    fn to<T: ToString>(ids: &[T]) -> Self {
        Self { only: ids.iter().map(ToString::to_string).collect() }
    }
}

/// A folder as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct FolderOut {
    id: FolderId,
    created_at: Timestamp,
    updated_at: Timestamp,
    label: String,
    /// The folder above it.
    parent_id: Option<FolderId>,
    /// Its place among those beside it.
    position: i64,
    /// Which threads it has, in the search language.
    query: Option<String>,
    /// The number of its threads is shown.
    render_threads_count: bool,
    /// Only users with one of these roles see it.
    role_restriction: RestrictionOut,
    /// Only users of one of these teams see it.
    team_restriction: RestrictionOut,
    /// Only these users see it.
    user_restriction: RestrictionOut,
    /// Whose own it is; null for a shared one.
    user_id: Option<UserId>,
}

impl From<Folder> for FolderOut {
    fn from(folder: Folder) -> Self {
        let Folder { id, label, parent_id, position, query, render_threads_count, .. } = folder;
        let Folder { role_ids, team_ids, user_ids, user_id, created_at, updated_at, .. } = folder;
        Self {
            id,
            created_at,
            updated_at,
            label,
            parent_id,
            position,
            query,
            render_threads_count,
            role_restriction: RestrictionOut::to(&role_ids.0),
            team_restriction: RestrictionOut::to(&team_ids.0),
            user_restriction: RestrictionOut::to(&user_ids.0),
            user_id,
        }
    }
}

/// Reads `name[only][]`; a restriction that is something else than a map with this key is refused.
fn restriction<T>(params: &Params, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<Vec<T>>> {
    let Some(map) = params.map(name)? else { return Ok(None) };
    if map.keys().any(|key| key != "only") {
        return Err(Error::bad(name, Fault::form("a map with the key only")).into());
    }
    Ok(Params::from(map)
        .ids("only", parse)
        .map_err(|_| Error::bad(name, Reason::Form.says("must have a list of ids (24 hex digits each)")))?)
}

fn read(params: &Params) -> Result<FolderIn> {
    let parent_id = params.id("parent_id", FolderId::parse)?;
    Ok(FolderIn {
        label: params.given("label")?,
        parent_id: params.has("parent_id").then_some(parent_id),
        position: params.integer("position")?,
        query: params.given("query")?,
        render_threads_count: params.boolean("render_threads_count")?,
        role_ids: restriction(params, "role_restriction", RoleId::parse)?,
        team_ids: restriction(params, "team_restriction", TeamId::parse)?,
        user_ids: restriction(params, "user_restriction", UserId::parse)?,
        user_id: params.id("user_id", UserId::parse)?,
    })
}

/// Getting all folders that the caller sees: shared ones and their own.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<FolderOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(async move { folder::list(tx, &actor, page).await })).await?;
    Ok(Paged::new(listed, page, FolderOut::from))
}

/// Creating a folder.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<FolderOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(folder::create(tx, &actor, given).await?.into()) })).await
}

/// Getting a folder from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<FolderId>) -> Result<Reply<FolderOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { folder::find(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Updating a folder.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<FolderId>,
    params: Params,
) -> Result<Written<FolderOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(folder::update(tx, &actor, &id, given).await?.into()) })).await
}

/// Deleting a folder.
pub async fn delete(State(app): State<App>, Caller(actor): Caller, Id(id): Id<FolderId>) -> Result<Written<FolderOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(folder::delete(tx, &actor, &id).await?.into()) })).await
}
