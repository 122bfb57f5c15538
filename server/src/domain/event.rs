//! Looking into the journal.

use model::{EventId, Permission};
use query::Query;
use store::journal::{self, Entry};
use store::{Listed, Page, Tx};

use super::{Actor, Error, Result, search};

/// Lists the events that a query asks for, of the sources that the caller may read and those without a source.
///
/// # Errors
/// 403 without `search_event`; 400 on `q` when the query cannot be understood.
pub async fn list(tx: &mut Tx, actor: &Actor, query: &Query, page: Page) -> Result<Listed<Entry>> {
    actor.require(Permission::SearchEvent)?;
    search::events(tx, actor, query, page).await
}

/// Finds an event.
///
/// # Errors
/// 404, without `search_event` too.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &EventId) -> Result<Entry> {
    let found = if actor.can(Permission::SearchEvent) { journal::find(tx, actor.scope(), id).await? } else { None };
    found.ok_or(Error::NotFound("event"))
}
