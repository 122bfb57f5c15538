//! Who acts, and what they may do: the one place where permissions are decided.

use std::collections::HashMap;

use model::{AccessTokenId, ActId, CommunityId, CreatedFrom, Permission, SourceId, SourcePermission, UserId};
use store::journal::Entry;
use store::role::{self, Role};
use store::session::{self, Session};
use store::user::User;
use store::{Scope, Tx, access_token, second_factor, source_permission, user};

use crate::base::{
    error::{Error, Result},
    fault::Fault,
};

/// A known caller: a user through an API token or a console session.
#[derive(Clone, Debug)]
pub struct Actor {
    /// As whom.
    pub user: User,
    /// With which role.
    pub role: Role,
    /// Through which API token.
    pub token_id: Option<AccessTokenId>,
    /// Through which door: the API or the console.
    pub origin: CreatedFrom,
    /// The epoch of the thread under which a write was composed, when the caller says it: see `domain::ownership`.
    pub owner_epoch: Option<i64>,
    /// Under which id a write can be taken back, when the caller may want that: see `domain::undo`.
    pub act: Option<ActId>,
    /// Whether they must set up a second factor before anything else: in a session of the console, where the role
    /// requires one.
    pub awaits_second_factor: bool,
    /// What the user has of their own on sources, in the place of the role's: see `domain::gifts`.
    pub(crate) own: HashMap<SourceId, Vec<SourcePermission>>,
    scope: Scope,
    /// The communities of the sources that the user may read; none when they may read all.
    communities: Option<Vec<CommunityId>>,
}

impl Actor {
    /// Whether the role allows it.
    #[must_use]
    pub fn can(&self, permission: Permission) -> bool {
        self.role.permissions.contains(&permission)
    }

    /// Refuses when the role does not allow it.
    ///
    /// # Errors
    /// 403.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.can(permission) {
            return Ok(());
        }
        Err(Error::forbidden(Fault::lacks(
            format!("your role does not have the permission {permission}"),
            &[permission.as_str()],
        )))
    }

    /// Refuses when the role allows none of these; an empty list asks for nothing.
    ///
    /// # Errors
    /// 403.
    pub fn require_any(&self, permissions: &[Permission]) -> Result<()> {
        match permissions {
            [] => Ok(()),
            [one] => self.require(*one),
            _ if permissions.iter().any(|p| self.can(*p)) => Ok(()),
            _ => {
                let names: Vec<_> = permissions.iter().map(|p| p.as_str()).collect();
                Err(Error::forbidden(Fault::lacks(
                    format!("your role needs one of the permissions {}", names.join(", ")),
                    &names,
                )))
            }
        }
    }

    /// What the user may do on a source: their own permissions, else the role's.
    #[must_use]
    pub fn on(&self, source: &SourceId) -> &[SourcePermission] {
        self.own.get(source).unwrap_or(&self.role.source_permissions)
    }

    /// Whether the user may do it on a source.
    #[must_use]
    pub fn can_on(&self, source: &SourceId, permission: SourcePermission) -> bool {
        self.on(source).contains(&permission)
    }

    /// Refuses when the user may not do it on a source.
    ///
    /// # Errors
    /// 403.
    pub fn require_on(&self, source: &SourceId, permission: SourcePermission) -> Result<()> {
        if self.can_on(source, permission) {
            return Ok(());
        }
        Err(Error::forbidden(Fault::lacks(
            format!("you do not have the permission {permission} on this source"),
            &[permission.as_str()],
        )))
    }

    /// The sources that the user may read.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the user may see an event on this source, or, on none, about people of these communities.
    #[must_use]
    pub fn sees(&self, source: Option<&SourceId>, communities: Option<&[CommunityId]>) -> bool {
        match (source, communities, &self.communities) {
            (Some(source), ..) => self.scope.allows(source),
            (None, Some(about), Some(read)) => about.iter().any(|id| read.contains(id)),
            (None, ..) => true,
        }
    }

    /// Whether the user may see where an agent is, and for which work: their own, or those who may ask for it.
    #[must_use]
    pub fn sees_agent(&self, agent: &UserId) -> bool {
        *agent == self.user.id || self.can(Permission::MonitorTasks)
    }

    /// Whether the user may see an entry of the journal.
    #[must_use]
    pub fn sees_entry(&self, entry: &Entry) -> bool {
        let may = !entry.kind.is_of_agents()
            || entry.user_id.as_ref() == Some(&self.user.id)
            || UserId::parse(&entry.resource_id).is_some_and(|agent| self.sees_agent(&agent));
        may && self.sees(entry.source_id.as_ref(), entry.community_ids.as_ref().map(|ids| &ids.0[..]))
    }
}

