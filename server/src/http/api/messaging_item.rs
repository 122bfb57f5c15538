//! `/1.0/messaging_items`: the catalogue of what chats show and say. An extension.

use std::collections::BTreeMap;

use axum::extract::State;
use model::{ChatItemId, ChatItemKind, Positioning, SourceId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::chat_item::{ByLocale, ChatItem, Texts};

use crate::app::App;
use crate::domain::chat_item::{self, ItemIn};
use crate::domain::{Error, Fault, chat_prebuilt, chat_source};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// An item of a chat's catalogue as the API shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagingItem")]
pub struct ItemOut {
    active: bool,
    /// What an automatic message says, by language.
    body: BTreeMap<String, String>,
    created_at: Timestamp,
    css: String,
    html: String,
    id: ChatItemId,
    label: String,
    offline_support: bool,
    /// Its place in the catalogue.
    position: i64,
    positioning: Positioning,
    /// Whether markup and style are those that are built in.
    prebuilt: bool,
    reserve_height: Option<i64>,
    source_id: SourceId,
    /// The texts that stand for keys in its markup, by language and key.
    texts: BTreeMap<String, BTreeMap<String, String>>,
    r#type: ChatItemKind,
    updated_at: Timestamp,
    /// Grows with each change.
    version: i64,
}

impl From<ChatItem> for ItemOut {
    fn from(item: ChatItem) -> Self {
        let (html, css) = (chat_prebuilt::html(&item), chat_prebuilt::css(&item).to_owned());
        let (texts, body) = (chat_prebuilt::texts(&item), chat_prebuilt::body(&item));
        let prebuilt = item.html.is_none() && item.css.is_none();
        let ChatItem {
            id, source_id, kind, label, active, position, positioning, prebuilt: _, html: _, css: _, ..
        } = item;
        let ChatItem { offline_support, reserve_height, texts: _, body: _, created_at, updated_at, .. } = item;
        Self {
            active,
            body,
            created_at,
            css,
            html,
            id,
            label,
            offline_support,
            position,
            positioning,
            prebuilt,
            reserve_height,
            source_id,
            texts,
            r#type: kind,
            version: chat_source::version(updated_at),
            updated_at,
        }
    }
}

fn read(params: &Params) -> Result<ItemIn> {
    let height = params.integer("reserve_height")?;
    Ok(ItemIn {
        id: None,
        source_id: params.id("source_id", SourceId::parse)?,
        version: None,
        kind: params.text("type")?,
        label: params.given("label")?,
        active: params.boolean("active")?,
        positioning: params.text("positioning")?,
        html: params.given("html")?,
        css: params.given("css")?,
        offline_support: params.boolean("offline_support")?,
        reserve_height: params.has("reserve_height").then_some(height),
        texts: given_map(params, "texts")?.map(|map| by_key("texts", map)).transpose()?,
        body: given_map(params, "body")?.map(|map| texts_of("body", map)).transpose()?,
    })
}

/// A map; an empty text is one with nothing in it.
fn given_map(params: &Params, name: &str) -> Result<Option<Map<String, Value>>> {
    match params.value(name) {
        Some(Value::String(text)) if text.is_empty() => Ok(Some(Map::new())),
        _ => Ok(params.map(name)?),
    }
}

fn texts_of(field: &str, map: Map<String, Value>) -> Result<ByLocale> {
    let text = |(key, value)| match value {
        Value::String(text) => Ok((key, text)),
        Value::Null => Ok((key, String::new())),
        _ => Err(Error::bad(format!("{field}[{key}]"), Fault::form("a text")).into()),
    };
    map.into_iter().map(text).collect()
}

fn by_key(field: &str, map: Map<String, Value>) -> Result<Texts> {
    let keys = |(locale, value)| match value {
        Value::Object(keys) => Ok((texts_of(&format!("{field}[{locale}]"), keys)?, locale)),
        _ => Err(Error::bad(format!("{field}[{locale}]"), Fault::form("a map of texts")).into()),
    };
    map.into_iter().map(|both| keys(both).map(|(texts, locale)| (locale, texts))).collect()
}

/// Getting the items of a chat, or of all chats that the caller sets up, in their order.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<ItemOut>> {
    let page = page(&params)?;
    let of = params.id("source_id", SourceId::parse)?;
    let listed = app.db.read(move |tx| Box::pin(async move { chat_item::list(tx, &actor, of, page).await })).await?;
    Ok(Paged::new(listed, page, ItemOut::from))
}

/// Getting an item from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ChatItemId>) -> Result<Reply<ItemOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { chat_item::find(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Creating an item.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<ItemOut>> {
    let mut given = read(&params)?;
    given.id = params.id("id", ChatItemId::parse)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(chat_item::create(tx, &actor, given).await?.into()) })).await
}

/// Updating an item.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ChatItemId>,
    params: Params,
) -> Result<Written<ItemOut>> {
    let mut given = read(&params)?;
    given.version = params.integer("version")?;
    write(&app, move |_, tx| Box::pin(async move { Ok(chat_item::update(tx, &actor, &id, given).await?.into()) })).await
}

/// Deleting an item.
pub async fn delete(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ChatItemId>) -> Result<Written<ItemOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(chat_item::delete(tx, &actor, &id).await?.into()) })).await
}

/// Putting the items of a chat into another order.
pub async fn sort(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<Vec<ItemOut>>> {
    let ids = params.ids("ids", ChatItemId::parse)?.unwrap_or_default();
    write(&app, move |_, tx| {
        Box::pin(async move {
            let sorted = chat_item::sort(tx, &actor, ids).await?;
            Ok(sorted.into_iter().map(ItemOut::from).collect())
        })
    })
    .await
}
