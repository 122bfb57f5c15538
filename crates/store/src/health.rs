//! What an operator watches: whether the database takes writes, and how much work waits in it.

use model::Timestamp;

use crate::export::A_COPY;
use crate::{Error, Row, Tx, setting};

/// Writes one small row: the proof that the database takes writes.
pub async fn touch(tx: &mut Tx) -> Result<(), Error> {
    let now = tx.now().millis().to_string();
    setting::set(tx, "ready_at", &now).await
}

/// The schema that the database has: the numbers of its migrations, in order. There may be gaps.
pub async fn schema(tx: &mut Tx) -> Result<Vec<i64>, Error> {
    let mut rows = tx.rows("SELECT number FROM schema_migrations ORDER BY number", Vec::new()).await?;
    rows.iter_mut().map(Row::take).collect()
}

/// Work that waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How much of it.
    pub count: i64,
    /// Since when the oldest of it waits.
    pub since: Option<Timestamp>,
}

/// Deliveries to webhooks that wait, and how many are parked. Reads an index alone.
pub async fn deliveries(tx: &mut Tx) -> Result<(Waiting, i64), Error> {
    let of = |what: &str, state: &str| {
        format!("(SELECT {what} FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = '{state}')")
    };
    let (pending, oldest, parked) =
        (of("COUNT(*)", "pending"), of("MIN(created_at)", "pending"), of("COUNT(*)", "parked"));
    let sql = format!(
        "SELECT CAST(SUM({pending}) AS BIGINT), MIN({oldest}), CAST(SUM({parked}) AS BIGINT) FROM webhooks w \
         WHERE w.deleted_at IS NULL"
    );
    let mut rows = tx.rows(&sql, Vec::new()).await?;
    let Some(row) = rows.first_mut() else { return Ok((Waiting::default(), 0)) };
    Ok((waiting(row)?, row.take::<Option<i64>>()?.unwrap_or(0)))
}

/// Contents that wait to be handed to their sources.
pub async fn exports(tx: &mut Tx) -> Result<Waiting, Error> {
    let sql = format!("SELECT COUNT(*), MIN(created_at) FROM content_exports WHERE state = 'pending' AND NOT {A_COPY}");
    tx.rows(&sql, Vec::new()).await?.first_mut().map_or(Ok(Waiting::default()), waiting)
}

fn waiting(row: &mut Row) -> Result<Waiting, Error> {
    Ok(Waiting { count: row.take::<Option<i64>>()?.unwrap_or(0), since: row.take()? })
}
