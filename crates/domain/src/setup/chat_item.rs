//! The catalogue of chats: buttons, invitations and automatic messages, which triggers show.

use std::collections::BTreeMap;

use model::{ChatItemId, ChatItemKind, Positioning, Prebuilt, SourceId};
use store::chat_item::{self, ByLocale, ChatItem, Texts};
use store::source::Source;
use store::{Filter, Json, Listed, Page, Tx, chat_trigger};

use crate::base::{Actor, Change, Error, Fault, Reason, Result, checked_name, checks::checked_locale, note_change_on};
use crate::setup::{chat_prebuilt, chat_source, chat_trigger as triggers, targeting};

/// How many items a chat has at the most.
const ITEMS_MAX: usize = 200;
/// Bytes of markup, and of style, at the most.
const MARKUP_MAX: usize = 32 * 1024;
/// Characters of what a message says.
const BODY_MAX: usize = 2000;
/// Characters of a text that stands for a key; how many keys and languages there are at the most.
const TEXT_MAX: usize = 1000;
const KEYS_MAX: usize = 50;
const LOCALES_MAX: usize = 40;
/// Pixels that a page keeps free at the most.
const HEIGHT_MAX: i64 = 2000;

/// What can be said of an item; what is absent stays as it is, or has its default. An empty markup, style, text or body
/// takes back what is built in.
#[derive(Clone, Debug, Default)]
pub struct ItemIn {
    /// As which one that was removed comes back.
    pub id: Option<ChatItemId>,
    /// Its chat, which never changes.
    pub source_id: Option<SourceId>,
    /// As which it was read, where nobody else may have changed it since.
    pub version: Option<i64>,
    /// What it is, which never changes.
    pub kind: Option<String>,
    /// Its name.
    pub label: Option<String>,
    /// In use.
    pub active: Option<bool>,
    /// Where it stands.
    pub positioning: Option<String>,
    /// Its markup.
    pub html: Option<String>,
    /// Its style.
    pub css: Option<String>,
    /// It is shown in another dress while no agent is there.
    pub offline_support: Option<bool>,
    /// How many pixels the page keeps free for it; none for none.
    pub reserve_height: Option<Option<i64>>,
    /// The texts that stand for keys in its markup.
    pub texts: Option<Texts>,
    /// What a message says, by language.
    pub body: Option<ByLocale>,
}

/// Lists the items of the chats that the actor may set up, or of one, in their order.
pub async fn list(tx: &mut Tx, actor: &Actor, of: Option<SourceId>, page: Page) -> Result<Listed<ChatItem>> {
    let mut filter = Filter::scoped(&chat_source::scope(tx, actor).await?, "source_id");
    filter.and_some("source_id = ?", of.as_ref());
    Ok(tx.list(filter, "source_id, position, id", page).await?)
}

/// Finds an item.
///
/// # Errors
/// 404; 403.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &ChatItemId) -> Result<ChatItem> {
    let found = chat_item::find(tx, id).await?.ok_or(Error::NotFound("item"))?;
    chat_source::seen(tx, actor, &found.source_id, "item").await?;
    Ok(found)
}

/// Makes an item, after all others.
///
/// # Errors
/// 403; 422 when a value is not acceptable, or there are too many.
pub async fn create(tx: &mut Tx, actor: &Actor, given: ItemIn) -> Result<ChatItem> {
    let source = chat_source::named(tx, actor, given.source_id.clone()).await?;
    let others = chat_item::of_source(tx, &source.id).await?;
    chat_source::check_room(others.len(), ITEMS_MAX)?;
    let kind = checked_kind(given.kind.as_deref().ok_or_else(|| Error::missing("type"))?)?;
    let look = match (kind, given.positioning.as_deref()) {
        (ChatItemKind::Button, Some("fixed")) => Prebuilt::ButtonFixed,
        (ChatItemKind::Button, _) => Prebuilt::ButtonDark,
        (ChatItemKind::Invitation, _) => Prebuilt::Invitation,
        (ChatItemKind::AutomaticMessage, _) => Prebuilt::Message,
    };
    let label = given.label.clone().ok_or_else(|| Error::missing("label"))?;
    let position = others.last().map_or(0, |last| last.position + 1);
    let mut item = plain(tx, &source, &label, look, position);
    item.id = given.id.clone().unwrap_or(item.id);
    let (field, before) = (weighty(&given), targeting::size(tx, &source).await?);
    change(&source, &mut item, given)?;
    tx.insert(&item).await.map_err(|e| Error::taken(e, "id"))?;
    targeting::check_size(tx, &source, before, field).await?;
    note(tx, actor, &item, Change::Created);
    Ok(item)
}

