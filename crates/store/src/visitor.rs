//! Visitors: who writes in a chat, known by a key.

use model::{IdentityId, JwtKeyId, SourceId, Timestamp};

use serde::{Deserialize, Serialize};

use crate::{Error, Filter, Json, Tx, params, table};

table! {
    /// A visitor's key to an identity on a messaging source. The key itself is not kept, only its hash.
    pub struct Visitor in "visitors" {
        /// The SHA-256 of the key, in hex.
        token_hash: String,
        /// The source that it was given for.
        source_id: SourceId,
        /// Who the visitor is.
        identity_id: IdentityId,
        /// Until when the signature of the identity holds; none when it was not signed.
        signed_until: Option<Timestamp>,
        /// The key of the community that signed the identity.
        jwt_key_id: Option<JwtKeyId>,
        /// The extra values of a signed identity that the page told without a signature.
        custom_keys: Json<Vec<String>>,
        /// The address of the page that the visitor last looked at.
        page_url: Option<String>,
        /// The title of that page.
        page_title: Option<String>,
        /// When their visit began, as far as that was told.
        visit_at: Option<Timestamp>,
        /// Since when they are on that page, as far as that was told.
        page_at: Option<Timestamp>,
        /// What is known of their browser and of the visit.
        facts: Json<Facts>,
        /// Their app shows one conversation alone, and names none.
        single_thread: bool,
        /// When it was given.
        created_at: Timestamp,
        /// When it was last used.
        seen_at: Timestamp,
    }
}

/// What is known of a visitor's browser and of the visit. Nobody vouches for any of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The browser with its version.
    pub browser: Option<String>,
    /// What it runs on.
    pub system: Option<String>,
    /// Whether that is a `phone`, a `tablet` or a `computer`.
    pub device: Option<String>,
    /// The language that the visitor's browser prefers.
    pub locale: Option<String>,
    /// By how many minutes their zone is behind UTC.
    pub offset: Option<i64>,
    /// The page from which they came to the site.
    pub referrer: Option<String>,
    /// How many visits of theirs there were, this one included.
    pub visits: Option<i64>,
    /// How many pages they have looked at in this one.
    pub pages: Option<i64>,
    /// The custom variables that their document has filled in, by name; none where an older program has noted the visit.
    pub filled: Option<Vec<String>>,
}

/// Finds a visitor of a source by the hash of their key.
pub async fn find(tx: &mut Tx, source: &SourceId, token_hash: &str) -> Result<Option<Visitor>, Error> {
    tx.find("WHERE token_hash = ?1 AND source_id = ?2", params![token_hash.to_owned(), source]).await
}

/// Forgets a visitor's key.
pub async fn remove(tx: &mut Tx, source: &SourceId, token_hash: &str) -> Result<(), Error> {
    let sql = "DELETE FROM visitors WHERE token_hash = ?1 AND source_id = ?2";
    tx.execute(sql, params![token_hash.to_owned(), source]).await.map(drop)
}

/// The visit of somebody on a source that was begun or went on last.
pub async fn last_of(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<Option<Visitor>, Error> {
    let clause = "WHERE identity_id = ?1 AND source_id = ?2 ORDER BY seen_at DESC, token_hash LIMIT 1";
    tx.find(clause, params![identity, source]).await
}

/// The visits of some people, one or several each, the last one first.
pub async fn of_identities(tx: &mut Tx, identities: &[IdentityId]) -> Result<Vec<Visitor>, Error> {
    if identities.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = Filter::default();
    filter.and_in("identity_id", identities);
    tx.select(&format!("{} ORDER BY seen_at DESC, token_hash", filter.clause()), filter.params).await
}
