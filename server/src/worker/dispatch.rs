//! What happens after what: one place that says, for every kind of event, which work follows it.

use model::{ContentId, EventType};
use store::journal::Entry;
use store::{Scope, Tx, content, search};

use super::driver;
use super::wakes::Wakes;
use crate::app::App;
use crate::domain::Result;

/// Starts the follower.
pub(super) fn start(app: &App, wakes: Wakes) {
    driver::follow(app, "dispatch", move |tx, entries| {
        let wakes = wakes.clone();
        Box::pin(async move { dispatch(tx, entries, &wakes).await })
    });
}

async fn dispatch(tx: &mut Tx, entries: &[Entry], wakes: &Wakes) -> Result<()> {
    for entry in entries {
        match entry.kind {
            EventType::ContentImported => index(tx, entry).await?,
            EventType::ContentReplied | EventType::ContentDiscussionInitiated => {
                index(tx, entry).await?;
                wakes.exports.notify_one();
            }
            EventType::ContentApproved => wakes.exports.notify_one(),
            EventType::InterventionDeferred => wakes.deferred.notify_one(),
            EventType::ContentExported
            | EventType::ContentThreadClosed
            | EventType::ContentThreadOpened
            | EventType::InterventionOpened
            | EventType::InterventionAssigned
            | EventType::InterventionCanceled
            | EventType::InterventionClosed
            | EventType::InterventionReopened
            | EventType::InterventionReactivated
            | EventType::InterventionRecategorized
            | EventType::InterventionUserUpdated
            | EventType::InterventionCustomFieldsUpdated
            | EventType::ContentIgnored
            | EventType::ContentRecategorized
            | EventType::ContentDelivered
            | EventType::ContentRead
            | EventType::ThreadRecategorized
            | EventType::ThreadIgnored
            | EventType::ThreadInputUpdated
            | EventType::CommentCreated
            | EventType::CommentDeleted
            | EventType::AdministrationChanged => {}
        }
    }
    Ok(())
}

/// Puts a new content's words into the search index.
async fn index(tx: &mut Tx, entry: &Entry) -> Result<()> {
    let Some(id) = ContentId::parse(&entry.resource_id) else { return Ok(()) };
    // The follower works for everybody; searches have the scope of whoever asks.
    let Some(content) = content::find(tx, &Scope::All, &id).await? else { return Ok(()) };
    let text = format!("{} {}", content.title.as_deref().unwrap_or(""), content.body);
    search::index(tx, &content.id, &content.thread_id, &text).await?;
    Ok(())
}
