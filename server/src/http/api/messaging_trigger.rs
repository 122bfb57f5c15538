//! `/1.0/messaging_triggers`: what chats show to whom. An extension.

use axum::extract::State;
use model::{CategoryId, ChatItemId, ChatTriggerId, SourceId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::chat_trigger::{Action, ChatTrigger, Condition};

use crate::app::App;
use crate::domain::chat_trigger::{self, TriggerIn};
use crate::domain::{Error, Fault, chat_source};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Refusal, Reply, Result, Written, page};

/// Something that must hold of a visit.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagingCondition")]
pub struct ConditionOut {
    /// What is looked at: a criterion, or the name of a custom variable.
    criterion: String,
    /// On which pages of the visit.
    position: String,
    /// How it is compared.
    operator: String,
    /// With what; null where nothing is compared.
    value: Value,
}

impl From<Condition> for ConditionOut {
    fn from(Condition { criterion, position, operator, value }: Condition) -> Self {
        Self { criterion, position, operator, value }
    }
}

/// Something that a trigger does.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagingAction")]
pub struct ActionOut {
    /// What.
    r#type: String,
    /// The buttons of `show_button`.
    #[serde(skip_serializing_if = "Option::is_none")]
    item_ids: Option<Vec<ChatItemId>>,
    /// The invitation of `show_invitation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    item_id: Option<ChatItemId>,
    /// The message of `automatic_message`.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<ChatItemId>,
}

impl From<Action> for ActionOut {
    fn from(Action { kind, item_ids, item_id, message_id }: Action) -> Self {
        Self { r#type: kind, item_ids: Some(item_ids).filter(|ids| !ids.is_empty()), item_id, message_id }
    }
}

/// A trigger of a chat as the API shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MessagingTrigger")]
pub struct TriggerOut {
    actions: Vec<ActionOut>,
    active: bool,
    also_when_engaged: bool,
    /// Whether it came with the chat and shows the chat's own button: it can be switched off, and not removed.
    built_in: bool,
    category_ids: Vec<CategoryId>,
    conditions: Vec<ConditionOut>,
    created_at: Timestamp,
    id: ChatTriggerId,
    label: String,
    language: Option<String>,
    once_per_visit: bool,
    only_if_agents_available: bool,
    /// Its place in the order in which triggers are looked at.
    position: i64,
    queuing_factor: Option<f64>,
    source_id: SourceId,
    stop_after: bool,
    updated_at: Timestamp,
    /// Grows with each change.
    version: i64,
}

impl From<ChatTrigger> for TriggerOut {
    fn from(trigger: ChatTrigger) -> Self {
        let ChatTrigger { id, source_id, label, active, built_in, position, only_if_agents_available, .. } = trigger;
        let ChatTrigger { queuing_hundredths, conditions, actions, stop_after, once_per_visit, .. } = trigger;
        let ChatTrigger { also_when_engaged, category_ids, language, created_at, updated_at, .. } = trigger;
        #[expect(clippy::cast_precision_loss, reason = "at most a thousand")]
        let factor = |hundredths: i64| hundredths as f64 / 100.0;
        Self {
            actions: actions.0.into_iter().map(ActionOut::from).collect(),
            active,
            also_when_engaged,
            built_in,
            category_ids: category_ids.0,
            conditions: conditions.0.into_iter().map(ConditionOut::from).collect(),
            created_at,
            id,
            label,
            language,
            once_per_visit,
            only_if_agents_available,
            position,
            queuing_factor: queuing_hundredths.map(factor),
            source_id,
            stop_after,
            version: chat_source::version(updated_at),
            updated_at,
        }
    }
}

fn read(params: &Params) -> Result<TriggerIn> {
    let each = |name: &'static str, list: Option<Vec<Map<String, Value>>>| {
        list.map(|list| list.into_iter().enumerate().map(move |(n, map)| (format!("{name}[{n}]"), Params::from(map))))
    };
    let conditions = each("conditions", params.maps("conditions")?);
    let actions = each("actions", params.maps("actions")?);
    Ok(TriggerIn {
        id: None,
        source_id: params.id("source_id", SourceId::parse)?,
        version: None,
        label: params.given("label")?,
        active: params.boolean("active")?,
        only_if_agents_available: params.boolean("only_if_agents_available")?,
        queuing_hundredths: hundredths(params, "queuing_factor")?,
        conditions: conditions.map(|list| list.map(|(field, one)| condition(&field, &one)).collect()).transpose()?,
        actions: actions.map(|list| list.map(|(field, one)| action(&field, &one)).collect()).transpose()?,
        stop_after: params.boolean("stop_after")?,
        once_per_visit: params.boolean("once_per_visit")?,
        also_when_engaged: params.boolean("also_when_engaged")?,
        category_ids: params.ids("category_ids", CategoryId::parse)?,
        language: params.given("language")?,
    })
}

