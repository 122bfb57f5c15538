//! `/console/visitors`: who is on the sites now, with the chat connected.

use axum::extract::State;
use model::{IdentityId, SourceId, ThreadId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::{Listed, Page};

use super::visit::{PageOut, VariableOut};
use crate::app::App;
use crate::avatars;
use crate::domain::Error;
use crate::domain::on_site::{self, LOOKED_AT, OnSite, Wanted};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Result, Written, page};

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
    /// `phone`, `tablet` or `computer`, where the browser says it.
    device: Option<String>,
    /// How many visits there were, this one included.
    visits: Option<i64>,
    /// Their custom variables, as far as they are told and meant for agents.
    variables: Vec<VariableOut>,
    /// The conversation that they are in; null while they are in none.
    thread_id: Option<ThreadId>,
    /// Whether the caller may begin a conversation with them.
    may_invite: bool,
}

impl OnSiteOut {
    fn new(app: &App, one: OnSite) -> Self {
        let OnSite { identity, source, since, visit, page_told, variables, thread, may_invite } = one;
        let device = visit.as_ref().and_then(|visit| visit.facts.device.clone());
        let told = visit.filter(|_| page_told);
        Self {
            avatar_url: avatars::address(app, identity.avatar_url.as_deref()),
            display_name: identity.display_name(),
            identity_id: identity.id,
            source_id: source.id,
            since,
            device,
            page: told.as_ref().and_then(PageOut::of),
            visits: told.and_then(|visit| visit.facts.visits),
            variables: variables.into_iter().map(VariableOut::from).collect(),
            thread_id: thread.map(|thread| thread.id),
            may_invite,
        }
    }
}

/// Who is on the sites now, those who came last first. Of more than [`LOOKED_AT`] a filter finds none of the others.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<OnSiteOut>> {
    let page = page(&params)?;
    let scope = on_site::scope(&actor, params.id("source_id", SourceId::parse)?);
    let wanted = Wanted { page: named(&params, "page")?, variable: named(&params, "variable")? };
    let all = Page { offset: 0, limit: LOOKED_AT };
    let (count, present) = app.cluster.everybody().list(&scope, if wanted.is_everybody() { page } else { all }).await?;
    let read = app.db.read(move |tx| {
        Box::pin(async move {
            if wanted.is_everybody() {
                return Ok((count, on_site::look(tx, &actor, present).await?));
            }
            let found = on_site::matching(tx, present, &wanted).await?;
            let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
            Ok::<_, Error>((count, on_site::look(tx, &actor, on_site::window(found, page)).await?))
        })
    });
    let (count, records) = read.await?;
    let listed = Listed { count, records };
    Ok(Paged::new(listed, page, |one| OnSiteOut::new(&app, one)))
}

/// A text that one looks for; none where nothing is in it.
fn named(params: &Params, name: &str) -> Result<Option<String>> {
    Ok(params.text(name)?.filter(|text| !text.trim().is_empty()))
}

/// A conversation that an agent has begun.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BegunConversation")]
pub struct BegunOut {
    /// The conversation.
    thread_id: ThreadId,
}

/// Beginning a conversation with a visitor.
pub async fn invite(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<IdentityId>,
    params: Params,
) -> Result<Written<BegunOut>> {
    let source = params.required_id("source_id", SourceId::parse)?;
    let body = params.required("body")?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let begun = on_site::invite(tx, &actor, &id, &source, body).await?;
            Ok(BegunOut { thread_id: begun.thread_id })
        })
    })
    .await
}
