//! What both ways of the Source SDK share: the header that signs, and how the Send API refuses.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::Error;
use crate::http::TRY_AGAIN_SECONDS;
use crate::state::bodies::Stopped;

/// The header with the signature.
pub(super) const SIGNATURE: &str = "x-smccsdk-signature";

/// Longest body in bytes.
pub(crate) const BODY_MAX: usize = 20_971_520;

/// Why a request is not done.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The body is not JSON.
    BadRequest,
    /// `action` or `params` is missing.
    InvalidFormat,
    /// The body is too long.
    TooLarge,
    /// No active source of the Source SDK has this id.
    SourceNotFound,
    /// The signature does not fit.
    InvalidSignature,
    /// The action is not one of the Send API.
    InvalidAction,
    /// A field is missing, or does not have its form.
    InvalidResource,
    /// A structured message is not acceptable, and why.
    Structured(String),
    /// Too many notices of typing.
    Typing,
    /// Other bodies fill the memory that there is for them.
    Full,
    /// The fault is ours.
    Ours(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid { .. } | Error::BadParameter { .. } | Error::NotFound(_) | Error::Unprocessable(..) => {
                tracing::debug!(%error, "a content of a third party");
                Self::InvalidResource
            }
            other => Self::Ours(other),
        }
    }
}

impl From<Stopped> for Refusal {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::TooLarge(_) => Self::TooLarge,
            Stopped::Full => Self::Full,
            Stopped::Cut(_) => Self::BadRequest,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        let (status, text) = match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Bad request".into()),
            Self::InvalidFormat => (StatusCode::BAD_REQUEST, "Invalid request format".into()),
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, format!("Invalid request size (max: {BODY_MAX} bytes)").into())
            }
            Self::SourceNotFound => (unprocessable, "Source not found".into()),
            Self::InvalidSignature => (unprocessable, "Invalid signature".into()),
            Self::InvalidAction => (unprocessable, "Invalid action".into()),
            Self::InvalidResource => (unprocessable, "Invalid resource format".into()),
            Self::Structured(text) => (unprocessable, text.into()),
            Self::Typing => {
                let text = "too many typing requests, please try again in a few seconds";
                (StatusCode::TOO_MANY_REQUESTS, text.into())
            }
            Self::Full => {
                let text = "Too much comes in at this moment, please send it again";
                let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, text.into());
                response.headers_mut().insert(header::RETRY_AFTER, TRY_AGAIN_SECONDS.into());
                return response;
            }
            Self::Ours(error) => {
                tracing::error!(%error, "the Send API");
                let text = "Something went wrong on the server, please send it again";
                if error.is_passing() {
                    let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, text.into());
                    answer.headers_mut().insert(header::RETRY_AFTER, TRY_AGAIN_SECONDS.into());
                    return answer;
                }
                let full = matches!(error, Error::DiskReserve);
                let status = if full { StatusCode::INSUFFICIENT_STORAGE } else { StatusCode::INTERNAL_SERVER_ERROR };
                (status, text.into())
            }
        };
        plain(status, text)
    }
}

pub(super) fn plain(status: StatusCode, text: std::borrow::Cow<'static, str>) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
