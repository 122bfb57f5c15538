//! A calendar as a text, to be kept as it is.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::{Calendar, Hours};

impl Calendar {
    /// All of it as one text, which [`Calendar::from_text`] reads: the zone, the hours from Monday to Sunday, and the
    /// holidays, parted by strokes.
    #[must_use]
    pub fn to_text(&self) -> String {
        let zone = self.zone.iana_name().unwrap_or("UTC").to_owned();
        let holidays: Vec<String> = self.holidays.iter().map(Date::to_string).collect();
        let week = self.week.iter().map(Hours::to_string);
        std::iter::once(zone).chain(week).chain([holidays.join(",")]).collect::<Vec<_>>().join("|")
    }

    /// Reads what [`Calendar::to_text`] has written.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('|').collect();
        let [zone, week @ .., holidays] = parts.as_slice() else { return None };
        let week: Vec<Hours> = week.iter().map(|day| Hours::parse(day).ok()).collect::<Option<_>>()?;
        let holidays = holidays.split(',').filter(|date| !date.is_empty()).map(|date| date.parse().ok());
        let holidays: Vec<Date> = holidays.collect::<Option<_>>()?;
        Some(Self::new(TimeZone::get(zone).ok()?, week.try_into().ok()?, holidays))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let zone = TimeZone::get("Europe/Paris").expect("a zone");
        let own = Hours::parse("32400-43200,50400-64800").expect("hours");
        let week =
            [own.clone(), own.clone(), own, Hours::default(), Hours::default(), Hours::default(), Hours::default()];
        let holidays = ["2026-12-25", "2027-01-01"].map(|date| date.parse::<Date>().expect("a date"));
        for calendar in [Calendar::new(zone.clone(), week, holidays), Calendar::usual(zone)] {
            assert_eq!(Calendar::from_text(&calendar.to_text()), Some(calendar));
        }
        for wrong in ["", "UTC", "Nowhere/Here||||||||", "UTC|x|||||||", "UTC||||||||soon"] {
            assert_eq!(Calendar::from_text(wrong), None, "{wrong}");
        }
    }
}
