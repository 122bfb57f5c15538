//! Roles: sets of permissions that users share.
//!
//! Nobody gives a role what they do not have (see `gifts`), and nobody changes a role that allows more than their own.
//! There is always a person who can sign in and has a role that administers the others.

use model::Timestamp;
use model::{Permission, RoleId, SourcePermission};
use store::role::{self, Role};
use store::{Filter, Json, Listed, Page, Tx, user};

use crate::base::{Actor, Change, Error, Reason, Result, checked_name, checks::distinct, note_change};
use crate::desk::gifts;

/// What is said of a role; what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct RoleIn {
    /// Its name.
    pub label: Option<String>,
    /// What it allows from now on (true), or no longer (false).
    pub permissions: Vec<(Permission, bool)>,
    /// What its users may do on sources for which they have no permissions of their own.
    pub source_permissions: Option<Vec<SourcePermission>>,
    /// Whether its users must have a second factor in the console.
    pub second_factor_required: Option<bool>,
}

/// Lists roles, oldest first.
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
    role::find(tx, id).await?.ok_or(Error::NotFound("role"))
}

/// Makes a role. Of what it should allow, what the actor does not have is left out.
///
/// # Errors
/// 422 without a name; 403 for source permissions that the actor's role does not have; 422 when the name is blank or
/// taken, or source permissions exclude each other.
pub async fn create(tx: &mut Tx, actor: &Actor, given: RoleIn) -> Result<Role> {
    let actor = &gifts::fresh(tx, actor).await?;
    let now = tx.now();
    let mut role = Role {
        id: RoleId::new(now),
        label: given.label.clone().ok_or_else(|| Error::missing("label"))?,
        permissions: Json::default(),
        source_permissions: Json::default(),
        second_factor_required: false,
        created_at: now,
        updated_at: now,
    };
    change(actor, &mut role, given)?;
    tx.insert(&role).await.map_err(|e| Error::taken(e, "label"))?;
    note_change(tx, Some(actor), "role", role.id.as_str(), Change::Created);
    Ok(role)
}

/// Changes a role. Of what it should allow, what the actor does not have is left out, as in the reference.
///
/// # Errors
/// 404; 403 when the role allows more than the actor's, or for source permissions that the actor's role, or on a
/// source the actor, does not have; 422 when a value is not acceptable, or nobody could administer the others any more.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &RoleId, given: RoleIn) -> Result<Role> {
    let mut roles = role::all_locked(tx).await?;
    let actor = &gifts::fresh(tx, actor).await?;
    let administered = is_administered(tx, &roles).await?;
    let role = roles.iter_mut().find(|r| r.id == *id).ok_or(Error::NotFound("role"))?;
    gifts::require_cover(actor, role)?;
    let before = role.clone();
    change(actor, role, given)?;
    gifts::check_role(tx, actor, &before, role).await?;
    role.updated_at = tx.now();
    tx.update(role).await.map_err(|e| Error::taken(e, "label"))?;
    let changed = role.clone();
    require_administrator(tx, &roles, administered).await?;
    note_change(tx, Some(actor), "role", id.as_str(), Change::Updated);
    Ok(changed)
}

/// Removes a role that nobody has.
///
/// # Errors
/// 404; 403 when the role allows more than the actor's; 422 `role_in_use` while somebody has it.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &RoleId) -> Result<Role> {
    let roles = role::all_locked(tx).await?;
    let role = roles.into_iter().find(|r| r.id == *id).ok_or(Error::NotFound("role"))?;
    gifts::require_cover(actor, &role)?;
    let users = user::count_with_role(tx, id).await?;
    if users > 0 {
        let message = format!("{users} users have this role: give them another one first");
        return Err(Error::Unprocessable("role_in_use", message.into()));
    }
    // The nameless rows of removed users point at it, too; what their role is means nothing any more.
    user::move_removed(tx, id, &actor.role.id).await?;
    tx.delete::<Role>(id.as_str()).await?;
    note_change(tx, Some(actor), "role", id.as_str(), Change::Deleted);
    Ok(role)
}

