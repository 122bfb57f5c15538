//! The public holidays of some countries, to begin a calendar with. Those that only a part of a country keeps are
//! left out.

use jiff::Span;
use jiff::civil::{Date, Weekday};
use model::named_enum;

named_enum! {
    /// A country whose holidays are known.
    Region {
        /// Germany.
        De = "de",
        /// Spain.
        Es = "es",
        /// France.
        Fr = "fr",
        /// England and Wales.
        Gb = "gb",
        /// Italy.
        It = "it",
        /// The Netherlands.
        Nl = "nl",
        /// The United States: the federal holidays, on the days when they are observed.
        Us = "us",
    }
}

/// A holiday: its name in the country's language, and its day.
pub type Holiday = (&'static str, Date);

/// On which day of a year a holiday is.
#[derive(Clone, Copy)]
enum Rule {
    /// A day of a month.
    On(i8, i8),
    /// Days after Easter Sunday.
    Easter(i64),
    /// The n-th weekday of a month; -1 is the last.
    Nth(i8, Weekday, i8),
    /// A day of a month, or the Monday after it when it is on a weekend.
    OrMonday(i8, i8),
    /// A day of a month, or the nearest workday when it is on a weekend.
    OrNearest(i8, i8),
}

use Rule::{Easter, Nth, On, OrMonday, OrNearest};
use Weekday::{Monday, Thursday};

const DE: &[(&str, Rule)] = &[
    ("Neujahr", On(1, 1)),
    ("Karfreitag", Easter(-2)),
    ("Ostermontag", Easter(1)),
    ("Tag der Arbeit", On(5, 1)),
    ("Christi Himmelfahrt", Easter(39)),
    ("Pfingstmontag", Easter(50)),
    ("Tag der Deutschen Einheit", On(10, 3)),
    ("Erster Weihnachtstag", On(12, 25)),
    ("Zweiter Weihnachtstag", On(12, 26)),
];

const ES: &[(&str, Rule)] = &[
    ("Año Nuevo", On(1, 1)),
    ("Epifanía del Señor", On(1, 6)),
    ("Viernes Santo", Easter(-2)),
    ("Fiesta del Trabajo", On(5, 1)),
    ("Asunción de la Virgen", On(8, 15)),
    ("Fiesta Nacional de España", On(10, 12)),
    ("Todos los Santos", On(11, 1)),
    ("Día de la Constitución", On(12, 6)),
    ("Inmaculada Concepción", On(12, 8)),
    ("Navidad", On(12, 25)),
];

const FR: &[(&str, Rule)] = &[
    ("Jour de l'an", On(1, 1)),
    ("Lundi de Pâques", Easter(1)),
    ("Fête du Travail", On(5, 1)),
    ("Victoire 1945", On(5, 8)),
    ("Ascension", Easter(39)),
    ("Lundi de Pentecôte", Easter(50)),
    ("Fête nationale", On(7, 14)),
    ("Assomption", On(8, 15)),
    ("Toussaint", On(11, 1)),
    ("Armistice 1918", On(11, 11)),
    ("Noël", On(12, 25)),
];

const GB: &[(&str, Rule)] = &[
    ("New Year's Day", OrMonday(1, 1)),
    ("Good Friday", Easter(-2)),
    ("Easter Monday", Easter(1)),
    ("Early May bank holiday", Nth(5, Monday, 1)),
    ("Spring bank holiday", Nth(5, Monday, -1)),
    ("Summer bank holiday", Nth(8, Monday, -1)),
];

const IT: &[(&str, Rule)] = &[
    ("Capodanno", On(1, 1)),
    ("Epifania", On(1, 6)),
    ("Lunedì dell'Angelo", Easter(1)),
    ("Festa della Liberazione", On(4, 25)),
    ("Festa del Lavoro", On(5, 1)),
    ("Festa della Repubblica", On(6, 2)),
    ("Ferragosto", On(8, 15)),
    ("Ognissanti", On(11, 1)),
    ("Immacolata Concezione", On(12, 8)),
    ("Natale", On(12, 25)),
    ("Santo Stefano", On(12, 26)),
];

const NL: &[(&str, Rule)] = &[
    ("Nieuwjaarsdag", On(1, 1)),
    ("Tweede paasdag", Easter(1)),
    ("Hemelvaartsdag", Easter(39)),
    ("Tweede pinksterdag", Easter(50)),
    ("Eerste kerstdag", On(12, 25)),
    ("Tweede kerstdag", On(12, 26)),
];

const US: &[(&str, Rule)] = &[
    ("New Year's Day", OrNearest(1, 1)),
    ("Martin Luther King Jr. Day", Nth(1, Monday, 3)),
    ("Washington's Birthday", Nth(2, Monday, 3)),
    ("Memorial Day", Nth(5, Monday, -1)),
    ("Juneteenth", OrNearest(6, 19)),
    ("Independence Day", OrNearest(7, 4)),
    ("Labor Day", Nth(9, Monday, 1)),
    ("Columbus Day", Nth(10, Monday, 2)),
    ("Veterans Day", OrNearest(11, 11)),
    ("Thanksgiving Day", Nth(11, Thursday, 4)),
    ("Christmas Day", OrNearest(12, 25)),
];

/// The holidays of a region in a year, in their order.
#[must_use]
pub fn of(region: Region, year: i16) -> Vec<Holiday> {
    let rules = match region {
        Region::De => DE,
        Region::Es => ES,
        Region::Fr => FR,
        Region::Gb => GB,
        Region::It => IT,
        Region::Nl => NL,
        Region::Us => US,
    };
    let dated = rules.iter().filter_map(|(name, rule)| Some((*name, day(*rule, year)?)));
    let mut holidays: Vec<Holiday> = dated.chain(others(region, year)).collect();
    holidays.sort_by_key(|(_, date)| *date);
    holidays
}

/// The holidays that no single rule describes.
fn others(region: Region, year: i16) -> Vec<Holiday> {
    let date = |month, day| Date::new(year, month, day).ok();
    match region {
        // Two days in a row: where one is on a weekend, they move on together.
        Region::Gb => {
            let (christmas, boxing) = match date(12, 25).map(Date::weekday) {
                Some(Weekday::Friday) => (25, 28),
                Some(Weekday::Saturday) => (27, 28),
                Some(Weekday::Sunday) => (27, 26),
                _ => (25, 26),
            };
            let days = [date(12, christmas).map(|d| ("Christmas Day", d)), date(12, boxing).map(|d| ("Boxing Day", d))];
            days.into_iter().flatten().collect()
        }
        // A holiday again since 2026.
        Region::It if year >= 2026 => date(10, 4).map(|d| ("San Francesco d'Assisi", d)).into_iter().collect(),
        Region::Nl => {
            // The day before where it is a Sunday.
            let king = date(4, 27).filter(|d| d.weekday() != Weekday::Sunday).or(date(4, 26));
            // Free for everybody every fifth year.
            let liberation = date(5, 5).filter(|_| year % 5 == 0);
            let days = [king.map(|d| ("Koningsdag", d)), liberation.map(|d| ("Bevrijdingsdag", d))];
            days.into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

fn day(rule: Rule, year: i16) -> Option<Date> {
    let plus = |date: Date, days: i64| date.checked_add(Span::new().try_days(days).ok()?).ok();
    match rule {
        On(month, day) => Date::new(year, month, day).ok(),
        Easter(days) => plus(easter(year)?, days),
        Nth(month, weekday, n) => Date::new(year, month, 1).ok()?.nth_weekday_of_month(n, weekday).ok(),
        OrMonday(month, day) => {
            let date = Date::new(year, month, day).ok()?;
            match date.weekday() {
                Weekday::Saturday => plus(date, 2),
                Weekday::Sunday => plus(date, 1),
                _ => Some(date),
            }
        }
        OrNearest(month, day) => {
            let date = Date::new(year, month, day).ok()?;
            match date.weekday() {
                Weekday::Saturday => plus(date, -1),
                Weekday::Sunday => plus(date, 1),
                _ => Some(date),
            }
        }
    }
}

/// Easter Sunday of the Gregorian calendar, by the method of Meeus, Jones and Butcher.
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_calendar_has_it() {
        for (year, date) in [
            (2000, "2000-04-23"),
            (2008, "2008-03-23"),
            (2024, "2024-03-31"),
            (2026, "2026-04-05"),
            (2027, "2027-03-28"),
            (2038, "2038-04-25"),
        ] {
            assert_eq!(easter(year).expect("a date").to_string(), date);
        }
    }

    #[test]
    fn holidays_are_on_their_days() {
        for (region, year, name, date) in [
            (Region::Fr, 2026, "Lundi de Pentecôte", "2026-05-25"),
            (Region::De, 2026, "Christi Himmelfahrt", "2026-05-14"),
            (Region::Us, 2026, "Thanksgiving Day", "2026-11-26"),
            (Region::Us, 2026, "Independence Day", "2026-07-03"),
            (Region::Us, 2022, "New Year's Day", "2021-12-31"),
            (Region::Gb, 2022, "New Year's Day", "2022-01-03"),
            (Region::Gb, 2022, "Christmas Day", "2022-12-27"),
            (Region::Gb, 2022, "Boxing Day", "2022-12-26"),
            (Region::Gb, 2026, "Boxing Day", "2026-12-28"),
            (Region::Gb, 2026, "Summer bank holiday", "2026-08-31"),
            (Region::Nl, 2025, "Koningsdag", "2025-04-26"),
            (Region::Nl, 2025, "Bevrijdingsdag", "2025-05-05"),
            (Region::It, 2026, "San Francesco d'Assisi", "2026-10-04"),
            (Region::Es, 2026, "Viernes Santo", "2026-04-03"),
        ] {
            let found = of(region, year).into_iter().find(|(n, _)| *n == name).map(|(_, d)| d.to_string());
            assert_eq!(found.as_deref(), Some(date), "{region} {name}");
        }
        assert!(of(Region::Nl, 2026).iter().all(|(name, _)| *name != "Bevrijdingsdag"));
        for region in Region::ALL {
            for year in 1990..2060 {
                assert!(of(*region, year).is_sorted_by_key(|(_, date)| *date));
            }
        }
    }
}
