//! What figures are made of: what customers came with, the facts, the sums of each quarter of an hour, and the business
//! hours as they were. Kept up by the follower [`FOLLOWER`]; [`reset`] has it begin anew.

use std::collections::{BTreeMap, HashSet};

use model::{ContentId, IdentityId, InterventionId, Metric, SourceId, ThreadId, Timestamp, UserId, bucket};

use crate::table::{lists, padded};
use crate::{Error, Field, Json, Row, Table, Tx, journal, params, table};

/// The follower of the journal that keeps them up.
pub const FOLLOWER: &str = "statistics";
/// A quarter of an hour in milliseconds: the days of every time zone are made of them.
pub const QUARTER: i64 = 900_000;

table! {
    /// What a customer came with, from the first word until somebody is done with it.
    #[derive(PartialEq)]
    pub struct Round in "statistics_rounds" {
        /// The entry of its first word.
        begun_position: i64,
        /// Where.
        source_id: SourceId,
        /// In which thread it began.
        thread_id: ThreadId,
        /// In which thread it is, where it was moved.
        moved_to: Option<ThreadId>,
        /// Whose it is.
        identity_id: IdentityId,
        /// Its first word.
        content_id: ContentId,
        /// What of their words nobody has answered.
        waiting: Json<Vec<ContentId>>,
        /// The intervention that it is under.
        intervention_id: Option<InterventionId>,
        /// Since when people have it to answer: from the first word on, or since a bot let it go.
        waits_since: Timestamp,
        /// When it was answered last without an intervention.
        rested_at: Option<Timestamp>,
        /// The entry of the first answer of a person.
        answered_position: Option<i64>,
        /// The entry of the first answer of a bot.
        bot_answered_position: Option<i64>,
        /// The entry that ended it.
        ended_position: Option<i64>,
        /// The last entry that changed it.
        seen_position: i64,
    }
}

table! {
    /// One thing that counts.
    #[derive(PartialEq)]
    pub struct Fact in "statistics_facts" {
        /// The entry that made it, what it is, and the entry that it began with: the same however often it is made.
        id: String,
        /// What it is.
        metric: Metric,
        /// The moment that it belongs to.
        at: Timestamp,
        /// Where.
        source_id: SourceId,
        /// Whose doing.
        agent_id: Option<UserId>,
        /// That is a bot's: it counts for nobody else.
        bot: bool,
        /// Seconds for a time, else 1.
        value: i64,
        /// The same in business hours.
        value_bh: i64,
        /// In which thread.
        thread_id: ThreadId,
        /// Of which intervention.
        intervention_id: Option<InterventionId>,
        /// About which content.
        content_id: Option<ContentId>,
        /// The entry that it began with.
        from_position: i64,
        /// The entry that made it.
        to_position: i64,
        /// The entry that took it back.
        withdrawn_position: Option<i64>,
    }
}

table! {
    /// The facts of one kind, place and doer in a quarter of an hour, or what is added to them.
    pub struct Quarter in "statistics_quarters" {
        /// When it begins.
        quarter: Timestamp,
        /// What is counted.
        metric: Metric,
        /// Where.
        source_id: SourceId,
        /// Whose doing; empty for all people together.
        who: String,
        /// How many.
        n: i64,
        /// The sum of their values.
        total: i64,
        /// The same in business hours.
        total_bh: i64,
    }
}

table! {
    /// How many of a quarter's times are in one bucket, or what is added to them.
    pub struct Spread in "statistics_spreads" {
        /// When the quarter begins.
        quarter: Timestamp,
        /// What is measured.
        metric: Metric,
        /// Where.
        source_id: SourceId,
        /// Whose doing; empty for all people together.
        who: String,
        /// The bucket of their times in business hours.
        bucket: i64,
        /// How many.
        n: i64,
    }
}

