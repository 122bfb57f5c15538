//! The yardstick on SQLite: a loop over rusqlite that commits the same rows, 64 messages to a commit.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params_from_iter};
use store::content::Content;
use store::identity::Identity;
use store::journal::Entry;
use store::thread::Thread;
use store::webhook::Delivery;
use store::{Table, Value};

use super::rows::{Message, Row};

/// Messages in one commit.
const GROUP: usize = 64;

/// A database with the server's tables and indexes, and a connection with the server's settings.
pub(super) struct Yardstick {
    conn: Connection,
}

impl Yardstick {
    /// A copy of the server's database.
    pub(super) fn new(server: &Path, copy: &Path) -> anyhow::Result<Self> {
        let from = Connection::open(server)?;
        from.execute("VACUUM INTO ?1", [copy.to_string_lossy()])?;
        let conn = Connection::open(copy)?;
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA cache_size = -8192;",
        )?;
        conn.set_prepared_statement_cache_capacity(256);
        Ok(Self { conn })
    }

    /// Commits the rows of these messages; tells how long that took.
    pub(super) fn commit(&mut self, messages: &[Message]) -> anyhow::Result<Duration> {
        let searched: Vec<Row> = messages.iter().map(|message| message.searched(|folded| folded)).collect();
        let began = Instant::now();
        for (messages, searched) in messages.chunks(GROUP).zip(searched.chunks(GROUP)) {
            let tx = self.conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            for (message, searched) in messages.iter().zip(searched) {
                write(&tx, message, searched)?;
            }
            if let Some(Value::Int(position)) = messages.last().map(|message| &message.entry[0]) {
                tx.prepare_cached("UPDATE journal_head SET position = ?1")?.execute([position])?;
                let cursor = "INSERT INTO cursors (follower, position) VALUES ('dispatch', ?1) \
                              ON CONFLICT (follower) DO UPDATE SET position = excluded.position";
                tx.prepare_cached(cursor)?.execute([position])?;
            }
            tx.commit()?;
        }
        Ok(began.elapsed())
    }
}

fn write(conn: &Connection, message: &Message, searched: &Row) -> anyhow::Result<()> {
    let Message { identity, thread, new_thread, content, entry, delivery } = message;
    if let Some(identity) = identity {
        execute(conn, Identity::insert_sql(), identity)?;
    }
    execute(conn, if *new_thread { Thread::insert_sql() } else { Thread::update_sql() }, thread)?;
    execute(conn, Content::insert_sql(), content)?;
    execute(conn, Entry::insert_sql(), entry)?;
    execute(conn, "INSERT INTO content_search (content_id, thread_id) VALUES (?1, ?2)", &searched[..2])?;
    let words = "INSERT INTO content_words (rowid, title, body) VALUES (last_insert_rowid(), '', ?1)";
    execute(conn, words, &searched[2..])?;
    if let Some(delivery) = delivery {
        execute(conn, Delivery::insert_sql(), delivery)?;
    }
    Ok(())
}

fn execute(conn: &Connection, sql: &str, row: &[Value]) -> anyhow::Result<()> {
    conn.prepare_cached(sql)?.execute(params_from_iter(row))?;
    Ok(())
}
