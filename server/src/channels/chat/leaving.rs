//! `POST /chat/{source_token}/forget`: a visitor signs out of the chat in this browser.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::cluster::Moment;
use crate::crypto;
use crate::domain::visitor;
use crate::http::auth::bearer;
use crate::http::{Id, Params, Result, Written, answer};

/// A visitor who is forgotten in a browser.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatForgotten")]
pub struct ForgottenOut {
    /// They are.
    ok: bool,
}

/// Signing out: the key is void from now on, and what was connected by it is not any more. A browser that leaves its page
/// sends no header of ours, so the key may also be a parameter: it is of no use to whoever finds it in a log.
pub async fn forget(
    State(app): State<App>,
    Id(token): Id<String>,
    headers: HeaderMap,
    params: Params,
) -> Result<Written<ForgottenOut>> {
    let key = bearer(&headers).or(params.text("visitor")?).ok_or_else(visitor::unknown)?;
    let hash = crypto::token_hash(&key);
    let find = app.db.read(move |tx| Box::pin(async move { visitor::known(tx, &token, &hash).await }));
    let known = Arc::new(find.await?);
    app.limits.check_visitor(&known.token_hash)?;
    let (source_id, identity_id) = (known.source.id.clone(), known.identity.id.clone());
    let write = answer::write(&app, move |_, tx| {
        Box::pin(async move {
            visitor::forget(tx, &known).await?;
            Ok(ForgottenOut { ok: true })
        })
    });
    let forgotten = write.await?;
    app.cluster.tell(Moment::VisitorLeaves { identity_id, source_id });
    Ok(forgotten)
}
