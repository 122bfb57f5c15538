//! Structured messages that a third party sends (`docs/sdks/source-sdk/structured-messages.md`): whether one is
//! complete, in the words of the Send API.

use serde_json::Value;
use store::source::Source;

use super::wire::Refusal;
use crate::domain::ingest::Author;

/// The longest as JSON, in bytes.
const LONGEST: usize = 64 * 1024;

/// Checks a content's structured message; none when it has none.
pub(super) fn check(source: &Source, author: &Author, given: Option<&Value>) -> Result<Option<Value>, Refusal> {
    let refuse = |text: &str| Err(Refusal::Structured(text.to_owned()));
    let given = match given {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(map)) if map.is_empty() => return Ok(None),
        Some(given) => given,
    };
    if !source.has_option("view.messaging") {
        return refuse("Source doesn't support structured contents");
    }
    let Some(kind) = given.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty()) else {
        return refuse("Type is required for structured contents");
    };
    let missing = match kind {
        "select" => items(given, &["title"]),
        "rich_link" => fields(given, &["url", "title"]),
        "template" => fields(given, &["title"]).or_else(|| buttons(given)),
        "carousel" => items(given, &["title"]).or_else(|| list(given).iter().find_map(buttons)),
        _ => return refuse("Source doesn't support this type of structured content"),
    };
    if let Some(name) = missing {
        return Err(Refusal::Structured(format!("structured_content: \"{name}\" must not be empty")));
    }
    if !author.controlled {
        return refuse("The author must be puppetizable");
    }
    if given.to_string().len() > LONGEST { Err(Refusal::InvalidResource) } else { Ok(Some(given.clone())) }
}

fn list(of: &Value) -> &[Value] {
    of.get("items").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The first of these fields that is missing.
fn fields(of: &Value, names: &[&'static str]) -> Option<&'static str> {
    let empty = |name: &str| of.get(name).and_then(Value::as_str).is_none_or(|text| text.trim().is_empty());
    names.iter().copied().find(|name| empty(name))
}

fn items(of: &Value, names: &[&'static str]) -> Option<&'static str> {
    if list(of).is_empty() { Some("items") } else { list(of).iter().find_map(|item| fields(item, names)) }
}

/// Buttons lead to an address, or answer.
fn buttons(of: &Value) -> Option<&'static str> {
    let button = |item: &Value| {
        let names: &[&'static str] = if item.get("type").and_then(Value::as_str) == Some("url") {
            &["title", "url"]
        } else {
            &["type", "title"]
        };
        fields(item, names)
    };
    list(of).iter().find_map(button)
}
