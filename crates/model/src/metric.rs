//! What the figures count.

use crate::named_enum;

named_enum! {
    /// What a fact is one of, named as the specification of figures does (`docs/figures.md`).
    Metric {
        /// A customer came with something, new or after it was done.
        ConversationsNew = "conversations_new",
        /// Somebody took a conversation, was given it, or got it back by its customer's word.
        ConversationsTaken = "conversations_taken",
        /// What a customer came with got its first answer: the value is how long they had waited.
        FirstResponse = "first_response",
        /// Somebody was done with a conversation.
        ConversationsClosed = "conversations_closed",
    }
}

impl Metric {
    /// Whether its facts are times, of which percentiles are asked.
    #[must_use]
    pub const fn is_time(self) -> bool {
        matches!(self, Self::FirstResponse)
    }
}

/// By how much the bounds of buckets grow.
const GROWTH: f64 = 1.02;

/// The bucket that some seconds fall into.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "seconds of some years, and a few thousand buckets"
)]
pub fn bucket(seconds: i64) -> i64 {
    if seconds < 1 { 0 } else { 1 + ((seconds as f64).ln() / GROWTH.ln()).floor() as i64 }
}

/// The seconds that stand for a bucket: within 1 % of any in it.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "seconds of some years, and a few thousand buckets"
)]
pub fn bucket_seconds(bucket: i64) -> i64 {
    if bucket < 1 { 0 } else { GROWTH.powf(bucket as f64 - 0.5).round() as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_stands_for_its_seconds_within_one_percent() {
        for seconds in (0..10_000).chain((10_000..100_000_000).step_by(99_991)) {
            let shown = bucket_seconds(bucket(seconds));
            assert!((shown - seconds).abs() * 100 <= seconds + 50, "{seconds} is shown as {shown}");
        }
    }
}
