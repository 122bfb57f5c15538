//! Which users are connected, and on which channels they are away: known from the console's sockets, kept in memory.
//!
//! A user who comes back, after reloading the page for example, finds the channels as they left them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Availability, ChannelId, UserId};
use store::channel::Channel;

/// The presence of this process's users. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Presence(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    connections: HashMap<UserId, usize>,
    chosen: HashMap<UserId, HashMap<ChannelId, Availability>>,
}

/// A connection of a user, who is present until the last of them is dropped.
#[derive(Debug)]
pub struct Here {
    presence: Presence,
    user: UserId,
}

impl Drop for Here {
    fn drop(&mut self) {
        let mut state = self.presence.state();
        if let Some(count) = state.connections.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                state.connections.remove(&self.user);
            }
        }
    }
}

impl Presence {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a connection of a user, for as long as the answer is kept.
    #[must_use]
    pub fn register(&self, user: &UserId) -> Here {
        *self.state().connections.entry(user.clone()).or_default() += 1;
        Here { presence: self.clone(), user: user.clone() }
    }

    /// Whether a user has a connection.
    #[must_use]
    pub fn is_connected(&self, user: &UserId) -> bool {
        self.state().connections.contains_key(user)
    }

    /// Everybody who has a connection, in no order.
    #[must_use]
    pub fn connected(&self) -> Vec<UserId> {
        self.state().connections.keys().cloned().collect()
    }

    /// Sets whether a user is available on these channels.
    pub fn set(&self, user: &UserId, statuses: &[(ChannelId, Availability)]) {
        self.state().chosen.entry(user.clone()).or_default().extend(statuses.iter().cloned());
    }

    /// Whether a user is available on a channel: as they chose, else as the channel has it for who never chose.
    #[must_use]
    pub fn on(&self, user: &UserId, channel: &Channel) -> Availability {
        let chosen = self.state().chosen.get(user).and_then(|all| all.get(&channel.id)).copied();
        chosen.unwrap_or(if channel.away_by_default { Availability::Away } else { Availability::Available })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_there_until_the_last_connection_ends() {
        let (presence, now) = (Presence::default(), model::Timestamp::default());
        let (user, mut channel) = (UserId::new(now), Channel::new("Async", now));
        assert_eq!(presence.on(&user, &channel), Availability::Available);
        channel.away_by_default = true;
        assert_eq!(presence.on(&user, &channel), Availability::Away);
        channel.away_by_default = false;
        let (first, second) = (presence.register(&user), presence.register(&user));
        drop(first);
        assert!(presence.is_connected(&user));
        presence.set(&user, &[(channel.id.clone(), Availability::Away)]);
        drop(second);
        assert!(presence.connected().is_empty());
        assert_eq!(presence.on(&user, &channel), Availability::Away);
        channel.away_by_default = true;
        presence.set(&user, &[(channel.id.clone(), Availability::Available)]);
        assert_eq!(presence.on(&user, &channel), Availability::Available);
    }
}
