//! Private comments of agents on interventions.

use model::{CommentId, IdentityId, InterventionId, SourceId, ThreadId, Timestamp, UserId};

use crate::{Error, Filter, Listed, Page, Scope, Tx, params, table};

table! {
    /// A private comment of an agent on an intervention.
    pub struct Comment in "intervention_comments" {
        /// Its id.
        id: CommentId,
        /// Its intervention.
        intervention_id: InterventionId,
        /// The thread of that.
        thread_id: ThreadId,
        /// The source of that.
        source_id: SourceId,
        /// The customer of that.
        identity_id: IdentityId,
        /// Who wrote it.
        user_id: UserId,
        /// Its text.
        body: String,
        /// The place of the content in the thread that it was written after; 0 for none.
        after_ordinal: i64,
        /// When it was written.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Which comments to list. Filters that are not set let everything through.
#[derive(Clone, Debug, Default)]
pub struct CommentFilter {
    /// On this intervention.
    pub intervention_id: Option<InterventionId>,
    /// On this thread.
    pub thread_id: Option<ThreadId>,
    /// By this user.
    pub user_id: Option<UserId>,
    /// About this customer.
    pub identity_id: Option<IdentityId>,
}

/// Lists comments within the scope, newest first.
pub async fn list(tx: &mut Tx, scope: &Scope, wanted: &CommentFilter, page: Page) -> Result<Listed<Comment>, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and_some("intervention_id = ?", wanted.intervention_id.as_ref());
    filter.and_some("thread_id = ?", wanted.thread_id.as_ref());
    filter.and_some("user_id = ?", wanted.user_id.as_ref());
    filter.and_some("identity_id = ?", wanted.identity_id.as_ref());
    tx.list(filter, "created_at DESC, id DESC", page).await
}

/// Finds a comment within the scope.
pub async fn find(tx: &mut Tx, scope: &Scope, id: &CommentId) -> Result<Option<Comment>, Error> {
    let found = tx.find::<Comment>("WHERE id = ?1", params![id]).await?;
    Ok(found.filter(|c| scope.allows(&c.source_id)))
}

/// Every comment on a thread's interventions, oldest first.
pub async fn of_thread(tx: &mut Tx, thread: &ThreadId) -> Result<Vec<Comment>, Error> {
    tx.select("WHERE thread_id = ?1 ORDER BY after_ordinal, created_at, id", params![thread]).await
}
