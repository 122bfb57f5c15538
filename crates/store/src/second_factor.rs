//! The second factors of users, the codes that take their place, and who has given a password and not yet the other half.

use model::{Timestamp, UserId};

use crate::{Error, Tx, params, table};

table! {
    /// What a user shows beside the password, or is about to.
    pub struct SecondFactor in "second_factors" {
        /// Whose it is.
        user_id: UserId,
        /// The key, sealed under the user's id; none while there is only a set-up.
        sealed_key: Option<String>,
        /// Since when it is asked for.
        on_since: Option<Timestamp>,
        /// The last time step of which a code was used.
        used_step: i64,
        /// The key of a set-up, sealed in the same way.
        next_key: Option<String>,
        /// When that began.
        next_at: Option<Timestamp>,
        /// The time step of the code that showed that it has arrived.
        next_step: Option<i64>,
    }
}

table! {
    /// A password that fitted, for somebody who has a second factor to show. Its token is not kept, only its hash.
    pub struct SecondStep in "second_steps" {
        /// The SHA-256 of the token, in hex.
        token_hash: String,
        /// Whose password it was.
        user_id: UserId,
        /// How many codes did not fit.
        failures: i64,
        /// When the password was given.
        created_at: Timestamp,
        /// Until when a code is taken.
        expires_at: Timestamp,
    }
}

/// What a user has, or sets up.
pub async fn find(tx: &mut Tx, user: &UserId) -> Result<Option<SecondFactor>, Error> {
    tx.find("WHERE user_id = ?1", params![user]).await
}

/// The same, held for a change.
pub async fn find_locked(tx: &mut Tx, user: &UserId) -> Result<Option<SecondFactor>, Error> {
    tx.find_locked("WHERE user_id = ?1", params![user]).await
}

/// Whether a user has to show a second factor.
pub async fn is_on(tx: &mut Tx, user: &UserId) -> Result<bool, Error> {
    Ok(find(tx, user).await?.is_some_and(|factor| factor.on_since.is_some()))
}

/// Keeps what a user has, or sets up.
pub async fn keep(tx: &mut Tx, factor: &SecondFactor) -> Result<(), Error> {
    if !tx.insert_if_new(factor).await? {
        tx.update(factor).await?;
    }
    Ok(())
}

/// Takes a user's second factor away, with everything that belongs to it; tells whether it was on.
pub async fn remove(tx: &mut Tx, user: &UserId) -> Result<bool, Error> {
    let on = is_on(tx, user).await?;
    for table in ["second_factors", "recovery_codes", "second_steps"] {
        tx.execute(&format!("DELETE FROM {table} WHERE user_id = ?1"), params![user]).await?;
    }
    Ok(on)
}

/// Keeps the hashes of a user's codes in the place of those that were `good` before, or were not yet.
pub async fn set_codes(tx: &mut Tx, user: &UserId, good: bool, hashes: &[String]) -> Result<(), Error> {
    tx.execute("DELETE FROM recovery_codes WHERE user_id = ?1 AND good = ?2", params![user, good]).await?;
    for hash in hashes {
        let sql = "INSERT INTO recovery_codes (user_id, code_hash, good) VALUES (?1, ?2, ?3)";
        tx.execute(sql, params![user, hash.clone(), good]).await?;
    }
    Ok(())
}

/// Has the codes of a user's set-up be good, in the place of all others.
pub async fn approve_codes(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM recovery_codes WHERE user_id = ?1 AND good", params![user]).await?;
    tx.execute("UPDATE recovery_codes SET good = TRUE WHERE user_id = ?1", params![user]).await.map(drop)
}

/// Whether a user has a code of this hash that is good, or is not yet.
pub async fn has_code(tx: &mut Tx, user: &UserId, good: bool, hash: &str) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM recovery_codes WHERE user_id = ?1 AND code_hash = ?2 AND good = ?3";
    Ok(tx.number(sql, params![user, hash.to_owned(), good]).await? > 0)
}

/// Uses up a code of a user; tells whether it was good.
pub async fn use_code(tx: &mut Tx, user: &UserId, hash: &str) -> Result<bool, Error> {
    let sql = "DELETE FROM recovery_codes WHERE user_id = ?1 AND code_hash = ?2 AND good";
    Ok(tx.execute(sql, params![user, hash.to_owned()]).await? > 0)
}

/// How many codes of a user are good.
pub async fn count_codes(tx: &mut Tx, user: &UserId) -> Result<i64, Error> {
    tx.number("SELECT COUNT(*) FROM recovery_codes WHERE user_id = ?1 AND good", params![user]).await
}

/// Finds who is between the two halves.
pub async fn step(tx: &mut Tx, token_hash: &str) -> Result<Option<SecondStep>, Error> {
    let now = tx.now();
    tx.find("WHERE token_hash = ?1 AND expires_at > ?2", params![token_hash.to_owned(), now]).await
}

/// The same, held for a change.
pub async fn step_locked(tx: &mut Tx, token_hash: &str) -> Result<Option<SecondStep>, Error> {
    let now = tx.now();
    tx.find_locked("WHERE token_hash = ?1 AND expires_at > ?2", params![token_hash.to_owned(), now]).await
}

/// How many codes that did not fit were given for a user of late, by whoever knew the password.
pub async fn failures(tx: &mut Tx, user: &UserId) -> Result<i64, Error> {
    let sql =
        "SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) FROM second_steps WHERE user_id = ?1 AND expires_at > ?2";
    let now = tx.now();
    tx.number(sql, params![user, now]).await
}

/// Ends what one holds who has shown both halves.
pub async fn end_step(tx: &mut Tx, token_hash: &str) -> Result<(), Error> {
    tx.execute("DELETE FROM second_steps WHERE token_hash = ?1", params![token_hash.to_owned()]).await.map(drop)
}

/// Ends what anybody holds who has given the password of a user.
pub async fn end_steps_of(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM second_steps WHERE user_id = ?1", params![user]).await.map(drop)
}

/// Removes what is over.
pub async fn forget_expired_steps(tx: &mut Tx) -> Result<u64, Error> {
    let now = tx.now();
    tx.execute("DELETE FROM second_steps WHERE expires_at <= ?1", params![now]).await
}
