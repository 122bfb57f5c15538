//! Tries at passwords: how soon the next one may come.
//!
//! A try counts for the account together with the network that it comes from: after some that failed there is a wait,
//! and each further one doubles it. So nobody keeps an owner out who comes from another network. Beside that, and far
//! higher, tries count for the network whatever the accounts, with a wait of its own; and for the account whatever the
//! networks, which has no wait of its own but makes those of the pairs begin sooner: whoever asks from many networks
//! has few tries on each, and an owner from one more still has theirs. Failures are forgiven one by one as time goes by.
//!
//! A try counts as failed from its beginning, so that many at once are no way around. It is kept in this process's
//! memory alone.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::Timestamp;
use store::Clock;

use crate::domain::{Error, Pace, Result};

/// How failures of one kind of key are borne with.
struct Bound {
    /// So many cost nothing.
    free: u32,
    /// Seconds of the first wait, which doubles with each further failure.
    first: i64,
    /// Seconds of the longest wait.
    longest: i64,
    /// Seconds after which one failure is forgiven.
    forgiven: i64,
}

/// An account on one network.
const PAIR: Bound = Bound { free: 10, first: 30, longest: 15 * 60, forgiven: 30 * 60 };
/// A network, whatever the accounts.
const NETWORK: Bound = Bound { free: 100, first: 2, longest: 60, forgiven: 36 };
/// An account, whatever the networks: each so many failures halve what is free on a network.
const ACCOUNT: Bound = Bound { free: 100, first: 0, longest: 0, forgiven: 36 };
/// Most keys that are kept; beyond that the longest unused are forgotten.
const CAPACITY: usize = 100_000;

#[derive(Clone, Copy)]
struct Tally {
    failures: u32,
    /// When the last try was.
    last: Timestamp,
    /// From when on the next failure is forgiven.
    since: Timestamp,
}

impl Tally {
    /// The tally as it is now. A clock that was set back does not make anybody wait for the time that it showed.
    fn at(self, now: Timestamp, bound: &Bound) -> Self {
        if now < self.last || now < self.since {
            return Self { last: now, since: now, ..self };
        }
        let forgiven = now.seconds_since(self.since) / bound.forgiven;
        let failures = self.failures.saturating_sub(u32::try_from(forgiven).unwrap_or(u32::MAX));
        let since = if failures == 0 { now } else { self.since.plus_seconds(forgiven * bound.forgiven) };
        Self { failures, since, ..self }
    }

    /// Seconds until the next try.
    fn wait(&self, now: Timestamp, bound: &Bound, free: u32) -> i64 {
        let Some(over) = self.failures.checked_sub(free) else { return 0 };
        let wait = bound.first.saturating_mul(1 << over.min(30)).min(bound.longest);
        (wait - now.seconds_since(self.last)).max(0)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Pair,
    Network,
    Account,
}

impl Kind {
    fn bound(self) -> &'static Bound {
        match self {
            Self::Pair => &PAIR,
            Self::Network => &NETWORK,
            Self::Account => &ACCOUNT,
        }
    }
}

type Key = (Kind, String);
type Tallies = HashMap<Key, Tally>;

/// The tries at passwords of late.
pub struct Tries {
    clock: Clock,
    tallies: Mutex<Tallies>,
}

/// A try that was let through: it has failed unless [`Tries::judge`] hears otherwise.
pub struct Try {
    /// What it counts for, each with when the try before it was.
    keys: Vec<(Key, Timestamp)>,
    /// When it was.
    at: Timestamp,
}

