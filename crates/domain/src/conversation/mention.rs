//! Who is called in a comment: users, and teams for those in them. They stand in its text as `@[id]`. Those are told whose
//! ids are given beside the text, and no others, and of those only who may read it.

use std::collections::{HashMap, HashSet};

use model::{SourceId, SourcePermission, TeamId, ThreadId, UserId};
use store::team::{self, Team};
use store::user::{self, User};
use store::{Tx, comment};

use crate::base::{Actor, Error, Fault, Result};
use crate::conversation::thread;
use crate::desk::agent_work;

/// How many a comment can call, and how many are told of it at the most.
const CALLED_MAX: usize = 50;
/// Before and after an id in a text.
const MARK: (&str, char) = ("@[", ']');

/// Whom somebody can call.
pub enum Callable {
    /// A person.
    User(Box<User>),
    /// All of a team.
    Team(Team),
}

impl Callable {
    fn name(&self) -> String {
        match self {
            Self::User(user) => user.name(),
            Self::Team(team) => team.name.clone(),
        }
    }
}

/// Whom the actor can call in a comment on a thread: others who may read it, and teams with somebody who may. Those who have had to do
/// with the thread stand first, the last one of them ahead; then the others by their names.
///
/// # Errors
/// 404 when the actor may not read it.
pub async fn callable(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<Vec<Callable>> {
    let source = thread::find(tx, actor, id).await?.source_id;
    let mut people = readers(tx, &source).await?;
    people.retain(|user| user.id != actor.user.id);
    let reading: HashSet<UserId> = people.iter().map(|user| user.id.clone()).collect();
    let mut teams = team::all(tx).await?;
    teams.retain(|team| members(team).any(|user| reading.contains(user)));
    let near: HashMap<UserId, usize> =
        comment::people(tx, id).await?.into_iter().enumerate().map(|(at, user)| (user, at)).collect();
    let place = |one: &Callable| match one {
        Callable::User(user) => near.get(&user.id).copied().unwrap_or(usize::MAX),
        Callable::Team(_) => usize::MAX,
    };
    let mut all: Vec<Callable> = people
        .into_iter()
        .map(|user| Callable::User(Box::new(user)))
        .chain(teams.into_iter().map(Callable::Team))
        .collect();
    all.sort_by_cached_key(|one| (place(one), text::fold(&one.name())));
    Ok(all)
}

/// Whom these ids call who may read the source, beside the actor.
///
/// # Errors
/// 422 on `mention_ids` when one is nobody's, or when there are too many.
pub(super) async fn called(tx: &mut Tx, actor: &Actor, source: &SourceId, ids: &[String]) -> Result<Vec<UserId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if ids.len() > CALLED_MAX {
        return Err(Error::invalid("mention_ids", Fault::too_many(CALLED_MAX)));
    }
    let teams = team::all(tx).await?;
    let known: HashSet<UserId> = user::ever(tx, &parsed(ids)).await?.into_iter().map(|user| user.id).collect();
    let mut users = Vec::new();
    for id in ids {
        match (teams.iter().find(|team| team.id.as_str() == id), UserId::parse(id)) {
            (Some(team), _) => users.extend(members(team).cloned()),
            (None, Some(user)) if known.contains(&user) => users.push(user),
            (None, _) => return Err(Error::invalid("mention_ids", Fault::no("user or team", id))),
        }
    }
    let reading: HashSet<UserId> = readers(tx, source).await?.into_iter().map(|user| user.id).collect();
    let mut seen = HashSet::from([actor.user.id.clone()]);
    users.retain(|user| reading.contains(user) && seen.insert(user.clone()));
    users.truncate(CALLED_MAX);
    Ok(users)
}

/// The names of the users and teams that stand in some texts, by their ids.
pub async fn names(tx: &mut Tx, texts: &[&str]) -> Result<HashMap<String, String>> {
    let mut ids: Vec<String> = texts.iter().flat_map(|text| ids_in(text)).map(str::to_owned).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    ids.sort();
    ids.dedup();
    let users = user::ever(tx, &parsed(&ids)).await?;
    let mut names: HashMap<String, String> = users.iter().map(|user| (user.id.to_string(), user.name())).collect();
    let teams = team::all(tx).await?.into_iter().filter(|team| ids.iter().any(|id| id == team.id.as_str()));
    names.extend(teams.map(|team| (team.id.to_string(), team.name)));
    Ok(names)
}

/// A text with names in the place of ids; those that are nobody's stay.
#[must_use]
pub fn shown(text: &str, names: &HashMap<String, String>) -> String {
    let mut shown = text.to_owned();
    for (id, name) in names {
        shown = shown.replace(&format!("{}{id}{}", MARK.0, MARK.1), &format!("@{name}"));
    }
    shown
}

/// The ids that stand in a text.
pub fn ids_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(MARK.0).skip(1).filter_map(|after| {
        let id = after.split_once(MARK.1)?.0;
        TeamId::parse(id).map(|_| id)
    })
}

fn parsed(ids: &[String]) -> Vec<UserId> {
    ids.iter().filter_map(|id| UserId::parse(id)).collect()
}

fn members(team: &Team) -> impl Iterator<Item = &UserId> {
    team.user_ids.0.iter().chain(&team.leader_ids.0)
}

/// The people who may read a source.
async fn readers(tx: &mut Tx, source: &SourceId) -> Result<Vec<User>> {
    let people = user::people(tx).await?;
    agent_work::who_may(tx, people, source, &[SourcePermission::Read]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_a_text_are_shown_as_names() {
        let (nora, omar) = ("1111111111111111111111aa", "2222222222222222222222bb");
        let text = format!("@[{nora}], @[{omar}] @[x] @[] @[{nora}");
        assert_eq!(ids_in(&text).collect::<Vec<_>>(), [nora, omar]);
        let names = HashMap::from([(nora.to_owned(), "Nora Lind".to_owned())]);
        assert_eq!(shown(&text, &names), format!("@Nora Lind, @[{omar}] @[x] @[] @[{nora}"));
    }
}
