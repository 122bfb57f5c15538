//! Phone numbers in texts, however people part their digits: `+33 6 12 34 56 78` is `0612345678`.
//!
//! Two numbers are the same here when their last digits are: as many as both have without the code of the country and
//! the zero before the number within it, nine at the most.

use crate::plain::{Piece, pieces, plain};

/// The fewest digits of a number that an index keeps.
pub(crate) const LEAST: usize = 7;
/// The most digits of a number that are compared.
pub(crate) const MOST: usize = 9;
/// The most digits of a phone number: more in one piece are something else.
const LONGEST: usize = 15;
/// The most characters between two groups of its digits.
const GAP: usize = 3;

/// The last digits of the groups of digits that may be one number, while a text is read piece by piece.
#[derive(Default)]
pub(crate) struct Groups {
    digits: String,
}

impl Groups {
    /// Adds a piece; gives the digits of the groups up to it, when it is one.
    pub(crate) fn add(&mut self, piece: &Piece<'_>) -> Option<&str> {
        if !piece.is_number() || piece.text.len() > LONGEST {
            self.digits.clear();
            return None;
        }
        if !goes_on(piece.before) {
            self.digits.clear();
        }
        self.digits.push_str(piece.text);
        let surplus = self.digits.len().saturating_sub(LONGEST);
        self.digits.drain(..surplus);
        Some(&self.digits)
    }
}

/// Whether what stands between two groups of digits leaves them one number.
pub(crate) fn goes_on(between: &str) -> bool {
    let parts = |c: char| matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2013}' | '\u{2212}');
    !between.is_empty() && between.chars().count() <= GAP && between.chars().all(parts)
}

/// A number that is looked for, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// Reads a text that is nothing but a number, or the beginning of one: digits of any script, with what may stand
    /// between them. None when it is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = plain(text);
        let text = text.trim();
        let bare = text.trim_start_matches(['+', '(']);
        let mut digits = String::new();
        for (at, piece) in pieces(bare).enumerate() {
            if !piece.is_number()
                || !(piece.before.is_empty() || goes_on(piece.before))
                || (at == 0) != digits.is_empty()
            {
                return None;
            }
            digits.push_str(piece.text);
        }
        let end = bare.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        if digits.is_empty() || digits.len() > LONGEST || !(end == bare.len() || goes_on(&bare[end..])) {
            return None;
        }
        Some(Self::of(&digits, text.contains('+'))).filter(|number| !number.0.is_empty())
    }

    /// The number with these digits, with the country's code when it is `international`.
    pub(crate) fn of(digits: &str, international: bool) -> Self {
        let (rest, international) = match digits.strip_prefix("00") {
            Some(rest) if !international => (rest, true),
            _ => (digits, international),
        };
        let national = if international { rest.get(country(rest)..).unwrap_or("") } else { rest };
        let national = national.trim_start_matches('0');
        Self(national[national.len().saturating_sub(MOST)..].to_owned())
    }

    /// Its last digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Whether a number in the text has these digits.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let (text, mut groups) = (plain(text), Groups::default());
        pieces(&text).any(|piece| groups.add(&piece).is_some_and(|digits| digits.contains(&self.0)))
    }
}

/// How many digits the code of the country has at the beginning of an international number.
fn country(digits: &str) -> usize {
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_however_it_is_written() {
        let french = "Call +33 6 12 34 56 78, please";
        for same in ["+33612345678", "06 12 34 56 78", "0612345678", "0033 6 12 34 56 78", "+33 (0)6.12.34.56.78"] {
            let number = Number::parse(same).expect("a number");
            assert_eq!(number.digits(), "612345678", "{same}");
            assert!(number.is_in(french), "{same}");
        }
        for (searched, text) in [
            ("+33612345678", "06-12-34-56-78"),
            ("06 12", french),
            ("٠٦١٢٣٤٥٦٧٨", french),
            ("+4930123456", "030 123456"),
            ("030/123456", "+49 (30) 12 34 56"),
            ("+1 415 555 2671", "(415) 555-2671"),
            ("+352 26 12 34 56", "26123456"),
            ("06 1234 5678", "+39 06 1234 5678"),
        ] {
            assert!(Number::parse(searched).expect("a number").is_in(text), "{searched} in {text}");
        }
        for other in ["07 12 34 56 78", "+33612345679"] {
            assert!(!Number::parse(other).expect("a number").is_in(french), "{other}");
        }
        for none in ["", "+", "order 12", "12 x", "a@b", "06 12\n34", "1234567890123456", "000"] {
            assert_eq!(Number::parse(none), None, "{none}");
        }
    }
}
