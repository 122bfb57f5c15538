//! What can be asked of threads and contents: queries come to it, and the store finds by it.

use crate::{
    CategoryId, ContentId, ContentStatus, IdentityGroupId, IdentityId, InterventionId, SourceId, TagId, ThreadId,
    ThreadState, Timestamp, UserId,
};

/// What a thread can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A content in this status.
    Status(ContentStatus),
    /// A content that waits for approval.
    ApprovalRequired,
    /// A content that is not published.
    Unpublished,
    /// A category.
    Categorized,
    /// An intervention in such a state.
    Assigned(How),
}

/// The state of an intervention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Open and not deferred.
    Active,
    /// Open or deferred.
    Opened,
    /// Any.
    Ever,
}

/// A mandatory category with those that satisfy it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandatory {
    /// The sources that it is for; all when empty.
    pub sources: Vec<SourceId>,
    /// It and the categories below it.
    pub categories: Vec<CategoryId>,
}

/// One test of a thread. Where it has a list, one of the list is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThreadTest {
    /// It has one of these marks.
    Marks(Vec<Mark>),
    /// It is on one of these sources.
    Source(Vec<SourceId>),
    /// It is in one of these states.
    State(Vec<ThreadState>),
    /// Its newest open or deferred intervention is one of these users'.
    Holder(Vec<UserId>),
    /// A customer waits in it.
    Waiting,
    /// Nobody can write in it.
    Locked,
    /// The last answer in it has not reached the other side.
    Failed,
    /// This user is writing on it.
    Drafted(UserId),
    /// A comment on it has mentioned this user.
    Mentioned(UserId),
    /// This user has not read it, whose account began then.
    Unread(UserId, Timestamp),
    /// It has an intervention of such a state, of one of these users.
    AssignedTo(How, Vec<UserId>),
    /// It has an intervention of such a state, of a user who has been disabled.
    AssignedToDisabled(How),
    /// It has one of these categories.
    Categories(Vec<CategoryId>),
    /// It has one of these tags.
    Tags(Vec<TagId>),
    /// It has a forwarded content with one of these categories.
    ForwardedInto(Vec<CategoryId>),
    /// It has a content in one of these languages, in lower case.
    Languages(Vec<String>),
    /// It has a waiting content that lacks one of these.
    Lacks(Vec<Mandatory>),
    /// It has an unpublished content with a date after this one.
    ScheduledAfter(Timestamp),
    /// Its first content came after this time.
    FirstAfter(Timestamp),
    /// Its first content came before this time.
    FirstBefore(Timestamp),
    /// Its last content came after this time.
    LastAfter(Timestamp),
    /// Its last content came before this time.
    LastBefore(Timestamp),
    /// It has one of these ids on the other side.
    Foreign(Vec<String>),
    /// It has a content by one of these identities.
    Identity(Vec<IdentityId>),
    /// It has a content by an identity of one of these groups.
    IdentityGroup(Vec<IdentityGroupId>),
    /// One of its contents has all these words.
    Text(String),
    /// One of its contents has all these words, or one of the comments on it.
    Said(String),
}

impl ThreadTest {
    /// The words that it looks for, and whether it does in comments too.
    #[must_use]
    pub fn words(&self) -> Option<(&str, bool)> {
        match self {
            Self::Text(text) => Some((text, false)),
            Self::Said(text) => Some((text, true)),
            _ => None,
        }
    }
}

/// One test of a content: one of the list is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentTest {
    /// It is one of these.
    Id(Vec<ContentId>),
    /// It is in one of these threads.
    Thread(Vec<ThreadId>),
    /// It is under one of these interventions.
    Intervention(Vec<InterventionId>),
    /// It is by one of these identities.
    Identity(Vec<IdentityId>),
    /// It is by an identity of one of these groups.
    IdentityGroup(Vec<IdentityGroupId>),
    /// It is on one of these sources.
    Source(Vec<SourceId>),
    /// It is in one of these statuses.
    Status(Vec<ContentStatus>),
    /// It has all these words.
    Text(String),
}
