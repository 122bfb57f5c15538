//! Who is on the sites now, as agents see them.

use std::collections::HashMap;

use model::{IdentityId, SourceId, SourcePermission, Timestamp};
use store::identity::{self, Identity};
use store::source::{self, Source};
use store::thread::{self as threads, Thread};
use store::visitor::{self, Visitor};
use store::visitor_presence::Present;
use store::{Scope, Tx};

use crate::arrival::navigation;
use crate::base::{Actor, Result};

/// What was told so long before a visitor's chat connected belongs to the same visit, in seconds.
const BEFORE: i64 = 60;
/// How many open conversations are looked through, of all whom one window shows.
const THREADS_MAX: i64 = 500;

/// A visitor whose chat is connected.
#[derive(Clone, Debug)]
pub struct OnSite {
    /// Who.
    pub identity: Identity,
    /// Where.
    pub source: Source,
    /// Since when they are there.
    pub since: Timestamp,
    /// What is known of the visit.
    pub visit: Option<Visitor>,
    /// The page was told in this visit, and may be shown.
    pub page_told: bool,
    /// The conversation that they are in.
    pub thread: Option<Thread>,
    /// The actor may begin a conversation with them.
    pub may_invite: bool,
}

/// The sources whose visitors the actor sees: all that they may read, or one of those.
#[must_use]
pub fn scope(actor: &Actor, source: Option<SourceId>) -> Scope {
    match source {
        None => actor.scope().clone(),
        Some(id) => Scope::Sources(Some(id).filter(|id| actor.scope().allows(id)).into_iter().collect()),
    }
}

/// Adds to visitors who are there what agents see of them. Who is not known any more is left out.
pub async fn look(tx: &mut Tx, actor: &Actor, present: Vec<Present>) -> Result<Vec<OnSite>> {
    let people: Vec<IdentityId> = present.iter().map(|one| one.identity_id.clone()).collect();
    let known: HashMap<IdentityId, Identity> =
        identity::by_ids(tx, &people).await?.into_iter().map(|one| (one.id.clone(), one)).collect();
    let visits = visitor::of_identities(tx, &people).await?;
    let open = threads::open_of_identities(tx, actor.scope(), &people, THREADS_MAX).await?;
    let sources: HashMap<SourceId, Source> =
        source::all(tx).await?.into_iter().map(|one| (one.id.clone(), one)).collect();
    let now = tx.now();
    let one = |Present { source_id, identity_id, since }| {
        let (identity, source) = (known.get(&identity_id)?.clone(), sources.get(&source_id)?.clone());
        let visit = visits.iter().find(|v| v.identity_id == identity_id && v.source_id == source_id).cloned();
        let page_told = visit.as_ref().and_then(|v| v.page_at).is_some_and(|at| at >= since.plus_seconds(-BEFORE));
        let here = |t: &&Thread| t.identity_id.as_ref() == Some(&identity_id) && t.source_id == source_id;
        let thread = open.iter().find(here).filter(|t| navigation::goes_on(t, now)).cloned();
        let may_invite = thread.is_none()
            && source.active
            && !source.is_live_chat()
            && actor.can_on(&source_id, SourcePermission::InitiateDiscussion);
        Some(OnSite { identity, source, since, visit, page_told, thread, may_invite })
    };
    Ok(present.into_iter().filter_map(one).collect())
}
