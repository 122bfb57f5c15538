//! Languages and time zones that can be chosen.

use jiff::tz::TimeZone;
use model::Timestamp;

/// A language in which contents can be written.
#[derive(Clone, Copy, Debug)]
pub struct Locale {
    /// Its code.
    pub code: &'static str,
    /// Its name, in English.
    pub name: &'static str,
}

/// The languages of the console, each by its own name.
pub const INTERFACE: &[Locale] = &[Locale { code: "en", name: "English" }, Locale { code: "fr", name: "Français" }];

const fn locale(code: &'static str, name: &'static str) -> Locale {
    Locale { code, name }
}

/// The languages of contents, by their codes.
pub const CONTENT: &[Locale] = &[
    locale("af", "Afrikaans"),
    locale("am", "Amharic"),
    locale("ar", "Arabic"),
    locale("az", "Azerbaijani"),
    locale("be", "Belarusian"),
    locale("bg", "Bulgarian"),
    locale("bn", "Bengali"),
    locale("br", "Breton"),
    locale("bs", "Bosnian"),
    locale("ca", "Catalan"),
    locale("cs", "Czech"),
    locale("cy", "Welsh"),
    locale("da", "Danish"),
    locale("de", "German"),
    locale("el", "Greek"),
    locale("en", "English"),
    locale("eo", "Esperanto"),
    locale("es", "Spanish"),
    locale("et", "Estonian"),
    locale("eu", "Basque"),
    locale("fa", "Persian"),
    locale("fi", "Finnish"),
    locale("fil", "Filipino"),
    locale("fr", "French"),
    locale("ga", "Irish"),
    locale("gl", "Galician"),
    locale("gu", "Gujarati"),
    locale("he", "Hebrew"),
    locale("hi", "Hindi"),
    locale("hr", "Croatian"),
    locale("ht", "Haitian Creole"),
    locale("hu", "Hungarian"),
    locale("hy", "Armenian"),
    locale("id", "Indonesian"),
    locale("is", "Icelandic"),
    locale("it", "Italian"),
    locale("ja", "Japanese"),
    locale("ka", "Georgian"),
    locale("kk", "Kazakh"),
    locale("km", "Khmer"),
    locale("kn", "Kannada"),
    locale("ko", "Korean"),
    locale("ku", "Kurdish"),
    locale("lb", "Luxembourgish"),
    locale("lo", "Lao"),
    locale("lt", "Lithuanian"),
    locale("lv", "Latvian"),
    locale("mg", "Malagasy"),
    locale("mk", "Macedonian"),
    locale("ml", "Malayalam"),
    locale("mn", "Mongolian"),
    locale("mr", "Marathi"),
    locale("ms", "Malay"),
    locale("mt", "Maltese"),
    locale("my", "Burmese"),
    locale("ne", "Nepali"),
    locale("nl", "Dutch"),
    locale("no", "Norwegian"),
    locale("pa", "Punjabi"),
    locale("pl", "Polish"),
    locale("ps", "Pashto"),
    locale("pt", "Portuguese"),
    locale("pt-BR", "Portuguese (Brazil)"),
    locale("ro", "Romanian"),
    locale("ru", "Russian"),
    locale("si", "Sinhala"),
    locale("sk", "Slovak"),
    locale("sl", "Slovenian"),
    locale("so", "Somali"),
    locale("sq", "Albanian"),
    locale("sr", "Serbian"),
    locale("sv", "Swedish"),
    locale("sw", "Swahili"),
    locale("ta", "Tamil"),
    locale("te", "Telugu"),
    locale("th", "Thai"),
    locale("tr", "Turkish"),
    locale("uk", "Ukrainian"),
    locale("ur", "Urdu"),
    locale("uz", "Uzbek"),
    locale("vi", "Vietnamese"),
    locale("zh", "Chinese"),
    locale("zh-TW", "Chinese (Taiwan)"),
    locale("zu", "Zulu"),
];

/// Whether the console speaks a language.
#[must_use]
pub fn is_interface(code: &str) -> bool {
    INTERFACE.iter().any(|l| l.code == code)
}

/// The areas whose time zones are shown; the database of time zones has older names and other kinds of names too.
const AREAS: [&str; 10] = [
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];

/// The language of contents that a tag such as `pt-BR` begins with, if it is one of them.
#[must_use]
pub fn of_tag(tag: &str) -> Option<&'static str> {
    let code = tag.trim().split(['-', '_']).next()?;
    CONTENT.iter().map(|locale| locale.code).find(|known| known.eq_ignore_ascii_case(code))
}

/// Every time zone by its IANA name, with the seconds by which its clocks are ahead of UTC when there is no summer
/// time.
#[must_use]
pub fn timezones(now: Timestamp) -> Vec<(String, i32)> {
    let names = jiff::tz::db().available().map(|name| name.to_string());
    let shown = names.filter(|name| name == "UTC" || AREAS.iter().any(|area| name.starts_with(area)));
    let mut zones: Vec<(String, i32)> =
        shown.filter_map(|name| Some((standard_offset(&name, now)?, name))).map(|(o, n)| (n, o)).collect();
    zones.sort();
    zones.dedup();
    zones
}

fn standard_offset(name: &str, now: Timestamp) -> Option<i32> {
    let zone = TimeZone::get(name).ok()?;
    let now = jiff::Timestamp::from_millisecond(now.millis()).ok()?;
    let offset = zone.to_offset_info(now);
    if !offset.dst().is_dst() {
        return Some(offset.offset().seconds());
    }
    // In summer: what held before it, a year back at the most.
    let before = zone.preceding(now).take(4).find(|t| !t.dst().is_dst());
    Some(before.map_or(offset.offset(), |t| t.offset()).seconds())
}
