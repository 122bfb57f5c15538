//! The grammar of dates: see the module's page.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan, Zoned};
use model::Timestamp;

use super::token::{Kind, Token, tokens};
use super::words::{self, Unit, Which};
use super::{BusinessUnit, Moment};
use crate::Error;

/// The largest amount of a unit.
const MOST: i64 = 1_000_000;

/// What a date says before its time.
enum Base {
    /// A day; midnight unless a time follows.
    Day(Date),
    /// A moment of a day, another one if a time follows.
    Within(Timestamp),
    /// A moment that takes no time.
    Exact(Timestamp),
}

pub(super) type Parsed<T> = Result<T, Error>;

pub(super) fn parse(text: &str, moment: &Moment<'_>) -> Parsed<Timestamp> {
    let now = jiff::Timestamp::from_millisecond(moment.now.millis()).unwrap_or_default().to_zoned(moment.zone.clone());
    let mut parser = Parser { tokens: tokens(text), at: 0, moment, now, end: text.chars().count() + 1 };
    parser.date()
}

/// A time of the wall's clock in a zone: past a gap, the first of two.
pub(super) fn in_zone(civil: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = zone.to_ambiguous_zoned(civil).compatible().ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

/// Reads the tokens of a date from the first to the last.
pub(super) struct Parser<'m> {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    pub(super) moment: &'m Moment<'m>,
    pub(super) now: Zoned,
    pub(super) end: usize,
}

