//! Interventions: opened by who engages, closed with a disposition. The rules are those of the OpenAPI file and of
//! `docs/interactions/chatbots/interventions.md`.

use model::{
    AssociatedType, CategoryId, CloseCause, ContentId, EventType, IdentityId, InterventionId, InterventionStatus,
    MarkedBecause, Permission, SourcePermission, Timestamp, UserId,
};
use rules::Calendar;
use serde_json::{Map, Value, json};
use store::approval;
use store::content::{self, Content};
use store::intervention::{self, Intervention, InterventionFilter};
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::{Json, Listed, Page, Tx, agent_thread, user};

use crate::base::{Actor, Error, Fault, Reason, Result, access, journal, notice};
use crate::conversation::{handover, thread};
use crate::setup::{categorize, custom_field};
use crate::surveys::survey_invitation;

/// How far ahead an intervention can be put aside, in seconds: a year.
pub(crate) const DEFERRAL_MAX: i64 = 366 * 24 * 3600;

/// Lists the interventions that the actor may read.
pub async fn list(tx: &mut Tx, actor: &Actor, filter: &InterventionFilter, page: Page) -> Result<Listed<Intervention>> {
    Ok(intervention::list(tx, actor.scope(), filter, page).await?)
}

/// Finds an intervention that the actor may read.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &InterventionId) -> Result<Intervention> {
    intervention::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("intervention"))
}

/// Finds an intervention with its thread and holds both for a change.
///
/// # Errors
/// 404.
pub async fn lock(tx: &mut Tx, actor: &Actor, id: &InterventionId) -> Result<(Intervention, Thread, Source)> {
    let thread_id = find(tx, actor, id).await?.thread_id;
    let (thread, source) = thread::lock(tx, actor, &thread_id).await?;
    // Read again: it may have changed while the thread was awaited.
    Ok((find(tx, actor, id).await?, thread, source))
}

/// Opens an intervention on a customer's content, or reopens the closed one that the content belongs to.
///
/// # Errors
/// 404; 403 without the permission to reply; 409 when the actor is a bot and the thread was handed over; 422 when it is
/// open already (with who has it) or the content is not a customer's.
pub async fn open(tx: &mut Tx, actor: &Actor, content_id: &ContentId) -> Result<Intervention> {
    let not_found = || Error::NotFound("content");
    let found = content::find(tx, actor.scope(), content_id).await?.ok_or_else(not_found)?;
    let (mut thread, source) = thread::lock(tx, actor, &found.thread_id).await?;
    let content = content::find(tx, actor.scope(), content_id).await?.ok_or_else(not_found)?;
    actor.require_on(&source.id, SourcePermission::Reply)?;
    handover::require_given(&actor.user, &thread)?;
    if content.is_from_agent() {
        return Err(Error::invalid("content_id", Fault::not("a customer's content")));
    }
    let case = match intervention::find_open(tx, &thread.id, &content.author_id).await? {
        Some(case) => {
            let case = take_up(tx, actor, case, thread.owner_epoch).await?;
            content::take_over(tx, &case, content_id).await?;
            case
        }
        None => begin_for(tx, actor, &actor.user.id, &content).await?,
    };
    thread::recount(tx, &mut thread).await?;
    Ok(case)
}

/// Opens an intervention for `holder` on a customer's content of a held thread where none is open, or reopens the
/// closed one that the content belongs to. The caller counts the thread anew.
pub(crate) async fn begin_for(tx: &mut Tx, actor: &Actor, holder: &UserId, content: &Content) -> Result<Intervention> {
    let case = match closed_of(tx, actor, content).await? {
        Some(case) => reopen(tx, actor, holder, case).await?,
        None => begin(tx, Some(&actor.user.id), holder, content, &content.author_id, json!({})).await?,
    };
    content::take_over(tx, &case, &content.id).await?;
    Ok(case)
}

/// Has the actor take a held thread in which nobody has an intervention, on what its customer said last; none when they
/// have said nothing.
pub(crate) async fn take(tx: &mut Tx, actor: &Actor, thread: &mut Thread) -> Result<Option<Intervention>> {
    let Some(said) = content::newest_said(tx, &thread.id).await? else { return Ok(None) };
    let case = begin_for(tx, actor, &actor.user.id, &said).await?;
    thread::recount(tx, thread).await?;
    Ok(Some(case))
}

