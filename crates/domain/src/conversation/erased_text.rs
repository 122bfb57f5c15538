//! What is left of facts that were written down about somebody who is erased.

use serde_json::{Map, Value};

/// The texts that say how something is, and nothing of what somebody said or is called.
const KEPT: &[&str] = &[
    "type",
    "source_type",
    "status",
    "synchronization_status",
    "body_input_format",
    "created_from",
    "language",
    "foreign_origin",
    "kind",
    "state",
    "change",
    "cause",
    "close_cause",
    "closed_automatically",
    "opened_because",
    "reopened_because",
    "capabilities_supported",
    "to",
];
/// What is emptied as a whole.
const EMPTIED: &[&str] = &[
    "context_data",
    "custom_field_values",
    "extra_values",
    "structured_content",
    "structured_reply",
    "changed",
    "previous",
];
/// What stands for an address of somebody in what belongs to others.
const ERASED: &str = "[erased]";

/// Facts without anything that somebody said, and without names. Ids, times, numbers and states stay.
pub(super) fn scrubbed(facts: &Value) -> Value {
    scrub("", facts)
}

fn scrub(name: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if KEPT.contains(&name) || is_bare(text) => value.clone(),
        // Whoever reads it expects a text.
        Value::String(_) if name == "body" => Value::String(String::new()),
        Value::String(_) => Value::Null,
        Value::Array(all) => all.iter().map(|one| scrub(name, one)).filter(|one| !one.is_null()).collect(),
        Value::Object(_) if EMPTIED.contains(&name) => Value::Object(Map::new()),
        Value::Object(all) => all.iter().map(|(name, one)| (name.clone(), scrub(name, one))).collect(),
        other => other.clone(),
    }
}

/// Whether a text is an id or a time.
fn is_bare(text: &str) -> bool {
    let is_time = text.len() >= 10
        && text.as_bytes()[4..].starts_with(b"-")
        && text.bytes().all(|b| b.is_ascii_digit() || b"-:.TZ+ UTC".contains(&b));
    model::is_object_id(text) || is_time
}

/// Facts of a content of somebody else in a thread whose title is erased.
pub(super) fn without_title(facts: &Value) -> Value {
    let mut facts = facts.clone();
    if let Some(title) = facts.get_mut("thread_title") {
        *title = Value::Null;
    }
    facts
}

/// Whether a text has one of some addresses in it, which are in lower case.
pub(super) fn names(text: &str, addresses: &[String]) -> bool {
    let lower = text.to_ascii_lowercase();
    addresses.iter().any(|address| places(&lower, address).next().is_some())
}

/// Where an address stands in a text, both in lower case: by itself, and not as a part of a longer one.
fn places<'t>(text: &'t str, address: &'t str) -> impl Iterator<Item = usize> + 't {
    let belongs = |c: char| c.is_alphanumeric() || "@_-+%".contains(c);
    let found = text.match_indices(address).filter(|_| !address.is_empty());
    found.map(|(at, _)| at).filter(move |at| {
        let (before, behind) = (&text[..*at], &text[at + address.len()..]);
        let ends = match behind.strip_prefix('.') {
            // A sentence ends there, or the address goes on.
            Some(rest) => !rest.starts_with(belongs),
            None => !behind.starts_with(belongs),
        };
        ends && !before.ends_with(belongs) && !before.ends_with('.')
    })
}

/// A text without some addresses, which are in lower case.
pub(super) fn without(text: &str, addresses: &[String]) -> String {
    addresses.iter().fold(text.to_owned(), |text, address| {
        // Case is folded in ASCII alone, so that the places are the same in both.
        let lower = text.to_ascii_lowercase();
        let mut rest = 0;
        let mut out = String::with_capacity(text.len());
        for at in places(&lower, address) {
            out.push_str(&text[rest..at]);
            out.push_str(ERASED);
            rest = at + address.len();
        }
        out.push_str(&text[rest..]);
        out
    })
}

/// The same of facts.
pub(super) fn without_in(facts: &Value, addresses: &[String]) -> Value {
    match facts {
        Value::String(text) => Value::String(without(text, addresses)),
        Value::Array(all) => all.iter().map(|one| without_in(one, addresses)).collect(),
        Value::Object(all) => {
            all.iter().map(|(name, one)| (without(name, addresses), without_in(one, addresses))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_lose_words_and_keep_their_frame() {
        let facts = json!({
            "id": "65f0a1b2c3d4e5f6a7b8c9d0", "body": "I am Ann", "thread_title": "Ann's order", "status": "new",
            "foreign_id": "41", "date": "2026-03-01 10:00:00 UTC", "created_at": "2026-03-01T10:00:00Z", "ordinal": 3,
            "category_ids": ["65f0a1b2c3d4e5f6a7b8c9d1"], "foreign_categories": ["complaint"], "closed": true,
            "context_data": {"page": "https://a.test/ann"}, "owner": {"type": "agent", "id": "65f0a1b2c3d4e5f6a7b8c9d2"},
            "chat": {"screenname": "Ann", "state": "waiting"}, "custom_field_values": {"order": "12"}, "none": null,
        });
        assert_eq!(
            scrubbed(&facts),
            json!({
                "id": "65f0a1b2c3d4e5f6a7b8c9d0", "body": "", "thread_title": null, "status": "new",
                "foreign_id": null, "date": "2026-03-01 10:00:00 UTC", "created_at": "2026-03-01T10:00:00Z", "ordinal": 3,
                "category_ids": ["65f0a1b2c3d4e5f6a7b8c9d1"], "foreign_categories": [], "closed": true,
                "context_data": {}, "owner": {"type": "agent", "id": "65f0a1b2c3d4e5f6a7b8c9d2"},
                "chat": {"screenname": null, "state": "waiting"}, "custom_field_values": {}, "none": null,
            })
        );
    }

    #[test]
    fn an_address_goes_in_any_case_and_wherever_it_stands() {
        let ann = ["ann@a.test".to_owned()];
        for (text, left) in [
            ("To Ann <Ann@A.test>, Bo <bo@b.test>", "To Ann <[erased]>, Bo <bo@b.test>"),
            ("Émile ann@a.test,ann@a.test. é", "Émile [erased],[erased]. é"),
            (
                "joann@a.test x.ann@a.test ann@a.test.org ann@a.tests",
                "joann@a.test x.ann@a.test ann@a.test.org ann@a.tests",
            ),
            ("İ ann@a.test", "İ [erased]"),
            ("nobody", "nobody"),
        ] {
            assert_eq!(without(text, &ann), left);
        }
        assert_eq!(without_in(&json!({"To": ["ann@a.test"], "n": 1}), &ann), json!({"To": ["[erased]"], "n": 1}));
    }
}
