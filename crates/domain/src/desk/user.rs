//! Users: agents, bots and administrators.
//!
//! Three rules hold for every change. Nobody changes a user whose role allows more than theirs, gives what they do not
//! have, or opens the account of somebody who may do more (see `gifts`). Who has `manage_users_of_my_teams` (and not
//! `manage_teams`, with which they could lead any team) reaches only the users of the teams that they lead. There is
//! always a person who can sign in and has a role that administers the others.

use std::collections::HashSet;

use model::{IdentityId, MailKind, Permission, RoleId, TeamId, UserId};
use store::invitation::{self, Invitation};
use store::role::Role;
use store::team::{self, Team};
use store::user::{User, UserFilter};
use store::{
    Json, Listed, Page, Tx, identity, intervention, mail_delivery, password_recovery, session, source_permission, user,
};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, access, checks::distinct, note_change};
use crate::desk::mail::{self, Letter, Pen};
pub use crate::desk::user_fields::{UserIn, new_user, owner_of, sender_name};
use crate::desk::{gifts, password, presence, role, user_fields::apply};
use crate::setup::settings;

/// Seconds for which an invitation can be accepted.
pub(crate) const INVITATION: i64 = 7 * 24 * 3600;

/// A user with the teams that they are in.
#[derive(Clone, Debug)]
pub struct Member {
    /// The user.
    pub user: User,
    /// Their teams, oldest first.
    pub team_ids: Vec<TeamId>,
}

impl Member {
    fn new(user: User, teams: &[Team]) -> Self {
        let team_ids = teams.iter().filter(|t| t.user_ids.contains(&user.id)).map(|t| t.id.clone()).collect();
        Self { user, team_ids }
    }
}

/// Lists users, newest first: those of the teams that the actor leads, for an actor whose reach ends there.
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    mut wanted: UserFilter,
    team_id: Option<TeamId>,
    page: Page,
) -> Result<Listed<Member>> {
    let teams = team::all(tx).await?;
    if let Some(id) = team_id {
        let team = teams.iter().find(|t| t.id == id);
        wanted.ids = Some(team.map(|t| t.user_ids.0.clone()).unwrap_or_default());
    }
    if is_limited(actor) {
        let led = teams.iter().filter(|t| leads(actor, t));
        let within = led.flat_map(|t| t.user_ids.iter().chain(t.leader_ids.iter())).cloned().collect();
        wanted.within = Some(distinct(within));
    }
    let Listed { count, records } = user::list(tx, &wanted, page).await?;
    let all: Vec<IdentityId> = records.iter().flat_map(|u| u.identity_ids.iter().cloned()).collect();
    let seen: HashSet<IdentityId> = identity::ids_within(tx, actor.scope(), &all).await?.into_iter().collect();
    let shown = |mut user: User| {
        user.identity_ids.retain(|id| seen.contains(id));
        Member::new(user, &teams)
    };
    Ok(Listed { count, records: records.into_iter().map(shown).collect() })
}

/// Finds a user.
///
/// # Errors
/// 403 without `read_user`, except for the actor; 404, also for users out of the actor's reach.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &UserId) -> Result<Member> {
    let teams = team::all(tx).await?;
    if *id != actor.user.id {
        actor.require(Permission::ReadUser)?;
        require_in_my_teams(actor, &teams, id)?;
    }
    let found = user::find(tx, id).await?.filter(|u| u.deleted_at.is_none());
    shown(tx, actor, found.ok_or(Error::NotFound("user"))?, &teams).await
}

/// A user with the identities that the actor sees.
async fn shown(tx: &mut Tx, actor: &Actor, mut user: User, teams: &[Team]) -> Result<Member> {
    user.identity_ids = Json(identity::ids_within(tx, actor.scope(), &user.identity_ids).await?);
    Ok(Member::new(user, teams))
}

/// Makes a user who can enter at once.
///
/// # Errors
/// 403 when the role allows more than the actor's; 422 when a field is missing or not acceptable.
pub async fn create(tx: &mut Tx, actor: &Actor, given: UserIn) -> Result<Member> {
    let passwordless = given.no_password == Some(true) || given.bot == Some(true);
    if given.password_hash.is_none() && !passwordless {
        return Err(Error::missing("password"));
    }
    insert(tx, actor, given, None).await
}

