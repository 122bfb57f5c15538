//! Which visitors are on the sites now, with their chat connected: those of this process in memory, those of the others,
//! where there are any, in rows that are written together now and then.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{IdentityId, SourceId, Timestamp};
use store::visitor_presence::{self as rows, Present};
use store::{Db, Page, Scope};
use tokio::sync::Notify;

use crate::domain::{Error, Result};
use crate::state::hub::Who;

/// How long a visitor without a connection still counts as there, in seconds: the next page takes its time, and what was cut
/// may come back.
const LEFT: i64 = 10;
const CUT: i64 = 60;
/// How many rows are written in one transaction.
const BATCH: usize = 200;

/// Where a visitor stands.
struct Here {
    since: Timestamp,
    /// How many connections they have.
    sockets: u32,
    /// Until when they still count as there, where they have none any more.
    until: Option<Timestamp>,
}

/// What became of a visitor since it was written last: since when they are there, or that they are not.
type Moves = HashMap<Who, Option<Timestamp>>;

#[derive(Default)]
struct Inner {
    here: HashMap<Who, Here>,
    /// Who came, went, or looks at something else, since that was told last.
    news: HashMap<SourceId, HashSet<IdentityId>>,
    moves: Moves,
}

/// The visitors of this process.
#[derive(Default)]
pub(crate) struct Visitors {
    inner: Mutex<Inner>,
    bell: Notify,
}

impl Visitors {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A visitor has connected.
    pub(crate) fn come(&self, who: &Who, now: Timestamp) {
        let mut inner = self.lock();
        let fresh = || Here { since: now, sockets: 0, until: None };
        let here = inner.here.entry(who.clone()).or_insert_with(fresh);
        (here.sockets, here.until) = (here.sockets + 1, None);
        let (since, first) = (here.since, here.sockets == 1);
        if first {
            inner.moves.insert(who.clone(), Some(since));
        }
        inner.note(who);
        self.bell.notify_one();
    }

    /// One of their connections has ended, with a word that they leave or without.
    pub(crate) fn leave(&self, who: &Who, now: Timestamp, left: bool) {
        if let Some(here) = self.lock().here.get_mut(who) {
            here.sockets = here.sockets.saturating_sub(1);
            let until = now.plus_seconds(if left { LEFT } else { CUT });
            here.until = (here.sockets == 0).then_some(until);
        }
        // They are gone in a while.
        self.bell.notify_one();
    }

    /// They look at another page.
    pub(crate) fn look(&self, who: &Who) {
        self.lock().note(who);
        self.bell.notify_one();
    }

    /// Waits until there may be something to tell.
    pub(crate) async fn changed(&self) {
        self.bell.notified().await;
    }

    /// Forgets those who have left for good; gives when the next one has.
    pub(crate) fn sweep(&self, now: Timestamp) -> Option<Timestamp> {
        let mut inner = self.lock();
        let gone: Vec<Who> = inner
            .here
            .iter()
            .filter(|(_, here)| here.until.is_some_and(|at| at <= now))
            .map(|(w, _)| w.clone())
            .collect();
        for who in gone {
            inner.here.remove(&who);
            inner.note(&who);
            inner.moves.insert(who, None);
        }
        inner.here.values().filter_map(|here| here.until).min()
    }

    /// What is to be told: by their sources, those of whom there is something new.
    pub(crate) fn news(&self) -> HashMap<SourceId, HashSet<IdentityId>> {
        std::mem::take(&mut self.lock().news)
    }

    fn has(&self, who: &Who) -> bool {
        self.lock().here.contains_key(who)
    }

    fn len(&self) -> usize {
        self.lock().here.len()
    }

    /// How many are on sources within the scope, and a window of them, those who came last first.
    fn list(&self, scope: &Scope, page: Page) -> (i64, Vec<Present>) {
        let inner = self.lock();
        let mut all: Vec<(Timestamp, &Who)> = inner
            .here
            .iter()
            .filter(|((source, _), _)| scope.allows(source))
            .map(|(who, here)| (here.since, who))
            .collect();
        all.sort_unstable_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.1.cmp(&y.1)));
        let [from, most] = [page.offset, page.limit].map(|n| usize::try_from(n).unwrap_or(0));
        let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
        (count, all.into_iter().skip(from).take(most).map(|(since, who)| present(who, since)).collect())
    }
}

impl Inner {
    fn note(&mut self, (source, identity): &Who) {
        self.news.entry(source.clone()).or_default().insert(identity.clone());
    }
}

fn present((source, identity): &Who, since: Timestamp) -> Present {
    Present { source_id: source.clone(), identity_id: identity.clone(), since }
}

/// The visitors as every process sees them.
pub(crate) struct Everybody<'a> {
    pub(super) db: &'a Db,
    pub(super) node: &'a str,
    /// There are no other processes: what is in memory is all.
    pub(super) alone: bool,
    pub(super) own: &'a Visitors,
}