/// Makes what each chat begins with: a first catalogue, and the trigger of its own button. That the chat was made says it.
pub(crate) async fn create_first(tx: &mut Tx, source: &Source) -> Result<()> {
    for (position, (label, look)) in (0..).zip(chat_prebuilt::FIRST) {
        let item = plain(tx, source, label, look, position);
        tx.insert(&item).await?;
        if look == Prebuilt::Launcher {
            triggers::create_built_in(tx, source, &item.id).await?;
        }
    }
    Ok(())
}

/// Changes an item.
///
/// # Errors
/// 404; 403; 409 `changed_meanwhile`; 422 when a value is not acceptable, or what never changes would.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &ChatItemId, given: ItemIn) -> Result<ChatItem> {
    let (source, mut item) = held(tx, actor, id).await?;
    chat_source::fixed_source(given.source_id.as_ref(), &source.id, "item")?;
    if given.kind.as_ref().is_some_and(|kind| kind != item.kind.as_str()) {
        return Err(Error::invalid("type", Fault::fixed("item")));
    }
    chat_source::touch(tx, &mut item.updated_at, given.version)?;
    let (field, before) = (weighty(&given), targeting::size(tx, &source).await?);
    change(&source, &mut item, given)?;
    tx.update(&item).await?;
    targeting::check_size(tx, &source, before, field).await?;
    note(tx, actor, &item, Change::Updated);
    Ok(item)
}

/// The given field that can take most room.
fn weighty(given: &ItemIn) -> &'static str {
    let long = [
        ("html", given.html.is_some()),
        ("css", given.css.is_some()),
        ("texts", given.texts.is_some()),
        ("body", given.body.is_some()),
        ("label", given.label.is_some()),
    ];
    long.iter().find(|(_, there)| *there).map_or("active", |(field, _)| *field)
}

/// Removes an item.
///
/// # Errors
/// 404; 403; 409 `in_use` while triggers show it.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &ChatItemId) -> Result<ChatItem> {
    let (source, item) = held(tx, actor, id).await?;
    let triggers = chat_trigger::of_source(tx, &source.id).await?;
    let using = triggers.into_iter().filter(|t| t.actions.iter().any(|a| a.items().any(|shown| shown == id)));
    let using: Vec<String> = using.map(|trigger| trigger.label).collect();
    if !using.is_empty() {
        return Err(chat_source::in_use(using));
    }
    tx.delete::<ChatItem>(id.as_str()).await?;
    note(tx, actor, &item, Change::Deleted);
    Ok(item)
}

/// Puts the items of a chat into another order: those that are named first. Gives all of them.
///
/// # Errors
/// 403; 422 on `ids` when there are none, or they are not of one chat.
pub async fn sort(tx: &mut Tx, actor: &Actor, ids: Vec<ChatItemId>) -> Result<Vec<ChatItem>> {
    let first = ids.first().ok_or_else(|| Error::missing("ids"))?;
    let first = chat_item::find(tx, first).await?.ok_or_else(|| Error::invalid("ids", Fault::unknown()))?;
    let source = chat_source::named(tx, actor, Some(first.source_id)).await?;
    let mut known = chat_item::of_source(tx, &source.id).await?;
    let order = chat_source::sorted(&known.iter().map(|i| i.id.clone()).collect::<Vec<_>>(), ids)?;
    for (position, id) in (0..).zip(&order) {
        let Some(item) = known.iter_mut().find(|i| i.id == *id).filter(|i| i.position != position) else { continue };
        item.position = position;
        chat_source::touch(tx, &mut item.updated_at, None)?;
        tx.update(item).await?;
        note(tx, actor, item, Change::Updated);
    }
    known.sort_by_key(|item| item.position);
    Ok(known)
}

