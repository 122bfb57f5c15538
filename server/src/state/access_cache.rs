//! Actors by their tokens, kept until the administration changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use store::{Db, Tx, TxFuture};

use crate::domain::{Actor, Error, Result};

/// Most tokens that are kept at once; more are loaded anew each time.
const CAPACITY: usize = 10_000;

/// Actors by the hash of their token.
#[derive(Default)]
pub struct AccessCache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// The administration's number under which the actors were loaded.
    number: u64,
    actors: HashMap<String, Arc<Actor>>,
}

impl AccessCache {
    /// The actor under `key`, loaded when it is not kept or may be stale.
    ///
    /// # Errors
    /// As loading says.
    pub async fn get<F>(&self, db: &Db, key: String, load: F) -> Result<Arc<Actor>>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, Actor, Error> + Clone + Send + 'static,
    {
        let number = db.administration();
        if let Some(actor) = self.kept(number, &key) {
            return Ok(actor);
        }
        let actor = Arc::new(db.read(load).await?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Loaded under an older number than the map's: it may be stale already, so it serves this request alone.
        if kept.number == number && kept.actors.len() < CAPACITY {
            kept.actors.insert(key, actor.clone());
        }
        Ok(actor)
    }

    fn kept(&self, number: u64, key: &str) -> Option<Arc<Actor>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.number != number {
            *kept = Kept { number, actors: HashMap::new() };
        }
        kept.actors.get(key).cloned()
    }
}
