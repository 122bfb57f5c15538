//! Structured messages to a chat, or to a third party that shows chats: what agents and bots may send (`docs/interactions/structured-messages`), and what
//! visitors answer by pressing a button. As the guide says, what is too long is cut and what is too many left out;
//! what is missing, or would lead nowhere, is refused.

use model::{AttachmentId, STRUCTURED_TYPES};
use serde_json::{Map, Value, json};
use store::Tx;
use store::attachment::{self, Attachment};
use store::content::Content;
use store::source::Source;

use crate::base::{Actor, Error, Fault, Reason, Result};
use crate::conversation::attachment::uploader;

const CHOICES_MAX: usize = 13;
const BUTTONS_MAX: usize = 4;
const CARDS_MAX: usize = 10;
const TITLE_MAX: usize = 350;
const SUBTITLE_MAX: usize = 1000;
const LABEL_MAX: usize = 80;
const PAYLOAD_MAX: usize = 1000;
const URL_MAX: usize = 2048;
/// Largest picture in bytes.
const PICTURE_MAX: i64 = 5 * 1024 * 1024;
const PICTURES: [&str; 4] = ["gif", "jpeg", "jpg", "png"];

type Object = Map<String, Value>;

fn refuse(message: impl Into<String>) -> Error {
    Error::invalid("structured_content", Reason::Form.says(message.into()))
}

/// Checks a structured message to a chat, and gives it as it is kept: nothing but what the chat shows.
///
/// # Errors
/// 422 `structured_content` that says what is missing or not acceptable.
pub async fn check(tx: &mut Tx, actor: &Actor, source: &Source, given: &Value, body: &str) -> Result<Value> {
    let given = given.as_object().ok_or_else(|| refuse("must be an object"))?;
    let kind = given.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut kept = match kind {
        "select" => select(given, body)?,
        "rich_link" => {
            let mut kept = card(given, "")?;
            if !kept.contains_key("url") {
                return Err(refuse("url can't be blank"));
            }
            kept.remove("items");
            kept
        }
        "template" => card(given, "")?,
        "carousel" => {
            let cards = list(given, "items", CARDS_MAX)?;
            let cards = cards.iter().enumerate().map(|(i, one)| card(one, &format!("items[{i}].")));
            let cards = cards.collect::<Result<Vec<_>>>()?;
            Object::from_iter([("items".to_owned(), json!(cards))])
        }
        _ => return Err(refuse(format!("type must be one of {}", STRUCTURED_TYPES.join(", ")))),
    };
    kept.insert("type".into(), kind.into());
    check_pictures(tx, actor, source, &mut kept).await?;
    Ok(Value::Object(kept))
}

/// Quick replies under a text.
fn select(given: &Object, body: &str) -> Result<Object> {
    if body.trim().is_empty() {
        return Err(Error::invalid("body", Reason::Blank.says("can't be blank with a select")));
    }
    let mut kept = Object::new();
    for name in ["center_items", "disable_text_input"] {
        kept.insert(name.into(), truth(given, name)?.into());
    }
    let mut items = Vec::new();
    for (i, one) in list(given, "items", CHOICES_MAX)?.into_iter().enumerate() {
        let at = format!("items[{i}].");
        let mut item = Object::from_iter([("title".to_owned(), required(one, "title", &at, LABEL_MAX)?.into())]);
        payload(one, &at, &mut item)?;
        items.push(item);
    }
    kept.insert("items".into(), json!(items));
    Ok(kept)
}

