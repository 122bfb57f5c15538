//! The end of a transaction: its events get their places in the journal, and its request's receipt stays behind. Both
//! commit with the change, and both come last, so that positions are taken in the order of commits.

use model::{CommunityId, Event, EventId, EventType, Resource, SourceId, ThreadId, Timestamp, UserId};

use super::receipt::{Answer, Receipt};
use super::tx::{Backend, Emitted, Tx};
use crate::{Error, Json, Table, params, placeholders, table};

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
        /// Whose people it is about, when it happened on no source: who reads on none of these communities does not see
        /// it. None for what is everybody's.
        community_ids: Option<Json<Vec<CommunityId>>>,
    }
}

impl Entry {
    /// The thing that the event is about.
    #[must_use]
    pub fn resource(&self) -> Resource {
        Resource { kind: self.resource_kind.clone(), id: self.resource_id.clone() }
    }
}

/// Ends a use case: what it emitted and what its request is to find again are written.
pub(super) async fn finish(tx: &mut Tx) -> Result<(), Error> {
    if let Some((receipt, answer)) = tx.take_answer() {
        leave(tx, &receipt, answer).await?;
    }
    let events = tx.take_events();
    if !events.is_empty() {
        let position = append(tx, events).await?;
        tx.reach(position);
    }
    Ok(())
}

/// Adds events at the end of the journal; gives the last position.
async fn append(tx: &mut Tx, events: Vec<Emitted>) -> Result<i64, Error> {
    let count = i64::try_from(events.len()).unwrap_or(0);
    let last = tx
        .number("UPDATE journal_head SET position = position + ?1 WHERE id = 1 RETURNING position", params![count])
        .await?;
    let now = tx.now();
    let first = last - count + 1;
    let mut values = Vec::with_capacity(events.len() * Entry::WIDTH);
    for (position, (event, communities)) in (first..).zip(events) {
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
            community_ids: communities.map(Json),
        };
        match tx.backend() {
            Backend::Sqlite => tx.insert(&entry).await?,
            Backend::Postgres => values.extend(entry.values()),
        }
    }
    if !values.is_empty() {
        // One round trip for all of them.
        let tuples: Vec<String> = (0..values.len() / Entry::WIDTH)
            .map(|i| format!("({})", placeholders(i * Entry::WIDTH + 1, Entry::WIDTH)))
            .collect();
        let sql = format!("INSERT INTO journal ({}) VALUES {}", Entry::COLUMNS, tuples.join(", "));
        tx.execute(&sql, values).await?;
    }
    Ok(last)
}

/// The newest position of the journal; 0 for an empty one.
pub async fn head(tx: &mut Tx) -> Result<i64, Error> {
    tx.number("SELECT position FROM journal_head WHERE id = 1", Vec::new()).await
}

/// Leaves the receipt behind in the transaction that commits the request's first change.
async fn leave(tx: &mut Tx, receipt: &Receipt, answer: Option<Answer>) -> Result<(), Error> {
    if receipt.is_open() {
        let row = receipt.row(tx.now(), answer);
        if !tx.insert_if_new(&row).await? {
            receipt.repeated();
            return Err(Error::Repeated);
        }
    } else if let Some(answer) = answer {
        note(tx, receipt, answer).await?;
    }
    Ok(())
}

/// Notes the answer of a request: beside its change, or alone when it changed nothing. Tells whether it was noted; it is
/// not when another request with the key was first.
pub async fn note(tx: &mut Tx, receipt: &Receipt, answer: Answer) -> Result<bool, Error> {
    let row = receipt.row(tx.now(), Some(answer));
    if receipt.is_open() {
        return tx.insert_if_new(&row).await;
    }
    let sql = "UPDATE idempotency_keys SET status = ?3, content_type = ?4, body = ?5 WHERE id = ?1 AND attempt = ?2";
    let changed = tx.execute(sql, params![row.id, row.attempt, row.status, row.content_type, row.body]).await?;
    Ok(changed == 1)
}
