//! `/1.0/roles`. Deleting one, and what users of a role may do on sources, are extensions.

use std::collections::BTreeMap;

use axum::extract::State;
use model::{Permission, RoleId, SourcePermission, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::role::Role;

use super::user;
use crate::app::App;
use crate::domain::role::{self, RoleIn};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A role as the API shows it: every permission is a field.
#[derive(Serialize, JsonSchema)]
pub struct RoleOut {
    /// When it was made.
    created_at: Timestamp,
    /// Its id.
    id: RoleId,
    /// Its name.
    label: String,
    /// Extension: whether its users must have a second factor in the console.
    second_factor_required: bool,
    /// Extension: what its users may do on sources for which they have no permissions of their own.
    source_permissions: Vec<SourcePermission>,
    /// When it last changed.
    updated_at: Timestamp,
    /// Each permission with whether the role has it.
    #[serde(flatten)]
    #[schemars(schema_with = "permissions_schema")]
    permissions: BTreeMap<Permission, bool>,
}

fn permissions_schema(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = Permission::ALL.iter().map(|p| p.as_str()).collect();
    let field = json!({"type": "boolean", "description": "Whether users of this role have this permission."});
    let fields: Map<String, Value> = names.iter().map(|n| ((*n).to_owned(), field.clone())).collect();
    json_schema!({"type": "object", "properties": fields, "required": names})
}

impl From<Role> for RoleOut {
    fn from(role: Role) -> Self {
        let Role { id, label, permissions, source_permissions, second_factor_required, created_at, updated_at } = role;
        let permissions = Permission::ALL.iter().map(|p| (*p, permissions.contains(p))).collect();
        let source_permissions = source_permissions.0;
        Self { created_at, id, label, second_factor_required, source_permissions, updated_at, permissions }
    }
}

fn read(params: &Params) -> Result<RoleIn> {
    let mut permissions = Vec::new();
    for permission in Permission::ALL {
        if let Some(allowed) = params.boolean(permission.as_str())? {
            permissions.push((*permission, allowed));
        }
    }
    let texts = params.texts("source_permissions")?;
    let source_permissions = texts.map(|t| user::permissions("source_permissions", &t)).transpose()?;
    let second_factor_required = params.boolean("second_factor_required")?;
    Ok(RoleIn { label: params.given("label")?, permissions, source_permissions, second_factor_required })
}

/// Getting all roles, oldest first.
pub async fn list(State(app): State<App>, params: Params) -> Result<Paged<RoleOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(role::list(tx, page))).await?;
    Ok(Paged::new(listed, page, RoleOut::from))
}

/// Creating a role.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<RoleOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(role::create(tx, &actor, given).await?.into()) })).await
}

/// Getting a role from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<RoleId>) -> Result<Reply<RoleOut>> {
    let role = app.db.read(move |tx| Box::pin(async move { role::find(tx, &actor, &id).await })).await?;
    Ok(Reply(role.into()))
}

/// Updating a role.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<RoleId>,
    params: Params,
) -> Result<Written<RoleOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(role::update(tx, &actor, &id, given).await?.into()) })).await
}

/// Extension: deleting a role that nobody has.
pub async fn delete(State(app): State<App>, Caller(actor): Caller, Id(id): Id<RoleId>) -> Result<Written<RoleOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(role::delete(tx, &actor, &id).await?.into()) })).await
}
