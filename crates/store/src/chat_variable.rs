//! Custom variables of chats: what a site tells of its visitors.

use model::{ChatVariableId, SourceId, Timestamp, VariableKind};
use serde::{Deserialize, Serialize};

use crate::{Error, Filter, Json, Tx, params, table};

table! {
    /// What a site tells of its visitors.
    pub struct ChatVariable in "chat_variables" {
        /// Its id.
        id: ChatVariableId,
        /// Its chat.
        source_id: SourceId,
        /// By which pages and triggers name it: `custom_…`.
        name: String,
        /// The name that people see.
        label: String,
        /// What it holds.
        kind: VariableKind,
        /// Its place among the others.
        position: i64,
        /// Where it is found in a page that does not tell it.
        in_page: Option<Json<InPage>>,
        /// Agents see it beside the conversation.
        show_to_agents: bool,
        /// It tells of the person, and goes with them.
        personal: bool,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Where a variable is found in a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InPage {
    /// How.
    pub by: String,
    /// Where.
    pub expression: String,
    /// Of which attribute of an element; none for its value or text.
    pub attribute: Option<String>,
    /// What of it: the first group.
    pub pattern: Option<String>,
}

/// Finds a variable. The caller checks the source.
pub async fn find(tx: &mut Tx, id: &ChatVariableId) -> Result<Option<ChatVariable>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// The variables of some chats, each's in their order.
pub async fn of_sources(tx: &mut Tx, sources: &[SourceId]) -> Result<Vec<ChatVariable>, Error> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_in("source_id", sources);
    tx.select(&format!("{} ORDER BY source_id, position, id", filter.clause()), filter.params).await
}

/// The variables of a chat, in their order.
pub async fn of_source(tx: &mut Tx, source: &SourceId) -> Result<Vec<ChatVariable>, Error> {
    tx.select("WHERE source_id = ?1 ORDER BY position, id", params![source]).await
}
