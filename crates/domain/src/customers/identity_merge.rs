//! Joining identities into persons, and parting them again.
//!
//! An identity points at its group and at nothing else, so that joins can make no circle. Whoever joins or parts holds
//! the identity first and then the groups, the lower id before the higher: two at once come one after the other.
//! Groups are never removed: one that lost its last identity waits, unseen, for that to come back.

use model::{AssociatedType, EventType, IdentityGroupId, IdentityId, IdentityMergeId};
use serde_json::json;
use store::identity::{self, Identity};
use store::identity_group::{self, IdentityGroup};
use store::identity_merge::{self, Attributes, IdentityMerge};
use store::{Json, Scope, Tx, tag};

use crate::base::{Actor, Error, Fault, Reason, Result, journal};
use crate::customers::identity_group::{Group, GroupIn, apply, find};
use crate::setup::settings;
use crate::setup::{attributes, custom_field};

/// Makes a group for an identity that has none: the person behind it.
///
/// # Errors
/// 422 on `identity_id` when the actor does not see the identity, it belongs to the company, or has a group; 422 that
/// names any other value that is not acceptable.
pub async fn create(tx: &mut Tx, actor: &Actor, identity_id: &IdentityId, given: GroupIn) -> Result<Group> {
    let mut identity = lock_customer(tx, actor, "identity_id", identity_id).await?;
    if identity.identity_group_id.is_some() {
        return Err(Error::invalid("identity_id", Reason::Unfit.says("has a group already")));
    }
    let now = tx.now();
    let mut group = IdentityGroup {
        custom_field_values: Json(custom_field::blank(tx, AssociatedType::IdentityGroup).await?),
        ..IdentityGroup::new(IdentityGroupId::new(now), now)
    };
    tx.insert(&group).await?;
    let brought = attributes::of_identity(&identity);
    join(tx, actor, &mut group, &mut identity, brought, true).await?;
    apply(tx, actor, &mut group, given).await?;
    tx.update(&group).await?;
    let resource = ("identity_group", group.id.as_str());
    let metadata = json!({"identity_id": identity.id});
    let communities = vec![identity.community_id.clone()];
    journal::person(tx, EventType::IdentityGroupCreated, &actor.user.id, resource, communities, metadata);
    find(tx, actor, &group.id).await
}

/// Joins an identity to a group. Where both know something else, the group's stays. What was known of the person that
/// the identity was before comes along, unless other identities stay behind with it.
///
/// # Errors
/// 404; 403 when the domain does not join identities; 422 on `associated_identity_id` when the actor does not see the
/// identity or it belongs to the company.
pub async fn merge(tx: &mut Tx, actor: &Actor, id: &IdentityGroupId, identity_id: &IdentityId) -> Result<Group> {
    require_enabled(tx).await?;
    let mut identity = lock_customer(tx, actor, "associated_identity_id", identity_id).await?;
    let old_id = identity.identity_group_id.clone();
    let (mut group, old) = lock_groups(tx, actor, id, old_id.as_ref().filter(|old| *old != id)).await?;
    if old_id.as_ref() == Some(id) {
        return find(tx, actor, id).await;
    }
    let brought = match old {
        Some(old) => move_out(tx, old, &identity).await?,
        None => attributes::of_identity(&identity),
    };
    join(tx, actor, &mut group, &mut identity, brought, false).await?;
    note(tx, actor, EventType::IdentityMerged, &identity, old_id.as_ref());
    find(tx, actor, id).await
}

