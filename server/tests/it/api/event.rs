use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{TestApp, send};

#[tokio::test]
async fn events_are_listed_newest_first_and_filtered() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let received = world.say(&t, "alice", None, "where is my parcel?").await;
    let thread = received.thread.id.to_string();
    let list = t.get("/1.0/events").await.ok();
    let newest = &list["records"][0];
    assert!(list["count"].as_i64().expect("a count") > 1);
    assert_eq!(newest["name"], "content.imported");
    assert_eq!((&newest["user_id"], &newest["created_at"]), (&Value::Null, &json!("2026-03-02T09:00:00Z")));
    let facts = &newest["extra_infos"];
    assert_eq!(facts["content_thread_id"], thread);
    assert_eq!(facts["content_source_id"], world.chat.id.as_str());
    assert_eq!(facts["content_id"], received.content.id.as_str());
    assert_eq!(facts.as_object().expect("a map").len(), 14);
    let one = t.get(&format!("/1.0/events/{}", newest["id"].as_str().expect("an id"))).await.ok();
    assert_eq!(&one, newest);

    let count = async |q: String| {
        let answer = send(t.request(Method::GET, "/1.0/events").query(&[("q", q)])).await;
        answer.ok()["count"].as_i64().expect("a count")
    };
    assert_eq!(count(format!("name_in:\"content.imported\" content_thread:\"{thread}\"")).await, 1);
    assert_eq!(count(format!("content:{}", received.content.id)).await, 1);
    assert_eq!(count(format!("name_in:content.replied content_thread:{thread}")).await, 0);
    assert_eq!(count("created_before:2026-03-02T09:00:00Z".into()).await, 0);
    assert_eq!(count("created_after:2026-03-01".into()).await, list["count"].as_i64().expect("a count"));
    let first = t.get("/1.0/events?q=order:created_at.asc").await.ok();
    assert_eq!(first["records"][0]["name"], "administration.changed");
    assert_eq!(t.get("/1.0/events?q=colour:red").await.error(400), "invalid_parameter");
}

#[tokio::test]
async fn events_need_the_permission_to_search_them() {
    let t = TestApp::start().await;
    let agent = t.token_of("Agent").await;
    assert_eq!(send(t.request_as(&agent, Method::GET, "/1.0/events")).await.error(403), "forbidden");
    let id = t.get("/1.0/events").await.ok()["records"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/1.0/events/{id}");
    assert_eq!(send(t.request_as(&agent, Method::GET, &path)).await.error(403), "forbidden");
    let leader = t.token_of("Team leader").await;
    send(t.request_as(&leader, Method::GET, &path)).await.ok();
}
