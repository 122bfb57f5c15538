//! Files of lines with commas (RFC 4180), as spreadsheets open them.

use axum::http::{HeaderName, HeaderValue, header};

/// What such a file comes with; `name` is how it is to be kept.
pub(crate) fn headers(name: &'static str) -> [(HeaderName, HeaderValue); 3] {
    [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ]
}

/// A line.
pub(crate) fn line<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|text| cell(text.as_ref())).collect();
    format!("{}\r\n", cells.join(","))
}

/// A text as it stands in such a file. What a spreadsheet would take for a formula is marked as a text.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    let text = format!("{guard}{text}");
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn what_is_no_plain_text_is_marked() {
        for (text, expected) in [
            ("Ann", "Ann"),
            ("Lee, Ann", "\"Lee, Ann\""),
            ("the \"first\"", "\"the \"\"first\"\"\""),
            ("=1+1", "'=1+1"),
            ("@a,b", "\"'@a,b\""),
            ("a\nb", "\"a\nb\""),
        ] {
            assert_eq!(line([text, "x"]), format!("{expected},x\r\n"));
        }
    }
}
