//! What entries of the journal mean for the figures: what customers come with (rounds), and the facts that count. Pure: the
//! same entries on the same book give the same, however they are cut into pieces.
//!
//! An entry that a round has seen changes nothing of it, and a fact has the same id however often it is made. So entries
//! may be read again.

use std::collections::{BTreeSet, HashSet};

use model::{ContentId, EventType, IdentityId, InterventionId, Metric, SourceId, Timestamp, UserId};
use store::journal::Entry;
use store::statistics::{Fact, Round};

use crate::statistics::entry::{At, other_thread};

/// How many seconds a source was open between two times, as its hours were at an entry.
pub(super) type Open<'a> = dyn Fn(&SourceId, i64, Timestamp, Timestamp) -> i64 + Sync + 'a;

/// What is known of the threads that some entries are about, and what becomes of it.
#[derive(Default)]
pub(super) struct Book {
    rounds: Vec<Round>,
    /// How many of the rounds were known before.
    known: usize,
    touched: BTreeSet<usize>,
    /// The facts of threads in which something may be taken back, and all that are new.
    facts: Vec<Fact>,
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
    /// A book with what is known.
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
            EventType::ContentIgnored => {
                // Where more was said, that waits on: archiving the thread ends all of it.
                self.archived(&at, |round| !round.more && round.content_id.as_str() == entry.resource_id);
            }
            EventType::ThreadIgnored => self.archived(&at, |_| true),
            EventType::ThreadOwnerChanged if at.was_bots() => self.given_to_people(&at),
            EventType::ThreadHandedOver if entry.metadata["handover"]["to"] == "agent" => {
                self.handed_over(&at);
                self.given_to_people(&at);
            }
            EventType::InterventionOpened => self.taken(&at),
            EventType::InterventionUserUpdated => self.given(&at),
            EventType::InterventionCanceled => self.canceled(&at),
            EventType::InterventionReopened if at.undoes() => self.undone(&at),
            EventType::InterventionReopened => self.taken(&at),
            EventType::InterventionClosed => self.closed(&at),
            // A live chat ends. What waits in another thread that is locked waits on when it is unlocked.
            EventType::ContentThreadClosed if at.text("close_cause").is_some() => {
                self.end(&at, |round| round.intervention_id.is_none());
            }
            EventType::ContentAnonymized => self.end(&at, |_| true),
            EventType::ThreadMerged | EventType::ThreadSplit => self.moved(&at),
            _ => {}
        }
    }

    /// The rounds of a thread that had not ended before an entry.
    fn current(&self, at: &At<'_>) -> impl Iterator<Item = usize> {
        let (thread, position) = (at.thread, at.position());
        let is_here = move |round: &Round| match &round.moved_to {
            // An entry that is read again is of where it was then.
            Some(to) => to == thread || (position <= round.seen_position && round.thread_id == *thread),
            None => round.thread_id == *thread,
        };
        let lasts = move |round: &Round| {
            round.begun_position < position && round.ended_position.is_none_or(|ended| ended >= position)
        };
        self.rounds.iter().enumerate().filter(move |(_, round)| is_here(round) && lasts(round)).map(|(at, _)| at)
    }

    /// The round of a customer.
    fn round_of(&self, at: &At<'_>, identity: &IdentityId) -> Option<usize> {
        self.current(at).filter(|one| self.rounds[*one].identity_id == *identity).last()
    }

    /// The last round of a customer, whether it has ended or not.
    fn last_of(&self, at: &At<'_>, identity: &IdentityId) -> Option<usize> {
        self.rounds.iter().rposition(|round| {
            let here = round.moved_to.as_ref().unwrap_or(&round.thread_id) == at.thread;
            here && round.identity_id == *identity && round.begun_position < at.position()
        })
    }

    /// Has an entry change a round, unless that has seen it; tells whether it does.
    fn change(&mut self, one: usize, at: &At<'_>, change: impl FnOnce(&mut Round)) -> bool {
        let round = &mut self.rounds[one];
        if at.position() <= round.seen_position {
            return false;
        }
        change(round);
        round.seen_position = at.position();
        self.touched.insert(one);
        true
    }

    /// A customer says something that waits: the first such word begins a round.
    fn asked(&mut self, at: &At<'_>) {
        let (Some(identity), Some(content)) = (at.identity("author_id"), ContentId::parse(&at.entry.resource_id))
        else {
            return;
        };
        let case = at.text("intervention_id").and_then(InterventionId::parse);
        if let Some(known) = self.round_of(at, &identity) {
            let round = &self.rounds[known];
            // Nothing is written for a word that changes nothing.
            if !round.more || round.intervention_id.is_none() && case.is_some() {
                self.change(known, at, |round| {
                    round.more = true;
                    round.intervention_id = round.intervention_id.take().or(case);
                });
            }
            return;
        }
        self.rounds.push(Round {
            begun_position: at.position(),
            source_id: at.source.clone(),
            thread_id: at.thread.clone(),
            moved_to: None,
            identity_id: identity,
            content_id: content.clone(),
            more: false,
            intervention_id: case.clone(),
            waits_since: at.entry.issued_at,
            answered_position: None,
            bot_answered_position: None,
            ended_position: None,
            seen_position: at.position(),
        });
        let fact = self.fact(at, Metric::ConversationsNew, None);
        self.facts.push(Fact { intervention_id: case, content_id: Some(content), ..fact });
    }

    /// Somebody answers: a user, or whoever wrote elsewhere in the company's name.
    fn answered(&mut self, at: &At<'_>, agent: Option<UserId>, open: &Open<'_>) {
        let case = at.text("intervention_id").and_then(InterventionId::parse);
        let to = at.identity("in_reply_to_author_id");
        let of_case = || self.current(at).find(|one| case.is_some() && self.rounds[*one].intervention_id == case);
        let of_customer = || to.as_ref().and_then(|identity| self.round_of(at, identity));
        let Some(one) = of_case().or_else(of_customer).or_else(|| self.current(at).next()) else { return };
        let fact = self.fact(at, Metric::FirstResponse, agent);
        let round = &self.rounds[one];
        let answered = if fact.bot { round.bot_answered_position } else { round.answered_position };
        if answered.is_some() || at.position() <= round.seen_position {
            return;
        }
        let since = round.waits_since;
        let fact = Fact {
            value: at.entry.issued_at.seconds_since(since).max(0),
            value_bh: open(at.source, at.position(), since, at.entry.issued_at),
            intervention_id: case.or_else(|| round.intervention_id.clone()),
            content_id: ContentId::parse(&at.entry.resource_id),
            ..from(fact, round.begun_position)
        };
        let position = Some(at.position());
        self.change(one, at, |round| match fact.bot {
            true => round.bot_answered_position = position,
            false => round.answered_position = position,
        });
        self.facts.push(fact);
    }

    /// What a bot had waits for people.
    fn given_to_people(&mut self, at: &At<'_>) {
        for one in self.current(at).collect::<Vec<_>>() {
            if self.rounds[one].answered_position.is_none() {
                self.change(one, at, |round| round.waits_since = at.entry.issued_at);
            }
        }
    }

    /// A bot ends its case as it hands over what it has said something in: nobody is done with that.
    fn handed_over(&mut self, at: &At<'_>) {
        let ends = |fact: &Fact| {
            let now = fact.thread_id == *at.thread && fact.at == at.entry.issued_at && fact.to_position < at.position();
            fact.metric == Metric::ConversationsClosed && now
        };
        let Some(ended) = self.facts.iter().rposition(ends) else { return };
        self.withdraw_one(ended, at.position());
        let position = Some(self.facts[ended].to_position);
        for one in 0..self.rounds.len() {
            if self.rounds[one].ended_position == position {
                self.change(one, at, |round| {
                    (round.ended_position, round.intervention_id) = (None, None);
                    if round.answered_position.is_none() {
                        round.waits_since = at.entry.issued_at;
                    }
                });
            }
        }
    }

    /// Somebody has a case. What was archived without an answer may be taken up by that.
    fn taken(&mut self, at: &At<'_>) {
        if let Some(identity) = at.identity("identity_id") {
            let archived = || {
                let last = self.last_of(at, &identity)?;
                let opens = at.entry.kind == EventType::InterventionOpened;
                (opens && self.rounds[last].answered_position.is_none()).then_some(last)
            };
            if let Some(one) = self.round_of(at, &identity).or_else(archived) {
                self.change(one, at, |round| (round.intervention_id, round.ended_position) = (at.case(), None));
            }
        }
        self.fact_of_case(at, Metric::ConversationsTaken);
    }

    /// A case goes to somebody, or back by an undo.
    fn given(&mut self, at: &At<'_>) {
        if at.undoes() {
            return self.withdraw(at, Metric::ConversationsTaken);
        }
        let same = |fact: &Fact| fact.agent_id == at.user("user_id") && fact.at == at.entry.issued_at;
        // Who opens a case again for somebody gives it to them at once.
        if !self.last(at, Metric::ConversationsTaken).is_some_and(|last| same(&self.facts[last])) {
            self.fact_of_case(at, Metric::ConversationsTaken);
        }
    }

    fn canceled(&mut self, at: &At<'_>) {
        self.let_go(at);
        self.withdraw(at, Metric::ConversationsTaken);
    }

    /// Nobody has a round's case any more.
    fn let_go(&mut self, at: &At<'_>) {
        let case = at.case();
        for one in self.current(at).collect::<Vec<_>>() {
            if self.rounds[one].intervention_id == case {
                self.change(one, at, |round| round.intervention_id = None);
            }
        }
    }

    /// A case is done, let go, or closed again by an undo.
    fn closed(&mut self, at: &At<'_>) {
        if at.is("let_go") {
            return self.let_go(at);
        }
        if at.undoes() {
            return self.withdraw(at, Metric::ConversationsTaken);
        }
        if let Some(one) = at.identity("identity_id").and_then(|identity| self.round_of(at, &identity)) {
            self.change(one, at, |round| round.ended_position = Some(at.position()));
        }
        self.fact_of_case(at, Metric::ConversationsClosed);
    }

    /// What was done is not; or what was let go is somebody's again.
    fn undone(&mut self, at: &At<'_>) {
        let made = |last: Option<usize>| last.map(|last| self.facts[last].to_position);
        let done = made(self.last(at, Metric::ConversationsClosed));
        let identity = at.identity("identity_id");
        if done.is_none() || done < made(self.last(at, Metric::ConversationsTaken)) {
            if let Some(one) = identity.and_then(|identity| self.round_of(at, &identity)) {
                self.change(one, at, |round| round.intervention_id = at.case());
            }
            return;
        }
        self.withdraw(at, Metric::ConversationsClosed);
        self.resume(at, |round| Some(&round.identity_id) == identity.as_ref() && round.ended_position == done);
    }

    /// Rounds that had ended go on.
    fn resume(&mut self, at: &At<'_>, which: impl Fn(&Round) -> bool) {
        for one in 0..self.rounds.len() {
            if which(&self.rounds[one]) {
                self.change(one, at, |round| round.ended_position = None);
            }
        }
    }

    /// What waited was archived: somebody is done with it, without a case.
    fn archived(&mut self, at: &At<'_>, which: impl Fn(&Round) -> bool) {
        for one in self.current(at).collect::<Vec<_>>() {
            let round = self.rounds[one].clone();
            if round.intervention_id.is_some() || !which(&round) {
                continue;
            }
            let ends = self.change(one, at, |round| round.ended_position = Some(at.position()));
            if ends && let Some(user) = &at.entry.user_id {
                let fact = from(self.fact(at, Metric::ConversationsClosed, Some(user.clone())), round.begun_position);
                self.facts.push(Fact { content_id: Some(round.content_id), ..fact });
            }
        }
    }

    /// What was archived waits again, by an undo.
    fn unarchived(&mut self, at: &At<'_>) {
        let Some(last) = at.identity("author_id").and_then(|identity| self.last_of(at, &identity)) else { return };
        let (begun, Some(ended)) = (self.rounds[last].begun_position, self.rounds[last].ended_position) else { return };
        let made_by = |fact: &Fact| {
            let done = fact.metric == Metric::ConversationsClosed && fact.intervention_id.is_none();
            done && fact.to_position == ended && fact.from_position == begun
        };
        if let Some(done) = self.facts.iter().position(made_by) {
            self.withdraw_one(done, at.position());
        }
        self.resume(at, |round| round.begun_position == begun);
    }

    /// Rounds end, and nobody has done anything.
    fn end(&mut self, at: &At<'_>, which: impl Fn(&Round) -> bool) {
        for one in self.current(at).collect::<Vec<_>>() {
            if which(&self.rounds[one]) {
                self.change(one, at, |round| round.ended_position = Some(at.position()));
            }
        }
    }

    /// A thread has become one with another one, or two. Of one that was split the contents from one on have moved: ids
    /// grow with time.
    fn moved(&mut self, at: &At<'_>) {
        let Some(other) = other_thread(at.entry) else { return };
        let (from, to) = match at.entry.kind {
            EventType::ThreadMerged => (at.thread.clone(), other),
            _ => (other, at.thread.clone()),
        };
        let first = at.text("content_id").unwrap_or_default().to_owned();
        let there = At { entry: at.entry, source: at.source, thread: &from };
        for one in self.current(&there).collect::<Vec<_>>() {
            if at.entry.kind == EventType::ThreadMerged || *self.rounds[one].content_id.as_str() >= *first {
                self.change(one, at, |round| round.moved_to = Some(to.clone()));
            }
        }
    }

    /// A fact of somebody's, made by an entry.
    fn fact(&self, at: &At<'_>, metric: Metric, agent: Option<UserId>) -> Fact {
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

    fn fact_of_case(&mut self, at: &At<'_>, metric: Metric) {
        let fact = self.fact(at, metric, at.user("user_id"));
        self.facts.push(Fact { intervention_id: at.case(), ..fact });
    }

    /// The last fact of an entry's case that held before it.
    fn last(&self, at: &At<'_>, metric: Metric) -> Option<usize> {
        let (case, position) = (at.case(), at.position());
        self.facts.iter().rposition(|fact| {
            let held = fact.to_position < position && fact.withdrawn_position.is_none_or(|by| by >= position);
            fact.metric == metric && fact.intervention_id == case && held
        })
    }

    fn withdraw(&mut self, at: &At<'_>, metric: Metric) {
        if let Some(last) = self.last(at, metric) {
            self.withdraw_one(last, at.position());
        }
    }

    fn withdraw_one(&mut self, fact: usize, position: i64) {
        if self.facts[fact].withdrawn_position.is_none() {
            self.facts[fact].withdrawn_position = Some(position);
            self.withdrawn.insert(fact);
        }
    }
}

/// A fact that began with an entry before it was made.
fn from(fact: Fact, begun: i64) -> Fact {
    let id = format!("{:015}.{}.{begun:015}", fact.to_position, fact.metric.as_str());
    Fact { id, from_position: begun, ..fact }
}
