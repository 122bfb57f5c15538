//! What can be set on a source, beyond its columns: one table of names, kinds and defaults, and the checks of values.
//!
//! The names are those of the reference's source object; the last ones are extensions. Settings that only e-mail
//! sources use (`mail_settings`) are checked for their kind, kept and given back on every source, so that programs which
//! write them go on working; passwords are for mailboxes alone, and kept apart.

use std::collections::BTreeSet;

pub use super::source_setting::{Kind, Setting};
pub use rules::duration::seconds as duration;

pub use crate::setup::source_color::{COLORS, color};

use model::{CategoryId, TimeSheetId};
use serde_json::{Map, Value};
use store::source::Source;
use store::{Tx, category, time_sheet};

use crate::base::{Error, Fault, Reason, Result, checks::checked_timezone};
use crate::setup::source_setting::{Fixed, SHORT, TRIGGERS, Unset, of_live_chat, of_messaging, setting};
use crate::setup::{allowed_domains, categorize, chat_look, mail_settings, welcome, welcome::is_language};

/// What stands for an agent's names in a source's `sender_name`.
pub const PLACEHOLDERS: [&str; 3] = ["{{firstname}}", "{{lastname}}", "{{nickname}}"];

/// Ten years: longer is a mistake.
const SECONDS: Kind = Kind::Int(0, 315_360_000);
const NUMBER: Kind = Kind::Int(-1_000_000, 1_000_000);
/// The fewest and the most seconds between two looks at a source that is asked.
pub(crate) const POLL_SECONDS: (i64, i64) = (15, 3600);

