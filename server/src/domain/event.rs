//! Looking into the journal.

use model::{EventId, EventType, Permission, SourceId};
use query::Query;
use store::journal::{self, Entry};
use store::{Listed, Page, Tx};

use super::{Actor, Error, Result, search};

/// Lists the events that a query asks for, of those that the caller may see: on the sources that they may read, about
/// the people of their communities, and what is everybody's.
///
/// # Errors
/// 400 on `q` when the query cannot be understood.
pub async fn list(tx: &mut Tx, actor: &Actor, query: &Query, page: Page) -> Result<Listed<Entry>> {
    search::events(tx, actor, query, page).await
}

/// Finds an event.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &EventId) -> Result<Entry> {
    journal::find(tx, actor.scope(), id).await?.ok_or(Error::NotFound("event"))
}

/// How many positions one statement looks at, and how many statements one reading runs: a caller who wants little of a
/// long journal goes through it in several answers.
const STRETCH: i64 = 5000;
const STRETCHES: usize = 10;

/// Which events a follower of the journal wants; empty lists let everything through.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of these kinds.
    pub types: Vec<EventType>,
    /// On these sources.
    pub sources: Vec<SourceId>,
}

impl Wanted {
    /// Whether an entry is wanted, and the caller may see it.
    #[must_use]
    pub fn has(&self, entry: &Entry, actor: &Actor) -> bool {
        let source = entry.source_id.as_ref();
        (self.types.is_empty() || self.types.contains(&entry.kind))
            && (self.sources.is_empty() || source.is_some_and(|id| self.sources.contains(id)))
            && actor.sees_entry(entry)
            && may_see(actor, entry.kind)
    }

    /// The kinds to look for: those asked for that the caller may see. An empty list lets everything through.
    ///
    /// # Errors
    /// 403 when the caller may see none of those asked for.
    fn kinds(&self, actor: &Actor) -> Result<Vec<EventType>> {
        if actor.can(Permission::SearchEvent) {
            return Ok(self.types.clone());
        }
        let asked = |kind: &EventType| self.types.is_empty() || self.types.contains(kind);
        let kinds: Vec<EventType> = EventType::told().filter(asked).collect();
        if kinds.is_empty() {
            actor.require(Permission::SearchEvent)?;
        }
        Ok(kinds)
    }
}

/// Whether the caller may follow the journal: all that happens on their sources with `search_event`, what webhooks tell
/// with `read_event`.
#[must_use]
pub fn may_follow(actor: &Actor) -> bool {
    actor.can(Permission::SearchEvent) || actor.can(Permission::ReadEvent)
}

fn may_see(actor: &Actor, kind: EventType) -> bool {
    kind.is_registrable() || actor.can(Permission::SearchEvent)
}

/// A part of the journal.
#[derive(Debug)]
pub struct Passage {
    /// The entries, oldest first.
    pub records: Vec<Entry>,
    /// Up to where they were looked for: everything up to there that was wanted is among them.
    pub position: i64,
    /// The newest position of the journal.
    pub head: i64,
}

/// Refuses a cursor that the journal cannot go on from.
///
/// # Errors
/// 410 when entries after it are no longer kept, or when it is ahead of the journal.
pub async fn require_kept(tx: &mut Tx, after: i64) -> Result<i64> {
    let (oldest, head) = (journal::oldest(tx).await?, journal::head(tx).await?);
    if after < oldest || after > head {
        return Err(Error::CursorExpired { oldest, head });
    }
    Ok(head)
}

/// Reads the journal on after a position; without one there is nothing yet, and the position is the newest.
///
/// # Errors
/// 403 when the caller may see none of what is wanted; 410 when the journal cannot go on from there.
pub async fn read_on(tx: &mut Tx, actor: &Actor, after: Option<i64>, wanted: &Wanted, limit: i64) -> Result<Passage> {
    let kinds = wanted.kinds(actor)?;
    let Some(mut position) = after else {
        let head = journal::head(tx).await?;
        return Ok(Passage { records: Vec::new(), position: head, head });
    };
    let head = require_kept(tx, position).await?;
    let mut records = Vec::new();
    for _ in 0..STRETCHES {
        let upto = head.min(position + STRETCH);
        let stretch = (position, upto);
        records = journal::passage(tx, actor.scope(), stretch, &kinds, &wanted.sources, limit).await?;
        let full = i64::try_from(records.len()).is_ok_and(|count| count >= limit);
        position = match records.last() {
            Some(last) if full => last.position,
            _ => upto,
        };
        if !records.is_empty() || position >= head {
            break;
        }
    }
    Ok(Passage { records, position, head })
}
