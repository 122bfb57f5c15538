//! `Idempotency-Key`: the same request sent twice is done once, and answered twice.
//!
//! A write of the REST API, and of the console, may carry a key of the caller's choice. Its first answer is kept for a day and given again
//! to whoever repeats the request. What is kept commits with the change itself (see `store::idempotency`), so that
//! neither a hundred repetitions at once nor a crash can make the change twice:
//!
//! - In this process repetitions wait for the first. In another process they find, when they commit, that the key is
//!   taken; nothing of theirs is kept, and they give the first one's answer.
//! - The request goes on when its caller hangs up: a repetition is to find an answer.
//! - A crash before the commit leaves nothing, and a repetition begins anew. A crash after it leaves the change with its
//!   answer, which every writing handler keeps in the same transaction (`answer.rs`).
//! - Of an answer that is longer than [`KEPT_MAX`] the key alone is kept: a repetition is a clear 409, and never a
//!   second change.
//!
//! Answers are sealed: one can hold a token that is shown once. Refusals change nothing, and are kept after them. Not
//! kept are 429 and 5xx, and what is refused before the request begins: unknown callers, missing permissions, parameters
//! that cannot be read.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::Tx;
use store::idempotency::{self, Answer, Kept, Receipt};
use tracing::Instrument;

use super::error::refusal;
use super::reply::JSON;
use super::{Caller, Params};
use crate::app::App;
use crate::crypto::{random_hex, token_hash};
use crate::domain::ahead::KEY_SECONDS;
use crate::domain::{Actor, Error, Reason, Result};
use crate::http::Refusal;

/// Longest key.
const KEY_MAX: usize = 255;
/// How long a repetition waits for the first request in this process; a handler may take 30 seconds.
const PATIENCE: Duration = Duration::from_secs(35);
/// The longest answer that is kept, in bytes.
pub const KEPT_MAX: usize = 1024 * 1024;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What a key stands for.
#[derive(Clone)]
struct Keyed {
    id: String,
    fingerprint: String,
}

/// Whether a request changes something. Opening a thread answers to GET too, as the reference has it.
pub(super) fn is_write(method: &Method, path: &str) -> bool {
    !matches!(*method, Method::GET | Method::HEAD) || path.ends_with("/open")
}

/// Whether a request names a key.
pub(super) fn has_key(headers: &HeaderMap) -> bool {
    headers.contains_key(KEY)
}

/// Runs an admitted request, once for each key.
pub(super) async fn run(app: &App, request: Request, next: Next, limit: Duration) -> Response {
    match keyed(app, &request) {
        Ok(None) => answer_within(limit, request, next).await,
        Ok(Some(keyed)) => once(app, keyed, request, next, limit).await,
        Err(error) => Refusal(error).into_response(),
    }
}

async fn answer_within(limit: Duration, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refusal(StatusCode::SERVICE_UNAVAILABLE, "timeout", "this took too long: try again later"),
    }
}

