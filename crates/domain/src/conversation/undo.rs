//! Taking back what one has just done in the console.
//!
//! An act notes which fields of the thread it has touched, as they were and as it left them (`acting.rs`). It is
//! taken back by who did it, for a short time: the thread is held, and if those fields are still as the act left them, they
//! become what they were, by the same changes and events that others would cause. Else nothing changes, and it is said why.
//! Nothing is erased from the journal: it has the act, and the events of its taking back with `undo_of`.
//!
//! What the other side did is never undone, and nothing of a live chat that has ended.

use model::{
    ActId, ContentId, ContentStatus, Deed, EventType, InterventionId, InterventionStatus, NewLine, SourcePermission,
    ThreadId, Timestamp, UserId,
};
use serde_json::{Value, json};
use store::act::{self as acts, Act, ActThread};
use store::content::{self as contents, Content};
use store::intervention::Intervention;
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::{Scope, Tx, approval, source, user};

use crate::base::{Actor, Because, Error, Result, access, journal, notice};
pub use crate::conversation::acting::{begin, begin_on_case, begin_on_content, end};
use crate::conversation::standing::{
    CASE, CATEGORIES, CLOSED, CONTENT, HANDED_OVER, Standing, TAGS, holder, is_open, stands,
};
use crate::conversation::{intervention as cases, thread, thread_tag};

/// For how many seconds an act can be taken back.
const LASTS: i64 = 60;
/// For how many seconds acts are kept.
const KEPT: i64 = 24 * 3600;

/// How an act was taken back.
#[derive(Clone, Debug)]
pub struct Undone {
    /// The thread.
    pub thread_id: ThreadId,
    /// It was so already: its customer wrote, or somebody has done the same.
    pub already: bool,
    /// The customer was asked how it was before it was taken back.
    pub survey_sent: bool,
}

/// Forgets acts that are too old to be looked at, some at a time; tells whether there may be more.
pub async fn forget_old(tx: &mut Tx) -> Result<bool> {
    const AT_ONCE: i64 = 500;
    let before = tx.now().plus_seconds(-KEPT);
    Ok(acts::forget(tx, before, AT_ONCE).await? == AT_ONCE.unsigned_abs())
}

/// Takes back an act of the actor's. The right that the act needed is not asked again.
///
/// # Errors
/// 404 when it is not there, somebody else's, or its thread may not be read; 409 `cannot_undo` when it is too old, or
/// something came in between: nothing is changed then.
pub async fn undo(tx: &mut Tx, actor: &Actor, id: &ActId) -> Result<Undone> {
    let missing = || Error::NotFound("act");
    let mut act = acts::lock(tx, id).await?.filter(|act| act.user_id == actor.user.id).ok_or_else(missing)?;
    // What was done to several is taken back by another way.
    let of_thread = <[_; 1]>::try_from(acts::threads(tx, id).await?).map_err(|_| missing())?;
    let [of_thread] = of_thread;
    let thread = threads::lock(tx, actor.scope(), &of_thread.thread_id).await?.ok_or_else(missing)?;
    if act.undone_at.is_some() {
        return Ok(Undone { thread_id: thread.id, already: true, survey_sent: false });
    }
    if act.at.plus_seconds(LASTS) < tx.now() {
        return Err(refused(tx, Because::Over, None).await);
    }
    let undone = back(tx, actor, &act, of_thread, thread).await?;
    act.undone_at = Some(tx.now());
    tx.update(&act).await?;
    Ok(undone)
}

/// For how many seconds an act on several threads can be gone on with taking back, once that has begun.
const GOES_ON: i64 = 3600;

/// Some of the threads of an act of the actor's on several that are still to be taken back.
///
/// # Errors
/// 404; 409 when it is too old.
pub async fn still_done(tx: &mut Tx, actor: &Actor, id: &ActId, limit: i64) -> Result<Vec<ThreadId>> {
    let missing = || Error::NotFound("act");
    let act = acts::find(tx, id).await?.filter(|act| act.user_id == actor.user.id).ok_or_else(missing)?;
    let until = act.undone_at.map_or(act.at.plus_seconds(LASTS), |begun| begun.plus_seconds(GOES_ON));
    if until < tx.now() {
        return Err(refused(tx, Because::Over, None).await);
    }
    Ok(acts::standing(tx, id, limit).await?)
}

