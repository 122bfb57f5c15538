//! What chats say in words of their own. They are not among a source's settings, which are read with each request.

use std::collections::BTreeMap;

use model::{SourceId, Timestamp};
use serde_json::{Map, Value as JsonValue};

use crate::{Error, Json, Tx, params, table};

/// Texts by their keys (`end_frame.confirm`): a text, or a list of texts for the names of months.
pub type Texts = Map<String, JsonValue>;

table! {
    /// What a chat says in words of its own.
    pub struct ChatTexts in "chat_texts" {
        /// The chat.
        source_id: SourceId,
        /// The texts by their languages, in small letters: `fr-ca`.
        languages: Json<BTreeMap<String, Texts>>,
        /// When they last changed.
        updated_at: Timestamp,
    }
}

/// What a chat says in words of its own; none where it has no such words.
pub async fn of_source(tx: &mut Tx, source: &SourceId) -> Result<Option<ChatTexts>, Error> {
    tx.find("WHERE source_id = ?1", params![source]).await
}

/// Keeps what a chat says in words of its own, in the place of what it said.
pub async fn put(tx: &mut Tx, texts: &ChatTexts) -> Result<(), Error> {
    if !tx.insert_if_new(texts).await? {
        tx.update(texts).await?;
    }
    Ok(())
}

/// Takes a chat's own words away.
pub async fn remove(tx: &mut Tx, source: &SourceId) -> Result<(), Error> {
    tx.execute("DELETE FROM chat_texts WHERE source_id = ?1", params![source]).await?;
    Ok(())
}