impl Parser<'_> {
    fn date(&mut self) -> Parsed<Timestamp> {
        self.skip_sign(',');
        let early = self.time()?;
        if early.is_some() && self.at == self.tokens.len() {
            return self.at_time(self.now.date(), early.unwrap_or_default());
        }
        let base = self.base()?;
        self.skip_sign(',');
        let begin = self.here();
        let time = match self.time()? {
            Some(_) if early.is_some() => return Err(self.error(begin, "the time is given twice")),
            late => late.or(early),
        };
        if self.at < self.tokens.len() {
            return Err(self.error(self.here(), "expected the end of the date or a time such as at 4pm or 16:00"));
        }
        match (base, time) {
            (Base::Day(date), time) => self.at_time(date, time.unwrap_or_default()),
            (Base::Exact(at) | Base::Within(at), None) => Ok(at),
            (Base::Within(at), Some(time)) => {
                let zoned = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
                self.at_time(zoned.to_zoned(self.moment.zone.clone()).date(), time)
            }
            (Base::Exact(_), Some(_)) => Err(self.error(begin, "a time cannot follow what is a moment already")),
        }
    }

    fn at_time(&self, date: Date, time: Time) -> Parsed<Timestamp> {
        in_zone(date.to_datetime(time), &self.moment.zone).ok_or_else(|| self.out_of_range())
    }

    /// A day or a moment, without its time.
    fn base(&mut self) -> Parsed<Base> {
        while self.take_word(words::is_article) {}
        let start = self.at;
        let tries = [Self::named, Self::amount, Self::nth, Self::row, Self::of_month, Self::numeric];
        for read in tries {
            if let Some(base) = read(self)? {
                return Ok(base);
            }
            self.at = start;
        }
        let example = "expected a date such as yesterday, 2 hours ago, last friday at 20:00 or 2011-02-03 14:27:33";
        Err(self.error(self.here(), example))
    }

    /// `now`, `yesterday`, `avant-hier`.
    fn named(&mut self) -> Parsed<Option<Base>> {
        let phrases: [(&[&str], i64); 16] = [
            (&["today"], 0),
            (&["aujourd'hui"], 0),
            (&["aujourdhui"], 0),
            (&["yesterday"], -1),
            (&["hier"], -1),
            (&["tomorrow"], 1),
            (&["demain"], 1),
            (&["day", "before", "yesterday"], -2),
            (&["day", "after", "tomorrow"], 2),
            (&["avant", "hier"], -2),
            (&["avant", "-", "hier"], -2),
            (&["apres", "demain"], 2),
            (&["apres", "-", "demain"], 2),
            (&["now"], i64::MAX),
            (&["maintenant"], i64::MAX),
            (&["right", "now"], i64::MAX),
        ];
        for (phrase, days) in phrases {
            if self.take_phrase(phrase) {
                return match days {
                    i64::MAX => Ok(Some(Base::Exact(self.moment.now))),
                    days => self.days_on(self.now.date(), days).map(|d| Some(Base::Day(d))),
                };
            }
        }
        Ok(None)
    }

    /// `2 weeks ago`, `in 3 days`, `il y a 6 heures ouvrées`, `last 3 days`.
    fn amount(&mut self) -> Parsed<Option<Base>> {
        let begin = self.here();
        let before = if self.take_phrase(&["il", "y", "a"]) || self.take_phrase(&["last"]) {
            Some(-1)
        } else if self.take_phrase(&["in"]) || self.take_phrase(&["dans"]) {
            Some(1)
        } else {
            None
        };
        let Some(number) = self.number() else { return Ok(None) };
        let mut last = self.take_word(|w| words::which_after(w) == Some(Which::Last));
        let mut business = self.take_word(words::is_business);
        let Some(unit) = self.word().and_then(words::unit) else { return Ok(None) };
        self.at += 1;
        if self.word() == Some("de") && self.word_at(1) == Some("travail") {
            self.at += 1;
        }
        business |= self.take_word(words::is_business);
        last |= before.is_none() && self.take_word(|w| words::which_after(w) == Some(Which::Last));
        let after = if self.take_phrase(&["ago"]) || self.take_phrase(&["earlier"]) || last {
            Some(-1)
        } else if ["from now", "from today", "plus tard", "later", "hence"].iter().any(|phrase| {
            let phrase: Vec<&str> = phrase.split(' ').collect();
            self.take_phrase(&phrase)
        }) {
            Some(1)
        } else {
            None
        };
        let sign = match (before, after) {
            (Some(sign), None) | (None, Some(sign)) => sign,
            _ => return Ok(None),
        };
        if number > MOST {
            return Err(self.error(begin, format!("expected a number up to {MOST}")));
        }
        if business { self.business(begin, number * sign, unit) } else { self.shift(number * sign, unit) }.map(Some)
    }

    fn shift(&self, amount: i64, unit: Unit) -> Parsed<Base> {
        let exact = |seconds: i64| Ok(Base::Exact(self.moment.now.plus_seconds(amount * seconds)));
        let span = match unit {
            Unit::Second => return exact(1),
            Unit::Minute => return exact(60),
            Unit::Hour => return exact(3600),
            Unit::Day => Span::new().try_days(amount),
            Unit::Week => Span::new().try_weeks(amount),
            Unit::Month => Span::new().try_months(amount),
            Unit::Year => Span::new().try_years(amount),
        };
        let date = span.and_then(|span| self.now.date().checked_add(span));
        date.map(Base::Day).map_err(|_| self.out_of_range())
    }

    fn business(&self, begin: usize, amount: i64, unit: Unit) -> Parsed<Base> {
        let (amount, unit) = match unit {
            Unit::Minute => (amount, BusinessUnit::Minutes),
            Unit::Hour => (amount * 60, BusinessUnit::Minutes),
            Unit::Day => (amount, BusinessUnit::Days),
            _ => return Err(self.error(begin, "expected business minutes, hours or days")),
        };
        let moved = (self.moment.business)(self.moment.now, amount, unit).ok_or_else(|| self.out_of_range())?;
        Ok(if unit == BusinessUnit::Days { Base::Within(moved) } else { Base::Exact(moved) })
    }

    /// `4th day last week`, `3rd wednesday in november`, `1er lundi de mars 2024`.
    fn nth(&mut self) -> Parsed<Option<Base>> {
        let begin = self.here();
        let Some(n) = self.ordinal() else { return Ok(None) };
        let weekday = self.word().and_then(words::weekday);
        if weekday.is_none() && self.word().and_then(words::unit) != Some(Unit::Day) {
            return Ok(None);
        }
        self.at += 1;
        let Some((first, end)) = self.period()? else {
            return Err(self.error(self.here(), "expected a period such as last week, this month or november"));
        };
        let skip = match weekday {
            None => n - 1,
            Some(day) => i64::from(first.weekday().until(day)) + 7 * (n - 1),
        };
        let date = self.days_on(first, skip)?;
        if n < 1 || date >= end {
            return Err(self.error(begin, "there is no such day in that period"));
        }
        Ok(Some(Base::Day(date)))
    }

    /// A week, a month or a year: its first day, and the day after its last one.
    fn period(&mut self) -> Parsed<Option<(Date, Date)>> {
        self.take_word(words::is_of);
        while self.take_word(words::is_article) {}
        let start = self.at;
        if let Some((which, Some(unit @ (Unit::Week | Unit::Month | Unit::Year)))) = self.which(words::unit) {
            let first = self.unit_start(which, unit)?;
            let span = match unit {
                Unit::Week => 1.week(),
                Unit::Month => 1.month(),
                _ => 1.year(),
            };
            let end = first.checked_add(span).map_err(|_| self.out_of_range())?;
            return Ok(Some((first, end)));
        }
        self.at = start;
        let Some(month) = self.take_month() else { return Ok(None) };
        self.take_word(words::is_of);
        let first = match self.year() {
            Some(year) => self.day(year, month, 1),
            None => self.latest(month, 1),
        };
        let first = first.ok_or_else(|| self.out_of_range())?;
        let end = first.checked_add(1.month()).map_err(|_| self.out_of_range())?;
        Ok(Some((first, end)))
    }

    /// `last month`, `semaine prochaine`, `last friday`, `friday`.
    fn row(&mut self) -> Parsed<Option<Base>> {
        let start = self.at;
        if let Some((which, Some(unit))) = self.which(words::unit) {
            return match unit {
                Unit::Second | Unit::Minute | Unit::Hour | Unit::Day => {
                    let amount = match which {
                        Which::Last => -1,
                        Which::This => 0,
                        Which::Next => 1,
                    };
                    self.shift(amount, unit).map(Some)
                }
                _ => self.unit_start(which, unit).map(|d| Some(Base::Day(d))),
            };
        }
        self.at = start;
        if let Some((which, Some(month))) = self.which(words::month) {
            let this = self.now.date().first_of_month();
            let year = match which {
                Which::Last if month >= this.month() => this.year() - 1,
                Which::Next if month <= this.month() => this.year() + 1,
                _ => this.year(),
            };
            return self.day(year, month, 1).map(Base::Day).map(Some).ok_or_else(|| self.out_of_range());
        }
        self.at = start;
        let today = self.now.date();
        if let Some((which, Some(weekday))) = self.which(words::weekday) {
            let back = i64::from(today.weekday().since(weekday));
            let on = i64::from(today.weekday().until(weekday));
            let days = match which {
                Which::Last => -(if back == 0 { 7 } else { back }),
                Which::This => {
                    let week = self.unit_start(Which::This, Unit::Week)?;
                    let first = i64::from(week.weekday().until(weekday));
                    return self.days_on(week, first).map(|d| Some(Base::Day(d)));
                }
                Which::Next => {
                    if on == 0 {
                        7
                    } else {
                        on
                    }
                }
            };
            return self.days_on(today, days).map(|d| Some(Base::Day(d)));
        }
        self.at = start;
        let Some(weekday) = self.word().and_then(words::weekday) else { return Ok(None) };
        self.at += 1;
        self.skip_sign('.');
        self.skip_sign(',');
        // `friday 25 december`: the date says which one.
        let after = self.at;
        if let Some(base) = self.of_month()? {
            return Ok(Some(base));
        }
        self.at = after;
        self.days_on(today, -i64::from(today.weekday().since(weekday))).map(|d| Some(Base::Day(d)))
    }

    /// A thing with the word that says which one, before it or after it.
    fn which<T>(&mut self, thing: impl Fn(&str) -> Option<T>) -> Option<(Which, Option<T>)> {
        let first = self.word()?;
        let second = self.word_at(1).unwrap_or("");
        let found = match (words::which_before(first), thing(first), words::which_after(second)) {
            // `cette semaine`, and `last week`.
            (Some(which), _, _) => (which, Some(thing(second)?)),
            (None, Some(thing), Some(which)) => (which, Some(thing)),
            _ => return None,
        };
        self.at += 2;
        Some(found)
    }

    /// The first day of a week, a month or a year.
    fn unit_start(&self, which: Which, unit: Unit) -> Parsed<Date> {
        let today = self.now.date();
        let (this, span) = match unit {
            Unit::Month => (today.first_of_month(), 1.month()),
            Unit::Year => (today.first_of_year(), 1.year()),
            _ => {
                let first = if self.moment.locale.sunday_first { Weekday::Sunday } else { Weekday::Monday };
                (self.days_on(today, -i64::from(today.weekday().since(first)))?, 1.week())
            }
        };
        match which {
            Which::Last => this.checked_sub(span).map_err(|_| self.out_of_range()),
            Which::This => Ok(this),
            Which::Next => this.checked_add(span).map_err(|_| self.out_of_range()),
        }
    }

    /// `dec 25`, `25 décembre 2010`, `january 5th, 2011`, `december`.
    fn of_month(&mut self) -> Parsed<Option<Base>> {
        let begin = self.here();
        let mut day = match self.ordinal() {
            Some(day) => Some(day),
            None => match self.kind() {
                Some(Kind::Number(n, 1..=2)) => {
                    let n = *n;
                    self.at += 1;
                    Some(n)
                }
                _ => None,
            },
        };
        self.take_word(|w| day.is_some() && words::is_of(w));
        let Some(month) = self.take_month() else { return Ok(None) };
        let after = self.at;
        if day.is_none() {
            day = self.ordinal();
        }
        if day.is_none()
            && let Some(Kind::Number(n, 1..=2)) = self.kind()
            && !self.is_time_ahead()
        {
            day = Some(*n);
            self.at += 1;
        }
        if day.is_none() {
            self.at = after;
        }
        let comma = self.at;
        self.skip_sign(',');
        self.take_word(words::is_of);
        let year = self.year();
        if year.is_none() {
            self.at = comma;
        }
        let wanted = i8::try_from(day.unwrap_or(1)).unwrap_or(0);
        let date = match year {
            Some(year) => self.day(year, month, wanted),
            None => self.latest(month, wanted),
        };
        match date {
            Some(date) => Ok(Some(Base::Day(date))),
            None => Err(self.error(begin, "there is no such day in that month")),
        }
    }

    /// `03/04/2011`, `25.12.2010`, `25/12`, `2011/02/03`, `2011-02`, `2011`.
    fn numeric(&mut self) -> Parsed<Option<Base>> {
        let begin = self.here();
        let Some(Kind::Number(a, digits)) = self.kind().cloned() else { return Ok(None) };
        self.at += 1;
        let sign = match self.kind() {
            Some(Kind::Sign(c @ ('/' | '.' | '-'))) => Some(*c),
            _ => None,
        };
        let second = sign.and_then(|sign| self.signed_number(sign));
        let Some((b, _)) = second else {
            let year = i16::try_from(a).ok().filter(|year| digits == 4 && (1900..=2200).contains(year));
            return Ok(year.and_then(|year| self.day(year, 1, 1)).map(Base::Day));
        };
        let third = sign.and_then(|sign| self.signed_number(sign));
        let date = match (digits, third) {
            (4, None) => self.checked_day(a, b, 1),
            (4, Some((c, _))) => self.checked_day(a, b, c),
            (_, None) => {
                let (day, month) = self.day_and_month(a, b);
                i8::try_from(month).ok().zip(i8::try_from(day).ok()).and_then(|(m, d)| self.latest(m, d))
            }
            (_, Some((c, digits))) => {
                let (day, month) = self.day_and_month(a, b);
                let year = if digits <= 2 { c + 2000 } else { c };
                self.checked_day(year, month, day)
            }
        };
        date.map(Base::Day).map(Some).ok_or_else(|| self.error(begin, "there is no such date"))
    }

    /// Which of two numbers is the day and which the month: as the locale has it, unless only the other order is one.
    fn day_and_month(&self, a: i64, b: i64) -> (i64, i64) {
        let (day, month) = if self.moment.locale.day_first { (a, b) } else { (b, a) };
        if month > 12 && day <= 12 { (month, day) } else { (day, month) }
    }

    pub(super) fn signed_number(&mut self, sign: char) -> Option<(i64, usize)> {
        if self.kind() != Some(&Kind::Sign(sign)) {
            return None;
        }
        match self.tokens.get(self.at + 1).map(|t| &t.kind) {
            Some(Kind::Number(n, digits)) => {
                let found = (*n, *digits);
                self.at += 2;
                Some(found)
            }
            _ => None,
        }
    }

    fn checked_day(&self, year: i64, month: i64, day: i64) -> Option<Date> {
        self.day(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
    }

    fn day(&self, year: i16, month: i8, day: i8) -> Option<Date> {
        Date::new(year, month, day).ok()
    }

    /// The last such day that has come.
    fn latest(&self, month: i8, day: i8) -> Option<Date> {
        let today = self.now.date();
        // Eight years hold a leap day even around a year like 2100.
        (0..=8).filter_map(|back| Date::new(today.year() - back, month, day).ok()).find(|date| *date <= today)
    }
}
