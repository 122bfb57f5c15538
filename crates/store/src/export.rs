//! Exports: agents' contents on their way to the source.

use model::{ContentId, DeliveryState, SourceId, ThreadId, Timestamp};

use crate::table;

table! {
    /// One content on its way to its source.
    pub struct Export in "content_exports" {
        /// The content.
        content_id: ContentId,
        /// Its source.
        source_id: SourceId,
        /// Its thread: exports of one thread go out one after the other.
        thread_id: ThreadId,
        /// Where it stands.
        state: DeliveryState,
        /// How often it was tried.
        attempts_count: i64,
        /// When it is tried next. While it is being tried, the end of that lease.
        next_attempt_at: Timestamp,
        /// What went wrong last.
        last_error: Option<String>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}