/// Every setting but those of mailboxes.
const SETTINGS: &[Setting] = &[
    setting("attachments_security_level", Kind::OneOf(&["strict", "relaxed", "permissive"]), Unset::Text("relaxed")),
    setting("auto_detect_content_language", Kind::Bool, Unset::Bool(false)),
    setting("auto_response_trigger_enabled", Kind::Bools(TRIGGERS), Unset::Each(None)),
    setting("auto_response_trigger_grace_periods", Kind::Seconds(TRIGGERS), Unset::Each(Some(0))),
    setting("auto_response_triggers", Kind::Records(&["language", "created_from_trigger", "body"]), Unset::List),
    setting("color", Kind::Int(0, COLORS.len() as i64 - 1), Unset::Int(0)),
    setting("content_archiving", Kind::Bool, Unset::Bool(false)),
    setting("content_archiving_period", SECONDS, Unset::Null),
    setting("content_languages", Kind::Languages, Unset::List),
    setting("default_category_ids", Kind::OwnCategories, Unset::List),
    setting("default_content_language", Kind::Language, Unset::Null),
    setting("default_task_priority", NUMBER, Unset::Int(0)),
    setting("enable_android", Kind::Bool, of_messaging(Fixed::Bool(true))),
    setting("enable_ios", Kind::Bool, of_messaging(Fixed::Bool(true))),
    setting("enable_web", Kind::Bool, of_messaging(Fixed::Bool(true))),
    setting("hidden_from_stats", Kind::Bool, Unset::Bool(false)),
    setting("intervention_messages_boost", NUMBER, Unset::Int(0)),
    setting("signatures", Kind::Records(&["language", "name", "body"]), Unset::List),
    setting("sla_expired_strategy", Kind::OneOf(&["max", "half", "base"]), Unset::Text("max")),
    setting(
        "sla_filtering_categories_strategy",
        Kind::OneOf(&["ignored_categories", "selected_categories"]),
        Unset::Text("ignored_categories"),
    ),
    setting("sla_filtering_category_ids", Kind::Categories, Unset::List),
    setting("sla_response", SECONDS, Unset::Int(86_400)),
    setting("sla_threshold", Kind::Int(0, 99), Unset::Int(0)),
    setting("time_for_thread_inclusion", SECONDS, Unset::Null),
    setting("time_for_thread_inclusion_enabled", Kind::Bool, Unset::Null),
    setting("time_sheet_ids", Kind::TimeSheet, Unset::List),
    setting("transferred_tasks_boost", NUMBER, Unset::Int(0)),
    setting("user_thread_default_category_ids", Kind::OwnCategories, Unset::List),
    // Extensions.
    setting("allowed_domains", Kind::Domains, Unset::Null),
    setting("allow_multiple_conversations", Kind::Bool, of_messaging(Fixed::Bool(true))),
    setting("automatic_email_request", Kind::Bool, of_messaging(Fixed::Bool(false))),
    setting("auto_close_threads", Kind::Bool, of_messaging(Fixed::Bool(true))),
    setting("availability_follows_business_hours", Kind::Bool, Unset::Bool(false)),
    setting("avatar_url", Kind::Url, Unset::Null),
    setting("back_to_chat_link", Kind::Url, Unset::Null),
    setting("color_scheme", Kind::OneOf(chat_look::SCHEMES), Unset::Text("auto")),
    setting("browser_notifications", Kind::Bool, Unset::Bool(false)),
    setting("consent", Kind::OneOf(&["none", "before_storage", "before_message"]), Unset::Text("none")),
    setting("consent_link", Kind::Url, Unset::Null),
    setting("disconnection_delay", Kind::Duration, of_live_chat(Fixed::Int(86_400))),
    setting("email_request_grace_period", Kind::Duration, of_messaging(Fixed::Int(7200))),
    setting("email_sender_name", SHORT, Unset::Null),
    setting("emoji_picker", Kind::Bool, Unset::Bool(true)),
    setting("enable_navigation_contents", Kind::Bool, Unset::Bool(true)),
    setting("impossibility_message_delay", Kind::Duration, of_live_chat(Fixed::Int(480))),
    setting("import_from", Kind::OneOf(&["now", "1d", "7d", "30d", "all"]), Unset::Text("now")),
    setting("import_open", Kind::Bool, Unset::Bool(false)),
    setting("integrations", Kind::SomeOf(&["data_layer", "google_analytics_4"]), Unset::List),
    setting("max_open_conversations", Kind::Int(1, 20), of_messaging(Fixed::Int(3))),
    setting("mode", Kind::OneOf(&["messaging", "live_chat"]), Unset::Mode),
    setting("offset", Kind::Pixels(chat_look::SIDES), Unset::Offset),
    setting("outbound_messaging", Kind::Bool, of_messaging(Fixed::Bool(true))),
    setting("page_before_engaging", Kind::Bool, Unset::Bool(false)),
    setting("poll_seconds", Kind::Int(POLL_SECONDS.0, POLL_SECONDS.1), Unset::Null),
    setting("position", Kind::OneOf(chat_look::POSITIONS), Unset::Text("right")),
    setting("queuing_factor", Kind::Hundredths(1000), Unset::Int(0)),
    setting("sdk_options", Kind::Texts, Unset::Null),
    setting("sdk_signature_in", Kind::OneOf(&["header", "query", "both"]), Unset::Text("header")),
    setting("sender_name", Kind::SenderName, Unset::Text("{{firstname}} {{lastname}}")),
    setting("show_estimated_wait", Kind::Bool, of_live_chat(Fixed::Bool(false))),
    setting("show_queue_position", Kind::Bool, of_live_chat(Fixed::Bool(false))),
    setting("sounds", Kind::Bool, Unset::Bool(false)),
    setting("targeting_time_zone", Kind::Zone, Unset::Text("visitor")),
    setting("unread_email", Kind::Bool, of_messaging(Fixed::Bool(true))),
    setting("unread_email_delay", Kind::Duration, of_messaging(Fixed::Int(900))),
    setting("welcome_message", Kind::Welcome, Unset::Null),
    setting("welcome_messages", Kind::Welcomes, Unset::Map),
    setting("z_index", Kind::Int(0, chat_look::Z_INDEX_MAX), Unset::Null),
];

/// For how long a live chat's visitor may be away at the least, in seconds: the next page takes its time.
pub(crate) const GONE_MIN: i64 = 60;
/// The longest of the lengths of time: 30 days.
const DURATION_MAX: i64 = 30 * 86_400;

/// Every setting.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().chain(mail_settings::SETTINGS)
}

/// Every setting of a source with its value: the one that was set, else the default.
#[must_use]
pub fn complete(source: &Source) -> Map<String, Value> {
    all().filter(|s| s.shown()).map(|s| (s.name.to_owned(), s.of(source))).collect()
}

/// A source's setting, set or by default.
fn value(source: &Source, name: &str) -> Value {
    all().find(|s| s.name == name).map_or(Value::Null, |s| s.of(source))
}

/// Whether a source's setting is on: set so, or by default.
#[must_use]
pub fn is_on(source: &Source, name: &str) -> bool {
    value(source, name) == Value::Bool(true)
}

/// The number of a source's setting, set or by default; none where it has no value.
#[must_use]
pub fn number(source: &Source, name: &str) -> Option<i64> {
    value(source, name).as_i64()
}

/// For how many seconds a thread takes what its customer says without naming one; none when that is not limited.
#[must_use]
pub fn thread_inclusion(source: &Source) -> Option<i64> {
    let on = is_on(source, "time_for_thread_inclusion_enabled");
    number(source, "time_for_thread_inclusion").filter(|_| on)
}

