//! Identities, and the visitors' keys to them.

use std::collections::HashSet;

use model::{CommunityId, IdentityGroupId, IdentityId, SourceId, Timestamp, UserId};
use serde_json::{Map, Value as JsonValue};

use crate::table::for_each;
use crate::{Error, Filter, Json, Listed, Page, Scope, Table, Tx, params, table};

table! {
    /// A person on one community.
    pub struct Identity in "identities" {
        /// Its id.
        id: IdentityId,
        /// Its community.
        community_id: CommunityId,
        /// The person, when identities were joined.
        identity_group_id: Option<IdentityGroupId>,
        /// Its kind: that of its community.
        kind: String,
        /// Its id on the other side.
        foreign_id: String,
        /// The company's own id of the person.
        uuid: Option<String>,
        /// The name that it shows.
        screenname: Option<String>,
        /// First name.
        firstname: Option<String>,
        /// Last name.
        lastname: Option<String>,
        /// Company.
        company: Option<String>,
        /// E-mail address.
        email: Option<String>,
        /// `man` or `woman`.
        gender: Option<String>,
        /// Phone at home.
        home_phone: Option<String>,
        /// Mobile phone.
        mobile_phone: Option<String>,
        /// Picture.
        avatar_url: Option<String>,
        /// Anything else that the source told.
        extra_values: Json<Map<String, JsonValue>>,
        /// The users who write as this identity.
        user_ids: Json<Vec<UserId>>,
        /// It belongs to the company, not to a customer.
        controlled: bool,
        /// When it was first seen.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

impl Identity {
    /// A new identity with nothing but its place.
    #[must_use]
    pub fn new(community_id: CommunityId, kind: &str, foreign_id: String, now: Timestamp) -> Self {
        Self {
            id: IdentityId::new(now),
            community_id,
            identity_group_id: None,
            kind: kind.to_owned(),
            foreign_id,
            uuid: None,
            screenname: None,
            firstname: None,
            lastname: None,
            company: None,
            email: None,
            gender: None,
            home_phone: None,
            mobile_phone: None,
            avatar_url: None,
            extra_values: Json::default(),
            user_ids: Json::default(),
            controlled: false,
            created_at: now,
            updated_at: now,
        }
    }

    /// What stands for the id on the other side of somebody who was erased.
    #[must_use]
    pub fn erased_foreign_id(id: &IdentityId) -> String {
        format!("erased:{id}")
    }

    /// Whether it is of somebody who was erased.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.foreign_id == Self::erased_foreign_id(&self.id)
    }

    /// Whether anything is known that it can be called by.
    #[must_use]
    pub fn has_name(&self) -> bool {
        let all = [&self.firstname, &self.lastname, &self.screenname, &self.email];
        all.into_iter().flatten().any(|name| !name.is_empty())
    }

    /// The name to show: first and last name, else the screen name, else the e-mail address, else [`nameless`].
    #[must_use]
    pub fn display_name(&self) -> String {
        let full = [self.firstname.as_deref(), self.lastname.as_deref()];
        let full: Vec<&str> = full.into_iter().flatten().filter(|n| !n.is_empty()).collect();
        if !full.is_empty() {
            return full.join(" ");
        }
        let other = self.screenname.as_deref().or(self.email.as_deref()).filter(|n| !n.is_empty());
        other.map_or_else(|| nameless(&self.id), str::to_owned)
    }
}

/// What somebody without a name is called. No part of an id will do: ids of one process end alike, and those of one
/// moment begin alike. So all of it is mixed, and written in letters that make no words.
pub(crate) fn nameless(id: &IdentityId) -> String {
    const LETTERS: [char; 27] = [
        'b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x', 'z', '2', '3', '4',
        '5', '6', '7', '8', '9',
    ];
    let mut mixed = 0xcbf2_9ce4_8422_2325_u64;
    for byte in id.as_str().bytes() {
        mixed = (mixed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    // Its low bits alone would hardly know of the first bytes.
    mixed ^= mixed >> 32;
    let mut name = String::from("Visitor ");
    for _ in 0..6 {
        name.push(LETTERS[(mixed % 27) as usize]);
        mixed /= 27;
    }
    name
}

/// Finds an identity by its id alone: the caller has checked what it belongs to.
pub async fn find(tx: &mut Tx, id: &IdentityId) -> Result<Option<Identity>, Error> {
    tx.find("WHERE id = ?1", params![id]).await
}

/// Finds an identity by its id on the other side.
pub async fn find_foreign(tx: &mut Tx, community: &CommunityId, foreign_id: &str) -> Result<Option<Identity>, Error> {
    tx.find("WHERE community_id = ?1 AND foreign_id = ?2", params![community, foreign_id.to_owned()]).await
}

/// Finds those that have one of these ids on the other side (PostgreSQL).
pub async fn all_foreign(tx: &mut Tx, community: &CommunityId, foreign_ids: &[String]) -> Result<Vec<Identity>, Error> {
    let one = format!("{} WHERE community_id = ?2 AND foreign_id = e.id LIMIT 1", Identity::select_sql());
    let rows = tx.rows(&for_each("found.*", &one), params![Json(foreign_ids.to_vec()), community]).await;
    rows?.iter_mut().map(Identity::from_row).collect()
}

/// Finds an identity and holds it: whoever changes one begins here, so that no change undoes another.
pub async fn lock(tx: &mut Tx, id: &IdentityId) -> Result<Option<Identity>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// The first identity of a community that is the company's and that somebody else told of; sources' own are not.
pub async fn first_told_controlled(tx: &mut Tx, community: &CommunityId) -> Result<Option<Identity>, Error> {
    Ok(told_controlled(tx, community, 1).await?.pop())
}

/// The same of the first ones, in the order in which they were told of.
pub async fn told_controlled(tx: &mut Tx, community: &CommunityId, limit: i64) -> Result<Vec<Identity>, Error> {
    let clause = "WHERE community_id = ?1 AND controlled AND NOT EXISTS \
                  (SELECT 1 FROM content_sources WHERE content_sources.identity_id = identities.id) \
                  ORDER BY created_at, id LIMIT ?2";
    tx.select(clause, params![community, limit]).await
}

/// Identities by their ids.
pub async fn by_ids(tx: &mut Tx, ids: &[IdentityId]) -> Result<Vec<Identity>, Error> {
    tx.by_ids(ids).await
}

/// Whether an identity was a customer so far: it has written as one, a thread is with it, or somebody has a visitor's key
/// to it.
pub async fn is_customer(tx: &mut Tx, id: &IdentityId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM identities WHERE id = ?1 AND ( \
               EXISTS (SELECT 1 FROM visitors WHERE identity_id = ?1) \
               OR EXISTS (SELECT 1 FROM content_threads WHERE identity_id = ?1) \
               OR EXISTS (SELECT 1 FROM contents WHERE author_id = ?1 \
                          AND status NOT IN ('user_reply', 'user_initiated')))";
    Ok(tx.number(sql, params![id]).await? > 0)
}

/// Notes on an identity that a user writes as it, or does so no more. Nothing happens when there is no such identity.
pub async fn set_writer(tx: &mut Tx, id: &IdentityId, user: &UserId, writes: bool) -> Result<(), Error> {
    let Some(mut identity) = lock(tx, id).await? else { return Ok(()) };
    identity.user_ids.retain(|other| other != user);
    if writes {
        identity.user_ids.push(user.clone());
    }
    identity.updated_at = tx.now();
    tx.update(&identity).await
}

/// Which identities to list. Filters that are not set let everyone through.
#[derive(Clone, Debug, Default)]
pub struct IdentityFilter {
    /// Of this community.
    pub community_id: Option<CommunityId>,
    /// Of this source's community.
    pub source_id: Option<SourceId>,
    /// Of one of these groups.
    pub identity_group_ids: Option<Vec<IdentityGroupId>>,
    /// One of these.
    pub ids: Option<Vec<IdentityId>>,
    /// With this id on the other side.
    pub foreign_id: Option<String>,
    /// With this id of the company's own.
    pub uuid: Option<String>,
    /// Order by the last change rather than by creation.
    pub by_update: bool,
}

impl IdentityFilter {
    /// Whether nothing but the community matters: `identity_tallies` then has the number.
    fn is_of_communities(&self) -> bool {
        let Self { community_id: _, source_id: _, by_update: _, identity_group_ids, ids, foreign_id, uuid } = self;
        identity_group_ids.is_none() && ids.is_none() && foreign_id.is_none() && uuid.is_none()
    }
}

/// The condition that a community has a source within the scope; none when the scope is everything.
pub(crate) fn community_within(scope: &Scope, column: &str, filter: &mut Filter) -> Option<String> {
    if *scope == Scope::All {
        return None;
    }
    let sources = scope.condition("id", &mut filter.params);
    Some(format!("{column} IN (SELECT community_id FROM content_sources WHERE {sources})"))
}

pub(crate) fn within(scope: &Scope) -> Filter {
    let mut filter = Filter::default();
    if let Some(condition) = community_within(scope, "community_id", &mut filter) {
        filter.and(&condition);
    }
    filter
}

/// Customers within the scope after one, by their ids: a part of all of them.
pub async fn customers_after(
    tx: &mut Tx,
    scope: &Scope,
    after: Option<&IdentityId>,
    limit: i64,
) -> Result<Vec<Identity>, Error> {
    let mut filter = within(scope);
    filter.and("NOT controlled");
    filter.and("foreign_id <> 'erased:' || id");
    filter.and_some("id > ?", after);
    tx.select(&format!("{} ORDER BY id LIMIT {limit}", filter.clause()), filter.params).await
}

/// Lists identities of communities that have a source within the scope, newest first.
pub async fn list(tx: &mut Tx, scope: &Scope, wanted: &IdentityFilter, page: Page) -> Result<Listed<Identity>, Error> {
    let mut filter = within(scope);
    match (&wanted.community_id, &wanted.source_id) {
        (Some(id), _) => filter.and_value("community_id = ?", id),
        (None, Some(id)) => {
            filter.and_value("community_id = (SELECT community_id FROM content_sources WHERE id = ?)", id);
            if !scope.allows(id) {
                filter.and("FALSE");
            }
        }
        // The index begins with the community.
        (None, None) if wanted.foreign_id.is_some() => filter.and("community_id IN (SELECT id FROM communities)"),
        (None, None) => {}
    }
    let order = if wanted.by_update { "updated_at DESC, id DESC" } else { "created_at DESC, id DESC" };
    if wanted.is_of_communities() {
        let sql = format!("SELECT CAST(SUM(n) AS BIGINT) FROM identity_tallies {}", filter.clause());
        let count = tx.number(&sql, filter.params.clone()).await?;
        return tx.list_counted(count, filter, order, page).await;
    }
    if let Some(ids) = &wanted.identity_group_ids {
        filter.and_in("identity_group_id", ids);
    }
    if let Some(ids) = &wanted.ids {
        filter.and_in("id", ids);
    }
    filter.and_some("foreign_id = ?", wanted.foreign_id.as_ref());
    filter.and_some("uuid = ?", wanted.uuid.as_ref());
    tx.list(filter, order, page).await
}

/// Finds an identity of a community that has a source within the scope.
pub async fn find_within(tx: &mut Tx, scope: &Scope, id: &IdentityId) -> Result<Option<Identity>, Error> {
    let mut filter = within(scope);
    filter.and_value("id = ?", id);
    tx.find(&filter.clause(), filter.params).await
}

/// Of some identities, those of communities that have a source within the scope.
pub async fn ids_within(tx: &mut Tx, scope: &Scope, ids: &[IdentityId]) -> Result<Vec<IdentityId>, Error> {
    if *scope == Scope::All || ids.is_empty() {
        return Ok(ids.to_vec());
    }
    let mut filter = within(scope);
    filter.and_in("id", ids);
    let sql = format!("SELECT id FROM identities {}", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    let seen = rows.iter_mut().map(crate::Row::take).collect::<Result<HashSet<IdentityId>, Error>>()?;
    Ok(ids.iter().filter(|id| seen.contains(id)).cloned().collect())
}

/// The identities with this id on the other side, on whatever community.
pub async fn by_foreign_id(tx: &mut Tx, foreign_id: &str) -> Result<Vec<Identity>, Error> {
    // The index begins with the community.
    let clause = "WHERE community_id IN (SELECT id FROM communities) AND foreign_id = ?1 ORDER BY id LIMIT 100";
    tx.select(clause, params![foreign_id.to_owned()]).await
}

/// Finds an identity of a community by whatever is known of it, the surest first: its id, its id on the other side,
/// the company's own id that was signed. Where `unsigned` ones count too, the company's id as a visitor said it, when
/// only one said so.
pub async fn find_by_any(
    tx: &mut Tx,
    community: &CommunityId,
    known: &str,
    unsigned: bool,
) -> Result<Option<Identity>, Error> {
    // Looked up one by one: all of the community would be looked through for either of them.
    let clause = "WHERE community_id || '' = ?1 AND id IN (SELECT CAST(?2 AS TEXT) UNION ALL \
                  SELECT id FROM identities WHERE community_id = ?1 AND foreign_id IN (?2, ?3)) \
                  ORDER BY CASE WHEN id = ?2 THEN 0 WHEN foreign_id = ?2 THEN 1 ELSE 2 END LIMIT 1";
    let sure = tx.find(clause, params![community, known.to_owned(), format!("uuid:{known}")]).await?;
    if sure.is_some() || !unsigned {
        return Ok(sure);
    }
    let clause = format!("{} WHERE community_id = ?1 AND uuid = ?2 LIMIT 2", tx.backend().by("identities_uuid"));
    let mut said = tx.select(&clause, params![community, known.to_owned()]).await?;
    Ok(said.pop().filter(|_| said.is_empty()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn those_without_a_name_differ_within_a_moment_and_over_time() {
        let mut names = BTreeSet::new();
        for n in 0..1000 {
            let now = Timestamp::from_millis(1_790_000_000_000 + n / 2 * 977);
            let community = CommunityId::new(now);
            names.insert(Identity::new(community, "engage_messaging", n.to_string(), now).display_name());
        }
        assert_eq!(names.len(), 1000);
        // The letter that stands in a picture differs as well.
        let letters: BTreeSet<_> = names.iter().filter_map(|name| name.chars().nth(8)).collect();
        assert_eq!(letters.len(), 27);
    }
}
