//! People as the console shows them where they are joined and parted: an identity with the person that it belongs to.

use model::{IdentityGroupId, IdentityId};
use store::identity::{self, Identity, IdentityFilter};
use store::{Page, Scope, Tx, community, identity_merge, people, people_not_same};

use crate::base::{Actor, Error, Fault, Result};
use crate::customers::identity_group::{self, Group};

/// How many are found at the most: who is not among them needs more words.
pub(crate) const FOUND_MAX: usize = 20;
/// How many identities of a person are shown at the most.
const SHOWN_MAX: i64 = 150;
/// From how many characters on a text is looked for.
const TEXT_MIN: usize = 2;
/// Longest text in characters: nobody is called more.
const TEXT_MAX: usize = 200;

/// An identity with what it belongs to.
#[derive(Clone, Debug)]
pub struct Person {
    /// The identity.
    pub identity: Identity,
    /// The name of its community.
    pub community: String,
    /// The person, when it was joined to one or something was said of it by hand.
    pub group: Option<Group>,
    /// It came to that person by a merge, and can be taken out again.
    pub joined: bool,
}

/// Finds customers by parts of their names, addresses, phones and the company's own ids; none by less than
/// two characters.
pub async fn search(tx: &mut Tx, actor: &Actor, text: &str) -> Result<Vec<Person>> {
    search_for(tx, actor, text, FOUND_MAX).await
}

/// The same, so many at the most.
pub(crate) async fn search_for(tx: &mut Tx, actor: &Actor, text: &str, most: usize) -> Result<Vec<Person>> {
    if !(TEXT_MIN..=TEXT_MAX).contains(&text.trim().chars().count()) {
        return Ok(Vec::new());
    }
    let found = people::search(tx, actor.scope(), text, most).await?;
    shown(tx, actor, found).await
}

/// Finds whoever may be the same person as an identity, by parts of what is known of them as [`search`] does: without
/// those of whom somebody has said that they are not.
///
/// # Errors
/// 404.
pub async fn search_beside(tx: &mut Tx, actor: &Actor, id: &IdentityId, text: &str) -> Result<Vec<Person>> {
    let own = whole(tx, actor, id).await?;
    let others = people_not_same::beside(tx, &own).await?;
    let mut groups: Vec<IdentityGroupId> =
        identity::by_ids(tx, &others).await?.into_iter().filter_map(|other| other.identity_group_id).collect();
    groups.sort();
    groups.dedup();
    let mut found = search(tx, actor, text).await?;
    found.retain(|Person { identity, .. }| {
        let of_other = identity.identity_group_id.as_ref().is_some_and(|group| groups.contains(group));
        !others.contains(&identity.id) && !of_other
    });
    Ok(found)
}

/// How many customers a part of the file of all has.
const PART: i64 = 500;

/// A part of all customers, after one: each identity with what it belongs to. Nothing is left when it is empty.
pub async fn after(tx: &mut Tx, actor: &Actor, id: Option<&IdentityId>) -> Result<Vec<Person>> {
    let found = identity::customers_after(tx, actor.scope(), id, PART).await?;
    let communities = community::all(tx).await?;
    let mut groups: Vec<IdentityGroupId> = found.iter().filter_map(|one| one.identity_group_id.clone()).collect();
    groups.sort();
    groups.dedup();
    let groups = identity_group::by_ids(tx, actor, &groups).await?;
    let known = |identity: Identity| Person {
        community: communities
            .iter()
            .find(|c| c.id == identity.community_id)
            .map(|c| c.name.clone())
            .unwrap_or_default(),
        group: groups.iter().find(|g| Some(&g.group.id) == identity.identity_group_id.as_ref()).cloned(),
        joined: false,
        identity,
    };
    Ok(found.into_iter().map(known).collect())
}

/// Notes that two identities, and whoever belongs to the persons behind them, are not the same person: nobody is asked
/// again whether they are.
///
/// # Errors
/// 404; 422 when the other one is the same person already, or nobody that the actor sees.
pub async fn keep_apart(tx: &mut Tx, actor: &Actor, id: &IdentityId, other_id: &IdentityId) -> Result<()> {
    let own = whole(tx, actor, id).await?;
    if own.contains(other_id) {
        return Err(Error::invalid("other_id", Fault::not("somebody else")));
    }
    if identity::find_within(tx, actor.scope(), other_id).await?.is_none() {
        return Err(Error::invalid("other_id", Fault::not("an identity that you may see")));
    }
    Ok(people_not_same::put(tx, id, other_id, &actor.user.id).await?)
}

