//! What agents who are there have to do, and whose status one may see and set.

use std::collections::HashSet;

use model::{Availability, CategoryId, Permission, PresenceStatusId, SourceId, TeamId, UserId};
use serde_json::{Map, Value};
use store::team::Team;
use store::user::User;
use store::{Tx, presence as rows, presence_status, team, user};

use crate::base::{Actor, Error, Fault, Reason, Result, sight};
use crate::desk::agent_work::{self, work};
use crate::desk::presence;

pub use crate::desk::agent_work::{AgentWork, ChannelWork};

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

/// Lists the agents who are there, in the order in which they were made.
pub async fn list(tx: &mut Tx, actor: &Actor, wanted: &StatusFilter) -> Result<Vec<AgentWork>> {
    let connected = rows::connected(tx).await?;
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
        let mut able = HashSet::new();
        for source in sources {
            able.extend(agent_work::who_may_reply(tx, users.clone(), source).await?.into_iter().map(|user| user.id));
        }
        users.retain(|user| able.contains(&user.id));
    }
    work(tx, users.into_iter().map(|u| u.id).collect()).await
}

fn passes(user: &User, wanted: &StatusFilter) -> bool {
    let skilled = wanted.category_ids.as_ref().is_none_or(|ids| ids.iter().any(|c| user.category_ids.contains(c)));
    let languages = wanted.spoken_languages.as_ref();
    skilled && languages.is_none_or(|all| all.iter().any(|l| user.spoken_languages.contains(l)))
}

/// Whether the actor leads a team of a user, and may see what its members do.
async fn leads(tx: &mut Tx, actor: &Actor, user: &UserId) -> Result<bool> {
    let led = |team: &Team| {
        team.leader_ids.contains(&actor.user.id) && (team.user_ids.contains(user) || team.leader_ids.contains(user))
    };
    Ok(actor.can(Permission::MonitorTeamTasks) && team::all(tx).await?.iter().any(led))
}

/// Finds an agent who is there.
///
/// # Errors
/// 403 without `monitor_tasks`, except for the actor, and with `monitor_team_tasks` for members of teams that they lead;
/// 404 when there is no such user, and when they are not there.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &UserId) -> Result<AgentWork> {
    if *id != actor.user.id && !leads(tx, actor, id).await? {
        actor.require(Permission::MonitorTasks)?;
    }
    let user = user::find(tx, id).await?.filter(|u| u.deleted_at.is_none());
    user.ok_or(Error::NotFound("user"))?;
    if !rows::is_connected(tx, id).await? {
        return Err(Error::Disconnected);
    }
    work(tx, vec![id.clone()]).await?.pop().ok_or(Error::NotFound("user"))
}

/// Sets the status of an agent who is there: of all channels at once, one for each, or away everywhere for a reason.
///
/// # Errors
/// As [`find`]; 422 when a channel is missing or unknown, a status is neither `available` nor `away`, or there is no such
/// reason.
pub async fn set(tx: &mut Tx, actor: &Actor, id: &UserId, given: &NewStatus) -> Result<AgentWork> {
    let AgentWork { channels, .. } = find(tx, actor, id).await?;
    let read = |value: Option<&str>| {
        let parsed = value.and_then(|v| v.parse::<Availability>().ok());
        parsed.ok_or_else(|| Error::invalid("status", Reason::Form.says("must be available or away for every channel")))
    };
    let ids = channels.iter().map(|on| &on.channel.id);
    let mut reason = None;
    let statuses: Result<Vec<_>> = match given {
        NewStatus::Everywhere(text) => ids.map(|c| Ok((c.clone(), read(Some(text))?))).collect(),
        NewStatus::Each(map) => {
            if let Some(unknown) = map.keys().find(|k| channels.iter().all(|on| on.channel.id.as_str() != *k)) {
                return Err(Error::invalid("status", Fault::no("channel", unknown)));
            }
            ids.map(|c| Ok((c.clone(), read(map.get(c.as_str()).and_then(Value::as_str))?))).collect()
        }
        NewStatus::Reason(status) => {
            let held = presence_status::find_locked(tx, status).await?;
            reason = Some(held.ok_or_else(|| Error::invalid("custom_status_id", Fault::unknown()))?.id);
            Ok(ids.map(|c| (c.clone(), Availability::Away)).collect())
        }
    };
    presence::choose(tx, actor, id, statuses?, reason).await?;
    find(tx, actor, id).await
}

/// A status as it is asked for.
#[derive(Clone, Debug)]
pub enum NewStatus {
    /// The same on every channel.
    Everywhere(String),
    /// By the channels' ids.
    Each(Map<String, Value>),
    /// Away on every channel for a reason.
    Reason(PresenceStatusId),
}
