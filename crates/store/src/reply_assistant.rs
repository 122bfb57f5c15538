//! The reply assistant: ready answers, their wordings and groups.

use model::{BodyFormat, CategoryId, ReplyEntryId, ReplyGroupId, ReplyVersionId, SourceId, Timestamp};

use crate::{Error, Filter, Json, Tx, params, table};

table! {
    /// A group of ready answers.
    pub struct ReplyGroup in "reply_assistant_groups" {
        /// Its id.
        id: ReplyGroupId,
        /// Its name.
        name: String,
        /// Its answers are offered while an agent types.
        autocomplete: bool,
        /// Its place among the groups.
        position: i64,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// A ready answer, in one wording or several.
    pub struct ReplyEntry in "reply_assistant_entries" {
        /// Its id.
        id: ReplyEntryId,
        /// Its name.
        label: String,
        /// The company's own id of it.
        foreign_id: Option<String>,
        /// Its group.
        entry_group_id: Option<ReplyGroupId>,
        /// Only for messages of these categories; all when empty.
        category_ids: Json<Vec<CategoryId>>,
        /// What an agent types to get it.
        shortcuts: Json<Vec<String>>,
        /// Only on these sources; all when empty.
        source_ids: Json<Vec<SourceId>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// One wording of a ready answer.
    pub struct ReplyVersion in "reply_assistant_versions" {
        /// Its id.
        id: ReplyVersionId,
        /// The answer that it words.
        entry_id: ReplyEntryId,
        /// The text, with variables.
        body: String,
        /// How it is written.
        format: BodyFormat,
        /// Its language; none for any.
        language: Option<String>,
        /// Only on these sources; all when empty.
        source_ids: Json<Vec<SourceId>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Finds a group.
pub async fn group(tx: &mut Tx, id: &ReplyGroupId) -> Result<Option<ReplyGroup>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds an entry.
pub async fn entry(tx: &mut Tx, id: &ReplyEntryId) -> Result<Option<ReplyEntry>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a version.
pub async fn version(tx: &mut Tx, id: &ReplyVersionId) -> Result<Option<ReplyVersion>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Every group in the order of its place.
pub async fn groups(tx: &mut Tx) -> Result<Vec<ReplyGroup>, Error> {
    tx.select("ORDER BY position, created_at, id", Vec::new()).await
}

/// Every entry, by name.
pub async fn entries(tx: &mut Tx) -> Result<Vec<ReplyEntry>, Error> {
    tx.select("ORDER BY label, id", Vec::new()).await
}

/// Every version, oldest first.
pub async fn versions(tx: &mut Tx) -> Result<Vec<ReplyVersion>, Error> {
    tx.select("ORDER BY created_at, id", Vec::new()).await
}

/// The entries of some groups, oldest first.
pub async fn entry_ids(tx: &mut Tx, groups: &[ReplyGroupId]) -> Result<Vec<(ReplyGroupId, ReplyEntryId)>, Error> {
    let mut filter = Filter::default();
    filter.and_in("entry_group_id", groups);
    let sql =
        format!("SELECT entry_group_id, id FROM reply_assistant_entries {} ORDER BY created_at, id", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// The versions of some entries, oldest first.
pub async fn version_ids(tx: &mut Tx, entries: &[ReplyEntryId]) -> Result<Vec<(ReplyEntryId, ReplyVersionId)>, Error> {
    let mut filter = Filter::default();
    filter.and_in("entry_id", entries);
    let sql = format!("SELECT entry_id, id FROM reply_assistant_versions {} ORDER BY created_at, id", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}

/// Puts just these entries into a group. Tells how many of them there are.
pub async fn regroup(tx: &mut Tx, group: &ReplyGroupId, entries: &[ReplyEntryId]) -> Result<u64, Error> {
    let now = tx.now();
    let sql = "UPDATE reply_assistant_entries SET entry_group_id = NULL, updated_at = ?2 WHERE entry_group_id = ?1";
    tx.execute(sql, params![group, now]).await?;
    let mut filter = Filter::default();
    filter.params.extend(params![group, now]);
    filter.and_in("id", entries);
    let sql = format!("UPDATE reply_assistant_entries SET entry_group_id = ?1, updated_at = ?2 {}", filter.clause());
    tx.execute(&sql, filter.params).await
}