async fn held(tx: &mut Tx, actor: &Actor, id: &ChatItemId) -> Result<(Source, ChatItem)> {
    let gone = || Error::NotFound("item");
    let found = chat_item::find(tx, id).await?.ok_or_else(gone)?;
    let source = chat_source::held(tx, actor, &found.source_id, "item").await?;
    Ok((source, chat_item::find(tx, id).await?.ok_or_else(gone)?))
}

fn note(tx: &mut Tx, actor: &Actor, item: &ChatItem, change: Change) {
    let kind = format!("mobile_messaging.catalog.{}", item.kind);
    note_change_on(tx, &item.source_id, Some(actor), (&kind, item.id.as_str()), change);
}

fn plain(tx: &Tx, source: &Source, label: &str, look: Prebuilt, position: i64) -> ChatItem {
    let now = tx.now();
    ChatItem {
        id: ChatItemId::new(now),
        source_id: source.id.clone(),
        kind: match look {
            Prebuilt::Invitation => ChatItemKind::Invitation,
            Prebuilt::Message => ChatItemKind::AutomaticMessage,
            _ => ChatItemKind::Button,
        },
        label: label.to_owned(),
        active: true,
        position,
        positioning: if look == Prebuilt::ButtonFixed { Positioning::Fixed } else { Positioning::Floating },
        prebuilt: look,
        html: None,
        css: None,
        offline_support: false,
        reserve_height: None,
        texts: Json::default(),
        body: Json::default(),
        created_at: now,
        updated_at: now,
    }
}

fn checked_kind(kind: &str) -> Result<ChatItemKind> {
    let names: Vec<_> = ChatItemKind::ALL.iter().map(|kind| kind.as_str()).collect();
    kind.parse().map_err(|_| Error::invalid("type", Fault::one_of(&names)))
}

fn change(source: &Source, item: &mut ChatItem, given: ItemIn) -> Result<()> {
    let ItemIn { id: _, source_id: _, kind: _, label, active, positioning, html, css, .. } = given;
    let ItemIn { offline_support, reserve_height, texts, body, .. } = given;
    if let Some(label) = label {
        item.label = checked_name("label", &label)?;
    }
    item.active = active.unwrap_or(item.active);
    item.offline_support = offline_support.unwrap_or(item.offline_support);
    let says = item.kind == ChatItemKind::AutomaticMessage;
    if let Some(given) = positioning {
        item.positioning = checked_positioning(item.kind, &given)?;
    }
    if says && (html.is_some() || css.is_some() || texts.is_some()) {
        let given = [("html", html.is_some()), ("css", css.is_some())];
        let field = given.iter().find(|(_, there)| *there).map_or("texts", |(field, _)| *field);
        return Err(Error::invalid(field, Reason::NotForThis.says("is for buttons and invitations alone")));
    }
    if let Some(html) = html {
        item.html = checked_html(&html)?.filter(|html| *html != chat_prebuilt::html_of(item.prebuilt));
    }
    if let Some(css) = css {
        let given = Some(css).filter(|css| !css.trim().is_empty() && css != chat_prebuilt::css_of(item.prebuilt));
        if let Some(css) = &given {
            checked_css(css, targeting::highlight(source))?;
        }
        item.css = given;
    }
    if let Some(height) = reserve_height {
        if height.is_some_and(|height| !(0..=HEIGHT_MAX).contains(&height)) {
            return Err(Error::invalid("reserve_height", Fault::between(0, HEIGHT_MAX)));
        }
        item.reserve_height = height.filter(|height| *height > 0);
    }
    if let Some(texts) = texts {
        let texts = checked_texts(texts)?;
        item.texts = Json(if texts == chat_prebuilt::texts_of(item.prebuilt) { Texts::new() } else { texts });
    }
    if let Some(body) = body {
        if !says {
            return Err(Error::invalid("body", Reason::NotForThis.says("is for automatic messages alone")));
        }
        let body = checked_body(body)?;
        item.body = Json(if body == chat_prebuilt::body_of(item.prebuilt) { ByLocale::new() } else { body });
    }
    Ok(())
}

