//! Custom variables of a chat as agents see them beside a conversation.

use serde_json::{Map, Value};
use store::chat_variable::ChatVariable;
use store::thread::Thread;
use store::visitor::Visitor;

/// A variable under the name that people gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// By which pages name it.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What it holds.
    pub value: Value,
}

/// The variables that a person has on a chat and that are meant for agents: those that are defined in their order under
/// their labels, then others under their names.
pub fn of_person(defined: &[&ChatVariable], known: &Map<String, Value>) -> Vec<Labelled> {
    let label = |name: &str, label: &str| {
        let value = known.get(name).filter(|value| !value.is_null())?.clone();
        Some(Labelled { name: name.to_owned(), label: label.to_owned(), value })
    };
    let meant = defined.iter().filter(|one| one.show_to_agents);
    let mut shown: Vec<Labelled> = meant.filter_map(|one| label(&one.name, &one.label)).collect();
    let others = known.keys().filter(|name| is_custom(name) && !defined.iter().any(|one| one.name == **name));
    shown.extend(others.filter_map(|name| label(name, name)));
    shown
}

/// Whether what is known of a person is a custom variable, by its name.
fn is_custom(name: &str) -> bool {
    name.starts_with("custom_")
}

/// The variables that are meant for agents, in their order: as a person has them now, where the document of their `visit` has
/// filled them in, else as the conversation had them last. All that are defined are taken out of what else is known of the
/// person: those that are for nobody to see, too.
pub fn labelled(
    defined: &[ChatVariable],
    thread: &Thread,
    visit: Option<&Visitor>,
    known: &mut Map<String, Value>,
) -> Vec<Labelled> {
    let filled = visit.and_then(|visit| visit.facts.0.filled.as_ref());
    let mut shown = Vec::new();
    for variable in defined {
        let now = known.remove(&variable.name).filter(|_| filled.is_none_or(|names| names.contains(&variable.name)));
        let value = now.or_else(|| thread.extra_data.get(&variable.name).cloned());
        if let Some(value) = value.filter(|value| variable.show_to_agents && !value.is_null()) {
            shown.push(Labelled { name: variable.name.clone(), label: variable.label.clone(), value });
        }
    }
    shown
}
