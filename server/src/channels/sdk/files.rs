//! Files of contents that come in: their bytes are in the request, or at an address.
//!
//! A file that cannot be had (its address does not answer, it is too large) never costs the message: its name or
//! address is kept among the content's circumstances as `missing-attachments`, and an address is added to the text
//! as a link, so that agents can follow it. A file whose bytes are not base64 is the third party's mistake, the same
//! each time: that request is refused. So is one with bytes that the disk has no room for now: they are sent again.

use std::time::Duration;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use futures_util::{StreamExt, TryStreamExt};
use model::BodyFormat;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use safe_http::Answer;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::wire::Refusal;
use crate::app::App;
use crate::domain::Error;
use crate::domain::attachment::{NewAttachment, is_taken};
use crate::domain::ingest::{BODY_MAX, Incoming};
use crate::domain::sdk::Told;
use crate::fetch;
use crate::uploads::{media_type, take_in};

/// How many files a content has at the most.
const MOST: usize = 20;
/// How many are fetched at once.
const AT_ONCE: usize = 4;
/// How long fetching all of them may take: the third party waits.
const TOGETHER: Duration = Duration::from_secs(20);
/// How long each content's are waited for in any case.
const LEAST: Duration = Duration::from_secs(2);
/// Base64 with and without padding, also cut within a character as in the guide's example.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A file as a content names it.
#[derive(Debug)]
pub(super) struct Given {
    from: From,
    filename: Option<String>,
    audio: bool,
}

#[derive(Debug)]
enum From {
    Url(String),
    Bytes(Vec<u8>),
    /// It is named, and no more.
    Nowhere,
}

impl Given {
    /// Reads the list of a content's files. `lenient` is for those that nobody sends again: one of which the bytes cannot be
    /// read is missing then.
    pub(super) fn all(list: Option<&Value>, lenient: bool) -> Result<Vec<Self>, Refusal> {
        let list = list.and_then(Value::as_array).into_iter().flatten().filter(|one| !one.is_null());
        list.map(|given| match Self::one(given) {
            Err(_) if lenient => {
                let filename = given.get("filename").and_then(Value::as_str).map(str::to_owned);
                Ok(Self { from: From::Nowhere, filename, audio: false })
            }
            read => read,
        })
        .collect()
    }

    fn one(given: &Value) -> Result<Self, Refusal> {
        let text = |name: &str| given.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let from = match (text("content"), text("url")) {
            (Some(content), _) => {
                // Some encoders break lines.
                let flat: String = content.split_whitespace().collect();
                From::Bytes(BASE64.decode(flat).map_err(|_| Refusal::InvalidResource)?)
            }
            (None, Some(url)) => From::Url(url.trim().to_owned()),
            (None, None) => return Err(Refusal::InvalidResource),
        };
        Ok(Self { from, filename: text("filename").map(str::to_owned), audio: text("type") == Some("audio") })
    }

    /// What to call it when it is missing.
    fn name(&self) -> String {
        match &self.from {
            From::Url(url) => url.clone(),
            From::Bytes(_) | From::Nowhere => self.filename.clone().unwrap_or_else(|| "file".into()),
        }
    }
}

/// Stores the bytes of a content's files, each as it comes, so that only the few that are fetched at once are in memory;
/// notes in the content which ones are missing. None is waited for much longer than until `most`.
pub(super) async fn gather(
    app: &App,
    told: &mut Told,
    files: Vec<Given>,
    most: Option<Instant>,
) -> Result<(), Refusal> {
    let now = Instant::now();
    let until = most.map_or(now + TOGETHER, |most| most.clamp(now + LEAST, now + TOGETHER));
    let names: Vec<(String, bool)> = files.iter().map(|f| (f.name(), matches!(f.from, From::Url(_)))).collect();
    let incoming = &told.incoming;
    let stored: Vec<Option<NewAttachment>> = futures_util::stream::iter(files.into_iter().take(MOST))
        .map(|file| keep(app, incoming, file, until))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut stored = stored.into_iter();
    let mut missing = Vec::new();
    for name in names {
        match stored.next().flatten() {
            Some(file) => told.files.push(file),
            None => missing.push(name),
        }
    }
    if !missing.is_empty() {
        note_missing(&mut told.incoming, &missing);
    }
    Ok(())
}

