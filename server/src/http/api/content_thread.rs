//! `/1.0/content_threads`.

use axum::extract::State;
use model::{CategoryId, ContentId, IdentityId, Owner, SourceId, TagId, ThreadId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::thread::Thread;

use crate::app::App;
use crate::domain::{Error, Fault, ownership, search, thread, thread_parts, thread_tag, undo};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A thread as the API shows it.
#[derive(Serialize, JsonSchema)]
pub struct ThreadOut {
    category_ids: Vec<CategoryId>,
    closed: bool,
    contents_count: i64,
    created_at: Timestamp,
    extra_data: Map<String, Value>,
    first_categorization_at: Option<Timestamp>,
    first_content_author_id: Option<IdentityId>,
    first_content_id: Option<ContentId>,
    foreign_id: Option<String>,
    id: ThreadId,
    intervention_user_ids: Vec<UserId>,
    interventions_count: i64,
    last_content_at: Option<Timestamp>,
    last_content_id: Option<ContentId>,
    opened_intervention_user_ids: Vec<UserId>,
    source_id: SourceId,
    thread_category_ids: Vec<CategoryId>,
    /// The tags set on it: an extension.
    tag_ids: Vec<TagId>,
    /// Who has the thread: an extension.
    owner: Option<Owner>,
    /// Grows each time that the owner changes: an extension.
    owner_epoch: i64,
    /// A bot gave it to people, and no bot may take it: an extension.
    handed_over: bool,
    title: Option<String>,
    updated_at: Timestamp,
    disable_text_input: bool,
}

impl From<Thread> for ThreadOut {
    fn from(thread: Thread) -> Self {
        let title = thread.shown_title().map(str::to_owned);
        let Thread { id, source_id, foreign_id, closed, text_input_disabled, private: _, .. } = thread;
        let Thread { category_ids, thread_category_ids, extra_data, contents_count, interventions_count, .. } = thread;
        let Thread { first_categorization_at, first_content_author_id, first_content_id, tag_ids, .. } = thread;
        let Thread { last_content_at, last_content_id, .. } = thread;
        let Thread { intervention_user_ids, opened_intervention_user_ids, .. } = thread;
        // The rest is Hubbub's own bookkeeping of folders and marks.
        let Thread { created_at, updated_at, owner, owner_epoch, handed_over_by, .. } = thread;
        Self {
            category_ids: category_ids.0,
            closed,
            contents_count,
            created_at,
            extra_data: extra_data.0,
            first_categorization_at,
            first_content_author_id,
            first_content_id,
            foreign_id,
            handed_over: handed_over_by.is_some(),
            id,
            intervention_user_ids: intervention_user_ids.0,
            interventions_count,
            // One that a third party has only named has none.
            last_content_at: last_content_id.is_some().then_some(last_content_at),
            last_content_id,
            opened_intervention_user_ids: opened_intervention_user_ids.0,
            owner: owner.map(|o| o.0),
            owner_epoch,
            source_id,
            thread_category_ids: thread_category_ids.0,
            tag_ids: tag_ids.0,
            title,
            updated_at,
            disable_text_input: text_input_disabled,
        }
    }
}

/// Getting all threads, newest activity first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<ThreadOut>> {
    let page = page(&params)?;
    let query = search::parse(&params.text("q")?.unwrap_or_default(), "q")?;
    let listed =
        app.db.read(move |tx| Box::pin(async move { search::threads(tx, &actor, &query, page).await })).await?;
    Ok(Paged::new(listed, page, ThreadOut::from))
}

/// Getting a thread from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ThreadId>) -> Result<Reply<ThreadOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { thread::find(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Closing a thread. Takes effect before the answer.
pub async fn close(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ThreadId>) -> Result<Written<ThreadOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            let act = undo::begin(tx, &actor, &id).await?;
            let changed = thread::close(tx, &actor, &id).await?;
            undo::end(tx, &actor, act, "lock").await?;
            Ok(changed.into())
        })
    })
    .await
}

/// Opening a thread. Takes effect before the answer.
pub async fn open(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ThreadId>) -> Result<Written<ThreadOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            let act = undo::begin(tx, &actor, &id).await?;
            let changed = thread::open(tx, &actor, &id).await?;
            undo::end(tx, &actor, act, "unlock").await?;
            Ok(changed.into())
        })
    })
    .await
}

/// Archiving a thread.
pub async fn ignore(State(app): State<App>, Caller(actor): Caller, Id(id): Id<ThreadId>) -> Result<Written<ThreadOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(thread::ignore(tx, &actor, &id).await?.into()) })).await
}

/// Disabling text input on a messaging thread.
pub async fn disable_text_input(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
) -> Result<Written<ThreadOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(thread::set_text_input(tx, &actor, &id, true).await?.into()) }))
        .await
}

/// Enabling text input on a messaging thread.
pub async fn enable_text_input(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
) -> Result<Written<ThreadOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(thread::set_text_input(tx, &actor, &id, false).await?.into()) }))
        .await
}

/// Categorizing a thread.
pub async fn update_categories(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Written<ThreadOut>> {
    let ids = params.ids("thread_category_ids", CategoryId::parse)?.unwrap_or_default();
    write(&app, move |_, tx| {
        Box::pin(async move {
            let act = undo::begin(tx, &actor, &id).await?;
            let changed = thread::update_categories(tx, &actor, &id, ids).await?;
            undo::end(tx, &actor, act, "categories").await?;
            Ok(changed.into())
        })
    })
    .await
}

/// Tagging a thread.
pub async fn update_tags(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Written<ThreadOut>> {
    let ids = params.ids("tag_ids", TagId::parse)?.unwrap_or_default();
    write(&app, move |_, tx| {
        Box::pin(async move {
            let act = undo::begin(tx, &actor, &id).await?;
            let changed = thread_tag::update(tx, &actor, &id, ids).await?;
            undo::end(tx, &actor, act, "tags").await?;
            Ok(changed.into())
        })
    })
    .await
}

/// Extension: giving a thread to a bot, or back to the one that had it last.
pub async fn give_to_bot(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Written<ThreadOut>> {
    let bot = params.id("user_id", UserId::parse)?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let act = undo::begin(tx, &actor, &id).await?;
            let changed = ownership::give_to_bot(tx, &actor, &id, bot).await?;
            undo::end(tx, &actor, act, "assign").await?;
            Ok(changed.into())
        })
    })
    .await
}

/// Extension: having a part of a thread become one of its own.
pub async fn split(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Written<ThreadOut>> {
    let at = params.id("content_id", ContentId::parse)?.ok_or_else(|| Error::bad("content_id", Fault::required()))?;
    write(&app, move |_, tx| Box::pin(async move { Ok(thread_parts::split(tx, &actor, &id, &at).await?.into()) })).await
}

/// Extension: having two threads become one.
pub async fn merge(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ThreadId>,
    params: Params,
) -> Result<Written<ThreadOut>> {
    let other = params.id("thread_id", ThreadId::parse)?.ok_or_else(|| Error::bad("thread_id", Fault::required()))?;
    write(&app, move |_, tx| Box::pin(async move { Ok(thread_parts::merge(tx, &actor, &id, &other).await?.into()) }))
        .await
}
