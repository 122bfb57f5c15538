//! Identity groups: persons, joining identities.

use model::{CommunityId, IdentityGroupId, IdentityId, TagId, Timestamp};
use serde_json::{Map, Value as JsonValue};

use crate::identity::{community_within, within};
use crate::{Error, Field, Filter, Json, Listed, Page, Scope, Tx, Value, params, people, table};

/// The most bytes of an address that is looked for.
const EMAIL_MAX: usize = 1000;

table! {
    /// A person, joining identities.
    pub struct IdentityGroup in "identity_groups" {
        /// Its id.
        id: IdentityGroupId,
        /// First name.
        firstname: Option<String>,
        /// Last name.
        lastname: Option<String>,
        /// Company.
        company: Option<String>,
        /// `man` or `woman`.
        gender: Option<String>,
        /// Picture.
        avatar_url: Option<String>,
        /// Agents' notes.
        notes: Option<String>,
        /// E-mail addresses.
        emails: Json<Vec<String>>,
        /// Phones at home.
        home_phones: Json<Vec<String>>,
        /// Mobile phones.
        mobile_phones: Json<Vec<String>>,
        /// Tags.
        tag_ids: Json<Vec<TagId>>,
        /// Custom fields.
        custom_field_values: Json<Map<String, JsonValue>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}

impl IdentityGroup {
    /// A person of whom nothing is known.
    #[must_use]
    pub fn new(id: IdentityGroupId, now: Timestamp) -> Self {
        Self {
            id,
            firstname: None,
            lastname: None,
            company: None,
            gender: None,
            avatar_url: None,
            notes: None,
            emails: Json::default(),
            home_phones: Json::default(),
            mobile_phones: Json::default(),
            tag_ids: Json::default(),
            custom_field_values: Json::default(),
            created_at: now,
            updated_at: now,
        }
    }
}

/// Holds a group, whoever may see it: every change of a group begins here. Of several groups, the one with the lower
/// id comes first, and an identity comes before them.
pub async fn lock(tx: &mut Tx, id: &IdentityGroupId) -> Result<Option<IdentityGroup>, Error> {
    tx.find_locked("WHERE id = ?1", params![id]).await
}

/// How many identities a group has beside one.
pub async fn count_others(tx: &mut Tx, group: &IdentityGroupId, without: &IdentityId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM identities WHERE identity_group_id = ?1 AND id <> ?2";
    tx.number(sql, params![group, without]).await
}

/// Takes a tag from every person who has it.
pub async fn forget_tag(tx: &mut Tx, tag: &TagId) -> Result<(), Error> {
    // The list is compact JSON: an element goes with the comma after it, else with the one before it.
    let sql = "UPDATE identity_groups SET tag_ids = REPLACE(REPLACE(REPLACE(tag_ids, ?1, ''), ?2, ''), ?3, '') \
               WHERE tag_ids LIKE ?4";
    let tag = format!("\"{tag}\"");
    let (after, before, like) = (format!("{tag},"), format!(",{tag}"), format!("%{tag}%"));
    tx.execute(sql, params![after, before, tag, like]).await.map(drop)
}

/// Which groups to list. Filters that are not set let everyone through.
#[derive(Clone, Debug, Default)]
pub struct GroupFilter {
    /// With this first name.
    pub firstname: Option<String>,
    /// With this last name.
    pub lastname: Option<String>,
    /// With this e-mail address, in any case and with any accents.
    pub email: Option<String>,
    /// With an identity that has this id of the company's own.
    pub uuid: Option<String>,
    /// One of these.
    pub ids: Option<Vec<IdentityGroupId>>,
    /// Order by the last change rather than by creation.
    pub by_update: bool,
}

impl GroupFilter {
    /// Whether nothing but the order is asked for: `group_tallies` then has the number.
    fn is_empty(&self) -> bool {
        let Self { firstname, lastname, email, uuid, ids, by_update: _ } = self;
        ids.is_none() && [firstname, lastname, email, uuid].iter().all(|text| text.is_none())
    }
}

/// Groups by their ids, whoever sees them.
pub async fn by_ids(tx: &mut Tx, ids: &[IdentityGroupId]) -> Result<Vec<IdentityGroup>, Error> {
    tx.by_ids(ids).await
}

/// A group without identities is only remembered, for those that may come back to it: nobody sees it.
fn visible(scope: &Scope) -> Filter {
    let mut filter = Filter::default();
    match community_within(scope, "i.community_id", &mut filter) {
        Some(condition) => {
            let of_group = "SELECT 1 FROM identities i WHERE i.identity_group_id = identity_groups.id";
            filter.and(&format!("EXISTS ({of_group} AND {condition})"));
        }
        None => filter.and("communities <> ''"),
    }
    filter
}

/// How many groups have an identity within the scope.
async fn count(tx: &mut Tx, scope: &Scope) -> Result<i64, Error> {
    let all =
        "SELECT communities, CAST(SUM(n) AS BIGINT) FROM group_tallies WHERE communities <> '' GROUP BY communities";
    let mut tallies = Vec::<(String, i64)>::new();
    for row in &mut tx.rows(all, Vec::new()).await? {
        tallies.push((row.take()?, row.take()?));
    }
    let seen = people::communities(tx, scope).await?;
    let is_seen = |all: &str| seen.as_ref().is_none_or(|seen| seen.iter().any(|id| all.contains(id.as_str())));
    Ok(tallies.iter().filter(|(all, _)| is_seen(all)).map(|(_, n)| n).sum())
}

/// Lists groups that have an identity within the scope, newest first.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &GroupFilter,
    page: Page,
) -> Result<Listed<IdentityGroup>, Error> {
    let mut filter = visible(scope);
    filter.and_some("firstname = ?", wanted.firstname.as_ref());
    filter.and_some("lastname = ?", wanted.lastname.as_ref());
    match wanted.email.as_ref().map(|email| text::plain(email.trim()).into_owned()) {
        // Nobody has such an address.
        Some(email) if email.len() > EMAIL_MAX => filter.and("FALSE"),
        Some(email) => {
            let groups = people::groups_with_email(tx, &email, &json(&email)).await?;
            filter.and_in("id", &groups);
        }
        None => {}
    }
    if let Some(uuid) = &wanted.uuid {
        let uuid = filter.bind(Value::Text(uuid.clone()));
        let known = community_within(scope, "community_id", &mut filter).unwrap_or_else(|| "TRUE".into());
        filter.and(&format!("id IN (SELECT identity_group_id FROM identities WHERE uuid = {uuid} AND {known})"));
    }
    if let Some(ids) = &wanted.ids {
        filter.and_in("id", ids);
    }
    let order = if wanted.by_update { "updated_at DESC, id DESC" } else { "created_at DESC, id DESC" };
    if wanted.is_empty() {
        let count = count(tx, scope).await?;
        return tx.list_counted(count, filter, order, page).await;
    }
    tx.list(filter, order, page).await
}

