//! Triggers of chats: what is shown to whom, and when. Each chat begins with one that is built in and shows its button.

use model::{CategoryId, ChatItemId, ChatItemKind, ChatTriggerId, SourceId};
use store::chat_item::{self, ChatItem};
use store::chat_trigger::{self, Action, ChatTrigger, Condition};
use store::source::Source;
use store::{Filter, Json, Listed, Page, Tx, chat_variable};

use crate::base::{
    Actor, Change, Error, Fault, Reason, Result, checked_name,
    checks::{checked_locale, distinct},
    note_change_on,
};
use crate::setup::{categorize, chat_criteria, chat_source, targeting};

/// How many triggers a chat has at the most.
const TRIGGERS_MAX: usize = 100;
/// How many conditions a trigger has at the most.
const CONDITIONS_MAX: usize = 20;
/// How many buttons one action shows at the most.
const BUTTONS_MAX: usize = 5;
/// The factor by which more may wait than agents can take, in hundredths.
const QUEUING_MAX: i64 = 1000;
/// What the journal calls a trigger.
const RESOURCE: &str = "mobile_messaging.trigger";

/// What can be said of a trigger; what is absent stays as it is, or has its default.
#[derive(Clone, Debug, Default)]
pub struct TriggerIn {
    /// As which one that was removed comes back.
    pub id: Option<ChatTriggerId>,
    /// Its chat, which never changes.
    pub source_id: Option<SourceId>,
    /// As which it was read, where nobody else may have changed it since.
    pub version: Option<i64>,
    /// Its name.
    pub label: Option<String>,
    /// In use.
    pub active: Option<bool>,
    /// Only while agents could take a conversation.
    pub only_if_agents_available: Option<bool>,
    /// By how many hundredths more may wait; none for as the source says.
    pub queuing_hundredths: Option<Option<i64>>,
    /// What must hold.
    pub conditions: Option<Vec<Condition>>,
    /// What is done then.
    pub actions: Option<Vec<Action>>,
    /// No other trigger after it.
    pub stop_after: Option<bool>,
    /// Once in a visit.
    pub once_per_visit: Option<bool>,
    /// Also where the visitor writes already.
    pub also_when_engaged: Option<bool>,
    /// What a conversation gets that begins from it.
    pub category_ids: Option<Vec<CategoryId>>,
    /// The language of such a conversation; an empty one takes it back.
    pub language: Option<String>,
}

/// Lists the triggers of the chats that the actor may set up, or of one, in the order in which they are looked at.
pub async fn list(tx: &mut Tx, actor: &Actor, of: Option<SourceId>, page: Page) -> Result<Listed<ChatTrigger>> {
    let mut filter = Filter::scoped(&chat_source::scope(tx, actor).await?, "source_id");
    filter.and_some("source_id = ?", of.as_ref());
    Ok(tx.list(filter, "source_id, position, id", page).await?)
}

/// Finds a trigger.
///
/// # Errors
/// 404; 403.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &ChatTriggerId) -> Result<ChatTrigger> {
    let found = chat_trigger::find(tx, id).await?.ok_or(Error::NotFound("trigger"))?;
    chat_source::seen(tx, actor, &found.source_id, "trigger").await?;
    Ok(found)
}

/// Makes a trigger, after all others.
///
/// # Errors
/// 403; 422 when a value is not acceptable, or there are too many.
pub async fn create(tx: &mut Tx, actor: &Actor, given: TriggerIn) -> Result<ChatTrigger> {
    let source = chat_source::named(tx, actor, given.source_id.clone()).await?;
    let others = chat_trigger::of_source(tx, &source.id).await?;
    chat_source::check_room(others.len(), TRIGGERS_MAX)?;
    let label = checked_name("label", given.label.as_deref().ok_or_else(|| Error::missing("label"))?)?;
    let position = others.last().map_or(0, |last| last.position + 1);
    let mut trigger = ChatTrigger { position, ..blank(tx, &source, label) };
    trigger.id = given.id.clone().unwrap_or(trigger.id);
    if given.actions.is_none() {
        return Err(Error::missing("actions"));
    }
    let before = targeting::size(tx, &source).await?;
    change(tx, &source, &mut trigger, given).await?;
    tx.insert(&trigger).await.map_err(|e| Error::taken(e, "id"))?;
    targeting::check_size(tx, &source, before, "actions").await?;
    note(tx, actor, &trigger, Change::Created);
    Ok(trigger)
}

