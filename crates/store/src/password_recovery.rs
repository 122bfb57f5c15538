//! Links by which users whose password is lost choose another one.

use model::{Timestamp, UserId};

use crate::{Error, Tx, params, table};

table! {
    /// A link for a user who has lost their password. Its token is not kept, only its hash.
    pub struct PasswordRecovery in "password_recoveries" {
        /// The SHA-256 of the token, in hex.
        token_hash: String,
        /// Whom it is for.
        user_id: UserId,
        /// When it was asked for.
        created_at: Timestamp,
        /// Until when it can be used.
        expires_at: Timestamp,
    }
}

/// Finds one that can be used.
pub async fn find(tx: &mut Tx, token_hash: &str) -> Result<Option<PasswordRecovery>, Error> {
    let now = tx.now();
    tx.find("WHERE token_hash = ?1 AND expires_at > ?2", params![token_hash.to_owned(), now]).await
}

/// How many a user has that can be used, or could.
pub async fn count(tx: &mut Tx, user: &UserId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM password_recoveries WHERE user_id = ?1 AND expires_at > ?2";
    let now = tx.now();
    tx.number(sql, params![user, now]).await
}

/// Removes those of a user.
pub async fn end_all_of(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM password_recoveries WHERE user_id = ?1", params![user]).await.map(drop)
}

/// Removes those that cannot be used any more.
pub async fn forget_expired(tx: &mut Tx) -> Result<u64, Error> {
    let now = tx.now();
    tx.execute("DELETE FROM password_recoveries WHERE expires_at <= ?1", params![now]).await
}
