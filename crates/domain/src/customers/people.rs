//! People as the console shows them where they are joined and parted: an identity with the person that it belongs to.

use std::collections::HashSet;

use model::{CommunityId, IdentityGroupId, IdentityId};
use store::custom_field::{self, CustomField};
use store::identity::{self, Identity, IdentityFilter};
pub use store::people_heard::Heard;
use store::{Page, Scope, Tx, chat_contact, community, identity_merge, people, people_heard, people_not_same, thread};

use crate::base::{Actor, Error, Fault, Result};
use crate::conversation::dead_address;
use crate::conversation::inbox::{self, ThreadRow};
use crate::customers::identity_group::{self, Group};

/// How many are found at the most: who is not among them needs more words.
const FOUND_MAX: usize = 20;
/// How many identities of a person are shown at the most.
const SHOWN_MAX: i64 = 150;
/// How many customers a page of the list has, and how many conversations are shown of one.
const PAGE: i64 = 50;
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
async fn whole(tx: &mut Tx, actor: &Actor, id: &IdentityId) -> Result<Vec<IdentityId>> {
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

/// A customer in the list of all, with their last conversation where they have one.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Who.
    pub person: Person,
    /// Its row.
    pub last: Option<ThreadRow>,
}

/// What is wanted of the list of customers.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only whom a text finds, as [`search`] does; then there are no further pages.
    pub text: Option<String>,
    /// Only those of a community.
    pub community_id: Option<CommunityId>,
    /// Where the page before this one ended.
    pub before: Option<Heard>,
}

/// Lists a page of customers, each person once, who was last in a conversation first; and where it ended, if there is more.
pub async fn list(tx: &mut Tx, actor: &Actor, wanted: Wanted) -> Result<(Vec<Listed>, Option<Heard>)> {
    if let Some(text) = &wanted.text {
        return Ok((found(tx, actor, text, wanted.community_id.as_ref()).await?, None));
    }
    let (community, before) = (wanted.community_id.as_ref(), wanted.before.as_ref());
    let mut threads = people_heard::page(tx, actor.scope(), community, before, PAGE + 1).await?;
    let more = threads.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    threads.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let end = threads.last().map(|last| Heard { at: last.last_content_at, thread: last.id.clone() });
    let rows = inbox::rows(tx, threads).await?;
    let people = shown(tx, actor, rows.iter().filter_map(|row| row.identity.clone()).collect()).await?;
    let of =
        |person: &Person| rows.iter().find(|row| row.thread.identity_id.as_ref() == Some(&person.identity.id)).cloned();
    let listed = people.into_iter().map(|person| Listed { last: of(&person), person }).collect();
    Ok((listed, end.filter(|_| more)))
}

/// Those whom a text finds, each person once, with their last conversations.
async fn found(tx: &mut Tx, actor: &Actor, text: &str, community: Option<&CommunityId>) -> Result<Vec<Listed>> {
    let mut people = search(tx, actor, text).await?;
    people.retain(|one| community.is_none_or(|community| one.identity.community_id == *community));
    let mut seen = HashSet::new();
    people.retain(|one| one.group.as_ref().is_none_or(|group| seen.insert(group.group.id.clone())));
    let mut of_whom: Vec<(IdentityId, usize)> = Vec::new();
    for (place, one) in people.iter().enumerate() {
        let all = one.group.as_ref().map_or_else(|| vec![one.identity.id.clone()], |group| group.identity_ids.clone());
        of_whom.extend(all.into_iter().map(|id| (id, place)));
    }
    let ids: Vec<IdentityId> = of_whom.iter().map(|(id, _)| id.clone()).collect();
    let threads = people_heard::of(tx, actor.scope(), &ids).await?;
    let rows = inbox::rows(tx, threads).await?;
    let place =
        |row: &ThreadRow| of_whom.iter().find(|(id, _)| row.thread.identity_id.as_ref() == Some(id)).map(|(_, at)| *at);
    let listed = people.into_iter().enumerate();
    Ok(listed
        .map(|(at, person)| Listed { last: rows.iter().find(|row| place(row) == Some(at)).cloned(), person })
        .collect())
}

/// A customer with everything that the console shows of them.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Who, by one of their identities.
    pub person: Person,
    /// The address that they gave in the chat.
    pub given_email: Option<String>,
    /// Those of their addresses that do not work.
    pub dead_addresses: Vec<String>,
    /// The custom fields, in their order.
    pub fields: Vec<CustomField>,
    /// Their conversations, newest activity first.
    pub threads: Vec<ThreadRow>,
    /// Whether identities can be joined here.
    pub merges: bool,
}

/// Looks at a customer.
///
/// # Errors
/// 404.
pub async fn profile(tx: &mut Tx, actor: &Actor, id: &IdentityId) -> Result<Profile> {
    let found = identity::find_within(tx, actor.scope(), id).await?.filter(|identity| !identity.controlled);
    let identity = found.ok_or(Error::NotFound("identity"))?;
    let all = whole(tx, actor, id).await?;
    let threads = thread::of_identities(tx, actor.scope(), &all, None, PAGE).await?;
    let threads = inbox::rows_for(tx, actor, threads).await?;
    let given_email = chat_contact::find(tx, &identity.id).await?.and_then(|contact| contact.email);
    let person = shown(tx, actor, vec![identity]).await?.pop().ok_or(Error::NotFound("identity"))?;
    let dead_addresses =
        dead_address::of_customer(tx, &person.identity, person.group.as_ref(), given_email.as_ref()).await?;
    let (fields, merges) = (custom_field::all(tx).await?, crate::customers::identity_merge::is_enabled(tx).await?);
    Ok(Profile { person, given_email, dead_addresses, fields, threads, merges })
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
