//! Where pages of lists began and ended, known for some seconds.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Value;

/// For how long it is known where a page was, after the last time that it was counted off.
const KEPT: Duration = Duration::from_secs(10);
/// Of how many lists at the most.
const LISTS: usize = 200;
/// How many places of each.
const PLACES: usize = 32;

/// Where a page of a list began or ended.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// How many stood before it.
    pub(super) offset: i64,
    /// What a row there had in the columns that give the order.
    pub(super) key: Vec<Value>,
    /// Whether that was the first of those behind, and not the last of those before.
    pub(super) with: bool,
    /// When the first of the pages that went on from each other was counted off.
    pub(super) born: Instant,
}

impl Place {
    fn is_further_up(&self, other: &Self, descending: bool) -> bool {
        let mut pairs = self.key.iter().zip(&other.key);
        let order = pairs.find_map(|pair| match pair {
            (Value::Int(ours), Value::Int(theirs)) => Some(ours.cmp(theirs)).filter(|order| order.is_ne()),
            (Value::Text(ours), Value::Text(theirs)) => Some(ours.cmp(theirs)).filter(|order| order.is_ne()),
            _ => None,
        });
        let further = if descending { Ordering::Greater } else { Ordering::Less };
        order.map_or(self.with && !other.with, |order| order == further)
    }
}

/// The places that are known, by lists.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<HashMap<String, Vec<Place>>>);

impl Places {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Place>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a page begins. Whoever reads page after page goes on from their own, or from that of somebody else
    /// which stands further up: then something comes twice, as it does by offsets alone, and nothing is left out.
    pub(super) fn at(&self, list: &str, offset: i64) -> Option<Place> {
        let places = self.lock();
        places.get(list)?.iter().find(|place| place.offset == offset && place.born.elapsed() < KEPT).cloned()
    }

    /// Keeps a place, unless one that stands further up is known of as many before it: what came in puts the later one there, and
    /// what went the earlier one.
    pub(super) fn keep(&self, list: String, new: Place, descending: bool) {
        let mut places = self.lock();
        if places.len() >= LISTS && !places.contains_key(&list) {
            places.retain(|_, known| known.iter().any(|place| place.born.elapsed() < KEPT));
            if places.len() >= LISTS {
                places.clear();
            }
        }
        let known = places.entry(list).or_default();
        known.retain(|place| place.born.elapsed() < KEPT);
        match known.iter_mut().find(|place| place.offset == new.offset) {
            Some(place) if place.is_further_up(&new, descending) => {}
            Some(place) => *place = new,
            None => {
                known.drain(..known.len().saturating_sub(PLACES));
                known.push(new);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(offset: i64, born: Instant) -> Place {
        Place { offset, key: vec![Value::Int(-offset)], with: false, born }
    }

    #[test]
    fn a_page_goes_on_where_the_one_before_it_ended() {
        let (places, now) = (Places::default(), Instant::now());
        places.keep("a".into(), place(330, now), false);
        places.keep("b".into(), place(320, now), false);
        let found = |list: &str, offset| places.at(list, offset).map(|place| place.offset);
        assert_eq!([329, 330, 331].map(|offset| found("a", offset)), [None, Some(330), None]);
        assert_eq!((found("b", 330), found("c", 330)), (None, None));
        for n in 0..1000 {
            places.keep("a".into(), place(400 + n, now), false);
            places.keep(format!("{n}"), place(1, now), false);
        }
        let known = places.lock();
        assert!(known.len() <= LISTS && known.values().all(|places| places.len() <= PLACES + 1));
    }

    #[test]
    fn of_two_who_read_at_once_the_one_further_up_counts() {
        let now = Instant::now();
        for (descending, keys, expected) in [(true, [5, 7, 6], [5, 7, 7]), (false, [5, 3, 4], [5, 3, 3])] {
            let places = Places::default();
            for (key, expected) in keys.into_iter().zip(expected) {
                let key = vec![Value::Int(1), Value::Int(key)];
                places.keep("a".into(), Place { offset: 330, key, with: false, born: now }, descending);
                let known = places.at("a", 330).map(|place| place.key);
                assert_eq!(known, Some(vec![Value::Int(1), Value::Int(expected)]));
            }
        }
    }
}
