//! The requests with an idempotency key that this process is at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The requests with a key that this process is at.
#[derive(Default)]
pub struct UnderWay(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl UnderWay {
    /// Whose turn it is with a key: hold it while at it.
    pub(crate) fn of(&self, id: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody holds any more go when others come.
        all.retain(|_, one| Arc::strong_count(one) > 1);
        all.entry(id.to_owned()).or_default().clone()
    }
}
