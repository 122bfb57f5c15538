//! What can go wrong between the server and its database.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row like this exists already; the text names the constraint or its columns.
    #[error("already there: {0}")]
    Unique(String),
    /// The row is not there.
    #[error("not found")]
    NotFound,
    /// A row does not have the form that the code expects.
    #[error("unexpected row: {0}")]
    Row(String),
    /// The database cannot be reached, or the server is shutting down.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Any other error of the database.
    #[error("database: {0}")]
    Database(String),
    /// A write waited on something other than its transaction.
    #[error("a transaction waited on something other than the database")]
    Waited,
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::SqliteFailure(failure, message) = &error {
            use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
            if [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE].contains(&failure.extended_code) {
                return Self::Unique(message.clone().unwrap_or_default());
            }
        }
        Self::Database(error.to_string())
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(db) = error.as_db_error() {
            if *db.code() == tokio_postgres::error::SqlState::UNIQUE_VIOLATION {
                return Self::Unique(format!("{} {}", db.constraint().unwrap_or(""), db.detail().unwrap_or("")));
            }
            return Self::Database(db.message().to_owned());
        }
        if error.is_closed() {
            return Self::Unavailable(error.to_string());
        }
        Self::Database(error.to_string())
    }
}

impl From<deadpool_postgres::PoolError> for Error {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