fn condition(field: &str, one: &Params) -> Result<Condition> {
    let read = || {
        Ok(Condition {
            criterion: one.text("criterion")?.unwrap_or_default(),
            position: one.text("position")?.unwrap_or_else(|| "current".into()),
            operator: one.text("operator")?.unwrap_or_default(),
            value: one.value("value").cloned().unwrap_or_default(),
        })
    };
    read().map_err(|refusal: Refusal| refusal.within(field))
}

fn action(field: &str, one: &Params) -> Result<Action> {
    let read = || {
        Ok(Action {
            kind: one.text("type")?.unwrap_or_default(),
            item_ids: one.ids("item_ids", ChatItemId::parse)?.unwrap_or_default(),
            item_id: one.id("item_id", ChatItemId::parse)?,
            message_id: one.id("message_id", ChatItemId::parse)?,
        })
    };
    read().map_err(|refusal: Refusal| refusal.within(field))
}

/// A decimal with at most two places, in hundredths; an empty one takes it back.
fn hundredths(params: &Params, name: &str) -> Result<Option<Option<i64>>> {
    let Some(text) = params.given(name)? else { return Ok(None) };
    if text.trim().is_empty() {
        return Ok(Some(None));
    }
    let bad = || Error::bad(name, Fault::form("a number with two decimal places at the most"));
    let text = text.trim().replace(',', ".");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    let rest = rest.trim_end_matches('0');
    if whole.is_empty() || !digits(whole) || !digits(rest) || rest.len() > 2 {
        return Err(bad().into());
    }
    format!("{whole}{rest:0<2}").parse().map(|n| Some(Some(n))).map_err(|_| bad().into())
}

/// Getting the triggers of a chat, or of all chats that the caller sets up, in their order.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<TriggerOut>> {
    let page = page(&params)?;
    let of = params.id("source_id", SourceId::parse)?;
    let listed = app.db.read(move |tx| Box::pin(async move { chat_trigger::list(tx, &actor, of, page).await })).await?;
    Ok(Paged::new(listed, page, TriggerOut::from))
}

/// Getting a trigger from its id.
pub async fn show(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ChatTriggerId>,
) -> Result<Reply<TriggerOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { chat_trigger::find(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Creating a trigger.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<TriggerOut>> {
    let mut given = read(&params)?;
    given.id = params.id("id", ChatTriggerId::parse)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(chat_trigger::create(tx, &actor, given).await?.into()) })).await
}

/// Updating a trigger.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ChatTriggerId>,
    params: Params,
) -> Result<Written<TriggerOut>> {
    let mut given = read(&params)?;
    given.version = params.integer("version")?;
    write(&app, move |_, tx| Box::pin(async move { Ok(chat_trigger::update(tx, &actor, &id, given).await?.into()) }))
        .await
}

/// Deleting a trigger.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ChatTriggerId>,
) -> Result<Written<TriggerOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(chat_trigger::delete(tx, &actor, &id).await?.into()) })).await
}

/// Putting the triggers of a chat into another order.
pub async fn sort(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<Vec<TriggerOut>>> {
    let ids = params.ids("ids", ChatTriggerId::parse)?.unwrap_or_default();
    write(&app, move |_, tx| {
        Box::pin(async move {
            let sorted = chat_trigger::sort(tx, &actor, ids).await?;
            Ok(sorted.into_iter().map(TriggerOut::from).collect())
        })
    })
    .await
}
