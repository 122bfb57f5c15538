//! What entries of the journal mean for the figures: what customers come with (rounds), and the facts that count. Pure: the
//! same entries on the same book give the same, however they are cut into pieces.
//!
//! An entry that a round has seen changes nothing of it, and a fact has the same id however often it is made. So entries
//! may be read again.

use std::collections::{BTreeSet, HashSet};

use model::{EventType, IdentityId, Metric, SourceId, Timestamp, UserId};
use store::Json;
use store::journal::Entry;
use store::statistics::{Fact, Round};

use crate::statistics::entry::At;

/// How many seconds a source was open between two times, as its hours were at an entry.
pub(super) type Open<'a> = dyn Fn(&SourceId, i64, Timestamp, Timestamp) -> i64 + Sync + 'a;

/// After so many seconds a word is something new where what was before was answered without a case.
const RESTED: i64 = 86_400;
/// Entries of one act lie no further apart.
const AT_ONCE: i64 = 16;
/// So many unanswered words of a round are known by themselves.
const WAITING_MAX: usize = 50;

/// What is known of what some entries are about, and what becomes of it.
#[derive(Default)]
pub(super) struct Book {
    pub(super) rounds: Vec<Round>,
    /// How many of the rounds were known before.
    known: usize,
    touched: BTreeSet<usize>,
    /// Those that the entry which is read now has changed.
    now: BTreeSet<usize>,
    /// The facts that may be taken back, and all that are new.
    pub(super) facts: Vec<Fact>,
    known_facts: usize,
    withdrawn: BTreeSet<usize>,
    bots: HashSet<UserId>,
}

/// What is to be written.
pub(super) struct Changes {
    pub begun: Vec<Round>,
    pub changed: Vec<Round>,
    pub facts: Vec<Fact>,
    pub withdrawn: Vec<Fact>,
}

impl Book {
    /// A book with what is known; both are in their order.
    pub(super) fn new(rounds: Vec<Round>, facts: Vec<Fact>, bots: impl IntoIterator<Item = UserId>) -> Self {
        let (known, known_facts) = (rounds.len(), facts.len());
        Self { rounds, known, facts, known_facts, bots: bots.into_iter().collect(), ..Self::default() }
    }

    /// What has become of it.
    pub(super) fn changes(self) -> Changes {
        let Self { rounds, known, touched, facts, known_facts, withdrawn, .. } = self;
        let mut changes = Changes { begun: vec![], changed: vec![], facts: vec![], withdrawn: vec![] };
        for (at, round) in rounds.into_iter().enumerate() {
            match at < known {
                false => changes.begun.push(round),
                true if touched.contains(&at) => changes.changed.push(round),
                true => {}
            }
        }
        for (at, fact) in facts.into_iter().enumerate() {
            match at < known_facts {
                false => changes.facts.push(fact),
                true if withdrawn.contains(&at) => changes.withdrawn.push(fact),
                true => {}
            }
        }
        changes
    }

    /// Reads an entry; entries come in their order.
    pub(super) fn read(&mut self, entry: &Entry, open: &Open<'_>) {
        let (Some(source), Some(thread)) = (&entry.source_id, &entry.thread_id) else { return };
        let at = At { entry, source, thread };
        self.now.clear();
        match entry.kind {
            EventType::ContentImported if at.asks() => self.asked(&at),
            EventType::ContentImported if at.text("status") == Some("user_reply") && !at.is_automatic() => {
                self.answered(&at, None, open);
            }
            EventType::ContentReplied if !at.is("approval_required") && !at.is_automatic() => {
                self.answered(&at, at.entry.user_id.clone().or_else(|| at.user("creator_id")), open);
            }
            EventType::ContentApproved if at.text("status") == Some("user_reply") => {
                self.answered(&at, at.user("creator_id"), open);
            }
            EventType::ContentUnignored if at.undoes() => self.unarchived(&at),
            EventType::ContentUnignored if at.asks() => self.asked(&at),
            EventType::ContentIgnored => self.word_archived(&at),
            EventType::ThreadIgnored => self.archived(&at),
            EventType::ContentEdited => self.renamed(&at),
            EventType::ThreadOwnerChanged if at.was_bots() => self.given_to_people(&at),
            EventType::ThreadHandedOver if entry.metadata["handover"]["to"] == "agent" => self.given_to_people(&at),
            EventType::InterventionOpened if at.undoes() => self.undone(&at),
            EventType::InterventionOpened => self.taken(&at),
            EventType::InterventionUserUpdated => self.given(&at),
            EventType::InterventionCanceled if at.is("done") => self.done(&at),
            EventType::InterventionCanceled => {
                self.let_go(&at);
                self.withdraw_all(&at, Metric::ConversationsTaken);
            }
            EventType::InterventionReopened if at.undoes() => self.undone(&at),
            EventType::InterventionReopened => self.taken(&at),
            EventType::InterventionClosed => self.closed(&at),
            // A live chat ends. What waits in another thread that is locked waits on when it is unlocked.
            EventType::ContentThreadClosed if at.text("close_cause").is_some() => {
                self.end(&at, |round| round.intervention_id.is_none());
            }
            EventType::ContentAnonymized => {
                let erased = at.erased();
                self.end(&at, |round| erased.as_ref().is_none_or(|ids| ids.contains(&round.identity_id)));
            }
            EventType::ThreadMerged => self.merged(&at),
            EventType::ThreadSplit => self.split(&at),
            _ => {}
        }
    }

