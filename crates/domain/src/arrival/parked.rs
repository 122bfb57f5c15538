//! What came in and could not be taken in: for people to look at, to have it tried again, or to drop it.

use model::{InboundItemId, PARKED_ITEM, SourceId};
use store::inbound_item::{self, InboundItem};
use store::mail::RawMail;
use store::source::Source;
use store::{Listed, Page, Tx};

use crate::base::{Actor, Change, Error, Result, note_change_on};
use crate::place::source_health;

/// Lists what is parked of a source, oldest first.
///
/// # Errors
/// 404 when the actor may not see the source.
pub async fn list(tx: &mut Tx, actor: &Actor, source: &SourceId, page: Page) -> Result<Listed<InboundItem>> {
    source_health::seen(tx, actor, source).await?;
    Ok(inbound_item::list(tx, source, page).await?)
}

/// Finds something that is parked, with its source.
///
/// # Errors
/// 404 when there is none, or the actor may not see the source.
pub async fn find(tx: &mut Tx, actor: &Actor, source: &SourceId, id: &InboundItemId) -> Result<(Source, InboundItem)> {
    let source = source_health::seen(tx, actor, source).await?;
    let item = inbound_item::find(tx, &source.id, id).await?.ok_or(Error::NotFound("parked item"))?;
    Ok((source, item))
}

/// A mail that is parked as it came.
///
/// # Errors
/// As [`find`]; 404 when its bytes never came, or it is no mail.
pub async fn raw(tx: &mut Tx, actor: &Actor, source: &SourceId, id: &InboundItemId) -> Result<RawMail> {
    let (source, item) = find(tx, actor, source, id).await?;
    store::mail::raw(tx, &source.id, &item.dedupe).await?.ok_or(Error::NotFound("raw mail"))
}

/// Notes that it could not be taken in once more, and why.
pub async fn note_failure(tx: &mut Tx, item: &InboundItem, why: &str) -> Result<()> {
    let now = tx.now();
    let last_error = text::beginning(why, 1000).to_owned();
    Ok(inbound_item::keep(tx, &InboundItem { last_error, updated_at: now, ..item.clone() }).await?)
}

/// Notes who has had it taken in.
pub fn note_retry(tx: &mut Tx, actor: &Actor, item: &InboundItem) {
    note_change_on(tx, &item.source_id, Some(actor), (PARKED_ITEM, item.id.as_str()), Change::Updated);
}

/// Drops something that is parked: it is gone.
///
/// # Errors
/// As [`find`].
pub async fn drop(tx: &mut Tx, actor: &Actor, source: &SourceId, id: &InboundItemId) -> Result<InboundItem> {
    let (source, item) = find(tx, actor, source, id).await?;
    inbound_item::forget(tx, &source.id, &item.dedupe).await?;
    store::mail::forget_raw(tx, &source.id, &item.dedupe).await?;
    note_change_on(tx, &source.id, Some(actor), (PARKED_ITEM, id.as_str()), Change::Deleted);
    source_health::refresh(tx, &source.id).await?;
    Ok(item)
}