/// Takes back what an act on several threads has done to one of them, which was found by [`still_done`].
///
/// # Errors
/// As [`undo`].
pub async fn undo_one(tx: &mut Tx, actor: &Actor, id: &ActId, thread_id: &ThreadId) -> Result<Undone> {
    let missing = || Error::NotFound("act");
    let thread = threads::lock(tx, actor.scope(), thread_id).await?.ok_or_else(missing)?;
    let mut act = acts::lock(tx, id).await?.filter(|act| act.user_id == actor.user.id).ok_or_else(missing)?;
    let of_thread = acts::of_thread(tx, id, thread_id).await?.ok_or_else(missing)?;
    if of_thread.undone_at.is_some() {
        return Ok(Undone { thread_id: thread.id, already: true, survey_sent: false });
    }
    let undone = back(tx, actor, &act, of_thread, thread).await?;
    begun(tx, &mut act).await?;
    acts::note_undone(tx, id, thread_id).await?;
    Ok(undone)
}

/// Notes that what an act on several threads has done to one of them stays.
pub async fn leave_one(tx: &mut Tx, actor: &Actor, id: &ActId, thread_id: &ThreadId) -> Result<()> {
    let Some(mut act) = acts::lock(tx, id).await?.filter(|act| act.user_id == actor.user.id) else { return Ok(()) };
    begun(tx, &mut act).await?;
    Ok(acts::note_undone(tx, id, thread_id).await?)
}

async fn begun(tx: &mut Tx, act: &mut Act) -> Result<()> {
    if act.undone_at.is_some() {
        return Ok(());
    }
    act.undone_at = Some(tx.now());
    Ok(tx.update(act).await?)
}

/// Has a held thread be as it was before an act.
async fn back(tx: &mut Tx, actor: &Actor, act: &Act, of_thread: ActThread, thread: Thread) -> Result<Undone> {
    let source = source::find(tx, &thread.source_id).await?.ok_or(Error::NotFound("act"))?;
    let thread_id = thread.id.clone();
    if thread.is_ended_chat() {
        return Err(refused(tx, Because::Over, None).await);
    }
    let touched = Touched { before: of_thread.before.0, after: of_thread.after.0, at: act.at };
    let now = Standing::of(tx, &thread, touched.names(CONTENT)).await?;
    require_here(tx, &thread, &touched).await?;
    if touched.is_back(&now) || is_woken(tx, &touched, &now).await? {
        return Ok(Undone { thread_id, already: true, survey_sent: false });
    }
    require_untouched(tx, actor, &thread, &touched, &now).await?;
    tx.undo_of(&act.id);
    let survey_sent = put_back(tx, actor, thread, &source, &touched, &now).await?;
    tx.lines().push(NewLine {
        thread_id: thread_id.clone(),
        kind: Deed::Undone,
        user_id: Some(actor.user.id.clone()),
        data: json!({"undo_of": act.id, "act": act.kind}),
    });
    Ok(Undone { thread_id, already: false, survey_sent })
}

/// What an act has touched, as it was and as it left it.
struct Touched {
    before: Value,
    after: Value,
    /// When.
    at: Timestamp,
}

