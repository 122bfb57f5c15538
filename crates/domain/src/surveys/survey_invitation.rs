//! Asking customers to answer a survey: after an intervention, once for each, in a message with a link.

use model::{CategoryId, ContentStatus, CreatedFrom, EventType, SourceType, SyncStatus, Timestamp};
use store::content::{self, Content};
use store::intervention::{self, Intervention};
use store::source::{self, Source};
use store::survey::{self, InvitationState, Survey, SurveyInvitation};
use store::thread::{self, Thread};
use store::{Scope, Tx, category, user};

use crate::base::Result;
use crate::conversation::{categorize, content as contents, export, journal, thread as threads};
use crypto;

/// Notes whom to ask after an intervention was closed: by the first survey in use that is for its source, its
/// categories and its agent's teams, unless a survey was sent for it before.
///
/// # Errors
/// As the store says.
pub async fn prepare(tx: &mut Tx, case: &Intervention) -> Result<()> {
    let surveys = survey::active(tx).await?;
    if surveys.is_empty() || survey::is_invited(tx, &case.id).await? {
        return Ok(());
    }
    // What a bot did is for the bot's maker to look at.
    if user::find(tx, &case.user_id).await?.is_none_or(|u| u.bot) {
        return Ok(());
    }
    let teams = user::teams(tx).await?;
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

/// Sends the next invitation when it is due. Gives whether one was dealt with, and when the next one is due.
///
/// # Errors
/// As the store says.
pub async fn send_next(tx: &mut Tx) -> Result<(bool, Option<Timestamp>)> {
    let Some(mut invitation) = survey::next_invitation(tx).await? else { return Ok((false, None)) };
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
    let Some(mut thread) = thread::lock(tx, &Scope::All, &case.thread_id).await? else { return Ok(false) };
    let Some(source) = source::find(tx, &thread.source_id).await?.filter(|s| s.active) else { return Ok(false) };
    let Some(author) = contents::company(tx, &source).await?.filter(|_| !thread.closed) else { return Ok(false) };
    let said = content::last_said(tx, &thread.id, &case.identity_id).await?;
    let now = tx.now();
    let oldest = survey.max_time_since_last_reply.map(|seconds| now.plus_seconds(-seconds));
    let Some(said) = said.filter(|s| oldest.is_none_or(|oldest| s.created_at >= oldest)) else { return Ok(false) };
    let link = link(tx, survey, case, &source, mapping_key).await?;
    let status = if source.kind == SourceType::EngageMessaging { SyncStatus::Success } else { SyncStatus::Pending };
    let asked = Content {
        body: survey.message.replace("{{link}}", &link),
        status: ContentStatus::UserReply,
        kind: if said.kind == "thread" { "message".into() } else { said.kind.clone() },
        in_reply_to_id: Some(said.id.clone()),
        in_reply_to_author_id: Some(said.author_id.clone()),
        private: said.private,
        language: said.language.clone(),
        auto_submitted: true,
        created_from: CreatedFrom::Automatic,
        intervention_id: Some(case.id.clone()),
        sender_name: Some(survey.from_name.clone().unwrap_or_else(|| source.name.clone())),
        synchronization_status: Some(status),
        ..Content::new(&thread, author, now)
    };
    tx.insert(&asked).await?;
    tell(tx, &asked, &mut thread, &source, status).await?;
    Ok(true)
}

async fn tell(tx: &mut Tx, asked: &Content, thread: &mut Thread, source: &Source, status: SyncStatus) -> Result<()> {
    threads::add_content(thread, asked);
    thread.visitor_unread += 1;
    tx.update(thread).await?;
    if status == SyncStatus::Pending {
        export::begin(tx, asked).await?;
    }
    journal::content(tx, EventType::ContentReplied, None, asked, thread, source);
    if status == SyncStatus::Success {
        journal::content(tx, EventType::ContentExported, None, asked, thread, source);
    }
    Ok(())
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
