//! The one table that gives domain errors their HTTP code and form.
//!
//! Form (`docs/basics/responses.md`): `{"error": identifier, "message": text, "status": code}`, with `field` beside
//! them where one field is at fault, and `reason` with its `values` where there is more to say than the code does.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::domain::{Error, Fault, Pace, Reason};
use crate::state::bodies::Stopped;
use crate::state::disk;

/// After how many seconds what the server cannot do at the moment is worth another try.
pub const TRY_AGAIN_SECONDS: u64 = 5;

/// What a handler gives.
pub type Result<T, E = Refusal> = std::result::Result<T, E>;

/// A use case's error on its way out.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Refusal(pub Error);

impl Refusal {
    /// Names the field at fault as a part of another one.
    #[must_use]
    pub fn within(self, field: &str) -> Self {
        match self.0 {
            Error::BadParameter { field: part, fault } => Error::bad(format!("{field}.{part}"), fault).into(),
            Error::Invalid { field: part, fault } => Error::invalid(format!("{field}.{part}"), fault).into(),
            other => other.into(),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Stopped> for Refusal {
    fn from(stopped: Stopped) -> Self {
        Self(stopped.into())
    }
}

impl From<Refusal> for Error {
    fn from(Refusal(error): Refusal) -> Self {
        error
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = self.told();
        let Self(error) = self;
        let mut response = respond(code_of(&error).0, &body);
        match &error {
            Error::TooMany(_, _, pace) => tell_pace(response.headers_mut(), pace.as_ref()),
            Error::DiskReserve => drop(response.headers_mut().insert(header::RETRY_AFTER, disk::AGAIN.into())),
            _ => {}
        }
        response
    }
}

impl Refusal {
    /// What the caller is told.
    #[must_use]
    pub fn told(&self) -> serde_json::Value {
        let Self(error) = self;
        let (status, code) = code_of(error);
        let passing = passing(error);
        let message = message_of(error, status, passing.as_ref());
        let mut body = json!({"error": code, "message": message, "status": status.as_u16()});
        if let Some(fault) = error.fault().or(passing.as_ref()).filter(|fault| fault.reason != Reason::Other) {
            body["reason"] = json!(fault.reason.as_str());
            body["values"] = json!(fault.values);
        }
        match error {
            Error::BadParameter { field, .. } | Error::Invalid { field, .. } => body["field"] = json!(field),
            Error::Unprocessable("attachments_not_supported", _) => body["field"] = json!("attachment_ids"),
            Error::HtmlNotAllowed(tags) => {
                body["field"] = json!("body");
                body["tags"] = json!(tags);
            }
            Error::AlreadyEngaged { user_id, name } => body["owner"] = json!({"id": user_id, "name": name}),
            Error::AlreadyOpen { intervention_id, epoch } => {
                body["intervention_id"] = json!(intervention_id);
                body["owner_epoch"] = json!(epoch);
            }
            Error::CursorExpired { oldest, head, timeline } => {
                body["oldest"] = json!(oldest);
                body["head"] = json!(head);
                body["timeline"] = json!(timeline);
            }
            Error::CannotUndo { because, by } => {
                body["because"] = json!(because);
                body["by"] = json!(by.as_ref().map(|(id, name)| json!({"id": id, "name": name})));
            }
            Error::StaleOwner { owner, epoch } => {
                body["owner"] = json!(owner);
                body["owner_epoch"] = json!(epoch);
            }
            _ => {}
        }
        body
    }
}

/// The code of HTTP and the identifier of an error.
fn code_of(error: &Error) -> (StatusCode, &'static str) {
    match error {
        Error::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
        Error::Disconnected => (StatusCode::NOT_FOUND, "disconnected"),
        Error::Forbidden(code, _) => (StatusCode::FORBIDDEN, *code),
        Error::BadParameter { .. } => (StatusCode::BAD_REQUEST, "invalid_parameter"),
        Error::Invalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "validation_failed"),
        Error::HtmlNotAllowed(_) => (StatusCode::UNPROCESSABLE_ENTITY, "html_not_allowed"),
        Error::Unprocessable(code, _) => (StatusCode::UNPROCESSABLE_ENTITY, *code),
        Error::Conflict(code, _) => (StatusCode::CONFLICT, *code),
        Error::AlreadyEngaged { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "already_engaged"),
        Error::AlreadyOpen { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "already_open"),
        Error::CursorExpired { .. } => (StatusCode::GONE, "cursor_expired"),
        Error::StaleOwner { .. } => (StatusCode::CONFLICT, "stale_owner"),
        Error::CannotUndo { .. } => (StatusCode::CONFLICT, "cannot_undo"),
        Error::Unauthorized(code, _) => (StatusCode::UNAUTHORIZED, *code),
        Error::TooMany(code, ..) => (StatusCode::TOO_MANY_REQUESTS, *code),
        Error::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        Error::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        Error::DiskReserve => (StatusCode::INSUFFICIENT_STORAGE, "disk_reserve"),
        Error::Store(store::Error::NotFound) => (StatusCode::NOT_FOUND, "not_found"),
        Error::Store(store::Error::Unique(_) | store::Error::Referenced(_)) => (StatusCode::CONFLICT, "conflict"),
        Error::Store(store::Error::TooMany) => (StatusCode::UNPROCESSABLE_ENTITY, "validation_failed"),
        Error::Store(store::Error::Repeated) => (StatusCode::CONFLICT, "idempotency_key_in_use"),
        Error::Store(store::Error::Full(_)) => (StatusCode::SERVICE_UNAVAILABLE, "storage_full"),
        passing if passing.is_passing() => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        Error::Store(_) | Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
    }
}

/// What is said to the caller. What is our own fault is for the log.
fn message_of(error: &Error, status: StatusCode, passing: Option<&Fault>) -> String {
    match error {
        Error::Store(store::Error::Unique(_)) => "somebody else wrote the same at this moment: try again".to_owned(),
        Error::Store(store::Error::Referenced(_)) => {
            "something still refers to this, or what it refers to was removed at this moment".to_owned()
        }
        Error::Store(store::Error::NotFound) => "not found".to_owned(),
        // The log has said the one once, when it began, and the other comes by the thousand.
        Error::DiskReserve | Error::Busy(_) => error.to_string(),
        other if status.is_server_error() => {
            tracing::error!(error = %other, "request failed");
            let unknown = || "something went wrong on the server; its log has the cause".to_owned();
            passing.map_or_else(unknown, Fault::to_string)
        }
        other => other.to_string(),
    }
}

/// What keeps the server from doing it at this moment.
fn passing(error: &Error) -> Option<Fault> {
    let Error::Store(error) = error else { return None };
    Some(match error {
        store::Error::Unavailable(_) => {
            Reason::DatabaseAway.says("the database does not answer: try again in a moment")
        }
        store::Error::Held(_) | store::Error::Crossed(_) => {
            Reason::Held.says("others are writing to the same: try again in a moment")
        }
        store::Error::Full(_) => Reason::StorageFull.says("the server has no room left to keep this"),
        _ => return None,
    })
}

/// Says when to come again, and which limit was met, under the names of the reference's vendor.
fn tell_pace(headers: &mut HeaderMap, pace: Option<&Pace>) {
    headers.insert(header::RETRY_AFTER, pace.map_or(1, |pace| pace.wait).into());
    if let Some(per_minute) = pace.and_then(|pace| pace.per_minute) {
        headers.insert("x-rate-limit-limit", per_minute.into());
        headers.insert("x-rate-limit-remaining", 0.into());
        headers.insert("x-rate-limit-window", 60.into());
    }
}

/// A JSON answer with the content type of the reference; one for "not now" says when to come again.
pub fn respond(status: StatusCode, body: &serde_json::Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    let mut response = (status, kind, Json(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, TRY_AGAIN_SECONDS.into());
    }
    response
}

/// A refusal that comes from the edge itself and not from a use case.
pub(super) fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    respond(status, &json!({"error": code, "message": message, "status": status.as_u16()}))
}
