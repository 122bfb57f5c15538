//! `has_words(words, title, body)` for SQLite: whether a text would be found by the index, told from the text itself.
//!
//! Where most rows match, walking them in order and looking at their texts ends soon, however many there are. Asking
//! the index about one row after the other would spread a prefix out over all its words anew for each.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

use crate::search::{INDEXED, WORD, beginning, fold};

/// Makes the function known to a connection.
pub(crate) fn register(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("has_words", 3, flags, has_words)
}

fn has_words(context: &Context<'_>) -> rusqlite::Result<bool> {
    let wanted = context.get_or_create_aux(0, |words| words.as_str().map(Wanted::of))?;
    let text = |i| context.get_raw(i).as_str_or_null().map(Option::unwrap_or_default);
    let (title, body) = (text(1)?, text(2)?);
    Ok(wanted.is_all_in(title, body))
}

/// The words of a search in the index's form, such as `creme AND bru*`.
struct Wanted(Vec<Word>);

struct Word {
    text: String,
    prefix: bool,
}

impl Word {
    fn is(&self, token: &str) -> bool {
        let token = beginning(token, WORD).as_bytes();
        let wanted = self.text.as_bytes();
        let same = if self.prefix { token.get(..wanted.len()) } else { Some(token) };
        same.is_some_and(|token| token.eq_ignore_ascii_case(wanted))
    }
}

impl Wanted {
    fn of(query: &str) -> Self {
        let word = |word: &str| match word.strip_suffix('*') {
            Some(beginning) => Word { text: beginning.to_owned(), prefix: true },
            None => Word { text: word.to_owned(), prefix: false },
        };
        Self(query.split(" AND ").map(word).collect())
    }

    fn is_all_in(&self, title: &str, body: &str) -> bool {
        let mut missing: Vec<&Word> = self.0.iter().collect();
        strike(&mut missing, title, INDEXED / 2);
        strike(&mut missing, body, INDEXED);
        missing.is_empty()
    }
}

/// Strikes the words that stand in what is indexed of a text.
fn strike(missing: &mut Vec<&Word>, text: &str, indexed: usize) {
    if text.is_ascii() && text.len() <= indexed {
        // Most texts need not be folded: their words are compared as they stand.
        let tokens = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|token| !token.is_empty());
        return strike_all(missing, tokens);
    }
    let folded = fold(text);
    strike_all(missing, beginning(&folded, indexed).split(' '));
}

fn strike_all<'t>(missing: &mut Vec<&Word>, tokens: impl Iterator<Item = &'t str>) {
    for token in tokens {
        if missing.is_empty() {
            return;
        }
        missing.retain(|word| !word.is(token));
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
        conn.execute_batch(
            "CREATE VIRTUAL TABLE words USING fts5 (title, body, tokenize = 'unicode61 remove_diacritics 2')",
        )
        .expect("a table");
        let indexed = [beginning(&fold(title), INDEXED / 2).to_owned(), beginning(&fold(body), INDEXED).to_owned()];
        conn.execute("INSERT INTO words VALUES (?1, ?2)", indexed).expect("an entry");
        let words = query(Backend::Sqlite, search);
        let found = "SELECT COUNT(*) > 0 FROM words WHERE words MATCH ?1";
        let found = conn.query_row(found, [&words], |row| row.get(0)).expect("a search");
        let told = conn.query_row("SELECT has_words(?1, ?2, ?3)", [&words, title, body], |row| row.get(0));
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
            ("", "ο λόγος της", "ΛΟΓΟΣ", true),
            ("", "nothing of it", "!!!", false),
        ] {
            assert_eq!(both(title, body, search), (expected, expected), "{search} in {title}, {body}");
        }
        let long = format!("{} end", "a ".repeat(INDEXED));
        assert_eq!(both("", &long, "end"), (false, false));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn texts_are_told_as_the_index_finds_them(
            title in "[ab é]{0,6}", body in "(\\PC|[abÉe .*-]){0,20}", search in "(\\PC|[abéE *-]){1,5}",
        ) {
            let (found, told) = both(&title, &body, &search);
            prop_assert_eq!(found, told);
        }
    }
}
