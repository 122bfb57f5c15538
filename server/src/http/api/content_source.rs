//! `/1.0/content_sources`. Creating them is an extension.

use std::collections::BTreeMap;

use axum::extract::State;
use model::{
    ChannelId, ChatMode, CommunityId, IdentityId, Implementation, SignedIdentities, SourceHealth, SourceId, SourceType,
    Timestamp,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::source::Source;

use crate::app::App;
use crate::domain::source::{self, Shown, SourceIn};
use crate::domain::source_health::Health;
use crate::domain::source_settings::{self, Kind, Setting};
use crate::domain::{Error, Fault, Reason, chat_texts, consent};
use crate::http::answer::write;
use crate::http::api::source_health::HealthOut;
use crate::http::params::within;
use crate::http::{Caller, Id, Paged, Params, Refusal, Reply, Result, Written, page};

/// A source as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct SourceOut {
    active: bool,
    channel_id: Option<ChannelId>,
    color_hex: &'static str,
    community_id: CommunityId,
    created_at: Timestamp,
    error_message: Option<String>,
    /// The reference's name of the setting `sender_name`.
    #[schemars(with = "Option<String>")]
    from_name: Option<Value>,
    id: SourceId,
    live_chat: Option<bool>,
    name: String,
    postmark_enabled: Option<bool>,
    status: &'static str,
    template_message_namespace: Option<String>,
    template_messages: Vec<Value>,
    r#type: SourceType,
    updated_at: Timestamp,
    /// Extension: the key of the Source SDK, in the answer to its making alone.
    access_token: Option<String>,
    /// Extension: where the third party takes requests.
    endpoint_url: Option<String>,
    /// Extension: how it fares; null for a chat, which nobody has to ask.
    health: Option<HealthOut>,
    /// Extension: the identity that agents write as.
    identity_id: Option<IdentityId>,
    /// Extension: what the third party of the Source SDK can do, as it has told last.
    implementation: Option<Implementation>,
    /// Extension: of its community.
    signed_identities: SignedIdentities,
    /// Extension: its public name in the chat's address.
    token: String,
    /// Extension: what a chat says in words of its own, by language and key; left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Value")]
    custom_languages: Option<Value>,
    /// Extension: the version of what a chat's visitors agree to before they write, null where nothing is asked; left out of
    /// lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent_version: Option<Option<String>>,
    /// Extension: which secrets of an e-mail source are set, each with when it last changed; left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<BTreeMap<String, Timestamp>>,
    /// Every other field of the reference, and the settings that are extensions.
    #[serde(flatten)]
    #[schemars(schema_with = "settings_schema")]
    settings: Map<String, Value>,
}

/// Each setting is a field, null where it has no value.
fn settings_schema(_: &mut SchemaGenerator) -> Schema {
    let field = |setting: &Setting| match setting.kind {
        Kind::Bool => json!({"type": ["boolean", "null"]}),
        Kind::Int(..) | Kind::Duration => json!({"type": ["integer", "null"]}),
        Kind::Hundredths(_) => json!({"type": ["number", "null"]}),
        Kind::Texts
        | Kind::SomeOf(_)
        | Kind::Domains
        | Kind::Languages
        | Kind::TimeSheet
        | Kind::Categories
        | Kind::OwnCategories => {
            json!({"type": ["array", "null"], "items": {"type": "string"}})
        }
        Kind::Records(names) => {
            let text = json!({"type": ["string", "null"]});
            let texts: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), text.clone())).collect();
            let record = json!({"type": "object", "properties": texts, "required": names});
            json!({"type": ["array", "null"], "items": record})
        }
        Kind::Bools(_) => json!({"type": ["object", "null"], "additionalProperties": {"type": "boolean"}}),
        Kind::Seconds(_) | Kind::Pixels(_) => {
            json!({"type": ["object", "null"], "additionalProperties": {"type": "integer"}})
        }
        Kind::Welcomes => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Kind::Text(_)
        | Kind::OneOf(_)
        | Kind::Language
        | Kind::Zone
        | Kind::Url
        | Kind::SenderName
        | Kind::Welcome
        | Kind::Addresses
        | Kind::Secret => {
            json!({"type": ["string", "null"]})
        }
    };
    let shown = || source_settings::all().filter(|s| s.shown());
    let fields: Map<String, Value> = shown().map(|s| (s.name.to_owned(), field(s))).collect();
    let names: Vec<&str> = shown().map(|s| s.name).collect();
    json_schema!({"type": "object", "properties": fields, "required": names})
}