/// The key of a write, with all that it stands for.
fn keyed(app: &App, request: &Request) -> Result<Option<Keyed>> {
    let (method, path) = (request.method(), request.uri().path());
    let Some(key) = request.headers().get(KEY).filter(|_| is_write(method, path)) else { return Ok(None) };
    let plain =
        |key: &&str| (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    let wrong = || {
        Error::bad(
            "Idempotency-Key",
            Reason::Characters
                .says(format!("must be 1 to {KEY_MAX} printable ASCII characters"))
                .with("allowed", "ASCII"),
        )
    };
    let key = key.to_str().ok().map(str::trim).filter(plain).ok_or_else(wrong)?;
    let (Some(Caller(actor)), Some(params)) =
        (request.extensions().get::<Caller>(), request.extensions().get::<Params>())
    else {
        return Ok(None);
    };
    let asked = format!("{method} {path}\n{}", params.canonical());
    Ok(Some(Keyed { id: id_of(actor, key), fingerprint: app.keys.signature(&asked) }))
}

/// Keys of one token, or of one user in the console, are apart from those of all others.
fn id_of(actor: &Actor, key: &str) -> String {
    let door = actor.token_id.as_ref().map_or("console", |id| id.as_str());
    token_hash(&format!("{door}\n{}\n{key}", actor.user.id))
}

async fn once(app: &App, keyed: Keyed, request: Request, next: Next, limit: Duration) -> Response {
    let turn = app.under_way.of(&keyed.id).lock_owned();
    let Ok(turn) = tokio::time::timeout(PATIENCE, turn).await else {
        let message = "the first request with this idempotency key is not done yet: try again later";
        return refusal(StatusCode::CONFLICT, "idempotency_key_in_use", message);
    };
    match look(app, &keyed).await {
        Ok(Some(response)) => return response,
        Ok(None) => {}
        Err(error) => return Refusal(error).into_response(),
    }
    let (parts, work) = (app.clone(), keyed.clone());
    let run = async move {
        let _turn = turn;
        execute(&parts, work, request, next, limit).await
    };
    // A caller who hangs up must not stop it half-way.
    match app.tasks.spawn(run.in_current_span()).await {
        Ok(response) => response,
        Err(error) => Refusal(Error::Internal(error.to_string())).into_response(),
    }
}

/// The answer that is kept under a key; none when nothing is.
async fn look(app: &App, keyed: &Keyed) -> Result<Option<Response>> {
    let id = keyed.id.clone();
    let found = app.db.read(move |tx| Box::pin(async move { idempotency::find(tx, &id).await })).await;
    let Some(kept) = found.map_err(Error::Store)? else { return Ok(None) };
    if kept.expires_at <= app.db.clock().now() {
        let id = keyed.id.clone();
        let forgotten = app.db.write(move |tx| Box::pin(async move { idempotency::forget(tx, &id).await }));
        forgotten.await.map_err(Error::Store)?;
        return Ok(None);
    }
    if kept.fingerprint != keyed.fingerprint {
        let message = "this idempotency key was used for another request";
        return Err(Error::Unprocessable("idempotency_key_reused", message.into()));
    }
    let message = "this was done, and its answer is not kept: look at what it was about before you do it again";
    let lost = || Error::Conflict("idempotency_outcome_unknown", message.into());
    replay(app, kept).ok_or_else(lost).map(Some)
}

fn replay(app: &App, kept: Kept) -> Option<Response> {
    let status = StatusCode::from_u16(u16::try_from(kept.status?).ok()?).ok()?;
    let body = app.keys.open(&kept.id, kept.body.as_deref()?)?;
    let mut response = (status, Body::from(body)).into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kept.content_type.as_deref()?) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Some(response)
}

async fn execute(app: &App, keyed: Keyed, request: Request, next: Next, limit: Duration) -> Response {
    let receipt = Receipt::new(keyed.id.clone(), random_hex(12), keyed.fingerprint.clone(), KEY_SECONDS);
    let response = receipt.clone().carried_by(answer_within(limit, request, next)).await;
    if receipt.is_repeated() {
        return first_ones(app, &keyed).await;
    }
    // What succeeded has kept its answer already, where that is not too long.
    let status = response.status();
    if status.is_success() || status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return Refusal(Error::Internal(error.to_string())).into_response(),
    };
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let answer = seal(app, &keyed.id, parts.status.as_u16(), kind, &String::from_utf8_lossy(&body));
    let noted = app.db.write(move |tx| Box::pin(async move { idempotency::note(tx, &receipt, answer).await })).await;
    match noted {
        Ok(true) => {}
        // Another process was first: whoever asks gets one answer.
        Ok(false) => return first_ones(app, &keyed).await,
        Err(error) => tracing::warn!(%error, "noting the answer of an idempotency key"),
    }
    Response::from_parts(parts, Body::from(body))
}

/// The answer of the request that was first, in another process.
async fn first_ones(app: &App, keyed: &Keyed) -> Response {
    match look(app, keyed).await {
        Ok(Some(response)) => response,
        Ok(None) => Refusal(store::Error::Repeated.into()).into_response(),
        Err(error) => Refusal(error).into_response(),
    }
}

fn seal(app: &App, id: &str, status: u16, content_type: String, body: &str) -> Answer {
    Answer { status, content_type, body: app.keys.seal(id, body) }
}

/// Keeps an answer with the change that it is about, when the request has an idempotency key.
///
/// # Errors
/// When it cannot be written as JSON.
pub(super) fn keep<T: Serialize>(app: &App, tx: &mut Tx, code: StatusCode, out: &T) -> Result<()> {
    if let Some(id) = tx.answer_id().map(str::to_owned) {
        let body = serde_json::to_string(out).map_err(|e| Error::Internal(e.to_string()))?;
        if body.len() <= KEPT_MAX {
            tx.keep_answer(seal(app, &id, code.as_u16(), JSON.to_owned(), &body));
        }
    }
    Ok(())
}
