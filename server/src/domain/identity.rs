//! Identities and identity groups: who the customers are.
//!
//! The reference asks for no permission of the role here; `read_identity` is asked for all the same, because what is
//! read is personal.

use model::{IdentityGroupId, IdentityId, Permission, UserId};
use store::identity::{self, GroupFilter, Identity, IdentityFilter, IdentityGroup};
use store::{Listed, Page, Tx, user};

use super::{Actor, Error, Result};

/// A person with the identities that are known of them.
#[derive(Clone, Debug)]
pub struct Group {
    /// The person.
    pub group: IdentityGroup,
    /// Their identities that the actor may see, oldest first.
    pub identity_ids: Vec<IdentityId>,
}

/// Lists identities of communities that have a source that the actor may read, newest first. With `user_id`, those
/// that this user writes as.
///
/// # Errors
/// 403 without `read_identity`.
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    mut wanted: IdentityFilter,
    user_id: Option<UserId>,
    page: Page,
) -> Result<Listed<Identity>> {
    actor.require(Permission::ReadIdentity)?;
    if let Some(id) = user_id {
        wanted.ids = Some(user::find(tx, &id).await?.map(|u| u.identity_ids.0).unwrap_or_default());
    }
    Ok(identity::list(tx, actor.scope(), &wanted, page).await?)
}

/// Finds an identity of such a community.
///
/// # Errors
/// 403 without `read_identity`; 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &IdentityId) -> Result<Identity> {
    actor.require(Permission::ReadIdentity)?;
    identity::find_within(tx, actor.scope(), id).await?.ok_or(Error::NotFound("identity"))
}

/// Lists groups that have an identity of such a community, newest first.
///
/// # Errors
/// 403 without `read_identity`.
pub async fn list_groups(tx: &mut Tx, actor: &Actor, wanted: GroupFilter, page: Page) -> Result<Listed<Group>> {
    actor.require(Permission::ReadIdentity)?;
    let Listed { count, records } = identity::list_groups(tx, actor.scope(), &wanted, page).await?;
    Ok(Listed { count, records: with_identities(tx, actor, records).await? })
}

/// Finds a group that has an identity of such a community.
///
/// # Errors
/// 403 without `read_identity`; 404.
pub async fn find_group(tx: &mut Tx, actor: &Actor, id: &IdentityGroupId) -> Result<Group> {
    actor.require(Permission::ReadIdentity)?;
    let found = identity::find_group(tx, actor.scope(), id).await?;
    with_identities(tx, actor, found.into_iter().collect()).await?.pop().ok_or(Error::NotFound("identity group"))
}

async fn with_identities(tx: &mut Tx, actor: &Actor, groups: Vec<IdentityGroup>) -> Result<Vec<Group>> {
    let ids: Vec<IdentityGroupId> = groups.iter().map(|g| g.id.clone()).collect();
    let members = identity::of_groups(tx, actor.scope(), &ids).await?;
    let of = |id: &IdentityGroupId| members.iter().filter(|(g, _)| g == id).map(|(_, i)| i.clone()).collect();
    Ok(groups.into_iter().map(|group| Group { identity_ids: of(&group.id), group }).collect())
}
