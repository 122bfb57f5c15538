//! `/console/profile/picture`: the caller's own picture, which visitors see; and where that is shown.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::crypto::random_hex;
use crate::domain::{Error, Fault, Reason, picture};
use crate::http::answer::write;
use crate::http::{Caller, Id, Params, Reply, Result, Written};
use crate::pictures;
use crate::views::face;

/// The largest picture, in bytes, and in pixels.
const LARGEST: usize = 256 * 1024;
const PIXELS: u64 = 2_000_000;
/// What they may be.
const KINDS: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

/// Somebody's own picture.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnPicture")]
pub struct PictureOut {
    /// Where it is; null while there is none.
    url: Option<String>,
}

/// Getting one's own.
pub async fn own(State(app): State<App>, Caller(actor): Caller) -> Result<Reply<PictureOut>> {
    let name = app.db.read(move |tx| Box::pin(async move { picture::name(tx, &actor).await })).await?;
    Ok(Reply(PictureOut { url: name.map(|name| face::own(&app, &name)) }))
}

/// Giving one's own, in the place of the one before it: the part `file` of a multipart body.
///
/// # Errors
/// 422 without a file, when it is none of the pictures that browsers show, or when it is too large.
pub async fn keep(State(app): State<App>, Caller(actor): Caller, mut params: Params) -> Result<Written<PictureOut>> {
    let refuse = |fault: Fault| Error::invalid("file", fault);
    let missing = || refuse(Reason::Required.says("is required, as a file of a multipart body"));
    let bytes = params.files.pop().ok_or_else(missing)?.bytes;
    if bytes.len() > LARGEST {
        return Err(refuse(Reason::TooLarge.says("may have 256 KB").with("max", LARGEST)).into());
    }
    // What it says of itself counts for nothing.
    if !pictures::kind(&bytes).is_some_and(|kind| KINDS.contains(&kind)) || !pictures::is_shown(&bytes, PIXELS) {
        return Err(refuse(Fault::form("a PNG, JPEG or WebP picture of two million pixels at the most")).into());
    }
    let (name, body) = (random_hex(16), STANDARD.encode(pictures::without_notes(bytes)));
    write(&app, move |app, tx| {
        Box::pin(async move {
            picture::keep(tx, &actor, name.clone(), body.clone()).await?;
            Ok(PictureOut { url: Some(face::own(app, &name)) })
        })
    })
    .await
}

/// Removing one's own.
pub async fn remove(State(app): State<App>, Caller(actor): Caller) -> Result<Written<PictureOut>> {
    write(&app, move |_, tx| {
        Box::pin(async move {
            picture::remove(tx, &actor).await?;
            Ok(PictureOut { url: None })
        })
    })
    .await
}

/// The picture of a name: another picture has another one, so browsers keep it.
///
/// # Errors
/// 404.
pub async fn show(State(app): State<App>, Id(name): Id<String>) -> Result<Response> {
    let body = app.db.read(move |tx| Box::pin(async move { picture::show(tx, &name).await })).await?;
    let bytes = STANDARD.decode(body).map_err(|e| Error::Internal(format!("a picture: {e}")))?;
    let kind = pictures::kind(&bytes).unwrap_or("application/octet-stream");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    Ok((headers, bytes).into_response())
}
