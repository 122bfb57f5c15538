//! Where visitors can be reached by mail once they are gone: when they are asked for an address, and what becomes of one that
//! they give. Nobody is found, or taken for somebody else, by such an address.

use model::{CloseCause, EventType, IdentityId, SourcePermission, ThreadId, UserId};
use serde_json::json;
use store::chat_contact::{self, ChatContact};
use store::chat_thread;
use store::thread::Thread;
use store::{Tx, identity, source};

use crate::arrival::visitor::{self, Known};
use crate::base::{Actor, Error, Pace, Reason, Result, checks::checked_email, journal};
use crate::conversation::{thread, unread_mail};
use crate::setup::{mail_settings, source_settings};

/// How often somebody may give another address in a day.
const CHANGES_A_DAY: i64 = 3;
const DAY: i64 = 24 * 3600;

/// Whether an address is known by which a visitor can be written to.
///
/// # Errors
/// When the database fails.
pub async fn is_reachable(tx: &mut Tx, who: &IdentityId) -> Result<bool> {
    Ok(chat_contact::address_of(tx, who).await?.is_some())
}

/// Whether people have a mailbox to write to visitors from.
///
/// # Errors
/// When the database fails.
pub async fn can_write(tx: &mut Tx) -> Result<bool> {
    Ok(source::all(tx).await?.iter().any(|source| source.active && mail_settings::sends(source)))
}

/// Asks the visitor who has just begun a conversation for an address, where the source asks for that, none is known, and
/// they were not asked a short time ago. The thread is held.
pub(super) async fn ask(tx: &mut Tx, known: &Known, thread: &Thread) -> Result<()> {
    let (source, who) = (&known.source, &known.identity.id);
    if !source_settings::is_on(source, "automatic_email_request") || is_reachable(tx, who).await? {
        return Ok(());
    }
    // Held: of two conversations that begin at once, one asks.
    identity::lock(tx, who).await?;
    let before = chat_contact::find(tx, who).await?;
    let grace = source_settings::number(source, "email_request_grace_period").unwrap_or(0);
    let asked_at = before.as_ref().and_then(|contact| contact.asked_at);
    if asked_at.is_some_and(|at| tx.now().seconds_since(at) < grace) {
        return Ok(());
    }
    note_asked(tx, before, who, thread, None).await
}

/// Asks the visitor of a thread for an address since an agent wants it, however long ago they were asked elsewhere.
///
/// # Errors
/// 404 when it is no chat's thread; 403 without the permission to reply, where it is closed, where an address is known, and
/// where the visitor was asked in it after the last message.
pub async fn ask_for(tx: &mut Tx, actor: &Actor, id: &ThreadId) -> Result<()> {
    let (thread, source) = thread::lock(tx, actor, id).await?;
    let who = thread.identity_id.clone().filter(|_| source.kind.caps().text_input);
    let who = who.ok_or(Error::NotFound("messaging thread"))?;
    actor.require_on(&source.id, SourcePermission::Reply)?;
    if thread.closed {
        return Err(Error::Forbidden("thread_closed", "the thread is closed".into()));
    }
    if is_reachable(tx, &who).await? {
        return Err(Error::forbidden(Reason::Already.says("an address is known")));
    }
    identity::lock(tx, &who).await?;
    let before = chat_contact::find(tx, &who).await?;
    let here = |contact: &ChatContact| {
        contact.thread_id.as_ref() == Some(id) && contact.asked_at.is_some_and(|at| at >= thread.last_content_at)
    };
    if before.as_ref().is_some_and(here) {
        return Err(Error::forbidden(Reason::Already.says("the visitor is asked already")));
    }
    note_asked(tx, before, &who, &thread, Some(&actor.user.id)).await
}

