//! What is read in a session: which mailboxes there are, what is new in one, and the mails themselves.

use std::future::Future;
use std::time::Duration;

use futures_util::TryStreamExt;
use model::Timestamp;

use super::imap::{COMMAND, Session, Step, Trouble, explain, limited};
use super::line::{ANSWER, QUIET};
use super::names;

/// The longest that a server may look through a mailbox.
const SEARCH: Duration = Duration::from_secs(300);
/// Mails over this size come in pieces, so that none is held twice.
const WHOLE: usize = 8 * 1024 * 1024;
/// One piece of such a mail.
const PIECE: usize = 1024 * 1024;

/// A mailbox as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    /// With another one all numbers are others.
    pub(super) validity: u32,
    /// The number that the next mail will have, where the server tells.
    pub(super) next: Option<u32>,
}

/// What is known of a mail before it is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) uid: u32,
    pub(super) size: usize,
    /// When the server got it.
    pub(super) at: Option<Timestamp>,
    /// It is a draft, or about to be removed.
    pub(super) skipped: bool,
}

/// What is done on the server with mails that were taken in.
#[derive(Clone, Copy, Debug)]
pub(super) enum After<'a> {
    /// They are marked as read.
    Seen,
    /// They go to another mailbox.
    Move(&'a str),
}

impl Session {
    pub(super) fn allow(&mut self, room: usize) {
        self.imap.get_mut().allow(room, QUIET);
        // What the server tells unasked is looked for by every pass.
        while self.imap.unsolicited_responses.try_recv().is_ok() {}
    }

    /// The names of the mailboxes that can be opened.
    pub(super) async fn mailboxes(&mut self) -> Result<Vec<String>, Trouble> {
        self.allow(ANSWER);
        let listing = async {
            let names = self.imap.list(Some(""), Some("*")).await?;
            names.try_collect::<Vec<_>>().await
        };
        let found = limited(Step::Mailboxes, COMMAND, listing).await?;
        let opens = |name: &&async_imap::types::Name| {
            !name.attributes().iter().any(|a| matches!(a, async_imap::types::NameAttribute::NoSelect))
        };
        let mut all: Vec<String> = found.iter().filter(opens).map(|name| names::decode(name.name())).collect();
        all.sort_by_key(|name| (!name.eq_ignore_ascii_case("INBOX"), name.to_lowercase()));
        Ok(all)
    }

    /// Opens a mailbox to read it.
    pub(super) async fn examine(&mut self, name: &str) -> Result<Mailbox, Trouble> {
        self.allow(ANSWER);
        self.open = None;
        let found = limited(Step::Mailboxes, COMMAND, self.imap.examine(names::encode(name))).await?;
        self.open = Some(name.to_owned());
        mailbox(name, found.uid_validity, found.uid_next)
    }

    /// Looks at a mailbox without opening it; one that is open may not be looked at so.
    pub(super) async fn status(&mut self, name: &str) -> Result<Mailbox, Trouble> {
        if self.open.as_deref() == Some(name) {
            return self.examine(name).await;
        }
        self.allow(ANSWER);
        let asked = self.imap.status(names::encode(name), "(UIDNEXT UIDVALIDITY)");
        let found = limited(Step::Mailboxes, COMMAND, asked).await?;
        mailbox(name, found.uid_validity, found.uid_next)
    }

    /// The numbers of the mails in the open mailbox from one number on, in order. A server names its last mail even where
    /// that has a smaller number.
    pub(super) async fn from(&mut self, first: u32) -> Result<Vec<u32>, Trouble> {
        let found = self.search(&format!("UID {first}:*")).await?;
        Ok(found.into_iter().filter(|uid| *uid >= first).collect())
    }

    /// The numbers of the mails in the open mailbox that came on the day of a moment or later, in order.
    pub(super) async fn since(&mut self, day: Timestamp) -> Result<Vec<u32>, Trouble> {
        self.search(&format!("SINCE {}", date(day))).await
    }

    /// The numbers of the mails in the open mailbox that have an id.
    pub(super) async fn named(&mut self, id: &str) -> Result<Vec<u32>, Trouble> {
        let id: String = id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\')).collect();
        self.search(&format!("HEADER Message-ID \"<{id}>\"")).await
    }

    async fn search(&mut self, what: &str) -> Result<Vec<u32>, Trouble> {
        self.allow(4 * ANSWER);
        limited(Step::Mail, SEARCH, self.find(what)).await
    }

