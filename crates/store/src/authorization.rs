//! Sign-ins at a provider that somebody has begun in a browser. They are in no backup.

use model::{SourceId, Timestamp, UserId};

use crate::{Error, Table, Tx, params, table};

table! {
    /// One of them. Its key is the hash of what the browser brings back.
    pub struct Authorization in "authorizations" {
        /// That hash.
        state_hash: String,
        /// The source that is to be signed in.
        source_id: SourceId,
        /// Who began it.
        user_id: UserId,
        /// The name of the secret that it is for.
        purpose: String,
        /// What the provider is to be shown with its code, sealed.
        sealed_verifier: String,
        /// Until when it can be ended.
        expires_at: Timestamp,
    }
}

/// Keeps one, and forgets those that have ended, or that the same user has begun for the source before.
pub async fn begin(tx: &mut Tx, new: &Authorization) -> Result<(), Error> {
    let sql = "DELETE FROM authorizations WHERE expires_at <= ?1 OR (source_id = ?2 AND user_id = ?3)";
    let now = tx.now();
    tx.execute(sql, params![now, new.source_id, new.user_id]).await?;
    tx.insert(new).await
}

/// Takes one away; gives it as it was.
pub async fn take(tx: &mut Tx, state_hash: &str) -> Result<Option<Authorization>, Error> {
    let sql = format!("DELETE FROM authorizations WHERE state_hash = ?1 RETURNING {}", Authorization::COLUMNS);
    tx.rows(&sql, params![state_hash.to_owned()]).await?.first_mut().map(Authorization::from_row).transpose()
}
