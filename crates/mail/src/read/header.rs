//! The head of a mail or of one of its parts: lines with names, in whatever state they came.

use super::charset;
use super::transfer;
use super::work::looked_at;

/// How many headers of a head are read, and how many bytes of each.
pub(crate) const HEADERS_MAX: usize = 1000;
const HEADER_MAX: usize = 64 * 1024;

/// One header: its name as it came, and its value with the ends of its lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a [u8],
}

/// A head.
#[derive(Debug, Default)]
pub(crate) struct Headers<'a> {
    all: Vec<Header<'a>>,
    /// There were more, or longer ones, than are read.
    pub(crate) cut: bool,
}

/// How raw bytes in a head are read that are not UTF-8.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hint<'a> {
    pub(crate) charset: Option<&'a str>,
    pub(crate) domain: Option<&'a str>,
}

impl<'a> Headers<'a> {
    /// Reads a head; gives it with where what is behind it begins. It ends at an empty line, or where a line is none of a
    /// head and the next one neither.
    pub(crate) fn read(bytes: &'a [u8]) -> (Self, usize) {
        let mut headers = Self::default();
        let mut at = 0;
        while at < bytes.len() {
            let line = line_at(bytes, at);
            let bare = line.trim_ascii_end();
            if bare.is_empty() {
                return (headers, at + line.len());
            }
            let Some(name) = name_of(line) else {
                // The line that mailboxes begin with, or one that somebody broke.
                let next = line_at(bytes, at + line.len());
                let within = name_of(next).is_some() || at > 0 && is_continued(line);
                if within && !line.starts_with(b"--") {
                    at += line.len();
                    continue;
                }
                return (headers, at);
            };
            let mut end = at + line.len();
            while end < bytes.len() && is_continued(line_at(bytes, end)) {
                end += line_at(bytes, end).len();
            }
            headers.add(name, &bytes[at..end]);
            at = end;
        }
        (headers, bytes.len())
    }

    fn add(&mut self, name: &'a str, whole: &'a [u8]) {
        if self.all.len() == HEADERS_MAX {
            self.cut = true;
            return;
        }
        let value = whole.get(memchr::memchr(b':', whole).unwrap_or(0) + 1..).unwrap_or_default();
        self.cut |= value.len() > HEADER_MAX;
        self.all.push(Header { name, value: &value[..value.len().min(HEADER_MAX)] });
    }

    /// All of them, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Header<'a>> {
        self.all.iter()
    }

    /// The values of those of a name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.all.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    }

    /// The value of the first of a name.
    pub(crate) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The first of a name as a word in lower case, without what is behind a semicolon or in brackets.
    pub(crate) fn word(&self, name: &str) -> Option<String> {
        let value = String::from_utf8_lossy(self.first(name)?).into_owned();
        let word = value.split([';', '(']).next().unwrap_or_default().trim().to_ascii_lowercase();
        (!word.is_empty()).then_some(word)
    }

    /// The first of a name as text.
    pub(crate) fn text(&self, name: &str, hint: Hint<'_>) -> Option<String> {
        self.first(name).map(|value| text(value, hint))
    }
}

fn line_at(bytes: &[u8], at: usize) -> &[u8] {
    let rest = bytes.get(at..).unwrap_or_default();
    let line = &rest[..memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)];
    looked_at(line.len());
    line
}

fn is_continued(line: &[u8]) -> bool {
    line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) && !line.trim_ascii().is_empty()
}

/// The name before the colon of a header's line.
fn name_of(line: &[u8]) -> Option<&str> {
    // A boundary may have a colon.
    let name = &line[..memchr::memchr(b':', &line[..line.len().min(200)]).filter(|_| !line.starts_with(b"--"))?];
    let name = name.trim_ascii_end();
    let fits = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(name).ok().filter(|_| fits)
}

/// A header's value as text: one line, encoded words read, without controls.
pub(crate) fn text(value: &[u8], hint: Hint<'_>) -> String {
    one_line(&words(value, hint))
}

/// A text without controls, each stretch of blanks and ends of lines being one blank.
pub(crate) fn one_line(text: &str) -> String {
    let parted = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.split(parted).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Reads encoded words (RFC 2047). The bytes of neighbours in one charset are put together before they are read, since
/// some programs cut within a character.
fn words(value: &[u8], hint: Hint<'_>) -> String {
    let mut out = String::with_capacity(value.len());
    let mut held: Option<(String, Vec<u8>)> = None;
    let (mut at, mut looked) = (0, 0);
    while let Some(begin) = memchr::memmem::find(&value[looked..], b"=?").map(|found| looked + found) {
        looked_at(begin - looked);
        let word = match word_at(&value[begin..]) {
            Found::Word(word) => word,
            Found::Other => {
                looked = begin + 2;
                continue;
            }
            Found::Endless => break,
        };
        let gap = &value[at..begin];
        let joined = gap.trim_ascii().is_empty() && held.is_some();
        if !joined || held.as_ref().is_some_and(|(label, _)| *label != word.label) {
            flush(&mut out, &mut held, hint);
        }
        if !joined {
            out.push_str(&raw(gap, hint));
        }
        held.get_or_insert_with(|| (word.label, Vec::new())).1.extend(word.bytes);
        at = begin + word.length;
        looked = at;
    }
    flush(&mut out, &mut held, hint);
    out.push_str(&raw(&value[at..], hint));
    out
}

fn flush(out: &mut String, held: &mut Option<(String, Vec<u8>)>, hint: Hint<'_>) {
    if let Some((label, bytes)) = held.take() {
        out.push_str(&charset::decode(&bytes, Some(&label), hint.domain));
    }
}

fn raw(bytes: &[u8], hint: Hint<'_>) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => charset::decode(bytes, hint.charset.filter(|label| !is_utf8(label)), hint.domain),
    }
}