impl Touched {
    /// The names of the fields, of those that begin with `kind`.
    fn names<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        let all = self.before["fields"].as_object().into_iter().flat_map(|fields| fields.keys());
        all.map(String::as_str).filter(move |name| name.starts_with(kind))
    }

    fn before(&self, name: &str) -> &Value {
        &self.before["fields"][name]
    }

    fn after(&self, name: &str) -> &Value {
        &self.after["fields"][name]
    }

    fn touches(&self, name: &str) -> bool {
        self.names("").any(|touched| touched == name)
    }

    /// Whether all is as it was before, or the cases stand so: what their customers' words bring back, they bring back so.
    fn is_back(&self, now: &Standing) -> bool {
        let mut cases = self.names(CASE).peekable();
        if cases.peek().is_none() {
            return self.names("").all(|name| now.get(name) == *self.before(name));
        }
        cases.all(|name| stands(&now.get(name)) == stands(self.before(name)))
            && self.names(CASE).any(|name| stands(self.before(name)) != stands(self.after(name)))
    }

    /// Whether the act has opened or woken a case that was there.
    fn wakes(&self, name: &str) -> bool {
        let open = InterventionStatus::Open.as_str();
        let before = &self.before(name)["status"];
        before.is_string() && *before != open && self.after(name)["status"] == open
    }

    /// Which open cases there were when the act had ended.
    fn was_open(&self, case: &Intervention) -> bool {
        self.after["open"].as_array().is_some_and(|open| open.iter().any(|id| id == case.id.as_str()))
    }
}

/// Refuses where a case that the act has made stands in another thread by now.
async fn require_here(tx: &mut Tx, thread: &Thread, touched: &Touched) -> Result<()> {
    for name in touched.names(CASE).filter(|name| touched.before(name).is_null()) {
        let Some(id) = InterventionId::parse(name.trim_start_matches(CASE)) else { continue };
        let found = store::intervention::find(tx, &Scope::All, &id).await?;
        if found.is_some_and(|case| case.thread_id != thread.id) {
            return Err(refused(tx, Because::Changed, None).await);
        }
    }
    Ok(())
}

