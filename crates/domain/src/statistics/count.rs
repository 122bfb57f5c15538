//! Counting: entries of the journal become facts and sums, in the transaction that moves the cursor of the follower. Each
//! entry counts once, also after a crash.

use std::collections::BTreeSet;

use model::ThreadId;
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
    let Some(first) = entries.first() else { return Ok(()) };
    let (mut threads, mut whole, mut undone) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for one in entries {
        let Some(thread) = &one.thread_id else { continue };
        threads.extend([thread.clone()].into_iter().chain(entry::other_thread(one)));
        whole.extend(entry::takes_up(one).then(|| thread.clone()));
        undone.extend(entry::takes_back(one).then(|| thread.clone()));
    }
    let hours = BusinessTime::at(tx, entries).await?;
    if threads.is_empty() {
        return Ok(());
    }
    let [threads, whole, undone] = [threads, whole, undone].map(|some| some.into_iter().collect::<Vec<ThreadId>>());
    let rounds = statistics::rounds(tx, &threads, &whole, first.position).await?;
    let facts = statistics::facts_of(tx, &undone).await?;
    let mut book = Book::new(rounds, facts, user::bots(tx).await?);
    for entry in entries {
        book.read(entry, &|source, position, from, to| hours.between(source, position, from, to));
    }
    let book::Changes { begun, changed, facts, withdrawn } = book.changes();
    tx.insert_all(&begun).await?;
    tx.update_all(&changed).await?;
    Ok(statistics::count(tx, facts, withdrawn).await?)
}

/// Has all be counted anew from the oldest entry that the journal has; the server, or [`go_on`], does it.
pub async fn begin_anew(tx: &mut Tx) -> Result<()> {
    Ok(statistics::reset(tx).await?)
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