/// A way in for somebody who has none yet.
pub struct Invite<'a> {
    /// The hash of its token.
    pub token_hash: String,
    /// The address where the user chooses a password.
    pub link: String,
    /// Writes it to the user; none where no mails are sent.
    pub pen: Option<Pen<'a>>,
}

/// Makes a user who can enter after choosing a password at a link, which they are told by mail where mails are sent.
///
/// # Errors
/// 403 when the role allows more than the actor's; 422 when a field is missing or not acceptable.
pub async fn invite(tx: &mut Tx, actor: &Actor, given: UserIn, invite: Invite<'_>) -> Result<Member> {
    let given = UserIn { password_hash: None, no_password: None, bot: None, ..given };
    insert(tx, actor, given, Some(invite)).await
}

async fn insert(tx: &mut Tx, actor: &Actor, given: UserIn, invitation: Option<Invite<'_>>) -> Result<Member> {
    let (email, role_id) = (required("email", &given.email)?, given.role_id.clone());
    let (firstname, lastname) = (required("firstname", &given.firstname)?, required("lastname", &given.lastname)?);
    let role_id = role_id.ok_or_else(|| Error::missing("role_id"))?;
    let now = tx.now();
    let roles = store::role::all_locked(tx).await?;
    let actor = &gifts::fresh(tx, actor).await?;
    gifts::require_cover(actor, named_role(&roles, &role_id)?)?;
    let mut user = new_user(email, &firstname, &lastname, role_id, now);
    user.locale = settings::LOCALE.now(tx).await?;
    user.invitation_pending = invitation.is_some();
    apply(tx, actor, &mut user, &given).await?;
    tx.insert(&user).await.map_err(taken)?;
    gifts::give(tx, actor, None, &user).await?;
    if let Some(hash) = &given.password_hash {
        password::note(tx, &user.id, hash).await?;
    }
    let teams = team::all_locked(tx).await?;
    let teams = set_teams(tx, actor, &user.id, teams, given.team_ids.unwrap_or_default(), true).await?;
    for id in ordered(&user.identity_ids) {
        identity::set_writer(tx, &id, &user.id, true).await?;
    }
    if let Some(invite) = invitation {
        note_invitation(tx, actor, &user, invite).await?;
    }
    note_change(tx, Some(actor), "user", user.id.as_str(), Change::Created);
    shown(tx, actor, user, &teams).await
}

/// Keeps an invitation, and writes it to its user.
async fn note_invitation(tx: &mut Tx, actor: &Actor, user: &User, invite: Invite<'_>) -> Result<()> {
    let Invite { token_hash, link, pen } = invite;
    let (created_at, expires_at) = (tx.now(), tx.now().plus_seconds(INVITATION));
    let (user_id, giver_id) = (user.id.clone(), Some(actor.user.id.clone()));
    tx.insert(&Invitation { token_hash, user_id, giver_id, created_at, expires_at }).await?;
    if let Some(pen) = pen {
        let (desk, days) = (settings::NAME.now(tx).await?, INVITATION / (24 * 3600));
        let (subject, text) = mail::invitation(user, &actor.user.name(), &desk, &link, days);
        let letter = Letter { kind: MailKind::Invitation, to: user, subject, text };
        mail::write(tx, pen, Some(actor), letter).await?;
    }
    Ok(())
}

