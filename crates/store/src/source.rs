//! Communities with their keys, channels, and sources.

use model::{
    CategoryId, ChannelId, CommunityId, IdentityId, JwtKeyId, SignedIdentities, SourceId, SourceType, Timestamp,
};
use serde_json::{Map, Value as JsonValue};

use crate::{Error, Filter, Json, Scope, Tx, params, table};

table! {
    /// A set of identities of one kind.
    pub struct Community in "communities" {
        /// Its id.
        id: CommunityId,
        /// Its name.
        name: String,
        /// Its kind: `engage_messaging` or `sdk`.
        kind: String,
        /// In use.
        active: bool,
        /// Whether signed identities are required or rejected.
        signed_identities: SignedIdentities,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

table! {
    /// A key that signs identities of a community.
    pub struct JwtKey in "jwt_keys" {
        /// Its row.
        id: JwtKeyId,
        /// Its community.
        community_id: CommunityId,
        /// Its name in the tokens' header (`kid`).
        key_id: String,
        /// `HS256` or `RS256`.
        algorithm: String,
        /// The secret (encrypted) or the public key.
        secret: String,
        /// When it was made.
        created_at: Timestamp,
    }
}

table! {
    /// A routing group of sources.
    pub struct Channel in "channels" {
        /// Its id.
        id: ChannelId,
        /// Its name.
        name: String,
        /// An agent with so many of its conversations is busy.
        soft_capability: i64,
        /// An agent with so many of its conversations takes no more.
        hard_capability: i64,
        /// How long a task stays with an agent who is absent or away; none for ever.
        task_timeout_seconds: Option<i64>,
        /// Within how many seconds the agent must answer.
        agent_sla: Option<i64>,
        /// After how many percent of that the console warns; 0 for never.
        agent_sla_threshold: i64,
        /// After how many seconds of a customer's silence a task is completed.
        task_auto_complete_seconds: Option<i64>,
        /// What its intervention gets then.
        auto_complete_category_ids: Json<Vec<CategoryId>>,
        /// Whether who joins begins away.
        away_by_default: bool,
        /// After how many seconds a customer who waits for an available agent is taken back; none for never.
        silent_timeout_seconds: Option<i64>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

impl Channel {
    /// A channel with the defaults of its kind: "Realtime" is for live chats, which cannot wait.
    #[must_use]
    pub fn new(name: &str, now: Timestamp) -> Self {
        let live = name == "Realtime";
        Self {
            id: ChannelId::new(now),
            name: name.to_owned(),
            soft_capability: 3,
            hard_capability: if live { 5 } else { 6 },
            task_timeout_seconds: Some(if live { 90 } else { 3600 }),
            agent_sla: None,
            agent_sla_threshold: 0,
            task_auto_complete_seconds: None,
            auto_complete_category_ids: Json::default(),
            away_by_default: false,
            silent_timeout_seconds: None,
            created_at: now,
            updated_at: now,
        }
    }
}

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
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

impl Source {
    /// The options of a third party's implementation; none when nobody has said which it has.
    #[must_use]
    pub fn options(&self) -> Option<Vec<&str>> {
        let list = self.settings.get("sdk_options")?.as_array()?;
        Some(list.iter().filter_map(serde_json::Value::as_str).collect())
    }

    /// Whether a third party's implementation has an option.
    #[must_use]
    pub fn has_option(&self, name: &str) -> bool {
        self.options().is_some_and(|options| options.contains(&name))
    }

    /// A setting's text, when it is set and not empty.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(JsonValue::as_str).filter(|text| !text.is_empty())
    }
}

/// Finds a source by its id alone: the caller has checked the scope, or is the worker.
///
/// # Errors
/// As the database says.
pub async fn find(tx: &mut Tx, id: &SourceId) -> Result<Option<Source>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a source by its public token.
///
/// # Errors
/// As the database says.
pub async fn by_token(tx: &mut Tx, token: &str) -> Result<Option<Source>, Error> {
    tx.find("WHERE token = ?1", params![token.to_owned()]).await
}

/// Every source, oldest first.
///
/// # Errors
/// As the database says.
pub async fn all(tx: &mut Tx) -> Result<Vec<Source>, Error> {
    tx.select("ORDER BY created_at, id", Vec::new()).await
}

/// The ids of the sources within the scope, oldest first.
///
/// # Errors
/// As the database says.
pub async fn ids(tx: &mut Tx, scope: &Scope) -> Result<Vec<SourceId>, Error> {
    let filter = Filter::scoped(scope, "id");
    let sql = format!("SELECT id FROM content_sources {} ORDER BY created_at, id", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(crate::Row::take).collect()
}

/// The communities that have a source within the scope, and those that nobody is on yet.
#[must_use]
pub fn communities_within(scope: &Scope) -> Filter {
    let mut filter = Filter::default();
    if *scope != Scope::All {
        let read = scope.condition("id", &mut filter.params);
        filter.and(&format!(
            "(id IN (SELECT community_id FROM content_sources WHERE {read}) OR NOT EXISTS \
             (SELECT 1 FROM content_sources WHERE community_id = communities.id UNION ALL \
              SELECT 1 FROM identities WHERE community_id = communities.id))"
        ));
    }
    filter
}

/// Finds one of them.
///
/// # Errors
/// As the database says.
pub async fn community_within(tx: &mut Tx, scope: &Scope, id: &CommunityId) -> Result<Option<Community>, Error> {
    let mut filter = communities_within(scope);
    filter.and_value("id = ?", id);
    tx.find(&filter.clause(), filter.params).await
}

/// The ids of a community's sources.
///
/// # Errors
/// As the database says.
pub async fn ids_of_community(tx: &mut Tx, community: &CommunityId) -> Result<Vec<SourceId>, Error> {
    let sql = "SELECT id FROM content_sources WHERE community_id = ?1";
    tx.rows(sql, params![community]).await?.iter_mut().map(crate::Row::take).collect()
}

/// Finds a community.
///
/// # Errors
/// As the database says.
pub async fn community(tx: &mut Tx, id: &CommunityId) -> Result<Option<Community>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a community and holds it against other writers, and against new sources and identities in it.
///
/// # Errors
/// As the database says.
pub async fn community_locked(tx: &mut Tx, id: &CommunityId) -> Result<Option<Community>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// Whether a source or an identity belongs to a community.
///
/// # Errors
/// As the database says.
pub async fn community_in_use(tx: &mut Tx, id: &CommunityId) -> Result<bool, Error> {
    let sql = "SELECT (SELECT COUNT(*) FROM content_sources WHERE community_id = ?1) \
               + (SELECT COUNT(*) FROM (SELECT 1 FROM identities WHERE community_id = ?1 LIMIT 1) AS one)";
    Ok(tx.number(sql, params![id]).await? > 0)
}

/// Finds a key of a community by the name that tokens carry (`kid`).
///
/// # Errors
/// As the database says.
pub async fn jwt_key(tx: &mut Tx, community: &CommunityId, key_id: &str) -> Result<Option<JwtKey>, Error> {
    tx.find("WHERE community_id = ?1 AND key_id = ?2", params![community, key_id.to_owned()]).await
}

/// Whether a community takes identities that nobody signed.
///
/// # Errors
/// As the database says.
pub async fn takes_unsigned(tx: &mut Tx, community: &CommunityId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM communities WHERE id = ?1 AND signed_identities <> 'required'";
    Ok(tx.number(sql, params![community]).await? > 0)
}

/// Whether a community still has a key.
///
/// # Errors
/// As the database says.
pub async fn has_jwt_key(tx: &mut Tx, community: &CommunityId, key: &JwtKeyId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM jwt_keys WHERE id = ?1 AND community_id = ?2";
    Ok(tx.number(sql, params![key, community]).await? > 0)
}

/// Every community, oldest first.
///
/// # Errors
/// As the database says.
pub async fn communities(tx: &mut Tx) -> Result<Vec<Community>, Error> {
    tx.select("ORDER BY created_at, id", Vec::new()).await
}

/// Finds a source by its id and holds it against other writers. The caller checks the scope.
///
/// # Errors
/// As the database says.
pub async fn find_locked(tx: &mut Tx, id: &SourceId) -> Result<Option<Source>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// Finds a channel.
///
/// # Errors
/// As the database says.
pub async fn channel(tx: &mut Tx, id: &ChannelId) -> Result<Option<Channel>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a channel and holds it against other writers.
///
/// # Errors
/// As the database says.
pub async fn channel_locked(tx: &mut Tx, id: &ChannelId) -> Result<Option<Channel>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// Every channel, oldest first.
///
/// # Errors
/// As the database says.
pub async fn channels(tx: &mut Tx) -> Result<Vec<Channel>, Error> {
    tx.select("ORDER BY created_at, id", Vec::new()).await
}

/// The channel that was made first.
///
/// # Errors
/// As the database says.
pub async fn oldest_channel(tx: &mut Tx) -> Result<Option<Channel>, Error> {
    tx.find("ORDER BY created_at, id LIMIT 1", Vec::new()).await
}

/// The sources of a channel within a scope, oldest first.
///
/// # Errors
/// As the database says.
pub async fn ids_of_channel(tx: &mut Tx, scope: &Scope, channel: &ChannelId) -> Result<Vec<SourceId>, Error> {
    let mut filter = Filter::scoped(scope, "id");
    filter.and_value("channel_id = ?", channel);
    let sql = format!("SELECT id FROM content_sources {} ORDER BY created_at, id", filter.clause());
    tx.rows(&sql, filter.params).await?.iter_mut().map(crate::Row::take).collect()
}

/// The keys that sign identities of a community, oldest first.
///
/// # Errors
/// As the database says.
pub async fn jwt_keys(tx: &mut Tx, community: &CommunityId) -> Result<Vec<JwtKey>, Error> {
    tx.select("WHERE community_id = ?1 ORDER BY id", params![community]).await
}
