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

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::domain::Error;
use crate::http::Result;

pub use answer::{AnswerSchema, answer_of, written_by};
pub use noun::{Noun, Operation};
pub(super) use seen::{Seen, refuse_unlisted, unknown};

/// What was read, or what is wrong with the files.
type Read<T> = std::result::Result<T, String>;

macro_rules! nouns {
    ($($file:literal)*) => {
        /// Every noun's file, in the order of the document.
        const FILES: &[(&str, &str)] = &[$(($file, include_str!(concat!($file, ".toml")))),*];
    };
}

nouns! {
    "content_thread"
    "content"
    "attachment"
    "intervention"
    "intervention_comment"
    "bot"
    "identity"
    "identity_group"
    "custom_field"
    "folder"
    "tag"
    "category"
    "content_source"
    "community"
    "channel"
    "reply_assistant"
    "user"
    "signature"
    "role"
    "team"
    "agent_status"
    "survey"
    "time_sheet"
    "settings"
    "locale"
    "event"
    "webhook"
    "mail_delivery"
    "access_token"
    "console"
    "chat"
}

static NOUNS: LazyLock<Read<Vec<Noun>>> =
    LazyLock::new(|| FILES.iter().map(|(file, text)| Noun::parse(file, text)).collect());
static DOCUMENT: LazyLock<Read<Value>> = LazyLock::new(|| document::build(NOUNS.as_ref().map_err(Clone::clone)?));

/// What is said of every noun.
///
/// # Errors
/// When a file cannot be read; a test sees to it that this does not happen.
pub fn nouns() -> Read<&'static [Noun]> {
    NOUNS.as_deref().map_err(Clone::clone)
}

/// The operation of a route, with the name of its noun's file; none where nothing is said of it.
pub(super) fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static Operation)> {
    static ALL: LazyLock<HashMap<&'static str, (&'static str, &'static Operation)>> = LazyLock::new(|| {
        let nouns = nouns().unwrap_or_default().iter();
        nouns
            .flat_map(|n| n.operations.iter().map(|(route, operation)| (route.as_str(), (n.file, operation))))
            .collect()
    });
    let method = if method == Method::HEAD { &Method::GET } else { method };
    ALL.get(format!("{method} {path}").as_str()).copied()
}

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
