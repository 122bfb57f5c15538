//! What of a thread's events its history tells: a line each, with what belongs to it.

use model::{Deed, Event, EventType, NewLine};
use serde_json::{Map, Value, json};
use store::Tx;

/// How many characters of a reply are told at the most.
const EXCERPT_MAX: usize = 80;

/// Notes the line of an event, where it has one.
pub(super) fn note(tx: &mut Tx, event: &Event) {
    let Some(mut line) = of(event) else { return };
    if let Some(act) = tx.act() {
        line.data["act_id"] = json!(act);
    }
    add(tx.lines(), line);
}

/// Adds a line to those of the same use case. What somebody does by several steps at once is one deed.
fn add(lines: &mut Vec<NewLine>, mut line: NewLine) {
    let before = lines.last_mut().filter(|before| before.thread_id == line.thread_id);
    match before.map(|before| (before.kind, line.kind, before)) {
        // Who opens somebody's case again has it from then on.
        Some((Deed::Reopened, Deed::Given, _)) => {}
        // What is let go, and waits for nobody: done without an answer. A bot that lets go gives it to people.
        Some((Deed::Canceled | Deed::Closed, Deed::Archived | Deed::HandedOver, before)) => {
            if let Some(holder) = before.data.get("holder") {
                line.data["holder"] = holder.clone();
            }
            *before = line;
        }
        _ => lines.push(line),
    }
}

fn of(event: &Event) -> Option<NewLine> {
    let facts = &event.metadata;
    let has = |name: &str| facts.get(name).is_some_and(|value| !value.is_null());
    let by_somebody = event.user_id.is_some();
    let waiting = facts.pointer("/chat/state").is_some_and(|state| state == "waiting");
    let kind = match event.kind {
        EventType::InterventionOpened => Deed::Opened,
        EventType::InterventionUserUpdated => Deed::Given,
        EventType::InterventionCanceled => Deed::Canceled,
        EventType::InterventionDeferred => Deed::Deferred,
        EventType::InterventionReactivated if by_somebody => Deed::Resumed,
        EventType::InterventionReactivated => Deed::CameBack,
        EventType::InterventionClosed if has("let_go") => Deed::Canceled,
        EventType::InterventionClosed => Deed::Closed,
        EventType::InterventionReopened => Deed::Reopened,
        EventType::ThreadIgnored => Deed::Archived,
        EventType::ContentThreadClosed if has("close_cause") => Deed::Ended,
        EventType::ContentThreadClosed => Deed::Locked,
        EventType::ContentThreadAutoClosed => Deed::Quieted,
        EventType::ContentThreadOpened => Deed::Unlocked,
        EventType::ThreadRecategorized if has("added_category_ids") => Deed::Categorized,
        EventType::ThreadTagged => Deed::Tagged,
        EventType::ThreadHandedOver => Deed::HandedOver,
        EventType::ContentApproved => Deed::Approved,
        EventType::ContentApprovalRefused => Deed::Refused,
        EventType::ChatQueued if waiting => Deed::Queued,
        EventType::ChatQueued => Deed::Requeued,
        EventType::ChatConnected => Deed::Connected,
        EventType::ChatLeft => Deed::Left,
        EventType::ChatEmailAsked => Deed::EmailAsked,
        EventType::ChatEmailGiven => Deed::EmailGiven,
        EventType::ThreadSplit if has("new_thread_id") => Deed::Split,
        EventType::ThreadSplit => Deed::SplitOff,
        EventType::ThreadMerged if has("merged_into") => Deed::MergedInto,
        EventType::ThreadMerged => Deed::Merged,
        _ => return None,
    };
    Some(NewLine {
        thread_id: event.thread_id.clone()?,
        kind,
        user_id: event.user_id.clone(),
        data: Value::Object(data(event, kind)),
    })
}

/// What belongs to a line, under the names that it is read by.
fn data(event: &Event, kind: Deed) -> Map<String, Value> {
    let facts = &event.metadata;
    let mut data = Map::new();
    let mut tell = |name: &str, value: Option<&Value>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            data.insert(name.to_owned(), value.clone());
        }
    };
    if event.resource.kind == "intervention" {
        tell("holder", facts.get("user_id"));
        tell("intervention_id", Some(&json!(event.resource.id)));
    }
    match kind {
        Deed::Deferred => tell("until", facts.get("deferred_at")),
        // Who lets go says nothing of why; who is gone could not.
        Deed::Canceled => tell("reason", facts.get("closed_automatically")),
        Deed::Closed => tell("category_ids", facts.get("category_ids")),
        Deed::Opened | Deed::Reopened => {
            tell("reason", facts.get("opened_because").or_else(|| facts.get("reopened_because")));
            tell("author", facts.get("answer_by"));
        }
        Deed::Categorized => {
            tell("category_ids", facts.get("added_category_ids"));
            tell("removed_category_ids", facts.get("removed_category_ids"));
        }
        Deed::Tagged => {
            tell("tag_ids", facts.get("added_tag_ids"));
            tell("removed_tag_ids", facts.get("removed_tag_ids"));
        }
        Deed::HandedOver => {
            tell("to", facts.pointer("/handover/to"));
            tell("reason", facts.pointer("/handover/reason"));
        }
        Deed::Approved | Deed::Refused => {
            tell("author", facts.get("creator_id"));
            let body = facts.get("body").and_then(Value::as_str).unwrap_or_default();
            tell("excerpt", Some(&json!(excerpt(body))));
        }
        _ => {}
    }
    tell("cause", facts.get("close_cause"));
    tell("screenname", facts.pointer("/chat/screenname"));
    let others = ["new_thread_id", "previous_thread_id", "merged_thread_id", "merged_into"];
    tell("other_id", others.into_iter().find_map(|name| facts.get(name)));
    data
}

/// The beginning of a text on one line.
pub(super) fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT_MAX) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use model::{Resource, ThreadId, Timestamp};

    use super::*;

    fn event(thread: &ThreadId, kind: EventType, metadata: Value) -> Event {
        let resource = Resource { kind: "intervention".into(), id: "1".into() };
        Event { kind, user_id: None, source_id: None, thread_id: Some(thread.clone()), resource, metadata }
    }

    #[test]
    fn what_is_done_by_several_steps_is_one_deed() {
        let now = Timestamp::from_millis(0);
        let (one, other) = (ThreadId::new(now), ThreadId::new(now));
        let told = |events: &[(&ThreadId, EventType)]| {
            let mut lines = Vec::new();
            for (thread, kind) in events {
                add(&mut lines, of(&event(thread, *kind, json!({"user_id": "somebody"}))).expect("a line"));
            }
            lines.into_iter().map(|line| line.kind).collect::<Vec<_>>()
        };
        use EventType as E;
        assert_eq!(told(&[(&one, E::InterventionCanceled), (&one, E::ThreadIgnored)]), [Deed::Archived]);
        assert_eq!(told(&[(&one, E::InterventionReopened), (&one, E::InterventionUserUpdated)]), [Deed::Reopened]);
        let apart = [(&one, E::InterventionCanceled), (&other, E::ThreadIgnored)];
        assert_eq!(told(&apart), [Deed::Canceled, Deed::Archived]);
    }

    #[test]
    fn a_reply_is_told_by_its_beginning() {
        assert_eq!(excerpt("Hello\n there "), "Hello there");
        assert_eq!(excerpt(&"é".repeat(200)), format!("{}…", "é".repeat(EXCERPT_MAX)));
    }
}