/// Takes a whole person into another one: all identities of the person that `other_id` belongs to come to the person
/// behind `id`, who gets a group if there is none. What was known of the one counts as it stands, corrections too;
/// where both know something else, that of the person behind `id` stays. All of it happens or nothing.
///
/// # Errors
/// 403 when the domain does not join identities, or the actor does not see all of those identities; 422 on `id` or
/// `other_id` when the actor does not see it, it belongs to the company, or both are the same and have no group; 409
/// when somebody joins or parts the same persons just now.
pub async fn merge_people(tx: &mut Tx, actor: &Actor, id: &IdentityId, other_id: &IdentityId) -> Result<Group> {
    require_enabled(tx).await?;
    if id == other_id {
        return Err(Error::invalid("other_id", Reason::Itself.says("is the same identity")));
    }
    let coming = coming_with(tx, actor, other_id).await?;
    let (target, mut identities) = lock_people(tx, actor, id, &coming).await?;
    let old_id = identities.first().and_then(|identity| identity.identity_group_id.clone());
    let into = match target.identity_group_id {
        Some(group) => group,
        None => create(tx, actor, id, GroupIn::default()).await?.group.id,
    };
    let (mut group, mut old) = lock_groups(tx, actor, &into, old_id.as_ref().filter(|old| **old != into)).await?;
    if old_id.as_ref() == Some(&into) {
        return find(tx, actor, &into).await;
    }
    // Whoever joins one or parts it holds its group: only now they are all there.
    if coming_with(tx, actor, other_id).await? != coming || identities.iter().any(|i| i.identity_group_id != old_id) {
        let message = "somebody joins or parts the same persons just now: look at them again";
        return Err(Error::Conflict("identity_group_changed", message.into()));
    }
    // The first one brings what is known of the person; what the others bring is only noted, for when it goes again.
    let mut whole = old.as_ref().map(attributes::of_group);
    for identity in &mut identities {
        let mut own = match &mut old {
            Some(old) => take_out(tx, old, &identity.id).await?,
            None => Attributes::default(),
        };
        attributes::add(&mut own, &attributes::of_identity(identity));
        match whole.take() {
            Some(mut whole) => {
                forget_gone_tags(tx, &mut whole).await?;
                join(tx, actor, &mut group, identity, whole, false).await?;
            }
            None if old.is_none() => join(tx, actor, &mut group, identity, own, false).await?,
            None => enter(tx, actor, &group, identity, (own, Attributes::default()), false).await?,
        }
        note(tx, actor, EventType::IdentityMerged, identity, old_id.as_ref());
    }
    find(tx, actor, &into).await
}

/// All identities of the person that an identity belongs to, oldest first.
async fn coming_with(tx: &mut Tx, actor: &Actor, id: &IdentityId) -> Result<Vec<IdentityId>> {
    let Some(identity) = identity::find_within(tx, actor.scope(), id).await? else {
        return Err(Error::invalid("other_id", Fault::not("an identity that you may see")));
    };
    let Some(group) = identity.identity_group_id else { return Ok(vec![identity.id]) };
    let all = identity_group::identities_of(tx, &Scope::All, &[group]).await?;
    let all: Vec<IdentityId> = all.into_iter().map(|(_, identity)| identity).collect();
    // Asked of just these: meanwhile another merge may have taken some of them to another person.
    if identity::ids_within(tx, actor.scope(), &all).await?.len() < all.len() {
        let message = "this person also has identities that you may not see: ask somebody who sees all of them";
        return Err(Error::forbidden(Reason::Hidden.says(message)));
    }
    Ok(all)
}

/// Holds an identity and those that come to it, the lowest id first; gives the latter in the order in which they are.
async fn lock_people(
    tx: &mut Tx,
    actor: &Actor,
    id: &IdentityId,
    coming: &[IdentityId],
) -> Result<(Identity, Vec<Identity>)> {
    let mut ids: Vec<&IdentityId> = coming.iter().chain([id]).collect();
    ids.sort();
    ids.dedup();
    let mut held = Vec::with_capacity(ids.len());
    for one in ids {
        let field = if one == id { "id" } else { "other_id" };
        held.push(lock_customer(tx, actor, field, one).await?);
    }
    let held = |id: &IdentityId| held.iter().find(|i| i.id == *id).cloned();
    let target = held(id).ok_or(Error::NotFound("identity"))?;
    Ok((target, coming.iter().filter_map(held).collect()))
}

