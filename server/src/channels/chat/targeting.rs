//! `/chat/{source_token}/targeting`: the triggers of a chat and what they show, for the script that watches a visit.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256, digest};
use bytes::Bytes;
use model::{ChatItemId, ChatItemKind, ChatTriggerId, Positioning, VariableKind};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::chat_item::ChatItem;
use store::chat_trigger::ChatTrigger;
use store::chat_variable::ChatVariable;

use crate::crypto::to_hex;
use crate::domain::chat_texts::Languages;
use crate::domain::targeting::Targeting;
use crate::domain::{Error, chat_prebuilt, chat_texts};
use crate::http::api::messaging_trigger::{ActionOut, ConditionOut};
use crate::http::api::messaging_variable::InPageOut;
use crate::http::{Refusal, Result};
use crate::state::targetings::{OwnButton, Spoken};

/// A trigger.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatTrigger")]
struct TriggerOut {
    /// Its id.
    id: ChatTriggerId,
    /// Its name, which programs on the page are told.
    label: String,
    /// Its place in the order in which triggers are looked at.
    position: i64,
    /// Whether it acts only while agents could take a conversation.
    only_if_agents_available: bool,
    /// What must hold, all of it.
    conditions: Vec<ConditionOut>,
    /// What is done then.
    actions: Vec<ActionOut>,
    /// Whether no other trigger acts after it in the same visit.
    stop_after: bool,
    /// Whether it acts once in a visit.
    once_per_visit: bool,
    /// Whether it also acts where the visitor writes already.
    also_when_engaged: bool,
    /// The language of a conversation that begins from it; null for the page's.
    language: Option<String>,
}

impl From<ChatTrigger> for TriggerOut {
    fn from(trigger: ChatTrigger) -> Self {
        let ChatTrigger { id, label, position, only_if_agents_available, conditions, actions, .. } = trigger;
        let ChatTrigger { stop_after, once_per_visit, also_when_engaged, language, .. } = trigger;
        Self {
            id,
            label,
            position,
            only_if_agents_available,
            conditions: conditions.0.into_iter().map(ConditionOut::from).collect(),
            actions: actions.0.into_iter().map(ActionOut::from).collect(),
            stop_after,
            once_per_visit,
            also_when_engaged,
            language,
        }
    }
}

/// A button or an invitation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatItem")]
struct ItemOut {
    /// Its id.
    id: ChatItemId,
    /// What it is.
    r#type: ChatItemKind,
    /// Its name, which programs on the page are told.
    label: String,
    /// Whether it stands over the page, or at the place that the page has for it.
    positioning: Positioning,
    /// Its markup, with `{{key}}` where texts stand.
    html: String,
    /// Its style, plain CSS.
    css: String,
    /// Whether it has another dress while no agent is there.
    offline_support: bool,
    /// How many pixels of height the page keeps free for it.
    reserve_height: Option<i64>,
    /// The texts in its markup, by language and key.
    texts: BTreeMap<String, BTreeMap<String, String>>,
}

