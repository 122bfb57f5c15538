//! Text from anywhere, made fit to be kept, shown and found. No I/O, and nothing of what the texts mean.
//!
//! What it does:
//! - [`json`] and [`form`] read what is not well-formed: half of a surrogate pair, or bytes that are not UTF-8, become
//!   U+FFFD and not an error.
//! - [`take_nul_out`] and [`has_nul`]: U+0000, which PostgreSQL does not keep.
//! - [`without_direction`], [`has_invisible`]: characters that make a text look like another one.
//! - [`beginning`]: the beginning of a text, without half a character at its end.
//! - [`fold`], [`Search`], [`Number`]: the words of a text, and of what is searched for; [`parts`]: what is within words.
//!
//! What it does not: it changes no other character of what is shown. Joiners and variation selectors stay, as emoji
//! and Persian need them.

mod invisible;
mod number;
mod parts;
mod plain;
mod search;
mod wellformed;
mod words;

pub use invisible::{has_invisible, is_invisible, without_direction};
pub use number::Number;
pub use parts::{parts, parts_within, whole};
pub use plain::plain;
pub use search::{Clause, Search, Word};
pub use wellformed::{form, has_nul, json, take_nul_out, unmarked};
pub use words::{bounded, fold};

use unicode_segmentation::UnicodeSegmentation;

/// The beginning of a text: at most `most` characters, and none that stands for one on the screen (an emoji of
/// several, a letter with its accents) in part. A single one that is longer than that is cut all the same.
#[must_use]
pub fn beginning(text: &str, most: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(most) else { return text };
    let whole = text.grapheme_indices(true).map(|(at, shown)| at + shown.len()).take_while(|to| *to <= end);
    match whole.last() {
        Some(to) => &text[..to],
        None => &text[..end],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_beginning_ends_with_a_whole_character() {
        for (text, most, expected) in [
            ("parcel", 3, "par"),
            ("parcel", 6, "parcel"),
            ("a👩‍👩‍👧b", 3, "a"),
            ("a👩‍👩‍👧b", 6, "a👩‍👩‍👧"),
            ("🇫🇷🇩🇪", 3, "🇫🇷"),
            ("e\u{301}e\u{301}", 3, "e\u{301}"),
            ("👩‍👩‍👧", 2, "👩‍"),
            ("", 2, ""),
        ] {
            assert_eq!(beginning(text, most), expected, "{text} {most}");
        }
    }

    proptest! {
        #[test]
        fn a_beginning_is_short_and_begins_the_text(text in "(\\PC|[👩🇫\u{301}\u{200d}]){0,20}", most in 0_usize..20) {
            let cut = beginning(&text, most);
            prop_assert!(text.starts_with(cut));
            prop_assert!(cut.chars().count() <= most);
            prop_assert!(most >= text.chars().count() || most == 0 || !cut.is_empty());
        }
    }
}
