//! Text that is not well-formed, and the one character that not every database keeps.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// What stands for what cannot be read.
const UNREADABLE: &[u8] = b"\\ufffd";

/// A body without the byte order mark that some editors and libraries put before it.
#[must_use]
pub fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Reads JSON, with a byte order mark before it or without. Bytes that are not UTF-8 and escapes of half a surrogate pair (`\ud83d`) are read as U+FFFD: a text that
/// somebody cut in the middle of an emoji is no reason to lose the rest of it.
///
/// # Errors
/// When it is not JSON, or does not fit the type.
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let bytes = unmarked(bytes);
    serde_json::from_slice(bytes).or_else(|error| match mended(bytes) {
        Cow::Borrowed(_) => Err(error),
        Cow::Owned(bytes) => serde_json::from_slice(&bytes),
    })
}

fn mended(bytes: &[u8]) -> Cow<'_, [u8]> {
    let text = match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(_) => Cow::Borrowed(bytes),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    let (mut out, mut copied, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        if text[at] != b'\\' {
            at += 1;
            continue;
        }
        match escape(&text[at..]) {
            Some(0xd800..=0xdbff) if matches!(escape(&text[at + 6..]), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                out.extend_from_slice(&text[copied..at]);
                out.extend_from_slice(UNREADABLE);
                at += 6;
                copied = at;
            }
            // The escaped character is not the beginning of another escape.
            _ => at += 2,
        }
    }
    if copied == 0 {
        return text;
    }
    out.extend_from_slice(&text[copied..]);
    Cow::Owned(out)
}

/// The code unit of an escape, `\u` and four hexadecimal digits, at the beginning of some bytes.
fn escape(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.get(..6)?.strip_prefix(b"\\u")?;
    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// A query string or form body whose texts are UTF-8: what is not becomes U+FFFD, whether its bytes are escaped or not.
#[must_use]
pub fn form(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.is_ascii() && !bytes.contains(&b'%') {
        return Cow::Borrowed(bytes);
    }
    let open = unescaped(bytes);
    if std::str::from_utf8(&open).is_ok() {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    for byte in String::from_utf8_lossy(&open).bytes() {
        match byte {
            0..0x80 => out.push(byte),
            _ => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    Cow::Owned(out)
}

/// The bytes that escapes stand for, but for those of ASCII, which may mean something else when they are not escaped.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).filter(|code| bytes[at] == b'%' && code.iter().all(u8::is_ascii_hexdigit));
        let byte = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        match byte.filter(|byte| !byte.is_ascii()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

/// Takes U+0000 out of every text and name in a value: PostgreSQL does not keep it, and nobody sees it.
pub fn take_nul_out(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => text.retain(|c| c != '\0'),
        Value::Array(list) => list.iter_mut().for_each(take_nul_out),
        Value::Object(map) => {
            if map.keys().any(|name| name.contains('\0')) {
                *map = std::mem::take(map).into_iter().map(|(name, v)| (name.replace('\0', ""), v)).collect();
            }
            map.values_mut().for_each(take_nul_out);
        }
        _ => {}
    }
}

/// Whether a text or a name in a value has U+0000.
#[must_use]
pub fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(has_nul),
        Value::Object(map) => map.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json as value;

    use super::*;

    #[test]
    fn half_a_pair_is_read_as_a_mark() {
        for (text, expected) in [
            (r#"["a\ud83d"]"#, "a\u{fffd}"),
            (r#"["\uD83D b"]"#, "\u{fffd} b"),
            (r#"["\ude00\ud83d"]"#, "\u{fffd}\u{fffd}"),
            (r#"["\ud83d\ud83d\ude00"]"#, "\u{fffd}😀"),
            (r#"["\ud83d\u0041"]"#, "\u{fffd}A"),
            // Not an escape, but a backslash and letters.
            (r#"["\\ud83d \ud83d"]"#, "\\ud83d \u{fffd}"),
            (r#"["\ud83d\ude00"]"#, "😀"),
        ] {
            assert_eq!(json::<Value>(text.as_bytes()).expect("JSON"), value!([expected]), "{text}");
        }
        let bytes = [b"[\"a", &[0xff, 0xed, 0xa0, 0xbd][..], b"b\"]"].concat();
        assert_eq!(json::<Value>(&bytes).expect("JSON"), value!(["a\u{fffd}\u{fffd}\u{fffd}\u{fffd}b"]));
        for bad in ["", "{", r#"["\ud8"]"#, r#"["\ud83d]"#, r#"["\"#] {
            assert!(json::<Value>(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn forms_that_are_not_utf_8_are_read() {
        for (text, expected) in [
            (&b"a=1&b=caf%C3%A9+x"[..], "a=1&b=caf%C3%A9+x"),
            (b"a=%ED%A0%BD!&b=%C3%A9", "a=%EF%BF%BD%EF%BF%BD%EF%BF%BD!&b=%C3%A9"),
            (b"a[%ff]=1%2b1%26+%25%34", "a[%EF%BF%BD]=1%2b1%26+%25%34"),
            (b"a=\xff&b=\xc3%a9%", "a=%EF%BF%BD&b=%C3%A9%"),
        ] {
            assert_eq!(std::str::from_utf8(&form(text)), Ok(expected));
        }
    }

    #[test]
    fn nul_is_found_and_taken_out_everywhere() {
        let mut told = value!({"a\0": "x\0y", "b": [{"c": "\0"}, 1, null]});
        assert!(has_nul(&told));
        take_nul_out(&mut told);
        assert_eq!(told, value!({"a": "xy", "b": [{"c": ""}, 1, null]}));
        assert!(!has_nul(&told));
    }

    proptest! {
        /// Whatever code units a program writes, as escapes: they are read as the standard says.
        #[test]
        fn escapes_are_read_as_utf_16_is(units in prop::collection::vec(prop_oneof![
            Just(0xd83d_u16), Just(0xde00), Just(0x5c), Just(0x22), 1..0x80_u16, any::<u16>(),
        ], 0..12)) {
            let text: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let read: Value = json(format!("[\"{text}\"]").as_bytes()).expect("JSON");
            prop_assert_eq!(read, value!([String::from_utf16_lossy(&units)]));
        }

        #[test]
        fn what_is_well_formed_stays(text in "\\PC{0,30}", bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let written = serde_json::to_vec(&text).expect("JSON");
            prop_assert_eq!(json::<String>(&written).expect("JSON"), text);
            let form = form(&bytes);
            prop_assert!(std::str::from_utf8(&unescaped(&form)).is_ok());
        }
    }
}
