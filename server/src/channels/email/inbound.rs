//! Mails on their way in: the bytes of each are kept as they came, it is read, and they become contents in one transaction
//! with the position that they lead to. One that cannot be taken in is parked, and the position moves all the same: a bad
//! mail delays no other.

use std::sync::Arc;

use bytes::Bytes;
use model::InboundItemId;
use serde_json::json;
use store::Tx;
use store::inbound_item::{self, InboundItem};
use store::source::Source;

use super::letter::{Came, Unread, read};
use super::position;
use crate::app::App;
use crate::domain::block::{self, Blocks};
use crate::domain::mailed::{self, Letter, Party};
use crate::domain::source_run::Taken;
use crate::domain::{Error, Result};
use crate::uploads;

/// How often mails are written that came twice at the same moment.
const TRIES: usize = 3;
/// What is said of a mail that nobody has seen here.
pub(super) const LOST: &str = "the server does not give this mail, which is in its mailbox all the same";
/// What a parked mail is called.
pub(super) const KIND: &str = "mail";

/// A mail that is kept and was read, as far as it can be.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    came: Came,
    /// Where its bytes are kept, and how many there are; none where its server does not give them.
    raw: Option<(String, i64)>,
    letter: std::result::Result<Letter, String>,
}

impl Ready {
    /// One that its server does not give, and why.
    pub(super) fn lost(came: Came, why: &str) -> Self {
        Self { came, raw: None, letter: Err(format!("{LOST}: {why}")) }
    }

    /// Whether there is more of it on the server.
    pub(super) fn is_cut(&self) -> bool {
        self.came.cut || !self.came.left_out.is_empty()
    }

    /// Its number in its mailbox.
    pub(super) fn uid(&self) -> u32 {
        self.came.uid
    }
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    New,
    Known,
    Parked,
}

/// Keeps a mail, and reads it.
///
/// # Errors
/// When it cannot be kept, or its files cannot.
pub(super) async fn ready(app: &App, source: &Source, came: Came, bytes: Bytes) -> Result<Ready> {
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    // What is left of the disk is for conversations; mail waits on its server.
    if !app.disk.takes_files() {
        return Err(Error::DiskReserve);
    }
    let sha256 = uploads::keep(&app.files, bytes.clone()).await?;
    let raw = (sha256, size);
    let letter = match read(app, source, &came, bytes, raw.clone()).await {
        Ok(letter) => Ok(letter),
        Err(Unread::Mail(why)) => Err(why),
        Err(Unread::Ours(error)) => return Err(error),
    };
    Ok(Ready { came, raw: Some(raw), letter })
}

/// Why nothing of some mails was taken in.
enum Stopped {
    /// The mail at this place is at fault.
    At(usize, Error),
    /// Something else is.
    By(Error),
}

impl From<store::Error> for Stopped {
    fn from(error: store::Error) -> Self {
        Self::By(error.into())
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::By(error)
    }
}

/// Takes in some mails of a mailbox, and moves its position behind them; tells what became of each. One that cannot be is
/// found by its error, and parked as all of them are written once more.
///
/// # Errors
/// When that is not the mails' fault: nothing was done then.
pub(super) async fn take_in(
    app: &App,
    run: &Taken,
    mailbox: &str,
    mails: Vec<Ready>,
    position: String,
) -> Result<Vec<Became>> {
    let mails: Arc<[Ready]> = mails.into();
    let mut bad: Vec<(usize, String)> = Vec::new();
    let mut tries = 1;
    let blocks = app.author_blocks.get(&app.db).await?;
    loop {
        let blocks = blocks.clone();
        let (run, mailbox, mails) = (run.clone(), mailbox.to_owned(), mails.clone());
        let (wrong, position) = (bad.clone(), position.clone());
        let write = app.db.write(move |tx| {
            Box::pin(async move {
                let became = enter(tx, &run.source, &mails, &wrong, &blocks).await?;
                position::step(tx, &run, &mailbox, &position).await?;
                Ok::<_, Stopped>(became)
            })
        });
        let stopped = match write.await {
            Ok(became) => return Ok(became),
            Err(stopped) => stopped,
        };
        match stopped {
            // The same came by another way at the same moment: it is found now.
            Stopped::At(_, Error::Store(store::Error::Unique(_)))
            | Stopped::By(Error::Store(store::Error::Unique(_)))
                if tries < TRIES =>
            {
                tries += 1;
            }
            Stopped::At(at, error) if is_its_own(&error) => bad.push((at, error.to_string())),
            Stopped::At(_, error) | Stopped::By(error) => return Err(error),
        }
    }
}

async fn enter(
    tx: &mut Tx,
    source: &Source,
    mails: &[Ready],
    bad: &[(usize, String)],
    blocks: &Blocks,
) -> std::result::Result<Vec<Became>, Stopped> {
    let mut became = Vec::with_capacity(mails.len());
    for (at, mail) in mails.iter().enumerate() {
        let failed = bad.iter().find(|(bad, _)| *bad == at).map(|(_, why)| why);
        let letter = match (&mail.letter, failed) {
            (Ok(letter), None) => letter,
            (Err(why), _) | (_, Some(why)) => {
                park(tx, source, mail, why).await?;
                became.push(Became::Parked);
                continue;
            }
        };
        if let Some(block) = mailed::kept_out_by(source, letter, blocks, tx.now()) {
            block::note_refused(tx, block, 1).await?;
            became.push(Became::Known);
            continue;
        }
        became.push(match mailed::receive(tx, source, letter.clone()).await {
            Ok(Some(_)) => Became::New,
            Ok(None) => Became::Known,
            // Of these nothing was written, and they come by the hundred: the others need not be written once more.
            Err(error @ Error::Unprocessable("flood" | "loop", _)) => {
                park(tx, source, mail, &error.to_string()).await?;
                Became::Parked
            }
            Err(error) => return Err(Stopped::At(at, error)),
        });
    }
    Ok(became)
}

/// Whether an error is the mail's own fault.
fn is_its_own(error: &Error) -> bool {
    match error {
        Error::Store(error) => !error.is_passing(),
        Error::Conflict(..) | Error::Internal(_) => false,
        _ => true,
    }
}

async fn park(tx: &mut Tx, source: &Source, mail: &Ready, why: &str) -> Result<()> {
    let (now, came) = (tx.now(), &mail.came);
    let (sha256, size) = mail.raw.clone().unzip();
    // Another account may have a mailbox of the same name and numbers.
    let account = came.account.unwrap_or_default();
    let dedupe = format!("{KIND}:{}:{account}:{}:{}", came.mailbox, came.validity, came.uid);
    let mut payload = json!({"mailbox": came.mailbox, "uid": came.uid, "account": came.account, "sha256": sha256,
                             "size": size, "came_at": came.at, "old": came.old, "cut": came.cut, "left_out": came.left_out});
    // For those who look at it.
    if let Ok(letter) = &mail.letter {
        payload["from"] = letter.from.as_ref().map(Party::shown).into();
        payload["subject"] = letter.subject.clone().into();
    }
    let item = InboundItem {
        id: InboundItemId::new(now),
        source_id: source.id.clone(),
        kind: KIND.into(),
        dedupe: dedupe.clone(),
        payload: payload.to_string(),
        attempts_count: 1,
        last_error: text::beginning(why, 1000).to_owned(),
        received_at: now,
        updated_at: now,
    };
    inbound_item::keep(tx, &item).await?;
    match mail.raw.clone() {
        Some((sha256, size)) => mailed::keep_raw(tx, source, &dedupe, sha256, size, true).await,
        None => Ok(()),
    }
}
