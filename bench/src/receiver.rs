//! A receiver of webhooks.

use std::collections::HashMap;
use std::time::Duration;

use axum::Router;
use axum::extract::Query;
use axum::routing::get;

/// How long it takes for a request: shorter than what the server waits.
const PAUSE: Duration = Duration::from_secs(10);

/// Starts a receiver that confirms, and takes long for everything else; gives its address.
pub(crate) async fn start() -> anyhow::Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/hook", listener.local_addr()?);
    let confirm = |Query(query): Query<HashMap<String, String>>| async move {
        query.get("hub.challenge").cloned().unwrap_or_default()
    };
    let router = Router::new().route("/hook", get(confirm).post(|| tokio::time::sleep(PAUSE)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}
