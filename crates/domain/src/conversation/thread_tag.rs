//! The tags of threads: the same ones that people have, set on a conversation.

use model::{EventType, TagId, ThreadId};
use serde_json::json;
use store::thread::Thread;
use store::{Tx, thread_tag as rows};

use crate::base::{Actor, Result, checks::without, journal};
use crate::conversation::thread;
use crate::setup::tag;

/// Sets the tags of a thread.
///
/// # Errors
/// 404; 422 when a tag does not exist. Whoever reads the source may, as with categories.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &ThreadId, ids: Vec<TagId>) -> Result<Thread> {
    let (mut thread, _) = thread::lock(tx, actor, id).await?;
    set(tx, actor, &mut thread, ids).await?;
    Ok(thread)
}

/// Sets the tags of a held thread.
///
/// # Errors
/// 422 when one does not exist.
pub(crate) async fn set(tx: &mut Tx, actor: &Actor, thread: &mut Thread, ids: Vec<TagId>) -> Result<()> {
    let ids = tag::checked(tx, ids).await?;
    let before = std::mem::replace(&mut thread.tag_ids.0, ids);
    let (added, removed) = (without(&thread.tag_ids, &before), without(&before, &thread.tag_ids));
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    keep(tx, thread).await?;
    let more = json!({"tag_ids": thread.tag_ids.0, "added_tag_ids": added, "removed_tag_ids": removed});
    journal::thread(tx, EventType::ThreadTagged, Some(&actor.user.id), thread, more);
    Ok(())
}

/// Gives a held thread those of another one too, which loses them: it goes into it.
pub(crate) async fn join(tx: &mut Tx, from: &mut Thread, to: &mut Thread) -> Result<()> {
    let tags = std::mem::take(&mut from.tag_ids);
    for tag in tags.0 {
        if !to.tag_ids.contains(&tag) {
            to.tag_ids.0.push(tag);
        }
    }
    keep(tx, from).await?;
    keep(tx, to).await
}

async fn keep(tx: &mut Tx, thread: &mut Thread) -> Result<()> {
    thread.updated_at = tx.now();
    tx.update(thread).await?;
    Ok(rows::set(tx, &thread.id, &thread.tag_ids).await?)
}
