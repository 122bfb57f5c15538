//! The passwords that users have had, as hashes.

use model::{Timestamp, UserId};

use crate::{Error, Tx, params, table};

/// How many are kept for each user.
const KEPT: i64 = 24;

table! {
    /// A password that a user has or had.
    pub struct UserPassword in "user_passwords" {
        /// Its key.
        id: String,
        /// Whose it is.
        user_id: UserId,
        /// The Argon2id hash.
        password_hash: String,
        /// When it was set.
        created_at: Timestamp,
    }
}

/// The last passwords of a user, the newest first.
pub async fn of_user(tx: &mut Tx, user: &UserId, count: i64) -> Result<Vec<UserPassword>, Error> {
    tx.select("WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2", params![user, count]).await
}

/// Adds the password that a user has from now on, and forgets the oldest.
pub async fn add(tx: &mut Tx, user: &UserId, password_hash: &str) -> Result<(), Error> {
    let now = tx.now();
    let (id, password_hash) = (model::new_object_id(now), password_hash.to_owned());
    tx.insert(&UserPassword { id, user_id: user.clone(), password_hash, created_at: now }).await?;
    let sql = "DELETE FROM user_passwords WHERE user_id = ?1 AND id NOT IN \
               (SELECT id FROM user_passwords WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2)";
    tx.execute(sql, params![user, KEPT]).await.map(drop)
}

/// Forgets every password of a user.
pub async fn forget(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM user_passwords WHERE user_id = ?1", params![user]).await.map(drop)
}
