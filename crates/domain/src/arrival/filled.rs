//! The custom variables of the document that a visitor looks at. What an earlier one has filled in is known of the person,
//! and is not this one's until it is told again.

use serde_json::{Map, Value};
use store::visitor::Visitor;

/// So many names are noted of one document.
const MOST: usize = 200;

/// Those of what is known of a person that the document has filled in; all of them where an older program has noted the
/// visit.
pub(super) fn among(filled: Option<&[String]>, known: &Map<String, Value>) -> Map<String, Value> {
    let is_told = |name: &String| is_custom(name) && filled.is_none_or(|names| names.contains(name));
    known.iter().filter(|(name, _)| is_told(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Notes what a document has filled in, and what it has cleared; `anew` is whether it begins. Tells whether that is news.
pub(super) fn note(visitor: &mut Visitor, anew: bool, told: Vec<String>, cleared: &[String]) -> bool {
    let known = visitor.facts.0.filled.take();
    let before = if anew { Some(Vec::new()) } else { known.clone() };
    visitor.facts.0.filled = before.map(|mut names| {
        names.retain(|name| !cleared.contains(name));
        for name in told.into_iter().filter(|name| is_custom(name)) {
            if !names.contains(&name) && names.len() < MOST {
                names.push(name);
            }
        }
        names
    });
    known != visitor.facts.0.filled
}

/// Whether what is known of a person is a custom variable, by its name.
pub(super) fn is_custom(name: &str) -> bool {
    name.starts_with("custom_")
}