/// Whether the company may begin conversations there: everywhere but on chats where that is switched off.
#[must_use]
pub fn begins_discussions(source: &Source) -> bool {
    value(source, "outbound_messaging") != Value::Bool(false)
}

/// How many conversations a visitor of a messaging source may have open.
#[must_use]
pub fn open_conversations_max(source: &Source) -> i64 {
    let several = is_on(source, "allow_multiple_conversations");
    if several { number(source, "max_open_conversations").unwrap_or(1) } else { 1 }
}

/// A number of a source in hundredths; 0 when it is not set.
#[must_use]
pub fn hundredths(source: &Source, name: &str) -> i64 {
    source.settings.get(name).and_then(as_hundredths).unwrap_or(0)
}

/// A number in hundredths; none when it has more places.
fn as_hundredths(value: &Value) -> Option<i64> {
    let number = value.as_f64()? * 100.0;
    let whole = number.round();
    ((number - whole).abs() < 1e-6 && whole.abs() < 1e15).then_some(whole as i64)
}

/// Sets values of a source; null takes a setting back to its default.
///
/// # Errors
/// 422 that names the setting whose value is not acceptable.
pub async fn apply(tx: &mut Tx, source: &mut Source, given: Vec<(&'static Setting, Value)>) -> Result<()> {
    for (setting, value) in given {
        if matches!(setting.kind, Kind::Welcome | Kind::Welcomes) {
            welcome::set(source, setting.name, value)?;
            continue;
        }
        if value.is_null() {
            source.settings.remove(setting.name);
            continue;
        }
        check(setting, &value)?;
        match setting.kind {
            Kind::Categories => check_categories(tx, setting, &value).await?,
            Kind::TimeSheet => check_time_sheet(tx, setting, &value).await?,
            Kind::OwnCategories => {
                let ids = texts(&value).filter_map(CategoryId::parse).collect();
                categorize::check(tx, ids, &source.id, setting.name).await?;
            }
            _ => {}
        }
        match value {
            // A map changes the names that it has, and leaves the others.
            Value::Object(changes) => {
                let stored = source.settings.get(setting.name).cloned();
                let mut map = match stored.unwrap_or_else(|| setting.default(source)) {
                    Value::Object(map) => map,
                    _ => Map::new(),
                };
                map.extend(changes);
                source.settings.insert(setting.name.to_owned(), map.into());
            }
            value => {
                source.settings.insert(setting.name.to_owned(), value);
            }
        }
    }
    Ok(())
}

/// The texts of a list of a source, as it was set.
pub fn list<'a>(source: &'a Source, name: &str) -> impl Iterator<Item = &'a str> {
    source.settings.get(name).into_iter().flat_map(texts)
}

/// The categories that a setting names, as far as they can be set together on a content of the source.
pub async fn default_categories(tx: &mut Tx, source: &Source, name: &str) -> Result<Vec<CategoryId>> {
    let Some(list) = source.settings.get(name) else { return Ok(Vec::new()) };
    let ids: Vec<CategoryId> = texts(list).filter_map(CategoryId::parse).collect();
    if ids.is_empty() { Ok(ids) } else { categorize::fitting(tx, ids, &source.id).await }
}

/// Whether what comes in on a source may get categories by itself.
pub(crate) fn has_default_categories(source: &Source) -> bool {
    source.settings.get("default_category_ids").is_some_and(|list| texts(list).next().is_some())
}

/// The settings that are lists of categories.
pub fn category_lists() -> impl Iterator<Item = &'static str> {
    all().filter(|s| matches!(s.kind, Kind::Categories | Kind::OwnCategories)).map(|s| s.name)
}

async fn check_categories(tx: &mut Tx, setting: &Setting, value: &Value) -> Result<()> {
    let ids: BTreeSet<CategoryId> = texts(value).filter_map(CategoryId::parse).collect();
    let ids: Vec<CategoryId> = ids.into_iter().collect();
    if category::by_ids(tx, &ids).await?.len() == ids.len() {
        return Ok(());
    }
    Err(Error::invalid(setting.name, Fault::names_unknown("a category")))
}

