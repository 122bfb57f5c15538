//! The end of a transaction: its events get their places in the journal, and its request's receipt stays behind. Both
//! commit with the change, and both come last, so that positions are taken in the order of commits. Where several use
//! cases share a transaction on PostgreSQL, their events get their places together at its end.

use model::{CommunityId, Event, EventId, EventType, Resource, SourceId, ThreadId, Timestamp, UserId};

use super::lines;
use super::notices;
use super::receipt::{Answer, Receipt};
use super::tx::{Backend, Emitted, Tx};
use crate::{Error, Json, Table, Value, params, table};

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

/// Ends a use case: the lines that it noted are written, what agents are told of it, what its request is to find again, and what it emitted. On PostgreSQL the events wait for
/// [`commit`].
pub(super) async fn finish(tx: &mut Tx) -> Result<(), Error> {
    lines::write(tx).await?;
    notices::write(tx).await?;
    if let Some((receipt, answer)) = tx.take_answer() {
        leave(tx, &receipt, answer).await?;
    }
    match tx.backend() {
        Backend::Sqlite => append(tx).await,
        Backend::Postgres => {
            tx.settle_events();
            Ok(())
        }
    }
}

/// Adds the events of a use case at the end of the journal.
async fn append(tx: &mut Tx) -> Result<(), Error> {
    let events = tx.take_events();
    if events.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(events.len()).unwrap_or(0);
    let last = tx
        .number("UPDATE journal_head SET position = position + ?1 WHERE id = 1 RETURNING position", params![count])
        .await?;
    let now = tx.now();
    for (position, event) in (last - count + 1..).zip(events) {
        tx.insert(&entry(position, now, event)).await?;
    }
    tx.reach(last);
    Ok(())
}

/// What an event is in the journal.
fn entry(position: i64, now: Timestamp, (event, communities): Emitted) -> Entry {
    let Event { kind, user_id, source_id, thread_id, resource, metadata } = event;
    Entry {
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
    }
}

/// Gives entries their positions, in the order of the lists. Nobody else takes any until the commit.
const APPEND: &str = "WITH head AS (UPDATE journal_head SET position = position + cardinality(?1::text[]) WHERE id = 1 \
     RETURNING position, position - cardinality(?1::text[]) AS before), \
     added AS (INSERT INTO journal (position, id, kind, issued_at, user_id, source_id, thread_id, resource_kind, \
     resource_id, metadata, community_ids) SELECT head.before + e.place, e.id, e.kind, e.issued_at, e.user_id, \
     e.source_id, e.thread_id, e.resource_kind, e.resource_id, e.metadata, e.community_ids FROM head, unnest(?1::text[], \
     ?2::text[], ?3::bigint[], ?4::text[], ?5::text[], ?6::text[], ?7::text[], ?8::text[], ?9::text[], ?10::text[]) \
     WITH ORDINALITY AS e (id, kind, issued_at, user_id, source_id, thread_id, resource_kind, resource_id, metadata, \
     community_ids, place)) SELECT position FROM head";

/// Ends a transaction on PostgreSQL: the events of its use cases get their places in the journal, and it commits. Both go
/// out together, so that the journal's end is held for no longer than that takes the server.
pub(super) async fn commit(tx: &mut Tx) -> Result<(), Error> {
    let events = tx.take_settled();
    if events.is_empty() {
        return tx.batch("COMMIT").await;
    }
    let mut columns: Vec<Vec<Value>> = vec![Vec::new(); Entry::WIDTH - 1];
    for (now, event) in events {
        for (column, value) in columns.iter_mut().zip(entry(0, now, event).values().into_iter().skip(1)) {
            column.push(value);
        }
    }
    let position = tx.commit_with(APPEND, &columns).await?;
    tx.reach(position);
    Ok(())
}

/// The newest position of the journal; 0 for an empty one.
pub async fn head(tx: &mut Tx) -> Result<i64, Error> {
    tx.number("SELECT position FROM journal_head WHERE id = 1", Vec::new()).await
}

/// Leaves the receipt behind in the transaction that commits the request's first change.
async fn leave(tx: &mut Tx, receipt: &Receipt, answer: Option<Answer>) -> Result<(), Error> {
    receipt.reopen();
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
