//! The line to a PostgreSQL server: its connections, and how long anything on them is waited for.
//!
//! A server that has gone silent must cost seconds, and not minutes. Each statement has an end, on the server and, a
//! little later, here. A connection that did not come to it is thrown away, and with it all that lie idle: what silenced
//! one silenced them too. Those that were in use at that moment must give a sign of life before they are used again.
//! Groups of writes, writes that go alone and reads each have a part of the connections that the others leave to them, so that
//! many who wait for one row keep nobody from reading, and long searches nobody from writing; what must come through has the rest.
//!
//! Statements whose answers nobody needs before the next one go out with it: they cost no way there and back.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::{
    ClientWrapper, ConfigConnectImpl, Connect, Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod,
};
use futures_util::future::{join, maybe_done};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};

use super::postgres::{self, SqlCache};
use super::postgres_tls::{self, CONNECT, Way};
use crate::{Error, Row, Value};

/// How long a PostgreSQL server is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection, and for the end of a statement.
    pub statement: Duration,
    /// For what somebody else holds.
    pub lock: Duration,
}

/// How much longer than the server a statement is waited for here.
const GRACE: Duration = Duration::from_secs(1);
/// How long PostgreSQL keeps a transaction of which it hears nothing.
const IDLE: Duration = Duration::from_secs(20);
/// How long a connection may take for a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// How many writers run groups at the most. More of them only wait for each other.
const WRITERS: usize = 4;
/// How many connections are left to what must come through, at the most.
const AHEAD: usize = 2;

/// The connections to one server.
#[derive(Debug)]
pub(super) struct Line {
    pool: Pool,
    /// How many groups of writes may be under way at once.
    writers: usize,
    /// The turns of writes that go alone.
    alone: Arc<Semaphore>,
    /// The turns of reads.
    reads: Arc<Semaphore>,
    patience: Option<Patience>,
    trouble: Trouble,
}

/// When a connection last went silent.
#[derive(Clone, Debug, Default)]
struct Trouble(Arc<Mutex<Option<Instant>>>);

impl Trouble {
    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn is_since(&self, time: Instant) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|trouble| time <= trouble)
    }
}

impl Line {
    /// Connections are opened when they are needed, `connections` at the most.
    pub(super) fn open(way: &Way, connections: usize, patience: Option<Patience>) -> Result<Arc<Self>, Error> {
        let mut config = way.config.clone();
        if let Some(patience) = patience {
            // What the network has lost is noticed below the statements too, where nobody asks anything.
            config.tcp_user_timeout(patience.statement);
            config.keepalives_idle(Duration::from_secs(5));
            config.keepalives_interval(Duration::from_secs(1)).keepalives_retries(3);
        }
        let recycle = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match way.tls.clone() {
            Some(tls) => Manager::from_connect(config, Here::new(ConfigConnectImpl { tls }), recycle),
            None => Manager::from_connect(config, Here::new(ConfigConnectImpl { tls: NoTls }), recycle),
        };
        let (trouble, wait) = (Trouble::default(), wait(patience));
        let pool = Pool::builder(manager)
            .max_size(connections)
            .runtime(deadpool_postgres::Runtime::Tokio1)
            // When nothing comes free the caller is told, rather than left to wait.
            .wait_timeout(Some(wait))
            .create_timeout(Some(wait))
            .post_create(begin(settings(patience), wait))
            .pre_recycle(ask_the_doubtful(trouble.clone()))
            .build()
            .map_err(|e| Error::Unavailable(e.to_string()))?;
        let (writers, ahead) = ((connections / 5).clamp(1, WRITERS), (connections / 8).clamp(1, AHEAD));
        let rest = connections.saturating_sub(writers + ahead);
        let alone = (rest / 2).max(1);
        let reads = rest.saturating_sub(alone).max(1);
        let (alone, reads) = (Arc::new(Semaphore::new(alone)), Arc::new(Semaphore::new(reads)));
        Ok(Arc::new(Self { pool, writers, alone, reads, patience, trouble }))
    }

    /// A connection to read, once it is the caller's turn.
    pub(super) async fn read(self: &Arc<Self>) -> Result<Client, Error> {
        let turn = timeout(self.wait(), self.reads.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| searched())?.map_err(|_| searched())?;
        let mut client = self.ahead().await?;
        client.turn = Some(turn);
        Ok(client)
    }

    /// A connection for a group of writes, and for what must come through while others wait.
    pub(super) async fn ahead(self: &Arc<Self>) -> Result<Client, Error> {
        let object = self.pool.get().await?;
        Ok(Client { object: Some(object), line: self.clone(), busy: false, lead: String::new(), turn: None })
    }

