//! What an entry of the journal says, as far as figures are made of it.

use std::collections::BTreeSet;

use model::{ContentId, EventType, IdentityId, InterventionId, SourceId, ThreadId, UserId};
use store::journal::Entry;
use store::statistics::Wanted;

/// Where an entry is, for what is made of it.
pub(super) struct At<'e> {
    pub(super) entry: &'e Entry,
    pub(super) source: &'e SourceId,
    pub(super) thread: &'e ThreadId,
}

impl At<'_> {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        text(self.entry, name)
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
        undoes(self.entry)
    }

    /// What a content says waits for somebody.
    pub(super) fn asks(&self) -> bool {
        matches!(self.text("status"), Some("new" | "assigned"))
    }

    pub(super) fn is_automatic(&self) -> bool {
        self.text("created_from") == Some("automatic")
    }

    /// The intervention that it is about.
    pub(super) fn case(&self) -> Option<InterventionId> {
        InterventionId::parse(&self.entry.resource_id)
    }

    /// The intervention that a content is under.
    pub(super) fn case_of_content(&self) -> Option<InterventionId> {
        self.text("intervention_id").and_then(InterventionId::parse)
    }

    /// The content that it is about.
    pub(super) fn content(&self) -> Option<ContentId> {
        ContentId::parse(&self.entry.resource_id)
    }

    pub(super) fn position(&self) -> i64 {
        self.entry.position
    }

    /// The thread was a bot's, and is no more.
    pub(super) fn was_bots(&self) -> bool {
        was_bots(self.entry)
    }

    /// Whom it erases; none where it does not say.
    pub(super) fn erased(&self) -> Option<Vec<IdentityId>> {
        let ids = self.entry.metadata["identity_ids"].as_array()?;
        Some(ids.iter().filter_map(|id| id.as_str().and_then(IdentityId::parse)).collect())
    }
}

fn text<'e>(entry: &'e Entry, name: &str) -> Option<&'e str> {
    entry.metadata[name].as_str()
}

fn undoes(entry: &Entry) -> bool {
    entry.metadata.get("undo_of").is_some()
}

fn was_bots(entry: &Entry) -> bool {
    let bots = |owner: &str| entry.metadata[owner]["type"] == "bot";
    bots("previous_owner") && !bots("owner")
}

/// Whether an answer says neither under which case nor to which customer it is: it is of whoever waits in the thread.
fn answers_the_thread(entry: &Entry) -> bool {
    let to = text(entry, "in_reply_to_author_id");
    text(entry, "intervention_id").is_none() && (to.is_none() || to == text(entry, "author_id"))
}

/// The thread that an entry moves contents to or from, beside its own.
pub(super) fn other_thread(entry: &Entry) -> Option<ThreadId> {
    let other = |name: &str| text(entry, name).and_then(ThreadId::parse);
    match entry.kind {
        EventType::ThreadMerged => other("merged_into"),
        EventType::ThreadSplit => other("previous_thread_id"),
        _ => None,
    }
}

/// Whether it is about all who wait in a thread.
fn is_of_all(entry: &Entry) -> bool {
    match entry.kind {
        EventType::ThreadIgnored
        | EventType::ThreadHandedOver
        | EventType::ThreadMerged
        | EventType::ThreadSplit
        | EventType::ContentAnonymized => true,
        EventType::ContentThreadClosed => text(entry, "close_cause").is_some(),
        EventType::ThreadOwnerChanged => was_bots(entry),
        EventType::ContentImported => text(entry, "status") == Some("user_reply") && answers_the_thread(entry),
        EventType::ContentReplied | EventType::ContentApproved => answers_the_thread(entry),
        _ => false,
    }
}

/// What entries may be about: the rounds, and the interventions of which facts may be taken back.
pub(super) fn wanted(entries: &[Entry]) -> (Wanted, Vec<InterventionId>) {
    let (mut identities, mut whole, mut cases) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut threads, mut taken_back) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        let names = ["author_id", "identity_id", "in_reply_to_author_id", "previous_author_id"];
        let people = names.into_iter().filter_map(|name| text(entry, name).and_then(IdentityId::parse));
        identities.extend(people);
        cases.extend(text(entry, "intervention_id").and_then(InterventionId::parse));
        if is_of_all(entry) {
            threads.extend(entry.thread_id.iter().cloned().chain(other_thread(entry)));
        }
        if entry.resource_kind == "intervention" {
            let case = InterventionId::parse(&entry.resource_id);
            let kinds = [EventType::InterventionCanceled, EventType::InterventionUserUpdated];
            taken_back.extend(case.clone().filter(|_| kinds.contains(&entry.kind) || undoes(entry)));
            cases.extend(case);
        }
        let waits_again = entry.metadata["waits_again"] == true;
        if entry.kind == EventType::InterventionOpened || waits_again || undoes(entry) {
            let of = text(entry, "identity_id").or_else(|| text(entry, "author_id"));
            whole.extend(of.and_then(IdentityId::parse));
        }
    }
    let wanted = Wanted {
        identities: identities.into_iter().collect(),
        whole: whole.into_iter().collect(),
        cases: cases.into_iter().collect(),
        threads: threads.into_iter().collect(),
        from: entries.first().map_or(0, |first| first.position),
    };
    (wanted, taken_back.into_iter().collect())
}
