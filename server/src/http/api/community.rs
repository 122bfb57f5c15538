//! `/1.0/communities` and their keys. Writing them is an extension.

use axum::extract::State;
use model::{CommunityId, JwtKeyId, SignedIdentities, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::community::Community;
use store::jwt_key::JwtKey;

use crate::app::App;
use crate::domain::community;
use crate::domain::community::{CommunityIn, KeyIn};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A community as the API shows it. The last field is an extension.
#[derive(Serialize, JsonSchema)]
pub struct CommunityOut {
    active: bool,
    created_at: Timestamp,
    id: CommunityId,
    name: String,
    r#type: String,
    updated_at: Timestamp,
    signed_identities: SignedIdentities,
}

impl From<Community> for CommunityOut {
    fn from(community: Community) -> Self {
        let Community { id, name, kind, active, signed_identities, created_at, updated_at } = community;
        Self { active, created_at, id, name, r#type: kind, updated_at, signed_identities }
    }
}

/// A key as the API shows it: never its secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JwtKey")]
pub struct KeyOut {
    #[schemars(extend("enum" = ["HS256", "RS256"]))]
    algorithm: String,
    community_id: CommunityId,
    created_at: Timestamp,
    id: JwtKeyId,
    key_id: String,
    /// The public key in PEM; null for a secret.
    public_key: Option<String>,
}

impl From<JwtKey> for KeyOut {
    fn from(key: JwtKey) -> Self {
        let JwtKey { id, community_id, key_id, algorithm, secret, created_at } = key;
        let public_key = (algorithm == "RS256").then_some(secret);
        Self { algorithm, community_id, created_at, id, key_id, public_key }
    }
}

fn read(params: &Params) -> Result<CommunityIn> {
    Ok(CommunityIn {
        name: params.given("name")?,
        kind: params.text("type")?,
        active: params.boolean("active")?,
        signed_identities: params.text("signed_identities")?,
    })
}

/// Getting all communities, oldest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<CommunityOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(async move { community::list(tx, &actor, page).await })).await?;
    Ok(Paged::new(listed, page, CommunityOut::from))
}

/// Getting a community from its id.
pub async fn show(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<CommunityId>,
) -> Result<Reply<CommunityOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { community::find(tx, &actor, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Creating a community.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<CommunityOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(community::create(tx, &actor, given).await?.into()) })).await
}

/// Updating a community.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<CommunityId>,
    params: Params,
) -> Result<Written<CommunityOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(community::update(tx, &actor, &id, given).await?.into()) })).await
}

/// Deleting a community that nothing uses.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<CommunityId>,
) -> Result<Written<CommunityOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(community::delete(tx, &actor, &id).await?.into()) })).await
}

/// Getting the keys of a community.
pub async fn list_keys(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<CommunityId>,
    params: Params,
) -> Result<Paged<KeyOut>> {
    let page = page(&params)?;
    let listed =
        app.db.read(move |tx| Box::pin(async move { community::list_keys(tx, &actor, &id, page).await })).await?;
    Ok(Paged::new(listed, page, KeyOut::from))
}

/// Adding a key to a community.
pub async fn add_key(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<CommunityId>,
    params: Params,
) -> Result<Written<KeyOut>> {
    let given = KeyIn {
        key_id: params.required("key_id")?,
        algorithm: params.required("algorithm")?,
        key: params.required("key")?,
    };
    write(&app, move |app, tx| {
        Box::pin(async move { Ok(community::add_key(tx, &actor, &app.keys, &id, given).await?.into()) })
    })
    .await
}

/// Removing a key of a community.
pub async fn remove_key(
    State(app): State<App>,
    Caller(actor): Caller,
    Id((id, key_id)): Id<(CommunityId, String)>,
) -> Result<Written<KeyOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(community::remove_key(tx, &actor, &id, &key_id).await?.into()) }))
        .await
}
