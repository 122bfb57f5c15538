//! Queries as people type them into a search box. Nothing of it is an error: what is no condition is words.

use crate::syntax::term;
use crate::threads::{add, add_text, is_keyword, threads};
use crate::values::{Is, OrderBy};
use crate::{Moment, Query, Span, Term, Threads};

/// What was read of a text that somebody typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loose {
    /// What it asks of threads.
    pub threads: Threads,
    /// The people from whom something is looked for, by parts of what is known of them.
    pub people: Vec<Is<String>>,
    /// The conditions that were not understood, as they were written; their words are searched for.
    pub as_words: Vec<String>,
}

impl Query {
    /// Reads what somebody typed: what has not the form of a term is text as it stands. Of a text that is longer than
    /// a query may be, the beginning is read.
    #[must_use]
    pub fn loose(text: &str) -> Self {
        let end = (0..=text.len().min(crate::syntax::LONGEST)).rev().find(|at| text.is_char_boundary(*at));
        let text = &text[..end.unwrap_or(0)];
        let mut terms = Vec::new();
        let mut at = 0;
        while terms.len() < crate::syntax::MOST_TERMS {
            at += text[at..].len() - text[at..].trim_start().len();
            if at == text.len() {
                break;
            }
            let read = term(text, at).unwrap_or_else(|_| {
                let end = text[at..].find(char::is_whitespace).map_or(text.len(), |length| at + length);
                let span = Span { start: at, end };
                let value = text[at..end].to_owned();
                Term { negated: false, keyword: "text".into(), value, span, value_span: span }
            });
            at = read.span.end;
            terms.push(read);
        }
        Self { text: text.to_owned(), terms }
    }
}

/// The name that a person may use for a keyword.
fn keyword_of(name: &str) -> &str {
    match name {
        "status" => "status_in",
        "category" => "categorized_in",
        other => other,
    }
}

/// Understands what somebody typed; `from:` names people where `names_people`.
#[must_use]
pub fn loosely(query: &Query, moment: &Moment<'_>, names_people: bool) -> Loose {
    let mut read = Loose::default();
    for term in &query.terms {
        if term.keyword == "text" && !term.negated {
            // Somebody is about to give the condition its value.
            let begun = term.value.strip_suffix(':').is_some_and(|name| is_condition(name, names_people));
            if !begun {
                add_text(&mut read.threads.text, term.value.trim_matches('"'));
            }
            continue;
        }
        if term.keyword == "from" && names_people {
            read.people.push(Is { not: term.negated, test: term.value.clone() });
            continue;
        }
        let keyword = keyword_of(&term.keyword).to_owned();
        let one = Query { text: query.text.clone(), terms: vec![Term { keyword, ..term.clone() }] };
        match threads(&one, moment) {
            Ok(understood) => {
                understood.tests.into_iter().for_each(|test| add(&mut read.threads.tests, test));
                read.threads.order = understood.order.or(read.threads.order);
            }
            Err(_) if is_relevance(term) => read.threads.order = relevance(),
            Err(_) => {
                let written = &query.text[term.span.start..term.span.end];
                add_text(&mut read.threads.text, written);
                if is_condition(&term.keyword, names_people) {
                    read.as_words.push(written.to_owned());
                }
            }
        }
    }
    if read.threads.text.is_none() && read.threads.order == relevance() {
        read.threads.order = None;
    }
    read
}

fn is_condition(name: &str, names_people: bool) -> bool {
    let name = name.trim_start_matches('-').to_ascii_lowercase();
    is_keyword(keyword_of(&name)) || (name == "from" && names_people)
}

/// A single term has no text to be relevant to; the others may.
fn is_relevance(term: &Term) -> bool {
    term.keyword == "order" && !term.negated && term.value.eq_ignore_ascii_case("relevance")
}

fn relevance() -> Option<crate::Order> {
    Some(crate::Order { by: OrderBy::Relevance, ascending: false })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use model::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::Locale;

    fn read(text: &str) -> Loose {
        let moment = Moment {
            now: Timestamp::parse("2011-06-15T10:30:00Z").expect("a time"),
            zone: TimeZone::UTC,
            locale: Locale::of("en"),
            business: &|now, amount, _| Some(now.plus_seconds(amount * 60)),
        };
        loosely(&Query::loose(text), &moment, true)
    }

    #[test]
    fn what_is_no_condition_is_words() {
        for (text, words, tests, as_words) in [
            ("late parcel", Some("late parcel"), 0, vec![]),
            ("re:late \"is", Some("re:late is"), 0, vec![]),
            ("status:new", None, 1, vec![]),
            ("STATUS:new,replied late", Some("late"), 1, vec![]),
            ("status: late", Some("late"), 0, vec![]),
            ("from:", None, 0, vec![]),
            ("status:green", Some("status:green"), 0, vec!["status:green"]),
            ("order:relevance", None, 0, vec![]),
            ("-assigned:maybe", Some("-assigned:maybe"), 0, vec!["-assigned:maybe"]),
        ] {
            let found = read(text);
            let found = (found.threads.text.as_deref(), found.threads.tests.len(), found.as_words);
            assert_eq!(found, (words, tests, as_words.into_iter().map(str::to_owned).collect()), "{text}");
        }
        assert_eq!(read("order:relevance late").threads.order, relevance());
        assert_eq!(read("from:\"Grace Lin\"").people, [Is { not: false, test: "Grace Lin".to_owned() }]);
    }

    proptest! {
        #[test]
        fn nothing_is_wrong(text in "\\PC{0,80}", words in "(-?(source|text|order|status|from|foreign|language):(\"|[a-z0-9 ,]|\\\\){0,12} ?){0,6}") {
            for text in [text, words] {
                read(&text);
            }
        }
    }
}
