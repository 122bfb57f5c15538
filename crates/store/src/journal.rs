//! The journal: every change, in the order of commits, without gaps.
//!
//! A position is taken at the very end of a transaction, under the lock of the one row of `journal_head`, which is
//! held until the commit. So positions commit in order on PostgreSQL too, and "greater than the last seen" never
//! skips a slow transaction. On SQLite the single writer gives the same.

use model::{ContentId, EventId, EventType, IdentityId, SourceId, ThreadId, Timestamp, UserId};

pub use crate::doors::{Entry, head};
use crate::doors::{Known, counted_from_nearer_end};
use crate::search::{FEW, WORTH_KEEPING};
use crate::{Backend, Error, Field, Filter, Listed, Page, Row, Scope, Table, Tx, params};

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

/// What makes the lines of a thread's history: when it was taken, given away, let go, closed, opened again, archived,
/// locked. The last `limit` of them, oldest first, each with the place of the content in the thread that came before it;
/// none when the journal does not have that any more.
pub async fn lines(tx: &mut Tx, thread: &ThreadId, limit: i64) -> Result<Vec<(Entry, Option<i64>)>, Error> {
    let columns = Entry::COLUMNS;
    let before = "SELECT said.ordinal FROM journal AS earlier JOIN contents AS said ON said.id = earlier.resource_id \
                  WHERE earlier.thread_id = ?1 AND earlier.position < journal.position AND earlier.kind IN \
                  ('content.imported', 'content.replied', 'content.discussion_initiated') \
                  ORDER BY earlier.position DESC LIMIT 1";
    // Word for word what the index `journal_lines` is limited to.
    let sql = format!(
        "SELECT {columns}, ({before}) FROM journal WHERE thread_id = ?1 AND kind IN (\
         'intervention.opened', 'intervention.user_updated', 'intervention.closed', 'intervention.canceled', \
         'intervention.reopened', 'content_thread.ignored', 'content.thread_closed', 'content.thread_opened', \
         'content.thread_auto_closed', 'chat.queued', 'chat.connected', 'chat.left', 'chat.email_asked', \
         'chat.email_given') \
         ORDER BY position DESC LIMIT ?2"
    );
    let mut rows = tx.rows(&sql, params![thread, limit]).await?;
    rows.iter_mut().rev().map(|row| Ok((Entry::from_row(row)?, row.take()?))).collect()
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
        let Self { names, contents, threads, users, before, after } = self;
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
        filter.and_some(&format!("{mark}issued_at < ?"), before.as_ref());
        filter.and_some(&format!("{mark}issued_at > ?"), after.as_ref());
        filter
    }

    /// Whether it is about times alone.
    fn is_of_times(&self) -> bool {
        self.names.is_empty() && self.contents.is_empty() && self.threads.is_empty() && self.users.is_empty()
    }
}

/// How many entries pass a filter. Entries never change, and only the oldest ones go: so a count that was right up to
/// one position is right up to a later one when what came between is added, as long as the oldest entry is the same.
async fn count(tx: &mut Tx, scope: &Scope, wanted: &EventFilter) -> Result<i64, Error> {
    let filter = wanted.conditions(tx.backend(), scope, "");
    // What is within a scope may change, and of a thread there are few.
    if *scope != Scope::All || !wanted.contents.is_empty() || !wanted.threads.is_empty() {
        return tx.number(&format!("SELECT COUNT(*) FROM journal {}", filter.clause()), filter.params).await;
    }
    let (oldest, upto) = (oldest(tx).await?, head(tx).await?);
    let search = format!("journal {} {:?}", filter.clause(), filter.params);
    let known = tx.counts().get(&search, oldest).filter(|known| known.upto <= upto);
    let (mut filter, before) = match known {
        // The few that are new are looked up by their positions.
        Some(known) => (wanted.conditions(tx.backend(), scope, "+"), known),
        None => (filter, Known { count: 0, upto: oldest, epoch: oldest }),
    };
    let mark = if known.is_some() { "" } else { "+" };
    filter.and_value(&format!("{mark}position > ?"), &before.upto);
    filter.and_value(&format!("{mark}position <= ?"), &upto);
    let sql = format!("SELECT COUNT(*) FROM journal {}", filter.clause());
    let count = before.count + tx.number(&sql, filter.params).await?;
    if count >= WORTH_KEEPING {
        tx.counts().put(search, Known { count, upto, epoch: oldest });
    }
    Ok(count)
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
        // Positions have no gaps: the whole journal need not be counted. Each end is found by itself.
        let sql = "SELECT (SELECT MAX(position) FROM journal) - (SELECT MIN(position) FROM journal) + 1";
        let count = tx.number(sql, Vec::new()).await?;
        return tx.list_counted(count, Filter::default(), order, page).await;
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

/// Whether the administration changed after one position and up to another.
pub async fn administration_changed(tx: &mut Tx, after: i64, upto: i64) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM journal WHERE position > ?1 AND position <= ?2 AND kind = ?3";
    Ok(tx.number(sql, params![after, upto, EventType::AdministrationChanged]).await? > 0)
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
