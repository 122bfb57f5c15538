//! The lines of a thread's history: what was done to it, by whom. They come from the journal, so that what is undone
//! later (a case that is opened again) keeps the line that told of it.

use model::{CloseCause, EventId, EventType, InterventionId, ThreadId, Timestamp, UserId};
use serde_json::Value;
use store::Tx;
use store::journal::{self, Entry};

use crate::base::Result;
use crate::conversation::live_notice;

/// How many lines are shown at the most: the newest.
const SHOWN_MAX: i64 = 300;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Somebody took it.
    Opened,
    /// It was given to somebody.
    Given,
    /// It was let go.
    Canceled,
    /// The case was closed.
    Closed,
    /// The case was opened again.
    Reopened,
    /// What waited was archived.
    Archived,
    /// Nobody could write any more.
    Locked,
    /// Everybody could write again.
    Unlocked,
    /// It was closed as nobody had said anything for long.
    Quieted,
    /// A live chat waited for somebody.
    Queued,
    /// It waited for somebody else.
    Requeued,
    /// Its visitor was told who has it.
    Connected,
    /// Its visitor was told that they have left.
    Left,
    /// It ended.
    Ended,
    /// Its visitor was asked for an e-mail address.
    EmailAsked,
    /// They gave one.
    EmailGiven,
}

impl Deed {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Given => "given",
            Self::Canceled => "canceled",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
            Self::Archived => "archived",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Quieted => "quieted",
            Self::Queued => "queued",
            Self::Requeued => "requeued",
            Self::Connected => "connected",
            Self::Left => "left",
            Self::Ended => "ended",
            Self::EmailAsked => "email_asked",
            Self::EmailGiven => "email_given",
        }
    }
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its event's id.
    pub id: EventId,
    /// The place of the content in the thread that came before it; none when that is not known any more.
    pub after: Option<i64>,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub deed: Deed,
    /// By whom; none for what happened by itself, or by a customer's word.
    pub by: Option<UserId>,
    /// Who had the case then.
    pub holder: Option<UserId>,
    /// The case, where it is about one.
    pub intervention_id: Option<InterventionId>,
    /// Why a live chat ended.
    pub cause: Option<CloseCause>,
    /// How who came or left is called to the visitor of a live chat.
    pub screenname: Option<String>,
}

/// The lines of a thread, oldest first.
pub async fn of_thread(tx: &mut Tx, id: &ThreadId) -> Result<Vec<Line>> {
    let entries = journal::lines(tx, id, SHOWN_MAX).await?;
    let mut lines: Vec<Line> = Vec::with_capacity(entries.len());
    for line in entries.into_iter().filter_map(|(entry, after)| line(entry, after)) {
        // Who opens somebody's case again has it from then on: that is one deed.
        let told = lines.last().is_some_and(|before| {
            let same = before.intervention_id == line.intervention_id && before.at == line.at;
            same && before.deed == Deed::Reopened && line.deed == Deed::Given
        });
        if !told {
            lines.push(line);
        }
    }
    Ok(lines)
}

fn line(entry: Entry, after: Option<i64>) -> Option<Line> {
    let (cause, notice) = (live_notice::cause(&entry), live_notice::of_entry(&entry));
    let deed = match entry.kind {
        EventType::InterventionOpened => Deed::Opened,
        EventType::InterventionUserUpdated => Deed::Given,
        EventType::InterventionCanceled => Deed::Canceled,
        EventType::InterventionClosed => Deed::Closed,
        EventType::InterventionReopened => Deed::Reopened,
        EventType::ThreadIgnored => Deed::Archived,
        EventType::ContentThreadClosed if cause.is_some() => Deed::Ended,
        EventType::ContentThreadClosed => Deed::Locked,
        EventType::ContentThreadAutoClosed => Deed::Quieted,
        EventType::ChatQueued if notice.as_ref().is_some_and(|n| n.key == "waiting_for_agent") => Deed::Queued,
        EventType::ChatQueued => Deed::Requeued,
        EventType::ChatConnected => Deed::Connected,
        EventType::ChatLeft => Deed::Left,
        EventType::ChatEmailAsked => Deed::EmailAsked,
        EventType::ChatEmailGiven => Deed::EmailGiven,
        EventType::ContentThreadOpened => Deed::Unlocked,
        _ => return None,
    };
    let case = entry.resource_kind == "intervention";
    let holder = entry.metadata.get("user_id").and_then(Value::as_str).filter(|_| case).and_then(UserId::parse);
    Some(Line {
        id: entry.id,
        after,
        at: entry.issued_at,
        deed,
        by: entry.user_id,
        holder,
        intervention_id: Some(entry.resource_id).filter(|_| case).as_deref().and_then(InterventionId::parse),
        cause,
        screenname: notice.and_then(|notice| notice.screenname),
    })
}
