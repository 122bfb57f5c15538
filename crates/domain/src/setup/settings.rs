//! The settings of the domain: one table of names, kinds and defaults, the checks of values, and what the server acts
//! on.
//!
//! The names are those of the reference's settings; the last ones are extensions. `docs/api.md` says which of them
//! are only kept for programs that write and read them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use model::Timestamp;
use serde_json::{Map, Value};
use store::{Tx, session, setting as stored};

use crate::base::{Actor, Change, Result, note_change};
use crate::setup::password_rules::PasswordRules;
use crate::setup::setting::{DAY, HOUR, YEAR, setting};
pub use crate::setup::setting::{Kind, Setting, Typed, Unit};

/// The longest lease that a bot can have: a day.
pub const LEASE_MAX: i64 = DAY;

/// The languages that contents are filed under.
pub const CONTENT_LANGUAGES: Unit<Vec<String>> = Unit::list("content_languages", Kind::Languages);
/// Whether other sites may not show the console in a frame.
pub const DENY_IFRAME: Unit<bool> = Unit::switch("deny_iframe_integration", true);
/// After how many seconds a password must be changed, where that is on.
pub const EXPIRE_PASSWORD_AFTER: Unit<i64> = Unit::number("expire_password_after", HOUR, 10 * YEAR, 90 * DAY);
/// Whether passwords must be changed after a time.
pub const EXPIRE_PASSWORD: Unit<bool> = Unit::switch("expire_password_enabled", false);
/// Whether the console shows no notices of the browser's.
pub const NO_NOTICES: Unit<bool> = Unit::switch("browser_notifications_disabled", false);
/// Whether identities can be joined.
pub const IDENTITY_MERGE: Unit<bool> = Unit::switch("identity_merge", true);
/// For how many seconds a customer's word reopens a closed intervention.
pub const CLOSING_PERIOD: Unit<i64> = Unit::number("intervention_closing_period", 0, 10 * YEAR, DAY);
/// The language of the domain.
pub const LOCALE: Unit<String> = Unit::text("locale", Kind::Locale);
/// The name of the domain.
pub const NAME: Unit<String> = Unit::text("name", Kind::Text(255, "Hubbub"));
/// Whether a password must not be one that the user had.
pub const ARCHIVE_PASSWORDS: Unit<bool> = Unit::switch("password_archivable_enabled", false);
/// How many of them count.
pub const ARCHIVED_PASSWORDS: Unit<i64> = Unit::number("password_archivable_size", 1, 24, 5);
/// Characters of a password at the least.
pub const PASSWORD_MIN: Unit<i64> = Unit::number("password_min_length", 8, 128, 8);
/// Whether a password has a character that is neither a letter nor a digit.
pub const PASSWORD_NON_WORD: Unit<bool> = Unit::switch("password_non_word", false);
/// Whether a password has a digit.
pub const PASSWORD_NUMBERS: Unit<bool> = Unit::switch("password_numbers", false);
/// Whether a lost password is not recovered by mail.
pub const NO_PASSWORD_RECOVERY: Unit<bool> = Unit::switch("password_recovery_disabled", false);
/// Whether agents write as each other's identities.
pub const REPLY_AS_ANY_IDENTITY: Unit<bool> = Unit::switch("reply_as_any_identity", false);
/// Whether agents may ask for approval where they need none.
pub const SELF_APPROVAL: Unit<bool> = Unit::switch("self_approval_required", false);
/// How many minutes a session lasts after its last use.
pub const SESSION_TIMEOUT: Unit<Option<i64>> = Unit::optional("session_timeout", 1, 366 * 24 * 60);
/// The time zone of the domain.
pub const TIMEZONE: Unit<String> = Unit::text("timezone", Kind::Timezone);
/// Seconds in which a bot must answer, unless its user says otherwise; 0 for ever.
pub const BOT_LEASE: Unit<i64> = Unit::number("bot_lease_seconds", 0, LEASE_MAX, 300);
/// How many contents bots may write in a thread without a customer's word; 0 for any.
pub const BOT_LOOP_LIMIT: Unit<i64> = Unit::number("bot_loop_limit", 0, 1000, 20);
/// Whether programs set scores of contents.
pub const SENTIMENT: Unit<bool> = Unit::switch("custom_sentiment_analysis", true);
/// Whether what cameras noted in pictures is kept.
pub const KEEP_PICTURE_NOTES: Unit<bool> = Unit::switch("keep_picture_notes", false);
/// Whether a reply needs an open intervention.
pub const REPLY_REQUIRES_INTERVENTION: Unit<bool> = Unit::switch("reply_requires_intervention", false);

