//! Which visitors have their chat connected to which process, where several serve the database.

use model::{IdentityId, SourceId, Timestamp};

use crate::{Error, Filter, Page, Row, Scope, Tx, Value, params};

/// A visitor of a source, and since when they are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Where.
    pub source_id: SourceId,
    /// Who.
    pub identity_id: IdentityId,
    /// Since when.
    pub since: Timestamp,
}

/// Notes that a visitor is there by a process; one that is not known notes nothing.
pub async fn put(tx: &mut Tx, node: &str, one: &Present) -> Result<(), Error> {
    let sql = "INSERT INTO visitor_presence (node_id, source_id, identity_id, since) \
               SELECT id, ?2, ?3, ?4 FROM nodes WHERE id = ?1 \
               ON CONFLICT (node_id, source_id, identity_id) DO UPDATE SET since = excluded.since";
    tx.execute(sql, params![node.to_owned(), one.source_id, one.identity_id, one.since]).await.map(drop)
}

/// Notes that they are there by it no more.
pub async fn remove(tx: &mut Tx, node: &str, source: &SourceId, identity: &IdentityId) -> Result<(), Error> {
    let sql = "DELETE FROM visitor_presence WHERE node_id = ?1 AND source_id = ?2 AND identity_id = ?3";
    tx.execute(sql, params![node.to_owned(), source, identity]).await.map(drop)
}

/// Forgets all of a process.
pub async fn clear(tx: &mut Tx, node: &str) -> Result<(), Error> {
    tx.execute("DELETE FROM visitor_presence WHERE node_id = ?1", params![node.to_owned()]).await.map(drop)
}

/// How many are there by a process.
pub async fn count_of(tx: &mut Tx, node: &str) -> Result<i64, Error> {
    tx.number("SELECT COUNT(*) FROM visitor_presence WHERE node_id = ?1", params![node.to_owned()]).await
}

/// Whether a visitor is there, by whichever process.
pub async fn is_there(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM nodes n JOIN visitor_presence v ON v.node_id = n.id \
               WHERE v.source_id = ?1 AND v.identity_id = ?2 LIMIT 1";
    Ok(!tx.rows(sql, params![source, identity]).await?.is_empty())
}

/// How many visitors are on sources within the scope, and a window of them, those who came last first.
pub async fn list(tx: &mut Tx, scope: &Scope, page: Page) -> Result<(i64, Vec<Present>), Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    let clause = filter.clause();
    let those = format!("FROM visitor_presence {clause} GROUP BY source_id, identity_id");
    let params: Vec<Value> = filter.params.clone();
    let count = tx.number(&format!("SELECT COUNT(*) FROM (SELECT 1 AS one {those}) AS each_one"), params).await?;
    let window = filter.window(page);
    let sql =
        format!("SELECT source_id, identity_id, MIN(since) AS since {those} ORDER BY since DESC, identity_id {window}");
    let one = |row: &mut Row| Ok(Present { source_id: row.take()?, identity_id: row.take()?, since: row.take()? });
    let rows = tx.rows(&sql, filter.params).await?.iter_mut().map(one).collect::<Result<_, Error>>()?;
    Ok((count, rows))
}
