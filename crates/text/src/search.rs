//! What a search asks of the words of a text.

use crate::number::{LEAST, Number, goes_on};
use crate::plain::{Piece, pieces, plain};
use crate::words::{NUMBER, TOGETHER, bounded, together};

/// The most words of one search.
const WORDS: usize = 64;

/// A word to look for among those that [`crate::fold`] gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word, folded.
    pub text: String,
    /// Its beginning is enough.
    pub prefix: bool,
}

/// What must hold: all of the words are there, or the number is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The words.
    pub words: Vec<Word>,
    /// A word that will do in their place: the last digits of the number that they may be.
    pub number: Option<Word>,
}

/// A search: every clause must hold. Without any, nothing is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The clauses.
    pub clauses: Vec<Clause>,
}

impl Search {
    /// Reads what somebody searches for: all the words of a text. The last one may go on, and so may each with a `*`
    /// after it, and each of a script that does not part its words.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let plain = plain(text);
        let found: Vec<Piece<'_>> = pieces(&plain).collect();
        let (mut clauses, mut at, mut count) = (Vec::new(), 0, 0);
        while at < found.len() && count < WORDS {
            let length = if found[at].is_number() { 1 + number_goes_on(&found[at + 1..]) } else { 1 };
            let group = &found[at..at + length];
            let goes_on = |n: usize| found.get(at + n + 1).is_none_or(|next| next.before.starts_with('*'));
            let words = group.iter().enumerate().flat_map(|(n, piece)| words(piece, goes_on(n)));
            let words: Vec<Word> = words.take(WORDS - count).collect();
            count += words.len();
            clauses.push(Clause { words, number: number(group) });
            at += length;
        }
        Self { clauses }
    }
}

fn number_goes_on(next: &[Piece<'_>]) -> usize {
    next.iter().take_while(|piece| piece.is_number() && goes_on(piece.before)).count()
}

/// The number that groups of digits may be.
fn number(group: &[Piece<'_>]) -> Option<Word> {
    let first = group.first().filter(|first| first.is_number())?;
    let digits: String = group.iter().map(|piece| piece.text).collect();
    let number = Number::of(&digits, first.before.trim_end_matches('(').ends_with('+'));
    let found = number.digits().len() >= LEAST;
    found.then(|| Word { text: format!("{NUMBER}{}", number.digits()), prefix: false })
}

fn words(piece: &Piece<'_>, prefix: bool) -> Vec<Word> {
    if !piece.run {
        return vec![Word { text: bounded(piece.text).to_owned(), prefix }];
    }
    let all: Vec<&str> = together(piece.text).collect();
    // The last ones of the run are shorter: the text goes on there.
    let whole = all.len().saturating_sub(TOGETHER - 1).max(1);
    let word = |(n, text): (usize, &&str)| Word { text: (*text).to_owned(), prefix: n + 1 == whole };
    all.iter().take(whole).enumerate().map(word).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fold;

    /// Whether a search finds a text.
    fn finds(search: &str, text: &str) -> bool {
        let folded = fold(text);
        let has = |word: &Word| {
            folded.split(' ').any(|t| if word.prefix { t.starts_with(&word.text) } else { t == word.text })
        };
        let clauses = Search::of(search).clauses;
        let holds = |c: &Clause| c.words.iter().all(has) || c.number.as_ref().is_some_and(has);
        !clauses.is_empty() && clauses.iter().all(holds)
    }

    #[test]
    fn words_are_found_where_they_are() {
        for (search, text) in [
            ("CREME brul", "La crème est brûlée"),
            ("東京", "私は東京へ行く"),
            ("東京都", "東京都庁"),
            ("京", "東京"),
            ("東京 駅", "駅は東京にある"),
            ("国語", "中国語"),
            ("한국", "저는 한국어를 배워요"),
            ("국어", "한국어를"),
            ("กรุงเทพ", "ฉันอยู่กรุงเทพมหานคร"),
            ("ที", "ที่นี่"),
            ("+33612345678", "Mon numéro: +33 6 12 34 56 78."),
            ("06 12 34 56 78", "Mon numéro: +33 6 12 34 56 78."),
            ("call 0612345678", "call: 06.12.34.56.78 or so"),
            ("06 12 34 56 78", "+33612345678"),
            ("06 12 34", "it is 06 12 34 56 78"),
            ("2024 12345678", "12345678 of 2024"),
            ("١٢٣", "no. 123"),
            ("parcel", "par\u{ad}\u{200b}cel"),
            ("par\u{ad}cel", "parcel"),
            ("par* late", "late parcel"),
        ] {
            assert!(finds(search, text), "{search} in {text}");
        }
        for (search, text) in [
            ("東京", "京東"),
            ("東京都", "東京と京都"),
            ("東京", "東、京"),
            ("ม้า", "มา"),
            ("07 12 34 56 78", "+33 6 12 34 56 78"),
            ("parc my", "Where is my Parcel?"),
            ("!!!", "!!!"),
            ("", "a"),
        ] {
            assert!(!finds(search, text), "{search} in {text}");
        }
    }

    proptest! {
        /// A text is found by each part of it, cut where characters end.
        #[test]
        fn each_part_is_found(text in "[a-c京東都ぁเมา้한국0-9]{1,12}", from in 0_usize..12, length in 1_usize..6) {
            use unicode_segmentation::UnicodeSegmentation;
            let shown: Vec<&str> = text.graphemes(true).collect();
            let from = from.min(shown.len() - 1);
            let part: String = shown[from..(from + length).min(shown.len())].concat();
            let begins_run = pieces(&plain(&part)).next().is_some_and(|piece| piece.run);
            if begins_run {
                prop_assert!(finds(&part, &text), "{} in {}", part, text);
            }
        }
    }
}
