//! The settings of the domain: one table of names, kinds and defaults, the checks of values, and what the server acts
//! on.
//!
//! The names are those of the reference's settings; the last ones are extensions. `docs/api.md` says which of them
//! are only kept for programs that write and read them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use model::Timestamp;
use serde_json::{Map, Value, json};
use store::{Tx, setting, user};

use crate::base::{Actor, Change, Error, Fault, Result, note_change};
use crate::conversation::{
    handover::LOOP_LIMIT,
    ownership::{LEASE_MAX, LEASE_SECONDS},
};
use crate::desk::{
    password::PasswordRules,
    user_fields::{checked_locale, checked_timezone, distinct},
};

/// What a setting's value is, and the value that it has when nobody has set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A truth value.
    Bool(bool),
    /// A whole number between two bounds, both included.
    Int(i64, i64, Option<i64>),
    /// A text of so many characters at the most, not blank.
    Text(usize, &'static str),
    /// One of these texts; the first one by default.
    OneOf(&'static [&'static str]),
    /// A language code such as `fr` or `pt-BR`.
    Locale,
    /// The IANA name of a time zone.
    Timezone,
    /// A list of language codes.
    Languages,
    /// A list of numbers of seconds, growing.
    Durations(&'static [i64]),
}

/// One line of the table.
#[derive(Debug)]
pub struct Setting {
    /// Its name in requests, answers and the database.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
}

const fn setting(name: &'static str, kind: Kind) -> Setting {
    Setting { name, kind }
}

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 366 * DAY;
const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Every setting that can be set.
pub const SETTINGS: &[Setting] = &[
    setting("activity_presence_threshold", Kind::Int(1, 8784, Some(24))),
    setting("activity_tracking", Kind::Bool(true)),
    setting("beginning_of_week", Kind::OneOf(WEEKDAYS)),
    setting("browser_notifications_disabled", Kind::Bool(false)),
    setting("category_tagging", Kind::Bool(false)),
    setting("content_languages", Kind::Languages),
    setting("dashboard", Kind::Bool(true)),
    setting("deny_iframe_integration", Kind::Bool(true)),
    setting("disable_password_autocomplete", Kind::Bool(false)),
    setting("display_only_unknown_bbcode", Kind::Bool(false)),
    setting("dump_in_preprod", Kind::Bool(false)),
    setting("enable_auto_scroll_down", Kind::Bool(true)),
    setting("expire_password_after", Kind::Int(HOUR, 10 * YEAR, Some(90 * DAY))),
    setting("expire_password_enabled", Kind::Bool(false)),
    setting("export_in_seconds", Kind::Bool(false)),
    setting("fold_useless_contents", Kind::Bool(true)),
    setting("fte_duration", Kind::Int(1, 8784, Some(7))),
    setting("identity_merge", Kind::Bool(true)),
    setting("intervention_closing_period", Kind::Int(0, 10 * YEAR, Some(DAY))),
    setting("intervention_defer_rates", Kind::Durations(&[HOUR, 4 * HOUR, DAY, 3 * DAY, 7 * DAY])),
    setting("intervention_defer_threshold", Kind::Int(0, 10 * YEAR, Some(30 * DAY))),
    setting("intervention_rates", Kind::Durations(&[HOUR, 4 * HOUR, DAY, 3 * DAY])),
    setting("locale", Kind::Locale),
    setting("multi_lang", Kind::Bool(false)),
    setting("name", Kind::Text(255, "Hubbub")),
    setting("password_archivable_enabled", Kind::Bool(false)),
    setting("password_archivable_size", Kind::Int(1, 24, Some(5))),
    setting("password_min_length", Kind::Int(8, 128, Some(8))),
    setting("password_non_word", Kind::Bool(false)),
    setting("password_numbers", Kind::Bool(false)),
    setting("password_recovery_disabled", Kind::Bool(false)),
    setting("push_enabled", Kind::Bool(true)),
    setting("reply_as_any_identity", Kind::Bool(false)),
    setting("rtl_support", Kind::Bool(false)),
    setting("self_approval_required", Kind::Bool(false)),
    setting("session_timeout", Kind::Int(1, 366 * 24 * 60, None)),
    setting("spellchecking", Kind::Bool(true)),
    setting("style", Kind::Text(64, "default")),
    setting("third_party_services_disabled", Kind::Bool(true)),
    setting("timezone", Kind::Timezone),
    setting("track_js", Kind::Bool(false)),
    setting("type", Kind::OneOf(&["production", "demo", "archived"])),
    setting("urgent_task_threshold", Kind::Int(1, YEAR, Some(60))),
    setting("use_system_font", Kind::Bool(false)),
    setting("use_two_letters_avatars", Kind::Bool(true)),
    // Extensions.
    setting("bot_lease_seconds", Kind::Int(0, LEASE_MAX, Some(LEASE_SECONDS))),
    setting("bot_loop_limit", Kind::Int(0, 1000, Some(LOOP_LIMIT))),
    setting("custom_sentiment_analysis", Kind::Bool(true)),
    setting("keep_picture_notes", Kind::Bool(false)),
    setting("reply_requires_intervention", Kind::Bool(false)),
];

