//! How the dispatcher wakes the other workers of this process. A wake-up is only a hint to look at the database:
//! losing one costs time, never work.

use std::sync::Arc;

use tokio::sync::Notify;

/// The bells of this process's workers. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Wakes(Arc<Bells>);

#[derive(Debug, Default)]
pub(super) struct Bells {
    /// An intervention was put aside: the next one to reactivate may be another now.
    pub(super) deferred: Notify,
    /// A content waits to be handed to its source.
    pub(super) exports: Notify,
}

impl std::ops::Deref for Wakes {
    type Target = Bells;
    fn deref(&self) -> &Bells {
        &self.0
    }
}
