//! Text search by the database's own index, fed from the journal.
//!
//! Both databases index and are asked for words in one folded form, so that they find the same: SQLite in the FTS5
//! table `content_words`, whose entries `content_search` names; PostgreSQL in a `tsvector` of `content_search`. A word
//! of a title weighs more than one of a body.

use model::{ContentId, SourceId, ThreadId};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::counts::Known;
use crate::{Backend, Error, Filter, Page, Scope, Tx, Value, params};

/// The most bytes of one word: PostgreSQL neither indexes nor asks for words beyond 2 KiB.
pub(crate) const WORD: usize = 128;

/// The most bytes of one content that are indexed: PostgreSQL refuses to index a text with more than 1 MiB of words.
pub(crate) const INDEXED: usize = 256 * 1024;

/// The most words of one search.
const WORDS: usize = 64;

/// Up to so many matches are sorted; of more, the first ones are looked for in order.
pub(crate) const FEW: i64 = 1500;

/// What a list with words costs, estimated in microseconds.
pub(crate) struct Cost {
    /// To look for the words in one row.
    pub(crate) look: i64,
    /// To gather one match.
    pub(crate) gather: i64,
}

impl Cost {
    /// Whether the first rows up to the end of a window are found sooner by looking for the words in one after the
    /// other, of `all` of which `count` match, than by gathering every match.
    pub(crate) fn favours_walk(&self, page: Page, count: i64, all: i64) -> bool {
        let steps = (page.offset + page.limit).saturating_mul(all) / count;
        steps.saturating_mul(self.look) < count.saturating_mul(self.gather)
    }
}

/// The parts of a list by relevance.
pub(crate) struct Ranked {
    /// What all of them is made with.
    pub(crate) params: Vec<Value>,
    /// `matched (of_thread, of_content, rank)`, for a `WITH`.
    pub(crate) matched: String,
    /// What the rows that are joined to it must pass.
    pub(crate) rest: String,
    /// The window.
    pub(crate) window: String,
}

/// A window of what has these words within the scope and passes what `others` adds.
pub(crate) fn by_relevance(
    backend: Backend,
    scope: &Scope,
    text: &str,
    page: Page,
    others: impl FnOnce(&mut Filter),
) -> Ranked {
    let mut filter = Filter::default();
    let words = filter.bind(Value::Text(query(backend, text)));
    let matched = ranked(backend, &words);
    if *scope != Scope::All {
        let condition = scope.condition("source_id", &mut filter.params);
        filter.and(&condition);
    }
    others(&mut filter);
    let window = filter.window(page);
    Ranked { matched, rest: filter.all(), window, params: filter.params }
}

/// Lower-case words without accents, ligatures taken apart; in scripts without spaces each character is a word.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            // At the end of a word; the index makes the same of it.
            'ς' => folded.push('σ'),
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
pub(crate) fn beginning(text: &str, most: usize) -> &str {
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
            "content_words CROSS JOIN content_search ON doc = content_words.rowid \
             WHERE content_words MATCH {placeholder}"
        ),
        Backend::Postgres => format!("content_search WHERE body @@ to_tsquery('simple', {placeholder})"),
    }
}

/// Whether there is a match of the words in `placeholder` among the entries for which `which` holds, looked up for
/// one row after the other: the entry is `entry`.
pub(crate) fn is_matched(backend: Backend, placeholder: &str, which: &str) -> String {
    let matched = match backend {
        Backend::Sqlite => format!(
            "EXISTS (SELECT 1 FROM contents found WHERE found.id = entry.content_id \
             AND has_words({placeholder}, found.title, found.body))"
        ),
        Backend::Postgres => format!("entry.body @@ to_tsquery('simple', {placeholder})"),
    };
    format!("COALESCE((SELECT 1 FROM content_search entry WHERE {which} AND {matched} LIMIT 1), 0) = 1")
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Threads,
    Contents,
}

/// How many threads or contents match the words of `text`, on some sources or on all.
pub(crate) async fn count(tx: &mut Tx, what: Counted, text: &str, sources: Option<&[SourceId]>) -> Result<i64, Error> {
    let words = query(tx.backend(), text);
    let sql = "SELECT epoch, (SELECT COALESCE(MAX(doc), 0) FROM content_search) FROM search_state WHERE id = 1";
    let (epoch, upto) = match tx.rows(sql, Vec::new()).await?.first_mut() {
        Some(row) => (row.take::<i64>()?, row.take::<i64>()?),
        None => (0, 0),
    };
    let search = format!("{what:?} {sources:?} {words}");
    let known = tx.counts().get(&search, epoch).filter(|known| known.upto <= upto);
    let count = match known {
        Some(known) if known.upto == upto => return Ok(known.count),
        Some(known) => known.count + count_between(tx, what, &words, sources, (known.upto, upto)).await?,
        None => count_between(tx, what, &words, sources, (0, upto)).await?,
    };
    if count >= WORTH_KEEPING {
        tx.counts().put(search, Known { count, upto, epoch });
    }
    Ok(count)
}

