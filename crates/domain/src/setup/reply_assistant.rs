//! The reply assistant: groups of ready answers, the answers (entries), and their wordings (versions).

use std::collections::HashMap;

use model::{BodyFormat, CategoryId, ReplyEntryId, ReplyGroupId, ReplyVersionId, SourceId};
use store::reply_assistant::{self as rows, ReplyEntry, ReplyGroup, ReplyVersion};
use store::{Filter, Json, Listed, Page, Tx, category};

use crate::base::{
    Actor, Change, Error, Fault, Result, checked_name,
    checks::{checked_locale, distinct},
    note_change, sight,
};

/// Longest body of a version in characters: as that of a content.
const BODY_MAX: usize = 20_000;
/// Most entries of a group, and most shortcuts of an entry.
const MANY: usize = 1000;

/// A group with its entries, oldest first.
pub type Group = (ReplyGroup, Vec<ReplyEntryId>);
/// An entry with its versions, oldest first.
pub type Entry = (ReplyEntry, Vec<ReplyVersionId>);

/// What is said of a group; what is absent stays as it is, or has its default.
#[derive(Clone, Debug, Default)]
pub struct GroupIn {
    /// Its name.
    pub name: Option<String>,
    /// Its answers are offered while an agent types.
    pub autocomplete: Option<bool>,
    /// Its place among the groups.
    pub position: Option<i64>,
    /// Just these entries are in it.
    pub entry_ids: Option<Vec<ReplyEntryId>>,
}

/// What is said of an entry; what is absent stays as it is, or has its default. An empty text takes a value back.
#[derive(Clone, Debug, Default)]
pub struct EntryIn {
    /// Its name.
    pub label: Option<String>,
    /// The company's own id of it.
    pub foreign_id: Option<String>,
    /// Its group; none takes it out of its group.
    pub group_id: Option<Option<ReplyGroupId>>,
    /// Only for messages of these categories.
    pub category_ids: Option<Vec<CategoryId>>,
    /// What an agent types to get it.
    pub shortcuts: Option<Vec<String>>,
    /// Only on these sources.
    pub source_ids: Option<Vec<SourceId>>,
}

/// What is said of a version; what is absent stays as it is, or has its default. An empty text takes a value back.
#[derive(Clone, Debug, Default)]
pub struct VersionIn {
    /// The entry that it words.
    pub entry_id: Option<ReplyEntryId>,
    /// The text.
    pub body: Option<String>,
    /// `text` or `html`.
    pub format: Option<String>,
    /// Its language.
    pub language: Option<String>,
    /// Only on these sources.
    pub source_ids: Option<Vec<SourceId>>,
}

/// Lists groups, oldest first.
pub async fn list_groups(tx: &mut Tx, page: Page) -> Result<Listed<Group>> {
    let Listed { count, records } = tx.list::<ReplyGroup>(Filter::default(), "created_at, id", page).await?;
    let ids: Vec<ReplyGroupId> = records.iter().map(|g| g.id.clone()).collect();
    let mut entries = gather(rows::entry_ids(tx, &ids).await?);
    let with = |g: ReplyGroup| {
        let ids = entries.remove(&g.id).unwrap_or_default();
        (g, ids)
    };
    Ok(Listed { count, records: records.into_iter().map(with).collect() })
}

/// Finds a group.
///
/// # Errors
/// 404.
pub async fn find_group(tx: &mut Tx, id: &ReplyGroupId) -> Result<Group> {
    let group = rows::group(tx, id).await?.ok_or(Error::NotFound("group"))?;
    let entries = rows::entry_ids(tx, std::slice::from_ref(id)).await?;
    Ok((group, entries.into_iter().map(|(_, entry)| entry).collect()))
}

/// Makes a group.
///
/// # Errors
/// 422 when a value is not acceptable.
pub async fn create_group(tx: &mut Tx, actor: &Actor, given: GroupIn) -> Result<Group> {
    let now = tx.now();
    let mut group = ReplyGroup {
        id: ReplyGroupId::new(now),
        name: String::new(),
        autocomplete: false,
        position: 0,
        created_at: now,
        updated_at: now,
    };
    set_group(&mut group, &given)?;
    tx.insert(&group).await?;
    regroup(tx, &group.id, given.entry_ids).await?;
    note_change(tx, Some(actor), "reply_assistant/group", group.id.as_str(), Change::Created);
    find_group(tx, &group.id).await
}

