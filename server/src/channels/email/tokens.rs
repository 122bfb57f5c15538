//! Access tokens of mailboxes that are signed in by OAuth2: one is used until most of its life is over, then another one is
//! asked for by the refresh token, which the provider may change with each. So one process alone asks at a time, and what
//! came is written down before it is used.

use std::time::Duration;

use model::{SourceId, Timestamp};
use reqwest::Url;
use safe_http::{HeaderName, HeaderValue, Request};
use serde_json::Value;
use store::source::Source;
use tokio::time::sleep;

use crate::app::App;
use crate::domain::credential::{self, Access, Signed};
use crate::domain::{Error, mail_settings};

/// How long one process may take to ask, in seconds.
const LEASE: i64 = 60;
/// How often one looks whether another has asked.
const LOOKS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(500);
/// How long a token lives where the provider does not say.
const LIFE: i64 = 3600;
/// For how many seconds of its life at the least a token is not used any more.
const MARGIN: i64 = 300;
/// What Microsoft lets us do.
pub(super) const MICROSOFT: &str =
    "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access";
/// Errors that say that somebody has to sign in again.
const OVER: [&str; 6] = [
    "invalid_grant",
    "invalid_client",
    "unauthorized_client",
    "interaction_required",
    "consent_required",
    "login_required",
];

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoToken {
    /// Somebody has to sign in again.
    Over(String),
    /// It may be there later.
    Later(String),
}

impl From<Error> for NoToken {
    fn from(error: Error) -> Self {
        Self::Later(error.to_string())
    }
}

/// The token by which a mailbox is signed in now, renewed where its time has come.
pub(super) async fn access(app: &App, source: &Source, wanted: &'static str) -> Result<String, NoToken> {
    for _ in 0..LOOKS {
        let now = app.db.clock().now();
        let signed = look(app, source, wanted).await?;
        let Signed { purpose, refresh, access, .. } = &signed;
        let usable = access.as_ref().filter(|access| access.ends_at > now).map(|access| access.token.clone());
        if access.as_ref().is_some_and(|access| access.renew_at > now) {
            return usable.ok_or_else(|| NoToken::Later("the token has ended".into()));
        }
        if refresh.is_none() {
            return Err(NoToken::Over("nobody has signed in".into()));
        }
        if lease(app, &source.id, purpose, LEASE).await? {
            // Another process may have asked just before.
            let signed = look(app, source, wanted).await?;
            if let Some(access) = signed.access.as_ref().filter(|access| access.renew_at > now) {
                lease(app, &source.id, purpose, 0).await?;
                return Ok(access.token.clone());
            }
            let renewed = renew(app, source, &signed).await;
            return match (renewed, usable) {
                (Ok(token), _) => Ok(token),
                (Err(NoToken::Later(_)), Some(token)) => Ok(token),
                (Err(why), _) => Err(why),
            };
        }
        if let Some(token) = usable {
            return Ok(token);
        }
        sleep(PAUSE).await;
    }
    Err(NoToken::Later("another process asks for a token".into()))
}

/// Forgets a token that the server did not take: the next one is asked for.
pub(super) async fn forget(app: &App, source: &Source, wanted: &'static str, token: &str) -> Result<(), NoToken> {
    let (keys, source, token) = (app.clone(), source.clone(), token.to_owned());
    let write = app.db.write(move |tx| {
        Box::pin(async move {
            let signed = credential::signed(tx, &keys.keys, &source, mail_settings::sign_ins(&source, wanted)).await?;
            // Another process may have a newer one by now.
            if signed.access.is_some_and(|access| access.token == token) {
                credential::forget_access(tx, &source.id, &signed.purpose).await?;
            }
            Ok::<_, Error>(())
        })
    });
    Ok(write.await?)
}

async fn look(app: &App, source: &Source, wanted: &'static str) -> Result<Signed, NoToken> {
    let (keys, source) = (app.clone(), source.clone());
    let read = app.db.read(move |tx| {
        Box::pin(
            async move { credential::signed(tx, &keys.keys, &source, mail_settings::sign_ins(&source, wanted)).await },
        )
    });
    Ok(read.await?)
}

/// Takes the right to ask for so many seconds, or gives it back.
async fn lease(app: &App, source: &SourceId, purpose: &str, seconds: i64) -> Result<bool, NoToken> {
    let (source, purpose) = (source.clone(), purpose.to_owned());
    let write =
        app.db.write(move |tx| Box::pin(async move { credential::lease(tx, &source, &purpose, seconds).await }));
    Ok(write.await?)
}

/// Asks for another token, and writes it down.
async fn renew(app: &App, source: &Source, signed: &Signed) -> Result<String, NoToken> {
    let mut why = NoToken::Over("nobody has signed in".into());
    // The one before counts until a token of the newest has worked.
    for refresh in [&signed.refresh, &signed.previous].into_iter().flatten() {
        match ask(app, source, refresh).await {
            Ok(fresh) => {
                let (keys, id, purpose) = (app.clone(), source.id.clone(), signed.purpose.clone());
                let (token, refresh) = (fresh.access.token.clone(), fresh.refresh.or(Some(refresh.clone())));
                let write = app.db.write(move |tx| {
                    let (keys, id, purpose) = (keys.clone(), id.clone(), purpose.clone());
                    let (access, refresh) = (fresh.access.clone(), refresh.clone());
                    Box::pin(async move {
                        credential::renewed(tx, &keys.keys, &id, &purpose, &access, refresh.as_deref()).await
                    })
                });
                write.await?;
                return Ok(token);
            }
            Err(NoToken::Over(text)) => why = NoToken::Over(text),
            Err(later) => {
                why = later;
                break;
            }
        }
    }
    lease(app, &source.id, &signed.purpose, 0).await?;
    Err(why)
}

