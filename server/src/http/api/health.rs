//! For those who operate the server: is it up, can it work, how much does it do.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::figures::page;
use crate::app::App;
use crate::crypto;
use crate::domain::Error;
use crate::http::{Result, auth, respond};

/// GET /healthz: the process is up. It asks nobody, so that a slow database does not get the server restarted.
pub async fn up() -> &'static str {
    "ok"
}

/// GET /readyz: the server can do its work; 503 names each part that cannot.
pub async fn ready(State(app): State<App>) -> Response {
    let faults = app.readiness.faults(&app.db, &app.stopping).await;
    if faults.is_empty() {
        // Conversations go on without files: who balances the load must not take this server out.
        let ready = match app.disk.takes_files() {
            true => json!({"ready": true}),
            false => json!({"ready": true, "warnings": ["disk"], "message": Error::DiskReserve.to_string()}),
        };
        return respond(StatusCode::OK, &ready);
    }
    let message = faults.iter().map(|f| format!("{} {}", f.part, f.message)).collect::<Vec<_>>().join("; ");
    let parts: Vec<&str> = faults.iter().map(|f| f.part).collect();
    let status = StatusCode::SERVICE_UNAVAILABLE;
    respond(
        status,
        &json!({"error": "not_ready", "message": message, "status": status.as_u16(), "ready": false, "not_ready": parts}),
    )
}

/// GET /metrics: figures for Prometheus, where they are told with all else.
///
/// # Errors
/// 404 where they have an address of their own, 401 without the token that the configuration asks for.
pub async fn figures(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    if app.config.metrics_listen.is_some() {
        return Err(Error::NotFound("path").into());
    }
    figures_alone(State(app), headers).await
}

/// GET /metrics at an address of its own.
///
/// # Errors
/// 401 without the token that the configuration asks for.
pub async fn figures_alone(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    if let Some(token) = &app.config.metrics_token
        && !auth::bearer(&headers).is_some_and(|given| crypto::same(given.as_bytes(), token.as_bytes()))
    {
        return Err(Error::Unauthorized("unauthorized", "an access token is required".into()).into());
    }
    let page = page(&app).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response())
}
