//! The parts of a mail: which stands in which, and where the bytes of each are. One walk over the lines.
//!
//! A boundary counts for the innermost part that has it; one of an outer part ends all within. What never ends, ends with
//! the mail. `message/rfc822` is one part, and is not looked into.

use super::header::{Headers, Value};
use super::work::looked_at;

/// How deep parts stand in each other, and how many there are.
pub(crate) const DEPTH_MAX: usize = 50;
pub(crate) const PARTS_MAX: usize = 1000;
/// How many bytes of a boundary count.
const BOUNDARY_MAX: usize = 250;

/// A part: a leaf with its bytes, or one that holds others.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    pub(crate) headers: Headers<'a>,
    pub(crate) value: Value,
    /// The bytes behind its head, as they came; of one that holds others, those as well.
    pub(crate) body: &'a [u8],
    /// The parts within, by their places.
    pub(crate) children: Vec<usize>,
    depth: usize,
    /// It is within a digest, where parts are mails unless they say something else.
    in_digest: bool,
}

/// A mail's parts; the first is the mail itself.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) all: Vec<Part<'a>>,
    /// There were more, or deeper ones, than are read.
    pub(crate) cut: bool,
}

/// A part that holds others and has not ended.
struct Open {
    part: usize,
    boundary: Vec<u8>,
    /// Where its bytes begin.
    from: usize,
}

impl Part<'_> {
    /// Its type, such as `text/plain`.
    pub(crate) fn kind(&self) -> &str {
        match self.value.main.split_once('/') {
            Some((main, sub)) if !main.is_empty() && !sub.is_empty() => &self.value.main,
            _ if self.in_digest => "message/rfc822",
            _ => "text/plain",
        }
    }

    fn is_multipart(&self) -> bool {
        self.value.main.starts_with("multipart/")
    }
}

impl<'a> Parts<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Self {
        let mut parts = Self { all: Vec::new(), cut: false };
        let mut open: Vec<Open> = Vec::new();
        // The leaf whose bytes are being passed over, and where they begin.
        let mut leaf = parts.begin(bytes, 0, &mut open);
        let mut at = leaf.1;
        while at < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end + 1);
            looked_at(end - at);
            if let Some((level, last)) = boundary(&bytes[at..end], &open) {
                parts.end(bytes, leaf, at);
                let holder = open[level].part;
                for closed in &open[level + usize::from(!last)..] {
                    parts.end(bytes, (Some(closed.part), closed.from), at);
                }
                open.truncate(if last { level } else { level + 1 });
                leaf = (None, end);
                if !last {
                    leaf = parts.child(bytes, end, holder, &mut open);
                }
                at = leaf.1;
            } else {
                at = end;
            }
        }
        parts.end(bytes, leaf, bytes.len());
        open.iter().for_each(|open| parts.end(bytes, (Some(open.part), open.from), bytes.len()));
        parts
    }

    /// Begins a part at its head. Gives it, when it is a leaf, and where its bytes begin.
    fn begin(&mut self, bytes: &'a [u8], at: usize, open: &mut Vec<Open>) -> (Option<usize>, usize) {
        let (headers, length) = Headers::read(&bytes[at..]);
        self.add(Part::of(headers, 0, false), bytes, at + length, open)
    }

    fn child(&mut self, bytes: &'a [u8], at: usize, holder: usize, open: &mut Vec<Open>) -> (Option<usize>, usize) {
        if self.all.len() == PARTS_MAX {
            self.cut = true;
            return (None, at);
        }
        // A head that has no end is no reason to read a boundary as a part of it.
        let (headers, length) = Headers::read(&bytes[at..]);
        let in_digest = self.all[holder].value.main == "multipart/digest";
        let part = Part::of(headers, self.all[holder].depth + 1, in_digest);
        let place = self.all.len();
        self.all[holder].children.push(place);
        self.add(part, bytes, at + length, open)
    }

    fn add(&mut self, part: Part<'a>, bytes: &'a [u8], at: usize, open: &mut Vec<Open>) -> (Option<usize>, usize) {
        let place = self.all.len();
        let boundary = part.is_multipart().then(|| part.boundary(&bytes[at..])).flatten();
        let deep = part.depth >= DEPTH_MAX;
        self.all.push(part);
        match boundary {
            Some(_) if deep => self.cut = true,
            Some(boundary) => {
                open.push(Open { part: place, boundary, from: at });
                return (None, at);
            }
            None => {}
        }
        (Some(place), at)
    }

    /// Ends a part where a boundary begins: the end of the line before belongs to the boundary.
    fn end(&mut self, bytes: &'a [u8], (part, from): (Option<usize>, usize), to: usize) {
        let Some(part) = part else { return };
        let mut body = &bytes[from.min(to)..to];
        if to < bytes.len() {
            body = body.strip_suffix(b"\n").unwrap_or(body);
            body = body.strip_suffix(b"\r").unwrap_or(body);
        }
        self.all[part].body = body;
    }
}

