//! What can go wrong between the server and its database.

/// An error of the store.
#[derive(Clone, Debug, thiserror::Error)]
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
    /// A statement has more values than the databases take: whoever asked named too much.
    #[error("too much at once")]
    TooMany,
    /// A row does not have the form that the code expects.
    #[error("unexpected row: {0}")]
    Row(String),
    /// The database cannot be reached or does not answer, or the server is shutting down.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Somebody else held what this transaction wanted for longer than it could wait.
    #[error("held by another transaction: {0}")]
    Held(String),
    /// The database has no room left.
    #[error("the database has no room left: {0}")]
    Full(String),
    /// Any other error of the database.
    #[error("database: {0}")]
    Database(String),
    /// A write waited on something other than its transaction.
    #[error("a transaction waited on something other than the database")]
    Waited,
}

impl Error {
    /// Whether it says something of the database at this moment and nothing of what was asked: the same may succeed
    /// later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Held(_) | Self::Full(_) | Self::Crossed(_))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::SqliteFailure(failure, message) = &error {
            use rusqlite::ErrorCode as Code;
            use rusqlite::ffi::{SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
            if failure.extended_code == SQLITE_CONSTRAINT_FOREIGNKEY {
                return Self::Referenced(message.clone().unwrap_or_default());
            }
            if [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE].contains(&failure.extended_code) {
                return Self::Unique(message.clone().unwrap_or_default());
            }
            match failure.code {
                Code::DiskFull => return Self::Full(error.to_string()),
                Code::SystemIoFailure | Code::CannotOpen | Code::ReadOnly | Code::DatabaseBusy => {
                    return Self::Unavailable(error.to_string());
                }
                _ => {}
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
            let message = db.message().to_owned();
            if *db.code() == SqlState::LOCK_NOT_AVAILABLE {
                return Self::Held(message);
            }
            if *db.code() == SqlState::DISK_FULL {
                return Self::Full(message);
            }
            // By classes: the connection is lost, resources are short, an operator or a limit has stepped in, the
            // system has failed. And a server that has become another's copy.
            let passing = ["08", "53", "57", "58"].iter().any(|class| db.code().code().starts_with(class));
            if passing || *db.code() == SqlState::READ_ONLY_SQL_TRANSACTION {
                return Self::Unavailable(message);
            }
            return Self::Database(message);
        }
        let io = std::error::Error::source(&error).is_some_and(|cause| cause.is::<std::io::Error>());
        if error.is_closed() || io { Self::Unavailable(error.to_string()) } else { Self::Database(error.to_string()) }
    }
}

impl From<deadpool_postgres::PoolError> for Error {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
