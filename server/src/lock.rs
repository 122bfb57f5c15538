//! One server for one data folder.

use std::fs::File;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::{Context, bail};

/// Held as long as a server or a restore works on a data folder; the system lets go of it when the process ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "closing the file lets go of the lock")] File);

/// Makes the data folder when it is missing. Messages, files and hashes of passwords will be in it: nobody else on the
/// machine reads them.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(data_dir: &Path) -> anyhow::Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir);
    made.with_context(|| format!("creating the data folder {}", data_dir.display()))
}

impl Lock {
    /// Takes the folder, which is made when it is missing.
    ///
    /// # Errors
    /// When somebody else has it.
    pub fn take(data_dir: &Path) -> anyhow::Result<Self> {
        make_folder(data_dir)?;
        let path = data_dir.join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.with_context(|| format!("opening {}", path.display()))?;
        if file.try_lock().is_err() {
            bail!("a server or a restore is using the data folder {}", data_dir.display());
        }
        Ok(Self(file))
    }
}
