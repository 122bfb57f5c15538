//! Who has a thread, and since which change: what keeps two answers from crossing.
//!
//! A thread's owner is the user of its newest open or deferred intervention: a bot, an agent, or nobody. Each change of
//! it raises the thread's epoch. A write that says under which epoch it was composed is refused when the thread has
//! another one by now ([`Actor::require_current`], asked by `thread::lock` while it holds the row).
//!
//! A bot has a thread on lease. When its customer waits longer than the bot's settings give it, the thread goes to
//! people, as when the bot hands it over itself; it can be given back ([`give_to_bot`]). While a reply of the bot's waits
//! for approval there is no lease: the bot has answered as far as it can.

use model::{SourcePermission, ThreadId, Timestamp, UserId};
use store::ahead::SKEW;
use store::intervention;
use store::thread::{self as threads, Thread};
use store::{Scope, Tx, content};

use crate::base::{Actor, Error, Fault, Reason, Result, access};
use crate::conversation::{
    bot,
    handover::{self, Why},
    intervention as cases,
    owner::lease,
    thread,
};
use crate::setup::settings;

/// How many leases one transaction ends.
const BATCH: i64 = 50;

/// Gives the threads whose bot did not answer in time to people, some at the most; tells how many, and when the next
/// lease ends. Called by the timer.
pub async fn end_leases(tx: &mut Tx) -> Result<(usize, Option<Timestamp>)> {
    let due = threads::leases_over(tx, BATCH).await?;
    let count = due.len();
    for id in due {
        let Some(mut thread) = threads::lock(tx, &Scope::All, &id).await? else { continue };
        // The bot may have answered, or somebody taken the thread, while it was awaited.
        if thread.lease_until.is_none_or(|until| until > tx.now()) {
            continue;
        }
        // Should the bot have another customer here, it has its time for them.
        thread.lease_until = None;
        let case = intervention::open_of_thread(tx, &id).await?;
        match case.filter(|_| !thread.is_ended_chat()) {
            Some(case) => {
                thread.handed_over_by = Some(case.user_id.clone());
                bot::let_go(tx, None, case, &mut thread).await?;
                handover::tell(tx, None, &thread, bot::Side::Agent, Why::Time);
            }
            None => thread::recount(tx, &mut thread).await?,
        }
    }
    Ok((count, threads::next_lease(tx).await?))
}

/// Has leases begin anew, some at a time, that end later than one that begins now would: they were begun by a clock that
/// was ahead. Tells how many.
pub async fn set_leases_again(tx: &mut Tx) -> Result<u64> {
    let mut count = 0;
    let usual = tx.now().plus_seconds(settings::BOT_LEASE.now(tx).await? + SKEW);
    for id in threads::leases_after(tx, usual, BATCH).await? {
        // Most are long because their bots have so long: those threads are not held.
        let Some(found) = threads::find(tx, &Scope::All, &id).await? else { continue };
        if begun_anew(tx, &found).await?.is_none() {
            continue;
        }
        let Some(mut thread) = threads::lock(tx, &Scope::All, &id).await? else { continue };
        if let Some(anew) = begun_anew(tx, &thread).await? {
            thread.lease_until = Some(anew);
            tx.update(&thread).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// When a thread's lease would end that began now, if it ends later than that.
async fn begun_anew(tx: &mut Tx, thread: &Thread) -> Result<Option<Timestamp>> {
    let (Some(until), Some(owner)) = (thread.lease_until, &thread.owner) else { return Ok(None) };
    let anew = lease(tx, &owner.id).await?.unwrap_or_else(|| tx.now());
    Ok((until > anew.plus_seconds(SKEW)).then_some(anew))
}

/// Gives a thread to a bot, again or for the first time: its open intervention, or a new one on what the customer said
/// last. Without a bot's id it is the bot that had the thread last.
///
/// # Errors
/// 404; 403 without the permission to reply, or when the open intervention is somebody else's; 409 when the caller's
/// epoch is stale, or a bot would take back what was handed over; 422 when there is no such bot, it may not read and reply on the source, or nobody has said anything.
pub async fn give_to_bot(tx: &mut Tx, actor: &Actor, id: &ThreadId, bot: Option<UserId>) -> Result<Thread> {
    let (mut thread, source) = thread::lock(tx, actor, id).await?;
    actor.require_on(&source.id, SourcePermission::Reply)?;
    if thread.closed {
        return Err(Error::Forbidden("thread_closed", "the thread is closed: a bot could not answer in it".into()));
    }
    handover::require_given(&actor.user, &thread)?;
    let none = || Error::invalid("user_id", Reason::Required.says("is required: no bot has had this thread"));
    let bot = bot.or_else(|| thread.last_bot_id.clone()).ok_or_else(none)?;
    let unknown = |_| Error::invalid("user_id", Fault::not("an enabled user"));
    let holder = access::actor(tx, &bot, None, actor.origin).await.map_err(unknown)?;
    if !holder.user.bot {
        return Err(Error::invalid("user_id", Fault::not("a bot")));
    }
    match intervention::open_of_thread(tx, id).await? {
        Some(case) => {
            cases::reassign(tx, actor, &case.id, &bot).await?;
            thread::find(tx, actor, id).await
        }
        None => {
            cases::require_takes(&holder, &source)?;
            let nothing = || Error::Unprocessable("nothing_to_answer", "no customer has said anything here".into());
            let content = last_word(tx, id).await?.ok_or_else(nothing)?;
            cases::begin_for(tx, actor, &bot, &content).await?;
            handover::give_back(&mut thread);
            thread::recount(tx, &mut thread).await?;
            Ok(thread)
        }
    }
}

/// What a customer said last in a thread: what waits for somebody before what does not.
async fn last_word(tx: &mut Tx, id: &ThreadId) -> Result<Option<content::Content>> {
    if let Some(waiting) = content::waiting(tx, id).await?.into_iter().rfind(|c| !c.is_from_agent()) {
        return Ok(Some(waiting));
    }
    Ok(content::page_back(tx, id, None, 100).await?.into_iter().find(|c| !c.is_from_agent()))
}
