//! How large a picture says that it is: a small file can claim to be an enormous one, and whoever shows it pays for that.

use img_parts::jpeg::markers;

/// Width times height of a JPEG, PNG, GIF or WebP; none when it does not say.
pub(super) fn pixels(bytes: &[u8]) -> Option<u64> {
    let (width, height) = match bytes.first()? {
        0xff => jpeg(bytes),
        0x89 => Some((big(bytes, 16, 4)?, big(bytes, 20, 4)?)),
        b'G' => Some((little(bytes, 6, 2)?, little(bytes, 8, 2)?)),
        _ => webp(bytes),
    }?;
    Some(width * height)
}

fn big(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    Some(bytes.get(at..at.checked_add(size)?)?.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

fn little(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    Some(bytes.get(at..at.checked_add(size)?)?.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

/// Parts of a JPEG whose marks stand among those of frames.
const TABLES: [u8; 3] = [markers::DHT, markers::JPG, markers::DAC];

/// The frame of a JPEG stands in one of its first parts.
fn jpeg(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut at = 2;
    for _ in 0..super::PARTS_MAX {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            // Fill bytes.
            0xff => at += 1,
            frame @ markers::SOF0..=markers::SOF15 if !TABLES.contains(&frame) => {
                return Some((big(bytes, at + 7, 2)?, big(bytes, at + 5, 2)?));
            }
            _ => at += 2 + usize::try_from(big(bytes, at + 2, 2)?).ok()?,
        }
    }
    None
}

fn webp(bytes: &[u8]) -> Option<(u64, u64)> {
    match bytes.get(12..16)? {
        b"VP8X" => Some((little(bytes, 24, 3)? + 1, little(bytes, 27, 3)? + 1)),
        b"VP8L" => {
            let bits = little(bytes, 21, 4)?;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((little(bytes, 26, 2)? & 0x3fff, little(bytes, 28, 2)? & 0x3fff)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_says_how_large_it_is() {
        let webp = |rest: &[u8]| [b"RIFF\0\0\0\0WEBP".as_slice(), rest].concat();
        let jpeg = [
            b"\xff\xd8\xff\xe0\0\x04ab".as_slice(),
            b"\xff\xc4\0\x03a\xff\xff\xc2\0\x0b\x08\0\x03\0\x05\x01\x01\x11\0",
        ];
        for (bytes, expected) in [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\x01\0\0".to_vec(), Some(3 * 65536)),
            (b"GIF89a\x03\0\x00\x01".to_vec(), Some(3 * 256)),
            (jpeg.concat(), Some(15)),
            (webp(b"VP8X\x0a\0\0\0\0\0\0\0\x02\0\0\x04\0\0"), Some(15)),
            (webp(b"VP8L\0\0\0\0\x2f\x02\x00\x01\x00"), Some(15)),
            (webp(b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x03\0\x05\x40"), Some(15)),
            (b"\xff\xd8\xff\xd9".to_vec(), None),
            (b"\x89PNG".to_vec(), None),
            (webp(b"ALPH"), None),
        ] {
            assert_eq!(pixels(&bytes), expected, "{bytes:?}");
            for length in 0..bytes.len() {
                pixels(&bytes[..length]);
            }
        }
    }
}
