//! The bots' own operations: engage, complete, hand over (`docs/interactions/bots-api.md` and the OpenAPI file).

use model::{CategoryId, ContentId, IdentityId, InterventionId, SourcePermission, UserId};
use store::intervention::{self, Intervention};
use store::thread::{self as threads, Thread};
use store::{Tx, content as contents, identity};

use crate::base::{Actor, Error, Fault, Reason, Result};
pub use crate::conversation::handover::Side;
use crate::conversation::{
    handover::{self, Why},
    held, intervention as cases, thread,
};

/// Opens an intervention on a customer's content as a bot, or reopens the closed one that the content belongs to.
///
/// # Errors
/// As [`cases::open`]; 409 `handed_over` when a bot gave the thread to people, whatever the caller's user says it is.
pub async fn engage(tx: &mut Tx, actor: &Actor, content_id: &ContentId) -> Result<Intervention> {
    let (_, mut thread, source) = held::lock(tx, actor, content_id).await?;
    actor.require_on(&source.id, SourcePermission::Reply)?;
    handover::require_none(&thread)?;
    // Whatever their user says, by this they are a bot.
    thread.last_bot_id = Some(actor.user.id.clone());
    tx.update(&thread).await?;
    cases::open(tx, actor, content_id).await
}

/// Ends a bot's intervention, with or without replies, and perhaps its thread.
///
/// # Errors
/// 422 when there is no such open intervention; 403 when it is somebody else's.
pub async fn complete(
    tx: &mut Tx,
    actor: &Actor,
    id: &InterventionId,
    close_thread: bool,
    categories: Option<Vec<CategoryId>>,
) -> Result<()> {
    let unknown = || Error::invalid("intervention_id", Fault::not("an open intervention"));
    let (mut case, mut thread, source) = cases::lock(tx, actor, id).await.map_err(|e| match e {
        Error::NotFound(_) => unknown(),
        other => other,
    })?;
    if !case.is_open() {
        return Err(unknown());
    }
    if case.user_id != actor.user.id {
        actor.require(model::Permission::UpdateIntervention)?;
    }
    if close_thread {
        actor.require(model::Permission::CloseContentThread)?;
    }
    // The visitor of a live chat is there and waits for a person, answered by the bot or not.
    let waits_again = thread.is_live_chat() && !thread.closed && !close_thread;
    match waits_again {
        true => cases::end_for_people(tx, Some(&actor.user.id), &mut case).await?,
        false => cases::end(tx, Some(&actor.user.id), &mut case).await?,
    }
    if let Some(mut ids) = categories {
        // The parameter adds to what the thread has.
        ids.extend(thread.thread_category_ids.0.clone());
        ids.sort();
        ids.dedup();
        thread::set_categories(tx, actor, &mut thread, ids, "thread_category_ids").await?;
    }
    if close_thread && !thread.closed {
        thread::set_closed(tx, actor, &mut thread, &source, true).await?;
    }
    if waits_again {
        contents::wait_again(tx, &thread.id, &case.identity_id).await?;
    }
    thread::recount(tx, &mut thread).await?;
    handover::end(tx, Some(&actor.user), &mut thread).await
}

/// What is handed over, and how.
#[derive(Clone, Debug)]
pub struct Handover {
    /// To whom.
    pub to: Side,
    /// Its kind, for the journal.
    pub kind: String,
    /// What.
    pub handed: Handed,
    /// The thread's categories from now on; none leaves them.
    pub categories: Option<Vec<CategoryId>>,
}

/// What to hand over.
#[derive(Clone, Debug)]
pub enum Handed {
    /// This intervention.
    Intervention(InterventionId),
    /// Whatever there is of the identity with this id on the other side.
    IdentityForeignId(String),
}

/// Hands a conversation from a bot to people, or back.
///
/// To people: the bot's intervention ends, and what the customer said last waits in their folder; no bot takes the
/// thread any more. To a bot: allowed only while nobody has the customer; what was handed over is a bot's again, which is
/// told by its webhook as always.
///
/// # Errors
/// 422 when there is nothing to hand over, or an intervention is open on the way to a bot; 409 `handed_over` when a bot
/// would give itself what it handed over.
pub async fn handover(tx: &mut Tx, actor: &Actor, given: Handover) -> Result<()> {
    let foreign = match &given.handed {
        Handed::Intervention(id) => return release(tx, actor, &id.clone(), given).await,
        Handed::IdentityForeignId(foreign) => foreign,
    };
    let customers = customers(tx, foreign).await?;
    match (given.to, open_case(tx, actor, &customers).await?) {
        (Side::Agent, Some(case)) => release(tx, actor, &case.id, given).await,
        (Side::Agent, None) => {
            Err(Error::invalid("identity_foreign_id", Reason::Unfit.says("has no open intervention to hand over")))
        }
        (Side::Bot, Some(_)) => {
            let message = "the identity is under an open intervention";
            Err(Error::Unprocessable("intervention_open", message.into()))
        }
        (Side::Bot, None) => {
            for id in threads::handed_over(tx, actor.scope(), &customers).await? {
                let (mut thread, _) = thread::lock(tx, actor, &id).await?;
                handover::require_given(&actor.user, &thread)?;
                handover::give_back(&mut thread);
                tx.update(&thread).await?;
                handover::tell(tx, Some(&actor.user.id), &thread, Side::Bot, Why::Asked(&given.kind));
            }
            Ok(())
        }
    }
}

