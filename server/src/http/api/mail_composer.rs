//! `/console/mail_composer`: what a composer is told of a mail that is about to be written; `/console/dead_addresses`: which
//! of its recipients it would not reach.

use axum::extract::State;
use model::{ContentId, SourceId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::domain::mail_out::{self, Addressed, Composer, RECIPIENTS_MAX};
use crate::domain::{Error, Fault, dead_address};
use crate::http::{Caller, Params, Reply, Result};

/// To whom an answer goes.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MailAddressed")]
pub(crate) struct AddressedOut {
    /// Those it is written to.
    to: Vec<String>,
    /// Those who get a copy.
    cc: Vec<String>,
}

/// Why nothing can be sent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MailRefused")]
pub(crate) struct RefusedOut {
    /// For programs.
    code: &'static str,
    /// In English.
    message: String,
}

/// What a composer is told of a mail.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MailComposer")]
pub(crate) struct ComposerOut {
    /// Why nothing can be sent from the mailbox; null when mails can be.
    refused: Option<RefusedOut>,
    /// Whom it is from, as its recipients see it.
    from: Option<String>,
    /// The mailbox's own addresses: it may go from each of them.
    own_addresses: Vec<String>,
    /// The subject of an answer; null for a new mail.
    subject: Option<String>,
    /// To whom an answer goes; null for a new mail.
    reply: Option<AddressedOut>,
    /// To whom an answer to all goes; null for a new mail.
    reply_all: Option<AddressedOut>,
    /// What stands below it.
    signature: Option<String>,
    /// Whether what it answers stands below it, where that is not said.
    quote_answered: bool,
    /// How many recipients it may have.
    max_recipients: usize,
    /// How large it may be with its files, in bytes.
    max_bytes: i64,
    /// Whether files that do not fit into that go as links to them; else it is refused.
    link_large_files: bool,
    /// How long its text may be, in characters.
    max_text: usize,
}

impl From<Addressed> for AddressedOut {
    fn from(Addressed { to, cc }: Addressed) -> Self {
        Self { to, cc }
    }
}

impl From<Composer> for ComposerOut {
    fn from(composer: Composer) -> Self {
        let Composer { refused, from, own_addresses, subject, reply, reply_all, .. } = composer;
        let Composer { signature, quote_answered, max_bytes, link_large_files, max_text, .. } = composer;
        let told = |fault: Fault| RefusedOut { code: mail_out::CANNOT_SEND, message: fault.to_string() };
        Self {
            refused: refused.map(told),
            from,
            own_addresses,
            subject,
            reply: reply.map(AddressedOut::from),
            reply_all: reply_all.map(AddressedOut::from),
            signature,
            quote_answered,
            max_recipients: RECIPIENTS_MAX,
            max_bytes,
            link_large_files,
            max_text,
        }
    }
}

/// Getting what an answer to a content, or a new mail from a source, would be.
pub(crate) async fn show(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Reply<ComposerOut>> {
    let content = params.id("content_id", ContentId::parse)?;
    let source = params.id("source_id", SourceId::parse)?;
    if content.is_none() && source.is_none() {
        return Err(params.missing("content_id").into());
    }
    let found = app.db.read(move |tx| {
        Box::pin(async move {
            match (content, source) {
                (Some(id), _) => mail_out::answering(tx, &actor, &id).await,
                (None, Some(id)) => mail_out::beginning(tx, &actor, &id).await,
                (None, None) => Err(Error::missing("content_id")),
            }
        })
    });
    Ok(Reply(found.await?.into()))
}

/// Addresses that do not work.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeadAddresses")]
pub(crate) struct DeadOut {
    /// Those of the given ones, as they were given.
    addresses: Vec<String>,
}

/// Getting which of some addresses do not work.
pub(crate) async fn dead(State(app): State<App>, Caller(_): Caller, params: Params) -> Result<Reply<DeadOut>> {
    let given = params.texts("addresses")?.unwrap_or_default();
    let found = app.db.read(move |tx| Box::pin(async move { dead_address::among(tx, &given).await }));
    Ok(Reply(DeadOut { addresses: found.await? }))
}
