//! `/1.0/roles`.

use std::collections::BTreeMap;

use axum::extract::State;
use model::{Permission, RoleId, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::user::Role;

use crate::app::App;
use crate::domain::{Result, role};
use crate::http::{Caller, Id, Paged, Params, Reply, page};

/// A role as the API shows it: every permission is a field.
#[derive(Serialize, JsonSchema)]
pub struct RoleOut {
    created_at: Timestamp,
    id: RoleId,
    label: String,
    updated_at: Timestamp,
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
        let Role { id, label, permissions, source_permissions: _, created_at, updated_at } = role;
        let permissions = Permission::ALL.iter().map(|p| (*p, permissions.contains(p))).collect();
        Self { created_at, id, label, updated_at, permissions }
    }
}

/// Getting all roles, oldest first.
pub async fn list(State(app): State<App>, params: Params) -> Result<Paged<RoleOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(role::list(tx, page))).await?;
    Ok(Paged::new(listed, page, RoleOut::from))
}

/// Getting a role from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<RoleId>) -> Result<Reply<RoleOut>> {
    let role = app.db.read(move |tx| Box::pin(async move { role::find(tx, &actor, &id).await })).await?;
    Ok(Reply(role.into()))
}
