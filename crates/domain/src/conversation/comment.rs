//! Private comments of agents on interventions.

use model::{CommentId, EventType, InterventionId, MarkedBecause, Permission};
use store::comment::{self, Comment, CommentFilter};
use store::{Listed, Page, Tx, agent_thread};

use crate::base::{Actor, Error, Fault, Result, journal};
use crate::conversation::intervention;

/// Longest comment in characters.
const BODY_MAX: usize = 20_000;

/// Lists the comments that the actor may read, newest first.
pub async fn list(tx: &mut Tx, actor: &Actor, wanted: &CommentFilter, page: Page) -> Result<Listed<Comment>> {
    Ok(comment::list(tx, actor.scope(), wanted, page).await?)
}

/// Finds a comment that the actor may read.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &CommentId) -> Result<Comment> {
    comment::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("comment"))
}

/// Writes a comment as the actor.
///
/// # Errors
/// 404; 422 when it is blank or too long.
pub async fn create(tx: &mut Tx, actor: &Actor, id: &InterventionId, body: String) -> Result<Comment> {
    if body.trim().is_empty() {
        return Err(Error::invalid("body", Fault::blank()));
    }
    if body.chars().count() > BODY_MAX {
        return Err(Error::invalid("body", Fault::too_long(BODY_MAX)));
    }
    let (mut case, thread, _) = intervention::lock(tx, actor, id).await?;
    let now = tx.now();
    let comment = Comment {
        id: CommentId::new(now),
        intervention_id: case.id.clone(),
        thread_id: case.thread_id.clone(),
        source_id: case.source_id.clone(),
        identity_id: case.identity_id.clone(),
        user_id: actor.user.id.clone(),
        body,
        after_ordinal: thread.last_ordinal,
        created_at: now,
        updated_at: now,
    };
    tx.insert(&comment).await?;
    case.comments_count += 1;
    case.updated_at = now;
    tx.update(&case).await?;
    if let Some(holder) = thread.assigned_user_id.as_ref().filter(|holder| **holder != actor.user.id) {
        agent_thread::mark(tx, holder, &thread.id, 0, MarkedBecause::Comment).await?;
    }
    journal::comment(tx, EventType::CommentCreated, &actor.user.id, &comment);
    Ok(comment)
}

/// Removes a comment of one's own, or anybody's with `update_intervention`.
///
/// # Errors
/// 404; 403.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &CommentId) -> Result<Comment> {
    let comment = find(tx, actor, id).await?;
    let (mut case, _, _) = intervention::lock(tx, actor, &comment.intervention_id).await?;
    if comment.user_id != actor.user.id {
        actor.require(Permission::UpdateIntervention)?;
    }
    // Two who remove it at once: the second finds nothing.
    let comment = find(tx, actor, id).await?;
    tx.delete::<Comment>(id.as_str()).await?;
    case.comments_count = (case.comments_count - 1).max(0);
    case.updated_at = tx.now();
    tx.update(&case).await?;
    journal::comment(tx, EventType::CommentDeleted, &actor.user.id, &comment);
    Ok(comment)
}
