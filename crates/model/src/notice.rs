//! What agents are told that happened to conversations of theirs.

use crate::{CommentId, ContentId, ThreadId, UserId, named_enum};

named_enum! {
    /// What happened to a conversation, or to a reply, of somebody.
    NoticeKind {
        /// It was given to them.
        Given = "given",
        /// Somebody else has it now, or gave it back to everybody.
        Taken = "taken",
        /// Somebody else finished it.
        Done = "done",
        /// Their reply was let out.
        Approved = "approved",
        /// Their reply was not let out.
        Refused = "refused",
        /// A reply has not reached the other side.
        Failed = "failed",
        /// A colleague has mentioned them.
        Mention = "mention",
    }
}

named_enum! {
    /// What an agent wants to be told of aloud.
    SignalLevel {
        /// What is theirs, and what waits for anybody.
        All = "all",
        /// What is theirs, and live chats that wait.
        Mine = "mine",
        /// Nothing.
        None = "none",
    }
}

named_enum! {
    /// How the console sounds.
    SignalTone {
        /// Two soft tones that rise.
        Chime = "chime",
        /// One that fades slowly.
        Bell = "bell",
        /// Two short low ones.
        Knock = "knock",
        /// One that falls quickly.
        Drop = "drop",
    }
}

/// A notification that is not written yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewNotice {
    /// Whom it tells.
    pub user_id: UserId,
    /// What happened.
    pub kind: NoticeKind,
    /// The conversation.
    pub thread_id: ThreadId,
    /// The reply that it is about.
    pub content_id: Option<ContentId>,
    /// The comment that it is about.
    pub comment_id: Option<CommentId>,
    /// Who did it; none for what happened by itself.
    pub by_user_id: Option<UserId>,
    /// How the reply or the comment begins.
    pub excerpt: Option<String>,
}