impl Tries {
    /// None yet, by this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, tallies: Mutex::default() }
    }

    /// Lets a try through, or says how long to wait. `account` is the address that was given, as it is kept, whether or
    /// not anybody has it; none where it cannot be anybody's.
    ///
    /// # Errors
    /// 429; such a try counts for nothing, so that waiting does not grow by asking.
    pub fn begin(&self, network: &str, account: Option<&str>) -> Result<Try> {
        let now = self.clock.now();
        let mut tallies = self.tallies();
        let mut keys = vec![(Kind::Network, network.to_owned())];
        if let Some(account) = account {
            keys.push((Kind::Account, account.to_owned()));
            keys.push((Kind::Pair, format!("{network}\n{account}")));
        }
        // Kept as well where the try is refused: a clock that was set back counts from now on.
        let mut settle = |key: &Key| {
            let tally = tallies.get_mut(key)?;
            *tally = tally.at(now, key.0.bound());
            Some(*tally)
        };
        let new = Tally { failures: 0, last: now, since: now };
        let now_are: Vec<Tally> = keys.iter().map(|key| settle(key).unwrap_or(new)).collect();
        let of = |kind: Kind| keys.iter().zip(&now_are).find(|(key, _)| key.0 == kind).map(|(_, tally)| tally);
        let halvings = of(Kind::Account).map_or(0, |tally| tally.failures / ACCOUNT.free);
        let pair = of(Kind::Pair).map_or(0, |tally| tally.wait(now, &PAIR, (PAIR.free >> halvings.min(31)).max(1)));
        let wait = of(Kind::Network).map_or(0, |tally| tally.wait(now, &NETWORK, NETWORK.free)).max(pair);
        if let Some(wait) = u64::try_from(wait).ok().filter(|wait| *wait > 0) {
            let text = "too many attempts: wait a little and try again";
            return Err(Error::TooMany("too_many_attempts", text.into(), Some(Pace { per_minute: None, wait })));
        }
        make_room(&mut tallies);
        for (key, tally) in keys.iter().zip(&now_are) {
            tallies.insert(key.clone(), Tally { failures: tally.failures.saturating_add(1), last: now, ..*tally });
        }
        Ok(Try { keys: keys.into_iter().zip(now_are.iter().map(|tally| tally.last)).collect(), at: now })
    }

    /// Ends a try with what came of it, which is given back. A refusal is a failure; what was not even looked at, since
    /// the server had trouble or too much to do, counts for nothing.
    ///
    /// # Errors
    /// Those of the outcome.
    pub fn judge<T>(&self, attempt: Try, outcome: Result<T>) -> Result<T> {
        match &outcome {
            Ok(_) => self.succeeded(attempt),
            Err(Error::Store(_) | Error::TooMany(..) | Error::Internal(_)) => self.take_back(attempt),
            Err(_) => {}
        }
        outcome
    }

    /// Takes a try back that says nothing yet: it has neither failed nor succeeded.
    pub fn take_back(&self, attempt: Try) {
        let mut tallies = self.tallies();
        for (key, before) in attempt.keys {
            if let Some(tally) = tallies.get_mut(&key) {
                tally.failures = tally.failures.saturating_sub(1);
                // Nobody waits because of it, unless another one has failed since.
                if tally.last == attempt.at {
                    tally.last = before;
                }
            }
        }
    }

    /// Takes a try back that has not failed. What failed before it on the same network is forgiven the account there.
    fn succeeded(&self, good: Try) {
        let mut tallies = self.tallies();
        for (key, _) in good.keys {
            if key.0 == Kind::Pair {
                tallies.remove(&key);
            } else if let Some(tally) = tallies.get_mut(&key) {
                tally.failures = tally.failures.saturating_sub(1);
            }
        }
    }

    /// Forgets what is forgiven; called now and then.
    pub fn tidy(&self) {
        let now = self.clock.now();
        self.tallies().retain(|key, tally| tally.at(now, key.0.bound()).failures > 0);
    }

    fn tallies(&self) -> MutexGuard<'_, Tallies> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets the tenth part that was not used for longest, when there are too many.
