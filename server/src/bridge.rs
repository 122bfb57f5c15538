//! The bridges of surveys: what they are asked, and how both sides know each other (`docs/sdks/survey-sdk`).

use axum::http::HeaderMap;
use safe_http::{HeaderName, HeaderValue, Request};
use serde_json::Value;
use store::survey::Survey;

use crate::app::App;
use crate::crypto;
use crate::domain::survey::{self, Configuration};
use crate::domain::survey_response::Record;
use crate::domain::{Error, Reason, Result};
use model::Timestamp;

/// The header in which both sides show the key.
const SECRET: HeaderName = HeaderName::from_static("x-sdk-secret");
/// Largest answer of a bridge in bytes.
const LARGEST: usize = 8 * 1024 * 1024;

/// Asks a bridge what its survey asks.
///
/// # Errors
/// 422 on `bridge_url` when it does not answer, or not in the form of the guide.
pub async fn configuration(app: &App, url: &str, secret: &str, verify: bool) -> Result<Configuration> {
    let url = format!("{}/configuration", url.trim().trim_end_matches('/'));
    let answer = ask(app, Request::get(&url), secret, verify).await;
    Configuration::read(&answer.map_err(|why| Error::invalid("bridge_url", Reason::OtherSide.says(why)))?)
}

/// Fetches the responses that were given since the newest one that is known.
///
/// # Errors
/// Why the bridge could not be asked, in words for the log.
pub(crate) async fn responses(app: &App, survey: &Survey) -> std::result::Result<Vec<Record>, String> {
    let secret = survey::secret(&app.keys, survey).ok_or("the key cannot be read with the server's key")?;
    let url = format!("{}/responses", survey.bridge_url.as_deref().unwrap_or_default());
    let since: Timestamp = survey.polled_since.unwrap_or(survey.created_at);
    let since = since.millis().to_string();
    let request = Request::get(&url).query(&[("since", since.as_str())]);
    let answer = ask(app, request, &secret, survey.verify_secret).await?;
    let records = answer.get("records").and_then(Value::as_array).ok_or("the bridge answered without records")?;
    Ok(records.iter().filter_map(Record::read).collect())
}

/// Checks that a request comes from a survey's bridge.
///
/// # Errors
/// 401 when it does not show the key.
pub fn check(app: &App, survey: &Survey, headers: &HeaderMap) -> Result<()> {
    if !survey.verify_secret {
        return Ok(());
    }
    let secret = survey::secret(&app.keys, survey).filter(|s| !s.is_empty());
    let shown = headers.get("x-sdk-secret").map(HeaderValue::as_bytes);
    if secret.zip(shown).is_some_and(|(secret, shown)| crypto::same(secret.as_bytes(), shown)) {
        return Ok(());
    }
    Err(Error::Unauthorized("invalid_secret", "the header X-SDK-SECRET is missing or wrong".into()))
}

async fn ask(app: &App, request: Request, secret: &str, verify: bool) -> std::result::Result<Value, String> {
    let mut value = HeaderValue::from_str(secret).map_err(|_| "the key cannot stand in a header".to_owned())?;
    value.set_sensitive(true);
    let request = request.header(SECRET, value).largest_answer(LARGEST);
    let answer = app.http.send(request).await.map_err(|e| format!("could not be asked: {e}"))?;
    if answer.status != 200 {
        return Err(format!("answered with {}, not 200", answer.status));
    }
    let shown = answer.headers.get("x-sdk-secret").map(HeaderValue::as_bytes);
    if verify && !shown.is_some_and(|shown| crypto::same(secret.as_bytes(), shown)) {
        return Err("answered without the key in X-SDK-SECRET".into());
    }
    let mut read = text::json(&answer.body).map_err(|e| format!("answered what is not JSON: {e}"))?;
    text::take_nul_out(&mut read);
    Ok(read)
}
