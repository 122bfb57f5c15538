//! What was read of the administration, kept until that changes: actors by their tokens, sources of third parties.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use store::{Db, Tx, TxFuture};

use crate::domain::{Error, Result};

/// The most that are kept at once; more are loaded anew each time.
const CAPACITY: usize = 10_000;

/// What is kept, by its key.
pub struct AdministrationCache<T>(Mutex<Kept<T>>);

struct Kept<T> {
    /// The administration's number under which all of it was loaded.
    number: u64,
    values: HashMap<String, Arc<T>>,
}

impl<T> Default for AdministrationCache<T> {
    fn default() -> Self {
        Self(Mutex::new(Kept { number: 0, values: HashMap::new() }))
    }
}

impl<T: Send + Sync + 'static> AdministrationCache<T> {
    /// What has this key, loaded when it is not kept or may be stale.
    ///
    /// # Errors
    /// As loading says.
    pub async fn get<F>(&self, db: &Db, key: String, load: F) -> Result<Arc<T>>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, Error> + Clone + Send + 'static,
    {
        let number = db.administration();
        if let Some(value) = self.kept(number, &key) {
            return Ok(value);
        }
        let value = Arc::new(db.read(load).await?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Loaded under an older number than the map's: it may be stale already, so it serves this request alone.
        if kept.number == number && kept.values.len() < CAPACITY {
            kept.values.insert(key, value.clone());
        }
        Ok(value)
    }

    fn kept(&self, number: u64, key: &str) -> Option<Arc<T>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.number != number {
            *kept = Kept { number, values: HashMap::new() };
        }
        kept.values.get(key).cloned()
    }
}
