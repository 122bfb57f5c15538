//! `has_words(words, title, body)` for SQLite: whether a text would be found by the index, told from the text itself.
//!
//! Where most rows match, walking them in order and looking at their texts ends soon, however many there are. Asking
//! the index about one row after the other would spread a prefix out over all its words anew for each.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

use text::{Search, Word, bounded, fold};

/// The most bytes of one content that are indexed: PostgreSQL refuses to index a text with more than 1 MiB of words.
pub(crate) const INDEXED: usize = 256 * 1024;

/// The beginning of a folded text, at most `most` bytes, whole characters.
pub(crate) fn beginning(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// Makes the function known to a connection.
pub(super) fn register(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("has_words", 3, flags, has_words)
}

fn has_words(context: &Context<'_>) -> rusqlite::Result<bool> {
    let wanted = context.get_or_create_aux(0, |words| words.as_str().map(Wanted::of))?;
    let text = |i| context.get_raw(i).as_str_or_null().map(Option::unwrap_or_default);
    let (title, body) = (text(1)?, text(2)?);
    Ok(wanted.is_all_in(title, body))
}

/// What a search asks for, with what is found while texts are looked through.
struct Wanted {
    search: Search,
    /// It asks for the digits of a number, which only a folded text has together.
    numbers: bool,
}

/// So many times longer than its text a folded one is at the most: digits stand in it with those before them.
const LONGER: usize = 24;

fn is(word: &Word, token: &str) -> bool {
    let (token, wanted) = (token.as_bytes(), word.text.as_bytes());
    let same = if word.prefix { token.get(..wanted.len()) } else { Some(token) };
    same.is_some_and(|token| token.eq_ignore_ascii_case(wanted))
}

impl Wanted {
    fn of(text: &str) -> Self {
        let search = Search::of(text);
        let numbers = search.clauses.iter().any(|clause| clause.number.is_some());
        Self { search, numbers }
    }

    fn is_all_in(&self, title: &str, body: &str) -> bool {
        let mut missing = Missing::of(&self.search);
        for (text, indexed) in [(title, INDEXED / 2), (body, INDEXED)] {
            if text.is_ascii() && text.len() <= indexed / LONGER && !self.numbers {
                // Most texts need not be folded: their words are compared as they stand.
                let tokens = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|token| !token.is_empty());
                missing.strike(tokens.map(bounded));
            } else {
                missing.strike(beginning(&fold(text), indexed).split(' '));
            }
        }
        missing.0.is_empty() && !self.search.clauses.is_empty()
    }
}

/// The words that were not found yet, of each clause that does not hold yet, with the number that will do.
struct Missing<'s>(Vec<(Vec<&'s Word>, Option<&'s Word>)>);

impl<'s> Missing<'s> {
    fn of(search: &'s Search) -> Self {
        Self(search.clauses.iter().map(|clause| (clause.words.iter().collect(), clause.number.as_ref())).collect())
    }

    fn strike<'t>(&mut self, tokens: impl Iterator<Item = &'t str>) {
        for token in tokens {
            if self.0.is_empty() {
                return;
            }
            self.0.retain_mut(|(words, number)| {
                words.retain(|word| !is(word, token));
                !words.is_empty() && !number.is_some_and(|number| is(number, token))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Backend;
    use crate::search::query;

    /// Whether the index finds a text, and whether the function does.
    fn both(title: &str, body: &str, search: &str) -> (bool, bool) {
        let conn = Connection::open_in_memory().expect("a database");
        register(&conn).expect("a function");
        conn.execute_batch("CREATE VIRTUAL TABLE words USING fts5 (title, body, tokenize = 'ascii')").expect("a table");
        let indexed = [beginning(&fold(title), INDEXED / 2).to_owned(), beginning(&fold(body), INDEXED).to_owned()];
        conn.execute("INSERT INTO words VALUES (?1, ?2)", indexed).expect("an entry");
        let words = query(Backend::Sqlite, search);
        let found = "SELECT COUNT(*) > 0 FROM words WHERE words MATCH ?1";
        let found = conn.query_row(found, [&words], |row| row.get(0)).expect("a search");
        let told = conn.query_row("SELECT has_words(?1, ?2, ?3)", [search, title, body], |row| row.get(0));
        (found, told.expect("an answer"))
    }

    #[test]
    fn words_are_told_from_texts() {
        for (title, body, search, expected) in [
            ("", "Where is my Parcel?", "parcel", true),
            ("", "Where is my Parcel?", "parc", true),
            ("", "Where is my Parcel?", "parc my", false),
            ("Parcel", "late again", "late parcel", true),
            ("", "La crème est brûlée", "CREME brul", true),
            ("", "東京タワー", "京", true),
            ("", "私は東京へ", "東京", true),
            ("", "京東", "東京", false),
            ("", "ask +33 6 12 34 56 78", "06 12 34 56 78", true),
            ("0612345678", "", "+33612345678 06", false),
            ("", "06 12 34 and 56", "06 12 34 56", true),
            ("", "ο λόγος της", "ΛΟΓΟΣ", true),
            ("", "nothing of it", "!!!", false),
        ] {
            assert_eq!(both(title, body, search), (expected, expected), "{search} in {title}, {body}");
        }
        let long = format!("{} end", "a ".repeat(INDEXED));
        assert_eq!(both("", &long, "end"), (false, false));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        #[test]
        fn texts_are_told_as_the_index_finds_them(
            title in "[ab é0]{0,9}", body in "(\\PC|[abÉe0１٢東京ทีก้가 .*-]){0,24}",
            search in "(\\PC|[abéE02ี東京ทีก้가 *-]){1,9}",
        ) {
            let (found, told) = both(&title, &body, &search);
            prop_assert_eq!(found, told);
        }
    }
}
