//! Custom fields of persons and interventions: the fields themselves, and setting their values.

use model::{AssociatedType, CreatedFrom, CustomFieldId, CustomFieldType};
use serde_json::{Map, Value};
use store::custom_field::{self, CustomField};
use store::{Filter, Json, Listed, Page, Tx, params};
use unicode_normalization::UnicodeNormalization;

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, note_change};
use crate::setup::custom_value::check;

/// Longest key in characters.
const KEY_MAX: usize = 100;
/// How many choices a field has at the most.
const CHOICES_MAX: usize = 500;

/// What can be said of a field; what is absent stays as it is, or has its default.
#[derive(Clone, Debug, Default)]
pub struct CustomFieldIn {
    /// `IdentityGroup` or `Intervention`.
    pub associated_type_name: Option<String>,
    /// The name that people see.
    pub label: Option<String>,
    /// The name of its values; made of the label when there is none.
    pub key: Option<String>,
    /// What it holds: a line of text unless something else is said.
    pub kind: Option<String>,
    /// What can be chosen.
    pub choices: Option<Vec<String>>,
    /// Holds a list of values.
    pub multiple: Option<bool>,
    /// Its place among the others; -1 is the last.
    pub position: Option<i64>,
    /// Agents do not change it.
    pub read_only: Option<bool>,
}

/// Lists the fields by position.
pub async fn list(tx: &mut Tx, page: Page) -> Result<Listed<CustomField>> {
    Ok(tx.list(Filter::default(), "position, id", page).await?)
}

/// Finds a field.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, id: &CustomFieldId) -> Result<CustomField> {
    tx.find("WHERE id = ?1", params![id]).await?.ok_or(Error::NotFound("custom field"))
}

/// Makes a field.
///
/// # Errors
/// 422 without a type or a label, or when a value is not acceptable or the key is taken.
pub async fn create(tx: &mut Tx, actor: &Actor, given: CustomFieldIn) -> Result<CustomField> {
    let CustomFieldIn { associated_type_name, label, key, kind, choices, multiple, position, read_only } = given;
    let of = associated_type_name.ok_or_else(|| Error::missing("associated_type_name"))?;
    let label = checked_name("label", &label.ok_or_else(|| Error::missing("label"))?)?;
    let kind = checked_kind(kind.as_deref())?;
    let now = tx.now();
    let id = CustomFieldId::new(now);
    let field = CustomField {
        associated_type_name: checked_associated_type(&of)?,
        key: checked_key(key, &label)?,
        label,
        kind,
        choices: Json(checked_choices(kind, choices.unwrap_or_default())?),
        // The others have one value by their nature, or several.
        multiple: multiple.unwrap_or(false) && !has_choices(kind) && kind != CustomFieldType::Boolean,
        position: place(tx, position.unwrap_or(-1), &id).await?,
        read_only: read_only.unwrap_or(false),
        created_at: now,
        updated_at: now,
        id,
    };
    tx.insert(&field).await.map_err(|e| Error::taken(e, "key"))?;
    note_change(tx, Some(actor), "custom_field", field.id.as_str(), Change::Created);
    Ok(field)
}

/// Changes a field's label, choices, position, or whether agents may change it. Values that are set stay, also those
/// that can no longer be chosen.
///
/// # Errors
/// 404; 422 when a value is not acceptable, or what a field holds would change.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &CustomFieldId, given: CustomFieldIn) -> Result<CustomField> {
    let mut field = custom_field::lock(tx, id).await?.ok_or(Error::NotFound("custom field"))?;
    let CustomFieldIn { associated_type_name, label, key, kind, choices, multiple, position, read_only } = given;
    let same = |given: Option<String>, known: &str| given.is_none_or(|text| text == known);
    for (name, same) in [
        ("associated_type_name", same(associated_type_name, field.associated_type_name.as_str())),
        ("key", same(key, &field.key)),
        ("type", same(kind, field.kind.as_str())),
        ("multiple", multiple.is_none_or(|given| given == field.multiple)),
    ] {
        if !same {
            return Err(Error::invalid(name, Fault::fixed("field")));
        }
    }
    if let Some(label) = label {
        field.label = checked_name("label", &label)?;
    }
    if let Some(choices) = choices {
        field.choices = Json(checked_choices(field.kind, choices)?);
    }
    if let Some(position) = position {
        field.position = place(tx, position, id).await?;
    }
    field.read_only = read_only.unwrap_or(field.read_only);
    field.updated_at = tx.now();
    tx.update(&field).await?;
    note_change(tx, Some(actor), "custom_field", id.as_str(), Change::Updated);
    Ok(field)
}

/// Removes a field with its values.
///
/// # Errors
/// 404.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &CustomFieldId) -> Result<CustomField> {
    let field = custom_field::lock(tx, id).await?.ok_or(Error::NotFound("custom field"))?;
    tx.delete::<CustomField>(id.as_str()).await?;
    custom_field::forget_values(tx, &field).await?;
    note_change(tx, Some(actor), "custom_field", id.as_str(), Change::Deleted);
    Ok(field)
}