/// Which rounds some entries may be about.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Those of these customers that go on.
    pub identities: Vec<IdentityId>,
    /// All of these.
    pub whole: Vec<IdentityId>,
    /// Those under these interventions.
    pub cases: Vec<InterventionId>,
    /// Those in these threads that go on.
    pub threads: Vec<ThreadId>,
    /// Those that had not ended before this entry.
    pub from: i64,
}

/// The rounds that are wanted, oldest first.
pub async fn rounds(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Round>, Error> {
    let mut found: BTreeMap<i64, Round> = BTreeMap::new();
    let Wanted { identities, whole, cases, threads, from } = wanted;
    add_rounds(tx, &mut found, "identity_id", identities, " AND ended_position IS NULL").await?;
    add_rounds(tx, &mut found, "identity_id", whole, "").await?;
    add_rounds(tx, &mut found, "intervention_id", cases, "").await?;
    add_rounds(tx, &mut found, "thread_id", threads, " AND ended_position IS NULL").await?;
    add_rounds(tx, &mut found, "moved_to", threads, " AND ended_position IS NULL").await?;
    // Entries that are read again are about rounds that have ended since.
    let again: Vec<Round> = tx.select("WHERE ended_position >= ?1", params![*from]).await?;
    found.extend(again.into_iter().map(|round| (round.begun_position, round)));
    Ok(found.into_values().collect())
}

async fn add_rounds<T: Field>(
    tx: &mut Tx,
    found: &mut BTreeMap<i64, Round>,
    column: &str,
    ids: &[T],
    and: &str,
) -> Result<(), Error> {
    if !ids.is_empty() {
        let (list, values) = padded(ids);
        let some: Vec<Round> = tx.select(&format!("WHERE {column} IN ({list}){and}"), values).await?;
        found.extend(some.into_iter().map(|round| (round.begun_position, round)));
    }
    Ok(())
}

/// The facts of some interventions, and those that began with some entries, oldest first.
pub async fn facts_of(tx: &mut Tx, cases: &[InterventionId], begun: &[i64]) -> Result<Vec<Fact>, Error> {
    let mut found: BTreeMap<(i64, String), Fact> = BTreeMap::new();
    for (column, (list, values)) in [("intervention_id", padded(cases)), ("from_position", padded(begun))] {
        if !values.is_empty() {
            let some: Vec<Fact> = tx.select(&format!("WHERE {column} IN ({list})"), values).await?;
            found.extend(some.into_iter().map(|fact| ((fact.to_position, fact.id.clone()), fact)));
        }
    }
    Ok(found.into_values().collect())
}

/// Adds facts, but those that are there, and has others taken back; the sums follow.
pub async fn count(tx: &mut Tx, new: Vec<Fact>, withdrawn: Vec<Fact>) -> Result<(), Error> {
    let known = known(tx, &new).await?;
    let new: Vec<Fact> = new.into_iter().filter(|fact| !known.contains(&fact.id)).collect();
    tx.insert_all(&new).await?;
    tx.update_all(&withdrawn).await?;
    let live = new.iter().filter(|fact| fact.withdrawn_position.is_none());
    sum(tx, live.map(|fact| (fact, 1)).chain(withdrawn.iter().map(|fact| (fact, -1)))).await
}

async fn known(tx: &mut Tx, facts: &[Fact]) -> Result<HashSet<String>, Error> {
    let ids: Vec<String> = facts.iter().map(|fact| fact.id.clone()).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let (list, values) = padded(&ids);
    let mut rows = tx.rows(&format!("SELECT id FROM statistics_facts WHERE id IN ({list})"), values).await?;
    rows.iter_mut().map(Row::take).collect()
}

/// For whom a fact counts: for whoever did it, and for all people together.
fn counts_for(fact: &Fact) -> impl Iterator<Item = String> {
    let all = (!fact.bot).then(String::new);
    all.into_iter().chain(fact.agent_id.as_ref().map(ToString::to_string))
}

/// Adds facts to the sums, or takes them away by `-1`.
async fn sum(tx: &mut Tx, facts: impl Iterator<Item = (&Fact, i64)>) -> Result<(), Error> {
    let (mut quarters, mut spreads) = (BTreeMap::new(), BTreeMap::new());
    for (fact, by) in facts {
        let at = fact.at.millis();
        let quarter = at - at.rem_euclid(QUARTER);
        for who in counts_for(fact) {
            let key = (quarter, fact.metric.as_str(), fact.source_id.clone(), who);
            if fact.metric.is_time() {
                *spreads.entry((key.clone(), bucket(fact.value_bh))).or_insert(0) += by;
            }
            let sums = quarters.entry(key).or_insert([0; 3]);
            for (sum, one) in sums.iter_mut().zip([1, fact.value, fact.value_bh]) {
                *sum += by * one;
            }
        }
    }
    add_quarters(tx, quarters).await?;
    add_spreads(tx, spreads).await
}

type Key = (i64, &'static str, SourceId, String);

fn metric(name: &str) -> Result<Metric, Error> {
    name.parse().map_err(|error: model::UnknownName| Error::Row(error.to_string()))
}

async fn add_quarters(tx: &mut Tx, sums: BTreeMap<Key, [i64; 3]>) -> Result<(), Error> {
    let mut rows = Vec::with_capacity(sums.len());
    for ((quarter, name, source_id, who), [n, total, total_bh]) in sums {
        let quarter = Timestamp::from_millis(quarter);
        rows.push(Quarter { quarter, metric: metric(name)?, source_id, who, n, total, total_bh });
    }
    let adds = "ON CONFLICT (quarter, metric, source_id, who) DO UPDATE SET n = statistics_quarters.n + excluded.n, \
                total = statistics_quarters.total + excluded.total, total_bh = statistics_quarters.total_bh + excluded.total_bh";
    add(tx, &rows, adds).await?;
    let empty =
        "DELETE FROM statistics_quarters WHERE quarter = ?1 AND metric = ?2 AND source_id = ?3 AND who = ?4 AND n = 0";
    for Quarter { quarter, metric, source_id, who, n, .. } in rows {
        if n < 0 {
            tx.execute(empty, params![quarter, metric, source_id, who]).await?;
        }
    }
    Ok(())
}

async fn add_spreads(tx: &mut Tx, sums: BTreeMap<(Key, i64), i64>) -> Result<(), Error> {
    let mut rows = Vec::with_capacity(sums.len());
    for (((quarter, name, source_id, who), bucket), n) in sums {
        rows.push(Spread {
            quarter: Timestamp::from_millis(quarter),
            metric: metric(name)?,
            source_id,
            who,
            bucket,
            n,
        });
    }
    rows.retain(|row| row.n != 0);
    let adds = "ON CONFLICT (quarter, metric, source_id, who, bucket) \
                DO UPDATE SET n = statistics_spreads.n + excluded.n";
    add(tx, &rows, adds).await?;
    let empty = "DELETE FROM statistics_spreads WHERE quarter = ?1 AND metric = ?2 AND source_id = ?3 AND who = ?4 \
                 AND bucket = ?5 AND n = 0";
    for Spread { quarter, metric, source_id, who, bucket, n } in rows {
        if n < 0 {
            tx.execute(empty, params![quarter, metric, source_id, who, bucket]).await?;
        }
    }
    Ok(())
}

/// Writes rows, each of which is added to the one that is there.
async fn add<T: Table + Sync>(tx: &mut Tx, rows: &[T], adds: &str) -> Result<(), Error> {
    let one = format!("{} {adds}", T::insert_sql());
    let all = || format!("INSERT INTO {} ({}) SELECT * FROM {} {adds}", T::TABLE, T::COLUMNS, lists::<T>());
    tx.write_all(rows, &one, all).await.map(drop)
}

/// The business hours of a source, as they were: from which entry on, and what was written of them; oldest first.
pub async fn hours(tx: &mut Tx, source: &SourceId) -> Result<Vec<(i64, String)>, Error> {
    let sql = "SELECT from_position, hours FROM statistics_hours WHERE source_id = ?1 ORDER BY from_position";
    let mut rows = tx.rows(sql, params![source]).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// The sources of which business hours are known.
pub async fn sources_with_hours(tx: &mut Tx) -> Result<Vec<SourceId>, Error> {
    let mut rows = tx.rows("SELECT DISTINCT source_id FROM statistics_hours", Vec::new()).await?;
    rows.iter_mut().map(Row::take).collect()
}

/// Keeps the business hours of a source from an entry on.
pub async fn keep_hours(tx: &mut Tx, source: &SourceId, from: i64, hours: &str) -> Result<(), Error> {
    let sql = "INSERT INTO statistics_hours (source_id, from_position, hours) VALUES (?1, ?2, ?3)";
    tx.execute(sql, params![source, from, hours.to_owned()]).await.map(drop)
}

/// While all is taken away to be counted anew: keeps the journal as it is, and tells who finds it that this has not ended.
const RESETTING: &str = "statistics.reset";
/// Where the follower stands meanwhile: nothing comes after it.
const PARKED: i64 = i64::MAX;
/// How many rows are taken away, or summed, in one transaction: other writes come between.
const SLICE: i64 = 2_000;

/// Parks the follower, to have all counted anew from the oldest entry that is kept.
pub async fn begin_reset(tx: &mut Tx) -> Result<(), Error> {
    journal::lock_cursor(tx, FOLLOWER).await?;
    let oldest = journal::oldest(tx).await?;
    journal::set_cursor(tx, RESETTING, oldest).await?;
    journal::set_cursor(tx, FOLLOWER, PARKED).await
}

/// Whether all is being taken away.
pub async fn is_resetting(tx: &mut Tx) -> Result<bool, Error> {
    Ok(tx.number("SELECT COUNT(*) FROM cursors WHERE follower = ?1", params![RESETTING.to_owned()]).await? > 0)
}

/// Takes some of it away; tells whether nothing is left to take. What began before the oldest entry stays as it is: its entries
/// are no longer all there.
pub async fn reset_some(tx: &mut Tx) -> Result<bool, Error> {
    let kept_from = journal::cursor(tx, RESETTING).await?;
    let rows = [
        ("statistics_facts", "id", "from_position > ?1"),
        ("statistics_rounds", "begun_position", "begun_position > ?1"),
        ("statistics_quarters", "quarter", "quarter >= ?1"),
        ("statistics_spreads", "quarter", "quarter >= ?1"),
    ];
    for (table, key, which) in rows {
        // Quarters go by their time, of which all are to go.
        let from = if key == "quarter" { 0 } else { kept_from };
        let some =
            format!("DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {which} LIMIT {SLICE})");
        if tx.execute(&some, params![from]).await? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Adds the facts that have stayed to the sums, some after one; gives the last of them, none when there are no more.
pub async fn sum_some(tx: &mut Tx, after: &str) -> Result<Option<String>, Error> {
    let clause = format!("WHERE id > ?1 ORDER BY id LIMIT {SLICE}");
    let kept: Vec<Fact> = tx.select(&clause, params![after.to_owned()]).await?;
    sum(tx, kept.iter().filter(|fact| fact.withdrawn_position.is_none()).map(|fact| (fact, 1))).await?;
    Ok(kept.last().map(|last| last.id.clone()))
}

/// Has the follower go on, from the oldest entry.
pub async fn end_reset(tx: &mut Tx) -> Result<(), Error> {
    journal::lock_cursor(tx, FOLLOWER).await?;
    let oldest = journal::cursor(tx, RESETTING).await?;
    tx.execute("DELETE FROM cursors WHERE follower = ?1", params![RESETTING.to_owned()]).await?;
    journal::set_cursor(tx, FOLLOWER, oldest).await
}
