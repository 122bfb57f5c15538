//! How what the administration changes is called now: for those who read in the journal who changed what.

use std::collections::HashMap;

use crate::{Error, Field, Tx};

/// Of each kind of thing its table, and what names one of it.
const KINDS: &[(&str, &str, &str)] = &[
    ("access_token", "access_tokens", "label"),
    ("category", "categories", "name"),
    ("channel", "channels", "name"),
    ("community", "communities", "name"),
    ("content_source", "content_sources", "name"),
    ("custom_field", "custom_fields", "label"),
    ("folder", "folders", "label"),
    ("presence_status", "presence_statuses", "name"),
    ("role", "roles", "label"),
    ("second_factor", "users", "firstname || ' ' || lastname"),
    ("survey", "surveys", "name"),
    ("tag", "tags", "name"),
    ("team", "teams", "name"),
    ("time_sheet", "time_sheets", "label"),
    ("user", "users", "firstname || ' ' || lastname"),
    ("webhook", "webhooks", "name"),
];

/// The names of things of one kind, by their ids; those that are gone, and kinds without names, are left out.
pub async fn of_kind(tx: &mut Tx, kind: &str, ids: &[String]) -> Result<HashMap<String, String>, Error> {
    let Some((_, table, name)) = KINDS.iter().find(|(known, ..)| *known == kind).filter(|_| !ids.is_empty()) else {
        return Ok(HashMap::new());
    };
    let mut found = HashMap::new();
    // Databases limit the number of parameters.
    for some in ids.chunks(256) {
        let sql = format!("SELECT id, {name} FROM {table} WHERE id IN ({})", crate::placeholders(1, some.len()));
        for mut row in tx.rows(&sql, some.iter().map(Field::to_value).collect()).await? {
            found.insert(row.take()?, row.take()?);
        }
    }
    Ok(found)
}
