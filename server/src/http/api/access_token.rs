//! `/1.0/access_tokens`: an extension, after the guide `docs/basics/access-token.md`.

use axum::extract::State;
use model::{AccessTokenId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::access_token::AccessToken;

use crate::app::App;
use crate::domain::access_token;
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// An access token as the API shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccessToken")]
pub struct TokenOut {
    created_at: Timestamp,
    enabled: bool,
    id: AccessTokenId,
    label: String,
    /// The token itself, in the answer to its making alone.
    token: Option<String>,
    updated_at: Timestamp,
    user_id: UserId,
}

impl TokenOut {
    fn new(token: AccessToken, secret: Option<String>) -> Self {
        let AccessToken { id, label, user_id, token_hash: _, enabled, created_at, updated_at } = token;
        Self { created_at, enabled, id, label, token: secret, updated_at, user_id }
    }
}

/// Getting all access tokens that the caller may see, oldest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<TokenOut>> {
    let page = page(&params)?;
    let user_id = params.id("user_id", UserId::parse)?;
    let listed =
        app.db.read(move |tx| Box::pin(async move { access_token::list(tx, &actor, user_id, page).await })).await?;
    Ok(Paged::new(listed, page, |token| TokenOut::new(token, None)))
}

/// Getting an access token from its id.
pub async fn show(State(app): State<App>, Caller(actor): Caller, Id(id): Id<AccessTokenId>) -> Result<Reply<TokenOut>> {
    let token = app.db.read(move |tx| Box::pin(async move { access_token::find(tx, &actor, &id).await })).await?;
    Ok(Reply(TokenOut::new(token, None)))
}

/// Creating an access token.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<TokenOut>> {
    let label = params.required("label")?;
    let user_id = params.id("user_id", UserId::parse)?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let (token, secret) = access_token::create(tx, &actor, &label, user_id).await?;
            Ok(TokenOut::new(token, Some(secret)))
        })
    })
    .await
}

/// Updating an access token.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<AccessTokenId>,
    params: Params,
) -> Result<Written<TokenOut>> {
    let (label, enabled) = (params.given("label")?, params.boolean("enabled")?);
    write(&app, move |_, tx| {
        Box::pin(async move {
            let token = access_token::update(tx, &actor, &id, label, enabled).await?;
            Ok(TokenOut::new(token, None))
        })
    })
    .await
}

/// Deleting an access token.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<AccessTokenId>,
) -> Result<Written<TokenOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            let token = access_token::delete(tx, &actor, &id).await?;
            Ok(TokenOut::new(token, None))
        })
    })
    .await
}