/// A trigger before anything is said of it but its name: it stands first, and does nothing.
fn blank(tx: &Tx, source: &Source, label: String) -> ChatTrigger {
    let now = tx.now();
    ChatTrigger {
        id: ChatTriggerId::new(now),
        source_id: source.id.clone(),
        label,
        active: true,
        built_in: false,
        position: 0,
        only_if_agents_available: false,
        queuing_hundredths: None,
        conditions: Json::default(),
        actions: Json::default(),
        stop_after: false,
        once_per_visit: false,
        also_when_engaged: false,
        category_ids: Json::default(),
        language: None,
        created_at: now,
        updated_at: now,
    }
}

/// The trigger that each chat begins with: it shows the chat's own button to everybody.
pub(crate) async fn create_built_in(tx: &mut Tx, source: &Source, launcher: &ChatItemId) -> Result<()> {
    let shows =
        Action { kind: "show_button".into(), item_ids: vec![launcher.clone()], item_id: None, message_id: None };
    let blank = blank(tx, source, "Default button".into());
    let trigger = ChatTrigger { built_in: true, actions: Json(vec![shows]), ..blank };
    Ok(tx.insert(&trigger).await?)
}

/// Changes a trigger. Of the one that is built in, its name, whether it is in use, whether it asks if agents are there, and
/// what its conversations get.
///
/// # Errors
/// 404; 403; 409 `changed_meanwhile`; 422 when a value is not acceptable, or what never changes would.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &ChatTriggerId, given: TriggerIn) -> Result<ChatTrigger> {
    let (source, mut trigger) = held(tx, actor, id).await?;
    chat_source::fixed_source(given.source_id.as_ref(), &source.id, "trigger")?;
    chat_source::touch(tx, &mut trigger.updated_at, given.version)?;
    let (before, size) = (trigger.clone(), targeting::size(tx, &source).await?);
    let long = [("actions", given.actions.is_some()), ("conditions", given.conditions.is_some())];
    let field = long.iter().find(|(_, there)| *there).map_or("active", |(field, _)| *field);
    change(tx, &source, &mut trigger, given).await?;
    if before.built_in {
        check_built_in(&before, &trigger)?;
    }
    tx.update(&trigger).await?;
    targeting::check_size(tx, &source, size, field).await?;
    note(tx, actor, &trigger, Change::Updated);
    Ok(trigger)
}

fn check_built_in(before: &ChatTrigger, after: &ChatTrigger) -> Result<()> {
    let same = [
        ("conditions", before.conditions == after.conditions),
        ("actions", before.actions == after.actions),
        ("queuing_factor", before.queuing_hundredths == after.queuing_hundredths),
        ("stop_after", before.stop_after == after.stop_after),
        ("once_per_visit", before.once_per_visit == after.once_per_visit),
        ("also_when_engaged", before.also_when_engaged == after.also_when_engaged),
        ("language", before.language == after.language),
    ];
    match same.iter().find(|(_, same)| !same) {
        None => Ok(()),
        Some((field, _)) => Err(Error::invalid(*field, Fault::fixed("trigger"))),
    }
}

/// Removes a trigger.
///
/// # Errors
/// 404; 403; 422 `built_in` for the one that each chat has.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &ChatTriggerId) -> Result<ChatTrigger> {
    let (_, trigger) = held(tx, actor, id).await?;
    if trigger.built_in {
        let message = "the trigger of the chat's own button is switched off, and not removed";
        return Err(Error::Unprocessable("built_in", message.into()));
    }
    tx.delete::<ChatTrigger>(id.as_str()).await?;
    note(tx, actor, &trigger, Change::Deleted);
    Ok(trigger)
}

