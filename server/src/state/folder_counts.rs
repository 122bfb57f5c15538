//! How many threads the folders of each user have, kept for a moment: a console asks for all of them whenever
//! something happened.
//!
//! A count holds until the journal moves. When it has moved, an old count is still good for ten times as long as it
//! took to count: what is cheap is always exact, and what is dear takes a tenth of the time at the most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::{FolderId, Timestamp, UserId};
use store::Db;
use store::folder::Folder;

use crate::domain::{Actor, Result, folder};

/// Most counts that are kept at once.
const CAPACITY: usize = 20_000;
/// How long a count holds when nothing happens: queries know yesterday from today.
const LONGEST: Duration = Duration::from_secs(60);
/// A count is good for this many times as long as it took.
const RATIO: u32 = 10;

/// The counts.
#[derive(Default)]
pub struct FolderCounts(Mutex<HashMap<(FolderId, UserId), Kept>>);

/// One count, and under which circumstances it was made.
struct Kept {
    count: Option<i64>,
    /// The folder's last change.
    updated_at: Timestamp,
    /// The journal's position.
    position: i64,
    /// The administration's number: permissions may have changed.
    administration: u64,
    at: Instant,
    took: Duration,
}

impl FolderCounts {
    /// How many threads of a folder somebody may read; none for one that shows no number.
    pub async fn of(&self, db: &Db, actor: &Arc<Actor>, of: Folder) -> Result<Option<i64>> {
        if !of.render_threads_count || of.query.is_none() {
            return Ok(None);
        }
        let key = (of.id.clone(), actor.user.id.clone());
        let (updated_at, position, administration) = (of.updated_at, *db.positions().borrow(), db.administration());
        if let Some(kept) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            let same = kept.updated_at == updated_at && kept.administration == administration;
            let holds = if kept.position == position { LONGEST } else { kept.took * RATIO };
            if same && kept.at.elapsed() < holds {
                return Ok(kept.count);
            }
        }
        let (at, who) = (Instant::now(), actor.clone());
        let count = db.read(move |tx| Box::pin(async move { folder::count(tx, &who, &of).await })).await?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CAPACITY {
            all.clear();
        }
        all.insert(key, Kept { count, updated_at, position, administration, at, took: at.elapsed() });
        Ok(count)
    }
}
