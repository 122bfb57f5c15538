//! How many threads the folders have that every desk has: the same in answers and on the agents' sockets.

use model::Permission;
use schemars::JsonSchema;
use serde::Serialize;
use store::agent_thread::Assigned;

use crate::domain::Actor;
use crate::domain::inbox::Counts;

/// How many threads each folder has; what is done is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "InboxCounts")]
pub struct CountsOut {
    /// Threads that wait for the caller.
    mine: i64,
    /// Threads that the caller has.
    mine_all: i64,
    /// Those of the caller with something that they have not read.
    mine_unread: i64,
    /// Threads that wait for somebody.
    unassigned: i64,
    /// Threads that wait for somebody or that somebody has.
    open: i64,
    /// Threads that are put aside.
    deferred: i64,
    /// Threads with contents that wait for approval; 0 for those who may not approve.
    to_approve: i64,
}

impl CountsOut {
    /// What an actor is shown.
    pub(crate) fn new(actor: &Actor, all: Counts, own: Assigned) -> Self {
        let Counts { unassigned, open, deferred, to_approve } = all;
        let Assigned { all: mine_all, waiting: mine, unread: mine_unread } = own;
        let to_approve = if actor.can(Permission::ApproveContent) { to_approve } else { 0 };
        Self { mine, mine_all, mine_unread, unassigned, open, deferred, to_approve }
    }
}
