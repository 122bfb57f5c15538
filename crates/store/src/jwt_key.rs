//! Keys that sign identities of a community.

use model::{CommunityId, JwtKeyId, Timestamp};

use crate::{Error, Tx, params, table};

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

/// Finds a key of a community by the name that tokens carry (`kid`).
pub async fn find(tx: &mut Tx, community: &CommunityId, key_id: &str) -> Result<Option<JwtKey>, Error> {
    tx.find("WHERE community_id = ?1 AND key_id = ?2", params![community, key_id.to_owned()]).await
}

/// Whether a community still has a key.
pub async fn is_there(tx: &mut Tx, community: &CommunityId, key: &JwtKeyId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM jwt_keys WHERE id = ?1 AND community_id = ?2";
    Ok(tx.number(sql, params![key, community]).await? > 0)
}

/// The keys that sign identities of a community, oldest first.
pub async fn of_community(tx: &mut Tx, community: &CommunityId) -> Result<Vec<JwtKey>, Error> {
    tx.select("WHERE community_id = ?1 ORDER BY id", params![community]).await
}
