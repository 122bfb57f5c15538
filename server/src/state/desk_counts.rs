//! How many threads the folders have that every desk has, counted once for all agents who read the same sources, and at most
//! twice a second for these.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use model::SourceId;
use store::{Db, Scope};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::domain::inbox::{self, Counts};
use crate::domain::{Error, Result};

/// The least time between two counts of the same sources.
pub(crate) const PAUSE: Duration = Duration::from_millis(500);
/// Most sets of sources that are kept at once.
const CAPACITY: usize = 1000;

/// The counts of one set of sources; none before the first.
type Kept = Arc<Mutex<Option<Count>>>;

/// One count: as of which position of the journal, and when it was made.
#[derive(Clone, Copy)]
struct Count {
    counts: Counts,
    position: i64,
    at: Instant,
}

/// The counts, by the sources that are read; none for all.
#[derive(Default)]
pub struct DeskCounts(Mutex<HashMap<Option<Vec<SourceId>>, Kept>>);

impl DeskCounts {
    /// The counts within a scope as of a position of the journal or later; none while it is too soon to count again.
    pub(crate) async fn of(&self, db: &Db, scope: &Scope, position: i64) -> Result<Option<Counts>> {
        let kept = self.kept(scope).await;
        let mut kept = kept.lock().await;
        if let Some(known) = *kept {
            if known.position >= position {
                return Ok(Some(known.counts));
            }
            if known.at.elapsed() < PAUSE {
                return Ok(None);
            }
        }
        let (position, at) = (*db.positions().borrow(), Instant::now());
        let scope = scope.clone();
        let counts = db.read(move |tx| {
            let scope = scope.clone();
            Box::pin(async move { inbox::counts(tx, &scope).await })
        });
        let counts = counts.await?;
        *kept = Some(Count { counts, position, at });
        Ok::<_, Error>(Some(counts))
    }

    async fn kept(&self, scope: &Scope) -> Kept {
        let key = match scope {
            Scope::All => None,
            Scope::Sources(ids) => Some(ids.clone()),
        };
        let mut all = self.0.lock().await;
        if all.len() >= CAPACITY && !all.contains_key(&key) {
            all.clear();
        }
        all.entry(key).or_default().clone()
    }
}
