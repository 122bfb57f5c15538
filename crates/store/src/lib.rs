//! The store: the only place with SQL. Two doors, [`Db::read`] and [`Db::write`], one [`Tx`] for both databases.
//!
//! One file a noun holds its rows and the queries on them; [`Tx`] has the plain ones (insert, update, find, list).

pub mod ahead;
pub mod approval;
pub mod attachment;
pub mod auto_response;
pub mod backup;
pub mod category;
mod clock;
pub mod comment;
pub mod content;
pub mod content_search;
mod counts;
pub mod custom_field;
mod db;
mod error;
pub mod export;
pub mod folder;
mod has_words;
pub mod health;
pub mod idempotency;
pub mod identity;
pub mod identity_group;
pub mod intervention;
pub mod journal;
pub mod migrate;
pub mod people;
mod postgres;
mod postgres_tls;
pub mod reply_assistant;
mod scope;
pub mod search;
pub mod setting;
pub mod signature;
pub mod source;
mod sqlite;
pub mod survey;
mod table;
pub mod thread;
pub mod thread_search;
mod thread_test;
pub mod time_sheet;
mod tx;
pub mod user;
pub mod user_password;
mod value;
mod wal;
pub mod webhook;

pub use clock::Clock;
pub use db::{Db, TxFuture};
pub use error::Error;
pub use scope::{Filter, Listed, Page, Scope};
pub use table::{Table, insert_sql, placeholders, update_sql};
pub use tx::{Backend, Tx};
pub use value::{Field, Json, Row, Value};
