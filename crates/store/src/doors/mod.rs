//! The ways in. [`Db`] opens a database and has the two doors, read and write; [`Tx`] is one transaction behind either
//! of them, on either database.
//!
//! From the top down: `db` (the doors), `snapshot` and `claim` (ways in beside them, for backups); `postgres_writer`, and
//! `sqlite_file`; `job` (a use case on its way to a writer, and its answer back); the writer thread in `sqlite_writer`;
//! `ending` (what every transaction leaves behind), with `lines` and `notices`; `windows` of lists, with
//! `far` pages, on `tx`; `counts` and `places`, which it keeps in memory; and at the ground the connections: `sqlite` with `has_words` and
//! `wal`, `postgres_line` on `postgres` and `postgres_tls`.
//!
//! A door knows no noun: it imports nothing of this crate but errors, values, tables, scopes and migrations. Of all that
//! is stored it knows just what commits with every transaction, the journal's end, the lines of histories and the
//! receipt of a request; the nouns [`crate::journal`], [`crate::thread_line`] and [`crate::idempotency`] have the rest of those.

mod claim;
mod clock;
mod counts;
mod db;
mod ending;
mod far;
mod has_words;
mod job;
mod lines;
mod notices;
mod places;
mod postgres;
mod postgres_line;
mod postgres_tls;
mod postgres_writer;
mod receipt;
mod snapshot;
mod sqlite;
mod sqlite_file;
mod sqlite_readers;
mod sqlite_writer;
mod texts;
mod tx;
mod wal;
mod windows;

pub use claim::Claim;
pub use clock::Clock;
pub(crate) use counts::{Known, Passed};
pub use db::{Db, TxFuture};
pub use ending::{Entry, head, note};
pub(crate) use far::Far;
pub(crate) use has_words::{INDEXED, beginning};
pub use lines::Line;
pub(crate) use lines::write as write_lines;
pub use notices::Notification;
pub use postgres_line::Patience;
pub use receipt::{Answer, Kept, Receipt};
pub use snapshot::{aside, bring_up, snapshot_postgres, snapshot_sqlite};
pub use tx::{Backend, Tx};
pub(crate) use windows::counted_from_nearer_end;