/// Changes a user. A new password, or being disabled, ends their sessions.
///
/// # Errors
/// 403 when the user or the new role may do more than the actor, for a way in also on sources; 404, also out of the
/// actor's reach; 422 when a value is not acceptable, or nobody could administer the others any more.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &UserId, given: UserIn) -> Result<Member> {
    let roles = store::role::all_locked(tx).await?;
    let actor = &gifts::fresh(tx, actor).await?;
    let administered = role::is_administered(tx, &roles).await?;
    let before = user::find_locked(tx, id).await?.ok_or(Error::NotFound("user"))?;
    let teams = team::all_locked(tx).await?;
    require_reach(actor, &roles, &teams, &before)?;
    let mut user = before.clone();
    if let Some(role_id) = &given.role_id {
        gifts::require_cover(actor, named_role(&roles, role_id)?)?;
        user.role_id = role_id.clone();
    }
    apply(tx, actor, &mut user, &given).await?;
    if opens_a_way(&before, &user) {
        gifts::require_opens(tx, actor, &before).await?;
    }
    let powers = access::powers(tx, before.clone()).await?;
    user.updated_at = tx.now();
    tx.update(&user).await.map_err(taken)?;
    if user.role_id != before.role_id {
        gifts::give(tx, actor, Some(&powers), &user).await?;
    }
    if (user.name(), user.bot) != (before.name(), before.bot) {
        store::thread::rename_owner(tx, &owner_of(&user)).await?;
    }
    role::require_administrator(tx, &roles, administered).await?;
    let teams = match given.team_ids {
        Some(team_ids) => set_teams(tx, actor, id, teams, team_ids, false).await?,
        None => teams,
    };
    for identity_id in ordered(&before.identity_ids).iter().filter(|i| !user.identity_ids.contains(i)) {
        identity::set_writer(tx, identity_id, id, false).await?;
    }
    for identity_id in ordered(&user.identity_ids).iter().filter(|i| !before.identity_ids.contains(i)) {
        identity::set_writer(tx, identity_id, id, true).await?;
    }
    if let Some(hash) = &given.password_hash {
        password::note(tx, id, hash).await?;
        invitation::end_all_of(tx, id).await?;
    }
    if given.password_hash.is_some() || !user.enabled || (user.no_password && !before.no_password) {
        session::end_all_of(tx, id).await?;
    }
    if user.email != before.email {
        // It may have been somebody else's.
        password_recovery::end_all_of(tx, id).await?;
        mail_delivery::forget_address(tx, id, &before.email).await?;
    }
    if !user.enabled {
        presence::remove(tx, id, "disabled").await?;
    }
    note_change(tx, Some(actor), "user", id.as_str(), Change::Updated);
    shown(tx, actor, user, &teams).await
}

/// Removes a user: every way in, the name and everything personal. A nameless row stays, because contents and closed
/// interventions point at it. Gives the user as they were.
///
/// # Errors
/// 403 when the user may do more than the actor; 404, also out of the actor's reach; 422 when the user has
/// interventions that are not closed, or nobody could administer the others any more.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &UserId) -> Result<Member> {
    let roles = store::role::all_locked(tx).await?;
    let actor = &gifts::fresh(tx, actor).await?;
    let administered = role::is_administered(tx, &roles).await?;
    let before = user::find_locked(tx, id).await?.ok_or(Error::NotFound("user"))?;
    let teams = team::all_locked(tx).await?;
    require_reach(actor, &roles, &teams, &before)?;
    let open = intervention::count_open(tx, id).await?;
    if open > 0 {
        let message = format!("this user has {open} interventions that are not closed: reassign or close them first");
        return Err(Error::Unprocessable("user_has_interventions", message.into()));
    }
    let removed = User {
        enabled: false,
        deleted_at: Some(tx.now()),
        updated_at: tx.now(),
        no_password: false,
        bot: before.bot,
        locale: before.locale.clone(),
        created_at: before.created_at,
        id: id.clone(),
        ..new_user(format!("removed:{id}"), "Removed", "user", before.role_id.clone(), before.created_at)
    };
    tx.update(&removed).await?;
    role::require_administrator(tx, &roles, administered).await?;
    user::take_access(tx, id).await?;
    store::user_picture::remove(tx, id).await?;
    presence::remove(tx, id, "removed").await?;
    let member = Member::new(before, &teams);
    for mut team in teams.into_iter().filter(|t| t.user_ids.contains(id) || t.leader_ids.contains(id)) {
        team.user_ids.retain(|other| other != id);
        team.leader_ids.retain(|other| other != id);
        team.updated_at = tx.now();
        tx.update(&team).await?;
    }
    for identity_id in ordered(&member.user.identity_ids) {
        identity::set_writer(tx, &identity_id, id, false).await?;
    }
    note_change(tx, Some(actor), "user", id.as_str(), Change::Deleted);
    Ok(member)
}

/// Whom an invitation is for that can still be accepted.
///
/// # Errors
/// 422 when it was used or is too old.
pub async fn invited(tx: &mut Tx, token_hash: &str) -> Result<UserId> {
    let invitation = invitation::find(tx, token_hash).await?.ok_or_else(invitation_over)?;
    let user = user::find(tx, &invitation.user_id).await?;
    let user = user.filter(|u| u.enabled && u.invitation_pending).ok_or_else(invitation_over)?;
    Ok(user.id)
}

