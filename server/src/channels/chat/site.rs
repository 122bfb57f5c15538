//! The sites that a chat stands on.

use axum::http::{HeaderMap, header};
use store::source::Source;

use crate::app::App;
use crate::domain::{Error, allowed_domains};
use crate::http::Result;
use crate::http::auth::is_own_origin;

/// Refuses pages of sites that the chat does not stand on, where it says on which it does. Programs that are no browser tell
/// of none.
pub(super) fn require_own_site(app: &App, source: &Source, headers: &HeaderMap) -> Result<()> {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let foreign = |origin: &str| !is_own_origin(app, headers) && !allowed_domains::has(source, origin);
    if allowed_domains::are_named(source) && origin.is_some_and(foreign) {
        let message = "this site is not among those with the chat (\"Sites with the chat\", allowed_domains)";
        return Err(Error::Forbidden("domain", message.into()).into());
    }
    Ok(())
}
