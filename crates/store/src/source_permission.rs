//! What users may do on sources, where it is not what their role says.

use model::{SourceId, SourcePermission, UserId};

use crate::{Error, Json, Tx, params};

/// A user's own permissions on sources; sources that are not listed have those of the role.
pub async fn of_user(tx: &mut Tx, user: &UserId) -> Result<Vec<(SourceId, Vec<SourcePermission>)>, Error> {
    let sql = "SELECT source_id, permissions FROM source_permissions WHERE user_id = ?1";
    let mut rows = tx.rows(sql, params![user]).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take::<Json<Vec<SourcePermission>>>()?.0))).collect()
}

/// Whose permissions on a source are not those of their role, with these.
pub async fn on_source(tx: &mut Tx, source: &SourceId) -> Result<Vec<(UserId, Vec<SourcePermission>)>, Error> {
    let sql = "SELECT user_id, permissions FROM source_permissions WHERE source_id = ?1";
    let mut rows = tx.rows(sql, params![source]).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take::<Json<Vec<SourcePermission>>>()?.0))).collect()
}

/// Sets a user's own permissions on a source; none leave it to the role.
pub async fn set(
    tx: &mut Tx,
    user: &UserId,
    source: &SourceId,
    permissions: Option<Vec<SourcePermission>>,
) -> Result<(), Error> {
    let Some(permissions) = permissions else {
        let sql = "DELETE FROM source_permissions WHERE user_id = ?1 AND source_id = ?2";
        return tx.execute(sql, params![user, source]).await.map(drop);
    };
    let sql = "INSERT INTO source_permissions (user_id, source_id, permissions) VALUES (?1, ?2, ?3) \
               ON CONFLICT (user_id, source_id) DO UPDATE SET permissions = excluded.permissions";
    tx.execute(sql, params![user, source, Json(permissions)]).await.map(drop)
}

/// Takes the permissions of a user's own on sources away: those of the role count everywhere then.
pub async fn clear(tx: &mut Tx, user: &UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM source_permissions WHERE user_id = ?1", params![user]).await.map(drop)
}