    /// The rounds of the entry's thread that had not ended before it.
    pub(super) fn current(&self, at: &At<'_>) -> Vec<usize> {
        let (thread, position) = (at.thread, at.position());
        let is_here = |round: &Round| match &round.moved_to {
            // An entry that is read again is of where it was then.
            Some(to) => to == thread || (position <= round.seen_position && round.thread_id == *thread),
            None => round.thread_id == *thread,
        };
        let lasts = |round: &Round| {
            round.begun_position < position && round.ended_position.is_none_or(|ended| ended >= position)
        };
        let all = self.rounds.iter().enumerate();
        all.filter(|(_, round)| is_here(round) && lasts(round)).map(|(at, _)| at).collect()
    }

    /// The rounds of a customer that go on.
    pub(super) fn rounds_of(&self, at: &At<'_>, identity: &IdentityId) -> Vec<usize> {
        let mut all = self.current(at);
        all.retain(|one| self.rounds[*one].identity_id == *identity);
        all
    }

    pub(super) fn round_of(&self, at: &At<'_>, identity: &IdentityId) -> Option<usize> {
        self.rounds_of(at, identity).pop()
    }

    /// The last round of a customer, whether it has ended or not.
    pub(super) fn last_of(&self, at: &At<'_>, identity: &IdentityId) -> Option<usize> {
        self.rounds.iter().rposition(|round| {
            let here = round.moved_to.as_ref().unwrap_or(&round.thread_id) == at.thread;
            here && round.identity_id == *identity && round.begun_position < at.position()
        })
    }

    /// Has an entry change a round, unless that has seen it before; tells whether it does.
    pub(super) fn change(&mut self, one: usize, at: &At<'_>, change: impl FnOnce(&mut Round)) -> bool {
        let round = &mut self.rounds[one];
        if at.position() <= round.seen_position && !self.now.contains(&one) {
            return false;
        }
        change(round);
        round.seen_position = at.position();
        self.touched.insert(one);
        self.now.insert(one);
        true
    }

    /// A customer says something that waits: the first such word begins a round.
    pub(super) fn asked(&mut self, at: &At<'_>) {
        let (Some(identity), Some(content)) = (at.identity("author_id"), at.content()) else { return };
        let case = at.case_of_content();
        let at_rest = |round: &Round| {
            let long_ago = |rested: Timestamp| at.entry.issued_at.seconds_since(rested) > RESTED;
            let rests = case.is_none() && round.intervention_id.is_none() && round.rested_at.is_some_and(long_ago);
            rests || round.ended_position == Some(at.position())
        };
        for known in self.rounds_of(at, &identity) {
            if at_rest(&self.rounds[known]) {
                self.change(known, at, |round| round.ended_position = Some(at.position()));
                continue;
            }
            let round = &self.rounds[known];
            let full = round.waiting.len() >= WAITING_MAX;
            // Nothing is written for a word that changes nothing.
            if !full || round.intervention_id.is_none() && case.is_some() {
                self.change(known, at, |round| {
                    round.intervention_id = round.intervention_id.take().or(case);
                    round.waiting.0.extend((!full).then_some(content));
                });
            }
            return;
        }
        self.begin(at, identity, vec![content.clone()], at.entry.issued_at);
        let fact = self.fact(at, Metric::ConversationsNew, None);
        self.facts.push(Fact { intervention_id: case, content_id: Some(content), ..fact });
    }

    /// A round begins, with some words that wait.
    pub(super) fn begin(
        &mut self,
        at: &At<'_>,
        identity_id: IdentityId,
        waiting: Vec<model::ContentId>,
        since: Timestamp,
    ) {
        let Some(content_id) = waiting.first().cloned() else { return };
        self.rounds.push(Round {
            begun_position: at.position(),
            source_id: at.source.clone(),
            thread_id: at.thread.clone(),
            moved_to: None,
            identity_id,
            content_id,
            waiting: Json(waiting),
            intervention_id: at.case_of_content(),
            waits_since: since,
            rested_at: None,
            answered_position: None,
            bot_answered_position: None,
            ended_position: None,
            seen_position: at.position(),
        });
    }

