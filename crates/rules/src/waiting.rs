//! Who waits: whether somebody is free for one more conversation, and how long those wait who are in the line.
//!
//! Places are counted from 1. Times of waiting are whole seconds. No answer is none, never a guess.

use model::Timestamp;

/// How far back it counts who left the line, in seconds.
pub const MEMORY: i64 = 30 * 60;
/// So many of those at the most.
pub const LEFT_MOST: usize = 20;
/// With fewer there is no rate.
const LEFT_LEAST: usize = 5;
/// A longer wait is not told, in seconds.
const LONGEST: i64 = 4 * 3600;

/// What agents who are there hold of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// With so many conversations they are busy.
    pub soft: i64,
    /// So many they have.
    pub held: i64,
}

/// How many conversations agents take together: what keeps them busy, and a share of that more. `factor` is in
/// hundredths: with 25 there is room for a quarter more, in the line.
#[must_use]
pub fn slots(agents: &[Load], factor: i64) -> i64 {
    let soft = agents.iter().fold(0, |sum: i64, agent| sum.saturating_add(agent.soft.max(0)));
    soft.saturating_mul(factor.max(0).saturating_add(100)) / 100
}

/// Whether one more conversation finds room, where so many wait already. Without an agent never.
#[must_use]
pub fn has_room(agents: &[Load], waiting: i64, factor: i64) -> bool {
    let held = agents.iter().fold(0, |sum: i64, agent| sum.saturating_add(agent.held.max(0)));
    !agents.is_empty() && held.saturating_add(waiting.max(0)) < slots(agents, factor)
}

/// What is known of a line.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Since when its first one waits.
    pub head_since: Option<Timestamp>,
    /// When others left it, the last one first; those count that are within [`MEMORY`] and the first [`LEFT_MOST`].
    pub left: Vec<Timestamp>,
    /// How long the last one who was taken had waited, in seconds.
    pub last_wait: Option<i64>,
}

/// How long somebody at a `place` waits still, in seconds: by how fast the line has moved; where too few have left it, as
/// long as the first one has waited, for those behind; else as long as the last one had.
#[must_use]
pub fn estimate(line: &Line, place: i64, now: Timestamp) -> Option<i64> {
    let since = |at: Timestamp| now.seconds_since(at).max(0);
    let left: Vec<i64> = line.left.iter().take(LEFT_MOST).map(|at| since(*at)).filter(|s| *s <= MEMORY).collect();
    if left.len() >= LEFT_LEAST {
        let (span, count) = (left.iter().copied().max()?, i64::try_from(left.len()).ok()?);
        return Some(place.max(1).saturating_mul(span) / count);
    }
    match line.head_since.filter(|_| place > 1) {
        Some(head) => Some(since(head)),
        None if left.is_empty() => None,
        None => line.last_wait.map(|wait| wait.max(0)),
    }
}

/// A wait as it is told: rounded up to half a minute below five, to a minute below thirty, to five minutes above; none
/// beyond four hours.
#[must_use]
pub fn told(seconds: i64) -> Option<i64> {
    let step = match seconds {
        ..300 => 30,
        300..1800 => 60,
        _ => 300,
    };
    let rounded = seconds.max(1).saturating_add(step - 1) / step * step;
    (rounded <= LONGEST).then_some(rounded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::default().plus_seconds(1_000_000 + seconds)
    }

    fn load(soft: i64, held: i64) -> Load {
        Load { soft, held }
    }

    #[test]
    fn four_agents_who_take_two_and_a_quarter_more_have_room_for_ten() {
        let agents = [load(2, 2); 4];
        assert_eq!(slots(&agents, 25), 10);
        assert!(has_room(&agents, 1, 25));
        assert!(!has_room(&agents, 2, 25));
        assert!(!has_room(&agents, 0, 0));
        assert!(!has_room(&[], 0, 1000));
    }

    #[test]
    fn a_wait_follows_how_fast_the_line_moves() {
        let left = [0, 60, 120, 180, 240].map(|ago| at(-ago)).to_vec();
        let line = Line { left, head_since: Some(at(-500)), last_wait: Some(7) };
        assert_eq!(estimate(&line, 3, at(0)), Some(144));
        // One of them is too long ago.
        assert_eq!(estimate(&line, 3, at(MEMORY - 200)), Some(500 + MEMORY - 200));
        assert_eq!(estimate(&line, 1, at(MEMORY - 200)), Some(7));
        assert_eq!(estimate(&line, 1, at(MEMORY + 1)), None);
        assert_eq!(estimate(&Line::default(), 1, at(0)), None);
    }

    #[test]
    fn a_wait_is_told_in_round_numbers() {
        let cases = [(0, Some(30)), (30, Some(30)), (31, Some(60)), (299, Some(300)), (301, Some(360))];
        let more = [(1799, Some(1800)), (1801, Some(2100)), (14_400, Some(14_400)), (14_401, None)];
        for (seconds, expected) in cases.into_iter().chain(more) {
            assert_eq!(told(seconds), expected, "{seconds}");
        }
    }

    fn loads() -> impl Strategy<Value = Vec<Load>> {
        prop::collection::vec((0..1000_i64, 0..1000_i64).prop_map(|(soft, held)| load(soft, held)), 0..20)
    }

    fn lines() -> impl Strategy<Value = Line> {
        let left = prop::collection::vec(0..7200_i64, 0..30);
        (left, prop::option::of(0..90_000_i64), prop::option::of(0..90_000_i64)).prop_map(
            |(mut ago, head, last_wait)| {
                ago.sort_unstable();
                let left = ago.into_iter().map(|ago| at(-ago)).collect();
                Line { left, head_since: head.map(|ago| at(-ago)), last_wait }
            },
        )
    }

    proptest! {
        #[test]
        fn an_agent_more_never_takes_room_away(
            agents in loads(), waiting in 0..500_i64, factor in 0..=1000_i64, soft in 0..1000_i64,
        ) {
            let mut more = agents.clone();
            more.push(load(soft, 0));
            prop_assert!(slots(&more, factor) >= slots(&agents, factor) + soft);
            prop_assert!(has_room(&more, waiting, factor) || !has_room(&agents, waiting, factor));
        }

        #[test]
        fn room_is_taken_one_by_one(agents in loads(), factor in 0..=1000_i64) {
            let held: i64 = agents.iter().map(|agent| agent.held).sum();
            let free = (slots(&agents, factor) - held).max(0);
            let found = (0..=free).take_while(|waiting| has_room(&agents, *waiting, factor)).count();
            prop_assert_eq!(i64::try_from(found).expect("few"), free);
        }

        #[test]
        fn nobody_behind_waits_less(line in lines(), place in 2..500_i64) {
            if let (Some(before), Some(behind)) = (estimate(&line, place, at(0)), estimate(&line, place + 1, at(0))) {
                prop_assert!(before <= behind);
            }
            prop_assert!(estimate(&line, place, at(0)).is_none_or(|wait| wait >= 0));
        }

        #[test]
        fn who_left_long_ago_changes_nothing(line in lines(), place in 1..500_i64, ago in MEMORY + 1..100_000_i64) {
            let mut more = line.clone();
            more.left.push(at(-ago));
            prop_assert_eq!(estimate(&line, place, at(0)), estimate(&more, place, at(0)));
        }

        #[test]
        fn what_is_told_is_no_less_and_little_more(seconds in 0..100_000_i64) {
            match told(seconds) {
                Some(round) => prop_assert!(round >= seconds && round - seconds <= 300 && round % 30 == 0),
                None => prop_assert!(seconds > LONGEST - 300),
            }
        }
    }
}
