//! Contents that come in streams, on their way into the database together: those that come while others are written wait
//! for a moment and are written by one transaction. They wait for no time: where few come, each goes by itself.

use std::sync::{Arc, Mutex, PoisonError};

use store::Db;
use tokio::sync::oneshot;

use crate::domain::ingest::Incoming;
use crate::domain::ingest_many;

/// The most that go together.
const TOGETHER: usize = 64;
/// How many transactions are under way at once: one is made ready while the other waits for the disk.
const UNDER_WAY: usize = 2;

/// Those that wait, each with where it is told whether it is in.
#[derive(Default)]
pub struct Letters(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    letters: Vec<(Incoming, oneshot::Sender<bool>)>,
    under_way: usize,
}

impl Letters {
    /// Has a content that may go along with others taken in; tells whether it is. One that is not is to be taken in by
    /// itself: nothing was done for it, or the same content is found again.
    pub(crate) async fn take(&self, db: &Db, letter: Incoming) -> bool {
        let (answer, answered) = oneshot::channel();
        {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.letters.push((letter, answer));
            if waiting.under_way < UNDER_WAY {
                waiting.under_way += 1;
                // Not by who has come: they may go before the others are answered.
                tokio::spawn(carry(self.0.clone(), db.clone()));
            }
        }
        answered.await.unwrap_or(false)
    }
}

/// Takes in what waits, until nothing does.
async fn carry(waiting: Arc<Mutex<Waiting>>, db: Db) {
    loop {
        let some = {
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let count = waiting.letters.len().min(TOGETHER);
            if count == 0 {
                waiting.under_way -= 1;
                return;
            }
            waiting.letters.drain(..count).filter(|(_, answer)| !answer.is_closed()).collect::<Vec<_>>()
        };
        let (letters, answers): (Vec<_>, Vec<_>) = some.into_iter().unzip();
        let letters: Arc<[Incoming]> = letters.into();
        let taken = db.write_for_many(move |tx| Box::pin(async move { ingest_many::receive_all(tx, &letters).await }));
        // Where that fails, each is taken in by itself, and told what it fails with.
        for (answer, taken) in answers.into_iter().zip(taken.await.unwrap_or_default()) {
            let _ = answer.send(taken);
        }
    }
}