/// Accepts an invitation: sets the first password. Gives the user.
///
/// # Errors
/// 422 when the invitation was used or is too old, or opens more by now than whoever made it may do.
pub async fn accept_invitation(tx: &mut Tx, token_hash: &str, password_hash: String) -> Result<User> {
    let invitation = invitation::find(tx, token_hash).await?.ok_or_else(invitation_over)?;
    // Of two who accept at once the second finds, behind the lock, that it is done.
    let user = user::find_locked(tx, &invitation.user_id).await?;
    let mut user = user.filter(|u| u.enabled && u.invitation_pending).ok_or_else(invitation_over)?;
    if let Some(giver) = invitation.giver_id
        && let Some(giver) = user::find(tx, &giver).await?
    {
        let giver = access::powers(tx, giver).await?;
        if !gifts::opens(tx, &giver, &user).await? {
            return Err(invitation_over());
        }
    }
    password::note(tx, &user.id, &password_hash).await?;
    user.password_hash = Some(password_hash);
    user.invitation_pending = false;
    user.updated_at = tx.now();
    tx.update(&user).await?;
    invitation::end_all_of(tx, &user.id).await?;
    note_change(tx, None, "user", user.id.as_str(), Change::Updated);
    Ok(user)
}

/// Sets a user's password from the shell and lets them in by it; every session of theirs ends. With `administrator` they
/// may do everything from then on, whatever was taken from them.
///
/// # Errors
/// 404; 422 for somebody who could not enter by a password, unless they become an administrator.
pub async fn reset_password(tx: &mut Tx, id: &UserId, password_hash: String, administrator: bool) -> Result<User> {
    let roles = store::role::all_locked(tx).await?;
    let mut user = held(tx, id).await?;
    if administrator {
        (user.enabled, user.bot) = (true, false);
        user.role_id = full_role(tx, &roles).await?;
        source_permission::clear(tx, id).await?;
    } else if !user.enabled || user.bot {
        let fault = "this user is disabled or a bot: a password alone does not let them in (see --administrator)";
        return Err(Error::invalid("email", Reason::Other.says(fault)));
    }
    password::note(tx, id, &password_hash).await?;
    user.password_hash = Some(password_hash);
    (user.no_password, user.invitation_pending) = (false, false);
    user.updated_at = tx.now();
    tx.update(&user).await?;
    invitation::end_all_of(tx, id).await?;
    session::end_all_of(tx, id).await?;
    note_change(tx, None, "user", id.as_str(), Change::Updated);
    Ok(user)
}

/// A user, held for a change.
///
/// # Errors
/// 404, also for one who was removed.
pub(super) async fn held(tx: &mut Tx, id: &UserId) -> Result<User> {
    let found = user::find_locked(tx, id).await?.filter(|user| user.deleted_at.is_none());
    found.ok_or(Error::NotFound("user"))
}

/// A role that allows everything; made when there is none.
async fn full_role(tx: &mut Tx, roles: &[Role]) -> Result<RoleId> {
    let mut full = role::administrator(tx.now());
    let allows = |role: &&Role| {
        full.permissions.iter().all(|p| role.permissions.contains(p))
            && full.source_permissions.iter().all(|p| role.source_permissions.contains(p))
    };
    if let Some(role) = roles.iter().find(allows) {
        return Ok(role.id.clone());
    }
    let names = std::iter::once(full.label.clone()).chain((2..).map(|n| format!("{} {n}", full.label)));
    let free = names.into_iter().find(|name| !roles.iter().any(|role| role.label == *name));
    full.label = free.unwrap_or_default();
    tx.insert(&full).await?;
    note_change(tx, None, "role", full.id.as_str(), Change::Created);
    Ok(full.id)
}

fn invitation_over() -> Error {
    Error::Unprocessable("invitation_invalid", "this invitation has been used or is too old".into())
}

/// Whether the actor reaches only the users of the teams that they lead.
pub(crate) fn is_limited(actor: &Actor) -> bool {
    actor.can(Permission::ManageUsersOfMyTeams) && !actor.can(Permission::ManageTeams)
}