impl From<Shown> for SourceOut {
    fn from(shown: Shown) -> Self {
        let Shown { source, signed_identities, access_token, languages, health, secrets } = shown;
        let secrets = secrets.filter(|_| source.kind.caps().mail).map(|all| all.into_iter().collect());
        let (status, error_message) = status(&source, health.as_ref());
        let settings = source_settings::complete(&source);
        let color_hex = source_settings::color(&source);
        let live_chat = source.chat_mode().map(|mode| mode == ChatMode::LiveChat);
        let consent_version = languages.as_ref().map(|own| consent::version(&source, own));
        let from_name = settings.get("sender_name").cloned();
        let Source {
            id,
            community_id,
            channel_id,
            name,
            kind,
            active,
            token,
            secret: _,
            endpoint_url,
            identity_id,
            settings: _,
            implementation,
            created_at,
            updated_at,
        } = source;
        Self {
            active,
            channel_id,
            color_hex,
            community_id,
            created_at,
            error_message,
            from_name,
            id,
            live_chat,
            name,
            postmark_enabled: None,
            status,
            template_message_namespace: None,
            template_messages: Vec::new(),
            r#type: kind,
            updated_at,
            access_token,
            endpoint_url,
            health: health.map(HealthOut::from),
            identity_id,
            implementation: implementation.map(|told| told.0),
            signed_identities,
            token,
            custom_languages: languages.as_ref().map(chat_texts::tree),
            consent_version,
            secrets,
            settings,
        }
    }
}

/// How a source fares in the reference's two words, what was never asked or works in part being well, and why not.
fn status(source: &Source, health: Option<&Health>) -> (&'static str, Option<String>) {
    let is_well =
        |health: SourceHealth| matches!(health, SourceHealth::Ok | SourceHealth::Degraded | SourceHealth::Unchecked);
    match health {
        None if source.active => ("ok", None),
        None => ("error", None),
        Some(health) if is_well(health.health) => ("ok", None),
        Some(health) => ("error", health.message.clone()),
    }
}

fn read(params: &Params) -> Result<SourceIn> {
    let mut settings = Vec::new();
    for setting in source_settings::all() {
        // The reference names the sender differently; where both names come, the extension's wins.
        let name = if setting.name == "sender_name" && !params.has("sender_name") { "from_name" } else { setting.name };
        if params.has(name) {
            settings.push((setting, read_setting(params, name, setting)?));
        }
    }
    Ok(SourceIn {
        name: params.given("name")?,
        kind: params.text("type")?,
        community_id: params.id("community_id", CommunityId::parse)?,
        active: params.boolean("active")?,
        channel_id: params.id("channel_id", ChannelId::parse)?,
        endpoint_url: params.given("endpoint_url")?,
        languages: languages(params)?,
        settings,
        rotate_access_token: params.boolean("rotate_access_token")?.unwrap_or(false),
    })
}

/// What a chat is to say in words of its own: JSON, or JSON in a text; null for nothing of its own.
fn languages(params: &Params) -> Result<Option<Value>> {
    const NAME: &str = "custom_languages";
    match params.value(NAME) {
        None => Ok(params.has(NAME).then_some(Value::Null)),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Some(Value::Null)),
        Some(Value::String(text)) => {
            Ok(Some(within(text).ok_or_else(|| Error::invalid(NAME, Fault::form("a JSON object")))?))
        }
        Some(value) => Ok(Some(value.clone())),
    }
}

fn read_setting(params: &Params, name: &str, setting: &Setting) -> Result<Value> {
    Ok(match setting.kind {
        Kind::Bool => params.boolean(name)?.into(),
        Kind::Int(..) => params.integer(name)?.into(),
        Kind::Duration => duration(params, name)?.into(),
        Kind::Hundredths(_) => params.number(name)?.into(),
        Kind::Welcomes => texts_by_language(params, name)?,
        Kind::Text(_)
        | Kind::OneOf(_)
        | Kind::Language
        | Kind::Zone
        | Kind::Url
        | Kind::SenderName
        | Kind::Welcome
        | Kind::Addresses
        | Kind::Secret => params.text(name)?.into(),
        Kind::Texts
        | Kind::SomeOf(_)
        | Kind::Domains
        | Kind::Languages
        | Kind::TimeSheet
        | Kind::Categories
        | Kind::OwnCategories => params.texts(name)?.into(),
        Kind::Records(names) => records(params, name, names)?,
        Kind::Bools(names) => each(params, name, names, |inner, n| Ok(inner.boolean(n)?.map(Value::from)))?,
        Kind::Seconds(names) | Kind::Pixels(names) => {
            each(params, name, names, |inner, n| Ok(inner.integer(n)?.map(Value::from)))?
        }
    })
}

