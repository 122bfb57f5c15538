//! The journal: every change, in the order of commits, without gaps.
//!
//! A position is taken at the very end of a transaction, under the lock of the one row of `journal_head`, which is
//! held until the commit. So positions commit in order on PostgreSQL too, and "greater than the last seen" never
//! skips a slow transaction. On SQLite the single writer gives the same.

use model::{ContentId, EventId, EventType, IdentityId, PASSING, SourceId, ThreadId, Timestamp, UserId};

pub use crate::doors::{Entry, head};
use crate::doors::{Passed, counted_from_nearer_end};
use crate::search::{FEW, WORTH_KEEPING};
use crate::{Backend, Error, Field, Filter, Listed, Page, Row, Scope, Tx, params};

/// The follower that works for everybody: the index of words, deliveries, and who is woken by what.
pub const DISPATCH: &str = "dispatch";

/// Where the journal ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The newest position; 0 for an empty journal.
    pub position: i64,
    /// Which history positions belong to: a restore begins another one, in which the same positions are other entries.
    pub timeline: String,
}

/// Where the journal ends now.
pub async fn end(tx: &mut Tx) -> Result<End, Error> {
    let sql = "SELECT position, timeline FROM journal_head JOIN journal_timeline ON journal_timeline.id = journal_head.id \
               WHERE journal_head.id = 1";
    match tx.rows(sql, Vec::new()).await?.first_mut() {
        Some(row) => Ok(End { position: row.take()?, timeline: row.take()? }),
        None => Err(Error::NotFound),
    }
}

/// Begins another timeline: positions that were given so far may come to stand for other entries.
pub async fn begin_timeline(tx: &mut Tx) -> Result<(), Error> {
    let random = match tx.backend() {
        Backend::Sqlite => "LOWER(HEX(RANDOMBLOB(8)))",
        Backend::Postgres => "SUBSTR(MD5(CAST(gen_random_uuid() AS TEXT)), 1, 16)",
    };
    tx.execute(&format!("UPDATE journal_timeline SET timeline = {random}"), Vec::new()).await.map(drop)
}

/// The position before the oldest entry that is kept: who has come so far has missed nothing.
pub async fn oldest(tx: &mut Tx) -> Result<i64, Error> {
    let mut rows = tx.rows("SELECT MIN(position) FROM journal", Vec::new()).await?;
    let first: Option<i64> = rows.first_mut().map(Row::take).transpose()?.flatten();
    match first {
        Some(first) => Ok(first - 1),
        None => head(tx).await,
    }
}

/// Up to `limit` entries of the scope after one position and up to another, of these kinds and sources when there are
/// any, oldest first.
pub async fn passage(
    tx: &mut Tx,
    scope: &Scope,
    (after, upto): (i64, i64),
    kinds: &[EventType],
    sources: &[SourceId],
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let mut filter = within(scope);
    filter.and_value("position > ?", &after);
    filter.and_value("position <= ?", &upto);
    if !kinds.is_empty() {
        filter.and_in("kind", kinds);
    }
    if !sources.is_empty() {
        filter.and_in("source_id", sources);
    }
    let clause = format!("{} ORDER BY position LIMIT {limit}", filter.clause());
    tx.select(&clause, filter.params).await
}

/// Up to `limit` entries after a position, oldest first.
pub async fn after(tx: &mut Tx, position: i64, limit: i64) -> Result<Vec<Entry>, Error> {
    tx.select("WHERE position > ?1 ORDER BY position LIMIT ?2", params![position, limit]).await
}

/// What a visitor was told of their thread beside its contents is among these: the last `limit`, oldest first.
pub async fn notices(tx: &mut Tx, thread: &ThreadId, limit: i64) -> Result<Vec<Entry>, Error> {
    // Word for word what the index `journal_notices` is limited to.
    let clause = "WHERE thread_id = ?1 AND kind IN ('content.thread_closed', 'chat.queued', 'chat.connected', 'chat.left', \
                  'chat.email_asked', 'chat.email_given') ORDER BY position DESC LIMIT ?2";
    let mut entries: Vec<Entry> = tx.select(clause, params![thread, limit]).await?;
    entries.reverse();
    Ok(entries)
}

