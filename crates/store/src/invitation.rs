//! Invitations: links by which users come in for the first time.

use model::{Timestamp, UserId};

use crate::{Error, Tx, params, table};

table! {
    /// A link by which an invited user sets a first password. Its token is not kept, only its hash.
    pub struct Invitation in "invitations" {
        /// The SHA-256 of the token, in hex.
        token_hash: String,
        /// Whom it is for.
        user_id: UserId,
        /// Who made it, and so has it; none when that was not kept yet.
        giver_id: Option<UserId>,
        /// When it was made.
        created_at: Timestamp,
        /// Until when it can be used.
        expires_at: Timestamp,
    }
}

/// Finds an invitation that can be used.
pub async fn find(tx: &mut Tx, token_hash: &str) -> Result<Option<Invitation>, Error> {
    let now = tx.now();
    tx.find("WHERE token_hash = ?1 AND expires_at > ?2", params![token_hash.to_owned(), now]).await
}

/// Removes the invitations of a user.
pub async fn end_all_of(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM invitations WHERE user_id = ?1", params![user]).await.map(drop)
}
