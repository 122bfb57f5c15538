//! Communities: sets of identities of one kind.

use model::{CommunityId, SignedIdentities, Timestamp};

use crate::{Error, Filter, Scope, Tx, params, table};

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

/// Every community, oldest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Community>, Error> {
    tx.select("ORDER BY created_at, id", Vec::new()).await
}

/// The communities that have a source within the scope, and those that nobody is on yet.
#[must_use]
pub fn within(scope: &Scope) -> Filter {
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
pub async fn find_within(tx: &mut Tx, scope: &Scope, id: &CommunityId) -> Result<Option<Community>, Error> {
    let mut filter = within(scope);
    filter.and_value("id = ?", id);
    tx.find(&filter.clause(), filter.params).await
}

/// Finds a community.
pub async fn find(tx: &mut Tx, id: &CommunityId) -> Result<Option<Community>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds a community and holds it against other writers, and against new sources and identities in it.
pub async fn find_locked(tx: &mut Tx, id: &CommunityId) -> Result<Option<Community>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// Whether a source or an identity belongs to a community.
pub async fn is_used(tx: &mut Tx, id: &CommunityId) -> Result<bool, Error> {
    let sql = "SELECT (SELECT COUNT(*) FROM content_sources WHERE community_id = ?1) \
               + (SELECT COUNT(*) FROM (SELECT 1 FROM identities WHERE community_id = ?1 LIMIT 1) AS one)";
    Ok(tx.number(sql, params![id]).await? > 0)
}

/// Whether a community takes identities that nobody signed.
pub async fn takes_unsigned(tx: &mut Tx, community: &CommunityId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM communities WHERE id = ?1 AND signed_identities <> 'required'";
    Ok(tx.number(sql, params![community]).await? > 0)
}
