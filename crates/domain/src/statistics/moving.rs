//! What becomes of rounds when contents move from one thread or customer to another.

use model::{ContentId, IdentityId, Metric, Timestamp};
use store::statistics::{Fact, Round};

use crate::statistics::book::Book;
use crate::statistics::entry::{At, other_thread};

impl Book {
    /// Has the rounds of a customer in a thread become one: the older, unless only a later one still waits for its first answer.
    pub(super) fn join(&mut self, at: &At<'_>, identity: &IdentityId) {
        let all = self.rounds_of(at, identity);
        let unanswered = all.iter().copied().find(|one| self.rounds[*one].answered_position.is_none());
        let Some(kept) = unanswered.or(all.first().copied()) else { return };
        for other in all.into_iter().filter(|one| *one != kept) {
            let Round { waiting, intervention_id, .. } = self.rounds[other].clone();
            if self.change(other, at, |round| round.ended_position = Some(at.position())) {
                self.change(kept, at, |round| {
                    round.waiting.0.extend(waiting.0);
                    round.waiting.0.sort();
                    round.intervention_id = round.intervention_id.take().or(intervention_id);
                });
            }
        }
    }

    /// Two threads have become one. Both tell of it; the one that has gone says into which.
    pub(super) fn merged(&mut self, at: &At<'_>) {
        let Some(to) = other_thread(at.entry) else { return };
        let moved = self.current(at);
        for one in &moved {
            self.change(*one, at, |round| round.moved_to = Some(to.clone()));
        }
        let there = At { entry: at.entry, source: at.source, thread: &to };
        for one in moved {
            let identity = self.rounds[one].identity_id.clone();
            self.join(&there, &identity);
        }
    }

    /// A thread has become two: its contents from one on have moved. Ids grow with time. A customer with words in both comes with
    /// something new in the second.
    pub(super) fn split(&mut self, at: &At<'_>) {
        let (Some(from), Some(first)) = (other_thread(at.entry), at.text("content_id").and_then(ContentId::parse))
        else {
            return;
        };
        let there = At { entry: at.entry, source: at.source, thread: &from };
        let mut begun = false;
        for one in self.current(&there) {
            if self.rounds[one].content_id >= first {
                self.change(one, at, |round| round.moved_to = Some(at.thread.clone()));
                continue;
            }
            let moved: Vec<ContentId> =
                self.rounds[one].waiting.iter().filter(|word| **word >= first).cloned().collect();
            // A round is known by the entry that began it.
            let (Some(word), false) = (moved.first().cloned(), begun) else { continue };
            let identity = self.rounds[one].identity_id.clone();
            if self.change(one, at, |round| round.waiting.0.retain(|word| *word < first)) {
                begun = true;
                self.begin(at, identity, moved, said_at(&word));
                let fact = self.fact(at, Metric::ConversationsNew, None);
                self.add(Fact { content_id: Some(word), ..fact });
            }
        }
    }

    /// A forwarded mail is somebody else's than of who has forwarded it.
    pub(super) fn renamed(&mut self, at: &At<'_>) {
        let people = at.identity("previous_author_id").zip(at.identity("author_id"));
        let (Some((before, after)), Some(content)) = (people, at.content()) else { return };
        for one in self.rounds_of(at, &before) {
            if self.rounds[one].content_id == content || self.rounds[one].waiting.contains(&content) {
                self.change(one, at, |round| round.identity_id = after.clone());
            }
        }
        self.join(at, &after);
    }
}

/// When a content was made, to the second: its id begins with that.
fn said_at(id: &ContentId) -> Timestamp {
    let seconds = id.as_str().get(..8).and_then(|head| i64::from_str_radix(head, 16).ok());
    Timestamp::from_millis(seconds.unwrap_or_default() * 1000)
}
