//! A date's text as words, numbers and signs, without case and accents.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Digits: the number and how many digits it has.
    Number(i64, usize),
    /// Letters, without case and accents.
    Word(String),
    /// Anything else.
    Sign(char),
}

/// One token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Which character of the text it begins with, from 1.
    pub(super) character: usize,
}

/// Cuts a text into tokens. A French article with an apostrophe (`l'`, `d'`) is left out.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let characters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = characters.get(at) {
        let start = at;
        let kind = if c.is_whitespace() {
            at += 1;
            continue;
        } else if c.is_ascii_digit() {
            while characters.get(at).is_some_and(char::is_ascii_digit) {
                at += 1;
            }
            let digits: String = characters[start..at].iter().collect();
            Kind::Number(digits.parse().unwrap_or(i64::MAX), at - start)
        } else if c.is_alphabetic() {
            let inside = |c: &char| c.is_alphabetic() || is_combining_mark(*c) || is_apostrophe(*c);
            while characters.get(at).is_some_and(inside) {
                at += 1;
                if at - start == 2 && is_apostrophe(characters[start + 1]) {
                    break;
                }
            }
            if is_apostrophe(characters[at - 1]) && at - start == 2 {
                continue;
            }
            Kind::Word(fold(&characters[start..at]))
        } else {
            at += 1;
            Kind::Sign(c)
        };
        found.push(Token { kind, character: start + 1 });
    }
    found
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

fn fold(word: &[char]) -> String {
    let plain = word.iter().copied().nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    plain.map(|c| if is_apostrophe(c) { '\'' } else { c }).collect()
}
