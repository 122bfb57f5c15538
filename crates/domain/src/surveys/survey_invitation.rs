//! Whom a survey asks: customers after an intervention, once for each.

use model::{Implementation, SourceId};
use store::intervention::Intervention;
use store::survey::{self, Survey};
use store::survey_invitation::{self, InvitationState, SurveyInvitation};
use store::{Scope, Tx, content, source, team, user};

use crate::base::Result;

/// How long an invitation waits at the least after a close that can be taken back, in seconds.
const UNDO_SECONDS: i64 = 15;

/// Notes whom to ask after an intervention was closed: by the first survey in use that is for its source, its
/// categories and its agent's teams, unless a survey was sent for it before, or there is nothing to ask about.
pub async fn prepare(tx: &mut Tx, case: &Intervention) -> Result<()> {
    let surveys = survey::active(tx).await?;
    if surveys.is_empty() || survey_invitation::is_invited(tx, &case.id).await? {
        return Ok(());
    }
    // What a bot did is for the bot's maker to look at.
    if user::find(tx, &case.user_id).await?.is_none_or(|u| u.bot) {
        return Ok(());
    }
    if !has_answered(tx, case).await? || !is_asked_on(tx, &case.source_id).await? {
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
    // What can be taken back waits for that: a customer who was asked cannot be un-asked.
    let earliest = if tx.act().is_some() { now.plus_seconds(UNDO_SECONDS) } else { now };
    let at_once = survey.instant_send_threshold.is_some_and(|threshold| lasted < threshold);
    let invitation = SurveyInvitation {
        mapping_key: crypto::random_hex(16),
        survey_id: survey.id,
        intervention_id: case.id.clone(),
        due_at: earliest.max(now.plus_seconds(if at_once { 0 } else { survey.send_delay })),
        state: InvitationState::Pending,
        created_at: now,
        updated_at: now,
    };
    tx.insert_if_new(&invitation).await?;
    Ok(())
}

/// Whether a source takes questions about what was done. A third party that publishes what it gets would show them to everybody:
/// it says that it wants them, and takes messages alone.
async fn is_asked_on(tx: &mut Tx, id: &SourceId) -> Result<bool> {
    let Some(source) = source::find(tx, id).await? else { return Ok(false) };
    let alone =
        |told: &Implementation| !["threads", "private_messages"].iter().any(|object| told.can(object, "create"));
    let wants = source.may_have_option("messages.allow_survey");
    Ok(!source.kind.caps().sdk || wants && source.implementation.as_deref().is_none_or(alone))
}

/// Whether a customer has something to tell of: what was written to them last has arrived, and an intervention that was opened
/// since a word of ours had not arrived has got a word of theirs.
async fn has_answered(tx: &mut Tx, case: &Intervention) -> Result<bool> {
    if content::last_answer_failed(tx, &case.thread_id).await? {
        return Ok(false);
    }
    let begun = content::find(tx, &Scope::All, &case.content_id).await?;
    if begun.is_none_or(|begun| !begun.is_from_agent()) {
        return Ok(true);
    }
    let said = content::last_said(tx, &case.thread_id, &case.identity_id).await?;
    Ok(said.is_some_and(|said| said.created_at >= case.created_at))
}
