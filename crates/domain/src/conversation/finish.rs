//! What takes a thread out of somebody's hands at once, as the console has it: done, or let go.

use model::{CategoryId, Permission, ThreadId, UserId};
use serde_json::{Value, json};
use store::intervention::{self as rows, Intervention};
use store::thread::Thread;
use store::{Tx, approval, content};

use crate::base::{Actor, Error, Reason, Result};
use crate::conversation::{intervention as cases, thread};

/// Has nothing be left to do in a thread. An intervention with replies is closed, with these categories where some are
/// given; one without is cancelled, or closed where somebody has noted something on it, and what waits is archived, as
/// where nobody has the thread.
///
/// # Errors
/// As closing, cancelling and archiving have them; 403 where somebody else has it.
pub async fn done(tx: &mut Tx, actor: &Actor, id: &ThreadId, categories: Option<Vec<CategoryId>>) -> Result<Thread> {
    let (held, _) = thread::lock(tx, actor, id).await?;
    // The thread is held, and its epoch was compared: what is done here one after the other changes it.
    let mut actor = actor.clone();
    actor.owner_epoch = None;
    let actor = &actor;
    let Some(mut case) = rows::open_of_thread(tx, id).await? else { return thread::ignore(tx, actor, id).await };
    require_own(actor, &case)?;
    if let Some(ids) = categories {
        case = cases::update_categories(tx, actor, &case.id, ids).await?;
    }
    if case.user_replies_count > 0 || held.is_ended_chat() {
        cases::close(tx, actor, &case.id).await?;
        return thread::find(tx, actor, id).await;
    }
    require_nothing_waits(tx, &case).await?;
    give_up(tx, Some(&actor.user.id), case, json!({"done": true})).await?;
    thread::ignore(tx, actor, id).await
}

/// Gives a thread back to everybody: its intervention is cancelled, or closed where it has replies or comments, without a disposition and
/// a survey, and what the customer said last waits for somebody again.
///
/// # Errors
/// 404; 403 when nobody has it, somebody else has it, or a reply waits for approval.
pub async fn let_go(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<Thread> {
    let (mut held, _) = thread::lock(tx, actor, id).await?;
    let nobody = || Error::forbidden(Reason::InterventionClosed.says("nobody has this conversation"));
    let case = rows::open_of_thread(tx, id).await?.ok_or_else(nobody)?;
    require_own(actor, &case)?;
    require_nothing_waits(tx, &case).await?;
    release(tx, Some(&actor.user.id), &mut held, case, json!({})).await?;
    Ok(held)
}

/// Does the same to a held thread whose agent is not there any more: nobody does it, and the event says why.
pub(crate) async fn abandon(tx: &mut Tx, thread: &mut Thread, case: Intervention) -> Result<()> {
    release(tx, None, thread, case, json!({"closed_automatically": AGENT_GONE})).await
}

/// Why an intervention ends whose agent is not there any more.
const AGENT_GONE: &str = "agent_gone";

async fn release(tx: &mut Tx, by: Option<&UserId>, thread: &mut Thread, case: Intervention, more: Value) -> Result<()> {
    let (replied, customer) = (case.user_replies_count > 0, case.identity_id.clone());
    give_up(tx, by, case, more).await?;
    if replied {
        content::wait_again(tx, &thread.id, &customer).await?;
    }
    thread::recount(tx, thread).await
}

/// An intervention of somebody else's takes a permission.
fn require_own(actor: &Actor, case: &Intervention) -> Result<()> {
    if case.user_id == actor.user.id { Ok(()) } else { actor.require(Permission::UpdateIntervention) }
}

async fn require_nothing_waits(tx: &mut Tx, case: &Intervention) -> Result<()> {
    if approval::count_under(tx, &case.id).await? > 0 {
        return Err(Error::forbidden(Reason::ReplyWaits.says("the intervention has a reply that waits for approval")));
    }
    Ok(())
}

/// Ends an intervention so that what nobody has answered under it waits again. It is as if it had never been, unless
/// something was said or noted on it, which stays with it.
async fn give_up(tx: &mut Tx, by: Option<&UserId>, mut case: Intervention, more: Value) -> Result<()> {
    if case.user_replies_count == 0 && case.comments_count == 0 {
        return cases::undo_with(tx, by, &case, more).await;
    }
    content::release(tx, &case.id).await?;
    cases::end_unasked(tx, by, &mut case, more).await
}
