//! Characters out of bytes: by the label that came with them where it is true, else by what the bytes look like.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{EUC_KR, Encoding, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8};

/// How many bytes are looked at when nothing says how they are written.
const LOOKED_AT: usize = 128 * 1024;

/// What two code pages of DOS have above ASCII.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

enum Charset {
    Known(&'static Encoding),
    Dos(&'static str),
    /// Two bytes between a shift out and a shift in, which are this encoding's without their highest bit.
    Shifted(&'static Encoding),
    Utf7,
    /// No label, or one that says nothing.
    Any,
}

fn labelled(label: &str) -> Charset {
    let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    match label.as_str() {
        "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "iso646-us" | "default" | "8bit" | "none" | "binary" => {
            Charset::Any
        }
        "cp932" | "ms932" | "x-ms-cp932" | "windows-932" => Charset::Known(SHIFT_JIS),
        "cp437" | "ibm437" => Charset::Dos(CP437),
        "cp850" | "ibm850" => Charset::Dos(CP850),
        "utf-7" | "utf7" | "unicode-1-1-utf-7" | "x-unicode-2-0-utf-7" => Charset::Utf7,
        "iso-2022-kr" | "csiso2022kr" => Charset::Shifted(EUC_KR),
        "iso-2022-cn" | "iso-2022-cn-ext" => Charset::Shifted(GBK),
        "cp936" => Charset::Known(GBK),
        "cp949" => Charset::Known(EUC_KR),
        "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-ms" | "cp50220" => Charset::Known(ISO_2022_JP),
        _ => match Encoding::for_label(label.as_bytes()) {
            Some(known) if known != encoding_rs::REPLACEMENT => Charset::Known(known),
            _ => Charset::Any,
        },
    }
}

/// The text of some bytes. `label` is what they are said to be, `domain` where they come from: an end such as `.jp` says
/// which of two guesses is likelier.
pub(crate) fn decode(bytes: &[u8], label: Option<&str>, domain: Option<&str>) -> String {
    if let Some((marked, mark)) = Encoding::for_bom(bytes) {
        return marked.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    match labelled(label.unwrap_or_default()) {
        Charset::Known(known) if known == UTF_8 => utf8(bytes).unwrap_or_else(|| guess(bytes, domain)),
        Charset::Known(known) => known.decode_without_bom_handling(bytes).0.into_owned(),
        Charset::Dos(high) => dos(bytes, high),
        Charset::Shifted(known) => shifted(bytes, known),
        Charset::Utf7 => utf7(bytes),
        Charset::Any if has(bytes, b"\x1b$)C") => shifted(bytes, EUC_KR),
        Charset::Any if has(bytes, b"\x1b$B") || has(bytes, b"\x1b$@") => {
            ISO_2022_JP.decode_without_bom_handling(bytes).0.into_owned()
        }
        Charset::Any => utf8(bytes).unwrap_or_else(|| guess(bytes, domain)),
    }
}

/// Whether a label says something.
pub(crate) fn is_known(label: &str) -> bool {
    !matches!(labelled(label), Charset::Any)
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

/// The bytes as UTF-8, when no more than one character of a hundred is not.
fn utf8(bytes: &[u8]) -> Option<String> {
    let bytes = match std::str::from_utf8(bytes) {
        Ok(text) => return Some(text.to_owned()),
        Err(_) => bytes,
    };
    let (mut wrong, mut right) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        wrong += usize::from(!chunk.invalid().is_empty());
        right += chunk.valid().chars().filter(|c| !c.is_ascii_whitespace()).count();
    }
    (wrong * 100 <= right).then(|| String::from_utf8_lossy(bytes).into_owned())
}

fn guess(bytes: &[u8], domain: Option<&str>) -> String {
    let end = domain.and_then(|domain| domain.rsplit('.').next()).map(str::to_ascii_lowercase);
    let end = end.filter(|end| !end.is_empty() && end.bytes().all(|b| b.is_ascii_alphanumeric()));
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(LOOKED_AT)], true);
    let found = detector.guess(end.as_deref().map(str::as_bytes), Utf8Detection::Deny);
    found.decode_without_bom_handling(bytes).0.into_owned()
}

fn dos(bytes: &[u8], high: &str) -> String {
    let high: Vec<char> = high.chars().collect();
    bytes
        .iter()
        .map(|byte| match byte.checked_sub(128) {
            Some(at) => high.get(usize::from(at)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
            None => char::from(*byte),
        })
        .collect()
}

fn shifted(bytes: &[u8], known: &'static Encoding) -> String {
    let (mut plain, mut out, mut at) = (Vec::with_capacity(bytes.len()), false, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            // Which set is shifted to: there is but one.
            0x1b if bytes.get(at + 1) == Some(&b'$') => at += 3,
            0x0e => out = true,
            0x0f => out = false,
            b'\n' => {
                out = false;
                plain.push(b'\n');
            }
            byte if out && *byte > b' ' => plain.push(byte | 0x80),
            byte => plain.push(*byte),
        }
        at += 1;
    }
    known.decode_without_bom_handling(&plain).0.into_owned()
}

fn utf7(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'+', rest) {
        out.push_str(&String::from_utf8_lossy(&rest[..at]));
        rest = &rest[at + 1..];
        let length = rest.iter().position(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'+' | b'/'));
        let (code, after) = rest.split_at(length.unwrap_or(rest.len()));
        rest = after.strip_prefix(b"-").unwrap_or(after);
        if code.is_empty() {
            out.push('+');
            continue;
        }
        let units = super::transfer::base64(code);
        let units = units.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    }
    out.push_str(&String::from_utf8_lossy(rest));
    out
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn labels_are_believed_where_they_are_true() {
        for (bytes, label, expected) in [
            (&b"caf\xe9 \x80"[..], Some("ISO-8859-1"), "café €"),
            (b"caf\xc3\xa9", None, "café"),
            (b"caf\xe9 cr\xe8me br\xfbl\xe9e", Some("utf-8"), "café crème brûlée"),
            (b"caf\xc3\xa9", Some("us-ascii"), "café"),
            (b"\x83n\x83\x8d\x81[\x87\x40", Some("cp932"), "ハロー①"),
            (b"\x1b$B$3$s\x1b(B", None, "こん"),
            (b"\x1b$)C\x0e>H3g\x0f!", Some("iso-2022-kr"), "안녕!"),
            (b"Hi +AOk- 1 +- 2 +ZeVnLIqe-", Some("UTF-7"), "Hi é 1 + 2 日本語"),
            (b"\x82\x81", Some("cp850"), "éü"),
            (b"\x9d", Some("cp437"), "¥"),
            (b"\xff\xfeh\0i\0", Some("utf-16"), "hi"),
            (b"\xef\xbb\xbfhi", Some("windows-1252"), "hi"),
            (b"\xe9F", Some("gb2312"), "镕"),
        ] {
            assert_eq!(decode(bytes, label, None), expected, "{label:?}");
        }
    }
}