/// Stores the bytes of one file; none when they cannot be had, or the source does not take such: agents may follow its
/// address.
async fn keep(app: &App, incoming: &Incoming, file: Given, until: Instant) -> Result<Option<NewAttachment>, Refusal> {
    let is_url = matches!(file.from, From::Url(_));
    let fetched = have(app, file, until).await.filter(|file| is_taken(&incoming.source, &file.filename));
    let Some(Fetched { filename, content_type, bytes }) = fetched else { return Ok(None) };
    let (sha256, size) = match take_in(app, bytes.into()).await {
        Err(Error::DiskReserve) if is_url => return Ok(None),
        stored => stored?,
    };
    let uploader = format!("source:{}", incoming.source.id);
    Ok(Some(NewAttachment { uploader, filename, content_type, size, sha256, private: incoming.private }))
}

struct Fetched {
    filename: String,
    content_type: String,
    bytes: Vec<u8>,
}

async fn have(app: &App, given: Given, until: Instant) -> Option<Fetched> {
    let limit = app.config.attachment_max_bytes;
    let (bytes, filename) = match given.from {
        From::Nowhere => return None,
        From::Bytes(bytes) => (bytes, given.filename.unwrap_or_else(|| "file".into())),
        From::Url(url) => {
            let (url, answer) = tokio::time::timeout_at(until, fetch::get(app, &url, limit)).await.ok().flatten()?;
            let filename = given.filename.unwrap_or_else(|| name_of(&url, &answer));
            (answer.body.to_vec(), filename)
        }
    };
    if bytes.is_empty() || bytes.len() > limit {
        return None;
    }
    let content_type = match media_type(&filename) {
        "video/mp4" if given.audio => "audio/mp4",
        other => other,
    };
    Some(Fetched { filename, content_type: content_type.to_owned(), bytes })
}

/// The last part of an address, with the ending that its media type asks for when it has none.
fn name_of(url: &Url, answer: &Answer) -> String {
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or("");
    let name = match percent_decode_str(last).decode_utf8_lossy().into_owned() {
        name if name.is_empty() => "file".to_owned(),
        name => name,
    };
    if name.contains('.') {
        return name;
    }
    let kind = answer.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or("");
    let ending = match kind.split(';').next().unwrap_or("").trim() {
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "image/webp" => ".webp",
        "application/pdf" => ".pdf",
        "video/mp4" | "audio/mp4" => ".mp4",
        "audio/mpeg" => ".mp3",
        "text/plain" => ".txt",
        _ => "",
    };
    name + ending
}

fn note_missing(incoming: &mut Incoming, missing: &[(String, bool)]) {
    let names: Vec<String> = missing.iter().take(MOST).map(|(name, _)| name.chars().take(2048).collect()).collect();
    incoming.context_data.insert("missing-attachments".into(), json!(names));
    for (name, is_url) in missing {
        let line = match incoming.format {
            BodyFormat::Text => format!("\n{name}"),
            BodyFormat::Html if *is_url => {
                let name = richtext::escape(name);
                format!("<p><a href=\"{name}\">{name}</a></p>")
            }
            BodyFormat::Html => format!("<p>{}</p>", richtext::escape(name)),
        };
        // What the customer wrote comes first: a link that does not fit any more is left out.
        if incoming.body.chars().count() + line.chars().count() <= BODY_MAX {
            incoming.body.push_str(&line);
        }
    }
    if incoming.format == BodyFormat::Text {
        incoming.body = incoming.body.trim_start_matches('\n').to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_third_parties_write_them() {
        let read = |content: &str| match Given::one(&json!({"content": content, "filename": "a.png"})) {
            Ok(Given { from: From::Bytes(bytes), .. }) => Some(bytes),
            _ => None,
        };
        assert_eq!(read("aGVsbG8gd29ybGQ=").as_deref(), Some(&b"hello world"[..]));
        assert_eq!(read("aGVsbG8g\nd29ybGQ").as_deref(), Some(&b"hello world"[..]));
        assert!(read("iVBORw0KGgoAAAANSUhEUgAAAfUAAAH2CAIAAAD").is_some_and(|bytes| bytes.starts_with(b"\x89PNG")));
        assert_eq!(read("not base64!"), None);
        assert!(Given::one(&json!({"filename": "a.png"})).is_err() && Given::one(&json!("a.png")).is_err());
    }

    #[test]
    fn names_come_from_addresses() {
        let answer = |kind: &'static str| Answer {
            status: 200,
            headers: [("content-type".parse().expect("a name"), kind.parse().expect("a value"))].into_iter().collect(),
            body: Default::default(),
            cut: false,
        };
        for (url, kind, expected) in [
            ("https://a.test/b/c%20d.png?x=1", "", "c d.png"),
            ("https://a.test/image", "image/png; q=1", "image.png"),
            ("https://a.test/", "image/jpeg", "file.jpg"),
            ("https://a.test/100%", "", "100%"),
        ] {
            assert_eq!(name_of(&Url::parse(url).expect("a URL"), &answer(kind)), expected);
        }
    }
}
