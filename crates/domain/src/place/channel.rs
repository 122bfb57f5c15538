//! Channels: routing groups of sources.

use std::collections::HashSet;

use model::{CategoryId, ChannelId, SourceId};
use store::channel::{self, Channel};
use store::{Filter, Json, Listed, Page, Scope, Tx, category, source};

use crate::base::{Actor, Change, Error, Fault, Result, checked_name, checks::distinct, note_change};
use crate::desk::user_capacity::{self, CAPACITY_MAX};

/// A channel with the sources of it that the actor may see.
#[derive(Debug)]
pub struct Shown {
    /// The row.
    pub channel: Channel,
    /// Its sources, oldest first.
    pub source_ids: Vec<SourceId>,
}

/// Lists channels, oldest first.
pub async fn list(tx: &mut Tx, actor: &Actor, page: Page) -> Result<Listed<Shown>> {
    let Listed { count, records } = tx.list::<Channel>(Filter::default(), "created_at, id", page).await?;
    let mut shown = Vec::with_capacity(records.len());
    for channel in records {
        let source_ids = source::ids_of_channel(tx, actor.scope(), &channel.id).await?;
        shown.push(Shown { channel, source_ids });
    }
    Ok(Listed { count, records: shown })
}

/// Finds a channel.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &ChannelId) -> Result<Shown> {
    let channel = channel::find(tx, id).await?.ok_or(Error::NotFound("channel"))?;
    let source_ids = source::ids_of_channel(tx, actor.scope(), id).await?;
    Ok(Shown { channel, source_ids })
}

/// What is said of a channel; what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ChannelIn {
    /// Its name.
    pub name: Option<String>,
    /// The sources that it has, of those that the actor may read.
    pub source_ids: Option<Vec<SourceId>>,
    /// With how many conversations an agent is busy.
    pub soft_capability: Option<i64>,
    /// With how many an agent takes no more.
    pub hard_capability: Option<i64>,
    /// How long a task stays with an agent who is gone; 0 or none for ever.
    pub task_timeout_seconds: Option<Option<i64>>,
    /// Within how many seconds an agent must answer.
    pub agent_sla: Option<Option<i64>>,
    /// After how many percent of that the console warns.
    pub agent_sla_threshold: Option<i64>,
    /// After how many seconds of silence a task is completed.
    pub task_auto_complete_seconds: Option<Option<i64>>,
    /// The categories that its intervention gets then.
    pub auto_complete_category_ids: Option<Vec<CategoryId>>,
    /// Whether who joins begins away.
    pub away_by_default: Option<bool>,
    /// How long a customer waits for an agent who is there; 0 or none for ever.
    pub silent_timeout_seconds: Option<Option<i64>>,
}

/// Thirty days.
const TIMEOUT_MAX: i64 = 2_592_000;
/// A year and a day.
const SILENCE_MAX: i64 = 31_622_400;

/// Makes a channel.
///
/// # Errors
/// 422 without a name, when a value is not acceptable, the name is taken, or a source or category does not exist.
pub async fn create(tx: &mut Tx, actor: &Actor, given: ChannelIn) -> Result<Shown> {
    if given.name.is_none() {
        return Err(Error::missing("name"));
    }
    let mut channel = Channel::new("", tx.now());
    let source_ids = given.source_ids.clone();
    change(tx, &mut channel, given).await?;
    tx.insert(&channel).await.map_err(|e| Error::taken(e, "name"))?;
    if let Some(ids) = source_ids {
        assign(tx, actor, &channel.id, &ids).await?;
    }
    note_change(tx, Some(actor), "channel", channel.id.as_str(), Change::Created);
    find(tx, actor, &channel.id).await
}

/// Removes a channel that no source has. Gives it as it was.
///
/// # Errors
/// 404; 422 while a source has it.
pub async fn delete(tx: &mut Tx, actor: &Actor, id: &ChannelId) -> Result<Shown> {
    let channel = channel::find_locked(tx, id).await?.ok_or(Error::NotFound("channel"))?;
    if !source::ids_of_channel(tx, &Scope::All, id).await?.is_empty() {
        return Err(Error::Unprocessable(
            "channel_in_use",
            "a source has this channel: give it another one first".into(),
        ));
    }
    user_capacity::forget_channel(tx, id).await?;
    tx.delete::<Channel>(id.as_str()).await?;
    note_change(tx, Some(actor), "channel", id.as_str(), Change::Deleted);
    Ok(Shown { channel, source_ids: Vec::new() })
}

