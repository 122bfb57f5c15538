//! What an entry of the journal says, as far as figures are made of it.

use model::{EventType, IdentityId, InterventionId, SourceId, ThreadId, UserId};
use store::journal::Entry;

/// Where an entry is, for what is made of it.
pub(super) struct At<'e> {
    pub(super) entry: &'e Entry,
    pub(super) source: &'e SourceId,
    pub(super) thread: &'e ThreadId,
}

impl At<'_> {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.entry.metadata[name].as_str()
    }

    pub(super) fn identity(&self, name: &str) -> Option<IdentityId> {
        self.text(name).and_then(IdentityId::parse)
    }

    pub(super) fn user(&self, name: &str) -> Option<UserId> {
        self.text(name).and_then(UserId::parse)
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.entry.metadata[name].as_bool() == Some(true)
    }

    /// It takes something back.
    pub(super) fn undoes(&self) -> bool {
        self.entry.metadata.get("undo_of").is_some()
    }

    /// What a content says waits for somebody.
    pub(super) fn asks(&self) -> bool {
        matches!(self.text("status"), Some("new" | "assigned"))
    }

    pub(super) fn is_automatic(&self) -> bool {
        self.text("created_from") == Some("automatic")
    }

    pub(super) fn case(&self) -> Option<InterventionId> {
        InterventionId::parse(&self.entry.resource_id)
    }

    pub(super) fn position(&self) -> i64 {
        self.entry.position
    }

    /// The thread was a bot's, and is no more.
    pub(super) fn was_bots(&self) -> bool {
        let bots = |owner: &str| self.entry.metadata[owner]["type"] == "bot";
        bots("previous_owner") && !bots("owner")
    }
}

/// Whether what an entry tells may take back facts of its thread.
pub(super) fn takes_back(entry: &Entry) -> bool {
    let kinds = [EventType::InterventionCanceled, EventType::InterventionUserUpdated, EventType::ThreadHandedOver];
    kinds.contains(&entry.kind) || entry.metadata.get("undo_of").is_some()
}

/// Whether what an entry tells may have a round go on that has ended.
pub(super) fn takes_up(entry: &Entry) -> bool {
    entry.kind == EventType::InterventionOpened || takes_back(entry)
}

/// The thread that an entry moves contents to or from, beside its own.
pub(super) fn other_thread(entry: &Entry) -> Option<ThreadId> {
    let other = |name: &str| entry.metadata[name].as_str().and_then(ThreadId::parse);
    match entry.kind {
        EventType::ThreadMerged => other("merged_into"),
        EventType::ThreadSplit => other("previous_thread_id"),
        _ => None,
    }
}
