//! The writers of a PostgreSQL database. A few of them run what waits in groups: one transaction, a savepoint for each use
//! case, and at its end the places in the journal for all of them and the commit, in one round trip. So the row of
//! `journal_head`, for which every writer waits, is held for moments, and once for many.
//!
//! Nobody in a group is to suffer by another one. Who waits for a row that somebody else holds, crosses another
//! transaction or takes long is taken out, and runs again alone, on a connection of its own and with all the patience that
//! there is. Who fails or panics is undone to the savepoint. What a group's transaction could not keep, its use cases do
//! not claim to have done: answers come after the commit.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{MutexGuard, mpsc, watch};
use tokio::time::timeout;

use super::clock::Clock;
use super::ending;
use super::job::{Job, Ran, Slow, Way};
use super::postgres_line::{Client, Line, Patience, taken};
use super::tx::{Conn, Shared, Tx};
use crate::Error;

/// How many use cases share one transaction at the most.
const GROUP: usize = 64;
/// How long a group takes up others: the first of it waits for their commit.
const OPEN: Duration = Duration::from_millis(50);
/// How long one of a group may wait for a row that somebody else holds.
const HELD: Duration = Duration::from_millis(50);
/// How long one of a group may take.
const LONG: Duration = Duration::from_millis(100);
/// How long one that is alone waits for it at first. Where two want each other's rows, PostgreSQL would look for that only
/// after a second, and all that wait behind them would wait as long for each other.
const BRIEF: Duration = Duration::from_millis(250);
/// How long it has its turn after that: who waits for what somebody else holds for longer keeps nobody from theirs.
const TURN: Duration = Duration::from_millis(500);
/// How often a use case is begun that crosses others on its rows, while it is alone.
const TRIES: usize = 8;
/// How many use cases may wait before callers wait too.
const QUEUE: usize = 4096;

/// The way to the writers. They end when it is dropped.
#[derive(Debug)]
pub(super) struct Writers {
    queue: mpsc::Sender<Job>,
    ground: Arc<Ground>,
}

/// What the writers of a database share.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) line: Arc<Line>,
    pub(super) shared: Arc<Shared>,
    pub(super) clock: Clock,
    pub(super) committed: watch::Sender<i64>,
    pub(super) administration: Arc<AtomicU64>,
    pub(super) slow: Arc<Slow>,
    /// The use cases that took long when they last ran: they do not enter a group.
    pub(super) long: Mutex<HashSet<&'static str>>,
    /// Whose turn it is of those that have crossed others: they do not cross each other again.
    pub(super) crossing: tokio::sync::Mutex<()>,
    /// Where they run, whoever asks: that one's runtime may end before.
    pub(super) runtime: Handle,
}

/// What waits for a writer.
struct Queue(tokio::sync::Mutex<mpsc::Receiver<Job>>);

impl Queue {
    async fn next(&self) -> Option<Job> {
        self.0.lock().await.recv().await
    }

    /// One that waits already; none when another writer is here to take it.
    fn waiting(&self) -> Option<Job> {
        self.0.try_lock().ok()?.try_recv().ok()
    }
}

impl Writers {
    /// Has writers wait for use cases.
    pub(super) fn start(ground: Ground) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (ground, jobs) = (Arc::new(ground), Arc::new(Queue(tokio::sync::Mutex::new(jobs))));
        for _ in 0..ground.line.writers() {
            let (ground, jobs) = (ground.clone(), jobs.clone());
            ground.runtime.clone().spawn(async move {
                while let Some(first) = jobs.next().await {
                    ground.group(first, &jobs).await;
                }
            });
        }
        Self { queue, ground }
    }

    /// Has a use case run: in a group, or alone.
    pub(super) async fn take(&self, job: Job) {
        if job.way == Way::Ahead || self.ground.is_long(job.name) {
            return self.ground.run_alone(job);
        }
        match timeout(self.ground.line.wait(), self.queue.reserve()).await {
            Ok(Ok(place)) => place.send(job),
            Ok(Err(_)) | Err(_) => job.refuse(taken()),
        }
    }
}

/// A use case that has run in a group.
struct Done {
    job: Job,
    ran: Ran,
    answered: bool,
    took: Duration,
}

impl Ground {
    fn tx(&self, client: Client) -> Tx {
        Tx::new(Conn::Postgres(Box::new(client)), self.clock.now(), self.shared.clone())
    }

