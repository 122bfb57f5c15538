//! Roles: what users may do.

use model::{Permission, RoleId, SourcePermission, Timestamp};

use crate::{Error, Json, Tx, params, table};

table! {
    /// A set of permissions that users share.
    pub struct Role in "roles" {
        /// Its id.
        id: RoleId,
        /// Its name.
        label: String,
        /// What it allows.
        permissions: Json<Vec<Permission>>,
        /// What its users may do on a source for which they have no permissions of their own.
        source_permissions: Json<Vec<SourcePermission>>,
        /// Whether its users must have a second factor in the console.
        second_factor_required: bool,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Finds a role by its id.
pub async fn find(tx: &mut Tx, id: &RoleId) -> Result<Option<Role>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Every role.
pub async fn all(tx: &mut Tx) -> Result<Vec<Role>, Error> {
    tx.select("ORDER BY id", Vec::new()).await
}

/// Every role, held against other writers: who changes what users may do takes this first.
pub async fn all_locked(tx: &mut Tx) -> Result<Vec<Role>, Error> {
    tx.select_locked("ORDER BY id", Vec::new()).await
}