    /// What is known of some mails, in order; those that are gone are left out.
    pub(super) async fn heads(&mut self, uids: &[u32]) -> Result<Vec<Head>, Trouble> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        self.allow(ANSWER);
        limited(Step::Mail, SEARCH, self.look_at(uids)).await
    }

    /// The bytes of a mail, of a larger one the beginning; none when it is gone.
    pub(super) async fn mail(&mut self, head: Head, most: usize) -> Result<Option<Vec<u8>>, Trouble> {
        if head.size <= WHOLE.min(most) {
            return self.part(head.uid, "BODY.PEEK[]", head.size).await;
        }
        self.pieces(head.uid, "", head.size.min(most)).await
    }

    /// So many bytes of a part of a mail, in pieces; of the whole where no part is named.
    pub(super) async fn pieces(&mut self, uid: u32, place: &str, most: usize) -> Result<Option<Vec<u8>>, Trouble> {
        let mut bytes = Vec::with_capacity(most);
        while bytes.len() < most {
            let wanted = PIECE.min(most - bytes.len());
            let query = format!("BODY.PEEK[{place}]<{}.{wanted}>", bytes.len());
            let Some(piece) = self.part(uid, &query, wanted).await? else { return Ok(None) };
            let ends = piece.is_empty();
            bytes.extend(piece);
            if ends {
                break;
            }
        }
        Ok(Some(bytes))
    }

    /// Does something with mails of a mailbox, which is opened to be written for that.
    pub(super) async fn follow(&mut self, name: &str, uids: &[u32], after: After<'_>) -> Result<(), Trouble> {
        self.allow(ANSWER);
        self.open = None;
        limited(Step::Mail, COMMAND, self.imap.select(names::encode(name))).await?;
        let set = uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        match after {
            After::Seen => self.mark(&set, "\\Seen").await,
            After::Move(mailbox) if self.moves => {
                limited(Step::Mail, COMMAND, self.imap.uid_mv(&set, names::encode(mailbox))).await
            }
            After::Move(mailbox) => {
                limited(Step::Mail, COMMAND, self.imap.uid_copy(&set, names::encode(mailbox))).await?;
                self.mark(&set, "\\Deleted").await
            }
        }
    }

    async fn mark(&mut self, set: &str, flag: &str) -> Result<(), Trouble> {
        limited(Step::Mail, COMMAND, self.tell(&format!("UID STORE {set} +FLAGS.SILENT ({flag})"))).await
    }

    pub(super) async fn part(&mut self, uid: u32, query: &str, size: usize) -> Result<Option<Vec<u8>>, Trouble> {
        // Servers that count the ends of lines otherwise say a little more than they have told.
        self.allow(size + size / 8 + ANSWER / 8);
        // Not the whole has its time, but each silence within it.
        self.fetch(uid, query).await.map_err(|error| explain(Step::Mail, &error))
    }

    /// Waits until something comes into the open mailbox, for so long at the most, or until `stop`. What comes meanwhile is
    /// found by looking, whatever the server has told.
    pub(super) async fn idle(mut self, most: Duration, stop: impl Future<Output = ()>) -> Result<Self, Trouble> {
        self.allow(ANSWER);
        let Self { imap, open, idles, moves } = self;
        let mut handle = imap.idle();
        limited(Step::Mail, COMMAND, handle.init()).await?;
        handle.as_mut().allow(ANSWER, most + QUIET);
        let (waiting, _interrupt) = handle.wait_with_timeout(most);
        tokio::select! {
            came = waiting => drop(came.map_err(|error| explain(Step::Mail, &error))?),
            () = stop => {}
        }
        handle.as_mut().allow(ANSWER, QUIET);
        let imap = limited(Step::Mail, COMMAND, handle.done()).await?;
        Ok(Self { imap, open, idles, moves })
    }
}

fn mailbox(name: &str, validity: Option<u32>, next: Option<u32>) -> Result<Mailbox, Trouble> {
    let none = || Trouble::new(Step::Mailboxes, format!("the mailbox {name} has no lasting numbers"));
    Ok(Mailbox { validity: validity.ok_or_else(none)?, next })
}

/// A day as IMAP writes it.
fn date(day: Timestamp) -> String {
    let day = jiff::Timestamp::from_millisecond(day.millis()).unwrap_or_default();
    day.strftime("%-d-%b-%Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, date};

    #[test]
    fn a_day_is_written_as_imap_does() {
        assert_eq!(date(Timestamp::from_millis(1_770_000_000_000)), "2-Feb-2026");
    }
}
