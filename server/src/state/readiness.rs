//! Whether the server can do its work.

use std::time::Duration;

use model::Timestamp;
use store::{Db, health, migrate};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// For how long one answer is good: whoever asks more often does not make the database write more often.
const FRESH: Duration = Duration::from_secs(1);
/// After how many seconds without a write that found no room the database counts as having some again. The small write
/// that it is asked with finds room where others do not.
const FULL_SECONDS: i64 = 30;
/// What is said of a database without room.
const NO_ROOM: &str = "has no room left: writes are refused";
/// How long the database may take for one small write.
const PATIENCE: Duration = Duration::from_secs(5);

/// A part that cannot do its work.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// Which: `server`, `database` or `migrations`.
    pub(crate) part: &'static str,
    /// What is wrong with it.
    pub(crate) message: String,
}

/// The last answer and when it was found.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, Vec<Fault>)>>);

impl Readiness {
    /// The parts that cannot do their work; none when the server is ready. The database is asked with a real write.
    pub(crate) async fn faults(&self, db: &Db, stopping: &CancellationToken) -> Vec<Fault> {
        if stopping.is_cancelled() {
            return vec![Fault { part: "server", message: "is stopping".into() }];
        }
        let mut kept = self.0.lock().await;
        if let Some((at, faults)) = &*kept
            && at.elapsed() < FRESH
        {
            return faults.clone();
        }
        let found: Vec<Fault> = database(db).await.into_iter().collect();
        *kept = Some((Instant::now(), found.clone()));
        found
    }
}

async fn database(db: &Db) -> Option<Fault> {
    // Whether others wait for each other is another question.
    let write = db.write_ahead(|tx| {
        Box::pin(async move {
            health::touch(tx).await?;
            health::schema(tx).await
        })
    });
    let outcome: Option<Result<Vec<i64>, store::Error>> = tokio::time::timeout(PATIENCE, write).await.ok();
    let fault = |part, message: String| Some(Fault { part, message });
    match outcome {
        None => fault("database", format!("did not take a write within {} seconds", PATIENCE.as_secs())),
        Some(Err(store::Error::Full(_))) => fault("database", NO_ROOM.into()),
        Some(Ok(_)) if is_full(db) => fault("database", NO_ROOM.into()),
        Some(Err(error)) => {
            // The caller may be anybody: the cause is for the log.
            tracing::error!(%error, "not ready");
            fault("database", "does not take writes; the log has the cause".into())
        }
        Some(Ok(schema)) if schema != migrate::known() => {
            fault("migrations", format!("the schema is {schema:?} and should be {:?}", migrate::known()))
        }
        Some(Ok(_)) => None,
    }
}

fn is_full(db: &Db) -> bool {
    let since = |time: Timestamp| db.clock().now().millis() - time.millis();
    db.last_full().is_some_and(|time| (0..FULL_SECONDS * 1000).contains(&since(time)))
}