impl Setting {
    fn default(&self) -> Value {
        match self.kind {
            Kind::Bool(value) => json!(value),
            Kind::Int(_, _, value) => json!(value),
            Kind::Text(_, value) => json!(value),
            Kind::OneOf(names) => json!(names.first()),
            Kind::Locale => json!("en"),
            Kind::Timezone => json!("UTC"),
            Kind::Languages => json!([]),
            Kind::Durations(values) => json!(values),
        }
    }

    /// Reads what the database holds. What it cannot be any more counts as not set.
    fn stored(&self, text: &str) -> Option<Value> {
        match self.kind {
            Kind::Bool(_) => text.parse::<bool>().ok().map(Value::from),
            Kind::Int(min, max, _) => text.parse::<i64>().ok().filter(|n| (min..=max).contains(n)).map(Value::from),
            Kind::Languages | Kind::Durations(_) => serde_json::from_str(text).ok(),
            Kind::Text(..) | Kind::OneOf(_) | Kind::Locale | Kind::Timezone => Some(text.into()),
        }
    }

    /// Checks a value of the right type, and gives it in the form that is kept.
    fn checked(&self, value: Value) -> Result<Value> {
        let refuse = |fault: Fault| Err(Error::invalid(self.name, fault));
        let text = value.as_str().unwrap_or("");
        match self.kind {
            Kind::Bool(_) => Ok(value),
            Kind::Int(min, max, _) if value.as_i64().is_some_and(|n| (min..=max).contains(&n)) => Ok(value),
            Kind::Int(min, max, _) => refuse(Fault::between(min, max)),
            Kind::Text(max, _) => match text.trim() {
                "" => refuse(Fault::blank()),
                text if text.chars().count() > max => refuse(Fault::too_long(max)),
                text => Ok(text.into()),
            },
            Kind::OneOf(names) => match text.trim().to_lowercase() {
                text if names.contains(&text.as_str()) => Ok(text.into()),
                _ => refuse(Fault::one_of(names)),
            },
            Kind::Locale => Ok(checked_locale(self.name, text.trim())?.into()),
            Kind::Timezone => Ok(checked_timezone(self.name, text.trim())?.into()),
            Kind::Languages => {
                let codes = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                let codes: Result<Vec<String>> = codes.map(|c| checked_locale(self.name, c.trim())).collect();
                Ok(json!(distinct(codes?)))
            }
            Kind::Durations(_) => {
                let seconds: Vec<i64> = value.as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
                let good = (1..=20).contains(&seconds.len())
                    && seconds.iter().all(|s| (1..=10 * YEAR).contains(s))
                    && seconds.is_sorted_by(|a, b| a < b);
                if good { Ok(json!(seconds)) } else { refuse(Fault::form("1 to 20 numbers of seconds, growing")) }
            }
        }
    }
}

/// The settings of the domain as they are now, with defaults where nobody has set them.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: Map<String, Value>,
    /// The domain's id.
    pub domain_id: String,
    /// When the domain was made.
    pub created_at: Timestamp,
    /// When a setting last changed.
    pub updated_at: Timestamp,
}

