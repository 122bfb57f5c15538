//! Files that somebody sends: checked, cleaned, and kept under their SHA-256, so that what is sent twice is kept once and
//! never changes.

use std::time::Duration;

use aws_lc_rs::digest;
use bytes::Bytes;

use crate::app::App;
use crate::crypto::to_hex;
use crate::domain::{Error, Result, settings};
use crate::files::{Files, Found, Key};
use crate::pictures;

/// How old bytes must be before they can count as forgotten: until then whoever stored them may be about to say so.
const FRESH: Duration = Duration::from_secs(24 * 3600);
/// How many of them are asked for at once.
const BATCH: usize = 200;

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
    let notes = app.settings().await?.get(&settings::KEEP_PICTURE_NOTES);
    let bytes = if notes { bytes } else { cleaned(bytes).await? };
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    Ok((keep(&app.files, bytes).await?, size))
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

/// Keeps bytes durably; gives their SHA-256 in hex.
///
/// # Errors
/// When there is no room.
pub async fn keep(files: &Files, bytes: Bytes) -> Result<String> {
    let sha256 = to_hex(digest::digest(&digest::SHA256, &bytes).as_ref());
    let key = Key::attachment(&sha256);
    let kept = async { if files.refresh(&key).await? { Ok(()) } else { files.put(&key, bytes, None).await } };
    kept.await.map_err(refused)?;
    Ok(sha256)
}

/// Removes bytes that no attachment names any more, and what uploads that were cut off have left.
///
/// # Errors
/// As the store or the disk says.
pub(crate) async fn tidy(app: &App) -> Result<()> {
    for shelf in app.files.list(&Key::attachments()).await.map_err(failed)?.below {
        let mut old = app.files.list(&shelf).await.map_err(failed)?.files;
        old.retain(|found| found.is_older_than(FRESH));
        for some in old.chunks(BATCH) {
            remove_unused(app, some).await?;
        }
    }
    Ok(())
}

async fn remove_unused(app: &App, some: &[Found]) -> Result<()> {
    let names: Vec<String> = some.iter().map(|found| found.key.name().to_owned()).collect();
    let used = app.db.read(move |tx| Box::pin(async move { store::attachment::in_use(tx, &names).await }));
    let used = used.await.map_err(Error::Store)?;
    for found in some.iter().filter(|found| used.iter().all(|name| name != found.key.name())) {
        app.files.remove(found).await.map_err(failed)?;
    }
    Ok(())
}

/// What it means that files could not be tidied.
pub(crate) fn failed(error: std::io::Error) -> Error {
    Error::Internal(format!("tidying files: {error}"))
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
