//! Agents' contents on their way to a third party (`docs/sdks/source-sdk/{request-response,objects}.md`): the body of
//! the request, and what the answer means.
//!
//! The official servers check the signature over what they get when they read our JSON and write it again, so it has
//! the one form that comes out the same: no white space, nothing escaped that need not be. The one in Python escapes
//! whatever is not ASCII: a body that is refused is sent once more in that form.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use jiff::fmt::rfc2822::DateTimeParser;
use model::{BodyFormat, Timestamp};
use safe_http::{Answer, Error as HttpError, HeaderName, HeaderValue, Request, TOTAL};
use serde_json::{Map, Value, json};
use store::attachment::Attachment;
use store::source::Source;

use super::objects::retold;
use super::wire::SIGNATURE;
use crate::app::App;
use crate::crypto;
use crate::domain::export::{Answered, NEEDS_REAUTH, Outcome, Outgoing, Reason, Tried};
use crate::domain::{act, source as sources, structured};
use crate::views::attachment::lasting_url;

/// How much of an answer is read, in bytes: some give the whole content back.
const ANSWER_MAX: usize = 1024 * 1024;
/// Longest id that is taken over, in bytes.
const ID_MAX: usize = 1024;

/// The requests that a content takes, in order: one object of the third party is one request.
#[must_use]
pub fn plan(outgoing: &Outgoing) -> Vec<String> {
    vec![action(outgoing)]
}

/// Sends a content to its source, and tells how that ended.
pub async fn send(app: &App, outgoing: &Outgoing) -> Tried {
    let (text, format) = written(outgoing, object(outgoing));
    let taken = |value: Option<&Value>| created(value, &text, format);
    exchange(app, &outgoing.source, &body(app, outgoing), |answer, now| meaning(answer, now, taken)).await
}

/// Posts a body to a source, in the form that it takes, and tells how that ended. `read` says what an answer means whose
/// signature fits.
pub(super) async fn exchange(
    app: &App,
    source: &Source,
    body: &Value,
    read: impl Fn(&Answer, Timestamp) -> Outcome,
) -> Tried {
    let started = Instant::now();
    let secret = match sources::sdk_secret(&app.keys, source) {
        Ok(secret) => secret,
        Err(error) => return Outcome::Locked(Reason::new(NEEDS_REAUTH, error.to_string())).into(),
    };
    let (outcome, http_status) = match post_in_its_form(app, source, &secret, body.to_string(), read).await {
        Ok((outcome, status)) => (outcome, Some(status)),
        Err(outcome) => (outcome, None),
    };
    let took_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    Tried { outcome, http_status, took_ms, refused: Vec::new() }
}

/// Posts a body in the form that its source takes; gives what the answer means with its code, or why there is none.
async fn post_in_its_form(
    app: &App,
    source: &Source,
    secret: &str,
    body: String,
    read: impl Fn(&Answer, Timestamp) -> Outcome,
) -> Result<(Outcome, u16), Outcome> {
    let mut forms = vec![(body, false)];
    if let Some(other) = escaped(&forms[0].0) {
        forms.push((other, true));
        if source.takes_ascii() {
            forms.reverse();
        }
    }
    let several = forms.len() > 1;
    let mut last = None;
    for (body, escaped) in forms {
        let answer = post(app, source, secret, body).await?;
        let outcome = checked(secret, &answer).map_or_else(|| read(&answer, app.db.clock().now()), Outcome::Failed);
        if several && escaped != source.takes_ascii() && matches!(outcome, Outcome::Done(_)) {
            remember_form(app, source, escaped).await;
        }
        let again = matches!(outcome, Outcome::Failed(_)) && refuses_signature(&answer);
        last = Some((outcome, answer.status));
        if !again {
            break;
        }
    }
    last.ok_or_else(|| Outcome::Failed(Reason::new("unreachable", "nothing was sent")))
}

/// How much of an answer is read, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// In bytes.
    pub(super) largest: usize,
    /// To its last byte.
    pub(super) within: Duration,
}

/// Writes down in which form a source takes its bodies. Not to know it costs a request.
async fn remember_form(app: &App, source: &Source, ascii: bool) {
    let id = source.id.clone();
    let noted = app.db.write(move |tx| Box::pin(async move { sources::note_form(tx, &id, ascii).await }));
    if let Err(error) = noted.await {
        tracing::warn!(source = %source.id, %error, "in which form the source takes text is not written down");
    }
}

/// Posts a body to a source's endpoint, signed. Fails with what it means when there is no answer.
pub(super) async fn post(app: &App, source: &Source, secret: &str, body: String) -> Result<Answer, Outcome> {
    let limits = Limits { largest: ANSWER_MAX, within: TOTAL };
    if source.endpoint_url.is_none() {
        return Err(Outcome::Failed(Reason::new("unreachable", "the source has no endpoint_url")));
    }
    post_within(app, source, secret, body, limits).await.map_err(|error| {
        let text = error.to_string();
        if error.may_have_arrived() {
            Outcome::Unknown(Reason::new("no_answer", text))
        } else {
            Outcome::Failed(Reason::new("unreachable", text))
        }
    })
}

