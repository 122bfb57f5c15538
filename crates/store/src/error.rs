//! What can go wrong between the server and its database.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row like this exists already; the text names the constraint or its columns.
    #[error("already there: {0}")]
    Unique(String),
    /// Another row refers to this one, or the row that this one refers to is gone; the text names the constraint.
    #[error("referred to: {0}")]
    Referenced(String),
    /// Another request with the same idempotency key was first.
    #[error("another request with the same idempotency key was first")]
    Repeated,
    /// Another transaction wanted the same rows in another order, and this one was given up for it.
    #[error("crossed another transaction: {0}")]
    Crossed(String),
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
            use rusqlite::ffi::{SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
            if failure.extended_code == SQLITE_CONSTRAINT_FOREIGNKEY {
                return Self::Referenced(message.clone().unwrap_or_default());
            }
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
            use tokio_postgres::error::SqlState;
            if *db.code() == SqlState::FOREIGN_KEY_VIOLATION {
                return Self::Referenced(db.constraint().unwrap_or("").to_owned());
            }
            if *db.code() == SqlState::UNIQUE_VIOLATION {
                // Only the columns of the detail: their values are somebody's, and errors may come into the log.
                let columns = db.detail().and_then(|text| text.split(['(', ')']).nth(1)).unwrap_or("");
                return Self::Unique(format!("{} {columns}", db.constraint().unwrap_or("")));
            }
            if [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE].contains(db.code()) {
                return Self::Crossed(db.message().to_owned());
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
