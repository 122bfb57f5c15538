//! What agents have to do on each channel.

use model::{Availability, Busyness, UserId};
use store::channel::{self, Channel};
use store::{Tx, intervention, presence};

use crate::base::Result;

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
    pub channels: Vec<ChannelWork>,
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
    let on = |user: &UserId, channel: &Channel| {
        let open = open.iter().find(|(u, c, _)| u == user && c.as_ref() == Some(&channel.id)).map_or(0, |(_, _, n)| *n);
        let chosen = chosen.iter().find(|c| c.user_id == *user && c.channel_id == channel.id).map(|c| c.availability);
        let availability = chosen.unwrap_or_else(|| first(channel));
        ChannelWork { channel: channel.clone(), availability, busyness: busyness(channel, open) }
    };
    let work = |user_id: UserId| {
        let channels = channels.iter().map(|channel| on(&user_id, channel)).collect();
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
