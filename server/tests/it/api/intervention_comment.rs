use std::time::Duration;

use model::SourcePermission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, Answer, TestApp, assert_fields, id, send};

const LIST: &str = "/1.0/intervention_comments";

async fn comment(t: &TestApp, token: &str, case: &Value, body: &str) -> Answer {
    let given = json!({"intervention_id": case["id"], "body": body});
    send(t.request_as(token, Method::POST, LIST).json(&given)).await
}

async fn engaged(t: &TestApp, shop: &World, who: &str) -> Value {
    let said = shop.say(t, who, None, "Hello").await;
    t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok()
}

#[tokio::test]
async fn a_comment_has_every_field_is_counted_and_removed() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let case = engaged(&t, &shop, "ann").await;
    let made = comment(&t, &token, &case, "Ask the warehouse").await.ok();
    assert_fields(&made, "body created_at id intervention_id thread_id updated_at user_id videntity_id identity_id");
    let expected = json!({
        "body": "Ask the warehouse", "created_at": "2026-03-02T09:00:00Z", "id": made["id"],
        "intervention_id": case["id"], "thread_id": case["thread_id"], "updated_at": "2026-03-02T09:00:00Z",
        "user_id": nora["id"], "videntity_id": case["identity_id"], "identity_id": case["identity_id"],
    });
    assert_eq!(made, expected);
    let path = format!("{LIST}/{}", id(&made));
    assert_eq!(t.get(&path).await.ok(), expected);
    assert_eq!(t.get(LIST).await.ok(), json!({"count": 1, "limit": 30, "offset": 0, "records": [expected]}));
    let intervention = format!("/1.0/interventions/{}", id(&case));
    assert_eq!(t.get(&intervention).await.ok()["comments_count"], 1);
    assert_eq!(t.delete(&path).await.ok(), expected);
    assert_eq!(t.get(&path).await.error(404), "not_found");
    assert_eq!(t.delete(&path).await.error(404), "not_found");
    assert_eq!(t.get(&intervention).await.ok()["comments_count"], 0);
}

#[tokio::test]
async fn comments_are_filtered_newest_first() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (ann, bob) = (engaged(&t, &shop, "ann").await, engaged(&t, &shop, "bob").await);
    let mut made = Vec::new();
    for (who, case) in [(ADMIN_TOKEN, &ann), (token.as_str(), &ann), (ADMIN_TOKEN, &bob)] {
        made.push(id(&comment(&t, who, case, "x").await.ok()).to_owned());
        t.clock.advance(Duration::from_secs(1));
    }
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    for (query, expected) in [
        (String::new(), vec![2, 1, 0]),
        (format!("intervention_id={}", id(&ann)), vec![1, 0]),
        (format!("thread_id={}", text(&bob["thread_id"])), vec![2]),
        (format!("user_id={}", id(&nora)), vec![1]),
        (format!("identity_id={}", text(&ann["identity_id"])), vec![1, 0]),
        (format!("identity_id={}&user_id={}", text(&bob["identity_id"]), id(&nora)), vec![]),
        ("limit=1&offset=1".into(), vec![1]),
    ] {
        let (ids, _) = t.get(&format!("{LIST}?{query}")).await.ids();
        let found: Vec<usize> = ids.iter().map(|id| made.iter().position(|m| m == id).expect("known")).collect();
        assert_eq!(found, expected, "{query}");
    }
    for query in ["intervention_id=x", "thread_id=x", "user_id=x", "identity_id=x"] {
        assert_eq!(t.get(&format!("{LIST}?{query}")).await.error(400), "invalid_parameter", "{query}");
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_refused() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let case = engaged(&t, &shop, "ann").await;
    let unknown = json!({"id": "111111111111111111111111"});
    assert_eq!(comment(&t, ADMIN_TOKEN, &case, "").await.error(422), "validation_failed");
    assert_eq!(comment(&t, ADMIN_TOKEN, &case, " \n").await.error(422), "validation_failed");
    assert_eq!(comment(&t, ADMIN_TOKEN, &case, &"x".repeat(20_001)).await.error(422), "validation_failed");
    assert_eq!(comment(&t, ADMIN_TOKEN, &json!({"id": "x"}), "x").await.error(400), "invalid_parameter");
    assert_eq!(comment(&t, ADMIN_TOKEN, &unknown, "x").await.error(404), "not_found");
    assert_eq!(t.post(LIST, json!({"body": "x"})).await.error(422), "validation_failed");
    // An intervention that is closed can still be commented on.
    let reply = json!({"in_reply_to_id": case["content_id"], "body": "x"});
    t.post("/1.0/contents", reply).await.ok();
    t.put(&format!("/1.0/interventions/{}/close", id(&case)), json!({})).await.ok();
    comment(&t, ADMIN_TOKEN, &case, "Done").await.ok();
}

#[tokio::test]
async fn another_user_id_is_a_wish_to_impersonate() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (omar, _) = user(&t, "Omar", "Agent").await;
    let case = engaged(&t, &shop, "ann").await;
    let body = |user: &Value| json!({"intervention_id": case["id"], "body": "x", "user_id": user["id"]});
    assert_eq!(t.post(LIST, body(&nora)).await.ok()["user_id"], nora["id"]);
    let own = send(t.request_as(&token, Method::POST, LIST).json(&body(&nora))).await;
    assert_eq!(own.ok()["user_id"], nora["id"]);
    let refused = send(t.request_as(&token, Method::POST, LIST).json(&body(&omar))).await;
    assert_eq!(refused.json["field"], "user_id");
    assert_eq!(refused.error(400), "invalid_parameter");
}

#[tokio::test]
async fn agents_remove_their_own_comments_only() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (_, omar) = user(&t, "Omar", "Agent").await;
    let (_, lea) = user(&t, "Lea", "Team leader").await;
    let case = engaged(&t, &shop, "ann").await;
    let made = comment(&t, &nora, &case, "x").await.ok();
    let delete = |token: &str| send(t.request_as(token, Method::DELETE, &format!("{LIST}/{}", id(&made))));
    assert_eq!(delete(&omar).await.error(403), "forbidden");
    delete(&lea).await.ok();
    let made = comment(&t, &nora, &case, "x").await.ok();
    send(t.request_as(&nora, Method::DELETE, &format!("{LIST}/{}", id(&made)))).await.ok();
}

#[tokio::test]
async fn what_may_not_be_read_is_not_there() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let second = World::on(shop.another_chat(&t, "Second chat").await);
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let (hidden, seen) = (engaged(&t, &shop, "ann").await, engaged(&t, &second, "ann").await);
    let made = comment(&t, ADMIN_TOKEN, &hidden, "secret").await.ok();
    let other = comment(&t, ADMIN_TOKEN, &seen, "public").await.ok();
    shop.permit(&t, &nora, &[SourcePermission::Reply]).await;
    let list = send(t.request_as(&token, Method::GET, LIST)).await.ids();
    assert_eq!(list, (vec![id(&other).to_owned()], 1));
    let query = format!("{LIST}?intervention_id={}", id(&hidden));
    assert_eq!(send(t.request_as(&token, Method::GET, &query)).await.ids().1, 0);
    for method in [Method::GET, Method::DELETE] {
        let request = t.request_as(&token, method, &format!("{LIST}/{}", id(&made)));
        assert_eq!(send(request).await.error(404), "not_found");
    }
    assert_eq!(comment(&t, &token, &hidden, "x").await.error(404), "not_found");
}
