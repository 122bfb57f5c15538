//! What agents have to do on each channel, how much they take, and who may answer on a source.

use std::collections::HashMap;

use model::{Availability, Busyness, ChannelId, PresenceStatusId, SourceId, SourcePermission, UserCapacityId, UserId};
use store::channel::{self, Channel};
use store::user::User;
use store::user_capacity::{self, UserCapacity};
use store::{Tx, intervention, presence, role, source_permission, user};

use crate::base::Result;

/// How much an agent takes on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limits {
    /// With so many conversations they are busy.
    soft: i64,
    /// With so many they take no more.
    hard: i64,
}

impl Limits {
    /// Those of a user's capacity, where it names the channel, else the channel's.
    fn of(channel: &Channel, capacity: Option<&UserCapacity>) -> Self {
        let own = capacity.and_then(|capacity| capacity.channels.iter().find(|on| on.id == channel.id));
        match own {
            Some(on) => Self { soft: on.default_capacity, hard: on.max_capacity },
            None => Self { soft: channel.soft_capability, hard: channel.hard_capability },
        }
    }

    /// How busy an agent is with so many open interventions.
    fn busyness(self, open: i64) -> Busyness {
        match open {
            ..=0 => Busyness::Unoccupied,
            n if n >= self.hard => Busyness::Full,
            n if n >= self.soft => Busyness::Busy,
            _ => Busyness::Ok,
        }
    }
}

/// The capacities that there are.
async fn capacities(tx: &mut Tx) -> Result<HashMap<UserCapacityId, UserCapacity>> {
    let all = user_capacity::all(tx).await?;
    Ok(all.into_iter().map(|capacity| (capacity.id.clone(), capacity)).collect())
}

/// What some agents hold of a channel, with how much they take of it.
pub(crate) async fn loads(tx: &mut Tx, users: &[User], channel: &Channel) -> Result<Vec<rules::waiting::Load>> {
    let capacities = capacities(tx).await?;
    let ids: Vec<UserId> = users.iter().map(|user| user.id.clone()).collect();
    let open = intervention::count_open_by_channel(tx, &ids).await?;
    let held = |user: &UserId, channel: &ChannelId| {
        let of = |(u, c, _): &&(UserId, Option<ChannelId>, i64)| u == user && c.as_ref() == Some(channel);
        open.iter().find(of).map_or(0, |(_, _, n)| *n)
    };
    let load = |user: &User| {
        let capacity = user.user_capacity_id.as_ref().and_then(|id| capacities.get(id));
        let Limits { soft, .. } = Limits::of(channel, capacity);
        rules::waiting::Load { soft, held: held(&user.id, &channel.id) }
    };
    Ok(users.iter().map(load).collect())
}

/// Those of some users who may see a source and answer on it.
pub(crate) async fn who_may_reply(tx: &mut Tx, users: Vec<User>, source: &SourceId) -> Result<Vec<User>> {
    who_may(tx, users, source, &[SourcePermission::Read, SourcePermission::Reply]).await
}

/// Those of some users who have all these permissions on a source.
pub(crate) async fn who_may(
    tx: &mut Tx,
    users: Vec<User>,
    source: &SourceId,
    needed: &[SourcePermission],
) -> Result<Vec<User>> {
    let own: HashMap<UserId, Vec<SourcePermission>> =
        source_permission::on_source(tx, source).await?.into_iter().collect();
    let roles = role::all(tx).await?;
    let may = |user: &User| {
        let of_role = || roles.iter().find(|role| role.id == user.role_id).map(|role| &role.source_permissions.0);
        let may = own.get(&user.id).or_else(of_role);
        may.is_some_and(|may| needed.iter().all(|permission| may.contains(permission)))
    };
    Ok(users.into_iter().filter(may).collect())
}

/// An agent with their work on every channel.
#[derive(Clone, Debug)]
pub struct AgentWork {
    /// The agent.
    pub user_id: UserId,
    /// Every channel, oldest first.
    pub channels: Vec<ChannelWork>,
    /// Their own reason for being away.
    pub custom_status: Option<PresenceStatusId>,
}

/// What an agent does on a channel.
#[derive(Clone, Debug)]
pub struct ChannelWork {
    /// The channel.
    pub channel: Channel,
    /// Whether they take work.
    pub availability: Availability,
    /// How much they have.
    pub busyness: Busyness,
}

/// What whoever joins begins with on a channel.
#[must_use]
pub(super) fn first(channel: &Channel) -> Availability {
    if channel.away_by_default { Availability::Away } else { Availability::Available }
}

/// What agents have to do, wherever they are. Where nothing was chosen, the channel's own word counts.
pub(super) async fn work(tx: &mut Tx, users: Vec<UserId>) -> Result<Vec<AgentWork>> {
    let channels = channel::all(tx).await?;
    let open = intervention::count_open_by_channel(tx, &users).await?;
    let chosen = presence::chosen(tx, &users).await?;
    let reasons: HashMap<UserId, PresenceStatusId> = presence::reasons(tx, &users).await?.into_iter().collect();
    let capacities = capacities(tx).await?;
    let people = user::ever(tx, &users).await?.into_iter().map(|user| (user.id.clone(), user));
    let people: HashMap<UserId, User> = people.collect();
    let on = |user: &UserId, channel: &Channel| {
        let open = open.iter().find(|(u, c, _)| u == user && c.as_ref() == Some(&channel.id)).map_or(0, |(_, _, n)| *n);
        let chosen = chosen.iter().find(|c| c.user_id == *user && c.channel_id == channel.id).map(|c| c.availability);
        // A reason is for everywhere: also for a channel that was not there yet.
        let otherwise = || if reasons.contains_key(user) { Availability::Away } else { first(channel) };
        let availability = chosen.unwrap_or_else(otherwise);
        let capacity = people.get(user).and_then(|user| capacities.get(user.user_capacity_id.as_ref()?));
        let limits = Limits::of(channel, capacity);
        ChannelWork { channel: channel.clone(), availability, busyness: limits.busyness(open) }
    };
    let work = |user_id: UserId| {
        let channels = channels.iter().map(|channel| on(&user_id, channel)).collect();
        let custom_status = reasons.get(&user_id).cloned();
        AgentWork { user_id, channels, custom_status }
    };
    Ok(users.into_iter().map(work).collect())
}

#[cfg(test)]
mod tests {
    use store::Json;
    use store::user_capacity::ChannelCapacity;

    use super::*;

    #[test]
    fn busyness_follows_the_limits() {
        let now = model::Timestamp::default();
        let mut channel = Channel::new("Async", now);
        let of = |channel: &Channel, open| Limits::of(channel, None).busyness(open).as_str();
        assert_eq!([0, 2, 3, 5, 6].map(|n| of(&channel, n)), ["unoccupied", "ok", "busy", "busy", "full"]);
        (channel.soft_capability, channel.hard_capability) = (0, 0);
        assert_eq!([0, 1].map(|n| of(&channel, n)), ["unoccupied", "full"]);
        // Whoever has a capacity has the limits of that, where it names the channel.
        let on = ChannelCapacity { id: channel.id.clone(), default_capacity: 1, max_capacity: 2 };
        let (id, channels) = (UserCapacityId::new(now), Json(vec![on]));
        let mut capacity = UserCapacity { id, name: String::new(), channels, created_at: now, updated_at: now };
        assert_eq!(Limits::of(&channel, Some(&capacity)), Limits { soft: 1, hard: 2 });
        capacity.channels.clear();
        assert_eq!(Limits::of(&channel, Some(&capacity)), Limits { soft: 0, hard: 0 });
    }
}