/// A picture, a title, a link, and buttons.
fn card(given: &Object, at: &str) -> Result<Object> {
    let mut kept = Object::new();
    kept.insert("title".into(), required(given, "title", at, TITLE_MAX)?.into());
    if let Some(subtitle) = text(given, "subtitle", at, SUBTITLE_MAX)? {
        kept.insert("subtitle".into(), subtitle.into());
    }
    for name in ["attachment_id", "attachment_fallback_id"] {
        if let Some(id) = text(given, name, at, 24)? {
            kept.insert(name.into(), id.into());
        }
    }
    if link(given, at, &mut kept)?
        && let Some(label) = text(given, "url_text", at, LABEL_MAX)?
    {
        kept.insert("url_text".into(), label.into());
    }
    if given.get("items").is_none_or(Value::is_null) {
        return Ok(kept);
    }
    let mut buttons = Vec::new();
    for (i, one) in list(given, "items", BUTTONS_MAX)?.into_iter().enumerate() {
        let at = format!("{at}items[{i}].");
        let mut button = Object::from_iter([("title".to_owned(), required(one, "title", &at, LABEL_MAX)?.into())]);
        let kind = one.get("type").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "reply" => payload(one, &at, &mut button)?,
            "url" if !link(one, &at, &mut button)? => return Err(refuse(format!("{at}url can't be blank"))),
            "url" => {}
            _ => return Err(refuse(format!("{at}type must be reply or url"))),
        }
        button.insert("type".into(), kind.into());
        buttons.push(button);
    }
    kept.insert("items".into(), json!(buttons));
    Ok(kept)
}

fn list<'a>(given: &'a Object, name: &str, most: usize) -> Result<Vec<&'a Object>> {
    let items = given.get(name).and_then(Value::as_array).filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| refuse(format!("{name} must be a list that is not empty")))?;
    let objects = items.iter().take(most).map(|item| item.as_object());
    objects.collect::<Option<_>>().ok_or_else(|| refuse(format!("{name} must be objects")))
}

/// A text without white space around it, cut with an ellipsis when it is too long.
fn text(given: &Object, name: &str, at: &str, most: usize) -> Result<Option<String>> {
    let text = match given.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim(),
        Some(Value::Number(number)) => return Ok(Some(number.to_string())),
        Some(_) => return Err(refuse(format!("{at}{name} must be a text"))),
    };
    if text.chars().count() <= most {
        return Ok(Some(text.to_owned()).filter(|text| !text.is_empty()));
    }
    Ok(Some(format!("{}…", text::beginning(text, most - 1))))
}

fn required(given: &Object, name: &str, at: &str, most: usize) -> Result<String> {
    text(given, name, at, most)?.ok_or_else(|| refuse(format!("{at}{name} can't be blank")))
}

fn truth(given: &Object, name: &str) -> Result<bool> {
    match given.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        // A form has no other way to say it.
        Some(Value::String(text)) => params::truth(text).ok_or_else(|| refuse(format!("{name} must be true or false"))),
        Some(_) => Err(refuse(format!("{name} must be true or false"))),
    }
}

/// What comes back with the answer: cut, it would be another one.
fn payload(given: &Object, at: &str, kept: &mut Object) -> Result<()> {
    let Some(payload) = text(given, "payload", at, usize::MAX)? else { return Ok(()) };
    if !payload.is_ascii() || payload.len() > PAYLOAD_MAX {
        return Err(refuse(format!("{at}payload must have at most {PAYLOAD_MAX} characters, all of them ASCII")));
    }
    kept.insert("payload".into(), payload.into());
    Ok(())
}

/// Takes over an address; tells whether there is one. A deep link works on phones alone, so it needs another address
/// beside it.
fn link(given: &Object, at: &str, kept: &mut Object) -> Result<bool> {
    let Some(url) = text(given, "url", at, usize::MAX)? else { return Ok(false) };
    let fallback = text(given, "url_fallback", at, usize::MAX)?;
    let scheme = |url: &str| ::url::Url::parse(url).ok().map(|url| url.scheme().to_owned());
    let is_web = |url: &str| scheme(url).is_some_and(|s| s == "http" || s == "https");
    if url.len() > URL_MAX || fallback.as_ref().is_some_and(|url| url.len() > URL_MAX) {
        return Err(refuse(format!("{at}url must have at most {URL_MAX} characters")));
    }
    if fallback.as_ref().is_some_and(|url| !is_web(url)) {
        return Err(refuse(format!("{at}url_fallback must be an http or https address")));
    }
    let harmful = scheme(&url).is_none_or(|s| ["blob", "data", "file", "javascript", "vbscript"].contains(&s.as_str()));
    if harmful || (!is_web(&url) && fallback.is_none()) {
        return Err(refuse(format!("{at}url must be an http or https address, or have one as url_fallback")));
    }
    kept.insert("url".into(), url.into());
    if let Some(fallback) = fallback {
        kept.insert("url_fallback".into(), fallback.into());
    }
    Ok(true)
}

