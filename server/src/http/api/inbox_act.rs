//! What agents do in the inbox to a thread as a whole: it is read, done, let go.

use std::sync::Arc;

use axum::extract::State;
use model::{ActId, CategoryId, ThreadId};
use schemars::JsonSchema;
use serde::Serialize;
use store::agent_thread::Mine;
use store::{Tx, TxFuture};

use super::bot::{SUCCESS, Success};
use crate::app::App;
use crate::cluster::Moment;
use crate::domain::{Actor, Error, attention, contact, finish, undo};
use crate::http::answer::write;
use crate::http::{Caller, Id, Params, Result, Written};

/// How far the caller has read a thread.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "ThreadRead")]
pub struct ReadOut {
    /// The place up to which they have read it.
    read_ordinal: i64,
    /// Whether it is marked for them, read or not.
    marked: bool,
    /// Whether that is because somebody has mentioned them.
    mentioned: bool,
}

impl From<Mine> for ReadOut {
    fn from(mine: Mine) -> Self {
        let Mine { read_ordinal, marked, mentioned } = mine;
        Self { read_ordinal, marked, mentioned }
    }
}

/// Noting that the caller has read a thread, up to a place (`upto`) or to its end. It never goes back.
pub async fn read(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Written<ReadOut>> {
    let up_to = params.integer("upto")?;
    keep(&app, actor, id, move |tx, actor, id| Box::pin(attention::read(tx, actor, id, up_to))).await
}

/// Having the caller find a thread unread again.
pub async fn unread(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ThreadId>) -> Result<Written<ReadOut>> {
    keep(&app, actor, id, |tx, actor, id| Box::pin(attention::keep_unread(tx, actor, id))).await
}

/// Notes what the caller has read of a thread, and tells their other pages.
async fn keep<F>(app: &App, actor: Arc<Actor>, id: ThreadId, note: F) -> Result<Written<ReadOut>>
where
    F: for<'t> Fn(&'t mut Tx, &'t Actor, &'t ThreadId) -> TxFuture<'t, Mine, Error> + Clone + Send + Sync + 'static,
{
    let (user_id, thread_id) = (actor.user.id.clone(), id.clone());
    let written =
        write(app, move |_, tx| Box::pin(async move { Ok(ReadOut::from(note(tx, &actor, &id).await?)) })).await?;
    let ReadOut { read_ordinal, marked, mentioned } = *written.told();
    app.cluster.tell(Moment::Mine { user_id, thread_id, read_ordinal, marked, mentioned });
    Ok(written)
}

/// Having nothing be left to do in a thread, with the disposition of its intervention.
pub async fn done(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Written<Success>> {
    let categories = params.ids("category_ids", CategoryId::parse)?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let act = undo::begin(tx, &actor, &id).await?;
            finish::done(tx, &actor, &id, categories).await?;
            undo::end(tx, &actor, act, "done").await?;
            Ok(SUCCESS)
        })
    })
    .await
}

/// Giving a thread back to everybody.
pub async fn let_go(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ThreadId>) -> Result<Written<Success>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            let act = undo::begin(tx, &actor, &id).await?;
            finish::let_go(tx, &actor, &id).await?;
            undo::end(tx, &actor, act, "let_go").await?;
            Ok(SUCCESS)
        })
    })
    .await
}

/// Asking the visitor of a chat for an address.
pub async fn ask_email(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
) -> Result<Written<Success>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            contact::ask_for(tx, &actor, &id).await?;
            Ok(SUCCESS)
        })
    })
    .await
}

/// How an act was taken back.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ActUndone")]
pub struct UndoneOut {
    /// Its thread.
    thread_id: ThreadId,
    /// Whether nothing was changed, since it was so already: its customer has written, or somebody has done the same.
    already: bool,
    /// Whether the customer was asked how it was before that could be taken back.
    survey_sent: bool,
}

/// Taking back what the caller has just done.
pub async fn take_back(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ActId>) -> Result<Written<UndoneOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            let undo::Undone { thread_id, already, survey_sent } = undo::undo(tx, &actor, &id).await?;
            Ok(UndoneOut { thread_id, already, survey_sent })
        })
    })
    .await
}