/// Puts the triggers of a chat into another order: those that are named first. Gives all of them.
///
/// # Errors
/// 403; 422 on `ids` when there are none, or they are not of one chat.
pub async fn sort(tx: &mut Tx, actor: &Actor, ids: Vec<ChatTriggerId>) -> Result<Vec<ChatTrigger>> {
    let first = ids.first().ok_or_else(|| Error::missing("ids"))?;
    let first = chat_trigger::find(tx, first).await?.ok_or_else(|| Error::invalid("ids", Fault::unknown()))?;
    let source = chat_source::named(tx, actor, Some(first.source_id)).await?;
    let mut known = chat_trigger::of_source(tx, &source.id).await?;
    let order = chat_source::sorted(&known.iter().map(|t| t.id.clone()).collect::<Vec<_>>(), ids)?;
    for (position, id) in (0..).zip(&order) {
        let Some(trigger) = known.iter_mut().find(|t| t.id == *id).filter(|t| t.position != position) else { continue };
        trigger.position = position;
        chat_source::touch(tx, &mut trigger.updated_at, None)?;
        tx.update(trigger).await?;
        note(tx, actor, trigger, Change::Updated);
    }
    known.sort_by_key(|trigger| trigger.position);
    Ok(known)
}

async fn held(tx: &mut Tx, actor: &Actor, id: &ChatTriggerId) -> Result<(Source, ChatTrigger)> {
    let gone = || Error::NotFound("trigger");
    let found = chat_trigger::find(tx, id).await?.ok_or_else(gone)?;
    let source = chat_source::held(tx, actor, &found.source_id, "trigger").await?;
    // Read again: somebody may have changed it before the chat was held.
    Ok((source, chat_trigger::find(tx, id).await?.ok_or_else(gone)?))
}

fn note(tx: &mut Tx, actor: &Actor, trigger: &ChatTrigger, change: Change) {
    note_change_on(tx, &trigger.source_id, Some(actor), (RESOURCE, trigger.id.as_str()), change);
}

async fn change(tx: &mut Tx, source: &Source, trigger: &mut ChatTrigger, given: TriggerIn) -> Result<()> {
    let TriggerIn {
        id: _, source_id: _, version: _, label, active, only_if_agents_available, queuing_hundredths, ..
    } = given;
    let TriggerIn {
        conditions, actions, stop_after, once_per_visit, also_when_engaged, category_ids, language, ..
    } = given;
    if let Some(label) = label {
        trigger.label = checked_name("label", &label)?;
    }
    let flags = [
        (&mut trigger.active, active),
        (&mut trigger.only_if_agents_available, only_if_agents_available),
        (&mut trigger.stop_after, stop_after),
        (&mut trigger.once_per_visit, once_per_visit),
        (&mut trigger.also_when_engaged, also_when_engaged),
    ];
    for (known, told) in flags {
        *known = told.unwrap_or(*known);
    }
    if let Some(factor) = queuing_hundredths {
        if factor.is_some_and(|n| !(0..=QUEUING_MAX).contains(&n)) {
            return Err(Error::invalid("queuing_factor", Fault::between(0, 10)));
        }
        trigger.queuing_hundredths = factor;
    }
    if let Some(given) = conditions {
        if given.len() > CONDITIONS_MAX {
            return Err(Error::invalid("conditions", Fault::too_many(CONDITIONS_MAX)));
        }
        let variables = chat_variable::of_source(tx, &source.id).await?;
        let checked = given.into_iter().enumerate();
        let checked = checked.map(|(n, one)| chat_criteria::checked(&format!("conditions[{n}]"), one, &variables));
        trigger.conditions = Json(checked.collect::<Result<_>>()?);
    }
    if let Some(given) = actions {
        let items = chat_item::of_source(tx, &source.id).await?;
        trigger.actions = Json(checked_actions(given, &items)?);
    }
    if let Some(ids) = category_ids {
        trigger.category_ids = Json(categorize::check(tx, ids, &source.id, "category_ids").await?);
    }
    match language.as_deref().map(str::trim) {
        None => {}
        Some("") => trigger.language = None,
        Some(code) => trigger.language = Some(checked_locale("language", code)?),
    }
    Ok(())
}

