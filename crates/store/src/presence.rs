//! Which processes serve the database, which agents have a console open on them, and whether they take work.
//!
//! Whoever changes where an agent is holds the agent's row first, and before it that of the process, if it needs one.

use model::{AgentConnectionId, Availability, ChannelId, PresenceState, PresenceStatusId, Timestamp, UserId};

use crate::{Backend, Error, Filter, Row, Tx, params, table};

table! {
    /// A process that serves the database.
    pub struct Node in "nodes" {
        /// Its name, which no other has or will have.
        id: String,
        /// When it began.
        started_at: Timestamp,
        /// When it said last that it lives.
        seen_at: Timestamp,
    }
}

table! {
    /// A page of an agent's console.
    pub struct AgentConnection in "agent_connections" {
        /// Its id.
        id: AgentConnectionId,
        /// The process that has its socket.
        node_id: String,
        /// The agent.
        user_id: UserId,
        /// When it was opened.
        created_at: Timestamp,
    }
}

table! {
    /// Where an agent is.
    pub struct AgentPresence in "agent_presence" {
        /// The agent.
        user_id: UserId,
        /// Where.
        state: PresenceState,
        /// Since when.
        since: Timestamp,
        /// Until when they may come back as if nothing had been.
        gone_until: Option<Timestamp>,
        /// Their own reason for being away.
        custom_status_id: Option<PresenceStatusId>,
        /// When they did something last.
        acted_at: Option<Timestamp>,
        /// Grows with each change.
        version: i64,
    }
}

/// Whether an agent takes work on a channel.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The agent.
    pub user_id: UserId,
    /// The channel.
    pub channel_id: ChannelId,
    /// Whether they do.
    pub availability: Availability,
}

/// Notes that a process lives; tells whether it is known.
///
/// # Errors
/// As the database says.
pub async fn beat(tx: &mut Tx, node: &str) -> Result<bool, Error> {
    let now = tx.now();
    Ok(tx.execute("UPDATE nodes SET seen_at = ?2 WHERE id = ?1", params![node.to_owned(), now]).await? > 0)
}

/// Every process that is known.
///
/// # Errors
/// As the database says.
pub async fn nodes(tx: &mut Tx) -> Result<Vec<Node>, Error> {
    tx.select("ORDER BY id", Vec::new()).await
}

/// Keeps a process known until the transaction ends; tells whether it is. Others may keep it too, and it may say that it
/// lives.
///
/// # Errors
/// As the database says.
pub async fn keep_node(tx: &mut Tx, node: &str) -> Result<bool, Error> {
    let held = if tx.backend() == Backend::Postgres { " FOR KEY SHARE" } else { "" };
    let sql = format!("SELECT 1 FROM nodes WHERE id = ?1{held}");
    Ok(!tx.rows(&sql, params![node.to_owned()]).await?.is_empty())
}

/// A process, held against everybody else: nothing can be put on it until the transaction ends.
///
/// # Errors
/// As the database says.
pub async fn node_locked(tx: &mut Tx, node: &str) -> Result<Option<Node>, Error> {
    tx.find_locked("WHERE id = ?1", params![node.to_owned()]).await
}

/// The agents with a console on a process, in the order of their ids.
///
/// # Errors
/// As the database says.
pub async fn users_on(tx: &mut Tx, node: &str) -> Result<Vec<UserId>, Error> {
    let sql = "SELECT DISTINCT user_id FROM agent_connections WHERE node_id = ?1 ORDER BY user_id";
    tx.rows(sql, params![node.to_owned()]).await?.iter_mut().map(Row::take).collect()
}

/// Where an agent is, held against other writers; none for one who never was anywhere.
///
/// # Errors
/// As the database says.
pub async fn find_locked(tx: &mut Tx, user: &UserId) -> Result<Option<AgentPresence>, Error> {
    tx.find_locked("WHERE user_id = ?1", params![user]).await
}

/// The same; one who never was anywhere is absent.
///
/// # Errors
/// As the database says.
pub async fn locked(tx: &mut Tx, user: &UserId) -> Result<AgentPresence, Error> {
    if let Some(found) = find_locked(tx, user).await? {
        return Ok(found);
    }
    let (user_id, since) = (user.clone(), tx.now());
    let state = PresenceState::Absent;
    let first =
        AgentPresence { user_id, state, since, gone_until: None, custom_status_id: None, acted_at: None, version: 0 };
    // Of two at once the second finds, behind the lock, the row of the first.
    tx.insert_if_new(&first).await?;
    find_locked(tx, user).await?.ok_or(Error::NotFound)
}

/// Whether an agent has a console open.
///
/// # Errors
/// As the database says.
pub async fn is_connected(tx: &mut Tx, user: &UserId) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM agent_connections WHERE user_id = ?1 LIMIT 1";
    Ok(!tx.rows(sql, params![user]).await?.is_empty())
}

/// Everybody who has a console open, in the order of their ids.
///
/// # Errors
/// As the database says.
pub async fn connected(tx: &mut Tx) -> Result<Vec<UserId>, Error> {
    let sql = "SELECT DISTINCT user_id FROM agent_connections ORDER BY user_id";
    tx.rows(sql, Vec::new()).await?.iter_mut().map(Row::take).collect()
}

