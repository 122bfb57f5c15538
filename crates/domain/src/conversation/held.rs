//! Contents, found and held.

use model::ContentId;
use store::Tx;
use store::content::{self, Content};
use store::source::Source;
use store::thread::Thread;

use crate::base::{Actor, Error, Result};
use crate::conversation::thread;

/// Finds a content that the actor may read.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Content> {
    content::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("content"))
}

/// Finds a content with its thread and source and holds them for a change.
///
/// # Errors
/// 404.
pub(crate) async fn lock(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<(Content, Thread, Source)> {
    let thread_id = find(tx, actor, id).await?.thread_id;
    let (thread, source) = thread::lock(tx, actor, &thread_id).await?;
    Ok((find(tx, actor, id).await?, thread, source))
}
