//! Contents that come in streams, on their way into the database together: those that come while others are written wait
//! for a moment and are written by one transaction. They wait for no time: where few come, each goes by itself.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use store::{Db, Error};
use tokio::sync::oneshot;

use crate::domain;
use crate::domain::ingest::Incoming;
use crate::domain::ingest_many;

/// The most that go together.
const TOGETHER: usize = 64;
/// How many transactions are under way at once: one is made ready while the other waits for the disk.
const UNDER_WAY: usize = 2;

/// Those that wait.
pub struct Letters<L = Incoming> {
    waiting: Arc<Mutex<Waiting<L>>>,
    patience: Duration,
}

struct Waiting<L> {
    letters: Vec<Letter<L>>,
    under_way: usize,
}

/// One of them, and where it is told whether it is in.
struct Letter<L> {
    content: L,
    came: Instant,
    answer: oneshot::Sender<Result<bool, Error>>,
}

impl Letters {
    /// Has a content that may go along with others taken in; tells whether it is. One that is not is to be taken in by
    /// itself: nothing was done for it, or the same content is found again.
    ///
    /// # Errors
    /// When it has waited for longer than the database is waited for.
    pub(crate) async fn take(&self, db: &Db, letter: Incoming) -> Result<bool, Error> {
        let db = db.clone();
        self.hand_over(letter, move |letters| write(db.clone(), letters)).await
    }
}

/// Takes in some of them; tells of each whether it is in.
async fn write(db: Db, letters: Arc<[Incoming]>) -> Result<Vec<bool>, Error> {
    let mut taken = write_once(&db, &letters).await;
    // Others have told of the same people at the same moment: they are found now.
    if let Err(domain::Error::Store(Error::Unique(_))) = taken {
        taken = write_once(&db, &letters).await;
    }
    match taken {
        Ok(taken) => Ok(taken),
        Err(domain::Error::Store(error)) => Err(error),
        // Each is told itself what it fails with.
        Err(_) => Ok(Vec::new()),
    }
}

async fn write_once(db: &Db, letters: &Arc<[Incoming]>) -> domain::Result<Vec<bool>> {
    let letters = letters.clone();
    db.write_for_many(move |tx| Box::pin(async move { ingest_many::receive_all(tx, &letters).await })).await
}

impl<L: Send + Sync + 'static> Letters<L> {
    /// `patience` is how long the database is waited for.
    #[must_use]
    pub fn new(patience: Duration) -> Self {
        Self { waiting: Arc::new(Mutex::new(Waiting { letters: Vec::new(), under_way: 0 })), patience }
    }

    /// Has `write` take it in, with others that wait.
    async fn hand_over<F>(
        &self,
        content: L,
        write: impl Fn(Arc<[L]>) -> F + Send + Sync + 'static,
    ) -> Result<bool, Error>
    where
        F: Future<Output = Result<Vec<bool>, Error>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        {
            let mut waiting = lock(&self.waiting);
            waiting.letters.push(Letter { content, came: Instant::now(), answer });
            if waiting.under_way < UNDER_WAY {
                waiting.under_way += 1;
                // Not by who has come: they may go before the others are answered.
                tokio::spawn(carry(self.waiting.clone(), self.patience, write));
            }
        }
        answered.await.unwrap_or(Ok(false))
    }
}

fn lock<L>(waiting: &Mutex<Waiting<L>>) -> MutexGuard<'_, Waiting<L>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes in what waits, until nothing does.
async fn carry<L, F>(waiting: Arc<Mutex<Waiting<L>>>, patience: Duration, write: impl Fn(Arc<[L]>) -> F)
where
    F: Future<Output = Result<Vec<bool>, Error>>,
{
    loop {
        let some: Vec<Letter<L>> = {
            let mut waiting = lock(&waiting);
            let count = waiting.letters.len().min(TOGETHER);
            if count == 0 {
                waiting.under_way -= 1;
                return;
            }
            waiting.letters.drain(..count).collect()
        };
        let (mut contents, mut answers) = (Vec::new(), Vec::new());
        for Letter { content, came, answer } in some {
            if came.elapsed() > patience {
                let _ = answer.send(Err(Error::Unavailable("too many contents wait for the database".into())));
            } else if !answer.is_closed() {
                contents.push(content);
                answers.push((came, answer));
            }
        }
        if contents.is_empty() {
            continue;
        }
        // A panic must not end this: others count on it.
        let taken = AssertUnwindSafe(write(contents.into())).catch_unwind().await.unwrap_or_else(|_| Ok(Vec::new()));
        for (at, (came, answer)) in answers.into_iter().enumerate() {
            let _ = answer.send(match &taken {
                Ok(taken) => Ok(taken.get(at).copied().unwrap_or(false)),
                // The database has cost it its time already.
                Err(error) if error.is_passing() && came.elapsed() > patience => Err(error.clone()),
                // By itself it is told what it fails with.
                Err(_) => Ok(false),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn those_that_have_waited_as_long_as_the_database_is_waited_for_are_told_so() {
        let letters = Letters::new(Duration::ZERO);
        let away = |_: Arc<[u32]>| async { Err(Error::Unavailable("away".into())) };
        for outcome in join_all((0..200).map(|n| letters.hand_over(n, away))).await {
            assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
        }
    }

    #[tokio::test]
    async fn what_fails_together_is_left_to_each_and_the_next_go_together_again() {
        let letters = Letters::new(Duration::from_secs(60));
        let write = |some: Arc<[u32]>| async move {
            match some[0] {
                0 => panic!("as it was told"),
                1 => Err(Error::Held("a row".into())),
                _ => Ok(some.iter().map(|n| n % 2 == 0).collect()),
            }
        };
        for n in [0, 0, 1, 0] {
            assert!(matches!(letters.hand_over(n, write).await, Ok(false)));
        }
        for (n, taken) in (2..200).zip(join_all((2..200).map(|n| letters.hand_over(n, write))).await) {
            assert_eq!(taken.expect("an answer"), n % 2 == 0);
        }
        assert_eq!(lock(&letters.waiting).under_way, 0);
    }

    #[tokio::test]
    async fn those_that_come_meanwhile_go_together_and_none_whose_sender_has_gone() {
        let (letters, gate) = (Letters::new(Duration::from_secs(60)), Arc::new(Semaphore::new(0)));
        let groups: Arc<Mutex<Vec<Vec<u32>>>> = Arc::default();
        let take = |n| {
            let (gate, groups) = (gate.clone(), groups.clone());
            letters.hand_over(n, move |some: Arc<[u32]>| {
                let (gate, groups) = (gate.clone(), groups.clone());
                async move {
                    drop(gate.acquire().await);
                    groups.lock().unwrap_or_else(PoisonError::into_inner).push(some.to_vec());
                    Ok(vec![true; some.len()])
                }
            })
        };
        let all = join_all((0..100).map(&take));
        tokio::select! {
            biased;
            _ = take(1000) => {}
            () = std::future::ready(()) => {}
        }
        let open = async { gate.add_permits(1) };
        let (taken, ()) = tokio::join!(all, open);
        assert!(taken.into_iter().all(|one| matches!(one, Ok(true))));
        let groups = groups.lock().unwrap_or_else(PoisonError::into_inner);
        // One whose sender has gone was among the first 64.
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [63, 37]);
    }
}
