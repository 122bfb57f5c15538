//! Private comments of agents on threads. One is on the case that somebody has there, or had last, where there is one: programs see
//! those alone.

use model::{CommentId, EventType, InterventionId, MarkedBecause, Permission, ThreadId};
use store::comment::{self, Comment, CommentFilter};
use store::intervention::{self as cases, Intervention};
use store::thread::Thread;
use store::{Json, Listed, Page, Tx, agent_thread};

use crate::base::{Actor, Error, Fault, Result, journal, notice};
use crate::conversation::{intervention, mention, thread};

/// Longest comment in characters.
const BODY_MAX: usize = 20_000;

/// Lists the comments on cases that the actor may read, newest first.
pub async fn list(tx: &mut Tx, actor: &Actor, wanted: &CommentFilter, page: Page) -> Result<Listed<Comment>> {
    Ok(comment::list(tx, actor.scope(), wanted, page).await?)
}

/// Finds a comment on a case that the actor may read.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &CommentId) -> Result<Comment> {
    comment::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("comment"))
}

/// Writes a comment on a case as the actor.
///
/// # Errors
/// 404; 422 when it is blank or too long.
pub async fn create(tx: &mut Tx, actor: &Actor, id: &InterventionId, body: String) -> Result<Comment> {
    check(&body)?;
    let (case, thread, _) = intervention::lock(tx, actor, id).await?;
    write(tx, actor, &thread, Some(case), body, Vec::new()).await
}

/// Writes a comment on a thread as the actor, which calls the users and teams with these ids.
///
/// # Errors
/// 404; 422 when it is blank or too long, or calls somebody who is not there.
pub async fn write_on(tx: &mut Tx, actor: &Actor, id: &ThreadId, body: String, calls: Vec<String>) -> Result<Comment> {
    check(&body)?;
    let (thread, _) = thread::lock(tx, actor, id).await?;
    let mut all = cases::of_thread(tx, id).await?;
    let open = all.iter().rposition(Intervention::is_open);
    let last = || (0..all.len()).max_by_key(|at| all[*at].closed_at);
    let case = open.or_else(last).map(|at| all.swap_remove(at));
    write(tx, actor, &thread, case, body, calls).await
}

fn check(body: &str) -> Result<()> {
    if body.trim().is_empty() {
        return Err(Error::invalid("body", Fault::blank()));
    }
    if body.chars().count() > BODY_MAX {
        return Err(Error::invalid("body", Fault::too_long(BODY_MAX)));
    }
    Ok(())
}

async fn write(
    tx: &mut Tx,
    actor: &Actor,
    thread: &Thread,
    case: Option<Intervention>,
    body: String,
    calls: Vec<String>,
) -> Result<Comment> {
    let called = mention::called(tx, actor, &thread.source_id, &calls).await?;
    let now = tx.now();
    let customer = case.as_ref().map(|case| case.identity_id.clone());
    let comment = Comment {
        id: CommentId::new(now),
        intervention_id: case.as_ref().map(|case| case.id.clone()),
        thread_id: thread.id.clone(),
        source_id: thread.source_id.clone(),
        identity_id: customer.or_else(|| thread.identity_id.clone()),
        user_id: actor.user.id.clone(),
        body,
        mention_ids: Json(calls),
        after_ordinal: thread.last_ordinal,
        created_at: now,
        updated_at: now,
    };
    tx.insert(&comment).await?;
    comment::call(tx, &comment.id, &called).await?;
    if let Some(case) = case {
        count(tx, case, 1).await?;
    }
    if let Some(holder) = thread.assigned_user_id.as_ref().filter(|holder| **holder != actor.user.id) {
        agent_thread::mark(tx, holder, &thread.id, 0, MarkedBecause::Comment).await?;
    }
    if !called.is_empty() {
        let names = mention::names(tx, &[&comment.body]).await?;
        let shown = mention::shown(&comment.body, &names);
        for user in &called {
            agent_thread::mark(tx, user, &thread.id, 0, MarkedBecause::Mention).await?;
            notice::mentioned(tx, user, &comment, &shown);
        }
    }
    journal::comment(tx, EventType::CommentCreated, &actor.user.id, &comment, &called);
    Ok(comment)
}

/// Notes on a held case that it has so many more comments.
async fn count(tx: &mut Tx, mut case: Intervention, more: i64) -> Result<()> {
    case.comments_count = (case.comments_count + more).max(0);
    case.updated_at = tx.now();
    Ok(tx.update(&case).await?)
}

/// Whether the actor may remove a comment: one's own, or anybody's with `update_intervention`.
#[must_use]
pub fn may_delete(actor: &Actor, comment: &Comment) -> bool {
    comment.user_id == actor.user.id || actor.can(Permission::UpdateIntervention)
}

/// Removes a comment on a case.
///
/// # Errors
/// 404; 403.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &CommentId) -> Result<Comment> {
    find(tx, actor, id).await?;
    remove(tx, actor, id).await
}

/// Removes a comment on a thread, whether it is on a case or on none.
///
/// # Errors
/// 404; 403.
pub async fn remove(tx: &mut Tx, actor: &Actor, id: &CommentId) -> Result<Comment> {
    let found = comment::find_any(tx, actor.scope(), id).await?.ok_or(Error::NotFound("comment"))?;
    thread::lock(tx, actor, &found.thread_id).await?;
    // Two who remove it at once: the second finds nothing. And its case may have gone meanwhile.
    let comment = comment::find_any(tx, actor.scope(), id).await?.ok_or(Error::NotFound("comment"))?;
    if !may_delete(actor, &comment) {
        actor.require(Permission::UpdateIntervention)?;
    }
    tx.delete::<Comment>(id.as_str()).await?;
    if let Some(case) = &comment.intervention_id {
        let (case, ..) = intervention::lock(tx, actor, case).await?;
        count(tx, case, -1).await?;
    }
    journal::comment(tx, EventType::CommentDeleted, &actor.user.id, &comment, &[]);
    Ok(comment)
}
