//! The live chat of a thread: it follows the thread's owner, and ends with the thread. The caller holds the thread.
//!
//! What its visitor is told is in the journal alone, as the other lines of a thread are; agents see it there too.

use model::{ChatState, CloseCause, EventType, IdentityId, UserId};
use serde_json::{Value, json};
use store::chat_thread::{self, ChatThread};
use store::source::Source;
use store::thread::Thread;
use store::user::User;
use store::{Tx, source};

use crate::base::{Error, Result, journal};
use crate::conversation::live_state::{Happens, Told, step};
use crate::desk::user::sender_name;
use crate::setup::source_settings::{self, GONE_MIN};

/// After how many seconds it is noted again that a visitor is there.
pub(crate) const BEAT: i64 = 30;

/// Begins the live chat of a new thread: it waits for somebody.
///
/// # Errors
/// As the store says when the visitor has one already.
pub(crate) async fn begin(tx: &mut Tx, thread: &Thread, source: &Source, visitor: &IdentityId) -> Result<()> {
    let now = tx.now();
    let impossible_after = source_settings::number(source, "impossibility_message_delay").unwrap_or(0);
    let gone_after = source_settings::number(source, "disconnection_delay").unwrap_or(0);
    let gone_after = if gone_after == 0 { 0 } else { gone_after.max(GONE_MIN) };
    let chat = ChatThread {
        thread_id: thread.id.clone(),
        source_id: source.id.clone(),
        identity_id: visitor.clone(),
        state: ChatState::Waiting,
        since: now,
        waiting_since: Some(now),
        pressing_since: Some(now),
        user_id: None,
        screenname: None,
        acted_at: now,
        cause: None,
        impossible_after,
        impossible_at: (impossible_after > 0).then(|| now.plus_seconds(impossible_after)),
        gone_after,
        gone_at: (gone_after > 0).then(|| now.plus_seconds(gone_after + BEAT)),
        created_at: now,
    };
    tx.insert(&chat).await?;
    tell(tx, EventType::ChatQueued, thread, json!({"state": chat.state}));
    Ok(())
}

/// Has a thread's live chat follow who has the thread now.
pub(crate) async fn follow(tx: &mut Tx, thread: &Thread, holder: Option<&User>) -> Result<()> {
    if !thread.is_live_chat() {
        return Ok(());
    }
    let Some(mut chat) = chat_thread::lock(tx, &thread.id).await? else { return Ok(()) };
    let (state, told) = step(chat.state, if holder.is_some() { Happens::Owned } else { Happens::Freed });
    if told.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let left = json!({"user_id": chat.user_id, "screenname": chat.screenname});
    if let Some(user) = holder {
        let source = source::find(tx, &thread.source_id).await?.ok_or(Error::NotFound("source"))?;
        chat.screenname = Some(sender_name(user, &source));
        chat.user_id = Some(user.id.clone());
        chat.impossible_at = None;
        if !user.bot {
            chat.impossible_after = 0;
        }
    } else if chat.impossible_after > 0 {
        // Only bots have had it: whether a person comes is to be seen from now on.
        chat.impossible_at = Some(now.plus_seconds(chat.impossible_after));
    }
    chat.waiting_since = holder.is_none().then_some(now);
    chat.pressing_since = chat.pressing_since.or(chat.waiting_since);
    (chat.state, chat.since, chat.acted_at) = (state, now, now);
    tx.update(&chat).await?;
    for one in told {
        match one {
            Told::Left => tell(tx, EventType::ChatLeft, thread, left.clone()),
            Told::Connected => {
                let who = json!({"user_id": chat.user_id, "screenname": chat.screenname});
                tell(tx, EventType::ChatConnected, thread, who);
            }
            Told::Queued => tell(tx, EventType::ChatQueued, thread, json!({"state": chat.state})),
            // Whoever closes the thread tells of that.
            Told::Ended => {}
        }
    }
    Ok(())
}

/// Notes that a user has just said something in a thread: whether they are there counts for its live chat when they have
/// it.
pub(crate) async fn note_act(tx: &mut Tx, thread: &Thread, user: &UserId) -> Result<()> {
    if thread.is_live_chat()
        && let Some(mut chat) = chat_thread::lock(tx, &thread.id).await?
        && chat.user_id.as_ref() == Some(user)
    {
        chat.acted_at = tx.now();
        tx.update(&chat).await?;
    }
    Ok(())
}

/// Notes that the visitor of a thread's live chat has said something: they wait for an answer from the first word on that
/// has none.
pub(crate) async fn note_word(tx: &mut Tx, thread: &Thread) -> Result<()> {
    if let Some(mut chat) = chat_thread::lock(tx, &thread.id).await?
        && chat.state != ChatState::Ended
        && chat.pressing_since.is_none()
    {
        chat.pressing_since = Some(tx.now());
        tx.update(&chat).await?;
    }
    Ok(())
}

/// Notes that what the visitor of a thread's live chat has said is answered.
pub(crate) async fn note_answer(tx: &mut Tx, thread: &Thread) -> Result<()> {
    if thread.is_live_chat()
        && let Some(mut chat) = chat_thread::lock(tx, &thread.id).await?
        && chat.pressing_since.is_some()
    {
        chat.pressing_since = chat.waiting_since;
        tx.update(&chat).await?;
    }
    Ok(())
}

/// Ends the live chat of a thread and stops its times; tells whether it ends by this. It does not when it has ended
/// before. The caller closes the thread and tells of it.
pub(crate) async fn end(tx: &mut Tx, thread: &mut Thread, cause: CloseCause) -> Result<bool> {
    let Some(mut chat) = chat_thread::lock(tx, &thread.id).await? else { return Ok(false) };
    let (state, told) = step(chat.state, Happens::Over(cause));
    if told.is_empty() {
        return Ok(false);
    }
    if chat.state != ChatState::Connected {
        // Its visitor has left the line, whoever had it before.
        chat.user_id = None;
    }
    (chat.state, chat.since, chat.cause) = (state, tx.now(), Some(cause));
    (chat.waiting_since, chat.pressing_since, chat.impossible_at, chat.gone_at) = (None, None, None, None);
    tx.update(&chat).await?;
    thread.extra_data.insert("close_cause".into(), json!(cause));
    Ok(true)
}

fn tell(tx: &mut Tx, kind: EventType, thread: &Thread, chat: Value) {
    journal::thread(tx, kind, None, thread, json!({"after_ordinal": thread.last_ordinal, "chat": chat}));
}
