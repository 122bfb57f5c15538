//! The rules of contents, interventions and ownership in a few lines, and everything that can be done, in any order.

use std::collections::BTreeMap;

use model::{ContentStatus, InterventionStatus};
use proptest::prelude::*;

/// Two customers, and four who answer them: two agents, who leads them, and a bot.
pub(super) const CUSTOMERS: usize = 2;
pub(super) const PEOPLE: usize = 4;
pub(super) const LEADER: usize = 2;
pub(super) const BOT: usize = 3;
/// How long the bot may let a customer wait, in seconds.
pub(super) const LEASE: i64 = 900;
/// How long after its end a customer's next word reopens an intervention, in seconds.
pub(super) const PERIOD: i64 = 24 * 3600;

/// A step, and whether it says under which epoch of the thread it was composed: the one that its author saw last.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) step: Step,
    pub(super) dated: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Look { by: usize },
    GiveToBot { by: usize },
    Say { customer: usize },
    Engage { by: usize, content: prop::sample::Index },
    Reply { by: usize, content: prop::sample::Index },
    Close { by: usize, customer: usize },
    Cancel { by: usize, customer: usize },
    Reassign { by: usize, to: usize, customer: usize },
    Defer { by: usize, customer: usize, seconds: i64 },
    Complete { by: usize, customer: usize },
    HandOver { by: usize, customer: usize },
    Ignore { by: usize, content: prop::sample::Index },
    Archive { by: usize },
    Lock { by: usize, closed: bool },
    Wait { seconds: i64 },
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    (step(), any::<bool>()).prop_map(|(step, dated)| Act { step, dated })
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let (who, by, content) = (0..CUSTOMERS, 0..PEOPLE, any::<prop::sample::Index>());
    prop_oneof![
        4 => by.clone().prop_map(|by| Step::Look { by }),
        2 => by.clone().prop_map(|by| Step::GiveToBot { by }),
        6 => who.clone().prop_map(|customer| Step::Say { customer }),
        5 => (by.clone(), content.clone()).prop_map(|(by, content)| Step::Engage { by, content }),
        5 => (by.clone(), content.clone()).prop_map(|(by, content)| Step::Reply { by, content }),
        3 => (by.clone(), who.clone()).prop_map(|(by, customer)| Step::Close { by, customer }),
        2 => (by.clone(), who.clone()).prop_map(|(by, customer)| Step::Cancel { by, customer }),
        2 => (by.clone(), by.clone(), who.clone()).prop_map(|(by, to, customer)| Step::Reassign { by, to, customer }),
        2 => (by.clone(), who.clone(), 1..7200_i64).prop_map(|(by, customer, seconds)| Step::Defer { by, customer, seconds }),
        1 => (by.clone(), who.clone()).prop_map(|(by, customer)| Step::Complete { by, customer }),
        1 => (by.clone(), who).prop_map(|(by, customer)| Step::HandOver { by, customer }),
        2 => (by.clone(), content).prop_map(|(by, content)| Step::Ignore { by, content }),
        1 => by.clone().prop_map(|by| Step::Archive { by }),
        1 => (by, any::<bool>()).prop_map(|(by, closed)| Step::Lock { by, closed }),
        3 => prop_oneof![1..600_i64, 3600..100_000_i64].prop_map(|seconds| Step::Wait { seconds }),
    ]
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    /// None for the agents'.
    pub(super) customer: Option<usize>,
    pub(super) status: ContentStatus,
    pub(super) case: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Case {
    pub(super) customer: usize,
    pub(super) owner: usize,
    pub(super) status: InterventionStatus,
    pub(super) reopened: bool,
    pub(super) replies: i64,
    pub(super) closed_at: i64,
    pub(super) wakes_at: i64,
    /// The customer waits for an answer.
    pub(super) waiting: bool,
}

/// What should be, by the rules.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) now: i64,
    pub(super) closed: bool,
    pub(super) first: Option<usize>,
    pub(super) contents: Vec<Said>,
    /// By the order in which they were begun; cancelled ones are gone.
    pub(super) cases: BTreeMap<usize, Case>,
    pub(super) begun: usize,
    pub(super) owner: Option<usize>,
    pub(super) epoch: i64,
    /// When the bot's time is over.
    pub(super) lease: Option<i64>,
    /// The epoch that each one saw last.
    pub(super) seen: [i64; PEOPLE],
    pub(super) bot_was_here: bool,
    /// Who handed the thread over to people.
    pub(super) handed_over_by: Option<usize>,
}

