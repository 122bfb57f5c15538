//! What sources sign in with on the other side: kept sealed, and never shown.

use model::{SourceId, Timestamp};

use crate::{Error, Row, Tx, params, table};

table! {
    /// One secret of a source. Its key is both.
    pub struct SourceCredential in "source_credentials" {
        /// The source.
        source_id: SourceId,
        /// What it is for.
        purpose: String,
        /// The secret, sealed under the source's id and the purpose.
        sealed: String,
        /// When it last changed.
        updated_at: Timestamp,
        /// Until when somebody asks for another token by it.
        leased_until: Option<Timestamp>,
    }
}

/// Finds a secret of a source.
pub async fn find(tx: &mut Tx, source: &SourceId, purpose: &str) -> Result<Option<SourceCredential>, Error> {
    tx.find("WHERE source_id = ?1 AND purpose = ?2", params![source, purpose.to_owned()]).await
}

/// Which secrets a source was given, each with when it last changed.
pub async fn known(tx: &mut Tx, source: &SourceId) -> Result<Vec<(String, Timestamp)>, Error> {
    let sql = "SELECT purpose, updated_at FROM source_credentials WHERE source_id = ?1 AND purpose NOT LIKE '%:%' ORDER BY purpose";
    let mut rows = tx.rows(sql, params![source]).await?;
    rows.iter_mut().map(|row: &mut Row| Ok((row.take()?, row.take()?))).collect()
}

/// Keeps a secret in the place of the one before it.
pub async fn put(tx: &mut Tx, credential: &SourceCredential) -> Result<(), Error> {
    let sql = "INSERT INTO source_credentials (source_id, purpose, sealed, updated_at) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (source_id, purpose) DO UPDATE SET sealed = ?3, updated_at = ?4";
    let SourceCredential { source_id, purpose, sealed, updated_at, .. } = credential;
    tx.execute(sql, params![source_id, purpose, sealed, updated_at]).await.map(drop)
}

/// Forgets a secret.
pub async fn forget(tx: &mut Tx, source: &SourceId, purpose: &str) -> Result<(), Error> {
    let sql = "DELETE FROM source_credentials WHERE source_id = ?1 AND purpose = ?2";
    tx.execute(sql, params![source, purpose.to_owned()]).await.map(drop)
}

/// Takes the right to ask for another token by a secret for so many seconds, or gives it back with 0; tells whether nobody
/// else had it.
pub async fn lease(tx: &mut Tx, source: &SourceId, purpose: &str, seconds: i64) -> Result<bool, Error> {
    let now = tx.now();
    let until = (seconds > 0).then(|| now.plus_seconds(seconds));
    let sql = "UPDATE source_credentials SET leased_until = ?3 WHERE source_id = ?1 AND purpose = ?2 \
               AND (leased_until IS NULL OR leased_until <= ?4 OR CAST(?3 AS BIGINT) IS NULL)";
    Ok(tx.execute(sql, params![source, purpose.to_owned(), until, now]).await? > 0)
}
