use reqwest::Method;
use serde_json::json;

use crate::support::world::World;
use crate::support::{ADMIN_TOKEN, TestApp, id, send};

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

#[tokio::test]
async fn conversations_are_tagged_found_by_it_and_lose_a_tag_that_goes() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let [one, two] = [shop.say(&t, "ann", None, "One").await, shop.say(&t, "bob", None, "Two").await];
    let [vip, late] = [t.post("/1.0/tags", json!({"name": "VIP"})), t.post("/1.0/tags", json!({"name": "late"}))];
    let (vip, late) = (vip.await.ok(), late.await.ok());
    let path = format!("/1.0/content_threads/{}", one.thread.id);
    let tags = json!({"tag_ids": [vip["id"], late["id"], vip["id"]]});
    let tagged = t.put(&format!("{path}/update_tags"), tags).await.ok();
    assert_eq!(tagged["tag_ids"], json!([vip["id"], late["id"]]));
    t.put(&format!("/1.0/content_threads/{}/update_tags", two.thread.id), json!({"tag_ids": [late["id"]]})).await.ok();

    let found = async |q: &str| t.get(&format!("/1.0/content_threads?q={q}")).await.ids().1;
    let counts = [found("tag:vip").await, found(&format!("tag:{}", id(&late))).await, found("-tag:vip").await];
    assert_eq!(counts, [1, 2, 1]);
    assert_eq!((found("tag:vip,late").await, found("tag:nothing").await, found("tag:late tag:VIP").await), (2, 0, 2));
    // The row of the inbox has them, the history and the journal tell of them.
    let view = t.get(&format!("/console/threads/{}", one.thread.id)).await.ok();
    assert_eq!(view["thread"]["tag_ids"], tagged["tag_ids"]);
    let line = &view["lines"][0];
    assert_eq!((&line["deed"], &line["tag_ids"]), (&json!("tagged"), &tagged["tag_ids"]));
    let events = t.get("/1.0/events?q=name_in:content_thread.tagged").await.ok();
    assert_eq!(events["count"], 2);
    // The same again is nothing new.
    t.put(&format!("{path}/update_tags"), json!({"tag_ids": tagged["tag_ids"]})).await.ok();
    assert_eq!(t.get("/1.0/events?q=name_in:content_thread.tagged").await.ok()["count"], 2);

    let unknown = t.put(&format!("{path}/update_tags"), json!({"tag_ids": ["a".repeat(24)]})).await;
    assert_eq!(unknown.json["field"], "tag_ids");
    assert_eq!(unknown.error(422), "validation_failed");
    t.delete(&format!("/1.0/tags/{}", id(&vip))).await.ok();
    assert_eq!(t.get(&path).await.ok()["tag_ids"], json!([late["id"]]));
    assert_eq!(found(&format!("tag:{}", id(&vip))).await, 0);
}

#[tokio::test]
async fn a_tag_is_taken_back_as_other_acts_are() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "One").await;
    let vip = t.post("/1.0/tags", json!({"name": "VIP"})).await.ok();
    let path = format!("/1.0/content_threads/{}", said.thread.id);
    let key = "b".repeat(24);
    let put =
        t.request(Method::PUT, &format!("{path}/update_tags")).header("x-act", "1").header("idempotency-key", &key);
    send(put.json(&json!({"tag_ids": [vip["id"]]}))).await.ok();
    t.post(&format!("/console/acts/{key}/undo"), json!({})).await.ok();
    assert_eq!(t.get(&path).await.ok()["tag_ids"], json!([]));
    // One request does it to several.
    let act = "c".repeat(24);
    let body = json!({"act_id": act, "act": "tag", "thread_ids": [said.thread.id], "tag_ids": [vip["id"]]});
    t.post("/console/bulk", body).await.ok();
    assert_eq!(t.get(&path).await.ok()["tag_ids"], json!([vip["id"]]));
    t.post(&format!("/console/bulk/{act}/undo"), json!({})).await.ok();
    assert_eq!(t.get(&path).await.ok()["tag_ids"], json!([]));
}
