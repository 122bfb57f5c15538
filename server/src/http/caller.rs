//! Who has called, for handlers: found before they run.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use store::session::Session;

use super::error::Refusal;
use crate::domain::{Actor, Error, Result};

/// The caller of a request, for handlers of routes that need a user.
#[derive(Clone, Debug)]
pub struct Caller(pub Arc<Actor>);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Error::Internal("a route that uses the caller must need one".into()).into())
    }
}

/// The session of the console that a request came in with, for handlers that are about it.
#[derive(Clone, Debug)]
pub struct OwnSession(pub Session);

impl<S: Send + Sync> FromRequestParts<S> for OwnSession {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let missing = || Error::Unauthorized("unauthorized", "this needs the console's cookie".into());
        parts.extensions.get::<Self>().cloned().ok_or_else(missing).map_err(Refusal)
    }
}
