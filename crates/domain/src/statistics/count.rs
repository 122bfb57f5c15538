//! Counting: entries of the journal become facts and sums, in the transaction that moves the cursor of the follower. Each
//! entry counts once, also after a crash.

use store::journal::{self, Entry};
use store::statistics::{self, FOLLOWER};
use store::{Tx, user};

use crate::base::Result;
use crate::statistics::book::{self, Book};
use crate::statistics::business_time::BusinessTime;
use crate::statistics::entry;

/// Most entries that are counted in one transaction when all are counted anew.
const CHUNK: i64 = 256;

/// Counts some entries, oldest first.
pub async fn count(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    let hours = BusinessTime::at(tx, entries).await?;
    if entries.iter().all(|entry| entry.thread_id.is_none()) {
        return Ok(());
    }
    let (wanted, cases) = entry::wanted(entries);
    let rounds = statistics::rounds(tx, &wanted).await?;
    // What was archived may be taken back, too.
    let of_whole = rounds.iter().filter(|round| wanted.whole.contains(&round.identity_id));
    let begun: Vec<i64> = of_whole.map(|round| round.begun_position).collect();
    let facts = statistics::facts_of(tx, &cases, &begun).await?;
    let mut book = Book::new(rounds, facts, user::bots(tx).await?);
    for entry in entries {
        book.read(entry, &|source, position, from, to| hours.between(source, position, from, to));
    }
    let book::Changes { begun, changed, facts, withdrawn } = book.changes();
    tx.insert_all(&begun).await?;
    tx.update_all(&changed).await?;
    Ok(statistics::count(tx, facts, withdrawn).await?)
}

/// Has all be counted anew from the oldest entry that the journal has, by [`reset`] and [`go_on`]; the follower rests meanwhile.
/// When that does not come to its end, it has to be begun once more.
pub async fn begin_anew(tx: &mut Tx) -> Result<()> {
    Ok(statistics::begin_reset(tx).await?)
}

/// Where taking away what was counted has come to.
#[derive(Clone, Debug, Default)]
pub struct Reset {
    /// Facts that stay are summed again up to this one; none while others are taken away.
    summed: Option<String>,
    /// The follower goes on.
    pub ended: bool,
}

/// Takes away a part of what was counted; then the follower goes on.
pub async fn reset(tx: &mut Tx, so_far: Reset) -> Result<Reset> {
    let summed = match so_far.summed {
        None if !statistics::reset_some(tx).await? => return Ok(so_far),
        None => String::new(),
        Some(last) => last,
    };
    let summed = statistics::sum_some(tx, &summed).await?;
    let ended = summed.is_none();
    if ended {
        statistics::end_reset(tx).await?;
    }
    Ok(Reset { summed, ended })
}

/// Counts the next entries; tells after which position it began, where it has come to, and where the journal ends.
pub async fn go_on(tx: &mut Tx) -> Result<(i64, i64, i64)> {
    let cursor = journal::lock_cursor(tx, FOLLOWER).await?;
    let entries = journal::after(tx, cursor, CHUNK).await?;
    count(tx, &entries).await?;
    let position = entries.last().map_or(cursor, |last| last.position);
    journal::set_cursor(tx, FOLLOWER, position).await?;
    Ok((cursor, position, journal::end(tx).await?.position))
}
