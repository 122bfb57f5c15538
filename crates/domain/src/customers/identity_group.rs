//! Identity groups: persons. A group is made when something is said of an identity by hand, or when identities are
//! joined; many identities have none. `identity_merge` joins and parts.

use model::{AssociatedType, EventType, IdentityGroupId, IdentityId, TagId};
use serde_json::{Map, Value, json};
use store::identity_group::{self, GroupFilter, IdentityGroup};
use store::{Json, Listed, Page, Tx};

use crate::base::{Actor, Error, Fault, Result, checks::distinct, journal};
use crate::customers::identity;
use crate::setup::{attributes, custom_field, tag};

/// Longest notes in characters.
const NOTES_MAX: usize = 20_000;
/// How many e-mail addresses or phones of a kind a person has at the most.
const LIST_MAX: usize = 100;

/// A person with the identities that are known of them.
#[derive(Clone, Debug)]
pub struct Group {
    /// The person, with a value or null for every custom field.
    pub group: IdentityGroup,
    /// Their identities that the actor may see, oldest first.
    pub identity_ids: Vec<IdentityId>,
}

/// What can be said of a person; what is absent stays as it is, and an empty text takes a value back.
#[derive(Clone, Debug, Default)]
pub struct GroupIn {
    /// First name.
    pub firstname: Option<String>,
    /// Last name.
    pub lastname: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// `man` or `woman`.
    pub gender: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// E-mail addresses.
    pub emails: Option<Vec<String>>,
    /// Phones at home.
    pub home_phones: Option<Vec<String>>,
    /// Mobile phones.
    pub mobile_phones: Option<Vec<String>>,
    /// Tags.
    pub tag_ids: Option<Vec<TagId>>,
    /// Values of custom fields, by their keys.
    pub custom_field_values: Map<String, Value>,
}

/// Lists groups that have an identity of a community with a source that the actor may read, newest first.
pub async fn list(tx: &mut Tx, actor: &Actor, wanted: GroupFilter, page: Page) -> Result<Listed<Group>> {
    let Listed { count, records } = identity_group::list(tx, actor.scope(), &wanted, page).await?;
    Ok(Listed { count, records: shown(tx, actor, records).await? })
}

/// Finds a group that has an identity of such a community.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, actor: &Actor, id: &IdentityGroupId) -> Result<Group> {
    let found = identity_group::find(tx, actor.scope(), id).await?;
    shown(tx, actor, found.into_iter().collect()).await?.pop().ok_or(Error::NotFound("identity group"))
}

/// Those of some groups that have an identity of such a community.
pub(crate) async fn by_ids(tx: &mut Tx, actor: &Actor, ids: &[IdentityGroupId]) -> Result<Vec<Group>> {
    let wanted = GroupFilter { ids: Some(ids.to_vec()), ..GroupFilter::default() };
    let page = Page { offset: 0, limit: i64::try_from(ids.len()).unwrap_or(i64::MAX) };
    let found = identity_group::list(tx, actor.scope(), &wanted, page).await?.records;
    shown(tx, actor, found).await
}

/// Adds to groups what is shown of them.
pub(crate) async fn shown(tx: &mut Tx, actor: &Actor, groups: Vec<IdentityGroup>) -> Result<Vec<Group>> {
    let ids: Vec<IdentityGroupId> = groups.iter().map(|g| g.id.clone()).collect();
    let members = identity_group::identities_of(tx, actor.scope(), &ids).await?;
    let fields = store::custom_field::of_type(tx, AssociatedType::IdentityGroup).await?;
    let of = |id: &IdentityGroupId| members.iter().filter(|(g, _)| g == id).map(|(_, i)| i.clone()).collect();
    let show = |mut group: IdentityGroup| {
        group.custom_field_values = Json(custom_field::filled(&fields, &group.custom_field_values));
        Group { identity_ids: of(&group.id), group }
    };
    Ok(groups.into_iter().map(show).collect())
}

/// Changes what is known of a person.
///
/// # Errors
/// 404; 422 that names the value that is not acceptable.
pub async fn update(tx: &mut Tx, actor: &Actor, id: &IdentityGroupId, given: GroupIn) -> Result<Group> {
    let not_found = || Error::NotFound("identity group");
    identity_group::find(tx, actor.scope(), id).await?.ok_or_else(not_found)?;
    let mut group = identity_group::lock(tx, id).await?.ok_or_else(not_found)?;
    let before = attributes::of_group(&group);
    apply(tx, actor, &mut group, given).await?;
    let changed = attributes::differences(&before, &attributes::of_group(&group));
    if !changed.is_empty() {
        group.updated_at = tx.now();
        tx.update(&group).await?;
        let resource = ("identity_group", id.as_str());
        let communities = identity_group::communities(tx, id).await?;
        let metadata = json!({"changed": changed});
        journal::person(tx, EventType::IdentityGroupUpdated, &actor.user.id, resource, communities, metadata);
    }
    find(tx, actor, id).await
}

/// Sets on a held group what is given; the caller writes it.
pub(crate) async fn apply(tx: &mut Tx, actor: &Actor, group: &mut IdentityGroup, given: GroupIn) -> Result<()> {
    let GroupIn { firstname, lastname, company, gender, notes, emails, home_phones, mobile_phones, .. } = given;
    let GroupIn { tag_ids, custom_field_values, .. } = given;
    for (field, known, told) in [
        ("firstname", &mut group.firstname, firstname),
        ("lastname", &mut group.lastname, lastname),
        ("company", &mut group.company, company),
    ] {
        if let Some(told) = told {
            *known = identity::checked_text(field, &told)?;
        }
    }
    if let Some(gender) = gender {
        group.gender = identity::checked_gender(&gender)?;
    }
    if let Some(notes) = notes {
        group.notes = checked_notes(&notes)?;
    }
    if let Some(emails) = emails {
        group.emails = Json(checked_list("emails", emails, identity::checked_email)?);
    }
    if let Some(phones) = home_phones {
        group.home_phones = Json(checked_list("home_phones", phones, identity::checked_phone)?);
    }
    if let Some(phones) = mobile_phones {
        group.mobile_phones = Json(checked_list("mobile_phones", phones, identity::checked_phone)?);
    }
    if let Some(ids) = tag_ids {
        group.tag_ids = Json(tag::checked(tx, ids).await?);
    }
    let values = &mut group.custom_field_values;
    custom_field::set(tx, actor, AssociatedType::IdentityGroup, values, custom_field_values).await?;
    Ok(())
}

fn checked_notes(text: &str) -> Result<Option<String>> {
    if text.chars().count() > NOTES_MAX {
        return Err(Error::invalid("notes", Fault::too_long(NOTES_MAX)));
    }
    let kept: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    Ok(Some(kept).filter(|notes| !notes.trim().is_empty()))
}

fn checked_list(
    field: &'static str,
    texts: Vec<String>,
    check: fn(&'static str, &str) -> Result<Option<String>>,
) -> Result<Vec<String>> {
    let checked: Result<Vec<Option<String>>> = texts.iter().map(|text| check(field, text)).collect();
    let kept = distinct(checked?.into_iter().flatten().collect());
    if kept.len() > LIST_MAX {
        return Err(Error::invalid(field, Fault::too_many(LIST_MAX)));
    }
    Ok(kept)
}
