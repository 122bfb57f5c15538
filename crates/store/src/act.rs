//! What people did in the console, so that it can be taken back for a short time.

use model::{ActId, ContentId, ContentStatus, InterventionId, ThreadId, Timestamp, UserId};
use serde_json::{Map, Value as JsonValue};

use crate::intervention::Intervention;
use crate::{Error, Json, Row, Table, Tx, Value, params, table};

table! {
    /// What somebody did, under the id that their console gave it.
    pub struct Act in "acts" {
        /// Its id.
        id: ActId,
        /// Who did it.
        user_id: UserId,
        /// What it was, by the name of its undoing.
        kind: String,
        /// When.
        at: Timestamp,
        /// When it was taken back.
        undone_at: Option<Timestamp>,
    }
}

table! {
    /// What an act has changed of a thread.
    pub struct ActThread in "act_threads" {
        /// The act.
        act_id: ActId,
        /// The thread.
        thread_id: ThreadId,
        /// What it touched, as it was.
        before: Json<JsonValue>,
        /// The same as it was then.
        after: Json<JsonValue>,
        /// When it was taken back, where the act was done to several threads.
        undone_at: Option<Timestamp>,
    }
}

/// Finds an act and holds it.
pub async fn lock(tx: &mut Tx, id: &ActId) -> Result<Option<Act>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// Finds an act.
pub async fn find(tx: &mut Tx, id: &ActId) -> Result<Option<Act>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// What an act has changed of a thread.
pub async fn of_thread(tx: &mut Tx, id: &ActId, thread: &ThreadId) -> Result<Option<ActThread>, Error> {
    tx.find("WHERE act_id = ?1 AND thread_id = ?2", params![id, thread]).await
}

/// Some of the threads that an act has changed and that were not taken back, the last ids first.
pub async fn standing(tx: &mut Tx, id: &ActId, limit: i64) -> Result<Vec<ThreadId>, Error> {
    let sql = "SELECT thread_id FROM act_threads WHERE act_id = ?1 AND undone_at IS NULL \
               ORDER BY thread_id DESC LIMIT ?2";
    tx.rows(sql, params![id, limit]).await?.iter_mut().map(crate::Row::take).collect()
}

/// Notes that a thread was looked at when its act was taken back.
pub async fn note_undone(tx: &mut Tx, id: &ActId, thread: &ThreadId) -> Result<(), Error> {
    let now = tx.now();
    let sql = "UPDATE act_threads SET undone_at = ?3 WHERE act_id = ?1 AND thread_id = ?2";
    tx.execute(sql, params![id, thread, now]).await.map(drop)
}

/// The threads that an act has changed.
pub async fn threads(tx: &mut Tx, id: &ActId) -> Result<Vec<ActThread>, Error> {
    tx.select("WHERE act_id = ?1 ORDER BY thread_id", params![id]).await
}

/// Forgets what was done before a moment, so many at the most; tells how many.
pub async fn forget(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM acts WHERE id IN (SELECT id FROM acts WHERE at < ?1 ORDER BY at LIMIT ?2)";
    tx.execute(sql, params![before, limit]).await
}

/// Where a content stands, and under which intervention.
pub type Stood = (ContentId, ContentStatus, Option<InterventionId>);

/// How many of the last contents of a thread are looked at in any case.
const LAST: i64 = 50;
/// How many are looked up at once by their ids.
const AT_ONCE: usize = 200;

/// Where those contents of a thread stand that an act may change: those that wait, those under its open interventions, and the
/// last ones.
pub async fn contents(tx: &mut Tx, thread: &ThreadId) -> Result<Vec<Stood>, Error> {
    let sql = "SELECT id, status, intervention_id FROM contents WHERE thread_id = ?1 AND status IN ('new', 'assigned') \
               UNION SELECT c.id, c.status, c.intervention_id FROM interventions i \
               JOIN contents c ON c.intervention_id = i.id WHERE i.thread_id = ?1 AND i.status <> 'closed' \
               UNION SELECT id, status, intervention_id FROM (SELECT id, status, intervention_id FROM contents \
               WHERE thread_id = ?1 ORDER BY ordinal DESC LIMIT ?2) AS last";
    stood(tx, sql, params![thread, LAST]).await
}