const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Every setting that can be set.
pub const SETTINGS: &[Setting] = &[
    setting("activity_presence_threshold", Kind::Int(1, 8784, Some(24))),
    setting("activity_tracking", Kind::Bool(true)),
    setting("beginning_of_week", Kind::OneOf(WEEKDAYS)),
    NO_NOTICES.line,
    setting("category_tagging", Kind::Bool(false)),
    CONTENT_LANGUAGES.line,
    setting("dashboard", Kind::Bool(true)),
    DENY_IFRAME.line,
    setting("disable_password_autocomplete", Kind::Bool(false)),
    setting("display_only_unknown_bbcode", Kind::Bool(false)),
    setting("dump_in_preprod", Kind::Bool(false)),
    setting("enable_auto_scroll_down", Kind::Bool(true)),
    EXPIRE_PASSWORD_AFTER.line,
    EXPIRE_PASSWORD.line,
    setting("export_in_seconds", Kind::Bool(false)),
    setting("fold_useless_contents", Kind::Bool(true)),
    setting("fte_duration", Kind::Int(1, 8784, Some(7))),
    IDENTITY_MERGE.line,
    CLOSING_PERIOD.line,
    setting("intervention_defer_rates", Kind::Durations(&[HOUR, 4 * HOUR, DAY, 3 * DAY, 7 * DAY])),
    setting("intervention_defer_threshold", Kind::Int(0, 10 * YEAR, Some(30 * DAY))),
    setting("intervention_rates", Kind::Durations(&[HOUR, 4 * HOUR, DAY, 3 * DAY])),
    LOCALE.line,
    setting("multi_lang", Kind::Bool(false)),
    NAME.line,
    ARCHIVE_PASSWORDS.line,
    ARCHIVED_PASSWORDS.line,
    PASSWORD_MIN.line,
    PASSWORD_NON_WORD.line,
    PASSWORD_NUMBERS.line,
    NO_PASSWORD_RECOVERY.line,
    setting("push_enabled", Kind::Bool(true)),
    REPLY_AS_ANY_IDENTITY.line,
    setting("rtl_support", Kind::Bool(false)),
    SELF_APPROVAL.line,
    SESSION_TIMEOUT.line,
    setting("spellchecking", Kind::Bool(true)),
    setting("style", Kind::Text(64, "default")),
    setting("third_party_services_disabled", Kind::Bool(true)),
    TIMEZONE.line,
    setting("track_js", Kind::Bool(false)),
    setting("type", Kind::OneOf(&["production", "demo", "archived"])),
    setting("urgent_task_threshold", Kind::Int(1, YEAR, Some(60))),
    setting("use_system_font", Kind::Bool(false)),
    setting("use_two_letters_avatars", Kind::Bool(true)),
    // Extensions.
    BOT_LEASE.line,
    BOT_LOOP_LIMIT.line,
    SENTIMENT.line,
    KEEP_PICTURE_NOTES.line,
    REPLY_REQUIRES_INTERVENTION.line,
];

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
        let value = |s: &Setting| (s.name.to_owned(), s.value(stored.get(s.name).map(String::as_str)));
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

    /// The value of a setting.
    #[must_use]
    pub fn get<T: Typed>(&self, unit: &Unit<T>) -> T {
        T::of(self.values.get(unit.line.name).unwrap_or(&Value::Null))
    }

    /// The time zone of the domain.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.get(&TIMEZONE)).unwrap_or(TimeZone::UTC)
    }

    /// How long a session of the console lasts after its last use, in seconds, when the domain says so.
    #[must_use]
    pub fn session_seconds(&self) -> Option<i64> {
        self.get(&SESSION_TIMEOUT).map(|minutes| minutes * 60)
    }

    /// What a new password must be.
    #[must_use]
    pub fn password_rules(&self) -> PasswordRules {
        PasswordRules {
            min_length: usize::try_from(self.get(&PASSWORD_MIN)).unwrap_or(0),
            numbers: self.get(&PASSWORD_NUMBERS),
            non_word: self.get(&PASSWORD_NON_WORD),
            archived: if self.get(&ARCHIVE_PASSWORDS) { self.get(&ARCHIVED_PASSWORDS) } else { 0 },
            expires_after: self.get(&EXPIRE_PASSWORD).then(|| self.get(&EXPIRE_PASSWORD_AFTER)),
        }
    }
}

/// When the domain was made: its id begins with that second.
fn born(domain_id: &str) -> Option<Timestamp> {
    let seconds = i64::from_str_radix(domain_id.get(..8)?, 16).ok()?;
    Some(Timestamp::from_millis(seconds * 1000))
}

/// Reads the settings.
pub async fn load(tx: &mut Tx) -> Result<Settings> {
    Ok(Settings::new(&stored::all(tx).await?))
}

/// Changes settings; null takes one back to its default.
///
/// # Errors
/// 422 that names the setting whose value is not acceptable.
pub async fn update(tx: &mut Tx, actor: &Actor, given: Vec<(&'static Setting, Value)>) -> Result<Settings> {
    for (line, value) in given {
        if value.is_null() {
            stored::clear(tx, line.name).await?;
            continue;
        }
        let text = match line.checked(value)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        stored::set(tx, line.name, &text).await?;
    }
    let now = tx.now().millis().to_string();
    stored::set(tx, "updated_at", &now).await?;
    let settings = load(tx).await?;
    if let Some(seconds) = settings.session_seconds() {
        let end = tx.now().plus_seconds(seconds);
        session::shorten_all(tx, end).await?;
    }
    note_change(tx, Some(actor), "settings", &settings.domain_id, Change::Updated);
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        assert_eq!((settings.get(&PASSWORD_MIN), settings.get(&LOCALE)), (8, "fr".to_owned()));
        assert_eq!(settings.values["intervention_rates"], json!([3600, 14_400, 86_400, 259_200]));
    }
}
