//! Fills a database with conversations, fast: rows are written in bulk past the server, which is not running.
//!
//! What it writes is what the server would have: threads of four contents each, from customers and agents in turn, on
//! five sources over ninety days. One thread in fifty waits for somebody. Words are drawn from a vocabulary as skewed
//! as that of a real language; [`COMMON`] is in a fifth of the contents, [`RARE`] in [`RARE_CONTENTS`] of them however
//! many there are.

use std::path::Path;

use anyhow::Context;
use bytes::Bytes;
use futures_util::SinkExt;
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};

/// A word in a fifth of the contents.
pub(crate) const COMMON: &str = "parcel";
/// A word in few contents.
pub(crate) const RARE: &str = "xylograph";
/// How many contents have the rare word.
pub(crate) const RARE_CONTENTS: u64 = 20;
/// How many contents a thread has.
pub(crate) const THREAD: u64 = 4;
/// One thread in so many waits for somebody.
const WAITING: u64 = 50;
const SPAN_MS: i64 = 90 * 86_400_000;
const VOCABULARY: u64 = 20_000;
const WORDS: u64 = 20;

/// What the rows point to.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// Each source with its community and the identity that agents write as.
    pub(crate) sources: Vec<(String, String, String)>,
    /// The newest content's time, in milliseconds.
    pub(crate) now: i64,
}

/// A value of a column.
#[derive(Clone, Debug)]
enum Cell {
    Null,
    Int(i64),
    Bool(bool),
    Fixed(&'static str),
    Text(String),
}

impl rusqlite::ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(SqlValue::Null),
            Self::Int(i) => ToSqlOutput::Owned(SqlValue::Integer(*i)),
            Self::Bool(b) => ToSqlOutput::Owned(SqlValue::Integer(i64::from(*b))),
            Self::Fixed(t) => ToSqlOutput::Borrowed(ValueRef::Text(t.as_bytes())),
            Self::Text(t) => ToSqlOutput::Borrowed(ValueRef::Text(t.as_bytes())),
        })
    }
}

impl Cell {
    /// In the text form of PostgreSQL's COPY. No text here needs escaping.
    fn copy(&self, out: &mut String) {
        use std::fmt::Write;
        let _ = match self {
            Self::Null => write!(out, "\\N"),
            Self::Int(i) => write!(out, "{i}"),
            Self::Bool(b) => write!(out, "{}", if *b { 't' } else { 'f' }),
            Self::Fixed(t) => write!(out, "{t}"),
            Self::Text(t) => write!(out, "{t}"),
        };
    }
}

