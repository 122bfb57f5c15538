//! Mails from anywhere: nothing panics or takes long, and what is read can be kept.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let letter = mail::Letter::read(bytes, Some("mx.example.com"));
    assert!(letter.body.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t')));
    assert!(letter.quote_from.is_none_or(|from| letter.body.is_char_boundary(from)));
    assert!(!letter.key().is_empty());
    let html = letter.html.unwrap_or_default();
    let _ = richtext::shown(&richtext::unquoted(&html), |cid| Some(format!("/attachments/{cid}")));
    let _ = mail::plain_subject(&letter.subject);
});