/// Changes a group.
///
/// # Errors
/// 404; 422 when a value is not acceptable.
pub async fn update_group(tx: &mut Tx, actor: &Actor, id: &ReplyGroupId, given: GroupIn) -> Result<Group> {
    let (mut group, _) = find_group(tx, id).await?;
    set_group(&mut group, &given)?;
    group.updated_at = tx.now();
    tx.update(&group).await?;
    regroup(tx, id, given.entry_ids).await?;
    note_change(tx, Some(actor), "reply_assistant/group", id.as_str(), Change::Updated);
    find_group(tx, id).await
}

/// Removes a group; its entries stay, without one. Gives it as it was.
///
/// # Errors
/// 404.
pub async fn delete_group(tx: &mut Tx, actor: &Actor, id: &ReplyGroupId) -> Result<Group> {
    let group = find_group(tx, id).await?;
    tx.delete::<ReplyGroup>(id.as_str()).await?;
    note_change(tx, Some(actor), "reply_assistant/group", id.as_str(), Change::Deleted);
    Ok(group)
}

fn set_group(group: &mut ReplyGroup, given: &GroupIn) -> Result<()> {
    if let Some(name) = &given.name {
        group.name = checked_name("name", name)?;
    }
    group.autocomplete = given.autocomplete.unwrap_or(group.autocomplete);
    group.position = given.position.unwrap_or(group.position);
    if !(-1_000_000..=1_000_000).contains(&group.position) {
        return Err(Error::invalid("position", Fault::between(-1_000_000, 1_000_000)));
    }
    Ok(())
}

async fn regroup(tx: &mut Tx, id: &ReplyGroupId, entries: Option<Vec<ReplyEntryId>>) -> Result<()> {
    let Some(entries) = entries.map(distinct) else { return Ok(()) };
    let unknown = || Error::invalid("entry_ids", Fault::names_unknown("an entry"));
    if entries.len() > MANY {
        return Err(Error::invalid("entry_ids", Fault::too_many(MANY)));
    }
    let moved = rows::regroup(tx, id, &entries).await?;
    if usize::try_from(moved) == Ok(entries.len()) { Ok(()) } else { Err(unknown()) }
}

/// Lists entries, oldest first.
pub async fn list_entries(tx: &mut Tx, actor: &Actor, page: Page) -> Result<Listed<Entry>> {
    let Listed { count, records } = tx.list::<ReplyEntry>(Filter::default(), "created_at, id", page).await?;
    let ids: Vec<ReplyEntryId> = records.iter().map(|e| e.id.clone()).collect();
    let mut versions = gather(rows::version_ids(tx, &ids).await?);
    let with = |e: ReplyEntry| {
        let ids = versions.remove(&e.id).unwrap_or_default();
        (shown_entry(actor, e), ids)
    };
    Ok(Listed { count, records: records.into_iter().map(with).collect() })
}

/// Finds an entry.
///
/// # Errors
/// 404.
pub async fn find_entry(tx: &mut Tx, actor: &Actor, id: &ReplyEntryId) -> Result<Entry> {
    let (entry, versions) = whole_entry(tx, id).await?;
    Ok((shown_entry(actor, entry), versions))
}

async fn whole_entry(tx: &mut Tx, id: &ReplyEntryId) -> Result<Entry> {
    let entry = rows::entry(tx, id).await?.ok_or(Error::NotFound("entry"))?;
    let versions = rows::version_ids(tx, std::slice::from_ref(id)).await?;
    Ok((entry, versions.into_iter().map(|(_, version)| version).collect()))
}

/// An entry with the sources that the actor sees.
fn shown_entry(actor: &Actor, entry: ReplyEntry) -> ReplyEntry {
    ReplyEntry { source_ids: Json(sight::seen(actor, &entry.source_ids)), ..entry }
}

