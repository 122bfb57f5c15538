//! Customers by when they were last in a conversation: each once, by the last thread that one of their identities has.

use model::{IdentityId, ThreadId, Timestamp};

use crate::thread::Thread;
use crate::{Error, Field, Filter, Scope, Tx};

/// Where a page of the list ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When something was said last in the thread.
    pub at: Timestamp,
    /// The thread.
    pub thread: ThreadId,
}

/// The last threads of customers, the latest first: a page of them from a place on.
pub async fn page(tx: &mut Tx, scope: &Scope, before: Option<&Heard>, limit: i64) -> Result<Vec<Thread>, Error> {
    let mut filter = last(scope);
    filter.and("NOT EXISTS (SELECT 1 FROM identities e WHERE e.id = identity_id AND e.foreign_id = 'erased:' || e.id)");
    if let Some(Heard { at, thread }) = before {
        let (at, thread) = (filter.bind(at.to_value()), filter.bind(thread.to_value()));
        filter.and(&format!("last_content_at <= {at} AND (last_content_at < {at} OR id < {thread})"));
    }
    select(tx, &filter, limit).await
}

/// The last threads of some identities, where they have any; of two of one person the later.
pub async fn of(tx: &mut Tx, scope: &Scope, identities: &[IdentityId]) -> Result<Vec<Thread>, Error> {
    let mut filter = last(scope);
    filter.and_in("identity_id", identities);
    select(tx, &filter, i64::MAX).await
}

/// No later thread is of the same person, among those that are seen.
fn last(scope: &Scope) -> Filter {
    let mut filter = Filter::scoped(scope, "content_threads.source_id");
    let seen = match scope {
        Scope::All => String::new(),
        _ => format!(" AND {}", scope.condition("u.source_id", &mut filter.params)),
    };
    let later = "(u.last_content_at > content_threads.last_content_at OR u.last_content_at = content_threads.last_content_at \
                 AND u.id > content_threads.id)";
    filter.and("identity_id IS NOT NULL");
    filter.and(&format!(
        "NOT EXISTS (SELECT 1 FROM content_threads u WHERE u.identity_id = content_threads.identity_id AND {later}{seen})"
    ));
    filter.and(&format!(
        "NOT EXISTS (SELECT 1 FROM identities me JOIN identities o ON o.identity_group_id = me.identity_group_id AND o.id <> me.id \
         JOIN content_threads u ON u.identity_id = o.id WHERE me.id = content_threads.identity_id AND {later}{seen})"
    ));
    filter
}

async fn select(tx: &mut Tx, filter: &Filter, limit: i64) -> Result<Vec<Thread>, Error> {
    let clause = format!("{} ORDER BY last_content_at DESC, id DESC LIMIT {limit}", filter.clause());
    tx.select(&clause, filter.params.clone()).await
}
