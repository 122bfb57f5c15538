//! How much room is left on the disk of the data folder. A part of it is kept for the database: below that, no files are
//! taken.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::Config;

/// After how many seconds it is worth to try again where the disk was nearly full.
pub(crate) const AGAIN: u64 = 60;

/// The disk of the data folder.
pub struct Disk {
    folder: PathBuf,
    reserve_bytes: u64,
    reserve_percent: u64,
    low: AtomicBool,
}

/// The room on a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What is free.
    pub free: u64,
    /// What must stay free.
    pub reserve: u64,
}

impl Disk {
    /// The disk of the data folder, with the reserve that the configuration asks for.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            folder: config.data_dir.clone(),
            reserve_bytes: config.disk_reserve_bytes,
            reserve_percent: config.disk_reserve_percent,
            low: AtomicBool::new(false),
        }
    }

    /// The room there is; none when the system does not say.
    pub fn room(&self) -> Option<Room> {
        let stat = rustix::fs::statvfs(&self.folder);
        let stat = stat.inspect_err(|error| tracing::warn!(%error, "asking how full the disk is")).ok()?;
        let total = stat.f_blocks.saturating_mul(stat.f_frsize);
        let reserve = self.reserve_bytes.max(total / 100 * self.reserve_percent);
        Some(Room { free: stat.f_bavail.saturating_mul(stat.f_frsize), reserve })
    }

    /// Whether files are taken. The log says when that changes.
    pub fn takes_files(&self) -> bool {
        let Some(Room { free, reserve }) = self.room() else { return true };
        let low = free < reserve;
        if self.low.swap(low, Ordering::Relaxed) != low {
            if low {
                tracing::warn!(free, reserve, "the disk is nearly full: no files are taken until there is more room");
            } else {
                tracing::info!(free, reserve, "there is room on the disk again: files are taken");
            }
        }
        !low
    }
}