/// Makes an entry, without a wording yet.
///
/// # Errors
/// 422 when a value is not acceptable.
pub async fn create_entry(tx: &mut Tx, actor: &Actor, given: EntryIn) -> Result<Entry> {
    let now = tx.now();
    let mut entry = ReplyEntry {
        id: ReplyEntryId::new(now),
        label: String::new(),
        foreign_id: None,
        entry_group_id: None,
        category_ids: Json::default(),
        shortcuts: Json::default(),
        source_ids: Json::default(),
        created_at: now,
        updated_at: now,
    };
    set_entry(tx, actor, &mut entry, given).await?;
    tx.insert(&entry).await?;
    note_change(tx, Some(actor), "reply_assistant/entry", entry.id.as_str(), Change::Created);
    Ok((entry, Vec::new()))
}

/// Changes an entry.
///
/// # Errors
/// 404; 422 when a value is not acceptable.
pub async fn update_entry(tx: &mut Tx, actor: &Actor, id: &ReplyEntryId, given: EntryIn) -> Result<Entry> {
    let (mut entry, versions) = whole_entry(tx, id).await?;
    set_entry(tx, actor, &mut entry, given).await?;
    entry.updated_at = tx.now();
    tx.update(&entry).await?;
    note_change(tx, Some(actor), "reply_assistant/entry", id.as_str(), Change::Updated);
    Ok((shown_entry(actor, entry), versions))
}

/// Removes an entry with its versions. Gives it as it was.
///
/// # Errors
/// 404.
pub async fn delete_entry(tx: &mut Tx, actor: &Actor, id: &ReplyEntryId) -> Result<Entry> {
    let entry = find_entry(tx, actor, id).await?;
    tx.delete::<ReplyEntry>(id.as_str()).await?;
    note_change(tx, Some(actor), "reply_assistant/entry", id.as_str(), Change::Deleted);
    Ok(entry)
}

async fn set_entry(tx: &mut Tx, actor: &Actor, entry: &mut ReplyEntry, given: EntryIn) -> Result<()> {
    let EntryIn { label, foreign_id, group_id, category_ids, shortcuts, source_ids } = given;
    if let Some(label) = label {
        entry.label = checked_name("label", &label)?;
    }
    if let Some(id) = foreign_id {
        entry.foreign_id = if id.trim().is_empty() { None } else { Some(checked_name("foreign_id", &id)?) };
    }
    if let Some(id) = group_id {
        if let Some(id) = &id
            && rows::group(tx, id).await?.is_none()
        {
            return Err(Error::invalid("entry_group_id", Fault::unknown()));
        }
        entry.entry_group_id = id;
    }
    if let Some(ids) = category_ids.map(distinct) {
        if category::by_ids(tx, &ids).await?.len() != ids.len() {
            return Err(Error::invalid("category_ids", Fault::names_unknown("a category")));
        }
        entry.category_ids = Json(ids);
    }
    if let Some(shortcuts) = shortcuts {
        entry.shortcuts = Json(checked_shortcuts(shortcuts)?);
    }
    if let Some(ids) = source_ids {
        entry.source_ids = Json(sight::kept(tx, actor, ids, &entry.source_ids).await?);
    }
    Ok(())
}

fn checked_shortcuts(shortcuts: Vec<String>) -> Result<Vec<String>> {
    let shortcuts: Result<Vec<String>> = shortcuts.iter().map(|s| checked_name("shortcuts", s)).collect();
    let shortcuts = distinct(shortcuts?);
    if shortcuts.len() > 50 || shortcuts.iter().any(|s| s.contains(',')) {
        return Err(Error::invalid("shortcuts", Fault::too_many(50)));
    }
    Ok(shortcuts)
}

/// Lists versions, oldest first.
pub async fn list_versions(tx: &mut Tx, actor: &Actor, page: Page) -> Result<Listed<ReplyVersion>> {
    let Listed { count, records } = tx.list(Filter::default(), "created_at, id", page).await?;
    Ok(Listed { count, records: records.into_iter().map(|version| shown_version(actor, version)).collect() })
}

