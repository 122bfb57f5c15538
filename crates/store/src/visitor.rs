//! Visitors: who writes in a chat, known by a key.

use model::{IdentityId, JwtKeyId, SourceId, Timestamp};

use crate::{Error, Json, Tx, params, table};

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
        /// Their app shows one conversation alone, and names none.
        single_thread: bool,
        /// When it was given.
        created_at: Timestamp,
        /// When it was last used.
        seen_at: Timestamp,
    }
}

/// Finds a visitor of a source by the hash of their key.
pub async fn find(tx: &mut Tx, source: &SourceId, token_hash: &str) -> Result<Option<Visitor>, Error> {
    tx.find("WHERE token_hash = ?1 AND source_id = ?2", params![token_hash.to_owned(), source]).await
}

/// The visit of somebody on a source that was begun or went on last.
pub async fn last_of(tx: &mut Tx, source: &SourceId, identity: &IdentityId) -> Result<Option<Visitor>, Error> {
    let clause = "WHERE identity_id = ?1 AND source_id = ?2 ORDER BY seen_at DESC, token_hash LIMIT 1";
    tx.find(clause, params![identity, source]).await
}
