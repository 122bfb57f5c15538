use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

use super::*;

const SECRET: &str = "0123456789abcdef01234567";
const NOW: Timestamp = Timestamp::from_millis(1_772_442_000_000);
const HOUR: i64 = 1_772_442_000 + 3600;

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

/// A key pair made for this test: the private key to sign with, and the public one in PEM.
fn rsa() -> (EncodingKey, String) {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key pair");
    let private = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).expect("a private key");
    let public = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key()).expect("a public key");
    let private = EncodingKey::from_rsa_pem(pem("PRIVATE KEY", private.as_ref()).as_bytes()).expect("a private key");
    (private, pem("PUBLIC KEY", public.as_ref()))
}

fn hs256() -> Vec<SigningKey> {
    vec![("web_1".into(), Algorithm::HS256, DecodingKey::from_secret(SECRET.as_bytes()))]
}

fn header(algorithm: Algorithm, kid: &str) -> Header {
    Header { kid: Some(kid.into()), ..Header::new(algorithm) }
}

fn token(claims: &Value) -> String {
    sign(&header(Algorithm::HS256, "web_1"), claims, &EncodingKey::from_secret(SECRET.as_bytes()))
}

fn sign(header: &Header, claims: &Value, key: &EncodingKey) -> String {
    jsonwebtoken::encode(header, claims, key).expect("a token")
}

