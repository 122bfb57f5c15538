//! `/chat/{source_token}/messages/{language}.json`: what a chat says in a language, for browsers to keep for ever.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::told::{self, ASK_AGAIN, FOR_EVER};
use crate::app::App;
use crate::domain::{Error, chat_texts, visitor};
use crate::http::{Id, Params, Result, Tagged};

/// What a chat says, by language and key: in the one that is asked for, in the same without its region, and in English as
/// far as the source has that in words of its own.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChatTexts")]
pub struct TextsOut(BTreeMap<String, Map<String, Value>>);

/// What a chat says in a language.
pub async fn show(
    State(app): State<App>,
    Id((token, id)): Id<(String, String)>,
    headers: HeaderMap,
    params: Params,
) -> Result<Tagged<TextsOut>> {
    let asked = params.text("v")?;
    let language = id.strip_suffix(".json").ok_or(Error::NotFound("language"))?.to_owned();
    let version = told::prepared(&app, token.clone()).await?.texts.clone();
    let read = app.db.read(move |tx| {
        Box::pin(async move {
            let source = visitor::source(tx, &token).await?;
            chat_texts::levels(&chat_texts::of_source(tx, &source).await?, &language)
        })
    });
    let json = serde_json::to_vec(&read.await?).map_err(|e| Error::Internal(format!("a chat's texts: {e}")))?;
    // Another version than is asked for is told as what it is, and not kept under the name of the other.
    let cache = if asked.as_deref() == Some(&version) { FOR_EVER } else { ASK_AGAIN };
    Ok(Tagged::new(&headers, json.into(), &version, cache)?)
}
