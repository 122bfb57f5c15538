//! Threads: counting what happens in them, closing, opening, archiving, categorizing.

use model::{
    CategoryId, CloseCause, ContentStatus, CreatedFrom, EventType, InterventionStatus, MarkedBecause, Permission,
    SourcePermission, ThreadId, ThreadState, Timestamp, Trouble, UserId,
};
use serde_json::{Value, json};
use store::content::Content;
use store::intervention;
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::{Json, Scope, Tx, agent_thread, chat_mail, content, source};

use crate::base::{Actor, Error, Reason, Result, checks::without, journal};
use crate::conversation::{handover, live_thread, owner};
use crate::setup::{categorize, source_settings};

/// Finds a thread that the actor may read.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<Thread> {
    threads::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("thread"))
}

/// Finds a thread with its source and holds it for a change.
///
/// # Errors
/// 404 when the actor may not read it; 409 when the actor composed the change under another epoch than the thread's.
pub async fn lock(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<(Thread, Source)> {
    let thread = threads::lock(tx, actor.scope(), id).await?.ok_or(Error::NotFound("thread"))?;
    actor.require_current(&thread)?;
    let source = source::find(tx, &thread.source_id).await?.ok_or(Error::NotFound("source"))?;
    Ok((thread, source))
}

/// Counts a content that was just written, and moves the thread to the folder where it belongs. The caller writes
/// the thread.
pub fn add_content(thread: &mut Thread, content: &Content) {
    thread.contents_count += 1;
    if content.status == ContentStatus::New {
        thread.new_contents_count += 1;
        waits(thread, content.created_at);
    }
    // What a machine said in the company's name is not an agent's word: nobody has looked at the thread for it.
    if content.is_from_agent() && content.created_from != CreatedFrom::Automatic {
        // What waits for approval is nothing that the customer could read.
        thread.visitor_unread += i64::from(content.published);
        thread.see(content.ordinal);
        thread.trouble = None;
    }
    if !content.is_from_agent() {
        thread.attention_ordinal = content.ordinal;
    }
    if thread.first_content_id.is_none() {
        thread.first_content_id = Some(content.id.clone());
        thread.first_content_author_id = Some(content.author_id.clone());
        thread.opening = opening(&content.body);
    }
    thread.last_content_id = Some(content.id.clone());
    thread.last_ordinal = content.ordinal;
    // What came late does not make the thread older; a time that a wrong clock left behind does not outlast it.
    thread.last_content_at = thread.last_content_at.min(content.updated_at).max(content.created_at);
    thread.updated_at = content.updated_at;
    refile(thread);
}

/// Has a thread be called by what its first content says now; tells whether that changed anything. The caller writes the
/// thread.
pub(crate) fn rename(thread: &mut Thread, first: &Content) -> bool {
    if thread.first_content_id.as_ref() != Some(&first.id) {
        return false;
    }
    let before = (thread.opening.take(), thread.title.clone());
    thread.opening = opening(&first.body);
    if first.kind == "thread" && first.title.is_some() && !thread.title_erased {
        thread.title.clone_from(&first.title);
    }
    before != (thread.opening.clone(), thread.title.clone())
}

/// How many characters of its first content a thread is called by.
const OPENING_MAX: usize = 140;

/// The beginning of a text on one line; none of one that is blank.
fn opening(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let mut line = words.next()?.to_owned();
    // A text may be far longer than what is needed of it.
    for word in words.take(OPENING_MAX) {
        line.push(' ');
        line.push_str(word);
    }
    if line.chars().count() > OPENING_MAX {
        line = line.chars().take(OPENING_MAX - 3).chain("...".chars()).collect();
    }
    Some(line)
}

/// Adds the categories that a content came with. The caller writes the thread.
pub fn add_categories(thread: &mut Thread, content: &Content) {
    if !content.category_ids.is_empty() {
        thread.category_ids.extend(content.category_ids.iter().cloned());
        thread.category_ids.sort();
        thread.category_ids.dedup();
        thread.first_categorization_at.get_or_insert(content.updated_at);
    }
}

/// Notes that a customer waits in a thread since a moment, or longer.
pub(crate) fn waits(thread: &mut Thread, since: Timestamp) {
    thread.waiting_since = Some(thread.waiting_since.map_or(since, |known| known.min(since)));
}

/// Has a thread be where it stands: with somebody under an open intervention, put aside where all of these are and nothing
/// else waits, with nobody while a content waits and can be answered or was missed in a live chat, else done.
pub fn refile(thread: &mut Thread) {
    let state = match (thread.open_interventions_count, thread.new_contents_count) {
        (1.., 0) if thread.deferred_at.is_some() => ThreadState::Deferred,
        (1.., _) => ThreadState::Open,
        (_, 1..) if !thread.closed || thread.is_ended_chat() => ThreadState::Unassigned,
        _ => ThreadState::Done,
    };
    if thread.state() != state {
        state.folder().clone_into(&mut thread.folder);
    }
    let rests = matches!(state, ThreadState::Deferred | ThreadState::Done);
    if rests || (thread.is_ended_chat() && state != ThreadState::Unassigned) {
        thread.waiting_since = None;
    }
    if state != ThreadState::Deferred {
        thread.deferred_at = None;
    }
    match state {
        ThreadState::Done => thread.done_at = thread.done_at.or(Some(thread.updated_at)),
        _ => thread.done_at = None,
    }
}

/// Counts what waits in a thread for anybody, and looks since when; the caller refiles it.
async fn count_waiting(tx: &mut Tx, thread: &mut Thread) -> Result<()> {
    let (count, since) = content::count_waiting(tx, &thread.id).await?;
    thread.new_contents_count = count;
    thread.waiting_since = since;
    Ok(())
}

/// Notes in a held thread whether the last answer in it has not reached the other side, and writes it where that is news.
pub(crate) async fn note_failure(tx: &mut Tx, thread: &mut Thread) -> Result<()> {
    let failed = content::last_answer_failed(tx, &thread.id).await?.then_some(Trouble::Failed);
    if thread.trouble != failed {
        thread.trouble = failed;
        thread.updated_at = tx.now();
        tx.update(thread).await?;
    }
    Ok(())
}

/// The same after it is known how a content fared on its way; who wrote one that failed, and who has the thread, find it marked.
pub(crate) async fn note_outcome(tx: &mut Tx, thread: &mut Thread, content: &Content) -> Result<()> {
    note_failure(tx, thread).await?;
    if thread.trouble == Some(Trouble::Failed) {
        for user in [&content.creator_id, &thread.assigned_user_id].into_iter().flatten() {
            agent_thread::mark(tx, user, &thread.id, 0, MarkedBecause::Failed).await?;
        }
    }
    Ok(())
}

/// Counts anew what waits in a thread and who has it, after contents or interventions changed; writes it.
pub async fn recount(tx: &mut Tx, thread: &mut Thread) -> Result<()> {
    count_waiting(tx, thread).await?;
    let cases = intervention::of_thread(tx, &thread.id).await?;
    thread.interventions_count = i64::try_from(cases.len()).unwrap_or(0);
    let open = cases.iter().filter(|case| case.is_open()).count();
    thread.open_interventions_count = i64::try_from(open).unwrap_or(0);
    let active = || cases.iter().filter(|case| case.status == InterventionStatus::Open);
    active().filter_map(|case| case.waiting_since).for_each(|since| waits(thread, since));
    let until = cases.iter().filter(|case| case.is_open()).filter_map(|case| case.deferred_at).min();
    thread.deferred_at = until.filter(|_| active().next().is_none());
    owner::follow(tx, thread, &cases).await?;
    thread.updated_at = tx.now();
    refile(thread);
    Ok(tx.update(thread).await?)
}

/// Locks a thread: nobody can write to it until it is opened.
///
/// # Errors
/// 404; 403 when it is closed already.
pub async fn close(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<Thread> {
    let (mut thread, source) = lock(tx, actor, id).await?;
    if thread.closed {
        return Err(Error::forbidden(Reason::Already.says("the thread is closed already")));
    }
    set_closed(tx, actor, &mut thread, &source, true).await?;
    Ok(thread)
}

/// Unlocks a thread.
///
/// # Errors
/// 404; 403 when it is open already; 422 when it is an ended live chat.
pub async fn open(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<Thread> {
    let (mut thread, source) = lock(tx, actor, id).await?;
    if !thread.closed {
        return Err(Error::forbidden(Reason::Already.says("the thread is open already")));
    }
    if thread.is_live_chat() {
        return Err(Error::Unprocessable("live_chat_ended", "a live chat that has ended does not go on".into()));
    }
    set_closed(tx, actor, &mut thread, &source, false).await?;
    Ok(thread)
}

/// Locks or unlocks a held thread and tells of it. A live chat ends by being locked.
pub async fn set_closed(tx: &mut Tx, actor: &Actor, thread: &mut Thread, source: &Source, closed: bool) -> Result<()> {
    let by = Some(&actor.user.id);
    if !closed {
        thread.closed = false;
        thread.extra_data.remove("closed_at");
        // What waited in it waits again.
        if thread.open_interventions_count == 0 {
            count_waiting(tx, thread).await?;
        }
        return tell_closed(tx, by, thread, source, EventType::ContentThreadOpened, json!({})).await;
    }
    if thread.is_live_chat() {
        return end_live(tx, by, thread, source, CloseCause::Intervention).await;
    }
    shut(tx, thread);
    tell_closed(tx, by, thread, source, EventType::ContentThreadClosed, json!({})).await
}

/// Ends the live chat of a held thread, once: what has ended stays as it is, and so does the thread of another source.
pub(crate) async fn end_live(
    tx: &mut Tx,
    by: Option<&UserId>,
    thread: &mut Thread,
    source: &Source,
    cause: CloseCause,
) -> Result<()> {
    if !thread.is_live_chat() || !live_thread::end(tx, thread, cause).await? {
        return Ok(());
    }
    shut(tx, thread);
    // A bot has nothing to answer in time any more.
    thread.lease_until = None;
    thread.extra_data.insert("closed_at".into(), json!(tx.now()));
    let more = json!({"close_cause": cause});
    tell_closed(tx, by, thread, source, EventType::ContentThreadClosed, more).await
}

fn shut(tx: &Tx, thread: &mut Thread) {
    thread.closed = true;
    // It has ended: a bot may have what comes next.
    thread.handed_over_by = None;
    thread.updated_at = tx.now();
}

/// Writes a thread that was closed or opened, and tells of it. The event is one of the thread's last content, as in the
/// reference.
async fn tell_closed(
    tx: &mut Tx,
    by: Option<&UserId>,
    thread: &mut Thread,
    source: &Source,
    kind: EventType,
    more: Value,
) -> Result<()> {
    thread.updated_at = tx.now();
    refile(thread);
    tx.update(thread).await?;
    let last = match &thread.last_content_id {
        Some(id) => content::find(tx, &Scope::Sources(vec![source.id.clone()]), id).await?,
        None => None,
    };
    match last {
        Some(last) => journal::content_with(tx, kind, by, &last, thread, source, more),
        None => journal::thread(tx, kind, by, thread, more),
    }
    Ok(())
}

/// How long a thread of a messaging source may be quiet at the least before it is closed, in seconds: four days.
const QUIET_MIN: i64 = 4 * 24 * 3600;

/// Closes threads of messaging sources in which nobody has said anything for long, where the source's setting
/// `auto_close_threads` asks for it, some at once; tells whether there may be more. Called now and then.
pub async fn close_quiet(tx: &mut Tx) -> Result<bool> {
    const AT_ONCE: i64 = 50;
    let asked = |s: &Source| source_settings::is_on(s, "auto_close_threads") && s.chat_mode().is_some();
    for source in source::all(tx).await?.into_iter().filter(asked) {
        let quiet = source_settings::thread_inclusion(&source).unwrap_or(0).max(QUIET_MIN);
        let before = tx.now().plus_seconds(-quiet);
        let found = threads::quiet_since(tx, &source.id, before, AT_ONCE).await?;
        for id in &found {
            let Some(mut thread) = threads::lock(tx, &Scope::All, id).await? else { continue };
            // Somebody may have written, or closed it, while it was awaited.
            if !thread.closed && thread.last_content_at < before && thread.updated_at < before {
                shut(tx, &mut thread);
                chat_mail::forget_look(tx, id).await?;
                thread.extra_data.insert("closed_at".into(), json!(tx.now()));
                tell_closed(tx, None, &mut thread, &source, EventType::ContentThreadAutoClosed, json!({})).await?;
            }
        }
        if !found.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Refuses whoever may neither close a live chat nor answer in it: what waits there is not theirs to put away.
///
/// # Errors
/// 403.
pub(crate) fn require_archives(actor: &Actor, thread: &Thread) -> Result<()> {
    if archives(actor, thread) { Ok(()) } else { actor.require(Permission::CloseContentThread) }
}

/// Whether the actor may archive what waits in a thread that they may read.
#[must_use]
pub fn archives(actor: &Actor, thread: &Thread) -> bool {
    let ends = thread.is_live_chat() && !thread.closed;
    !ends || actor.can(Permission::CloseContentThread) || actor.can_on(&thread.source_id, SourcePermission::Reply)
}

/// Archives a thread: what waits in it waits no longer.
///
/// # Errors
/// 404; 403 in a live chat without the permission to reply or to close it.
pub async fn ignore(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<Thread> {
    let (mut thread, source) = lock(tx, actor, id).await?;
    require_archives(actor, &thread)?;
    archive(tx, Some(&actor.user.id), &mut thread, &source, CloseCause::Intervention).await?;
    handover::end(tx, Some(&actor.user), &mut thread).await?;
    Ok(thread)
}

async fn archive(
    tx: &mut Tx,
    user: Option<&UserId>,
    thread: &mut Thread,
    source: &Source,
    cause: CloseCause,
) -> Result<()> {
    for mut content in content::waiting(tx, &thread.id).await? {
        content.status = ContentStatus::Ignored;
        content.updated_at = tx.now();
        tx.update(&content).await?;
        journal::content(tx, EventType::ContentIgnored, user, &content, thread, source);
    }
    recount(tx, thread).await?;
    journal::thread(tx, EventType::ThreadIgnored, user, thread, json!({}));
    if thread.open_interventions_count > 0 {
        return Ok(());
    }
    // Nobody is to wait for what was put away.
    end_live(tx, user, thread, source, cause).await
}

/// Archives threads in which nothing was said for the time that their source's settings `content_archiving` and
/// `content_archiving_period` give, some at once; tells whether there may be more. Called now and then.
pub async fn archive_old(tx: &mut Tx) -> Result<bool> {
    const AT_ONCE: i64 = 50;
    for source in source::all(tx).await? {
        let on = source.settings.get("content_archiving").and_then(Value::as_bool) == Some(true);
        let period = source.settings.get("content_archiving_period").and_then(Value::as_i64);
        let Some(seconds) = period.filter(|_| on) else { continue };
        let before = tx.now().plus_seconds(-seconds);
        let old = threads::waiting_since(tx, &source.id, before, AT_ONCE).await?;
        for id in &old {
            let Some(mut thread) = threads::lock(tx, &Scope::All, id).await? else { continue };
            // Somebody may have written, or taken the thread, while it was awaited.
            if thread.state() == ThreadState::Unassigned && thread.last_content_at < before {
                archive(tx, None, &mut thread, &source, CloseCause::Automatic).await?;
                handover::end(tx, None, &mut thread).await?;
            }
        }
        if !old.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Sets the categories of a thread.
///
/// # Errors
/// 404; 422 when a category cannot be set here.
pub async fn update_categories(tx: &mut Tx, actor: &Actor, id: &ThreadId, ids: Vec<CategoryId>) -> Result<Thread> {
    let (mut thread, _) = lock(tx, actor, id).await?;
    set_categories(tx, actor, &mut thread, ids, "thread_category_ids").await?;
    Ok(thread)
}

/// Sets the categories of a held thread; `field` is the parameter that they came in.
///
/// # Errors
/// 422 when a category cannot be set here.
pub async fn set_categories(
    tx: &mut Tx,
    actor: &Actor,
    thread: &mut Thread,
    ids: Vec<CategoryId>,
    field: &'static str,
) -> Result<()> {
    let ids = categorize::check(tx, ids, &thread.source_id, field).await?;
    let before = std::mem::replace(&mut thread.thread_category_ids.0, ids);
    gather_categories(tx, thread).await?;
    thread.updated_at = tx.now();
    tx.update(thread).await?;
    let (added, removed) =
        (without(&thread.thread_category_ids, &before), without(&before, &thread.thread_category_ids));
    let more = match added.is_empty() && removed.is_empty() {
        true => json!({}),
        false => json!({"added_category_ids": added, "removed_category_ids": removed}),
    };
    journal::thread(tx, EventType::ThreadRecategorized, Some(&actor.user.id), thread, more);
    Ok(())
}

/// Joins the thread's own categories with those of its contents.
pub async fn gather_categories(tx: &mut Tx, thread: &mut Thread) -> Result<()> {
    let mut all = thread.thread_category_ids.0.clone();
    all.extend(content::categories(tx, &thread.id).await?);
    all.sort();
    all.dedup();
    if !all.is_empty() {
        thread.first_categorization_at.get_or_insert(tx.now());
    }
    thread.category_ids = Json(all);
    Ok(())
}

/// Switches a messaging thread's text input off or on.
///
/// # Errors
/// 404 when it is not a messaging thread; 403 without the permission to reply, or when it is so already.
pub async fn set_text_input(tx: &mut Tx, actor: &Actor, id: &ThreadId, disabled: bool) -> Result<Thread> {
    let (mut thread, source) = lock(tx, actor, id).await?;
    if !source.kind.caps().text_input {
        return Err(Error::NotFound("messaging thread"));
    }
    actor.require_on(&source.id, SourcePermission::Reply)?;
    if thread.text_input_disabled == disabled {
        let state = if disabled { "disabled" } else { "enabled" };
        return Err(Error::forbidden(Reason::Already.says(format!("the text input is {state} already"))));
    }
    change_text_input(tx, actor, &mut thread, disabled).await?;
    Ok(thread)
}

/// Switches a held thread's text input off or on and tells of it.
pub async fn change_text_input(tx: &mut Tx, actor: &Actor, thread: &mut Thread, disabled: bool) -> Result<()> {
    thread.text_input_disabled = disabled;
    thread.updated_at = tx.now();
    tx.update(thread).await?;
    let more = json!({"disable_text_input": disabled});
    journal::thread(tx, EventType::ThreadInputUpdated, Some(&actor.user.id), thread, more);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_is_one_line_of_so_many_characters() {
        let long = "Où ça\u{301} ".repeat(40);
        let cut = opening(&long).expect("a line");
        assert_eq!((cut.chars().count(), cut.ends_with("...")), (OPENING_MAX, true));
        let just = "é".repeat(OPENING_MAX);
        assert_eq!(opening(&just).as_deref(), Some(just.as_str()));
        assert_eq!(opening(" Hello\n\n there ").as_deref(), Some("Hello there"));
        assert_eq!(opening(" \n "), None);
    }
}
