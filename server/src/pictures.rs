//! Takes out of pictures what cameras and programs noted in them: where and when they were taken, with what, by whom,
//! smaller copies, films that are appended. What is seen stays as it is, bit by bit: its colours' profile, and which
//! side is up.
//!
//! JPEG, PNG, WebP and HEIF (which has HEIC and AVIF) are understood, by what they begin with rather than by their
//! names. What cannot be read as such a picture is left alone.

use bytes::Bytes;
use img_parts::jpeg::{Jpeg, markers};
use img_parts::png::Png;
use img_parts::webp::WebP;
use img_parts::{ImageEXIF, riff::RiffContent};

mod heif;
mod size;

/// How many parts a picture has at the most: each costs far more memory than the few bytes that it may have, and no
/// camera writes so many.
const PARTS_MAX: usize = 20_000;

/// The same picture without what was noted in it; any other file as it is.
#[must_use]
pub fn without_notes(bytes: Bytes) -> Bytes {
    let cleaned = match bytes.as_ref() {
        [0xff, 0xd8, ..] => jpeg(&bytes),
        [0x89, b'P', b'N', b'G', ..] => png(&bytes),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(&bytes),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => heif::without_notes(&bytes),
        _ => None,
    };
    cleaned.unwrap_or(bytes)
}

/// The media type of a picture that every browser shows, by what it begins with; none for anything else.
#[must_use]
pub fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Whether a file is a picture that every browser shows, and of at most so many pixels.
#[must_use]
pub fn is_shown(bytes: &[u8], pixels: u64) -> bool {
    kind(bytes).is_some() && size::pixels(bytes).is_some_and(|has| has <= pixels)
}

fn jpeg(bytes: &Bytes) -> Option<Bytes> {
    let mut picture = Jpeg::from_bytes(bytes.slice(..jpeg_end(bytes)?)).ok()?;
    let side = side_up(picture.exif());
    picture.segments_mut().retain(|segment| match segment.marker() {
        // What is not named here says nothing of how the picture looks.
        markers::APP0 | markers::APP14 => true,
        markers::APP2 => segment.contents().starts_with(b"ICC_PROFILE\0"),
        markers::APP1..=markers::APP15 | markers::COM => false,
        _ => true,
    });
    picture.set_exif(side);
    Some(picture.encoder().bytes())
}

/// Where a JPEG ends: telephones append films and further pictures, each with notes of its own.
fn jpeg_end(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut in_scan, mut parts) = (2, false, 0);
    while parts <= PARTS_MAX {
        let rest = bytes.get(at..)?;
        let found = rest.iter().position(|byte| *byte == 0xff)?;
        if found > 0 && !in_scan {
            return None;
        }
        at += found + 1;
        match *bytes.get(at)? {
            // Fill bytes, and what is data or a mark inside of a scan.
            0xff => continue,
            0x00..=0xbf | markers::RST0..=markers::SOI => at += 1,
            markers::EOI => return Some(at + 1),
            marker => {
                let length = bytes.get(at + 1..at + 3)?;
                at += 1 + usize::from(u16::from_be_bytes([length[0], length[1]]));
                in_scan = marker == markers::SOS || (in_scan && marker == markers::DNL);
                parts += 1;
            }
        }
    }
    None
}

/// Whether a file of parts one after the other has no more than a picture may have. `part` gives the length of the part
/// that bytes begin with, as far as it is not made of parts itself.
fn has_few_parts(bytes: &[u8], head: usize, part: impl Fn(&[u8]) -> Option<usize>) -> bool {
    let rest = bytes.get(head..);
    let parts = std::iter::successors(rest, |rest| rest.get(part(rest)?..));
    parts.take(PARTS_MAX + 2).count() <= PARTS_MAX + 1
}

/// A number of four bytes at a place.
fn word(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at + 4)?.try_into().ok()
}

fn png(bytes: &Bytes) -> Option<Bytes> {
    let length = |part: &[u8]| match &word(part, 4)? {
        // What follows is no part of the picture.
        b"IEND" => None,
        _ => Some(u32::from_be_bytes(word(part, 0)?) as usize + 12),
    };
    if !has_few_parts(bytes, 8, length) {
        return None;
    }
    let mut picture = Png::from_bytes(bytes.clone()).ok()?;
    let side = side_up(picture.exif());
    picture.chunks_mut().retain(|chunk| !matches!(&chunk.kind(), b"eXIf" | b"tEXt" | b"zTXt" | b"iTXt" | b"tIME"));
    picture.set_exif(side);
    Some(picture.encoder().bytes())
}

/// What the first chunk of a WebP says is in it.
const WEBP_EXIF: u8 = 0b1000;
const WEBP_XMP: u8 = 0b0100;

