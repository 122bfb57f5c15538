//! What a trigger of a chat can look at: the criteria, the pages of a visit, and which comparison fits which
//! (`docs/interactions/web-messaging/chat-targeting.md`).

use serde_json::Value;
use store::chat_trigger::Condition;
use store::chat_variable::ChatVariable;

use crate::base::{Error, Fault, Reason, Result};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Boolean,
    Number,
    Text,
    Day,
    Time,
}

/// The criteria that need no variable.
const CRITERIA: [(&str, Kind); 20] = [
    ("chat_opened", Kind::Boolean),
    ("chat_shown", Kind::Boolean),
    ("day_of_week", Kind::Day),
    ("time", Kind::Time),
    ("identity", Kind::Boolean),
    ("signed_identity", Kind::Boolean),
    ("page_path", Kind::Text),
    ("page_url", Kind::Text),
    ("page_title", Kind::Text),
    ("page_visit_count", Kind::Number),
    ("page_visit_duration", Kind::Number),
    ("visit_count", Kind::Number),
    ("visit_duration", Kind::Number),
    // Extensions.
    ("device", Kind::Text),
    ("language", Kind::Text),
    ("referrer", Kind::Text),
    ("inactivity", Kind::Number),
    ("scroll_depth", Kind::Number),
    ("exit_intent", Kind::Boolean),
    ("returning_unread", Kind::Number),
];

/// On which pages of the visit a condition looks.
const POSITIONS: [&str; 17] = [
    "current",
    "previous",
    "previous_2",
    "previous_3",
    "previous_4",
    "previous_5",
    "among_previous_2",
    "among_previous_3",
    "among_previous_4",
    "among_previous_5",
    "current_or_previous",
    "current_or_among_previous_2",
    "current_or_among_previous_3",
    "current_or_among_previous_4",
    "any",
    "any_previous",
    "first",
];

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The most characters of a text to compare with, and the most parts of it.
const TEXT_MAX: usize = 1000;
const PARTS_MAX: usize = 50;

impl Kind {
    const fn operators(self) -> &'static [&'static str] {
        match self {
            Self::Boolean => &["is", "is_present", "is_not_present"],
            Self::Number | Self::Day | Self::Time => &["is", "is_present", "is_not_present", "gte", "lte"],
            Self::Text => &[
                "is",
                "is_present",
                "is_not_present",
                "is_not",
                "contains",
                "does_not_contain",
                "starts_with",
                "ends_with",
            ],
        }
    }
}

/// A condition as it is kept.
///
/// # Errors
/// 422 that names the part of `field` at fault.
pub(super) fn checked(field: &str, given: Condition, variables: &[ChatVariable]) -> Result<Condition> {
    let part = |name: &str| format!("{field}.{name}");
    let of_variable = |name: &str| variables.iter().find(|v| v.name == name).map(|v| kind_of(v.kind));
    let built_in = CRITERIA.iter().find(|(name, _)| *name == given.criterion).map(|(_, kind)| *kind);
    let Some(kind) = built_in.or_else(|| of_variable(&given.criterion)) else {
        return Err(Error::invalid(part("criterion"), Fault::not("a criterion, nor a variable of this source")));
    };
    if !POSITIONS.contains(&given.position.as_str()) {
        return Err(Error::invalid(part("position"), Fault::one_of(&POSITIONS)));
    }
    if !kind.operators().contains(&given.operator.as_str()) {
        return Err(Error::invalid(part("operator"), Fault::one_of(kind.operators())));
    }
    let value = match given.operator.as_str() {
        "is_present" | "is_not_present" => Value::Null,
        operator => value_of(kind, operator, &given.value)
            .and_then(|value| if built_in.is_some() { countable(&given.criterion, value) } else { Ok(value) })
            .map_err(|fault| Error::invalid(part("value"), fault))?,
    };
    Ok(Condition { value, ..given })
}

const fn kind_of(kind: model::VariableKind) -> Kind {
    match kind {
        model::VariableKind::String => Kind::Text,
        model::VariableKind::Number => Kind::Number,
        model::VariableKind::Boolean => Kind::Boolean,
    }
}

/// A value of the right kind: forms tell everything as text.
fn value_of(kind: Kind, operator: &str, given: &Value) -> Result<Value, Fault> {
    let text = match given {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => given.to_string(),
        Value::Array(_) | Value::Object(_) => return Err(Fault::form("a text, a number or a truth value")),
    };
    match kind {
        Kind::Boolean => match text.trim() {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(Fault::one_of(&["true", "false"])),
        },
        Kind::Number => {
            let number = text.trim().replace(',', ".").parse::<f64>().ok().filter(|n| n.is_finite());
            let number = number.ok_or_else(|| Fault::form("a number"))?;
            // As a whole one where it is one: 3 is said as 3.
            let whole = text.trim().parse::<i64>().ok().map(Value::from);
            Ok(whole.unwrap_or_else(|| number.into()))
        }
        Kind::Day => match DAYS.contains(&text.trim()) {
            true => Ok(text.trim().into()),
            false => Err(Fault::one_of(&DAYS)),
        },
        Kind::Time => match is_quarter(text.trim()) {
            true => Ok(text.trim().into()),
            false => Err(Reason::Hours.says("must be HH:MM with the minutes 00, 15, 30 or 45")),
        },
        Kind::Text => checked_text(operator, text).map(Value::from),
    }
}

/// What a page counts and times is never below nothing, and nobody is further down a page than its end.
fn countable(criterion: &str, value: Value) -> Result<Value, Fault> {
    let most = if criterion == "scroll_depth" { 100 } else { i64::from(u32::MAX) };
    match value.as_f64() {
        #[expect(clippy::cast_precision_loss, reason = "of 32 bits at the most")]
        Some(number) if !(0.0..=most as f64).contains(&number) => Err(Fault::between(0, most)),
        _ => Ok(value),
    }
}

fn is_quarter(text: &str) -> bool {
    let Some((hour, minute)) = text.split_once(':') else { return false };
    let hour = hour.len() == 2 && hour.bytes().all(|b| b.is_ascii_digit()) && hour < "24";
    hour && ["00", "15", "30", "45"].contains(&minute)
}

fn checked_text(operator: &str, given: String) -> Result<String, Fault> {
    if given.chars().count() > TEXT_MAX {
        return Err(Fault::too_long(TEXT_MAX));
    }
    if given.split(',').count() > PARTS_MAX {
        return Err(Fault::too_many(PARTS_MAX));
    }
    // An empty part is in every text.
    let parts = ["contains", "does_not_contain", "starts_with", "ends_with"];
    if parts.contains(&operator) && given.split(',').all(|part| text::plain(part).trim().is_empty()) {
        return Err(Fault::blank());
    }
    Ok(given)
}
