//! What a user may do on each source: permissions of their own, else those of the role.

use model::{Permission, SourceId, SourcePermission, UserId};
use store::{Tx, source, source_permission, team, user};

use crate::base::{Actor, Change, Error, Fault, Result, note_change};
use crate::desk::{
    gifts,
    role::{self, checked_permissions},
    user::{require_in_my_teams, require_reach},
};

/// A user's permissions on the sources that the actor may read, oldest source first.
pub type OnSources = Vec<(SourceId, Vec<SourcePermission>)>;

/// Reads them.
///
/// # Errors
/// 403 without `read_user`, except for the actor; 404, also out of the actor's reach.
pub async fn list(tx: &mut Tx, actor: &Actor, id: &UserId) -> Result<OnSources> {
    if *id != actor.user.id {
        actor.require(Permission::ReadUser)?;
        require_in_my_teams(actor, &team::all(tx).await?, id)?;
    }
    read(tx, actor, id).await
}

async fn read(tx: &mut Tx, actor: &Actor, id: &UserId) -> Result<OnSources> {
    let found = user::find(tx, id).await?.filter(|u| u.deleted_at.is_none());
    let found = found.ok_or(Error::NotFound("user"))?;
    let role = store::role::find(tx, &found.role_id).await?;
    let by_role = role.map(|r| r.source_permissions.0).unwrap_or_default();
    let own = source_permission::of_user(tx, id).await?;
    let visible = source::all(tx).await?.into_iter().map(|s| s.id).filter(|s| actor.scope().allows(s));
    let on = |source: SourceId| {
        let permissions = own.iter().find(|(id, _)| *id == source).map_or(&by_role, |(_, p)| p);
        (source, permissions.clone())
    };
    Ok(visible.map(on).collect())
}

/// Sets a user's permissions on some sources. What is added must be the actor's too. Those that are what the role says
/// are the role's again, and follow it when it changes.
///
/// # Errors
/// 403 when the user or an added permission is more than the actor's; 404, also out of the actor's reach; 422 for a
/// source that the actor may not read, for permissions that exclude each other, and when nobody could administer every
/// source any more.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &UserId, given: OnSources) -> Result<OnSources> {
    let roles = store::role::all_locked(tx).await?;
    let actor = &gifts::fresh(tx, actor).await?;
    let administered = role::is_administered(tx, &roles).await?;
    let user = user::find_locked(tx, id).await?.ok_or(Error::NotFound("user"))?;
    require_reach(actor, &roles, &team::all(tx).await?, &user)?;
    let before = read(tx, actor, id).await?;
    let role = roles.iter().find(|role| role.id == user.role_id);
    let of_role = role.map(|role| checked_permissions("role", role.source_permissions.0.clone())).transpose()?;
    for (source, permissions) in given {
        let permissions = checked_permissions(source.as_str(), permissions)?;
        let unknown = || Error::invalid(source.to_string(), Fault::not("a source"));
        let (_, had) = before.iter().find(|(id, _)| *id == source).ok_or_else(unknown)?;
        gifts::check_on(actor.on(&source), had, &permissions)?;
        let own = Some(&permissions) != of_role.as_ref();
        source_permission::set(tx, id, &source, own.then_some(permissions)).await?;
    }
    role::require_administrator(tx, &roles, administered).await?;
    note_change(tx, Some(actor), "user", id.as_str(), Change::Updated);
    read(tx, actor, id).await
}