/// The parts of a message that may have a picture.
fn cards(message: &mut Object) -> Vec<&mut Object> {
    if message.get("type").and_then(Value::as_str) != Some("carousel") {
        return vec![message];
    }
    let items = message.get_mut("items").and_then(Value::as_array_mut);
    items.into_iter().flatten().filter_map(Value::as_object_mut).collect()
}

async fn check_pictures(tx: &mut Tx, actor: &Actor, source: &Source, message: &mut Object) -> Result<()> {
    for card in cards(message) {
        let named = ["attachment_id", "attachment_fallback_id"].map(|name| card.remove(name));
        let named: Vec<Value> = named.into_iter().flatten().collect();
        let mut chosen = None;
        for id in named.iter().filter_map(Value::as_str).filter_map(AttachmentId::parse) {
            chosen = attachment::find(tx, &id).await?.filter(|file| is_picture(file) && may_show(actor, file));
            if chosen.is_some() {
                break;
            }
        }
        match chosen {
            Some(mut file) => {
                card.insert("attachment_id".into(), json!(file.id));
                // Those who may read the message may see the picture.
                if file.source_id.is_none() {
                    file.source_id = Some(source.id.clone());
                    tx.update(&file).await?;
                }
            }
            None if named.is_empty() => {}
            None => {
                let what = "attachment_id must be an upload of yours, a gif, jpg or png of less than 5 MB";
                return Err(refuse(what));
            }
        }
    }
    Ok(())
}

fn is_picture(file: &Attachment) -> bool {
    let ending = file.filename.rsplit_once('.').map_or("", |(_, e)| e).to_lowercase();
    PICTURES.contains(&ending.as_str()) && file.size < PICTURE_MAX
}

fn may_show(actor: &Actor, file: &Attachment) -> bool {
    file.uploader == uploader(actor) || file.source_id.as_ref().is_some_and(|source| actor.scope().allows(source))
}

/// The pictures that a structured message names.
#[must_use]
pub fn pictures(content: &Content) -> Vec<AttachmentId> {
    let Some(mut message) = content.structured_content.as_ref().and_then(|s| s.0.as_object().cloned()) else {
        return Vec::new();
    };
    let id = |card: &mut Object| card.get("attachment_id").and_then(Value::as_str).and_then(AttachmentId::parse);
    cards(&mut message).into_iter().filter_map(id).collect()
}

/// A structured message as the chat shows it: with addresses of pictures instead of their ids.
#[must_use]
pub fn shown(content: &Content, address: impl Fn(&str) -> Option<String>) -> Option<Value> {
    let mut message = content.structured_content.as_ref()?.0.as_object()?.clone();
    for card in cards(&mut message) {
        if let Some(Value::String(id)) = card.remove("attachment_id") {
            card.insert("picture".into(), json!(address(&id)));
        }
    }
    Some(Value::Object(message))
}

/// A structured message as a third party gets it: with addresses of pictures instead of their ids, and without what is
/// for chats alone.
#[must_use]
pub fn sent(content: &Content, address: impl Fn(&str) -> Option<String>) -> Option<Value> {
    let mut message = content.structured_content.as_ref()?.0.as_object()?.clone();
    for name in ["center_items", "disable_text_input"] {
        message.remove(name);
    }
    for card in cards(&mut message) {
        if let Some(Value::String(id)) = card.remove("attachment_id")
            && let Some(address) = address(&id)
        {
            card.insert("attachment_url".into(), address.into());
        }
    }
    Some(Value::Object(message))
}

/// A line that stands for a structured message where only text is shown: its title, else that of its first item.
#[must_use]
pub fn line(content: &Content) -> Option<String> {
    let message = &content.structured_content.as_ref()?.0;
    let title = |of: &Value| of.get("title").and_then(Value::as_str).map(str::to_owned);
    title(message).or_else(|| title(message.get("items")?.get(0)?))
}

