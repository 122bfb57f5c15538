//! The visitor of a chat, by the key that a request carries.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Id;
use super::error::{Refusal, Result};
use crate::app::App;
use crate::crypto;
use crate::domain::Error;
use crate::domain::visitor::{self, Known};

/// The visitor who asks, for handlers of routes that need one. The guard has found them before the handler runs.
#[derive(Clone, Debug)]
pub struct Visitor(pub Arc<Known>);

impl Visitor {
    /// Finds whose `key` it is: the first parameter of the path names the chat.
    ///
    /// # Errors
    /// 404 when there is no such chat; 401 when the key is missing or not known there, or no longer holds.
    pub(super) async fn find(app: &App, key: Option<String>, parts: &mut Parts) -> Result<Self> {
        let key = key.ok_or_else(visitor::unknown)?;
        let Id(token) = Id::<String>::from_request_parts(parts, app).await?;
        let hash = crypto::token_hash(&key);
        let known = app.db.read(move |tx| Box::pin(async move { visitor::known(tx, &token, &hash).await }));
        Ok(Self(Arc::new(known.await?)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| Error::Internal("a route that uses the visitor must need one".into()).into())
    }
}