/// Takes an identity out of a group, back to where it was before; what it brought goes with it, as far as nobody has
/// changed it since. Gives the group.
///
/// # Errors
/// 404; 422 on `associated_identity_id` when the actor does not see the identity, or it is not in this group; 422
/// `not_merged` when it did not come to the group by a merge.
pub async fn unmerge(tx: &mut Tx, actor: &Actor, id: &IdentityGroupId, identity_id: &IdentityId) -> Result<Group> {
    let mut identity = lock_customer(tx, actor, "associated_identity_id", identity_id).await?;
    // Nobody but who holds the identity changes where it came from.
    let merge = identity_merge::of(tx, identity_id, id).await?.filter(|m| !m.founding);
    let back = merge.as_ref().and_then(|m| m.old_identity_group_id.clone());
    let (mut group, old) = lock_groups(tx, actor, id, back.as_ref()).await?;
    if identity.identity_group_id.as_ref() != Some(id) {
        return Err(Error::invalid("associated_identity_id", Fault::not("in this group")));
    }
    let Some(merge) = merge else {
        let message = "the group was made for this identity: take the others out of it instead";
        return Err(Error::Unprocessable("not_merged", message.into()));
    };
    leave(tx, &mut group, identity_id).await?;
    tx.delete::<IdentityMerge>(merge.id.as_str()).await?;
    move_to(tx, &mut identity, back).await?;
    if let Some(mut old) = old {
        come_back(tx, &mut old, identity_id).await?;
    }
    note(tx, actor, EventType::IdentityUnmerged, &identity, Some(id));
    // Its last identity may have gone: nobody would see it then.
    crate::customers::identity_group::shown(tx, actor, vec![group])
        .await?
        .pop()
        .ok_or(Error::NotFound("identity group"))
}

/// The setting `identity_merge`: on unless it was switched off.
pub(crate) async fn is_enabled(tx: &mut Tx) -> Result<bool> {
    settings::IDENTITY_MERGE.now(tx).await
}

async fn require_enabled(tx: &mut Tx) -> Result<()> {
    if is_enabled(tx).await? {
        return Ok(());
    }
    Err(Error::forbidden(Reason::SwitchedOff.says("joining identities is switched off in the settings")))
}

async fn lock_customer(tx: &mut Tx, actor: &Actor, field: &'static str, id: &IdentityId) -> Result<Identity> {
    let unknown = || Error::invalid(field, Fault::not("an identity that you may see"));
    identity::find_within(tx, actor.scope(), id).await?.ok_or_else(unknown)?;
    let identity = identity::lock(tx, id).await?.ok_or_else(unknown)?;
    if identity.controlled {
        return Err(Error::invalid(field, Reason::Company.says("belongs to the company, not to a customer")));
    }
    Ok(identity)
}

/// Holds a group that the actor sees, and another one whoever may see that.
async fn lock_groups(
    tx: &mut Tx,
    actor: &Actor,
    id: &IdentityGroupId,
    other: Option<&IdentityGroupId>,
) -> Result<(IdentityGroup, Option<IdentityGroup>)> {
    let mut first = None;
    if let Some(other) = other.filter(|other| *other < id) {
        first = identity_group::lock(tx, other).await?;
    }
    let group = identity_group::lock(tx, id).await?;
    let second = match other.filter(|other| *other > id) {
        Some(other) => identity_group::lock(tx, other).await?,
        None => None,
    };
    // Looked at only now: it may have lost its last identity while it was awaited.
    let seen = identity_group::find(tx, actor.scope(), id).await?.is_some();
    Ok((group.filter(|_| seen).ok_or(Error::NotFound("identity group"))?, first.or(second)))
}

async fn move_to(tx: &mut Tx, identity: &mut Identity, group: Option<IdentityGroupId>) -> Result<()> {
    identity.identity_group_id = group;
    identity.updated_at = tx.now();
    Ok(tx.update(identity).await?)
}

/// Puts an identity into a group that both are held, and notes how.
async fn join(
    tx: &mut Tx,
    actor: &Actor,
    group: &mut IdentityGroup,
    identity: &mut Identity,
    brought: Attributes,
    founding: bool,
) -> Result<()> {
    let mut known = attributes::of_group(group);
    let added = attributes::add(&mut known, &brought);
    write(tx, group, known).await?;
    enter(tx, actor, group, identity, (brought, added), founding).await
}

/// Puts an identity into a group, and notes what it brought and what the group took over of that.
async fn enter(
    tx: &mut Tx,
    actor: &Actor,
    group: &IdentityGroup,
    identity: &mut Identity,
    (brought, added): (Attributes, Attributes),
    founding: bool,
) -> Result<()> {
    let merge = IdentityMerge {
        id: IdentityMergeId::new(tx.now()),
        identity_id: identity.id.clone(),
        identity_group_id: group.id.clone(),
        old_identity_group_id: identity.identity_group_id.clone(),
        founding,
        brought: Json(brought),
        added: Json(added),
        known: Json::default(),
        user_id: Some(actor.user.id.clone()),
        created_at: tx.now(),
    };
    tx.insert(&merge).await?;
    move_to(tx, identity, Some(group.id.clone())).await
}