fn is_utf8(label: &str) -> bool {
    label.eq_ignore_ascii_case("utf-8") || label.eq_ignore_ascii_case("utf8")
}

struct Word {
    label: String,
    bytes: Vec<u8>,
    length: usize,
}

enum Found {
    Word(Word),
    Other,
    /// No word ends from here on.
    Endless,
}

/// The encoded word at the beginning of some bytes: `=?charset*language?B or Q?…?=`.
fn word_at(bytes: &[u8]) -> Found {
    let mut parts = bytes[2..bytes.len().min(80)].splitn(3, |b| *b == b'?');
    let (Some(label), Some([way]), Some(_)) = (parts.next(), parts.next(), parts.next()) else { return Found::Other };
    let label = label.split(|b| *b == b'*').next().unwrap_or_default();
    if label.is_empty() || !label.iter().all(u8::is_ascii_graphic) {
        return Found::Other;
    }
    let read: fn(&[u8]) -> Vec<u8> = match way {
        b'B' | b'b' => transfer::base64,
        b'Q' | b'q' => transfer::q,
        _ => return Found::Other,
    };
    let label = String::from_utf8_lossy(label).to_ascii_lowercase();
    let begin = bytes[2..].iter().enumerate().filter(|(_, b)| **b == b'?').nth(1).map_or(0, |(at, _)| at + 3);
    let end = memchr::memmem::find(&bytes[begin..], b"?=");
    looked_at(end.unwrap_or(bytes.len() - begin));
    let Some(length) = end else { return Found::Endless };
    Found::Word(Word { label, bytes: read(&bytes[begin..begin + length]), length: begin + length + 2 })
}

/// A value with parameters, such as `text/plain; charset=utf-8`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Value {
    /// What stands before the parameters, in lower case.
    pub(crate) main: String,
    params: Vec<(String, Vec<u8>)>,
}

impl Value {
    pub(crate) fn read(value: &[u8]) -> Self {
        let mut pieces = pieces(value).into_iter();
        let main = pieces.next().unwrap_or_default();
        let main = String::from_utf8_lossy(&main).trim().to_ascii_lowercase();
        let params = pieces.filter_map(|piece| {
            let at = memchr::memchr(b'=', &piece)?;
            let name = String::from_utf8_lossy(piece[..at].trim_ascii()).to_ascii_lowercase();
            Some((name, piece[at + 1..].trim_ascii_start().to_vec()))
        });
        Self { main, params: params.take(200).collect() }
    }

    /// The first parameter of a name, as it stands.
    pub(crate) fn plain(&self, name: &str) -> Option<String> {
        let found = self.params.iter().find(|(known, _)| known == name)?;
        Some(String::from_utf8_lossy(&found.1).into_owned())
    }

    /// A parameter as text: in its parts and charset (RFC 2231) where it has them, else with encoded words.
    pub(crate) fn text(&self, name: &str, hint: Hint<'_>) -> Option<String> {
        if let Some(text) = self.extended(name, hint) {
            return Some(text);
        }
        let found = self.params.iter().find(|(known, _)| known == name)?;
        Some(words(&found.1, hint))
    }

    fn extended(&self, name: &str, hint: Hint<'_>) -> Option<String> {
        let mut parts: Vec<(usize, bool, &[u8])> = Vec::new();
        for (known, value) in &self.params {
            let Some(rest) = known.strip_prefix(name).and_then(|rest| rest.strip_prefix('*')) else { continue };
            let (number, coded) = match rest.strip_suffix('*') {
                Some(number) => (number, true),
                None => (rest, rest.is_empty()),
            };
            let number = if number.is_empty() { Some(0) } else { number.parse().ok() };
            parts.extend(number.map(|number| (number, coded, value.as_slice())));
        }
        parts.sort_by_key(|(number, ..)| *number);
        let (mut label, mut bytes) = (None, Vec::new());
        for (n, (_, coded, value)) in parts.iter().enumerate() {
            let mut value = *value;
            if n == 0 && *coded {
                let mut split = value.splitn(3, |b| *b == b'\'');
                if let (Some(charset), Some(_), Some(rest)) = (split.next(), split.next(), split.next()) {
                    (label, value) = (Some(String::from_utf8_lossy(charset).into_owned()), rest);
                }
            }
            match coded {
                true => bytes.extend(percent_encoding::percent_decode(value)),
                false => bytes.extend_from_slice(value),
            }
        }
        if parts.is_empty() {
            return None;
        }
        // Some write encoded words even here.
        let has_words = label.is_none() && bytes.starts_with(b"=?");
        Some(if has_words { words(&bytes, hint) } else { charset::decode(&bytes, label.as_deref(), hint.domain) })
    }
}

