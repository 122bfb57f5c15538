//! What a query of threads asks for.

use model::{CategoryId, ContentStatus, IdentityGroupId, IdentityId, SourceId, TeamId, Timestamp, UserId};

use crate::values::{self, Is, Order, OrderBy};
use crate::{Error, Moment, Query, Term};

/// In which state an intervention must be for a thread to count as assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Open and not deferred.
    Active,
    /// Open, deferred or not.
    Opened,
    /// Any, closed too.
    Ever,
}

/// To whom an intervention is assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody.
    Anyone,
    /// Whoever asks.
    Me,
    /// One of these users.
    Users(Vec<UserId>),
    /// Somebody of one of these teams.
    Teams(Vec<TeamId>),
    /// Somebody who has been disabled.
    Disabled,
}

/// Which categories a test is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scoped {
    /// These.
    Just(Vec<CategoryId>),
    /// Those of whoever asks.
    Mine,
    /// Those of whoever asks that are one of these or below one of these.
    MineOf(Vec<CategoryId>),
}

/// One test of a thread. Where it has a list, one of the list is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThreadTest {
    /// It has an intervention of such a state, of such a user.
    Assigned(How, Who),
    /// It has a content that is not published.
    Unpublished,
    /// It has a content that waits for approval.
    ApprovalRequired,
    /// It has a category.
    Categorized,
    /// It has one of these categories.
    CategorizedIn(Scoped),
    /// It has a forwarded content with one of these categories.
    ForwardedInto(Scoped),
    /// It has a content that lacks a mandatory category.
    NeedsManualCategorization,
    /// It has a content that is to be published in the future.
    Scheduled,
    /// Its first content came after this time.
    FirstAfter(Timestamp),
    /// Its first content came before this time.
    FirstBefore(Timestamp),
    /// Its last content came after this time.
    LastAfter(Timestamp),
    /// Its last content came before this time.
    LastBefore(Timestamp),
    /// It has one of these ids on the other side.
    Foreign(Vec<String>),
    /// It has a content in one of these languages, in lower case.
    Language(Vec<String>),
    /// It has a content in one of these statuses.
    Status(Vec<ContentStatus>),
    /// It is on one of these sources.
    Source(Vec<SourceId>),
    /// It has a content by one of these identities.
    Identity(Vec<IdentityId>),
    /// It has a content by an identity of one of these groups.
    IdentityGroup(Vec<IdentityGroupId>),
}

/// What a query of threads asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Threads {
    /// Every one of them must hold.
    pub tests: Vec<Is<ThreadTest>>,
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
                let allowed = [OrderBy::LastContent, OrderBy::Created, OrderBy::Relevance];
                found.order = Some(values::order(query, term, &allowed)?);
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
    Ok(found)
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

