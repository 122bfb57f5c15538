//! Whom a survey asks: customers after an intervention, once for each.

use store::intervention::Intervention;
use store::survey::{self, Survey};
use store::survey_invitation::{self, InvitationState, SurveyInvitation};
use store::{Tx, team, user};

use crate::base::Result;

/// Notes whom to ask after an intervention was closed: by the first survey in use that is for its source, its
/// categories and its agent's teams, unless a survey was sent for it before.
pub async fn prepare(tx: &mut Tx, case: &Intervention) -> Result<()> {
    let surveys = survey::active(tx).await?;
    if surveys.is_empty() || survey_invitation::is_invited(tx, &case.id).await? {
        return Ok(());
    }
    // What a bot did is for the bot's maker to look at.
    if user::find(tx, &case.user_id).await?.is_none_or(|u| u.bot) {
        return Ok(());
    }
    let teams = team::all(tx).await?;
    let teams: Vec<_> = teams.iter().filter(|t| t.user_ids.contains(&case.user_id)).map(|t| &t.id).collect();
    let fits = |s: &Survey| {
        (s.source_ids.is_empty() || s.source_ids.contains(&case.source_id))
            && (s.category_ids.is_empty() || s.category_ids.iter().any(|id| case.category_ids.contains(id)))
            && (s.team_ids.is_empty() || s.team_ids.iter().any(|id| teams.contains(&id)))
    };
    let Some(survey) = surveys.into_iter().find(fits) else { return Ok(()) };
    let now = tx.now();
    let lasted = now.seconds_since(case.opened_at);
    let at_once = survey.instant_send_threshold.is_some_and(|threshold| lasted < threshold);
    let invitation = SurveyInvitation {
        mapping_key: crypto::random_hex(16),
        survey_id: survey.id,
        intervention_id: case.id.clone(),
        due_at: if at_once { now } else { now.plus_seconds(survey.send_delay) },
        state: InvitationState::Pending,
        created_at: now,
        updated_at: now,
    };
    tx.insert_if_new(&invitation).await?;
    Ok(())
}
