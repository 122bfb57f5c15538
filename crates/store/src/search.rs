//! Text search by the database's own index, fed from the journal.
//!
//! Both databases index and are asked for words in one folded form, so that they find the same: SQLite in the FTS5
//! table `content_words`, whose entries `content_search` names; PostgreSQL in a `tsvector` of `content_search`. A word
//! of a title weighs more than one of a body.

use model::{ContentId, ThreadId};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::{Backend, Error, Tx, params};

/// The most bytes of one word: PostgreSQL neither indexes nor asks for words beyond 2 KiB.
const WORD: usize = 128;

/// The most bytes of one content that are indexed: PostgreSQL refuses to index a text with more than 1 MiB of words.
const INDEXED: usize = 256 * 1024;

/// The most words of one search.
const WORDS: usize = 64;

/// Lower-case words without accents, ligatures taken apart; in scripts without spaces each character is a word.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            c if is_word_of_its_own(c) => {
                folded.push(' ');
                folded.push(c);
                folded.push(' ');
            }
            c if c.is_alphanumeric() => folded.push(c),
            _ => folded.push(' '),
        }
    }
    folded.split_whitespace().map(|word| beginning(word, WORD)).collect::<Vec<_>>().join(" ")
}

/// Chinese characters and Japanese syllables, which are written without spaces.
fn is_word_of_its_own(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{2ffff}')
}

/// The beginning of a text, at most `most` bytes, whole characters.
fn beginning(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The database's own form of a search for all the words of `text`. The last one is a prefix, and so is each with a
/// `*` after it.
pub(crate) fn query(backend: Backend, text: &str) -> String {
    let mut words: Vec<(String, bool)> = Vec::new();
    for part in text.split_whitespace() {
        let folded = fold(part);
        let prefix = part.ends_with('*');
        let count = folded.split(' ').filter(|w| !w.is_empty()).count();
        let of_part = folded.split(' ').filter(|w| !w.is_empty()).enumerate();
        words.extend(of_part.map(|(i, word)| (word.to_owned(), prefix && i + 1 == count)));
    }
    words.truncate(WORDS);
    let Some(last) = words.last_mut() else {
        // No word at all: nothing matches. Both databases take an impossible word better than an empty query.
        return "hubbubmatchesnothing".into();
    };
    last.1 = true;
    let (join, mark) = match backend {
        Backend::Sqlite => (" AND ", "*"),
        Backend::Postgres => (" & ", ":*"),
    };
    words.into_iter().map(|(word, prefix)| if prefix { word + mark } else { word }).collect::<Vec<_>>().join(join)
}

/// What `SELECT thread_id FROM …` or `SELECT content_id FROM …` gives the matches of the words in `placeholder` with.
pub(crate) fn matches(backend: Backend, placeholder: &str) -> String {
    match backend {
        Backend::Sqlite => format!(
            "content_search WHERE doc IN (SELECT rowid FROM content_words WHERE content_words MATCH {placeholder})"
        ),
        Backend::Postgres => format!("content_search WHERE body @@ to_tsquery('simple', {placeholder})"),
    }
}

/// The matches of the words in `placeholder` as `matched (of_thread, of_content, rank)`, the best with the least rank.
pub(crate) fn ranked(backend: Backend, placeholder: &str) -> String {
    match backend {
        Backend::Sqlite => format!(
            "found (doc, rank) AS MATERIALIZED \
             (SELECT rowid, rank FROM content_words WHERE content_words MATCH {placeholder}), \
             matched (of_thread, of_content, rank) AS MATERIALIZED \
             (SELECT s.thread_id, s.content_id, f.rank FROM found f JOIN content_search s ON s.doc = f.doc)"
        ),
        Backend::Postgres => format!(
            "matched (of_thread, of_content, rank) AS MATERIALIZED \
             (SELECT thread_id, content_id, -ts_rank(body, to_tsquery('simple', {placeholder})) \
             FROM content_search WHERE body @@ to_tsquery('simple', {placeholder}))"
        ),
    }
}

/// Puts a content's words into the index, in the place of those that it had.
///
/// # Errors
/// As the database says.
pub async fn index(
    tx: &mut Tx,
    content: &ContentId,
    thread: &ThreadId,
    title: Option<&str>,
    body: &str,
) -> Result<(), Error> {
    let title = beginning(&fold(title.unwrap_or("")), INDEXED / 2).to_owned();
    let body = beginning(&fold(body), INDEXED).to_owned();
    if tx.backend() == Backend::Postgres {
        let sql = "INSERT INTO content_search (content_id, thread_id, body) VALUES \
                   (?1, ?2, setweight(to_tsvector('simple', ?3), 'A') || to_tsvector('simple', ?4)) \
                   ON CONFLICT (content_id) DO UPDATE SET body = excluded.body";
        return tx.execute(sql, params![content, thread, title, body]).await.map(drop);
    }
    let added = "INSERT INTO content_search (content_id, thread_id) VALUES (?1, ?2) \
                 ON CONFLICT DO NOTHING RETURNING doc";
    let mut doc = tx.number(added, params![content, thread]).await?;
    if doc == 0 {
        doc = tx.number("SELECT doc FROM content_search WHERE content_id = ?1", params![content]).await?;
        tx.execute("DELETE FROM content_words WHERE rowid = ?1", params![doc]).await?;
    }
    tx.execute("INSERT INTO content_words (rowid, title, body) VALUES (?1, ?2, ?3)", params![doc, title, body])
        .await
        .map(drop)
}

/// Empties the index.
///
/// # Errors
/// As the database says.
pub async fn clear(tx: &mut Tx) -> Result<(), Error> {
    if tx.backend() == Backend::Sqlite {
        tx.execute("INSERT INTO content_words (content_words) VALUES ('delete-all')", Vec::new()).await?;
    }
    tx.execute("DELETE FROM content_search", Vec::new()).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_the_last_is_a_prefix() {
        assert_eq!(fold("  Où est-ce, Éric ?"), "ou est ce eric");
        assert_eq!(fold("Œuvre ﬁnie, Straße, 東京タワー"), "oeuvre finie strasse 東 京 タ ワ ー");
        assert_eq!(query(Backend::Sqlite, "Crème brû"), "creme AND bru*");
        assert_eq!(query(Backend::Postgres, "Crème brû"), "creme & bru:*");
        assert_eq!(query(Backend::Sqlite, "par* est-ce late"), "par* AND est AND ce AND late*");
        assert_eq!(query(Backend::Postgres, "!!!"), "hubbubmatchesnothing");
    }
}
