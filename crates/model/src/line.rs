//! What the lines of a thread's history tell.

use serde_json::Value;

use crate::{ThreadId, UserId, named_enum};

named_enum! {
    /// What was done to a thread.
    Deed {
        /// Somebody took it.
        Opened = "opened",
        /// It was given to somebody.
        Given = "given",
        /// It was let go.
        Canceled = "canceled",
        /// It was put aside.
        Deferred = "deferred",
        /// It was taken up before its time.
        Resumed = "resumed",
        /// It came back by itself, or by its customer's word.
        CameBack = "came_back",
        /// The case was closed.
        Closed = "closed",
        /// The case was opened again.
        Reopened = "reopened",
        /// What waited was archived.
        Archived = "archived",
        /// Nobody could write any more.
        Locked = "locked",
        /// Everybody could write again.
        Unlocked = "unlocked",
        /// It was closed as nobody had said anything for long.
        Quieted = "quieted",
        /// It has other categories.
        Categorized = "categorized",
        /// It has other tags.
        Tagged = "tagged",
        /// It went from a bot to people, or back.
        HandedOver = "handed_over",
        /// A reply was approved.
        Approved = "approved",
        /// A reply was refused.
        Refused = "refused",
        /// An act was taken back.
        Undone = "undone",
        /// The customer was asked how it was.
        SurveySent = "survey_sent",
        /// They have answered that.
        SurveyAnswered = "survey_answered",
        /// A live chat waited for somebody.
        Queued = "queued",
        /// It waited for somebody else.
        Requeued = "requeued",
        /// Its visitor was told who has it.
        Connected = "connected",
        /// Its visitor was told that they have left.
        Left = "left",
        /// It ended.
        Ended = "ended",
        /// Its visitor was asked for an e-mail address.
        EmailAsked = "email_asked",
        /// They gave one.
        EmailGiven = "email_given",
        /// What followed became a conversation of its own.
        Split = "split",
        /// It was a part of another one until then.
        SplitOff = "split_off",
        /// Another conversation came into it.
        Merged = "merged",
        /// It went into another one.
        MergedInto = "merged_into",
    }
}

/// A line that has no place in its thread yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLine {
    /// The thread.
    pub thread_id: ThreadId,
    /// What was done.
    pub kind: Deed,
    /// By whom; none for what happened by itself.
    pub user_id: Option<UserId>,
    /// What belongs to it.
    pub data: Value,
}
