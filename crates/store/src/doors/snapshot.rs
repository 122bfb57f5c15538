//! Ways in beside the doors, for backups: a database as it is at one moment, and one that is made as it was.

use std::path::Path;
use std::sync::Arc;

use super::clock::Clock;
use super::postgres_line::Line;
use super::tx::{Conn, Tx};
use super::{postgres_tls, sqlite};
use crate::{Error, migrate};

/// Opens an SQLite file as it is at this moment, beside a server that may be writing to it.
///
/// # Errors
/// When it cannot be opened.
pub fn snapshot_sqlite(path: &Path, clock: &Clock) -> Result<Tx, Error> {
    let mut conn = sqlite::connect(path, true)?;
    sqlite::execute(&mut conn, "BEGIN", &[])?;
    Ok(Tx::new(Conn::Sqlite(conn), clock.now(), Arc::default()))
}

/// Opens a PostgreSQL database as it is at this moment, beside servers that may be writing to it.
///
/// # Errors
/// When it cannot be reached.
pub async fn snapshot_postgres(url: &str, clock: &Clock) -> Result<Tx, Error> {
    let way = postgres_tls::find_way(url).await?;
    let mut client = Line::open(&way, 1, None)?.read().await?;
    client.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    Ok(Tx::new(Conn::Postgres(Box::new(client)), clock.now(), Arc::default()))
}

/// Makes an embedded database with these migrations alone, as the program had it that knew no others: rows of an older
/// backup come into it, and [`bring_up`] makes them what they are now. It is thrown away after a crash.
///
/// # Errors
/// When there is something at `path` already, or a migration is not known.
pub fn aside(path: &Path, clock: &Clock, book: &[i64]) -> Result<Tx, Error> {
    let mut conn = sqlite::connect(path, false)?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    migrate::sqlite_only(&mut conn, book)?;
    sqlite::execute(&mut conn, "BEGIN", &[])?;
    Ok(Tx::new(Conn::Sqlite(conn), clock.now(), Arc::default()))
}

/// Ends the transaction of [`aside`] and runs the migrations that the database does not have.
pub fn bring_up(tx: Tx) -> Result<(), Error> {
    let Conn::Sqlite(mut conn) = tx.conn else { return Ok(()) };
    sqlite::execute(&mut conn, "COMMIT", &[])?;
    migrate::sqlite(&mut conn)
}
