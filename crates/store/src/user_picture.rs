//! Pictures of agents and bots. Each has a name that nobody guesses, and a new one with each new picture.

use model::{Timestamp, UserId};

use crate::{Error, Filter, Tx, params, table};

table! {
    /// A picture.
    pub struct UserPicture in "user_pictures" {
        /// Whose.
        user_id: UserId,
        /// What it is asked for by.
        name: String,
        /// Its bytes in base64.
        body: String,
        /// When it was given.
        updated_at: Timestamp,
    }
}

/// The names of the pictures of some users, of those who have one.
pub async fn names(tx: &mut Tx, users: &[UserId]) -> Result<Vec<(UserId, String)>, Error> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_in("user_id", users);
    let sql = format!("SELECT user_id, name FROM user_pictures {}", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// Finds a picture by its name.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<UserPicture>, Error> {
    tx.find("WHERE name = ?1", params![name.to_owned()]).await
}

/// Keeps a picture, in the place of the one before it.
pub async fn keep(tx: &mut Tx, picture: &UserPicture) -> Result<(), Error> {
    if !tx.insert_if_new(picture).await? {
        tx.update(picture).await?;
    }
    Ok(())
}

/// Removes the picture of a user.
pub async fn remove(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM user_pictures WHERE user_id = ?1", params![user]).await.map(drop)
}
