//! The words of a text, as indexes keep them and as searches look for them.
//!
//! Case, accents, ligatures, forms of width and digits of other scripts make no difference, and what is not seen is not
//! there. Scripts without spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) and Korean, whose words
//! grow endings, are cut into each three characters that follow each other, so that a word within a run is found.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use crate::is_invisible;
use crate::number::{Groups, LEAST, MOST};

/// The most bytes of one word: PostgreSQL neither indexes nor asks for words beyond 2 KiB.
const LONGEST: usize = 128;
/// How many characters that follow each other are a word, where words are not parted.
pub(crate) const TOGETHER: usize = 3;
/// Stands before the last digits of a number; no word has it.
pub(crate) const NUMBER: char = '☎';

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

/// What each three characters of a run that follow each other are together; less than three at its end.
pub(crate) fn together(run: &str) -> impl Iterator<Item = &str> {
    let ends: Vec<usize> = run.grapheme_indices(true).map(|(at, shown)| at + shown.len()).collect();
    let starts = std::iter::once(0).chain(ends.clone()).take(ends.len());
    starts.enumerate().map(move |(n, from)| bounded(&run[from..ends[(n + TOGETHER - 1).min(ends.len() - 1)]]))
}

/// A word, cut when it is too long for an index.
#[must_use]
pub fn bounded(word: &str) -> &str {
    &word[..word.floor_char_boundary(LONGEST)]
}

/// The words of a text as an index keeps them, parted by spaces: see the module's words on what makes no difference.
/// Behind a number stand its last digits, marked, for however its digits are parted.
#[must_use]
pub fn fold(text: &str) -> String {
    let plain = plain(text);
    let (mut folded, mut groups) = (String::with_capacity(plain.len()), Groups::default());
    for piece in pieces(&plain) {
        let digits = groups.add(&piece);
        if piece.run {
            together(piece.text).for_each(|word| push(&mut folded, word));
            continue;
        }
        push(&mut folded, bounded(piece.text));
        let Some(digits) = digits else { continue };
        for length in LEAST..=MOST.min(digits.len()) {
            push(&mut folded, "");
            folded.push(NUMBER);
            folded.push_str(&digits[digits.len() - length..]);
        }
    }
    folded
}

fn push(folded: &mut String, word: &str) {
    if !folded.is_empty() {
        folded.push(' ');
    }
    folded.push_str(word);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_folded() {
        for (text, expected) in [
            ("  Où est-ce, Éric ?", "ou est ce eric"),
            ("Œuvre ﬁnie, Straße", "oeuvre finie strasse"),
            ("東京タワー!", "東京タ 京タワ タワー ワー ー"),
            ("한국어 책", "한국어 국어 어 책"),
            ("iPhone15を", "iphone15 を"),
            ("par\u{ad}cel zero\u{200b}width \u{202e}x", "parcel zerowidth x"),
            ("٢٠٢٤, ۱۲, १२, ๑๒, １２", "2024 12 12 12 12"),
            ("हिन्दी ガハカ", "हिन्दी ガハカ ハカ カ"),
            ("ที่นี่", "ที่นี่ นี่"),
            ("!!!", ""),
        ] {
            assert_eq!(fold(text), expected, "{text}");
        }
        assert_eq!(fold("Λόγος"), fold("ΛΟΓΟΣ"));
        assert_eq!(fold("한국"), fold("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"));
        assert_eq!(fold("06 12 34 56"), "06 12 34 56 ☎6123456 ☎06123456");
    }

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

    proptest! {
        #[test]
        fn folded_words_fold_to_themselves(text in "(\\PC|[é京ทีガ한İ٣ ]){0,20}") {
            let plain = plain(&text).into_owned();
            prop_assert_eq!(super::plain(&plain), plain.clone());
            let folded = fold(&text);
            prop_assert!(folded.split(' ').all(|word| folded.is_empty() || !word.is_empty() && word.len() <= LONGEST));
        }
    }
}