impl<'a> Part<'a> {
    fn of(headers: Headers<'a>, depth: usize, in_digest: bool) -> Self {
        let value = Value::read(headers.first("Content-Type").unwrap_or_default());
        Self { headers, value, body: &[], children: Vec::new(), depth, in_digest }
    }

    /// The boundary that it names. Where it names none, that of the first line which looks like one.
    fn boundary(&self, body: &[u8]) -> Option<Vec<u8>> {
        let named = self.value.plain("boundary").map(|named| named.trim_end().as_bytes().to_vec());
        named.filter(|named| !named.is_empty()).or_else(|| {
            let mut lines = body.split(|b| *b == b'\n').take(50);
            let line = lines.find_map(|line| line.strip_prefix(b"--"))?.trim_ascii_end();
            (!line.is_empty() && line.len() <= BOUNDARY_MAX).then(|| line.to_vec())
        })
    }
}

/// The part whose boundary a line is, and whether it is the last one.
fn boundary(line: &[u8], open: &[Open]) -> Option<(usize, bool)> {
    let line = line.strip_prefix(b"--")?.trim_ascii_end();
    open.iter().enumerate().rev().find_map(|(level, open)| match line.strip_prefix(open.boundary.as_slice())? {
        [] => Some((level, false)),
        b"--" => Some((level, true)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> String {
        let parts = Parts::read(text.as_bytes());
        fn told(parts: &Parts<'_>, at: usize) -> String {
            let part = &parts.all[at];
            let inner: Vec<_> = part.children.iter().map(|child| told(parts, *child)).collect();
            match inner.as_slice() {
                [] => format!("{}={:?}", part.kind(), String::from_utf8_lossy(part.body)),
                inner => format!("{}({})", part.kind(), inner.join(", ")),
            }
        }
        told(&parts, 0)
    }

    #[test]
    fn parts_end_where_they_end() {
        for (text, expected) in [
            ("A: 1\n\nhi\n", "text/plain=\"hi\\n\""),
            (
                "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\npost",
                "multipart/mixed(text/plain=\"one\", text/html=\"two\")",
            ),
            // Never closed, and another boundary that begins like it.
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--bc\n--b \n\ntwo\n",
                "multipart/mixed(text/plain=\"one\\n--bc\", text/plain=\"two\\n\")",
            ),
            // The outer one's ends the inner one.
            (
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=\"b c\"\n\n--b c\n\none\n--b\n\ntwo\n--b--\n",
                "multipart/mixed(multipart/alternative(text/plain=\"one\"), text/plain=\"two\")",
            ),
            ("Content-Type: multipart/mixed\n\n--x\n\none\n--x--\n", "multipart/mixed(text/plain=\"one\")"),
            ("Content-Type: garbage\n\none", "text/plain=\"one\""),
            (
                "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\none\n--b--\n",
                "multipart/digest(message/rfc822=\"Subject: x\\n\\none\")",
            ),
            ("Content-Type: multipart/mixed; boundary=b\n\nno part\n", "multipart/mixed=\"no part\\n\""),
        ] {
            assert_eq!(shape(text), expected);
        }
    }

    #[test]
    fn no_more_and_no_deeper_parts_are_read_than_some() {
        let many = format!("Content-Type: multipart/mixed; boundary=b\n\n{}--b--\n", "--b\n\nx\n".repeat(10_000));
        let parts = Parts::read(many.as_bytes());
        assert!(parts.all.len() == PARTS_MAX && parts.cut);
        let deep: String =
            (0..100).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
        let deep = format!("{deep}\nx");
        let parts = Parts::read(deep.as_bytes());
        assert!(parts.all.len() == DEPTH_MAX + 1 && parts.cut);
    }
}
