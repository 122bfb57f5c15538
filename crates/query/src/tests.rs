//! Queries in and out, and what none of them may do.

use jiff::tz::TimeZone;
use model::{ContentStatus, Mark, ThreadTest, Timestamp};
use proptest::prelude::*;

use crate::{Asked, Locale, Moment, OrderBy, Query, Term, contents, date, events, threads};

fn moment() -> Moment<'static> {
    Moment {
        now: Timestamp::parse("2011-06-15T10:30:00Z").expect("a time"),
        zone: TimeZone::UTC,
        locale: Locale::of("en"),
        business: &|now, amount, _| Some(now.plus_seconds(amount * 60)),
    }
}

fn understood(text: &str) -> crate::Threads {
    threads(&Query::parse(text).expect("readable"), &moment()).expect("understandable")
}

fn trouble(text: &str) -> String {
    match Query::parse(text).and_then(|query| threads(&query, &moment())) {
        Ok(found) => panic!("{text} is understood: {found:?}"),
        Err(error) => error.to_string(),
    }
}

const A: &str = "d19c81948c137d86dac77216";
const B: &str = "4ee91f197aa58d01b500000f";

#[test]
fn terms_have_keywords_quotes_and_places() {
    let query = Query::parse(" late -source:x text:\"the \\\"parcel\\\"\"  foreign:a:b http://x - 10:30").expect("ok");
    let found: Vec<(bool, &str, &str)> =
        query.terms.iter().map(|t| (t.negated, t.keyword.as_str(), t.value.as_str())).collect();
    assert_eq!(
        found,
        [
            (false, "text", "late"),
            (true, "source", "x"),
            (false, "text", "the \"parcel\""),
            (false, "foreign", "a:b"),
            (false, "text", "http://x"),
            (false, "text", "-"),
            (false, "text", "10:30"),
        ]
    );
    assert_eq!((query.terms[1].span.start, query.terms[1].value_span.start), (6, 14));
    let printed = "text:late -source:x text:\"the \\\"parcel\\\"\" foreign:a:b text:http://x text:- text:10:30";
    assert_eq!(query.to_string(), printed);
}

