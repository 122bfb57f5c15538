//! Asking for something to be done with a content on the other side. It is an export like that of the content itself, in a
//! lane of the content's own: it waits for earlier acts on the same content, and for nothing else. What it changes here is
//! changed once the other side has done it (`act_end`).

use model::{ContentId, EventType, ExportId, ExportState, IdentityId, SyncStatus};
use serde_json::json;
use store::Tx;
use store::content::Content;
use store::export::{self as rows, Export};
use store::identity::{self, Identity};
use store::source::Source;
use store::thread::Thread;
use store::{Scope, content as contents, source as sources};

use crate::base::{Actor, Error, Reason, Result, journal};
use crate::conversation::act::{self, DELETE};
use crate::conversation::export_attempt::Taken;
use crate::conversation::{content, export, held};

/// Has something done with a content on the other side, as the identity `wanted` or as whoever the actor writes as there.
/// Asked for once more while that is under way, it is done once. Taking away a content that was not sent yet takes it
/// back.
///
/// # Errors
/// 404; 403 without the permission; 422 when the other side does not offer it, or has told no id of the content; 409 when
/// the content is not there yet.
pub async fn ask(
    tx: &mut Tx,
    actor: &Actor,
    id: &ContentId,
    name: &str,
    wanted: Option<&IdentityId>,
) -> Result<Content> {
    let (content, thread, source) = held::lock(tx, actor, id).await?;
    let name = act::ours(name);
    act::require(actor, &source, name)?;
    let create = match content.synchronization_status {
        Some(SyncStatus::Pending) => rows::find_locked(tx, id).await?,
        _ => None,
    };
    if let Some(create) = create.filter(|create| name == DELETE && create.state == ExportState::Pending) {
        return take_back(tx, actor, create, content, &thread, &source).await;
    }
    require_offered(&source, &content, name)?;
    match act::stands(&content, None) {
        Ok(()) => {}
        Err("no_remote_id") => {
            let message = "the other side has told no id of this content, by which it could be asked";
            return Err(Error::Unprocessable("no_remote_id", message.into()));
        }
        Err(_) => {
            let message = "this content has not reached the other side yet";
            return Err(Error::Conflict("not_exported_yet", message.into()));
        }
    }
    let before = rows::last_acts(tx, id).await?;
    if before.iter().any(|export| export.operation == name && export.state == ExportState::Pending) {
        return Ok(content);
    }
    let identity = content::author(tx, actor, wanted, &source, "user_id").await?;
    let now = tx.now();
    let export = Export {
        id: ExportId::new(now),
        operation: name.to_owned(),
        actor_identity_id: Some(identity),
        user_id: Some(actor.user.id.clone()),
        lane: content.id.to_string(),
        ordinal: before.first().map_or(1, |last| last.ordinal + 1),
        ..export::new(&content, now)
    };
    tx.insert(&export).await?;
    let more = json!({"operation": name});
    let kind = EventType::ContentUpdateRequested;
    journal::content_with(tx, kind, Some(&actor.user.id), &content, &thread, &source, more);
    Ok(content)
}

fn require_offered(source: &Source, content: &Content, name: &str) -> Result<()> {
    if act::offered(source, content).iter().any(|one| one == name) {
        return Ok(());
    }
    let fault = if content.remotely_deleted {
        Reason::Fixed.says("this content is not there any more")
    } else {
        Reason::NotForThis.says("its source does not offer this for this content as it is now").with("name", name)
    };
    Err(Error::Unprocessable("not_offered", fault))
}

/// Lets go of an act that was not done, or of which nobody knows whether it was: nobody is shown it any more.
///
/// # Errors
/// 404; 403 without the permission for it; 422 when there is none that stands so.
pub async fn dismiss(tx: &mut Tx, actor: &Actor, id: &ContentId, name: &str) -> Result<Content> {
    let (content, thread, source) = held::lock(tx, actor, id).await?;
    let name = act::ours(name);
    act::require(actor, &source, name)?;
    let last = rows::last_acts(tx, id).await?.into_iter().find(|export| export.operation == name);
    let failed = last.filter(|export| matches!(export.state, ExportState::Parked | ExportState::Unknown));
    let Some(mut export) = failed else {
        let message = "no such act on this content stands as one that was not done";
        return Err(Error::Unprocessable("act_not_failed", message.into()));
    };
    export.state = ExportState::Cancelled;
    export.updated_at = tx.now();
    tx.update(&export).await?;
    let more = json!({"operation": name, "dismissed": true});
    let kind = EventType::ContentUpdateRequested;
    journal::content_with(tx, kind, Some(&actor.user.id), &content, &thread, &source, more);
    Ok(content)
}

/// Takes a content back of which nothing was sent.
async fn take_back(
    tx: &mut Tx,
    actor: &Actor,
    mut create: Export,
    mut content: Content,
    thread: &Thread,
    source: &Source,
) -> Result<Content> {
    if create.attempts_count > 0 {
        let message = "this content is being sent: it can be taken away once that has ended";
        return Err(Error::Conflict("being_sent", message.into()));
    }
    let now = tx.now();
    create.state = ExportState::Cancelled;
    create.updated_at = now;
    tx.update(&create).await?;
    content.synchronization_status = None;
    content.remotely_deleted = true;
    content.updated_at = now;
    tx.update(&content).await?;
    journal::content(tx, EventType::ContentTakenBack, Some(&actor.user.id), &content, thread, source);
    Ok(content)
}

/// Everything that a request for an act is made of.
#[derive(Clone, Debug)]
pub struct Deed {
    /// The name of the act.
    pub name: String,
    /// The content.
    pub content: Content,
    /// Where it is.
    pub source: Source,
    /// As whom it is done.
    pub identity: Identity,
}

/// Reads what the request for a taken act is made of.
///
/// # Errors
/// 404 when a part is gone.
pub async fn load(tx: &mut Tx, taken: &Taken) -> Result<Deed> {
    let export = &taken.export;
    let found = contents::find(tx, &Scope::All, &export.content_id).await?;
    let content = found.ok_or(Error::NotFound("content"))?;
    let source = sources::find(tx, &export.source_id).await?.ok_or(Error::NotFound("source"))?;
    let id = export.actor_identity_id.as_ref().ok_or(Error::NotFound("identity"))?;
    let identity = identity::find(tx, id).await?.ok_or(Error::NotFound("identity"))?;
    Ok(Deed { name: export.operation.clone(), content, source, identity })
}
