//! The tokens of a date, one by one.

use jiff::Span;
use jiff::civil::Date;

use super::grammar::{Parsed, Parser};
use super::token::Kind;
use super::words;
use crate::Error;

impl Parser<'_> {
    /// A number, in digits or as a word.
    pub(super) fn number(&mut self) -> Option<i64> {
        let number = match self.kind()? {
            Kind::Number(n, _) => *n,
            Kind::Word(word) => words::number(word)?,
            Kind::Sign(_) => return None,
        };
        self.at += 1;
        Some(number)
    }

    /// `4th`, `1er`, `first`.
    pub(super) fn ordinal(&mut self) -> Option<i64> {
        match self.kind()? {
            Kind::Number(n, 1..=3) => {
                let n = *n;
                self.word_at(1).filter(|w| words::is_ordinal_ending(w))?;
                self.at += 2;
                Some(n)
            }
            Kind::Word(word) => {
                let n = words::ordinal(word)?;
                self.at += 1;
                Some(n)
            }
            _ => None,
        }
    }

    pub(super) fn year(&mut self) -> Option<i16> {
        let Some(Kind::Number(n, 4)) = self.kind() else { return None };
        let year = i16::try_from(*n).ok()?;
        self.at += 1;
        Some(year)
    }

    pub(super) fn take_month(&mut self) -> Option<i8> {
        let month = self.word().and_then(words::month)?;
        self.at += 1;
        self.skip_sign('.');
        Some(month)
    }

    pub(super) fn kind(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|t| &t.kind)
    }

    pub(super) fn word(&self) -> Option<&str> {
        self.word_at(0)
    }

    pub(super) fn word_at(&self, ahead: usize) -> Option<&str> {
        match self.tokens.get(self.at + ahead).map(|t| &t.kind) {
            Some(Kind::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(super) fn take_word(&mut self, wanted: impl Fn(&str) -> bool) -> bool {
        let found = self.word().is_some_and(wanted);
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_phrase(&mut self, phrase: &[&str]) -> bool {
        let same = |(i, wanted): (usize, &&str)| match self.tokens.get(self.at + i).map(|t| &t.kind) {
            Some(Kind::Word(word)) => word == wanted,
            Some(Kind::Sign(c)) => wanted.len() == c.len_utf8() && wanted.starts_with(*c),
            _ => false,
        };
        let found = phrase.iter().enumerate().all(same);
        if found {
            self.at += phrase.len();
        }
        found
    }

    pub(super) fn skip_sign(&mut self, sign: char) {
        if self.kind() == Some(&Kind::Sign(sign)) {
            self.at += 1;
        }
    }

    /// The character at which the next token begins.
    pub(super) fn here(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |t| t.character)
    }

    pub(super) fn days_on(&self, date: Date, days: i64) -> Parsed<Date> {
        let span = Span::new().try_days(days);
        span.and_then(|span| date.checked_add(span)).map_err(|_| self.out_of_range())
    }

    pub(super) fn out_of_range(&self) -> Error {
        self.error(1, "the date is too far away")
    }

    pub(super) fn error(&self, character: usize, message: impl Into<String>) -> Error {
        Error { character, message: message.into() }
    }
}
