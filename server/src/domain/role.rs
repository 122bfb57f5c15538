//! Roles: sets of permissions that users share.

use model::{Permission, RoleId};
use store::user::Role;
use store::{Filter, Listed, Page, Tx, user};

use super::{Actor, Error, Result};

/// Lists roles, oldest first.
///
/// # Errors
/// As the store says.
pub async fn list(tx: &mut Tx, page: Page) -> Result<Listed<Role>> {
    Ok(tx.list(Filter::default(), "created_at, id", page).await?)
}

/// Finds a role.
///
/// # Errors
/// 403 without `manage_roles`, except for the actor's own; 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &RoleId) -> Result<Role> {
    if *id != actor.role.id {
        actor.require(Permission::ManageRoles)?;
    }
    user::role(tx, id).await?.ok_or(Error::NotFound("role"))
}

/// Whether users of this role can give every other user their rights: some person must always have such a role.
#[must_use]
pub fn administers(role: &Role) -> bool {
    [Permission::ManageRoles, Permission::UpdateUser].iter().all(|p| role.permissions.contains(p))
}