/// Entries by their positions, oldest first.
pub async fn between(tx: &mut Tx, first: i64, last: i64) -> Result<Vec<Entry>, Error> {
    tx.select("WHERE position >= ?1 AND position <= ?2 ORDER BY position", params![first, last]).await
}

/// The entries at these positions, oldest first. Those that are not there are left out.
pub async fn at(tx: &mut Tx, positions: &[i64]) -> Result<Vec<Entry>, Error> {
    let mut found = Vec::with_capacity(positions.len());
    // Databases limit the number of parameters.
    for some in positions.chunks(256) {
        let clause = format!("WHERE position IN ({}) ORDER BY position", crate::placeholders(1, some.len()));
        found.extend(tx.select::<Entry>(&clause, some.iter().map(Field::to_value).collect()).await?);
    }
    found.sort_by_key(|entry| entry.position);
    Ok(found)
}

/// Which events a list shows; empty lists let everything through.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Of these names.
    pub names: Vec<String>,
    /// About these contents.
    pub contents: Vec<ContentId>,
    /// In these threads.
    pub threads: Vec<ThreadId>,
    /// By these users.
    pub users: Vec<UserId>,
    /// About things of these kinds.
    pub resources: Vec<String>,
    /// Before this time.
    pub before: Option<Timestamp>,
    /// After this time.
    pub after: Option<Timestamp>,
}

/// Events of the scope's sources, and those without a source that are about nobody, or about people of a community that
/// has one of them.
fn within(scope: &Scope) -> Filter {
    let mut filter = Filter::default();
    if *scope != Scope::All {
        let here = scope.condition("source_id", &mut filter.params);
        let read = scope.condition("s.id", &mut filter.params);
        filter.and(&format!(
            "({here} OR (source_id IS NULL AND (community_ids IS NULL OR EXISTS (SELECT 1 FROM content_sources s \
             WHERE {read} AND community_ids LIKE '%\"' || s.community_id || '\"%'))))"
        ));
    }
    filter
}

impl EventFilter {
    /// The conditions; `mark` before a column keeps the databases from walking its index where that has not
    /// the order of the journal.
    fn conditions(&self, backend: Backend, scope: &Scope, mark: &str) -> Filter {
        let Self { names, contents, threads, users, resources, before, after } = self;
        let mut filter = within(scope);
        // One name or user has its entries in order, several have not.
        let several = |count: usize| if count > 1 && backend == Backend::Sqlite { mark } else { "" };
        if !names.is_empty() {
            filter.and_in(&format!("{}kind", several(names.len())), names);
        }
        if !contents.is_empty() {
            // The journal is indexed by thread alone.
            filter.and_in("resource_id", contents);
            let list = crate::placeholders(filter.params.len() - contents.len() + 1, contents.len());
            filter.and(&format!("thread_id IN (SELECT thread_id FROM contents WHERE id IN ({list}))"));
        }
        if !threads.is_empty() {
            filter.and_in("thread_id", threads);
        }
        if !users.is_empty() {
            filter.and_in(&format!("{}user_id", several(users.len())), users);
        }
        if !resources.is_empty() {
            filter.and_in("resource_kind", resources);
        }
        filter.and_some(&format!("{mark}issued_at < ?"), before.as_ref());
        filter.and_some(&format!("{mark}issued_at > ?"), after.as_ref());
        filter
    }

    /// Whether it is about times alone.
    fn is_of_times(&self) -> bool {
        let Self { names, contents, threads, users, resources, before: _, after: _ } = self;
        names.is_empty() && contents.is_empty() && threads.is_empty() && users.is_empty() && resources.is_empty()
    }
}

