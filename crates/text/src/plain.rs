//! Texts without what makes no difference when they are compared, and their pieces.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::is_invisible;

/// A text in lower case, without accents and what is not seen, with ligatures taken apart and plain digits. What is
/// neither a letter nor a digit stays.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let lower = text.bytes().any(|b| b.is_ascii_uppercase());
        return if lower { text.to_ascii_lowercase().into() } else { text.into() };
    }
    let seen = text.chars().filter(|c| !is_invisible(*c));
    let bare = seen.nfkd().filter(|c| !is_accent(*c) && !is_invisible(*c)).flat_map(char::to_lowercase);
    let mut plain = String::with_capacity(text.len());
    for c in bare.filter(|c| !is_accent(*c)) {
        match c {
            'œ' => plain.push_str("oe"),
            'æ' => plain.push_str("ae"),
            'ß' => plain.push_str("ss"),
            // At the end of a word.
            'ς' => plain.push('σ'),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'ı' => plain.push('i'),
            c => plain.push(digit(c).unwrap_or(c)),
        }
    }
    plain.nfc().collect::<String>().into()
}

/// A mark that is an ornament of its letter. In scripts of India and its neighbours, and in kana, marks are what tells
/// words apart.
fn is_accent(c: char) -> bool {
    let tells_apart = matches!(c,
        '\u{900}'..='\u{109f}' | '\u{1700}'..='\u{1aaf}' | '\u{1b00}'..='\u{1cff}' | '\u{3099}' | '\u{309a}'
        | '\u{a800}'..='\u{abff}' | '\u{11000}'..='\u{11fff}');
    is_combining_mark(c) && !tells_apart
}

/// The zeros of scripts with digits of their own; the other nine follow each.
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
    0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450,
    0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0,
    0x16b50, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950,
];

fn digit(c: char) -> Option<char> {
    if c.is_ascii() || !c.is_numeric() {
        return None;
    }
    let at = ZEROS.partition_point(|zero| *zero <= u32::from(c)).checked_sub(1)?;
    char::from_digit(u32::from(c) - ZEROS[at], 10)
}

/// Whether a character is of a script in which words are not parted, or grow.
fn is_run_together(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{1950}'..='\u{19df}' | '\u{1a20}'..='\u{1aaf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}'
        | '\u{3040}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{a000}'..='\u{a4cf}'
        | '\u{a960}'..='\u{a97f}' | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aadf}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{16fe0}'..='\u{18aff}' | '\u{1aff0}'..='\u{1b2ff}' | '\u{20000}'..='\u{3ffff}')
}

/// A word or a run of words, and what stands before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'t> {
    pub(crate) before: &'t str,
    pub(crate) text: &'t str,
    /// Words that are not parted.
    pub(crate) run: bool,
}

impl Piece<'_> {
    pub(crate) fn is_number(&self) -> bool {
        self.text.bytes().all(|b| b.is_ascii_digit())
    }
}

/// The pieces of a [`plain`] text.
pub(crate) fn pieces(plain: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &plain[at..];
        let start = rest.find(|c: char| c.is_alphanumeric())?;
        let word = &rest[start..];
        let run = word.chars().next().is_some_and(is_run_together);
        let ends = |c: char| !(c.is_alphanumeric() || is_combining_mark(c)) || is_run_together(c) != run;
        let end = word.find(ends).unwrap_or(word.len());
        at += start + end;
        Some(Piece { before: &rest[..start], text: &word[..end], run })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_lose_case_and_accents_and_the_rest_stays() {
        for (text, expected) in [
            ("O'Hara_100%", "o'hara_100%"),
            ("\u{c9}lodie  D\u{fc}rr", "elodie  durr"),
            ("E\u{301}lodie@Shop.test", "elodie@shop.test"),
            ("ОЛЬГА", "ольга"),
            ("東京", "東京"),
            ("Straße+33", "strasse+33"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn each_zero_has_nine_digits_after_it() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            for n in 0..10 {
                let c = char::from_u32(zero + n).expect("a character");
                assert_eq!(digit(c), char::from_digit(n, 10), "{zero:x}");
            }
        }
    }
}