impl Everybody<'_> {
    /// How many are on sources within the scope, and a window of them, those who came last first.
    pub(crate) async fn list(&self, scope: &Scope, page: Page) -> Result<(i64, Vec<Present>)> {
        if self.alone {
            return Ok(self.own.list(scope, page));
        }
        let scope = scope.clone();
        let read = self.db.read(move |tx| Box::pin(async move { rows::list(tx, &scope, page).await }));
        read.await.map_err(Error::Store)
    }

    /// Whether a visitor is there.
    pub(crate) async fn has(&self, who: &Who) -> Result<bool> {
        if self.alone || self.own.has(who) {
            return Ok(self.own.has(who));
        }
        let (source, identity) = who.clone();
        let read = self.db.read(move |tx| Box::pin(async move { rows::is_there(tx, &source, &identity).await }));
        read.await.map_err(Error::Store)
    }

    /// Tells the other processes what became of this one's visitors. With `all`, it is looked whether the rows are as they
    /// should be: another process may have taken this one for dead.
    pub(crate) async fn note(&self, all: bool) -> Result<()> {
        let moves = std::mem::take(&mut self.own.lock().moves);
        if self.alone {
            return Ok(());
        }
        let noted = self.write(moves.clone()).await;
        if noted.is_err() {
            let mut inner = self.own.lock();
            for (who, since) in moves {
                inner.moves.entry(who).or_insert(since);
            }
            return noted;
        }
        if all { self.compare().await } else { Ok(()) }
    }

    async fn write(&self, moves: Moves) -> Result<()> {
        let moves: Vec<(Who, Option<Timestamp>)> = moves.into_iter().collect();
        for some in moves.chunks(BATCH) {
            let (node, some) = (self.node.to_owned(), some.to_vec());
            let write = self.db.write(move |tx| {
                Box::pin(async move {
                    for (who, since) in &some {
                        match since {
                            Some(since) => rows::put(tx, &node, &present(who, *since)).await?,
                            None => rows::remove(tx, &node, &who.0, &who.1).await?,
                        }
                    }
                    Ok::<_, store::Error>(())
                })
            });
            write.await.map_err(Error::Store)?;
        }
        Ok(())
    }

    async fn compare(&self) -> Result<()> {
        let node = self.node.to_owned();
        let read = self.db.read(move |tx| Box::pin(async move { rows::count_of(tx, &node).await }));
        let count = read.await.map_err(Error::Store)?;
        if usize::try_from(count).ok() == Some(self.own.len()) {
            return Ok(());
        }
        let node = self.node.to_owned();
        let clear = self.db.write(move |tx| Box::pin(async move { rows::clear(tx, &node).await }));
        clear.await.map_err(Error::Store)?;
        let all = self.own.lock().here.iter().map(|(who, here)| (who.clone(), Some(here.since))).collect();
        self.write(all).await
    }
}

#[cfg(test)]
mod tests {
    use model::{IdentityId, SourceId, Timestamp};
    use store::{Page, Scope};

    use super::Visitors;

    #[test]
    fn windows_of_many_visitors_are_whole_and_those_who_leave_are_gone_after_a_while() {
        let (all, start) = (Visitors::default(), Timestamp::from_millis(0));
        let sources = [SourceId::new(start), SourceId::new(start)];
        let people: Vec<_> = (0..10_000).map(|n| (sources[n % 2].clone(), IdentityId::new(start))).collect();
        for (n, who) in (0..).zip(&people) {
            all.come(who, start.plus_seconds(n));
        }
        let window = |scope: &Scope, offset| all.list(scope, Page { offset, limit: 50 });
        let (count, last) = window(&Scope::All, 0);
        assert_eq!((count, &last[0].identity_id), (10_000, &people[9_999].1));
        let (count, first) = window(&Scope::Sources(vec![sources[0].clone()]), 4_950);
        assert_eq!((count, first.len(), &first[49].identity_id), (5_000, 50, &people[0].1));
        assert_eq!(all.news().values().map(|who| who.len()).sum::<usize>(), 10_000);

        // Another tab keeps them, and so does the next page.
        let now = start.plus_seconds(20_000);
        all.come(&people[0], now);
        all.leave(&people[0], now, true);
        all.leave(&people[1], now, true);
        all.leave(&people[2], now, true);
        all.leave(&people[3], now, false);
        all.come(&people[2], now.plus_seconds(5));
        assert_eq!(all.sweep(now.plus_seconds(9)), Some(now.plus_seconds(10)));
        // A cut is given more time.
        assert_eq!((all.sweep(now.plus_seconds(10)), all.len()), (Some(now.plus_seconds(60)), 9_999));
        assert!(!all.has(&people[1]) && all.has(&people[2]) && all.has(&people[3]));
        assert_eq!((all.sweep(now.plus_seconds(60)), all.len()), (None, 9_998));
    }
}
