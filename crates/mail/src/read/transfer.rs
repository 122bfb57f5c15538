//! Bytes out of the seven bits that mail was made for. Whoever wrote them badly is read as far as that goes.

/// What a table has for a byte that is no digit.
const NONE: u8 = 255;
/// The digits of base64, and those that addresses have in their place.
const DIGITS: [u8; 256] = {
    let mut table = [NONE; 256];
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut at = 0;
    while at < digits.len() {
        #[expect(clippy::cast_possible_truncation, reason = "there are 64")]
        {
            table[digits[at] as usize] = at as u8;
        }
        at += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
};

/// Reads a part's bytes by the name of their encoding; one that is not known changes nothing.
pub(crate) fn decode(bytes: &[u8], encoding: &str) -> Vec<u8> {
    match encoding {
        "base64" => base64(bytes),
        "quoted-printable" => quoted_printable(bytes),
        "x-uuencode" | "uuencode" | "x-uue" | "uue" => match uuencoded(bytes) {
            Some(found) => found.bytes,
            None => bytes.to_vec(),
        },
        _ => bytes.to_vec(),
    }
}

/// Reads base64: what is no digit is passed over, and what ends too early is taken as far as it goes. Several that were
/// put behind each other are read as one.
pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let (mut held, mut count) = (0_u32, 0);
    for byte in bytes {
        let digit = DIGITS[usize::from(*byte)];
        if digit == NONE {
            if *byte == b'=' {
                end(&mut out, held, count);
                (held, count) = (0, 0);
            }
            continue;
        }
        held = held << 6 | u32::from(digit);
        count += 1;
        if count == 4 {
            let [_, a, b, c] = held.to_be_bytes();
            out.extend_from_slice(&[a, b, c]);
            (held, count) = (0, 0);
        }
    }
    end(&mut out, held, count);
    out
}

fn end(out: &mut Vec<u8>, held: u32, count: u8) {
    match count {
        2 => out.push((held >> 4).to_be_bytes()[3]),
        3 => out.extend_from_slice(&(held >> 2).to_be_bytes()[2..]),
        _ => {}
    }
}

/// Reads quoted-printable; an escape that is none stays as it is.
pub(crate) fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'=', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if let [high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            rest = after;
            continue;
        }
        // A line that goes on, with blanks that some server put behind it.
        let blank = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        match &rest[blank..] {
            [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => rest = after,
            [] => rest = &[],
            _ => out.push(b'='),
        }
    }
    out.extend_from_slice(rest);
    out
}

/// What the `Q` of an encoded word says.
pub(crate) fn q(bytes: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = bytes.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
    quoted_printable(&spaced)
}

pub(crate) fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A file that stands uuencoded within a text.
pub(crate) struct Uuencoded {
    pub(crate) name: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
    /// Where its lines begin and end in the text.
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// The first file in a text of lines `begin 644 name` to `end`. None when it does not end.
pub(crate) fn uuencoded(text: &[u8]) -> Option<Uuencoded> {
    let mut from = 0;
    let name = loop {
        let line = line_at(text, from)?;
        if let Some(name) = beginning(line) {
            break name.to_vec();
        }
        from += line.len();
    };
    let (mut bytes, mut at) = (Vec::new(), from + line_at(text, from)?.len());
    loop {
        let line = line_at(text, at)?;
        at += line.len();
        let line = line.trim_ascii_end();
        match line {
            b"end" => return Some(Uuencoded { name, bytes, from, to: at }),
            [] | [b'`' | b' '] => {}
            [length, digits @ ..] if (b'!'..=b'M').contains(length) => {
                let length = usize::from(length - b' ');
                let six = |at: usize| digits.get(at).map_or(0, |d| d.wrapping_sub(b' ') & 63);
                for n in 0..length {
                    let (at, shift) = (n / 3 * 4 + n % 3, n % 3);
                    let pair = u16::from(six(at)) << 6 | u16::from(six(at + 1));
                    bytes.push((pair >> (4 - 2 * shift)).to_be_bytes()[1]);
                }
                // Lines may have lost the spaces at their ends; lines of nothing else are no file.
                if bytes.len() > at - from {
                    return None;
                }
            }
            _ => return None,
        }
    }
}

/// The name of a line that begins a file.
fn beginning(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"begin ")?;
    let digits = rest.iter().take_while(|b| (b'0'..=b'7').contains(b)).count();
    let name = rest[digits..].strip_prefix(b" ").filter(|_| (3..=4).contains(&digits))?.trim_ascii();
    (!name.is_empty()).then_some(name)
}

/// The line at this place, with its end; none at the end of the text.
fn line_at(text: &[u8], at: usize) -> Option<&[u8]> {
    let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
    let line = &rest[..memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)];
    super::work::looked_at(line.len());
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_far_as_it_goes() {
        for (bytes, expected) in [
            (&b"aGVsbG8="[..], &b"hello"[..]),
            (b"aGVs\r\nb G!8", b"hello"),
            (b"aGVsbG8=aGVsbG8=", b"hellohello"),
            (b"aGVsbA", b"hell"),
            (b"a", b""),
            (b"_-8", b"\xff\xef"),
        ] {
            assert_eq!(base64(bytes), expected);
        }
    }

    #[test]
    fn bad_escapes_stay() {
        for (text, expected) in
            [(&b"a=C3=A9=\r\nb=  \nc"[..], &b"a\xc3\xa9bc"[..]), (b"1=2 =zz =", b"1=2 =zz "), (b"=3d=3D", b"==")]
        {
            assert_eq!(quoted_printable(text), expected);
        }
    }

    #[test]
    fn a_file_within_a_text_is_found() {
        let text = b"See:\nbegin 644 cat.txt\n#0V%T\n`\nend\nBye\n";
        let found = uuencoded(text).expect("a file");
        assert_eq!((found.name.as_slice(), found.bytes.as_slice()), (&b"cat.txt"[..], &b"Cat"[..]));
        assert_eq!((&text[..found.from], &text[found.to..]), (&b"See:\n"[..], &b"Bye\n"[..]));
        let much = format!("begin 644 a\n{}end\n", "M\n".repeat(1000));
        assert!(uuencoded(much.as_bytes()).is_none());
        assert!(uuencoded(b"begin 644 a\n#0V%T\n").is_none() && uuencoded(b"begin to end\nend\n").is_none());
    }
}
