//! Attachments: rows for files whose bytes `files` keeps.

use model::AttachmentId;
use store::attachment::{self, Attachment, AttachmentFilter};
use store::content::Content;
use store::source::Source;
use store::{Listed, Page, Tx};

use crate::base::{Actor, Error, Fault, Result};
use crate::conversation::act;

/// A file whose bytes are stored.
#[derive(Clone, Debug)]
pub struct NewAttachment {
    /// Who sent it: `user:…` or `identity:…`.
    pub uploader: String,
    /// Its name.
    pub filename: String,
    /// Its media type.
    pub content_type: String,
    /// Its size in bytes.
    pub size: i64,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Not to be shown in public.
    pub private: bool,
}

/// Lists the attachments that the actor may see, newest first: those of contents that they may read, and their own.
pub async fn list(tx: &mut Tx, actor: &Actor, wanted: &AttachmentFilter, page: Page) -> Result<Listed<Attachment>> {
    Ok(attachment::list(tx, actor.scope(), &uploader(actor), wanted, page).await?)
}

/// How an attachment names a user who sent it.
#[must_use]
pub fn uploader(actor: &Actor) -> String {
    format!("user:{}", actor.user.id)
}

/// Finds an attachment that the actor may see.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &AttachmentId) -> Result<Attachment> {
    let found = attachment::find(tx, id).await?.ok_or(Error::NotFound("attachment"))?;
    let own = found.uploader == uploader(actor);
    let readable = found.source_id.as_ref().is_some_and(|s| actor.scope().allows(s));
    if own || readable { Ok(found) } else { Err(Error::NotFound("attachment")) }
}

/// Notes a file.
pub async fn create(tx: &mut Tx, new: NewAttachment) -> Result<Attachment> {
    let NewAttachment { uploader, filename, content_type, size, sha256, private } = new;
    let now = tx.now();
    let attachment = Attachment {
        id: AttachmentId::new(now),
        content_id: None,
        source_id: None,
        uploader,
        filename: clean_filename(&filename),
        content_type,
        size,
        sha256,
        embed: false,
        place: 0,
        private,
        foreign_id: None,
        created_at: now,
        updated_at: now,
    };
    tx.insert(&attachment).await?;
    Ok(attachment)
}

/// Finds files that `uploader` sent and no content has yet, and holds them: the caller attaches them. An id that
/// comes twice counts once.
///
/// # Errors
/// 422 when one of them is not such a file.
pub async fn claim(tx: &mut Tx, uploader: &str, ids: &[AttachmentId]) -> Result<Vec<Attachment>> {
    if ids.len() > 20 {
        return Err(Error::invalid("attachment_ids", Fault::too_many(20)));
    }
    let mut files = Vec::with_capacity(ids.len());
    for (at, id) in ids.iter().enumerate() {
        if ids[..at].contains(id) {
            continue;
        }
        let found = attachment::lock(tx, id).await?.filter(|a| a.uploader == uploader && a.content_id.is_none());
        files.push(found.ok_or_else(|| {
            Error::invalid("attachment_ids", Fault::no("free upload", format_args!("{id} of yours")))
        })?);
    }
    Ok(files)
}

/// How long a visitor may take from sending a file to the message with it, in seconds.
const FREE_SECONDS: i64 = 24 * 3600;
/// Files that are removed in one transaction.
const STEP: i64 = 200;

/// Removes files that visitors sent and never used; tells whether there may be more. Their bytes follow when the
/// folder is tidied. What agents and bots uploaded stays: a structured message may show it.
pub async fn forget_free(tx: &mut Tx) -> Result<bool> {
    let before = tx.now().plus_seconds(-FREE_SECONDS);
    let removed = attachment::remove_free(tx, before, STEP).await?;
    Ok(removed >= STEP.unsigned_abs())
}

/// Gives files to a content.
pub async fn attach(tx: &mut Tx, files: &[Attachment], content: &Content) -> Result<()> {
    for (place, file) in (0..).zip(files) {
        let mut file = file.clone();
        file.place = place;
        file.content_id = Some(content.id.clone());
        file.source_id = Some(content.source_id.clone());
        file.updated_at = tx.now();
        tx.update(&file).await?;
    }
    Ok(())
}

