//! People as the console shows them where they are joined and parted: an identity with the person that it belongs to.

use model::IdentityGroupId;
use store::identity::{self, Identity, IdentityFilter};
use store::{Page, Tx, community, identity_merge, people};

use crate::base::{Actor, Result};
use crate::customers::identity_group::{self, Group};

/// How many are found at the most: who is not among them needs more words.
const FOUND_MAX: usize = 20;
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
    if !(TEXT_MIN..=TEXT_MAX).contains(&text.trim().chars().count()) {
        return Ok(Vec::new());
    }
    let found = people::search(tx, actor.scope(), text, FOUND_MAX).await?;
    shown(tx, actor, found).await
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

async fn shown(tx: &mut Tx, actor: &Actor, identities: Vec<Identity>) -> Result<Vec<Person>> {
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
