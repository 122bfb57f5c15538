//! What a chat's visitors agree to before their first message, where its source asks for that: words and a link, under a
//! version that changes with them. What was agreed to is kept with the conversation.

use serde_json::{Map, Value, json};
use store::Tx;
use store::source::Source;

use crate::base::{Error, Result};
use crate::setup::chat_texts::{self, Languages};

/// The key of the words in what a chat says.
const WORDS: &str = "hubbub.consent_text";
/// What a conversation keeps: the version, and when it was agreed to.
const VERSION: &str = "consent_version";
const AT: &str = "consent_at";

/// Whether visitors must agree before they write.
#[must_use]
pub fn is_asked(source: &Source) -> bool {
    source.setting("consent") == Some("before_message")
}

/// The version of what visitors agree to, with what the source says in words of its own; none where nothing is asked.
#[must_use]
pub fn version(source: &Source, own: &Languages) -> Option<String> {
    if !is_asked(source) {
        return None;
    }
    let told = json!([source.setting("consent_link"), chat_texts::by_language(own, WORDS)]).to_string();
    Some(crypto::digest(&[told.as_bytes()])[..16].to_owned())
}

/// What a conversation keeps of consent from now on: `told` is the version that the visitor has agreed to, `known` what the
/// conversation has. What was agreed to once holds for the conversation, whatever is asked later.
///
/// # Errors
/// 403 `consent_required`.
pub(crate) async fn given(
    tx: &mut Tx,
    source: &Source,
    known: Option<&Map<String, Value>>,
    told: Option<&str>,
) -> Result<Map<String, Value>> {
    if !is_asked(source) {
        return Ok(Map::new());
    }
    let now = version(source, &chat_texts::of_source(tx, source).await?);
    let before = known.and_then(|facts| facts.get(VERSION)).and_then(Value::as_str);
    match now {
        Some(now) if told == Some(&now) && before != Some(&now) => {
            Ok(Map::from_iter([(VERSION.to_owned(), now.into()), (AT.to_owned(), json!(tx.now()))]))
        }
        Some(now) if told != Some(&now) && before.is_none() => {
            let message = "the visitor has not agreed to what this chat asks them to agree to before they write";
            Err(Error::Forbidden("consent_required", message.into()))
        }
        _ => Ok(Map::new()),
    }
}