type Columns = Vec<(&'static str, Cell)>;

/// The id of the `n`th thing of a kind: it has the form and the order of one that was made at that time.
fn id(kind: u8, ms: i64, n: u64) -> String {
    format!("{:08x}{kind:02x}{n:014x}", ms / 1000)
}

fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The `rank`th word of the vocabulary.
fn word(rank: u64, out: &mut String) {
    const SYLLABLES: [&str; 20] = [
        "ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu", "wa", "ze", "bri",
        "sto", "tra",
    ];
    let mut rest = rank;
    loop {
        out.push_str(SYLLABLES[usize::try_from(rest % 20).unwrap_or(0)]);
        rest /= 20;
        if rest == 0 {
            return;
        }
    }
}

fn body(n: u64, contents: u64) -> String {
    let mut out = String::with_capacity(140);
    for i in 0..WORDS {
        let x = mixed(n * WORDS + i) % 1_000_000;
        // Cubed, so that low ranks are frequent: the first tenth of the words makes half of the text.
        word(x * x / 1_000_000 * x / 1_000_000 * VOCABULARY / 1_000_000, &mut out);
        out.push(' ');
    }
    if n.is_multiple_of(5) {
        out.push_str(COMMON);
    }
    if n % (contents / RARE_CONTENTS).max(1) == 1 {
        out.push(' ');
        out.push_str(RARE);
    }
    out
}

/// A filling of so many contents.
#[derive(Clone, Debug)]
pub(crate) struct Filling {
    /// What the rows point to.
    pub(crate) origin: Origin,
    /// How many contents.
    pub(crate) contents: u64,
}

impl Filling {
    fn time(&self, content: u64) -> i64 {
        let left = i64::try_from(self.contents - content).unwrap_or(0);
        self.origin.now - SPAN_MS / i64::try_from(self.contents).unwrap_or(1) * left
    }

    fn identities(&self) -> u64 {
        self.contents / 10
    }

    fn source(&self, thread: u64) -> &(String, String, String) {
        let count = self.origin.sources.len();
        &self.origin.sources[usize::try_from(thread).unwrap_or(0) % count]
    }

    fn identity_id(&self, thread: u64) -> String {
        // Customers of a source come back to it.
        let count = u64::try_from(self.origin.sources.len()).unwrap_or(1);
        let n = (mixed(thread) % (self.identities() / count)) * count + thread % count;
        id(1, self.origin.now - SPAN_MS, n)
    }

    /// The id of the `n`th thread.
    pub(crate) fn thread_id(&self, n: u64) -> String {
        id(2, self.time(n * THREAD), n)
    }

    fn waits(n: u64) -> bool {
        mixed(n).is_multiple_of(WAITING)
    }

    fn identity(&self, n: u64) -> Columns {
        let at = self.origin.now - SPAN_MS + i64::try_from(n).unwrap_or(0);
        vec![
            ("id", Cell::Text(id(1, self.origin.now - SPAN_MS, n))),
            ("community_id", Cell::Text(self.source(n).1.clone())),
            ("kind", Cell::Fixed("sdk")),
            ("foreign_id", Cell::Text(format!("filled-person-{n:09}"))),
            ("screenname", Cell::Text(format!("Person {n}"))),
            ("extra_values", Cell::Fixed("{}")),
            ("user_ids", Cell::Fixed("[]")),
            ("controlled", Cell::Bool(false)),
            ("created_at", Cell::Int(at)),
            ("updated_at", Cell::Int(at)),
        ]
    }

    fn thread(&self, n: u64) -> Columns {
        let (begun, last) = (self.time(n * THREAD), self.time(n * THREAD + THREAD - 1));
        let waits = Self::waits(n);
        vec![
            ("id", Cell::Text(self.thread_id(n))),
            ("source_id", Cell::Text(self.source(n).0.clone())),
            ("foreign_id", Cell::Text(format!("filled-thread-{n:09}"))),
            ("title", Cell::Text(format!("Conversation {n}"))),
            ("closed", Cell::Bool(false)),
            ("text_input_disabled", Cell::Bool(false)),
            ("private", Cell::Bool(false)),
            ("category_ids", Cell::Fixed("[]")),
            ("thread_category_ids", Cell::Fixed("[]")),
            ("extra_data", Cell::Fixed("{}")),
            ("contents_count", Cell::Int(4)),
            ("interventions_count", Cell::Int(0)),
            ("identity_id", Cell::Text(self.identity_id(n))),
            ("first_content_author_id", Cell::Text(self.identity_id(n))),
            ("first_content_id", Cell::Text(id(3, begun, n * THREAD))),
            ("intervention_user_ids", Cell::Fixed("[]")),
            ("opened_intervention_user_ids", Cell::Fixed("[]")),
            ("bot_streak", Cell::Int(0)),
            ("last_content_id", Cell::Text(id(3, last, n * THREAD + THREAD - 1))),
            ("last_ordinal", Cell::Int(4)),
            ("last_content_at", Cell::Int(last)),
            ("new_contents_count", Cell::Int(i64::from(waits))),
            ("open_interventions_count", Cell::Int(0)),
            ("folder", Cell::Fixed(if waits { "new" } else { "closed" })),
            ("agent_read_ordinal", Cell::Int(0)),
            ("visitor_unread", Cell::Int(0)),
            ("created_at", Cell::Int(begun)),
            ("updated_at", Cell::Int(last)),
            // A content that is new is 1, one that is replied 4, an agent's 8.
            ("marks", Cell::Int(if waits { 13 } else { 12 })),
            ("first_content_at", Cell::Int(begun)),
        ]
    }

    fn content(&self, n: u64) -> Columns {
        let (thread, place, at) = (n / THREAD, n % THREAD, self.time(n));
        let waits = Self::waits(thread) && place == THREAD - 1;
        let customer = place % 2 == 0 || waits;
        let source = self.source(thread);
        let status = match (waits, customer) {
            (true, _) => "new",
            (_, true) => "replied",
            _ => "user_reply",
        };
        vec![
            ("id", Cell::Text(id(3, at, n))),
            ("thread_id", Cell::Text(self.thread_id(thread))),
            ("ordinal", Cell::Int(i64::try_from(place + 1).unwrap_or(0))),
            ("source_id", Cell::Text(source.0.clone())),
            ("foreign_id", Cell::Text(format!("filled-{n:09}"))),
            ("author_id", Cell::Text(if customer { self.identity_id(thread) } else { source.2.clone() })),
            ("kind", Cell::Fixed("message")),
            ("status", Cell::Fixed(status)),
            ("title", Cell::Null),
            ("body", Cell::Text(body(n, self.contents))),
            ("body_input_format", Cell::Fixed("text")),
            ("private", Cell::Bool(false)),
            ("published", Cell::Bool(true)),
            ("approval_required", Cell::Bool(false)),
            ("auto_submitted", Cell::Bool(false)),
            ("first_in_thread", Cell::Bool(place == 0)),
            ("remotely_deleted", Cell::Bool(false)),
            ("created_from", Cell::Fixed(if customer { "synchronizer" } else { "interface" })),
            ("category_ids", Cell::Fixed("[]")),
            ("foreign_categories", Cell::Fixed("[]")),
            ("context_data", Cell::Fixed("{}")),
            ("attachments_count", Cell::Int(0)),
            ("created_at", Cell::Int(at)),
            ("updated_at", Cell::Int(at)),
        ]
    }

    /// Fills the file of a server that is not running.
    pub(crate) fn sqlite(&self, path: &Path) -> anyhow::Result<()> {
        let mut conn = rusqlite::Connection::open(path)?;
        conn.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; \
             PRAGMA cache_size = -200000;",
        )?;
        // Indexes made at the end take a third of the time; what triggers would write is written at the end too.
        let of_tables = "sql IS NOT NULL AND type IN ('index', 'trigger') AND tbl_name IN \
                         ('identities', 'content_threads', 'contents', 'content_search')";
        let made: Vec<(String, String, String)> = conn
            .prepare(&format!("SELECT type, name, sql FROM sqlite_master WHERE {of_tables}"))?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let tx = conn.transaction()?;
        for (kind, name, _) in &made {
            tx.execute_batch(&format!("DROP {kind} {name}"))?;
        }
        insert(&tx, "identities", (0..self.identities()).map(|n| self.identity(n)))?;
        insert(&tx, "content_threads", (0..self.contents / THREAD).map(|n| self.thread(n)))?;
        insert(&tx, "contents", (0..self.contents).map(|n| self.content(n)))?;
        tx.execute_batch(
            "INSERT INTO content_search (doc, content_id, thread_id) SELECT rowid, id, thread_id FROM contents; \
             INSERT INTO content_words (rowid, title, body) SELECT rowid, '', body FROM contents;",
        )?;
        tx.execute_batch(TALLIES)?;
        for (_, _, sql) in &made {
            tx.execute_batch(sql)?;
        }
        tx.commit()?;
        conn.execute_batch("PRAGMA journal_mode = WAL;")?;
        Ok(())
    }

    /// Fills the database of a server that is not running.
    pub(crate) async fn postgres(&self, url: &str) -> anyhow::Result<()> {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let driver = tokio::spawn(connection);
        let tables = "'identities', 'content_threads', 'contents', 'content_search'";
        let indexes = client
            .query(
                &format!(
                    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({tables}) \
                     AND indexname NOT IN (SELECT conname FROM pg_constraint)"
                ),
                &[],
            )
            .await?;
        // No triggers, which would take most of the time.
        client.batch_execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'").await?;
        for row in &indexes {
            client.batch_execute(&format!("DROP INDEX {}", row.get::<_, &str>(0))).await?;
        }
        copy(&client, "identities", (0..self.identities()).map(|n| self.identity(n))).await?;
        copy(&client, "content_threads", (0..self.contents / THREAD).map(|n| self.thread(n))).await?;
        copy(&client, "contents", (0..self.contents).map(|n| self.content(n))).await?;
        client
            .batch_execute(
                "INSERT INTO content_search (content_id, thread_id, body) \
                 SELECT id, thread_id, to_tsvector('simple', body) FROM contents",
            )
            .await?;
        client.batch_execute(TALLIES).await?;
        for row in &indexes {
            client.batch_execute(row.get(1)).await?;
        }
        // What autovacuum does on a server that has lived for more than minutes.
        client.batch_execute("VACUUM ANALYZE").await?;
        drop(client);
        driver.await??;
        Ok(())
    }
}