fn webp(bytes: &Bytes) -> Option<Bytes> {
    let length = |part: &[u8]| match &word(part, 0)? {
        b"RIFF" | b"LIST" => Some(12),
        b"seqt" => Some(8),
        _ => Some((u32::from_le_bytes(word(part, 4)?) as usize).next_multiple_of(2) + 8),
    };
    let end = u32::from_le_bytes(word(bytes, 4)?) as usize + 8;
    if !has_few_parts(bytes.get(..end)?, 12, length) {
        return None;
    }
    let mut picture = WebP::from_bytes(bytes.clone()).ok()?;
    let side = side_up(picture.exif());
    picture.chunks_mut().retain(|chunk| {
        let known = [b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
        known.contains(&&chunk.id()) && matches!(chunk.content(), RiffContent::Data(_))
    });
    let noted = if side.is_some() { WEBP_EXIF } else { 0 };
    picture.set_exif(side);
    let head = picture.chunks_mut().iter_mut().find(|chunk| &chunk.id() == b"VP8X").map(|chunk| chunk.content_mut());
    if let Some(RiffContent::Data(head)) = head
        && let Some(flags) = head.first()
    {
        let flags = flags & !(WEBP_EXIF | WEBP_XMP) | noted;
        *head = [&[flags], head.get(1..)?].concat().into();
    }
    Some(picture.encoder().bytes())
}

/// EXIF that says which side is up and nothing else; none where that is the usual one.
fn side_up(exif: Option<Bytes>) -> Option<Bytes> {
    let side = orientation(&exif?).filter(|side| (2..=8).contains(side))?;
    let mut alone = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    alone.extend([side, 0, 0, 0, 0, 0, 0]);
    Some(alone.into())
}

/// The orientation that EXIF, which is a TIFF file, tells of.
fn orientation(exif: &[u8]) -> Option<u8> {
    const ORIENTATION: u32 = 0x112;
    let little = match exif.get(..4)? {
        b"II\x2a\0" => true,
        b"MM\0\x2a" => false,
        _ => return None,
    };
    let number = |at: usize, size: usize| {
        let bytes = exif.get(at..at.checked_add(size)?)?;
        let fold = |sum: u32, byte: &u8| (sum << 8) | u32::from(*byte);
        Some(if little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) })
    };
    let first = usize::try_from(number(4, 4)?).ok()?;
    let count = usize::try_from(number(first, 2)?).ok()?;
    let tags = (0..count).map_while(|n| first.checked_add(2 + 12 * n));
    let found = tags.into_iter().find(|at| number(*at, 2) == Some(ORIENTATION))?;
    u8::try_from(number(found + 8, 2)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"48.8584N 2.2945E";

    /// EXIF with an orientation and a place.
    fn exif(side: u8) -> Vec<u8> {
        let mut tiff = b"II\x2a\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x10\0\0\0\x26\0\0\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        tiff.extend([side, 0, 0, 0, 0, 0, 0, 0]);
        tiff.extend(SECRET);
        tiff
    }

    fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
        let length = u16::try_from(contents.len() + 2).expect("short").to_be_bytes();
        [&[0xff, marker], length.as_slice(), contents].concat()
    }

    fn has(bytes: &[u8], wanted: &[u8]) -> bool {
        bytes.windows(wanted.len()).any(|part| part == wanted)
    }

    fn jpeg_with(notes: &[Vec<u8>], after: &[u8]) -> Vec<u8> {
        let start = [vec![0xff, 0xd8], segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")].concat();
        let looks = [segment(0xe2, b"ICC_PROFILE\0\x01\x01colours"), segment(0xee, b"Adobe\0")].concat();
        let picture = [segment(0xdb, b"tables"), segment(0xc0, b"frame"), segment(0xda, b"scan")].concat();
        [&start, &notes.concat(), &looks, &picture, b"\x12\xff\x00\x34\xff\xd0\x56\xff\xd9".as_slice(), after].concat()
    }

    #[test]
    fn a_jpeg_keeps_its_looks_and_which_side_is_up() {
        let notes = [
            segment(0xe1, &[b"Exif\0\0", exif(6).as_slice()].concat()),
            segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat()),
            segment(0xe2, &[b"MPF\0", SECRET].concat()),
            segment(0xed, &[b"Photoshop 3.0\0", SECRET].concat()),
            segment(0xfe, SECRET),
        ];
        let noted = jpeg_with(&notes, &[b"film", SECRET].concat());
        let clean = without_notes(noted.into());
        assert!(!has(&clean, SECRET), "{clean:?}");
        assert_eq!(orientation(&Jpeg::from_bytes(clean.clone()).expect("a picture").exif().expect("EXIF")), Some(6));
        // All else is as in the picture without notes.
        let mut plain = Jpeg::from_bytes(clean).expect("a picture");
        plain.set_exif(None);
        assert_eq!(plain.encoder().bytes(), jpeg_with(&[], b""));
        let upright = jpeg_with(&[segment(0xe1, &[b"Exif\0\0", exif(1).as_slice()].concat())], b"");
        assert_eq!(without_notes(upright.into()), jpeg_with(&[], b""));
    }

    #[test]
    fn a_png_and_a_webp_keep_their_looks_and_which_side_is_up() {
        let chunk = |kind: &[u8; 4], contents: &[u8]| {
            img_parts::png::PngChunk::new(*kind, Bytes::copy_from_slice(contents)).encoder().bytes()
        };
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, contents) in [(b"IHDR", [0; 13].as_slice()), (b"iCCP", b"colours"), (b"eXIf", &exif(3))] {
            png.extend(chunk(kind, contents));
        }
        for kind in [b"tEXt", b"zTXt", b"iTXt"] {
            png.extend(chunk(kind, SECRET));
        }
        png.extend([chunk(b"IDAT", b"picture"), chunk(b"IEND", b"")].concat());
        png.extend(SECRET);
        let clean = without_notes(png.into());
        assert!(!has(&clean, SECRET) && has(&clean, b"colours") && has(&clean, b"picture"), "{clean:?}");
        assert_eq!(orientation(&Png::from_bytes(clean).expect("a picture").exif().expect("EXIF")), Some(3));

        let part = |kind: &[u8; 4], contents: &[u8]| {
            let length = u32::try_from(contents.len()).expect("short").to_le_bytes();
            [kind.as_slice(), &length, contents, &vec![0; contents.len() % 2]].concat()
        };
        let flags = [0b0010_1100, 0, 0, 0, 9, 0, 0, 9, 0, 0];
        let parts = [part(b"VP8X", &flags), part(b"ICCP", b"colours"), part(b"VP8 ", b"pictures")].concat();
        let notes = [part(b"EXIF", &exif(8)), part(b"XMP ", SECRET), part(b"note", SECRET)].concat();
        let webp = part(b"RIFF", &[b"WEBP", parts.as_slice(), &notes].concat());
        let clean = without_notes(webp.into());
        assert!(!has(&clean, SECRET) && has(&clean, b"colours") && has(&clean, b"pictures"), "{clean:?}");
        let clean = WebP::from_bytes(clean).expect("a picture");
        assert_eq!(orientation(&clean.exif().expect("EXIF")), Some(8));
        let flags = clean.chunk_by_id(*b"VP8X").and_then(|chunk| chunk.content().data()?.first().copied());
        assert_eq!(flags, Some(0b0010_1000), "there is no XMP any more");
    }

    #[test]
    fn a_file_of_countless_parts_is_no_picture() {
        let chunk = img_parts::png::PngChunk::new(*b"tEXt", Bytes::new()).encoder().bytes();
        let riff = |parts: &[u8]| {
            let length = u32::try_from(parts.len() + 4).expect("short").to_le_bytes();
            [b"RIFF".as_slice(), &length, b"WEBP", parts].concat()
        };
        let list = |parts: &[u8]| {
            let length = u32::try_from(parts.len() + 4).expect("short").to_le_bytes();
            [b"LIST".as_slice(), &length, b"kind", parts].concat()
        };
        for count in [PARTS_MAX - 3, PARTS_MAX + 1] {
            let jpeg = [b"\xff\xd8", b"\xff\xfe\0\x02".repeat(count).as_slice(), b"\xff\xd9"].concat();
            let hidden = [b"\xff\xd8\xff\xd8", &jpeg[2..]].concat();
            let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk.repeat(count)].concat();
            let webp = riff(&b"note\0\0\0\0".repeat(count));
            let nested = riff(&list(&b"note\0\0\0\0".repeat(count)));
            for file in [jpeg, hidden, png, webp, nested].map(Bytes::from) {
                let clean = without_notes(file.clone());
                assert_eq!(clean.len() < 100, count < PARTS_MAX, "{:?}", &file[..16]);
            }
        }
    }

    #[test]
    fn what_is_no_picture_stays_as_it_is() {
        for bytes in [b"".as_slice(), b"\xff\xd8", b"\xff\xd8\xff\xe1\xff\xff", b"\x89PNG", b"GIF89a", b"plain words"] {
            assert_eq!(without_notes(Bytes::copy_from_slice(bytes)), bytes);
        }
        let noted = jpeg_with(&[segment(0xe1, &[b"Exif\0\0", exif(6).as_slice()].concat())], b"");
        for length in 0..noted.len() {
            let cut = without_notes(Bytes::copy_from_slice(&noted[..length]));
            assert!(cut.len() <= length);
        }
    }
}
