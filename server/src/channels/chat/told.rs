//! What anybody's page is told of a chat before its visitor does anything: its configuration, and its triggers. Both are made
//! once, until the administration changes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;

use super::config::{self, ConfigOut, Parts};
use super::site::require_own_site;
use super::targeting::{self, TargetingOut};
use crate::app::App;
use crate::domain::{self, Error, chat_texts, consent, contact, source_settings, visitor};
use crate::http::{Id, Params, Refusal, Result, Tagged};
use crate::state::targetings::Prepared;

/// How long a version holds, and how long what was asked for without one.
pub(super) const FOR_EVER: &str = "public, max-age=31536000, immutable";
pub(super) const ASK_AGAIN: &str = "no-cache";

/// What the widget must know before a visitor does anything.
pub async fn configuration(
    State(app): State<App>,
    Id(token): Id<String>,
    headers: HeaderMap,
) -> Result<Tagged<ConfigOut>> {
    let prepared = prepared(&app, token).await?;
    let told = &prepared.config;
    require_own_site(&app, &told.source, &headers)?;
    Ok(Tagged::new(&headers, told.json.clone(), &told.version, ASK_AGAIN)?)
}

/// The triggers of a chat.
pub async fn triggers(
    State(app): State<App>,
    Id(token): Id<String>,
    headers: HeaderMap,
    params: Params,
) -> Result<Tagged<TargetingOut>> {
    let asked = params.text("v")?;
    let prepared = prepared(&app, token).await?;
    // Another version than is asked for is told as what it is, and not kept under the name of the other.
    let cache = if asked.as_deref() == Some(&prepared.version) { FOR_EVER } else { ASK_AGAIN };
    Ok(Tagged::new(&headers, prepared.json.clone(), &prepared.version, cache)?)
}

/// Whether something of the page is told of a chat's events. Where that cannot be read nothing is: the chat itself comes all
/// the same.
pub(crate) async fn tells(app: &App, token: String) -> bool {
    let prepared = prepared(app, token).await;
    prepared.is_ok_and(|prepared| source_settings::list(&prepared.config.source, "integrations").next().is_some())
}

/// The version of a chat's configuration; none where the chat is not there.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn version(app: &App, token: String) -> domain::Result<Option<String>> {
    match prepared(app, token).await {
        Ok(prepared) => Ok(Some(prepared.config.version.clone())),
        Err(Refusal(Error::NotFound(_))) => Ok(None),
        Err(Refusal(error)) => Err(error),
    }
}

/// What pages are told of a chat, as it is now.
pub(super) async fn prepared(app: &App, token: String) -> Result<Arc<Prepared>> {
    let number = app.db.administration();
    if let Some(kept) = app.targetings.get(number, &token) {
        return Ok(kept);
    }
    let (chat, max_bytes, mails) = (token.clone(), app.config.attachment_max_bytes, app.config.mail.is_some());
    let read = app.db.read(move |tx| {
        Box::pin(async move {
            let source = visitor::source(tx, &chat).await?;
            let (version, json, button) = targeting::prepare(domain::targeting::load(tx, &source).await?)?;
            let languages = chat_texts::of_source(tx, &source).await?;
            let signed = visitor::community(tx, &source).await?.signed_identities;
            let consent = if consent::is_asked(&source) { consent::version(&source, &languages) } else { None };
            let spoken = targeting::spoken(&languages);
            let (targeting, texts) = (version.clone(), spoken.version.clone());
            let mails = mails || contact::can_write(tx).await?;
            let parts = Parts { source, signed, consent, spoken, targeting, button, max_bytes, mails };
            let config = config::configure(parts)?;
            Ok::<_, Refusal>(Arc::new(Prepared { version, json, texts, config }))
        })
    });
    let made = read.await?;
    app.targetings.keep(number, token, made.clone());
    Ok(made)
}
