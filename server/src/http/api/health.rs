//! For those who operate the server: is it up, can it work, how much does it do.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::App;
use crate::domain::{Error, Result};
use crate::http::respond;
use crate::{meters, readiness};

/// GET /healthz: the process is up. It asks nobody, so that a slow database does not get the server restarted.
pub async fn up() -> &'static str {
    "ok"
}

/// GET /readyz: the server can do its work; 503 names each part that cannot.
pub async fn ready(State(app): State<App>) -> Response {
    let faults = readiness::faults(&app).await;
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

/// GET /metrics: figures for Prometheus.
pub async fn figures(State(app): State<App>) -> Result<Response> {
    let page = meters::page(&app).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response())
}
