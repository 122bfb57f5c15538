//! How each agent has their console look, and tell them of what happens. Who has chosen nothing has no row.

use model::{SignalLevel, SignalTone, SourceId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{Error, Json, Tx, params, table};

/// How an agent wants to be told of what happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Signals {
    /// What sounds.
    pub sound: SignalLevel,
    /// How.
    pub tone: SignalTone,
    /// How loudly, of a hundred.
    pub volume: i64,
    /// Of what the browser shows notices.
    pub notices: SignalLevel,
    /// Of these sources nothing is told aloud.
    pub muted_source_ids: Vec<SourceId>,
    /// On which weekdays quiet hours begin, from 1 for Monday; none where there are none.
    pub quiet_days: Vec<i64>,
    /// From when, such as `22:00`.
    pub quiet_from: String,
    /// Until when; where that is earlier, of the next day.
    pub quiet_to: String,
    /// In which time zone; none for that of the account, else of the browser.
    pub timezone: Option<String>,
    /// Until then nothing is told aloud, in milliseconds.
    pub quiet_until: Option<i64>,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            sound: SignalLevel::Mine,
            tone: SignalTone::Chime,
            volume: 60,
            notices: SignalLevel::Mine,
            muted_source_ids: Vec::new(),
            quiet_days: Vec::new(),
            quiet_from: "20:00".into(),
            quiet_to: "07:00".into(),
            timezone: None,
            quiet_until: None,
        }
    }
}

table! {
    /// How an agent has their console look.
    pub struct ConsoleProfile in "console_profiles" {
        /// The agent.
        user_id: UserId,
        /// Rows of lists have two lines, and no face.
        dense: bool,
        /// The navigation has icons alone.
        narrow_rail: bool,
        /// The person is not beside a conversation.
        person_hidden: bool,
        /// How they want to be told of what happens.
        signals: Json<Signals>,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// What an agent has chosen.
pub async fn find(tx: &mut Tx, user: &UserId) -> Result<Option<ConsoleProfile>, Error> {
    tx.find("WHERE user_id = ?1", params![user]).await
}

/// The same, held for a change.
pub async fn find_locked(tx: &mut Tx, user: &UserId) -> Result<Option<ConsoleProfile>, Error> {
    tx.find_locked("WHERE user_id = ?1", params![user]).await
}

/// Keeps what an agent has chosen.
pub async fn keep(tx: &mut Tx, profile: &ConsoleProfile) -> Result<(), Error> {
    if !tx.insert_if_new(profile).await? {
        tx.update(profile).await?;
    }
    Ok(())
}
