//! Sources: connected origins of interactions.

use model::{ChannelId, ChatMode, CommunityId, IdentityId, Implementation, SourceId, SourceType, Timestamp};
use serde_json::{Map, Value as JsonValue};

use crate::{Error, Filter, Json, Scope, Tx, params, table};

table! {
    /// One connected origin of interactions.
    pub struct Source in "content_sources" {
        /// Its id.
        id: SourceId,
        /// Its community.
        community_id: CommunityId,
        /// Its channel.
        channel_id: Option<ChannelId>,
        /// Its name.
        name: String,
        /// What it is connected to.
        kind: SourceType,
        /// In use.
        active: bool,
        /// Its public name in the chat's address.
        token: String,
        /// The key that signs requests of the Source SDK, encrypted.
        secret: Option<String>,
        /// Where the third party takes requests of the Source SDK.
        endpoint_url: Option<String>,
        /// The company's own identity on it: the author of agents' contents.
        identity_id: Option<IdentityId>,
        /// Everything else that can be set.
        settings: Json<Map<String, JsonValue>>,
        /// What the third party of the Source SDK can do, as it has told last.
        implementation: Option<Json<Implementation>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Where it is kept in which form a third party takes bodies: among the settings, but nobody sets it.
const JSON_FORM: &str = "sdk_json_form";

impl Source {
    /// The options of a third party's implementation: those that somebody has set, else those that it has told itself; none
    /// when nobody has said which it has.
    #[must_use]
    pub fn options(&self) -> Option<Vec<&str>> {
        if let Some(list) = self.settings.get("sdk_options").and_then(JsonValue::as_array) {
            return Some(list.iter().filter_map(JsonValue::as_str).collect());
        }
        self.implementation.as_ref().map(|told| told.options.iter().map(String::as_str).collect())
    }

    /// Whether a third party takes bodies in which everything is escaped that is not ASCII, and in no other form.
    #[must_use]
    pub fn takes_ascii(&self) -> bool {
        self.setting(JSON_FORM) == Some("ascii")
    }

    /// Notes in which form a third party takes bodies.
    pub fn take_ascii(&mut self, ascii: bool) {
        match ascii {
            true => self.settings.0.insert(JSON_FORM.into(), "ascii".into()),
            false => self.settings.0.remove(JSON_FORM),
        };
    }

    /// Whether there is somebody to ask for what is new.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        let caps = self.kind.caps();
        let somewhere = if caps.mail { self.setting("imap_address").is_some() } else { self.endpoint_url.is_some() };
        self.active && caps.asked && somewhere
    }

    /// Whether a third party's implementation has an option.
    #[must_use]
    pub fn has_option(&self, name: &str) -> bool {
        self.options().is_some_and(|options| options.contains(&name))
    }

    /// Whether it may have an option: it has it, or nobody has said which it has.
    #[must_use]
    pub fn may_have_option(&self, name: &str) -> bool {
        self.options().is_none_or(|options| options.contains(&name))
    }

    /// How the conversations of a chat go; none where it is no chat.
    #[must_use]
    pub fn chat_mode(&self) -> Option<ChatMode> {
        let set = || self.setting("mode").and_then(|mode| mode.parse().ok());
        self.kind.caps().visitors.then(|| set().unwrap_or(ChatMode::Messaging))
    }

    /// Whether it is a live chat.
    #[must_use]
    pub fn is_live_chat(&self) -> bool {
        self.chat_mode() == Some(ChatMode::LiveChat)
    }

    /// A setting's text, when it is set and not empty.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(JsonValue::as_str).filter(|text| !text.is_empty())
    }
}

/// Finds a source by its id alone: the caller has checked the scope, or is the worker.
pub async fn find(tx: &mut Tx, id: &SourceId) -> Result<Option<Source>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a source by its public token.
pub async fn by_token(tx: &mut Tx, token: &str) -> Result<Option<Source>, Error> {
    tx.find("WHERE token = ?1", params![token.to_owned()]).await
}

/// Those that there are of some ids.
pub async fn by_ids(tx: &mut Tx, ids: &[SourceId]) -> Result<Vec<Source>, Error> {
    tx.by_ids(ids).await
}

/// Every source, oldest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Source>, Error> {
    tx.select("ORDER BY created_at, id", Vec::new()).await
}

/// The ids of the sources within the scope, oldest first.
pub async fn ids(tx: &mut Tx, scope: &Scope) -> Result<Vec<SourceId>, Error> {
    let filter = Filter::scoped(scope, "id");
    let sql = format!("SELECT id FROM content_sources {} ORDER BY created_at, id", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(crate::Row::take).collect()
}

/// The ids of a community's sources.
pub async fn ids_of_community(tx: &mut Tx, community: &CommunityId) -> Result<Vec<SourceId>, Error> {
    let sql = "SELECT id FROM content_sources WHERE community_id = ?1";
    tx.rows(sql, params![community]).await?.iter_mut().map(crate::Row::take).collect()
}

/// Finds a source by its id and holds it against other writers. The caller checks the scope.
pub async fn find_locked(tx: &mut Tx, id: &SourceId) -> Result<Option<Source>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// The sources of a channel within a scope, oldest first.
pub async fn ids_of_channel(tx: &mut Tx, scope: &Scope, channel: &ChannelId) -> Result<Vec<SourceId>, Error> {
    let mut filter = Filter::scoped(scope, "id");
    filter.and_value("channel_id = ?", channel);
    let sql = format!("SELECT id FROM content_sources {} ORDER BY created_at, id", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(crate::Row::take).collect()
}