#[test]
fn errors_name_the_place() {
    for (text, expected) in [
        ("été colour:red", "at character 5: colour is not a keyword of threads"),
        ("a text:\"b", "at character 8: this quote is not closed"),
        ("\"a\"b", "at character 4: expected a space"),
        ("source:", "at character 8: expected a value after source:"),
        ("a mentions:omar", "at character 3: mentions is for those that mention you: mentions:me"),
        ("source:1", "at character 8: source: expected an id of 24 hex digits, not \"1\""),
        ("a -late", "at character 3: text cannot be negated"),
        ("assigned:maybe", "at character 10: assigned: expected true"),
        ("status_in:lost", "at character 11: status_in: expected one of new, assigned"),
        ("order:title.asc", "at character 7: order: expected one of last_content_at.asc"),
        ("order:relevance", "at character 1: order:relevance needs a text"),
        ("order:created_at.asc order:created_at.asc", "at character 22: order is given twice"),
        ("last_content_after:\"yesterday at lunch\"", "at character 31: last_content_after: expected the end"),
        ("last_content_after:soon", "at character 20: last_content_after: expected a date such as"),
        ("-identity:d19c81948c137d86dac77216", "at character 1: identity cannot be negated"),
        ("assigned_to_everybody:true", "at character 1: assigned_to_everybody is not a keyword"),
    ] {
        let error = trouble(text);
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn negation_is_the_opposite_truth_value() {
    for value in ["true", "1", "on", "yes", "TRUE"] {
        for keyword in ["assigned", "categorized", "active_and_assigned_to_me", "scheduled", "approval_required"] {
            let opposite = format!("-{keyword}:{value}");
            for no in ["false", "0", "off", "no"] {
                assert_eq!(understood(&opposite), understood(&format!("{keyword}:{no}")));
                assert_eq!(understood(&format!("-{keyword}:{no}")), understood(&format!("{keyword}:{value}")));
            }
        }
    }
    assert_eq!(understood(&format!("-categorized_in:{A}")), understood(&format!("not_categorized_in:{A}")));
    assert_eq!(understood(&format!("categorized_in:{A}")), understood(&format!("-not_categorized_in:{A}")));
}

#[test]
fn repeated_keywords_widen_their_list() {
    let found = understood(&format!("source:{A} late status_in:new source:{B} status_in:\"replied, new\" -source:{A}"));
    assert_eq!(found.text.as_deref(), Some("late"));
    let [source, status, other] = found.tests.as_slice() else { panic!("{found:?}") };
    assert!(matches!(&source.test, Asked::Plain(ThreadTest::Source(ids)) if ids.len() == 2 && !source.not));
    let wanted = [ContentStatus::New, ContentStatus::Replied, ContentStatus::New].map(Mark::Status);
    assert!(matches!(&status.test, Asked::Plain(ThreadTest::Marks(marks)) if *marks == wanted));
    assert!(matches!(&other.test, Asked::Plain(ThreadTest::Source(ids)) if ids.len() == 1 && other.not));
    let order = understood("a order:relevance").order.expect("an order");
    assert_eq!((order.by, order.ascending), (OrderBy::Relevance, false));
}

#[test]
fn every_keyword_of_the_guide_is_understood() {
    let users = ["active_and_assigned", "opened_and_assigned", "assigned"];
    let mut terms: Vec<String> = Vec::new();
    for state in users {
        for rest in [":true", "_to:ID", "_to_disabled_agents:true", "_to_me:on", "_to_team:ID"] {
            terms.push(format!("{state}{rest}"));
            terms.push(format!("-{state}{rest}"));
        }
    }
    let more = "not_published:1 approval_required:yes categorized:no categorized_in:ID categorized_in_mine:true \
                categorized_in_mine_of:ID first_content_after:yesterday first_content_before:\"2 hours ago\" \
                foreign:abc forwarded_into:ID -forwarded_into:ID forwarded_into_mine:false forwarded_into_mine_of:ID \
                language:fr last_content_after:2011-02-03 last_content_before:now needs_manual_categorization:true \
                not_categorized_in:ID status_in:new -status_in:replied scheduled:true text:word word source:ID \
                -source:ID identity:ID identity_group:ID order:created_at.asc";
    let all = format!("{} {more}", terms.join(" ")).replace("ID", A);
    assert!(understood(&all).tests.len() > 40);
    let wanted = format!(
        "id:{A} intervention:{A} identity:{A} identity_group:{A} source:{A} -source:{B} status_in:new -status_in:ignored \
         thread:{A} text:a b order:created_at.asc"
    );
    assert_eq!(contents(&Query::parse(&wanted).expect("readable")).expect("understood").tests.len(), 10);
    let wanted = format!(
        "content:{A} content_thread:{A} name_in:content.replied name_in:\"content.ignored\" created_before:today \
         created_after:\"2014-03-20\" user:{A} order:\"created_at.asc\""
    );
    assert_eq!(events(&Query::parse(&wanted).expect("readable"), &moment()).expect("understood").tests.len(), 6);
}

fn term() -> impl Strategy<Value = (bool, String, String)> {
    let value = prop_oneof!["[a-z0-9éà:.-]{1,12}", "\\PC{0,20}", "[ \"\\\\a\t]{0,8}"];
    (any::<bool>(), "[a-z_]{1,12}", value)
}

#[test]
fn a_value_that_begins_as_the_end_of_an_address_is_printed_in_quotes() {
    let query = Query::parse("//host late").expect("readable");
    assert_eq!(query.to_string(), "text:\"//host\" text:late");
    assert_eq!(Query::parse(&query.to_string()).expect("readable").terms[0].value, "//host");
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_the_same(terms in proptest::collection::vec(term(), 0..8)) {
        let terms: Vec<Term> = terms.into_iter().map(|(negated, keyword, value)| {
            let none = crate::Span { start: 0, end: 0 };
            Term { negated, keyword, value, span: none, value_span: none }
        }).collect();
        let printed = Query { text: String::new(), terms: terms.clone() }.to_string();
        let read = Query::parse(&printed).expect("readable");
        prop_assert_eq!(read.to_string(), printed);
        let same = |a: &Term, b: &Term| (a.negated, &a.keyword, &a.value) == (b.negated, &b.keyword, &b.value);
        prop_assert!(read.terms.len() == terms.len() && read.terms.iter().zip(&terms).all(|(a, b)| same(a, b)));
    }

    #[test]
    fn what_is_read_prints_and_reads_back(text in "\\PC{0,80}") {
        if let Ok(query) = Query::parse(&text) {
            for term in &query.terms {
                prop_assert!(text.get(term.span.start..term.span.end).is_some());
                prop_assert!(text.get(term.value_span.start..term.value_span.end).is_some());
            }
            let again = Query::parse(&query.to_string()).expect("readable");
            prop_assert_eq!(again.to_string(), query.to_string());
        }
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,80}", words in "(-?(source|text|order|assigned|last_content_after|foreign|language):(\"|[a-z0-9 ,]|\\\\){0,12} ?){0,6}") {
        for text in [text, words] {
            if let Ok(query) = Query::parse(&text) {
                let _ = threads(&query, &moment());
                let _ = contents(&query);
                let _ = events(&query, &moment());
            }
        }
    }

    #[test]
    fn no_date_panics(any in "\\PC{0,40}", words in "((last|next|il y a|dans|in|4th|1er|[0-9]{1,10}|at|à|day|jours|week|mois|an|ago|pm|h|:|/|-|dec|mars|friday|vendredi|dernier|of|business|ouvrées) ?){0,8}") {
        for code in ["en", "fr"] {
            let moment = Moment { locale: Locale::of(code), ..moment() };
            let _ = date::parse(&any, &moment);
            let _ = date::parse(&words, &moment);
        }
    }
}
