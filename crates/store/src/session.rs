//! Sessions of the console.

use model::{SessionId, Timestamp, UserId};

use crate::{Error, Tx, params, table};

table! {
    /// A console session. Its id is not kept, only its hash.
    pub struct Session in "sessions" {
        /// The SHA-256 of the cookie, in hex.
        id_hash: String,
        /// Whose it is.
        user_id: UserId,
        /// The token that writes must carry.
        csrf: String,
        /// When it began.
        created_at: Timestamp,
        /// When it ends.
        expires_at: Timestamp,
        /// What its user calls it by.
        id: SessionId,
        /// The browser, where it is known.
        browser: Option<String>,
        /// On which system, where it is known.
        system: Option<String>,
        /// From where it was used last.
        network: Option<String>,
        /// When, but for a few minutes.
        used_at: Timestamp,
    }
}

/// Finds a console session by the hash of its cookie.
pub async fn by_hash(tx: &mut Tx, id_hash: &str) -> Result<Option<Session>, Error> {
    tx.find("WHERE id_hash = ?1", params![id_hash.to_owned()]).await
}

/// Notes that a session is used now, from where, and lets it last until a later time; never shortens it.
pub async fn note_use(tx: &mut Tx, id_hash: &str, network: &str, end: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE sessions SET used_at = ?2, network = ?3, \
               expires_at = CASE WHEN expires_at < ?4 THEN ?4 ELSE expires_at END WHERE id_hash = ?1";
    let now = tx.now();
    tx.execute(sql, params![id_hash.to_owned(), now, network.to_owned(), end]).await.map(drop)
}

/// The sessions of a user that have not ended, those that were used last first.
pub async fn of_user(tx: &mut Tx, user: &UserId) -> Result<Vec<Session>, Error> {
    let now = tx.now();
    tx.select("WHERE user_id = ?1 AND expires_at > ?2 ORDER BY used_at DESC, id", params![user, now]).await
}

/// Ends a session of a user; tells whether it was there.
pub async fn end_of(tx: &mut Tx, user: &UserId, id: &SessionId) -> Result<bool, Error> {
    Ok(tx.execute("DELETE FROM sessions WHERE user_id = ?1 AND id = ?2", params![user, id]).await? > 0)
}

/// Ends the sessions of a user but one; tells how many.
pub async fn end_others(tx: &mut Tx, user: &UserId, id_hash: &str) -> Result<u64, Error> {
    let sql = "DELETE FROM sessions WHERE user_id = ?1 AND id_hash <> ?2";
    tx.execute(sql, params![user, id_hash.to_owned()]).await
}

/// Lets no session last beyond a time.
pub async fn shorten_all(tx: &mut Tx, end: Timestamp) -> Result<(), Error> {
    tx.execute("UPDATE sessions SET expires_at = ?1 WHERE expires_at > ?1", params![end]).await.map(drop)
}

/// Lets no session last longer than this many seconds from its beginning.
pub async fn cap_all(tx: &mut Tx, seconds: i64) -> Result<(), Error> {
    let sql = "UPDATE sessions SET expires_at = created_at + ?1 WHERE expires_at > created_at + ?1";
    tx.execute(sql, params![seconds * 1000]).await.map(drop)
}

/// Ends a session; tells whether it was there.
pub async fn end(tx: &mut Tx, id_hash: &str) -> Result<bool, Error> {
    Ok(tx.execute("DELETE FROM sessions WHERE id_hash = ?1", params![id_hash.to_owned()]).await? > 0)
}

/// Whether a user has a session that has not ended.
pub async fn is_any_of(tx: &mut Tx, user: &UserId) -> Result<bool, Error> {
    let found: Option<Session> =
        tx.find("WHERE user_id = ?1 AND expires_at > ?2 LIMIT 1", params![user, tx.now()]).await?;
    Ok(found.is_some())
}

/// Ends every session of a user.
pub async fn end_all_of(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM sessions WHERE user_id = ?1", params![user]).await.map(drop)
}

/// Removes the sessions that have ended; tells how many.
pub async fn forget_expired(tx: &mut Tx) -> Result<u64, Error> {
    let now = tx.now();
    tx.execute("DELETE FROM sessions WHERE expires_at <= ?1", params![now]).await
}
