//! Where the visitors of chats can be reached by mail, and when they were asked.

use model::{IdentityId, ThreadId, Timestamp};

use crate::{Error, Tx, params, table};

table! {
    /// What is known of a visitor's address beside their identity.
    pub struct ChatContact in "chat_contacts" {
        /// Whose.
        identity_id: IdentityId,
        /// The address that somebody with a signed identity gave.
        email: Option<String>,
        /// When they were asked for one last.
        asked_at: Option<Timestamp>,
        /// The thread in which they were.
        thread_id: Option<ThreadId>,
        /// The place of the content after which they were asked.
        after_ordinal: i64,
        /// How often they have given another one.
        changes: i64,
        /// Since when these are counted.
        changes_since: Option<Timestamp>,
    }
}

impl ChatContact {
    /// What is known of somebody who was never asked.
    #[must_use]
    pub fn new(identity_id: IdentityId) -> Self {
        Self {
            identity_id,
            email: None,
            asked_at: None,
            thread_id: None,
            after_ordinal: 0,
            changes: 0,
            changes_since: None,
        }
    }
}

/// What is known of a visitor.
pub async fn find(tx: &mut Tx, identity: &IdentityId) -> Result<Option<ChatContact>, Error> {
    tx.find("WHERE identity_id = ?1", params![identity]).await
}

/// An address by which somebody can be reached: that of their identity, the one that they gave, or that of another
/// identity of the same person, the newest one.
pub async fn address_of(tx: &mut Tx, identity: &IdentityId) -> Result<Option<String>, Error> {
    let sql = "SELECT email FROM (\
               SELECT 0 AS rank, email, 0 AS at FROM identities WHERE id = ?1 \
               UNION ALL SELECT 1, email, 0 FROM chat_contacts WHERE identity_id = ?1 \
               UNION ALL SELECT 2, other.email, other.updated_at FROM identities own \
               JOIN identities other ON other.identity_group_id = own.identity_group_id WHERE own.id = ?1\
               ) AS known WHERE email IS NOT NULL AND email <> '' ORDER BY rank, at DESC LIMIT 1";
    tx.rows(sql, params![identity]).await?.first_mut().map(crate::Row::take).transpose()
}