/// The seconds of a length of time.
fn duration(params: &Params, name: &str) -> Result<Option<i64>> {
    let wrong = || Error::bad(name, Fault::form("a length of time such as 2m 25s, or a number of seconds"));
    match params.text(name)? {
        Some(text) => Ok(Some(source_settings::duration(&text).ok_or_else(wrong)?)),
        None => Ok(None),
    }
}

/// A map of which each value is read by `read`; names that are not known are refused.
fn each(
    params: &Params,
    name: &str,
    names: &[&str],
    read: impl Fn(&Params, &str) -> Result<Option<Value>>,
) -> Result<Value> {
    let Some(map) = params.map(name)? else { return Ok(Value::Null) };
    check_names(name, &map, names)?;
    let inner = Params::from(map);
    let values = names.iter().filter_map(|n| match read(&inner, n) {
        Ok(value) => value.map(|value| Ok(((*n).to_owned(), value))),
        Err(error) => Some(Err(error.within(name))),
    });
    Ok(Value::Object(values.collect::<Result<_>>()?))
}

/// A map of texts by language; a language without one has an empty text.
fn texts_by_language(params: &Params, name: &str) -> Result<Value> {
    let Some(map) = params.map(name)? else { return Ok(Value::Null) };
    let inner = Params::from(map.clone());
    let text = |code: &str| inner.text(code).map_err(|error| Refusal::from(error).within(name));
    let texts = map.into_iter().map(|(code, _)| Ok((code.clone(), text(&code)?.unwrap_or_default().into())));
    Ok(Value::Object(texts.collect::<Result<_>>()?))
}

/// A list of maps of texts: as JSON, as JSON in a text, or as `name[0][key]=…`.
fn records(params: &Params, name: &str, names: &[&str]) -> Result<Value> {
    let bad = || Error::bad(name, Fault::form(format_args!("a list of maps with {}", names.join(", "))));
    let list = match params.value(name) {
        None => Vec::new(),
        Some(Value::Array(list)) => list.clone(),
        Some(Value::Object(map)) => {
            let mut numbered: Vec<_> = map.iter().collect();
            numbered.sort_by_key(|(number, _)| number.parse::<u32>().ok());
            numbered.into_iter().map(|(_, record)| record.clone()).collect()
        }
        Some(Value::String(text)) if text.is_empty() => Vec::new(),
        Some(Value::String(text)) => within(text).ok_or_else(bad)?,
        Some(_) => return Err(bad().into()),
    };
    let records = list.into_iter().map(|record| {
        let parsed = match record {
            Value::String(text) => within(&text).ok_or_else(bad)?,
            other => other,
        };
        let Value::Object(map) = parsed else { return Err(bad().into()) };
        check_names(name, &map, names)?;
        let inner = Params::from(map);
        let texts = names.iter().map(|n| Ok(((*n).to_owned(), Value::from(inner.text(n)?))));
        Ok(Value::Object(texts.collect::<Result<_>>()?))
    });
    Ok(Value::Array(records.collect::<Result<_>>()?))
}

fn check_names(name: &str, map: &Map<String, Value>, names: &[&str]) -> Result<()> {
    match map.keys().find(|key| !names.contains(&key.as_str())) {
        None => Ok(()),
        Some(_) => Err(Error::bad(name, Reason::Form.says(format!("may have {}", names.join(", ")))).into()),
    }
}

/// Getting all sources within the caller's scope, oldest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<SourceOut>> {
    let page = page(&params)?;
    let (permission, active) = (params.text("permission")?, params.boolean("active")?);
    let listed = app
        .db
        .read(move |tx| Box::pin(async move { source::list(tx, &actor, permission, active, page).await }))
        .await?;
    Ok(Paged::new(listed, page, SourceOut::from))
}

/// Getting a source from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<SourceId>) -> Result<Reply<SourceOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { source::find(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Creating a source.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<SourceOut>> {
    let given = read(&params)?;
    write(&app, move |app, tx| Box::pin(async move { Ok(source::create(tx, &actor, &app.keys, given).await?.into()) }))
        .await
}

/// Updating a source.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<SourceId>,
    params: Params,
) -> Result<Written<SourceOut>> {
    let given = read(&params)?;
    write(&app, move |app, tx| {
        Box::pin(async move { Ok(source::update(tx, &actor, &app.keys, &id, given).await?.into()) })
    })
    .await
}
