//! The text of a content: how long it may be, and what is kept of one that is written in HTML.

use model::BodyFormat;

/// Longest body in characters (`docs/sdks/source-sdk/objects.md`).
pub const BODY_MAX: usize = 20_000;
/// Longest body of a mail.
pub const MAIL_BODY_MAX: usize = 262_144;

/// The text of what is written so, and its HTML, made safe, where it is that.
pub(crate) fn read(body: &str, format: BodyFormat) -> (String, Option<String>) {
    match format {
        BodyFormat::Text => (body.to_owned(), None),
        BodyFormat::Html => (richtext::text_of(body), Some(richtext::sanitize(body))),
    }
}
