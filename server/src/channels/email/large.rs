//! Mails that are larger than a source takes: what they are made of is asked for first (`BODYSTRUCTURE`), and they come without
//! the parts that are too large. What is put together of the others is a mail again, which is read like any other.

use async_imap::imap_proto::{BodyContentCommon, BodyStructure, ContentEncoding};
use mail::Letter as Read;

use super::imap::{COMMAND, Session, Step, Trouble, limited};
use super::line::ANSWER;
use super::reading::Head;
use crate::domain::mailed::LeftOut;

/// How many parts of a mail are looked at, and how deep they lie.
const PARTS: usize = 200;
const DEPTH: usize = 20;
/// What the headers of a mail, or of a part of one, may have.
const HEADER: usize = 1024 * 1024;

/// A part of a mail, or what several are put together in.
#[derive(Debug)]
pub(super) enum Part {
    /// One that has bytes of its own.
    Leaf(Leaf),
    /// Several: what kind of a whole they are, and these.
    Whole(String, Vec<Part>),
}

/// A part with bytes of its own.
#[derive(Debug)]
pub(super) struct Leaf {
    /// Where it stands, as the server counts.
    place: String,
    /// How many bytes it has as it is sent.
    octets: usize,
    /// It is sent as base64, which has more bytes than the file.
    base64: bool,
    /// It is read, and not a file.
    text: bool,
    /// It is fetched.
    taken: bool,
}

impl Part {
    /// What a server says of a mail; none of one of which nothing can be made.
    pub(super) fn read(told: &BodyStructure<'_>) -> Option<Self> {
        let mut room = PARTS;
        let read = match told {
            // The one part of a mail that has no others is its first.
            BodyStructure::Multipart { .. } => part(told, String::new(), 0, &mut room),
            _ => part(told, "1".into(), 0, &mut room),
        };
        read.filter(|_| room > 0)
    }

    fn leaves<'a>(&'a mut self, all: &mut Vec<&'a mut Leaf>) {
        match self {
            Self::Leaf(leaf) => all.push(leaf),
            Self::Whole(_, parts) => parts.iter_mut().for_each(|part| part.leaves(all)),
        }
    }

    /// Says which parts are fetched, so that they have no more bytes than this: texts first, then the smaller ones.
    fn choose(&mut self, most: usize) {
        let mut all = Vec::new();
        self.leaves(&mut all);
        all.sort_by_key(|leaf| (!leaf.text, leaf.octets));
        let mut room = most;
        for leaf in all {
            if leaf.octets <= room {
                (leaf.taken, room) = (true, room - leaf.octets);
            }
        }
    }
}

fn part(told: &BodyStructure<'_>, place: String, depth: usize, room: &mut usize) -> Option<Part> {
    *room = room.checked_sub(1)?;
    let leaf = |common: &BodyContentCommon<'_>, octets: u32, encoding: &ContentEncoding<'_>, text: bool| {
        let attached = common.disposition.as_ref().is_some_and(|one| one.ty.eq_ignore_ascii_case("attachment"));
        let octets = usize::try_from(octets).unwrap_or(usize::MAX);
        let base64 = matches!(encoding, ContentEncoding::Base64);
        Some(Part::Leaf(Leaf { place: place.clone(), octets, base64, text: text && !attached, taken: false }))
    };
    match told {
        BodyStructure::Text { common, other, .. } => leaf(common, other.octets, &other.transfer_encoding, true),
        BodyStructure::Basic { common, other, .. } | BodyStructure::Message { common, other, .. } => {
            leaf(common, other.octets, &other.transfer_encoding, false)
        }
        BodyStructure::Multipart { common, bodies, .. } if depth < DEPTH => {
            let below = |n: usize| if place.is_empty() { n.to_string() } else { format!("{place}.{n}") };
            let parts = (1..).zip(bodies).map(|(n, body)| part(body, below(n), depth + 1, room));
            let kind = common.ty.subtype.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
            Some(Part::Whole(kind.to_lowercase(), parts.collect::<Option<_>>()?))
        }
        BodyStructure::Multipart { .. } => None,
    }
}

