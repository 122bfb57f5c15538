//! What a query of events asks for.

use model::{ContentId, ThreadId, Timestamp, UserId};

use crate::values::{self, Order, OrderBy};
use crate::{Error, Moment, Query, Term};

/// One test of an event. Where it has a list, one of the list is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventTest {
    /// It is about one of these contents.
    Content(Vec<ContentId>),
    /// It happened in one of these threads.
    Thread(Vec<ThreadId>),
    /// It has one of these names.
    Name(Vec<String>),
    /// One of these users did it.
    User(Vec<UserId>),
    /// It happened before this time.
    Before(Timestamp),
    /// It happened after this time.
    After(Timestamp),
}

/// What a query of events asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Every one of them must hold.
    pub tests: Vec<EventTest>,
    /// The order; none when the query does not say.
    pub order: Option<Order>,
}

/// Understands a query of events. Nothing can be negated here.
///
/// # Errors
/// A keyword that events do not have, a value of the wrong form, a negation.
pub fn events(query: &Query, moment: &Moment<'_>) -> Result<Events, Error> {
    let mut found = Events::default();
    let mut ordered = false;
    for term in &query.terms {
        values::plain(query, term)?;
        if term.keyword == "order" {
            values::once(query, term, &mut ordered)?;
            found.order = Some(values::order(query, term, &[OrderBy::Created])?);
        } else {
            add(&mut found.tests, test(query, term, moment)?);
        }
    }
    Ok(found)
}

fn test(query: &Query, term: &Term, moment: &Moment<'_>) -> Result<EventTest, Error> {
    Ok(match term.keyword.as_str() {
        "content" => EventTest::Content(values::ids(query, term, ContentId::parse)?),
        "content_thread" => EventTest::Thread(values::ids(query, term, ThreadId::parse)?),
        "name_in" => EventTest::Name(values::names(query, term, "the name of an event such as content.replied")?),
        "user" => EventTest::User(values::ids(query, term, UserId::parse)?),
        "created_before" => EventTest::Before(values::time(query, term, moment)?),
        "created_after" => EventTest::After(values::time(query, term, moment)?),
        "text" => return Err(query.refused(term, "events have no text: expected a keyword and a value")),
        keyword => return Err(query.refused(term, format!("{keyword} is not a keyword of events"))),
    })
}

fn add(tests: &mut Vec<EventTest>, new: EventTest) {
    for known in tests.iter_mut() {
        match (known, &new) {
            (EventTest::Content(a), EventTest::Content(b)) => a.extend_from_slice(b),
            (EventTest::Thread(a), EventTest::Thread(b)) => a.extend_from_slice(b),
            (EventTest::Name(a), EventTest::Name(b)) => a.extend_from_slice(b),
            (EventTest::User(a), EventTest::User(b)) => a.extend_from_slice(b),
            _ => continue,
        }
        return;
    }
    tests.push(new);
}