/// Refuses a holder who may not read and reply on the source.
///
/// # Errors
/// 422.
pub(crate) fn require_takes(holder: &Actor, source: &Source) -> Result<()> {
    let allowed = [SourcePermission::Read, SourcePermission::Reply].iter().all(|p| holder.can_on(&source.id, *p));
    if allowed {
        Ok(())
    } else {
        Err(Error::invalid("user_id", Reason::Unfit.says("may not read and reply on this source")))
    }
}

/// An open intervention is taken up again only by its own agent, and only from being put aside.
async fn take_up(tx: &mut Tx, actor: &Actor, mut case: Intervention, epoch: i64) -> Result<Intervention> {
    if case.user_id != actor.user.id {
        let owner = user::find(tx, &case.user_id).await?;
        let name = owner.map_or_else(|| "somebody".into(), |u| u.name());
        return Err(Error::AlreadyEngaged { user_id: case.user_id, name });
    }
    if case.status == InterventionStatus::Open {
        return Err(Error::AlreadyOpen { intervention_id: case.id, epoch });
    }
    reactivate(tx, Some(&actor.user.id), &mut case).await?;
    Ok(case)
}

async fn closed_of(tx: &mut Tx, actor: &Actor, content: &Content) -> Result<Option<Intervention>> {
    let Some(id) = &content.intervention_id else { return Ok(None) };
    Ok(intervention::find(tx, actor.scope(), id).await?.filter(|case| !case.is_open()))
}

async fn reopen(tx: &mut Tx, actor: &Actor, holder: &UserId, mut case: Intervention) -> Result<Intervention> {
    let now = tx.now();
    let other = case.user_id != *holder;
    case.status = InterventionStatus::Open;
    case.reopened = true;
    case.closed_at = None;
    case.user_id = holder.clone();
    case.opened_at = now;
    case.waiting_since = content::waits_since(tx, &case.thread_id, &case.identity_id).await?;
    case.updated_at = now;
    tx.update(&case).await?;
    journal::intervention(tx, EventType::InterventionReopened, Some(&actor.user.id), &case);
    if other {
        journal::intervention(tx, EventType::InterventionUserUpdated, Some(&actor.user.id), &case);
        journal::intervention(tx, EventType::InterventionAssigned, Some(&actor.user.id), &case);
    }
    Ok(case)
}

/// Opens an intervention for `holder` on a content of a held thread, for a customer who has none there. The caller counts
/// the thread anew. `by` is whoever has opened it.
pub(crate) async fn begin(
    tx: &mut Tx,
    by: Option<&UserId>,
    holder: &UserId,
    content: &Content,
    customer: &IdentityId,
    why: Value,
) -> Result<Intervention> {
    let now = tx.now();
    let case = Intervention {
        id: InterventionId::new(now),
        source_id: content.source_id.clone(),
        thread_id: content.thread_id.clone(),
        content_id: content.id.clone(),
        identity_id: customer.clone(),
        user_id: holder.clone(),
        status: InterventionStatus::Open,
        reopened: false,
        closed_at: None,
        deferred_at: None,
        category_ids: Json::default(),
        custom_fields: Json(custom_field::blank(tx, AssociatedType::Intervention).await?),
        comments_count: 0,
        opened_at: now,
        user_replies_count: 0,
        first_user_reply_id: None,
        first_user_reply_in: None,
        last_user_reply_in: None,
        user_reply_in_total: 0,
        first_user_reply_in_bh: None,
        last_user_reply_in_bh: None,
        user_reply_in_bh_total: 0,
        user_reply_in_count: 0,
        waiting_since: content::waits_since(tx, &content.thread_id, customer).await?,
        created_at: now,
        updated_at: now,
    };
    tx.insert(&case).await?;
    journal::intervention_with(tx, EventType::InterventionOpened, by, &case, why);
    journal::intervention(tx, EventType::InterventionAssigned, by, &case);
    Ok(case)
}