/// The identities that have this id on the other side.
async fn customers(tx: &mut Tx, foreign_id: &str) -> Result<Vec<IdentityId>> {
    let known = identity::by_foreign_id(tx, foreign_id).await?;
    if known.is_empty() {
        return Err(Error::invalid("identity_foreign_id", Fault::not("known")));
    }
    Ok(known.into_iter().map(|i| i.id).collect())
}

async fn open_case(tx: &mut Tx, actor: &Actor, customers: &[IdentityId]) -> Result<Option<Intervention>> {
    let filter = intervention::InterventionFilter {
        identity_ids: customers.to_vec(),
        status: Some("opened".into()),
        ..intervention::InterventionFilter::default()
    };
    let page = store::Page { offset: 0, limit: 1 };
    Ok(intervention::list(tx, actor.scope(), &filter, page).await?.records.into_iter().next())
}

/// Lets go of an intervention: cancelled when it has no reply, closed when it has; the customer's last words wait.
async fn release(tx: &mut Tx, actor: &Actor, id: &InterventionId, given: Handover) -> Result<()> {
    let Handover { to, kind, handed: _, categories } = given;
    let unknown = || Error::invalid("intervention_id", Fault::not("an open intervention"));
    let (case, mut thread, _) = cases::lock(tx, actor, id).await.map_err(|e| match e {
        Error::NotFound(_) => unknown(),
        other => other,
    })?;
    if !case.is_open() {
        return Err(unknown());
    }
    if case.user_id != actor.user.id {
        actor.require(model::Permission::UpdateIntervention)?;
    }
    match to {
        Side::Agent => thread.handed_over_by = Some(case.user_id.clone()),
        Side::Bot => {
            handover::require_given(&actor.user, &thread)?;
            handover::give_back(&mut thread);
        }
    }
    if let Some(ids) = categories {
        thread::set_categories(tx, actor, &mut thread, ids, "thread_category_ids").await?;
    }
    let_go(tx, Some(&actor.user.id), case, &mut thread).await?;
    handover::tell(tx, Some(&actor.user.id), &thread, to, Why::Asked(&kind));
    Ok(())
}

/// Lets go of an open intervention of a held thread, so that people find the customer waiting.
pub(crate) async fn let_go(
    tx: &mut Tx,
    user: Option<&UserId>,
    mut case: Intervention,
    thread: &mut Thread,
) -> Result<()> {
    if case.user_replies_count == 0 {
        cases::undo(tx, user, &case).await?;
    } else {
        contents::release(tx, &case.id).await?;
        cases::end_for_people(tx, user, &mut case).await?;
        // The customer asked for a person: their last word waits for one, answered by the bot or not.
        contents::wait_again(tx, &case.thread_id, &case.identity_id).await?;
    }
    thread::recount(tx, thread).await
}

/// Gives a held thread to people when a bot has just written as much in it as it may without a customer's word.
pub(crate) async fn stop_loop(tx: &mut Tx, actor: &Actor, thread: &mut Thread, limit: Option<i64>) -> Result<()> {
    if limit.is_none_or(|limit| thread.bot_streak < limit) {
        return Ok(());
    }
    thread.handed_over_by = Some(actor.user.id.clone());
    let bots = thread.owner.as_ref().is_some_and(|owner| owner.is_bot() || owner.id == actor.user.id);
    match intervention::open_of_thread(tx, &thread.id).await? {
        Some(case) if bots => let_go(tx, None, case, thread).await?,
        Some(_) => tx.update(thread).await?,
        None => {
            if let Some(customer) = &thread.identity_id {
                contents::wait_again(tx, &thread.id, customer).await?;
            }
            thread::recount(tx, thread).await?;
        }
    }
    handover::tell(tx, None, thread, Side::Agent, Why::Loop);
    Ok(())
}
