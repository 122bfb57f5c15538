//! Business hours: when a desk is open, and time that counts only while it is.
//!
//! A [`Calendar`] is a week of opening hours in a time zone, less some holidays. Hours are those of the clock on the
//! wall, so that a desk opens at nine in summer and in winter. Where the clock jumps forward, what it leaves out is
//! not open; where it goes back, a desk that closes within the repeated hour closes the first time.
//!
//! The invariant: every time that [`Calendar::shift`] or [`Calendar::shift_days`] gives is within open hours, or
//! exactly at their end.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp as Instant};
use model::Timestamp;

/// Seconds of a day on the wall's clock.
const DAY: i64 = 86_400;
/// How far arithmetic looks for open hours, in days: beyond it there is no answer.
const HORIZON: usize = 20_000;
/// How many times a desk may open on one day.
const SPANS: usize = 24;

/// The opening hours of one weekday: spans of seconds since midnight, in order, none touching another.
///
/// As text they are `32400-43200,50400-64800`; the empty text is a day that stays closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours(Vec<(i64, i64)>);

/// What is wrong with a text of opening hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadHours(&'static str);

impl fmt::Display for BadHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for BadHours {}

impl Hours {
    /// Reads opening hours: `begin-end` in seconds since midnight, parted by commas. Spans may come in any order and
    /// may touch each other, not overlap.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, BadHours> {
        let mut spans = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let number = |text: &str| text.trim().parse::<i64>().ok().filter(|n| (0..=DAY).contains(n));
            let (begin, end) =
                part.split_once('-').ok_or(BadHours("must be spans of seconds such as 32400-43200,50400-64800"))?;
            let span = number(begin).zip(number(end)).ok_or(BadHours("must be between 0 and 86400 seconds"))?;
            if span.0 >= span.1 {
                return Err(BadHours("has a span that ends before it begins"));
            }
            spans.push(span);
        }
        if spans.len() > SPANS {
            return Err(BadHours("has too many spans (at most 24)"));
        }
        spans.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
        for span in spans {
            match joined.last_mut() {
                Some(last) if span.0 < last.1 => return Err(BadHours("has spans that overlap")),
                Some(last) if span.0 == last.1 => last.1 = span.1,
                _ => joined.push(span),
            }
        }
        Ok(Self(joined))
    }

    /// Whether the day stays closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (begin, end)) in self.0.iter().enumerate() {
            write!(f, "{}{begin}-{end}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// When a desk is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    pub(crate) zone: TimeZone,
    /// From Monday to Sunday.
    pub(crate) week: [Hours; 7],
    pub(crate) holidays: BTreeSet<Date>,
}

/// A stretch of open time, in milliseconds; its end is not open any more.
type Open = (i64, i64);

impl Calendar {
    /// A calendar of a week from Monday to Sunday in a time zone, closed on holidays.
    #[must_use]
    pub fn new(zone: TimeZone, week: [Hours; 7], holidays: impl IntoIterator<Item = Date>) -> Self {
        Self { zone, week, holidays: holidays.into_iter().collect() }
    }

    /// From nine to six o'clock, Monday to Friday: for a desk that has not said its hours.
    #[must_use]
    pub fn usual(zone: TimeZone) -> Self {
        let open = || Hours(vec![(9 * 3600, 18 * 3600)]);
        let week = [open(), open(), open(), open(), open(), Hours::default(), Hours::default()];
        Self::new(zone, week, [])
    }