/// Finds a version.
///
/// # Errors
/// 404.
pub async fn find_version(tx: &mut Tx, actor: &Actor, id: &ReplyVersionId) -> Result<ReplyVersion> {
    Ok(shown_version(actor, whole_version(tx, id).await?))
}

/// Finds a version with all its sources.
///
/// # Errors
/// 404.
pub(crate) async fn whole_version(tx: &mut Tx, id: &ReplyVersionId) -> Result<ReplyVersion> {
    rows::version(tx, id).await?.ok_or(Error::NotFound("version"))
}

/// A version with the sources that the actor sees.
fn shown_version(actor: &Actor, version: ReplyVersion) -> ReplyVersion {
    ReplyVersion { source_ids: Json(sight::seen(actor, &version.source_ids)), ..version }
}

/// Makes a version of an entry.
///
/// # Errors
/// 404 when there is no such entry; 422 when a value is not acceptable.
pub async fn create_version(tx: &mut Tx, actor: &Actor, entry: ReplyEntryId, given: VersionIn) -> Result<ReplyVersion> {
    let now = tx.now();
    let mut version = ReplyVersion {
        id: ReplyVersionId::new(now),
        entry_id: entry.clone(),
        body: String::new(),
        format: BodyFormat::Text,
        language: None,
        source_ids: Json::default(),
        created_at: now,
        updated_at: now,
    };
    set_version(tx, actor, &mut version, VersionIn { entry_id: Some(entry), ..given }).await?;
    tx.insert(&version).await?;
    note_change(tx, Some(actor), "reply_assistant/version", version.id.as_str(), Change::Created);
    Ok(version)
}

/// Changes a version.
///
/// # Errors
/// 404, also when there is no such entry; 422 when a value is not acceptable.
pub async fn update_version(tx: &mut Tx, actor: &Actor, id: &ReplyVersionId, given: VersionIn) -> Result<ReplyVersion> {
    let mut version = whole_version(tx, id).await?;
    set_version(tx, actor, &mut version, given).await?;
    version.updated_at = tx.now();
    tx.update(&version).await?;
    note_change(tx, Some(actor), "reply_assistant/version", id.as_str(), Change::Updated);
    Ok(shown_version(actor, version))
}

/// Removes a version. Gives it as it was.
///
/// # Errors
/// 404.
pub async fn delete_version(tx: &mut Tx, actor: &Actor, id: &ReplyVersionId) -> Result<ReplyVersion> {
    let version = find_version(tx, actor, id).await?;
    tx.delete::<ReplyVersion>(id.as_str()).await?;
    note_change(tx, Some(actor), "reply_assistant/version", id.as_str(), Change::Deleted);
    Ok(version)
}

async fn set_version(tx: &mut Tx, actor: &Actor, version: &mut ReplyVersion, given: VersionIn) -> Result<()> {
    let VersionIn { entry_id, body, format, language, source_ids } = given;
    if let Some(id) = entry_id {
        version.entry_id = rows::entry(tx, &id).await?.ok_or(Error::NotFound("entry"))?.id;
    }
    if let Some(format) = format {
        let unknown = |_| Error::invalid("format", Fault::one_of(&["text", "html"]));
        version.format = if format.is_empty() { BodyFormat::Text } else { format.parse().map_err(unknown)? };
    }
    if let Some(body) = body {
        version.body = body;
    }
    if version.body.trim().is_empty() {
        return Err(Error::invalid("body", Fault::blank()));
    }
    if version.body.chars().count() > BODY_MAX {
        return Err(Error::invalid("body", Fault::too_long(BODY_MAX)));
    }
    if version.format == BodyFormat::Html {
        version.body = richtext::sanitize(&version.body);
    }
    if let Some(code) = language {
        version.language = if code.is_empty() { None } else { Some(checked_locale("language", &code)?) };
    }
    if let Some(ids) = source_ids {
        version.source_ids = Json(sight::kept(tx, actor, ids, &version.source_ids).await?);
    }
    Ok(())
}

fn gather<K: std::hash::Hash + Eq, V>(pairs: Vec<(K, V)>) -> HashMap<K, Vec<V>> {
    let mut map: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in pairs {
        map.entry(key).or_default().push(value);
    }
    map
}
