//! What figures are asked: sums and spreads of a time, the facts behind them, and what waits at this moment.

use model::{Metric, ThreadId, Timestamp, UserId};

use crate::statistics::{Fact, Quarter, Spread};
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

impl Window {
    fn sums(&self) -> Filter {
        let mut filter = Filter::default();
        filter.and_value("quarter >= ?", &self.from);
        filter.and_value("quarter < ?", &self.to);
        let seen = self.scope.condition("source_id", &mut filter.params);
        filter.and(&seen);
        filter.and_some("who = ?", self.user.as_ref());
        filter
    }
}

/// The sums of each quarter of an hour.
pub async fn quarters(tx: &mut Tx, window: &Window) -> Result<Vec<Quarter>, Error> {
    let filter = window.sums();
    tx.select(&filter.clause(), filter.params).await
}

/// How the times of each quarter of an hour spread.
pub async fn spreads(tx: &mut Tx, window: &Window) -> Result<Vec<Spread>, Error> {
    let filter = window.sums();
    tx.select(&filter.clause(), filter.params).await
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
