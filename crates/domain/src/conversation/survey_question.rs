//! Sends customers the question of a survey: a message with a link.

use model::{CategoryId, Deed, NewLine, Timestamp};
use serde_json::json;
use store::content::{self, Content};
use store::intervention::{self, Intervention};
use store::source::{self, Source};
use store::survey::{self, Survey};
use store::survey_invitation::{self, InvitationState, SurveyInvitation};
use store::{Scope, Tx, category, thread as threads, user};

use crate::base::Result;
use crate::conversation::outgoing;
use crate::setup::categorize;

/// Sends the next invitation when it is due. Gives whether one was dealt with, and when the next one is due.
pub async fn send_next(tx: &mut Tx) -> Result<(bool, Option<Timestamp>)> {
    let Some(mut invitation) = survey_invitation::next(tx).await? else { return Ok((false, None)) };
    if invitation.due_at > tx.now() {
        return Ok((false, Some(invitation.due_at)));
    }
    let survey = survey::find(tx, &invitation.survey_id).await?.filter(|s| s.active);
    let case = intervention::find(tx, &Scope::All, &invitation.intervention_id).await?;
    let sent = match (survey, case) {
        // It goes on: its next end will ask again.
        (_, Some(case)) if case.is_open() => {
            tx.delete::<SurveyInvitation>(&invitation.mapping_key).await?;
            return Ok((true, None));
        }
        (Some(survey), Some(case)) => send(tx, &survey, &case, &invitation.mapping_key).await?,
        _ => false,
    };
    invitation.state = if sent { InvitationState::Sent } else { InvitationState::Skipped };
    invitation.updated_at = tx.now();
    tx.update(&invitation).await?;
    Ok((true, None))
}

/// Writes the message with the link into the intervention's thread, unless nobody could read it there any more.
async fn send(tx: &mut Tx, survey: &Survey, case: &Intervention, mapping_key: &str) -> Result<bool> {
    let Some(mut thread) = threads::lock(tx, &Scope::All, &case.thread_id).await? else { return Ok(false) };
    let Some(source) = source::find(tx, &thread.source_id).await?.filter(|s| s.active) else { return Ok(false) };
    let Some(author) = outgoing::company(tx, &source).await?.filter(|_| !thread.closed) else { return Ok(false) };
    let said = content::last_said(tx, &thread.id, &case.identity_id).await?;
    let now = tx.now();
    let oldest = survey.max_time_since_last_reply.map(|seconds| now.plus_seconds(-seconds));
    let Some(said) = said.filter(|s| oldest.is_none_or(|oldest| s.created_at >= oldest)) else { return Ok(false) };
    let link = link(tx, survey, case, &source, mapping_key).await?;
    let mut asked = Content {
        body: survey.message.replace("{{link}}", &link),
        intervention_id: Some(case.id.clone()),
        sender_name: Some(survey.from_name.clone().unwrap_or_else(|| source.name.clone())),
        ..outgoing::automatic(&said, &thread, &source, author, now)
    };
    let sent = outgoing::say(tx, &mut asked, &mut thread, &source).await?;
    if sent {
        let (thread_id, kind, data) = (thread.id, Deed::SurveySent, json!({"intervention_id": case.id}));
        tx.lines().push(NewLine { thread_id, kind, user_id: None, data });
    }
    Ok(sent)
}

/// The survey's link with the key, and what its settings add (`docs/sdks/survey-sdk/quick-start.md`).
async fn link(tx: &mut Tx, survey: &Survey, case: &Intervention, source: &Source, mapping_key: &str) -> Result<String> {
    // It was checked when it was written.
    let Ok(mut url) = ::url::Url::parse(&survey.link) else { return Ok(survey.link.clone()) };
    let kinds = Kinds::of(tx, case).await?;
    let joined = |ids: &[CategoryId]| ids.iter().map(CategoryId::as_str).collect::<Vec<_>>().join(",");
    let mut pairs = url.query_pairs_mut();
    pairs.append_pair("i", mapping_key);
    for name in survey.url_parameters.iter() {
        let value = match name.as_str() {
            "c" => source.id.to_string(),
            "u" => case.user_id.to_string(),
            "a" => case.identity_id.to_string(),
            "sc" => joined(&kinds.skill),
            "ac" => joined(&kinds.analytics),
            _ => joined(&kinds.disposition),
        };
        pairs.append_pair(name, &value);
    }
    drop(pairs);
    Ok(url.into())
}

/// The categories of an intervention by what they are for.
#[derive(Default)]
struct Kinds {
    /// What some user is skilled in.
    skill: Vec<CategoryId>,
    /// Chosen when an intervention is closed.
    disposition: Vec<CategoryId>,
    /// All others.
    analytics: Vec<CategoryId>,
}

impl Kinds {
    async fn of(tx: &mut Tx, case: &Intervention) -> Result<Self> {
        let mut kinds = Self::default();
        let all = category::all(tx).await?;
        let by_id = all.iter().map(|c| (&c.id, c)).collect();
        for id in case.category_ids.iter() {
            let Some(category) = all.iter().find(|c| c.id == *id) else { continue };
            let kind = if categorize::root_of(category, &by_id).post_qualification {
                &mut kinds.disposition
            } else if user::is_skill(tx, id).await? {
                &mut kinds.skill
            } else {
                &mut kinds.analytics
            };
            kind.push(id.clone());
        }
        Ok(kinds)
    }
}
