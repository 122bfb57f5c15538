use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, send};

fn path(token: &Value) -> String {
    format!("/1.0/access_tokens/{}", token["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_token_is_shown_once_works_and_can_be_switched_off() {
    let t = TestApp::start().await;
    let made = t.post("/1.0/access_tokens", json!({"label": "Reports"})).await.ok();
    let secret = made["token"].as_str().expect("a token").to_owned();
    assert_eq!((secret.len(), &made["label"], &made["enabled"]), (64, &json!("Reports"), &json!(true)));
    let get = async || send(t.request_as(&secret, Method::GET, "/1.0/tags")).await;
    get().await.ok();
    let list = t.get("/1.0/access_tokens").await;
    assert!(!list.text.contains(&secret));
    assert_eq!(list.ok()["count"], 2);
    assert_eq!(t.get(&path(&made)).await.ok()["token"], Value::Null);

    let changed = t.put(&path(&made), json!({"enabled": false})).await.ok();
    assert_eq!((&changed["enabled"], &changed["label"]), (&json!(false), &json!("Reports")));
    assert_eq!(get().await.error(401), "invalid_token");
    t.put(&path(&made), json!({"enabled": true, "label": "Old reports"})).await.ok();
    get().await.ok();
    assert_eq!(t.delete(&path(&made)).await.ok()["label"], "Old reports");
    assert_eq!(get().await.error(401), "invalid_token");
    assert_eq!(t.get(&path(&made)).await.error(404), "not_found");
}

#[tokio::test]
async fn agents_see_and_make_tokens_of_their_own_alone() {
    let t = TestApp::start().await;
    let (agent, id) = t.user_of("Agent").await;
    let admin = t.get("/1.0/access_tokens").await.ok()["records"][0].clone();
    let ask = async |method, path: &str, body: Value| send(t.request_as(&agent, method, path).json(&body)).await;
    let made = ask(Method::POST, "/1.0/access_tokens", json!({"label": "Mine"})).await.ok();
    assert_eq!(made["user_id"], json!(id));
    let list = send(t.request_as(&agent, Method::GET, "/1.0/access_tokens")).await.ok();
    assert_eq!(list["count"], 2);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        assert_eq!(ask(method, &path(&admin), json!({"enabled": false})).await.error(404), "not_found");
    }
    let theirs = json!({"label": "Theirs", "user_id": admin["user_id"]});
    assert_eq!(ask(Method::POST, "/1.0/access_tokens", theirs).await.error(403), "forbidden");

    let for_agent = t.post("/1.0/access_tokens", json!({"label": "Bot", "user_id": id})).await.ok();
    assert_eq!(for_agent["user_id"], json!(id));
    assert_eq!(t.get(&format!("/1.0/access_tokens?user_id={id}")).await.ok()["count"], 3);
    ask(Method::DELETE, &path(&for_agent), json!({})).await.ok();
}

#[tokio::test]
async fn nobody_switches_off_the_token_of_somebody_who_may_do_more() {
    let t = TestApp::start().await;
    let role = t.post("/1.0/roles", json!({"label": "Keys", "manage_api_access_tokens": true})).await.ok();
    let (clerk, clerk_id) = t.user_of("Agent").await;
    t.put(&format!("/1.0/users/{clerk_id}"), json!({"role_id": role["id"]})).await.ok();
    let ask = async |method, path: &str, body: Value| send(t.request_as(&clerk, method, path).json(&body)).await;
    let admin = t.get("/1.0/access_tokens").await.ok()["records"][0].clone();
    assert_eq!(ask(Method::GET, &path(&admin), json!({})).await.ok()["id"], admin["id"]);
    assert_eq!(ask(Method::PUT, &path(&admin), json!({"enabled": false})).await.error(403), "forbidden");
    assert_eq!(ask(Method::DELETE, &path(&admin), json!({})).await.error(403), "forbidden");
    // Of somebody who may do no more they may.
    let (_, other) = t.user_of("Agent").await;
    t.put(&format!("/1.0/users/{other}"), json!({"role_id": role["id"]})).await.ok();
    let theirs = t.post("/1.0/access_tokens", json!({"label": "x", "user_id": other})).await.ok();
    ask(Method::PUT, &path(&theirs), json!({"enabled": false})).await.ok();
    ask(Method::DELETE, &path(&theirs), json!({})).await.ok();
}

#[tokio::test]
async fn tokens_need_a_label_and_a_user_who_exists() {
    let t = TestApp::start().await;
    for (field, body, status) in [
        ("label", json!({}), 422),
        ("label", json!({"label": " "}), 422),
        ("user_id", json!({"label": "a", "user_id": "x"}), 400),
        ("user_id", json!({"label": "a", "user_id": "0123456789abcdef01234567"}), 422),
    ] {
        let answer = t.post("/1.0/access_tokens", body).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(status);
    }
}

#[tokio::test]
async fn webhooks_stop_with_their_token() {
    let t = TestApp::start().await;
    for (method, body) in [(Method::DELETE, json!({})), (Method::PUT, json!({"enabled": false}))] {
        let token = t.post("/1.0/access_tokens", json!({"label": "Leaked"})).await.ok();
        let receiver = crate::support::receiver::Receiver::start().await;
        let hook = json!({"url": receiver.url, "registered_events": ["content.imported"], "verify_token": "vt",
                          "access_token_id": token["id"]});
        let hook = t.post("/1.0/webhooks", hook).await.ok();
        send(t.request(method, &path(&token)).json(&body)).await.ok();
        let hook = t.get(&format!("/1.0/webhooks/{}", hook["id"].as_str().expect("an id"))).await.ok();
        assert_eq!((&hook["active"], &hook["webhook_status"]), (&json!(false), &json!("inactive")));
        assert!(hook["status_reason"].as_str().is_some_and(|r| r.contains("API token")), "{hook}");
    }
}