impl Step {
    /// Who does it; none for customers and time.
    fn by(&self) -> Option<usize> {
        match self {
            Self::Say { .. } | Self::Wait { .. } => None,
            Self::Look { by }
            | Self::GiveToBot { by }
            | Self::Engage { by, .. }
            | Self::Reply { by, .. }
            | Self::Close { by, .. }
            | Self::Cancel { by, .. }
            | Self::Reassign { by, .. }
            | Self::Defer { by, .. }
            | Self::Complete { by, .. }
            | Self::HandOver { by, .. }
            | Self::Ignore { by, .. }
            | Self::Archive { by }
            | Self::Lock { by, .. } => Some(*by),
        }
    }
}

impl Model {
    /// The epoch that an act carries.
    pub(super) fn carried(&self, act: &Act) -> Option<i64> {
        act.step.by().filter(|_| act.dated && !matches!(act.step, Step::Look { .. })).map(|by| self.seen[by])
    }

    fn is_bot(&self, who: usize) -> bool {
        who == BOT || self.handed_over_by == Some(who)
    }

    /// What a bot handed over is no bot's.
    fn is_barred(&self, who: usize) -> bool {
        self.handed_over_by.is_some() && self.is_bot(who)
    }

    /// Who ends all that there is, if it is no bot, ends the hand-over too.
    fn settle(&mut self, by: usize) {
        let open = self.cases.values().any(|c| c.status != InterventionStatus::Closed);
        let waits = self.contents.iter().any(|s| s.status == ContentStatus::New);
        if !open && !waits && !self.is_bot(by) {
            self.handed_over_by = None;
        }
    }

    /// Who owns the thread follows from the newest open case; a bot has its time when that case's customer waits.
    fn follow(&mut self) {
        let newest = self.cases.values().rfind(|c| c.status != InterventionStatus::Closed);
        let owner = newest.map(|c| c.owner);
        let waits = newest.is_some_and(|c| c.status == InterventionStatus::Open && c.waiting);
        if owner != self.owner {
            (self.owner, self.lease) = (owner, None);
            self.epoch += 1;
        }
        if owner == Some(BOT) {
            self.bot_was_here = true;
        }
        self.lease = (owner == Some(BOT) && waits).then(|| self.lease.unwrap_or(self.now + LEASE));
    }

    /// The bot lets go, of itself or because its time is over: the customer waits for people.
    fn let_go(&mut self, id: usize) {
        let Some(case) = self.cases.get(&id).cloned() else { return };
        if case.replies == 0 {
            return self.cancel(id);
        }
        self.each(id, ContentStatus::Assigned, ContentStatus::New);
        self.end(id);
        let of = |s: &&mut Said| s.customer == Some(case.customer) && s.status != ContentStatus::Ignored;
        if let Some(last) = self.contents.iter_mut().rfind(of) {
            (last.status, last.case) = (ContentStatus::New, None);
        }
    }

    fn end_lease(&mut self) {
        while self.lease.is_some_and(|over| over <= self.now) {
            self.lease = None;
            let newest = self.cases.iter().rfind(|(_, c)| c.status != InterventionStatus::Closed).map(|(id, _)| *id);
            if let Some(id) = newest {
                self.handed_over_by = Some(self.cases[&id].owner);
                self.let_go(id);
            }
            self.follow();
        }
    }

    fn give_to_bot(&mut self, by: usize) -> bool {
        if !self.bot_was_here || self.closed || self.is_barred(by) {
            return false;
        }
        let newest = self.cases.iter().rfind(|(_, c)| c.status != InterventionStatus::Closed).map(|(id, _)| *id);
        if let Some(case) = newest.and_then(|id| self.cases.get_mut(&id)) {
            let may = by == LEADER || by == BOT || case.owner == by;
            if may {
                case.owner = BOT;
                self.handed_over_by = None;
            }
            return may;
        }
        let waiting = self.contents.iter().rposition(|s| s.customer.is_some() && s.status == ContentStatus::New);
        let content = waiting.or_else(|| self.contents.iter().rposition(|s| s.customer.is_some()));
        let may = content.is_some_and(|content| self.engage(BOT, content));
        if may {
            self.handed_over_by = None;
        }
        may
    }

