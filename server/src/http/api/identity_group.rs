//! `/1.0/identity_groups`. Making one, and parting what was joined, are extensions.

use axum::extract::State;
use model::{IdentityGroupId, IdentityId, TagId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::identity_group::{GroupFilter, IdentityGroup};

use super::identity::sorted_by_update;
use crate::app::App;
use crate::avatars;
use crate::domain::identity_group::{self, Group, GroupIn};
use crate::domain::identity_merge;
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// An identity group as the API shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "IdentityGroup")]
pub struct GroupOut {
    avatar_url: Option<String>,
    company: Option<String>,
    created_at: Timestamp,
    custom_field_values: Map<String, Value>,
    emails: Vec<String>,
    firstname: Option<String>,
    gender: Option<String>,
    home_phones: Vec<String>,
    id: IdentityGroupId,
    identity_ids: Vec<IdentityId>,
    lastname: Option<String>,
    mobile_phones: Vec<String>,
    notes: Option<String>,
    tag_ids: Vec<TagId>,
    updated_at: Timestamp,
}

impl From<Group> for GroupOut {
    fn from(Group { group, identity_ids }: Group) -> Self {
        let IdentityGroup { id, firstname, lastname, company, gender, avatar_url, notes, .. } = group;
        let IdentityGroup { emails, home_phones, mobile_phones, tag_ids, custom_field_values, .. } = group;
        let IdentityGroup { created_at, updated_at, .. } = group;
        Self {
            avatar_url,
            company,
            created_at,
            custom_field_values: custom_field_values.0,
            emails: emails.0,
            firstname,
            gender,
            home_phones: home_phones.0,
            id,
            identity_ids,
            lastname,
            mobile_phones: mobile_phones.0,
            notes,
            tag_ids: tag_ids.0,
            updated_at,
        }
    }
}

impl GroupOut {
    /// The same with our own address of the picture, which alone the console may load.
    pub(super) fn for_console(self, app: &App) -> Self {
        Self { avatar_url: avatars::address(app, self.avatar_url.as_deref()), ..self }
    }
}

/// Getting all identity groups, newest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<GroupOut>> {
    let page = page(&params)?;
    let wanted = GroupFilter {
        firstname: params.text("firstname")?,
        lastname: params.text("lastname")?,
        email: params.text("email")?,
        uuid: params.text("uuid")?,
        ids: params.id_list("ids", IdentityGroupId::parse)?,
        by_update: sorted_by_update(&params)?,
    };
    let listed =
        app.db.read(move |tx| Box::pin(async move { identity_group::list(tx, &actor, wanted, page).await })).await?;
    Ok(Paged::new(listed, page, GroupOut::from))
}

/// Getting an identity group from its id.
pub async fn show(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<IdentityGroupId>,
) -> Result<Reply<GroupOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { identity_group::find(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}

fn read(params: &Params) -> Result<GroupIn> {
    Ok(GroupIn {
        firstname: params.given("firstname")?,
        lastname: params.given("lastname")?,
        company: params.given("company")?,
        gender: params.given("gender")?,
        notes: params.given("notes")?,
        emails: params.texts("emails")?,
        home_phones: params.texts("home_phones")?,
        mobile_phones: params.texts("mobile_phones")?,
        tag_ids: params.ids("tag_ids", TagId::parse)?,
        custom_field_values: params.map("custom_field_values")?.unwrap_or_default(),
    })
}

/// Making the group of an identity that has none, with what is known of the person. An extension.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<GroupOut>> {
    let identity = params.required_id("identity_id", IdentityId::parse)?;
    let given = read(&params)?;
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(identity_merge::create(tx, &actor, &identity, given).await?.into()) })
    })
    .await
}

/// Updating an identity group.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<IdentityGroupId>,
    params: Params,
) -> Result<Written<GroupOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(identity_group::update(tx, &actor, &id, given).await?.into()) }))
        .await
}

/// Merging an identity into an identity group.
pub async fn merge(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<IdentityGroupId>,
    params: Params,
) -> Result<Written<GroupOut>> {
    let identity = params.required_id("associated_identity_id", IdentityId::parse)?;
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(identity_merge::merge(tx, &actor, &id, &identity).await?.into()) })
    })
    .await
}

/// Taking an identity out of an identity group again. An extension.
pub async fn unmerge(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<IdentityGroupId>,
    params: Params,
) -> Result<Written<GroupOut>> {
    let identity = params.required_id("associated_identity_id", IdentityId::parse)?;
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(identity_merge::unmerge(tx, &actor, &id, &identity).await?.into()) })
    })
    .await
}
