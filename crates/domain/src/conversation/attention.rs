//! What waits for whom: how far each agent has read a thread, and what is marked for them.
//!
//! Reading is each agent's own: it changes nothing of what others see. What the customer is told, that somebody has read what
//! they wrote, is of the first agent who did (`inbox::mark_read`).

use model::{MarkedBecause, ThreadId};
use store::Tx;
use store::agent_thread::{self, Attention, Mine};

use crate::base::{Actor, Result};
use crate::conversation::{inbox, thread};

/// How many threads that wait are told at once.
const WAITING_MAX: i64 = 1000;

/// The threads that the actor has, in the order in which they wait for them; a thousand at the most.
pub async fn list(tx: &mut Tx, actor: &Actor) -> Result<Vec<Attention>> {
    Ok(agent_thread::attention(tx, actor.scope(), &actor.user.id, actor.user.unread_from, WAITING_MAX).await?)
}

/// Notes that the actor has read a thread up to a place, or to its end; what the customer wrote until now has been read by
/// somebody then.
///
/// # Errors
/// 404 when the actor may not read it.
pub async fn read(tx: &mut Tx, actor: &Actor, id: &ThreadId, up_to: Option<i64>) -> Result<Mine> {
    let found = thread::find(tx, actor, id).await?;
    if found.agent_read_ordinal < found.last_ordinal {
        inbox::mark_read(tx, actor, id).await?;
    }
    let up_to = up_to.unwrap_or(found.last_ordinal).clamp(0, found.last_ordinal);
    Ok(agent_thread::read(tx, &actor.user.id, id, up_to).await?)
}

/// Has the actor find a thread unread again, until they read it.
///
/// # Errors
/// 404 when the actor may not read it.
pub async fn keep_unread(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<Mine> {
    let found = thread::find(tx, actor, id).await?;
    agent_thread::mark(tx, &actor.user.id, id, found.last_ordinal, MarkedBecause::Asked).await?;
    let known = agent_thread::of_threads(tx, &actor.user.id, std::slice::from_ref(id)).await?;
    Ok(known.get(id).copied().unwrap_or_default())
}
