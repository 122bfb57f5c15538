use reqwest::Method;
use serde_json::json;

use crate::support::{ADMIN_TOKEN, TestApp, send};

#[tokio::test]
async fn tags_are_made_listed_by_name_renamed_and_removed() {
    let t = TestApp::start().await;
    let vip = t.post("/1.0/tags", json!({"name": "vip"})).await.ok();
    assert_eq!(vip["created_at"], "2026-03-02T09:00:00Z");
    send(t.request(Method::POST, "/1.0/tags?name=angry")).await.ok();
    let list = t.get("/1.0/tags").await.ok();
    assert_eq!((&list["count"], &list["limit"], &list["offset"]), (&json!(2), &json!(30), &json!(0)));
    assert_eq!(list["records"][0]["name"], "angry");

    let path = format!("/1.0/tags/{}", vip["id"].as_str().expect("an id"));
    assert_eq!(t.put(&path, json!({"name": "VIP"})).await.ok()["name"], "VIP");
    assert_eq!(t.delete(&path).await.ok()["name"], "VIP");
    assert_eq!(t.get(&path).await.error(404), "not_found");
}

#[tokio::test]
async fn a_name_is_required_and_unique() {
    let t = TestApp::start().await;
    assert_eq!(t.post("/1.0/tags", json!({})).await.error(422), "validation_failed");
    assert_eq!(t.post("/1.0/tags", json!({"name": "  "})).await.error(422), "validation_failed");
    t.post("/1.0/tags", json!({"name": "vip"})).await.ok();
    let taken = t.post("/1.0/tags", json!({"name": "vip"})).await;
    assert_eq!(taken.json["field"], "name");
    assert_eq!(taken.error(422), "validation_failed");
}

#[tokio::test]
async fn a_token_is_needed_and_may_be_a_header_or_a_parameter_anywhere() {
    let t = TestApp::start().await;
    assert_eq!(send(t.anonymous(Method::GET, "/1.0/tags")).await.error(401), "unauthorized");
    assert_eq!(send(t.request_as("wrong", Method::GET, "/1.0/tags")).await.error(401), "invalid_token");
    send(t.anonymous(Method::GET, &format!("/1.0/tags?access_token={ADMIN_TOKEN}"))).await.ok();
    let form = t.anonymous(Method::POST, "/1.0/tags").form(&[("access_token", ADMIN_TOKEN), ("name", "a")]);
    send(form).await.ok();
    let json = t.anonymous(Method::POST, "/1.0/tags").json(&json!({"access_token": ADMIN_TOKEN, "name": "b"}));
    send(json).await.ok();
}

#[tokio::test]
async fn each_token_may_ask_so_often_a_minute() {
    let t = TestApp::start_with(|config| config.rate_limit_per_minute = 5).await;
    let mut answers = Vec::new();
    for _ in 0..7 {
        answers.push(t.get("/1.0/tags").await);
    }
    assert_eq!(answers[4].status, 200);
    let refused = answers.pop().expect("an answer");
    let message = "Rate limit exceeded (5 requests per minute max)";
    assert_eq!(refused.json, json!({"error": "rate_limit_exceeded", "message": message, "status": 429}));
    // When to come again, and which limit it was.
    let again = t.request(Method::GET, "/1.0/tags").send().await.expect("an answer");
    let header = |name: &str| again.headers().get(name).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    assert!(header("retry-after").is_some_and(|seconds| (1..=60).contains(&seconds)), "{:?}", again.headers());
    assert_eq!((header("x-rate-limit-limit"), header("x-rate-limit-remaining")), (Some(5), Some(0)));
    // As a parameter it is the same token; another one has a count of its own.
    assert_eq!(send(t.anonymous(Method::GET, &format!("/1.0/tags?access_token={ADMIN_TOKEN}"))).await.status, 429);
    send(t.request_as(&t.token_of("Agent").await, Method::GET, "/1.0/tags")).await.ok();
}

#[tokio::test]
async fn what_is_no_path_or_no_method_is_said_in_the_same_form() {
    let t = TestApp::start().await;
    assert_eq!(t.get("/1.0/unheard_of").await.error(404), "not_found");
    assert_eq!(t.post("/1.0/tags/1/2/3", json!({})).await.error(404), "not_found");
    for (method, path) in
        [(Method::PATCH, "/1.0/tags"), (Method::DELETE, "/1.0/tags"), (Method::GET, "/chat/x/session")]
    {
        assert_eq!(send(t.request(method, path)).await.error(405), "method_not_allowed", "{path}");
    }
}

#[tokio::test]
async fn windows_out_of_range_are_answered_clearly() {
    let t = TestApp::start().await;
    for query in ["limit=0", "limit=151", "limit=x", "offset=-1"] {
        let answer = t.get(&format!("/1.0/tags?{query}")).await;
        assert_eq!(answer.json["field"], query.split('=').next().expect("a name"));
        assert_eq!(answer.error(400), "invalid_parameter");
    }
}