/// The kinds of actions that show something by themselves.
const SHOWING: [&str; 4] = ["show_chat_minimized", "show_and_open_chat", "show_button", "show_invitation"];
/// And those that go with them.
const WITH_THEM: [&str; 2] = ["automatic_message", "hide_others"];

fn checked_actions(given: Vec<Action>, items: &[ChatItem]) -> Result<Vec<Action>> {
    let mut checked: Vec<Action> = Vec::with_capacity(given.len());
    for (n, action) in given.into_iter().enumerate() {
        let field = format!("actions[{n}]");
        if checked.iter().any(|other| other.kind == action.kind) {
            return Err(Error::invalid(format!("{field}.type"), Reason::Taken.says("is there twice")));
        }
        checked.push(checked_action(&field, action, items)?);
    }
    let has = |kind: &str| checked.iter().any(|action| action.kind == kind);
    if checked.is_empty() {
        return Err(Error::invalid("actions", Fault::blank()));
    }
    if has("show_chat_minimized") && has("show_and_open_chat") {
        let message = "shows the chat minimized and open at once";
        return Err(Error::invalid("actions", Reason::OnlyOne.says(message).with("name", "show_chat")));
    }
    if !SHOWING.iter().any(|kind| has(kind)) {
        let message = format!("must show something: {}", SHOWING.join(", "));
        return Err(Error::invalid("actions", Reason::Alone.says(message).with("allowed", SHOWING.as_slice())));
    }
    Ok(checked)
}

fn checked_action(field: &str, action: Action, items: &[ChatItem]) -> Result<Action> {
    let Action { kind, item_ids, item_id, message_id } = action;
    let of_kind = |name: &str, id: &ChatItemId, kind: ChatItemKind| match items.iter().find(|item| item.id == *id) {
        Some(item) if item.kind == kind => Ok(()),
        Some(_) => Err(Error::invalid(format!("{field}.{name}"), Fault::not(kind.as_str()))),
        None => Err(Error::invalid(format!("{field}.{name}"), Fault::no(kind.as_str(), id))),
    };
    let missing = |name: &str| Error::missing(format!("{field}.{name}"));
    let mut checked = Action { kind, item_ids: Vec::new(), item_id: None, message_id: None };
    match checked.kind.as_str() {
        "show_button" => {
            let ids = distinct(item_ids);
            if ids.is_empty() {
                return Err(missing("item_ids"));
            }
            if ids.len() > BUTTONS_MAX {
                return Err(Error::invalid(format!("{field}.item_ids"), Fault::too_many(BUTTONS_MAX)));
            }
            for id in &ids {
                of_kind("item_ids", id, ChatItemKind::Button)?;
            }
            checked.item_ids = ids;
        }
        "show_invitation" => {
            let id = item_id.ok_or_else(|| missing("item_id"))?;
            of_kind("item_id", &id, ChatItemKind::Invitation)?;
            checked.item_id = Some(id);
        }
        "automatic_message" => {
            let id = message_id.ok_or_else(|| missing("message_id"))?;
            of_kind("message_id", &id, ChatItemKind::AutomaticMessage)?;
            checked.message_id = Some(id);
        }
        "show_chat_minimized" | "show_and_open_chat" | "hide_others" => {}
        _ => {
            let all: Vec<&str> = SHOWING.into_iter().chain(WITH_THEM).collect();
            return Err(Error::invalid(format!("{field}.type"), Fault::one_of(&all)));
        }
    }
    Ok(checked)
}
