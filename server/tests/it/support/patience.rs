//! How long something is waited for. A machine that is slow or has much to do must fail no test, and a test that waits
//! in vain must say so soon. So time alone does not end the wait: it goes on as long as this process does something.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// After so long without anything that happens, it is waited for in vain.
const QUIET: Duration = Duration::from_secs(10);
/// The end, whatever happens.
const LONGEST: Duration = Duration::from_secs(60);
/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(10);
/// Over how much time it is looked whether anything happens, and which part of it the process must have computed.
const STRETCH: Duration = Duration::from_secs(1);
const PART: u32 = 20;

/// The wait for one thing.
pub(super) struct Patience {
    begun: Instant,
    /// When something last happened.
    active: Instant,
    /// When the stretch began, and what was computed in its pauses since: the looks themselves do not count.
    stretch: (Instant, Duration),
}

impl Patience {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { begun: now, active: now, stretch: (now, Duration::ZERO) }
    }

    /// Waits a moment; says whether to look once more.
    pub(super) async fn pause(&mut self) -> bool {
        let before = computed();
        tokio::time::sleep(PAUSE).await;
        self.stretch.1 += computed().saturating_sub(before);
        if self.stretch.0.elapsed() >= STRETCH {
            if self.stretch.1 * PART > self.stretch.0.elapsed() {
                self.active = Instant::now();
            }
            self.stretch = (Instant::now(), Duration::ZERO);
        }
        self.active.elapsed() < QUIET && self.begun.elapsed() < LONGEST
    }
}

/// How long this process has computed so far.
fn computed() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("a duration")
}

/// What comes out of `work`, as long as there is [`Patience`].
pub async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    let end = async {
        let mut patience = Patience::new();
        while patience.pause().await {}
    };
    tokio::select! {
        biased;
        done = work => done,
        () = end => panic!("never came: {what}"),
    }
}
