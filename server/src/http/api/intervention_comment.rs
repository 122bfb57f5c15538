//! `/1.0/intervention_comments`: comments on interventions; those on none are the console's (`inbox_comment`).

use axum::extract::State;
use model::{CommentId, IdentityId, InterventionId, ThreadId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::Listed;
use store::comment::{Comment, CommentFilter};

use crate::app::App;
use crate::domain::draft::{self, Sent};
use crate::domain::{Error, comment, session};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A comment as the API shows it. `videntity_id` is the file's own spelling; `identity_id` is given beside it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InterventionComment")]
pub struct CommentOut {
    body: String,
    created_at: Timestamp,
    id: CommentId,
    identity_id: IdentityId,
    intervention_id: InterventionId,
    thread_id: ThreadId,
    updated_at: Timestamp,
    user_id: UserId,
    videntity_id: IdentityId,
}

impl CommentOut {
    /// None of a comment that is on no intervention: this API does not have it.
    fn of(comment: Comment) -> Option<Self> {
        let Comment { id, intervention_id, thread_id, source_id: _, identity_id, user_id, body, .. } = comment;
        let Comment { mention_ids: _, after_ordinal: _, created_at, updated_at, .. } = comment;
        let (intervention_id, identity_id) = (intervention_id?, identity_id?);
        let videntity_id = identity_id.clone();
        Some(Self { body, created_at, id, identity_id, intervention_id, thread_id, updated_at, user_id, videntity_id })
    }
}

fn out(comment: Comment) -> Result<CommentOut> {
    CommentOut::of(comment).ok_or_else(|| Error::NotFound("comment").into())
}

/// Getting all comments, newest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<CommentOut>> {
    let page = page(&params)?;
    let filter = CommentFilter {
        intervention_id: params.id("intervention_id", InterventionId::parse)?,
        thread_id: params.id("thread_id", ThreadId::parse)?,
        user_id: params.id("user_id", UserId::parse)?,
        identity_id: params.id("identity_id", IdentityId::parse)?,
    };
    let listed = app.db.read(move |tx| Box::pin(async move { comment::list(tx, &actor, &filter, page).await })).await?;
    let records = listed.records.into_iter().filter_map(CommentOut::of).collect();
    Ok(Paged::new(Listed { count: listed.count, records }, page, |out| out))
}

/// Getting a comment from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<CommentId>) -> Result<Reply<CommentOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { comment::find(tx, &actor, &id).await })).await?;
    Ok(Reply(out(found)?))
}

/// Creating a comment, as the caller; another `user_id` is taken as a wish to impersonate.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<CommentOut>> {
    let id = params.required_id("intervention_id", InterventionId::parse)?;
    let body = params.required("body")?;
    let user_id = params.id("user_id", UserId::parse)?;
    let version = params.integer("draft_version")?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let made = match user_id.filter(|u| *u != actor.user.id) {
                Some(other) => {
                    let refused = |e| match e {
                        Error::BadParameter { fault, .. } => Error::bad("user_id", fault),
                        other => other,
                    };
                    let other = session::impersonate(tx, &actor, other.as_str()).await.map_err(refused)?;
                    comment::create(tx, &other, &id, body).await?
                }
                None => comment::create(tx, &actor, &id, body).await?,
            };
            draft::sent(tx, &actor, &made.thread_id, version, Sent::Note).await?;
            out(made)
        })
    })
    .await
}

/// Deleting a comment.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<CommentId>,
) -> Result<Written<CommentOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            let gone = comment::delete(tx, &actor, &id).await?;
            out(gone)
        })
    })
    .await
}
