//! `/1.0/settings`.

use axum::extract::State;
use model::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::domain::settings::{self, Kind, SETTINGS, Setting, Settings};
use crate::http::answer::write;
use crate::http::{Caller, Params, Reply, Result, Written};

/// The settings of the domain as the API shows them.
#[derive(Serialize, JsonSchema)]
pub struct SettingsOut {
    /// Every setting by its name.
    #[serde(flatten)]
    #[schemars(schema_with = "values_schema")]
    values: Map<String, Value>,
    /// The list under the name that the published file gives it.
    #[serde(rename = "content_languages[]")]
    content_languages_again: Vec<String>,
    created_at: Timestamp,
    id: String,
    /// Where the reference keeps a domain; a server of its own has none.
    sharding_key: Option<String>,
    updated_at: Timestamp,
}

impl SettingsOut {
    fn new(settings: &Settings, session_seconds: i64) -> Self {
        let mut values = settings.values().clone();
        // Where the domain does not say it, the server's configuration does.
        values.insert("session_timeout".into(), json!(session_seconds / 60));
        Self {
            content_languages_again: settings.get(&settings::CONTENT_LANGUAGES),
            values,
            created_at: settings.created_at,
            id: settings.domain_id.clone(),
            sharding_key: None,
            updated_at: settings.updated_at,
        }
    }
}

/// Each setting is a field.
fn values_schema(_: &mut SchemaGenerator) -> Schema {
    let field = |setting: &Setting| match setting.kind {
        Kind::Bool(_) => json!({"type": "boolean"}),
        Kind::Int(..) => json!({"type": "integer"}),
        Kind::Text(..) | Kind::OneOf(_) | Kind::Locale | Kind::Timezone => json!({"type": "string"}),
        Kind::Languages => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Durations(_) => json!({"type": "array", "items": {"type": "integer"}}),
    };
    let fields: Map<String, Value> = SETTINGS.iter().map(|s| (s.name.to_owned(), field(s))).collect();
    let names: Vec<&str> = SETTINGS.iter().map(|s| s.name).collect();
    json_schema!({"type": "object", "properties": fields, "required": names})
}

fn read(params: &Params, setting: &Setting) -> Result<Value> {
    let name = setting.name;
    Ok(match setting.kind {
        Kind::Bool(_) => params.boolean(name)?.into(),
        Kind::Int(..) => params.integer(name)?.into(),
        Kind::Text(..) | Kind::OneOf(_) | Kind::Locale | Kind::Timezone => params.text(name)?.into(),
        Kind::Languages => {
            let texts = params.texts(name)?.unwrap_or_default();
            json!(params.words(name, &texts)?)
        }
        Kind::Durations(_) => match params.integers(name)? {
            Some(numbers) if !numbers.is_empty() => json!(numbers),
            _ => Value::Null,
        },
    })
}

/// Getting all settings.
pub async fn show(State(app): State<App>) -> Result<Reply<SettingsOut>> {
    Ok(Reply(SettingsOut::new(&*app.settings().await?, app.session_ages().await?.idle)))
}

/// Updating settings; an empty value takes one back to its default.
pub async fn update(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<SettingsOut>> {
    let mut given = Vec::new();
    for setting in SETTINGS.iter().filter(|s| params.has(s.name)) {
        given.push((setting, read(&params, setting)?));
    }
    write(&app, move |app, tx| {
        Box::pin(async move {
            let settings = settings::update(tx, &actor, given).await?;
            let seconds = settings.session_seconds().unwrap_or(app.config.session_hours * 3600);
            Ok(SettingsOut::new(&settings, seconds))
        })
    })
    .await
}
