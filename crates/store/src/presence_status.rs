//! Reasons for being away, which agents choose from.

use model::{PresenceStatusId, Timestamp};

use crate::{Error, Filter, Listed, Page, Tx, params, table};

table! {
    /// A reason for being away.
    pub struct PresenceStatus in "presence_statuses" {
        /// Its id.
        id: PresenceStatusId,
        /// Its name.
        name: String,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Finds a status.
pub async fn find(tx: &mut Tx, id: &PresenceStatusId) -> Result<Option<PresenceStatus>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a status and holds it against other writers.
pub async fn find_locked(tx: &mut Tx, id: &PresenceStatusId) -> Result<Option<PresenceStatus>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// Lists statuses by name.
pub async fn list(tx: &mut Tx, page: Page) -> Result<Listed<PresenceStatus>, Error> {
    tx.list(Filter::default(), "name, id", page).await
}

/// Takes a status from everybody who has it: they stay away, also on channels that they have not chosen for.
pub async fn take_away(tx: &mut Tx, id: &PresenceStatusId) -> Result<(), Error> {
    let sql = "INSERT INTO agent_availability (user_id, channel_id, available, since, cause) \
               SELECT p.user_id, c.id, FALSE, CAST(?2 AS BIGINT), 'agent' FROM agent_presence p CROSS JOIN channels c \
               WHERE p.custom_status_id = ?1 ON CONFLICT DO NOTHING";
    tx.execute(sql, params![id, tx.now()]).await?;
    let sql = "UPDATE agent_presence SET custom_status_id = NULL, version = version + 1 WHERE custom_status_id = ?1";
    tx.execute(sql, params![id]).await.map(drop)
}
