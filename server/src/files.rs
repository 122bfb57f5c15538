//! The bytes of attachments: one file for each SHA-256 in the data folder, written once and never changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest;
use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::sync::RwLock;

use crate::app::App;
use crate::crypto::{random_hex, to_hex};
use crate::domain::{Error, Result, settings};
use crate::pictures;

/// The folder of the bytes.
#[derive(Clone, Debug)]
pub struct Files(PathBuf, Arc<RwLock<()>>);

/// How old bytes must be before they can count as forgotten: until then whoever stored them may be about to say so.
const FRESH: Duration = Duration::from_secs(24 * 3600);

impl Files {
    /// Uses `files` in the data folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(data_dir: &Path) -> std::io::Result<Self> {
        let folder = data_dir.join("files");
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder, Arc::default()))
    }

    /// Where the bytes with this SHA-256 are.
    #[must_use]
    pub fn path(&self, sha256: &str) -> PathBuf {
        self.0.join(sha256.get(..2).unwrap_or("00")).join(sha256)
    }

    /// Stores bytes durably; gives their SHA-256 in hex.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn store(&self, bytes: &[u8]) -> Result<String> {
        let sha256 = to_hex(digest::digest(&digest::SHA256, bytes).as_ref());
        let _not_tidied = self.1.read().await;
        let write = async {
            let path = self.path(&sha256);
            if tokio::fs::try_exists(&path).await? {
                return touch(path).await;
            }
            let folder = path.parent().unwrap_or(&self.0).to_owned();
            tokio::fs::create_dir_all(&folder).await?;
            // Two uploads of the same bytes may cross: each writes a file of its own, and the last name wins.
            let part = folder.join(format!("{sha256}.{}.part", random_hex(6)));
            let mut file = tokio::fs::File::create(&part).await?;
            file.write_all(bytes).await?;
            file.sync_all().await?;
            tokio::fs::rename(&part, &path).await?;
            tokio::fs::File::open(&folder).await?.sync_all().await
        };
        let outcome: std::io::Result<()> = write.await;
        outcome.map_err(refused)?;
        Ok(sha256)
    }

    /// The names of the folders that hold the bytes.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn folders(&self) -> std::io::Result<Vec<PathBuf>> {
        let mut folders = Vec::new();
        let mut entries = tokio::fs::read_dir(&self.0).await?;
        while let Some(entry) = entries.next_entry().await? {
            if entry.file_type().await?.is_dir() {
                folders.push(entry.path());
            }
        }
        Ok(folders)
    }

    /// The files of one folder that are not fresh, by their names: bytes, and what an upload that was cut off left.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn old(&self, folder: &Path) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        let mut entries = tokio::fs::read_dir(folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            if is_old(&entry.path()).await {
                names.extend(entry.file_name().into_string().ok());
            }
        }
        Ok(names)
    }

    /// Removes a file unless somebody has stored the same bytes meanwhile.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_old(&self, folder: &Path, name: &str) -> std::io::Result<()> {
        let path = folder.join(name);
        let _alone = self.1.write().await;
        if is_old(&path).await { tokio::fs::remove_file(path).await } else { Ok(()) }
    }
}

/// Checks that the bytes of a file that somebody sent can be stored.
///
/// # Errors
/// 422 for an empty file, 413 for one that is too large, 507 when the disk is nearly full.
pub fn check(app: &App, bytes: &Bytes) -> Result<()> {
    let limit = app.config.attachment_max_bytes;
    if bytes.len() > limit {
        return Err(Error::TooLarge(format!("the file is larger than {limit} bytes").into()));
    }
    if bytes.is_empty() {
        return Err(Error::Unprocessable("attachment_empty", "the file is empty".into()));
    }
    if app.disk.takes_files() {
        return Ok(());
    }
    app.meters.upload("no_room");
    Err(Error::DiskReserve)
}

/// Stores the bytes of a file that somebody sent, without what cameras noted in pictures unless the setting
/// `keep_picture_notes` says so; gives the SHA-256 in hex and the size.
///
/// # Errors
/// As [`check`]; when the disk refuses.
pub async fn take_in(app: &App, bytes: Bytes) -> Result<(String, i64)> {
    check(app, &bytes)?;
    let keep = app.settings().await?.get(&settings::KEEP_PICTURE_NOTES);
    let bytes = if keep { bytes } else { cleaned(bytes).await? };
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    Ok((app.files.store(&bytes).await?, size))
}

/// What a disk that does not take a file means for whoever sent it.
fn refused(error: std::io::Error) -> Error {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded => Error::Store(store::Error::Full(format!("storing a file: {error}"))),
        _ => Error::Internal(format!("storing a file: {error}")),
    }
}

/// A picture without its notes, which may take a while: nothing else waits for it.
async fn cleaned(bytes: Bytes) -> Result<Bytes> {
    let clean = tokio::task::spawn_blocking(move || pictures::without_notes(bytes));
    clean.await.map_err(|e| Error::Internal(format!("reading a picture: {e}")))
}

/// Makes bytes that are stored once more look fresh.
#[expect(clippy::disallowed_methods, reason = "it is compared with the times that the file system itself notes")]
async fn touch(path: PathBuf) -> std::io::Result<()> {
    let touched = tokio::task::spawn_blocking(move || {
        std::fs::File::options().append(true).open(path)?.set_modified(SystemTime::now())
    });
    touched.await.map_err(std::io::Error::other)?
}

async fn is_old(path: &Path) -> bool {
    let modified = tokio::fs::metadata(path).await.and_then(|about| about.modified());
    modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > FRESH))
}

/// The media type by the name's ending; the sender's own word is not trusted.
#[must_use]
pub fn media_type(filename: &str) -> &'static str {
    let extension = filename.rsplit_once('.').map_or("", |(_, e)| e).to_lowercase();
    match extension.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "bmp" => "image/bmp",
        "tif" | "tiff" => "image/tiff",
        "heic" => "image/heic",
        "heif" => "image/heif",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "mp4" | "m4v" => "video/mp4",
        "3gp" => "video/3gpp",
        "mov" | "qt" => "video/quicktime",
        "avi" => "video/x-msvideo",
        "mkv" => "video/x-matroska",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "csv" => "text/csv",
        "ics" => "text/calendar",
        "vcf" => "text/vcard",
        "eml" => "message/rfc822",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}
