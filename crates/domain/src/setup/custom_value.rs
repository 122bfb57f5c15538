//! Which values a custom field takes.

use model::CustomFieldType;
use serde_json::{Number, Value};
use store::custom_field::CustomField;

use crate::base::{Fault, Reason};

/// Longest line of text in characters.
const STRING_MAX: usize = 255;
/// Longest text of several lines in characters.
const TEXT_MAX: usize = 65_536;
/// How many values a field holds at the most.
const LIST_MAX: usize = 100;

/// Why a value is refused.
pub(crate) type Refusal = Fault;

/// The value that a field keeps of what it is given; null when that is empty. Values of forms are texts, those of JSON
/// have types: both are taken. What is `stored` can be said again, also when it can no longer be chosen.
///
/// # Errors
/// When the field cannot hold it.
pub(crate) fn check(field: &CustomField, stored: &Value, given: &Value) -> Result<Value, Refusal> {
    let list = field.multiple || field.kind == CustomFieldType::MultipleChoice;
    match given {
        Value::Array(items) if list => {
            let mut kept = Vec::new();
            for item in items.iter().filter(|item| !is_empty(item)) {
                let value = one(field, stored, item)?;
                let again = field.kind == CustomFieldType::MultipleChoice && kept.contains(&value);
                if !value.is_null() && !again {
                    kept.push(value);
                }
            }
            if kept.len() > LIST_MAX {
                return Err(Reason::TooMany
                    .says(format!("has too many values (at most {LIST_MAX})"))
                    .with("max", LIST_MAX));
            }
            Ok(if kept.is_empty() { Value::Null } else { Value::Array(kept) })
        }
        empty if is_empty(empty) => Ok(Value::Null),
        Value::Array(_) => Err(Reason::Form.says("takes one value, not a list")),
        value if list => Ok(match one(field, stored, value)? {
            Value::Null => Value::Null,
            value => Value::Array(vec![value]),
        }),
        value => one(field, stored, value),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn one(field: &CustomField, stored: &Value, given: &Value) -> Result<Value, Refusal> {
    let text = match given {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return Err(Reason::Form.says("has a value that is not a single one"));
        }
    };
    match field.kind {
        CustomFieldType::String => line(&text),
        CustomFieldType::Text => words(&text),
        CustomFieldType::Boolean => params::truth(&text).map(Value::Bool).ok_or_else(|| Fault::form("true or false")),
        CustomFieldType::Integer => {
            let number: i64 = text.trim().parse().map_err(|_| Fault::form("a whole number"))?;
            Ok(Value::Number(number.into()))
        }
        CustomFieldType::Float => {
            let number = text.trim().parse().ok().and_then(Number::from_f64);
            number.map(Value::Number).ok_or_else(|| Fault::form("a number"))
        }
        CustomFieldType::SingleChoice | CustomFieldType::MultipleChoice => {
            if field.choices.contains(&text) || has(stored, &text) {
                return Ok(Value::String(text));
            }
            Err(Reason::OneOf
                .says("must be one of the choices of this field")
                .with("allowed", field.choices.0.as_slice()))
        }
    }
}

/// Whether a text is a value, or among several.
fn has(stored: &Value, text: &str) -> bool {
    match stored {
        Value::Array(values) => values.iter().any(|value| value == text),
        value => value == text,
    }
}

fn line(text: &str) -> Result<Value, Refusal> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(Reason::SingleLine.says("must be a single line"));
    }
    if text.chars().count() > STRING_MAX {
        return Err(Fault::too_long(STRING_MAX));
    }
    Ok(Value::String(text.to_owned()))
}

/// None is left of a text without a visible character.
fn words(text: &str) -> Result<Value, Refusal> {
    if text.chars().count() > TEXT_MAX {
        return Err(Fault::too_long(TEXT_MAX));
    }
    // Control characters are of no use to anybody, and a database may refuse them.
    let kept: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    Ok(if kept.trim().is_empty() { Value::Null } else { Value::String(kept) })
}

#[cfg(test)]
mod tests {
    use model::{AssociatedType, CustomFieldId, Timestamp};
    use proptest::prelude::*;
    use serde_json::json;
    use store::Json;

    use super::*;

    fn field(kind: CustomFieldType, multiple: bool) -> CustomField {
        let now = Timestamp::from_millis(0);
        CustomField {
            id: CustomFieldId::new(now),
            associated_type_name: AssociatedType::Intervention,
            key: "key".into(),
            label: "Label".into(),
            kind,
            choices: Json(vec!["a".into(), "b c".into()]),
            multiple,
            position: 0,
            read_only: false,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn values_of_forms_and_of_json_are_kept_in_the_type_of_the_field() {
        use CustomFieldType as T;
        for (kind, multiple, given, kept) in [
            (T::String, false, json!("  7 "), json!("7")),
            (T::String, false, json!(7), json!("7")),
            (T::String, true, json!("x"), json!(["x"])),
            (T::String, true, json!(["x", "", "x"]), json!(["x", "x"])),
            (T::String, true, json!([""]), json!(null)),
            (T::Text, false, json!("a\nb\u{0}"), json!("a\nb")),
            (T::Boolean, false, json!("on"), json!(true)),
            (T::Boolean, false, json!(false), json!(false)),
            (T::Integer, false, json!("-12"), json!(-12)),
            (T::Integer, true, json!(["1", 2]), json!([1, 2])),
            (T::Float, false, json!("2.50"), json!(2.5)),
            (T::Float, false, json!(3), json!(3.0)),
            (T::SingleChoice, false, json!("b c"), json!("b c")),
            (T::MultipleChoice, false, json!(["b c", "a", "a"]), json!(["b c", "a"])),
            (T::MultipleChoice, false, json!("a"), json!(["a"])),
            (T::Integer, false, json!(""), json!(null)),
            (T::Boolean, false, json!(null), json!(null)),
        ] {
            assert_eq!(check(&field(kind, multiple), &Value::Null, &given), Ok(kept), "{kind} {given}");
        }
    }

    #[test]
    fn other_values_are_refused() {
        use CustomFieldType as T;
        for (kind, multiple, given) in [
            (T::String, false, json!(["a"])),
            (T::String, false, json!({"a": "b"})),
            (T::String, false, json!("a\nb")),
            (T::String, false, json!("x".repeat(256))),
            (T::String, true, json!([["a"]])),
            (T::String, true, json!(vec!["a"; 101])),
            (T::Text, false, json!("x".repeat(70_000))),
            (T::Boolean, false, json!("maybe")),
            (T::Integer, false, json!(1.5)),
            (T::Integer, false, json!("99999999999999999999")),
            (T::Float, false, json!("NaN")),
            (T::Float, false, json!("1e999")),
            (T::SingleChoice, false, json!("c")),
            (T::MultipleChoice, false, json!(["a", "c"])),
        ] {
            assert!(check(&field(kind, multiple), &Value::Null, &given).is_err(), "{kind} {given}");
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_kept_again(text in "\\PC{0,20}|-?[0-9]{1,22}(\\.[0-9]{1,3})?|true|off|a|b c", multiple: bool) {
            for kind in CustomFieldType::ALL {
                let field = field(*kind, multiple);
                if let Ok(kept) = check(&field, &Value::Null, &json!(text)) {
                    prop_assert_eq!(check(&field, &Value::Null, &kept), Ok(kept.clone()));
                }
            }
        }
    }
}
