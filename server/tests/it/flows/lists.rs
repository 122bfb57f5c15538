//! How long a list may be, wherever the API takes one.

use hubbub::router::document;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, send};

const ID: &str = "111111111111111111111111";

fn is_bounded(schema: &Value) -> bool {
    schema["maxItems"].as_u64().is_some_and(|most| most <= 1000)
}

/// Every list that an operation of the document takes: method, path, name, and whether commas part it.
fn lists() -> Vec<(Method, String, String, bool)> {
    let document = document::document().expect("a document");
    let mut found = Vec::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in
            operations.as_object().expect("operations").iter().filter(|_| path.starts_with("/1.0"))
        {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let query = operation["parameters"].as_array().into_iter().flatten();
            for parameter in query.filter(|p| p["schema"]["type"] == "array") {
                assert!(is_bounded(&parameter["schema"]), "{path} {parameter}");
                let name = parameter["name"].as_str().expect("a name").trim_end_matches("[]").to_owned();
                found.push((method.clone(), path.clone(), name, parameter["style"] == "form"));
            }
            let body = &operation["requestBody"]["content"]["application/json"]["schema"]["properties"];
            for (name, schema) in body.as_object().into_iter().flatten().filter(|(_, s)| s["type"] == "array") {
                assert!(is_bounded(schema), "{path} {name}");
                found.push((method.clone(), path.clone(), name.clone(), false));
            }
        }
    }
    found
}

#[track_caller]
fn is_too_many(answer: &Answer, reads: bool, name: &str, what: &str) {
    assert_eq!(answer.status, if reads { 400 } else { 422 }, "{what} {}", answer.text);
    let json = &answer.json;
    assert_eq!((&json["field"], &json["reason"]), (&json!(name), &json!("too_many")), "{what}");
    assert_eq!(json["values"], json!({"max": 1000}), "{what}");
}

#[tokio::test]
async fn no_list_of_the_api_has_more_than_a_thousand_entries() {
    let t = TestApp::start().await;
    let all = lists();
    assert!(all.len() > 40, "{all:?}");
    for (method, path, name, commas) in all {
        let what = format!("{method} {path} {name}");
        let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { ID } else { part }).collect();
        let list = vec![ID; 1001];
        let value = if commas { json!(list.join(",")) } else { json!(list) };
        let answer = send(t.request(method.clone(), &path.join("/")).json(&json!({&name: value}))).await;
        is_too_many(&answer, method == Method::GET, &name, &what);
    }
}

#[tokio::test]
async fn more_ids_than_the_databases_take_are_a_refusal_and_a_thousand_are_not() {
    let t = TestApp::start().await;
    let ids = |count: usize| -> Vec<String> { (0..count).map(|n| format!("{n:024x}")).collect() };
    let follow = async |ids: Vec<String>| {
        send(t.request(Method::GET, "/1.0/events/journal").json(&json!({"after": 0, "source_id": ids}))).await
    };
    is_too_many(&follow(ids(9000)).await, true, "source_id", "the journal");
    // So many values are not even read.
    let all = follow(ids(33_000)).await;
    assert_eq!((all.json["field"].clone(), all.json["reason"].clone()), (json!("parameters"), json!("too_many")));
    assert_eq!(all.error(400), "invalid_parameter");
    assert_eq!(follow(ids(1000)).await.ok()["records"], json!([]));

    let team = async |ids: Vec<String>| t.post("/1.0/teams", json!({"name": "Support", "user_ids": ids})).await;
    is_too_many(&team(ids(9000)).await, false, "user_ids", "a team");
    assert_eq!(team(ids(66_000)).await.error(413), "too_large");
    let unknown = team(ids(1000)).await;
    assert_eq!((unknown.json["reason"].clone(), unknown.error(422)), (json!("unknown"), "validation_failed".into()));

    // Deeper in a value, in a form, and as names of a map.
    let only = json!({"label": "Mine", "team_restriction": {"only": ids(1001)}});
    is_too_many(&t.post("/1.0/folders", only).await, false, "team_restriction", "a folder");
    let form: Vec<String> = ids(1001).iter().map(|id| format!("emails[]={id}")).collect();
    let path = format!("/1.0/identity_groups/{ID}");
    let form =
        t.request(Method::PUT, &path).header("content-type", "application/x-www-form-urlencoded").body(form.join("&"));
    is_too_many(&send(form).await, false, "emails", "a form");
    let values: Value = ids(1001).into_iter().map(|id| (id, json!("x"))).collect::<serde_json::Map<_, _>>().into();
    let values = t.put(&path, json!({"custom_field_values": values})).await;
    is_too_many(&values, false, "custom_field_values", "a map");
    // A list of maps that came as a text.
    let holidays = json!(vec![json!({"name": "a", "date": "2026-12-25"}); 1001]).to_string();
    let sheet = t.post("/1.0/time_sheets", json!({"label": "Desk", "holidays": holidays})).await;
    is_too_many(&sheet, false, "holidays", "JSON in a text");
}

#[tokio::test]
async fn queries_as_long_as_they_may_be_are_answered() {
    let t = TestApp::start().await;
    let ids = |count: usize| (0..count).map(|n| format!("{n:024x}")).collect::<Vec<_>>().join(",");
    let words = "wort ".repeat(490);
    let conditions = format!("-source:{} ", ids(1)).repeat(400);
    for q in [format!("id:{}", ids(600)), words, conditions, format!("\"{}\"", "a ".repeat(7000))] {
        let answer = send(t.request(Method::GET, "/1.0/contents").json(&json!({"q": q}))).await;
        assert!(answer.status == 200 || answer.status == 400, "{} {}", answer.status, answer.text);
    }
    let threads = format!("source:{} identity:{}", ids(300), ids(300));
    send(t.request(Method::GET, "/1.0/content_threads").json(&json!({"q": threads}))).await.ok();
    let long = send(t.request(Method::GET, "/1.0/content_threads").json(&json!({"q": "a ".repeat(600)}))).await;
    assert_eq!(long.json["reason"], "query");
    assert_eq!(long.error(400), "invalid_parameter");
}
