//! Private comments on a thread, as the console has them: with whom they mention.

use axum::extract::State;
use model::{CommentId, InterventionId, TeamId, ThreadId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::comment::Comment;

use crate::app::App;
use crate::domain::draft::{self, Sent};
use crate::domain::inbox::ThreadView;
use crate::domain::mention::{self, Callable};
use crate::domain::{Actor, comment};
use crate::http::answer::{Done, write};
use crate::http::{Caller, Id, Params, Reply, Result, Written};
use crate::views::row::PersonOut;

/// Somebody who stands in a comment.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CommentMention")]
struct NamedOut {
    /// The id of a user or a team.
    id: String,
    name: String,
}

/// A comment as the console shows it.
#[derive(Serialize, JsonSchema)]
pub(super) struct CommentView {
    id: CommentId,
    /// Its text; who is mentioned stands in it as `@[id]`.
    body: String,
    /// The users and teams that it calls.
    mention_ids: Vec<String>,
    /// The names of those who stand in its text.
    mentions: Vec<NamedOut>,
    /// The author.
    user: Option<PersonOut>,
    /// The case that it is on; null for none.
    intervention_id: Option<InterventionId>,
    /// The place of the content in the thread that it was written after; 0 for none.
    after: i64,
    /// Whether the caller may remove it.
    may_delete: bool,
    created_at: Timestamp,
}

/// The comments on a thread, oldest first.
pub(super) fn comments(actor: &Actor, view: &ThreadView) -> Vec<CommentView> {
    let named = |id: &str| Some(NamedOut { id: id.to_owned(), name: view.names.get(id)?.clone() });
    let one = |comment: &Comment| CommentView {
        id: comment.id.clone(),
        mentions: mention::ids_in(&comment.body).filter_map(named).collect(),
        body: comment.body.clone(),
        mention_ids: comment.mention_ids.0.clone(),
        user: view.users.get(&comment.user_id).map(PersonOut::from),
        intervention_id: comment.intervention_id.clone(),
        after: comment.after_ordinal,
        may_delete: comment::may_delete(actor, comment),
        created_at: comment.created_at,
    };
    view.comments.iter().map(one).collect()
}

/// A comment that was written.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WrittenComment")]
pub struct WrittenOut {
    id: CommentId,
    thread_id: ThreadId,
    /// The case that it is on; null for none.
    intervention_id: Option<InterventionId>,
    user_id: UserId,
    body: String,
    /// The users and teams that it calls.
    mention_ids: Vec<String>,
    created_at: Timestamp,
}

impl From<Comment> for WrittenOut {
    fn from(comment: Comment) -> Self {
        let Comment { id, intervention_id, thread_id, source_id: _, identity_id: _, user_id, body, .. } = comment;
        let Comment { mention_ids, after_ordinal: _, created_at, updated_at: _, .. } = comment;
        Self { id, thread_id, intervention_id, user_id, body, mention_ids: mention_ids.0, created_at }
    }
}

/// Writing a comment on a thread, on whatever case it has; only those are told who are in `mention_ids`.
pub async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Written<WrittenOut>> {
    let body = params.required("body")?;
    let called = params.ids("mention_ids", |id| TeamId::parse(id).map(|id| id.to_string()))?.unwrap_or_default();
    let version = params.integer("draft_version")?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let made = comment::write_on(tx, &actor, &id, body, called).await?;
            draft::sent(tx, &actor, &id, version, Sent::Note).await?;
            Ok(WrittenOut::from(made))
        })
    })
    .await
}

/// Removing a comment, on a case or on none.
pub async fn delete(State(app): State<App>, Caller(actor): Caller, Id(id): Id<CommentId>) -> Result<Done> {
    let gone = write(&app, move |_, tx| Box::pin(async move { Ok(comment::remove(tx, &actor, &id).await.map(drop)?) }));
    Ok(gone.await?.into())
}

/// Somebody who can be mentioned.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Callable")]
struct CallableOut {
    /// The id of a user or a team.
    id: String,
    name: String,
    /// The address of a user; null for a team.
    email: Option<String>,
    /// Whether it is a team.
    team: bool,
}

impl From<Callable> for CallableOut {
    fn from(one: Callable) -> Self {
        match one {
            Callable::User(user) => {
                Self { id: user.id.to_string(), name: user.name(), email: Some(user.email), team: false }
            }
            Callable::Team(team) => Self { id: team.id.to_string(), name: team.name, email: None, team: true },
        }
    }
}

/// Those who can be mentioned in a comment on a thread.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Callables")]
pub struct CallablesOut {
    /// Who has had to do with the thread stands first, the last one ahead; then the others by their names.
    records: Vec<CallableOut>,
}

/// Getting who can be mentioned in a comment on a thread: the others who may read it, and their teams.
pub async fn callable(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
) -> Result<Reply<CallablesOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { mention::callable(tx, &actor, &id).await })).await?;
    Ok(Reply(CallablesOut { records: found.into_iter().map(CallableOut::from).collect() }))
}
