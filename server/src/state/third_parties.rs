//! What is known of third parties that speak the Source SDK: who types where.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use model::Timestamp;

/// Between two notices, in milliseconds.
const PAUSE: i64 = 2000;

/// How many threads are remembered before those that are over are forgotten.
const MANY: usize = 1024;

/// When each thread's last notice came.
#[derive(Debug, Default)]
pub struct Typing(Mutex<HashMap<String, Timestamp>>);

impl Typing {
    /// Counts a notice; tells whether it may pass.
    pub(crate) fn passes(&self, thread: &str, on: bool, now: Timestamp) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !on {
            last.remove(thread);
            return true;
        }
        // A time that lies ahead is from before the clock moved back.
        let recent = |time: &Timestamp| *time <= now && now < time.plus_millis(PAUSE);
        if last.get(thread).is_some_and(recent) {
            return false;
        }
        if last.len() >= MANY {
            last.retain(|_, time| recent(time));
        }
        last.insert(thread.to_owned(), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_notice_for_each_thread_in_two_seconds() {
        let (typing, now) = (Typing::default(), Timestamp::from_millis(1_000_000));
        assert!(typing.passes("a", true, now) && typing.passes("b", true, now));
        assert!(!typing.passes("a", true, now.plus_millis(1999)));
        assert!(typing.passes("a", true, now.plus_millis(2000)));
        assert!(typing.passes("a", false, now.plus_millis(2001)) && typing.passes("a", true, now.plus_millis(2002)));
        for i in 0..3000 {
            typing.passes(&i.to_string(), true, now.plus_millis(10_000 + i * 10));
        }
        assert!(typing.0.lock().expect("a lock").len() <= MANY);
    }
}
