//! The texts that users sign with.

use model::{SignatureId, SourceId, Timestamp, UserId};

use crate::{Error, Filter, Json, Listed, Page, Tx, params, table};

table! {
    /// A text that a user signs with.
    pub struct Signature in "user_signatures" {
        /// Its id.
        id: SignatureId,
        /// Whose it is.
        user_id: UserId,
        /// The text.
        body: String,
        /// Its name.
        name: Option<String>,
        /// Its language.
        language: Option<String>,
        /// For these sources; for all when empty.
        source_ids: Json<Vec<SourceId>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Lists the signatures of a user, newest first.
pub async fn list(tx: &mut Tx, user: &UserId, page: Page) -> Result<Listed<Signature>, Error> {
    let mut filter = Filter::default();
    filter.and_value("user_id = ?", user);
    tx.list(filter, "created_at DESC, id DESC", page).await
}

/// Finds a signature of a user.
pub async fn find(tx: &mut Tx, user: &UserId, id: &SignatureId) -> Result<Option<Signature>, Error> {
    tx.find("WHERE id = ?1 AND user_id = ?2", params![id, user]).await
}

/// All signatures of a user, newest first.
pub async fn of_user(tx: &mut Tx, user: &UserId) -> Result<Vec<Signature>, Error> {
    tx.select("WHERE user_id = ?1 ORDER BY created_at DESC, id DESC", params![user]).await
}