/// What triggers keep beside the rows.
const TALLIES: &str = "\
    INSERT INTO thread_tallies (source_id, marks, folder, n) \
        SELECT source_id, marks, folder, COUNT(*) FROM content_threads GROUP BY source_id, marks, folder; \
    INSERT INTO content_tallies (source_id, status, n) \
        SELECT source_id, status, COUNT(*) FROM contents GROUP BY source_id, status; \
    DELETE FROM identity_tallies; \
    INSERT INTO identity_tallies SELECT community_id, COUNT(*) FROM identities GROUP BY community_id;";

fn insert(conn: &rusqlite::Connection, table: &str, rows: impl Iterator<Item = Columns>) -> anyhow::Result<()> {
    let mut rows = rows.peekable();
    let Some(first) = rows.peek() else { return Ok(()) };
    let names: Vec<&str> = first.iter().map(|(name, _)| *name).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let mut statement = conn.prepare(&format!("INSERT INTO {table} ({}) VALUES ({marks})", names.join(", ")))?;
    for row in rows {
        statement.execute(rusqlite::params_from_iter(row.iter().map(|(_, cell)| cell)))?;
    }
    Ok(())
}

async fn copy(client: &tokio_postgres::Client, table: &str, rows: impl Iterator<Item = Columns>) -> anyhow::Result<()> {
    let mut rows = rows.peekable();
    let first = rows.peek().context("rows")?;
    let names: Vec<&str> = first.iter().map(|(name, _)| *name).collect();
    let sink = client.copy_in::<_, Bytes>(&format!("COPY {table} ({}) FROM STDIN", names.join(", "))).await?;
    let mut sink = std::pin::pin!(sink);
    let mut out = String::new();
    for row in rows {
        for (i, (_, cell)) in row.iter().enumerate() {
            if i > 0 {
                out.push('\t');
            }
            cell.copy(&mut out);
        }
        out.push('\n');
        if out.len() > 64 * 1024 {
            sink.send(Bytes::from(std::mem::take(&mut out))).await?;
        }
    }
    sink.send(Bytes::from(out)).await?;
    sink.finish().await?;
    Ok(())
}