/// Where these contents stand.
pub async fn contents_named(tx: &mut Tx, ids: &[ContentId]) -> Result<Vec<Stood>, Error> {
    let mut all = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let places = crate::placeholders(1, some.len());
        let sql = format!("SELECT id, status, intervention_id FROM contents WHERE id IN ({places})");
        all.extend(stood(tx, &sql, some.iter().map(crate::Field::to_value).collect()).await?);
    }
    Ok(all)
}

async fn stood(tx: &mut Tx, sql: &str, params: Vec<Value>) -> Result<Vec<Stood>, Error> {
    let mut rows = tx.rows(sql, params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?, row.take()?))).collect()
}

/// Whether the customer of an intervention has written under it since an ordinal of its thread.
pub async fn has_written(tx: &mut Tx, case: &Intervention, since: i64) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM contents WHERE intervention_id = ?1 AND author_id = ?2 AND ordinal > ?3";
    Ok(tx.number(sql, params![case.id, case.identity_id, since]).await? > 0)
}

/// Who wrote the last reply under an intervention.
pub async fn last_replier(tx: &mut Tx, case: &InterventionId) -> Result<Option<UserId>, Error> {
    let sql = "SELECT creator_id FROM contents WHERE intervention_id = ?1 AND status = 'user_reply' \
               AND creator_id IS NOT NULL ORDER BY ordinal DESC LIMIT 1";
    tx.rows(sql, params![case]).await?.first_mut().map_or(Ok(None), Row::take)
}

/// Who did something to a thread last, by the lines of its history.
pub async fn last_doer(tx: &mut Tx, thread: &ThreadId) -> Result<Option<UserId>, Error> {
    let sql = "SELECT user_id FROM thread_lines WHERE thread_id = ?1 ORDER BY ordinal DESC, at DESC, id DESC LIMIT 1";
    tx.rows(sql, params![thread]).await?.first_mut().map_or(Ok(None), Row::take)
}

/// Has nobody be asked about an intervention who was not asked yet; tells whether somebody was since a moment.
pub async fn withdraw_invitation(tx: &mut Tx, case: &InterventionId, since: Timestamp) -> Result<bool, Error> {
    let sql = "DELETE FROM survey_invitations WHERE intervention_id = ?1 AND state = 'pending'";
    tx.execute(sql, params![case]).await?;
    let sql = "SELECT COUNT(*) FROM survey_invitations WHERE intervention_id = ?1 AND state = 'sent' \
               AND updated_at >= ?2";
    Ok(tx.number(sql, params![case, since]).await? > 0)
}

/// A row as it is kept, so that it can come back as it was.
#[must_use]
pub fn frozen<T: Table>(row: &T) -> JsonValue {
    let values = row.values().into_iter().map(|value| match value {
        Value::Null => JsonValue::Null,
        Value::Bool(truth) => truth.into(),
        Value::Int(number) => number.into(),
        Value::Real(number) => number.into(),
        Value::Text(text) => text.into(),
    });
    T::COLUMNS.split(", ").map(str::to_owned).zip(values).collect::<Map<_, _>>().into()
}

/// The row that was kept.
///
/// # Errors
/// When it is none of this table, as it is now.
pub fn thawed<T: Table>(kept: &JsonValue) -> Result<T, Error> {
    let value = |name: &str| match kept.get(name) {
        None | Some(JsonValue::Null) => Value::Null,
        Some(JsonValue::Bool(truth)) => Value::Bool(*truth),
        Some(JsonValue::Number(number)) => {
            number.as_i64().map_or(Value::Real(number.as_f64().unwrap_or(0.0)), Value::Int)
        }
        Some(JsonValue::String(text)) => Value::Text(text.clone()),
        Some(other) => Value::Text(other.to_string()),
    };
    T::from_row(&mut Row::new(T::COLUMNS.split(", ").map(value).collect::<Vec<_>>()))
}
