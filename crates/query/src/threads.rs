//! What a query of threads asks for.

use model::{
    CategoryId, How, IdentityGroupId, IdentityId, Mark, SourceId, TeamId, ThreadState, ThreadTest, Timestamp, UserId,
};

use crate::values::{self, Is, Order, OrderBy};
use crate::{Error, Moment, Query, Term};

/// Which of the categories of whoever asks a test is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mine {
    /// All of them.
    All,
    /// Those that are one of these or below one of these.
    Of(Vec<CategoryId>),
}

/// One test of a thread, as somebody asks for it. Where it has a list, one of the list is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The same for everybody.
    Plain(ThreadTest),
    /// It has an intervention of such a state, of whoever asks.
    AssignedToMe(How),
    /// It has an intervention of such a state, of somebody of one of these teams.
    AssignedToTeam(How, Vec<TeamId>),
    /// It has one of these categories.
    Categories(Mine),
    /// It has a forwarded content with one of these categories.
    ForwardedInto(Mine),
    /// It has a content that lacks a mandatory category.
    NeedsManualCategorization,
    /// Whoever asks has it.
    HolderIsMe,
    /// A bot has it.
    HolderIsBot,
    /// Whoever asks has not read it.
    Unread,
    /// Whoever asks is writing on it.
    Drafted,
    /// A comment on it mentions whoever asks.
    MentionsMe,
    /// It has one of these tags, by their ids or names.
    Tags(Vec<String>),
}

/// What a query of threads asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Threads {
    /// Every one of them must hold.
    pub tests: Vec<Is<Asked>>,
    /// The words that one of a thread's contents must have, all of them.
    pub text: Option<String>,
    /// The order; none when the query does not say.
    pub order: Option<Order>,
}

/// Understands a query of threads.
///
/// # Errors
/// A keyword that threads do not have, a value of the wrong form, a negation without a meaning.
pub fn threads(query: &Query, moment: &Moment<'_>) -> Result<Threads, Error> {
    let mut found = Threads::default();
    let mut ordered = false;
    for term in &query.terms {
        match term.keyword.as_str() {
            "text" => {
                values::plain(query, term)?;
                add_text(&mut found.text, &term.value);
            }
            "order" => {
                values::plain(query, term)?;
                values::once(query, term, &mut ordered)?;
                found.order = Some(values::order(query, term, &ORDERS)?);
            }
            _ => add(&mut found.tests, test(query, term, moment)?),
        }
    }
    if found.order.is_some_and(|o| o.by == OrderBy::Relevance) && found.text.is_none() {
        let term = query.terms.iter().find(|t| t.keyword == "order");
        return Err(term.map_or_else(
            || Error::at(&query.text, 0, "expected a text"),
            |t| query.refused(t, "order:relevance needs a text to be relevant to"),
        ));
    }
    limit_to_order(&mut found);
    Ok(found)
}

/// What threads can be ordered by.
const ORDERS: [OrderBy; 7] = [
    OrderBy::LastContent,
    OrderBy::Created,
    OrderBy::Relevance,
    OrderBy::Waiting,
    OrderBy::Deferred,
    OrderBy::Done,
    OrderBy::Attention,
];

/// An order by what only some threads have lists these alone.
fn limit_to_order(found: &mut Threads) {
    let tests = match found.order.map(|order| order.by) {
        Some(OrderBy::Waiting) => [Some(Asked::Plain(ThreadTest::Waiting)), None],
        Some(OrderBy::Deferred) => [Some(in_state(ThreadState::Deferred)), None],
        Some(OrderBy::Done) => [Some(in_state(ThreadState::Done)), None],
        Some(OrderBy::Attention) => [Some(Asked::HolderIsMe), Some(in_state(ThreadState::Open))],
        _ => return,
    };
    for test in tests.into_iter().flatten() {
        // Whatever is unassigned waits.
        let waits = matches!(test, Asked::Plain(ThreadTest::Waiting)).then(|| in_state(ThreadState::Unassigned));
        if !found.tests.iter().any(|known| !known.not && (known.test == test || Some(&known.test) == waits.as_ref())) {
            found.tests.push(Is { not: false, test });
        }
    }
}

fn in_state(state: ThreadState) -> Asked {
    Asked::Plain(ThreadTest::State(vec![state]))
}

/// Adds words to those that are searched for.
pub(crate) fn add_text(text: &mut Option<String>, value: &str) {
    match text {
        Some(known) => {
            known.push(' ');
            known.push_str(value);
        }
        None => *text = Some(value.to_owned()),
    }
}

