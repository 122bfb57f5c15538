//! `/1.0/custom_fields`.

use axum::extract::State;
use model::{AssociatedType, CustomFieldId, CustomFieldType, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::custom_field::CustomField;

use crate::app::App;
use crate::domain::custom_field::{self, CustomFieldIn};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A custom field as the API shows it. The last two fields are extensions.
#[derive(Serialize, JsonSchema)]
pub struct CustomFieldOut {
    /// What it belongs to.
    associated_type_name: AssociatedType,
    created_at: Timestamp,
    id: CustomFieldId,
    /// The name of its values in `custom_field_values` and `custom_fields`.
    key: String,
    /// The name that people see.
    label: String,
    /// It holds a list of values.
    multiple: bool,
    /// Its place among the others.
    position: i64,
    /// What it holds.
    r#type: CustomFieldType,
    updated_at: Timestamp,
    /// What can be chosen, for those with choices.
    choices: Vec<String>,
    /// Agents see it and do not change it; the API does.
    read_only: bool,
}

impl From<CustomField> for CustomFieldOut {
    fn from(field: CustomField) -> Self {
        let CustomField { id, associated_type_name, key, label, kind, choices, multiple, position, .. } = field;
        let CustomField { read_only, created_at, updated_at, .. } = field;
        Self {
            associated_type_name,
            created_at,
            id,
            key,
            label,
            multiple,
            position,
            r#type: kind,
            updated_at,
            choices: choices.0,
            read_only,
        }
    }
}

fn read(params: &Params) -> Result<CustomFieldIn> {
    Ok(CustomFieldIn {
        associated_type_name: params.text("associated_type_name")?,
        label: params.given("label")?,
        key: params.text("key")?,
        kind: params.text("type")?,
        choices: params.texts("choices")?,
        multiple: params.boolean("multiple")?,
        position: params.integer("position")?,
        read_only: params.boolean("read_only")?,
    })
}

/// Getting all custom fields, by position.
pub async fn list(State(app): State<App>, params: Params) -> Result<Paged<CustomFieldOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(custom_field::list(tx, page))).await?;
    Ok(Paged::new(listed, page, CustomFieldOut::from))
}

/// Creating a custom field.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<CustomFieldOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(custom_field::create(tx, &actor, given).await?.into()) })).await
}

/// Getting a custom field from its id.
pub async fn show(State(app): State<App>, Id(id): Id<CustomFieldId>) -> Result<Reply<CustomFieldOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { custom_field::find(tx, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Updating a custom field.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<CustomFieldId>,
    params: Params,
) -> Result<Written<CustomFieldOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(custom_field::update(tx, &actor, &id, given).await?.into()) }))
        .await
}

/// Deleting a custom field.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<CustomFieldId>,
) -> Result<Written<CustomFieldOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(custom_field::delete(tx, &actor, &id).await?.into()) })).await
}