/// A value cut at its semicolons, without quotes and comments.
fn pieces(value: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    let (mut quoted, mut depth, mut at) = (false, 0_usize, 0);
    // What was in quotes keeps the blanks at its end.
    let mut kept = 0;
    while let Some(&byte) = value.get(at) {
        at += 1;
        let next = value.get(at).copied();
        let last = pieces.last_mut();
        match byte {
            b'\r' | b'\n' => {}
            // Within quotes a backslash guards a quote or another one. Names of files have them as they are.
            b'\\' if quoted && matches!(next, Some(b'"' | b'\\')) => {
                if let (Some(piece), Some(next)) = (last, next) {
                    piece.push(next);
                }
                at += 1;
            }
            b'"' if depth == 0 => {
                quoted = !quoted;
                kept = last.map_or(0, |piece| piece.len());
            }
            b'(' if !quoted && last.as_ref().is_some_and(|piece| !piece.contains(&b'=')) => depth += 1,
            b')' if !quoted && depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            b';' if !quoted => {
                last.into_iter().for_each(|piece| trim_end(piece, kept));
                kept = 0;
                pieces.push(Vec::new());
            }
            byte => last.into_iter().for_each(|piece| piece.push(byte)),
        }
    }
    pieces.last_mut().into_iter().for_each(|piece| trim_end(piece, kept));
    pieces
}

fn trim_end(piece: &mut Vec<u8>, kept: usize) {
    piece.truncate(piece.trim_ascii_end().len().max(kept));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> String {
        text(value.as_bytes(), Hint::default())
    }

    #[test]
    fn encoded_words_are_read_however_they_were_cut() {
        for (value, expected) in [
            ("=?utf-8?B?w6k=?=", "é"),
            ("=?utf-8?B?ww==?= =?utf-8?B?qQ==?=", "é"),
            ("=?utf-8?Q?=C3?=\r\n =?UTF-8?Q?=A9?= x", "é x"),
            ("=?utf-8?q?a_b c?==?iso-8859-1?q?=E9?=", "a b cé"),
            ("a =?utf-8?b?w6k?= b", "a é b"),
            ("=?x-nothing?q?caf=C3=A9?=", "café"),
            ("=?utf-8*fr?q?caf=C3=A9?=", "café"),
            ("=?utf-8?q?never ends", "=?utf-8?q?never ends"),
            ("1 =? 2 =?= 3", "1 =? 2 =?= 3"),
            ("a\r\n\tb\u{0}\u{7}c", "a b c"),
            ("=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
        ] {
            assert_eq!(read(value), expected, "{value}");
        }
        assert_eq!(text(b"caf\xe9", Hint { charset: Some("windows-1252"), domain: None }), "café");
    }

    #[test]
    fn parameters_are_read_in_every_form() {
        let file = |value: &str| Value::read(value.as_bytes()).text("filename", Hint::default());
        for (value, expected) in [
            ("attachment; filename=a.txt", "a.txt"),
            ("attachment; filename=\"a; b\\\"c.txt\"", "a; b\"c.txt"),
            ("attachment; filename*=utf-8'fr'caf%C3%A9.txt; filename=x", "café.txt"),
            ("attachment; filename*0=\"long \"; filename*1=name.txt", "long name.txt"),
            ("attachment; filename*1*=%A9.txt; filename*0*=utf-8''caf%C3", "café.txt"),
            ("attachment; filename=\"=?utf-8?Q?caf=C3=A9.txt?=\"", "café.txt"),
            ("attachment; filename=\"C:\\dir\\a.txt\"", "C:\\dir\\a.txt"),
            ("attachment; filename=a b.txt", "a b.txt"),
        ] {
            assert_eq!(file(value).as_deref(), Some(expected), "{value}");
        }
        let two = Value::read(b"Text/Plain (a; comment); charset=utf-8; charset=x");
        assert_eq!((two.main.as_str(), two.plain("charset").as_deref()), ("text/plain", Some("utf-8")));
    }

    #[test]
    fn a_head_ends_where_it_ends() {
        for (bytes, names, rest) in [
            ("From a@b Mon\nA: 1\nB: 2\n  3\n\nbody", vec!["A", "B"], "body"),
            ("A: 1\nno header at all\nand more", vec!["A"], "no header at all\nand more"),
            ("A: 1\nbroken\nB: 2\r\n\r\nbody", vec!["A", "B"], "body"),
            ("A: 1", vec!["A"], ""),
            ("", vec![], ""),
        ] {
            let (headers, at) = Headers::read(bytes.as_bytes());
            assert_eq!(headers.iter().map(|h| h.name).collect::<Vec<_>>(), names, "{bytes:?}");
            assert_eq!(&bytes[at..], rest);
        }
    }
}