/// Loads what a user may do.
///
/// # Errors
/// 401 when the user is disabled or gone.
pub async fn actor(
    tx: &mut Tx,
    user_id: &UserId,
    token_id: Option<AccessTokenId>,
    origin: CreatedFrom,
) -> Result<Actor> {
    let gone = || Error::Unauthorized("user_disabled", "this user is disabled".into());
    let user = user::find(tx, user_id).await?.filter(|u| u.enabled).ok_or_else(gone)?;
    load(tx, user, token_id, origin).await
}

/// What a user may do, or could do when enabled.
pub(crate) async fn powers(tx: &mut Tx, user: User) -> Result<Actor> {
    load(tx, user, None, CreatedFrom::Api).await
}

async fn load(tx: &mut Tx, user: User, token_id: Option<AccessTokenId>, origin: CreatedFrom) -> Result<Actor> {
    let gone = || Error::Unauthorized("user_disabled", "this user is disabled".into());
    let role = role::find(tx, &user.role_id).await?.ok_or_else(gone)?;
    let own: HashMap<_, _> = source_permission::of_user(tx, &user.id).await?.into_iter().collect();
    let by_role = role.source_permissions.contains(&SourcePermission::Read);
    let reads = |permissions: &[SourcePermission]| permissions.contains(&SourcePermission::Read);
    let (scope, communities) = if by_role && own.values().all(|p| reads(p)) {
        (Scope::All, None)
    } else {
        let mut read = store::source::all(tx).await?;
        read.retain(|source| own.get(&source.id).map_or(by_role, |p| reads(p)));
        let communities = read.iter().map(|source| source.community_id.clone()).collect();
        (Scope::Sources(read.into_iter().map(|source| source.id).collect()), Some(communities))
    };
    Ok(Actor {
        user,
        role,
        token_id,
        origin,
        owner_epoch: None,
        act: None,
        awaits_second_factor: false,
        own,
        scope,
        communities,
    })
}

/// The actor behind an API token.
///
/// # Errors
/// 401 when the token is not known or disabled, or its user is.
pub async fn by_token(tx: &mut Tx, token_hash: &str) -> Result<Actor> {
    let found = access_token::by_hash(tx, token_hash).await?;
    let unknown = || Error::Unauthorized("invalid_token", "the access token is not known or disabled".into());
    let token = found.filter(|t| t.enabled).ok_or_else(unknown)?;
    actor(tx, &token.user_id, Some(token.id), CreatedFrom::Api).await
}

/// The actor behind a console session, and the session with the token that its writes must carry.
///
/// # Errors
/// 401 when the session has ended.
pub async fn by_session(tx: &mut Tx, id_hash: &str) -> Result<(Actor, Session)> {
    let found = session::by_hash(tx, id_hash).await?;
    let now = tx.now();
    let ended = || Error::Unauthorized("session_ended", "sign in again".into());
    let session = found.filter(|s| s.expires_at > now).ok_or_else(ended)?;
    let mut actor = actor(tx, &session.user_id, None, CreatedFrom::Interface).await?;
    actor.awaits_second_factor =
        actor.role.second_factor_required && !second_factor::is_on(tx, &session.user_id).await?;
    Ok((actor, session))
}
