//! What happens after what: one place that says, for every kind of event, which work follows it.

use std::time::Duration;

use model::{CommentId, ContentId, EventType, MAIL_DELIVERY, OwnerType, SOURCE_RUN, SourceId, UserId, WebhookId};
use store::journal::{DISPATCH, Entry};
use store::search_index::{self, Digest};
use store::{Tx, people_index, webhook};
use tokio::sync::watch;

use super::driver;
use super::wakes::Wakes;
use crate::app::App;
use crate::domain::{Error, Result, delivery};

/// How long entries gather before they are worked on together.
const PACE: Duration = Duration::from_millis(20);

/// Starts the follower; gives how far its work is committed.
pub(super) fn start(app: &App, wakes: &Wakes) -> watch::Receiver<i64> {
    let wakes = wakes.clone();
    let prepare = |app, entries| -> driver::Prepared<Vec<Digest>> { Box::pin(prepare(app, entries)) };
    driver::follow(app, DISPATCH, PACE, prepare, move |tx, entries, digests| {
        let wakes = wakes.clone();
        Box::pin(async move { dispatch(tx, entries, digests, &wakes).await })
    })
}

/// The content whose words an entry changes.
fn said(entry: &Entry) -> Option<ContentId> {
    let says = [
        EventType::ContentImported,
        EventType::ContentEdited,
        EventType::ContentReplied,
        EventType::ContentDiscussionInitiated,
    ];
    if says.contains(&entry.kind) { ContentId::parse(&entry.resource_id) } else { None }
}

/// Folds what is said in some entries, in no transaction: it takes long. Where that is much, later entries wait for the next
/// chunk.
async fn prepare(app: App, entries: Vec<Entry>) -> Result<(Vec<Entry>, Vec<Digest>)> {
    let ids: Vec<ContentId> = entries.iter().filter_map(said).collect();
    if ids.is_empty() {
        return Ok((entries, Vec::new()));
    }
    let read = app.db.read_ahead(move |tx| {
        Box::pin(async move {
            let few = search_index::few(tx, &ids).await?;
            Ok::<_, Error>((few, few == ids.len(), search_index::texts(tx, &ids[..few]).await?))
        })
    });
    let (few, all, texts) = read.await?;
    let mut entries = entries;
    if !all {
        let mut count = 0;
        entries.retain(|entry| {
            count += usize::from(said(entry).is_some());
            count <= few
        });
    }
    let backend = app.db.backend();
    let fold = move || texts.into_iter().map(|(text, _)| Digest::of(backend, text)).collect();
    let digests = tokio::task::spawn_blocking(fold).await.map_err(|error| Error::Internal(error.to_string()))?;
    Ok((entries, digests))
}

async fn dispatch(tx: &mut Tx, entries: &[Entry], digests: &[Digest], wakes: &Wakes) -> Result<()> {
    let end = entries.last().map_or(0, |entry| entry.position);
    let (mut told, mut comments) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry.kind {
            EventType::ContentImported => {
                told.push(entry);
                note_lease(entry, wakes);
            }
            // Its words are other ones ([`said`]).
            EventType::ContentEdited => {}
            EventType::ThreadOwnerChanged | EventType::InterventionReactivated => {
                told.push(entry);
                note_lease(entry, wakes);
            }
            EventType::ContentReplied | EventType::ContentDiscussionInitiated => {
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
            EventType::CommentCreated => comments.push((entry, true)),
            EventType::CommentDeleted => comments.push((entry, false)),
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
            // What was behind one that was taken back may go.
            EventType::ContentExportRetried | EventType::ContentUpdateRequested | EventType::ContentTakenBack => {
                wakes.exports.ring_all();
            }
            // One that is polled may be new, or switched on.
            EventType::AdministrationChanged if entry.resource_kind == "survey" => wakes.bridges.notify_one(),
            EventType::AdministrationChanged if entry.resource_kind == MAIL_DELIVERY => wakes.mails.ring_all(),
            // A source may have been activated, or have another address.
            EventType::AdministrationChanged if entry.resource_kind == "content_source" => {
                wakes.exports.ring_all();
                wakes.polls.ring(SourceId::parse(&entry.resource_id));
            }
            EventType::AdministrationChanged if entry.resource_kind == SOURCE_RUN => {
                wakes.polls.ring(SourceId::parse(&entry.resource_id));
            }
            // What waited for it may go out.
            EventType::SourceHealthChanged => wakes.exports.ring_all(),
            EventType::ContentExported
            | EventType::ContentUpdateExported
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
                // Whoever was disabled has no live chats any more.
                if entry.resource_kind == "user" {
                    wakes.chats.notify_one();
                }
                for id in webhooks_of(tx, entry).await? {
                    wakes.note_webhook(end, id);
                }
            }
            EventType::IdentityAnonymized => wakes.erasures.notify_one(),
            EventType::ContentApprovalRequested
            | EventType::ContentIgnored
            | EventType::ContentUnignored
            | EventType::ContentRecategorized
            | EventType::ContentScored
            | EventType::ContentDelivered
            | EventType::ContentRead
            | EventType::ThreadRecategorized
            | EventType::ThreadTagged
            | EventType::ThreadIgnored
            | EventType::ThreadMerged
            | EventType::ThreadSplit
            | EventType::ThreadInputUpdated
            | EventType::IdentityImported
            | EventType::IdentityUpdated
            | EventType::ContentAnonymized
            | EventType::IdentityGroupCreated
            | EventType::IdentityGroupUpdated
            | EventType::ChatEmailAsked
            | EventType::AgentConnectionLost => {}
        }
    }
    search_index::index_all(tx, digests).await?;
    for (id, there) in
        comments.into_iter().filter_map(|(entry, there)| Some((CommentId::parse(&entry.resource_id)?, there)))
    {
        if there { search_index::index_comment(tx, &id).await? } else { search_index::forget_comment(tx, &id).await? }
    }
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