    /// Whose round an answer is about.
    fn answers(&self, at: &At<'_>) -> Option<usize> {
        let case = at.case_of_content();
        let to = at.identity("in_reply_to_author_id");
        let of_case = || self.current(at).into_iter().find(|one| self.rounds[*one].intervention_id == case);
        let of_customer = || to.as_ref().and_then(|identity| self.round_of(at, identity));
        // An answer to the company's own word is for whoever waits.
        let anybody = || self.current(at).first().copied().filter(|_| to.is_none() || to == at.identity("author_id"));
        case.as_ref().and_then(|_| of_case()).or_else(of_customer).or_else(anybody)
    }

    /// Somebody answers: a user, or whoever wrote elsewhere in the company's name.
    fn answered(&mut self, at: &At<'_>, agent: Option<UserId>, open: &Open<'_>) {
        let Some(one) = self.answers(at) else { return };
        let fact = self.fact(at, Metric::FirstResponse, agent);
        let (round, now, position) = (self.rounds[one].clone(), at.entry.issued_at, Some(at.position()));
        let case = at.case_of_content().or_else(|| round.intervention_id.clone());
        let before = if fact.bot { round.bot_answered_position } else { round.answered_position };
        let up_to = at.text("in_reply_to_id").and_then(model::ContentId::parse);
        let counts = self.change(one, at, |round| {
            // Words after the one that is answered wait on; what is none of them was said when its id was made.
            match round.waiting.iter().position(|word| Some(word) == up_to.as_ref()) {
                Some(answered) => drop(round.waiting.0.drain(..=answered)),
                None => round.waiting.0.retain(|word| up_to.as_ref().is_some_and(|answered| word > answered)),
            }
            round.rested_at = case.is_none().then_some(now);
            let answered = if fact.bot { &mut round.bot_answered_position } else { &mut round.answered_position };
            *answered = answered.or(position);
        });
        if counts && before.is_none() {
            self.facts.push(Fact {
                value: now.seconds_since(round.waits_since).max(0),
                value_bh: open(at.source, at.position(), round.waits_since, now),
                intervention_id: case,
                content_id: at.content(),
                ..from(fact, round.begun_position)
            });
        }
    }

    /// What a bot had waits for people.
    fn given_to_people(&mut self, at: &At<'_>) {
        for one in self.current(at) {
            if self.rounds[one].answered_position.is_none() {
                self.change(one, at, |round| round.waits_since = at.entry.issued_at);
            }
        }
    }

    /// Somebody has a case. What was archived may be taken up by that.
    fn taken(&mut self, at: &At<'_>) {
        if let Some(identity) = at.identity("identity_id") {
            let archived = || {
                let last = self.last_of(at, &identity)?;
                let opens = at.entry.kind == EventType::InterventionOpened;
                (opens && self.rounds[last].intervention_id.is_none()).then_some(last)
            };
            if let Some(one) = self.round_of(at, &identity).or_else(archived) {
                self.change(one, at, |round| {
                    (round.intervention_id, round.ended_position, round.rested_at) = (at.case(), None, None);
                });
            }
        }
        self.fact_of_case(at, Metric::ConversationsTaken);
    }

    /// A case goes to somebody, or back by an undo.
    fn given(&mut self, at: &At<'_>) {
        let last = self.last(at, Metric::ConversationsTaken).map(|last| &self.facts[last]);
        let is_theirs = |fact: &Fact| fact.agent_id == at.user("user_id");
        if at.undoes() {
            // What is back with whoever had it last was taken back with the rest of the act.
            if last.is_some_and(|fact| !is_theirs(fact)) {
                self.withdraw(at, Metric::ConversationsTaken);
            }
            return;
        }
        let at_once =
            last.is_some_and(|fact| fact.at == at.entry.issued_at && fact.to_position >= at.position() - AT_ONCE);
        match last.is_some_and(is_theirs) && at_once {
            // Who opens a case again for somebody gives it to them at once.
            true => {}
            // Who takes one to give it away at once has not had it.
            false => {
                if at_once {
                    self.withdraw(at, Metric::ConversationsTaken);
                }
                self.fact_of_case(at, Metric::ConversationsTaken);
            }
        }
    }

    /// Nobody has a round's case any more.
    fn let_go(&mut self, at: &At<'_>) {
        let case = at.case();
        for one in self.current(at) {
            if self.rounds[one].intervention_id == case {
                self.change(one, at, |round| round.intervention_id = None);
            }
        }
    }