    fn long(&self) -> std::sync::MutexGuard<'_, HashSet<&'static str>> {
        self.long.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_long(&self, name: &str) -> bool {
        self.long().contains(name)
    }

    /// Runs a use case and others that wait in one transaction.
    async fn group(self: &Arc<Self>, first: Job, queue: &Queue) {
        let client = match self.line.ahead().await {
            Ok(client) => client,
            Err(error) => return first.refuse(error),
        };
        let mut tx = self.tx(client);
        tx.lead(&format!("BEGIN; {}", limits(HELD, LONG)));
        let (began, mut done, mut count, mut lost) = (Instant::now(), Vec::new(), 0, Ok(()));
        let mut next = Some(first);
        while let Some(mut job) = next.take() {
            if job.age() > self.line.wait() {
                job.refuse(taken());
            } else if !job.is_forgotten() {
                count += 1;
                let began = Instant::now();
                match self.one_of_group(&mut tx, &mut job).await {
                    Ok(Some(ran)) => {
                        done.push(Done { job, ran, answered: tx.has_left_answer(), took: began.elapsed() });
                    }
                    Ok(None) => self.take_out(&tx, job),
                    Err(error) => {
                        done.push(Done { job, ran: Err(error.clone()), answered: false, took: began.elapsed() });
                        lost = Err(error);
                        break;
                    }
                }
            }
            if count < GROUP && began.elapsed() < OPEN {
                next = queue.waiting();
            }
        }
        let ending = Instant::now();
        let outcome = match lost {
            Ok(()) => {
                let patience = self.line.patience();
                tx.lead(&limits(patience.lock, patience.statement));
                self.commit(&mut tx).await
            }
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            tx.give_up().await;
        }
        // Those who go alone may need the connection.
        drop(tx);
        self.answer(done, &outcome, ending.elapsed());
    }

    /// Runs one of a group in a savepoint of its own. None when it must run alone; nothing of it is left then.
    ///
    /// # Errors
    /// When the transaction is lost for all of the group.
    async fn one_of_group(&self, tx: &mut Tx, job: &mut Job) -> Result<Option<Ran>, Error> {
        tx.lead("SAVEPOINT job");
        tx.restart(self.clock.now());
        let began = Instant::now();
        let ran = timeout(LONG, job.perform(tx)).await;
        if let Ok(Ok((true, _))) = &ran {
            tx.lead("RELEASE job");
            return ran.map(Some).map_err(|_| Error::Waited);
        }
        let (long, unlucky) = (began.elapsed() >= LONG, tx.is_unlucky());
        if tx.has_lead() {
            // It has asked nothing yet.
            tx.lead("RELEASE job");
        } else {
            tx.batch("ROLLBACK TO job; RELEASE job").await?;
        }
        if long {
            self.long().insert(job.name);
        }
        Ok(ran.ok().filter(|_| !long && !unlucky))
    }

    /// Has one run alone that must not stay in a group.
    fn take_out(self: &Arc<Self>, tx: &Tx, job: Job) {
        match tx.spoiled() {
            Some(error) if job.way == Way::ForMany && tx.is_unlucky() => job.refuse(error),
            _ => self.run_alone(job),
        }
    }

    fn answer(self: &Arc<Self>, done: Vec<Done>, outcome: &Result<(), Error>, ending: Duration) {
        for Done { job, ran, answered, took } in done {
            self.slow.note(job.name, took + ending);
            match outcome {
                // The database has refused what one of them did, and it is not known which.
                Err(error) if !error.is_passing() || matches!(error, Error::Crossed(_)) => self.run_alone(job),
                outcome => job.end(outcome.clone(), ran, answered),
            }
        }
    }

    /// Runs a use case in a transaction and on a connection of its own.
    fn run_alone(self: &Arc<Self>, job: Job) {
        let ground = self.clone();
        // A request that is dropped half-way must not leave an open transaction in the pool.
        self.runtime.spawn(async move { ground.alone(job).await });
    }

    async fn alone(&self, mut job: Job) {
        let ahead = job.way == Way::Ahead;
        let client = if ahead { self.line.ahead().await } else { self.line.alone().await };
        let mut tx = match client {
            Ok(client) => self.tx(client),
            Err(error) => return job.refuse(error),
        };
        let began = Instant::now();
        let patience = self.line.patience().lock;
        let first = match job.way {
            Way::Usual => BRIEF,
            Way::Ahead => patience,
            Way::ForMany => HELD,
        };
        let mut ran = self.once(&mut tx, &mut job, first).await;
        let mut turn = None;
        for tried in 1..TRIES {
            let unlucky = match job.way {
                Way::Usual if tried == 1 => tx.is_unlucky(),
                Way::Usual | Way::Ahead => tx.has_crossed(),
                Way::ForMany => false,
            };
            if !unlucky {
                break;
            }
            if turn.is_none() {
                turn = timeout(self.line.wait(), self.crossing.lock()).await.ok();
            }
            tx.restart(self.clock.now());
            ran = in_turn(self.once(&mut tx, &mut job, patience), &mut turn).await;
        }
        drop(turn);
        let took = began.elapsed();
        self.slow.note(job.name, took);
        if took < LONG / 2 {
            self.long().remove(job.name);
        }
        let answered = tx.has_left_answer();
        drop(tx);
        job.end(Ok(()), ran, answered);
    }

    /// One try to do it in a transaction, which is committed or given up. It waits so long for what somebody else holds.
    async fn once(&self, tx: &mut Tx, job: &mut Job, held: Duration) -> Ran {
        tx.lead("BEGIN");
        let Patience { lock, statement } = self.line.patience();
        if held != lock {
            tx.lead(&limits(held, statement));
        }
        let ran = match job.perform(tx).await {
            Ok((true, outcome)) => {
                if held != lock {
                    tx.lead(&limits(lock, statement));
                }
                self.commit(tx).await.map(|()| (true, outcome))
            }
            ran => ran,
        };
        if !matches!(ran, Ok((true, _))) {
            tx.give_up().await;
        }
        ran
    }

    async fn commit(&self, tx: &mut Tx) -> Result<(), Error> {
        ending::commit(tx).await?;
        if tx.take_administration() {
            self.administration.fetch_add(1, Ordering::SeqCst);
        }
        let position = tx.position();
        self.committed.send_if_modified(|known| std::mem::replace(known, position.max(*known)) < position);
        Ok(())
    }
}

/// Runs something to its end. Its turn ends before where it takes long.
async fn in_turn<T>(run: impl Future<Output = T>, turn: &mut Option<MutexGuard<'_, ()>>) -> T {
    let mut run = pin!(run);
    if let Ok(done) = timeout(TURN, run.as_mut()).await {
        return done;
    }
    *turn = None;
    run.await
}

/// Says how long the statements of a transaction may take from here on.
fn limits(lock: Duration, statement: Duration) -> String {
    let (lock, statement) = (lock.as_millis(), statement.as_millis());
    format!("SET LOCAL lock_timeout = {lock}; SET LOCAL statement_timeout = {statement}")
}
