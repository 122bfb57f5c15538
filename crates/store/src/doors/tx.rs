//! One transaction on either database.
//!
//! Use cases are written once, as `async` functions over [`Tx`]. On SQLite their futures never wait, so the writer
//! thread runs each to its end; on PostgreSQL they await the connection. The rule that follows: inside a
//! transaction, await nothing but the `Tx`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use model::{ActId, CommunityId, Event, NewLine, NewNotice, Timestamp};

use super::postgres_line::Client;
use super::receipt::{Answer, Receipt};
use super::{counts, places, postgres, sqlite};
use crate::table::{columns, lists, padded};
use crate::{Error, Field, Row, Table, Value, params};

/// The most values of one statement: SQLite takes no more, and both databases are held to the same.
const VALUES_MAX: usize = 32_766;

/// Which database a transaction runs on, for the few statements that must differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The embedded database.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

impl Backend {
    /// What stands behind a table's name where an index of some rows alone is to be taken. SQLite keeps no figures of how
    /// many rows have which value, and would rather take one that has all the rows of a state.
    pub(crate) fn by(self, index: &str) -> String {
        match self {
            Self::Sqlite => format!("INDEXED BY {index}"),
            Self::Postgres => String::new(),
        }
    }
}

/// An event with the communities whose people it is about, when it happened on no source.
pub(super) type Emitted = (Event, Option<Vec<CommunityId>>);

pub(super) enum Conn {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Client>),
}

/// What all transactions of one database share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    sql: postgres::SqlCache,
    counts: counts::Counts,
    places: places::Places,
    full: LastFull,
}

impl Shared {
    pub(super) fn noting(full: LastFull) -> Arc<Self> {
        Arc::new(Self { full, ..Self::default() })
    }
}

/// When the database last had no room for a write, in milliseconds; 0 for never.
#[derive(Clone, Debug, Default)]
pub(super) struct LastFull(Arc<AtomicI64>);

impl LastFull {
    pub(super) fn time(&self) -> Option<Timestamp> {
        Some(self.0.load(Ordering::Relaxed)).filter(|millis| *millis > 0).map(Timestamp::from_millis)
    }
}

/// A transaction with its clock and the events that it will add to the journal when it commits.
pub struct Tx {
    pub(super) conn: Conn,
    now: Timestamp,
    events: Vec<Emitted>,
    lines: Vec<NewLine>,
    notices: Vec<NewNotice>,
    act: Option<ActId>,
    undoing: Option<ActId>,
    /// Those of the use cases of a group that have ended, each with its time.
    settled: Vec<(Timestamp, Emitted)>,
    shared: Arc<Shared>,
    position: i64,
    administration: bool,
    receipt: Option<Receipt>,
    answer: Option<Answer>,
    answered: bool,
    spoiled: Option<Error>,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("backend", &self.backend()).field("now", &self.now).finish_non_exhaustive()
    }
}

impl Tx {
    pub(super) fn new(conn: Conn, now: Timestamp, shared: Arc<Shared>) -> Self {
        let events = Vec::new();
        Self {
            conn,
            now,
            events,
            lines: Vec::new(),
            notices: Vec::new(),
            act: None,
            undoing: None,
            settled: Vec::new(),
            shared,
            position: 0,
            administration: false,
            spoiled: None,
            receipt: None,
            answer: None,
            answered: false,
        }
    }