fn checked_positioning(kind: ChatItemKind, given: &str) -> Result<Positioning> {
    let found: Positioning =
        given.parse().map_err(|_| Error::invalid("positioning", Fault::one_of(&["floating", "fixed"])))?;
    if found == Positioning::Fixed && kind != ChatItemKind::Button {
        return Err(Error::invalid("positioning", Reason::NotForThis.says("is fixed for buttons alone")));
    }
    Ok(found)
}

fn checked_html(given: &str) -> Result<Option<String>> {
    if given.len() > MARKUP_MAX {
        return Err(Error::invalid("html", Fault::too_large(MARKUP_MAX)));
    }
    if given.trim().is_empty() {
        return Ok(None);
    }
    let safe = richtext::markup(given);
    // Nothing of it was more than an attempt.
    if safe.trim().is_empty() { Err(Error::invalid("html", Fault::blank())) } else { Ok(Some(safe)) }
}

fn checked_css(given: &str, highlight: &str) -> Result<()> {
    if given.len() > MARKUP_MAX {
        return Err(Error::invalid("css", Fault::too_large(MARKUP_MAX)));
    }
    richtext::css::read(given, highlight).map(drop).map_err(|wrong| {
        let fault = Reason::Css.says(wrong.to_string());
        Error::invalid("css", fault.with("line", wrong.line).with("column", wrong.column))
    })
}

fn checked_texts(given: Texts) -> Result<Texts> {
    if given.len() > LOCALES_MAX {
        return Err(Error::invalid("texts", Fault::too_many(LOCALES_MAX)));
    }
    let mut checked = Texts::new();
    for (locale, keys) in given {
        let locale = checked_locale("texts", &locale)?;
        if keys.len() > KEYS_MAX {
            return Err(Error::invalid(format!("texts[{locale}]"), Fault::too_many(KEYS_MAX)));
        }
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if keys.keys().any(|key| !(1..=40).contains(&key.len()) || !key.bytes().all(good)) {
            let fault = Reason::Characters.says("must have keys of 1 to 40 of the characters a-z, 0-9 and _");
            return Err(Error::invalid(format!("texts[{locale}]"), fault.with("allowed", "a-z 0-9 _")));
        }
        if let Some((key, _)) = keys.iter().find(|(_, text)| text.chars().count() > TEXT_MAX) {
            return Err(Error::invalid(format!("texts[{locale}][{key}]"), Fault::too_long(TEXT_MAX)));
        }
        let keys: BTreeMap<String, String> = keys.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect();
        if !keys.is_empty() {
            checked.insert(locale, keys);
        }
    }
    Ok(checked)
}

fn checked_body(given: ByLocale) -> Result<ByLocale> {
    if given.len() > LOCALES_MAX {
        return Err(Error::invalid("body", Fault::too_many(LOCALES_MAX)));
    }
    let mut checked = ByLocale::new();
    for (locale, text) in given {
        let locale = checked_locale("body", &locale)?;
        if text.chars().count() > BODY_MAX {
            return Err(Error::invalid(format!("body[{locale}]"), Fault::too_long(BODY_MAX)));
        }
        if !text.trim().is_empty() {
            checked.insert(locale, text.trim().to_owned());
        }
    }
    Ok(checked)
}