    /// A connection for one write alone, once it is the caller's turn.
    pub(super) async fn alone(self: &Arc<Self>) -> Result<Client, Error> {
        let turn = timeout(self.wait(), self.alone.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| taken())?.map_err(|_| taken())?;
        let mut client = self.ahead().await?;
        client.turn = Some(turn);
        Ok(client)
    }

    /// How many groups of writes may be under way at once.
    pub(super) fn writers(&self) -> usize {
        self.writers
    }

    /// How long a write waits until it begins.
    pub(super) fn wait(&self) -> Duration {
        wait(self.patience)
    }

    /// How long its statements may take on the server; no time at all where they may take as long as they like.
    pub(super) fn patience(&self) -> Patience {
        self.patience.unwrap_or(Patience { statement: Duration::ZERO, lock: Duration::ZERO })
    }

    /// A connection for as long as the caller likes.
    pub(super) async fn connection(&self) -> Result<Object, Error> {
        Ok(self.pool.get().await?)
    }

    /// Waits for an answer as long as there is patience; none when it did not come.
    async fn within<T>(&self, answer: impl Future<Output = T>) -> Option<T> {
        match self.patience {
            Some(patience) => timeout(patience.statement + GRACE, answer).await.ok(),
            None => Some(answer.await),
        }
    }
}

/// One connection to the server of an address, for as long as the caller likes.
pub(super) async fn connection(url: &str) -> Result<Object, Error> {
    Line::open(&postgres_tls::find_way(url).await?, 1, None)?.connection().await
}

/// Opens connections on the runtime on which the line was opened, whoever is the first to need them: that one's may
/// stand still, or end, while others go on with the connection.
struct Here<C> {
    connect: C,
    runtime: Handle,
}

impl<C> Here<C> {
    fn new(connect: C) -> Self {
        Self { connect, runtime: Handle::current() }
    }
}

impl<C: Connect> Connect for Here<C> {
    fn connect(&self, config: &Config) -> Opening<'_> {
        let mut opening = self.connect.connect(config);
        Box::pin(poll_fn(move |cx| {
            let _here = self.runtime.enter();
            opening.as_mut().poll(cx)
        }))
    }
}

type Opening<'a> =
    Pin<Box<dyn Future<Output = Result<(tokio_postgres::Client, JoinHandle<()>), tokio_postgres::Error>> + Send + 'a>>;

/// How long a connection is waited for. Where no patience is set, statements may take as long as they like.
fn wait(patience: Option<Patience>) -> Duration {
    patience.map_or(CONNECT, |patience| patience.statement)
}

/// What a new connection is told.
fn settings(patience: Option<Patience>) -> String {
    // Statements are short: to start workers or a compiler for one takes longer than to run it. And what is answered is on
    // disk, whatever is usual there.
    let plain = "SET max_parallel_workers_per_gather = 0; SET jit = off; \
                 SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
    let Some(Patience { statement, lock }) = patience else { return plain.to_owned() };
    let (statement, lock, idle) = (statement.as_millis(), lock.as_millis(), IDLE.as_millis());
    // A server that stands still or is gone must not hold what others wait for.
    format!(
        "{plain}; SET statement_timeout = {statement}; SET lock_timeout = {lock}; \
         SET idle_in_transaction_session_timeout = {idle}; \
         SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
    )
}

fn begin(settings: String, wait: Duration) -> Hook {
    let settings: Arc<str> = settings.into();
    Hook::async_fn(move |client: &mut ClientWrapper, _| {
        let settings = settings.clone();
        Box::pin(async move {
            match timeout(wait, client.batch_execute(&settings)).await {
                Ok(done) => done.map_err(HookError::Backend),
                Err(_) => Err(HookError::message("a new connection did not answer")),
            }
        })
    })
}

/// Throws away a connection that was last taken before another one went silent, and does not answer itself.
fn ask_the_doubtful(trouble: Trouble) -> Hook {
    Hook::async_fn(move |client: &mut ClientWrapper, metrics| {
        let doubtful = trouble.is_since(metrics.recycled.unwrap_or(metrics.created));
        Box::pin(async move {
            if !doubtful {
                return Ok(());
            }
            match timeout(SIGN_OF_LIFE, client.batch_execute("")).await {
                Ok(answer) => answer.map_err(HookError::Backend),
                Err(_) => Err(HookError::message("no sign of life")),
            }
        })
    })
}

/// A statement with its parameters.
pub(super) type Asked = (String, Vec<Value>);

/// A connection on loan.
pub(super) struct Client {
    /// None once it has gone silent.
    object: Option<Object>,
    line: Arc<Line>,
    /// A statement is under way.
    busy: bool,
    /// What goes out with the next statement, before it.
    lead: String,
    turn: Option<OwnedSemaphorePermit>,
}

