//! What is of the moment: who looks at what, who types. It is in no database and in no journal. Whoever was told it may
//! have missed a part, so what lasts is said again now and then, and forgotten when it is not.

use model::{AgentConnectionId, IdentityId, SourceId, ThreadId, UserId};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// How many moments wait for a listener who is slow; older ones are lost.
pub(super) const KEPT: usize = 512;

/// Something of the moment.
#[derive(Clone, Debug)]
pub enum Moment {
    /// A page of an agent's console shows a thread; said again while it does.
    Looks {
        /// The page.
        connection: AgentConnectionId,
        /// The thread.
        thread_id: ThreadId,
        /// Where it is.
        source_id: SourceId,
        /// The agent.
        user_id: UserId,
        /// The agent's name.
        name: String,
        /// Whether they write an answer.
        typing: bool,
    },
    /// An agent has read a thread, or wants to find it unread: their other pages show it so.
    Mine {
        /// The agent.
        user_id: UserId,
        /// The thread.
        thread_id: ThreadId,
        /// The place up to which they have read it.
        read_ordinal: i64,
        /// Whether it is marked for them.
        marked: bool,
        /// Whether that is because somebody has mentioned them.
        mentioned: bool,
    },
    /// An agent has written on a draft, or sent it: their other pages have it so.
    Draft {
        /// The agent.
        user_id: UserId,
        /// The thread.
        thread_id: ThreadId,
        /// Its version; none when there is nothing any more.
        version: Option<i64>,
    },
    /// An agent has seen what they were told of: their other pages count it no more.
    Noted {
        /// The agent.
        user_id: UserId,
        /// How many they have not seen.
        unseen: i64,
    },
    /// An agent is at one of their consoles: the others are silent.
    Active {
        /// The agent.
        user_id: UserId,
        /// The browser.
        device: String,
    },
    /// A page shows a thread no longer.
    LooksAway {
        /// The page.
        connection: AgentConnectionId,
        /// The thread.
        thread_id: ThreadId,
        /// Where it is.
        source_id: SourceId,
    },
    /// An agent types, or stops, and the customer sees it.
    AgentTypes {
        /// Where.
        source_id: SourceId,
        /// The customer.
        identity_id: IdentityId,
        /// The thread.
        thread_id: ThreadId,
        /// As whom the agent writes.
        name: String,
        /// Their picture, or that of the company.
        avatar_url: Option<String>,
        /// Whether they do.
        on: bool,
    },
    /// A customer types, or stops.
    CustomerTypes {
        /// The thread.
        thread_id: ThreadId,
        /// Where it is.
        source_id: SourceId,
        /// What they have written so far.
        preview: Option<String>,
        /// Whether they do.
        on: bool,
    },
    /// A visitor has signed out of the chat in a browser: nobody listens there any more.
    VisitorLeaves {
        /// The visitor.
        identity_id: IdentityId,
        /// Where.
        source_id: SourceId,
    },
    /// A customer looks at another page, or their custom variables changed.
    CustomerLooks {
        /// The customer.
        identity_id: IdentityId,
        /// Where.
        source_id: SourceId,
    },
}

/// The moments of every process, this one included, in the order in which each of them told its own.
pub(crate) struct Moments(broadcast::Receiver<Moment>);

impl Moments {
    /// Those that are told from now on.
    pub(super) fn of(all: &broadcast::Sender<Moment>) -> Self {
        Self(all.subscribe())
    }

    /// The next one; none when the server is gone.
    pub(crate) async fn next(&mut self) -> Option<Moment> {
        loop {
            match self.0.recv().await {
                Ok(moment) => return Some(moment),
                Err(RecvError::Lagged(count)) => tracing::warn!(count, "moments were lost"),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
