//! Rows written in bulk into the file or the database of a server that is not running.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use bytes::Bytes;
use futures_util::SinkExt;
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};

use super::{Filling, THREAD};

/// A value of a column.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Bool(bool),
    Fixed(&'static str),
    Text(String),
}

/// The columns of a row with their values.
pub(super) type Columns = Vec<(&'static str, Cell)>;

/// The tables that are filled, in order, but for those of [`AFTERWARDS`].
const TABLES: [&str; 11] = [
    "identity_groups",
    "identities",
    "content_threads",
    "contents",
    "thread_terms",
    "interventions",
    "intervention_comments",
    "attachments",
    "webhook_deliveries",
    "mail_deliveries",
    "journal",
];

/// What triggers keep beside the rows.
const AFTERWARDS: &str = "\
    INSERT INTO thread_tallies (source_id, marks, folder, n) \
        SELECT source_id, marks, folder, COUNT(*) FROM content_threads GROUP BY source_id, marks, folder; \
    INSERT INTO content_tallies (source_id, status, n) \
        SELECT source_id, status, COUNT(*) FROM contents GROUP BY source_id, status; \
    DELETE FROM identity_tallies; \
    INSERT INTO identity_tallies SELECT community_id, COUNT(*) FROM identities GROUP BY community_id; \
    INSERT INTO intervention_tallies \
        SELECT source_id, user_id, status, reopened, COUNT(*) FROM interventions GROUP BY 1, 2, 3, 4; \
    INSERT INTO term_tallies SELECT term, COUNT(*) FROM thread_terms GROUP BY term; \
    INSERT INTO term_tallies SELECT 'u:' || user_id, COUNT(DISTINCT thread_id) FROM interventions GROUP BY user_id; \
    DELETE FROM group_tallies; \
    INSERT INTO group_tallies SELECT communities, COUNT(*) FROM identity_groups GROUP BY communities; \
    INSERT INTO people_changed (identity_id) SELECT id FROM identities WHERE NOT controlled ORDER BY updated_at, id; \
    UPDATE journal_head SET position = (SELECT MAX(position) FROM journal); \
    UPDATE cursors SET position = (SELECT MAX(position) FROM journal);";

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
        let _ = match self {
            Self::Null => write!(out, "\\N"),
            Self::Int(i) => write!(out, "{i}"),
            Self::Bool(b) => write!(out, "{}", if *b { 't' } else { 'f' }),
            Self::Fixed(t) => write!(out, "{t}"),
            Self::Text(t) => write!(out, "{t}"),
        };
    }
}

impl Filling {
    /// The rows of a table; the journal has so many entries already.
    fn rows<'f>(&'f self, table: &str, entries: u64) -> Box<dyn Iterator<Item = Columns> + 'f> {
        let (contents, threads) = (self.contents, self.contents / THREAD);
        match table {
            "identity_groups" => Box::new((0..self.identities()).filter_map(|n| self.group(n))),
            "identities" => Box::new((0..self.identities()).map(|n| self.identity(n))),
            "content_threads" => Box::new((0..threads).map(|n| self.thread(n))),
            "contents" => Box::new((0..contents).map(|n| self.content(n))),
            "thread_terms" => Box::new((0..threads).flat_map(|n| self.terms(n))),
            "interventions" => Box::new((0..threads).filter_map(|n| self.case(n))),
            "intervention_comments" => Box::new((0..threads).filter_map(|n| self.comment(n))),
            "attachments" => Box::new((0..contents).filter_map(|n| self.attachment(n))),
            "webhook_deliveries" => Box::new((0..contents / 10).map(|n| self.delivery(n))),
            "mail_deliveries" => Box::new((0..contents / 100).map(|n| self.mail(n))),
            _ => Box::new((0..threads * (THREAD + 1)).map(move |n| self.entry(entries, n))),
        }
    }

    /// Fills the file of a server that is not running.
    pub(crate) fn sqlite(&self, path: &Path) -> anyhow::Result<()> {
        let mut conn = rusqlite::Connection::open(path)?;
        conn.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; \
             PRAGMA cache_size = -200000;",
        )?;
        // Indexes made at the end take a third of the time; what triggers would write is written at the end too.
        let of_tables = format!(
            "sql IS NOT NULL AND type IN ('index', 'trigger') AND tbl_name IN ({}, 'content_search')",
            list_of_tables()
        );
        let made: Vec<(String, String, String)> = conn
            .prepare(&format!("SELECT type, name, sql FROM sqlite_master WHERE {of_tables}"))?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let entries = conn.query_row("SELECT COUNT(*) FROM journal", [], |row| row.get::<_, i64>(0))?;
        let tx = conn.transaction()?;
        for (kind, name, _) in &made {
            tx.execute_batch(&format!("DROP {kind} {name}"))?;
        }
        for table in TABLES {
            insert(&tx, table, self.rows(table, u64::try_from(entries)?))?;
        }
        tx.execute_batch(
            "INSERT INTO content_search (doc, content_id, thread_id) SELECT rowid, id, thread_id FROM contents; \
             INSERT INTO content_words (rowid, title, body) SELECT rowid, '', body FROM contents;",
        )?;
        tx.execute_batch(AFTERWARDS)?;
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
        let indexes = client
            .query(
                &format!(
                    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({}, 'content_search') \
                     AND indexname NOT IN (SELECT conname FROM pg_constraint)",
                    list_of_tables()
                ),
                &[],
            )
            .await?;
        let entries: i64 = client.query_one("SELECT COUNT(*) FROM journal", &[]).await?.get(0);
        // No triggers, which would take most of the time.
        client.batch_execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'").await?;
        for row in &indexes {
            client.batch_execute(&format!("DROP INDEX {}", row.get::<_, &str>(0))).await?;
        }
        for table in TABLES {
            copy(&client, table, self.rows(table, u64::try_from(entries)?)).await?;
        }
        client
            .batch_execute(
                "INSERT INTO content_search (content_id, thread_id, body) \
                 SELECT id, thread_id, to_tsvector('simple', body) FROM contents",
            )
            .await?;
        client.batch_execute(AFTERWARDS).await?;
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

fn list_of_tables() -> String {
    format!("'{}'", TABLES.join("', '"))
}

fn insert(conn: &rusqlite::Connection, table: &str, rows: impl Iterator<Item = Columns>) -> anyhow::Result<()> {
    let mut rows = rows.peekable();
    let Some(first) = rows.peek() else { return Ok(()) };
    let names: Vec<&str> = first.iter().map(|(name, _)| *name).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let mut statement = conn.prepare(&format!("INSERT INTO {table} ({}) VALUES ({marks})", names.join(", ")))?;
    for row in rows {
        statement
            .execute(rusqlite::params_from_iter(row.iter().map(|(_, cell)| cell)))
            .with_context(|| format!("{table}: {row:?}"))?;
    }
    Ok(())
}

async fn copy(client: &tokio_postgres::Client, table: &str, rows: impl Iterator<Item = Columns>) -> anyhow::Result<()> {
    let mut rows = rows.peekable();
    let Some(first) = rows.peek() else { return Ok(()) };
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
    sink.finish().await.with_context(|| table.to_owned())?;
    Ok(())
}
