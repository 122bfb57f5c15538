//! Counts of searches that match much, kept in memory.
//!
//! Counting the matches of a common word means to look at each of them. The index of words only grows at its end: so a
//! count that was right up to one entry is right up to a later one when what came between is added. Where an entry was
//! changed or removed, the index has a new epoch, and counts of older ones are forgotten.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How many counts are kept at the most.
const MOST: usize = 2000;

/// A count with the state of the index that it is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// How many there were.
    pub(crate) count: i64,
    /// The last entry that was counted.
    pub(crate) upto: i64,
    /// The epoch of the index.
    pub(crate) epoch: i64,
}

/// The counts that are known.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<HashMap<String, Known>>);

impl Counts {
    /// The count of a search, if it is of this epoch.
    pub(crate) fn get(&self, search: &str, epoch: i64) -> Option<Known> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(search).filter(|known| known.epoch == epoch).copied()
    }

    /// Notes a count.
    pub(crate) fn put(&self, search: String, known: Known) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST {
            counts.clear();
        }
        counts.insert(search, known);
    }
}
