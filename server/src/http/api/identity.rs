//! `/1.0/identities`.

use axum::extract::State;
use axum::http::StatusCode;
use model::{CommunityId, IdentityGroupId, IdentityId, SourceId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::identity::{Identity, IdentityFilter};

use crate::app::App;
use crate::avatars;
use crate::domain::identity_import::{self, ImportIn};
use crate::domain::{Error, Fault, erasure, identity};
use crate::http::answer::{write, write_as};
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// An identity as the API shows it. The last two fields are extensions.
#[derive(Serialize, JsonSchema)]
pub struct IdentityOut {
    avatar_url: Option<String>,
    community_id: CommunityId,
    community_url: Option<String>,
    company: Option<String>,
    created_at: Timestamp,
    display_name: String,
    email: Option<String>,
    extra_values: Map<String, Value>,
    firstname: Option<String>,
    foreign_id: String,
    gender: Option<String>,
    home_phone: Option<String>,
    id: IdentityId,
    identity_group_id: Option<IdentityGroupId>,
    lastname: Option<String>,
    mobile_phone: Option<String>,
    screenname: Option<String>,
    r#type: String,
    updated_at: Timestamp,
    user_ids: Vec<UserId>,
    uuid: Option<String>,
    /// It belongs to the company, not to a customer.
    controlled: bool,
    /// The person was erased: nothing is known of them any more.
    anonymized: bool,
}

impl From<Identity> for IdentityOut {
    fn from(identity: Identity) -> Self {
        let display_name = identity.display_name();
        let anonymized = identity.is_erased();
        let Identity { id, community_id, identity_group_id, kind, foreign_id, uuid, screenname, .. } = identity;
        let Identity { firstname, lastname, company, email, gender, home_phone, mobile_phone, avatar_url, .. } =
            identity;
        let Identity { extra_values, user_ids, controlled, created_at, updated_at, .. } = identity;
        Self {
            avatar_url,
            community_id,
            community_url: None,
            company,
            created_at,
            display_name,
            email,
            extra_values: extra_values.0,
            firstname,
            foreign_id,
            gender,
            home_phone,
            id,
            identity_group_id,
            lastname,
            mobile_phone,
            screenname,
            r#type: kind,
            updated_at,
            user_ids: user_ids.0,
            uuid,
            controlled,
            anonymized,
        }
    }
}

impl IdentityOut {
    /// The same with our own address of the picture, which alone the console may load.
    pub(super) fn for_console(self, app: &App) -> Self {
        Self { avatar_url: avatars::address(app, self.avatar_url.as_deref()), ..self }
    }
}

/// Reads `sort`: whether the last change decides the order, rather than the creation.
///
/// # Errors
/// 400 when it is neither `created_at` nor `updated_at`.
pub(super) fn sorted_by_update(params: &Params) -> Result<bool> {
    match params.text("sort")?.as_deref() {
        None | Some("created_at") => Ok(false),
        Some("updated_at") => Ok(true),
        Some(_) => Err(Error::bad("sort", Fault::one_of(&["created_at", "updated_at"])).into()),
    }
}

/// Getting all identities, newest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<IdentityOut>> {
    let page = page(&params)?;
    let one = params.id("identity_group_id", IdentityGroupId::parse)?.map(|id| vec![id]);
    let wanted = IdentityFilter {
        community_id: params.id("community_id", CommunityId::parse)?,
        source_id: params.id("source_id", SourceId::parse)?,
        identity_group_ids: one.or(params.id_list("identity_group_ids", IdentityGroupId::parse)?),
        ids: None,
        foreign_id: params.text("foreign_id")?,
        uuid: params.text("uuid")?,
        by_update: sorted_by_update(&params)?,
    };
    let user_id = params.id("user_id", UserId::parse)?;
    let listed =
        app.db.read(move |tx| Box::pin(async move { identity::list(tx, &actor, wanted, user_id, page).await })).await?;
    Ok(Paged::new(listed, page, IdentityOut::from))
}

/// Getting an identity from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<IdentityId>) -> Result<Reply<IdentityOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { identity::find(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Erasing the person behind an identity. An extension.
pub async fn erase(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<IdentityId>,
) -> Result<Written<IdentityOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(erasure::begin(tx, &actor, &id).await?.into()) })).await
}

/// Importing an identity: the one that is made, or that was there.
pub async fn import(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<IdentityOut>> {
    let given = ImportIn {
        community_id: params.id("community_id", CommunityId::parse)?,
        source_id: params.id("source_id", SourceId::parse)?,
        upsert: params.boolean("upsert")?.unwrap_or(false),
        ..told(&params)?
    };
    write_as(&app, StatusCode::CREATED, move |_, tx| {
        Box::pin(async move { Ok(identity_import::import(tx, &actor, given).await?.into()) })
    })
    .await
}

/// What is told of somebody to be imported, beside where.
pub(super) fn told(params: &Params) -> Result<ImportIn> {
    Ok(ImportIn {
        identifier: params.required("identifier")?,
        company: params.given("company")?,
        firstname: params.given("firstname")?,
        lastname: params.given("lastname")?,
        screenname: params.given("screenname")?,
        gender: params.given("gender")?,
        email: params.given("email")?,
        home_phone: params.given("home_phone")?,
        mobile_phone: params.given("mobile_phone")?,
        extra_values: params.map("extra_values")?.unwrap_or_default(),
        ..ImportIn::default()
    })
}
