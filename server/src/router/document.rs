//! The API's document, made from the route table: `/openapi.json`, and `/docs/api` to read.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::domain::Error;
use crate::http::Result;
use crate::http::docs::{self, Read};

static DOCUMENT: LazyLock<Read<Value>> = LazyLock::new(|| docs::build(docs::nouns()?, &super::table()));

/// The OpenAPI document.
///
/// # Errors
/// When a file cannot be read; a test sees to it that this does not happen.
pub fn document() -> Read<&'static Value> {
    DOCUMENT.as_ref().map_err(Clone::clone)
}

/// `GET /openapi.json`
pub async fn openapi() -> Result<Response> {
    static BYTES: LazyLock<Read<Bytes>> =
        LazyLock::new(|| Ok(serde_json::to_vec(document()?).map_err(|e| e.to_string())?.into()));
    let bytes = BYTES.clone().map_err(Error::Internal)?;
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, bytes).into_response())
}

/// `GET /docs/api`
pub async fn reference() -> Result<Response> {
    static PAGE: LazyLock<Read<Bytes>> = LazyLock::new(|| Ok(docs::render(document()?).into()));
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, docs::POLICY)];
    Ok((headers, PAGE.clone().map_err(Error::Internal)?).into_response())
}
