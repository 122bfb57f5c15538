//! Who this process is. What it has taken to do carries its name, so that nobody else's word counts there; and a process
//! that starts on the same data folder knows whose work lies idle.

use std::io;
use std::path::Path;

use crate::crypto::random_hex;

/// The file in the data folder with the name of the process that has it.
const FILE: &str = "process";

/// A process's name, and that of the one whose place it takes.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its own, which no other has or will have.
    pub name: String,
    /// That of the last one on this data folder; none when there was none, or it is not known.
    pub former: Option<String>,
}

impl Process {
    /// Takes a name, and leaves it for the next one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(FILE);
        let former = std::fs::read_to_string(&path).ok().filter(|name| !name.is_empty());
        let name = random_hex(12);
        std::fs::write(&path, &name)?;
        Ok(Self { name, former })
    }
}
