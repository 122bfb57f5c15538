//! `/1.0/contents/{id}/raw` and `…/pictures`: mails as they came, and what they show from outside. Extensions.
//!
//! No agent's browser asks for pictures outside: that would tell who reads a mail, and when. The server fetches those that the
//! mail names, and no others, once somebody wants to see them.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use model::{ContentId, InboundItemId, SourceId};
use store::mail::RawMail;

use super::content::ContentOut;
use crate::app::App;
use crate::domain::{Error, forwarded, mailed, parked, unwanted};
use crate::files::Key;
use crate::http::answer::write;
use crate::http::{Caller, Id, Params, Result, Written, part};
use crate::{fetch, pictures};

/// The largest picture in bytes, and the most pixels that one has.
const LARGEST: usize = 5 * 1024 * 1024;
const PIXELS: u64 = 8192 * 8192;
/// The longest that fetching one may take.
const TIME: Duration = Duration::from_secs(15);

/// The bytes of a mail as it came, to be saved: no browser shows them, since they could be a page.
pub async fn raw(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
    headers: HeaderMap,
) -> Result<Response> {
    let name = id.to_string();
    let raw = app.db.read(move |tx| Box::pin(async move { mailed::raw(tx, &actor, &id).await })).await?;
    saved(&app, &name, &raw, &headers).await
}

/// The bytes of a mail that could not be taken in.
pub async fn parked(
    State(app): State<App>,
    Caller(actor): Caller,
    Id((id, item)): Id<(SourceId, InboundItemId)>,
    headers: HeaderMap,
) -> Result<Response> {
    let name = item.to_string();
    let raw = app.db.read(move |tx| Box::pin(async move { parked::raw(tx, &actor, &id, &item).await })).await?;
    saved(&app, &name, &raw, &headers).await
}

async fn saved(app: &App, name: &str, raw: &RawMail, headers: &HeaderMap) -> Result<Response> {
    let name = format!("attachment; filename=\"{name}.eml\"");
    let bytes = part::answer(&app.files, &Key::attachment(&raw.sha256), &raw.sha256, headers).await?;
    let fixed = |text: &'static str| HeaderValue::from_static(text);
    let headers: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_TYPE, fixed("message/rfc822")),
        (header::CONTENT_DISPOSITION, HeaderValue::try_from(name).unwrap_or(fixed("attachment"))),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (header::CONTENT_SECURITY_POLICY, fixed("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, fixed("private, no-cache")),
    ];
    Ok((headers, bytes).into_response())
}

/// A picture from outside in a mail, by its number there. What is no picture that browsers show without running anything is
/// not given on.
pub async fn picture(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
    params: Params,
) -> Result<Response> {
    let number = usize::try_from(params.integer("picture")?.unwrap_or(0)).unwrap_or(usize::MAX);
    let address =
        app.db.read(move |tx| Box::pin(async move { mailed::picture(tx, &actor, &id, number).await })).await?;
    let fetching = async {
        let _place = app.avatars.places.acquire().await.ok()?;
        fetch::get(&app, &address, LARGEST).await
    };
    let found = tokio::time::timeout(TIME, fetching).await.ok().flatten();
    let bytes = found.map(|(_, answer)| answer.body).filter(|bytes| pictures::is_shown(bytes, PIXELS));
    let bytes = bytes.ok_or(Error::NotFound("picture"))?;
    let fixed = |text: &'static str| HeaderValue::from_static(text);
    let headers = [
        (header::CONTENT_TYPE, fixed(pictures::kind(&bytes).unwrap_or("application/octet-stream"))),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (header::CONTENT_SECURITY_POLICY, fixed("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, fixed("private, max-age=86400")),
    ];
    Ok((headers, bytes).into_response())
}

/// Saying that a mail which a filter has marked is wanted.
pub async fn not_spam(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
) -> Result<Written<ContentOut>> {
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = unwanted::wanted(tx, &actor, &id).await?;
            ContentOut::load(app, tx, &actor, changed).await
        })
    })
    .await
}

/// Making whose mail was passed on the customer.
pub async fn make_customer(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<ContentId>,
) -> Result<Written<ContentOut>> {
    write(&app, move |app, tx| {
        Box::pin(async move {
            let changed = forwarded::make_customer(tx, &actor, &id).await?;
            ContentOut::load(app, tx, &actor, changed).await
        })
    })
    .await
}