    fn open(&self, customer: usize) -> Option<usize> {
        let open = |c: &Case| c.customer == customer && c.status != InterventionStatus::Closed;
        self.cases.iter().find(|(_, c)| open(c)).map(|(id, _)| *id)
    }

    /// The open case of a customer, when `by` may change it.
    fn own(&mut self, by: usize, customer: usize) -> Option<(usize, &mut Case)> {
        let id = self.open(customer)?;
        let case = self.cases.get_mut(&id)?;
        (by == LEADER || by == BOT || case.owner == by).then_some((id, case))
    }

    fn each(&mut self, case: usize, from: ContentStatus, to: ContentStatus) {
        for said in self.contents.iter_mut().filter(|s| s.case == Some(case) && s.status == from) {
            said.status = to;
            if to == ContentStatus::New {
                said.case = None;
            }
        }
    }

    fn end(&mut self, id: usize) {
        self.each(id, ContentStatus::Assigned, ContentStatus::Replied);
        let now = self.now;
        if let Some(case) = self.cases.get_mut(&id) {
            (case.status, case.closed_at, case.waiting) = (InterventionStatus::Closed, now, false);
        }
    }

    fn cancel(&mut self, id: usize) {
        self.each(id, ContentStatus::Assigned, ContentStatus::New);
        self.contents.iter_mut().filter(|s| s.case == Some(id)).for_each(|s| s.case = None);
        self.cases.remove(&id);
    }

    fn say(&mut self, customer: usize) {
        let now = self.now;
        let case = self.open(customer).or_else(|| {
            let of = self.cases.iter().filter(|(_, c)| c.customer == customer && c.closed_at + PERIOD >= now);
            // What a bot has ended begins anew.
            of.max_by_key(|(id, c)| (c.closed_at, **id)).filter(|(_, c)| c.owner != BOT).map(|(id, _)| *id)
        });
        if let Some(case) = case.and_then(|id| self.cases.get_mut(&id)) {
            case.reopened |= case.status == InterventionStatus::Closed;
            (case.status, case.waiting) = (InterventionStatus::Open, true);
        }
        let status = if case.is_some() { ContentStatus::Assigned } else { ContentStatus::New };
        self.contents.push(Said { customer: Some(customer), status, case });
        self.closed = false;
        self.first.get_or_insert(customer);
    }

    fn engage(&mut self, by: usize, content: usize) -> bool {
        let Some(customer) = self.contents[content].customer else { return false };
        // Whatever the customer said and nobody took up is taken up with it.
        let waits = |s: &Said| s.customer == Some(customer) && s.status == ContentStatus::New;
        let waiting = self.contents.iter().any(waits);
        let id = if let Some(id) = self.open(customer) {
            let Some(case) = self.cases.get_mut(&id) else { return false };
            if case.owner != by || case.status == InterventionStatus::Open {
                return false;
            }
            case.status = InterventionStatus::Open;
            id
        } else if let Some(id) = self.contents[content].case {
            let Some(case) = self.cases.get_mut(&id) else { return false };
            (case.status, case.reopened, case.owner) = (InterventionStatus::Open, true, by);
            case.waiting = waiting;
            id
        } else {
            self.begun += 1;
            let status = InterventionStatus::Open;
            let (reopened, replies, closed_at, wakes_at) = (false, 0, 0, 0);
            let case = Case { customer, owner: by, status, reopened, replies, closed_at, wakes_at, waiting };
            self.cases.insert(self.begun, case);
            self.begun
        };
        for (at, said) in self.contents.iter_mut().enumerate().filter(|(_, s)| s.customer == Some(customer)) {
            if said.status == ContentStatus::New || (at == content && said.status == ContentStatus::Ignored) {
                (said.status, said.case) = (ContentStatus::Assigned, Some(id));
            }
        }
        true
    }

