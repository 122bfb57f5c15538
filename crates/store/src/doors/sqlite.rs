//! Statements on a connection to an SQLite file, and how it is opened.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};

use super::{has_words, texts, wal};
use crate::{Error, Row, Value};

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Bool(b) => ValueRef::Integer(i64::from(*b)),
            Self::Int(i) => ValueRef::Integer(*i),
            Self::Real(r) => ValueRef::Real(*r),
            Self::Text(t) => ValueRef::Text(t.as_bytes()),
        }))
    }
}

pub(super) fn rows(conn: &mut Connection, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
    let mut statement = conn.prepare_cached(sql)?;
    let width = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(params))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(width);
        for i in 0..width {
            values.push(match row.get_ref(i)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(i) => Value::Int(i),
                ValueRef::Real(r) => Value::Real(r),
                ValueRef::Text(t) => Value::Text(texts::text(t)),
                ValueRef::Blob(_) => return Err(Error::Row("a blob".into())),
            });
        }
        found.push(Row::new(values));
    }
    Ok(found)
}

pub(super) fn execute(conn: &mut Connection, sql: &str, params: &[Value]) -> Result<u64, Error> {
    let changed = conn.prepare_cached(sql)?.execute(rusqlite::params_from_iter(params))?;
    Ok(changed as u64)
}

/// Opens a connection with the settings that every connection has.
pub(super) fn connect(path: &Path, read_only: bool) -> Result<Connection, Error> {
    let flags = if read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX
    };
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(wal::BUSY)?;
    conn.set_prepared_statement_cache_capacity(256);
    // A plan is made once for a statement, not anew for each value that it is given.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    has_words::register(&conn)?;
    if !read_only {
        conn.pragma_update(None, "journal_mode", "WAL")?;
        // An answer means that it is on disk.
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "foreign_keys", "ON")?;
    }
    conn.pragma_update(None, "cache_size", -8192)?;
    Ok(conn)
}

/// The newest position of the journal.
pub(super) fn position(conn: &Connection) -> Result<i64, Error> {
    Ok(conn.query_row("SELECT position FROM journal_head", [], |row| row.get(0))?)
}