fn test(query: &Query, term: &Term, moment: &Moment<'_>) -> Result<Is<Asked>, Error> {
    let keyword = term.keyword.as_str();
    if let Some((how, who)) = assigned(keyword) {
        return assignment(query, term, how, who);
    }
    let scheduled = || (keyword == "scheduled").then_some(Asked::Plain(ThreadTest::ScheduledAfter(moment.now)));
    if let Some(test) = flag(keyword).or_else(scheduled) {
        return Ok(Is { not: !values::truth(query, term)?, test });
    }
    if let Some(date) = date(keyword) {
        values::plain(query, term)?;
        return Ok(Is { not: false, test: Asked::Plain(date(values::time(query, term, moment)?)) });
    }
    listed(query, term)
}

/// The keywords about assignments: which state, and what follows it.
fn assigned(keyword: &str) -> Option<(How, &str)> {
    let states = [("active_and_assigned", How::Active), ("opened_and_assigned", How::Opened), ("assigned", How::Ever)];
    states.into_iter().find_map(|(name, how)| {
        let rest = keyword.strip_prefix(name)?;
        (rest.is_empty() || rest.starts_with('_')).then_some((how, rest))
    })
}

fn assignment(query: &Query, term: &Term, how: How, who: &str) -> Result<Is<Asked>, Error> {
    let (not, test) = match who {
        "" => (!values::truth(query, term)?, Asked::Plain(ThreadTest::Marks(vec![Mark::Assigned(how)]))),
        "_to_me" => (!values::truth(query, term)?, Asked::AssignedToMe(how)),
        "_to_disabled_agents" => (!values::truth(query, term)?, Asked::Plain(ThreadTest::AssignedToDisabled(how))),
        "_to" => {
            let users = values::ids(query, term, UserId::parse)?;
            (term.negated, Asked::Plain(ThreadTest::AssignedTo(how, users)))
        }
        "_to_team" => (term.negated, Asked::AssignedToTeam(how, values::ids(query, term, TeamId::parse)?)),
        _ => return Err(unknown(query, term)),
    };
    Ok(Is { not, test })
}

/// The keywords that are true or false.
fn flag(keyword: &str) -> Option<Asked> {
    let mark = |mark| Asked::Plain(ThreadTest::Marks(vec![mark]));
    Some(match keyword {
        "not_published" => mark(Mark::Unpublished),
        "approval_required" => mark(Mark::ApprovalRequired),
        "categorized" => mark(Mark::Categorized),
        "categorized_in_mine" => Asked::Categories(Mine::All),
        "forwarded_into_mine" => Asked::ForwardedInto(Mine::All),
        "needs_manual_categorization" => Asked::NeedsManualCategorization,
        "waiting" => Asked::Plain(ThreadTest::Waiting),
        "locked" => Asked::Plain(ThreadTest::Locked),
        "failed" => Asked::Plain(ThreadTest::Failed),
        "unread" => Asked::Unread,
        "draft" => Asked::Drafted,
        _ => return None,
    })
}

/// The keywords that take a date.
fn date(keyword: &str) -> Option<fn(Timestamp) -> ThreadTest> {
    Some(match keyword {
        "first_content_after" => ThreadTest::FirstAfter,
        "first_content_before" => ThreadTest::FirstBefore,
        "last_content_after" => ThreadTest::LastAfter,
        "last_content_before" => ThreadTest::LastBefore,
        _ => return None,
    })
}

/// Whether a name is a keyword of threads.
pub(crate) fn is_keyword(name: &str) -> bool {
    const OTHERS: [&str; 18] = [
        "mentions",
        "tag",
        "state",
        "owner",
        "text",
        "order",
        "categorized_in",
        "not_categorized_in",
        "categorized_in_mine_of",
        "forwarded_into",
        "forwarded_into_mine_of",
        "foreign",
        "language",
        "status_in",
        "source",
        "identity",
        "identity_group",
        "scheduled",
    ];
    let whom = ["", "_to_me", "_to_disabled_agents", "_to", "_to_team"];
    let assigned = assigned(name).is_some_and(|(_, who)| whom.contains(&who));
    assigned || flag(name).is_some() || date(name).is_some() || OTHERS.contains(&name)
}