/// Pictures, sounds and films, by the endings of their names.
const MEDIA: &[&str] = &[
    "3gp", "aac", "avi", "bmp", "flac", "flv", "gif", "heic", "heif", "jpeg", "jpg", "m4a", "m4v", "mkv", "mov", "mp3",
    "mp4", "mpeg", "mpg", "oga", "ogg", "ogv", "opus", "png", "qt", "tif", "tiff", "wav", "weba", "webm", "webp",
    "wmv",
];
/// Documents, by the endings of their names.
const DOCUMENTS: &[&str] = &[
    "csv", "doc", "docm", "docx", "dotm", "dotx", "eml", "ics", "key", "md", "numbers", "odp", "ods", "odt", "otp",
    "ots", "ott", "pages", "pdf", "pot", "pps", "ppt", "pptx", "rtf", "txt", "vcf", "xlc", "xls", "xlsm", "xlsx",
    "xlt", "xltm", "xltx",
];

/// Whether a source takes a file of this name from customers (its setting `attachments_security_level`): `strict`
/// takes pictures, sounds and films, `relaxed` documents and files without an ending too, `permissive` everything.
#[must_use]
pub fn is_taken(source: &Source, filename: &str) -> bool {
    let ending = ending(filename);
    let media = MEDIA.contains(&ending.as_str());
    match source.setting("attachments_security_level") {
        Some("permissive") => true,
        Some("strict") => media,
        _ => media || ending.is_empty() || DOCUMENTS.contains(&ending.as_str()),
    }
}

/// The ending of a file's name, in small letters; empty when it has none.
#[must_use]
pub fn ending(filename: &str) -> String {
    filename.rsplit_once('.').map_or("", |(_, ending)| ending).to_lowercase()
}

/// The endings of files that customers or agents may send on a source; none where every type is. Widget and console are
/// told them before anything is sent.
#[must_use]
pub fn endings(source: &Source, from_customer: bool) -> Option<Vec<&'static str>> {
    let all = source.kind.caps().files?.iter().copied();
    Some(all.filter(|ending| !from_customer || is_taken(source, &format!("file.{ending}"))).collect())
}

/// Whether a customer or an agent may send a file of this name on a source.
#[must_use]
pub fn takes(source: &Source, filename: &str, from_customer: bool) -> bool {
    endings(source, from_customer).is_none_or(|all| all.contains(&ending(filename).as_str()))
}

/// The endings of the files that an agent may send in a conversation; none where any can be.
#[must_use]
pub fn offered(source: &Source, private: bool) -> Option<Vec<&'static str>> {
    let kind = if private { "private_message" } else { "message" };
    if takes_files(source, kind) { endings(source, false) } else { Some(Vec::new()) }
}

/// Whether contents of a kind can have files on a source. A third party that has told its options names those that can; one
/// that has told none is sent them.
#[must_use]
pub fn takes_files(source: &Source, kind: &str) -> bool {
    !source.kind.caps().sdk || source.may_have_option(&format!("{}.attachments", act::object(source, kind)))
}

/// Longest file name in characters.
const NAME_MAX: usize = 150;

/// The last part of a path, without characters that a file system or a header would trip over, or that make a name
/// look like another one. What is too long is cut before its ending.
#[must_use]
pub fn clean_filename(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    let last = text::without_direction(last);
    let clean: String = last.chars().filter(|c| !c.is_control() && !"\"<>|?*:".contains(*c)).collect();
    let clean = clean.trim().trim_start_matches('.');
    let ending = clean.rfind('.').map_or("", |at| &clean[at..]);
    let ending = if ending.chars().count() <= 16 { ending } else { "" };
    let stem = &clean[..clean.len() - ending.len()];
    let stem = text::beginning(stem, NAME_MAX - ending.chars().count());
    let short = format!("{stem}{ending}");
    if short.trim_matches('.').is_empty() { "file".into() } else { short }
}
