//! Triggers of chats: what is shown to whom, and when.

use model::{CategoryId, ChatItemId, ChatTriggerId, SourceId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;

use crate::{Error, Json, Tx, params, table};

table! {
    /// What a chat shows to whom.
    pub struct ChatTrigger in "chat_triggers" {
        /// Its id.
        id: ChatTriggerId,
        /// Its chat.
        source_id: SourceId,
        /// Its name, for agents and for programs on the page.
        label: String,
        /// In use.
        active: bool,
        /// It came with the chat, and shows the chat's own button.
        built_in: bool,
        /// Its place in the order in which triggers are looked at.
        position: i64,
        /// Only while agents could take a conversation.
        only_if_agents_available: bool,
        /// By how many hundredths more conversations may wait than agents can take; none for as the source says.
        queuing_hundredths: Option<i64>,
        /// What must hold, all of it.
        conditions: Json<Vec<Condition>>,
        /// What is done then.
        actions: Json<Vec<Action>>,
        /// No other trigger acts after it in the same visit.
        stop_after: bool,
        /// It acts once in a visit.
        once_per_visit: bool,
        /// It also acts where the visitor writes already.
        also_when_engaged: bool,
        /// What a conversation gets that begins from it.
        category_ids: Json<Vec<CategoryId>>,
        /// The language of such a conversation.
        language: Option<String>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Something that must hold of a visit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// What is looked at.
    pub criterion: String,
    /// On which pages of the visit.
    pub position: String,
    /// How it is compared.
    pub operator: String,
    /// With what; null where nothing is compared.
    pub value: JsonValue,
}

/// Something that a trigger does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// What.
    #[serde(rename = "type")]
    pub kind: String,
    /// The buttons that it shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub item_ids: Vec<ChatItemId>,
    /// The invitation that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_id: Option<ChatItemId>,
    /// The message that it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<ChatItemId>,
}

impl Action {
    /// The items that it names.
    pub fn items(&self) -> impl Iterator<Item = &ChatItemId> {
        self.item_ids.iter().chain(&self.item_id).chain(&self.message_id)
    }
}

/// Finds a trigger. The caller checks the source.
pub async fn find(tx: &mut Tx, id: &ChatTriggerId) -> Result<Option<ChatTrigger>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// The triggers of a chat, in their order.
pub async fn of_source(tx: &mut Tx, source: &SourceId) -> Result<Vec<ChatTrigger>, Error> {
    tx.select("WHERE source_id = ?1 ORDER BY position, id", params![source]).await
}
