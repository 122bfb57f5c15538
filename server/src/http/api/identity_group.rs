//! `/1.0/identity_groups`.

use axum::extract::State;
use model::{IdentityGroupId, IdentityId, TagId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::identity::{GroupFilter, IdentityGroup};

use super::identity::sorted_by_update;
use crate::app::App;
use crate::domain::Result;
use crate::domain::identity::{self, Group};
use crate::http::{Caller, Id, Paged, Params, Reply, page};

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
        app.db.read(move |tx| Box::pin(async move { identity::list_groups(tx, &actor, wanted, page).await })).await?;
    Ok(Paged::new(listed, page, GroupOut::from))
}

/// Getting an identity group from its id.
pub async fn show(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<IdentityGroupId>,
) -> Result<Reply<GroupOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { identity::find_group(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}
