//! The bots' own operations: engage, complete, hand over (`docs/interactions/bots-api.md` and the OpenAPI file).

use model::{CategoryId, IdentityId, InterventionId, UserId};
use store::intervention::{self, Intervention};
use store::thread::Thread;
use store::{Tx, content, identity};

use super::{Actor, Error, Fault, Reason, Result, intervention as cases, thread};

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
    cases::end(tx, Some(&actor.user.id), &mut case).await?;
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
    thread::recount(tx, &mut thread).await
}

/// Who a conversation goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A program.
    Bot,
    /// A person.
    Agent,
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
/// To people: the bot's intervention ends, and what the customer said last waits in their folder. To a bot: allowed
/// only while nobody has the customer; the bot is told by its webhook as always.
///
/// # Errors
/// 422 when there is nothing to hand over, or an intervention is open on the way to a bot.
pub async fn handover(
    tx: &mut Tx,
    actor: &Actor,
    to: Side,
    handed: Handed,
    categories: Option<Vec<CategoryId>>,
) -> Result<()> {
    match (to, handed) {
        (_, Handed::Intervention(id)) => release(tx, actor, &id, categories).await,
        (Side::Agent, Handed::IdentityForeignId(foreign)) => {
            let case = open_case(tx, actor, &foreign).await?;
            let nothing =
                || Error::invalid("identity_foreign_id", Reason::Unfit.says("has no open intervention to hand over"));
            release(tx, actor, &case.ok_or_else(nothing)?.id, categories).await
        }
        (Side::Bot, Handed::IdentityForeignId(foreign)) => match open_case(tx, actor, &foreign).await? {
            Some(_) => {
                let message = "the identity is under an open intervention";
                Err(Error::Unprocessable("intervention_open", message.into()))
            }
            None => Ok(()),
        },
    }
}

async fn open_case(tx: &mut Tx, actor: &Actor, foreign_id: &str) -> Result<Option<Intervention>> {
    let known = identity::by_foreign_id(tx, foreign_id).await?;
    if known.is_empty() {
        return Err(Error::invalid("identity_foreign_id", Fault::not("known")));
    }
    let identity_ids: Vec<IdentityId> = known.into_iter().map(|i| i.id).collect();
    let filter = intervention::InterventionFilter {
        identity_ids,
        status: Some("opened".into()),
        ..intervention::InterventionFilter::default()
    };
    let page = store::Page { offset: 0, limit: 1 };
    Ok(intervention::list(tx, actor.scope(), &filter, page).await?.records.into_iter().next())
}

/// Lets go of an intervention: cancelled when it has no reply, closed when it has; the customer's last words wait.
async fn release(tx: &mut Tx, actor: &Actor, id: &InterventionId, categories: Option<Vec<CategoryId>>) -> Result<()> {
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
    if let Some(ids) = categories {
        thread::set_categories(tx, actor, &mut thread, ids, "thread_category_ids").await?;
    }
    let_go(tx, Some(&actor.user.id), case, &mut thread).await
}

/// Lets go of an open intervention of a held thread, so that people find the customer waiting.
///
/// # Errors
/// As the store says.
pub(super) async fn let_go(
    tx: &mut Tx,
    user: Option<&UserId>,
    mut case: Intervention,
    thread: &mut Thread,
) -> Result<()> {
    if case.user_replies_count == 0 {
        cases::undo(tx, user, &case).await?;
    } else {
        content::release(tx, &case.id).await?;
        cases::end(tx, user, &mut case).await?;
        // The customer asked for a person: their last word waits for one, answered by the bot or not.
        content::wait_again(tx, &case.thread_id, &case.identity_id).await?;
    }
    thread::recount(tx, thread).await
}
