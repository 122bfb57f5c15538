//! `/console/visitors`: who is on the sites now, with the chat connected.

use axum::extract::State;
use model::{IdentityId, SourceId, ThreadId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::Listed;

use super::visit::PageOut;
use crate::app::App;
use crate::avatars;
use crate::domain::on_site::{self, OnSite};
use crate::http::{Caller, Paged, Params, Result, page};

/// A visitor whose chat is connected.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VisitorOnSite")]
pub struct OnSiteOut {
    /// Who.
    identity_id: IdentityId,
    /// How the person is called on the screen.
    display_name: String,
    avatar_url: Option<String>,
    /// On which chat.
    source_id: SourceId,
    /// Since when they are there.
    since: Timestamp,
    /// The page that they look at; null while that is not told.
    page: Option<PageOut>,
    /// How many visits there were, this one included.
    visits: Option<i64>,
    /// The conversation that they are in; null while they are in none.
    thread_id: Option<ThreadId>,
    /// Whether the caller may begin a conversation with them.
    may_invite: bool,
}

impl OnSiteOut {
    fn new(app: &App, one: OnSite) -> Self {
        let OnSite { identity, source, since, visit, page_told, thread, may_invite } = one;
        let told = visit.filter(|_| page_told);
        Self {
            avatar_url: avatars::address(app, identity.avatar_url.as_deref()),
            display_name: identity.display_name(),
            identity_id: identity.id,
            source_id: source.id,
            since,
            page: told.as_ref().and_then(PageOut::of),
            visits: told.and_then(|visit| visit.facts.visits),
            thread_id: thread.map(|thread| thread.id),
            may_invite,
        }
    }
}

/// Who is on the sites now, those who came last first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<OnSiteOut>> {
    let page = page(&params)?;
    let scope = on_site::scope(&actor, params.id("source_id", SourceId::parse)?);
    let (count, present) = app.cluster.everybody().list(&scope, page).await?;
    let found = app.db.read(move |tx| Box::pin(async move { on_site::look(tx, &actor, present).await })).await?;
    let listed = Listed { count, records: found };
    Ok(Paged::new(listed, page, |one| OnSiteOut::new(&app, one)))
}