/// All identities of the person behind one.
pub(crate) async fn whole(tx: &mut Tx, actor: &Actor, id: &IdentityId) -> Result<Vec<IdentityId>> {
    let identity = identity::find_within(tx, actor.scope(), id).await?.ok_or(Error::NotFound("identity"))?;
    let Some(group) = identity.identity_group_id else { return Ok(vec![identity.id]) };
    let all = store::identity_group::identities_of(tx, &Scope::All, &[group]).await?;
    Ok(all.into_iter().map(|(_, identity)| identity).collect())
}

/// Lists the identities of a person, oldest first.
///
/// # Errors
/// 404.
pub async fn of_group(tx: &mut Tx, actor: &Actor, id: &IdentityGroupId) -> Result<Vec<Person>> {
    identity_group::find(tx, actor, id).await?;
    let wanted = IdentityFilter { identity_group_ids: Some(vec![id.clone()]), ..IdentityFilter::default() };
    let page = Page { offset: 0, limit: SHOWN_MAX };
    let mut found = identity::list(tx, actor.scope(), &wanted, page).await?.records;
    found.reverse();
    shown(tx, actor, found).await
}

/// Calls those of whom their source tells no name as their person is called: as was said by hand, else by the oldest identity that
/// has a name. Who wrote by mail and then in a chat is one person with one name.
pub(crate) async fn lend_names(tx: &mut Tx, identities: &mut [Identity]) -> Result<()> {
    let nameless = |one: &Identity| !one.has_name() && !one.is_erased();
    let mut groups: Vec<IdentityGroupId> =
        identities.iter().filter(|one| nameless(one)).filter_map(|one| one.identity_group_id.clone()).collect();
    groups.sort();
    groups.dedup();
    if groups.is_empty() {
        return Ok(());
    }
    let members = store::identity_group::identities_of(tx, &Scope::All, &groups).await?;
    let ids: Vec<IdentityId> = members.into_iter().map(|(_, identity)| identity).collect();
    let mut members = identity::by_ids(tx, &ids).await?;
    members.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    let groups = store::identity_group::by_ids(tx, &groups).await?;
    for one in identities.iter_mut().filter(|one| nameless(one)) {
        let Some(group) = groups.iter().find(|group| Some(&group.id) == one.identity_group_id.as_ref()) else {
            continue;
        };
        let given: Vec<&str> = [&group.firstname, &group.lastname].into_iter().flatten().map(String::as_str).collect();
        let other =
            || members.iter().find(|other| other.identity_group_id.as_ref() == Some(&group.id) && other.has_name());
        one.screenname = match given.is_empty() {
            false => Some(given.join(" ")),
            true => other().map(Identity::display_name),
        };
    }
    Ok(())
}

/// Adds to identities what they belong to.
pub(crate) async fn shown(tx: &mut Tx, actor: &Actor, mut identities: Vec<Identity>) -> Result<Vec<Person>> {
    lend_names(tx, &mut identities).await?;
    let communities = community::all(tx).await?;
    let mut groups: Vec<IdentityGroupId> = identities.iter().filter_map(|i| i.identity_group_id.clone()).collect();
    groups.sort();
    groups.dedup();
    let groups = identity_group::by_ids(tx, actor, &groups).await?;
    let mut people = Vec::with_capacity(identities.len());
    for identity in identities {
        let joined = match &identity.identity_group_id {
            Some(group) => identity_merge::of(tx, &identity.id, group).await?.is_some_and(|merge| !merge.founding),
            None => false,
        };
        let group = groups.iter().find(|g| Some(&g.group.id) == identity.identity_group_id.as_ref()).cloned();
        let community = communities.iter().find(|c| c.id == identity.community_id);
        let community = community.map(|c| c.name.clone()).unwrap_or_default();
        people.push(Person { identity, community, group, joined });
    }
    Ok(people)
}
