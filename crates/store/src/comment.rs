//! Private comments of agents on threads, most of them on an intervention there.

use model::{CommentId, IdentityId, InterventionId, SourceId, ThreadId, Timestamp, UserId};

use crate::{Error, Filter, Json, Listed, Page, Row, Scope, Tx, params, table};

table! {
    /// A private comment of an agent on a thread.
    pub struct Comment in "intervention_comments" {
        /// Its id.
        id: CommentId,
        /// Its intervention; none where there was none, or it has gone.
        intervention_id: Option<InterventionId>,
        /// Its thread.
        thread_id: ThreadId,
        /// The source of that.
        source_id: SourceId,
        /// The customer of the intervention, else of the thread.
        identity_id: Option<IdentityId>,
        /// Who wrote it.
        user_id: UserId,
        /// Its text; somebody who is mentioned stands in it as `@[id]`.
        body: String,
        /// The users and teams that it calls.
        mention_ids: Json<Vec<String>>,
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

/// Lists comments on interventions within the scope, newest first.
pub async fn list(tx: &mut Tx, scope: &Scope, wanted: &CommentFilter, page: Page) -> Result<Listed<Comment>, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and("intervention_id IS NOT NULL");
    filter.and_some("intervention_id = ?", wanted.intervention_id.as_ref());
    filter.and_some("thread_id = ?", wanted.thread_id.as_ref());
    filter.and_some("user_id = ?", wanted.user_id.as_ref());
    filter.and_some("identity_id = ?", wanted.identity_id.as_ref());
    tx.list(filter, "created_at DESC, id DESC", page).await
}

/// Finds a comment on an intervention within the scope.
pub async fn find(tx: &mut Tx, scope: &Scope, id: &CommentId) -> Result<Option<Comment>, Error> {
    Ok(find_any(tx, scope, id).await?.filter(|c| c.intervention_id.is_some()))
}

/// Finds a comment within the scope, on an intervention or not.
pub async fn find_any(tx: &mut Tx, scope: &Scope, id: &CommentId) -> Result<Option<Comment>, Error> {
    let found = tx.find::<Comment>("WHERE id = ?1", params![id]).await?;
    Ok(found.filter(|c| scope.allows(&c.source_id)))
}

/// Every comment on a thread, oldest first.
pub async fn of_thread(tx: &mut Tx, thread: &ThreadId) -> Result<Vec<Comment>, Error> {
    tx.select("WHERE thread_id = ?1 ORDER BY after_ordinal, created_at, id", params![thread]).await
}

/// Notes whom a comment calls.
pub async fn call(tx: &mut Tx, comment: &CommentId, users: &[UserId]) -> Result<(), Error> {
    for user in users {
        let sql = "INSERT INTO comment_mentions (user_id, comment_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        tx.execute(sql, params![user, comment]).await?;
    }
    Ok(())
}

/// Who has had to do with a thread, by comments, cases and contents: the last one first.
pub async fn people(tx: &mut Tx, thread: &ThreadId) -> Result<Vec<UserId>, Error> {
    let sql = "SELECT user_id FROM (\
                   SELECT user_id, created_at FROM intervention_comments WHERE thread_id = ?1 \
                   UNION ALL SELECT user_id, opened_at FROM interventions WHERE thread_id = ?1 \
                   UNION ALL SELECT creator_id, created_at FROM contents WHERE thread_id = ?1 AND creator_id IS NOT NULL\
               ) AS parts GROUP BY user_id ORDER BY MAX(created_at) DESC, user_id";
    tx.rows(sql, params![thread]).await?.iter_mut().map(Row::take).collect()
}