/// A text as JSON.
fn json(text: &str) -> String {
    if let Value::Text(json) = Json(text.to_owned()).to_value() { json } else { String::new() }
}

/// The communities that a group has identities of.
pub async fn communities(tx: &mut Tx, id: &IdentityGroupId) -> Result<Vec<CommunityId>, Error> {
    let sql = "SELECT DISTINCT community_id FROM identities WHERE identity_group_id = ?1";
    tx.rows(sql, params![id]).await?.iter_mut().map(crate::Row::take).collect()
}

/// Finds a group that has an identity within the scope.
pub async fn find(tx: &mut Tx, scope: &Scope, id: &IdentityGroupId) -> Result<Option<IdentityGroup>, Error> {
    let mut filter = visible(scope);
    filter.and_value("id = ?", id);
    tx.find(&filter.clause(), filter.params).await
}

/// The identities of some groups that are within the scope, oldest first.
pub async fn identities_of(
    tx: &mut Tx,
    scope: &Scope,
    groups: &[IdentityGroupId],
) -> Result<Vec<(IdentityGroupId, IdentityId)>, Error> {
    let mut filter = within(scope);
    filter.and_in("identity_group_id", groups);
    let sql = format!("SELECT identity_group_id, id FROM identities {} ORDER BY created_at, id", filter.clause());
    let mut rows = tx.rows(&sql, filter.params).await?;
    rows.iter_mut().map(|row| Ok((row.take()?, row.take()?))).collect()
}
