//! Attachments: what is known of uploaded files. Their bytes are kept by their SHA-256 outside the database.

use model::{AttachmentId, ContentId, SourceId, Timestamp};

use crate::{Error, Tx, params, table};

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

/// The attachments of some contents, in the order in which they were sent.
///
/// # Errors
/// As the database says.
pub async fn of_contents(tx: &mut Tx, contents: &[ContentId]) -> Result<Vec<Attachment>, Error> {
    if contents.is_empty() {
        return Ok(Vec::new());
    }
    let clause = format!("WHERE content_id IN ({}) ORDER BY id", crate::placeholders(1, contents.len()));
    tx.select(&clause, contents.iter().map(crate::Field::to_value).collect()).await
}

/// Finds an attachment by its id alone: its address is signed, or the caller checks its source.
///
/// # Errors
/// As the database says.
pub async fn find(tx: &mut Tx, id: &AttachmentId) -> Result<Option<Attachment>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}
