//! Customers by their conversations: the list of all, and one with everything that is known.

use std::collections::HashSet;

use model::IdentityId;
use store::custom_field::{self, CustomField};
pub use store::people_heard::Heard;
use store::{Tx, chat_contact, identity, people_heard, thread};

use crate::base::{Actor, Error, Result};
use crate::conversation::dead_address;
use crate::conversation::inbox::{self, ThreadRow};
use crate::customers::identity_merge;
use crate::customers::people::{self, Person};

/// How many customers a page of the list has, and how many conversations are shown of one.
const PAGE: i64 = 50;

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
    /// Only whom a text finds, as [`people::search`] does; then there are no further pages.
    pub text: Option<String>,
    /// Where the page before this one ended.
    pub before: Option<Heard>,
}

/// A page of the list of customers.
#[derive(Clone, Debug)]
pub struct CustomerPage {
    /// Each person once.
    pub people: Vec<Listed>,
    /// Where it ended, if there is more.
    pub end: Option<Heard>,
    /// A text finds more than are shown.
    pub cut: bool,
}

/// Lists a page of customers, who was last in a conversation first.
pub async fn list(tx: &mut Tx, actor: &Actor, wanted: Wanted) -> Result<CustomerPage> {
    if let Some(text) = &wanted.text {
        return found(tx, actor, text).await;
    }
    let mut threads = people_heard::page(tx, actor.scope(), wanted.before.as_ref(), PAGE + 1).await?;
    let more = threads.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    threads.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let end = threads.last().map(|last| Heard { at: last.last_content_at, thread: last.id.clone() });
    let rows = inbox::rows(tx, threads).await?;
    let known = people::shown(tx, actor, rows.iter().filter_map(|row| row.identity.clone()).collect()).await?;
    let of = |person: &Person| rows.iter().find(|row| row.thread.identity_id.as_ref() == Some(&person.identity.id));
    let people = known.into_iter().map(|person| Listed { last: of(&person).cloned(), person }).collect();
    Ok(CustomerPage { people, end: end.filter(|_| more), cut: false })
}

/// Those whom a text finds, each person once, with their last conversations.
async fn found(tx: &mut Tx, actor: &Actor, text: &str) -> Result<CustomerPage> {
    let mut known = people::search_for(tx, actor, text, people::FOUND_MAX + 1).await?;
    let cut = known.len() > people::FOUND_MAX;
    known.truncate(people::FOUND_MAX);
    let mut seen = HashSet::new();
    known.retain(|one| one.group.as_ref().is_none_or(|group| seen.insert(group.group.id.clone())));
    let all = |one: &Person| match &one.group {
        Some(group) => group.identity_ids.clone(),
        None => vec![one.identity.id.clone()],
    };
    let ids: Vec<IdentityId> = known.iter().flat_map(all).collect();
    let threads = people_heard::of(tx, actor.scope(), &ids).await?;
    let rows = inbox::rows(tx, threads).await?;
    let of = |person: &Person| {
        let theirs = all(person);
        rows.iter().find(|row| row.thread.identity_id.as_ref().is_some_and(|id| theirs.contains(id)))
    };
    let people = known.into_iter().map(|person| Listed { last: of(&person).cloned(), person }).collect();
    Ok(CustomerPage { people, end: None, cut })
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
    let all = people::whole(tx, actor, id).await?;
    let threads = thread::of_identities(tx, actor.scope(), &all, None, PAGE).await?;
    let threads = inbox::rows_for(tx, actor, threads).await?;
    let given_email = chat_contact::find(tx, &identity.id).await?.and_then(|contact| contact.email);
    let person = people::shown(tx, actor, vec![identity]).await?.pop().ok_or(Error::NotFound("identity"))?;
    let dead_addresses =
        dead_address::of_customer(tx, &person.identity, person.group.as_ref(), given_email.as_ref()).await?;
    let (fields, merges) = (custom_field::all(tx).await?, identity_merge::is_enabled(tx).await?);
    Ok(Profile { person, given_email, dead_addresses, fields, threads, merges })
}
