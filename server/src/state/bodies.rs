//! What the bodies of all requests hold in memory at one moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::{Error, Reason};
use crate::network::Network;

/// So much of each body is not counted: a connection holds about as much for itself.
const FREE: usize = 16 * 1024;

/// Why a body is not read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    /// It is longer than this.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// All bodies together hold as much as they may.
    #[error("the server takes in too much at this moment")]
    Full,
    /// It broke off, or took too long.
    #[error("did not come whole: {0}")]
    Cut(axum::Error),
}

impl From<Stopped> for Error {
    fn from(stopped: Stopped) -> Self {
        let message = stopped.to_string();
        match stopped {
            Stopped::TooLarge(limit) => Self::TooLarge(Reason::TooLarge.says(message).with("max", limit)),
            Stopped::Full => Self::Busy(Reason::BodiesFull.says(message)),
            Stopped::Cut(_) => Self::bad("body", Reason::Form.says(message)),
        }
    }
}

/// What the bodies of all requests hold in memory at one moment. Those of callers whom nobody knows may hold five eighths
/// at the most, so that they never keep the others out; nor does one network of theirs keep the next one out.
pub struct Bodies {
    room: usize,
    taken: Arc<Mutex<Taken>>,
}

/// Bytes that are held.
#[derive(Debug, Default)]
struct Taken {
    all: usize,
    strangers: usize,
    networks: HashMap<Network, usize>,
}

impl Bodies {
    /// Room for so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { room: bytes, taken: Arc::default() }
    }

    /// How many bytes they hold now.
    #[must_use]
    pub fn held(&self) -> usize {
        lock(&self.taken).all
    }

    /// The share of one body, which holds nothing yet. A `stranger` is the network of a caller whom nobody knows: that
    /// holds an eighth of all, or the `largest` body that may come if it is more.
    pub(crate) fn share(&self, stranger: Option<Network>, largest: usize) -> Share {
        let stranger = stranger.map(|network| Stranger { network, most: largest.max(self.room / 8) });
        let (taken, room) = (self.taken.clone(), self.room);
        Share(Arc::new(Mutex::new(Held { taken, room, came: 0, counted: 0, stranger })))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one body holds of the room for all, given back when the last copy is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Share(Arc<Mutex<Held>>);

#[derive(Debug)]
struct Held {
    taken: Arc<Mutex<Taken>>,
    room: usize,
    /// How many bytes have come.
    came: usize,
    /// How many of them are counted.
    counted: usize,
    stranger: Option<Stranger>,
}

#[derive(Debug)]
struct Stranger {
    network: Network,
    /// How many bytes it may hold.
    most: usize,
}

impl Share {
    /// Holds so many bytes more.
    ///
    /// # Errors
    /// When there is no room for them.
    pub(crate) fn grow(&self, bytes: usize) -> Result<(), Stopped> {
        let mut held = lock(&self.0);
        held.came += bytes;
        let more = held.came.saturating_sub(FREE) - held.counted;
        if more == 0 {
            return Ok(());
        }
        let mut taken = lock(&held.taken);
        if taken.all + more > held.room {
            return Err(Stopped::Full);
        }
        if let Some(Stranger { network, most }) = &held.stranger {
            let own = taken.networks.get(network).copied().unwrap_or(0);
            if own + more > *most || taken.strangers + more > strangers(held.room) {
                return Err(Stopped::Full);
            }
            taken.strangers += more;
            taken.networks.insert(network.clone(), own + more);
        }
        taken.all += more;
        drop(taken);
        held.counted += more;
        Ok(())
    }

    /// Notes that it is known by now whose body it is.
    pub(crate) fn is_known(&self) {
        lock(&self.0).stands_apart();
    }
}

/// What all callers whom nobody knows may hold of the room: twice the largest body of theirs in the least room that
/// there may be, so that no network keeps the others out.
const fn strangers(room: usize) -> usize {
    room / 8 * 5
}

impl Held {
    /// Counts it no longer among those of callers whom nobody knows.
    fn stands_apart(&mut self) {
        let Some(Stranger { network, .. }) = self.stranger.take() else { return };
        let mut taken = lock(&self.taken);
        taken.strangers -= self.counted;
        if let Some(own) = taken.networks.get_mut(&network) {
            *own -= self.counted;
            if *own == 0 {
                taken.networks.remove(&network);
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.stands_apart();
        lock(&self.taken).all -= self.counted;
    }
}
