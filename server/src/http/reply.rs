//! Answers in the form of the reference.

use std::marker::PhantomData;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use store::{Listed, Page};

use super::Params;
use crate::domain::{Error, Fault, Result};
use crate::http::Refusal;

/// The media type of every answer of the REST API.
pub(super) const JSON: &str = "application/json; charset=utf-8";

/// One thing as JSON, with code 200.
#[derive(Debug)]
pub struct Reply<T>(pub T);

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => (StatusCode::OK, [(header::CONTENT_TYPE, JSON)], body).into_response(),
            Err(e) => Refusal(Error::Internal(e.to_string())).into_response(),
        }
    }
}

/// JSON that was made before, under a tag by which browsers know it again.
#[derive(Debug)]
pub struct Tagged<T> {
    json: Bytes,
    tag: HeaderValue,
    cache: &'static str,
    known: bool,
    made_of: PhantomData<fn() -> T>,
}

impl<T> Tagged<T> {
    /// The JSON of a `T` for who asks with these headers. Its `version` is made of letters and digits; `cache` is how long
    /// it holds.
    ///
    /// # Errors
    /// 500 when the version cannot be a tag.
    pub fn new(headers: &HeaderMap, json: Bytes, version: &str, cache: &'static str) -> Result<Self> {
        let tag = HeaderValue::from_str(&format!("\"{version}\"")).map_err(|e| Error::Internal(e.to_string()))?;
        let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag);
        Ok(Self { json, tag, cache, known, made_of: PhantomData })
    }
}

impl<T> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let about = [(header::ETAG, self.tag), (header::CACHE_CONTROL, HeaderValue::from_static(self.cache))];
        if self.known {
            return (StatusCode::NOT_MODIFIED, about).into_response();
        }
        (about, [(header::CONTENT_TYPE, JSON)], self.json).into_response()
    }
}

/// A WebSocket that hears `Said` and tells `Told`, frame by frame.
#[derive(Debug)]
pub struct Socket<Said, Told> {
    response: Response,
    frames: PhantomData<fn(Said) -> Told>,
}

impl<Said, Told> Socket<Said, Told> {
    /// The answer to a request that is upgraded.
    pub fn new(response: Response) -> Self {
        Self { response, frames: PhantomData }
    }
}

impl<Said, Told> IntoResponse for Socket<Said, Told> {
    fn into_response(self) -> Response {
        self.response
    }
}

/// A window of a list: `{"count", "limit", "offset", "records"}` (`docs/basics/pagination.md`).
#[derive(Debug, Serialize)]
pub struct Paged<T> {
    count: i64,
    limit: i64,
    offset: i64,
    records: Vec<T>,
}

impl<T> Paged<T> {
    /// The window `page` of a list.
    pub fn new<R>(listed: Listed<R>, page: Page, out: impl FnMut(R) -> T) -> Self {
        let records = listed.records.into_iter().map(out).collect();
        Self { count: listed.count, limit: page.limit, offset: page.offset, records }
    }
}

impl<T: JsonSchema> JsonSchema for Paged<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        let name = T::schema_name();
        format!("{}Page", name.strip_suffix("Out").unwrap_or(&name)).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let record = generator.subschema_for::<T>();
        json_schema!({
            "type": "object",
            "description": "A window of a list.",
            "properties": {
                "count": {"type": "integer", "description": "How many records there are in all."},
                "limit": {"type": "integer", "description": "How many records the window holds at most."},
                "offset": {"type": "integer", "description": "How many records come before the window."},
                "records": {"type": "array", "description": "The records of the window.", "items": record},
            },
            "required": ["count", "limit", "offset", "records"],
        })
    }
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        Reply(self).into_response()
    }
}

/// Reads `offset` (default 0) and `limit` (default 30, at most 150).
///
/// # Errors
/// 400 that names the parameter and its range.
pub fn page(params: &Params) -> Result<Page> {
    let offset = params.integer("offset")?.unwrap_or(0);
    let limit = params.integer("limit")?.unwrap_or(30);
    if !(0..=i64::from(i32::MAX)).contains(&offset) {
        return Err(Error::bad("offset", Fault::at_least(0)));
    }
    if !(1..=150).contains(&limit) {
        return Err(Error::bad("limit", Fault::between(1, 150)));
    }
    Ok(Page { offset, limit })
}
