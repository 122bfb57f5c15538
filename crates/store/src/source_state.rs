//! Sources that are asked for what is new: how each fares, up to where its lists were taken in, and its last runs.

use std::collections::HashMap;

use model::{SourceHealth, SourceId, Timestamp};

use crate::export::A_COPY;
use crate::webhook::left_behind;
use crate::{Error, Filter, Json, Row, Tx, params, table};

/// How many runs of a source are kept.
const RUNS_KEPT: i64 = 20;

table! {
    /// How a source that is asked fares.
    pub struct State in "source_states" {
        /// The source.
        source_id: SourceId,
        /// How it fares.
        health: SourceHealth,
        /// Why it does not fare well, for programs.
        reason_code: Option<String>,
        /// The same in words.
        reason: Option<String>,
        /// Since when it fares so.
        since: Timestamp,
        /// When a run worked for the first time.
        connected_at: Option<Timestamp>,
        /// When a run worked last.
        last_ok_at: Option<Timestamp>,
        /// When a run brought something last.
        last_in_at: Option<Timestamp>,
        /// When it took a content last, to the minute.
        last_out_at: Option<Timestamp>,
        /// When it is asked next. While a run is under way, the end of its lease.
        next_run_at: Timestamp,
        /// When somebody wants it to be asked, where that is earlier.
        wanted_at: Option<Timestamp>,
        /// When the last run began.
        began_at: Option<Timestamp>,
        /// That run's number.
        run: i64,
        /// The process that is at it; none when nobody is.
        leased_by: Option<String>,
        /// How many runs in a row did not work.
        run_failures: i64,
        /// Since when none has worked; none where the last one did.
        run_failed_since: Option<Timestamp>,
        /// Why the last one did not, for programs.
        run_code: Option<String>,
        /// The same in words.
        run_reason: Option<String>,
        /// How many tries in a row to hand it a content did not work.
        send_failures: i64,
        /// Since when none has worked; none where the last one did.
        send_failed_since: Option<Timestamp>,
        /// Why the last one did not, for programs.
        send_code: Option<String>,
        /// The same in words.
        send_reason: Option<String>,
        /// What works in part only, for programs.
        warning_code: Option<String>,
        /// The same in words.
        warning: Option<String>,
        /// Why the last copy of a mail that went out lies nowhere; none where it does.
        copy_reason: Option<String>,
    }
}

impl State {
    /// That of a source that was never asked.
    #[must_use]
    pub fn new(source_id: SourceId, now: Timestamp) -> Self {
        Self {
            source_id,
            health: SourceHealth::Unchecked,
            reason_code: None,
            reason: None,
            since: now,
            connected_at: None,
            last_ok_at: None,
            last_in_at: None,
            last_out_at: None,
            next_run_at: now,
            wanted_at: None,
            began_at: None,
            run: 0,
            leased_by: None,
            run_failures: 0,
            run_failed_since: None,
            run_code: None,
            run_reason: None,
            send_failures: 0,
            send_failed_since: None,
            send_code: None,
            send_reason: None,
            warning_code: None,
            warning: None,
            copy_reason: None,
        }
    }

    /// When it is asked next.
    #[must_use]
    pub fn due(&self) -> Timestamp {
        let wanted = self.wanted_at.filter(|_| self.leased_by.is_none());
        wanted.map_or(self.next_run_at, |wanted| wanted.min(self.next_run_at))
    }
}

table! {
    /// Up to where a list of a source was taken in. Its key is both.
    pub struct Cursor in "source_cursors" {
        /// The source.
        source_id: SourceId,
        /// The list.
        stream: String,
        /// The position.
        position: String,
        /// Those before it, newest first.
        former: Json<Vec<String>>,
        /// How many runs in a row the other side did not know it.
        refusals: i64,
        /// All of the list was taken in once.
        caught_up: bool,
        /// Where it begins anew at another address: whether something in it was known before. None where it does not.
        recognised: Option<bool>,
        /// When it moved last.
        updated_at: Timestamp,
    }
}

table! {
    /// A run that has ended. Its key is the source and the number.
    pub struct Run in "source_runs" {
        /// The source.
        source_id: SourceId,
        /// Its number: 1 for the first.
        number: i64,
        /// When it began.
        started_at: Timestamp,
        /// When it ended.
        ended_at: Timestamp,
        /// Why it did not work, for programs; none when it did.
        reason_code: Option<String>,
        /// The same in words.
        reason: Option<String>,
        /// How much of what it was given was new.
        received: i64,
        /// How much could not be read.
        skipped: i64,
        /// How much could not be taken in, and is kept.
        parked: i64,
    }
}

/// Finds the state of a source; none of one that is not asked.
pub async fn find(tx: &mut Tx, source: &SourceId) -> Result<Option<State>, Error> {
    tx.find("WHERE source_id = ?1", params![source]).await
}