/// Takes an identity's part out of a held group for good or until it comes back; gives what it brings to the next one:
/// all that the group knew, when nobody stays behind with it.
async fn move_out(tx: &mut Tx, mut old: IdentityGroup, identity: &Identity) -> Result<Attributes> {
    let alone = identity_group::count_others(tx, &old.id, &identity.id).await? == 0;
    let whole = alone.then(|| attributes::of_group(&old));
    let own = take_out(tx, &mut old, &identity.id).await?;
    let mut brought = whole.unwrap_or(own);
    forget_gone_tags(tx, &mut brought).await?;
    attributes::add(&mut brought, &attributes::of_identity(identity));
    Ok(brought)
}

/// Takes an identity's part out of a held group until it comes back; gives what it had brought to that.
async fn take_out(tx: &mut Tx, old: &mut IdentityGroup, identity: &IdentityId) -> Result<Attributes> {
    let Some(merge) = leave(tx, old, identity).await? else { return Ok(Attributes::default()) };
    tx.update(&merge).await?;
    Ok(merge.brought.0)
}

/// Takes what an identity brought out of a held group; what others brought of the same takes its place. Gives how the
/// identity had come, for when it comes back; the caller writes that.
async fn leave(tx: &mut Tx, group: &mut IdentityGroup, identity: &IdentityId) -> Result<Option<IdentityMerge>> {
    let Some(mut merge) = identity_merge::of(tx, identity, &group.id).await? else { return Ok(None) };
    let mut known = attributes::of_group(group);
    merge.known = Json(known.clone());
    let added = std::mem::take(&mut merge.added.0);
    let removed = attributes::remove(&mut known, &added);
    attributes::keep(&mut merge.brought, &added, &removed);
    for mut other in identity_merge::into(tx, &group.id, identity).await? {
        let more = attributes::add(&mut known, &attributes::instead(&other.brought, &removed));
        if more != Attributes::default() {
            attributes::add(&mut other.added, &more);
            tx.update(&other).await?;
        }
    }
    write(tx, group, known).await?;
    Ok(Some(merge))
}

/// Gives a held group again what an identity had brought to it before it went.
async fn come_back(tx: &mut Tx, group: &mut IdentityGroup, identity: &IdentityId) -> Result<()> {
    let Some(mut merge) = identity_merge::of(tx, identity, &group.id).await? else { return Ok(()) };
    forget_gone_tags(tx, &mut merge.brought).await?;
    let mut known = attributes::of_group(group);
    // What was not known any more when it went had been taken back by hand.
    let brought = attributes::instead(&merge.brought, &merge.known);
    merge.added = Json(attributes::add(&mut known, &brought));
    attributes::reorder(&mut known, &merge.known);
    merge.known = Json::default();
    tx.update(&merge).await?;
    write(tx, group, known).await
}

/// What was brought is only remembered: tags may have been removed meanwhile.
async fn forget_gone_tags(tx: &mut Tx, brought: &mut Attributes) -> Result<()> {
    let there = tag::locked(tx, &brought.tag_ids).await?;
    brought.tag_ids.retain(|id| there.iter().any(|tag| tag.id == *id));
    Ok(())
}

async fn write(tx: &mut Tx, group: &mut IdentityGroup, known: Attributes) -> Result<()> {
    attributes::put(group, known);
    group.updated_at = tx.now();
    Ok(tx.update(group).await?)
}

/// Notes a join or a parting, with the metadata of `docs/webhooks/events.md`.
fn note(tx: &mut Tx, actor: &Actor, kind: EventType, identity: &Identity, old: Option<&IdentityGroupId>) {
    let metadata = json!({"new_identity_group_id": identity.identity_group_id, "old_identity_group_id": old});
    let (resource, communities) = (("identity", identity.id.as_str()), vec![identity.community_id.clone()]);
    journal::person(tx, kind, &actor.user.id, resource, communities, metadata);
}
