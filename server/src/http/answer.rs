//! What a handler that writes answers with: it runs a use case, makes its `Out`, and keeps the answer.
//!
//! The route table takes no handler for `POST`, `PUT` or `DELETE` that answers with anything but a [`Written`], and only
//! [`write`] makes one, beside [`asked`] for what changes nothing. So no handler can forget to keep its answer: under the request's idempotency key it commits with
//! the change, and a repetition gets it, whatever happens in between (see `idempotency.rs`).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::{Tx, TxFuture};

use super::error::{Refusal, Result};
use super::idempotency;
use super::reply::Reply;
use crate::app::App;
use crate::domain::{self, Error};

/// What was written, as its caller is told: committed, and the answer with it.
#[derive(Debug)]
pub struct Written<T> {
    out: T,
    code: StatusCode,
}

impl<T: Serialize> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let mut response = Reply(self.out).into_response();
        if response.status().is_success() {
            *response.status_mut() = self.code;
        }
        response
    }
}

impl<T> Written<T> {
    /// What its caller is told.
    pub(crate) fn told(&self) -> &T {
        &self.out
    }
}

/// Answers a question that came as a `POST` for its parameters and changes nothing: there is nothing to keep.
pub fn asked<T>(out: T) -> Written<T> {
    Written { out, code: StatusCode::OK }
}

/// Something was written, and there is nothing to tell of it: 204.
#[derive(Debug)]
pub struct Done(());

impl From<Written<()>> for Done {
    fn from(_: Written<()>) -> Self {
        Self(())
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// Runs a use case in one transaction. What `job` gives is what the caller is told, with code 200.
///
/// # Errors
/// As `job` says; nothing was written then.
pub async fn write<T, F>(app: &App, job: F) -> Result<Written<T>>
where
    F: for<'t> FnOnce(&'t App, &'t mut Tx) -> TxFuture<'t, T, Refusal> + Clone + Send + 'static,
    T: Serialize + Send + 'static,
{
    write_as(app, StatusCode::OK, job).await
}

/// The same with another code.
///
/// # Errors
/// As [`write`].
pub async fn write_as<T, F>(app: &App, code: StatusCode, job: F) -> Result<Written<T>>
where
    F: for<'t> FnOnce(&'t App, &'t mut Tx) -> TxFuture<'t, T, Refusal> + Clone + Send + 'static,
    T: Serialize + Send + 'static,
{
    let parts = app.clone();
    let written = app.db.write(move |tx| {
        Box::pin(async move {
            let out = job(&parts, tx).await?;
            idempotency::keep(&parts, tx, code, &out)?;
            Ok(Written { out, code })
        })
    });
    written.await
}

/// Writes what is no part of the request's change, and stays when that is refused, such as a count. It leaves no
/// idempotency key behind.
///
/// # Errors
/// As `job` says.
pub(super) async fn write_aside<T, F>(app: &App, job: F) -> domain::Result<T>
where
    F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, Error> + Clone + Send + 'static,
    T: Send + 'static,
{
    let db = app.db.clone();
    // In a task of its own: the key belongs to the transaction that has the change.
    let aside = tokio::spawn(async move { db.write(job).await });
    aside.await.map_err(|e| Error::Internal(format!("writing something aside: {e}")))?
}
