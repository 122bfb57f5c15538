//! What is done to several threads at once: to each by the use case of the single act, with the actor's own rights, in a
//! transaction of its own. So what cannot be done to one of them keeps nothing from the others.

use model::{ActId, CategoryId, Permission, SourcePermission, TagId, ThreadId, ThreadState, Timestamp, UserId};
use store::intervention as rows;
use store::{Tx, act as acts};

use crate::base::{Actor, Error, Reason, Result, checks::without};
use crate::conversation::{acting, attention, finish, handover, intervention as cases, thread, thread_tag};

/// How many threads one request names at the most.
pub const MOST: usize = 50;

/// What is to be done to each.
#[derive(Clone, Debug)]
pub enum Task {
    /// Nothing is left to do, with these categories of what ends.
    Done(Option<Vec<CategoryId>>),
    /// Somebody has it from now on; what nobody has is taken for them.
    Assign(UserId),
    /// Nobody has it any more.
    LetGo,
    /// It is put aside until then.
    Defer(Timestamp),
    /// These come to its categories, and those go.
    Categorize(Vec<CategoryId>, Vec<CategoryId>),
    /// These come to its tags, and those go.
    Tag(Vec<TagId>, Vec<TagId>),
    /// Nobody can write in it.
    Lock,
    /// They can again.
    Unlock,
    /// The actor has read it.
    Read,
}

impl Task {
    /// What it is called where it is taken back.
    fn kind(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Assign(_) => "assign",
            Self::LetGo => "let_go",
            Self::Defer(_) => "defer",
            Self::Categorize(..) => "categories",
            Self::Tag(..) => "tags",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Read => "read",
        }
    }
}

/// Does it to one thread, once for an act; tells whether it can be taken back.
///
/// # Errors
/// As the single act has them; 422 `live_chat` where a live chat that goes on would be put aside.
pub async fn one(tx: &mut Tx, actor: &Actor, act: &ActId, task: &Task, id: &ThreadId) -> Result<bool> {
    let mut actor = actor.clone();
    actor.act = Some(act.clone());
    // It was composed for all of them: what each was is looked at here.
    actor.owner_epoch = None;
    let begun = acting::begin(tx, &actor, id).await?;
    // Asked again, as no answer had come: it was done.
    if acts::of_thread(tx, act, id).await?.is_some() {
        return Ok(true);
    }
    run(tx, &actor, task, id).await?;
    acting::end_one(tx, &actor, begun, task.kind()).await
}

async fn run(tx: &mut Tx, actor: &Actor, task: &Task, id: &ThreadId) -> Result<()> {
    match task {
        Task::Done(categories) => {
            if thread::find(tx, actor, id).await?.state() == ThreadState::Done {
                return Err(Error::forbidden(Reason::Already.says("the thread is done already")));
            }
            finish::done(tx, actor, id, categories.clone()).await?;
        }
        Task::Assign(to) => assign(tx, actor, id, to).await?,
        Task::LetGo => {
            finish::let_go(tx, actor, id).await?;
        }
        Task::Defer(until) => {
            let (held, _) = thread::lock(tx, actor, id).await?;
            if held.is_live_chat() && !held.closed {
                return Err(Error::Unprocessable("live_chat", "a live chat that goes on is not put aside".into()));
            }
            let case = rows::open_of_thread(tx, id).await?.ok_or_else(nobody)?;
            cases::defer(tx, actor, &case.id, *until).await?;
        }
        Task::Categorize(add, remove) => {
            let held = thread::find(tx, actor, id).await?;
            thread::update_categories(tx, actor, id, changed(&held.thread_category_ids, add, remove)).await?;
        }
        Task::Tag(add, remove) => {
            let held = thread::find(tx, actor, id).await?;
            thread_tag::update(tx, actor, id, changed(&held.tag_ids, add, remove)).await?;
        }
        Task::Lock => {
            actor.require(Permission::CloseContentThread)?;
            thread::close(tx, actor, id).await?;
        }
        Task::Unlock => {
            actor.require(Permission::OpenContentThread)?;
            thread::open(tx, actor, id).await?;
        }
        Task::Read => {
            attention::read(tx, actor, id, None).await?;
        }
    }
    Ok(())
}

/// Gives a thread to somebody. What waits for anybody is taken first, as the actor would by themselves.
async fn assign(tx: &mut Tx, actor: &Actor, id: &ThreadId, to: &UserId) -> Result<()> {
    let (mut held, source) = thread::lock(tx, actor, id).await?;
    let case = match rows::open_of_thread(tx, id).await? {
        Some(case) => case,
        None if held.state() == ThreadState::Unassigned => {
            actor.require_on(&source.id, SourcePermission::Reply)?;
            handover::require_given(&actor.user, &held)?;
            cases::take(tx, actor, &mut held).await?.ok_or_else(nobody)?
        }
        None => return Err(nobody()),
    };
    if case.user_id != *to {
        cases::reassign(tx, actor, &case.id, to).await?;
    }
    Ok(())
}

/// What a thread has once some have come, at the end, and others have gone.
fn changed<T: Clone + PartialEq>(held: &[T], add: &[T], remove: &[T]) -> Vec<T> {
    let mut all = without(&without(held, remove), add);
    all.extend_from_slice(add);
    all
}

fn nobody() -> Error {
    Error::forbidden(Reason::InterventionClosed.says("nobody has this conversation"))
}
