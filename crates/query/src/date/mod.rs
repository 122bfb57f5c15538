//! Dates as people write them, in English and in French, of the calendar or of business hours.
//!
//! ```text
//! date     = iso | [ time ] day [ [ "," ] time ] | time | instant
//! iso      = 2011-02-03 | 2011-02-03 14:27:33 | 2011-02-03T14:27:33Z | 2011-02-03T14:27:33+02:00
//! day      = "today" | "yesterday" | "tomorrow" | "day before yesterday" | "day after tomorrow"
//!          | number big "ago" | "in" number big | number big "from now" | "last" number big
//!          | number "business day" ( "ago" | "from now" )
//!          | ( "last" | "this" | "next" ) ( big | weekday | month ) | weekday
//!          | ordinal ( "day" | weekday ) [ "of" | "in" ] period
//!          | month [ number ] [ year ] | number [ "of" ] month [ year ] | year
//!          | number "/" number [ "/" year ]          also with "-" or "."
//! period   = ( "last" | "this" | "next" ) ( "week" | "month" | "year" ) | month [ year ]
//! instant  = "now" | number small "ago" | "in" number small | number small "from now" | "last" small
//!          | number "business" ( "hours" | "minutes" ) ( "ago" | "from now" )
//! big      = "day" | "week" | "month" | "year"
//! small    = "second" | "minute" | "hour"
//! time     = [ "at" ] ( 16:00 | 16:00:30 | 4pm | 4:30 pm | 16h | 16h30 | "noon" | "midnight" ) | "at" 4
//! ```
//!
//! Every word may be French as well: `hier`, `il y a 2 semaines à 16h`, `vendredi dernier à 20:00`, `25 déc`,
//! `le 4e jour de la semaine dernière`, `il y a 6 heures ouvrées`, `dans 20 minutes ouvrées`.
//!
//! What the grammar leaves open is settled thus. A day without a time begins at midnight. Clock times are of 24 hours
//! unless `am` or `pm` follows. A date without a year, or a weekday alone, is the last one that has come, today
//! included: searches look back. `last week`, `last month` and `last year` are the first day of the one before this.
//! Weeks begin on Sunday in the English of the United States and on Monday elsewhere. In `03/04/2011` the month
//! comes first in English, the day elsewhere; where only one order gives a date, it is that one. Seconds, minutes and
//! hours are counted exactly, days and longer on the calendar of the time zone; a time that the clock skips is moved
//! past the gap, one that it repeats is the first.

mod clock;
mod cursor;
mod grammar;
#[cfg(test)]
mod tests;
mod token;
mod words;

use jiff::tz::TimeZone;
use model::Timestamp;

use crate::Error;

/// How a language writes dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locale {
    /// `03/04` is the third of April.
    pub day_first: bool,
    /// Weeks begin on Sunday.
    pub sunday_first: bool,
}

impl Locale {
    /// The locale of a code such as `en`, `en-GB` or `fr`.
    #[must_use]
    pub fn of(code: &str) -> Self {
        let code = code.to_ascii_lowercase().replace('_', "-");
        let english = code == "en" || code.starts_with("en-");
        let sunday_first = matches!(code.as_str(), "en" | "en-us" | "en-ca");
        Self { day_first: !english, sunday_first }
    }
}

/// A unit of business time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusinessUnit {
    /// Minutes within business hours.
    Minutes,
    /// Days that have business hours.
    Days,
}

/// Moves a time by business time, back when the amount is negative; none when there is no answer.
pub type BusinessHours<'a> = dyn Fn(Timestamp, i64, BusinessUnit) -> Option<Timestamp> + Send + Sync + 'a;

/// What dates are relative to.
#[derive(Clone)]
pub struct Moment<'a> {
    /// Now.
    pub now: Timestamp,
    /// The time zone of whoever asks.
    pub zone: TimeZone,
    /// How they write dates.
    pub locale: Locale,
    /// The business hours of the domain.
    pub business: &'a BusinessHours<'a>,
}

impl std::fmt::Debug for Moment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { now, zone, locale, business: _ } = self;
        f.debug_struct("Moment").field("now", now).field("zone", zone).field("locale", locale).finish_non_exhaustive()
    }
}

/// Reads a date.
///
/// # Errors
/// What was expected, and at which character of the text.
pub fn parse(text: &str, moment: &Moment<'_>) -> Result<Timestamp, Error> {
    if let Some(time) = iso(text.trim(), moment) {
        return Ok(time);
    }
    grammar::parse(text, moment)
}

/// ISO 8601: with an offset as it says, else in the time zone.
fn iso(text: &str, moment: &Moment<'_>) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_millis(time.as_millisecond()));
    }
    // Other forms that begin with four digits and a hyphen are left to the grammar.
    let dated = text.len() >= 10 && text.is_char_boundary(10) && text.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    let civil = text.parse::<jiff::civil::DateTime>().ok().filter(|_| dated)?;
    grammar::in_zone(civil, &moment.zone)
}
