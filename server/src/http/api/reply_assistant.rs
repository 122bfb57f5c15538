//! `/1.0/reply_assistant`: groups, entries and versions of ready answers, and their use.

use axum::extract::State;
use model::{BodyFormat, CategoryId, ContentId, ReplyEntryId, ReplyGroupId, ReplyVersionId, SourceId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::reply_assistant::{ReplyEntry, ReplyGroup, ReplyVersion};

use crate::app::App;
use crate::domain::reply_assistant::{Entry, EntryIn, Group, GroupIn, VersionIn};
use crate::domain::reply_suggestion::{Rendered, Suggestion};
use crate::domain::{reply_assistant, reply_suggestion};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A group of ready answers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReplyGroup")]
pub struct GroupOut {
    /// Its answers are offered while an agent types.
    autocomplete: bool,
    created_at: Timestamp,
    /// The entries that are in it.
    entry_ids: Vec<ReplyEntryId>,
    id: ReplyGroupId,
    /// Its name.
    name: String,
    /// Its place among the groups, smaller ones first.
    position: i64,
    updated_at: Timestamp,
}

impl From<Group> for GroupOut {
    fn from((group, entry_ids): Group) -> Self {
        let ReplyGroup { id, name, autocomplete, position, created_at, updated_at } = group;
        Self { autocomplete, created_at, entry_ids, id, name, position, updated_at }
    }
}

/// A ready answer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReplyEntry")]
pub struct EntryOut {
    /// Only for messages of these categories; all when empty.
    category_ids: Vec<CategoryId>,
    created_at: Timestamp,
    /// The group that it is in.
    entry_group_id: Option<ReplyGroupId>,
    /// The company's own id of it.
    foreign_id: Option<String>,
    id: ReplyEntryId,
    /// Its name.
    label: String,
    /// What an agent types to get it, parted by commas.
    shortcuts: String,
    /// Only on these sources; all when empty.
    source_ids: Vec<SourceId>,
    updated_at: Timestamp,
    /// Its wordings.
    version_ids: Vec<ReplyVersionId>,
}

impl From<Entry> for EntryOut {
    fn from((entry, version_ids): Entry) -> Self {
        let ReplyEntry { id, label, foreign_id, entry_group_id, category_ids, shortcuts, source_ids, .. } = entry;
        let ReplyEntry { created_at, updated_at, .. } = entry;
        Self {
            category_ids: category_ids.0,
            created_at,
            entry_group_id,
            foreign_id,
            id,
            label,
            shortcuts: shortcuts.join(", "),
            source_ids: source_ids.0,
            updated_at,
            version_ids,
        }
    }
}

/// One wording of a ready answer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReplyVersion")]
pub struct VersionOut {
    /// Wordings have no files in this version: 0.
    attachments_count: i64,
    /// The text, with variables.
    body: String,
    created_at: Timestamp,
    /// The answer that it words.
    entry_id: ReplyEntryId,
    /// `text` or `html`.
    format: BodyFormat,
    id: ReplyVersionId,
    /// Its language; null for any.
    language: Option<String>,
    /// Only on these sources; all when empty.
    source_ids: Vec<SourceId>,
    updated_at: Timestamp,
}

impl From<ReplyVersion> for VersionOut {
    fn from(version: ReplyVersion) -> Self {
        let ReplyVersion { id, entry_id, body, format, language, source_ids, created_at, updated_at } = version;
        let source_ids = source_ids.0;
        Self { attachments_count: 0, body, created_at, entry_id, format, id, language, source_ids, updated_at }
    }
}

/// A wording with its variables filled in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RenderedReply")]
pub struct RenderedOut {
    /// The text for this customer and this agent.
    body: String,
    /// The answer that it words.
    entry_id: ReplyEntryId,
    /// `text` or `html`.
    format: BodyFormat,
    id: ReplyVersionId,
    /// Its language.
    language: Option<String>,
    /// The variables that have no value here.
    missing: Vec<String>,
}

impl From<Rendered> for RenderedOut {
    fn from(Rendered { version, body, missing }: Rendered) -> Self {
        let ReplyVersion { id, entry_id, format, language, .. } = version;
        Self { body, entry_id, format, id, language, missing }
    }
}

/// A ready answer that fits a content.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReplySuggestion")]
pub struct SuggestionOut {
    /// It may be offered while the agent types.
    autocomplete: bool,
    /// The company's own id of it.
    foreign_id: Option<String>,
    /// The name of its group.
    group: Option<String>,
    id: ReplyEntryId,
    /// Its name.
    label: String,
    /// What an agent types to get it.
    shortcuts: Vec<String>,
    /// The wording that fits best.
    version: RenderedOut,
}

impl From<Suggestion> for SuggestionOut {
    fn from(Suggestion { entry, group, rendered }: Suggestion) -> Self {
        let ReplyEntry { id, label, foreign_id, shortcuts, .. } = entry;
        let (autocomplete, group) = group.map_or((false, None), |g| (g.autocomplete, Some(g.name)));
        Self { autocomplete, foreign_id, group, id, label, shortcuts: shortcuts.0, version: rendered.into() }
    }
}

fn read_group(params: &Params) -> Result<GroupIn> {
    Ok(GroupIn {
        name: params.given("name")?,
        autocomplete: params.boolean("autocomplete")?,
        position: params.integer("position")?,
        entry_ids: params.ids("entry_ids", ReplyEntryId::parse)?,
    })
}

fn read_entry(params: &Params) -> Result<EntryIn> {
    let group_id = params.id("entry_group_id", ReplyGroupId::parse)?;
    let shortcuts = params.texts("shortcuts")?;
    let words = |texts: Vec<String>| -> Result<Vec<String>> {
        Ok(params.words("shortcuts", &texts)?.into_iter().map(str::to_owned).collect())
    };
    Ok(EntryIn {
        label: params.given("label")?,
        foreign_id: params.given("foreign_id")?,
        group_id: params.has("entry_group_id").then_some(group_id),
        category_ids: params.ids("category_ids", CategoryId::parse)?,
        shortcuts: shortcuts.map(words).transpose()?,
        source_ids: params.ids("source_ids", SourceId::parse)?,
    })
}

fn read_version(params: &Params) -> Result<VersionIn> {
    Ok(VersionIn {
        entry_id: params.id("entry_id", ReplyEntryId::parse)?,
        body: params.given("body")?,
        format: params.given("format")?,
        language: params.given("language")?,
        source_ids: params.ids("source_ids", SourceId::parse)?,
    })
}

/// Getting all groups, oldest first.
pub async fn list_groups(State(app): State<App>, params: Params) -> Result<Paged<GroupOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(reply_assistant::list_groups(tx, page))).await?;
    Ok(Paged::new(listed, page, GroupOut::from))
}

