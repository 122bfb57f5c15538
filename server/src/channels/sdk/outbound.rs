//! Agents' contents on their way to a third party (`docs/sdks/source-sdk/{request-response,objects}.md`): the body of
//! the request, and what the answer means.
//!
//! The official servers check the signature over what they get when they read our JSON and write it again, so it has
//! the one form that comes out the same: no white space, nothing escaped that need not be. The one in Python escapes
//! whatever is not ASCII: a body that is refused is sent once more in that form.

use std::fmt::Write as _;

use model::BodyFormat;
use safe_http::{Answer, HeaderName, HeaderValue, Request};
use serde_json::{Map, Value, json};
use store::attachment::Attachment;
use store::source::Source;

use super::inbound::SIGNATURE;
use crate::app::App;
use crate::crypto;
use crate::domain::export::{Outcome, Outgoing};
use crate::domain::{source as sources, structured};
use crate::views::attachment::lasting_url;

/// How much of an answer is read, in bytes: some give the whole content back.
const ANSWER_MAX: usize = 1024 * 1024;
/// Longest id that is taken over, in bytes.
const ID_MAX: usize = 1024;

/// Sends a content to its source, and tells how that ended.
pub async fn send(app: &App, outgoing: &Outgoing) -> Outcome {
    let source = &outgoing.source;
    let secret = match sources::sdk_secret(&app.keys, source) {
        Ok(secret) => secret,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let body = body(app, outgoing).to_string();
    let Some(other) = escaped(&body) else {
        return match post(app, source, &secret, body).await {
            Ok(answer) => outcome(&secret, &answer),
            Err(reason) => Outcome::Failed(reason),
        };
    };
    let mut forms = [(body, false), (other, true)];
    if app.sdk_forms.is_escaped(&source.id) {
        forms.reverse();
    }
    let mut last = Outcome::Failed(String::new());
    for (body, escaped) in forms {
        let answer = match post(app, source, &secret, body).await {
            Ok(answer) => answer,
            Err(reason) => return Outcome::Failed(reason),
        };
        last = outcome(&secret, &answer);
        if matches!(last, Outcome::Done(_)) {
            app.sdk_forms.note(&source.id, escaped);
        }
        if !matches!(last, Outcome::Failed(_)) || !refuses_signature(&answer) {
            break;
        }
    }
    last
}

/// Posts a body to a source's endpoint, signed. Fails with the reason when there is no answer.
pub(super) async fn post(app: &App, source: &Source, secret: &str, body: String) -> Result<Answer, String> {
    let endpoint = source.endpoint_url.as_ref().ok_or("the source has no endpoint_url")?;
    let signature = HeaderValue::from_str(&crypto::sdk_signature(secret, body.as_bytes()));
    let signature = signature.map_err(|_| "the request cannot be signed")?;
    let request = Request::post(endpoint, body)
        .header(HeaderName::from_static("content-type"), HeaderValue::from_static("application/json"))
        .header(HeaderName::from_static("accept"), HeaderValue::from_static("application/json"))
        .header(HeaderName::from_static(SIGNATURE), signature)
        .largest_answer(ANSWER_MAX);
    app.http.send(request).await.map_err(|error| error.to_string())
}

/// JSON with everything escaped that is not printable ASCII, as Python writes it; none when that changes nothing.
fn escaped(json: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii() && c != '\u{7f}';
    if json.chars().all(plain) {
        return None;
    }
    let mut out = String::with_capacity(json.len() * 2);
    for c in json.chars() {
        if plain(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a text does not fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    Some(out)
}

/// Whether an answer may mean that the signature did not fit.
fn refuses_signature(answer: &Answer) -> bool {
    let text = String::from_utf8_lossy(&answer.body).to_lowercase();
    let says = || ["signature", "valid", "hmac"].iter().any(|word| text.contains(word));
    matches!(answer.status, 401 | 403 | 422) || answer.status == 400 && says()
}

/// The body of the request.
fn body(app: &App, outgoing: &Outgoing) -> Value {
    let Outgoing { content, thread, source, author, answered, recipient, attachments, pictures, retry } = outgoing;
    let unthreaded = source.has_option("messages.unthreaded");
    // A source without threads is told of no thread, only of messages.
    let object = match content.kind.as_str() {
        "private_message" => "private_messages",
        "thread" if !unthreaded => "threads",
        _ => "messages",
    };
    let (text, format) = written(outgoing, object);
    let files: Vec<Value> = attachments.iter().map(|file| attachment(app, file)).collect();
    let mut params = json!({
        "attachments": files,
        "author_id": author.foreign_id,
        "body": text,
        "content_id": content.id,
        "created_at": content.created_at,
        "format": format,
        "retry": retry,
        "sender_name": content.sender_name,
        "title": content.title.as_ref().filter(|_| !source.has_option(&format!("{object}.no_title"))),
    });
    let mut set = |name: &str, value: Value| params[name] = value;
    // Threads have ids of their own: the id of what opened the thread says nothing about messages.
    let answered = answered.as_ref().filter(|a| a.kind == content.kind).and_then(|a| a.foreign_id.clone());
    match object {
        "threads" => {}
        other => {
            set("in_reply_to_id", json!(answered));
            set("updated_at", json!(content.updated_at));
            if other == "private_messages" {
                set("recipient_id", json!(recipient.as_ref().map(|r| &r.foreign_id)));
            } else if !unthreaded {
                set("thread_id", json!(thread.foreign_id));
            }
        }
    }
    let address = |id: &str| pictures.iter().find(|file| file.id.as_str() == id).map(|file| lasting_url(app, file));
    if let Some(structured) = structured::sent(content, address) {
        set("structured_content", structured);
    }
    json!({"action": format!("{object}.create"), "params": params, "time": app.db.clock().now()})
}

/// The text in a format that the implementation takes. HTML is the default of one that names none
/// (`docs/sdks/source-sdk/options.md`).
fn written(outgoing: &Outgoing, object: &str) -> (String, BodyFormat) {
    let (content, source) = (&outgoing.content, &outgoing.source);
    let text = || {
        (content.html.as_ref().map_or_else(|| content.body.clone(), |html| richtext::plain_of(html)), BodyFormat::Text)
    };
    let html = || (content.html.clone().unwrap_or_else(|| richtext::html_of(&content.body)), BodyFormat::Html);
    let options = source.options().unwrap_or_default();
    let messaging = options.contains(&"view.messaging");
    let takes_text = messaging || options.contains(&format!("{object}.text").as_str());
    let takes_html = !messaging && (!takes_text || options.contains(&format!("{object}.html").as_str()));
    if takes_html && (content.html.is_some() || !takes_text) { html() } else { text() }
}

fn attachment(app: &App, file: &Attachment) -> Value {
    let first = file.content_type.split('/').next().unwrap_or_default();
    let kind = if ["image", "audio", "video"].contains(&first) { first } else { "document" };
    json!({"filename": file.filename, "type": kind, "url": lasting_url(app, file)})
}

/// What an answer means. A third party that takes a content and tells no id of it has it all the same: sending it
/// again would show it twice.
fn outcome(secret: &str, answer: &Answer) -> Outcome {
    if let Some(given) = answer.headers.get(SIGNATURE) {
        let expected = crypto::sdk_signature(secret, &answer.body);
        if !crypto::same(given.as_bytes().to_ascii_lowercase().as_slice(), expected.as_bytes()) {
            return Outcome::Failed(format!("answered {} with a signature that does not fit", answer.status));
        }
    }
    let read = text::json::<Value>(&answer.body);
    let object = match &read {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    };
    if let Some((message, fatal)) = object.and_then(error) {
        let message = format!("answered {}: {message}", answer.status);
        return if fatal { Outcome::Refused(message) } else { Outcome::Failed(message) };
    }
    match object {
        _ if !(200..300).contains(&answer.status) => {
            let text = String::from_utf8_lossy(&answer.body).chars().take(200).collect::<String>();
            Outcome::Failed(format!("answered {}: {text}", answer.status).trim_end_matches([':', ' ']).to_owned())
        }
        None => Outcome::Failed(format!("answered {}, but not with a JSON object", answer.status)),
        Some(object) => Outcome::Done(foreign_id(object)),
    }
}

/// An error of one content: what is wrong, and whether trying again is of no use.
fn error(object: &Map<String, Value>) -> Option<(String, bool)> {
    match object.get("error")? {
        Value::Null | Value::Bool(false) => None,
        Value::Object(error) => {
            let message = error.get("message").and_then(Value::as_str).unwrap_or("an error without a message");
            let fatal = error.get("fatal").is_some_and(|fatal| fatal == true || fatal == "true");
            Some((message.to_owned(), fatal))
        }
        Value::String(message) => Some((message.clone(), false)),
        other => Some((other.to_string(), false)),
    }
}

fn foreign_id(object: &Map<String, Value>) -> Option<String> {
    let id = match object.get("id")? {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    let fits = !id.trim().is_empty() && id.len() <= ID_MAX && !id.chars().any(char::is_control);
    fits.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str, signature: Option<&str>) -> Answer {
        let headers = signature.map(|s| (SIGNATURE.parse().expect("a name"), s.parse().expect("a value")));
        Answer { status, headers: headers.into_iter().collect(), body: body.to_owned().into(), cut: false }
    }

    #[test]
    fn answers_mean_what_the_guide_says() {
        let id = |text: &str| Outcome::Done(Some(text.into()));
        let failed = |text: &str| Outcome::Failed(text.into());
        for (status, body, expected) in [
            (200, r#"{"id":"7","body":"x"}"#, id("7")),
            (201, r#"{"id":7}"#, id("7")),
            (200, r#"{"id":"7","error":null}"#, id("7")),
            (200, "{}", Outcome::Done(None)),
            (200, "[]", failed("answered 200, but not with a JSON object")),
            (200, "", failed("answered 200, but not with a JSON object")),
            (200, "<html>", failed("answered 200, but not with a JSON object")),
            (302, "", failed("answered 302")),
            (503, "down for lunch", failed("answered 503: down for lunch")),
            (500, r#"{"id":"7"}"#, failed(r#"answered 500: {"id":"7"}"#)),
            (422, r#"{"error":"Invalid action"}"#, failed("answered 422: Invalid action")),
            (200, r#"{"error":{"fatal":false,"message":"full"}}"#, failed("answered 200: full")),
            (200, r#"{"error":{"fatal":true,"message":"banned"}}"#, Outcome::Refused("answered 200: banned".into())),
            (400, r#"{"error":{"fatal":true}}"#, Outcome::Refused("answered 400: an error without a message".into())),
        ] {
            assert_eq!(outcome("secret", &answer(status, body, None)), expected, "{status} {body}");
        }
    }

    #[test]
    fn the_escaped_form_is_what_python_writes() {
        let json = r#"{"a":"é 漢 😀 \n","b":1}"#.to_owned() + "\u{7f}";
        let expected = r#"{"a":"\u00e9 \u6f22 \ud83d\ude00 \n","b":1}\u007f"#;
        assert_eq!(escaped(&json).as_deref(), Some(expected));
        assert_eq!(escaped(r#"{"a":"b~\n"}"#), None);
    }

    #[test]
    fn a_signature_of_an_answer_must_fit() {
        let body = r#"{"id":"7"}"#;
        let good = crypto::sdk_signature("secret", body.as_bytes());
        let shouted = good.to_uppercase();
        for signature in [good.as_str(), shouted.as_str()] {
            assert_eq!(outcome("secret", &answer(200, body, Some(signature))), Outcome::Done(Some("7".into())));
        }
        for wrong in ["", "00", &crypto::sdk_signature("another", body.as_bytes())] {
            let expected = Outcome::Failed("answered 200 with a signature that does not fit".into());
            assert_eq!(outcome("secret", &answer(200, body, Some(wrong))), expected);
        }
    }
}