fn has_choices(kind: CustomFieldType) -> bool {
    matches!(kind, CustomFieldType::SingleChoice | CustomFieldType::MultipleChoice)
}

fn checked_associated_type(text: &str) -> Result<AssociatedType> {
    text.parse().map_err(|_| Error::invalid("associated_type_name", Fault::one_of(&["IdentityGroup", "Intervention"])))
}

fn checked_kind(text: Option<&str>) -> Result<CustomFieldType> {
    let Some(text) = text else { return Ok(CustomFieldType::String) };
    let names: Vec<_> = CustomFieldType::ALL.iter().map(|kind| kind.as_str()).collect();
    text.parse().map_err(|_| Error::invalid("type", Fault::one_of(&names)))
}

fn checked_key(given: Option<String>, label: &str) -> Result<String> {
    let Some(key) = given else {
        let made = key_of(label);
        return if made.is_empty() {
            Err(Error::invalid("key", Reason::Required.says("cannot be made of the label: give one")))
        } else {
            Ok(made)
        };
    };
    let good = key.len() <= KEY_MAX && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if good && !key.is_empty() {
        return Ok(key);
    }
    Err(Error::invalid(
        "key",
        Reason::Characters
            .says(format!("must be 1 to {KEY_MAX} of the characters a-z, A-Z, 0-9, _ and -"))
            .with("allowed", "a-z A-Z 0-9 _ -"),
    ))
}

/// `Numéro de client` gives `numero_de_client`.
fn key_of(label: &str) -> String {
    let plain = label.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    let lower: String = plain.map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let mut key = lower.split_whitespace().collect::<Vec<_>>().join("_");
    key.truncate(KEY_MAX);
    key
}

fn checked_choices(kind: CustomFieldType, given: Vec<String>) -> Result<Vec<String>> {
    let mut choices: Vec<String> = Vec::with_capacity(given.len());
    for choice in given {
        let choice = checked_name("choices", &choice)?;
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    match (has_choices(kind), choices.len()) {
        (true, 0) => Err(Error::invalid("choices", Fault::blank())),
        (true, 1..=CHOICES_MAX) | (false, 0) => Ok(choices),
        (true, _) => Err(Error::invalid("choices", Fault::too_many(CHOICES_MAX))),
        (false, _) => {
            Err(Error::invalid("choices", Reason::NotForThis.says("are for single_choice and multiple_choice alone")))
        }
    }
}

async fn place(tx: &mut Tx, position: i64, id: &CustomFieldId) -> Result<i64> {
    match position {
        -1 => Ok(custom_field::end(tx).await?),
        0..=1_000_000 => {
            custom_field::make_room(tx, position, id).await?;
            Ok(position)
        }
        _ => Err(Error::invalid("position", Fault::between(0, "1000000, or -1 for the last").with("max", 1_000_000))),
    }
}

/// Sets values of fields; an empty value takes one back. Tells whether anything changed.
///
/// # Errors
/// 422 that names the field, when there is none of that key, it cannot hold the value, or agents may not change it.
pub async fn set(
    tx: &mut Tx,
    actor: &Actor,
    of: AssociatedType,
    values: &mut Map<String, Value>,
    given: Map<String, Value>,
) -> Result<bool> {
    if given.is_empty() {
        return Ok(false);
    }
    let fields = custom_field::of_type(tx, of).await?;
    let before = values.clone();
    for (key, value) in given {
        let refuse = |fault: Fault| Error::invalid(format!("custom_field_values[{key}]"), fault);
        let known = fields.iter().find(|field| field.key == key);
        let field = known.ok_or_else(|| refuse(Fault::not("a custom field")))?;
        let stored = values.get(&key).unwrap_or(&Value::Null);
        // Forms say all that they show, also what has since become unacceptable.
        if value == *stored {
            continue;
        }
        let value = check(field, stored, &value).map_err(refuse)?;
        if value == *stored {
            continue;
        }
        // Programs fill such fields in; people look at them.
        if field.read_only && actor.origin == CreatedFrom::Interface {
            return Err(refuse(Reason::ReadOnly.says("is read-only")));
        }
        values.insert(key, value);
    }
    Ok(*values != before)
}

/// Every field of a type with its value, null where there is none.
#[must_use]
pub fn filled(fields: &[CustomField], values: &Map<String, Value>) -> Map<String, Value> {
    let value = |field: &CustomField| values.get(&field.key).cloned().unwrap_or(Value::Null);
    fields.iter().map(|field| (field.key.clone(), value(field))).collect()
}

/// Every field of a type without a value: what a new thing begins with, so that events show each.
pub async fn blank(tx: &mut Tx, of: AssociatedType) -> Result<Map<String, Value>> {
    Ok(filled(&custom_field::of_type(tx, of).await?, &Map::new()))
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn keys_are_made_of_labels() {
        assert_eq!(key_of("Customer id"), "customer_id");
        assert_eq!(key_of("  Numéro de client (n°) "), "numero_de_client_n");
        assert_eq!(key_of("顧客"), "");
    }
}