/// Finds the state of a source and holds it.
pub async fn find_locked(tx: &mut Tx, source: &SourceId) -> Result<Option<State>, Error> {
    tx.find_locked("WHERE source_id = ?1", params![source]).await
}

/// The states of these sources.
pub async fn of(tx: &mut Tx, sources: &[SourceId]) -> Result<Vec<State>, Error> {
    let mut filter = Filter::default();
    filter.and_in("source_id", sources);
    tx.select(&filter.clause(), filter.params).await
}

/// Every state.
pub async fn all(tx: &mut Tx) -> Result<Vec<State>, Error> {
    tx.select("ORDER BY source_id", Vec::new()).await
}

/// The sources that are asked.
pub async fn asked(tx: &mut Tx) -> Result<Vec<SourceId>, Error> {
    let sql = "SELECT s.source_id FROM source_states s JOIN content_sources c ON c.id = s.source_id \
               WHERE c.active = TRUE";
    tx.rows(sql, Vec::new()).await?.iter_mut().map(Row::take).collect()
}

/// Makes those due at once whose leases are over when `process` starts in the place of `former`.
pub async fn end_leases(tx: &mut Tx, process: &str, former: Option<&str>) -> Result<(), Error> {
    let Some((whose, name)) = left_behind(tx, process, former) else { return Ok(()) };
    let sql =
        format!("UPDATE source_states SET next_run_at = ?2, leased_by = NULL WHERE leased_by IS NOT NULL AND {whose}");
    tx.execute(&sql, params![name.to_owned(), tx.now()]).await.map(drop)
}

/// Has the lease of a process on a run end later; tells whether the run is still its own.
pub async fn renew(tx: &mut Tx, source: &SourceId, run: i64, process: &str, until: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE source_states SET next_run_at = ?4 WHERE source_id = ?1 AND run = ?2 AND leased_by = ?3";
    Ok(tx.execute(sql, params![source, run, process.to_owned(), until]).await? > 0)
}

/// Notes that a source took a content: once a minute at the most, and whenever earlier tries did not work. Tells whether it
/// was noted.
pub async fn note_sent(tx: &mut Tx, source: &SourceId) -> Result<bool, Error> {
    let now = tx.now();
    let sql = "UPDATE source_states SET last_out_at = ?2 WHERE source_id = ?1 AND (last_out_at IS NULL \
               OR last_out_at <= ?3 OR last_out_at > ?2 OR send_failures > 0)";
    Ok(tx.execute(sql, params![source, now, now.plus_seconds(-60)]).await? > 0)
}

/// Notes why the last copy of a mail of a source lies nowhere, or that it lies where it belongs; tells whether that is new.
pub async fn note_copy(tx: &mut Tx, source: &SourceId, reason: Option<&str>) -> Result<bool, Error> {
    let (which, reason) = match reason {
        Some(_) => ("(copy_reason IS NULL OR copy_reason <> ?2)", reason.map(str::to_owned)),
        None => ("copy_reason IS NOT NULL", None),
    };
    let sql = format!("UPDATE source_states SET copy_reason = ?2 WHERE source_id = ?1 AND {which}");
    Ok(tx.execute(&sql, params![source, reason]).await? > 0)
}

/// Up to where a list of a source was taken in; none when it never was.
pub async fn cursor(tx: &mut Tx, source: &SourceId, stream: &str) -> Result<Option<Cursor>, Error> {
    tx.find("WHERE source_id = ?1 AND stream = ?2", params![source, stream.to_owned()]).await
}

/// Those of a source, in the order of their names.
pub async fn cursors(tx: &mut Tx, source: &SourceId) -> Result<Vec<Cursor>, Error> {
    tx.select("WHERE source_id = ?1 ORDER BY stream", params![source]).await
}

/// Writes up to where a list was taken in.
pub async fn put_cursor(tx: &mut Tx, cursor: &Cursor) -> Result<(), Error> {
    let sql = "INSERT INTO source_cursors (source_id, stream, position, former, refusals, caught_up, recognised, updated_at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (source_id, stream) DO UPDATE SET \
               position = ?3, former = ?4, refusals = ?5, caught_up = ?6, recognised = ?7, updated_at = ?8";
    let Cursor { source_id, stream, position, former, refusals, caught_up, recognised, updated_at } = cursor;
    let values = params![source_id, stream, position, former, refusals, caught_up, recognised, updated_at];
    tx.execute(sql, values).await.map(drop)
}