    /// The time zone of its hours.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether the desk is open at a time.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        let at = at.millis();
        let Some(day) = self.date(at) else { return false };
        // A day's hours can reach into another date where the clock goes back over midnight.
        let near = [day.yesterday().ok(), Some(day), day.tomorrow().ok()];
        near.into_iter().flatten().any(|d| self.spans(d).any(|(begin, end)| begin <= at && at < end))
    }

    /// Moves a time by milliseconds of open time, back when they are negative. A time outside of open hours counts
    /// from where they begin again, or, back, from where they ended.
    ///
    /// None when the desk is not open for that long within about 50 years.
    #[must_use]
    pub fn shift(&self, from: Timestamp, by: i64) -> Option<Timestamp> {
        self.moved(from, by.checked_abs()?, by < 0)
    }

    /// Moves a time by minutes of open time.
    #[must_use]
    pub fn shift_minutes(&self, from: Timestamp, minutes: i64) -> Option<Timestamp> {
        self.shift(from, minutes.checked_mul(60_000)?)
    }

    /// Moves a time by hours of open time.
    #[must_use]
    pub fn shift_hours(&self, from: Timestamp, hours: i64) -> Option<Timestamp> {
        self.shift(from, hours.checked_mul(3_600_000)?)
    }

    /// Moves a time by days on which the desk opens, to the same time on the wall's clock. A time outside of open
    /// hours counts from where they begin again, or, back, from where they ended. What would be outside of the other
    /// day's hours is moved on to the nearest open time in the same direction, within that day if there is one.
    ///
    /// None when the desk does not open on that many days within about 50 years.
    #[must_use]
    pub fn shift_days(&self, from: Timestamp, days: i64) -> Option<Timestamp> {
        let start = self.moved(from, 0, days < 0)?;
        let zoned = Instant::from_millisecond(start.millis()).ok()?.to_zoned(self.zone.clone());
        let (mut date, time) = (zoned.date(), zoned.time());
        let mut left = days.unsigned_abs();
        for _ in 0..HORIZON {
            if left == 0 {
                return self.within(date, time, days < 0);
            }
            date = if days < 0 { date.yesterday() } else { date.tomorrow() }.ok()?;
            if self.spans(date).next().is_some() {
                left -= 1;
            }
        }
        None
    }

    /// Milliseconds of open time from one time to another; negative when the other is earlier.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> i64 {
        let (from, to) = (from.millis(), to.millis());
        if to < from {
            return -self.between(Timestamp::from_millis(to), Timestamp::from_millis(from));
        }
        let Some(open) = self.forward(from) else { return 0 };
        open.take_while(|(begin, _)| *begin < to).map(|(begin, end)| (end.min(to) - begin.max(from)).max(0)).sum()
    }

    /// The time that has `left` milliseconds of open time between itself and `from`.
    fn moved(&self, from: Timestamp, mut left: i64, back: bool) -> Option<Timestamp> {
        let from = from.millis();
        let mut take = |open: i64| {
            let enough = left <= open;
            let taken = left;
            left -= open;
            enough.then_some(taken)
        };
        let moved = if back {
            self.backward(from)?.find_map(|(begin, end)| {
                let end = end.min(from);
                take(end - begin).map(|taken| end - taken)
            })
        } else {
            self.forward(from)?.find_map(|(begin, end)| {
                let begin = begin.max(from);
                take(end - begin).map(|taken| begin + taken)
            })
        };
        moved.map(Timestamp::from_millis)
    }

    /// The open time of a day that is nearest to a time on its clock, later or, back, earlier ones first.
    fn within(&self, date: Date, time: Time, back: bool) -> Option<Timestamp> {
        let at = self.instant(date.to_datetime(time))?;
        let near = |(begin, end): Open| at.clamp(begin, end);
        let spans: Vec<Open> = self.spans(date).collect();
        let onward = if back {
            spans.iter().rev().find(|(begin, _)| *begin <= at)
        } else {
            spans.iter().find(|(_, end)| at <= *end)
        };
        let last = if back { spans.first() } else { spans.last() };
        onward.or(last).map(|open| Timestamp::from_millis(near(*open)))
    }

    /// The stretches of open time that end at a time or after it, in order.
    fn forward(&self, from: i64) -> Option<impl Iterator<Item = Open>> {
        let first = self.date(from)?.yesterday().ok()?;
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(self.horizon());
        Some(days.flat_map(|day| self.spans(day)).skip_while(move |(_, end)| *end < from))
    }

    /// The stretches of open time that begin at a time or before it, the latest first.
    fn backward(&self, from: i64) -> Option<impl Iterator<Item = Open>> {
        let last = self.date(from)?.tomorrow().ok()?;
        let days = std::iter::successors(Some(last), |day| day.yesterday().ok()).take(self.horizon());
        Some(days.flat_map(|day| self.spans(day).rev()).skip_while(move |(begin, _)| *begin > from))
    }

    /// How many days to look at; none for a desk that never opens.
    fn horizon(&self) -> usize {
        if self.week.iter().all(Hours::is_empty) { 0 } else { HORIZON }
    }

    /// The stretches of open time of a day.
    fn spans(&self, date: Date) -> impl DoubleEndedIterator<Item = Open> {
        let open = !self.holidays.contains(&date);
        let hours = self.week.get(monday_first(date.weekday())).filter(|_| open).map_or(&[][..], |h| &h.0);
        hours.iter().filter_map(move |(begin, end)| {
            let open = (self.at(date, *begin)?, self.at(date, *end)?);
            (open.0 < open.1).then_some(open)
        })
    }

    /// The moment at which a day's clock shows so many seconds since midnight.
    fn at(&self, date: Date, seconds: i64) -> Option<i64> {
        let midnight = date.to_datetime(Time::midnight());
        self.instant(midnight.checked_add(Span::new().try_seconds(seconds).ok()?).ok()?)
    }

    /// The first moment at which the wall's clock shows a time, or, where it jumps over it, the moment of the jump.
    fn instant(&self, shown: DateTime) -> Option<i64> {
        let ambiguous = self.zone.to_ambiguous_timestamp(shown);
        let instant = match ambiguous.offset() {
            AmbiguousOffset::Gap { after, .. } => {
                let before_jump = after.to_timestamp(shown).ok()?;
                self.zone.following(before_jump).next()?.timestamp()
            }
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(shown).ok()?,
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(shown).ok()?,
        };
        Some(instant.as_millisecond())
    }

    /// The date on the wall at a time.
    fn date(&self, at: i64) -> Option<Date> {
        Some(self.zone.to_datetime(Instant::from_millisecond(at).ok()?).date())
    }
}

