//! The index of words is filled from contents and the comments beside them, and kept right (see `search`).
//!
//! To fold a text is the costly part, and needs no database: [`Digest::of`] does it beforehand.

use std::collections::HashMap;
use std::fmt::Write;

use model::{CommentId, ContentId, ThreadId};
use serde_json::json;
use text::fold;

use crate::doors::{INDEXED, beginning};
use crate::table::padded;
use crate::{Backend, Error, Tx, params};

/// What is indexed of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The content.
    pub id: ContentId,
    /// Its title.
    pub title: Option<String>,
    /// Its body.
    pub body: String,
}

/// The words of a title and a body in the form of a database.
#[derive(Clone, Debug)]
enum Words {
    Folded(String, String),
    Vector(String),
}

impl Words {
    fn of(backend: Backend, title: Option<&str>, body: &str) -> Self {
        let (title, body) = (fold(title.unwrap_or("")), fold(body));
        let (title, body) = (beginning(&title, INDEXED / 2), beginning(&body, INDEXED));
        match backend {
            Backend::Sqlite => Self::Folded(title.to_owned(), body.to_owned()),
            Backend::Postgres => Self::Vector(vector(title, body)),
        }
    }
}

/// A text as it was read, with its words.
#[derive(Clone, Debug)]
pub struct Digest {
    text: Text,
    words: Words,
}

impl Digest {
    /// Folds a text.
    #[must_use]
    pub fn of(backend: Backend, text: Text) -> Self {
        let words = Words::of(backend, text.title.as_deref(), &text.body);
        Self { text, words }
    }
}

/// How many bytes of texts are indexed at once, about.
const AT_ONCE: i64 = 1024 * 1024;

/// How many of some contents, from the first on, have no more text than is indexed at once; one at the least.
pub async fn few(tx: &mut Tx, ids: &[ContentId]) -> Result<usize, Error> {
    if ids.is_empty() {
        return Ok(0);
    }
    let size = "CAST(OCTET_LENGTH(body) + COALESCE(OCTET_LENGTH(title), 0) AS BIGINT)";
    let (these, params) = padded(ids);
    let mut rows = tx.rows(&format!("SELECT id, {size} FROM contents WHERE id IN ({these})"), params).await?;
    let sizes = rows.iter_mut().map(|row| Ok((row.take()?, row.take()?)));
    let sizes = sizes.collect::<Result<HashMap<ContentId, i64>, Error>>()?;
    let sums = ids.iter().scan(0, |sum, id| {
        *sum += sizes.get(id).copied().unwrap_or(0);
        Some(*sum)
    });
    Ok(sums.take_while(|sum| *sum <= AT_ONCE).count().max(1))
}

