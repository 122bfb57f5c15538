//! Who uses a PostgreSQL database: servers share it, a restore has it alone. It is held in the database itself, as an
//! advisory lock of a session, since the others may be on other machines; it is gone when its holder is.

use std::time::Duration;

use deadpool_postgres::Object;

use super::postgres_line;
use crate::Error;

/// What the lock is on: this number and the schema that the tables are in.
const LOCK: &str = "(4849685, hashtext(current_schema()))";
/// How often, and after which pause, somebody tries who wants a database alone: the session of a server that has just
/// ended may be there for a moment yet.
const TRIES: usize = 15;
const PAUSE: Duration = Duration::from_millis(200);
/// How often a holder looks whether its session is still there.
const LOOK: Duration = Duration::from_secs(2);
/// How long the database may take to answer that.
const PATIENCE: Duration = Duration::from_secs(10);

/// A claim on a database, held until it is dropped or its session is lost.
#[derive(Debug)]
pub struct Claim {
    session: Object,
    url: String,
}

impl Claim {
    /// Uses the database beside others that do; none when somebody has it alone.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn shared(url: &str) -> Result<Option<Self>, Error> {
        Self::take(url, "pg_try_advisory_lock_shared").await
    }

    /// Has the database alone; none when somebody uses it.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn alone(url: &str) -> Result<Option<Self>, Error> {
        for _ in 1..TRIES {
            if let Some(claim) = Self::take(url, "pg_try_advisory_lock").await? {
                return Ok(Some(claim));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Self::take(url, "pg_try_advisory_lock").await
    }

    async fn take(url: &str, function: &str) -> Result<Option<Self>, Error> {
        let session = postgres_line::connection(url).await?;
        let row = session.query_one(&format!("SELECT {function}{LOCK}"), &[]).await?;
        Ok(row.try_get::<_, bool>(0)?.then(|| Self { session, url: url.to_owned() }))
    }

    /// Keeps a shared claim, with a new session when the old one is lost. Ends when somebody has taken the database
    /// alone meanwhile.
    pub async fn keep(mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            if self.is_held().await {
                continue;
            }
            match Self::shared(&self.url).await {
                Ok(Some(again)) => self = again,
                Ok(None) => return,
                Err(error) => tracing::warn!(%error, "the claim on the database"),
            }
        }
    }

    async fn is_held(&self) -> bool {
        let answer = tokio::time::timeout(PATIENCE, self.session.simple_query("SELECT 1")).await;
        matches!(answer, Ok(Ok(_)))
    }
}
