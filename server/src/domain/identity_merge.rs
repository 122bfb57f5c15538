//! Joining identities into persons, and parting them again.
//!
//! An identity points at its group and at nothing else, so that joins can make no circle. Whoever joins or parts holds
//! the identity first and then the groups, the lower id before the higher: two at once come one after the other.
//! Groups are never removed: one that lost its last identity waits, unseen, for that to come back.

use model::{AssociatedType, EventType, IdentityGroupId, IdentityId, IdentityMergeId};
use serde_json::json;
use store::identity::{self, Identity};
use store::identity_group::{self, Attributes, IdentityGroup, IdentityMerge};
use store::{Json, Tx, category, setting};

use super::identity_group::{Group, GroupIn, apply, find};
use super::{Actor, Error, Result, attributes, custom_field, journal};

/// Makes a group for an identity that has none: the person behind it.
///
/// # Errors
/// 422 on `identity_id` when the actor does not see the identity, it belongs to the company, or has a group; 422 that
/// names any other value that is not acceptable.
pub async fn create(tx: &mut Tx, actor: &Actor, identity_id: &IdentityId, given: GroupIn) -> Result<Group> {
    let mut identity = lock_customer(tx, actor, "identity_id", identity_id).await?;
    if identity.identity_group_id.is_some() {
        return Err(Error::invalid("identity_id", "has a group already"));
    }
    let now = tx.now();
    let mut group = IdentityGroup {
        id: IdentityGroupId::new(now),
        firstname: None,
        lastname: None,
        company: None,
        gender: None,
        avatar_url: None,
        notes: None,
        emails: Json::default(),
        home_phones: Json::default(),
        mobile_phones: Json::default(),
        tag_ids: Json::default(),
        custom_field_values: Json(custom_field::blank(tx, AssociatedType::IdentityGroup).await?),
        created_at: now,
        updated_at: now,
    };
    tx.insert(&group).await?;
    let brought = attributes::of_identity(&identity);
    join(tx, actor, &mut group, &mut identity, brought, true).await?;
    apply(tx, actor, &mut group, given).await?;
    tx.update(&group).await?;
    let resource = ("identity_group", group.id.as_str());
    let metadata = json!({"identity_id": identity.id});
    journal::person(tx, EventType::IdentityGroupCreated, &actor.user.id, resource, metadata);
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

/// Takes an identity out of a group, back to where it was before; what it brought goes with it, as far as nobody has
/// changed it since. Gives the group.
///
/// # Errors
/// 404; 422 on `associated_identity_id` when the actor does not see the identity, or it is not in this group; 422
/// `not_merged` when it did not come to the group by a merge.
pub async fn unmerge(tx: &mut Tx, actor: &Actor, id: &IdentityGroupId, identity_id: &IdentityId) -> Result<Group> {
    let mut identity = lock_customer(tx, actor, "associated_identity_id", identity_id).await?;
    // Nobody but who holds the identity changes where it came from.
    let merge = identity_group::merge_of(tx, identity_id, id).await?.filter(|m| !m.founding);
    let back = merge.as_ref().and_then(|m| m.old_identity_group_id.clone());
    let (mut group, old) = lock_groups(tx, actor, id, back.as_ref()).await?;
    if identity.identity_group_id.as_ref() != Some(id) {
        return Err(Error::invalid("associated_identity_id", "is not in this group"));
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
    super::identity_group::shown(tx, actor, vec![group]).await?.pop().ok_or(Error::NotFound("identity group"))
}

/// The setting `identity_merge`: on unless it was switched off.
async fn require_enabled(tx: &mut Tx) -> Result<()> {
    match setting::get(tx, "identity_merge").await?.as_deref() {
        Some("false") => Err(Error::forbidden("joining identities is switched off in the settings")),
        _ => Ok(()),
    }
}

async fn lock_customer(tx: &mut Tx, actor: &Actor, field: &'static str, id: &IdentityId) -> Result<Identity> {
    let unknown = || Error::invalid(field, "is not an identity that you may see");
    identity::find_within(tx, actor.scope(), id).await?.ok_or_else(unknown)?;
    let identity = identity::lock(tx, id).await?.ok_or_else(unknown)?;
    if identity.controlled {
        return Err(Error::invalid(field, "belongs to the company, not to a customer"));
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
    let merge = leave(tx, &mut old, &identity.id).await?;
    if let Some(merge) = &merge {
        tx.update(merge).await?;
    }
    let mut brought = whole.or(merge.map(|m| m.brought.0)).unwrap_or_default();
    forget_gone_tags(tx, &mut brought).await?;
    attributes::add(&mut brought, &attributes::of_identity(identity));
    Ok(brought)
}

/// Takes what an identity brought out of a held group; what others brought of the same takes its place. Gives how the
/// identity had come, for when it comes back; the caller writes that.
async fn leave(tx: &mut Tx, group: &mut IdentityGroup, identity: &IdentityId) -> Result<Option<IdentityMerge>> {
    let Some(mut merge) = identity_group::merge_of(tx, identity, &group.id).await? else { return Ok(None) };
    let mut known = attributes::of_group(group);
    merge.known = Json(known.clone());
    let added = std::mem::take(&mut merge.added.0);
    let removed = attributes::remove(&mut known, &added);
    attributes::keep(&mut merge.brought, &added, &removed);
    for mut other in identity_group::merges_into(tx, &group.id, identity).await? {
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
    let Some(mut merge) = identity_group::merge_of(tx, identity, &group.id).await? else { return Ok(()) };
    forget_gone_tags(tx, &mut merge.brought).await?;
    let mut known = attributes::of_group(group);
    merge.added = Json(attributes::add(&mut known, &merge.brought));
    attributes::reorder(&mut known, &merge.known);
    merge.known = Json::default();
    tx.update(&merge).await?;
    write(tx, group, known).await
}

/// What was brought is only remembered: tags may have been removed meanwhile.
async fn forget_gone_tags(tx: &mut Tx, brought: &mut Attributes) -> Result<()> {
    let there = category::tags_locked(tx, &brought.tag_ids).await?;
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
    journal::person(tx, kind, &actor.user.id, ("identity", identity.id.as_str()), metadata);
}
