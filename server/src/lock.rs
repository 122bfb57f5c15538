//! One server for one data folder.

use std::fs::{File, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};

/// Held as long as a server or a restore works on a data folder; the system lets go of it when the process ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "closing the file lets go of the lock")] File);

/// Makes the data folder when it is missing. Messages, files and hashes of passwords will be in it: nobody else on the
/// machine reads them. One that others can read is mended, and that is said.
///
/// # Errors
/// When it cannot be made, or others can read it and that cannot be mended.
pub fn make_folder(data_dir: &Path) -> anyhow::Result<()> {
    let name = data_dir.display();
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir);
    made.with_context(|| format!("creating the data folder {name}"))?;
    let mode = std::fs::metadata(data_dir).with_context(|| format!("reading {name}"))?.permissions().mode();
    if mode & 0o1000 != 0 {
        bail!("{name} is a folder for everybody (such as /tmp): make one of its own in it, and set data_dir to that");
    }
    if mode & 0o077 != 0 {
        let mode = format!("{:o}", mode & 0o777);
        match std::fs::set_permissions(data_dir, Permissions::from_mode(0o700)) {
            Ok(()) => tracing::warn!(folder = %name, mode, "others could read the data folder: mended"),
            // A volume that belongs to somebody else, and that its group was given on purpose.
            Err(error) if mode.ends_with('0') => {
                tracing::warn!(folder = %name, mode, %error, "its group can read the data folder");
            }
            Err(error) => {
                let refused = format!("others can read the data folder {name}, and chmod 700 is refused");
                return Err(error).context(refused);
            }
        }
    }
    Ok(())
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
