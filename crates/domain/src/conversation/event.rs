//! Looking into the journal.

use model::{EventId, EventType, Permission, SourceId};
use query::Query;
use store::journal::{self, End, Entry};
use store::{Listed, Page, Tx};

use crate::base::{Actor, Error, Result};
use crate::conversation::search;

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
/// 404; 410 when it may have been there, and what is so old is no longer kept.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &EventId) -> Result<Entry> {
    if let Some(found) = journal::find(tx, actor.scope(), id).await? {
        return Ok(found);
    }
    let oldest = journal::oldest(tx).await?;
    // Ids grow with time.
    let first = journal::after(tx, oldest, 1).await?;
    if oldest > 0 && first.first().is_none_or(|first| *id < first.id) {
        let End { position: head, timeline } = journal::end(tx).await?;
        return Err(Error::CursorExpired { oldest, head, timeline });
    }
    Err(Error::NotFound("event"))
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

/// Where somebody stands in the journal.
#[derive(Clone, Debug)]
pub struct Cursor {
    /// The position that they have come to.
    pub position: i64,
    /// The timeline that it is of; none for the journal's own.
    pub timeline: Option<String>,
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
    /// The timeline of both.
    pub timeline: String,
}

/// Refuses a cursor that the journal cannot go on from. Who reads on asks after reading, since entries may go meanwhile.
///
/// # Errors
/// 410 when entries after it are no longer kept, when it is ahead of the journal, or of another timeline.
pub async fn require_kept(tx: &mut Tx, cursor: &Cursor) -> Result<()> {
    let (oldest, end) = (journal::oldest(tx).await?, journal::end(tx).await?);
    let foreign = cursor.timeline.as_ref().is_some_and(|timeline| *timeline != end.timeline);
    if foreign || cursor.position < oldest || cursor.position > end.position {
        return Err(Error::CursorExpired { oldest, head: end.position, timeline: end.timeline });
    }
    Ok(())
}

/// Whether the journal can go on from a cursor.
pub async fn is_kept(tx: &mut Tx, cursor: &Cursor) -> Result<bool> {
    match require_kept(tx, cursor).await {
        Ok(()) => Ok(true),
        Err(Error::CursorExpired { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads the journal on after a cursor; without one there is nothing yet, and the position is the newest.
///
/// # Errors
/// 403 when the caller may see none of what is wanted; 410 when the journal cannot go on from there.
pub async fn read_on(
    tx: &mut Tx,
    actor: &Actor,
    after: Option<&Cursor>,
    wanted: &Wanted,
    limit: i64,
) -> Result<Passage> {
    let kinds = wanted.kinds(actor)?;
    let End { position: head, timeline } = journal::end(tx).await?;
    let Some(cursor) = after else {
        return Ok(Passage { records: Vec::new(), position: head, head, timeline });
    };
    let mut position = cursor.position;
    let mut records = Vec::new();
    for _ in 0..STRETCHES {
        let upto = head.min(position.saturating_add(STRETCH));
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
    require_kept(tx, cursor).await?;
    Ok(Passage { records, position, head, timeline })
}

/// How many entries one transaction removes: other writes come between.
const FORGOTTEN: i64 = 256;

/// Removes some of the oldest entries that are older than so many days and that nobody needs any more; tells whether
/// there may be more.
pub async fn forget_old(tx: &mut Tx, days: i64) -> Result<bool> {
    let before = tx.now().plus_seconds(-days * 24 * 3600);
    Ok(journal::forget(tx, before, FORGOTTEN).await? > 0)
}
