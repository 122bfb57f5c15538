//! What figures are asked: sums and spreads of a time, the facts behind them, and what waits at this moment.

use model::{Metric, ThreadId, Timestamp, UserId};

use crate::statistics::Fact;
use crate::{Error, Field, Filter, Scope, Tx, Value};

/// Of which time, places and people.
#[derive(Clone, Debug)]
pub struct Window {
    /// From when on.
    pub from: Timestamp,
    /// Until before when.
    pub to: Timestamp,
    /// Where.
    pub scope: Scope,
    /// Whose alone; none for everybody's and what is all people's together.
    pub user: Option<UserId>,
}

/// By what sums are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The quarters of an hour.
    Quarter,
    /// The sources.
    Source,
    /// The users.
    User,
}

impl By {
    fn column(self) -> &'static str {
        match self {
            Self::Quarter => "CAST(quarter AS TEXT)",
            Self::Source => "source_id",
            Self::User => "who",
        }
    }
}

impl Window {
    /// Of the user, or of all people together; where it is told apart by users, of each.
    fn sums(&self, by: By) -> Filter {
        let mut filter = Filter::default();
        filter.and_value("quarter >= ?", &self.from);
        filter.and_value("quarter < ?", &self.to);
        let seen = self.scope.condition("source_id", &mut filter.params);
        filter.and(&seen);
        match &self.user {
            Some(user) => filter.and_value("who = ?", user),
            None if by == By::User => filter.and("who <> ''"),
            None => filter.and("who = ''"),
        }
        filter
    }
}

/// How many facts there are of each kind, by what they are told apart.
pub async fn counts(tx: &mut Tx, window: &Window, by: By) -> Result<Vec<(String, Metric, i64)>, Error> {
    let (filter, column) = (window.sums(by), by.column());
    let sql = format!(
        "SELECT {column}, metric, CAST(SUM(n) AS BIGINT) FROM statistics_quarters {} GROUP BY {column}, metric",
        filter.clause()
    );
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?, row.take()?))).collect()
}

/// How many first answers fall into each bucket, by what they are told apart.
pub async fn spreads(tx: &mut Tx, window: &Window, by: By) -> Result<Vec<(String, i64, i64)>, Error> {
    let (filter, column) = (window.sums(by), by.column());
    let sql = format!(
        "SELECT {column}, bucket, CAST(SUM(n) AS BIGINT) FROM statistics_spreads {} GROUP BY {column}, bucket",
        filter.clause()
    );
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?, row.take()?))).collect()
}

/// Where a page of facts ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The moment of the last one.
    pub at: Timestamp,
    /// Its id.
    pub id: String,
}

/// The facts of one kind, newest first: those of a user, or of all people.
pub async fn facts(
    tx: &mut Tx,
    window: &Window,
    metric: Metric,
    before: Option<&Place>,
    limit: i64,
) -> Result<Vec<Fact>, Error> {
    let mut filter = Filter::default();
    filter.and("withdrawn_position IS NULL");
    filter.and_value("metric = ?", &metric);
    filter.and_value("at >= ?", &window.from);
    filter.and_value("at < ?", &window.to);
    let seen = window.scope.condition("source_id", &mut filter.params);
    filter.and(&seen);
    match &window.user {
        Some(user) => filter.and_value("agent_id = ?", user),
        None => filter.and("NOT bot"),
    }
    if let Some(Place { at, id }) = before {
        let (at, id) = (filter.bind(at.to_value()), filter.bind(Value::Text(id.clone())));
        filter.and(&format!("at <= {at} AND (at < {at} OR id < {id})"));
    }
    let clause = format!("{} ORDER BY at DESC, id DESC LIMIT {limit}", filter.clause());
    tx.select(&clause, filter.params).await
}

/// Most threads that are counted one by one.
pub const COUNTED: i64 = 10_000;

/// How many threads wait for an answer, [`COUNTED`] at the most, and which for the longest time; of those that a user has, or
/// of all.
pub async fn waiting(
    tx: &mut Tx,
    scope: &Scope,
    user: Option<&UserId>,
) -> Result<(i64, Option<(ThreadId, Timestamp)>), Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and("waiting_since IS NOT NULL");
    if let Some(user) = user {
        filter.and("folder = 'open'");
        filter.and_value("assigned_user_id = ?", user);
    }
    let sql = format!("SELECT 1 FROM content_threads {} LIMIT {COUNTED}", filter.clause());
    let count = tx.number(&format!("SELECT COUNT(*) FROM ({sql}) AS waiting"), filter.params.clone()).await?;
    let sql =
        format!("SELECT id, waiting_since FROM content_threads {} ORDER BY waiting_since, id LIMIT 1", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    let longest = rows.first_mut().map(|row| Ok::<_, Error>((row.take()?, row.take()?))).transpose()?;
    Ok((count, longest))
}

/// How many threads a user has, and has put aside.
pub async fn held(tx: &mut Tx, scope: &Scope, user: &UserId) -> Result<(i64, i64), Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and_value("assigned_user_id = ?", user);
    let open = filter.clause();
    let count = |folder: &str| format!("SELECT COUNT(*) FROM content_threads {open} AND folder = '{folder}'");
    let (open, deferred) = (count("open"), count("deferred"));
    Ok((tx.number(&open, filter.params.clone()).await?, tx.number(&deferred, filter.params).await?))
}