impl From<(ChatItem, String)> for ItemOut {
    fn from((item, css): (ChatItem, String)) -> Self {
        let (html, texts) = (chat_prebuilt::html(&item), chat_prebuilt::texts(&item));
        let ChatItem { id, kind, label, positioning, offline_support, reserve_height, .. } = item;
        Self { id, r#type: kind, label, positioning, html, css, offline_support, reserve_height, texts }
    }
}

/// An automatic message.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatAutomaticMessage")]
struct AutomaticOut {
    /// Its id.
    id: ChatItemId,
    /// Its name.
    label: String,
    /// What it says, by language.
    body: BTreeMap<String, String>,
}

impl From<ChatItem> for AutomaticOut {
    fn from(item: ChatItem) -> Self {
        let body = chat_prebuilt::body(&item);
        Self { id: item.id, label: item.label, body }
    }
}

/// A custom variable.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatVariable")]
struct VariableOut {
    /// By which pages and triggers name it.
    name: String,
    /// The name that people see.
    label: String,
    /// What it holds.
    kind: VariableKind,
    /// Where it is found in a page; null where the page tells it.
    in_page: Option<InPageOut>,
}

impl From<ChatVariable> for VariableOut {
    fn from(variable: ChatVariable) -> Self {
        let ChatVariable { name, label, kind, in_page, .. } = variable;
        Self { name, label, kind, in_page: in_page.map(|found| found.0.into()) }
    }
}

/// What a page must know to decide what it shows.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatTargeting")]
pub struct TargetingOut {
    /// It changes with the rest, and with nothing else.
    version: String,
    /// In whose time days and hours are: `visitor`, or a time zone.
    time_zone: String,
    /// The triggers in use, in their order.
    triggers: Vec<TriggerOut>,
    /// The buttons and invitations that they show.
    items: Vec<ItemOut>,
    /// What they look at beside what every page has.
    variables: Vec<VariableOut>,
    /// What they say.
    messages: Vec<AutomaticOut>,
}

/// The version of the triggers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatTargetingVersion")]
pub(super) struct VersionOut {
    /// The version to ask for.
    version: String,
}

/// The chat's own button.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatBuiltInItem")]
struct BuiltInItemOut {
    /// Its id.
    id: ChatItemId,
    /// Its name, which programs on the page are told.
    label: String,
}

/// The trigger that is built in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatBuiltInTrigger")]
struct BuiltInTriggerOut {
    /// Its id.
    id: ChatTriggerId,
    /// Its name, which programs on the page are told.
    label: String,
    /// Whether the button is shown.
    active: bool,
}

/// The chat's own button, where a page needs no more than that.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatBuiltIn")]
pub(super) struct BuiltInOut {
    /// The trigger that shows it.
    trigger: BuiltInTriggerOut,
    /// The button.
    item: BuiltInItemOut,
}

/// What the configuration says of the triggers: their version, or the chat's own button alone.
pub(super) fn told(version: &str, button: Option<OwnButton>) -> (Option<VersionOut>, Option<BuiltInOut>) {
    let Some(button) = button else {
        return (Some(VersionOut { version: version.to_owned() }), None);
    };
    let OwnButton { trigger: (id, label), item, active } = button;
    let item = BuiltInItemOut { id: item.0, label: item.1 };
    (None, Some(BuiltInOut { trigger: BuiltInTriggerOut { id, label, active }, item }))
}

/// What pages are told of a chat's languages.
pub(super) fn spoken(own: &Languages) -> Spoken {
    let mut hash = Context::new(&SHA256);
    for part in chat_texts::built_in() {
        hash.update(part.as_bytes());
    }
    for (code, texts) in own {
        hash.update(code.as_bytes());
        hash.update(Value::Object(texts.clone()).to_string().as_bytes());
    }
    let version = to_hex(hash.finish().as_ref())[..16].to_owned();
    Spoken {
        version,
        titles: chat_texts::titles(own),
        english: own.keys().any(|code| code.split('-').next() == Some("en")),
    }
}

/// What pages are told of a chat's triggers: their version and JSON, and the chat's own button where that is all.
pub(super) fn prepare(targeting: Targeting) -> Result<(String, Bytes, Option<OwnButton>)> {
    let plain = targeting.is_plain();
    let Targeting { time_zone, triggers, items, messages, variables, built_in } = targeting;
    let button = built_in.filter(|_| plain).map(|(trigger, item)| OwnButton {
        active: trigger.active && item.active,
        trigger: (trigger.id, trigger.label),
        item: (item.id, item.label),
    });
    let mut out = TargetingOut {
        version: String::new(),
        time_zone,
        triggers: triggers.into_iter().map(TriggerOut::from).collect(),
        items: items.into_iter().map(ItemOut::from).collect(),
        variables: variables.into_iter().map(VariableOut::from).collect(),
        messages: messages.into_iter().map(AutomaticOut::from).collect(),
    };
    let json = |out: &TargetingOut| {
        serde_json::to_vec(out).map_err(|e| Refusal(Error::Internal(format!("a chat's triggers: {e}"))))
    };
    out.version = to_hex(digest(&SHA256, &json(&out)?).as_ref())[..16].to_owned();
    Ok((out.version.clone(), Bytes::from(json(&out)?), button))
}
