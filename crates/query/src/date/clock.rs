//! Times of the wall's clock: `at 4pm`, `16h30`.

use jiff::civil::Time;

use super::grammar::{Parsed, Parser};
use super::token::Kind;
use super::words::{self, Unit};

impl Parser<'_> {
    /// A time of the wall's clock, when one is next.
    pub(super) fn time(&mut self) -> Parsed<Option<Time>> {
        let start = self.at;
        let begin = self.here();
        let said = self.take_word(|w| matches!(w, "at" | "a" | "vers"));
        if self.take_word(|w| matches!(w, "noon" | "midday" | "midi")) {
            return Ok(Some(Time::constant(12, 0, 0, 0)));
        }
        if self.take_word(|w| matches!(w, "midnight" | "minuit")) {
            return Ok(Some(Time::midnight()));
        }
        let Some(Kind::Number(hour, 1..=2)) = self.kind().cloned() else {
            self.at = start;
            return Ok(None);
        };
        self.at += 1;
        let (mut minute, mut second, mut clear) = (0, 0, false);
        if let Some((n, _)) = self.signed_number(':') {
            (minute, clear) = (n, true);
            second = self.signed_number(':').map_or(0, |(n, _)| n);
        } else if self.word() == Some("h") || (said && self.word().and_then(words::unit) == Some(Unit::Hour)) {
            self.at += 1;
            clear = true;
            if let Some(Kind::Number(n, 1..=2)) = self.kind().cloned() {
                self.at += 1;
                minute = n;
            }
        }
        let half = self.half_of_day();
        // `6h ago` is an amount, and `25` alone may be a day.
        let amount = clear && minute == 0 && self.word().is_some_and(|w| matches!(w, "ago" | "from" | "ouvrees"));
        if amount || !(said || clear || half.is_some()) {
            self.at = start;
            return Ok(None);
        }
        let hour = match half {
            Some(_) if !(1..=12).contains(&hour) => None,
            Some(afternoon) => Some(hour % 12 + if afternoon { 12 } else { 0 }),
            None => Some(hour),
        };
        let part = |n: i64| i8::try_from(n).ok();
        let time = hour.and_then(part).zip(part(minute)).zip(part(second));
        let time = time.and_then(|((h, m), s)| Time::new(h, m, s, 0).ok());
        time.map(Some).ok_or_else(|| self.error(begin, "there is no such time: expected 00:00:00 to 23:59:59"))
    }

    /// `am`, `pm`, `a.m.`, `p.m.`: whether it is the afternoon.
    fn half_of_day(&mut self) -> Option<bool> {
        let afternoon = match self.word()? {
            "am" | "a" => false,
            "pm" | "p" => true,
            _ => return None,
        };
        if self.word().is_some_and(|w| w.len() == 1) {
            if !self.take_phrase(&[if afternoon { "p" } else { "a" }, ".", "m"]) {
                return None;
            }
            self.skip_sign('.');
            return Some(afternoon);
        }
        self.at += 1;
        Some(afternoon)
    }

    pub(super) fn is_time_ahead(&self) -> bool {
        let next = self.tokens.get(self.at + 1).map(|t| &t.kind);
        match next {
            Some(Kind::Sign(':')) => true,
            Some(Kind::Word(word)) => matches!(word.as_str(), "am" | "pm" | "h"),
            _ => false,
        }
    }
}
