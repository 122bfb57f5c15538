//! Conversations that an agent has begun with a visitor from the console: what the visitor answers is that agent's.

use model::{CreatedFrom, IdentityId, SourcePermission};
use store::content::{self, Content};
use store::source::Source;
use store::thread::{self as threads, Thread};
use store::{Scope, Tx};

use crate::base::{Actor, Error, Result, access};
use crate::conversation::intervention;

/// The newest open conversation of a visitor, where the company has begun it and the visitor has not said anything yet.
pub(crate) async fn unanswered(tx: &mut Tx, source: &Source, visitor: &IdentityId) -> Result<Option<Thread>> {
    let newest = threads::newest_open_of(tx, &source.id, visitor).await?;
    let Some(thread) = newest.filter(is_begun_by_company) else { return Ok(None) };
    Ok(content::said_since(tx, &thread.id, 0, 1).await?.is_empty().then_some(thread))
}

/// Gives a held thread to the agent who has begun it, as its visitor's first word comes; gives the content as it is then.
pub(super) async fn answered(tx: &mut Tx, source: &Source, thread: &mut Thread, content: Content) -> Result<Content> {
    if !source.kind.caps().visitors || thread.interventions_count > 0 || !is_begun_by_company(thread) {
        return Ok(content);
    }
    // What is let go is not theirs again by the next word.
    let first_word = content::said_since(tx, &thread.id, 0, 1).await?.iter().any(|(id, _)| *id == content.id);
    let Some(inviter) = (if first_word { inviter(tx, thread).await? } else { None }) else { return Ok(content) };
    intervention::take(tx, &inviter, thread).await?;
    content::find(tx, &Scope::All, &content.id).await?.ok_or(Error::NotFound("content"))
}

fn is_begun_by_company(thread: &Thread) -> bool {
    thread.first_content_author_id.is_some() && thread.first_content_author_id != thread.identity_id
}

/// The person who has begun a thread from the console, if they may still read it and answer. What programs send to many is
/// answered by whoever takes it.
async fn inviter(tx: &mut Tx, thread: &Thread) -> Result<Option<Actor>> {
    let Some(first) = &thread.first_content_id else { return Ok(None) };
    let first = content::find(tx, &Scope::All, first).await?.filter(|c| c.created_from == CreatedFrom::Interface);
    let Some(user) = first.and_then(|first| first.creator_id) else { return Ok(None) };
    let needed = [SourcePermission::Read, SourcePermission::Reply];
    match access::actor(tx, &user, None, CreatedFrom::Interface).await {
        Ok(agent) => Ok(Some(agent).filter(|a| !a.user.bot && needed.iter().all(|p| a.can_on(&thread.source_id, *p)))),
        Err(Error::Unauthorized(..)) => Ok(None),
        Err(other) => Err(other),
    }
}
