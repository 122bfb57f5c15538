//! What a chat says: the languages that are built in, and what a source has in words of its own
//! (`docs/interactions/web-messaging/customization.md`). The texts themselves are the widget's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value};
use store::chat_texts::{self as rows, ChatTexts, Texts};
use store::source::Source;
use store::{Json, Tx};

use crate::base::{Error, Fault, Reason, Result};

/// Texts by language and key.
pub type Languages = BTreeMap<String, Texts>;

/// The name under which a source takes them.
const FIELD: &str = "custom_languages";
/// How many bytes they may have, as JSON.
const SIZE_MAX: usize = 256 * 1024;
/// How many characters a text may have.
const TEXT_MAX: usize = 1000;
/// The forms that a language can have for numbers; the last one is there in all of them.
const FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];
const MONTHS: &str = "date.month_names";
const HOURS: &str = "date.estimated_wait_time_format.hours";

/// English comes with the chat, in parts.
const ENGLISH: [&str; 8] = [
    include_str!("../../../../web/widget/messages/en.json"),
    include_str!("../../../../web/widget/messages/alerts.en.json"),
    include_str!("../../../../web/widget/messages/consent.en.json"),
    include_str!("../../../../web/widget/messages/email.en.json"),
    include_str!("../../../../web/widget/messages/files.en.json"),
    include_str!("../../../../web/widget/messages/list.en.json"),
    include_str!("../../../../web/widget/messages/live.en.json"),
    include_str!("../../../../web/widget/messages/refused.en.json"),
];
pub(super) const BUILT_IN: [(&str, &str); 11] = [
    ("ar", include_str!("../../../../web/widget/messages/ar.json")),
    ("de", include_str!("../../../../web/widget/messages/de.json")),
    ("es", include_str!("../../../../web/widget/messages/es.json")),
    ("fr", include_str!("../../../../web/widget/messages/fr.json")),
    ("he", include_str!("../../../../web/widget/messages/he.json")),
    ("it", include_str!("../../../../web/widget/messages/it.json")),
    ("ja", include_str!("../../../../web/widget/messages/ja.json")),
    ("nl", include_str!("../../../../web/widget/messages/nl.json")),
    ("pl", include_str!("../../../../web/widget/messages/pl.json")),
    ("pt", include_str!("../../../../web/widget/messages/pt.json")),
    ("zh", include_str!("../../../../web/widget/messages/zh.json")),
];
/// Keys that have no text until a source gives one, and keys of the reference that nothing shows yet.
const MORE_KEYS: [&str; 14] = [
    "cobrowsing.request_message.accept",
    "cobrowsing.request_message.body",
    "cobrowsing.request_message.deny",
    "content.anonymized",
    "control_close_cobrowsing",
    "date.ago_format.default",
    "date.ago_format.different_day",
    "date.ago_format.different_year",
    "date.ago_format.same_day",
    "date.ago_format.same_year",
    MONTHS,
    "default_cobrowsing_active_status",
    "default_title",
    "unsupported_browser",
];
/// What the chat is called, in each of the languages.
const NAME: &str = "hubbub.launcher";
const OWN_NAME: &str = "default_title";

fn parsed(json: &str) -> Texts {
    serde_json::from_str(json).unwrap_or_default()
}

static BUILT: LazyLock<BTreeMap<&str, Texts>> =
    LazyLock::new(|| BUILT_IN.iter().map(|(code, json)| (*code, parsed(json))).collect());
static ENGLISH_TEXTS: LazyLock<Texts> = LazyLock::new(|| ENGLISH.iter().flat_map(|json| parsed(json)).collect());
static KEYS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut keys: BTreeSet<String> = MORE_KEYS.iter().map(|key| (*key).to_owned()).collect();
    for key in ENGLISH_TEXTS.keys() {
        match key.strip_suffix(".other") {
            Some(group) => keys.extend(FORMS.iter().map(|form| format!("{group}.{form}"))),
            None => _ = keys.insert(key.clone()),
        }
    }
    keys
});

/// A language as it is compared: `fr-ca` for `fr_CA`.
fn plain(code: &str) -> String {
    code.to_ascii_lowercase().replace('_', "-")
}

