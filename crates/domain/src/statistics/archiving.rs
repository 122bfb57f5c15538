//! What becomes of rounds when what waits is archived, and when that is taken back.

use std::collections::BTreeSet;

use model::Metric;
use store::statistics::Fact;

use crate::statistics::book::{Book, from, held};
use crate::statistics::entry::At;

impl Book {
    /// What waited in a thread was archived: somebody is done with it, without a case.
    pub(super) fn archived(&mut self, at: &At<'_>) {
        for one in self.current(at) {
            if self.rounds[one].intervention_id.is_none() {
                self.done_without_case(one, at);
            }
        }
    }

    /// A word was archived. When it was the last that waited, somebody is done with what its customer came with.
    pub(super) fn word_archived(&mut self, at: &At<'_>) {
        let (Some(identity), Some(content)) = (at.identity("author_id"), at.content()) else { return };
        for one in self.rounds_of(at, &identity) {
            if self.rounds[one].waiting.contains(&content) {
                self.change(one, at, |round| round.waiting.0.retain(|word| *word != content));
                if self.rounds[one].waiting.is_empty() && self.rounds[one].intervention_id.is_none() {
                    self.done_without_case(one, at);
                }
            }
        }
    }

    fn done_without_case(&mut self, one: usize, at: &At<'_>) {
        let ends = self.change(one, at, |round| round.ended_position = Some(at.position()));
        if ends && let Some(user) = at.entry.user_id.clone() {
            let round = &self.rounds[one];
            let (begun, content_id) = (round.begun_position, Some(round.content_id.clone()));
            let fact = from(self.fact(at, Metric::ConversationsClosed, Some(user)), begun);
            self.facts.push(Fact { content_id, ..fact });
        }
    }

    /// What was archived waits again, by an undo.
    pub(super) fn unarchived(&mut self, at: &At<'_>) {
        let (Some(identity), Some(content)) = (at.identity("author_id"), at.content()) else { return };
        let position = at.position();
        let theirs: BTreeSet<i64> = self
            .rounds
            .iter()
            .filter(|round| round.identity_id == identity)
            .map(|round| round.begun_position)
            .collect();
        let done = self.facts.iter().rposition(|fact| {
            let archived = fact.metric == Metric::ConversationsClosed && fact.intervention_id.is_none();
            archived && fact.thread_id == *at.thread && theirs.contains(&fact.from_position) && held(fact, position)
        });
        if let Some(done) = done {
            self.withdraw_one(done, position);
            let (begun, ended) = (self.facts[done].from_position, Some(self.facts[done].to_position));
            if let Some(one) = self.rounds.iter().position(|round| round.begun_position == begun) {
                self.change(one, at, |round| {
                    round.ended_position = round.ended_position.filter(|_| round.ended_position != ended);
                });
            }
        }
        let current = self.round_of(at, &identity);
        let Some(one) = current.or_else(|| self.last_of(at, &identity)) else { return self.asked(at) };
        self.change(one, at, |round| {
            round.ended_position = None;
            round.waiting.0.push(content);
        });
        self.join(at, &identity);
    }
}
