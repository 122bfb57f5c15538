//! Surveys, whom they were sent to, and what customers answered.

use model::{CategoryId, InterventionId, SourceId, SurveyId, SurveyResponseId, TeamId, Timestamp, UserId, named_enum};
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

/// A question with what a customer answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The provider's id of the question.
    pub foreign_id: String,
    /// The question.
    pub text: String,
    /// The answers.
    pub replies: Vec<Answer>,
}

/// What a customer answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What the customer read or wrote.
    pub text: String,
    /// What it stands for.
    pub value: String,
}

named_enum! {
    /// How far an invitation is.
    InvitationState {
        /// Waits for its time.
        Pending = "pending",
        /// Was sent.
        Sent = "sent",
        /// Was not sent, and will not be.
        Skipped = "skipped",
    }
}

impl crate::Field for InvitationState {
    fn to_value(&self) -> crate::Value {
        crate::Value::Text(self.as_str().to_owned())
    }
    fn from_value(value: crate::Value) -> Result<Self, Error> {
        String::from_value(value)?.parse().map_err(|e: model::UnknownName| Error::Row(e.to_string()))
    }
}

table! {
    /// A survey that a customer is asked to answer after an intervention.
    pub struct SurveyInvitation in "survey_invitations" {
        /// What the link carries and the answer brings back.
        mapping_key: String,
        /// The survey.
        survey_id: SurveyId,
        /// The intervention that it is about.
        intervention_id: InterventionId,
        /// When it is sent.
        due_at: Timestamp,
        /// How far it is.
        state: InvitationState,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// A customer's answers.
    pub struct SurveyResponse in "survey_responses" {
        /// Its id.
        id: SurveyResponseId,
        /// The survey.
        survey_id: SurveyId,
        /// The intervention that it is about.
        intervention_id: InterventionId,
        /// The intervention's source.
        source_id: SourceId,
        /// The intervention's agent.
        user_id: UserId,
        /// The provider's id of it.
        foreign_id: String,
        /// The answer to the main question, when it is a whole number.
        main_indicator: Option<i64>,
        /// The same from 0 to 1 within what could be chosen.
        main_indicator_scaled: Option<f64>,
        /// Everything that was answered.
        questions: Json<Vec<Answered>>,
        /// When the customer gave it.
        submitted_at: Timestamp,
        /// When it came in.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Finds a survey.
///
/// # Errors
/// As the database says.
pub async fn find(tx: &mut Tx, id: &SurveyId) -> Result<Option<Survey>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a survey and holds it against other writers.
///
/// # Errors
/// As the database says.
pub async fn find_locked(tx: &mut Tx, id: &SurveyId) -> Result<Option<Survey>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// Every survey in use, oldest first.
///
/// # Errors
/// As the database says.
pub async fn active(tx: &mut Tx) -> Result<Vec<Survey>, Error> {
    tx.select("WHERE active = TRUE ORDER BY created_at, id", Vec::new()).await
}

/// The survey in use whose responses are to be fetched next.
///
/// # Errors
/// As the database says.
pub async fn next_to_poll(tx: &mut Tx) -> Result<Option<Survey>, Error> {
    tx.find("WHERE active = TRUE AND polling = TRUE ORDER BY next_poll_at, id LIMIT 1", Vec::new()).await
}

/// Whether a customer has been or will be asked about an intervention.
///
/// # Errors
/// As the database says.
pub async fn is_invited(tx: &mut Tx, case: &InterventionId) -> Result<bool, Error> {
    Ok(tx.number("SELECT COUNT(*) FROM survey_invitations WHERE intervention_id = ?1", params![case]).await? > 0)
}

/// Finds an invitation by what its link carries.
///
/// # Errors
/// As the database says.
pub async fn invitation(tx: &mut Tx, mapping_key: &str) -> Result<Option<SurveyInvitation>, Error> {
    tx.find("WHERE mapping_key = ?1", params![mapping_key.to_owned()]).await
}

/// The next invitation to send, held against other writers.
///
/// # Errors
/// As the database says.
pub async fn next_invitation(tx: &mut Tx) -> Result<Option<SurveyInvitation>, Error> {
    tx.find_locked("WHERE state = 'pending' ORDER BY due_at, mapping_key LIMIT 1", Vec::new()).await
}

/// The invitations of some interventions.
///
/// # Errors
/// As the database says.
pub async fn invitations(tx: &mut Tx, cases: &[InterventionId]) -> Result<Vec<SurveyInvitation>, Error> {
    let mut filter = crate::Filter::default();
    filter.and_in("intervention_id", cases);
    tx.select(&filter.clause(), filter.params).await
}

/// The responses about some interventions, oldest first.
///
/// # Errors
/// As the database says.
pub async fn responses(tx: &mut Tx, cases: &[InterventionId]) -> Result<Vec<SurveyResponse>, Error> {
    let mut filter = crate::Filter::default();
    filter.and_in("intervention_id", cases);
    tx.select(&format!("{} ORDER BY id", filter.clause()), filter.params).await
}

/// Finds a response.
///
/// # Errors
/// As the database says.
pub async fn response(tx: &mut Tx, id: &SurveyResponseId) -> Result<Option<SurveyResponse>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}