/// The keywords that take ids or names, of which one is enough.
fn listed(query: &Query, term: &Term) -> Result<Is<Asked>, Error> {
    let positive = |test| values::plain(query, term).map(|()| Is { not: false, test });
    let plain = |test| positive(Asked::Plain(test));
    let either = |not, test| Ok(Is { not: term.negated != not, test: Asked::Plain(test) });
    let categories = || values::ids(query, term, CategoryId::parse);
    match term.keyword.as_str() {
        "categorized_in" => either(false, ThreadTest::Categories(categories()?)),
        "not_categorized_in" => either(true, ThreadTest::Categories(categories()?)),
        "categorized_in_mine_of" => positive(Asked::Categories(Mine::Of(categories()?))),
        "forwarded_into" => either(false, ThreadTest::ForwardedInto(categories()?)),
        "forwarded_into_mine_of" => positive(Asked::ForwardedInto(Mine::Of(categories()?))),
        // An id on the other side may have commas.
        "foreign" | "foreign_id" => plain(ThreadTest::Foreign(vec![term.value.clone()])),
        "language" => {
            let names = values::names(query, term, "a language such as en or fr")?;
            either(false, ThreadTest::Languages(names.iter().map(|name| name.to_lowercase()).collect()))
        }
        "status_in" => {
            let statuses = values::statuses(query, term)?;
            either(false, ThreadTest::Marks(statuses.into_iter().map(Mark::Status).collect()))
        }
        "source" => either(false, ThreadTest::Source(values::ids(query, term, SourceId::parse)?)),
        "state" => either(false, ThreadTest::State(values::states(query, term)?)),
        "owner" => owner(query, term),
        "mentions" if term.value.eq_ignore_ascii_case("me") => Ok(Is { not: term.negated, test: Asked::MentionsMe }),
        "mentions" => Err(query.refused(term, "mentions is for those that mention you: mentions:me")),
        "tag" => {
            let names = values::names(query, term, "a tag")?;
            Ok(Is { not: term.negated, test: Asked::Tags(names) })
        }
        "identity" => plain(ThreadTest::Identity(values::ids(query, term, IdentityId::parse)?)),
        "identity_group" => plain(ThreadTest::IdentityGroup(values::ids(query, term, IdentityGroupId::parse)?)),
        _ => Err(unknown(query, term)),
    }
}

/// Who has a thread: whoever asks, nobody, a bot, or one of some users.
fn owner(query: &Query, term: &Term) -> Result<Is<Asked>, Error> {
    let (not, test) = match term.value.to_ascii_lowercase().as_str() {
        "me" => (false, Asked::HolderIsMe),
        "nobody" => (true, Asked::Plain(ThreadTest::Marks(vec![Mark::Assigned(How::Opened)]))),
        "bot" => (false, Asked::HolderIsBot),
        _ => (false, Asked::Plain(ThreadTest::Holder(values::ids(query, term, UserId::parse)?))),
    };
    Ok(Is { not: term.negated != not, test })
}

fn unknown(query: &Query, term: &Term) -> Error {
    let keyword = &term.keyword;
    query.refused(term, format!("{keyword} is not a keyword of threads: to search for it as text, put it in quotes"))
}

/// Adds a test. A keyword that is repeated widens its list: one of all of them is enough, or none may hold.
pub(crate) fn add(tests: &mut Vec<Is<Asked>>, new: Is<Asked>) {
    for known in tests.iter_mut().filter(|known| known.not == new.not) {
        if join(&mut known.test, &new.test) {
            return;
        }
    }
    tests.push(new);
}

/// Widens the list of a test by that of another of the same kind; tells whether it could.
fn join(known: &mut Asked, new: &Asked) -> bool {
    match (known, new) {
        (Asked::Plain(known), Asked::Plain(new)) => join_plain(known, new),
        (Asked::AssignedToTeam(a, known), Asked::AssignedToTeam(b, new)) if a == b => widen(known, new),
        (Asked::Tags(known), Asked::Tags(new)) => widen(known, new),
        (Asked::Categories(Mine::Of(known)), Asked::Categories(Mine::Of(new)))
        | (Asked::ForwardedInto(Mine::Of(known)), Asked::ForwardedInto(Mine::Of(new))) => widen(known, new),
        _ => false,
    }
}

fn join_plain(known: &mut ThreadTest, new: &ThreadTest) -> bool {
    let statuses = |marks: &[Mark]| marks.iter().all(|mark| matches!(mark, Mark::Status(_)));
    match (known, new) {
        (ThreadTest::AssignedTo(a, known), ThreadTest::AssignedTo(b, new)) if a == b => widen(known, new),
        (ThreadTest::Categories(known), ThreadTest::Categories(new))
        | (ThreadTest::ForwardedInto(known), ThreadTest::ForwardedInto(new)) => widen(known, new),
        (ThreadTest::Foreign(known), ThreadTest::Foreign(new))
        | (ThreadTest::Languages(known), ThreadTest::Languages(new)) => widen(known, new),
        (ThreadTest::Marks(known), ThreadTest::Marks(new)) if statuses(known) && statuses(new) => widen(known, new),
        (ThreadTest::Source(known), ThreadTest::Source(new)) => widen(known, new),
        (ThreadTest::State(known), ThreadTest::State(new)) => widen(known, new),
        (ThreadTest::Holder(known), ThreadTest::Holder(new)) => widen(known, new),
        (ThreadTest::Identity(known), ThreadTest::Identity(new)) => widen(known, new),
        (ThreadTest::IdentityGroup(known), ThreadTest::IdentityGroup(new)) => widen(known, new),
        _ => false,
    }
}

fn widen<T: Clone>(known: &mut Vec<T>, new: &[T]) -> bool {
    known.extend_from_slice(new);
    true
}
