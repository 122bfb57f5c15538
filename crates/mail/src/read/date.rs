//! The date of a mail, in whatever order and with whatever zone it was written.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// Zones that have names, with their hours.
const ZONES: [(&str, i32); 16] = [
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
    ("cet", 1),
    ("cest", 2),
    ("bst", 1),
    ("jst", 9),
];

#[derive(Default)]
struct Found {
    day: Option<i8>,
    month: Option<i8>,
    year: Option<i16>,
    time: Option<(i8, i8, i8)>,
    /// Seconds east of Greenwich.
    zone: Option<i32>,
}

/// Reads a date; gives seconds since 1970. Without a zone it is taken for that of Greenwich.
pub(crate) fn read(text: &str) -> Option<i64> {
    let text = text.split('(').next().unwrap_or_default().trim();
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_second());
    }
    let mut found = Found::default();
    let parted = |c: char| c.is_whitespace() || c == ',';
    for word in text.split(parted).filter(|word| !word.is_empty()).take(12) {
        found.take(word);
    }
    let (hour, minute, second) = found.time.unwrap_or_default();
    let date = civil::DateTime::new(found.year?, found.month?, found.day?, hour, minute, second.min(59), 0).ok()?;
    let zone = TimeZone::fixed(Offset::from_seconds(found.zone.unwrap_or(0)).ok()?);
    Some(zone.to_timestamp(date).ok()?.as_second())
}

impl Found {
    fn take(&mut self, word: &str) {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let lower = word.to_ascii_lowercase();
        if word.contains(':') && digits > 0 {
            let mut parts = word.split([':', '.']).map(|part| part.parse::<i8>().unwrap_or(0));
            let mut next = || parts.next().unwrap_or(0);
            self.time = self.time.or(Some((next(), next(), next())));
        } else if digits == word.len() && self.day.is_none() && digits <= 2 {
            self.day = word.parse().ok();
        } else if digits == word.len() && self.year.is_none() {
            self.year = word.parse::<i16>().ok().map(|year| match year {
                0..50 => year + 2000,
                50..1000 => year + 1900,
                year => year,
            });
        } else if let Some(month) = self.month_of(&lower) {
            self.month = Some(month);
        } else if self.time.is_some() && self.zone.is_none() {
            self.zone = offset(&lower);
        } else if let [day, month, year] = word.split('-').collect::<Vec<_>>()[..] {
            // As servers write it: 2-Jan-2026.
            [day, month, year].into_iter().for_each(|part| self.take(part));
        }
    }

    fn month_of(&self, word: &str) -> Option<i8> {
        let found = MONTHS.iter().position(|month| self.month.is_none() && word.starts_with(month))?;
        i8::try_from(found + 1).ok()
    }
}

/// A zone such as `+0530`, `-08:00`, `GMT+1` or `EST`.
fn offset(word: &str) -> Option<i32> {
    if let Some((_, hours)) = ZONES.iter().find(|(name, _)| *name == word) {
        return Some(hours * 3600);
    }
    let word = word.strip_prefix("gmt").or(word.strip_prefix("utc")).unwrap_or(word);
    let sign = if word.starts_with('-') { -1 } else { 1 };
    let digits: String = word.strip_prefix(['+', '-'])?.chars().filter(char::is_ascii_digit).collect();
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() > 2 { (number / 100, number % 100) } else { (number, 0) };
    (hours < 24 && minutes < 60).then(|| sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn dates_are_read_in_every_form() {
        let at = Some(1_772_442_000);
        for text in [
            "Mon, 02 Mar 2026 09:00:00 +0000",
            "Mon, 2 Mar 2026 10:00:00 +0100 (CET)",
            "2 Mar 26 04:00 EST",
            "Mon Mar  2 09:00:00 2026",
            "Mon, 02 Mar 2026 09:00:00",
            "02 March 2026 14:30:00 +05:30",
            "2026-03-02T09:00:00Z",
            "Mon, 02-Mar-2026 09:00:00 GMT",
            "Mon, 02 Mar 2026 09:00:00 nowhere",
            "Mon, 02 Mar 2026 09:00:00 +2000000000",
        ] {
            assert_eq!(read(text), at, "{text}");
        }
        assert_eq!(read("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        for bad in ["", "soon", "31 Feb 2026 10:00:00 +0000", "2 Mar", "99 Mar 2026"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
