//! Whatever the server refuses, the console tells in words of its own: they are there for each code and reason, in
//! every language.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hubbub::domain::Reason;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::architecture::{root, sources};
use crate::support::{TestApp, send};

/// What a code follows in the sources.
const BEFORE_A_CODE: &[&str] = &[
    "Error::Unprocessable(",
    "Error::Forbidden(",
    "Error::Conflict(",
    "Error::Unauthorized(",
    "Error::TooMany(",
    "StatusCode::NOT_FOUND, ",
    "StatusCode::FORBIDDEN, ",
    "StatusCode::BAD_REQUEST, ",
    "StatusCode::UNPROCESSABLE_ENTITY, ",
    "StatusCode::CONFLICT, ",
    "StatusCode::GONE, ",
    "StatusCode::UNAUTHORIZED, ",
    "StatusCode::METHOD_NOT_ALLOWED, ",
    "StatusCode::PAYLOAD_TOO_LARGE, ",
    "StatusCode::SERVICE_UNAVAILABLE, ",
    "StatusCode::INSUFFICIENT_STORAGE, ",
    "StatusCode::INTERNAL_SERVER_ERROR, ",
];

fn codes() -> BTreeSet<String> {
    let mut found = BTreeSet::from(["forbidden".to_owned()]);
    for (_, text) in ["server/src", "crates/domain/src"].into_iter().flat_map(sources) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for before in BEFORE_A_CODE {
            let after = text.split(before).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
            let words = after.filter_map(|rest| rest.split('"').next());
            let plain = words.filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            found.extend(plain.map(str::to_owned));
        }
    }
    found
}

#[test]
fn each_code_and_reason_has_words_in_every_language() {
    let codes = codes();
    assert!(codes.contains("role_in_use") && codes.contains("too_large") && codes.contains("timeout"), "{codes:?}");
    let keys = codes.iter().map(|code| format!("error.{code}"));
    let keys = keys.chain(Reason::ALL.iter().map(|reason| format!("reason.{reason}")));
    let keys: Vec<String> = keys.collect();
    for language in ["en", "fr"] {
        let path = Path::new("web/console/messages").join(language).with_extension("json");
        let text = fs::read_to_string(root().join(path)).expect("a catalogue");
        let words: Map<String, Value> = serde_json::from_str(&text).expect("JSON");
        let missing: Vec<&String> = keys.iter().filter(|key| !words.contains_key(*key)).collect();
        assert!(missing.is_empty(), "say these in {language}.json: {missing:#?}");
    }
}

#[tokio::test]
async fn a_refusal_names_its_reason_and_values_beside_the_english_sentence() {
    let t = TestApp::start().await;
    let blank = t.post("/1.0/tags", json!({"name": " "})).await.json;
    assert_eq!(blank["message"], "name: can't be blank");
    assert_eq!((&blank["field"], &blank["reason"], &blank["values"]), (&json!("name"), &json!("blank"), &json!({})));
    let long = t.post("/1.0/tags", json!({"name": "x".repeat(256)})).await.json;
    assert_eq!((&long["reason"], &long["values"]), (&json!("too_long"), &json!({"max": 255})));
    let choice = t.get("/1.0/identities?sort=name").await.json;
    assert_eq!(choice["values"], json!({"allowed": ["created_at", "updated_at"]}));
    let asked = t.request_as(&t.token_of("Agent").await, Method::POST, "/1.0/roles");
    let denied = send(asked.json(&json!({"label": "x"}))).await;
    assert_eq!(denied.json["reason"], "permission");
    assert!(denied.json["values"]["permissions"].is_array(), "{}", denied.json);
    assert_eq!(denied.error(403), "forbidden");
}
