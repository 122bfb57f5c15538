//! What a bot gave to people stays with people.
//!
//! A thread was handed over when a bot said so (`bots/handover`), let its time run out, or went on talking without a
//! customer's word. Then no bot takes it or writes in it until somebody gives it to a bot again, or it has ended: it is
//! closed, or a person has done with it what there was to do. A bot is a user with `bot: true`, whoever comes by
//! `bots/engage`, and whoever handed the thread over.

use model::{CreatedFrom, EventType, UserId};
use serde_json::json;
use store::Tx;
use store::thread::Thread;
use store::user::User;

use crate::base::{Actor, Error, Result, journal};
use crate::setup::settings;

/// Who a conversation goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A program.
    Bot,
    /// A person.
    Agent,
}

/// Why a thread goes to the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why<'a> {
    /// Somebody asked for it; with the kind that they gave it.
    Asked(&'a str),
    /// The bot did not answer in its time.
    Time,
    /// Bots went on without a customer's word.
    Loop,
}

/// Whether a user counts as a bot on a thread.
pub(crate) fn is_bot(user: &User, thread: &Thread) -> bool {
    user.bot || thread.handed_over_by.as_ref() == Some(&user.id)
}

/// Refuses what a bot does on a held thread that was handed over.
///
/// # Errors
/// 409 `handed_over`.
pub(crate) fn require_given(user: &User, thread: &Thread) -> Result<()> {
    if is_bot(user, thread) { require_none(thread) } else { Ok(()) }
}

/// Refuses a held thread that was handed over.
///
/// # Errors
/// 409 `handed_over`.
pub(crate) fn require_none(thread: &Thread) -> Result<()> {
    let message = "this conversation was handed over to people: it is a bot's again when somebody gives it to one";
    if thread.handed_over_by.is_some() { Err(Error::Conflict("handed_over", message.into())) } else { Ok(()) }
}

/// Notes that somebody gives a held thread to a bot. The caller writes it.
pub(crate) fn give_back(thread: &mut Thread) {
    thread.handed_over_by = None;
    thread.bot_streak = 0;
}

/// Notes that a held thread may have ended by what `user`, or time, did to it: nothing in it is open or waits. What a
/// bot ends it has not got back by that.
pub(crate) async fn end(tx: &mut Tx, user: Option<&User>, thread: &mut Thread) -> Result<()> {
    let done = thread.open_interventions_count == 0 && thread.new_contents_count == 0;
    if thread.handed_over_by.is_some() && done && !user.is_some_and(|user| is_bot(user, thread)) {
        thread.handed_over_by = None;
        tx.update(thread).await?;
    }
    Ok(())
}

/// Tells that a held thread went to the other side.
pub(crate) fn tell(tx: &mut Tx, user: Option<&UserId>, thread: &Thread, to: Side, why: Why<'_>) {
    let (from, to) = match to {
        Side::Agent => ("bot", "agent"),
        Side::Bot => ("agent", "bot"),
    };
    let (reason, kind) = match why {
        Why::Asked(kind) => ("asked", Some(kind)),
        Why::Time => ("time", None),
        Why::Loop => ("loop", None),
    };
    let more = json!({"handover": {"from": from, "to": to, "type": kind, "reason": reason}});
    journal::thread(tx, EventType::ThreadHandedOver, user, thread, more);
}

/// Whether what the actor writes in a thread counts as a bot's: their user is a bot, or is the one that came by
/// `bots/engage` last and writes through the API. In the console such a user is a person.
pub(crate) fn writes_as_bot(actor: &Actor, thread: &Thread) -> bool {
    let engaged = thread.last_bot_id.as_ref() == Some(&actor.user.id);
    actor.user.bot || (engaged && actor.origin == CreatedFrom::Api)
}

/// How many contents bots may write in a held thread before they are stopped; none where that is not limited or the
/// actor is no bot.
///
/// # Errors
/// 409 `bot_loop` when they have written so many.
pub(crate) async fn loop_limit(tx: &mut Tx, actor: &Actor, thread: &Thread) -> Result<Option<i64>> {
    if !writes_as_bot(actor, thread) {
        return Ok(None);
    }
    let limit = Some(settings::BOT_LOOP_LIMIT.now(tx).await?).filter(|limit| *limit > 0);
    if limit.is_some_and(|limit| thread.bot_streak >= limit) {
        let message = format!("bots have written {} times here without a word of the customer", thread.bot_streak);
        return Err(Error::Conflict("bot_loop", message.into()));
    }
    Ok(limit)
}