/// Refuses unless the actor has the intervention, or may change those of others.
fn require_owner(actor: &Actor, case: &Intervention) -> Result<()> {
    if case.user_id == actor.user.id && actor.can(Permission::UpdateOwnIntervention) {
        return Ok(());
    }
    actor.require(Permission::UpdateIntervention)
}

fn require_open(case: &Intervention) -> Result<()> {
    if case.is_open() {
        Ok(())
    } else {
        Err(Error::forbidden(Reason::InterventionClosed.says("the intervention is closed")))
    }
}

/// Closes an intervention.
///
/// # Errors
/// 404; 403 when it is closed already, is somebody else's, or has no agent's reply and is not of a live chat that has
/// ended; 422 while a mandatory category is missing.
pub async fn close(tx: &mut Tx, actor: &Actor, id: &InterventionId) -> Result<Intervention> {
    let (mut case, mut thread, source) = lock(tx, actor, id).await?;
    require_open(&case)?;
    if case.user_id != actor.user.id {
        actor.require(Permission::UpdateIntervention)?;
    }
    if case.user_replies_count == 0 {
        let what = match approval::count_under(tx, id).await? {
            // Nobody can reply there any more.
            0 if thread.is_ended_chat() => None,
            0 => Some("the intervention has no reply yet: cancel it instead"),
            _ => Some("the intervention's reply waits for approval: it must be approved or refused first"),
        };
        if let Some(what) = what {
            return Err(Error::Forbidden("no_reply", what.into()));
        }
    }
    // A program chooses nothing: what is mandatory is asked of people.
    if !actor.user.bot {
        categorize::check_mandatory(tx, &case, &thread).await?;
    }
    end(tx, Some(&actor.user.id), &mut case).await?;
    thread::end_live(tx, Some(&actor.user.id), &mut thread, &source, CloseCause::Intervention).await?;
    thread::recount(tx, &mut thread).await?;
    handover::end(tx, Some(&actor.user), &mut thread).await?;
    Ok(case)
}

/// Ends a held intervention, without asking for replies: its contents count as answered.
pub(crate) async fn end(tx: &mut Tx, user: Option<&UserId>, case: &mut Intervention) -> Result<()> {
    end_with(tx, user, case, json!({})).await?;
    survey_invitation::prepare(tx, case).await
}

/// The same for one that is let go: nobody is asked how it was. `more` is what the event tells besides.
pub(crate) async fn end_unasked(
    tx: &mut Tx,
    user: Option<&UserId>,
    case: &mut Intervention,
    mut more: Value,
) -> Result<()> {
    more["let_go"] = json!(true);
    end_with(tx, user, case, more).await
}

/// Ends a held intervention of a bot, whose customer waits for people from now on; the event says so.
pub(crate) async fn end_for_people(tx: &mut Tx, user: Option<&UserId>, case: &mut Intervention) -> Result<()> {
    end_with(tx, user, case, json!({"waits_again": true})).await?;
    survey_invitation::prepare(tx, case).await
}

/// Ends a held intervention that nobody closes, as [`end`] does; the event says why.
pub(crate) async fn end_by_itself(tx: &mut Tx, case: &mut Intervention, why: &str) -> Result<()> {
    end_with(tx, None, case, json!({"closed_automatically": why})).await?;
    survey_invitation::prepare(tx, case).await
}

async fn end_with(tx: &mut Tx, user: Option<&UserId>, case: &mut Intervention, more: Value) -> Result<()> {
    let now = tx.now();
    case.status = InterventionStatus::Closed;
    case.closed_at = Some(now);
    case.deferred_at = None;
    case.waiting_since = None;
    case.updated_at = now;
    tx.update(case).await?;
    content::settle(tx, &case.id).await?;
    journal::intervention_with(tx, EventType::InterventionClosed, user, case, more);
    Ok(())
}