async fn check_time_sheet(tx: &mut Tx, setting: &Setting, value: &Value) -> Result<()> {
    for id in texts(value).filter_map(TimeSheetId::parse) {
        if time_sheet::find(tx, &id).await?.is_none() {
            return Err(Error::invalid(setting.name, Fault::names_unknown("a time sheet")));
        }
    }
    Ok(())
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Whether a visitor would be taken to have gone before their next page is there.
fn is_too_soon(seconds: i64) -> bool {
    (1..GONE_MIN).contains(&seconds)
}

/// Checks a value of the right type: bounds, choices and forms.
fn check(setting: &Setting, value: &Value) -> Result<()> {
    let text = value.as_str().unwrap_or("");
    let refuse = |fault: Fault| Err(Error::invalid(setting.name, fault));
    match setting.kind {
        Kind::Int(min, max) if !value.as_i64().is_some_and(|i| (min..=max).contains(&i)) => {
            refuse(Fault::between(min, max))
        }
        Kind::Duration if !value.as_i64().is_some_and(|i| (setting.least()..=DURATION_MAX).contains(&i)) => {
            refuse(Fault::between(setting.least(), DURATION_MAX))
        }
        Kind::Duration if setting.name == "disconnection_delay" && value.as_i64().is_some_and(is_too_soon) => {
            let message = format!("must be {GONE_MIN} seconds or more, or 0, which is never");
            refuse(Reason::AtLeast.says(message).with("min", GONE_MIN))
        }
        Kind::Hundredths(max) if !as_hundredths(value).is_some_and(|n| (0..=max).contains(&n)) => {
            refuse(Fault::between(0, max / 100))
        }
        Kind::Text(max) if text.chars().count() > max => refuse(Fault::too_long(max)),
        Kind::OneOf(names) if !names.contains(&text) => refuse(Fault::one_of(names)),
        Kind::SomeOf(names) if !texts(value).all(|text| names.contains(&text)) => refuse(Fault::one_of(names)),
        Kind::Language if !is_language(text) => refuse(Reason::Language.says("must be a language code such as en")),
        Kind::Languages if !texts(value).all(is_language) => {
            refuse(Reason::Language.says("must be language codes such as en"))
        }
        Kind::Zone if text != "visitor" => checked_timezone(setting.name, text).map(drop),
        Kind::Url => check_url(setting.name, text),
        Kind::SenderName => check_sender_name(setting.name, text),
        Kind::Texts if texts(value).count() > 200 || texts(value).any(|t| t.chars().count() > 255) => {
            refuse(Reason::TooMany.says("may have 200 texts of 255 characters").with("max", 200))
        }
        Kind::TimeSheet if texts(value).count() > 1 => refuse(Fault::too_many(1)),
        Kind::Categories | Kind::OwnCategories if texts(value).count() > 200 => refuse(Fault::too_many(200)),
        Kind::TimeSheet | Kind::Categories | Kind::OwnCategories
            if !texts(value).all(|t| CategoryId::parse(t).is_some()) =>
        {
            refuse(Fault::form("ids (24 hex digits each)"))
        }
        Kind::Records(_) if value.as_array().is_some_and(|list| list.len() > 200) => refuse(Fault::too_many(200)),
        Kind::Records(_) if value.to_string().len() > 200_000 => {
            refuse(Reason::TooLarge.says("is too long").with("max", 200_000))
        }
        Kind::Pixels(_) => chat_look::check_offset(setting.name, value),
        Kind::Seconds(_) if !seconds(value) => refuse(Fault::form("seconds, 0 or more")),
        Kind::Secret => refuse(Reason::NotForThis.says("is for e-mail sources alone")),
        Kind::Addresses => mail_settings::check_addresses(setting.name, value),
        Kind::Domains => allowed_domains::check(setting.name, texts(value)),
        _ => Ok(()),
    }
}

fn seconds(value: &Value) -> bool {
    let Kind::Int(min, max) = SECONDS else { return false };
    let mut each = value.as_object().into_iter().flatten();
    each.all(|(_, v)| v.as_i64().is_some_and(|i| (min..=max).contains(&i)))
}

fn check_sender_name(field: &str, text: &str) -> Result<()> {
    if text.chars().count() > 255 {
        return Err(Error::invalid(field, Fault::too_long(255)));
    }
    let bare = PLACEHOLDERS.iter().fold(text.to_owned(), |t, name| t.replace(name, ""));
    if bare.contains("{{") || bare.contains("}}") {
        let known = PLACEHOLDERS.join(", ");
        return Err(Error::invalid(
            field,
            Reason::Placeholder
                .says(format!("has an unknown placeholder; there are {known}"))
                .with("allowed", PLACEHOLDERS.as_slice()),
        ));
    }
    Ok(())
}

/// Checks the form of an address; where it leads is checked when it is called.
///
/// # Errors
/// 422 when it is not an `http` or `https` address of at most 2048 characters.
pub fn check_url(field: &str, text: &str) -> Result<()> {
    if text.len() <= 2048 && safe_http::check_url(text).is_ok() {
        return Ok(());
    }
    Err(Error::invalid(field, Reason::Url.says("must be an http or https address")))
}
