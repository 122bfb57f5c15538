//! What is shown of a content that is a mail: to whom it goes and how that fares, by what it joined its conversation, and
//! its pictures.

use model::MailState;
use schemars::JsonSchema;
use serde::Serialize;
use store::attachment::Attachment;
use store::mail::{LeftOut, Mail, MailRecipient, Posted};

use super::attachment::url;
use crate::app::App;

/// What a content has that came as a mail, or goes out as one.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MailFacts")]
pub struct MailOut {
    /// Whom it is from, as they write themselves.
    from: Option<String>,
    /// Where answers go, when that is told.
    reply_to: Vec<String>,
    /// To whom it was written.
    to: Vec<String>,
    /// Who got a copy.
    cc: Vec<String>,
    /// Who gets ours without the others knowing.
    bcc: Vec<String>,
    /// How ours fares with each of those; empty for mails that came.
    deliveries: Vec<DeliveredOut>,
    /// Some of those get it, and some do not.
    partly_delivered: bool,
    /// Why a copy of ours does not lie in the mailbox for those; null where it does, is to, or there is to be none.
    copy_missing: Option<String>,
    /// By what it joined its conversation; null for ours.
    #[schemars(extend("enum" = [
        "ancestor", "manual", "new", "reference", "report", "subject", "subject_changed", "token", "too_old", null
    ]))]
    thread_reason: Option<String>,
    /// Whose mail somebody of the company passes on in it, who may be made the customer; null otherwise.
    forwarded_from: Option<String>,
    /// What of one that came was too large, and was not fetched.
    left_out: Vec<LeftOutOut>,
    /// Where in its text quoted text begins, in characters; null where there is none.
    quote_from: Option<i64>,
    /// What has to be known of it.
    #[schemars(extend("items" = {"enum": [
        "encrypted", "file_empty", "file_too_large", "files_cut", "forged", "mail_cut", "other_address", "text_cut",
        "unwanted"
    ]}))]
    notes: Vec<String>,
}

/// A part of a mail that was not fetched.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MailPartLeftOut")]
pub struct LeftOutOut {
    /// Its name.
    name: String,
    /// About how many bytes it has.
    size: i64,
}

impl From<LeftOut> for LeftOutOut {
    fn from(LeftOut { name, size }: LeftOut) -> Self {
        Self { name, size }
    }
}

/// How a mail of ours fares with one of those whom it goes to.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MailRecipientState")]
pub struct DeliveredOut {
    /// The address.
    address: String,
    /// Where it stands.
    #[schemars(extend("enum" = ["to", "cc", "bcc"]))]
    field: String,
    /// How it fares: `sent` when the mailbox's own server has taken it.
    state: MailState,
    /// The code of the server that said so last.
    code: Option<String>,
    /// What that said.
    reason: Option<String>,
}

impl From<&MailRecipient> for DeliveredOut {
    fn from(recipient: &MailRecipient) -> Self {
        let MailRecipient { field, address, state, code, reason, .. } = recipient.clone();
        Self { address, field, state, code, reason }
    }
}

impl From<&Posted> for MailOut {
    fn from(posted: &Posted) -> Self {
        let Mail {
            sender,
            reply_to,
            recipients,
            copied,
            hidden,
            thread_reason,
            quote_from,
            notes,
            forwarded_from,
            left_out,
            ..
        } = posted.mail.clone();
        let failed = posted.recipients.iter().filter(|one| one.state == MailState::Failed).count();
        Self {
            from: sender,
            reply_to: reply_to.0,
            to: recipients.0,
            cc: copied.0,
            bcc: hidden.0,
            deliveries: posted.recipients.iter().map(DeliveredOut::from).collect(),
            partly_delivered: failed > 0 && failed < posted.recipients.len(),
            copy_missing: posted.copy_missing.clone(),
            thread_reason: Some(thread_reason).filter(|reason| !reason.is_empty()),
            forwarded_from,
            left_out: left_out.map(|all| all.0).unwrap_or_default().into_iter().map(LeftOutOut::from).collect(),
            quote_from,
            notes: notes.0,
        }
    }
}

/// The HTML of a mail with its own pictures at addresses of ours.
pub fn html(app: &App, html: &str, files: &[Attachment]) -> String {
    let named = |id: &str| files.iter().find(|file| file.embed && file.foreign_id.as_deref() == Some(id));
    richtext::shown(html, |id| named(id).map(|file| url(app, file)))
}