fn make_room(tallies: &mut Tallies) {
    if tallies.len() < CAPACITY {
        return;
    }
    let mut times: Vec<Timestamp> = tallies.values().map(|tally| tally.last).collect();
    let (_, cut, _) = times.select_nth_unstable(CAPACITY / 10);
    let cut = *cut;
    tallies.retain(|_, tally| tally.last > cut);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const OWNER: Option<&str> = Some("owner@shop.test");

    fn tries() -> (Tries, Clock) {
        let clock = Clock::manual(Timestamp::parse("2026-03-02T09:00:00Z").expect("a time"));
        (Tries::new(clock.clone()), clock)
    }

    /// The seconds to wait; 0 when the try was let through, and failed.
    fn wait(tries: &Tries, network: &str, account: Option<&str>) -> u64 {
        match tries.begin(network, account) {
            Ok(_) => 0,
            Err(Error::TooMany(_, _, pace)) => pace.expect("a pace").wait,
            Err(other) => panic!("{other}"),
        }
    }

    /// How many tries fail before there is a wait.
    fn free(tries: &Tries, network: &str, account: Option<&str>) -> usize {
        (0..1000).find(|_| wait(tries, network, account) > 0).expect("a wait")
    }

    #[test]
    fn a_pair_waits_longer_and_longer_and_nobody_else_does() {
        let (tries, clock) = tries();
        assert_eq!(free(&tries, "192.0.2.1", OWNER), 10);
        for seconds in [30, 60, 120, 240] {
            assert_eq!(wait(&tries, "192.0.2.1", OWNER), seconds);
            clock.advance(Duration::from_secs(seconds - 1));
            assert_eq!(wait(&tries, "192.0.2.1", OWNER), 1);
            clock.advance(Duration::from_secs(1));
            assert_eq!(wait(&tries, "192.0.2.1", OWNER), 0);
        }
        assert_eq!(wait(&tries, "192.0.2.2", OWNER), 0);
        assert_eq!(wait(&tries, "192.0.2.1", Some("other@shop.test")), 0);
        clock.advance(Duration::from_secs(24 * 3600));
        tries.tidy();
        assert!(tries.tallies().is_empty());
        assert_eq!(free(&tries, "192.0.2.1", OWNER), 10);
    }

    #[test]
    fn an_owner_comes_in_from_one_more_network_however_many_are_at_the_account() {
        let (tries, _) = tries();
        for n in 0..2000 {
            assert!(free(&tries, &format!("network {n}"), OWNER) >= 1);
        }
        // Far fewer than ten on each.
        assert_eq!(free(&tries, "a network of an attacker", OWNER), 1);
        let own = tries.begin("home", OWNER).unwrap_or_else(|e| panic!("{e}"));
        tries.succeeded(own);
        assert_eq!(wait(&tries, "home", OWNER), 0);
    }

    #[test]
    fn what_was_not_looked_at_counts_for_nothing() {
        let (tries, clock) = tries();
        let troubles: [fn() -> Error; 3] = [
            || Error::Store(store::Error::Held("a row".into())),
            || Error::TooMany("too_many_attempts", "too many people are signing in".into(), None),
            || Error::Internal("a thread".into()),
        ];
        for trouble in troubles.iter().cycle().take(300) {
            let attempt = tries.begin("192.0.2.1", OWNER).unwrap_or_else(|e| panic!("{e}"));
            assert!(tries.judge::<()>(attempt, Err(trouble())).is_err());
        }
        for _ in 0..10 {
            let attempt = tries.begin("192.0.2.1", OWNER).unwrap_or_else(|e| panic!("{e}"));
            let _ = tries.judge::<()>(attempt, Err(Error::Unauthorized("invalid_credentials", "wrong".into())));
        }
        // Who has waited and met with trouble need not wait again.
        assert_eq!(wait(&tries, "192.0.2.1", OWNER), 30);
        clock.advance(Duration::from_secs(30));
        let attempt = tries.begin("192.0.2.1", OWNER).unwrap_or_else(|e| panic!("{e}"));
        let _ = tries.judge::<()>(attempt, Err(troubles[0]()));
        let attempt = tries.begin("192.0.2.1", OWNER).unwrap_or_else(|e| panic!("{e}"));
        let _ = tries.judge(attempt, Ok(()));
        assert_eq!(free(&tries, "192.0.2.1", OWNER), 10);
    }

    #[test]
    fn a_network_that_tries_many_accounts_waits_too() {
        let (tries, clock) = tries();
        let at_once = (0..1000).find(|n| wait(&tries, "192.0.2.1", Some(&format!("{n}@shop.test"))) > 0);
        assert_eq!(at_once, Some(100));
        clock.advance(Duration::from_secs(2));
        assert_eq!(wait(&tries, "192.0.2.1", None), 0);
        assert_eq!(wait(&tries, "192.0.2.1", Some("somebody@shop.test")), 4);
        assert_eq!(wait(&tries, "192.0.2.2", Some("somebody@shop.test")), 0);
    }

    #[test]
    fn who_succeeds_begins_anew_and_a_clock_that_is_set_back_locks_nobody_out() {
        let (tries, _) = tries();
        for _ in 0..500 {
            let good = tries.begin("office", OWNER).unwrap_or_else(|e| panic!("{e}"));
            tries.succeeded(good);
        }
        assert_eq!(free(&tries, "office", OWNER), 10);
        let earlier = Clock::manual(Timestamp::parse("2025-03-02T09:00:00Z").expect("a time"));
        let kept = std::mem::take(&mut *tries.tallies());
        let tries = Tries { clock: earlier.clone(), tallies: Mutex::new(kept) };
        assert_eq!(wait(&tries, "office", OWNER), 30);
        earlier.advance(Duration::from_secs(30));
        assert_eq!(wait(&tries, "office", OWNER), 0);
    }

    #[test]
    fn memory_is_bounded() {
        let (tries, clock) = tries();
        for n in 0..CAPACITY {
            clock.advance(Duration::from_millis(1));
            let _ = tries.begin(&format!("{n}"), Some(&format!("{n}@shop.test")));
        }
        assert!(tries.tallies().len() <= CAPACITY + 3);
    }
}
