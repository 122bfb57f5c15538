//! Approvals: agents' contents that wait until somebody lets them out.

use model::{ApprovalState, ContentId, InterventionId, SourceId, ThreadId, Timestamp, UserId};

use crate::{Error, Filter, Row, Scope, Tx, params, table};

table! {
    /// The approval of one content.
    pub struct Approval in "content_approvals" {
        /// The content.
        content_id: ContentId,
        /// Its thread.
        thread_id: ThreadId,
        /// Its source.
        source_id: SourceId,
        /// Who wrote it.
        user_id: UserId,
        /// Where it stands.
        state: ApprovalState,
        /// Switches the customer's text input off or on when the content goes out.
        disable_text_input: Option<bool>,
        /// The epoch of its thread under which it was composed; none when that was not noted.
        owner_epoch: Option<i64>,
        /// Who approved or refused it.
        decided_by: Option<UserId>,
        /// When.
        decided_at: Option<Timestamp>,
        /// Why it was refused.
        reason: Option<String>,
        /// When it was asked for.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Finds the approval of a content; none when it never needed one.
pub async fn find(tx: &mut Tx, content: &ContentId) -> Result<Option<Approval>, Error> {
    tx.find("WHERE content_id = ?1", params![content]).await
}

/// The approvals of some contents.
pub async fn of_contents(tx: &mut Tx, contents: &[ContentId]) -> Result<Vec<Approval>, Error> {
    if contents.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_in("content_id", contents);
    tx.select(&filter.clause(), filter.params).await
}

/// How many threads within the scope have a content that waits.
pub async fn count_threads(tx: &mut Tx, scope: &Scope) -> Result<i64, Error> {
    let mut filter = Filter::scoped(scope, "source_id");
    filter.and("state = 'waiting'");
    let sql = format!("SELECT COUNT(DISTINCT thread_id) FROM content_approvals {}", filter.clause());
    tx.number(&sql, filter.params).await
}

/// Which of some threads have a content that waits.
pub async fn waiting_in(tx: &mut Tx, threads: &[ThreadId]) -> Result<Vec<ThreadId>, Error> {
    if threads.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_in("thread_id", threads);
    filter.and("state = 'waiting'");
    let sql = format!("SELECT DISTINCT thread_id FROM content_approvals {}", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(Row::take).collect()
}

/// How many contents of an intervention wait.
pub async fn count_under(tx: &mut Tx, case: &InterventionId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM contents c JOIN content_approvals a ON a.content_id = c.id \
               WHERE c.intervention_id = ?1 AND a.state = 'waiting'";
    tx.number(sql, params![case]).await
}

/// How many contents of a user wait under an intervention.
pub async fn count_by(tx: &mut Tx, case: &InterventionId, user: &UserId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM contents c JOIN content_approvals a ON a.content_id = c.id \
               WHERE c.intervention_id = ?1 AND a.user_id = ?2 AND a.state = 'waiting'";
    tx.number(sql, params![case, user]).await
}

/// Counts a content of a user on a source; gives its number, from 1.
pub async fn next_number(tx: &mut Tx, user: &UserId, source: &SourceId) -> Result<i64, Error> {
    let sql = "INSERT INTO approval_counters (user_id, source_id, contents) VALUES (?1, ?2, 1) \
               ON CONFLICT (user_id, source_id) DO UPDATE SET contents = approval_counters.contents + 1 \
               RETURNING contents";
    Ok(tx.rows(sql, params![user, source]).await?.first_mut().map(Row::take).transpose()?.unwrap_or(1))
}
