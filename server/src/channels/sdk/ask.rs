//! Questions to a third party (`docs/sdks/source-sdk/{request-response,polling}.md`): the request, and what is told when
//! there is no answer to it. Contents go out another way, since an end that nobody knows means more there.

use std::time::Duration;

use bytes::Bytes;
use model::Timestamp;
use safe_http::{Answer, Error as HttpError};
use serde_json::{Map, Value, json};
use store::source::Source;

use super::outbound::{Limits, escaped, post_within, refuses_signature, retry_after, signature_fits};
use super::wire::BODY_MAX;
use crate::app::App;
use crate::channels::asked::Failed;
use crate::domain::source as sources;
use crate::domain::source_health::{NEEDS_REAUTH, Trouble};

/// How long an answer may take, to its last byte.
const WITHIN: Duration = Duration::from_secs(30);
/// The longest answer that is not a list, in bytes.
const ANSWER_MAX: usize = 1024 * 1024;
/// How much of a text of the other side is told.
const TOLD: usize = 200;

/// Asks a third party for something; gives the body of its answer.
pub(super) async fn ask(app: &App, source: &Source, action: &str, params: Option<Value>) -> Result<Bytes, Failed> {
    let secret = sources::sdk_secret(&app.keys, source)
        .map_err(|error| Failed::by(Trouble::new(NEEDS_REAUTH, error.to_string())))?;
    let mut body = Map::new();
    body.insert("action".into(), json!(action));
    if let Some(params) = params {
        body.insert("params".into(), params);
    }
    body.insert("time".into(), json!(app.db.clock().now()));
    let body = Value::Object(body).to_string();
    let list = action.ends_with(".list");
    let limits = Limits { largest: if list { BODY_MAX } else { ANSWER_MAX }, within: WITHIN };
    let mut forms: Vec<String> = escaped(&body).into_iter().collect();
    forms.insert(if source.takes_ascii() { forms.len() } else { 0 }, body);
    let mut last = None;
    for body in forms {
        let answer = post_within(app, source, &secret, body, limits).await.map_err(|error| unanswered(&error))?;
        let read = read(&secret, &answer, app.db.clock().now());
        let again = read.is_err() && refuses_signature(&answer);
        last = Some(read);
        if !again {
            break;
        }
    }
    last.unwrap_or_else(|| Err(Failed::by(Trouble::new("unreachable", "nothing was sent"))))
}

/// What an answer tells: its body, or why it is none.
fn read(secret: &str, answer: &Answer, now: Timestamp) -> Result<Bytes, Failed> {
    let status = answer.status;
    let failed = |code, text: String| Failed { trouble: Trouble::new(code, text), status: Some(status), wait: None };
    // The official servers sign something else than nothing.
    let empty = matches!(answer.body.trim_ascii(), b"" | b"\"\"" | b"null");
    if !empty && !signature_fits(secret, answer) {
        return Err(failed("signature", format!("answered {status} with a signature that does not fit")));
    }
    let says = String::from_utf8_lossy(&answer.body[..answer.body.len().min(4 * TOLD)]);
    let says = says.chars().take(TOLD).collect::<String>();
    let text = format!("answered {status}: {says}").trim_end_matches([':', ' ']).to_owned();
    if matches!(status, 401 | 403) || status == 422 && says.to_lowercase().contains("signature") {
        return Err(failed("signature", text));
    }
    if !(200..300).contains(&status) {
        let wait = (status == 429).then(|| retry_after(answer, now)).flatten();
        return Err(Failed { wait, ..failed("refused", text) });
    }
    if answer.cut {
        return Err(failed("too_large", format!("answered {status} with more than is taken")));
    }
    Ok(answer.body.clone())
}

/// Why there is no answer.
fn unanswered(error: &HttpError) -> Failed {
    let text = error.to_string();
    let code = match error {
        HttpError::Url(_) => "url",
        HttpError::Refused(_) => "private_address",
        HttpError::NotFound(_) => "dns",
        HttpError::NoConnection | HttpError::Timeout(_) => "timeout",
        HttpError::Tls(_) => "tls",
        HttpError::Connect(_) => "no_connection",
        HttpError::Broken(_) => "broken",
    };
    Failed::by(Trouble::new(code, text))
}