/// The communities of a scope's sources: entries about people are within it by these, which may change.
async fn communities(tx: &mut Tx, scope: &Scope) -> Result<Vec<String>, Error> {
    if *scope == Scope::All {
        return Ok(Vec::new());
    }
    let clause = Filter::scoped(scope, "id");
    let sql = format!("SELECT DISTINCT community_id FROM content_sources {} ORDER BY 1", clause.clause());
    tx.rows(&sql, clause.params).await?.iter_mut().map(Row::take).collect()
}

/// How many entries pass a filter. Entries never change, and only the oldest ones go: so a count that was right up to one
/// position is right up to a later one when what came between is added, and when what is left of its beginning is counted
/// anew where some of that went.
async fn count(tx: &mut Tx, scope: &Scope, wanted: &EventFilter) -> Result<i64, Error> {
    let filter = wanted.conditions(tx.backend(), scope, "");
    // Of a thread there are few.
    if !wanted.contents.is_empty() || !wanted.threads.is_empty() {
        return tx.number(&format!("SELECT COUNT(*) FROM journal {}", filter.clause()), filter.params).await;
    }
    let (oldest, upto) = (oldest(tx).await?, head(tx).await?);
    let communities = communities(tx, scope).await?;
    let search = format!("{} {:?} {communities:?}", filter.clause(), filter.params);
    let passed = match tx.counts().passed(&search).filter(|known| known.goes_on(oldest, upto)) {
        Some(known) => brought_up(tx, scope, wanted, known, (oldest, upto)).await?,
        None => counted(tx, filter, (oldest, upto)).await?,
    };
    let count = passed.beginning + passed.rest;
    if count >= WORTH_KEEPING {
        tx.counts().keep_passed(search, passed);
    }
    Ok(count)
}

/// How many entries a count's beginning has at the most.
const BEGINNING: i64 = 10_000;

/// Counts all entries between two positions that pass.
async fn counted(tx: &mut Tx, mut filter: Filter, (oldest, upto): (i64, i64)) -> Result<Passed, Error> {
    let mid = upto.min(oldest + BEGINNING);
    let place = filter.bind(mid.to_value());
    filter.and_value("+position > ?", &oldest);
    filter.and_value("+position <= ?", &upto);
    let sql = format!(
        "SELECT COUNT(*), CAST(SUM(CASE WHEN position <= {place} THEN 1 ELSE 0 END) AS BIGINT) FROM journal {}",
        filter.clause()
    );
    let (all, beginning) = match tx.rows(&sql, filter.params).await?.first_mut() {
        Some(row) => (row.take::<i64>()?, row.take::<Option<i64>>()?.unwrap_or(0)),
        None => (0, 0),
    };
    Ok(Passed { oldest, mid, upto, beginning, rest: all - beginning })
}

/// Brings a count up to date: its few entries that are new, or may have gone, are looked up by their positions.
async fn brought_up(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &EventFilter,
    mut known: Passed,
    (oldest, upto): (i64, i64),
) -> Result<Passed, Error> {
    known.rest += passing(tx, scope, wanted, (known.upto, upto)).await?;
    known.upto = upto;
    if known.oldest != oldest {
        if known.mid - oldest < BEGINNING / 2 {
            let mid = upto.min(oldest + BEGINNING);
            known.rest -= passing(tx, scope, wanted, (known.mid, mid)).await?;
            known.mid = mid;
        }
        known.beginning = passing(tx, scope, wanted, (oldest, known.mid)).await?;
        known.oldest = oldest;
    }
    Ok(known)
}

/// How many of a few entries pass a filter.
async fn passing(tx: &mut Tx, scope: &Scope, wanted: &EventFilter, (after, upto): (i64, i64)) -> Result<i64, Error> {
    if upto <= after {
        return Ok(0);
    }
    let mut filter = wanted.conditions(tx.backend(), scope, "+");
    filter.and_value("position > ?", &after);
    filter.and_value("position <= ?", &upto);
    tx.number(&format!("SELECT COUNT(*) FROM journal {}", filter.clause()), filter.params).await
}

