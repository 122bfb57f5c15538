//! Custom fields: what the administration wants to know of persons and interventions beside what is built in.

use model::{AssociatedType, CustomFieldId, CustomFieldType, Timestamp};

use crate::{Backend, Error, Json, Tx, params, table};

table! {
    /// A field that the administration added.
    pub struct CustomField in "custom_fields" {
        /// Its id.
        id: CustomFieldId,
        /// What it belongs to.
        associated_type_name: AssociatedType,
        /// The name of its values; one of its kind for each associated type.
        key: String,
        /// The name that people see.
        label: String,
        /// What it holds.
        kind: CustomFieldType,
        /// What can be chosen, for those that have choices.
        choices: Json<Vec<String>>,
        /// Holds a list of values.
        multiple: bool,
        /// Its place among the others.
        position: i64,
        /// Agents see it and do not change it.
        read_only: bool,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// The fields of a type, in their order.
pub async fn of_type(tx: &mut Tx, of: AssociatedType) -> Result<Vec<CustomField>, Error> {
    tx.select("WHERE associated_type_name = ?1 ORDER BY position, id", params![of]).await
}

/// Every field, in their order.
pub async fn all(tx: &mut Tx) -> Result<Vec<CustomField>, Error> {
    tx.select("ORDER BY position, id", Vec::new()).await
}

/// Finds a field and holds it.
pub async fn lock(tx: &mut Tx, id: &CustomFieldId) -> Result<Option<CustomField>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// The place after all others.
pub async fn end(tx: &mut Tx) -> Result<i64, Error> {
    tx.number("SELECT COALESCE(MAX(position), -1) + 1 FROM custom_fields", Vec::new()).await
}

/// Moves the fields from a place on by one, when another than `but` stands there.
pub async fn make_room(tx: &mut Tx, position: i64, but: &CustomFieldId) -> Result<(), Error> {
    let sql = "SELECT COUNT(*) FROM custom_fields WHERE position = ?1 AND id <> ?2";
    if tx.number(sql, params![position, but]).await? > 0 {
        let sql = "UPDATE custom_fields SET position = position + 1 WHERE position >= ?1 AND id <> ?2";
        tx.execute(sql, params![position, but]).await?;
    }
    Ok(())
}

/// Takes a field's value out of everything that has one.
pub async fn forget_values(tx: &mut Tx, field: &CustomField) -> Result<(), Error> {
    let (table, column) = match field.associated_type_name {
        AssociatedType::IdentityGroup => ("identity_groups", "custom_field_values"),
        AssociatedType::Intervention => ("interventions", "custom_fields"),
    };
    let (without, name) = match tx.backend() {
        Backend::Sqlite => (format!("json_remove({column}, ?1)"), format!("$.\"{}\"", field.key)),
        Backend::Postgres => (format!("CAST(CAST({column} AS JSONB) - CAST(?1 AS TEXT) AS TEXT)"), field.key.clone()),
    };
    let sql = format!("UPDATE {table} SET {column} = {without} WHERE {column} LIKE ?2");
    tx.execute(&sql, params![name, format!("%\"{}\":%", field.key)]).await.map(drop)
}
