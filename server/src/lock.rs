//! One server for one data folder.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, bail};

/// Held as long as a server or a restore works on a data folder; the system lets go of it when the process ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "closing the file lets go of the lock")] File);

impl Lock {
    /// Takes the folder, which is made when it is missing.
    ///
    /// # Errors
    /// When somebody else has it.
    pub fn take(data_dir: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data_dir).with_context(|| format!("creating {}", data_dir.display()))?;
        let path = data_dir.join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.with_context(|| format!("opening {}", path.display()))?;
        if file.try_lock().is_err() {
            bail!("a server or a restore is using the data folder {}", data_dir.display());
        }
        Ok(Self(file))
    }
}
