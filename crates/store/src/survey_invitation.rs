//! Whom surveys are sent to.

use model::{InterventionId, SurveyId, Timestamp, named_enum};

use crate::{Error, Field, Filter, Tx, Value, params, table};

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

impl Field for InvitationState {
    fn to_value(&self) -> Value {
        Value::Text(self.as_str().to_owned())
    }
    fn from_value(value: Value) -> Result<Self, Error> {
        String::from_value(value)?.parse().map_err(|e: model::UnknownName| Error::Row(e.to_string()))
    }
}

/// Whether a customer has been or will be asked about an intervention.
pub async fn is_invited(tx: &mut Tx, case: &InterventionId) -> Result<bool, Error> {
    // The index begins with the survey.
    let sql = "SELECT COUNT(*) FROM survey_invitations \
               WHERE survey_id IN (SELECT id FROM surveys) AND intervention_id = ?1";
    Ok(tx.number(sql, params![case]).await? > 0)
}

/// Finds an invitation by what its link carries.
pub async fn find(tx: &mut Tx, mapping_key: &str) -> Result<Option<SurveyInvitation>, Error> {
    tx.find("WHERE mapping_key = ?1", params![mapping_key.to_owned()]).await
}

/// The next invitation to send, held against other writers.
pub async fn next(tx: &mut Tx) -> Result<Option<SurveyInvitation>, Error> {
    tx.find_locked("WHERE state = 'pending' ORDER BY due_at, mapping_key LIMIT 1", Vec::new()).await
}

/// The invitations of some interventions.
pub async fn of_interventions(tx: &mut Tx, cases: &[InterventionId]) -> Result<Vec<SurveyInvitation>, Error> {
    let mut filter = Filter::default();
    filter.and_in("intervention_id", cases);
    tx.select(&filter.clause(), filter.params).await
}