/// A window of the whole journal. Positions have no gaps: nothing is counted or skipped. Each end is found by itself.
async fn window(tx: &mut Tx, ascending: bool, page: Page) -> Result<Listed<Entry>, Error> {
    let sql = "SELECT (SELECT MIN(position) FROM journal), (SELECT MAX(position) FROM journal)";
    let ends = tx.rows(sql, Vec::new()).await?.first_mut().map(|row| Ok::<_, Error>((row.take()?, row.take()?)));
    let (Some(oldest), Some(newest)) = ends.transpose()?.unwrap_or((None::<i64>, None::<i64>)) else {
        return Ok(Listed { count: 0, records: Vec::new() });
    };
    let (clause, from) = if ascending {
        ("WHERE position >= ?1 ORDER BY position LIMIT ?2", oldest.saturating_add(page.offset))
    } else {
        ("WHERE position <= ?1 ORDER BY position DESC LIMIT ?2", newest.saturating_sub(page.offset))
    };
    Ok(Listed { count: newest - oldest + 1, records: tx.select(clause, params![from, page.limit]).await? })
}

/// A window of the journal, newest first unless `ascending`.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &EventFilter,
    ascending: bool,
    page: Page,
) -> Result<Listed<Entry>, Error> {
    let order = if ascending { "position" } else { "position DESC" };
    if *scope == Scope::All && wanted.is_of_times() && wanted.before.is_none() && wanted.after.is_none() {
        return window(tx, ascending, page).await;
    }
    let count = count(tx, scope, wanted).await?;
    if wanted.is_of_times() && *scope == Scope::All && count > page.offset {
        // The index of times has the positions: what is sorted is narrow.
        let mut filter = wanted.conditions(tx.backend(), scope, "");
        let (by, near) = counted_from_nearer_end(count, order, page);
        let clause = filter.clause();
        let these = format!("SELECT position FROM journal {clause} ORDER BY +{by} {}", filter.window(near));
        let records = tx.select(&format!("WHERE position IN ({these}) ORDER BY {order}"), filter.params).await?;
        return Ok(Listed { count, records });
    }
    // Of many, the first ones are looked for in order.
    let mark = if count > FEW { "+" } else { "" };
    tx.list_counted(count, wanted.conditions(tx.backend(), scope, mark), order, page).await
}

/// Finds an event within the scope.
pub async fn find(tx: &mut Tx, scope: &Scope, id: &EventId) -> Result<Option<Entry>, Error> {
    let mut filter = within(scope);
    filter.and_value("id = ?", id);
    tx.find(&filter.clause(), filter.params).await
}

/// The place up to which a follower has done its work; 0 for a new one.
pub async fn cursor(tx: &mut Tx, follower: &str) -> Result<i64, Error> {
    tx.number("SELECT position FROM cursors WHERE follower = ?1", params![follower.to_owned()]).await
}

/// A follower's place, held against other processes until the transaction ends.
pub async fn lock_cursor(tx: &mut Tx, follower: &str) -> Result<i64, Error> {
    if tx.backend() == Backend::Sqlite {
        // The writer thread is alone: nobody can come between.
        return cursor(tx, follower).await;
    }
    let first = "INSERT INTO cursors (follower, position) VALUES (?1, 0) ON CONFLICT DO NOTHING";
    tx.execute(first, params![follower.to_owned()]).await?;
    tx.number("SELECT position FROM cursors WHERE follower = ?1 FOR UPDATE", params![follower.to_owned()]).await
}

/// Holds the index of words against the follower that fills it from contents which it has read. Whoever changes what is
/// indexed of a content that is there takes this first, before any thread, as that follower does.
pub async fn hold_index(tx: &mut Tx) -> Result<(), Error> {
    lock_cursor(tx, DISPATCH).await.map(drop)
}

/// Whether a rule of the administration changed after one position and up to another.
pub async fn administration_changed(tx: &mut Tx, after: i64, upto: i64) -> Result<bool, Error> {
    let persons: Vec<&str> = EventType::of_persons().iter().map(|kind| kind.as_str()).collect();
    let sql = format!(
        "SELECT COUNT(*) FROM journal WHERE position > ?1 AND position <= ?2 \
         AND (kind = ?3 AND resource_kind NOT IN ('{}') OR kind IN ('{}'))",
        PASSING.join("', '"),
        persons.join("', '")
    );
    Ok(tx.number(&sql, params![after, upto, EventType::AdministrationChanged]).await? > 0)
}