impl Client {
    /// Has statements without an answer go out with the next one, before it.
    pub(super) fn lead(&mut self, sql: &str) {
        if !self.lead.is_empty() {
            self.lead.push_str("; ");
        }
        self.lead.push_str(sql);
    }

    /// Whether statements still wait for the next one.
    pub(super) fn has_lead(&self) -> bool {
        !self.lead.is_empty()
    }

    pub(super) async fn rows(&mut self, cache: &SqlCache, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        let object = self.object.as_ref().ok_or_else(silent)?;
        self.busy = true;
        let lead = std::mem::take(&mut self.lead);
        let answer = self.line.within(after(object, &lead, postgres::rows(object, cache, sql, params))).await;
        self.settle(answer)
    }

    /// The rows of two statements that ask nothing of each other: both are under way at once.
    pub(super) async fn both(&mut self, cache: &SqlCache, [one, other]: [&Asked; 2]) -> Result<[Vec<Row>; 2], Error> {
        let object = self.object.as_ref().ok_or_else(silent)?;
        self.busy = true;
        let lead = std::mem::take(&mut self.lead);
        let both = async {
            let one = postgres::rows(object, cache, &one.0, &one.1);
            // Where one fails, the other's end is waited for all the same: nobody else is to wait for it.
            let (one, other) = join(one, postgres::rows(object, cache, &other.0, &other.1)).await;
            Ok([one?, other?])
        };
        let answer = self.line.within(after(object, &lead, both)).await;
        self.settle(answer)
    }

    pub(super) async fn execute<P: ToSql + Sync>(
        &mut self,
        cache: &SqlCache,
        sql: &str,
        params: &[P],
    ) -> Result<u64, Error> {
        let object = self.object.as_ref().ok_or_else(silent)?;
        self.busy = true;
        let lead = std::mem::take(&mut self.lead);
        let answer = self.line.within(after(object, &lead, postgres::execute(object, cache, sql, params))).await;
        self.settle(answer)
    }

    pub(super) async fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.lead(sql);
        let object = self.object.as_ref().ok_or_else(silent)?;
        self.busy = true;
        let lead = std::mem::take(&mut self.lead);
        let answer = self.line.within(object.batch_execute(&lead)).await;
        self.settle(answer.map(|done| done.map_err(Error::from)))
    }

    /// Runs a statement on lists of values, one for each column, and commits with it, in one round trip. Gives the number
    /// that it answers.
    pub(super) async fn commit_with(
        &mut self,
        cache: &SqlCache,
        sql: &str,
        columns: &[Vec<Value>],
    ) -> Result<i64, Error> {
        let object = self.object.as_ref().ok_or_else(silent)?;
        self.busy = true;
        let lead = std::mem::take(&mut self.lead);
        let answer = self.line.within(after(object, &lead, postgres::commit_with(object, cache, sql, columns))).await;
        self.settle(answer)
    }

    /// Ends the transaction without keeping anything of it.
    pub(super) async fn give_up(&mut self) -> Result<(), Error> {
        self.lead.clear();
        self.batch("ROLLBACK").await
    }

    fn settle<T>(&mut self, answer: Option<Result<T, Error>>) -> Result<T, Error> {
        self.busy = false;
        answer.unwrap_or_else(|| {
            drop(self.object.take().map(Object::take));
            self.line.trouble.note();
            self.line.pool.retain(|_, _| false);
            Err(silent())
        })
    }
}

/// Sends `lead` and then the statement, without waiting between the two.
async fn after<T>(object: &Object, lead: &str, statement: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    if lead.is_empty() {
        return statement.await;
    }
    let mut lead = pin!(maybe_done(object.batch_execute(lead)));
    postgres::send(lead.as_mut()).await;
    let outcome = statement.await;
    lead.as_mut().await;
    lead.take_output().unwrap_or(Ok(()))?;
    outcome
}

fn silent() -> Error {
    Error::Unavailable("the database has gone silent".into())
}

/// Said to who waited for their turn to write for too long.
pub(super) fn taken() -> Error {
    Error::Unavailable("as many writes are under way as there may be".into())
}

/// Said to who waited for their turn to read for too long.
fn searched() -> Error {
    Error::Unavailable("as many reads are under way as there may be".into())
}

impl Drop for Client {
    fn drop(&mut self) {
        // Whoever asked has gone, and the statement goes on: nobody else is to wait for its end, and be it in vain.
        if !self.busy {
            return;
        }
        let (Some(object), Ok(runtime)) = (self.object.take(), Handle::try_current()) else { return };
        let (line, turn) = (self.line.clone(), self.turn.take());
        let mut rest = Client { object: Some(object), line, busy: false, lead: String::new(), turn };
        runtime.spawn(async move { rest.batch("").await });
    }
}
