//! What a use case has to tell agents of their conversations: written in its transaction.

use model::{CommentId, ContentId, NewNotice, NoticeKind, NotificationId, ThreadId, Timestamp, UserId};

use super::tx::Tx;
use crate::{Error, params, table};

/// How many are kept of each agent: the newest.
pub(crate) const KEPT_MAX: i64 = 200;

table! {
    /// Something that happened to a conversation of an agent's.
    pub struct Notification in "notifications" {
        /// Its id.
        id: NotificationId,
        /// Whom it tells.
        user_id: UserId,
        /// What happened.
        kind: NoticeKind,
        /// The conversation.
        thread_id: ThreadId,
        /// The reply that it is about.
        content_id: Option<ContentId>,
        /// The comment that it is about.
        comment_id: Option<CommentId>,
        /// Who did it; none for what happened by itself.
        by_user_id: Option<UserId>,
        /// How the reply or the comment begins.
        excerpt: Option<String>,
        /// When.
        created_at: Timestamp,
        /// When they saw it.
        seen_at: Option<Timestamp>,
    }
}

/// Writes what was noted, for people; programs are not told so. Of each only the newest stay.
pub(super) async fn write(tx: &mut Tx) -> Result<(), Error> {
    for new in tx.take_notices() {
        let NewNotice { user_id, kind, thread_id, content_id, comment_id, by_user_id, excerpt } = new;
        let person = "SELECT COUNT(*) FROM users WHERE id = ?1 AND NOT bot AND deleted_at IS NULL";
        if tx.number(person, params![user_id]).await? == 0 {
            continue;
        }
        let created_at = tx.now();
        let id = NotificationId::new(created_at);
        let row = Notification {
            id,
            user_id,
            kind,
            thread_id,
            content_id,
            comment_id,
            by_user_id,
            excerpt,
            created_at,
            seen_at: None,
        };
        tx.insert(&row).await?;
        let older = "DELETE FROM notifications WHERE user_id = ?1 AND id <= \
                     (SELECT id FROM notifications WHERE user_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
        tx.execute(older, params![row.user_id, KEPT_MAX]).await?;
    }
    Ok(())
}
