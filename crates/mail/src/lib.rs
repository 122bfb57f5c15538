//! Mail both ways. In: [`Letter::read`] makes a value of the bytes of a mail, whatever state they are in, without I/O or a
//! clock. Out: a mail made of its parts, and one session with the server that takes it. Knows nothing of what a mail is
//! about, and keeps nothing.
//!
//! The server that takes mails is the operator's own choice, so it may be a private one: nothing here asks where its
//! address leads.

mod folder;
mod keys;
mod lines;
mod message;
mod post;
mod quote;
mod quote_words;
mod read;
mod session;

use std::path::PathBuf;

pub use keys::{Keys, TRACE, has_prefix, plain_subject};
pub use message::{BadAddress, Mail, Party};
pub use post::{Post, Quoted, Said, answer_subject, attribution, references, signed};
pub use quote_words::REPLY_ABOVE;
pub use read::{
    Action, Automatic, File, Guard, HTML_MAX, Letter, Note, Person, Recipient, Report, ReportKind, Spam, TEXT_MAX, ids,
    is_machine,
};
pub use session::{Security, Server, Session};

/// Where mails go.
#[derive(Clone)]
pub enum Way {
    /// To a server.
    Smtp(Server),
    /// Into a folder, a file for each: to try things out, and for tests.
    Folder(PathBuf),
}

/// Why a mail was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// The code of the server's answer, when it gave one.
    pub code: Option<u16>,
    /// What went wrong, and at which step.
    pub reason: String,
    /// It is the mail's fault: trying again is of no use.
    pub is_final: bool,
}

impl Way {
    /// Sends one mail; gives what the server answered.
    ///
    /// # Errors
    /// When it was not taken. After some failures the server may have it all the same: sent again, it is the same mail,
    /// with the same `Message-ID`.
    pub async fn send(&self, mail: &Mail) -> Result<String, Failure> {
        match self {
            Self::Smtp(server) => {
                let mut session = Session::open(server).await?;
                let sent = session.send(mail).await;
                session.close().await;
                sent
            }
            Self::Folder(folder) => folder::lay(folder, mail).await,
        }
    }
}
