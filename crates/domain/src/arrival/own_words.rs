//! What was written here and comes back: a third party may list what it was sent before it has told what it calls that, or
//! without ever telling. It is the same content, and no second one.

use model::ThreadId;
use store::content::Content;
use store::identity;
use store::thread;
use store::{Scope, Tx};

use crate::base::Result;
use crate::conversation::ingest::{Incoming, Place};
use crate::conversation::{body, export};

/// How far the times of the same content on both sides may be from each other, in seconds.
const APART: i64 = 600;
/// How long after it was sent a content without a time may come back, in seconds.
const LATE: i64 = 86_400;

/// Gives a content that came its name where it is one of ours that has none; tells whether it was. What is on its way
/// has arrived then.
///
/// # Errors
/// As the database says.
pub(crate) async fn claim(tx: &mut Tx, incoming: &Incoming, files: usize) -> Result<bool> {
    let (Some(foreign_id), Some(id)) = (&incoming.foreign_id, thread_of(tx, incoming).await?) else { return Ok(false) };
    if store::export::unnamed(tx, &id, incoming.kind).await?.is_empty() {
        return Ok(false);
    }
    if thread::lock(tx, &Scope::All, &id).await?.is_none() {
        return Ok(false);
    }
    // A customer's word is theirs, whatever it says, and so is that of somebody whom nobody knows.
    let author = identity::find_foreign(tx, &incoming.source.community_id, &incoming.author.foreign_id).await?;
    if !incoming.author.controlled && !author.is_some_and(|author| author.controlled) {
        return Ok(false);
    }
    let (text, _) = body::read(&incoming.body, incoming.format);
    let now = tx.now();
    let fits = |content: &Content| {
        let near = match incoming.written_at {
            Some(written) => {
                written.seconds_since(content.created_at).max(content.created_at.seconds_since(written)) <= APART
            }
            None => now.seconds_since(content.created_at) <= LATE,
        };
        let same = content.body.split_whitespace().eq(text.split_whitespace());
        near && same && usize::try_from(content.attachments_count).is_ok_and(|count| count == files)
    };
    let unnamed = store::export::unnamed(tx, &id, incoming.kind).await?;
    let Some(mut content) = unnamed.into_iter().find(fits) else { return Ok(false) };
    content.foreign_id = Some(foreign_id.clone());
    tx.update(&content).await?;
    export::came_back(tx, &content, None, None).await?;
    Ok(true)
}

/// The thread that a content joins, where there is one.
async fn thread_of(tx: &mut Tx, incoming: &Incoming) -> Result<Option<ThreadId>> {
    Ok(match &incoming.place {
        Place::Known(id) => Some(id.clone()),
        Place::Foreign(id) => thread::find_foreign(tx, &incoming.source.id, id).await?.map(|thread| thread.id),
        Place::New => None,
    })
}
