//! How much some users take on some channels, instead of what the channels say.

use model::{ChannelId, Timestamp, UserCapacityId};
use serde::{Deserialize, Serialize};

use crate::{Error, Filter, Json, Listed, Page, Tx, params, table};

/// How much a user takes on a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelCapacity {
    /// The channel.
    pub id: ChannelId,
    /// With so many of its conversations the user is busy.
    pub default_capacity: i64,
    /// With so many the user takes no more.
    pub max_capacity: i64,
}

table! {
    /// How much its users take on some channels.
    pub struct UserCapacity in "user_capacities" {
        /// Its id.
        id: UserCapacityId,
        /// Its name.
        name: String,
        /// On these channels; on the others the channels' own limits hold.
        channels: Json<Vec<ChannelCapacity>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Finds a capacity.
pub async fn find(tx: &mut Tx, id: &UserCapacityId) -> Result<Option<UserCapacity>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a capacity and holds it against other writers.
pub async fn find_locked(tx: &mut Tx, id: &UserCapacityId) -> Result<Option<UserCapacity>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// Lists capacities, oldest first.
pub async fn list(tx: &mut Tx, page: Page) -> Result<Listed<UserCapacity>, Error> {
    tx.list(Filter::default(), "created_at, id", page).await
}

/// Every capacity.
pub async fn all(tx: &mut Tx) -> Result<Vec<UserCapacity>, Error> {
    tx.select("ORDER BY id", Vec::new()).await
}

/// Takes a capacity from its users.
pub async fn take_away(tx: &mut Tx, id: &UserCapacityId) -> Result<(), Error> {
    tx.execute("UPDATE users SET user_capacity_id = NULL WHERE user_capacity_id = ?1", params![id]).await.map(drop)
}
