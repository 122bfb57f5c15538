//! The catalogue of chats: buttons, invitations and automatic messages.

use std::collections::BTreeMap;

use model::{ChatItemId, ChatItemKind, Positioning, Prebuilt, SourceId, Timestamp};

use crate::{Error, Json, Tx, params, table};

/// Texts by their language.
pub type ByLocale = BTreeMap<String, String>;
/// Texts by their language and key.
pub type Texts = BTreeMap<String, BTreeMap<String, String>>;

table! {
    /// What a trigger of a chat can show or say.
    pub struct ChatItem in "chat_items" {
        /// Its id.
        id: ChatItemId,
        /// Its chat.
        source_id: SourceId,
        /// What it is.
        kind: ChatItemKind,
        /// Its name, for agents and for programs on the page.
        label: String,
        /// In use.
        active: bool,
        /// Its place in the catalogue.
        position: i64,
        /// Where it stands.
        positioning: Positioning,
        /// What it looks like, or says, as long as nothing else was written.
        prebuilt: Prebuilt,
        /// Its markup, made safe; none for the one that is built in.
        html: Option<String>,
        /// Its style, as it was written; none for the one that is built in.
        css: Option<String>,
        /// It is shown in another dress while no agent is there.
        offline_support: bool,
        /// How many pixels of height the page keeps free for it.
        reserve_height: Option<i64>,
        /// The texts that stand for keys in its markup.
        texts: Json<Texts>,
        /// What a message says; empty for what is built in.
        body: Json<ByLocale>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Finds an item. The caller checks the source.
pub async fn find(tx: &mut Tx, id: &ChatItemId) -> Result<Option<ChatItem>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// The items of a chat, in their order.
pub async fn of_source(tx: &mut Tx, source: &SourceId) -> Result<Vec<ChatItem>, Error> {
    tx.select("WHERE source_id = ?1 ORDER BY position, id", params![source]).await
}
