//! The bytes of attachments: one file for each SHA-256 in the data folder, written once and never changed.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use tokio::io::AsyncWriteExt;

use crate::crypto::{random_hex, to_hex};
use crate::domain::{Error, Result};

/// The folder of the bytes.
#[derive(Clone, Debug)]
pub struct Files(PathBuf);

impl Files {
    /// Uses `files` in the data folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(data_dir: &Path) -> std::io::Result<Self> {
        let folder = data_dir.join("files");
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
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
        let write = async {
            let path = self.path(&sha256);
            if tokio::fs::try_exists(&path).await? {
                return Ok(());
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
        outcome.map_err(|e| Error::Internal(format!("storing a file: {e}")))?;
        Ok(sha256)
    }
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
        "mp3" => "audio/mpeg",
        "mp4" | "m4v" => "video/mp4",
        "mov" | "qt" => "video/quicktime",
        "avi" => "video/x-msvideo",
        "mkv" => "video/x-matroska",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "csv" => "text/csv",
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

/// The endings that visitors and agents may send in a chat (`docs/interactions/web-messaging/attachments.md`).
pub const CHAT_EXTENSIONS: &[&str] = &[
    "mp3", "bmp", "gif", "jpg", "jpeg", "png", "tif", "tiff", "eml", "pdf", "key", "odp", "otp", "pps", "ppt", "pptx",
    "pot", "csv", "numbers", "ods", "ots", "xls", "xlsm", "xlsx", "xlc", "xlt", "xltm", "xltx", "avi", "flv", "m4v",
    "mkv", "mov", "mp4", "mpg", "qt", "wmv", "doc", "docm", "docx", "dotm", "dotx", "pages", "odt", "ott",
];
