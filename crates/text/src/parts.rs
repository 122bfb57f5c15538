//! Parts of words, for finding a text by what stands anywhere within its words.
//!
//! An index keeps of each word every three characters that follow each other, and the fewer ones at its end. A text that
//! has what is looked for has all of that one's parts; one that has all of these need not have it, so that whoever asks
//! looks at the text itself in the end.

use std::collections::BTreeSet;

use crate::number::Groups;
use crate::plain::pieces;
use crate::search::Word;

/// How many characters are a part.
const PART: usize = 3;
/// Stands for every sign of ASCII in a part: indexes take no other signs.
const SIGN: char = '·';
/// The most bytes of a text of which parts are kept.
const INDEXED: usize = 64 * 1024;

/// The parts of a [`crate::plain`] text, and of the digits of each number in it, however these are parted.
#[must_use]
pub fn parts(plain: &str) -> BTreeSet<String> {
    let plain = &plain[..plain.floor_char_boundary(INDEXED)];
    let (mut parts, mut groups) = (BTreeSet::new(), Groups::default());
    for word in words(plain) {
        parts.extend((0..word.len()).map(|at| word[at..word.len().min(at + PART)].iter().collect()));
    }
    for piece in pieces(plain) {
        // Each time the digits up to here: the surplus of a long number goes from its beginning.
        let digits = groups.add(&piece).unwrap_or_default();
        parts.extend((0..digits.len()).map(|at| digits[at..digits.len().min(at + PART)].to_owned()));
    }
    parts
}

/// Enough of [`parts`] that a text has which holds this piece of a [`crate::plain`] text: none when it is nothing but
/// spaces. Those with digits tell most where there are some, of letters those that do not overlap: an index takes the
/// longer the more it is asked for, and addresses have much in common.
#[must_use]
pub fn parts_within(plain: &str) -> Vec<Word> {
    let mut found = Vec::new();
    for word in words(plain) {
        let last = word.len().saturating_sub(PART);
        let part = |at: usize| word[at..word.len().min(at + PART)].iter().collect::<String>();
        let digits: Vec<usize> = (0..=last).filter(|at| part(*at).contains(|c: char| c.is_ascii_digit())).collect();
        let chosen = if digits.len() >= PART { digits } else { (0..last).step_by(PART).chain([last]).collect() };
        found.extend(chosen.into_iter().map(|at| Word { text: part(at), prefix: word.len() < PART }));
    }
    found
}

/// A name that is looked up as a whole, such as an address, as an index keeps it beside the parts of words: `mark` tells
/// it from these.
#[must_use]
pub fn whole(mark: char, plain: &str) -> String {
    let signs = plain.chars().map(|c| sign(c).unwrap_or(SIGN));
    crate::bounded(&std::iter::once(mark).chain(signs).collect::<String>()).to_owned()
}

/// The words of a text, by their characters as parts have them.
fn words(plain: &str) -> impl Iterator<Item = Vec<char>> {
    plain
        .split(|c| sign(c).is_none())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().filter_map(sign).collect())
}

/// A character as it stands in a part; none where it parts words.
fn sign(c: char) -> Option<char> {
    match c {
        c if c.is_whitespace() || c.is_control() => None,
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(SIGN),
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Number, plain};

    fn has(parts: &BTreeSet<String>, wanted: &[Word]) -> bool {
        wanted.iter().all(|word| match word.prefix {
            true => parts.iter().any(|part| part.starts_with(&word.text)),
            false => parts.contains(&word.text),
        })
    }

    #[test]
    fn words_have_parts_and_what_is_looked_for_too() {
        let all: Vec<String> = parts("o'hara x").into_iter().collect();
        assert_eq!(all, ["a", "ara", "har", "o·h", "ra", "x", "·ha"]);
        let within = |text| parts_within(text).into_iter().map(|w| (w.text, w.prefix)).collect::<Vec<_>>();
        assert_eq!(within("hara"), [("har".into(), false), ("ara".into(), false)]);
        assert_eq!(within("elodie"), [("elo".into(), false), ("die".into(), false)]);
        assert_eq!(within("ab.123"), [("b·1".into(), false), ("·12".into(), false), ("123".into(), false)]);
        assert_eq!(within("o'"), [("o·".into(), true)]);
        assert!(within(" ").is_empty());
        assert!(has(&parts("+33 6 12 34"), &parts_within("612")) && !has(&parts("33612 x 34"), &parts_within("1234")));
        assert_eq!(whole('@', "a b@c"), "@a·b·c");
    }

    proptest! {
        /// A text has the parts of whatever is in it.
        #[test]
        fn what_is_in_a_text_is_among_its_parts(text in "(\\PC|[a-c0-9éß .@'\u{a8}\u{1}-]){0,30}", from in 0_usize..30, length in 1_usize..8) {
            let plain = plain(&text).into_owned();
            let some: String = plain.chars().skip(from).take(length).collect();
            prop_assert!(has(&parts(&plain), &parts_within(&some)), "{:?} in {:?}", some, plain);
        }

        /// The digits of a number, too.
        #[test]
        fn numbers_are_among_the_parts(text in "[0-9 +().-]{0,24}", number in "[0-9]{1,6}") {
            if let Some(number) = Number::parse(&number) && number.is_in(&text) {
                prop_assert!(has(&parts(&plain(&text)), &parts_within(number.digits())), "{:?} in {}", number, text);
            }
        }
    }
}