fn refused(keys: &[SigningKey], jwt: &str, code: &str, why: &str) {
    match verify_signed(keys, jwt, NOW) {
        Err(Error::Unauthorized(found, message)) => {
            assert_eq!(found, code, "{message}");
            assert!(message.to_string().contains(why), "{message} does not say {why}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_signed_identity_gives_its_fields_and_expiry() {
    let claims = json!({
        "exp": HOUR, "uuid": "54579fed6d617868b3010000", "screenname": " John\u{0} Doe ", "firstname": "John",
        "lastname": "Doe", "company": "ACME", "email": "john.doe@example.org",
        "avatar_url": "https://example.org/john.jpg", "aud": "somebody", "gender": "man",
        "home_phone": " +33 1 23 ", "mobile_phone": 336123456, "locale": "fr-CA",
        "extra_values": {"customer_id": "A1", "vip": true, "none": null, "tags": ["a", "b"]},
    });
    let signed = verify_signed(&hs256(), &token(&claims), NOW).expect("accepted");
    let author = signed.author;
    assert_eq!(signed.expires_at, NOW.plus_seconds(3600));
    assert_eq!(author.uuid.as_deref(), Some("54579fed6d617868b3010000"));
    assert_eq!(author.screenname.as_deref(), Some("John Doe"));
    let names = (author.firstname.as_deref(), author.lastname.as_deref(), author.company.as_deref());
    assert_eq!(names, (Some("John"), Some("Doe"), Some("ACME")));
    assert_eq!(author.email.as_deref(), Some("john.doe@example.org"));
    assert_eq!(author.avatar_url.as_deref(), Some("https://example.org/john.jpg"));
    assert_eq!(author.gender.as_deref(), Some("man"));
    let phones = (author.home_phone.as_deref(), author.mobile_phone.as_deref());
    assert_eq!(phones, (Some("+33 1 23"), Some("336123456")));
    let extra = json!({"customer_id": "A1", "vip": true, "tags": ["a", "b"]});
    assert_eq!(Value::Object(author.extra_values), extra);
    assert!(author.foreign_id.is_empty() && !author.controlled);
}

#[test]
fn rsa_signatures_hold_for_their_own_key_alone() {
    let (private, public) = rsa();
    let (other, _) = rsa();
    let key = DecodingKey::from_rsa_pem(public.as_bytes()).expect("a public key");
    let keys = vec![("app".to_owned(), Algorithm::RS256, key)];
    let claims = json!({"exp": HOUR, "uuid": 42});
    let good = sign(&header(Algorithm::RS256, "app"), &claims, &private);
    assert_eq!(verify_signed(&keys, &good, NOW).expect("accepted").author.uuid.as_deref(), Some("42"));
    refused(&keys, &sign(&header(Algorithm::RS256, "app"), &claims, &other), "jwt_invalid", "signature");

    // The public key is no secret: what is signed with its text as one is refused.
    for secret in [public.as_bytes(), public.trim().as_bytes()] {
        let forged = sign(&header(Algorithm::HS256, "app"), &claims, &EncodingKey::from_secret(secret));
        refused(&keys, &forged, "jwt_invalid", "is for RS256");
    }
    let stronger = sign(&header(Algorithm::RS512, "app"), &claims, &private);
    refused(&keys, &stronger, "jwt_invalid", "is for RS256");
}

#[test]
fn forged_tokens_are_refused() {
    let keys = hs256();
    let claims = json!({"exp": HOUR, "uuid": "u"});
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    let unsigned = |head: Value| {
        let parts = [head.to_string(), claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{}.", parts.join("."))
    };
    refused(&keys, &unsigned(json!({"typ": "JWT", "alg": "none", "kid": "web_1"})), "jwt_invalid", "algorithm");
    refused(&keys, &unsigned(json!({"typ": "JWT", "alg": "HS256", "kid": "web_1"})), "jwt_invalid", "signature");
    refused(&keys, &sign(&Header::new(Algorithm::HS256), &claims, &secret), "jwt_invalid", "no kid");
    refused(&keys, &sign(&header(Algorithm::HS256, "web_2"), &claims, &secret), "jwt_invalid", "no key with its kid");
    refused(&keys, &sign(&header(Algorithm::HS384, "web_1"), &claims, &secret), "jwt_invalid", "is for HS256");
    let wrong = EncodingKey::from_secret(b"another");
    refused(&keys, &sign(&header(Algorithm::HS256, "web_1"), &claims, &wrong), "jwt_invalid", "signature");
    let critical = Header { crit: Some(vec!["b64".into()]), ..header(Algorithm::HS256, "web_1") };
    refused(&keys, &sign(&critical, &claims, &secret), "jwt_invalid", "crit");
    refused(&[], &token(&claims), "jwt_invalid", "no key with its kid");
    for text in ["", "a", "a.b.c", "....", "\u{e9}.\u{e9}.\u{e9}", &"a".repeat(JWT_MAX + 1)] {
        refused(&keys, text, "jwt_invalid", "");
    }
    let mut tampered = token(&claims).into_bytes();
    let middle = tampered.len() / 2;
    tampered[middle] ^= 1;
    refused(&keys, &String::from_utf8(tampered).expect("a text"), "jwt_invalid", "");
}

#[test]
fn the_expiry_is_measured_on_the_servers_own_clock() {
    let at = |seconds: i64| token(&json!({"exp": NOW.millis() / 1000 + seconds, "uuid": "u"}));
    let keys = hs256();
    verify_signed(&keys, &at(1), NOW).expect("shorter than an hour is taken");
    verify_signed(&keys, &at(-9), NOW).expect("within the leeway");
    refused(&keys, &at(-10), "jwt_expired", "expired");
    refused(&keys, &at(-4000), "jwt_expired", "expired");
    verify_signed(&keys, &token(&json!({"exp": 1e300, "uuid": "u"})), NOW).expect("a time that never comes");
    refused(&keys, &token(&json!({"exp": -1e300, "uuid": "u"})), "jwt_expired", "expired");
    refused(&keys, &token(&json!({"uuid": "u"})), "jwt_invalid", "no exp");
    refused(&keys, &token(&json!({"exp": "tomorrow", "uuid": "u"})), "jwt_invalid", "exp is not a number");
    refused(&keys, &token(&json!({"exp": HOUR, "nbf": HOUR - 60, "uuid": "u"})), "jwt_invalid", "nbf");
}

#[test]
fn a_signed_identity_must_have_a_uuid() {
    let keys = hs256();
    let long = "u".repeat(TEXT_MAX + 1);
    refused(&keys, &token(&json!({"exp": HOUR})), "jwt_invalid", "no uuid");
    refused(&keys, &token(&json!({"exp": HOUR, "uuid": null})), "jwt_invalid", "no uuid");
    refused(&keys, &token(&json!({"exp": HOUR, "uuid": " \t "})), "jwt_invalid", "no uuid");
    refused(&keys, &token(&json!({"exp": HOUR, "uuid": ["u"]})), "jwt_invalid", "uuid: must be a text");
    refused(&keys, &token(&json!({"exp": HOUR, "uuid": long})), "jwt_invalid", "uuid: is too long");
    refused(&keys, &token(&json!(["exp"])), "jwt_invalid", "not an object");
}

#[test]
fn unsigned_identities_have_the_same_limits() {
    let read = |value: Value| match value {
        Value::Object(map) => unsigned(&map),
        other => panic!("{other}"),
    };
    let nobody = read(json!({})).expect("everything is optional");
    assert!(nobody.uuid.is_none() && nobody.extra_values.is_empty());
    let extra: Map<String, Value> = (0..80).map(|i| (format!("key{i:02}"), json!("x".repeat(2000)))).collect();
    let long = "é".repeat(400);
    let author = read(json!({"screenname": long, "email": long, "extra_values": extra})).expect("accepted");
    assert_eq!(author.screenname.map(|t| t.chars().count()), Some(TEXT_MAX));
    assert_eq!((author.email, author.extra_values.len()), (None, EXTRA_MAX));
    assert_eq!(author.extra_values["key00"].as_str().map(str::len), Some(EXTRA_VALUE_MAX));
    for url in ["javascript:alert(1)", "data:image/png;base64,AA", "//example.org/a.png", "https://", "avatar.png"] {
        assert_eq!(read(json!({"avatar_url": url})).expect("accepted").avatar_url, None, "{url}");
    }
    let odd = read(json!({"gender": "robot", "home_phone": "1".repeat(51), "mobile_phone": " "})).expect("accepted");
    assert_eq!((odd.gender, odd.home_phone, odd.mobile_phone), (None, None, None));
    for (field, value) in [
        ("screenname", json!({"a": 1})),
        ("uuid", json!(true)),
        ("extra_values", json!([1])),
        ("home_phone", json!([1])),
    ] {
        match read(json!({field: value})) {
            Err(Error::Invalid { field: named, .. }) => assert_eq!(named, field),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_uuid_is_taken_just_as_it_was_signed_or_not_at_all() {
    let keys = hs256();
    let said = |uuid: &str| {
        let claims = token(&json!({"exp": HOUR, "uuid": uuid}));
        verify_signed(&keys, &claims, NOW).map(|who| who.author.uuid.unwrap_or_default())
    };
    for uuid in ["alice", " alice", "alice ", "ali\u{7}ce", "alice\n", "Alice", "ali\u{ad}ce", "alice\u{200b}"] {
        assert_eq!(said(uuid).expect("accepted"), uuid);
    }
    refused(&keys, &token(&json!({"exp": HOUR, "uuid": "alice\u{0}"})), "jwt_invalid", "cannot be kept");
    refused(&keys, &token(&json!({"exp": HOUR, "uuid": "alice\u{fffd}"})), "jwt_invalid", "half of one");
    refused(&keys, &token(&json!({"exp": HOUR, "uuid": 123_456_789_012_345_678_901_234.0})), "jwt_invalid", "a text");
}
