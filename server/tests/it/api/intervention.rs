use reqwest::Method;
use serde_json::json;

use crate::support::world::{World, user};
use crate::support::{TestApp, send};

/// The ids of a content as texts.
fn id(value: impl ToString) -> String {
    value.to_string()
}

#[tokio::test]
async fn engage_reply_dispose_and_close() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Where is my parcel?").await;
    let content = id(&said.content.id);
    let opened = t.post("/1.0/interventions", json!({"content_id": content})).await.ok();
    assert_eq!((&opened["status"], &opened["closed"]), (&json!("Opened"), &json!(false)));
    assert_eq!(t.get(&format!("/1.0/contents/{content}")).await.ok()["status"], "assigned");

    let path = format!("/1.0/interventions/{}", opened["id"].as_str().expect("an id"));
    assert_eq!(t.put(&format!("{path}/close"), json!({})).await.error(403), "forbidden");

    t.clock.advance(std::time::Duration::from_secs(90));
    let reply = json!({"in_reply_to_id": content, "body": "On its way."});
    let reply = t.post("/1.0/contents", reply).await.ok();
    assert_eq!((&reply["status"], &reply["intervention_id"]), (&json!("user_reply"), &opened["id"]));
    assert_eq!(reply["synchronization_status"], "success");
    assert_eq!(t.get(&format!("/1.0/contents/{content}")).await.ok()["status"], "replied");

    let closed = t.put(&format!("{path}/close"), json!({})).await.ok();
    assert_eq!((&closed["status"], &closed["closed"]), (&json!("Closed"), &json!(true)));
    assert_eq!((&closed["first_user_reply_in"], &closed["user_replies_count"]), (&json!(90), &json!(1)));
    assert_eq!(t.put(&format!("{path}/close"), json!({})).await.error(403), "forbidden");
    assert_eq!(t.delete(&format!("{path}/cancel")).await.error(403), "forbidden");
}

#[tokio::test]
async fn a_customers_next_word_reopens_what_was_closed_a_short_time_ago() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let thread = id(&said.thread.id);
    let opened = t.post("/1.0/interventions", json!({"content_id": id(&said.content.id)})).await.ok();
    t.post("/1.0/contents", json!({"in_reply_to_id": id(&said.content.id), "body": "Hello!"})).await.ok();
    let path = format!("/1.0/interventions/{}", opened["id"].as_str().expect("an id"));
    t.put(&format!("{path}/close"), json!({})).await.ok();

    let soon = shop.say(&t, "ann", Some(&thread), "One more thing").await;
    assert_eq!(soon.content.status.as_str(), "assigned");
    assert_eq!(t.get(&path).await.ok()["status"], "Reopened");

    t.post("/1.0/contents", json!({"in_reply_to_id": id(&soon.content.id), "body": "Yes?"})).await.ok();
    t.put(&format!("{path}/close"), json!({})).await.ok();
    t.clock.advance(std::time::Duration::from_secs(3 * 24 * 3600));
    let late = shop.say(&t, "ann", Some(&thread), "Something else").await;
    assert_eq!(late.content.status.as_str(), "new");
    let second = t.post("/1.0/interventions", json!({"content_id": id(&late.content.id)})).await.ok();
    assert_ne!(second["id"], opened["id"]);
    assert_eq!(t.get(&format!("/1.0/content_threads/{thread}")).await.ok()["interventions_count"], 2);
}

#[tokio::test]
async fn the_second_to_engage_is_told_who_has_it_also_when_both_come_at_once() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora, nora_token) = user(&t, "Nora", "Agent").await;
    let (_, omar_token) = user(&t, "Omar", "Agent").await;
    let said = shop.say(&t, "ann", None, "Anybody?").await;
    let body = json!({"content_id": id(&said.content.id)});
    let engage = |token: &str| send(t.request_as(token, Method::POST, "/1.0/interventions").json(&body));
    engage(&nora_token).await.ok();
    let refused = engage(&omar_token).await;
    assert_eq!(refused.json["owner"]["id"], nora["id"]);
    assert_eq!(refused.json["owner"]["name"], "Nora Test");
    assert_eq!(refused.error(422), "already_engaged");

    let said = shop.say(&t, "bob", None, "And me?").await;
    let body = json!({"content_id": id(&said.content.id)});
    let engage = |token: &str| send(t.request_as(token, Method::POST, "/1.0/interventions").json(&body));
    let (a, b) = tokio::join!(engage(&nora_token), engage(&omar_token));
    let mut codes = [a.status.as_u16(), b.status.as_u16()];
    codes.sort_unstable();
    assert_eq!(codes, [200, 422]);
}

#[tokio::test]
async fn cancel_lets_the_content_wait_again() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let opened = t.post("/1.0/interventions", json!({"content_id": id(&said.content.id)})).await.ok();
    let path = format!("/1.0/interventions/{}", opened["id"].as_str().expect("an id"));
    t.delete(&format!("{path}/cancel")).await.ok();
    assert_eq!(t.get(&path).await.error(404), "not_found");
    let content = t.get(&format!("/1.0/contents/{}", said.content.id)).await.ok();
    assert_eq!((&content["status"], &content["intervention_id"]), (&json!("new"), &json!(null)));
}

#[tokio::test]
async fn agents_change_their_own_interventions_only() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (omar_user, omar) = user(&t, "Omar", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let body = json!({"content_id": id(&said.content.id)});
    let opened = send(t.request_as(&nora, Method::POST, "/1.0/interventions").json(&body)).await.ok();
    let path = format!("/1.0/interventions/{}", opened["id"].as_str().expect("an id"));
    for (method, action) in [
        (Method::DELETE, "/cancel"),
        (Method::PUT, "/close"),
        (Method::PUT, "/update_categories?category_ids[]="),
        (Method::PUT, "/defer?duration=60"),
        (Method::PUT, "?custom_field_values[a]=b"),
    ] {
        send(t.request_as(&omar, method, &format!("{path}{action}"))).await.error(403);
    }
    let to_omar = format!("{path}/reassign?user_id={}", omar_user["id"].as_str().expect("an id"));
    send(t.request_as(&omar, Method::PUT, &to_omar)).await.error(403);
    assert_eq!(send(t.request_as(&nora, Method::PUT, &to_omar)).await.ok()["user_id"], omar_user["id"]);
    let deferred = send(t.request_as(&omar, Method::PUT, &format!("{path}/defer?duration=60"))).await.ok();
    assert_eq!(deferred["deferred_at"], "2026-03-02T09:01:00Z");
}
