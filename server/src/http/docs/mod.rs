//! The API's document: `/openapi.json`, and `/docs/api` to read.
//!
//! Beside the REST API it has what the console and the chat talk to, as extensions.
//!
//! It cannot drift: paths and permissions come from the route table, answers from the types that handlers return, and
//! only words and parameters from `<noun>.toml` beside this file. In debug builds a handler that reads a parameter
//! which its noun's file does not list answers with a 500 that says so.

mod answer;
mod document;
mod noun;
mod page;
mod refusal;
mod seen;
mod table;

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::domain::Error;
use crate::http::Result;

pub use answer::{AnswerSchema, answer_of, written_by};
pub use noun::{Noun, Operation};
pub(super) use seen::{Seen, refuse_unlisted, unknown};
pub use table::nouns;
use table::{NOUNS, Read};

static DOCUMENT: LazyLock<Read<Value>> = LazyLock::new(|| document::build(NOUNS.as_ref().map_err(Clone::clone)?));

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
    static PAGE: LazyLock<Read<Bytes>> = LazyLock::new(|| Ok(page::render(document()?).into()));
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, page::POLICY)];
    Ok((headers, PAGE.clone().map_err(Error::Internal)?).into_response())
}