/// Notes where somebody is asked, after its last message, and tells of it.
async fn note_asked(
    tx: &mut Tx,
    before: Option<ChatContact>,
    who: &IdentityId,
    thread: &Thread,
    by: Option<&UserId>,
) -> Result<()> {
    let is_new = before.is_none();
    let mut contact = before.unwrap_or_else(|| ChatContact::new(who.clone()));
    (contact.asked_at, contact.thread_id) = (Some(tx.now()), Some(thread.id.clone()));
    contact.after_ordinal = thread.last_ordinal;
    if is_new {
        tx.insert(&contact).await?
    } else {
        tx.update(&contact).await?
    }
    tell(tx, EventType::ChatEmailAsked, by, thread, &contact);
    Ok(())
}

/// Takes the address that a visitor gives in the conversation in which they were asked, or in a live chat that nobody has
/// taken: as that of their identity, or beside it where the company vouches for that.
///
/// # Errors
/// 404 when the conversation is not theirs; 403 when they were not asked there; 422 `incorrect_email`; 429 when they have
/// given too many today.
pub async fn give(tx: &mut Tx, known: &Known, id: &ThreadId, given: &str) -> Result<()> {
    let email = checked_email(given)
        .map_err(|_| Error::Unprocessable("incorrect_email", Reason::Email.says("is not an e-mail address")))?;
    let who = identity::lock(tx, &known.identity.id).await?.ok_or(Error::NotFound("identity"))?;
    let thread = visitor::own_thread(tx, known, id).await?;
    let before = chat_contact::find(tx, &who.id).await?;
    let is_new = before.is_none();
    let mut contact = before.unwrap_or_else(|| ChatContact::new(who.id.clone()));
    if contact.thread_id.as_ref() != Some(id) {
        if !is_unanswered(tx, id).await? {
            return Err(Error::Forbidden("not_asked", "nobody has asked for an address in this conversation".into()));
        }
        (contact.thread_id, contact.after_ordinal) = (Some(id.clone()), thread.last_ordinal);
    }
    let signed = known.signed_until.is_some();
    let now = if signed { &contact.email } else { &who.email };
    if now.as_ref() == Some(&email) {
        return Ok(());
    }
    count(tx, &mut contact)?;
    if signed {
        contact.email = Some(email);
    } else {
        let mut who = who;
        (who.email, who.updated_at) = (Some(email), tx.now());
        tx.update(&who).await?;
    }
    if is_new {
        tx.insert(&contact).await?;
    } else {
        tx.update(&contact).await?;
    }
    tell(tx, EventType::ChatEmailGiven, None, &thread, &contact);
    // Something may have waited for an address.
    unread_mail::look_later(tx, &thread, &known.source).await
}

/// Whether a thread is a live chat that nobody has taken: its visitor may say where they can be written to instead.
async fn is_unanswered(tx: &mut Tx, id: &ThreadId) -> Result<bool> {
    Ok(chat_thread::find(tx, id).await?.is_some_and(|chat| chat.cause == Some(CloseCause::ImpossibleDelay)))
}

/// Counts one more change.
fn count(tx: &Tx, contact: &mut ChatContact) -> Result<()> {
    let today = contact.changes_since.filter(|since| tx.now().seconds_since(*since) < DAY);
    let Some(since) = today else {
        (contact.changes, contact.changes_since) = (1, Some(tx.now()));
        return Ok(());
    };
    if contact.changes >= CHANGES_A_DAY {
        let wait = u64::try_from(since.plus_seconds(DAY).seconds_since(tx.now())).unwrap_or(1).max(1);
        let fault = Reason::TooMany.says(format!("at most {CHANGES_A_DAY} a day")).with("max", CHANGES_A_DAY);
        return Err(Error::TooMany("too_many_changes", fault, Some(Pace { per_minute: None, wait })));
    }
    contact.changes += 1;
    Ok(())
}

/// Tells of it where the visitor was asked.
fn tell(tx: &mut Tx, kind: EventType, by: Option<&UserId>, thread: &Thread, contact: &ChatContact) {
    journal::thread(tx, kind, by, thread, json!({"after_ordinal": contact.after_ordinal}));
}