/// Cancels an intervention: it is as if it had never been, and its contents wait again.
///
/// # Errors
/// 404; 403 when it is closed or has an agent's reply (one that waits for approval too). Whoever reads the source may,
/// as the reference has it; in a live chat, whose visitor is told, only its agent and who may change those of others.
pub async fn cancel(tx: &mut Tx, actor: &Actor, id: &InterventionId) -> Result<Intervention> {
    let (case, mut thread, _) = lock(tx, actor, id).await?;
    require_open(&case)?;
    if thread.is_live_chat() && case.user_id != actor.user.id {
        actor.require(Permission::UpdateIntervention)?;
    }
    if case.user_replies_count > 0 {
        return Err(Error::forbidden(Reason::HasReplies.says("the intervention has replies: close it instead")));
    }
    if approval::count_under(tx, id).await? > 0 {
        return Err(Error::forbidden(Reason::ReplyWaits.says("the intervention has a reply that waits for approval")));
    }
    undo(tx, Some(&actor.user.id), &case).await?;
    thread::recount(tx, &mut thread).await?;
    Ok(case)
}

/// Removes a held intervention; its contents wait again.
pub(crate) async fn undo(tx: &mut Tx, user: Option<&UserId>, case: &Intervention) -> Result<()> {
    undo_with(tx, user, case, json!({})).await
}

/// The same; the event tells more.
pub(crate) async fn undo_with(tx: &mut Tx, user: Option<&UserId>, case: &Intervention, more: Value) -> Result<()> {
    content::release(tx, &case.id).await?;
    content::forget_intervention(tx, &case.id).await?;
    tx.delete::<Intervention>(case.id.as_str()).await?;
    journal::intervention_with(tx, EventType::InterventionCanceled, user, case, more);
    Ok(())
}

/// Gives an intervention to another agent.
///
/// # Errors
/// 404; 403 when it is closed or the actor may not change it; 409 when the actor and the other are bots and the thread
/// was handed over; 422 when the other cannot have it.
pub async fn reassign(tx: &mut Tx, actor: &Actor, id: &InterventionId, to: &UserId) -> Result<Intervention> {
    let (mut case, mut thread, source) = lock(tx, actor, id).await?;
    require_open(&case)?;
    require_owner(actor, &case)?;
    let unknown = |_| Error::invalid("user_id", Fault::not("an enabled user"));
    let other = access::actor(tx, to, None, actor.origin).await.map_err(unknown)?;
    require_takes(&other, &source)?;
    if handover::is_bot(&other.user, &thread) {
        handover::require_given(&actor.user, &thread)?;
        handover::give_back(&mut thread);
    }
    if case.user_id == *to {
        tx.update(&thread).await?;
        return Ok(case);
    }
    let from = std::mem::replace(&mut case.user_id, to.clone());
    case.updated_at = tx.now();
    tx.update(&case).await?;
    thread::recount(tx, &mut thread).await?;
    notice::taken(tx, &thread.id, &from, &actor.user.id);
    if *to != actor.user.id && !other.user.bot {
        agent_thread::mark(tx, to, &thread.id, 0, MarkedBecause::Given).await?;
    }
    journal::intervention(tx, EventType::InterventionUserUpdated, Some(&actor.user.id), &case);
    journal::intervention(tx, EventType::InterventionAssigned, Some(&actor.user.id), &case);
    Ok(case)
}

/// Puts an intervention aside until a time.
///
/// # Errors
/// 404; 403 when it is closed or somebody else's; 422 when the time is not in the next year.
pub async fn defer(tx: &mut Tx, actor: &Actor, id: &InterventionId, until: Timestamp) -> Result<Intervention> {
    let (mut case, mut thread, _) = lock(tx, actor, id).await?;
    require_open(&case)?;
    require_owner(actor, &case)?;
    let now = tx.now();
    if until <= now || until > now.plus_seconds(DEFERRAL_MAX) {
        return Err(Error::invalid("deferred_at", Reason::Future.says("must be in the future, within a year")));
    }
    case.status = InterventionStatus::Deferred;
    case.deferred_at = Some(until);
    case.updated_at = now;
    tx.update(&case).await?;
    thread::recount(tx, &mut thread).await?;
    journal::intervention(tx, EventType::InterventionDeferred, Some(&actor.user.id), &case);
    Ok(case)
}

