//! The settings of the domain, kept until the administration changes.

use std::sync::{Arc, Mutex, PoisonError};

use store::Db;

use crate::domain::Result;
use crate::domain::settings::{self, Settings};

/// The settings, and the administration's number under which they were read.
#[derive(Default)]
pub(crate) struct SettingsCache(Mutex<Option<(u64, Arc<Settings>)>>);

impl SettingsCache {
    /// The settings as they are now.
    pub(crate) async fn get(&self, db: &Db) -> Result<Arc<Settings>> {
        let number = db.administration();
        if let Some((_, settings)) = self.kept().filter(|(known, _)| *known == number) {
            return Ok(settings);
        }
        let settings = Arc::new(db.read(|tx| Box::pin(settings::load(tx))).await?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((number, settings.clone()));
        Ok(settings)
    }

    fn kept(&self) -> Option<(u64, Arc<Settings>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
