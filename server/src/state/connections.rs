//! How many connections there are, and whose: one address may have only so many of which nobody knows whose they are,
//! and all together leave descriptors for files, for the database, and for those who are known.
//!
//! A connection beyond a bound is still heard, for as long as there is room: a caller who turns out to be known is let
//! in, everybody else is told why not.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::domain::{Error, Reason, Result};
use crate::network::Network;

/// Raises the number of descriptors that this process may have to the most that it may ask for; gives that.
#[must_use]
pub fn descriptors() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    let before = limit.current;
    limit.current = limit.maximum;
    // Who may not raise it keeps what there is.
    let now = if setrlimit(Resource::Nofile, limit).is_ok() { limit.current } else { before };
    now.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
}

/// The connections of one server.
pub struct Connections {
    /// Most that one address may have unknown; 0 for no bound.
    per_address: usize,
    /// From so many on in all, only those who are known are let in.
    crowded: usize,
    /// Most in all.
    most: usize,
    open: AtomicUsize,
    refused: AtomicUsize,
    strangers: Mutex<HashMap<Network, usize>>,
}

impl Connections {
    /// None yet, with this many for one address (0 for no bound), in a process that may have so many descriptors.
    #[must_use]
    pub fn new(per_address: usize, descriptors: usize) -> Self {
        let reserve = (descriptors / 8).clamp(64, 1024).min(descriptors / 4);
        Self {
            per_address,
            crowded: descriptors - 2 * reserve,
            most: descriptors - reserve,
            open: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            strangers: Mutex::default(),
        }
    }

    /// How many are open, and how many were refused since the start.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        (self.open.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed))
    }

    /// Takes a new connection; `address` is none where a proxy asks for others. None when it must be closed unheard.
    pub fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Arc<Place>> {
        let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
        // Made first: when it is dropped, it is not counted any more.
        let place = Place {
            connections: self.clone(),
            crowded: open > self.crowded,
            seat: Mutex::default(),
            beyond: AtomicBool::new(open > self.crowded),
            doubtful: AtomicBool::new(false),
        };
        let seated = address.is_none_or(|address| place.sit(address));
        if seated && open <= self.most {
            return Some(Arc::new(place));
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        None
    }

    fn strangers(&self) -> MutexGuard<'_, HashMap<Network, usize>> {
        self.strangers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection, counted for as long as it lives.
pub struct Place {
    connections: Arc<Connections>,
    /// Whether there were too many in all when it came.
    crowded: bool,
    /// The network that it is counted for.
    seat: Mutex<Option<Network>>,
    /// Whether only those who are known are let in by it.
    beyond: AtomicBool,
    /// Whether a request has come by it of which two servers may read two.
    doubtful: AtomicBool,
}

impl Place {
    /// Counts it for an address; false when that has twice as many as it may.
    pub(crate) fn sit(&self, address: IpAddr) -> bool {
        self.stand();
        let most = self.connections.per_address;
        if most == 0 {
            self.beyond.store(self.crowded, Ordering::Relaxed);
            return true;
        }
        let network = Network::from(address);
        let mut strangers = self.connections.strangers();
        let count = strangers.entry(network.clone()).or_default();
        let beyond = *count >= most;
        self.beyond.store(beyond || self.crowded, Ordering::Relaxed);
        if *count >= 2 * most {
            return false;
        }
        *count += 1;
        drop(strangers);
        *self.seat.lock().unwrap_or_else(PoisonError::into_inner) = Some(network);
        true
    }

    /// Counts it for nobody: it is known whose it is, or what it was counted for is over.
    pub(crate) fn stand(&self) {
        self.beyond.store(false, Ordering::Relaxed);
        let Some(network) = self.seat.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let mut strangers = self.connections.strangers();
        if let Some(count) = strangers.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                strangers.remove(&network);
            }
        }
    }

    /// Whether only those who are known are let in by it.
    pub(crate) fn is_beyond(&self) -> bool {
        self.beyond.load(Ordering::Relaxed)
    }

    /// Lets a caller in whom nobody knows.
    ///
    /// # Errors
    /// 503 beyond a bound.
    pub(crate) fn let_in(&self) -> Result<()> {
        if !self.is_beyond() {
            return Ok(());
        }
        self.connections.refused.fetch_add(1, Ordering::Relaxed);
        Err(Error::Busy(Reason::ConnectionsFull.says("too many connections are open, from this address or in all")))
    }

    /// Notes that a request has come by it that says in two ways where its body ends.
    pub(crate) fn doubt(&self) {
        self.doubtful.store(true, Ordering::Relaxed);
    }

    /// Whether such a request has come by it.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.doubtful.load(Ordering::Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stand();
        self.connections.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(connections: &Arc<Connections>, address: &str) -> Option<Arc<Place>> {
        connections.enter(Some(address.parse().expect("an address")))
    }

    #[test]
    fn an_address_has_so_many_and_as_many_again_that_are_heard() {
        let all = Arc::new(Connections::new(2, 4096));
        let first: Vec<_> = (0..4).map(|n| enter(&all, &format!("2001:db8:1:2::{n}")).expect("heard")).collect();
        assert_eq!(first.iter().map(|place| place.is_beyond()).collect::<Vec<_>>(), [false, false, true, true]);
        assert!(first[3].let_in().is_err() && enter(&all, "2001:db8:1:2:ffff::9").is_none());
        assert!(!enter(&all, "2001:db8:1:3::1").expect("another network").is_beyond());
        assert!(!enter(&all, "198.51.100.7").expect("another one").is_beyond());
        // Who is known is not counted.
        first[3].stand();
        first[0].stand();
        assert!(first[3].let_in().is_ok());
        let another = enter(&all, "2001:db8:1:2::9").expect("heard");
        assert!(another.is_beyond());
        assert_eq!(all.count(), (5, 2));
        drop((first, another));
        assert_eq!((all.count().0, all.strangers().len()), (0, 0));
    }

    #[test]
    fn all_together_leave_a_reserve() {
        let all = Arc::new(Connections::new(0, 512));
        let places: Vec<_> = (0..448).map(|_| enter(&all, "198.51.100.7").expect("heard")).collect();
        assert!(enter(&all, "198.51.100.8").is_none());
        assert_eq!(places.iter().position(|place| place.is_beyond()), Some(384));
        places[447].stand();
        assert!(places[447].let_in().is_ok());
        drop(places);
        assert_eq!(all.count().0, 0);
    }
}