    /// A case is done, let go, or closed again by an undo.
    fn closed(&mut self, at: &At<'_>) {
        if at.is("let_go") && !at.is("done") {
            return self.let_go(at);
        }
        if at.undoes() {
            return self.withdraw(at, Metric::ConversationsTaken);
        }
        if at.is("waits_again") {
            // A bot is done with it, and the customer waits for people.
            self.let_go(at);
            let identity = at.identity("identity_id");
            let rests = identity.filter(|identity| self.round_of(at, identity).is_none());
            if let Some(last) = rests.and_then(|identity| self.last_of(at, &identity)) {
                self.change(last, at, |round| round.ended_position = None);
            }
            return self.given_to_people(at);
        }
        self.done(at);
    }

    /// Whoever has a case is done with it, answered or not.
    fn done(&mut self, at: &At<'_>) {
        for one in at.identity("identity_id").map(|identity| self.rounds_of(at, &identity)).unwrap_or_default() {
            self.change(one, at, |round| round.ended_position = Some(at.position()));
        }
        self.fact_of_case(at, Metric::ConversationsClosed);
    }

    /// What was done is not; or what was let go, or canceled, is somebody's again.
    fn undone(&mut self, at: &At<'_>) {
        let made = |last: Option<usize>| last.map(|last| self.facts[last].to_position);
        let (done, taken) =
            (made(self.last(at, Metric::ConversationsClosed)), made(self.last(at, Metric::ConversationsTaken)));
        let Some(identity) = at.identity("identity_id") else { return };
        if done.is_none() || done < taken {
            if let Some(one) = self.round_of(at, &identity) {
                self.change(one, at, |round| round.intervention_id = at.case());
            }
            // Whoever had it before it was canceled has it again.
            if taken.is_none() {
                self.fact_of_case(at, Metric::ConversationsTaken);
            }
            return;
        }
        self.withdraw(at, Metric::ConversationsClosed);
        for one in 0..self.rounds.len() {
            if self.rounds[one].identity_id == identity && self.rounds[one].ended_position == done {
                self.change(one, at, |round| round.ended_position = None);
            }
        }
        self.join(at, &identity);
    }

    /// Rounds end, and nobody has done anything.
    fn end(&mut self, at: &At<'_>, which: impl Fn(&Round) -> bool) {
        for one in self.current(at) {
            if which(&self.rounds[one]) {
                self.change(one, at, |round| round.ended_position = Some(at.position()));
            }
        }
    }

    /// A fact of somebody's, made by an entry.
    pub(super) fn fact(&self, at: &At<'_>, metric: Metric, agent: Option<UserId>) -> Fact {
        let made = Fact {
            id: String::new(),
            metric,
            at: at.entry.issued_at,
            source_id: at.source.clone(),
            bot: agent.as_ref().is_some_and(|agent| self.bots.contains(agent)),
            agent_id: agent,
            value: 1,
            value_bh: 1,
            thread_id: at.thread.clone(),
            intervention_id: None,
            content_id: None,
            from_position: 0,
            to_position: at.position(),
            withdrawn_position: None,
        };
        from(made, at.position())
    }

    pub(super) fn add(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    fn fact_of_case(&mut self, at: &At<'_>, metric: Metric) {
        let fact = self.fact(at, metric, at.user("user_id"));
        self.facts.push(Fact { intervention_id: at.case(), ..fact });
    }

    /// The last fact of an entry's case that held before it.
    fn last(&self, at: &At<'_>, metric: Metric) -> Option<usize> {
        let case = at.case();
        let of_case = |fact: &Fact| fact.metric == metric && fact.intervention_id == case;
        self.facts.iter().rposition(|fact| of_case(fact) && held(fact, at.position()))
    }

    fn withdraw(&mut self, at: &At<'_>, metric: Metric) {
        if let Some(last) = self.last(at, metric) {
            self.withdraw_one(last, at.position());
        }
    }

    fn withdraw_all(&mut self, at: &At<'_>, metric: Metric) {
        let case = at.case();
        for one in 0..self.facts.len() {
            let fact = &self.facts[one];
            if fact.metric == metric && fact.intervention_id == case && held(fact, at.position()) {
                self.withdraw_one(one, at.position());
            }
        }
    }

    pub(super) fn withdraw_one(&mut self, fact: usize, position: i64) {
        if self.facts[fact].withdrawn_position.is_none() {
            self.facts[fact].withdrawn_position = Some(position);
            self.withdrawn.insert(fact);
        }
    }
}

/// Whether a fact held before an entry.
pub(super) fn held(fact: &Fact, position: i64) -> bool {
    fact.to_position < position && fact.withdrawn_position.is_none_or(|by| by >= position)
}

/// A fact that began with an entry before it was made.
pub(super) fn from(fact: Fact, begun: i64) -> Fact {
    let id = format!("{:015}.{}.{begun:015}", fact.to_position, fact.metric.as_str());
    Fact { id, from_position: begun, ..fact }
}
