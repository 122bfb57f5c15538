//! The pictures of people that are fetched at this moment.

use std::collections::HashMap;
use std::sync::Mutex;

use tokio::sync::{Semaphore, watch};

/// How many are fetched at once.
const AT_ONCE: usize = 4;

/// The pictures that are here. An empty file stands for one that could not be had.
pub struct Avatars {
    /// What is fetched or waits for that; whoever looks waits for the end of it.
    pub(crate) under_way: Mutex<HashMap<String, watch::Receiver<()>>>,
    pub(crate) places: Semaphore,
}

impl Default for Avatars {
    fn default() -> Self {
        Self { under_way: Mutex::default(), places: Semaphore::new(AT_ONCE) }
    }
}