/// A mail as far as it was fetched.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) bytes: Vec<u8>,
    /// The parts that were not.
    pub(super) left_out: Vec<LeftOut>,
    /// Only its beginning was.
    pub(super) cut: bool,
}

impl Session {
    /// A mail; of one that is larger than this what is not too large, or its beginning. None when it is gone.
    pub(super) async fn given(&mut self, head: Head, most: usize, reduces: bool) -> Result<Option<Given>, Trouble> {
        if head.size > most
            && reduces
            && let Some((bytes, left_out)) = self.reduced(head, most).await?
        {
            return Ok(Some(Given { bytes, left_out, cut: false }));
        }
        let bytes = self.mail(head, most).await?;
        Ok(bytes.map(|bytes| Given { bytes, left_out: Vec::new(), cut: head.size > most }))
    }

    /// What a mail is made of.
    async fn structure(&mut self, uid: u32) -> Result<Option<Part>, Trouble> {
        self.allow(ANSWER);
        limited(Step::Mail, COMMAND, self.made_of(uid)).await
    }

    /// The bytes of a mail without the parts that are too large, and what these are; none when it is gone, or of one of which
    /// its server says nothing that helps.
    async fn reduced(&mut self, head: Head, most: usize) -> Result<Option<(Vec<u8>, Vec<LeftOut>)>, Trouble> {
        let Some(mut whole) = self.structure(head.uid).await? else { return Ok(None) };
        let Some(header) = self.part(head.uid, "BODY.PEEK[HEADER]", HEADER).await? else { return Ok(None) };
        whole.choose(most.saturating_sub(header.len()));
        let mut made = Made { bytes: Vec::new(), left_out: Vec::new(), count: 0 };
        match &whole {
            Part::Whole(kind, parts) => {
                made.bytes = without(&header, &["content-type", "content-transfer-encoding"]);
                if !self.put_together(head.uid, kind, parts, &mut made).await? {
                    return Ok(None);
                }
            }
            // Of a text there is a beginning.
            Part::Leaf(leaf) if leaf.taken || leaf.text => return Ok(None),
            Part::Leaf(leaf) => {
                made.left_out.push(leaf.left_out(&header));
                made.bytes = without(&header, &["content-type", "content-transfer-encoding", "content-disposition"]);
                made.bytes.extend_from_slice(b"\r\n");
            }
        }
        Ok(Some((made.bytes, made.left_out)))
    }

    /// Puts parts together behind what there is; whether they are all there.
    async fn put_together(&mut self, uid: u32, kind: &str, parts: &[Part], made: &mut Made) -> Result<bool, Trouble> {
        made.count += 1;
        let border = format!("hubbub-{uid}-{}", made.count);
        made.say(&format!("Content-Type: multipart/{kind}; boundary=\"{border}\"\r\n\r\n"));
        for part in parts {
            let leaf = match part {
                Part::Leaf(leaf) => leaf,
                Part::Whole(kind, parts) => {
                    made.say(&format!("--{border}\r\n"));
                    if !Box::pin(self.put_together(uid, kind, parts, made)).await? {
                        return Ok(false);
                    }
                    continue;
                }
            };
            let header = self.part(uid, &format!("BODY.PEEK[{}.MIME]", leaf.place), HEADER).await?;
            let Some(header) = header else { return Ok(false) };
            if !leaf.taken {
                made.left_out.push(leaf.left_out(&header));
                continue;
            }
            let bytes = self.pieces(uid, &leaf.place, leaf.octets).await?;
            let Some(bytes) = bytes else { return Ok(false) };
            made.say(&format!("--{border}\r\n"));
            made.bytes.extend_from_slice(&without(&header, &[]));
            made.say("\r\n");
            made.bytes.extend_from_slice(&bytes);
            made.say("\r\n");
        }
        made.say(&format!("--{border}--\r\n"));
        Ok(true)
    }
}

/// A mail on its way to be put together.
struct Made {
    bytes: Vec<u8>,
    left_out: Vec<LeftOut>,
    /// How many wholes there are in it.
    count: usize,
}