fn monday_first(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OFFICE: [&str; 7] = ["32400-64800", "32400-64800", "32400-64800", "32400-64800", "32400-64800", "", ""];

    fn calendar(zone: &str, week: [&str; 7], holidays: &[&str]) -> Calendar {
        let zone = TimeZone::get(zone).expect("a zone");
        let week = week.map(|hours| Hours::parse(hours).expect("hours"));
        Calendar::new(zone, week, holidays.iter().map(|day| day.parse().expect("a date")))
    }

    fn office() -> Calendar {
        calendar("Europe/Paris", OFFICE, &["2026-04-06"])
    }

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn hours_are_read_in_any_order_and_joined() {
        for (text, same) in [
            ("32400-43200,50400-64800", "32400-43200,50400-64800"),
            (" 50400-64800 , 32400-43200,", "32400-43200,50400-64800"),
            ("0-43200,43200-86400", "0-86400"),
            ("", ""),
        ] {
            assert_eq!(Hours::parse(text).expect("hours").to_string(), same);
        }
        for text in ["9-", "9h-18h", "64800-32400", "0-0", "0-86401", "-1-5", "0-10,5-20", "1"] {
            assert!(Hours::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_desk_is_open_within_its_hours_on_its_days() {
        let desk = office();
        for (at, open) in [
            ("2026-03-02T08:00:00Z", true), // Monday, nine in winter
            ("2026-03-02T07:59:59Z", false),
            ("2026-03-02T16:59:59Z", true),
            ("2026-03-02T17:00:00Z", false), // six: the end is not open any more
            ("2026-07-06T07:00:00Z", true),  // Monday, nine in summer
            ("2026-03-07T10:00:00Z", false), // Saturday
            ("2026-04-06T10:00:00Z", false), // a holiday
        ] {
            assert_eq!(desk.is_open(time(at)), open, "{at}");
        }
    }

    #[test]
    fn open_time_is_added_and_taken_away() {
        let desk = office();
        for (from, minutes, to) in [
            ("2026-03-02T10:00:00Z", 20, "2026-03-02T10:20:00Z"),
            ("2026-03-02T10:00:00Z", -20, "2026-03-02T09:40:00Z"),
            ("2026-03-02T16:00:00Z", 60, "2026-03-02T17:00:00Z"), // just to the end of the day
            ("2026-03-02T16:00:00Z", 120, "2026-03-03T09:00:00Z"), // an hour of it the next morning
            ("2026-03-02T09:00:00Z", -120, "2026-02-27T16:00:00Z"), // an hour of it on Friday
            ("2026-03-06T16:30:00Z", 60, "2026-03-09T08:30:00Z"), // over the weekend
            ("2026-03-07T12:00:00Z", 60, "2026-03-09T09:00:00Z"), // from a Saturday
            ("2026-03-07T12:00:00Z", -60, "2026-03-06T16:00:00Z"),
            ("2026-03-07T12:00:00Z", 0, "2026-03-09T08:00:00Z"),
            ("2026-04-03T15:30:00Z", 60, "2026-04-07T07:30:00Z"), // over Easter Monday
            ("2026-03-27T16:30:00Z", 60, "2026-03-30T07:30:00Z"), // into summer time
            ("2026-10-23T15:30:00Z", 60, "2026-10-26T08:30:00Z"), // into winter time
        ] {
            assert_eq!(desk.shift_minutes(time(from), minutes).expect("a time"), time(to), "{from} {minutes}");
        }
        assert_eq!(desk.shift_hours(time("2026-03-02T12:00:00Z"), -6), Some(time("2026-02-27T15:00:00Z")));
    }

    #[test]
    fn days_keep_the_time_on_the_wall() {
        let desk = office();
        for (from, days, to) in [
            ("2026-03-02T10:00:00Z", 1, "2026-03-03T10:00:00Z"),
            ("2026-03-02T10:00:00Z", -1, "2026-02-27T10:00:00Z"),
            ("2026-03-02T08:00:00Z", -1, "2026-02-27T08:00:00Z"),
            ("2026-03-02T17:00:00Z", 1, "2026-03-03T17:00:00Z"),
            ("2026-03-07T12:00:00Z", 1, "2026-03-10T08:00:00Z"), // Saturday counts as Monday at nine
            ("2026-03-07T12:00:00Z", -1, "2026-03-05T17:00:00Z"), // or as Friday at six
            ("2026-03-27T10:00:00Z", 1, "2026-03-30T09:00:00Z"), // eleven, in winter and in summer
            ("2026-04-03T10:00:00Z", 1, "2026-04-07T10:00:00Z"), // over Easter Monday
            ("2026-03-02T10:00:00Z", 0, "2026-03-02T10:00:00Z"),
        ] {
            assert_eq!(desk.shift_days(time(from), days).expect("a time"), time(to), "{from} {days}");
        }
        let short_fridays = calendar("UTC", ["0-64800", "0-64800", "0-64800", "0-64800", "0-43200", "", ""], &[]);
        // Thursday at three in the afternoon, and Friday is over at noon.
        assert_eq!(short_fridays.shift_days(time("2026-03-05T15:00:00Z"), 1), Some(time("2026-03-06T12:00:00Z")));
        assert_eq!(short_fridays.shift_days(time("2026-03-09T15:00:00Z"), -1), Some(time("2026-03-06T12:00:00Z")));
    }

    #[test]
    fn what_the_clock_leaves_out_is_not_open_and_what_it_repeats_counts() {
        // Sundays from one to four: two hours long in March, when two to three is left out, and four in October.
        let desk = calendar("Europe/Paris", ["", "", "", "", "", "", "3600-14400"], &[]);
        let length = |from: &str, to: &str| desk.between(time(from), time(to)) / 3_600_000;
        assert_eq!(length("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"), 2);
        assert_eq!(length("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"), 4);
        assert_eq!(length("2026-11-01T12:00:00Z", "2026-10-31T12:00:00Z"), -3);
        // A span that lies in what is left out is not there at all.
        let desk = calendar("Europe/Paris", ["", "", "", "", "", "", "7200-10800"], &[]);
        assert_eq!(desk.between(time("2026-03-29T00:00:00Z"), time("2026-03-30T00:00:00Z")), 0);
        // Samoa had no 30 December 2011, a Friday.
        let desk = calendar("Pacific/Apia", OFFICE, &[]);
        assert_eq!(desk.shift_days(time("2011-12-29T20:00:00Z"), 1), Some(time("2012-01-01T20:00:00Z")));
    }

    #[test]
    fn a_desk_that_never_opens_has_no_answer() {
        let desk = calendar("UTC", [""; 7], &[]);
        let now = time("2026-03-02T10:00:00Z");
        assert_eq!(desk.shift_hours(now, 1), None);
        assert_eq!(desk.shift_days(now, -1), None);
        assert_eq!(desk.between(now, now.plus_seconds(1_000_000)), 0);
        assert!(!desk.is_open(now));
        assert_eq!(office().shift_days(now, i64::MAX), None);
        assert_eq!(office().shift_days(now, i64::MIN), None);
        assert_eq!(office().shift_hours(now, i64::MIN), None);
        assert_eq!(office().shift(now, i64::MAX), None);
        assert_eq!(office().shift(Timestamp::from_millis(i64::MAX), 1), None);
    }

    fn hours() -> impl Strategy<Value = Hours> {
        proptest::collection::btree_set(0..=DAY / 900, 0..6).prop_map(|marks| {
            let marks: Vec<i64> = marks.into_iter().map(|m| m * 900).collect();
            Hours(marks.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
        })
    }

    fn calendars() -> impl Strategy<Value = Calendar> {
        let zones =
            ["UTC", "Europe/Paris", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kolkata"];
        let holidays = proptest::collection::vec(0..1500i64, 0..12);
        let week = proptest::array::uniform7(hours());
        (proptest::sample::select(zones.to_vec()), week, holidays).prop_map(|(zone, week, holidays)| {
            let first: Date = "2015-01-01".parse().expect("a date");
            let days = holidays.into_iter().map(|n| first.checked_add(Span::new().days(n)).expect("a date"));
            Calendar::new(TimeZone::get(zone).expect("a zone"), week, days)
        })
    }

    /// Within open hours, or at their end.
    fn is_at_work(desk: &Calendar, at: Timestamp) -> bool {
        desk.is_open(at) || desk.is_open(at.plus_millis(-1))
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_taken_away(
            desk in calendars(),
            at in 1_420_000_000_000..1_540_000_000_000i64,
            by in 0..40 * 3_600_000i64,
        ) {
            let at = Timestamp::from_millis(at);
            prop_assume!(!desk.week.iter().all(Hours::is_empty));
            let later = desk.shift(at, by).expect("a time");
            prop_assert!(is_at_work(&desk, later));
            prop_assert!(later >= at);
            prop_assert_eq!(desk.between(at, later), by);
            let back = desk.shift(later, -by).expect("a time");
            prop_assert!(is_at_work(&desk, back));
            prop_assert_eq!(desk.between(back, later), by);
            prop_assert_eq!(desk.between(at.min(back), at.max(back)), 0);
            if desk.is_open(at) && by > 0 && desk.is_open(at.plus_millis(-1)) {
                prop_assert_eq!(back, at);
            }
        }

        #[test]
        fn more_time_and_a_later_begin_never_come_earlier(
            desk in calendars(),
            at in 1_420_000_000_000..1_540_000_000_000i64,
            (by, more) in (-40 * 3_600_000..40 * 3_600_000i64, 0..3_600_000i64),
            (days, wait) in (-20..20i64, 0..100_000_000i64),
        ) {
            prop_assume!(!desk.week.iter().all(Hours::is_empty));
            let (at, later) = (Timestamp::from_millis(at), Timestamp::from_millis(at + wait));
            // At the end of a day both that and the next morning are the same point of open time.
            if by != 0 && by.signum() == (by + more).signum() {
                prop_assert!(desk.shift(at, by).expect("a time") <= desk.shift(at, by + more).expect("a time"));
            }
            prop_assert!(desk.shift(at, by).expect("a time") <= desk.shift(later, by).expect("a time"));
            let one = desk.shift_days(at, days).expect("a time");
            prop_assert!(is_at_work(&desk, one));
            prop_assert!(one <= desk.shift_days(later, days).expect("a time"), "{at} {later} {days}");
            if days != -1 {
                prop_assert!(one <= desk.shift_days(at, days + 1).expect("a time"));
            }
        }

        #[test]
        fn no_text_of_hours_panics(text in "\\PC{0,40}", likely in "[0-9,-]{0,20}") {
            let _ = Hours::parse(&text);
            if let Ok(hours) = Hours::parse(&likely) {
                prop_assert_eq!(Hours::parse(&hours.to_string()), Ok(hours));
            }
        }
    }
}