/// Whether a customer has written under a case that the act has opened or woken: their word would have done it by itself.
async fn is_woken(tx: &mut Tx, touched: &Touched, now: &Standing) -> Result<bool> {
    let since = touched.after["ordinal"].as_i64().unwrap_or(i64::MAX);
    for name in touched.names(CASE).filter(|name| touched.wakes(name)) {
        let Some(case) = now.cases.iter().find(|case| name.ends_with(case.id.as_str())) else { continue };
        if case.status == InterventionStatus::Open && acts::has_written(tx, case, since).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Refuses where something came in between.
async fn require_untouched(
    tx: &mut Tx,
    actor: &Actor,
    thread: &Thread,
    touched: &Touched,
    now: &Standing,
) -> Result<()> {
    let moves_cases = touched.names(CASE).next().is_some() || touched.names(CONTENT).next().is_some();
    if moves_cases && let Some(taken) = now.open().find(|case| !touched.was_open(case)) {
        return Err(taken_by(tx, actor, Some(taken.user_id.clone())).await);
    }
    for name in touched.names(CASE) {
        let (before, after, now_is) = (touched.before(name), touched.after(name), now.get(name));
        if is_open(&now_is) && holder(&now_is) != holder(after) {
            return Err(taken_by(tx, actor, holder(&now_is)).await);
        }
        let given = before.is_null() || holder(before) != holder(after) || touched.wakes(name);
        let Some(case) = now.cases.iter().find(|case| name.ends_with(case.id.as_str())) else { continue };
        if given {
            require_silent(tx, case, touched).await?;
        }
    }
    if touched.names("").any(|name| now.get(name) != *touched.after(name)) {
        let by = acts::last_doer(tx, &thread.id).await?.filter(|by| *by != actor.user.id);
        return Err(refused(tx, Because::Changed, by).await);
    }
    Ok(())
}

/// Refuses where who has got a case has worked on it.
async fn require_silent(tx: &mut Tx, case: &Intervention, touched: &Touched) -> Result<()> {
    let replies = touched.after["replies"][case.id.as_str()].as_i64().unwrap_or(0);
    if case.user_replies_count > replies {
        let by = acts::last_replier(tx, &case.id).await?;
        return Err(refused(tx, Because::Answered, by).await);
    }
    if approval::count_under(tx, &case.id).await? > 0 {
        return Err(refused(tx, Because::Answered, Some(case.user_id.clone())).await);
    }
    Ok(())
}

/// Somebody has what the act was about; where that is the actor, they have done something else since.
async fn taken_by(tx: &mut Tx, actor: &Actor, holder: Option<UserId>) -> Error {
    match holder.as_ref() == Some(&actor.user.id) {
        true => refused(tx, Because::Changed, None).await,
        false => refused(tx, Because::Taken, holder).await,
    }
}

async fn refused(tx: &mut Tx, because: Because, by: Option<UserId>) -> Error {
    let by = match by {
        Some(id) => match user::find(tx, &id).await {
            Ok(found) => Some((id, found.map_or_else(|| "somebody".into(), |user| user.name()))),
            Err(error) => return error.into(),
        },
        None => None,
    };
    Error::CannotUndo { because, by }
}

/// Has all that was touched be as it was; tells whether a customer was asked about it meanwhile.
async fn put_back(
    tx: &mut Tx,
    actor: &Actor,
    mut thread: Thread,
    source: &Source,
    touched: &Touched,
    now: &Standing,
) -> Result<bool> {
    if touched.touches(HANDED_OVER) {
        thread.handed_over_by = touched.before(HANDED_OVER).as_str().and_then(UserId::parse);
    }
    if touched.touches(CATEGORIES) {
        let ids = serde_json::from_value(touched.before(CATEGORIES).clone()).unwrap_or_default();
        // One of them may not be there any more.
        match thread::set_categories(tx, actor, &mut thread, ids, "thread_category_ids").await {
            Err(Error::Invalid { .. }) => return Err(refused(tx, Because::Changed, None).await),
            other => other?,
        }
    }
    if touched.touches(TAGS) {
        let ids = serde_json::from_value(touched.before(TAGS).clone()).unwrap_or_default();
        match thread_tag::set(tx, actor, &mut thread, ids).await {
            Err(Error::Invalid { .. }) => return Err(refused(tx, Because::Changed, None).await),
            other => other?,
        }
    }
    let mut asked = false;
    let mut restored = Vec::new();
    for name in touched.names(CASE) {
        let current = now.cases.iter().find(|case| name.ends_with(case.id.as_str()));
        let id = name.trim_start_matches(CASE);
        let before = touched.before["rows"].get(id).map(acts::thawed::<Intervention>).transpose()?;
        match (before, current) {
            (None, Some(case)) => cases::undo(tx, Some(&actor.user.id), case).await?,
            (Some(before), current) => {
                require_holder(tx, actor, &before).await?;
                asked |= case_back(tx, actor, before.clone(), current, touched).await?;
                restored.push(before);
            }
            (None, None) => {}
        }
    }
    contents_back(tx, actor, &thread, source, touched, &restored).await?;
    let closed = touched.before(CLOSED).as_bool().filter(|closed| *closed != thread.closed);
    if let Some(closed) = closed.filter(|_| touched.touches(CLOSED)) {
        thread::set_closed(tx, actor, &mut thread, source, closed).await?;
        if touched.touches(HANDED_OVER) {
            thread.handed_over_by = touched.before(HANDED_OVER).as_str().and_then(UserId::parse);
        }
    }
    thread::recount(tx, &mut thread).await?;
    Ok(asked)
}

/// Refuses to give a case back to who cannot have it any more.
async fn require_holder(tx: &mut Tx, actor: &Actor, case: &Intervention) -> Result<()> {
    let holder = match case.user_id == actor.user.id {
        true => Ok(actor.clone()),
        false => access::actor(tx, &case.user_id, None, actor.origin).await,
    };
    match holder {
        Ok(holder) if holder.can_on(&case.source_id, SourcePermission::Read) => Ok(()),
        Ok(_) | Err(Error::Unauthorized(..)) => Err(refused(tx, Because::Changed, None).await),
        Err(error) => Err(error),
    }
}

/// Has a case be as it was; tells whether its customer was asked about it meanwhile.
async fn case_back(
    tx: &mut Tx,
    actor: &Actor,
    before: Intervention,
    current: Option<&Intervention>,
    touched: &Touched,
) -> Result<bool> {
    let (by, now) = (Some(&actor.user.id), tx.now());
    if before.deferred_at.is_some_and(|until| until <= now) {
        return Err(refused(tx, Because::Over, None).await);
    }
    let Some(current) = current else {
        let case = Intervention { updated_at: now, ..before };
        tx.insert(&case).await?;
        journal::intervention(tx, EventType::InterventionOpened, by, &case);
        journal::intervention(tx, EventType::InterventionAssigned, by, &case);
        return Ok(false);
    };
    // Meanwhile its customer may have begun to wait, or got an answer.
    let open = [current.status, before.status] == [InterventionStatus::Open; 2];
    let waiting_since = if open { current.waiting_since } else { before.waiting_since };
    let case = Intervention {
        user_id: before.user_id,
        status: before.status,
        reopened: before.reopened,
        closed_at: before.closed_at,
        deferred_at: before.deferred_at,
        category_ids: before.category_ids,
        opened_at: before.opened_at,
        waiting_since,
        updated_at: now,
        ..current.clone()
    };
    tx.update(&case).await?;
    let mut told = Vec::new();
    match (current.status, case.status) {
        (from, to) if from == to => {}
        (InterventionStatus::Closed, _) => told.push(EventType::InterventionReopened),
        (_, InterventionStatus::Closed) => told.push(EventType::InterventionClosed),
        (_, InterventionStatus::Open) => told.push(EventType::InterventionReactivated),
        (..) => {}
    }
    if case.status == InterventionStatus::Deferred && current.deferred_at != case.deferred_at {
        told.push(EventType::InterventionDeferred);
    }
    if current.user_id != case.user_id {
        notice::taken(tx, &case.thread_id, &current.user_id, &actor.user.id);
        told.extend([EventType::InterventionUserUpdated, EventType::InterventionAssigned]);
    }
    if current.category_ids != case.category_ids {
        told.push(EventType::InterventionRecategorized);
    }
    for kind in told {
        journal::intervention(tx, kind, by, &case);
    }
    let reopened = current.status == InterventionStatus::Closed && case.is_open();
    Ok(reopened && acts::withdraw_invitation(tx, &case.id, touched.at).await?)
}

/// Has contents stand where they did. What a customer has said since in a thread that somebody has again falls under that case.
async fn contents_back(
    tx: &mut Tx,
    actor: &Actor,
    thread: &Thread,
    source: &Source,
    touched: &Touched,
    restored: &[Intervention],
) -> Result<()> {
    let here = Scope::Sources(vec![source.id.clone()]);
    let mut unignored = Vec::new();
    for name in touched.names(CONTENT) {
        let Some(id) = ContentId::parse(name.trim_start_matches(CONTENT)) else { continue };
        let Some(mut content) = contents::find(tx, &here, &id).await? else { continue };
        let before = touched.before(name);
        let ignored = content.status;
        content.status = before["status"].as_str().and_then(|status| status.parse().ok()).unwrap_or(content.status);
        content.intervention_id = before["intervention_id"].as_str().and_then(InterventionId::parse);
        write(tx, &mut content).await?;
        if ignored == ContentStatus::Ignored && content.status != ignored {
            unignored.push(content);
        }
    }
    for case in restored.iter().filter(|case| case.is_open()) {
        for mut said in contents::waiting(tx, &thread.id).await? {
            if said.author_id == case.identity_id && !touched.touches(&format!("{CONTENT}{}", said.id)) {
                said.status = ContentStatus::Assigned;
                said.intervention_id = Some(case.id.clone());
                write(tx, &mut said).await?;
                wait(tx, case, said.created_at).await?;
            }
        }
    }
    for content in unignored {
        journal::content(tx, EventType::ContentUnignored, Some(&actor.user.id), &content, thread, source);
    }
    Ok(())
}

/// Notes that the customer of a case that somebody has again waits since a moment.
async fn wait(tx: &mut Tx, case: &Intervention, since: Timestamp) -> Result<()> {
    let Some(mut case) = store::intervention::find(tx, &Scope::All, &case.id).await? else { return Ok(()) };
    case.waiting_since.get_or_insert(since);
    Ok(tx.update(&case).await?)
}

async fn write(tx: &mut Tx, content: &mut Content) -> Result<()> {
    content.updated_at = tx.now();
    Ok(tx.update(content).await?)
}
