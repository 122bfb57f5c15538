//! Points in time, in milliseconds since 1970, UTC.

use std::fmt;

use jiff::fmt::temporal::DateTimePrinter;

const SECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(0));
const MILLISECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// A point in time with millisecond resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time `millis` milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This time moved by `millis` milliseconds; saturates at the ends.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// This time moved by `seconds` seconds; saturates at the ends.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }

    /// Whole seconds from `earlier` to this time, never negative.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        ((self.0 - earlier.0) / 1000).max(0)
    }

    /// Reads an ISO 8601 date, or a date and time with or without an offset (UTC when it is left out).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Some(Self(time.as_millisecond()));
        }
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self(zoned.timestamp().as_millisecond()))
    }

    /// The form of the API: UTC with seconds, `2012-05-24T04:00:44Z`.
    #[must_use]
    pub fn to_api(self) -> String {
        self.printed(&SECONDS)
    }

    /// The form of webhook events: UTC with milliseconds, `2014-02-10T18:35:35.251Z`.
    #[must_use]
    pub fn to_event(self) -> String {
        self.printed(&MILLISECONDS)
    }

    /// The date alone, `2017-06-26`.
    #[must_use]
    pub fn to_date(self) -> String {
        let zoned = self.known().map(|time| time.to_zoned(jiff::tz::TimeZone::UTC));
        zoned.map_or_else(String::new, |time| time.strftime("%Y-%m-%d").to_string())
    }

    fn printed(self, printer: &DateTimePrinter) -> String {
        self.known().map_or_else(String::new, |time| printer.timestamp_to_string(&time))
    }

    fn known(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_millisecond(self.0).ok()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_api())
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_api())
    }
}

impl schemars::JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_time() {
        let time = Timestamp::parse("2014-02-10T18:35:35.251Z").expect("a time");
        assert_eq!(time.to_api(), "2014-02-10T18:35:35Z");
        assert_eq!(time.to_event(), "2014-02-10T18:35:35.251Z");
        let late = Timestamp::parse("1969-12-31T23:59:59.999Z").expect("a time");
        assert_eq!(
            (late.to_api(), late.to_event()),
            ("1969-12-31T23:59:59Z".into(), "1969-12-31T23:59:59.999Z".into())
        );
        assert_eq!(Timestamp::from_millis(0).to_event(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::parse("2012-02-10").expect("a date").to_api(), "2012-02-10T00:00:00Z");
        assert_eq!(Timestamp::parse("2012-10-01T17:18:40").expect("a time").to_api(), "2012-10-01T17:18:40Z");
        assert_eq!(Timestamp::parse("soon"), None);
    }
}