/// Checks that a message has the button that a visitor pressed, by its title and payload; gives what is kept of it
/// with the answer.
///
/// # Errors
/// 422 when it has no such button.
pub fn pressed(content: &Content, title: &str, payload: Option<&str>) -> Result<Value> {
    fn has(message: &Value, title: &str, payload: Option<&str>) -> bool {
        let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
        let items = message.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        items.iter().any(|item| {
            let fits = text(item, "title").as_deref() == Some(title) && text(item, "payload").as_deref() == payload;
            // A card of a carousel is no button; its items are.
            has(item, title, payload) || (fits && is_button(message, item))
        })
    }
    let message = content.structured_content.as_ref().filter(|_| content.is_from_agent());
    if message.is_some_and(|message| has(&message.0, title, payload)) {
        return Ok(json!({"payload": payload}));
    }
    Err(Error::invalid("reply_to", Fault::not("a message with such a button")))
}

fn is_button(message: &Value, item: &Value) -> bool {
    let kind = |of: &Value| of.get("type").and_then(Value::as_str).map(str::to_owned);
    kind(message).as_deref() == Some("select") || kind(item).as_deref() == Some("reply")
}

#[cfg(test)]
mod tests {
    use model::{ContentStatus, IdentityId, SourceId, Timestamp};
    use store::Json;
    use store::thread::Thread;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().cloned().expect("an object")
    }

    fn message(structured: Value) -> Content {
        let now = Timestamp::from_millis(0);
        let thread = Thread::new(SourceId::new(now), now);
        let status = ContentStatus::UserReply;
        let structured_content = Some(Json(structured));
        Content { status, structured_content, ..Content::new(&thread, IdentityId::new(now), now) }
    }

    #[test]
    fn too_many_items_are_left_out_and_long_texts_cut() {
        let items: Vec<Value> = (0..20).map(|i| json!({"title": format!("{i} {}", "x".repeat(100))})).collect();
        let kept = select(&object(json!({"items": items})), "Which?").expect("a select");
        let items = kept["items"].as_array().expect("items");
        let title = items[0]["title"].as_str().expect("a title");
        assert_eq!((items.len(), title.chars().count(), title.ends_with('…')), (13, 80, true));
    }

    #[test]
    fn addresses_that_run_or_lead_nowhere_are_refused() {
        let card = |url: &str, fallback: Value| {
            card(&object(json!({"title": "x", "url": url, "url_fallback": fallback})), "").map(|c| c["url"].clone())
        };
        for bad in ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "nothing", "github://x"] {
            assert!(card(bad, Value::Null).is_err(), "{bad}");
        }
        assert!(card("javascript:alert(1)", json!("https://shop.test")).is_err());
        assert!(card("github://x", json!("javascript:alert(1)")).is_err());
        assert_eq!(card("github://x", json!("https://shop.test")).expect("a card"), "github://x");
        assert_eq!(card("https://shop.test", Value::Null).expect("a card"), "https://shop.test");
    }

    #[test]
    fn only_buttons_that_are_there_can_be_pressed() {
        let carousel = message(json!({"type": "carousel", "items": [
            {"title": "Fern", "items": [{"type": "reply", "title": "Buy", "payload": "1"}]},
            {"title": "Ivy", "items": [{"type": "reply", "title": "Buy", "payload": "2"},
                                       {"type": "url", "title": "More", "url": "https://shop.test"}]}]}));
        assert_eq!(pressed(&carousel, "Buy", Some("2")).expect("a button"), json!({"payload": "2"}));
        for (title, payload) in [("Buy", None), ("Buy", Some("3")), ("Fern", None), ("More", None)] {
            assert!(pressed(&carousel, title, payload).is_err(), "{title} {payload:?}");
        }
        let select = message(json!({"type": "select", "items": [{"title": "Yes"}]}));
        assert_eq!(pressed(&select, "Yes", None).expect("a button"), json!({"payload": null}));
        let customers = Content { status: ContentStatus::New, ..select };
        assert!(pressed(&customers, "Yes", None).is_err());
    }
}
