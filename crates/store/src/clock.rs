//! The time of day, real or virtual.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::Timestamp;
use tokio::sync::Notify;

/// Where the server reads the time, and waits for a time. A virtual clock moves only when it is told to.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Virtual>>);

#[derive(Debug)]
struct Virtual {
    millis: AtomicI64,
    moved: Notify,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        Self(Some(Arc::new(Virtual { millis: AtomicI64::new(start.millis()), moved: Notify::new() })))
    }

    /// The time now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is where everybody else's time comes from")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Some(v) => Timestamp::from_millis(v.millis.load(Ordering::SeqCst)),
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
        }
    }

    /// Moves a virtual clock and wakes those that wait on it. Does nothing to the machine's clock.
    pub fn advance(&self, by: Duration) {
        if let Some(v) = &self.0 {
            v.millis.fetch_add(i64::try_from(by.as_millis()).unwrap_or(0), Ordering::SeqCst);
            v.moved.notify_waiters();
        }
    }

    /// Waits until the clock shows `time`.
    pub async fn sleep_until(&self, time: Timestamp) {
        match &self.0 {
            Some(v) => loop {
                let moved = v.moved.notified();
                if self.now() >= time {
                    return;
                }
                moved.await;
            },
            None => {
                let wait = u64::try_from(time.millis() - self.now().millis()).unwrap_or(0);
                tokio::time::sleep(Duration::from_millis(wait)).await;
            }
        }
    }
}
