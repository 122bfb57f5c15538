//! The search parameter `q`: `keyword:value` pairs parted by spaces, values with spaces in double quotes, a leading
//! `-` for negation; a bare word belongs to `text` (`docs/basics/pagination.md`).

use std::str::FromStr;

use model::{ContentStatus, Timestamp};
use store::content::ContentFilter;
use store::journal::EventFilter;
use store::thread::{ThreadFilter, ThreadOrder};

use crate::domain::{Error, Result};

/// One pair of a query.
#[derive(Debug, PartialEq, Eq)]
struct Term {
    keyword: String,
    value: String,
    negated: bool,
}

fn bad(message: String) -> Error {
    Error::bad("q", message)
}

/// Cuts a query into its pairs.
fn terms(query: &str) -> Result<Vec<Term>> {
    let mut terms = Vec::new();
    let mut rest = query.trim_start();
    while !rest.is_empty() {
        let negated = rest.starts_with('-');
        let word = rest.strip_prefix('-').unwrap_or(rest);
        let end = word.find(|c: char| c == ':' || c == '"' || c.is_whitespace()).unwrap_or(word.len());
        let (keyword, after) = match word[end..].strip_prefix(':') {
            Some(after) if end > 0 => (&word[..end], after),
            _ => ("text", word),
        };
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => {
                let close = quoted.find('"').ok_or_else(|| {
                    bad(format!("the quote at character {} is not closed", query.len() - quoted.len()))
                })?;
                (&quoted[..close], &quoted[close + 1..])
            }
            None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        if value.is_empty() && keyword != "text" {
            return Err(bad(format!("{keyword} has no value")));
        }
        terms.push(Term { keyword: keyword.into(), value: value.into(), negated });
        rest = next.trim_start();
    }
    Ok(terms)
}

fn id<T>(term: &Term, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    parse(&term.value).ok_or_else(|| bad(format!("{}: {:?} is not an id", term.keyword, term.value)))
}

fn status(term: &Term) -> Result<Vec<ContentStatus>> {
    let one = |s: &str| ContentStatus::from_str(s).map_err(|_| bad(format!("status_in: {s:?} is not a status")));
    term.value.split(',').map(str::trim).map(one).collect()
}

fn refuse_negation(term: &Term) -> Result<()> {
    if term.negated {
        return Err(bad(format!("{} cannot be negated", term.keyword)));
    }
    Ok(())
}

fn add_text(text: &mut Option<String>, value: String) {
    *text = Some(match text.take() {
        Some(known) => format!("{known} {value}"),
        None => value,
    });
}

/// Reads the query of a list of threads.
///
/// # Errors
/// 400 that names the keyword at fault.
pub(super) fn threads(query: &str) -> Result<(ThreadFilter, ThreadOrder)> {
    let mut filter = ThreadFilter::default();
    let mut order = ThreadOrder::default();
    for term in terms(query)? {
        match term.keyword.as_str() {
            "source" if term.negated => filter.not_sources.push(id(&term, model::SourceId::parse)?),
            "source" => filter.sources.push(id(&term, model::SourceId::parse)?),
            "status_in" if term.negated => filter.not_statuses.extend(status(&term)?),
            _ => {
                refuse_negation(&term)?;
                match term.keyword.as_str() {
                    "text" => add_text(&mut filter.text, term.value),
                    "status_in" => filter.statuses.extend(status(&term)?),
                    "identity" => filter.identities.push(id(&term, model::IdentityId::parse)?),
                    "identity_group" => filter.identity_groups.push(id(&term, model::IdentityGroupId::parse)?),
                    "order" => order = thread_order(&term.value)?,
                    other => return Err(bad(format!("{other:?} is not a keyword of threads"))),
                }
            }
        }
    }
    Ok((filter, order))
}

