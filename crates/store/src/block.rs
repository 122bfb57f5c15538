//! Whose words are kept out, by whom, and until when.

use model::{BlockId, BlockKind, CommunityId, IdentityId, Timestamp, UserId};

use crate::identity::community_within;
use crate::{Error, Filter, Listed, Page, Row, Scope, Tx, params, table};

table! {
    /// A block, also one that was taken back or is over.
    pub struct Block in "author_blocks" {
        /// Its id.
        id: BlockId,
        /// What it is on.
        kind: BlockKind,
        /// Which: an identity's id, an address in small letters, a network such as `203.0.113.0/24`.
        value: String,
        /// The identity, where it is on one.
        identity_id: Option<IdentityId>,
        /// Why.
        reason: Option<String>,
        /// Until when; none for as long as nobody takes it back.
        until: Option<Timestamp>,
        /// Who has blocked.
        user_id: UserId,
        /// How many words it has kept out.
        refused_count: i64,
        /// When it has kept out the last one.
        last_refused_at: Option<Timestamp>,
        /// When it was taken back, or was over.
        lifted_at: Option<Timestamp>,
        /// Who has taken it back.
        lifted_by: Option<UserId>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

/// Which blocks a list shows.
#[derive(Clone, Debug, Default)]
pub struct BlockFilter {
    /// Those that hold at this moment, or those that do not.
    pub holds: Option<(bool, Timestamp)>,
    /// On one of these identities or addresses.
    pub of: Option<(Vec<IdentityId>, Vec<String>)>,
}

/// Blocks on identities within the scope, on addresses and on networks, newest first.
pub async fn list(tx: &mut Tx, scope: &Scope, wanted: &BlockFilter, page: Page) -> Result<Listed<Block>, Error> {
    // Whoever sees a person by one of their identities sees what is on the others.
    let mut filter = if wanted.of.is_some() { Filter::default() } else { seen(scope) };
    if let Some((holds, now)) = wanted.holds {
        let not = if holds { "" } else { "NOT " };
        filter.and_value(&format!("{not}(lifted_at IS NULL AND (until IS NULL OR until > ?))"), &now);
    }
    if let Some((identities, addresses)) = &wanted.of {
        let (identities, addresses) = (filter.bind_all(identities), filter.bind_all(addresses));
        filter.and(&format!("(identity_id IN ({identities}) OR kind = 'email' AND value IN ({addresses}))"));
    }
    tx.list(filter, "created_at DESC, id DESC", page).await
}

fn seen(scope: &Scope) -> Filter {
    let mut filter = Filter::default();
    if let Some(condition) = community_within(scope, "community_id", &mut filter) {
        filter.and(&format!("(identity_id IS NULL OR identity_id IN (SELECT id FROM identities WHERE {condition}))"));
    }
    filter
}

/// Finds and holds a block.
pub async fn lock(tx: &mut Tx, id: &BlockId) -> Result<Option<Block>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// The blocks that nobody has taken back.
pub async fn held(tx: &mut Tx) -> Result<Vec<Block>, Error> {
    tx.select("WHERE lifted_at IS NULL ORDER BY id", Vec::new()).await
}

/// Ends those that are over, so that another one may be made.
pub async fn end_past(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE author_blocks SET lifted_at = until, updated_at = ?1 WHERE lifted_at IS NULL AND until <= ?1";
    tx.execute(sql, params![now]).await.map(drop)
}

/// Counts words that a block has kept out.
pub async fn note_refused(tx: &mut Tx, id: &BlockId, now: Timestamp, count: i64) -> Result<(), Error> {
    let sql = "UPDATE author_blocks SET refused_count = refused_count + ?3, last_refused_at = ?2 WHERE id = ?1";
    tx.execute(sql, params![id, now, count]).await.map(drop)
}

/// Of each blocked identity all identities of the person, as their communities know them.
pub async fn persons(tx: &mut Tx) -> Result<Vec<(BlockId, IdentityId, CommunityId, String)>, Error> {
    let sql = "SELECT b.id, i.id, i.community_id, i.foreign_id FROM author_blocks b \
               JOIN identities me ON me.id = b.identity_id \
               JOIN identities i ON i.id = me.id OR i.identity_group_id = me.identity_group_id \
               WHERE b.lifted_at IS NULL";
    let mut rows = tx.rows(sql, Vec::new()).await?;
    let one = |row: &mut Row| Ok((row.take()?, row.take()?, row.take()?, row.take()?));
    rows.iter_mut().map(one).collect()
}
