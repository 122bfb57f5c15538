//! Looking into the journal.

use model::{EventId, Permission};
use store::journal::{self, Entry, EventFilter};
use store::{Listed, Page, Tx};

use super::{Actor, Error, Result};

/// Lists events of the sources that the caller may read, and those without a source, newest first unless `ascending`.
///
/// # Errors
/// 403 without `search_event`.
pub async fn list(
    tx: &mut Tx,
    actor: &Actor,
    filter: EventFilter,
    ascending: bool,
    page: Page,
) -> Result<Listed<Entry>> {
    actor.require(Permission::SearchEvent)?;
    Ok(journal::list(tx, actor.scope(), filter, ascending, page).await?)
}

/// Finds an event.
///
/// # Errors
/// 404, without `search_event` too.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &EventId) -> Result<Entry> {
    let found = if actor.can(Permission::SearchEvent) { journal::find(tx, actor.scope(), id).await? } else { None };
    found.ok_or(Error::NotFound("event"))
}
