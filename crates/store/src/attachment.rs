//! Attachments: what is known of uploaded files. Their bytes are kept by their SHA-256 outside the database.

use model::{AttachmentId, ContentId, SourceId, Timestamp};

use crate::{Error, Field, Filter, Listed, Page, Scope, Tx, params, table};

table! {
    /// An uploaded file.
    pub struct Attachment in "attachments" {
        /// Its id.
        id: AttachmentId,
        /// The content that it belongs to; none until that is written.
        content_id: Option<ContentId>,
        /// The source of that content; decides who may see it.
        source_id: Option<SourceId>,
        /// Who sent it: `user:…` or `identity:…`.
        uploader: String,
        /// Its name.
        filename: String,
        /// Its media type.
        content_type: String,
        /// Its size in bytes.
        size: i64,
        /// The SHA-256 of its bytes, in hex: where they are kept.
        sha256: String,
        /// Shown within the body.
        embed: bool,
        /// Its place among the files of its content.
        place: i64,
        /// Needs a signed address even on public sources.
        private: bool,
        /// Its id on the other side.
        foreign_id: Option<String>,
        /// When it was sent.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// The attachments of some contents, in the order in which they were put there.
pub async fn of_contents(tx: &mut Tx, contents: &[ContentId]) -> Result<Vec<Attachment>, Error> {
    if contents.is_empty() {
        return Ok(Vec::new());
    }
    let clause = format!("WHERE content_id IN ({}) ORDER BY place, id", crate::placeholders(1, contents.len()));
    tx.select(&clause, contents.iter().map(crate::Field::to_value).collect()).await
}

/// Attachments by their ids.
pub async fn by_ids(tx: &mut Tx, ids: &[AttachmentId]) -> Result<Vec<Attachment>, Error> {
    tx.by_ids(ids).await
}

/// Which attachments to list. Filters that are not set let everything through.
#[derive(Clone, Debug, Default)]
pub struct AttachmentFilter {
    /// Names that end so.
    pub extension: Option<String>,
    /// Sent at this moment or before.
    pub created_before: Option<Timestamp>,
    /// Sent at this moment or after.
    pub created_after: Option<Timestamp>,
}

/// Lists attachments, newest first: those of contents within the scope, and those that `uploader` sent.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    uploader: &str,
    wanted: &AttachmentFilter,
    page: Page,
) -> Result<Listed<Attachment>, Error> {
    let mut filter = Filter::default();
    let seen = scope.condition("source_id", &mut filter.params);
    filter.params.push(uploader.to_owned().to_value());
    filter.and(&format!("((source_id IS NOT NULL AND {seen}) OR uploader = ?{})", filter.params.len()));
    if let Some(extension) = &wanted.extension {
        let ending = extension.trim_start_matches('.').to_lowercase().replace('!', "!!");
        let pattern = format!("%.{}", ending.replace('%', "!%").replace('_', "!_"));
        filter.and_value("LOWER(filename) LIKE ? ESCAPE '!'", &pattern);
    }
    // Times of the API have seconds: the whole second counts.
    filter.and_some("created_at < ?", wanted.created_before.map(|t| t.plus_seconds(1)).as_ref());
    filter.and_some("created_at >= ?", wanted.created_after.as_ref());
    tx.list(filter, "created_at DESC, id DESC", page).await
}

/// Finds an attachment and holds it, so that no two contents take it.
pub async fn lock(tx: &mut Tx, id: &AttachmentId) -> Result<Option<Attachment>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// Removes files of visitors that no content took and that were sent before a moment, some at a time; tells how many.
pub async fn remove_free(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let sql = "DELETE FROM attachments WHERE id IN (SELECT id FROM attachments \
               WHERE content_id IS NULL AND created_at < ?1 AND uploader LIKE 'identity:%' LIMIT ?2)";
    tx.execute(sql, params![before, limit]).await
}

/// Which of these bytes, named by their SHA-256, some attachment or some mail as it came has.
pub async fn in_use(tx: &mut Tx, sha256: &[String]) -> Result<Vec<String>, Error> {
    if sha256.is_empty() {
        return Ok(Vec::new());
    }
    let places = crate::placeholders(1, sha256.len());
    let sql = format!(
        "SELECT sha256 FROM attachments WHERE sha256 IN ({places}) \
         UNION SELECT sha256 FROM raw_mails WHERE sha256 IN ({places})"
    );
    tx.rows(&sql, sha256.iter().map(Field::to_value).collect()).await?.iter_mut().map(crate::Row::take).collect()
}

/// Finds an attachment by its id alone: its address is signed, or the caller checks its source.
pub async fn find(tx: &mut Tx, id: &AttachmentId) -> Result<Option<Attachment>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}
