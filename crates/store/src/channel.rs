//! Channels: routing groups of sources.

use model::{CategoryId, ChannelId, Timestamp};

use crate::{Error, Json, Tx, params, table};

/// The name of the channel for live chats.
pub const LIVE: &str = "Realtime";

table! {
    /// A routing group of sources.
    pub struct Channel in "channels" {
        /// Its id.
        id: ChannelId,
        /// Its name.
        name: String,
        /// An agent with so many of its conversations is busy.
        soft_capability: i64,
        /// An agent with so many of its conversations takes no more.
        hard_capability: i64,
        /// How long a task stays with an agent who is absent or away; none for ever.
        task_timeout_seconds: Option<i64>,
        /// Within how many seconds the agent must answer.
        agent_sla: Option<i64>,
        /// After how many percent of that the console warns; 0 for never.
        agent_sla_threshold: i64,
        /// After how many seconds of a customer's silence a task is completed.
        task_auto_complete_seconds: Option<i64>,
        /// What its intervention gets then.
        auto_complete_category_ids: Json<Vec<CategoryId>>,
        /// Whether who joins begins away.
        away_by_default: bool,
        /// After how many seconds a customer who waits for an available agent is taken back; none for never.
        silent_timeout_seconds: Option<i64>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

impl Channel {
    /// A channel with the defaults of its kind: "Realtime" is for live chats, which cannot wait.
    #[must_use]
    pub fn new(name: &str, now: Timestamp) -> Self {
        let live = name == LIVE;
        Self {
            id: ChannelId::new(now),
            name: name.to_owned(),
            soft_capability: 3,
            hard_capability: if live { 5 } else { 6 },
            task_timeout_seconds: Some(if live { 90 } else { 3600 }),
            agent_sla: None,
            agent_sla_threshold: 0,
            task_auto_complete_seconds: None,
            auto_complete_category_ids: Json::default(),
            away_by_default: false,
            silent_timeout_seconds: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Finds a channel.
pub async fn find(tx: &mut Tx, id: &ChannelId) -> Result<Option<Channel>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a channel and holds it against other writers.
pub async fn find_locked(tx: &mut Tx, id: &ChannelId) -> Result<Option<Channel>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// Every channel, oldest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Channel>, Error> {
    tx.select("ORDER BY created_at, id", Vec::new()).await
}
