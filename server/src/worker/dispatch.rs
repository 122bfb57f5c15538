//! What happens after what: one place that says, for every kind of event, which work follows it.

use model::{ContentId, EventType, OwnerType, UserId, WebhookId};
use store::journal::Entry;
use store::{Tx, content, people_index, search, webhook};
use tokio::sync::watch;

use super::driver;
use super::wakes::Wakes;
use crate::app::App;
use crate::domain::{Result, delivery, mail};

/// Its name.
pub(super) const FOLLOWER: &str = "dispatch";

/// Starts the follower; gives how far its work is committed.
pub(super) fn start(app: &App, wakes: &Wakes) -> watch::Receiver<i64> {
    let wakes = wakes.clone();
    driver::follow(app, FOLLOWER, move |tx, entries| {
        let wakes = wakes.clone();
        Box::pin(async move { dispatch(tx, entries, &wakes).await })
    })
}

async fn dispatch(tx: &mut Tx, entries: &[Entry], wakes: &Wakes) -> Result<()> {
    let end = entries.last().map_or(0, |entry| entry.position);
    let (mut told, mut said) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry.kind {
            EventType::ContentImported => {
                said.extend(ContentId::parse(&entry.resource_id));
                told.push(entry);
                note_lease(entry, wakes);
            }
            EventType::ThreadOwnerChanged | EventType::InterventionReactivated => {
                told.push(entry);
                note_lease(entry, wakes);
            }
            EventType::ContentReplied | EventType::ContentDiscussionInitiated => {
                said.extend(ContentId::parse(&entry.resource_id));
                told.push(entry);
                wakes.exports.ring_all();
                wakes.unread.notify_one();
                note_lease(entry, wakes);
            }
            EventType::ContentApproved => {
                told.push(entry);
                wakes.exports.ring_all();
                wakes.unread.notify_one();
                wakes.leases.notify_one();
            }
            // A bot whose reply it was has a lease again.
            EventType::ContentApprovalRefused => wakes.leases.notify_one(),
            EventType::InterventionDeferred => {
                told.push(entry);
                wakes.deferred.notify_one();
            }
            EventType::InterventionClosed => {
                told.push(entry);
                wakes.surveys.notify_one();
            }
            EventType::ChatQueued | EventType::ChatConnected | EventType::ChatLeft => wakes.chats.notify_one(),
            EventType::ChatEmailGiven => wakes.unread.notify_one(),
            EventType::AgentDisconnected => {
                told.push(entry);
                wakes.chats.notify_one();
            }
            EventType::ContentExportRetried => wakes.exports.ring_all(),
            // One that is polled may be new, or switched on.
            EventType::AdministrationChanged if entry.resource_kind == "survey" => wakes.bridges.notify_one(),
            EventType::AdministrationChanged if entry.resource_kind == mail::RESOURCE => wakes.mails.ring_all(),
            // A source may have been activated, or have another address.
            EventType::AdministrationChanged if entry.resource_kind == "content_source" => wakes.exports.ring_all(),
            EventType::ContentExported
            | EventType::ContentThreadClosed
            | EventType::ContentThreadOpened
            | EventType::ContentThreadAutoClosed
            | EventType::InterventionOpened
            | EventType::InterventionAssigned
            | EventType::InterventionCanceled
            | EventType::InterventionReopened
            | EventType::InterventionRecategorized
            | EventType::InterventionUserUpdated
            | EventType::InterventionCustomFieldsUpdated
            | EventType::ThreadHandedOver
            | EventType::IdentityMerged
            | EventType::IdentityUnmerged
            | EventType::SurveyResponseImported
            | EventType::AgentConnected
            | EventType::AgentReconnected
            | EventType::AgentAvailabilityChange => told.push(entry),
            EventType::AdministrationChanged => {
                for id in webhooks_of(tx, entry).await? {
                    wakes.note_webhook(end, id);
                }
            }
            EventType::ContentApprovalRequested
            | EventType::ContentIgnored
            | EventType::ContentRecategorized
            | EventType::ContentScored
            | EventType::ContentDelivered
            | EventType::ContentRead
            | EventType::ThreadRecategorized
            | EventType::ThreadIgnored
            | EventType::ThreadInputUpdated
            | EventType::IdentityImported
            | EventType::IdentityUpdated
            | EventType::IdentityGroupCreated
            | EventType::IdentityGroupUpdated
            | EventType::ChatEmailAsked
            | EventType::CommentCreated
            | EventType::CommentDeleted
            | EventType::AgentConnectionLost => {}
        }
    }
    index(tx, &said).await?;
    people_index::bring_up(tx).await?;
    for id in delivery::form(tx, &told).await? {
        wakes.note_webhook(end, id);
    }
    Ok(())
}

/// The webhooks that have something to do after a change of the administration: a new one, a changed one, or one with
/// deliveries to send again; those of a user who was disabled, and whose deliveries waited.
async fn webhooks_of(tx: &mut Tx, entry: &Entry) -> Result<Vec<WebhookId>> {
    Ok(match entry.resource_kind.as_str() {
        "webhook" => WebhookId::parse(&entry.resource_id).into_iter().collect(),
        "user" => match UserId::parse(&entry.resource_id) {
            Some(id) => webhook::active_of_user(tx, &id).await?,
            None => Vec::new(),
        },
        _ => Vec::new(),
    })
}

/// Wakes the timer of leases when a bot has the thread, or it is not said who has it.
fn note_lease(entry: &Entry, wakes: &Wakes) {
    let bot = entry.metadata.get("owner").is_none_or(|owner| owner["type"] == OwnerType::Bot.as_str());
    if bot {
        wakes.leases.notify_one();
    }
}

/// Puts the words of new contents into the search index, in this order.
async fn index(tx: &mut Tx, ids: &[ContentId]) -> Result<()> {
    // The follower works for everybody; searches have the scope of whoever asks.
    let mut contents = content::by_ids(tx, ids).await?;
    contents.sort_by_key(|content| ids.iter().position(|id| *id == content.id));
    let words: Vec<_> = contents.iter().map(|c| (&c.id, &c.thread_id, c.title.as_deref(), c.body.as_str())).collect();
    Ok(search::index_all(tx, &words).await?)
}
