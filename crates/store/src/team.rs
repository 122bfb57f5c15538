//! Teams: users with leaders.

use model::{TeamId, Timestamp, UserId};

use crate::{Error, Json, Tx, table};

table! {
    /// A set of users with leaders.
    pub struct Team in "teams" {
        /// Its id.
        id: TeamId,
        /// Its name.
        name: String,
        /// Who leads it.
        leader_ids: Json<Vec<UserId>>,
        /// Who is in it.
        user_ids: Json<Vec<UserId>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Every team, oldest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Team>, Error> {
    tx.select("ORDER BY created_at, id", Vec::new()).await
}

/// Every team, held against other writers.
pub async fn all_locked(tx: &mut Tx) -> Result<Vec<Team>, Error> {
    tx.select_locked("ORDER BY id", Vec::new()).await
}