fn thread_order(value: &str) -> Result<ThreadOrder> {
    match value {
        "created_at.asc" => Ok(ThreadOrder::CreatedAsc),
        "created_at.desc" => Ok(ThreadOrder::CreatedDesc),
        "last_content_at.asc" => Ok(ThreadOrder::LastContentAsc),
        "last_content_at.desc" => Ok(ThreadOrder::LastContentDesc),
        other => Err(bad(format!("order: {other:?} is not created_at or last_content_at with .asc or .desc"))),
    }
}

/// Reads the query of a list of contents; the second value tells whether it is ascending.
///
/// # Errors
/// 400 that names the keyword at fault.
pub(super) fn contents(query: &str) -> Result<(ContentFilter, bool)> {
    let mut filter = ContentFilter::default();
    let mut ascending = false;
    for term in terms(query)? {
        refuse_negation(&term)?;
        match term.keyword.as_str() {
            "text" => add_text(&mut filter.text, term.value),
            "id" => filter.ids.push(id(&term, model::ContentId::parse)?),
            "intervention" => filter.interventions.push(id(&term, model::InterventionId::parse)?),
            "identity" => filter.identities.push(id(&term, model::IdentityId::parse)?),
            "identity_group" => filter.identity_groups.push(id(&term, model::IdentityGroupId::parse)?),
            "source" => filter.sources.push(id(&term, model::SourceId::parse)?),
            "thread" => filter.threads.push(id(&term, model::ThreadId::parse)?),
            "status_in" => filter.statuses.extend(status(&term)?),
            "order" => match term.value.as_str() {
                "created_at.asc" => ascending = true,
                "created_at.desc" => ascending = false,
                other => return Err(bad(format!("order: {other:?} is not created_at.asc or created_at.desc"))),
            },
            other => return Err(bad(format!("{other:?} is not a keyword of contents"))),
        }
    }
    Ok((filter, ascending))
}

fn time(term: &Term) -> Result<Timestamp> {
    let unreadable = || bad(format!("{}: {:?} is not an ISO 8601 time", term.keyword, term.value));
    Timestamp::parse(&term.value).ok_or_else(unreadable)
}

/// Reads the query of a list of events; the second value tells whether it is ascending.
///
/// # Errors
/// 400 that names the keyword at fault.
pub(super) fn events(query: &str) -> Result<(EventFilter, bool)> {
    let mut filter = EventFilter::default();
    let mut ascending = false;
    for term in terms(query)? {
        refuse_negation(&term)?;
        match term.keyword.as_str() {
            "name_in" => filter.names.extend(term.value.split(',').map(|name| name.trim().to_owned())),
            "content" => filter.contents.push(id(&term, model::ContentId::parse)?),
            "content_thread" => filter.threads.push(id(&term, model::ThreadId::parse)?),
            "user" => filter.users.push(id(&term, model::UserId::parse)?),
            "created_before" => filter.before = Some(time(&term)?),
            "created_after" => filter.after = Some(time(&term)?),
            "order" => match term.value.as_str() {
                "created_at.asc" => ascending = true,
                "created_at.desc" => ascending = false,
                other => return Err(bad(format!("order: {other:?} is not created_at.asc or created_at.desc"))),
            },
            other => return Err(bad(format!("{other:?} is not a keyword of events"))),
        }
    }
    Ok((filter, ascending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pairs_quotes_negation_and_bare_words() {
        let source = "d19c81948c137d86dac77216";
        let query = format!("late -source:{source} text:\"the parcel\" status_in:new,assigned order:created_at.asc");
        let (filter, order) = threads(&query).expect("readable");
        assert_eq!(filter.text.as_deref(), Some("late the parcel"));
        assert_eq!(filter.not_sources.len(), 1);
        assert_eq!(filter.statuses, [ContentStatus::New, ContentStatus::Assigned]);
        assert_eq!(order, ThreadOrder::CreatedAsc);
    }

    #[test]
    fn errors_name_the_keyword() {
        for (query, word) in [("colour:red", "colour"), ("source:1", "source"), ("text:\"a", "quote")] {
            let error = threads(query).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(word), "{query}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_query_panics(query in "\\PC{0,60}") {
            let _ = threads(&query);
            let _ = contents(&query);
            let _ = events(&query);
        }
    }
}
