//! Text search by the database's own index, fed from the journal.

use model::{ContentId, ThreadId};

use crate::{Backend, Error, Tx, params};

/// Lower-case words without accents: the form in which both databases index and are asked.
#[must_use]
pub fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;
    let folded: String = text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.map(|word| beginning(word, WORD)).collect::<Vec<_>>().join(" ")
}

/// The most bytes of one word: PostgreSQL neither indexes nor asks for words beyond 2 KiB.
const WORD: usize = 128;

/// The most bytes of one content that are indexed: PostgreSQL refuses to index a text with more than 1 MiB of words.
const INDEXED: usize = 256 * 1024;

/// The beginning of a text, at most `most` bytes, whole characters.
fn beginning(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The database's own form of a search for all the words of `text`, the last one as a prefix.
pub(crate) fn query(backend: Backend, text: &str) -> String {
    let folded = fold(text);
    let mut words: Vec<String> = folded.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect();
    let Some(last) = words.last_mut() else {
        // No word at all: nothing matches. Both databases take an impossible word better than an empty query.
        return "hubbubmatchesnothing".into();
    };
    match backend {
        Backend::Sqlite => {
            *last = format!("{last}*");
            words.join(" AND ")
        }
        Backend::Postgres => {
            *last = format!("{last}:*");
            words.join(" & ")
        }
    }
}

/// A condition on `content_threads`.
pub(crate) fn threads(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "id IN (SELECT thread_id FROM content_search WHERE content_search MATCH ?)",
        Backend::Postgres => "id IN (SELECT thread_id FROM content_search WHERE body @@ to_tsquery('simple', ?))",
    }
}

/// A condition on `contents`.
pub(crate) fn contents(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "id IN (SELECT content_id FROM content_search WHERE content_search MATCH ?)",
        Backend::Postgres => "id IN (SELECT content_id FROM content_search WHERE body @@ to_tsquery('simple', ?))",
    }
}

/// Puts a content's words into the index. Safe to repeat: the follower that calls it notes its place in the same
/// transaction.
///
/// # Errors
/// As the database says.
pub async fn index(tx: &mut Tx, content: &ContentId, thread: &ThreadId, text: &str) -> Result<(), Error> {
    let sql = match tx.backend() {
        Backend::Sqlite => "INSERT INTO content_search (content_id, thread_id, body) VALUES (?1, ?2, ?3)",
        Backend::Postgres => {
            "INSERT INTO content_search (content_id, thread_id, body) VALUES (?1, ?2, to_tsvector('simple', ?3)) \
             ON CONFLICT (content_id) DO UPDATE SET body = excluded.body"
        }
    };
    tx.execute(sql, params![content, thread, beginning(&fold(text), INDEXED).to_owned()]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_the_last_is_a_prefix() {
        assert_eq!(fold("  Où est-ce, Éric ?"), "ou est ce eric");
        assert_eq!(query(Backend::Sqlite, "Crème brû"), "creme AND bru*");
        assert_eq!(query(Backend::Postgres, "Crème brû"), "creme & bru:*");
        assert_eq!(query(Backend::Postgres, "!!!"), "hubbubmatchesnothing");
    }
}
