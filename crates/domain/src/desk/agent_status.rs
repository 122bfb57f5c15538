//! What connected agents have to do, and whose status one may see and set. Who is connected is for the caller to
//! say: it is not stored.

use model::{Availability, Busyness, CategoryId, ChannelId, Permission, SourceId, SourcePermission, TeamId, UserId};
use serde_json::{Map, Value};
use store::channel::{self, Channel};
use store::user::User;
use store::{Tx, intervention, role, source_permission, team, user};

use crate::base::{Actor, Error, Fault, Reason, Result, sight};

/// How busy an agent is with so many open interventions on a channel.
fn busyness(channel: &Channel, open: i64) -> Busyness {
    match open {
        ..=0 => Busyness::Unoccupied,
        n if n >= channel.hard_capability => Busyness::Full,
        n if n >= channel.soft_capability => Busyness::Busy,
        _ => Busyness::Ok,
    }
}

/// An agent with their work on every channel.
#[derive(Clone, Debug)]
pub struct AgentWork {
    /// The agent.
    pub user_id: UserId,
    /// Every channel, oldest first.
    pub channels: Vec<(Channel, Busyness)>,
}

/// Which agents to list: those who have one of each list that is set.
#[derive(Clone, Debug, Default)]
pub struct StatusFilter {
    /// May reply on one of these sources.
    pub source_ids: Option<Vec<SourceId>>,
    /// Has one of these skills.
    pub category_ids: Option<Vec<CategoryId>>,
    /// Is in one of these teams.
    pub team_ids: Option<Vec<TeamId>>,
    /// Speaks one of these languages.
    pub spoken_languages: Option<Vec<String>>,
}

/// Lists the connected agents, in the order in which they were made.
///
/// # Errors
/// As the store says.
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    mut connected: Vec<UserId>,
    wanted: &StatusFilter,
) -> Result<Vec<AgentWork>> {
    connected.sort();
    let users = user::by_ids(tx, &connected).await?.into_iter().filter(|u| u.enabled && passes(u, wanted));
    let mut users: Vec<User> = users.collect();
    if let Some(teams) = &wanted.team_ids {
        let all = team::all(tx).await?;
        let members = |u: &User| all.iter().any(|t| teams.contains(&t.id) && t.user_ids.contains(&u.id));
        users.retain(members);
    }
    if let Some(sources) = &wanted.source_ids {
        // Who may do what on a source is told to those who may read it.
        let sources = &sight::seen(actor, sources);
        let mut able = Vec::with_capacity(users.len());
        for user in users {
            if may_reply(tx, &user, sources).await? {
                able.push(user);
            }
        }
        users = able;
    }
    work(tx, users.into_iter().map(|u| u.id).collect()).await
}

fn passes(user: &User, wanted: &StatusFilter) -> bool {
    let skilled = wanted.category_ids.as_ref().is_none_or(|ids| ids.iter().any(|c| user.category_ids.contains(c)));
    let languages = wanted.spoken_languages.as_ref();
    skilled && languages.is_none_or(|all| all.iter().any(|l| user.spoken_languages.contains(l)))
}

async fn may_reply(tx: &mut Tx, user: &User, sources: &[SourceId]) -> Result<bool> {
    let own = source_permission::of_user(tx, &user.id).await?;
    let role = role::find(tx, &user.role_id).await?.map(|r| r.source_permissions.0).unwrap_or_default();
    let on = |source: &SourceId| own.iter().find(|(id, _)| id == source).map_or(&role, |(_, p)| p);
    Ok(sources.iter().any(|source| on(source).contains(&SourcePermission::Reply)))
}

/// Finds a connected agent.
///
/// # Errors
/// 403 without `monitor_tasks`, except for the actor; 404 when there is no such user, and when they are not connected.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &UserId, connected: bool) -> Result<AgentWork> {
    if *id != actor.user.id {
        actor.require(Permission::MonitorTasks)?;
    }
    let user = user::find(tx, id).await?.filter(|u| u.deleted_at.is_none());
    user.ok_or(Error::NotFound("user"))?;
    if !connected {
        return Err(Error::Disconnected);
    }
    work(tx, vec![id.clone()]).await?.pop().ok_or(Error::NotFound("user"))
}

/// Reads a new status for a connected agent: of all channels at once, or one for each.
///
/// # Errors
/// As [`find`]; 422 when a channel is missing or unknown, or a status is neither `available` nor `away`.
pub async fn read_new(
    tx: &mut Tx,
    actor: &Actor,
    id: &UserId,
    connected: bool,
    given: &NewStatus,
) -> Result<(AgentWork, Vec<(ChannelId, Availability)>)> {
    let work = find(tx, actor, id, connected).await?;
    let read = |value: Option<&str>| {
        let parsed = value.and_then(|v| v.parse::<Availability>().ok());
        parsed.ok_or_else(|| Error::invalid("status", Reason::Form.says("must be available or away for every channel")))
    };
    let channels = work.channels.iter().map(|(c, _)| &c.id);
    let statuses: Result<Vec<_>> = match given {
        NewStatus::Everywhere(text) => channels.map(|c| Ok((c.clone(), read(Some(text))?))).collect(),
        NewStatus::Each(map) => {
            if let Some(unknown) = map.keys().find(|k| work.channels.iter().all(|(c, _)| c.id.as_str() != *k)) {
                return Err(Error::invalid("status", Fault::no("channel", unknown)));
            }
            channels.map(|c| Ok((c.clone(), read(map.get(c.as_str()).and_then(Value::as_str))?))).collect()
        }
    };
    let statuses = statuses?;
    Ok((work, statuses))
}

/// A status as it is asked for.
#[derive(Clone, Debug)]
pub enum NewStatus {
    /// The same on every channel.
    Everywhere(String),
    /// By the channels' ids.
    Each(Map<String, Value>),
}

async fn work(tx: &mut Tx, users: Vec<UserId>) -> Result<Vec<AgentWork>> {
    let channels = channel::all(tx).await?;
    let open = intervention::count_open_by_channel(tx, &users).await?;
    let count = |user: &UserId, channel: &ChannelId| {
        open.iter().find(|(u, c, _)| u == user && c.as_ref() == Some(channel)).map_or(0, |(_, _, n)| *n)
    };
    let work = |user_id: UserId| {
        let channels = channels.iter().map(|c| (c.clone(), busyness(c, count(&user_id, &c.id)))).collect();
        AgentWork { user_id, channels }
    };
    Ok(users.into_iter().map(work).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busyness_follows_the_limits() {
        let mut channel = Channel::new("Async", model::Timestamp::default());
        let of = |channel: &Channel, open| busyness(channel, open).as_str();
        assert_eq!([0, 2, 3, 5, 6].map(|n| of(&channel, n)), ["unoccupied", "ok", "busy", "busy", "full"]);
        (channel.soft_capability, channel.hard_capability) = (0, 0);
        assert_eq!([0, 1].map(|n| of(&channel, n)), ["unoccupied", "full"]);
    }
}