impl Settings {
    fn new(stored: &BTreeMap<String, String>) -> Self {
        let value = |s: &Setting| {
            let set = stored.get(s.name).and_then(|text| s.stored(text));
            (s.name.to_owned(), set.unwrap_or_else(|| s.default()))
        };
        let time = |name: &str| stored.get(name).and_then(|t| t.parse().ok()).map(Timestamp::from_millis);
        let domain_id = stored.get("domain_id").cloned().unwrap_or_default();
        let created_at = time("created_at").or_else(|| born(&domain_id)).unwrap_or_default();
        Self {
            values: SETTINGS.iter().map(value).collect(),
            domain_id,
            created_at,
            updated_at: time("updated_at").unwrap_or(created_at),
        }
    }

    /// Every setting with its value.
    #[must_use]
    pub fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// Whether a setting is on; false for a name that is no switch.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        self.values.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The number of a setting; 0 for a name that has none.
    #[must_use]
    pub fn number(&self, name: &str) -> i64 {
        self.values.get(name).and_then(Value::as_i64).unwrap_or(0)
    }

    /// The text of a setting; empty for a name that has none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).and_then(Value::as_str).unwrap_or("")
    }

    /// The texts of a setting; none for a name that has none.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<String> {
        let list = self.values.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The time zone of the domain.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(self.text("timezone")).unwrap_or(TimeZone::UTC)
    }

    /// How long a session of the console lasts after its last use, in seconds, when the domain says so.
    #[must_use]
    pub fn session_seconds(&self) -> Option<i64> {
        Some(self.values.get("session_timeout")?.as_i64()? * 60)
    }

    /// What a new password must be.
    #[must_use]
    pub fn password_rules(&self) -> PasswordRules {
        let size = if self.is_on("password_archivable_enabled") { self.number("password_archivable_size") } else { 0 };
        let expires = self.is_on("expire_password_enabled");
        PasswordRules {
            min_length: usize::try_from(self.number("password_min_length")).unwrap_or(0),
            numbers: self.is_on("password_numbers"),
            non_word: self.is_on("password_non_word"),
            archived: size,
            expires_after: expires.then(|| self.number("expire_password_after")),
        }
    }
}

/// When the domain was made: its id begins with that second.
fn born(domain_id: &str) -> Option<Timestamp> {
    let seconds = i64::from_str_radix(domain_id.get(..8)?, 16).ok()?;
    Some(Timestamp::from_millis(seconds * 1000))
}

/// Reads the settings.
///
/// # Errors
/// As the store says.
pub async fn load(tx: &mut Tx) -> Result<Settings> {
    Ok(Settings::new(&setting::all(tx).await?))
}

/// Changes settings; null takes one back to its default.
///
/// # Errors
/// 422 that names the setting whose value is not acceptable.
pub async fn update(tx: &mut Tx, actor: &Actor, given: Vec<(&'static Setting, Value)>) -> Result<Settings> {
    for (line, value) in given {
        if value.is_null() {
            setting::clear(tx, line.name).await?;
            continue;
        }
        let text = match line.checked(value)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        setting::set(tx, line.name, &text).await?;
    }
    let now = tx.now().millis().to_string();
    setting::set(tx, "updated_at", &now).await?;
    let settings = load(tx).await?;
    if let Some(seconds) = settings.session_seconds() {
        let end = tx.now().plus_seconds(seconds);
        user::shorten_sessions(tx, end).await?;
    }
    note_change(tx, Some(actor), "settings", &settings.domain_id, Change::Updated);
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_pass_their_own_checks_and_names_are_given_once() {
        let settings = Settings::new(&BTreeMap::new());
        assert_eq!(settings.values.len(), SETTINGS.len());
        for line in SETTINGS.iter().filter(|s| s.name != "session_timeout") {
            assert!(line.checked(line.default()).is_ok(), "{}", line.name);
        }
    }

    #[test]
    fn what_cannot_be_read_counts_as_not_set() {
        let stored = [("password_min_length", "many"), ("locale", "fr"), ("intervention_rates", "[60")];
        let stored = stored.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings::new(&stored.into());
        assert_eq!((settings.number("password_min_length"), settings.text("locale")), (8, "fr"));
        assert_eq!(settings.values["intervention_rates"], json!([3600, 14_400, 86_400, 259_200]));
    }
}