fn test(query: &Query, term: &Term, moment: &Moment<'_>) -> Result<Is<ThreadTest>, Error> {
    let keyword = term.keyword.as_str();
    if let Some((how, who)) = assigned(keyword) {
        return assignment(query, term, how, who);
    }
    if let Some(test) = flag(keyword) {
        return Ok(Is { not: !values::truth(query, term)?, test });
    }
    if let Some(date) = date(keyword) {
        values::plain(query, term)?;
        return Ok(Is { not: false, test: date(values::time(query, term, moment)?) });
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

fn assignment(query: &Query, term: &Term, how: How, who: &str) -> Result<Is<ThreadTest>, Error> {
    let (not, who) = match who {
        "" => (!values::truth(query, term)?, Who::Anyone),
        "_to_me" => (!values::truth(query, term)?, Who::Me),
        "_to_disabled_agents" => (!values::truth(query, term)?, Who::Disabled),
        "_to" => (term.negated, Who::Users(values::ids(query, term, UserId::parse)?)),
        "_to_team" => (term.negated, Who::Teams(values::ids(query, term, TeamId::parse)?)),
        _ => return Err(unknown(query, term)),
    };
    Ok(Is { not, test: ThreadTest::Assigned(how, who) })
}

/// The keywords that are true or false.
fn flag(keyword: &str) -> Option<ThreadTest> {
    Some(match keyword {
        "not_published" => ThreadTest::Unpublished,
        "approval_required" => ThreadTest::ApprovalRequired,
        "categorized" => ThreadTest::Categorized,
        "categorized_in_mine" => ThreadTest::CategorizedIn(Scoped::Mine),
        "forwarded_into_mine" => ThreadTest::ForwardedInto(Scoped::Mine),
        "needs_manual_categorization" => ThreadTest::NeedsManualCategorization,
        "scheduled" => ThreadTest::Scheduled,
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
    const OTHERS: [&str; 13] = [
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
    ];
    let whom = ["", "_to_me", "_to_disabled_agents", "_to", "_to_team"];
    let assigned = assigned(name).is_some_and(|(_, who)| whom.contains(&who));
    assigned || flag(name).is_some() || date(name).is_some() || OTHERS.contains(&name)
}

/// The keywords that take ids or names, of which one is enough.
fn listed(query: &Query, term: &Term) -> Result<Is<ThreadTest>, Error> {
    let positive = |test| values::plain(query, term).map(|()| Is { not: false, test });
    let either = |test| Ok(Is { not: term.negated, test });
    let categories = || values::ids(query, term, CategoryId::parse);
    match term.keyword.as_str() {
        "categorized_in" => either(ThreadTest::CategorizedIn(Scoped::Just(categories()?))),
        "not_categorized_in" => {
            Ok(Is { not: !term.negated, test: ThreadTest::CategorizedIn(Scoped::Just(categories()?)) })
        }
        "categorized_in_mine_of" => positive(ThreadTest::CategorizedIn(Scoped::MineOf(categories()?))),
        "forwarded_into" => either(ThreadTest::ForwardedInto(Scoped::Just(categories()?))),
        "forwarded_into_mine_of" => positive(ThreadTest::ForwardedInto(Scoped::MineOf(categories()?))),
        // An id on the other side may have commas.
        "foreign" | "foreign_id" => positive(ThreadTest::Foreign(vec![term.value.clone()])),
        "language" => {
            let names = values::names(query, term, "a language such as en or fr")?;
            either(ThreadTest::Language(names.iter().map(|name| name.to_lowercase()).collect()))
        }
        "status_in" => either(ThreadTest::Status(values::statuses(query, term)?)),
        "source" => either(ThreadTest::Source(values::ids(query, term, SourceId::parse)?)),
        "identity" => positive(ThreadTest::Identity(values::ids(query, term, IdentityId::parse)?)),
        "identity_group" => positive(ThreadTest::IdentityGroup(values::ids(query, term, IdentityGroupId::parse)?)),
        _ => Err(unknown(query, term)),
    }
}

fn unknown(query: &Query, term: &Term) -> Error {
    let keyword = &term.keyword;
    query.refused(term, format!("{keyword} is not a keyword of threads: to search for it as text, put it in quotes"))
}

/// Adds a test. A keyword that is repeated widens its list: one of all of them is enough, or none may hold.
pub(crate) fn add(tests: &mut Vec<Is<ThreadTest>>, new: Is<ThreadTest>) {
    for known in tests.iter_mut().filter(|known| known.not == new.not) {
        if join(&mut known.test, &new.test) {
            return;
        }
    }
    tests.push(new);
}

/// Widens the list of a test by that of another of the same kind; tells whether it could.
fn join(known: &mut ThreadTest, new: &ThreadTest) -> bool {
    fn widen<T: Clone>(known: &mut Vec<T>, new: &[T]) -> bool {
        known.extend_from_slice(new);
        true
    }
    fn scoped(known: &mut Scoped, new: &Scoped) -> bool {
        match (known, new) {
            (Scoped::Just(a), Scoped::Just(b)) | (Scoped::MineOf(a), Scoped::MineOf(b)) => widen(a, b),
            _ => false,
        }
    }
    match (known, new) {
        (ThreadTest::Assigned(a, Who::Users(known)), ThreadTest::Assigned(b, Who::Users(new))) if a == b => {
            widen(known, new)
        }
        (ThreadTest::Assigned(a, Who::Teams(known)), ThreadTest::Assigned(b, Who::Teams(new))) if a == b => {
            widen(known, new)
        }
        (ThreadTest::CategorizedIn(a), ThreadTest::CategorizedIn(b))
        | (ThreadTest::ForwardedInto(a), ThreadTest::ForwardedInto(b)) => scoped(a, b),
        (ThreadTest::Foreign(a), ThreadTest::Foreign(b)) | (ThreadTest::Language(a), ThreadTest::Language(b)) => {
            widen(a, b)
        }
        (ThreadTest::Status(a), ThreadTest::Status(b)) => widen(a, b),
        (ThreadTest::Source(a), ThreadTest::Source(b)) => widen(a, b),
        (ThreadTest::Identity(a), ThreadTest::Identity(b)) => widen(a, b),
        (ThreadTest::IdentityGroup(a), ThreadTest::IdentityGroup(b)) => widen(a, b),
        _ => false,
    }
}
