//! Where agents are, and whether they take work. An agent is there while a page of their console is open, on whichever
//! process, and joins by that. When the last page is lost without a word they are gone, and may come back for a while as
//! if nothing had been: a restart, a reload, a tunnel take nothing from anybody.

use std::collections::BTreeMap;

use model::{
    AgentConnectionId, Availability, ChannelId, Event, EventType, PresenceState, PresenceStatusId, Resource, Timestamp,
    UserId,
};
use serde_json::{Value, json};
use store::presence::{self as rows, AgentConnection, AgentPresence, Node};
use store::{Tx, user};

use crate::base::{Actor, Error, Result};
use crate::desk::agent_work::{first, work};

/// How long an agent may come back after the last page was lost, in seconds.
pub const GRACE_SECONDS: i64 = 60;
/// How long what they chose is remembered after they left.
const REMEMBERED_SECONDS: i64 = 12 * 3600;
/// How many of those who are gone become absent in one transaction.
const BATCH: i64 = 50;

/// A page of a console that was closed or lost.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its connection.
    pub connection: AgentConnectionId,
    /// Whose it was.
    pub user: UserId,
    /// Whether they meant to leave: they signed out, or somebody ended their session.
    pub left: bool,
}

/// Makes a process known, and ends the one whose place it takes; where it is `alone`, everyone before it.
pub async fn begin(tx: &mut Tx, node: &str, former: Option<&str>, alone: bool) -> Result<()> {
    for other in rows::nodes(tx).await? {
        if other.id != node && (alone || Some(other.id.as_str()) == former) {
            end(tx, &other.id).await?;
        }
    }
    register(tx, node, BTreeMap::new()).await
}

/// Notes that a process lives, and gives the others, or none when it is not known: it was taken for dead.
pub async fn beat(tx: &mut Tx, node: &str) -> Result<Option<Vec<Node>>> {
    if !rows::beat(tx, node).await? {
        return Ok(None);
    }
    let mut others = rows::nodes(tx).await?;
    others.retain(|other| other.id != node);
    Ok(Some(others))
}

/// Makes a process known with the pages that are open on it.
pub async fn register(tx: &mut Tx, node: &str, open: BTreeMap<AgentConnectionId, UserId>) -> Result<()> {
    let now = tx.now();
    tx.insert_if_new(&Node { id: node.to_owned(), started_at: now, seen_at: now }).await?;
    let mut open: Vec<_> = open.into_iter().map(|(connection, user)| (user, connection)).collect();
    open.sort();
    for (user, connection) in open {
        connect(tx, node, connection, &user).await?;
    }
    Ok(())
}

/// Ends a process that is dead: the agents whose last page it had are gone. Safe to do twice.
pub async fn end(tx: &mut Tx, node: &str) -> Result<()> {
    if rows::node_locked(tx, node).await?.is_none() {
        return Ok(());
    }
    for user in rows::users_on(tx, node).await? {
        let presence = rows::locked(tx, &user).await?;
        rows::remove_connections(tx, &user, Some(node)).await?;
        lose(tx, presence, false).await?;
    }
    Ok(tx.delete::<Node>(node).await?)
}

/// Notes that an agent has opened a page; tells whether it could be noted. It cannot on a process that is not known.
pub async fn connect(tx: &mut Tx, node: &str, id: AgentConnectionId, user: &UserId) -> Result<bool> {
    if !rows::keep_node(tx, node).await? {
        return Ok(false);
    }
    let mut presence = rows::locked(tx, user).await?;
    // Behind the lock: whoever disables a user takes their pages away behind it too.
    if user::find(tx, user).await?.is_none_or(|user| !user.enabled) {
        return Ok(true);
    }
    let (node_id, user_id, created_at) = (node.to_owned(), user.clone(), tx.now());
    tx.insert_if_new(&AgentConnection { id, node_id, user_id, created_at }).await?;
    let kind = match presence.state {
        PresenceState::In => return Ok(true),
        PresenceState::Gone => EventType::AgentReconnected,
        PresenceState::Absent => {
            if !remember(tx, &presence).await? {
                presence.custom_status_id = None;
            }
            EventType::AgentConnected
        }
    };
    let presence = change(tx, presence, PresenceState::In, None).await?;
    tell(tx, kind, &presence, Some(user), None).await?;
    Ok(true)
}

/// What whoever joins begins with: as they left it, when that is not long ago, else as the channels have it. Tells
/// whether it is as they left it.
async fn remember(tx: &mut Tx, left: &AgentPresence) -> Result<bool> {
    let recent = tx.now().seconds_since(left.since) <= REMEMBERED_SECONDS;
    let kept = rows::chosen(tx, std::slice::from_ref(&left.user_id)).await?;
    for channel in store::channel::all(tx).await? {
        let known = kept.iter().find(|chosen| chosen.channel_id == channel.id);
        // Whoever is away for a reason is so on a new channel too.
        let away = recent && left.custom_status_id.is_some();
        let begin = if away { Availability::Away } else { first(&channel) };
        if known.is_none_or(|known| !recent && known.availability != begin) {
            rows::choose(tx, &left.user_id, &channel.id, begin, "joined").await?;
        }
    }
    Ok(recent)
}

/// Notes that pages were closed or lost.
pub async fn disconnect(tx: &mut Tx, mut ended: Vec<Ended>) -> Result<()> {
    ended.sort_by(|a, b| a.user.cmp(&b.user));
    for Ended { connection, user, left } in ended {
        let Some(presence) = rows::find_locked(tx, &user).await? else { continue };
        if rows::remove_connection(tx, &connection).await? {
            lose(tx, presence, left).await?;
        }
    }
    Ok(())
}

