//! What a query of contents asks for.

use model::{ContentId, ContentTest, IdentityGroupId, IdentityId, InterventionId, SourceId, ThreadId};

use crate::values::{self, Is, Order, OrderBy};
use crate::{Error, Query, Term};

/// What a query of contents asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Every one of them must hold.
    pub tests: Vec<Is<ContentTest>>,
    /// The order; none when the query does not say.
    pub order: Option<Order>,
}

/// Understands a query of contents.
///
/// # Errors
/// A keyword that contents do not have, a value of the wrong form, a negation without a meaning.
pub fn contents(query: &Query) -> Result<Contents, Error> {
    let mut found = Contents::default();
    let mut ordered = false;
    for term in &query.terms {
        match term.keyword.as_str() {
            "text" => {
                values::plain(query, term)?;
                add(&mut found.tests, Is { not: false, test: ContentTest::Text(term.value.clone()) });
            }
            "order" => {
                values::plain(query, term)?;
                values::once(query, term, &mut ordered)?;
                found.order = Some(values::order(query, term, &[OrderBy::Created, OrderBy::Relevance])?);
                if found.order.is_some_and(|o| o.by == OrderBy::Relevance)
                    && !query.terms.iter().any(|t| t.keyword == "text")
                {
                    return Err(query.refused(term, "order:relevance needs a text to be relevant to"));
                }
            }
            _ => add(&mut found.tests, test(query, term)?),
        }
    }
    Ok(found)
}

fn test(query: &Query, term: &Term) -> Result<Is<ContentTest>, Error> {
    let positive = |test| values::plain(query, term).map(|()| Is { not: false, test });
    let either = |test| Ok(Is { not: term.negated, test });
    match term.keyword.as_str() {
        "id" => positive(ContentTest::Id(values::ids(query, term, ContentId::parse)?)),
        "intervention" => positive(ContentTest::Intervention(values::ids(query, term, InterventionId::parse)?)),
        "identity" => positive(ContentTest::Identity(values::ids(query, term, IdentityId::parse)?)),
        "identity_group" => positive(ContentTest::IdentityGroup(values::ids(query, term, IdentityGroupId::parse)?)),
        "thread" => positive(ContentTest::Thread(values::ids(query, term, ThreadId::parse)?)),
        "source" => either(ContentTest::Source(values::ids(query, term, SourceId::parse)?)),
        "status_in" => either(ContentTest::Status(values::statuses(query, term)?)),
        keyword => {
            let message = format!("{keyword} is not a keyword of contents: to search for it as text, put it in quotes");
            Err(query.refused(term, message))
        }
    }
}

fn add(tests: &mut Vec<Is<ContentTest>>, new: Is<ContentTest>) {
    for known in tests.iter_mut().filter(|known| known.not == new.not) {
        match (&mut known.test, &new.test) {
            (ContentTest::Id(a), ContentTest::Id(b)) => a.extend_from_slice(b),
            (ContentTest::Intervention(a), ContentTest::Intervention(b)) => a.extend_from_slice(b),
            (ContentTest::Identity(a), ContentTest::Identity(b)) => a.extend_from_slice(b),
            (ContentTest::IdentityGroup(a), ContentTest::IdentityGroup(b)) => a.extend_from_slice(b),
            (ContentTest::Source(a), ContentTest::Source(b)) => a.extend_from_slice(b),
            (ContentTest::Status(a), ContentTest::Status(b)) => a.extend_from_slice(b),
            (ContentTest::Thread(a), ContentTest::Thread(b)) => a.extend_from_slice(b),
            // All words of both.
            (ContentTest::Text(a), ContentTest::Text(b)) => {
                a.push(' ');
                a.push_str(b);
            }
            _ => continue,
        }
        return;
    }
    tests.push(new);
}
