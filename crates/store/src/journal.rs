//! The journal: every change, in the order of commits, without gaps.
//!
//! A position is taken at the very end of a transaction, under the lock of the one row of `journal_head`, which is
//! held until the commit. So positions commit in order on PostgreSQL too, and "greater than the last seen" never
//! skips a slow transaction. On SQLite the single writer gives the same.

use model::{Event, EventId, EventType, Resource, SourceId, ThreadId, Timestamp, UserId};

use crate::{Backend, Error, Json, Row, Table, Tx, params, table};

table! {
    /// One line of the journal.
    pub struct Entry in "journal" {
        /// Its place: 1 for the first, then without gaps.
        position: i64,
        /// Its id, the same wherever the event is sent.
        id: EventId,
        /// What happened.
        kind: EventType,
        /// When.
        issued_at: Timestamp,
        /// Who did it, when an agent or bot did.
        user_id: Option<UserId>,
        /// Where.
        source_id: Option<SourceId>,
        /// In which thread.
        thread_id: Option<ThreadId>,
        /// The kind of the thing that it is about.
        resource_kind: String,
        /// The id of the thing that it is about.
        resource_id: String,
        /// The facts of that moment.
        metadata: Json<serde_json::Value>,
    }
}

impl Entry {
    /// The thing that the event is about.
    #[must_use]
    pub fn resource(&self) -> Resource {
        Resource { kind: self.resource_kind.clone(), id: self.resource_id.clone() }
    }
}

/// Adds events at the end; gives the last position.
pub(crate) async fn append(tx: &mut Tx, events: Vec<Event>) -> Result<i64, Error> {
    let count = i64::try_from(events.len()).unwrap_or(0);
    let last = tx
        .number("UPDATE journal_head SET position = position + ?1 WHERE id = 1 RETURNING position", params![count])
        .await?;
    let now = tx.now();
    let first = last - count + 1;
    let mut values = Vec::with_capacity(events.len() * Entry::WIDTH);
    for (position, event) in (first..).zip(events) {
        let Event { kind, user_id, source_id, thread_id, resource, metadata } = event;
        let entry = Entry {
            position,
            id: EventId::new(now),
            kind,
            issued_at: now,
            user_id,
            source_id,
            thread_id,
            resource_kind: resource.kind,
            resource_id: resource.id,
            metadata: Json(metadata),
        };
        match tx.backend() {
            Backend::Sqlite => tx.insert(&entry).await?,
            Backend::Postgres => values.extend(entry.values()),
        }
    }
    if !values.is_empty() {
        // One round trip for all of them.
        let tuples: Vec<String> = (0..values.len() / Entry::WIDTH)
            .map(|i| format!("({})", crate::placeholders(i * Entry::WIDTH + 1, Entry::WIDTH)))
            .collect();
        let sql = format!("INSERT INTO journal ({}) VALUES {}", Entry::COLUMNS, tuples.join(", "));
        tx.execute(&sql, values).await?;
    }
    Ok(last)
}

/// The newest position; 0 for an empty journal.
///
/// # Errors
/// As the database says.
pub async fn head(tx: &mut Tx) -> Result<i64, Error> {
    tx.number("SELECT position FROM journal_head WHERE id = 1", Vec::new()).await
}

/// Up to `limit` entries after a position, oldest first.
///
/// # Errors
/// As the database says.
pub async fn after(tx: &mut Tx, position: i64, limit: i64) -> Result<Vec<Entry>, Error> {
    tx.select("WHERE position > ?1 ORDER BY position LIMIT ?2", params![position, limit]).await
}

/// Entries by their positions, oldest first.
///
/// # Errors
/// As the database says.
pub async fn between(tx: &mut Tx, first: i64, last: i64) -> Result<Vec<Entry>, Error> {
    tx.select("WHERE position >= ?1 AND position <= ?2 ORDER BY position", params![first, last]).await
}

/// The place up to which a follower has done its work; 0 for a new one.
///
/// # Errors
/// As the database says.
pub async fn cursor(tx: &mut Tx, follower: &str) -> Result<i64, Error> {
    tx.number("SELECT position FROM cursors WHERE follower = ?1", params![follower.to_owned()]).await
}

/// A follower's place, held against other processes until the transaction ends.
///
/// # Errors
/// As the database says.
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
///
/// # Errors
/// As the database says.
pub async fn administration_changed(tx: &mut Tx, after: i64, upto: i64) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM journal WHERE position > ?1 AND position <= ?2 AND kind = ?3";
    Ok(tx.number(sql, params![after, upto, EventType::AdministrationChanged]).await? > 0)
}

/// Notes that a follower has done its work up to a place.
///
/// # Errors
/// As the database says.
pub async fn set_cursor(tx: &mut Tx, follower: &str, position: i64) -> Result<(), Error> {
    let sql = "INSERT INTO cursors (follower, position) VALUES (?1, ?2) \
               ON CONFLICT (follower) DO UPDATE SET position = excluded.position";
    tx.execute(sql, params![follower.to_owned(), position]).await.map(drop)
}

/// Every follower with its place.
///
/// # Errors
/// As the database says.
pub async fn cursors(tx: &mut Tx) -> Result<Vec<(String, i64)>, Error> {
    let mut rows = tx.rows("SELECT follower, position FROM cursors ORDER BY follower", Vec::new()).await?;
    rows.iter_mut().map(|row: &mut Row| Ok((row.take()?, row.take()?))).collect()
}
