use reqwest::Method;
use serde_json::{Value, json};

use crate::support::receiver::{Receiver, wait_for_status};
use crate::support::{TestApp, eventually, send};

fn path(webhook: &Value) -> String {
    format!("/1.0/webhooks/{}", webhook["id"].as_str().expect("an id"))
}

/// A webhook that nobody confirms.
fn inactive(url: &str) -> Value {
    json!({"url": url, "registered_events": ["content.imported"], "active": false})
}

#[tokio::test]
async fn webhooks_have_every_field_and_show_no_secret_again() {
    let t = TestApp::start().await;
    let body = json!({"url": "https://bot.example/hook", "active": false, "verify_token": "vt", "secret": "hush",
                      "registered_events[]": ["content.imported", "task.created", "content.imported"]});
    let made = t.post("/1.0/webhooks", body).await.ok();
    let token = made["api_access_token"].clone();
    assert!(token["id"].is_string() && token["created_at"].is_string() && token["updated_at"].is_string());
    let expected = json!({
        "active": false, "api_access_token": token, "created_at": "2026-03-02T09:00:00Z", "has_secret": true,
        "has_verify_token": true,
        "deliveries_parked": 0, "deliveries_waiting": 0,
        "id": made["id"], "ignore_ssl": false, "name": "bot.example First token",
        "registered_events": ["content.imported", "task.created"], "replay": null,
        "source_ids": [], "sources_strategy": "all_except", "staging_use": false, "status_reason": null, "suspended_until": null,
        "updated_at": "2026-03-02T09:00:00Z", "url": "https://bot.example/hook", "verify_token": "vt",
        "webhook_status": "inactive",
    });
    assert_eq!(made, expected);
    let mut again = expected.clone();
    again["verify_token"] = json!(null);
    assert_eq!(t.get(&path(&made)).await.ok(), again);
    assert_eq!(t.get("/1.0/webhooks").await.ok()["records"][0], again);
    let changed = t.put(&path(&made), json!({"name": "Bot", "secret": "", "staging_use": true})).await.ok();
    assert_eq!((&changed["name"], &changed["has_secret"]), (&json!("Bot"), &json!(false)));
    assert_eq!((&changed["staging_use"], &changed["verify_token"]), (&json!(true), &json!(null)));
    assert_eq!(changed["has_verify_token"], true);
    let other = t.put(&path(&made), json!({"verify_token": "other"})).await.ok();
    assert_eq!((&other["verify_token"], &other["has_verify_token"]), (&json!(null), &json!(true)));
    assert_eq!(t.put(&path(&made), json!({"verify_token": ""})).await.ok()["has_verify_token"], false);
    let list = t.get("/1.0/webhooks").await.ok();
    assert_eq!((&list["count"], &list["records"][0]["name"]), (&json!(1), &json!("Bot")));
    assert_eq!(t.delete(&path(&made)).await.ok()["id"], made["id"]);
    assert_eq!(t.get(&path(&made)).await.error(404), "not_found");
}

#[tokio::test]
async fn values_that_are_not_acceptable_are_refused() {
    let t = TestApp::start().await;
    let good = inactive("https://bot.example/hook");
    let cases = [
        ("url", json!("ftp://bot.example")),
        ("url", json!("bot.example")),
        ("url", json!("http://")),
        ("registered_events", json!([])),
        ("registered_events", json!(["content.imported", "content.invented"])),
        ("registered_events", json!(["administration.changed"])),
        ("secret", json!("gehörig")),
        ("secret", json!("two\nlines")),
        ("secret", json!("x".repeat(256))),
        ("sources_strategy", json!("some")),
        ("source_ids", json!(["d19c81948c137d86dac77216"])),
        ("access_token_id", json!("d19c81948c137d86dac77216")),
    ];
    for (field, value) in cases {
        let mut body = good.clone();
        body[field] = value;
        let answer = t.post("/1.0/webhooks", body.clone()).await;
        assert_eq!(answer.json["field"], field, "{body}: {}", answer.text);
        assert_eq!(answer.error(422), "validation_failed");
    }
    let none = json!({"url": "https://bot.example"});
    assert_eq!(t.post("/1.0/webhooks", none.clone()).await.error(422), "validation_failed");
    let unknown = json!({"url": "https://bot.example", "registered_events": ["content.created"]});
    for body in [none, unknown] {
        let message = t.post("/1.0/webhooks", body).await.json["message"].to_string();
        assert!(message.contains("content.imported") && message.contains("content_thread.owner_changed"), "{message}");
        assert!(!message.contains("task."), "{message}");
    }
    t.post("/1.0/webhooks", good.clone()).await.ok();
    let twice = t.post("/1.0/webhooks", good.clone()).await;
    assert_eq!((twice.json["field"].clone(), twice.error(422).as_str()), (json!("url"), "validation_failed"));
    let other_token = t.token_of("Bot").await;
    send(t.request_as(&other_token, Method::POST, "/1.0/webhooks").json(&good)).await.ok();
}