/// Changes a channel, and which of the sources that the actor may read are of it.
///
/// # Errors
/// 404; 422 when a value is not acceptable, the name is taken, or a source or category does not exist.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &ChannelId, given: ChannelIn) -> Result<Shown> {
    let mut channel = channel::find_locked(tx, id).await?.ok_or(Error::NotFound("channel"))?;
    let source_ids = given.source_ids.clone();
    change(tx, &mut channel, given).await?;
    channel.updated_at = tx.now();
    tx.update(&channel).await.map_err(|e| Error::taken(e, "name"))?;
    if let Some(ids) = source_ids {
        assign(tx, actor, id, &ids).await?;
    }
    note_change(tx, Some(actor), "channel", id.as_str(), Change::Updated);
    find(tx, actor, id).await
}

async fn change(tx: &mut Tx, channel: &mut Channel, given: ChannelIn) -> Result<()> {
    if let Some(name) = &given.name {
        channel.name = checked_name("name", name)?;
    }
    let capacity = |field, value: Option<i64>, known| between(field, value.unwrap_or(known), CAPACITY_MAX);
    channel.soft_capability = capacity("soft_capability", given.soft_capability, channel.soft_capability)?;
    channel.hard_capability = capacity("hard_capability", given.hard_capability, channel.hard_capability)?;
    if channel.soft_capability > channel.hard_capability {
        return Err(Error::invalid("soft_capability", Fault::between(0, channel.hard_capability)));
    }
    let seconds = |field, value: Option<Option<i64>>, known, most| match value {
        None => Ok(known),
        Some(None) => Ok(None),
        Some(Some(n)) => between(field, n, most).map(Some),
    };
    // Nothing ends at once: 0 is how clients say never.
    let timeout = |field, value, known| Ok::<_, Error>(seconds(field, value, known, TIMEOUT_MAX)?.filter(|n| *n > 0));
    channel.task_timeout_seconds =
        timeout("task_timeout_seconds", given.task_timeout_seconds, channel.task_timeout_seconds)?;
    channel.silent_timeout_seconds =
        timeout("silent_timeout_seconds", given.silent_timeout_seconds, channel.silent_timeout_seconds)?;
    channel.agent_sla = seconds("agent_sla", given.agent_sla, channel.agent_sla, TIMEOUT_MAX)?;
    channel.task_auto_complete_seconds = seconds(
        "task_auto_complete_seconds",
        given.task_auto_complete_seconds,
        channel.task_auto_complete_seconds,
        SILENCE_MAX,
    )?;
    if let Some(percent) = given.agent_sla_threshold {
        channel.agent_sla_threshold = between("agent_sla_threshold", percent, 99)?;
    }
    if let Some(ids) = given.auto_complete_category_ids.map(distinct) {
        if category::by_ids(tx, &ids).await?.len() != ids.len() {
            return Err(Error::invalid("auto_complete_category_ids", Fault::names_unknown("a category")));
        }
        channel.auto_complete_category_ids = Json(ids);
    }
    channel.away_by_default = given.away_by_default.unwrap_or(channel.away_by_default);
    Ok(())
}

fn between(field: &str, value: i64, most: i64) -> Result<i64> {
    if (0..=most).contains(&value) { Ok(value) } else { Err(Error::invalid(field, Fault::between(0, most))) }
}

/// Gives sources to a channel, and takes it from those that are not named and that the actor may read.
async fn assign(tx: &mut Tx, actor: &Actor, channel: &ChannelId, ids: &[SourceId]) -> Result<()> {
    let readable: Vec<_> = source::all(tx).await?.into_iter().filter(|s| actor.scope().allows(&s.id)).collect();
    let known: HashSet<&SourceId> = readable.iter().map(|source| &source.id).collect();
    if let Some(id) = ids.iter().find(|id| !known.contains(id)) {
        return Err(Error::invalid("source_ids", Fault::no("source", id)));
    }
    let ids: HashSet<&SourceId> = ids.iter().collect();
    for found in readable {
        let wanted = ids.contains(&found.id);
        if wanted == (found.channel_id.as_ref() == Some(channel)) {
            continue;
        }
        let Some(mut held) = source::find_locked(tx, &found.id).await? else { continue };
        held.channel_id = wanted.then(|| channel.clone());
        held.updated_at = tx.now();
        tx.update(&held).await?;
        note_change(tx, Some(actor), "content_source", held.id.as_str(), Change::Updated);
    }
    Ok(())
}