/// Creating a group.
pub async fn create_group(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<GroupOut>> {
    params.required("name")?;
    let given = read_group(&params)?;
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(reply_assistant::create_group(tx, &actor, given).await?.into()) })
    })
    .await
}

/// Getting a group from its id.
pub async fn show_group(State(app): State<App>, Id(id): Id<ReplyGroupId>) -> Result<Reply<GroupOut>> {
    let group = app.db.read(move |tx| Box::pin(async move { reply_assistant::find_group(tx, &id).await })).await?;
    Ok(Reply(group.into()))
}

/// Updating a group.
pub async fn update_group(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ReplyGroupId>,
    params: Params,
) -> Result<Written<GroupOut>> {
    let given = read_group(&params)?;
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(reply_assistant::update_group(tx, &actor, &id, given).await?.into()) })
    })
    .await
}

/// Deleting a group.
pub async fn delete_group(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ReplyGroupId>,
) -> Result<Written<GroupOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(reply_assistant::delete_group(tx, &actor, &id).await?.into()) }))
        .await
}

/// Getting all entries, oldest first.
pub async fn list_entries(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<EntryOut>> {
    let page = page(&params)?;
    let listed =
        app.db.read(move |tx| Box::pin(async move { reply_assistant::list_entries(tx, &actor, page).await })).await?;
    Ok(Paged::new(listed, page, EntryOut::from))
}

/// Creating an entry.
pub async fn create_entry(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<EntryOut>> {
    params.required("label")?;
    let given = read_entry(&params)?;
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(reply_assistant::create_entry(tx, &actor, given).await?.into()) })
    })
    .await
}