#[tokio::test]
async fn others_webhooks_need_the_permission_to_manage_tokens() {
    let t = TestApp::start().await;
    let (bot, agent) = (t.token_of("Bot").await, t.token_of("Agent").await);
    let body = inactive("https://bot.example/hook");
    let made = send(t.request_as(&bot, Method::POST, "/1.0/webhooks").json(&body)).await.ok();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = send(t.request_as(&agent, method.clone(), &path(&made))).await;
        assert_eq!(answer.error(404), "not_found", "{method}");
    }
    let deliveries = format!("{}/deliveries", path(&made));
    assert_eq!(send(t.request_as(&agent, Method::GET, &deliveries)).await.error(404), "not_found");
    assert_eq!(send(t.request_as(&agent, Method::GET, "/1.0/webhooks")).await.ok()["count"], 0);
    assert_eq!(send(t.request_as(&bot, Method::GET, "/1.0/webhooks")).await.ok()["count"], 1);
    assert_eq!(t.get("/1.0/webhooks").await.ok()["count"], 1);
    assert_eq!(t.get(&deliveries).await.ok()["count"], 0);
    assert_eq!(t.get(&format!("{deliveries}?state=lost")).await.error(400), "invalid_parameter");
    t.put(&path(&made), json!({"name": "seen"})).await.ok();
}

#[tokio::test]
async fn an_endpoint_that_confirms_is_active_at_once() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let body = json!({"url": format!("{}?key=1", receiver.url), "registered_events": ["content.imported"],
                      "verify_token": "let me in & stay", "secret": "hush"});
    let made = t.post("/1.0/webhooks", body).await.ok();
    assert_eq!((&made["webhook_status"], &made["active"]), (&json!("unverified"), &json!(true)));
    let webhook = wait_for_status(&t, made["id"].as_str().expect("an id"), "active").await;
    assert_eq!((&webhook["active"], &webhook["status_reason"]), (&json!(true), &Value::Null));
    let challenge = receiver.challenges().remove(0);
    assert_eq!((challenge.header("content-type"), challenge.header("x-dimelo-secret")), ("application/json", "hush"));
    assert_eq!(challenge.query["hub.mode"], "subscribe");
    assert_eq!(challenge.query["hub.verify_token"], "let me in & stay");
    assert_eq!(challenge.query["key"], "1");
    assert!(challenge.query["hub.challenge"].len() >= 16);
}

#[tokio::test]
async fn an_endpoint_that_does_not_confirm_is_switched_off_until_it_is_asked_again() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    receiver.confirm(false);
    let body = json!({"url": receiver.url, "registered_events": ["content.imported"]});
    let made = t.post("/1.0/webhooks", body).await.ok();
    let off = || async { Some(t.get(&path(&made)).await.ok()).filter(|webhook| webhook["active"] == false) };
    let refused = eventually("a refusal", off).await;
    assert_eq!(refused["webhook_status"], "unverified");
    assert!(refused["status_reason"].as_str().expect("a reason").contains("challenge"), "{refused}");
    receiver.confirm(true);
    let id = made["id"].as_str().expect("an id");
    t.put(&path(&made), json!({"active": true})).await.ok();
    wait_for_status(&t, id, "active").await;
    receiver.confirm(false);
    assert_eq!(t.put(&format!("{}/verify", path(&made)), json!({})).await.ok()["webhook_status"], "unverified");
    eventually("a refusal", off).await;
    assert_eq!(receiver.challenges().len(), 3);
}

#[tokio::test]
async fn a_new_url_token_or_secret_is_confirmed_again_and_other_changes_are_not() {
    let t = TestApp::start().await;
    let receiver = Receiver::start().await;
    let webhook = receiver.register(&t, json!({"secret": "hush"})).await;
    let id = webhook["id"].as_str().expect("an id");
    for quiet in [json!({"name": "x"}), json!({"secret": "hush"}), json!({"active": true, "verify_token": "let me in"})]
    {
        assert_eq!(t.put(&path(&webhook), quiet).await.ok()["webhook_status"], "active");
    }
    assert_eq!(receiver.challenges().len(), 1);
    let elsewhere = format!("{}/elsewhere", receiver.url);
    let changes = [json!({"secret": "other"}), json!({"verify_token": "other"}), json!({"url": elsewhere})];
    for (count, change) in (2..).zip(changes) {
        assert_eq!(t.put(&path(&webhook), change).await.ok()["webhook_status"], "unverified");
        wait_for_status(&t, id, "active").await;
        assert_eq!(receiver.challenges().len(), count);
    }
    assert_eq!(receiver.challenges()[3].header("x-dimelo-secret"), "other");
}

#[tokio::test]
async fn the_events_that_can_come_are_listed_and_each_can_be_registered() {
    let t = TestApp::start().await;
    let agent = t.token_of("Agent").await;
    let list = send(t.request_as(&agent, Method::GET, "/1.0/webhooks/events")).await.ok();
    let names: Vec<&str> = list["records"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    assert!(names.contains(&"content.imported") && names.contains(&"content_thread.owner_changed"), "{names:?}");
    assert!(!names.contains(&"task.created") && !names.contains(&"administration.changed"), "{names:?}");
    let body = json!({"url": "https://bot.example/hook", "active": false, "registered_events": names});
    assert_eq!(t.post("/1.0/webhooks", body).await.ok()["registered_events"], list["records"]);
}
