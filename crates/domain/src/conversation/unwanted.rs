//! Mails that a filter has marked: they are archived as they come, until somebody says that they are wanted.

use model::{ContentId, ContentStatus, EventType};
use store::content::Content;
use store::{Tx, mail};

use crate::base::{Actor, Error, Result, journal};
use crate::conversation::{held, resume, thread};

/// What people have to know of such a mail.
pub(crate) const NOTE: &str = "unwanted";

/// Says that a mail which a filter has marked is wanted: it waits for somebody, like any other.
///
/// # Errors
/// 404; 403 without the right to archive there; 422 when no filter has marked it.
pub async fn wanted(tx: &mut Tx, actor: &Actor, id: &ContentId) -> Result<Content> {
    let (mut content, mut thread, source) = held::lock(tx, actor, id).await?;
    thread::require_archives(actor, &thread)?;
    let marked = mail::find(tx, id).await?.filter(|mail| mail.notes.iter().any(|note| note == NOTE));
    let Some(mut mail) = marked else {
        return Err(Error::Unprocessable("not_unwanted", "no filter has marked this as unwanted".into()));
    };
    mail.notes.0.retain(|note| note != NOTE);
    tx.update(&mail).await?;
    if content.status != ContentStatus::Ignored || content.anonymized {
        return Ok(content);
    }
    let case = resume::case_for(tx, &mut thread, &content).await?;
    content.status = if case.is_some() { ContentStatus::Assigned } else { ContentStatus::New };
    content.intervention_id = case.map(|case| case.id);
    content.updated_at = tx.now();
    tx.update(&content).await?;
    thread::recount(tx, &mut thread).await?;
    let kind = EventType::ContentUnignored;
    journal::content(tx, kind, Some(&actor.user.id), &content, &thread, &source);
    Ok(content)
}