/// Wakes interventions whose time has come, a hundred at the most; gives how many, and when the next one is due.
/// Called by the timer.
pub async fn reactivate_due(tx: &mut Tx) -> Result<(usize, Option<Timestamp>)> {
    let due = intervention::due(tx, tx.now(), 100).await?;
    let mut woken = 0;
    for case in due {
        let scope = store::Scope::All;
        let Some(mut thread) = threads::lock(tx, &scope, &case.thread_id).await? else { continue };
        let Some(mut case) = intervention::find(tx, &scope, &case.id).await? else { continue };
        // Somebody may have closed it, or put it aside for longer, while the thread was awaited.
        let still = case.status == InterventionStatus::Deferred && case.deferred_at.is_some_and(|t| t <= tx.now());
        if still && !thread.is_ended_chat() {
            reactivate(tx, None, &mut case).await?;
            thread::recount(tx, &mut thread).await?;
            agent_thread::mark(tx, &case.user_id, &thread.id, 0, MarkedBecause::Back).await?;
            woken += 1;
        }
    }
    Ok((woken, intervention::next_due(tx).await?))
}

async fn reactivate(tx: &mut Tx, user: Option<&UserId>, case: &mut Intervention) -> Result<()> {
    case.status = InterventionStatus::Open;
    case.deferred_at = None;
    case.updated_at = tx.now();
    tx.update(case).await?;
    journal::intervention(tx, EventType::InterventionReactivated, user, case);
    Ok(())
}

/// Sets the categories of an intervention: its disposition.
///
/// # Errors
/// 404; 422 when a category cannot be set here. Whoever reads the source may, as the reference has it.
pub async fn update_categories(
    tx: &mut Tx,
    actor: &Actor,
    id: &InterventionId,
    ids: Vec<CategoryId>,
) -> Result<Intervention> {
    let (mut case, _, _) = lock(tx, actor, id).await?;
    case.category_ids = Json(categorize::check(tx, ids, &case.source_id, "category_ids").await?);
    case.updated_at = tx.now();
    tx.update(&case).await?;
    journal::intervention(tx, EventType::InterventionRecategorized, Some(&actor.user.id), &case);
    Ok(case)
}

/// Sets custom fields of an intervention; an empty value takes one back.
///
/// # Errors
/// 404; 422 that names the field that does not take its value. Whoever reads the source may, as the reference has it.
pub async fn update_fields(
    tx: &mut Tx,
    actor: &Actor,
    id: &InterventionId,
    values: Map<String, Value>,
) -> Result<Intervention> {
    let (mut case, _, _) = lock(tx, actor, id).await?;
    if custom_field::set(tx, actor, AssociatedType::Intervention, &mut case.custom_fields, values).await? {
        case.updated_at = tx.now();
        tx.update(&case).await?;
        journal::intervention(tx, EventType::InterventionCustomFieldsUpdated, Some(&actor.user.id), &case);
    }
    Ok(case)
}

/// Counts a reply under a held intervention, and how long the customer waited for it. `asked` says that the intervention was
/// opened on a word of a customer's: where nothing waited then, its first reply is counted from there.
pub fn add_reply(case: &mut Intervention, reply: &Content, hours: &Calendar, asked: bool, now: Timestamp) {
    let begun = (asked && case.first_user_reply_id.is_none()).then_some(case.opened_at);
    let since = case.waiting_since.take().or(begun);
    let waited = since.map(|since| now.seconds_since(since));
    let waited_open = since.map(|since| hours.between(since, now) / 1000);
    case.user_replies_count += 1;
    if case.first_user_reply_id.is_none() {
        case.first_user_reply_id = Some(reply.id.clone());
        case.first_user_reply_in = waited;
        case.first_user_reply_in_bh = waited_open;
    }
    if let Some(waited) = waited {
        case.last_user_reply_in = Some(waited);
        case.user_reply_in_total += waited;
        case.user_reply_in_count += 1;
    }
    if let Some(waited) = waited_open {
        case.last_user_reply_in_bh = Some(waited);
        case.user_reply_in_bh_total += waited;
    }
    case.updated_at = now;
}
