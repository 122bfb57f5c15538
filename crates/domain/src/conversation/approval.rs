//! Approval: contents of agents whose permissions on a source ask for it wait, and go out when somebody with
//! `approve_content` approves them (`docs/webhooks/events.md`). What waits or was refused answers nothing, counts for
//! no intervention, and is neither exported nor shown to the customer.

use model::{ApprovalState, ContentId, ContentStatus, EventType, MarkedBecause, SourcePermission, Trouble, UserId};
use store::approval::{self, Approval};
use store::content::{self as contents, Content};
use store::source::Source;
use store::thread::Thread;
use store::{Scope, Tx, agent_thread, intervention, user};

use crate::base::{Actor, Error, Fault, Reason, Result, journal};
use crate::conversation::{held, outgoing, owner, thread};
use crate::setup::settings;

/// Longest reason for a refusal in characters.
const REASON_MAX: usize = 1000;

/// Whether a content that the actor writes on a source has to wait. `asked` says that they want it to.
///
/// # Errors
/// 422 when they may not want it: the setting `self_approval_required` allows it.
pub(crate) async fn is_needed(tx: &mut Tx, actor: &Actor, source: &Source, asked: bool) -> Result<bool> {
    match SourcePermission::approval_percent(actor.on(&source.id)) {
        _ if asked => {
            if settings::SELF_APPROVAL.now(tx).await? {
                return Ok(true);
            }
            Err(Error::invalid(
                "approval_required",
                Reason::SwitchedOff.says("cannot be asked for: the setting self_approval_required is off"),
            ))
        }
        0 => Ok(false),
        100 => Ok(true),
        percent => Ok(falls_on(approval::next_number(tx, &actor.user.id, &source.id).await?, percent)),
    }
}

/// Whether the content of this number, from 1, is among the so many of a hundred that need approval. They are spread
/// evenly, and the first is one of them: somebody new is looked at early.
fn falls_on(number: i64, percent: u8) -> bool {
    let up_to = |n: i64| (n * i64::from(percent) + 99) / 100;
    up_to(number) > up_to(number - 1)
}

/// Lets a content that was just written wait, under the epoch that its thread has now.
pub(crate) async fn ask(
    tx: &mut Tx,
    actor: &Actor,
    content: &Content,
    thread: &Thread,
    disable_text_input: Option<bool>,
) -> Result<()> {
    let now = tx.now();
    let approval = Approval {
        content_id: content.id.clone(),
        thread_id: content.thread_id.clone(),
        source_id: content.source_id.clone(),
        user_id: actor.user.id.clone(),
        state: ApprovalState::Waiting,
        disable_text_input,
        owner_epoch: Some(thread.owner_epoch),
        decided_by: None,
        decided_at: None,
        reason: None,
        created_at: now,
        updated_at: now,
    };
    Ok(tx.insert(&approval).await?)
}