    fn reply(&mut self, by: usize, content: usize) -> bool {
        let customer = self.contents[content].customer.or(self.first);
        let case = customer.and_then(|c| self.open(c));
        let own = case.is_some_and(|id| self.cases[&id].owner == by);
        if self.closed || (self.is_barred(by) && !own) {
            return false;
        }
        for said in self.contents[..=content].iter_mut().filter(|s| s.customer.is_some() && s.customer == customer) {
            if matches!(said.status, ContentStatus::New | ContentStatus::Assigned) {
                said.status = ContentStatus::Replied;
            }
        }
        let later = |s: &Said| matches!(s.status, ContentStatus::New | ContentStatus::Assigned);
        let waits =
            self.contents[content + 1..].iter().any(|s| s.customer.is_some() && s.customer == customer && later(s));
        if let Some(case) = case.and_then(|id| self.cases.get_mut(&id)) {
            case.replies += 1;
            case.waiting = waits;
        }
        self.contents.push(Said { customer: None, status: ContentStatus::UserReply, case });
        true
    }

    /// Closing asks for a reply; completing does not.
    fn close(&mut self, by: usize, customer: usize, replies: i64) -> bool {
        match self.own(by, customer) {
            Some((id, case)) if case.replies >= replies => self.end(id),
            _ => return false,
        }
        self.settle(by);
        true
    }

    fn reassign(&mut self, by: usize, to: usize, customer: usize) -> bool {
        let (barred, to_bot) = (self.is_barred(by), self.is_bot(to));
        match self.own(by, customer) {
            Some((_, case)) if !(barred && to_bot) => case.owner = to,
            _ => return false,
        }
        self.handed_over_by = self.handed_over_by.filter(|_| !to_bot);
        true
    }

    fn hand_over(&mut self, by: usize, customer: usize) -> bool {
        let Some((id, case)) = self.own(by, customer) else { return false };
        self.handed_over_by = Some(case.owner);
        self.let_go(id);
        true
    }

    /// Does a step; tells whether it may be done.
    pub(super) fn apply(&mut self, step: &Step) -> bool {
        let may = self.change(step);
        self.follow();
        if matches!(step, Step::Wait { .. }) {
            self.end_lease();
        }
        may
    }

    fn change(&mut self, step: &Step) -> bool {
        let index = |content: &prop::sample::Index, model: &Self| content.index(model.contents.len());
        match step {
            Step::Look { by } => self.seen[*by] = self.epoch,
            Step::GiveToBot { by } => return self.give_to_bot(*by),
            Step::Say { customer } => self.say(*customer),
            Step::Engage { by, content } => {
                return !self.is_barred(*by) && self.engage(*by, index(content, self));
            }
            Step::Reply { by, content } => return self.reply(*by, index(content, self)),
            Step::Close { by, customer } => return self.close(*by, *customer, 1),
            // Whoever reads the source may, as the reference has it.
            Step::Cancel { customer, .. } => match self.open(*customer) {
                Some(id) if self.cases[&id].replies == 0 => self.cancel(id),
                _ => return false,
            },
            Step::Reassign { by, to, customer } => return self.reassign(*by, *to, *customer),
            Step::Defer { by, customer, seconds } => {
                let until = self.now + seconds;
                match self.own(*by, *customer) {
                    Some((_, case)) => (case.status, case.wakes_at) = (InterventionStatus::Deferred, until),
                    None => return false,
                }
            }
            Step::Complete { by, customer } => return self.close(*by, *customer, 0),
            Step::HandOver { by, customer } => return self.hand_over(*by, *customer),
            Step::Ignore { content, .. } => {
                let at = index(content, self);
                match self.contents[at].status {
                    ContentStatus::New => self.contents[at].status = ContentStatus::Ignored,
                    ContentStatus::Ignored => {}
                    _ => return false,
                }
            }
            Step::Archive { by } => {
                let waiting = self.contents.iter_mut().filter(|s| s.status == ContentStatus::New);
                waiting.for_each(|s| s.status = ContentStatus::Ignored);
                self.settle(*by);
            }
            Step::Lock { closed, .. } => {
                if self.closed == *closed {
                    return false;
                }
                self.closed = *closed;
                self.handed_over_by = self.handed_over_by.filter(|_| !closed);
            }
            Step::Wait { seconds } => {
                self.now += seconds;
                let now = self.now;
                let due = |c: &&mut Case| c.status == InterventionStatus::Deferred && c.wakes_at <= now;
                self.cases.values_mut().filter(due).for_each(|c| c.status = InterventionStatus::Open);
            }
        }
        true
    }
}
