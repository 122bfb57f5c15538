//! Values of terms: ids, truth values, names, dates, orders.

use std::str::FromStr;

use model::{ContentStatus, ThreadState, Timestamp};

use crate::{Error, Moment, Query, Term, date};

/// A test, or its opposite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Is<T> {
    /// It must not hold.
    pub not: bool,
    /// The test.
    pub test: T,
}

/// What a list is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderBy {
    /// When the record was made.
    Created,
    /// When a thread's last content came.
    #[default]
    LastContent,
    /// How well its text matches.
    Relevance,
    /// Since when its customer waits.
    Waiting,
    /// Until when it is put aside.
    Deferred,
    /// Since when nothing is to be done in it.
    Done,
    /// How it waits for whoever asks.
    Attention,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: OrderBy,
    /// The smallest first.
    pub ascending: bool,
}

/// The truth value of a term, its negation taken into account: `-keyword:true` is `keyword:false`.
pub(crate) fn truth(query: &Query, term: &Term) -> Result<bool, Error> {
    let value = match term.value.to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => true,
        "false" | "0" | "off" | "no" => false,
        _ => return Err(query.wrong(term, "expected true (1, on, yes) or false (0, off, no)")),
    };
    Ok(value != term.negated)
}

/// The parts of a value that commas part.
fn parts<'a>(query: &Query, term: &'a Term, what: &str) -> Result<Vec<&'a str>, Error> {
    let parts: Vec<&str> = term.value.split(',').map(str::trim).collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err(query.wrong(term, format!("expected {what}")));
    }
    Ok(parts)
}

/// The ids of a term.
pub(crate) fn ids<T>(query: &Query, term: &Term, parse: fn(&str) -> Option<T>) -> Result<Vec<T>, Error> {
    let one = |text: &str| {
        parse(text).ok_or_else(|| query.wrong(term, format!("expected an id of 24 hex digits, not {text:?}")))
    };
    parts(query, term, "an id of 24 hex digits")?.into_iter().map(one).collect()
}

/// The names of a term.
pub(crate) fn names(query: &Query, term: &Term, what: &str) -> Result<Vec<String>, Error> {
    Ok(parts(query, term, what)?.into_iter().map(str::to_owned).collect())
}

/// The statuses of a term.
pub(crate) fn statuses(query: &Query, term: &Term) -> Result<Vec<ContentStatus>, Error> {
    let known = || ContentStatus::ALL.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
    let one = |name: &str| {
        let message = || query.wrong(term, format!("expected one of {}, not {name:?}", known()));
        ContentStatus::from_str(&name.to_ascii_lowercase()).map_err(|_| message())
    };
    parts(query, term, "a status")?.into_iter().map(one).collect()
}

/// The states of a term.
pub(crate) fn states(query: &Query, term: &Term) -> Result<Vec<ThreadState>, Error> {
    let known = || ThreadState::ALL.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
    let one = |name: &str| {
        let message = || query.wrong(term, format!("expected one of {}, not {name:?}", known()));
        ThreadState::from_str(&name.to_ascii_lowercase()).map_err(|_| message())
    };
    parts(query, term, "a state")?.into_iter().map(one).collect()
}

/// The date of a term.
pub(crate) fn time(query: &Query, term: &Term, moment: &Moment<'_>) -> Result<Timestamp, Error> {
    date::parse(&term.value, moment).map_err(|e| {
        // The place within the value, after its quote, unless a backslash before it moved it.
        let quote = usize::from(query.text[term.value_span.start..].starts_with(['"', '\'']));
        let before: usize = term.value.chars().take(e.character - 1).map(char::len_utf8).sum();
        let at = (term.value_span.start + quote + before).min(term.value_span.end);
        Error::at(&query.text, at, format!("{}: {}", term.keyword, e.message))
    })
}

/// The order that a term asks for, among some.
pub(crate) fn order(query: &Query, term: &Term, allowed: &[OrderBy]) -> Result<Order, Error> {
    let (name, direction) = term.value.split_once('.').unwrap_or((&term.value, "desc"));
    let by = match name {
        "created_at" => OrderBy::Created,
        "last_content_at" => OrderBy::LastContent,
        "relevance" => OrderBy::Relevance,
        "waiting" => OrderBy::Waiting,
        "deferred_at" => OrderBy::Deferred,
        "done_at" => OrderBy::Done,
        "attention" => OrderBy::Attention,
        _ => return Err(query.wrong(term, expected_orders(allowed))),
    };
    let ascending = match direction {
        "asc" if !matches!(by, OrderBy::Relevance | OrderBy::Attention) => true,
        "desc" => false,
        _ => return Err(query.wrong(term, expected_orders(allowed))),
    };
    if !allowed.contains(&by) {
        return Err(query.wrong(term, expected_orders(allowed)));
    }
    Ok(Order { by, ascending })
}

fn expected_orders(allowed: &[OrderBy]) -> String {
    let names: Vec<&str> = allowed
        .iter()
        .map(|by| match by {
            OrderBy::Created => "created_at.asc, created_at.desc",
            OrderBy::LastContent => "last_content_at.asc, last_content_at.desc",
            OrderBy::Relevance => "relevance",
            OrderBy::Waiting => "waiting.asc, waiting.desc",
            OrderBy::Deferred => "deferred_at.asc, deferred_at.desc",
            OrderBy::Done => "done_at.asc, done_at.desc",
            OrderBy::Attention => "attention",
        })
        .collect();
    format!("expected one of {}", names.join(", "))
}

/// Refuses a negation where none has a meaning.
pub(crate) fn plain(query: &Query, term: &Term) -> Result<(), Error> {
    if term.negated {
        let keyword = &term.keyword;
        return Err(query.refused(term, format!("{keyword} cannot be negated: expected {keyword} without the -")));
    }
    Ok(())
}

/// Refuses a second order.
pub(crate) fn once(query: &Query, term: &Term, seen: &mut bool) -> Result<(), Error> {
    if std::mem::replace(seen, true) {
        return Err(query.refused(term, format!("{} is given twice", term.keyword)));
    }
    Ok(())
}