/// Has the lists of a source begin anew elsewhere. Those that were never taken in as a whole are as if they had not begun.
pub async fn begin_lists_anew(tx: &mut Tx, source: &SourceId) -> Result<(), Error> {
    let sql = "DELETE FROM source_cursors WHERE source_id = ?1 AND caught_up = FALSE AND recognised IS NULL";
    tx.execute(sql, params![source]).await?;
    let sql = "UPDATE source_cursors SET position = '', former = '[]', refusals = 0, caught_up = FALSE, \
               recognised = FALSE, updated_at = ?2 WHERE source_id = ?1";
    tx.execute(sql, params![source, tx.now()]).await.map(drop)
}

/// Something that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// What kind of content it is.
    pub kind: String,
    /// Its id on the other side.
    pub foreign_id: String,
    /// What tells it from something else of that id; none where that was not noted.
    pub print: Option<String>,
}

/// Those of some ids of a source that were passed over.
pub async fn passed_over(tx: &mut Tx, source: &SourceId, ids: &[String]) -> Result<Vec<PassedOver>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_value("source_id = ?", source);
    filter.and_in("foreign_id", ids);
    let sql = format!("SELECT kind, foreign_id, print FROM passed_over {}", filter.clause());
    let read = |row: &mut Row| Ok(PassedOver { kind: row.take()?, foreign_id: row.take()?, print: row.take()? });
    tx.rows(&sql, filter.params).await?.iter_mut().map(read).collect()
}

/// Notes that a listed content is passed over.
pub async fn pass_over(tx: &mut Tx, source: &SourceId, one: &PassedOver) -> Result<(), Error> {
    let sql = "INSERT INTO passed_over (source_id, kind, foreign_id, print) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (source_id, kind, foreign_id) DO UPDATE SET print = ?4";
    let PassedOver { kind, foreign_id, print } = one;
    tx.execute(sql, params![source, kind, foreign_id, print]).await.map(drop)
}

/// Writes a run that has ended, and forgets those that are too many.
pub async fn add_run(tx: &mut Tx, run: &Run) -> Result<(), Error> {
    tx.insert(run).await?;
    let sql = "DELETE FROM source_runs WHERE source_id = ?1 AND number <= ?2";
    tx.execute(sql, params![run.source_id, run.number - RUNS_KEPT]).await.map(drop)
}

/// The last runs of a source, newest first.
pub async fn runs(tx: &mut Tx, source: &SourceId) -> Result<Vec<Run>, Error> {
    tx.select("WHERE source_id = ?1 ORDER BY number DESC", params![source]).await
}

/// The sources of which nothing has worked since a moment, though that is not said of them: no run, or no try at a content of
/// those that wait.
pub async fn silent(tx: &mut Tx, since: Timestamp) -> Result<Vec<SourceId>, Error> {
    let sql = format!(
        "SELECT source_id FROM source_states WHERE health NOT IN ('error', 'needs_reauth', 'paused') \
         AND (run_failed_since <= ?1 OR send_failed_since <= ?1 AND EXISTS (SELECT 1 FROM content_exports e \
         WHERE e.source_id = source_states.source_id AND e.state = 'pending' AND NOT {A_COPY})) ORDER BY source_id"
    );
    tx.rows(&sql, params![since]).await?.iter_mut().map(Row::take).collect()
}

/// How many contents of these sources wait to go out, and since when the oldest does; those without any are left out.
pub async fn waiting(tx: &mut Tx, sources: &[SourceId]) -> Result<HashMap<SourceId, (i64, Option<Timestamp>)>, Error> {
    let mut filter = Filter::default();
    filter.and_in("source_id", sources);
    // What has arrived, and has no copy yet, waits for nothing that anybody misses.
    filter.and(&format!("state = 'pending' AND NOT {A_COPY}"));
    let sql = format!(
        "SELECT source_id, COUNT(*), MIN(created_at) FROM content_exports {} GROUP BY source_id",
        filter.clause()
    );
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, (row.take()?, row.take()?)))).collect()
}

/// Has the contents of a source that wait until somebody lets us in go out at once; `code` is why they wait.
pub async fn wake_locked(tx: &mut Tx, source: &SourceId, code: &str) -> Result<(), Error> {
    let sql = "UPDATE content_exports SET next_attempt_at = ?2 WHERE source_id = ?1 AND state = 'pending' \
               AND reason_code = ?3 AND leased_by IS NULL AND next_attempt_at > ?2";
    tx.execute(sql, params![source, tx.now(), code.to_owned()]).await.map(drop)
}

/// Has the contents of a source that wait after a failure go out at once. Those behind which somebody asked to wait stay.
pub async fn wake_exports(tx: &mut Tx, source: &SourceId) -> Result<(), Error> {
    let sql = "UPDATE content_exports SET next_attempt_at = ?2 WHERE source_id = ?1 AND state = 'pending' \
               AND waits_count = 0 AND leased_by IS NULL AND next_attempt_at > ?2";
    tx.execute(sql, params![source, tx.now()]).await.map(drop)
}