/// Getting an entry from its id.
pub async fn show_entry(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ReplyEntryId>,
) -> Result<Reply<EntryOut>> {
    let entry =
        app.db.read(move |tx| Box::pin(async move { reply_assistant::find_entry(tx, &actor, &id).await })).await?;
    Ok(Reply(entry.into()))
}

/// Updating an entry.
pub async fn update_entry(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ReplyEntryId>,
    params: Params,
) -> Result<Written<EntryOut>> {
    let given = read_entry(&params)?;
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(reply_assistant::update_entry(tx, &actor, &id, given).await?.into()) })
    })
    .await
}

/// Deleting an entry, with its versions.
pub async fn delete_entry(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ReplyEntryId>,
) -> Result<Written<EntryOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(reply_assistant::delete_entry(tx, &actor, &id).await?.into()) }))
        .await
}

/// Getting all versions, oldest first.
pub async fn list_versions(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<VersionOut>> {
    let page = page(&params)?;
    let listed =
        app.db.read(move |tx| Box::pin(async move { reply_assistant::list_versions(tx, &actor, page).await })).await?;
    Ok(Paged::new(listed, page, VersionOut::from))
}

/// Creating a version of an entry.
pub async fn create_version(
    State(app): State<App>,
    Caller(actor): Caller,
    params: Params,
) -> Result<Written<VersionOut>> {
    params.required("body")?;
    let entry = params.required_id("entry_id", ReplyEntryId::parse)?;
    let given = read_version(&params)?;
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(reply_assistant::create_version(tx, &actor, entry, given).await?.into()) })
    })
    .await
}

/// Getting a version from its id.
pub async fn show_version(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ReplyVersionId>,
) -> Result<Reply<VersionOut>> {
    let version =
        app.db.read(move |tx| Box::pin(async move { reply_assistant::find_version(tx, &actor, &id).await })).await?;
    Ok(Reply(version.into()))
}

/// Updating a version.
pub async fn update_version(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ReplyVersionId>,
    params: Params,
) -> Result<Written<VersionOut>> {
    let given = read_version(&params)?;
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(reply_assistant::update_version(tx, &actor, &id, given).await?.into()) })
    })
    .await
}

/// Deleting a version.
pub async fn delete_version(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ReplyVersionId>,
) -> Result<Written<VersionOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(reply_assistant::delete_version(tx, &actor, &id).await?.into()) })
    })
    .await
}

/// A version with its variables filled in for who wrote a content and who answers it: an extension.
pub async fn render(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ReplyVersionId>,
    params: Params,
) -> Result<Reply<RenderedOut>> {
    let content = params.required_id("content_id", ContentId::parse)?;
    let read =
        app.db.read(move |tx| Box::pin(async move { reply_suggestion::render(tx, &actor, &id, &content).await }));
    Ok(Reply(read.await?.into()))
}

/// The entries that fit a content, each in the version that fits best: an extension. `text` asks for those with all
/// of its words.
pub async fn suggest(
    State(app): State<App>,
    Caller(actor): Caller,
    params: Params,
) -> Result<Reply<Vec<SuggestionOut>>> {
    let content = params.required_id("content_id", ContentId::parse)?;
    let words = params.text("text")?.unwrap_or_default();
    let read =
        app.db.read(move |tx| Box::pin(async move { reply_suggestion::suggest(tx, &actor, &content, &words).await }));
    Ok(Reply(read.await?.into_iter().map(SuggestionOut::from).collect()))
}
