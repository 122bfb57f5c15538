//! Nobody gives what they do not have, by any way. The one place that says so; whoever makes, changes, opens or acts as
//! an account asks here.
//!
//! Two rules hold it. A **gift**: what an account gains by a change, of its role or on a source, is within what the
//! giver may do now, not when they began. A **way in** (a password, an address, a token, a webhook, a session as
//! somebody, being enabled again) is only given to an account that may do no more than the giver, because who has it
//! may do all of that.

use std::collections::BTreeSet;

use model::{SourceId, SourcePermission, UserId};
use store::role::Role;
use store::user::{self, User};
use store::{Tx, source_permission};

use crate::base::{Actor, Error, Fault, Reason, Result, access};

impl Actor {
    /// Whether the actor may do everything that a role allows, sources aside.
    #[must_use]
    pub fn covers(&self, role: &Role) -> bool {
        role.permissions.iter().all(|p| self.can(*p))
    }

    /// Whether the actor may do everything that another may, on every source too.
    #[must_use]
    pub fn covers_all(&self, other: &Self) -> bool {
        check(self, None, other).is_ok()
    }
}

/// The actor with what they may do now: it may be less than when the request came in.
///
/// # Errors
/// 401 when they are disabled or gone.
pub(crate) async fn fresh(tx: &mut Tx, actor: &Actor) -> Result<Actor> {
    let mut now = access::actor(tx, &actor.user.id, actor.token_id.clone(), actor.origin).await?;
    now.owner_epoch = actor.owner_epoch;
    Ok(now)
}

/// Whether the actor may have a way into an account: it is their own, or may do no more than they may now.
pub(crate) async fn opens(tx: &mut Tx, actor: &Actor, account: &User) -> Result<bool> {
    if account.id == actor.user.id {
        return Ok(true);
    }
    let (actor, account) = (fresh(tx, actor).await?, access::powers(tx, account.clone()).await?);
    Ok(actor.covers_all(&account))
}

/// Of some accounts, those into which the actor may have a way; those that are gone may do nothing.
pub(crate) async fn opened_of(tx: &mut Tx, actor: &Actor, accounts: Vec<UserId>) -> Result<Vec<UserId>> {
    let mut opened = Vec::with_capacity(accounts.len());
    for id in accounts {
        let opens = match user::find(tx, &id).await? {
            Some(account) => opens(tx, actor, &account).await?,
            None => true,
        };
        if opens {
            opened.push(id);
        }
    }
    Ok(opened)
}

/// Refuses a way into an account that may do more than the actor.
///
/// # Errors
/// 403.
pub(crate) async fn require_opens(tx: &mut Tx, actor: &Actor, account: &User) -> Result<()> {
    if opens(tx, actor, account).await? { Ok(()) } else { Err(above_you("this user may do more than you may")) }
}

/// Refuses to change an account or a role that allows more than the actor's role does.
///
/// # Errors
/// 403.
pub(crate) fn require_cover(actor: &Actor, role: &Role) -> Result<()> {
    if actor.covers(role) { Ok(()) } else { Err(above_you("this role allows more than yours")) }
}

/// Ends the change of an account that may have gained something. On sources where the actor has limits of their own, the
/// account gets those limits too; any other gain must be the actor's. `before` is what the account could do, none for a
/// new one.
///
/// # Errors
/// 403 when the account gained what the actor does not have.
pub(crate) async fn give(tx: &mut Tx, actor: &Actor, before: Option<&Actor>, account: &User) -> Result<()> {
    let after = access::powers(tx, account.clone()).await?;
    let mut limited = false;
    for source in actor.own.keys() {
        let (had, wanted) = (before.map_or(&[][..], |b| b.on(source)), after.on(source));
        let kept = within(actor.on(source), had, wanted);
        if kept != wanted {
            source_permission::set(tx, &account.id, source, Some(kept)).await?;
            limited = true;
        }
    }
    let after = if limited { access::powers(tx, account.clone()).await? } else { after };
    check(actor, before, &after)
}

/// Refuses a change of a role by which one of its users gained what the actor does not have.
///
/// # Errors
/// 403.
pub(crate) async fn check_role(tx: &mut Tx, actor: &Actor, before: &Role, after: &Role) -> Result<()> {
    let (had, wanted) = (&before.source_permissions, &after.source_permissions);
    check_on(&actor.role.source_permissions, had, wanted)?;
    for source in actor.own.keys() {
        // Who has permissions of their own there does not get the role's.
        if check_on(actor.on(source), had, wanted).is_err() && user::follows_role(tx, &after.id, source).await? {
            return Err(more_than_you("users of this role would get more on a source than you have there"));
        }
    }
    Ok(())
}

