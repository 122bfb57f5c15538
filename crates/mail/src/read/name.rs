//! What a file of a mail is called.

use super::header::{Hint, Value, one_line};
use super::part::Part;

/// The longest name, in characters.
const NAME_MAX: usize = 200;
/// Ends of names by types.
const ENDS: [(&str, &str); 32] = [
    ("application/pdf", "pdf"),
    ("application/zip", "zip"),
    ("application/json", "json"),
    ("application/msword", "doc"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-powerpoint", "ppt"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    ("application/rtf", "rtf"),
    ("application/ics", "ics"),
    ("application/ms-tnef", "dat"),
    ("application/pkcs7-mime", "p7m"),
    ("application/x-pkcs7-mime", "p7m"),
    ("application/pkcs7-signature", "p7s"),
    ("application/x-pkcs7-signature", "p7s"),
    ("application/pgp-signature", "asc"),
    ("application/pgp-encrypted", "asc"),
    ("audio/mpeg", "mp3"),
    ("image/jpeg", "jpg"),
    ("image/svg+xml", "svg"),
    ("image/tiff", "tif"),
    ("message/delivery-status", "txt"),
    ("message/disposition-notification", "txt"),
    ("message/feedback-report", "txt"),
    ("message/rfc822", "eml"),
    ("text/calendar", "ics"),
    ("text/html", "html"),
    ("text/plain", "txt"),
    ("text/rfc822-headers", "txt"),
    ("text/vcard", "vcf"),
    ("video/quicktime", "mov"),
];

/// The name that a part gives itself, fit to be kept; none when there is none.
pub(crate) fn of(part: &Part<'_>, hint: Hint<'_>) -> Option<String> {
    let disposition = Value::read(part.headers.first("Content-Disposition").unwrap_or_default());
    let given = disposition.text("filename", hint).or_else(|| part.value.text("name", hint))?;
    clean(&given)
}

/// A name that somebody gave, without folders, controls and what turns its direction.
pub(crate) fn clean(given: &str) -> Option<String> {
    let given = text::without_direction(&one_line(given));
    let name = given.rsplit(['/', '\\']).find(|part| !part.trim_matches(['.', ' ']).is_empty())?;
    let name = name.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    let odd = |c: char| matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let name: String = name.chars().map(|c| if odd(c) { '_' } else { c }).collect();
    (!name.is_empty()).then(|| cut(&name))
}

/// A name that is not too long, with its end.
fn cut(name: &str) -> String {
    if name.chars().count() <= NAME_MAX {
        return name.to_owned();
    }
    let end = name.rsplit_once('.').map(|(_, end)| end).filter(|end| (1..=10).contains(&end.chars().count()));
    match end {
        Some(end) => format!("{}.{end}", text::beginning(name, NAME_MAX - 1 - end.chars().count())),
        None => text::beginning(name, NAME_MAX).to_owned(),
    }
}

/// The name of a file that has none: its number, and an end by its type.
pub(crate) fn by_type(number: usize, kind: &str) -> String {
    let known = ENDS.iter().find(|(known, _)| *known == kind).map(|(_, end)| *end);
    let sub = kind.split_once('/').map(|(_, sub)| sub.trim_start_matches("x-"));
    let short = sub.filter(|sub| (1..=5).contains(&sub.len()) && sub.bytes().all(|b| b.is_ascii_alphanumeric()));
    format!("file-{number}.{}", known.or(short).unwrap_or("bin"))
}

/// The type of a part, as files have it.
pub(crate) fn kind_of(part: &Part<'_>) -> String {
    let kind = part.kind();
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'+' | b'_');
    match kind.len() <= 100 && kind.bytes().all(fits) && kind.matches('/').count() == 1 {
        true => kind.to_owned(),
        false => "application/octet-stream".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fit_to_be_kept() {
        for (given, expected) in [
            ("a.txt", Some("a.txt")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\dir\\a.txt", Some("a.txt")),
            ("..", None),
            ("dir/", Some("dir")),
            ("", None),
            (" .hidden ", Some("hidden")),
            ("a\r\nb\u{0}.txt", Some("a b .txt")),
            ("gpj.\u{202e}exe", Some("gpj.exe")),
            ("a<b>:c.txt", Some("a_b__c.txt")),
        ] {
            assert_eq!(clean(given).as_deref(), expected, "{given:?}");
        }
        let long = clean(&format!("{}.pdf", "é".repeat(300))).expect("a name");
        assert!(long.chars().count() == 200 && long.ends_with("é.pdf"), "{long}");
        assert_eq!(by_type(2, "image/png"), "file-2.png");
        assert_eq!(by_type(1, "application/octet-stream"), "file-1.bin");
    }
}
