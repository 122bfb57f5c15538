//! Access tokens: keys to the API.

use model::{AccessTokenId, Timestamp, UserId};

use crate::{Error, Tx, params, table};

table! {
    /// A key to the API. The key itself is not kept, only its hash.
    pub struct AccessToken in "access_tokens" {
        /// Its id.
        id: AccessTokenId,
        /// What it is for.
        label: String,
        /// As whom it acts.
        user_id: UserId,
        /// The SHA-256 of the key, in hex.
        token_hash: String,
        /// In use.
        enabled: bool,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Finds an API token by its hash.
pub async fn by_hash(tx: &mut Tx, token_hash: &str) -> Result<Option<AccessToken>, Error> {
    tx.find("WHERE token_hash = ?1", params![token_hash.to_owned()]).await
}
