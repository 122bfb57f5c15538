//! What people do in the console notes, in its own transaction, which fields of the thread it has touched, as they were and
//! as it left them: so that it can be taken back (`undo.rs`).

use model::{ActId, ContentId, InterventionId, ThreadId};
use store::act::{self as acts, Act, ActThread};
use store::content as contents;
use store::thread::{self as threads, Thread};
use store::{Json, Tx};

use crate::base::{Actor, Error, Result};
use crate::conversation::standing::Standing;

/// A thread before the act that its caller is about to do.
pub struct Begun(Option<(ActId, Thread, Standing)>);

/// Looks at a thread before an act, where the caller may want to take it back. What is not found is left to the act.
pub async fn begin(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<Begun> {
    let Some(act) = actor.act.clone() else { return Ok(Begun(None)) };
    let Some(thread) = threads::lock(tx, actor.scope(), id).await? else { return Ok(Begun(None)) };
    let before = Standing::of(tx, &thread, std::iter::empty()).await?;
    tx.act_is(&act);
    Ok(Begun(Some((act, thread, before))))
}

/// The same for an act on a case.
pub async fn begin_on_case(tx: &mut Tx, actor: &Actor, id: &InterventionId) -> Result<Begun> {
    if actor.act.is_none() {
        return Ok(Begun(None));
    }
    match store::intervention::find(tx, actor.scope(), id).await? {
        Some(case) => begin(tx, actor, &case.thread_id).await,
        None => Ok(Begun(None)),
    }
}

/// The same for an act on a content.
pub async fn begin_on_content(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Begun> {
    if actor.act.is_none() {
        return Ok(Begun(None));
    }
    match contents::find(tx, actor.scope(), id).await? {
        Some(content) => begin(tx, actor, &content.thread_id).await,
        None => Ok(Begun(None)),
    }
}

/// Notes what an act has changed, after it was done.
pub async fn end(tx: &mut Tx, actor: &Actor, Begun(begun): Begun, kind: &str) -> Result<()> {
    let Some((act, of_thread)) = done(tx, actor, begun, kind).await? else { return Ok(()) };
    if tx.insert_if_new(&act).await? {
        tx.insert(&of_thread).await?;
    }
    Ok(())
}

/// The same where the act is one on several threads: this is one of them. Tells whether it can be taken back.
///
/// # Errors
/// 409 when something else was done under its id.
pub(crate) async fn end_one(tx: &mut Tx, actor: &Actor, Begun(begun): Begun, kind: &str) -> Result<bool> {
    let Some((act, of_thread)) = done(tx, actor, begun, kind).await? else { return Ok(false) };
    if !tx.insert_if_new(&act).await? {
        let known = acts::lock(tx, &act.id).await?.ok_or(store::Error::NotFound)?;
        if known.user_id != act.user_id || known.kind != act.kind || known.undone_at.is_some() {
            return Err(Error::Conflict("act_id_used", "something else was done under this id".into()));
        }
        // It can be taken back for as long after its last thread.
        tx.update(&act).await?;
    }
    tx.insert(&of_thread).await?;
    Ok(true)
}

/// What an act has changed of a thread; none where there is nothing to be taken back.
async fn done(
    tx: &mut Tx,
    actor: &Actor,
    begun: Option<(ActId, Thread, Standing)>,
    kind: &str,
) -> Result<Option<(Act, ActThread)>> {
    let Some((id, thread, before)) = begun else { return Ok(None) };
    let Some(thread) = threads::find(tx, actor.scope(), &thread.id).await? else { return Ok(None) };
    if thread.is_ended_chat() {
        return Ok(None);
    }
    let after = Standing::of(tx, &thread, before.fields.keys().map(String::as_str)).await?;
    let Some((before, after)) = after.changes(&before) else { return Ok(None) };
    let (user_id, at) = (actor.user.id.clone(), tx.now());
    let act = Act { id: id.clone(), user_id, kind: kind.to_owned(), at, undone_at: None };
    let (before, after) = (Json(before), Json(after));
    Ok(Some((act, ActThread { act_id: id, thread_id: thread.id, before, after, undone_at: None })))
}