fn base(code: &str) -> &str {
    code.split('-').next().unwrap_or(code)
}

fn is_code(code: &str) -> bool {
    let mut parts = code.split('-');
    let first = parts.next().unwrap_or("");
    code.len() <= 35
        && (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Reads what a chat is to say in words of its own; null is nothing. A key may be a path of maps or have dots in it.
///
/// # Errors
/// 422 with the path of what is wrong, such as `custom_languages.fr.end_frame.confirm`.
pub(crate) fn checked(source: &Source, given: &Value) -> Result<Languages> {
    if given.is_null() {
        return Ok(Languages::new());
    }
    if !source.kind.caps().visitors {
        return Err(Error::invalid(FIELD, Reason::NotForThis.says("is for chats alone")));
    }
    if given.to_string().len() > SIZE_MAX {
        return Err(Error::invalid(FIELD, Fault::too_large(SIZE_MAX)));
    }
    let form = || Error::invalid(FIELD, Fault::form("a map of languages"));
    let mut all = Languages::new();
    for (name, texts) in given.as_object().ok_or_else(form)? {
        let (path, code) = (format!("{FIELD}.{name}"), plain(name));
        if !is_code(&code) {
            return Err(Error::invalid(path, Reason::Language.says("must be a language code such as en or pt-BR")));
        }
        // Of two spellings of a language neither is the right one.
        if all.contains_key(&code) {
            return Err(Error::invalid(path, Reason::Taken.says("is the same language as another one")));
        }
        let texts = texts.as_object().ok_or_else(|| Error::invalid(path.clone(), Fault::form("a map of texts")))?;
        read(texts, &path, "", all.entry(code).or_default())?;
    }
    for (code, texts) in &all {
        check_forms(texts, &format!("{FIELD}.{code}"))?;
    }
    all.retain(|_, texts| !texts.is_empty());
    Ok(all)
}

fn read(given: &Map<String, Value>, path: &str, above: &str, into: &mut Texts) -> Result<()> {
    for (name, value) in given {
        let path = format!("{path}.{name}");
        let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        let refuse = |fault: Fault| Err(Error::invalid(path.clone(), fault));
        match value {
            Value::Object(map) => read(map, &path, &key, into)?,
            _ if !KEYS.contains(&key) => return refuse(Reason::Unknown.says("is no text of the chat")),
            Value::Array(names) if key == MONTHS => {
                let texts = names.iter().all(|name| name.as_str().is_some_and(|n| n.chars().count() <= TEXT_MAX));
                if names.len() != 12 || !texts {
                    return refuse(Fault::form("a list of twelve texts"));
                }
                into.insert(key, value.clone());
            }
            Value::String(_) if key == MONTHS => return refuse(Fault::form("a list of twelve texts")),
            Value::String(text) if text.chars().count() > TEXT_MAX => return refuse(Fault::too_long(TEXT_MAX)),
            Value::String(_) => _ = into.insert(key, value.clone()),
            _ => return refuse(Fault::form("a text")),
        }
    }
    Ok(())
}

/// The group of a key that is one of its forms for numbers: all keys that have `.other` beside them, but for an hour and
/// more than that, which are two texts in whatever language.
fn group(key: &str) -> Option<&str> {
    let (group, form) = key.rsplit_once('.')?;
    (group != HOURS && FORMS.contains(&form) && ENGLISH_TEXTS.contains_key(&format!("{group}.other"))).then_some(group)
}

/// Forms for numbers need the one for all others: what has none of its own takes it.
fn check_forms(texts: &Texts, path: &str) -> Result<()> {
    for group in texts.keys().filter_map(|key| group(key)) {
        let other = format!("{group}.other");
        if !texts.contains_key(&other) {
            return Err(Error::missing(format!("{path}.{other}")));
        }
    }
    Ok(())
}

/// Texts as a tree, as the reference writes them.
#[must_use]
pub fn tree(languages: &Languages) -> Value {
    Value::Object(languages.iter().map(|(code, texts)| (code.clone(), branch(texts))).collect())
}

fn branch(texts: &Texts) -> Value {
    let mut root = Map::new();
    for (key, value) in texts {
        put_in(&mut root, key, value);
    }
    Value::Object(root)
}

fn put_in(map: &mut Map<String, Value>, path: &str, value: &Value) {
    let Some((name, rest)) = path.split_once('.') else {
        map.insert(path.to_owned(), value.clone());
        return;
    };
    if let Value::Object(inner) = map.entry(name).or_insert_with(|| Value::Object(Map::new())) {
        put_in(inner, rest, value);
    }
}

/// What a chat says in words of its own.
pub async fn of_source(tx: &mut Tx, source: &Source) -> Result<Languages> {
    if !source.kind.caps().visitors {
        return Ok(Languages::new());
    }
    Ok(rows::of_source(tx, &source.id).await?.map(|texts| texts.languages.0).unwrap_or_default())
}

/// Keeps what a chat says in words of its own, where that was given.
pub(crate) async fn put(tx: &mut Tx, source: &Source, given: Option<Languages>) -> Result<()> {
    let Some(languages) = given else { return Ok(()) };
    if languages.is_empty() {
        return Ok(rows::remove(tx, &source.id).await?);
    }
    let updated_at = tx.now();
    Ok(rows::put(tx, &ChatTexts { source_id: source.id.clone(), languages: Json(languages), updated_at }).await?)
}

/// A text in all languages that have it, those that are built in and those of a chat's own.
#[must_use]
pub(crate) fn by_language(own: &Languages, key: &str) -> BTreeMap<String, String> {
    let text = |code: &str, texts: &Texts| Some((code.to_owned(), texts.get(key)?.as_str()?.to_owned()));
    let english = text("en", &ENGLISH_TEXTS);
    let built = BUILT.iter().filter_map(|(code, texts)| text(code, texts));
    english.into_iter().chain(built).chain(own.iter().filter_map(|(code, texts)| text(code, texts))).collect()
}

/// The languages that a chat speaks, each with what the chat is called in it.
#[must_use]
pub fn titles(own: &Languages) -> BTreeMap<String, String> {
    let codes: BTreeSet<&str> = BUILT.keys().copied().chain(["en"]).chain(own.keys().map(String::as_str)).collect();
    let text = |texts: Option<&Texts>, key: &str| texts?.get(key)?.as_str().map(str::to_owned);
    let title = |code: &str| {
        let levels = [code, base(code)];
        let custom = levels.into_iter().flat_map(|code| [OWN_NAME, NAME].map(|key| text(own.get(code), key)));
        let built = text(BUILT.get(base(code)), NAME).or_else(|| text(Some(&ENGLISH_TEXTS), NAME));
        custom.flatten().next().or(built).unwrap_or_default()
    };
    codes.into_iter().map(|code| (code.to_owned(), title(code))).collect()
}

/// What a chat says in a language, the same without its region, and English as far as that is its own: by language. Of
/// each, a chat's own texts stand over those that are built in.
///
/// # Errors
/// 404 for a language that it does not speak.
pub fn levels(own: &Languages, code: &str) -> Result<Languages> {
    let code = plain(code);
    let mut all = Languages::new();
    for level in [code.as_str(), base(&code), "en"] {
        let mut texts = BUILT.get(level).cloned().unwrap_or_default();
        let custom = own.get(level).cloned().unwrap_or_default();
        // A language's own forms for numbers are not mixed with those that are built in.
        let groups: BTreeSet<&str> = custom.keys().filter_map(|key| group(key)).collect();
        texts.retain(|key, _| group(key).is_none_or(|group| !groups.contains(group)));
        texts.extend(custom);
        if !texts.is_empty() {
            all.insert(level.to_owned(), texts);
        }
    }
    if base(&code) != "en" && !all.contains_key(&code) && !all.contains_key(base(&code)) {
        return Err(Error::NotFound("language"));
    }
    Ok(all)
}

/// What all texts that are built in are made of: it changes with them.
pub fn built_in() -> impl Iterator<Item = &'static str> {
    ENGLISH.into_iter().chain(BUILT_IN.into_iter().map(|(_, json)| json))
}
