//! Names of mailboxes as IMAP has them: modified UTF-7 (RFC 3501, 5.1.3).

use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const BASE64: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// A name as it goes to a server.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut held: Vec<u8> = Vec::new();
    let flush = |out: &mut String, held: &mut Vec<u8>| {
        if !held.is_empty() {
            out.push('&');
            out.push_str(&BASE64.encode(&held));
            out.push('-');
            held.clear();
        }
    };
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut out, &mut held);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            held.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut out, &mut held);
    out
}

/// A name as it came from a server, for people; as it is where it is of no such form.
pub(super) fn decode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let Some((code, behind)) = after.split_once('-') else { return name.to_owned() };
        rest = behind;
        if code.is_empty() {
            out.push('&');
            continue;
        }
        let Ok(bytes) = BASE64.decode(code) else { return name.to_owned() };
        let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        match char::decode_utf16(units).collect::<Result<String, _>>() {
            Ok(text) => out.push_str(&text),
            Err(_) => return name.to_owned(),
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn names_go_there_and_back() {
        for (name, wire) in [
            ("INBOX", "INBOX"),
            ("Café", "Caf&AOk-"),
            ("R&D", "R&-D"),
            ("台北/日本語", "&U,BTFw-/&ZeVnLIqe-"),
            ("😀", "&2D3eAA-"),
            ("Отправленные", "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"),
        ] {
            assert_eq!(encode(name), wire);
            assert_eq!(decode(wire), name);
        }
        assert_eq!(decode("a & b"), "a & b");
        assert_eq!(decode("&!!!-"), "&!!!-");
    }
}
