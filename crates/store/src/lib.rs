//! The store: the only place with SQL. Two doors, [`Db::read`] and [`Db::write`], one [`Tx`] for both databases.
//!
//! One file a noun holds its rows and the queries on them; [`Tx`] has the plain ones (insert, update, find, list).

pub mod attachment;
pub mod backup;
pub mod category;
mod clock;
pub mod comment;
pub mod content;
mod db;
mod error;
pub mod export;
pub mod health;
pub mod idempotency;
pub mod identity;
pub mod intervention;
pub mod journal;
pub mod migrate;
mod postgres;
mod scope;
pub mod search;
pub mod setting;
pub mod source;
mod sqlite;
mod table;
pub mod thread;
mod tx;
pub mod user;
mod value;
pub mod webhook;

pub use clock::Clock;
pub use db::{Db, TxFuture};
pub use error::Error;
pub use scope::{Filter, Listed, Page, Scope};
pub use table::{Table, insert_sql, placeholders, update_sql};
pub use tx::{Backend, Tx};
pub use value::{Field, Json, Row, Value};
