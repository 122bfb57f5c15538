//! What agents do in the inbox to several threads at once, and its taking back.
//!
//! Each thread is a transaction of its own, and so its own success or refusal; what is answered has both. A request that is
//! sent again, under the same act, does nothing twice.

use std::sync::Arc;

use axum::extract::State;
use model::{ActId, CategoryId, TagId, ThreadId, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::app::App;
use crate::cluster::Moment;
use crate::domain::bulk::{self, Task};
use crate::domain::{Actor, Error, Fault, undo};
use crate::http::answer::{write, write_aside};
use crate::http::{Caller, Id, Params, Refusal, Result, Written};

/// A thread to which something was not done, and why: as the refusal of a single request would be.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "BulkRefusal")]
struct RefusedOut {
    thread_id: ThreadId,
    /// The refusal, with `error`, `message` and `status`.
    refusal: Map<String, Value>,
}

impl RefusedOut {
    fn new(thread_id: ThreadId, error: Error) -> Self {
        let Value::Object(refusal) = Refusal(error).told() else { return Self { thread_id, refusal: Map::new() } };
        Self { thread_id, refusal }
    }
}

/// What was done to several threads.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "BulkDone")]
pub struct BulkOut {
    /// Those to which it was done.
    done: Vec<ThreadId>,
    /// Those of them of which it cannot be taken back, or nothing was changed.
    fixed: Vec<ThreadId>,
    /// Those to which it was not done.
    refused: Vec<RefusedOut>,
}

/// Doing one thing to several threads.
pub async fn act(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<BulkOut>> {
    let id = params.required_id("act_id", ActId::parse)?;
    let task = Arc::new(task(&app, &params)?);
    let mut out = BulkOut { done: Vec::new(), fixed: Vec::new(), refused: Vec::new() };
    for thread in threads(&params)? {
        let (who, act, what, of) = (actor.clone(), id.clone(), task.clone(), thread.clone());
        let done = write_aside(&app, move |tx| Box::pin(async move { bulk::one(tx, &who, &act, &what, &of).await }));
        match done.await {
            Ok(undoable) => {
                if let Task::Read = *task {
                    tell_read(&app, &actor, &thread).await?;
                }
                if !undoable {
                    out.fixed.push(thread.clone());
                }
                out.done.push(thread);
            }
            Err(error) => out.refused.push(RefusedOut::new(thread, error)),
        }
    }
    write(&app, move |_, _| Box::pin(async move { Ok(out) })).await
}

/// Tells the actor's other pages what they have read.
async fn tell_read(app: &App, actor: &Arc<Actor>, id: &ThreadId) -> Result<()> {
    let (user_id, thread_id) = (actor.user.id.clone(), id.clone());
    let (user, thread) = (user_id.clone(), id.clone());
    let read = app.db.read(move |tx| {
        Box::pin(async move { store::agent_thread::of_threads(tx, &user, std::slice::from_ref(&thread)).await })
    });
    let known = read.await.map_err(Error::Store)?.remove(id).unwrap_or_default();
    let store::agent_thread::Mine { read_ordinal, marked, mentioned } = known;
    app.cluster.tell(Moment::Mine { user_id, thread_id, read_ordinal, marked, mentioned });
    Ok(())
}

fn threads(params: &Params) -> Result<Vec<ThreadId>> {
    let mut ids = params.ids("thread_ids", ThreadId::parse)?.unwrap_or_default();
    // Two who do something to the same threads hold them in one order.
    ids.sort();
    ids.dedup();
    match ids.len() {
        0 => Err(Error::bad("thread_ids", Fault::required()).into()),
        count if count > bulk::MOST => Err(Error::invalid("thread_ids", Fault::too_many(bulk::MOST)).into()),
        _ => Ok(ids),
    }
}

const ACTS: &[&str] = &["done", "assign", "let_go", "defer", "categorize", "tag", "lock", "unlock", "read"];

fn task(app: &App, params: &Params) -> Result<Task> {
    Ok(match params.text("act")?.as_deref() {
        Some("done") => Task::Done(params.ids("category_ids", CategoryId::parse)?),
        Some("assign") => Task::Assign(params.required_id("user_id", UserId::parse)?),
        Some("let_go") => Task::LetGo,
        Some("defer") => {
            let until = params.time("deferred_at")?;
            let seconds = params.integer("duration")?;
            let after = |seconds| app.db.clock().now().plus_seconds(seconds);
            Task::Defer(until.or(seconds.map(after)).ok_or_else(|| Error::bad("deferred_at", Fault::required()))?)
        }
        Some("categorize") => {
            let ids = |name| Ok::<_, Refusal>(params.ids(name, CategoryId::parse)?.unwrap_or_default());
            Task::Categorize(ids("category_ids")?, ids("removed_category_ids")?)
        }
        Some("tag") => {
            let ids = |name| Ok::<_, Refusal>(params.ids(name, TagId::parse)?.unwrap_or_default());
            Task::Tag(ids("tag_ids")?, ids("removed_tag_ids")?)
        }
        Some("lock") => Task::Lock,
        Some("unlock") => Task::Unlock,
        Some("read") => Task::Read,
        None => return Err(Error::bad("act", Fault::required()).into()),
        Some(_) => return Err(Error::bad("act", Fault::one_of(ACTS)).into()),
    })
}

/// How far something that was done to several threads was taken back.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "BulkUndone")]
pub struct UndoneOut {
    /// Those of which it was.
    undone: Vec<ThreadId>,
    /// Those of which it was not, and why.
    kept: Vec<RefusedOut>,
    /// Those of `undone` whose customer was asked how it was before that could be taken back.
    surveyed: Vec<ThreadId>,
    /// There are more: the same request goes on with them.
    more: bool,
}

/// Taking back what the caller has just done to several threads, some of them at a time.
pub async fn take_back(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ActId>) -> Result<Written<UndoneOut>> {
    let (who, act) = (actor.clone(), id.clone());
    let limit = i64::try_from(bulk::MOST).unwrap_or(i64::MAX);
    let found = app.db.read(move |tx| Box::pin(async move { undo::still_done(tx, &who, &act, limit).await })).await?;
    let more = found.len() == bulk::MOST;
    let mut out = UndoneOut { undone: Vec::new(), kept: Vec::new(), surveyed: Vec::new(), more };
    for thread in found {
        match undo_one(&app, &actor, &id, &thread).await {
            Ok(undo::Undone { survey_sent, .. }) => {
                if survey_sent {
                    out.surveyed.push(thread.clone());
                }
                out.undone.push(thread);
            }
            Err(error) if error.is_passing() => return Err(error.into()),
            Err(error) => {
                let (who, act, of) = (actor.clone(), id.clone(), thread.clone());
                write_aside(&app, move |tx| Box::pin(async move { undo::leave_one(tx, &who, &act, &of).await }))
                    .await?;
                out.kept.push(RefusedOut::new(thread, error));
            }
        }
    }
    write(&app, move |_, _| Box::pin(async move { Ok(out) })).await
}

async fn undo_one(app: &App, actor: &Arc<Actor>, id: &ActId, thread: &ThreadId) -> crate::domain::Result<undo::Undone> {
    let (who, act, of) = (actor.clone(), id.clone(), thread.clone());
    write_aside(app, move |tx| Box::pin(async move { undo::undo_one(tx, &who, &act, &of).await })).await
}
