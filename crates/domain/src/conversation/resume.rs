//! Which intervention a customer's content falls under: the word of whoever was put aside, or has just been answered, brings
//! their case back, and so does an answer that did not arrive. Whoever wrote such a word without a case has one then.

use model::{CreatedFrom, EventType, InterventionStatus, SourceId, SourcePermission, Timestamp, UserId};
use serde_json::{Value, json};
use store::content::{self, Content};
use store::intervention::{self, Intervention};
use store::source::Source;
use store::thread::Thread;
use store::{Scope, Tx};

use crate::base::{Error, Result, access, journal};
use crate::conversation::{intervention as cases, owner, thread};
use crate::setup::{settings, source_settings};

/// Why an intervention is opened by itself: an answer did not arrive.
const FAILED: &str = "failed";

/// The open intervention that a customer's content falls under: an open one; a deferred one, which it wakes; one
/// closed a short time ago, which it reopens.
pub(super) async fn case_for(tx: &mut Tx, thread: &mut Thread, content: &Content) -> Result<Option<Intervention>> {
    let now = tx.now();
    if thread.interventions_count == 0 {
        return Ok(None);
    }
    if let Some(mut case) = intervention::find_open(tx, &thread.id, &content.author_id).await? {
        case.waiting_since.get_or_insert(now);
        case.updated_at = now;
        let woken = case.status == InterventionStatus::Deferred;
        if woken {
            case.status = InterventionStatus::Open;
            case.deferred_at = None;
        }
        tx.update(&case).await?;
        wait(thread, &case);
        if woken {
            journal::intervention(tx, EventType::InterventionReactivated, None, &case);
        }
        // A bot that has the thread must answer in time.
        if thread.owner.as_ref().is_some_and(|owner| owner.is_bot()) {
            let cases = intervention::of_thread(tx, &thread.id).await?;
            owner::follow(tx, thread, &cases).await?;
        }
        return Ok(Some(case));
    }
    let Some(mut case) = intervention::find_last_closed(tx, &thread.id, &content.author_id).await? else {
        return Ok(None);
    };
    let period = settings::CLOSING_PERIOD.now(tx).await?;
    let until = case.closed_at.map(|t| t.plus_seconds(period));
    if until.is_none_or(|until| until < now) || !has_agent(tx, &case.user_id, &case.source_id).await? {
        return Ok(None);
    }
    reopen(tx, thread, &mut case, Some(now), json!({})).await?;
    Ok(Some(case))
}

/// Puts a thread whose last word of ours did not arrive where somebody sees it: the closed intervention under which that was
/// written is opened again, and one without any, such as the first word of a conversation, gets one for whoever wrote it. The
/// thread is held, and written here. The source may say that what is done stays so.
pub(super) async fn after_failure(tx: &mut Tx, thread: &mut Thread, source: &Source, answer: &Content) -> Result<()> {
    let stays = source.kind.caps().mail && !source_settings::is_on(source, "reopen_failed");
    if thread.closed || stays || !content::last_answer_failed(tx, &thread.id).await? {
        return Ok(());
    }
    let before = match &answer.intervention_id {
        Some(id) => intervention::find(tx, &Scope::All, id).await?,
        // One that was opened because it did not arrive once before.
        None => {
            let cases = intervention::of_thread(tx, &thread.id).await?;
            cases.into_iter().rfind(|case| case.content_id == answer.id)
        }
    };
    let customer = match &before {
        Some(case) => case.identity_id.clone(),
        None => thread.identity_id.clone().unwrap_or_else(|| answer.author_id.clone()),
    };
    if intervention::find_open(tx, &thread.id, &customer).await?.is_some() {
        return Ok(());
    }
    // The customer waits for nothing that they have not asked for.
    let waits = content::waits_since(tx, &thread.id, &customer).await?;
    match before {
        Some(mut case) if has_agent(tx, &case.user_id, &case.source_id).await? => {
            let why = json!({"reopened_because": FAILED, "answer_by": answer.creator_id});
            reopen(tx, thread, &mut case, waits, why).await?;
        }
        None => match &answer.creator_id {
            Some(writer) if has_agent(tx, writer, &source.id).await? => {
                let why = json!({"opened_because": FAILED, "answer_by": writer});
                cases::begin(tx, None, writer, answer, &customer, why).await?;
            }
            _ => return Ok(()),
        },
        Some(_) => return Ok(()),
    }
    thread::recount(tx, thread).await
}

/// Opens a closed intervention by itself, and notes since when its customer waits. The thread is not written here. `why` is told
/// with the event.
async fn reopen(
    tx: &mut Tx,
    thread: &mut Thread,
    case: &mut Intervention,
    waits: Option<Timestamp>,
    why: Value,
) -> Result<()> {
    let now = tx.now();
    case.status = InterventionStatus::Open;
    case.reopened = true;
    case.closed_at = None;
    case.opened_at = now;
    case.waiting_since = waits;
    case.updated_at = now;
    tx.update(case).await?;
    thread.open_interventions_count += 1;
    wait(thread, case);
    // Another customer on the thread may have a newer one.
    let cases = intervention::of_thread(tx, &thread.id).await?;
    owner::follow(tx, thread, &cases).await?;
    journal::intervention_with(tx, EventType::InterventionReopened, None, case, why);
    Ok(())
}

/// Notes that the customer of an open intervention waits in its thread.
fn wait(thread: &mut Thread, case: &Intervention) {
    thread.deferred_at = None;
    if let Some(since) = case.waiting_since {
        thread::waits(thread, since);
    }
}

/// Whether somebody is still there to take up again what they had, may still read and answer, and is a
/// person: what a bot finished begins anew, so that the bot is told of it like any other.
async fn has_agent(tx: &mut Tx, user: &UserId, source: &SourceId) -> Result<bool> {
    match access::actor(tx, user, None, CreatedFrom::Api).await {
        Ok(agent) => {
            let needed = [SourcePermission::Read, SourcePermission::Reply];
            Ok(!agent.user.bot && needed.iter().all(|p| agent.can_on(source, *p)))
        }
        Err(Error::Unauthorized(..)) => Ok(false),
        Err(other) => Err(other),
    }
}
