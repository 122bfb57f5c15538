//! `/1.0/users/{id}/signatures`.

use axum::extract::State;
use model::{SignatureId, SourceId, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use store::signature::Signature;

use crate::app::App;
use crate::domain::signature::{self, SignatureIn};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Reply, Result, Written, page};

/// A text that a user signs with.
#[derive(Serialize, JsonSchema)]
pub struct SignatureOut {
    /// The text.
    body: String,
    id: SignatureId,
    /// Its language.
    language: Option<String>,
    /// Its name.
    name: Option<String>,
    /// For these sources; for all when empty.
    source_ids: Vec<SourceId>,
}

impl From<Signature> for SignatureOut {
    fn from(signature: Signature) -> Self {
        let Signature { id, user_id: _, body, name, language, source_ids, created_at: _, updated_at: _ } = signature;
        Self { body, id, language, name, source_ids: source_ids.0 }
    }
}

fn read(params: &Params) -> Result<SignatureIn> {
    Ok(SignatureIn {
        body: params.given("body")?,
        name: params.given("name")?,
        language: params.given("language")?,
        source_ids: params.ids("source_ids", SourceId::parse)?,
    })
}

/// Getting all signatures of a user, newest first.
pub async fn list(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(user): Id<UserId>,
    params: Params,
) -> Result<Paged<SignatureOut>> {
    let page = page(&params)?;
    let listed = app.db.read(move |tx| Box::pin(async move { signature::list(tx, &actor, &user, page).await })).await?;
    Ok(Paged::new(listed, page, SignatureOut::from))
}

/// Creating a signature of a user.
pub async fn create(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(user): Id<UserId>,
    params: Params,
) -> Result<Written<SignatureOut>> {
    params.required("body")?;
    let given = read(&params)?;
    write(&app, move |_, tx| Box::pin(async move { Ok(signature::create(tx, &actor, &user, given).await?.into()) }))
        .await
}

/// Getting a signature of a user from its id.
pub async fn show(
    State(app): State<App>,
    Caller(actor): Caller,
    Id((user, id)): Id<(UserId, SignatureId)>,
) -> Result<Reply<SignatureOut>> {
    let found = app.db.read(move |tx| Box::pin(async move { signature::find(tx, &actor, &user, &id).await })).await?;
    Ok(Reply(found.into()))
}

/// Updating a signature of a user.
pub async fn update(
    State(app): State<App>,
    Caller(actor): Caller,
    Id((user, id)): Id<(UserId, SignatureId)>,
    params: Params,
) -> Result<Written<SignatureOut>> {
    let given = read(&params)?;
    write(&app, move |_, tx| {
        Box::pin(async move { Ok(signature::update(tx, &actor, &user, &id, given).await?.into()) })
    })
    .await
}

/// Deleting a signature of a user.
pub async fn delete(
    State(app): State<App>,
    Caller(actor): Caller,
    Id((user, id)): Id<(UserId, SignatureId)>,
) -> Result<Written<SignatureOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(signature::delete(tx, &actor, &user, &id).await?.into()) })).await
}
