//! `/console/password/forgotten` and `/console/password/recovered`: a password that is lost.

use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use super::new_password;
use crate::app::App;
use crate::crypto;
use crate::domain::{recovery, session};
use crate::http::answer::write;
use crate::http::auth::from_own_page;
use crate::http::{Done, Network, Params, Result, Written};

/// Every answer takes so long, so that it does not tell whether anybody has the address.
const ANSWERED_AFTER: Duration = Duration::from_millis(300);

/// Asking for another password: a link is sent to whoever has the address.
pub async fn forgotten(
    State(app): State<App>,
    Network(network): Network,
    headers: HeaderMap,
    params: Params,
) -> Result<Done> {
    from_own_page(&app, &headers)?;
    let from = Instant::now();
    let email = params.required("email")?;
    if app.pen().is_none() {
        return Err(recovery::unavailable().into());
    }
    app.limits.check_recovery(&network)?;
    let token = crypto::random_hex(32);
    let token_hash = crypto::token_hash(&token);
    // Behind the # the token stays in the browser: it is not in the logs of the servers on the way.
    let link = format!("{}/recovery#{token}", app.config.public_url);
    let address = session::address(&email);
    let offered = write(&app, move |app, tx| {
        Box::pin(async move {
            let pen = app.pen().ok_or_else(recovery::unavailable)?;
            recovery::offer(tx, &address.unwrap_or_default(), token_hash, &link, pen).await?;
            Ok(())
        })
    });
    let offered = offered.await;
    tokio::time::sleep_until(from + ANSWERED_AFTER).await;
    Ok(offered?.into())
}

/// Whose password it was.
#[derive(Serialize, JsonSchema)]
pub struct RecoveredOut {
    email: String,
}

/// Choosing another password by such a link; signing in comes after it.
pub async fn recovered(
    State(app): State<App>,
    Network(network): Network,
    headers: HeaderMap,
    params: Params,
) -> Result<Written<RecoveredOut>> {
    from_own_page(&app, &headers)?;
    let hash = crypto::token_hash(&params.required("token")?);
    let password = params.required("password")?;
    let attempt = app.tries.begin(&network, None)?;
    let known = hash.clone();
    let whose = app.db.read(move |tx| Box::pin(async move { recovery::whose(tx, &known).await })).await;
    let whose = app.tries.judge(attempt, whose)?;
    let password_hash = new_password::accept(&app, Some(&whose), Vec::new(), "password", password).await?;
    write(&app, move |_, tx| {
        Box::pin(async move {
            let user = recovery::accept(tx, &hash, password_hash).await?;
            Ok(RecoveredOut { email: user.email })
        })
    })
    .await
}