/// Removes a connection; tells whether it was there.
///
/// # Errors
/// As the database says.
pub async fn remove_connection(tx: &mut Tx, id: &AgentConnectionId) -> Result<bool, Error> {
    Ok(tx.execute("DELETE FROM agent_connections WHERE id = ?1", params![id]).await? > 0)
}

/// Removes an agent's connections: those on one process, or all.
///
/// # Errors
/// As the database says.
pub async fn remove_connections(tx: &mut Tx, user: &UserId, node: Option<&str>) -> Result<(), Error> {
    let mut filter = Filter::default();
    filter.and_value("user_id = ?", user);
    filter.and_some("node_id = ?", node.map(str::to_owned).as_ref());
    let sql = format!("DELETE FROM agent_connections {}", filter.clause());
    tx.execute(&sql, filter.params).await.map(drop)
}

/// When the next agent who is gone is absent; none when nobody is gone.
///
/// # Errors
/// As the database says.
pub async fn next_grace(tx: &mut Tx) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT gone_until FROM agent_presence WHERE state = 'gone' ORDER BY gone_until LIMIT 1";
    tx.rows(sql, Vec::new()).await?.first_mut().map_or(Ok(None), Row::take)
}

/// Up to `limit` agents whose time to come back is over, in the order of their ids.
///
/// # Errors
/// As the database says.
pub async fn graces_over(tx: &mut Tx, limit: i64) -> Result<Vec<UserId>, Error> {
    let sql =
        "SELECT user_id FROM agent_presence WHERE state = 'gone' AND gone_until <= ?1 ORDER BY gone_until LIMIT ?2";
    let found = tx.rows(sql, params![tx.now(), limit]).await?.iter_mut().map(Row::take).collect::<Result<Vec<_>, _>>();
    found.map(|mut users: Vec<UserId>| {
        users.sort();
        users
    })
}

/// What some agents have chosen, or what was chosen for them.
///
/// # Errors
/// As the database says.
pub async fn chosen(tx: &mut Tx, users: &[UserId]) -> Result<Vec<Chosen>, Error> {
    let mut filter = Filter::default();
    filter.and_in("user_id", users);
    let sql = format!("SELECT user_id, channel_id, available FROM agent_availability {}", filter.clause());
    let chosen = |row: &mut Row| {
        let (user_id, channel_id) = (row.take()?, row.take()?);
        let availability = if row.take()? { Availability::Available } else { Availability::Away };
        Ok(Chosen { user_id, channel_id, availability })
    };
    tx.rows(&sql, filter.params).await?.iter_mut().map(chosen).collect()
}

/// The own reasons of those of some agents who have one.
///
/// # Errors
/// As the database says.
pub async fn reasons(tx: &mut Tx, users: &[UserId]) -> Result<Vec<(UserId, PresenceStatusId)>, Error> {
    let mut filter = Filter::default();
    filter.and_in("user_id", users);
    filter.and("custom_status_id IS NOT NULL");
    let sql = format!("SELECT user_id, custom_status_id FROM agent_presence {}", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// Notes whether an agent takes work on a channel, and who said so.
///
/// # Errors
/// As the database says.
pub async fn choose(
    tx: &mut Tx,
    user: &UserId,
    channel: &ChannelId,
    availability: Availability,
    cause: &str,
) -> Result<(), Error> {
    let sql = "INSERT INTO agent_availability (user_id, channel_id, available, since, cause) VALUES (?1, ?2, ?3, ?4, ?5) \
               ON CONFLICT (user_id, channel_id) DO UPDATE SET \
               available = excluded.available, since = excluded.since, cause = excluded.cause";
    let available = availability == Availability::Available;
    tx.execute(sql, params![user, channel, available, tx.now(), cause.to_owned()]).await.map(drop)
}

/// Takes a piece of work for a process; tells whether it has it now. A process that is not known gets none.
///
/// # Errors
/// As the database says.
pub async fn take_lease(tx: &mut Tx, name: &str, node: &str) -> Result<bool, Error> {
    let sql = "INSERT INTO timer_leases (name, node_id) SELECT ?1, id FROM nodes WHERE id = ?2 ON CONFLICT DO NOTHING";
    let (name, node) = (name.to_owned(), node.to_owned());
    if tx.execute(sql, params![name.clone(), node.clone()]).await? > 0 {
        return Ok(true);
    }
    let own = "SELECT COUNT(*) FROM timer_leases WHERE name = ?1 AND node_id = ?2";
    Ok(tx.number(own, params![name, node]).await? > 0)
}

/// Gives it back.
///
/// # Errors
/// As the database says.
pub async fn end_lease(tx: &mut Tx, name: &str, node: &str) -> Result<(), Error> {
    let sql = "DELETE FROM timer_leases WHERE name = ?1 AND node_id = ?2";
    tx.execute(sql, params![name.to_owned(), node.to_owned()]).await.map(drop)
}