/// Posts a body to a source's endpoint, signed.
pub(super) async fn post_within(
    app: &App,
    source: &Source,
    secret: &str,
    body: String,
    limits: Limits,
) -> Result<Answer, HttpError> {
    let wrong = |text: &str| HttpError::Url(text.to_owned());
    let endpoint = source.endpoint_url.as_ref().ok_or_else(|| wrong("the source has no endpoint_url"))?;
    let signature = crypto::sdk_signature(secret, body.as_bytes());
    let place = source.setting("sdk_signature_in").unwrap_or("header");
    let address = if place == "header" { endpoint.clone() } else { signed(endpoint, &signature) };
    let mut request = Request::post(address, body)
        .header(HeaderName::from_static("content-type"), HeaderValue::from_static("application/json"))
        .header(HeaderName::from_static("accept"), HeaderValue::from_static("application/json"))
        .largest_answer(limits.largest)
        .within(limits.within);
    if place != "query" {
        let signature = HeaderValue::from_str(&signature).map_err(|_| wrong("the request cannot be signed"))?;
        request = request.header(HeaderName::from_static(SIGNATURE), signature);
    }
    app.http.send(request).await
}

/// An address with the signature at the end of its query, for whoever reads no headers.
fn signed(address: &str, signature: &str) -> String {
    let (address, place) = address.split_once('#').map_or((address, None), |(address, place)| (address, Some(place)));
    let joined = if address.contains('?') { '&' } else { '?' };
    let place = place.map(|place| format!("#{place}")).unwrap_or_default();
    format!("{address}{joined}signature={signature}{place}")
}

/// JSON with everything escaped that is not printable ASCII, as Python writes it; none when that changes nothing.
pub(super) fn escaped(json: &str) -> Option<String> {
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
pub(super) fn refuses_signature(answer: &Answer) -> bool {
    let text = String::from_utf8_lossy(&answer.body).to_lowercase();
    let says = || ["signature", "valid", "hmac"].iter().any(|word| text.contains(word));
    matches!(answer.status, 401 | 403 | 422) || answer.status == 400 && says()
}

fn object(outgoing: &Outgoing) -> &'static str {
    act::object(&outgoing.source, &outgoing.content.kind)
}

fn action(outgoing: &Outgoing) -> String {
    format!("{}.create", object(outgoing))
}

/// The body of the request.
fn body(app: &App, outgoing: &Outgoing) -> Value {
    let Outgoing { content, thread, source, author, answered, recipient, attachments, pictures, retry, .. } = outgoing;
    let (object, unthreaded) = (object(outgoing), source.has_option("messages.unthreaded"));
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
    json!({"action": action(outgoing), "params": params, "time": app.db.clock().now()})
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

/// Why an answer cannot be from the third party; none when it can. The official servers sign something else than nothing.
fn checked(secret: &str, answer: &Answer) -> Option<Reason> {
    let empty = matches!(answer.body.trim_ascii(), b"" | b"\"\"" | b"null");
    let text = format!("answered {} with a signature that does not fit", answer.status);
    (!empty && !signature_fits(secret, answer)).then(|| Reason::new("signature", text))
}

/// What is taken over of an answer to a content that was sent as `text`. A third party that takes it and tells no id of it
/// has it all the same: sending it again would show it twice.
fn created(value: Option<&Value>, text: &str, format: BodyFormat) -> Option<Answered> {
    let object = value?.as_object()?;
    Some(Answered { foreign_id: foreign_id(object), told: retold(object, Some((text, format))), posted: None })
}

/// What an answer means. `taken` says what is taken over of one that is no error, where it is JSON of that; none when it is
/// no answer to such a request.
pub(super) fn meaning(answer: &Answer, now: Timestamp, taken: impl Fn(Option<&Value>) -> Option<Answered>) -> Outcome {
    let status = answer.status;
    let mut read = text::json::<Value>(&answer.body).ok();
    if let Some(read) = &mut read {
        text::take_nul_out(read);
    }
    let object = read.as_ref().and_then(Value::as_object);
    let reason = match object.and_then(error) {
        Some((message, true)) => {
            return Outcome::Refused(Reason::new("refused", format!("answered {status}: {message}")));
        }
        Some((message, false)) => Reason::new("error", format!("answered {status}: {message}")),
        None if !(200..300).contains(&status) => {
            let text = String::from_utf8_lossy(&answer.body).chars().take(200).collect::<String>();
            Reason::new("error", format!("answered {status}: {text}").trim_end_matches([':', ' ']))
        }
        None if read.is_none() && !answer.body.trim_ascii().is_empty() => not_json(status),
        None => match taken(read.as_ref()) {
            Some(answered) => return Outcome::Done(answered),
            None => not_json(status),
        },
    };
    match (status, retry_after(answer, now)) {
        (429, Some(until)) => Outcome::Wait(until, Reason { code: "limited", ..reason }),
        // It will be as large the next time.
        (413, _) => Outcome::Refused(Reason { code: "message_too_large", ..reason }),
        // Something in between has answered: what it was to hand on may have come through.
        (502 | 504, _) => Outcome::Unknown(reason),
        (500.., _) if object.is_none() => Outcome::Unknown(reason),
        _ => Outcome::Failed(reason),
    }
}

fn not_json(status: u16) -> Reason {
    Reason::new("not_json", format!("answered {status}, but not with a JSON object"))
}

/// Whether the signature of an answer fits, or it has none.
pub(super) fn signature_fits(secret: &str, answer: &Answer) -> bool {
    answer.headers.get(SIGNATURE).is_none_or(|given| {
        let expected = crypto::sdk_signature(secret, &answer.body);
        crypto::same(given.as_bytes().to_ascii_lowercase().as_slice(), expected.as_bytes())
    })
}

/// Until when the other side asks to wait, in seconds or as a time.
pub(super) fn retry_after(answer: &Answer, now: Timestamp) -> Option<Timestamp> {
    let text = answer.headers.get("retry-after")?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // A number without end is a long time: how long is waited has its own bound.
        return Some(now.plus_seconds(text.parse::<u32>().unwrap_or(u32::MAX).into()));
    }
    let time = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Timestamp::from_millis(time.as_millisecond()))
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

