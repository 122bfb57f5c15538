//! When a delivery is tried again, and when a webhook rests (`docs/webhooks/receive.md`). Pure decisions.

use model::Timestamp;

use crate::base::spread::per_mille;

/// Seconds after the first failure, the second, and so on.
const STEPS: [i64; 5] = [32, 4 * 60, 17 * 60, 52 * 60, 2 * 3600];
/// Seconds after each failure beyond the steps.
const LATER: i64 = 3600;
/// How many outcomes a webhook is judged by.
const REMEMBERED: usize = 20;
/// How many outcomes there must be before a webhook is judged.
const ENOUGH: usize = 8;
/// Seconds of a first rest.
const REST: i64 = 60;
/// Seconds of the longest rest.
pub(crate) const LONGEST_REST: i64 = 3600;

/// Milliseconds from a failure to the next try, after `retries` earlier ones: the step, ten per cent more or less.
/// The same delivery always gets the same, so that many deliveries that failed together do not return together.
pub(crate) fn pause_millis(delivery: &str, retries: i64) -> i64 {
    let step = usize::try_from(retries).ok().and_then(|n| STEPS.get(n).copied()).unwrap_or(LATER);
    step * per_mille(delivery, retries)
}

/// The most seconds from the last failure to the next try: after no failure, one, two, and so on; the last goes on.
pub(crate) fn longest_pauses() -> Vec<i64> {
    let steps = STEPS.iter().chain([&LATER]).map(|step| step * 11 / 10 + 1);
    std::iter::once(0).chain(steps).collect()
}

/// When to try again after a failure at `now`: by the ladder, and a last time at `expires_at`. None: no more.
pub(crate) fn next_attempt(delivery: &str, retries: i64, now: Timestamp, expires_at: Timestamp) -> Option<Timestamp> {
    (now < expires_at).then(|| now.plus_millis(pause_millis(delivery, retries)).min(expires_at))
}

/// Adds an outcome to those remembered.
pub(crate) fn remember(results: &mut String, success: bool) {
    results.push(if success { '1' } else { '0' });
    let surplus = results.len().saturating_sub(REMEMBERED);
    results.drain(..surplus);
}

/// Whether so many of the remembered outcomes are failures that the webhook rests: three quarters of at least eight.
pub(crate) fn is_unhealthy(results: &str) -> bool {
    let failures = results.bytes().filter(|b| *b == b'0').count();
    results.len() >= ENOUGH && failures * 4 >= results.len() * 3
}

/// Until when a webhook rests that has rested `before` times in a row.
pub(crate) fn rest_until(now: Timestamp, before: i64) -> Timestamp {
    let doubled = u32::try_from(before).ok().and_then(|n| REST.checked_shl(n)).unwrap_or(LONGEST_REST);
    now.plus_seconds(if before >= 6 { LONGEST_REST } else { doubled.min(LONGEST_REST) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_grow_and_keep_within_a_tenth() {
        for (retries, seconds) in [(0, 32), (1, 240), (2, 1020), (3, 3120), (4, 7200), (5, 3600), (30, 3600)] {
            for id in ["5950328914bf8a22305f446a", "5950328914bf8a22305f446b", "x"] {
                let pause = pause_millis(id, retries);
                assert!((seconds * 900..=seconds * 1100).contains(&pause), "{retries}: {pause}");
                assert_eq!(pause, pause_millis(id, retries));
            }
        }
        let longest = longest_pauses();
        let within = |n: i64| pause_millis("x", n) <= longest[usize::try_from(n + 1).unwrap_or(0).min(6)] * 1000;
        assert!((0..20).all(within), "{longest:?}");
        assert_ne!(pause_millis("5950328914bf8a22305f446a", 0), pause_millis("5950328914bf8a22305f446b", 0));
    }

    #[test]
    fn the_last_try_is_at_the_end() {
        let (now, end) = (Timestamp::from_millis(0), Timestamp::from_millis(10_000));
        assert_eq!(next_attempt("x", 0, now, end), Some(end));
        assert_eq!(next_attempt("x", 0, end, end), None);
    }

    #[test]
    fn three_quarters_of_eight_failures_are_too_many() {
        let mut results = String::new();
        for _ in 0..7 {
            remember(&mut results, false);
        }
        assert!(!is_unhealthy(&results));
        remember(&mut results, true);
        assert!(is_unhealthy(&results));
        remember(&mut results, true);
        remember(&mut results, true);
        assert!(!is_unhealthy(&results));
        for _ in 0..30 {
            remember(&mut results, false);
        }
        assert_eq!((results.len(), is_unhealthy(&results)), (20, true));
    }

    #[test]
    fn rests_double_up_to_an_hour() {
        let seconds = |before| rest_until(Timestamp::from_millis(0), before).millis() / 1000;
        assert_eq!([0, 1, 2, 5, 6, 80].map(seconds), [60, 120, 240, 1920, 3600, 3600]);
    }
}
