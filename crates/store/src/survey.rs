//! Surveys of third parties.

use model::{CategoryId, SourceId, SurveyId, TeamId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Error, Json, Tx, params, table};

table! {
    /// A survey of a third party.
    pub struct Survey in "surveys" {
        /// Its id.
        id: SurveyId,
        /// Its name for agents.
        name: String,
        /// Which kind of provider: `sdk`.
        kind: String,
        /// In use.
        active: bool,
        /// Where customers answer it.
        link: String,
        /// As whom it is sent.
        from_name: Option<String>,
        /// What customers read, with `{{link}}` where the link stands.
        message: String,
        /// Interventions shorter than this (seconds) have it sent at once.
        instant_send_threshold: Option<i64>,
        /// Not sent when the customer's last word is older than this (seconds).
        max_time_since_last_reply: Option<i64>,
        /// Seconds between the end of an intervention and its sending.
        send_delay: i64,
        /// Only for interventions with one of these categories; all when empty.
        category_ids: Json<Vec<CategoryId>>,
        /// Only for interventions of users of these teams; all when empty.
        team_ids: Json<Vec<TeamId>>,
        /// Only on these sources; all when empty.
        source_ids: Json<Vec<SourceId>>,
        /// What is asked.
        questions: Json<Vec<Question>>,
        /// The root of the bridge; none for a survey without one.
        bridge_url: Option<String>,
        /// The sealed key that both sides show each other.
        secret: String,
        /// The bridge must show the key.
        verify_secret: bool,
        /// Answers are fetched from the bridge.
        polling: bool,
        /// The bridge may bring answers.
        realtime: bool,
        /// What is added to the link.
        url_parameters: Json<Vec<String>>,
        /// When the newest answer that was fetched was given.
        polled_since: Option<Timestamp>,
        /// When answers are fetched next.
        next_poll_at: Timestamp,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// A question of a survey.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The provider's id of it.
    pub foreign_id: String,
    /// The question.
    pub text: String,
    /// The one whose answer is the survey's result.
    pub main: bool,
    /// The answers to choose from; none for a free text.
    pub choices: Vec<Choice>,
}

/// An answer to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What customers read.
    pub text: String,
    /// What it stands for.
    pub value: Option<String>,
}

/// Finds a survey.
pub async fn find(tx: &mut Tx, id: &SurveyId) -> Result<Option<Survey>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a survey and holds it against other writers.
pub async fn find_locked(tx: &mut Tx, id: &SurveyId) -> Result<Option<Survey>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// Every survey in use, oldest first.
pub async fn active(tx: &mut Tx) -> Result<Vec<Survey>, Error> {
    tx.select("WHERE active = TRUE ORDER BY created_at, id", Vec::new()).await
}

/// The survey in use whose responses are to be fetched next.
pub async fn next_to_poll(tx: &mut Tx) -> Result<Option<Survey>, Error> {
    tx.find("WHERE active = TRUE AND polling = TRUE ORDER BY next_poll_at, id LIMIT 1", Vec::new()).await
}