/// What is to be indexed of some contents, in their order, each with its thread. Those that are not there are left out.
pub async fn texts(tx: &mut Tx, ids: &[ContentId]) -> Result<Vec<(Text, ThreadId)>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (these, params) = padded(ids);
    let sql = format!("SELECT id, title, body, thread_id FROM contents WHERE id IN ({these})");
    let mut rows = tx.rows(&sql, params).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &mut rows {
        let text = Text { id: row.take()?, title: row.take()?, body: row.take()? };
        found.insert(text.id.clone(), (text, row.take()?));
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Puts the words of several contents into the index, in this order. Of a content that is otherwise now than when it was
/// read, the words are those that it has now.
pub async fn index_all(tx: &mut Tx, digests: &[Digest]) -> Result<(), Error> {
    let ids: Vec<ContentId> = digests.iter().map(|digest| digest.text.id.clone()).collect();
    let known: HashMap<&ContentId, &Digest> = digests.iter().map(|digest| (&digest.text.id, digest)).collect();
    let backend = tx.backend();
    let mut all = Vec::with_capacity(ids.len());
    for (text, thread) in texts(tx, &ids).await? {
        let same = known.get(&text.id).filter(|digest| digest.text == text).map(|digest| digest.words.clone());
        let words = same.unwrap_or_else(|| Words::of(backend, text.title.as_deref(), &text.body));
        all.push((text.id, thread, words));
    }
    if backend == Backend::Sqlite || all.len() < 2 {
        for (content, thread, words) in all {
            put(tx, &content, &thread, words).await?;
        }
        return Ok(());
    }
    let (mut rows, mut size, mut replaced) = (Vec::new(), 0, 0);
    for (content, thread, words) in all {
        let Words::Vector(words) = words else { continue };
        size += words.len();
        rows.push(json!({"content": content.as_str(), "thread": thread.as_str(), "words": words}));
        if size > STATEMENT {
            replaced += put_rows(tx, std::mem::take(&mut rows)).await?;
            size = 0;
        }
    }
    replaced += put_rows(tx, rows).await?;
    if replaced > 0 { renew(tx).await } else { Ok(()) }
}

/// Puts a content's words into the index, in the place of those that it had.
pub async fn index(
    tx: &mut Tx,
    content: &ContentId,
    thread: &ThreadId,
    title: Option<&str>,
    body: &str,
) -> Result<(), Error> {
    let words = Words::of(tx.backend(), title, body);
    put(tx, content, thread, words).await
}

/// Puts the words of a comment into the index, where it is not there yet.
pub async fn index_comment(tx: &mut Tx, id: &CommentId) -> Result<(), Error> {
    let sql = "SELECT thread_id, body FROM intervention_comments WHERE id = ?1 \
               AND NOT EXISTS (SELECT 1 FROM content_search WHERE content_id = ?1)";
    let Some((thread, body)) = tx
        .rows(sql, params![id])
        .await?
        .first_mut()
        .map(|row| Ok::<(ThreadId, String), Error>((row.take()?, row.take()?)))
        .transpose()?
    else {
        return Ok(());
    };
    put(tx, &ContentId::from_stored(id.to_string()), &thread, Words::of(tx.backend(), None, &body)).await?;
    tx.execute("UPDATE content_search SET of_comment = TRUE WHERE content_id = ?1", params![id]).await.map(drop)
}

/// Takes the words of a comment out of the index.
pub async fn forget_comment(tx: &mut Tx, id: &CommentId) -> Result<(), Error> {
    if tx.backend() == Backend::Sqlite {
        let sql = "DELETE FROM content_words WHERE rowid = \
                   (SELECT doc FROM content_search WHERE content_id = ?1 AND of_comment)";
        tx.execute(sql, params![id]).await?;
    }
    if tx.execute("DELETE FROM content_search WHERE content_id = ?1 AND of_comment", params![id]).await? > 0 {
        renew(tx).await?;
    }
    Ok(())
}

async fn put(tx: &mut Tx, content: &ContentId, thread: &ThreadId, words: Words) -> Result<(), Error> {
    let (title, body) = match words {
        Words::Folded(title, body) => (title, body),
        Words::Vector(vector) => {
            let sql = "INSERT INTO content_search (content_id, thread_id, body) VALUES \
                       (?1, ?2, CAST(CAST(?3 AS TEXT) AS tsvector)) \
                       ON CONFLICT (content_id) DO UPDATE SET body = excluded.body \
                       WHERE content_search.body IS DISTINCT FROM excluded.body RETURNING xmax::text::bigint";
            let replaced = tx.number(sql, params![content, thread, vector]).await? > 0;
            return if replaced { renew(tx).await } else { Ok(()) };
        }
    };
    let added = "INSERT INTO content_search (content_id, thread_id) VALUES (?1, ?2) \
                 ON CONFLICT DO NOTHING RETURNING doc";
    let mut doc = tx.number(added, params![content, thread]).await?;
    if doc == 0 {
        doc = tx.number("SELECT doc FROM content_search WHERE content_id = ?1", params![content]).await?;
        tx.execute("DELETE FROM content_words WHERE rowid = ?1", params![doc]).await?;
        renew(tx).await?;
    }
    let added = "INSERT INTO content_words (rowid, title, body) VALUES (?1, ?2, ?3)";
    tx.execute(added, params![doc, title, body]).await.map(drop)
}

/// Puts rows into PostgreSQL's index with one statement, since each would be a round trip; tells how many were there before.
async fn put_rows(tx: &mut Tx, rows: Vec<serde_json::Value>) -> Result<i64, Error> {
    if rows.is_empty() {
        return Ok(0);
    }
    let sql = "WITH added AS (INSERT INTO content_search (content_id, thread_id, body) \
               SELECT content, thread, CAST(words AS tsvector) \
               FROM json_to_recordset(CAST(CAST(?1 AS TEXT) AS json)) AS e (content text, thread text, words text) \
               ON CONFLICT (content_id) DO UPDATE SET body = excluded.body \
               WHERE content_search.body IS DISTINCT FROM excluded.body RETURNING xmax::text::bigint AS replaced) \
               SELECT COUNT(*) FROM added WHERE replaced > 0";
    tx.number(sql, params![serde_json::Value::from(rows).to_string()]).await
}

/// How many bytes of words one statement takes to PostgreSQL's index, about: it must come to its end in time.
const STATEMENT: usize = 1024 * 1024;

/// The last place in a text that PostgreSQL tells from others.
const PLACES: usize = 16_383;

/// The folded words of a title and a body as PostgreSQL writes a `tsvector`, each with its place and weight.
#[must_use]
pub fn vector(title: &str, body: &str) -> String {
    let mut vector = String::with_capacity(2 * (title.len() + body.len()));
    let titled = title.split_ascii_whitespace().map(|word| (word, "A"));
    let all = titled.chain(body.split_ascii_whitespace().map(|word| (word, "")));
    for (at, (word, weight)) in all.enumerate() {
        // A text takes whatever is written to it.
        let _ = write!(vector, "'{word}':{}{weight} ", (at + 1).min(PLACES));
    }
    vector
}

/// Begins a new epoch of the index: what was counted of it is stale.
async fn renew(tx: &mut Tx) -> Result<(), Error> {
    tx.execute("UPDATE search_state SET epoch = epoch + 1", Vec::new()).await.map(drop)
}

/// Empties the index.
pub async fn clear(tx: &mut Tx) -> Result<(), Error> {
    if tx.backend() == Backend::Sqlite {
        tx.execute("INSERT INTO content_words (content_words) VALUES ('delete-all')", Vec::new()).await?;
    }
    tx.execute("DELETE FROM content_search", Vec::new()).await?;
    let sql = "UPDATE search_state SET epoch = epoch + 1, to_index = NULL, comments_to_index = NULL";
    tx.execute(sql, Vec::new()).await.map(drop)
}

/// Indexes some of the contents and comments that an index of another form had before an upgrade, the newest first; tells whether
/// there are more. Whoever adds entries beside it must be held off.
pub async fn index_earlier(tx: &mut Tx) -> Result<bool, Error> {
    let Some(before) = yet_to_index(tx, "to_index").await? else { return index_earlier_comments(tx).await };
    let sql = "SELECT id, thread_id, title, body FROM contents WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
    let rows = tx.rows(sql, params![before, EARLIER]).await?;
    let mut last = None;
    for mut row in rows {
        let (id, thread): (ContentId, ThreadId) = (row.take()?, row.take()?);
        let (title, body): (Option<String>, String) = (row.take()?, row.take()?);
        index(tx, &id, &thread, title.as_deref(), &body).await?;
        last = Some(id);
    }
    let more = last.is_some();
    let sql = "UPDATE search_state SET to_index = ?1 WHERE to_index IS NOT NULL";
    tx.execute(sql, params![last]).await?;
    Ok(more || yet_to_index(tx, "comments_to_index").await?.is_some())
}

/// Before which id something is still to be indexed; none where all is.
async fn yet_to_index(tx: &mut Tx, column: &str) -> Result<Option<String>, Error> {
    let sql = format!("SELECT {column} FROM search_state WHERE {column} IS NOT NULL");
    tx.rows(&sql, Vec::new()).await?.first_mut().map(crate::Row::take).transpose()
}

async fn index_earlier_comments(tx: &mut Tx) -> Result<bool, Error> {
    let Some(before) = yet_to_index(tx, "comments_to_index").await? else { return Ok(false) };
    let sql = "SELECT id FROM intervention_comments WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
    let mut rows = tx.rows(sql, params![before, EARLIER]).await?;
    let ids = rows.iter_mut().map(crate::Row::take).collect::<Result<Vec<CommentId>, Error>>()?;
    for id in &ids {
        index_comment(tx, id).await?;
    }
    tx.execute("UPDATE search_state SET comments_to_index = ?1", params![ids.last().cloned()]).await?;
    Ok(!ids.is_empty())
}

/// How many earlier contents are indexed in one transaction: other writes come between.
const EARLIER: i64 = 100;

#[cfg(test)]
mod tests {
    use super::vector;

    #[test]
    fn words_have_their_place_and_weight() {
        assert_eq!(vector("a b", "b 東"), "'a':1A 'b':2A 'b':3 '東':4 ");
    }
}