/// What follows when a page of an agent is no more: nothing, while there is another one.
async fn lose(tx: &mut Tx, presence: AgentPresence, left: bool) -> Result<()> {
    if presence.state != PresenceState::In || rows::is_connected(tx, &presence.user_id).await? {
        return Ok(());
    }
    if left {
        return leave(tx, presence, true, "left").await;
    }
    let until = tx.now().plus_seconds(GRACE_SECONDS);
    let presence = change(tx, presence, PresenceState::Gone, Some(until)).await?;
    tell(tx, EventType::AgentConnectionLost, &presence, None, None).await
}

/// Has somebody who is gone and meant it leave at once.
pub async fn leave_if_gone(tx: &mut Tx, user: &UserId) -> Result<()> {
    match rows::find_locked(tx, user).await? {
        Some(presence) if presence.state == PresenceState::Gone => leave(tx, presence, true, "left").await,
        _ => Ok(()),
    }
}

/// Takes an agent out who may not be there any more: disabled, or removed.
pub async fn remove(tx: &mut Tx, user: &UserId, cause: &str) -> Result<()> {
    let Some(presence) = rows::find_locked(tx, user).await? else { return Ok(()) };
    rows::remove_connections(tx, user, None).await?;
    if presence.state == PresenceState::Absent { Ok(()) } else { leave(tx, presence, false, cause).await }
}

async fn leave(tx: &mut Tx, presence: AgentPresence, own: bool, cause: &str) -> Result<()> {
    let user = presence.user_id.clone();
    let presence = change(tx, presence, PresenceState::Absent, None).await?;
    tell(tx, EventType::AgentDisconnected, &presence, Some(&user).filter(|_| own), Some(cause)).await
}

/// When the next agent who is gone is absent; none when nobody is gone.
pub async fn next_grace(tx: &mut Tx) -> Result<Option<Timestamp>> {
    Ok(rows::next_grace(tx).await?)
}

/// Has those be absent who did not come back in time; tells whether there may be more. Safe to do twice.
pub async fn end_graces(tx: &mut Tx) -> Result<bool> {
    let over = rows::graces_over(tx, BATCH).await?;
    let more = !over.is_empty();
    for user in over {
        let Some(presence) = rows::find_locked(tx, &user).await? else { continue };
        // They may have come back while they were awaited.
        let still = presence.state == PresenceState::Gone && presence.gone_until.is_none_or(|until| until <= tx.now());
        if still {
            leave(tx, presence, false, "connection_lost").await?;
        }
    }
    Ok(more)
}

/// Sets on which channels an agent who is there takes work, and their own reason for being away.
///
/// # Errors
/// 404 when they are not there.
pub async fn choose(
    tx: &mut Tx,
    actor: &Actor,
    user: &UserId,
    statuses: Vec<(ChannelId, Availability)>,
    reason: Option<PresenceStatusId>,
) -> Result<()> {
    let presence = rows::find_locked(tx, user).await?.filter(|p| p.state == PresenceState::In);
    let mut presence = presence.ok_or(Error::Disconnected)?;
    let before = work(tx, vec![user.clone()]).await?;
    let before: Vec<_> = before.into_iter().flat_map(|work| work.channels).collect();
    let cause = if actor.user.id == *user { "agent" } else { "supervisor" };
    let mut changed = false;
    for (channel, availability) in statuses {
        rows::choose(tx, user, &channel, availability, cause).await?;
        changed |= before.iter().any(|on| on.channel.id == channel && on.availability != availability);
    }
    changed |= presence.custom_status_id != reason;
    if changed {
        presence.custom_status_id = reason;
        presence.version += 1;
        tx.update(&presence).await?;
        tell(tx, EventType::AgentAvailabilityChange, &presence, Some(&actor.user.id), Some(cause)).await?;
    }
    Ok(())
}

async fn change(
    tx: &mut Tx,
    presence: AgentPresence,
    state: PresenceState,
    gone_until: Option<Timestamp>,
) -> Result<AgentPresence> {
    let (since, version) = (tx.now(), presence.version + 1);
    let changed = AgentPresence { state, since, gone_until, version, ..presence };
    tx.update(&changed).await?;
    Ok(changed)
}

/// Tells the journal. On a channel that somebody is not on any more they have no status.
async fn tell(
    tx: &mut Tx,
    kind: EventType,
    presence: &AgentPresence,
    by: Option<&UserId>,
    cause: Option<&str>,
) -> Result<()> {
    let there = presence.state == PresenceState::In;
    let work = work(tx, vec![presence.user_id.clone()]).await?;
    let channels = work.into_iter().flat_map(|work| work.channels).map(|on| {
        let status = Some(on.availability).filter(|_| there);
        json!({"id": on.channel.id, "name": on.channel.name, "status": status, "busyness": on.busyness})
    });
    let mut metadata = json!({
        "channels": channels.collect::<Vec<Value>>(),
        "custom_status": presence.custom_status_id.as_ref().map(|id| json!({"id": id})),
    });
    if let Some(cause) = cause {
        metadata["cause"] = cause.into();
    }
    tx.emit(Event {
        kind,
        user_id: by.cloned(),
        source_id: None,
        thread_id: None,
        resource: Resource { kind: "push_agent".into(), id: presence.user_id.to_string() },
        metadata,
    });
    Ok(())
}