/// Notes that a follower has done its work up to a place.
pub async fn set_cursor(tx: &mut Tx, follower: &str, position: i64) -> Result<(), Error> {
    let sql = "INSERT INTO cursors (follower, position) VALUES (?1, ?2) \
               ON CONFLICT (follower) DO UPDATE SET position = excluded.position";
    tx.execute(sql, params![follower.to_owned(), position]).await.map(drop)
}

/// Every follower with its place.
pub async fn cursors(tx: &mut Tx) -> Result<Vec<(String, i64)>, Error> {
    let mut rows = tx.rows("SELECT follower, position FROM cursors ORDER BY follower", Vec::new()).await?;
    rows.iter_mut().map(|row: &mut Row| Ok((row.take()?, row.take()?))).collect()
}

/// Up to `limit` entries after a position that are about a customer's threads on a source, oldest first.
pub async fn after_of_identity(
    tx: &mut Tx,
    position: i64,
    source: &SourceId,
    identity: &IdentityId,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let clause = "WHERE position > ?1 AND thread_id IN \
                  (SELECT id FROM content_threads WHERE identity_id = ?2 AND source_id = ?3) \
                  ORDER BY position LIMIT ?4";
    tx.select(clause, params![position, identity, source, limit]).await
}

/// Keeps the journal as long as it is until the transaction ends: what is needed of it is still there then.
pub async fn keep(tx: &mut Tx) -> Result<(), Error> {
    hold(tx, "SHARE").await
}

/// Locks the row that says which journal it is, for who needs entries and who removes them.
async fn hold(tx: &mut Tx, how: &str) -> Result<(), Error> {
    if tx.backend() == Backend::Sqlite {
        // The writer thread is alone: nobody can come between.
        return Ok(());
    }
    tx.rows(&format!("SELECT id FROM journal_timeline FOR {how}"), Vec::new()).await.map(drop)
}

/// Removes up to `limit` of the oldest entries: those from before a time that nobody needs any more, with the
/// acknowledged deliveries of them. Tells how many. What remains has no gap.
pub async fn forget(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    hold(tx, "UPDATE").await?;
    let oldest = oldest(tx).await?;
    let upto = needless(tx).await?.min(oldest + limit);
    // With its sign the time is looked up in no index: the few positions are to be looked at, not all that is younger.
    let sql = "SELECT MIN(position) FROM journal WHERE position <= ?1 AND +issued_at >= ?2";
    let upto = match tx.number(sql, params![upto, before]).await? {
        0 => upto,
        young => young - 1,
    };
    if upto <= oldest {
        return Ok(0);
    }
    let delivered = "DELETE FROM webhook_deliveries WHERE state = 'delivered' AND first_position <= ?1";
    tx.execute(delivered, params![upto]).await?;
    // Asked once more: one of those deliveries may have been told to go out again meanwhile, and waits now.
    let upto = needless(tx).await?.min(upto);
    tx.execute("DELETE FROM journal WHERE position <= ?1", params![upto]).await
}

/// The last position that nobody needs any more: every follower is past it, no delivery of it waits or is parked, and
/// nothing is to be sent again from before.
async fn needless(tx: &mut Tx) -> Result<i64, Error> {
    let sql = "SELECT MIN(upto) FROM (SELECT COALESCE(MIN(position), 0) AS upto FROM cursors \
               UNION ALL SELECT MIN(first_position) - 1 FROM webhook_deliveries WHERE state = 'pending' \
               UNION ALL SELECT MIN(first_position) - 1 FROM webhook_deliveries WHERE state = 'parked' \
               UNION ALL SELECT MIN(replay_next) - 1 FROM webhooks) AS needed";
    tx.number(sql, Vec::new()).await
}