/// Smaller counts are found anew each time.
const WORTH_KEEPING: i64 = 200;

/// How many match that did not before the entry `after`, up to the entry `upto`.
async fn count_between(
    tx: &mut Tx,
    what: Counted,
    words: &str,
    sources: Option<&[SourceId]>,
    (after, upto): (i64, i64),
) -> Result<i64, Error> {
    let backend = tx.backend();
    let mut filter = Filter::default();
    let words = filter.bind(Value::Text(words.to_owned()));
    let (from, to) = (filter.bind(Value::Int(after)), filter.bind(Value::Int(upto)));
    let mut found = format!("{} AND doc <= {to} AND doc > {from}", matches(backend, &words));
    if backend == Backend::Sqlite {
        found.push_str(&format!(" AND content_words.rowid > {from}"));
    }
    let mut of_sources = |table: &str| {
        sources.map_or_else(String::new, |ids| {
            format!("IN (SELECT id FROM {table} WHERE source_id IN ({}))", filter.bind_all(ids))
        })
    };
    let sql = match what {
        Counted::Contents if sources.is_none() => format!("SELECT COUNT(*) FROM {found}"),
        Counted::Contents => format!("SELECT COUNT(*) FROM {found} AND content_id {}", of_sources("contents")),
        Counted::Threads => {
            let mut rest = Vec::new();
            if after > 0 {
                let before = format!("entry.thread_id = new.thread_id AND entry.doc <= {from}");
                rest.push(format!("NOT {}", is_matched(backend, &words, &before)));
            }
            if sources.is_some() {
                rest.push(format!("thread_id {}", of_sources("content_threads")));
            }
            let rest = if rest.is_empty() { "TRUE".to_owned() } else { rest.join(" AND ") };
            format!("SELECT COUNT(*) FROM (SELECT DISTINCT thread_id FROM {found}) AS new WHERE {rest}")
        }
    };
    tx.number(&sql, filter.params).await
}

/// The matches of the words in `placeholder` as `matched (of_thread, of_content, rank)`, the best with the least rank.
fn ranked(backend: Backend, placeholder: &str) -> String {
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
                   ON CONFLICT (content_id) DO UPDATE SET body = excluded.body RETURNING xmax::text::bigint";
        let replaced = tx.number(sql, params![content, thread, title, body]).await? > 0;
        return if replaced { renew(tx).await } else { Ok(()) };
    }
    let added = "INSERT INTO content_search (content_id, thread_id) VALUES (?1, ?2) \
                 ON CONFLICT DO NOTHING RETURNING doc";
    let mut doc = tx.number(added, params![content, thread]).await?;
    if doc == 0 {
        doc = tx.number("SELECT doc FROM content_search WHERE content_id = ?1", params![content]).await?;
        tx.execute("DELETE FROM content_words WHERE rowid = ?1", params![doc]).await?;
        renew(tx).await?;
    }
    tx.execute("INSERT INTO content_words (rowid, title, body) VALUES (?1, ?2, ?3)", params![doc, title, body])
        .await
        .map(drop)
}

/// Begins a new epoch of the index: what was counted of it is stale.
async fn renew(tx: &mut Tx) -> Result<(), Error> {
    tx.execute("UPDATE search_state SET epoch = epoch + 1", Vec::new()).await.map(drop)
}

/// Empties the index.
///
/// # Errors
/// As the database says.
pub async fn clear(tx: &mut Tx) -> Result<(), Error> {
    if tx.backend() == Backend::Sqlite {
        tx.execute("INSERT INTO content_words (content_words) VALUES ('delete-all')", Vec::new()).await?;
    }
    tx.execute("DELETE FROM content_search", Vec::new()).await?;
    renew(tx).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_the_last_is_a_prefix() {
        assert_eq!(fold("  Où est-ce, Éric ?"), "ou est ce eric");
        assert_eq!(fold("Œuvre ﬁnie, Straße, 東京タワー"), "oeuvre finie strasse 東 京 タ ワ ー");
        assert_eq!(fold("Λόγος"), fold("ΛΟΓΟΣ"));
        assert_eq!(query(Backend::Sqlite, "Crème brû"), "creme AND bru*");
        assert_eq!(query(Backend::Postgres, "Crème brû"), "creme & bru:*");
        assert_eq!(query(Backend::Sqlite, "par* est-ce late"), "par* AND est AND ce AND late*");
        assert_eq!(query(Backend::Postgres, "!!!"), "hubbubmatchesnothing");
    }
}
