//! A command to a server and all that it answers. The library's own streams end at the server's last word without a look at
//! it, and take a connection that ends for an answer that is over: what was refused would be taken for what is not there.

use async_imap::error::{Error, Result};
use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response, Status};
use model::Timestamp;

use super::imap::Session;
use super::large::Part;
use super::reading::Head;

impl Session {
    /// Says a command, and hands on each answer until the server says that it is done.
    ///
    /// # Errors
    /// When it says no in the end, or ends before: then nothing of its answers counts.
    async fn ask(&mut self, command: &str, mut take: impl FnMut(&Response<'_>)) -> Result<()> {
        let ours = self.imap.run_command(command).await?;
        while let Some(answer) = self.imap.read_response().await? {
            let Response::Done { tag, status, outcome } = answer.parsed() else {
                take(answer.parsed());
                continue;
            };
            if *tag != ours {
                continue;
            }
            let told = || format!("code: {:?}, info: {:?}", outcome.code, outcome.information);
            return match status {
                Status::Ok => Ok(()),
                Status::Bad => Err(Error::Bad(told())),
                _ => Err(Error::No(told())),
            };
        }
        Err(Error::ConnectionLost)
    }

    /// The numbers that a search of the open mailbox finds, in order.
    pub(super) async fn find(&mut self, what: &str) -> Result<Vec<u32>> {
        let mut all = Vec::new();
        let take = |answer: &Response<'_>| {
            if let Response::MailboxData(MailboxDatum::Search(found)) = answer {
                all.extend_from_slice(found);
            }
        };
        self.ask(&format!("UID SEARCH {what}"), take).await?;
        all.sort_unstable();
        Ok(all)
    }

    /// What is known of these mails, in order.
    pub(super) async fn look_at(&mut self, uids: &[u32]) -> Result<Vec<Head>> {
        let mut heads = Vec::with_capacity(uids.len());
        let take = |answer: &Response<'_>| {
            if let Response::Fetch(_, values) = answer {
                heads.extend(head(values).filter(|head| uids.binary_search(&head.uid).is_ok()));
            }
        };
        self.ask(&format!("UID FETCH {} (UID RFC822.SIZE INTERNALDATE FLAGS)", set(uids)), take).await?;
        heads.sort_unstable_by_key(|head| head.uid);
        heads.dedup_by_key(|head| head.uid);
        Ok(heads)
    }

    /// What a server has under these words for a mail, nothing where it has that empty; none when there is no such mail.
    pub(super) async fn fetch(&mut self, uid: u32, what: &str) -> Result<Option<Vec<u8>>> {
        let mut body = None;
        let take = |answer: &Response<'_>| {
            if let Response::Fetch(_, values) = answer
                && values.iter().any(|value| matches!(value, AttributeValue::Uid(told) if *told == uid))
            {
                body = values.iter().find_map(bytes).or_else(|| body.take());
            }
        };
        self.ask(&format!("UID FETCH {uid} (UID {what})"), take).await?;
        Ok(body)
    }

    /// What a mail is made of; none when there is no such mail, or nothing can be made of what is told.
    pub(super) async fn made_of(&mut self, uid: u32) -> Result<Option<Part>> {
        let mut found = None;
        let take = |answer: &Response<'_>| {
            if let Response::Fetch(_, values) = answer
                && values.iter().any(|value| matches!(value, AttributeValue::Uid(told) if *told == uid))
            {
                let part = |value: &AttributeValue<'_>| match value {
                    AttributeValue::BodyStructure(told) => Part::read(told),
                    _ => None,
                };
                found = values.iter().find_map(part).or_else(|| found.take());
            }
        };
        self.ask(&format!("UID FETCH {uid} (UID BODYSTRUCTURE)"), take).await?;
        Ok(found)
    }

    /// Says a command of which only the end counts.
    pub(super) async fn tell(&mut self, command: &str) -> Result<()> {
        self.ask(command, |_| {}).await
    }
}

fn bytes(value: &AttributeValue<'_>) -> Option<Vec<u8>> {
    match value {
        AttributeValue::BodySection { data, .. } | AttributeValue::Rfc822(data) => {
            Some(data.as_ref().map(|data| data.to_vec()).unwrap_or_default())
        }
        _ => None,
    }
}

fn head(values: &[AttributeValue<'_>]) -> Option<Head> {
    let (mut uid, mut size, mut at, mut skipped) = (None, 0, None, false);
    for value in values {
        match value {
            AttributeValue::Uid(told) => uid = Some(*told),
            AttributeValue::Rfc822Size(told) => size = usize::try_from(*told).unwrap_or(usize::MAX),
            AttributeValue::InternalDate(told) => at = moment(told),
            AttributeValue::Flags(flags) => {
                let leaves = |flag: &str| ["\\Deleted", "\\Draft"].iter().any(|one| flag.eq_ignore_ascii_case(one));
                skipped = flags.iter().any(|flag| leaves(flag));
            }
            _ => {}
        }
    }
    Some(Head { uid: uid?, size, at, skipped })
}

/// A moment as IMAP writes it.
fn moment(text: &str) -> Option<Timestamp> {
    let read = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?.to_timestamp().ok()?;
    Some(Timestamp::from_millis(read.as_millisecond()))
}

/// Numbers, in order, as IMAP writes them: neighbours as ranges.
fn set(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*uid) => *last = *uid,
            _ => ranges.push((*uid, *uid)),
        }
    }
    let written =
        |(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}:{last}") };
    ranges.iter().map(written).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, moment, set};

    #[test]
    fn numbers_are_written_as_ranges_of_neighbours() {
        for (uids, written) in [(&[][..], ""), (&[7], "7"), (&[1, 2, 3, 9, 11, 12, u32::MAX], "1:3,9,11:12,4294967295")]
        {
            assert_eq!(set(uids), written);
        }
    }

    #[test]
    fn a_moment_is_read_with_its_zone() {
        let at = Some(Timestamp::from_millis(1_770_000_000_000));
        assert_eq!(moment("02-Feb-2026 02:40:00 +0000"), at);
        assert_eq!(moment(" 2-Feb-2026 04:40:00 +0200"), at);
        assert_eq!(moment("yesterday"), None);
    }
}