fn change(actor: &Actor, role: &mut Role, given: RoleIn) -> Result<()> {
    let RoleIn { label, permissions, source_permissions, second_factor_required } = given;
    role.second_factor_required = second_factor_required.unwrap_or(role.second_factor_required);
    if let Some(label) = label {
        role.label = checked_name("label", &label)?;
    }
    for (permission, allowed) in permissions {
        if !actor.can(permission) {
            continue;
        }
        role.permissions.retain(|p| *p != permission);
        if allowed {
            role.permissions.push(permission);
        }
    }
    role.permissions.sort_unstable();
    if let Some(wanted) = source_permissions {
        let wanted = checked_permissions("source_permissions", wanted)?;
        gifts::check_on(&actor.role.source_permissions, &role.source_permissions, &wanted)?;
        role.source_permissions = Json(wanted);
    }
    Ok(())
}

/// Whether users of this role can give every other user their rights: some person must always have such a role.
#[must_use]
pub fn administers(role: &Role) -> bool {
    [Permission::ManageRoles, Permission::UpdateUser].iter().all(|p| role.permissions.contains(p))
}

/// What there is somebody for who can sign in and administer the others.
pub(crate) struct Administered {
    /// At all.
    at_all: bool,
    /// And may read on every source, so that they can give that to others.
    on_sources: bool,
}

/// Whether a person can sign in and administer the others. Whoever takes a permission, a password or a user away asks
/// before it, with the roles held.
pub(crate) async fn is_administered(tx: &mut Tx, roles: &[Role]) -> Result<Administered> {
    let (mut all, mut reading) = (Vec::new(), Vec::new());
    for role in roles.iter().filter(|role| administers(role)) {
        all.push(role.id.clone());
        if role.source_permissions.contains(&SourcePermission::Read) {
            reading.push(role.id.clone());
        }
    }
    Ok(Administered {
        at_all: user::people_with(tx, &all, false).await? > 0,
        on_sources: user::people_with(tx, &reading, true).await? > 0,
    })
}

/// Refuses what was just done when it leaves nobody who can sign in and administer the others, or nobody who can do so
/// for every source, and there was somebody `before`. The roles are locked, so that of two such changes at once the second sees the first.
///
/// # Errors
/// 422 `last_administrator`.
pub(crate) async fn require_administrator(tx: &mut Tx, roles: &[Role], before: Administered) -> Result<()> {
    let now = is_administered(tx, roles).await?;
    let message = if before.at_all && !now.at_all {
        "nobody could sign in and administer the others any more"
    } else if before.on_sources && !now.on_sources {
        "nobody who administers the others could read every source any more"
    } else {
        return Ok(());
    };
    Err(Error::Unprocessable("last_administrator", message.into()))
}

/// The role that allows everything, as a new domain has it.
pub(crate) fn administrator(now: Timestamp) -> Role {
    use SourcePermission as S;
    let on_sources = [S::Read, S::Reply, S::ReplyWithHtml, S::InitiateDiscussion, S::Destroy];
    new_role("Administrator", Permission::ALL.to_vec(), &on_sources, now)
}

pub(crate) fn new_role(
    label: &str,
    permissions: Vec<Permission>,
    on_sources: &[SourcePermission],
    now: Timestamp,
) -> Role {
    Role {
        id: RoleId::new(now),
        label: label.into(),
        permissions: Json(permissions),
        source_permissions: Json(on_sources.to_vec()),
        second_factor_required: false,
        created_at: now,
        updated_at: now,
    }
}

/// Each permission once, and one of the approval permissions at the most.
///
/// # Errors
/// 422 on `field`.
pub(crate) fn checked_permissions(field: &str, permissions: Vec<SourcePermission>) -> Result<Vec<SourcePermission>> {
    let mut permissions = distinct(permissions);
    permissions.sort_unstable();
    if permissions.iter().filter(|p| p.is_approval()).count() > 1 {
        return Err(Error::invalid(field, Reason::OnlyOne.says("can have one of the approval permissions")));
    }
    Ok(permissions)
}
