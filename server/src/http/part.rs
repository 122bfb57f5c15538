//! A kept file as an answer: the whole of it, or the part that a player asks for.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::domain::Error;
use crate::files::{Files, Key};
use crate::http::Result;

/// How many bytes are read at once.
const CHUNK: usize = 64 * 1024;

/// Answers with a file. Its `tag` says what is in it: whoever has that already is told so.
///
/// # Errors
/// 404 when it is not there; when the disk refuses.
pub(crate) async fn answer(files: &Files, key: &Key, tag: &str, asked: &HeaderMap) -> Result<Response> {
    let failed = |error: std::io::Error| Error::Internal(format!("reading a file: {error}"));
    let mut opened = files.read(key).await.map_err(failed)?.ok_or(Error::NotFound("attachment"))?;
    let tag = format!("\"{tag}\"");
    let text = |name: HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    let about = [(header::ETAG, tag.clone()), (header::ACCEPT_RANGES, "bytes".into())];
    if text(header::IF_NONE_MATCH).is_some_and(|known| known == "*" || known.contains(&tag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers(about)).into_response());
    }
    // A part of what was there before is of no use to whoever has another.
    let range = text(header::RANGE).filter(|_| text(header::IF_RANGE).is_none_or(|known| known == tag));
    let size = opened.size;
    let (status, range) = match range.map_or(Asked::Whole, |range| asked_for(range, size)) {
        Asked::Whole => (StatusCode::OK, 0..size),
        Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Asked::Beyond => {
            let nothing = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers(about), headers(nothing)).into_response());
        }
    };
    let length = range.end - range.start;
    opened.part(range.start, length).await.map_err(failed)?;
    let body = stream::try_unfold(opened, async |mut opened| {
        Ok::<_, std::io::Error>(opened.next(CHUNK).await?.map(|bytes| (bytes, opened)))
    });
    let mut answer = (status, headers(about), Body::from_stream(body)).into_response();
    answer.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    if status == StatusCode::PARTIAL_CONTENT {
        let place = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        answer.headers_mut().extend(headers([(header::CONTENT_RANGE, place)]));
    }
    Ok(answer)
}

fn headers<const N: usize>(all: [(HeaderName, String); N]) -> HeaderMap {
    all.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?))).collect()
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    Beyond,
}

/// What the header `Range` asks for. Several parts at once, and what cannot be read, get the whole.
fn asked_for(range: &str, size: u64) -> Asked {
    let Some((from, to)) = range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Asked::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let part = match (number(from), number(to)) {
        (Some(from), Some(to)) if from <= to => from..to.saturating_add(1).min(size),
        (Some(from), None) if to.trim().is_empty() => from..size,
        (None, Some(last)) if from.trim().is_empty() => size.saturating_sub(last)..size,
        _ => return Asked::Whole,
    };
    if part.start < part.end { Asked::Part(part) } else { Asked::Beyond }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_is_read_and_everything_else_is_the_whole() {
        for (range, expected) in [
            ("bytes=2-4", Asked::Part(2..5)),
            ("bytes=0-", Asked::Part(0..10)),
            ("bytes=9-9", Asked::Part(9..10)),
            ("bytes=3-99", Asked::Part(3..10)),
            ("bytes=-4", Asked::Part(6..10)),
            ("bytes=-99", Asked::Part(0..10)),
            ("bytes=10-", Asked::Beyond),
            ("bytes=20-30", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=4-2", Asked::Whole),
            ("bytes=0-1,3-4", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("lines=0-1", Asked::Whole),
            ("bytes=0-18446744073709551615", Asked::Part(0..10)),
        ] {
            assert_eq!(asked_for(range, 10), expected, "{range}");
        }
    }
}
