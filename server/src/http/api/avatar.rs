//! `/console/avatars/{signature}`: pictures of people, for the console.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::avatars;
use crate::domain::Error;
use crate::http::{Id, Params, Result};

/// The picture at the address `url`, which the server has signed.
///
/// # Errors
/// 404 when it cannot be had, is not here yet, or the address is not ours.
pub async fn show(State(app): State<App>, Id(signature): Id<String>, params: Params) -> Result<Response> {
    let not_found = || Error::NotFound("avatar");
    let outside = params.text("url")?.filter(|url| avatars::verifies(&app, url, &signature)).ok_or_else(not_found)?;
    let (kind, bytes) = avatars::find(&app, &outside).await.ok_or_else(not_found)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=86400")),
    ];
    Ok((headers, bytes).into_response())
}
