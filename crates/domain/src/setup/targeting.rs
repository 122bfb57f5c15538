//! What a page is told of a chat's triggers, and of what they show: anybody who opens the site can read it.

use std::collections::HashSet;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use model::{ChatItemKind, ChatTriggerId, Positioning, Prebuilt};
use serde_json::json;
use store::chat_item::{self, ChatItem};
use store::chat_trigger::{self, ChatTrigger};
use store::chat_variable::{self, ChatVariable};
use store::source::Source;
use store::{Field, Tx, Value};

use crate::base::{Error, Fault, Result};
use crate::setup::{chat_prebuilt, source_settings};

/// What a page is told, compressed, at the most; some room is left for how it is said.
const SIZE_MAX: usize = 60_000;
/// The same before it is compressed: a browser has to hold it.
const PLAIN_MAX: usize = 1_000_000;

/// What a page is told.
#[derive(Clone, Debug)]
pub struct Targeting {
    /// In whose time days and hours are: `visitor`, or a time zone.
    pub time_zone: String,
    /// The triggers in use, in their order.
    pub triggers: Vec<ChatTrigger>,
    /// What they show, and what it looks like as plain CSS.
    pub items: Vec<(ChatItem, String)>,
    /// What they say.
    pub messages: Vec<ChatItem>,
    /// What triggers look at beside what every page has.
    pub variables: Vec<ChatVariable>,
    /// The trigger of the chat's own button, and that button.
    pub built_in: Option<(ChatTrigger, ChatItem)>,
}

impl Targeting {
    /// Whether there is nothing but the chat's own button as it is built in: its page then needs no more than that.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let untouched = |(_, item): &(ChatTrigger, ChatItem)| {
            item.html.is_none()
                && item.css.is_none()
                && item.texts.is_empty()
                && item.positioning == Positioning::Floating
                && !item.offline_support
                && item.reserve_height.is_none()
        };
        self.triggers.iter().all(|trigger| trigger.built_in && !trigger.only_if_agents_available)
            && self.variables.iter().all(|variable| variable.in_page.is_none())
            && self.built_in.as_ref().is_none_or(untouched)
    }
}

/// What `$highlight-color` is on a chat: its own colour, where it has one.
#[must_use]
pub(super) fn highlight(source: &Source) -> &'static str {
    match source_settings::color(source) {
        first if first == source_settings::COLORS[0] => chat_prebuilt::HIGHLIGHT,
        own => own,
    }
}

/// What a page is told of a chat.
///
/// # Errors
/// 500 when style that was taken cannot be read any more.
pub async fn load(tx: &mut Tx, source: &Source) -> Result<Targeting> {
    let mut triggers = chat_trigger::of_source(tx, &source.id).await?;
    let all = chat_item::of_source(tx, &source.id).await?;
    let variables = chat_variable::of_source(tx, &source.id).await?;
    let shown_by = |trigger: &ChatTrigger| {
        let named: HashSet<_> = trigger.actions.iter().flat_map(|action| action.items().cloned()).collect();
        all.iter().find(|item| named.contains(&item.id)).cloned()
    };
    let built_in = triggers.iter().find(|t| t.built_in).and_then(|t| Some((t.clone(), shown_by(t)?)));
    triggers.retain(|trigger| trigger.active);
    let named: HashSet<_> = triggers.iter().flat_map(|t| t.actions.iter()).flat_map(|a| a.items()).collect();
    let in_use = all.iter().filter(|item| item.active && named.contains(&item.id)).cloned();
    let (messages, items): (Vec<_>, Vec<_>) = in_use.partition(|item| item.kind == ChatItemKind::AutomaticMessage);
    let items = items.into_iter().map(|item| compiled(source, &item).map(|css| (item, css))).collect::<Result<_>>()?;
    let time_zone = source.setting("targeting_time_zone").unwrap_or("visitor").to_owned();
    Ok(Targeting { time_zone, triggers, items, messages, variables, built_in })
}

/// How many more may wait than agents can take, in hundredths, as a trigger says; none for as the source does.
///
/// # Errors
/// 404 for a trigger that is not of this chat or not in use.
pub async fn factor(tx: &mut Tx, source: &Source, trigger: Option<&str>) -> Result<Option<i64>> {
    let Some(id) = trigger else { return Ok(None) };
    let found = match ChatTriggerId::parse(id) {
        Some(id) => chat_trigger::find(tx, &id).await?,
        None => None,
    };
    let found = found.filter(|trigger| trigger.active && trigger.source_id == source.id);
    Ok(found.ok_or(Error::NotFound("trigger"))?.queuing_hundredths)
}

fn compiled(source: &Source, item: &ChatItem) -> Result<String> {
    // The chat's own button always had the chat's colour; the invitation has white text on it.
    let highlight = match item.prebuilt {
        Prebuilt::Launcher => source_settings::color(source),
        Prebuilt::Invitation if item.css.is_none() => source_settings::color(source),
        _ => highlight(source),
    };
    richtext::css::read(chat_prebuilt::css(item), highlight)
        .map_err(|wrong| Error::Internal(format!("the style of item {}: {wrong}", item.id)))
}

/// How much a page is told of a chat.
#[derive(Clone, Copy)]
pub(super) struct Size {
    compressed: usize,
    plain: usize,
}

/// How much a page is told of the chat as it is now.
///
/// # Errors
/// As [`load`].
pub(super) async fn size(tx: &mut Tx, source: &Source) -> Result<Size> {
    let told = load(tx, source).await?;
    let text = |value: Value| if let Value::Text(text) = value { text } else { String::new() };
    let triggers = told
        .triggers
        .iter()
        .map(|t| json!([t.id, t.label, text(t.conditions.to_value()), text(t.actions.to_value())]).to_string());
    let items = told.items.iter().map(|(item, css)| {
        json!([item.id, item.label, chat_prebuilt::html(item), css, chat_prebuilt::texts(item)]).to_string()
    });
    let messages = told.messages.iter().map(|item| json!([item.id, item.label, chat_prebuilt::body(item)]).to_string());
    let variables = told.variables.iter().map(|v| json!([v.name, v.label, text(v.in_page.to_value())]).to_string());
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let failed = |e: std::io::Error| Error::Internal(format!("compressing in memory: {e}"));
    let mut plain = 0;
    for part in triggers.chain(items).chain(messages).chain(variables) {
        plain += part.len();
        encoder.write_all(part.as_bytes()).map_err(failed)?;
    }
    Ok(Size { compressed: encoder.finish().map_err(failed)?.len(), plain })
}

/// Refuses what would make a page load more than it should, when it is told of the chat as it is now. What makes it less
/// than it was `before` is taken in any case.
///
/// # Errors
/// 422 on `field`.
pub(super) async fn check_size(tx: &mut Tx, source: &Source, before: Size, field: &str) -> Result<()> {
    let after = size(tx, source).await?;
    for (after, before, most) in
        [(after.compressed, before.compressed, SIZE_MAX), (after.plain, before.plain, PLAIN_MAX)]
    {
        if after > most.max(before) {
            return Err(Error::invalid(field, Fault::too_large(most)));
        }
    }
    Ok(())
}
