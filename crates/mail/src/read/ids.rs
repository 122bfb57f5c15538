//! What mails are called and refer to.

/// The longest `Message-ID` that is kept, in bytes, and how many are read of a header.
const ID_MAX: usize = 2000;
const IDS_MAX: usize = 1000;

/// The one `Message-ID` of a header: without its angles, and without the blanks that come of folding.
pub(crate) fn one(value: &[u8]) -> Option<String> {
    all(value).into_iter().next().or_else(|| tidy(value))
}

/// Those that a header refers to: what stands in angles, or else words that look like one. What is around them is said to
/// people.
pub(crate) fn all(value: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = value;
    while found.len() < IDS_MAX
        && let Some(open) = memchr::memchr(b'<', rest)
    {
        rest = &rest[open + 1..];
        let Some(close) = memchr::memchr(b'>', rest) else { break };
        found.extend(tidy(&rest[..close]));
        rest = &rest[close + 1..];
    }
    if found.is_empty() {
        let words = value.split(u8::is_ascii_whitespace).filter(|word| word.contains(&b'@')).take(IDS_MAX);
        found.extend(words.filter_map(tidy));
    }
    found
}

fn tidy(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let odd = |c: char| c.is_whitespace() || c.is_control();
    let text: String = text.chars().filter(|c| !odd(*c)).collect();
    let text = text.trim_matches(['<', '>']);
    (!text.is_empty()).then(|| text[..text.floor_char_boundary(ID_MAX)].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_in_every_form() {
        for (value, expected) in [
            (" <a@b>\r\n", Some("a@b")),
            ("a@b", Some("a@b")),
            ("< a\r\n b@c >", Some("ab@c")),
            ("<>", None),
            ("  ", None),
            ("no at", Some("noat")),
            ("<a@b", Some("a@b")),
        ] {
            assert_eq!(one(value.as_bytes()).as_deref(), expected, "{value:?}");
        }
        assert_eq!(all(b"Your mail of Monday <a@b> (x@y) <c@d>,<e>"), ["a@b", "c@d", "e"]);
        assert_eq!(all(b"a@b c@d"), ["a@b", "c@d"]);
    }
}
