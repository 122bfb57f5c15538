//! What customers answered.

use model::{InterventionId, SourceId, SurveyId, SurveyResponseId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{Error, Filter, Json, Tx, params, table};

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

/// The responses about some interventions, oldest first.
pub async fn of_interventions(tx: &mut Tx, cases: &[InterventionId]) -> Result<Vec<SurveyResponse>, Error> {
    let mut filter = Filter::default();
    filter.and_in("intervention_id", cases);
    tx.select(&format!("{} ORDER BY id", filter.clause()), filter.params).await
}

/// Finds a response.
pub async fn find(tx: &mut Tx, id: &SurveyResponseId) -> Result<Option<SurveyResponse>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}