/// What a provider gave.
#[derive(Clone)]
pub(super) struct Fresh {
    /// What lets us in.
    pub(super) access: Access,
    /// By what the next one is asked for, where that is another one now.
    pub(super) refresh: Option<String>,
}

async fn ask(app: &App, source: &Source, refresh: &str) -> Result<Fresh, NoToken> {
    request(app, source, &[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await
}

/// Asks a source's provider for tokens, by what it is given.
pub(super) async fn request(app: &App, source: &Source, by: &[(&str, &str)]) -> Result<Fresh, NoToken> {
    let (url, scope) = provider(source);
    if !url.starts_with("https://") && !app.http.allows_private() {
        return Err(NoToken::Over("the provider's address is not https".into()));
    }
    let secret = {
        let (keys, id) = (app.clone(), source.id.clone());
        let read = app.db.read(move |tx| {
            Box::pin(async move { credential::open(tx, &keys.keys, &id, "oauth_client_secret").await })
        });
        read.await?
    };
    let mut form = by.to_vec();
    form.push(("client_id", source.setting("oauth_client_id").unwrap_or_default()));
    form.extend(secret.as_deref().map(|secret| ("client_secret", secret)));
    form.extend(scope.map(|scope| ("scope", scope)));
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    let request = Request::post(url, encoded(&form)).header(HeaderName::from_static("content-type"), kind);
    let answer = app.http.send(request).await.map_err(|error| NoToken::Later(error.to_string()))?;
    read(answer.status, &answer.body, app.db.clock().now())
}

fn encoded(form: &[(&str, &str)]) -> String {
    let mut url = Url::parse("http://form/").ok();
    if let Some(url) = &mut url {
        url.query_pairs_mut().extend_pairs(form);
    }
    url.as_ref().and_then(Url::query).unwrap_or_default().to_owned()
}

/// Whether a source is signed in to at Microsoft, rather than at Google.
pub(super) fn is_microsoft(source: &Source) -> bool {
    let kinds = ["imap_authentication_type", "smtp_authentication_type"];
    kinds.into_iter().any(|name| source.setting(name) == Some("microsoft_identity_platform"))
}

/// Where tokens of a source come from, and for what.
fn provider(source: &Source) -> (String, Option<&'static str>) {
    let microsoft = is_microsoft(source);
    let usual = match microsoft {
        true => {
            let tenant = source.setting("oauth_tenant").unwrap_or("common");
            format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")
        }
        false => "https://oauth2.googleapis.com/token".to_owned(),
    };
    let url = source.setting("oauth_token_url").map_or(usual, str::to_owned);
    (url, microsoft.then_some(MICROSOFT))
}

/// What a provider's answer means.
fn read(status: u16, body: &[u8], now: Timestamp) -> Result<Fresh, NoToken> {
    let told: Value = text::json(body).unwrap_or_default();
    let word = |name: &str| told.get(name).and_then(Value::as_str).filter(|word| !word.is_empty());
    let fits = |token: &&str| token.len() <= 8192 && token.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if let (200, Some(token)) = (status, word("access_token").filter(fits)) {
        let life = told.get("expires_in").and_then(|life| life.as_i64().or_else(|| life.as_str()?.parse().ok()));
        let life = life.unwrap_or(LIFE).clamp(60, 30 * 86_400);
        // The earlier of four fifths of its life and five minutes before its end.
        let renew = (life * 4 / 5).min((life - MARGIN).max(life / 2));
        let access =
            Access { token: token.to_owned(), renew_at: now.plus_seconds(renew), ends_at: now.plus_seconds(life) };
        return Ok(Fresh { access, refresh: word("refresh_token").map(str::to_owned) });
    }
    let about = word("error_description").and_then(|text| text.lines().next());
    match word("error") {
        Some(error) if OVER.contains(&error) => {
            let text = about.map_or_else(|| error.to_owned(), |about| format!("{error}: {about}"));
            Err(NoToken::Over(text::beginning(&text, 500).to_owned()))
        }
        _ => Err(NoToken::Later(format!("the provider of the sign-in answered with {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_token_or_says_what_to_do() {
        let now = Timestamp::from_millis(0);
        let fresh = read(200, br#"{"access_token": "a", "expires_in": 3600, "refresh_token": "r"}"#, now);
        let Ok(Fresh { access, refresh }) = fresh else { panic!("no token") };
        assert_eq!((access.token.as_str(), refresh.as_deref()), ("a", Some("r")));
        assert_eq!((access.renew_at, access.ends_at), (now.plus_seconds(2880), now.plus_seconds(3600)));
        let why = |status, body: &str| read(status, body.as_bytes(), now).err();
        let over = r#"{"error": "invalid_grant", "error_description": "AADSTS70008: expired\r\nTrace"}"#;
        assert_eq!(why(400, over), Some(NoToken::Over("invalid_grant: AADSTS70008: expired".into())));
        for (status, body) in [
            (500, "{}"),
            (429, ""),
            (503, "<html>"),
            (200, "{}"),
            (200, r#"{"access_token": "a\u0000"}"#),
            (400, r#"{"error": "temporarily_unavailable"}"#),
        ] {
            assert!(matches!(why(status, body), Some(NoToken::Later(_))), "{status} {body}");
        }
        assert_eq!(encoded(&[("a", "b c&d"), ("e", "é")]), "a=b+c%26d&e=%C3%A9");
    }
}
