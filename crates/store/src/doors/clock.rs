//! The time of day, real or virtual. It may jump, either way: what must be in order is never ordered by it, and what is
//! to be done at a time is looked at again when it has moved back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::Timestamp;
use tokio::sync::{Notify, watch};

/// Where the server reads the time, and waits for a time. A virtual clock moves only when it is told to.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// What a virtual clock shows; none for the machine's.
    shown: Option<AtomicI64>,
    /// A virtual clock was moved.
    moved: Notify,
    /// The latest time that was read.
    latest: AtomicI64,
    /// How often the clock was seen to have moved back.
    back: watch::Sender<u64>,
}

/// By how many milliseconds a clock must have moved back for it to count.
const BACK: i64 = 1000;
/// How often whoever waits for a time looks whether the machine's clock shows it: it may have jumped.
const LOOK: Duration = Duration::from_secs(30);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `start` until [`Clock::advance`] or [`Clock::set`] moves it.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        Self(Arc::new(Inner { shown: Some(AtomicI64::new(start.millis())), ..Inner::default() }))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = self.read();
        let latest = self.0.latest.fetch_max(now, Ordering::SeqCst);
        if now < latest - BACK
            && self.0.latest.compare_exchange(latest, now, Ordering::SeqCst, Ordering::SeqCst).is_ok()
        {
            self.0.back.send_modify(|times| *times += 1);
        }
        Timestamp::from_millis(now)
    }

    #[expect(clippy::disallowed_methods, reason = "this is where everybody else's time comes from")]
    fn read(&self) -> i64 {
        match &self.0.shown {
            Some(shown) => shown.load(Ordering::SeqCst),
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            }
        }
    }

    /// Moves a virtual clock and wakes those that wait on it. Does nothing to the machine's clock.
    pub fn advance(&self, by: Duration) {
        if let Some(shown) = &self.0.shown {
            shown.fetch_add(i64::try_from(by.as_millis()).unwrap_or(0), Ordering::SeqCst);
            self.0.moved.notify_waiters();
        }
    }

    /// Has a virtual clock show a time, earlier or later. Does nothing to the machine's clock.
    pub fn set(&self, time: Timestamp) {
        if let Some(shown) = &self.0.shown {
            shown.store(time.millis(), Ordering::SeqCst);
            self.0.moved.notify_waiters();
        }
    }

    /// How often it was seen to have moved back, for [`Clock::sleep_until`].
    #[must_use]
    pub fn turns(&self) -> u64 {
        *self.0.back.borrow()
    }

    /// Waits until the clock shows `time`, or has moved back since it had made so many `turns`: whoever has found out
    /// since then what to wait for must look again.
    pub async fn sleep_until(&self, time: Timestamp, turns: u64) {
        let mut back = self.0.back.subscribe();
        loop {
            let moved = self.0.moved.notified();
            let now = self.now();
            if now >= time || *back.borrow_and_update() != turns {
                return;
            }
            let wait = u64::try_from(time.millis().saturating_sub(now.millis())).unwrap_or(0);
            let look = async {
                match &self.0.shown {
                    Some(_) => moved.await,
                    None => tokio::time::sleep(Duration::from_millis(wait).min(LOOK)).await,
                }
            };
            tokio::select! {
                () = look => {}
                _ = back.changed() => {}
            }
        }
    }
}