/// The id that an answer tells.
pub(super) fn foreign_id(object: &Map<String, Value>) -> Option<String> {
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

    fn done(id: Option<&str>) -> Outcome {
        Outcome::Done(Answered { foreign_id: id.map(str::to_owned), ..Answered::default() })
    }

    fn outcome(secret: &str, answer: &Answer, now: Timestamp) -> Outcome {
        let taken = |value: Option<&Value>| created(value, "<p>sent</p>", BodyFormat::Html);
        checked(secret, answer).map_or_else(|| meaning(answer, now, taken), Outcome::Failed)
    }

    const NOW: Timestamp = Timestamp::from_millis(1_445_412_000_000);

    #[test]
    fn answers_mean_what_the_guide_says() {
        let id = |text: &str| done(Some(text));
        let failed = |code, text: &str| Outcome::Failed(Reason::new(code, text));
        let unknown = |text: &str| Outcome::Unknown(Reason::new("error", text));
        let refused = |text: &str| Outcome::Refused(Reason::new("refused", text));
        for (status, body, expected) in [
            (200, r#"{"id":"7","body":"<p>sent</p>"}"#, id("7")),
            (201, r#"{"id":7}"#, id("7")),
            (200, r#"{"id":"7","error":null}"#, id("7")),
            (200, "{}", done(None)),
            (200, "[]", failed("not_json", "answered 200, but not with a JSON object")),
            (200, "", failed("not_json", "answered 200, but not with a JSON object")),
            (200, "<html>", failed("not_json", "answered 200, but not with a JSON object")),
            (302, "", failed("error", "answered 302")),
            (429, "", failed("error", "answered 429")),
            (413, "", Outcome::Refused(Reason::new("message_too_large", "answered 413"))),
            (500, r#"{"id":"7"}"#, failed("error", r#"answered 500: {"id":"7"}"#)),
            (422, r#"{"error":"Invalid action"}"#, failed("error", "answered 422: Invalid action")),
            (200, r#"{"error":{"fatal":false,"message":"full"}}"#, failed("error", "answered 200: full")),
            (503, r#"{"error":"down"}"#, failed("error", "answered 503: down")),
            (503, "down for lunch", unknown("answered 503: down for lunch")),
            (502, r#"{"error":"upstream"}"#, unknown("answered 502: upstream")),
            (504, "", unknown("answered 504")),
            (200, r#"{"error":{"fatal":true,"message":"banned"}}"#, refused("answered 200: banned")),
            (400, r#"{"error":{"fatal":true}}"#, refused("answered 400: an error without a message")),
        ] {
            assert_eq!(outcome("secret", &answer(status, body, None), NOW), expected, "{status} {body}");
        }
    }

    #[test]
    fn who_asks_to_wait_says_until_when() {
        let asked = |after: &str| {
            let mut answer = answer(429, "slowly", None);
            answer.headers.insert("retry-after", after.parse().expect("a value"));
            outcome("secret", &answer, NOW)
        };
        let wait = |until| Outcome::Wait(until, Reason::new("limited", "answered 429: slowly"));
        assert_eq!(asked("90"), wait(NOW.plus_seconds(90)));
        assert_eq!(asked("100000000000000000000"), wait(NOW.plus_seconds(u32::MAX.into())));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:00 GMT"), wait(NOW.plus_seconds(480)));
        let failed = Outcome::Failed(Reason::new("error", "answered 429: slowly"));
        assert_eq!((asked("soon"), asked("-1")), (failed.clone(), failed));
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
            let outcome = outcome("secret", &answer(200, body, Some(signature)), NOW);
            assert_eq!(outcome, done(Some("7")));
        }
        for wrong in ["", "00", &crypto::sdk_signature("another", body.as_bytes())] {
            let reason = Reason::new("signature", "answered 200 with a signature that does not fit");
            assert_eq!(outcome("secret", &answer(200, body, Some(wrong)), NOW), Outcome::Failed(reason));
        }
    }
}
