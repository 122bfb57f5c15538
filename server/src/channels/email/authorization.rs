//! `/1.0/content_sources/{id}/authorization`: a mailbox is signed in at its provider, in a browser, by OAuth 2 with a code and
//! PKCE. The browser comes back to the console, which hands on what it brought. Tokens are tried before they are kept.

use axum::extract::State;
use model::{SourceId, Timestamp};
use reqwest::Url;
use schemars::JsonSchema;
use serde::Serialize;
use store::source::Source;

use super::credentials::refused;
use super::door::Door;
use super::imap::Session;
use super::tokens::{self, Fresh, MICROSOFT, NoToken};
use crate::app::App;
use crate::domain::authorization::{self, Begun, Ended};
use crate::domain::{Error, Fault, Reason, mail_settings, source};
use crate::http::answer::write;
use crate::http::api::content_source::SourceOut;
use crate::http::{Caller, Id, Params, Result, Written};

/// Where the browser comes back to.
const BACK: &str = "/oauth/callback";
/// What Google lets us do.
const GOOGLE: &str = "https://mail.google.com/";
/// Longest texts of the provider's.
const CODE_MAX: usize = 8192;

/// A sign-in that was begun.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SourceAuthorization")]
pub(crate) struct BegunOut {
    /// The address to open in a browser.
    url: String,
    /// Where the browser comes back to: the provider has to know it.
    redirect_uri: String,
    /// Until when it can be ended.
    expires_at: Timestamp,
}

/// Beginning to sign a mailbox in.
pub(crate) async fn begin(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<SourceId>,
    params: Params,
) -> Result<Written<BegunOut>> {
    let outgoing = params.boolean("outgoing")?.unwrap_or(false);
    write(&app, move |app, tx| {
        Box::pin(async move {
            let begun = authorization::begin(tx, &actor, &app.keys, &id, outgoing).await?;
            let expires_at = begun.expires_at;
            let redirect_uri = back(app);
            Ok(BegunOut { url: address(&begun, &redirect_uri, outgoing)?, redirect_uri, expires_at })
        })
    })
    .await
}

fn back(app: &App) -> String {
    format!("{}{BACK}", app.config.public_url.trim_end_matches('/'))
}

/// Where somebody signs in. The source's id is in the state, so that whoever comes back knows for which.
fn address(begun: &Begun, redirect_uri: &str, outgoing: bool) -> std::result::Result<String, Error> {
    let Begun { source, state, challenge, .. } = begun;
    let microsoft = tokens::is_microsoft(source);
    let own = source.setting("oauth_authorize_url");
    // Who has a provider of their own has both addresses there.
    if own.is_none() && source.setting("oauth_token_url").is_some() {
        return Err(Error::missing("oauth_authorize_url"));
    }
    let usual = if microsoft {
        let tenant = source.setting("oauth_tenant").unwrap_or("common");
        format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize")
    } else {
        "https://accounts.google.com/o/oauth2/v2/auth".to_owned()
    };
    let wrong = || Error::invalid("oauth_authorize_url", Fault::form("an address"));
    let mut url = Url::parse(own.unwrap_or(&usual)).map_err(|_| wrong())?;
    let user = if outgoing { "smtp_username" } else { "imap_username" };
    let hint = source.setting(user).or(source.setting("imap_smtp_email"));
    let mut query = url.query_pairs_mut();
    query.append_pair("response_type", "code");
    query.append_pair("client_id", source.setting("oauth_client_id").unwrap_or_default());
    query.append_pair("redirect_uri", redirect_uri);
    query.append_pair("scope", if microsoft { MICROSOFT } else { GOOGLE });
    query.append_pair("state", &format!("{}.{state}", source.id));
    query.append_pair("code_challenge", challenge);
    query.append_pair("code_challenge_method", "S256");
    if microsoft {
        query.append_pair("response_mode", "query");
    } else {
        // Without these it gives a refresh token at the first time alone.
        query.append_pair("access_type", "offline").append_pair("prompt", "consent");
    }
    if let Some(hint) = hint {
        query.append_pair("login_hint", hint);
    }
    drop(query);
    Ok(url.into())
}

/// Ending to sign a mailbox in.
pub(crate) async fn end(
    State(app): State<App>,
    Caller(actor): Caller,
    Id(id): Id<SourceId>,
    params: Params,
) -> Result<Written<SourceOut>> {
    let state = params.required("state")?;
    let state = state.rsplit('.').next().unwrap_or_default().to_owned();
    let (code, said) = (params.text("code")?, params.text("error")?);
    let about = params.text("error_description")?;
    let (taking, keys, wanted) = (actor.clone(), app.clone(), id.clone());
    let ended = app.db.write(move |tx| {
        let (taking, keys, wanted, state) = (taking.clone(), keys.clone(), wanted.clone(), state.clone());
        Box::pin(async move { authorization::end(tx, &taking, &keys.keys, &wanted, &state).await })
    });
    let ended = ended.await?;
    if let Some(said) = said {
        let words = about.map_or_else(|| said.clone(), |about| format!("{said}: {about}"));
        return Err(by_provider("authorization_refused", &words).into());
    }
    let code = code.filter(|code| code.len() <= CODE_MAX).ok_or_else(|| Error::missing("code"))?;
    let (fresh, refresh) = tokens_for(&app, &ended, &code).await?;
    try_out(&app, &ended, &fresh).await?;
    write(&app, move |app, tx| {
        Box::pin(async move {
            authorization::keep(tx, &actor, &app.keys, &ended, &fresh.access, &refresh).await?;
            Ok(source::find(tx, &actor, &id).await?.into())
        })
    })
    .await
}

/// What the provider said, which whoever reads it is shown.
fn by_provider(code: &'static str, said: &str) -> Error {
    let said = text::beginning(said, 500);
    Error::Unprocessable(code, Reason::Provider.says(said.to_owned()).with("said", said))
}

/// What the provider gives for a code.
async fn tokens_for(app: &App, ended: &Ended, code: &str) -> Result<(Fresh, String)> {
    let redirect_uri = back(app);
    let by = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri.as_str()),
        ("code_verifier", ended.verifier.as_str()),
    ];
    let mut fresh = tokens::request(app, &ended.source, &by).await.map_err(|why| {
        let (NoToken::Over(text) | NoToken::Later(text)) = why;
        by_provider("authorization_failed", &text)
    })?;
    let Some(refresh) = fresh.refresh.take() else {
        let text = "the provider gave a token for a time, and none to ask for others with";
        return Err(Error::Unprocessable("no_refresh_token", text.into()).into());
    };
    Ok((fresh, refresh))
}

/// Asks the mailbox's server whether it takes a token: who has signed in as somebody else is told now.
async fn try_out(app: &App, ended: &Ended, fresh: &Fresh) -> Result<()> {
    let source: &Source = &ended.source;
    let reads = ended.purpose == mail_settings::login_secret(source);
    if !reads || source.setting("imap_address").is_none() || source.setting("imap_username").is_none() {
        return Ok(());
    }
    let door = Door::imap(source, fresh.access.token.clone());
    Session::open(&app.http, &door).await.map_err(refused)?.close().await;
    Ok(())
}