/// Approves a content: it goes out, and counts as the answer that it is. When its thread changed hands since it was
/// written, only if the actor gives the thread's present epoch.
///
/// # Errors
/// 404; 403 when it is the actor's own, or its thread is closed; 409 when somebody decided before, or the thread changed
/// hands, with who has it now; 422 when it never needed approval.
pub async fn approve(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Content> {
    let (mut content, mut thread, source, approval) = lock_waiting(tx, actor, id).await?;
    if thread.closed {
        return Err(Error::Forbidden("cant_reply_to_closed_thread", "Can't reply to closed thread".into()));
    }
    require_consent(actor, &approval, &thread)?;
    let disable_text_input = approval.disable_text_input;
    decide(tx, actor, approval, ApprovalState::Approved, None).await?;
    content.approval_required = false;
    content.published = true;
    content.updated_at = tx.now();
    content.synchronization_status = Some(outgoing::first_sync_status(&source));
    tx.update(&content).await?;
    thread.visitor_unread += 1;
    if content.status == ContentStatus::UserReply {
        count(tx, &content, &thread, &source).await?;
    }
    thread::recount(tx, &mut thread).await?;
    if let Some(disabled) = disable_text_input {
        outgoing::switch_text_input(tx, actor, &mut thread, &source, disabled).await?;
    }
    outgoing::release(tx, Some(&actor.user.id), EventType::ContentApproved, &content, &thread, &source).await?;
    Ok(content)
}

/// Refuses what was composed under another epoch than the held thread's, unless the actor gave one: that was compared
/// when the thread was locked, and is the present one.
fn require_consent(actor: &Actor, approval: &Approval, thread: &Thread) -> Result<()> {
    let same = approval.owner_epoch.is_none_or(|epoch| epoch == thread.owner_epoch);
    if same || actor.owner_epoch.is_some() { Ok(()) } else { Err(owner::stale(thread)) }
}

/// What an approved reply means for what it answers, and for its intervention if that is still there.
async fn count(tx: &mut Tx, reply: &Content, thread: &Thread, source: &Source) -> Result<()> {
    let answered = match &reply.in_reply_to_id {
        Some(id) => contents::find(tx, &Scope::All, id).await?,
        None => None,
    };
    let Some(answered) = answered else { return Ok(()) };
    let mut case = match &reply.intervention_id {
        Some(id) => intervention::find(tx, &Scope::All, id).await?,
        None => None,
    };
    outgoing::count_reply(tx, reply, &answered, case.as_mut(), thread, source).await
}

/// Refuses a content: it never goes out. Its author finds the reason with it; a bot has its time to answer once more.
///
/// # Errors
/// 404; 403 when it is the actor's own; 409 when somebody decided before; 422 when it never needed approval, or the
/// reason is too long.
pub async fn refuse(tx: &mut Tx, actor: &Actor, id: &ContentId, reason: Option<String>) -> Result<Content> {
    if reason.as_ref().is_some_and(|r| r.chars().count() > REASON_MAX) {
        return Err(Error::invalid("reason", Fault::too_long(REASON_MAX)));
    }
    let (mut content, mut thread, source, approval) = lock_waiting(tx, actor, id).await?;
    thread.trouble = Some(Trouble::Refused);
    agent_thread::mark(tx, &approval.user_id, &thread.id, 0, MarkedBecause::Refused).await?;
    decide(tx, actor, approval, ApprovalState::Refused, reason).await?;
    content.approval_required = false;
    content.synchronization_status = None;
    content.updated_at = tx.now();
    tx.update(&content).await?;
    thread::recount(tx, &mut thread).await?;
    journal::content(tx, EventType::ContentApprovalRefused, Some(&actor.user.id), &content, &thread, &source);
    Ok(content)
}

/// Holds a content's thread, so that of two who decide at once the second finds that it is done.
async fn lock_waiting(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<(Content, Thread, Source, Approval)> {
    let (content, thread, source) = held::lock(tx, actor, id).await?;
    let Some(approval) = approval::find(tx, id).await? else {
        let message = "this content does not wait for approval";
        return Err(Error::Unprocessable("not_waiting_for_approval", message.into()));
    };
    if approval.state != ApprovalState::Waiting {
        let by = name_of(tx, approval.decided_by.as_ref()).await?;
        let message = format!("{by} has decided before: this content was {}", approval.state);
        return Err(Error::Conflict("already_decided", message.into()));
    }
    if approval.user_id == actor.user.id {
        return Err(Error::forbidden(Reason::OwnContent.says("this content is your own: somebody else decides")));
    }
    Ok((content, thread, source, approval))
}

async fn name_of(tx: &mut Tx, id: Option<&UserId>) -> Result<String> {
    let found = match id {
        Some(id) => user::find(tx, id).await?,
        None => None,
    };
    Ok(found.map_or_else(|| "somebody".into(), |u| u.name()))
}

async fn decide(
    tx: &mut Tx,
    actor: &Actor,
    mut approval: Approval,
    state: ApprovalState,
    reason: Option<String>,
) -> Result<()> {
    let now = tx.now();
    approval.state = state;
    approval.decided_by = Some(actor.user.id.clone());
    approval.decided_at = Some(now);
    approval.reason = reason;
    approval.updated_at = now;
    Ok(tx.update(&approval).await?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn of_any_hundred_in_a_row_so_many_need_approval(percent in 0u8..=100, from in 1i64..10_000) {
            let waiting = (from..from + 100).filter(|n| falls_on(*n, percent)).count();
            prop_assert_eq!(waiting, usize::from(percent));
            prop_assert_eq!(falls_on(1, percent), percent > 0);
        }
    }

    #[test]
    fn they_are_spread_evenly() {
        let half: Vec<i64> = (1..=6).filter(|n| falls_on(*n, 50)).collect();
        assert_eq!(half, [1, 3, 5]);
        let tenth: Vec<i64> = (1..=30).filter(|n| falls_on(*n, 10)).collect();
        assert_eq!(tenth, [1, 11, 21]);
    }
}