fn leads(actor: &Actor, team: &Team) -> bool {
    team.leader_ids.contains(&actor.user.id)
}

/// Refuses when a user is not in a team that the actor leads, for an actor whose reach ends there: such users are
/// not there for them.
///
/// # Errors
/// 404.
pub(crate) fn require_in_my_teams(actor: &Actor, teams: &[Team], user: &UserId) -> Result<()> {
    let mine = |t: &Team| leads(actor, t) && (t.user_ids.contains(user) || t.leader_ids.contains(user));
    if !is_limited(actor) || teams.iter().any(mine) {
        return Ok(());
    }
    Err(Error::NotFound("user"))
}

/// Refuses when the actor may not change this user.
///
/// # Errors
/// 404 out of the actor's reach; 403 when the user may do more than the actor.
pub(crate) fn require_reach(actor: &Actor, roles: &[Role], teams: &[Team], user: &User) -> Result<()> {
    require_in_my_teams(actor, teams, &user.id)?;
    if roles.iter().any(|r| r.id == user.role_id && actor.covers(r)) {
        return Ok(());
    }
    Err(Error::forbidden(Reason::MoreThanYou.says("this user may do more than you may")))
}

/// Whether a change lets somebody into an account who knows what was set, or what was set before.
fn opens_a_way(before: &User, user: &User) -> bool {
    let ways = |u: &User| (u.password_hash.clone(), u.email.clone(), u.external_id.clone());
    ways(before) != ways(user) || (user.enabled && !before.enabled) || (before.no_password && !user.no_password)
}

/// Whether the actor may set this user's password, before it is looked at: what is wrong with it tells of earlier ones.
///
/// # Errors
/// 404 out of the actor's reach; 403 when the user may do more than the actor.
pub async fn check_way_in(tx: &mut Tx, actor: &Actor, id: &UserId) -> Result<()> {
    let user = user::find(tx, id).await?.ok_or(Error::NotFound("user"))?;
    let roles: Vec<Role> = store::role::find(tx, &user.role_id).await?.into_iter().collect();
    let teams = team::all(tx).await?;
    require_reach(actor, &roles, &teams, &user)?;
    gifts::require_opens(tx, actor, &user).await
}

fn named_role<'r>(roles: &'r [Role], id: &RoleId) -> Result<&'r Role> {
    roles.iter().find(|r| r.id == *id).ok_or_else(|| Error::invalid("role_id", Fault::unknown()))
}

/// Puts a user into exactly these teams. An actor whose reach ends at their own teams changes only those, and leaves
/// a new user in at least one of them.
async fn set_teams(
    tx: &mut Tx,
    actor: &Actor,
    id: &UserId,
    mut teams: Vec<Team>,
    team_ids: Vec<TeamId>,
    new: bool,
) -> Result<Vec<Team>> {
    if team_ids.iter().any(|wanted| teams.iter().all(|t| t.id != *wanted)) {
        return Err(Error::invalid("team_ids", Fault::names_unknown("a team")));
    }
    let limited = is_limited(actor);
    if limited && new && team_ids.is_empty() {
        return Err(Error::invalid("team_ids", Reason::NotLeader.says("must have a team that you lead")));
    }
    for team in &mut teams {
        let (is, wanted) = (team.user_ids.contains(id), team_ids.contains(&team.id));
        if is == wanted {
            continue;
        }
        if limited && !leads(actor, team) {
            return Err(Error::invalid("team_ids", Reason::NotLeader.says("can only change for teams that you lead")));
        }
        team.user_ids.retain(|other| other != id);
        if wanted {
            team.user_ids.push(id.clone());
        }
        team.updated_at = tx.now();
        tx.update(team).await?;
    }
    teams.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    Ok(teams)
}

fn required(field: &'static str, text: &Option<String>) -> Result<String> {
    text.clone().ok_or_else(|| Error::missing(field))
}

/// Identities are locked in the order of their ids, so that two users' changes cannot wait for each other.
fn ordered(ids: &Json<Vec<model::IdentityId>>) -> Vec<model::IdentityId> {
    let mut ids = ids.0.clone();
    ids.sort();
    ids
}

fn taken(error: store::Error) -> Error {
    let external = matches!(&error, store::Error::Unique(what) if what.contains("external_id"));
    Error::taken(error, if external { "external_id" } else { "email" })
}
