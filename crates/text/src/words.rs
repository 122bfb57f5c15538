//! The words of a text, as indexes keep them and as searches look for them.
//!
//! Case, accents, ligatures, forms of width and digits of other scripts make no difference, and what is not seen is not
//! there. Scripts without spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) and Korean, whose words
//! grow endings, are cut into each three characters that follow each other, so that a word within a run is found.

use unicode_segmentation::UnicodeSegmentation;

use crate::number::{Groups, LEAST, MOST};
use crate::plain::{pieces, plain};

/// The most bytes of one word: PostgreSQL neither indexes nor asks for words beyond 2 KiB.
const LONGEST: usize = 128;
/// How many characters that follow each other are a word, where words are not parted.
pub(crate) const TOGETHER: usize = 3;
/// Stands before the last digits of a number; no word has it.
pub(crate) const NUMBER: char = '☎';

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
