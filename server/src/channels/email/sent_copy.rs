//! The copy of a mail that went out, in the mailbox that a source names for that. A mail is sent whether it has one or not.

use std::time::Duration;

use store::source::Source;

use super::fetch::{Stop, door, enter};
use super::imap::{COMMAND, Session, Step, Trouble, limited};
use super::line::{ANSWER, QUIET};
use super::names;
use crate::app::App;
use crate::domain::mail_copy::MAILBOX;

/// Lays a copy of a mail into the mailbox for those that were sent, where the source still names one. Where that may have been
/// done before, it is looked for first: `before` is its `Message-ID` then.
pub(super) async fn lay(app: &App, source: &Source, before: Option<&str>, bytes: &[u8]) -> Result<(), Trouble> {
    let Some(mailbox) = source.setting(MAILBOX) else { return Ok(()) };
    let mut door = door(app, source).await.map_err(Stop::told)?;
    let mut session = enter(app, source, &mut door).await.map_err(Stop::told)?;
    let laid = append(&mut session, mailbox, before, bytes).await;
    session.close().await;
    laid
}

/// How long a mail may take beside what a command does, on a slow line.
fn time_for(bytes: usize) -> Duration {
    const BYTES_A_SECOND: u64 = 32 << 10;
    Duration::from_secs(bytes as u64 / BYTES_A_SECOND)
}

async fn append(session: &mut Session, mailbox: &str, before: Option<&str>, bytes: &[u8]) -> Result<(), Trouble> {
    if let Some(id) = before {
        session.examine(mailbox).await?;
        if !session.named(id).await?.is_empty() {
            return Ok(());
        }
    }
    session.imap.get_mut().allow(ANSWER, QUIET);
    let laying = session.imap.append(names::encode(mailbox), Some("(\\Seen)"), None, bytes);
    limited(Step::Mailboxes, COMMAND + time_for(bytes.len()), laying).await
}
