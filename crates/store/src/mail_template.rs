//! The words of the mails that visitors get, one template for a language.

use model::{MailTemplateId, Timestamp};

use crate::{Error, Tx, params, table};

table! {
    /// The words in one language.
    pub struct MailTemplate in "mail_templates" {
        /// Its id.
        id: MailTemplateId,
        /// The language's code.
        language: String,
        /// What a mail is about.
        subject: String,
        /// What it says, in HTML as it was written.
        html: String,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Finds a template.
pub async fn find(tx: &mut Tx, id: &MailTemplateId) -> Result<Option<MailTemplate>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a template and holds it.
pub async fn lock(tx: &mut Tx, id: &MailTemplateId) -> Result<Option<MailTemplate>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// The template of a language.
pub async fn of_language(tx: &mut Tx, language: &str) -> Result<Option<MailTemplate>, Error> {
    tx.find("WHERE language = ?1", params![language.to_owned()]).await
}
