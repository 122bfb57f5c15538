//! How a content goes out: an agent's reply or first word, what was approved, what a source says by itself, and a
//! survey's question all take this way.

use model::{ContentStatus, CreatedFrom, EventType, IdentityId, SyncStatus, Timestamp, UserId};
use store::content::{self, Content};
use store::identity;
use store::intervention::Intervention;
use store::source::Source;
use store::thread::Thread;
use store::{Scope, Tx};

use crate::base::{Actor, Result, journal};
use crate::conversation::{act, export, intervention as cases, live_thread, mail_out, thread, unread_mail};
use crate::setup::time_sheet;

/// Sends a content that is stored on its way: a third party is told of it by the worker, and Hubbub's own chat has it
/// already. `kind` is what was done to it, `by` whom.
pub(crate) async fn release(
    tx: &mut Tx,
    by: Option<&UserId>,
    kind: EventType,
    content: &Content,
    thread: &Thread,
    source: &Source,
) -> Result<()> {
    journal::content(tx, kind, by, content, thread, source);
    unread_mail::await_reader(tx, content, thread, source).await?;
    match content.synchronization_status {
        Some(SyncStatus::Pending) => export::begin(tx, content).await?,
        _ => journal::content(tx, EventType::ContentExported, None, content, thread, source),
    }
    Ok(())
}

/// What the company itself says to a customer's content, without its text.
pub(crate) fn automatic(
    said: &Content,
    thread: &Thread,
    source: &Source,
    author: IdentityId,
    now: Timestamp,
) -> Content {
    Content {
        status: ContentStatus::UserReply,
        created_from: CreatedFrom::Automatic,
        auto_submitted: true,
        in_reply_to_id: Some(said.id.clone()),
        in_reply_to_author_id: Some(said.author_id.clone()),
        kind: act::kind_of_answer(said),
        private: said.private,
        language: said.language.clone(),
        sender_name: Some(source.name.clone()),
        synchronization_status: Some(first_sync_status(source)),
        ..Content::new(thread, author, now)
    }
}

/// Writes what the company itself says, and sends it on its way; tells whether it could. The thread is held; it is written
/// here.
pub(crate) async fn say(tx: &mut Tx, content: &mut Content, thread: &mut Thread, source: &Source) -> Result<bool> {
    let mails = source.kind.caps().mail;
    let draft = if mails { mail_out::automatic(tx, source, content, thread).await? } else { None };
    if mails && draft.is_none() {
        return Ok(false);
    }
    tx.insert::<Content>(content).await?;
    if let Some(draft) = draft {
        mail_out::keep(tx, &draft).await?;
    }
    thread::add_content(thread, content);
    thread.visitor_unread += 1;
    tx.update(thread).await?;
    release(tx, None, EventType::ContentReplied, content, thread, source).await?;
    Ok(true)
}

/// To whom a reply to a content speaks: its author, or for an agent's content the customer of the thread.
pub(crate) fn customer_of(answered: &Content, thread: &Thread) -> Option<IdentityId> {
    if answered.is_from_agent() { thread.identity_id.clone() } else { Some(answered.author_id.clone()) }
}

/// Notes what a reply that goes out means: for what it answers, and for its intervention.
pub(crate) async fn count_reply(
    tx: &mut Tx,
    reply: &Content,
    answered: &Content,
    case: Option<&mut Intervention>,
    thread: &Thread,
    source: &Source,
) -> Result<()> {
    live_thread::note_answer(tx, thread).await?;
    if let Some(customer) = customer_of(answered, thread) {
        // What they said up to the answered content is answered; without an intervention, what waited is too.
        content::mark_answered(tx, &customer, answered).await?;
    }
    if let Some(case) = case {
        let hours = time_sheet::calendar_of_source(tx, source).await?;
        // Nobody waits for what stands in the place of an answer that did not arrive.
        let asked = case.waiting_since.is_some()
            || case.first_user_reply_id.is_some()
            || content::find(tx, &Scope::All, &case.content_id).await?.is_none_or(|begun| !begun.is_from_agent());
        cases::add_reply(case, reply, &hours, asked, tx.now());
        // What the customer said after what is answered waits for another answer.
        case.waiting_since = content::unanswered_since(tx, &case.identity_id, answered).await?;
        tx.update::<Intervention>(case).await?;
    }
    Ok(())
}

/// The identity that the company itself writes as on a source: on a third party one that it has told of as the company's,
/// since it looks its authors up; else the source's own.
pub(crate) async fn company(tx: &mut Tx, source: &Source) -> Result<Option<IdentityId>> {
    if source.kind.caps().sdk
        && let Some(told) = identity::first_told_controlled(tx, &source.community_id).await?
    {
        return Ok(Some(told.id));
    }
    Ok(source.identity_id.clone())
}

/// How a content that goes out now fares at first: Hubbub's own chat has it as soon as it is stored; a third party
/// must be told first.
pub(crate) fn first_sync_status(source: &Source) -> SyncStatus {
    if source.kind.caps().instant { SyncStatus::Success } else { SyncStatus::Pending }
}

/// Switches the customer's text input as a content asks, where there is one and it is not so already.
pub(crate) async fn switch_text_input(
    tx: &mut Tx,
    actor: &Actor,
    thread: &mut Thread,
    source: &Source,
    disabled: bool,
) -> Result<()> {
    if source.kind.caps().text_input && thread.text_input_disabled != disabled {
        thread::change_text_input(tx, actor, thread, disabled).await?;
    }
    Ok(())
}
