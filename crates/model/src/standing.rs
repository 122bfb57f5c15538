//! Where threads stand, and what is to be looked at in them.

use crate::named_enum;

named_enum! {
    /// Where a thread stands: it is always in exactly one of these.
    ThreadState {
        /// A customer waits, and nobody has it.
        Unassigned = "unassigned",
        /// Somebody has it.
        Open = "open",
        /// Whoever has it has put it aside.
        Deferred = "deferred",
        /// Nothing is to be done.
        Done = "done",
    }
}

impl ThreadState {
    /// What it is called in the database.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Unassigned => "new",
            Self::Open => "open",
            Self::Deferred => "deferred",
            Self::Done => "closed",
        }
    }

    /// The state that the database calls so.
    #[must_use]
    pub fn of_folder(folder: &str) -> Self {
        Self::ALL.iter().copied().find(|state| state.folder() == folder).unwrap_or(Self::Done)
    }
}

named_enum! {
    /// Why a thread is marked for an agent.
    MarkedBecause {
        /// It was given to them.
        Given = "given",
        /// The time until which they had put it aside is over.
        Back = "back",
        /// Their answer has not reached the other side.
        Failed = "failed",
        /// Their answer was not let out.
        Refused = "refused",
        /// A colleague has commented on what they have.
        Comment = "comment",
        /// A colleague has mentioned them.
        Mention = "mention",
        /// They want it so.
        Asked = "asked",
    }
}

named_enum! {
    /// Why the last answer in a thread is to be looked at.
    Trouble {
        /// The other side has not got it.
        Failed = "failed",
        /// A colleague did not let it out.
        Refused = "refused",
    }
}
