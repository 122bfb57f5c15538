//! Folders: smart lists of threads, in a tree.

use model::{FolderId, RoleId, TeamId, Timestamp, UserId};

use crate::{Backend, Error, Json, Tx, params, table};

table! {
    /// A smart folder: its query says which threads it has.
    pub struct Folder in "folders" {
        /// Its id.
        id: FolderId,
        /// Its name.
        label: String,
        /// The folder above it.
        parent_id: Option<FolderId>,
        /// Its place among those beside it.
        position: i64,
        /// Which threads it has, in the search language; none for one that only holds other folders.
        query: Option<String>,
        /// The number of its threads is shown.
        render_threads_count: bool,
        /// Only for users with one of these roles; for all when empty.
        role_ids: Json<Vec<RoleId>>,
        /// Only for users of one of these teams; for all when empty.
        team_ids: Json<Vec<TeamId>>,
        /// Only for these users; for all when empty.
        user_ids: Json<Vec<UserId>>,
        /// Whose own it is; none when it is shared.
        user_id: Option<UserId>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// The shared folders and those of one user, in their order.
pub async fn of_user(tx: &mut Tx, user: &UserId) -> Result<Vec<Folder>, Error> {
    tx.select("WHERE user_id IS NULL OR user_id = ?1 ORDER BY position, id", params![user]).await
}

/// The shared folders and those of one user, held against other writers until the transaction ends: two moves at once
/// could close a circle.
pub async fn tree_locked(tx: &mut Tx, user: &UserId) -> Result<Vec<Folder>, Error> {
    let clause = match tx.backend() {
        Backend::Sqlite => "WHERE user_id IS NULL OR user_id = ?1 ORDER BY id",
        Backend::Postgres => "WHERE user_id IS NULL OR user_id = ?1 ORDER BY id FOR UPDATE",
    };
    tx.select(clause, params![user]).await
}

/// Hangs everybody's own folders that are directly below a folder below another one, or at the top.
pub async fn move_own(tx: &mut Tx, from: &FolderId, to: Option<&FolderId>) -> Result<(), Error> {
    let sql = "UPDATE folders SET parent_id = ?2, updated_at = ?3 WHERE parent_id = ?1 AND user_id IS NOT NULL";
    let (to, now) = (to.cloned(), tx.now());
    tx.execute(sql, params![from, to, now]).await.map(drop)
}

/// How many folders there are: the shared ones, or those of a user.
pub async fn count(tx: &mut Tx, user: Option<&UserId>) -> Result<i64, Error> {
    match user {
        Some(user) => tx.number("SELECT COUNT(*) FROM folders WHERE user_id = ?1", params![user]).await,
        None => tx.number("SELECT COUNT(*) FROM folders WHERE user_id IS NULL", Vec::new()).await,
    }
}