impl Made {
    fn say(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

impl Leaf {
    /// What people are told of a part that was not fetched, by its headers.
    fn left_out(&self, header: &[u8]) -> LeftOut {
        let mut stub = without(header, &["content-transfer-encoding", "content-disposition"]);
        let told = fields(header).find(|field| is_named(field, "content-disposition"));
        // With a word in it, and as a file, it is read as one.
        let told = told.map(|field| String::from_utf8_lossy(field).into_owned()).unwrap_or_default();
        let rest = told.split_once(';').map(|(_, rest)| rest.trim_end()).unwrap_or_default();
        stub.extend_from_slice(format!("Content-Disposition: attachment; {rest}\r\n\r\nx\r\n").as_bytes());
        let name = Read::read(&stub, None).files.into_iter().next().map(|file| file.name);
        // Lines of 76 letters and their ends stand for 57 bytes.
        let size = if self.base64 { self.octets / 78 * 57 + self.octets % 78 * 3 / 4 } else { self.octets };
        LeftOut { name: name.unwrap_or_default(), size: i64::try_from(size).unwrap_or(i64::MAX) }
    }
}

/// The fields of a header, each with its further lines.
fn fields(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = header;
    std::iter::from_fn(move || {
        let mut end = 0;
        while let Some(at) = rest[end..].iter().position(|byte| *byte == b'\n') {
            end += at + 1;
            if !matches!(rest.get(end), Some(b' ' | b'\t')) {
                break;
            }
        }
        let end = if end == 0 { rest.len() } else { end };
        let (field, other) = rest.split_at(end);
        rest = other;
        Some(field).filter(|field| !field.iter().all(u8::is_ascii_whitespace))
    })
}

fn is_named(field: &[u8], name: &str) -> bool {
    field.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name.as_bytes()))
        && field[name.len()..].trim_ascii_start().starts_with(b":")
}

/// A header without its end and some fields.
fn without(header: &[u8], names: &[&str]) -> Vec<u8> {
    let stays = |field: &&[u8]| !names.iter().any(|name| is_named(field, name));
    let mut kept = Vec::with_capacity(header.len());
    for field in fields(header).filter(stays) {
        kept.extend_from_slice(field.trim_ascii_end());
        kept.extend_from_slice(b"\r\n");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(place: &str, octets: usize, text: bool) -> Part {
        Part::Leaf(Leaf { place: place.into(), octets, base64: true, text, taken: false })
    }

    #[test]
    fn texts_and_small_parts_are_taken_first() {
        let inner = Part::Whole("alternative".into(), vec![leaf("1.1", 40, true), leaf("1.2", 60, true)]);
        let mut whole = Part::Whole("mixed".into(), vec![inner, leaf("2", 900, false), leaf("3", 300, false)]);
        whole.choose(500);
        let mut all = Vec::new();
        whole.leaves(&mut all);
        let taken: Vec<(&str, bool)> = all.iter().map(|leaf| (leaf.place.as_str(), leaf.taken)).collect();
        assert_eq!(taken, [("1.1", true), ("1.2", true), ("2", false), ("3", true)]);
    }

    #[test]
    fn a_header_loses_whole_fields() {
        let header = b"Subject: a\r\n b\r\nContent-Type: text/plain;\r\n\tcharset=utf-8\r\nX: y\r\n\r\n";
        assert_eq!(without(header, &["content-type"]), b"Subject: a\r\n b\r\nX: y\r\n");
        assert_eq!(without(b"", &[]), b"");
    }

    #[test]
    fn a_part_is_told_of_by_its_name_and_about_its_size() {
        let one = Leaf { place: "2".into(), octets: 78 * 1000, base64: true, text: false, taken: false };
        let told = one.left_out(
            b"Content-Type: video/mp4\r\nContent-Disposition: inline;\r\n filename*=utf-8''%C3%A9t%C3%A9.mp4\r\n\r\n",
        );
        assert_eq!(told, LeftOut { name: "été.mp4".into(), size: 57_000 });
        let bare = one.left_out(b"Content-Type: video/mp4; name=\"a b.mp4\"\r\n\r\n");
        assert_eq!(bare.name, "a b.mp4");
    }
}
