//! Counts of lists and searches that match much, kept in memory.
//!
//! Counting the matches of a common word means to look at each of them. The index of words only grows at its end: so a
//! count that was right up to one entry is right up to a later one when what came between is added. Where an entry was
//! changed or removed, the index has a new epoch. A small count of an older one is forgotten, a large one is made anew each
//! few seconds at most: contents may be edited all the time.
//!
//! So are counts of the journal, whose oldest entries go: what is left of the beginning is counted anew then.
//!
//! Counts of other lists are looked up row by row. A large one that took long is kept for some seconds: whoever turns the
//! pages of a long list, or has it before them, does not have it counted each time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many counts are kept at the most.
const MOST: usize = 2000;
/// Smaller counts are found anew each time.
const LARGE: i64 = 1000;
/// So are those that took no longer than this.
const LONG: Duration = Duration::from_micros(250);
/// For how long a large count is kept.
const KEPT: Duration = Duration::from_secs(5);

/// A count with the state of the index that it is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// How many there were.
    pub(crate) count: i64,
    /// The last entry that was counted.
    pub(crate) upto: i64,
    /// The epoch of the index.
    pub(crate) epoch: i64,
    /// When all of them were counted.
    pub(crate) since: Instant,
}

impl Known {
    fn holds(&self, epoch: i64) -> bool {
        self.epoch == epoch || self.count >= LARGE && self.since.elapsed() < KEPT
    }
}

/// How many entries of the journal pass a filter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed {
    /// The position before the first that was counted.
    pub(crate) oldest: i64,
    /// Where its beginning ends, of which entries may go.
    pub(crate) mid: i64,
    /// The last position that was counted.
    pub(crate) upto: i64,
    /// How many of the beginning pass.
    pub(crate) beginning: i64,
    /// How many behind it.
    pub(crate) rest: i64,
}

impl Passed {
    /// Whether a count between two positions can be made of this one: behind its beginning nothing has gone.
    pub(crate) fn goes_on(&self, oldest: i64, upto: i64) -> bool {
        self.oldest <= oldest && oldest <= self.mid && self.upto <= upto
    }
}

/// The counts that are known.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    of_entries: Mutex<HashMap<String, Passed>>,
    of_words: Mutex<HashMap<String, Known>>,
    large: Mutex<HashMap<String, (i64, Instant)>>,
}

fn lock<T>(counts: &Mutex<T>) -> MutexGuard<'_, T> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds one, and forgets the others where those are too many.
fn bounded<T>(counts: &mut HashMap<String, T>, key: String, count: T) {
    if counts.len() >= MOST {
        counts.clear();
    }
    counts.insert(key, count);
}

impl Counts {
    /// The count of a search, if it is of this epoch, or large and hardly older.
    pub(crate) fn get(&self, search: &str, epoch: i64) -> Option<Known> {
        lock(&self.of_words).get(search).filter(|known| known.holds(epoch)).copied()
    }

    /// Notes a count.
    pub(crate) fn put(&self, search: String, known: Known) {
        bounded(&mut lock(&self.of_words), search, known);
    }

    /// The count of a filter of the journal.
    pub(crate) fn passed(&self, filter: &str) -> Option<Passed> {
        lock(&self.of_entries).get(filter).copied()
    }

    /// Notes it.
    pub(crate) fn keep_passed(&self, filter: String, passed: Passed) {
        bounded(&mut lock(&self.of_entries), filter, passed);
    }

    /// A large count of some seconds ago.
    pub(crate) fn large(&self, asked: &str) -> Option<i64> {
        lock(&self.large).get(asked).filter(|(_, at)| at.elapsed() < KEPT).map(|(count, _)| *count)
    }

    /// Keeps a count for some seconds where it is large and took long.
    pub(crate) fn keep(&self, asked: String, count: i64, took: Duration) {
        if count < LARGE || took < LONG {
            return;
        }
        let mut counts = lock(&self.large);
        counts.retain(|_, (_, at)| at.elapsed() < KEPT);
        bounded(&mut counts, asked, (count, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_an_older_index_are_forgotten_large_ones_after_some_seconds() {
        let counts = Counts::default();
        let earlier = Instant::now().checked_sub(KEPT).expect("a time");
        let known = |count, since| Known { count, upto: 1, epoch: 1, since };
        for (search, known) in [
            ("few", known(LARGE - 1, Instant::now())),
            ("many", known(LARGE, Instant::now())),
            ("old", known(LARGE, earlier)),
        ] {
            counts.put(search.into(), known);
        }
        let found = |epoch| ["few", "many", "old"].map(|search| counts.get(search, epoch).is_some());
        assert_eq!((found(1), found(2)), ([true; 3], [false, true, false]));
    }

    #[test]
    fn large_counts_that_took_long_are_kept_and_no_others() {
        let counts = Counts::default();
        for (asked, count, took) in [("few", LARGE - 1, KEPT), ("quick", LARGE, LONG / 2), ("many", LARGE, LONG)] {
            counts.keep(asked.into(), count, took);
        }
        let known = ["few", "quick", "many", "others"].map(|asked| counts.large(asked));
        assert_eq!(known, [None, None, Some(LARGE), None]);
    }
}