/// Refuses what one account has beyond `before` and the giver has not.
fn check(giver: &Actor, before: Option<&Actor>, after: &Actor) -> Result<()> {
    let had = |p| before.is_some_and(|b| b.can(p));
    if !after.role.permissions.iter().all(|p| giver.can(*p) || had(*p)) {
        return Err(more_than_you("this user would be able to do more than you may"));
    }
    // On sources of which nobody has a line of their own, and on those made later, the roles count.
    let role = |a: &Actor| a.role.source_permissions.0.clone();
    check_on(&role(giver), &before.map(role).unwrap_or_default(), &role(after))?;
    let lines = [Some(giver), before, Some(after)];
    let sources: BTreeSet<&SourceId> = lines.into_iter().flatten().flat_map(|a| a.own.keys()).collect();
    sources
        .into_iter()
        .try_for_each(|source| check_on(giver.on(source), before.map_or(&[], |b| b.on(source)), after.on(source)))
}

/// Checks that who has `own` on a source may make `wanted` out of `had`: what is added is theirs too. Approval takes
/// something away, so anybody may ask for more of it; for less of it only who needs no more than that themselves.
///
/// # Errors
/// 403.
pub(crate) fn check_on(own: &[SourcePermission], had: &[SourcePermission], wanted: &[SourcePermission]) -> Result<()> {
    let gift = |p: &&SourcePermission| !p.is_approval() && !had.contains(p) && !own.contains(p);
    if let Some(more) = wanted.iter().find(gift) {
        return Err(Error::forbidden(Fault::lacks(
            format!("you do not have the permission {more} on this source yourself"),
            &[more.as_str()],
        )));
    }
    if free(wanted) > free(had).max(free(own)) {
        return Err(more_than_you("your own contents on this source need more approval than that"));
    }
    Ok(())
}

/// Of a hundred contents, how many go out without approval.
fn free(on: &[SourcePermission]) -> u8 {
    let writes = on.contains(&SourcePermission::Reply) || on.contains(&SourcePermission::InitiateDiscussion);
    if writes { 100 - SourcePermission::approval_percent(on) } else { 0 }
}

/// As much of `wanted` as [`check_on`] lets pass.
fn within(own: &[SourcePermission], had: &[SourcePermission], wanted: &[SourcePermission]) -> Vec<SourcePermission> {
    let passes = |p: &&SourcePermission| p.is_approval() || had.contains(p) || own.contains(p);
    let mut kept: Vec<SourcePermission> = wanted.iter().filter(passes).copied().collect();
    if free(&kept) > free(had).max(free(own)) {
        kept.retain(|p| !p.is_approval());
        // Of two that are equally free, the one that writes needs approval for it.
        let freer = if (free(had), approvals(had)) > (free(own), approvals(own)) { had } else { own };
        kept.extend(freer.iter().filter(|p| p.is_approval()));
    }
    kept
}

fn approvals(on: &[SourcePermission]) -> usize {
    on.iter().filter(|p| p.is_approval()).count()
}

fn above_you(message: &'static str) -> Error {
    Error::forbidden(Reason::AboveYou.says(message))
}

fn more_than_you(message: &'static str) -> Error {
    Error::forbidden(Reason::MoreThanYou.says(message))
}

#[cfg(test)]
mod tests {
    use model::SourcePermission as P;

    use super::*;

    const FREE: &[P] = &[P::Read, P::Reply];
    const SOME: &[P] = &[P::Read, P::Reply, P::ApprovalThreshold30];
    const ALL: &[P] = &[P::Read, P::Reply, P::ApprovalRequired];

    #[test]
    fn who_needs_approval_frees_nobody_of_it() {
        for (own, had, wanted, good) in [
            (FREE, ALL, FREE, true),
            (SOME, ALL, FREE, false),
            (SOME, ALL, SOME, true),
            (ALL, ALL, SOME, false),
            (ALL, SOME, ALL, true),
            (ALL, FREE, FREE, true),
            (ALL, FREE, SOME, true),
            (ALL, &[P::Read], FREE, false),
            (ALL, &[], ALL, true),
        ] {
            assert_eq!(check_on(own, had, wanted).is_ok(), good, "{own:?} {had:?} {wanted:?}");
        }
        assert!(check_on(&[P::Read], &[P::Read], FREE).is_err());
        assert!(check_on(&[P::Read], &[P::Reply], &[P::Reply]).is_ok());
    }

    #[test]
    fn what_is_left_of_a_gift_passes() {
        for own in [&[][..], &[P::Read], FREE, SOME, ALL] {
            for had in [&[][..], &[P::Read], FREE, SOME, ALL] {
                for wanted in [&[][..], &[P::Read], FREE, SOME, ALL] {
                    let kept = within(own, had, wanted);
                    assert!(check_on(own, had, &kept).is_ok(), "{own:?} {had:?} {wanted:?} {kept:?}");
                    assert_eq!(kept == wanted, check_on(own, had, wanted).is_ok(), "{own:?} {had:?} {wanted:?}");
                }
            }
        }
    }
}
