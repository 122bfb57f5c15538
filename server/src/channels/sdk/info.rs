//! What a third party's implementation can do, as it tells when asked (`docs/sdks/source-sdk/{action-details,options,locales}.md`).
//! It is read as leniently as may be: what nobody knows is listed, and nothing is refused for it.

use std::collections::BTreeMap;

use model::Implementation;
use serde_json::{Map, Value};
use store::source::Source;

use super::ask::ask;
use crate::app::App;
use crate::channels::asked::Failed;
use crate::domain::source_health::Trouble;

/// The objects that there are.
const OBJECTS: &[&str] = &["messages", "private_messages", "threads", "users", "status", "typing"];
/// The options that stand for themselves.
const OPTIONS: &[&str] = &[
    "messages.unthreaded",
    "messages.no_title",
    "private_messages.no_title",
    "threads.no_content",
    "messages.allow_survey",
    "view.messaging",
    "messaging.typing_indicator",
    "messaging.queuing_update",
];
/// The options that each kind of content has.
const OF_EACH: &[&str] = &["text", "html", "attachments"];
/// How many names of one kind are kept at the most.
const MOST: usize = 100;
/// The longest label, in characters.
const LABEL_MAX: usize = 255;

/// Asks the third party of a source what it can do.
pub(super) async fn fetch(app: &App, source: &Source) -> Result<Implementation, Failed> {
    let body = ask(app, source, "implementation.info", None).await?;
    parse(&body).map_err(|trouble| Failed { trouble, status: Some(200), wait: None })
}

/// Reads what it can do.
pub(super) fn parse(body: &[u8]) -> Result<Implementation, Trouble> {
    let read: Value = text::json(body).map_err(|_| Trouble::new("not_json", "the answer is not JSON"))?;
    let Value::Object(map) = read else { return Err(Trouble::new("no_objects", "the answer is not a JSON object")) };
    if let Some(error) = map.get("error").filter(|error| !error.is_null()) {
        let says = error.get("message").and_then(Value::as_str).or(error.as_str()).unwrap_or("an error");
        return Err(Trouble::new("refused", format!("answered: {says}")));
    }
    let mut told = Implementation::default();
    match map.get("objects") {
        Some(Value::Object(objects)) => {
            for (object, actions) in objects {
                let list = actions.as_array().into_iter().flatten().filter_map(Value::as_str);
                note_object(&mut told, object);
                list.for_each(|action| note_action(&mut told, object, action));
            }
        }
        Some(Value::Array(list)) => {
            for name in list.iter().filter_map(Value::as_str) {
                match name.rsplit_once('.') {
                    Some((object, action)) => note_action(&mut told, object, action),
                    None => unknown(&mut told, name),
                }
            }
        }
        _ => return Err(Trouble::new("no_objects", "the answer has no \"objects\"")),
    }
    for option in map.get("options").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        note_option(&mut told, option);
    }
    told.locales = map.get("locales").and_then(Value::as_object).map(locales).unwrap_or_default();
    resolve(&mut told);
    Ok(told)
}

fn note_object(told: &mut Implementation, object: &str) {
    if OBJECTS.contains(&object) {
        told.objects.entry(object.to_owned()).or_default();
    } else {
        unknown(told, object);
    }
}

fn note_action(told: &mut Implementation, object: &str, action: &str) {
    if !OBJECTS.contains(&object) || !is_name(action) {
        return unknown(told, &format!("{object}.{action}"));
    }
    let actions = told.objects.entry(object.to_owned()).or_default();
    if actions.len() < MOST && !actions.iter().any(|one| one == action) {
        actions.push(action.to_owned());
    }
}

fn note_option(told: &mut Implementation, option: &str) {
    let of_each = option.split_once('.').is_some_and(|(object, name)| {
        matches!(object, "messages" | "private_messages" | "threads") && OF_EACH.contains(&name)
    });
    if !of_each && !OPTIONS.contains(&option) {
        return unknown(told, option);
    }
    if !told.options.iter().any(|one| one == option) {
        told.options.push(option.to_owned());
    }
}