    /// The time at which this transaction began; every row it writes carries it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn restart(&mut self, now: Timestamp) {
        self.now = now;
        self.events.clear();
        self.lines.clear();
        self.notices.clear();
        (self.act, self.undoing) = (None, None);
        self.spoiled = None;
        self.carry(None);
    }

    /// Has the transaction leave a receipt behind when it commits.
    pub(super) fn carry(&mut self, receipt: Option<Receipt>) {
        self.receipt = receipt;
        self.answer = None;
        self.answered = false;
    }

    /// Whether the answer was written beside the receipt.
    pub(super) fn has_left_answer(&self) -> bool {
        self.answered
    }

    /// Under what the request's answer is kept, when the request has an idempotency key.
    #[must_use]
    pub fn answer_id(&self) -> Option<&str> {
        self.receipt.as_ref().map(Receipt::id)
    }

    /// Keeps the request's answer under its idempotency key: it commits with the change that it is about.
    pub fn keep_answer(&mut self, answer: Answer) {
        self.answer = Some(answer);
    }

    /// Begins a group of writes, which has written no event yet.
    pub(super) fn forget_position(&mut self) {
        self.position = 0;
    }

    /// Whether a statement was given up because another transaction wanted the same rows.
    pub(super) fn has_crossed(&self) -> bool {
        matches!(self.spoiled, Some(Error::Crossed(_)))
    }

    /// Why nothing of this transaction can be kept, whatever its use case makes of it.
    pub(super) fn spoiled(&self) -> Option<Error> {
        self.spoiled.clone()
    }

    /// Whether it stood in another transaction's way, or that one in its.
    pub(super) fn is_unlucky(&self) -> bool {
        matches!(self.spoiled, Some(Error::Crossed(_) | Error::Held(_)))
    }

    /// Takes down what an error says of the whole transaction. PostgreSQL takes nothing more after any.
    pub(super) fn note<T>(&mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &outcome
            && (error.is_passing() || self.backend() == Backend::Postgres && !matches!(error, Error::TooMany))
        {
            if matches!(error, Error::Full(_)) {
                self.shared.full.0.store(self.now.millis(), Ordering::Relaxed);
            }
            self.spoiled.get_or_insert_with(|| error.clone());
        }
        outcome
    }

    /// Where pages of lists were.
    pub(super) fn places(&self) -> &places::Places {
        &self.shared.places
    }

    /// Which database this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match self.conn {
            Conn::Sqlite(_) => Backend::Sqlite,
            Conn::Postgres(_) => Backend::Postgres,
        }
    }

    /// Counts of searches.
    pub(crate) fn counts(&self) -> &counts::Counts {
        &self.shared.counts
    }

    /// Adds an event to the journal, in the order of the calls, when the transaction commits.
    pub fn emit(&mut self, event: Event) {
        self.events.push((event, None));
    }

    /// The same for an event on no source that only those may see who read on one of these communities.
    pub fn emit_about(&mut self, event: Event, communities: Vec<CommunityId>) {
        self.events.push((event, Some(communities)));
    }

    /// The lines that are added to histories, in their order, when the transaction commits. Who holds a thread adds to it.
    pub fn lines(&mut self) -> &mut Vec<NewLine> {
        &mut self.lines
    }

    /// Notes which act of the console this use case is.
    pub fn act_is(&mut self, act: &ActId) {
        self.act = Some(act.clone());
    }

    /// Which act of the console this is.
    #[must_use]
    pub fn act(&self) -> Option<&ActId> {
        self.act.as_ref()
    }

    /// Notes which act this use case takes back.
    pub fn undo_of(&mut self, act: &ActId) {
        self.undoing = Some(act.clone());
    }

    /// Which act this takes back.
    #[must_use]
    pub fn undoing(&self) -> Option<&ActId> {
        self.undoing.as_ref()
    }

    /// What agents are told of their conversations when the transaction commits.
    pub fn notices(&mut self) -> &mut Vec<NewNotice> {
        &mut self.notices
    }

    /// What is to be told.
    pub(super) fn take_notices(&mut self) -> Vec<NewNotice> {
        std::mem::take(&mut self.notices)
    }

    /// The lines that are to be written.
    pub(super) fn take_lines(&mut self) -> Vec<NewLine> {
        std::mem::take(&mut self.lines)
    }

    /// The journal position of the last event that this transaction wrote; 0 before its end.
    pub(super) fn position(&self) -> i64 {
        self.position
    }

    /// Whether the administration changed since the last call.
    pub(super) fn take_administration(&mut self) -> bool {
        std::mem::take(&mut self.administration)
    }

    /// The receipt that is to be left behind, with the answer that goes beside it.
    pub(super) fn take_answer(&mut self) -> Option<(Receipt, Option<Answer>)> {
        let receipt = self.receipt.clone()?;
        let answer = self.answer.take();
        self.answered = answer.is_some();
        Some((receipt, answer))
    }

    /// The events that are to be written.
    pub(super) fn take_events(&mut self) -> Vec<Emitted> {
        let events = std::mem::take(&mut self.events);
        self.administration |= events.iter().any(|(e, _)| e.kind.changes_rules(&e.resource.kind));
        events
    }

    /// Has the events of this use case wait for the end of its group.
    pub(super) fn settle_events(&mut self) {
        let now = self.now;
        let events = self.take_events();
        self.settled.extend(events.into_iter().map(|event| (now, event)));
    }

    /// The events of the group that are to be written.
    pub(super) fn take_settled(&mut self) -> Vec<(Timestamp, Emitted)> {
        std::mem::take(&mut self.settled)
    }

    /// Notes the journal position of the last event that was written.
    pub(super) fn reach(&mut self, position: i64) {
        self.position = position;
    }

    /// Runs a statement and reads its rows. Parameters are `?1`, `?2`, … on both databases.
    pub async fn rows(&mut self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, Error> {
        let outcome = match &mut self.conn {
            _ if params.len() > VALUES_MAX => Err(Error::TooMany),
            Conn::Sqlite(conn) => sqlite::rows(conn, sql, &params),
            Conn::Postgres(client) => client.rows(&self.shared.sql, sql, &params).await,
        };
        self.note(outcome)
    }

    /// The rows of two statements that ask nothing of each other, in one journey to PostgreSQL and back.
    pub(crate) async fn both(&mut self, asked: [(String, Vec<Value>); 2]) -> Result<[Vec<Row>; 2], Error> {
        let [one, other] = &asked;
        let outcome = match &mut self.conn {
            _ if one.1.len().max(other.1.len()) > VALUES_MAX => Err(Error::TooMany),
            Conn::Sqlite(conn) => sqlite::rows(conn, &one.0, &one.1)
                .and_then(|first| Ok([first, sqlite::rows(conn, &other.0, &other.1)?])),
            Conn::Postgres(client) => client.both(&self.shared.sql, [one, other]).await,
        };
        self.note(outcome)
    }

    /// Runs a statement and tells how many rows it changed.
    pub async fn execute(&mut self, sql: &str, params: Vec<Value>) -> Result<u64, Error> {
        let outcome = match &mut self.conn {
            _ if params.len() > VALUES_MAX => Err(Error::TooMany),
            Conn::Sqlite(conn) => sqlite::execute(conn, sql, &params),
            Conn::Postgres(client) => client.execute(&self.shared.sql, sql, &params).await,
        };
        self.note(outcome)
    }

    /// Runs several statements without parameters.
    pub async fn batch(&mut self, sql: &str) -> Result<(), Error> {
        let outcome = match &mut self.conn {
            Conn::Sqlite(conn) => conn.execute_batch(sql).map_err(Error::from),
            Conn::Postgres(client) => client.batch(sql).await,
        };
        self.note(outcome)
    }

    /// Has statements go out with the next one on PostgreSQL, before it; their answers are not waited for.
    pub(super) fn lead(&mut self, sql: &str) {
        if let Conn::Postgres(client) = &mut self.conn {
            client.lead(sql);
        }
    }

    /// Whether such statements still wait for the next one.
    pub(super) fn has_lead(&self) -> bool {
        matches!(&self.conn, Conn::Postgres(client) if client.has_lead())
    }

    /// On PostgreSQL, runs a statement on lists of values, which answers a number, and commits with it.
    pub(super) async fn commit_with(&mut self, sql: &str, columns: &[Vec<Value>]) -> Result<i64, Error> {
        let outcome = match &mut self.conn {
            Conn::Sqlite(_) => Err(Error::Waited),
            Conn::Postgres(client) => client.commit_with(&self.shared.sql, sql, columns).await,
        };
        self.note(outcome)
    }

    /// On PostgreSQL, ends the transaction without keeping anything of it.
    pub(super) async fn give_up(&mut self) {
        if let Conn::Postgres(client) = &mut self.conn
            && let Err(error) = client.give_up().await
        {
            tracing::warn!(%error, "rollback");
        }
    }

    /// The first column of the first row, as a number; 0 when there is no row or it is null.
    pub async fn number(&mut self, sql: &str, params: Vec<Value>) -> Result<i64, Error> {
        match self.rows(sql, params).await?.first_mut() {
            Some(row) => Ok(row.take::<Option<i64>>()?.unwrap_or(0)),
            None => Ok(0),
        }
    }

    /// Reads the rows of a table that a clause selects (`WHERE … ORDER BY … LIMIT …`).
    pub async fn select<T: Table>(&mut self, clause: &str, params: Vec<Value>) -> Result<Vec<T>, Error> {
        let sql = format!("{} {clause}", T::select_sql());
        self.rows(&sql, params).await?.iter_mut().map(T::from_row).collect()
    }

    /// Reads the rows that have one of these keys.
    pub async fn by_ids<T: Table, I: Field>(&mut self, ids: &[I]) -> Result<Vec<T>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (these, params) = padded(ids);
        self.select(&format!("WHERE {} IN ({these})", T::key()), params).await
    }

    /// Reads rows and holds them against other writers until the transaction ends.
    pub async fn select_locked<T: Table>(&mut self, clause: &str, params: Vec<Value>) -> Result<Vec<T>, Error> {
        match self.backend() {
            // The writer thread is alone: nobody can come between.
            Backend::Sqlite => self.select(clause, params).await,
            Backend::Postgres => self.select(&format!("{clause} FOR UPDATE"), params).await,
        }
    }

    /// Reads at most one row that a clause selects.
    pub async fn find<T: Table>(&mut self, clause: &str, params: Vec<Value>) -> Result<Option<T>, Error> {
        Ok(self.select::<T>(clause, params).await?.into_iter().next())
    }

    /// Reads at most one row and holds it against other writers until the transaction ends.
    pub async fn find_locked<T: Table>(&mut self, clause: &str, params: Vec<Value>) -> Result<Option<T>, Error> {
        Ok(self.select_locked::<T>(clause, params).await?.into_iter().next())
    }

    /// Writes a new row.
    ///
    /// # Errors
    /// [`Error::Unique`] when a constraint refuses it, else as the database says.
    pub async fn insert<T: Table + Sync>(&mut self, row: &T) -> Result<(), Error> {
        self.execute(T::insert_sql(), row.values()).await.map(drop)
    }

    /// Writes a new row unless a constraint refuses it; tells whether it was written.
    pub async fn insert_if_new<T: Table + Sync>(&mut self, row: &T) -> Result<bool, Error> {
        let sql = format!("{} ON CONFLICT DO NOTHING", T::insert_sql());
        Ok(self.execute(&sql, row.values()).await? == 1)
    }

    /// Writes every column of a row that is there.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not, else as the database says.
    pub async fn update<T: Table + Sync>(&mut self, row: &T) -> Result<(), Error> {
        match self.execute(T::update_sql(), row.values()).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// Writes new rows, in one statement on PostgreSQL.
    ///
    /// # Errors
    /// As [`Tx::insert`], of any of them.
    pub async fn insert_all<T: Table + Sync>(&mut self, rows: &[T]) -> Result<(), Error> {
        let sql = || format!("INSERT INTO {} ({}) SELECT * FROM {}", T::TABLE, T::COLUMNS, lists::<T>());
        self.write_all(rows, T::insert_sql(), sql).await.map(drop)
    }

    /// Writes every column of rows that are there, each once, in one statement on PostgreSQL.
    ///
    /// # Errors
    /// [`Error::NotFound`] when one is not, else as the database says.
    pub async fn update_all<T: Table + Sync>(&mut self, rows: &[T]) -> Result<(), Error> {
        let sql = || {
            let (table, key, lists) = (T::TABLE, T::key(), lists::<T>());
            let sets: Vec<String> = T::COLUMNS.split(", ").skip(1).map(|name| format!("{name} = e.{name}")).collect();
            format!("UPDATE {table} SET {} FROM {lists} WHERE {table}.{key} = e.{key}", sets.join(", "))
        };
        let written = self.write_all(rows, T::update_sql(), sql).await?;
        if usize::try_from(written) == Ok(rows.len()) { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Runs `one` with the values of each row; on PostgreSQL another statement, on their columns as lists, for all of them.
    pub(crate) async fn write_all<T: Table + Sync>(
        &mut self,
        rows: &[T],
        one: &str,
        all: impl FnOnce() -> String,
    ) -> Result<u64, Error> {
        match &mut self.conn {
            // One alone needs no lists.
            Conn::Postgres(client) if rows.len() > 1 => {
                let outcome = client.execute(&self.shared.sql, &all(), &columns(rows)).await;
                self.note(outcome)
            }
            _ => {
                let mut written = 0;
                for row in rows {
                    written += self.execute(one, row.values()).await?;
                }
                Ok(written)
            }
        }
    }

    /// Removes the row with this key.
    pub async fn delete<T: Table>(&mut self, id: &str) -> Result<(), Error> {
        let sql = format!("DELETE FROM {} WHERE {} = ?1", T::TABLE, T::key());
        self.execute(&sql, params![id.to_owned()]).await.map(drop)
    }
}