fn unknown(told: &mut Implementation, name: &str) {
    let name = text::beginning(name, LABEL_MAX).to_owned();
    if told.unknown.len() < MOST && !told.unknown.contains(&name) {
        told.unknown.push(name);
    }
}

/// Whether a text has the form of an action's name.
fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    text.len() <= 63 && text.bytes().all(plain) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

fn locales(given: &Map<String, Value>) -> BTreeMap<String, BTreeMap<String, String>> {
    let labels = |map: &Map<String, Value>| {
        let texts = map.iter().filter(|(action, _)| is_name(action)).filter_map(|(action, label)| {
            let label = text::beginning(label.as_str()?.trim(), LABEL_MAX).to_owned();
            Some((action.clone(), label)).filter(|(_, label)| !label.is_empty())
        });
        texts.take(MOST).collect()
    };
    let languages = given.iter().filter(|(code, _)| code.len() <= 16).take(MOST);
    languages.filter_map(|(code, map)| Some((code.clone(), labels(map.as_object()?)))).collect()
}

/// Leaves out the options that do not fit what else was told.
fn resolve(told: &mut Implementation) {
    let both = ["messages", "private_messages"].iter().all(|object| told.objects.contains_key(*object));
    let has = |told: &Implementation, option: &str| told.options.iter().any(|one| one == option);
    let leave = |told: &mut Implementation, option: &str| {
        told.options.retain(|one| one != option);
        told.conflicts.push(option.to_owned());
    };
    if has(told, "view.messaging") && both {
        leave(told, "view.messaging");
    }
    if has(told, "messaging.typing_indicator") && !has(told, "view.messaging") {
        leave(told, "messaging.typing_indicator");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(told: Value) -> Implementation {
        parse(told.to_string().as_bytes()).expect("what it can do")
    }

    #[test]
    fn a_map_and_a_flat_list_tell_the_same() {
        let map = read(
            json!({"objects": {"messages": ["list", "create", "pin"], "threads": []}, "options": ["messages.text"]}),
        );
        assert!(map.can("messages", "pin") && map.can("messages", "create") && !map.can("threads", "list"));
        let flat = read(
            json!({"objects": ["messages.list", "messages.create", "messages.pin"], "options": ["messages.text"]}),
        );
        assert_eq!((&flat.objects["messages"], &flat.options), (&map.objects["messages"], &map.options));
    }

    #[test]
    fn what_nobody_knows_is_listed_and_costs_nothing() {
        let told = read(json!({
            "objects": {"messages": ["list", "List!", 7], "comments": ["list"], "status": null},
            "options": ["messages.text", "messages.fancy", {"a": 1}],
            "locales": {"fr": {"pin": "Épingler", "x y": "?"}, "default": []},
            "version": 2,
        }));
        assert_eq!(told.objects["messages"], ["list"]);
        assert_eq!(told.unknown, ["comments", "comments.list", "messages.List!", "messages.fancy"]);
        assert_eq!(told.locales["fr"].len(), 1);
        assert!(!told.objects.keys().any(|object| told.can(object, "create")));
    }

    #[test]
    fn options_that_do_not_fit_together_are_left_out() {
        let told = read(json!({
            "objects": {"messages": ["create"], "private_messages": ["create"]},
            "options": ["view.messaging", "messaging.typing_indicator"],
        }));
        assert_eq!((told.options.len(), told.conflicts.len()), (0, 2));
        let one = read(
            json!({"objects": {"messages": ["create"]}, "options": ["view.messaging", "messaging.typing_indicator"]}),
        );
        assert_eq!((one.options.len(), one.conflicts.len()), (2, 0));
    }

    #[test]
    fn what_is_no_answer_is_said() {
        for (body, code) in [
            ("<html>", "not_json"),
            ("[]", "no_objects"),
            ("{}", "no_objects"),
            (r#"{"objects": "all"}"#, "no_objects"),
            (r#"{"error": "Invalid action"}"#, "refused"),
            (r#"{"error": {"fatal": true, "message": "no"}, "objects": {}}"#, "refused"),
        ] {
            assert_eq!(parse(body.as_bytes()).expect_err(body).code, code, "{body}");
        }
    }
}
