//! The list of all customers, and one of them with everything that is known.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::identity_group::group_of;
use crate::support::world::{World, user};
use crate::support::{TestApp, send};

/// Somebody writes, a second after whoever wrote before.
async fn says(t: &TestApp, world: &World, who: &str) -> String {
    t.clock.advance(Duration::from_secs(1));
    world.say(t, who, None, &format!("{who} asks")).await.content.author_id.to_string()
}

fn names(page: &Value) -> Vec<&str> {
    page["records"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["identity"]["foreign_id"].as_str())
        .collect()
}

#[tokio::test]
async fn customers_are_listed_once_each_by_when_they_were_last_in_a_conversation() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    says(&t, &world, "ann").await;
    let ben = says(&t, &world, "ben").await;
    let cy = says(&t, &world, "cy").await;
    says(&t, &world, "ann").await;
    let list = async || t.get("/console/customers").await.ok();
    let page = list().await;
    assert_eq!((names(&page), &page["next"]), (vec!["ann", "cy", "ben"], &Value::Null));
    let first = &page["records"][0];
    assert_eq!(
        (&first["last_thread"]["last_content"]["body"], &first["community"]),
        (&json!("ann asks"), &json!("Shop visitors"))
    );
    // Of two identities of one person the one that was last in a conversation stands for both.
    let group = group_of(&t, &ben, json!({"firstname": "Ben"})).await;
    t.put(&format!("/1.0/identity_groups/{group}/merge"), json!({"associated_identity_id": cy})).await.ok();
    let page = list().await;
    assert_eq!(names(&page), ["ann", "cy"]);
    assert_eq!(page["records"][1]["identity_group"]["firstname"], "Ben");
    says(&t, &world, "ben").await;
    assert_eq!(names(&list().await), ["ben", "ann"]);
    // A text finds the person by any of them, once, with the last conversation of all.
    let found = t.get("/console/customers?text=ben").await.ok();
    assert_eq!(
        (names(&found).len(), &found["records"][0]["last_thread"]["last_content"]["body"]),
        (1, &json!("ben asks"))
    );
    let elsewhere = format!("/console/customers?community_id={}", "0123456789abcdef01234567");
    assert_eq!(names(&t.get(&elsewhere).await.ok()).len(), 0);
}

#[tokio::test]
async fn far_pages_have_everybody_once() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    for n in 0..120 {
        says(&t, &world, &format!("c{n:03}")).await;
    }
    let (mut all, mut next) = (Vec::new(), Value::Null);
    loop {
        let query = [("before", next.as_str().unwrap_or_default())];
        let page = send(t.request(Method::GET, "/console/customers").query(&query)).await.ok();
        all.extend(names(&page).into_iter().map(str::to_owned));
        next = page["next"].clone();
        if next.is_null() {
            break;
        }
    }
    assert_eq!(all, (0..120).rev().map(|n| format!("c{n:03}")).collect::<Vec<_>>());
    for wrong in ["x", "1.2", "99999999999999999999.0123456789abcdef01234567", "."] {
        let refused = t.get(&format!("/console/customers?before={wrong}")).await;
        assert_eq!(refused.json["field"], "before", "{wrong}: {}", refused.text);
        refused.error(422);
    }
}

#[tokio::test]
async fn a_customer_shows_all_that_is_known_to_who_may_see_it() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ann = says(&t, &world, "ann").await;
    let other = World::on(world.another_chat(&t, "Second").await);
    says(&t, &other, "ann").await;
    group_of(&t, &ann, json!({"firstname": "Ann", "notes": "Likes tea", "emails": ["ann@shop.test"]})).await;
    let shown = t.get(&format!("/console/customers/{ann}")).await.ok();
    assert_eq!((&shown["identity"]["id"], &shown["identity_group"]["notes"]), (&json!(ann), &json!("Likes tea")));
    assert_eq!((shown["threads"].as_array().map(Vec::len), &shown["can"]["merge"]), (Some(2), &json!(true)));
    // Who sees one of the chats sees one conversation; who sees neither sees nobody.
    let (nora, key) = user(&t, "Nora", "Agent").await;
    world.permit(&t, &nora, &[]).await;
    let as_nora = async |path: &str| send(t.request_as(&key, Method::GET, path)).await;
    let path = format!("/console/customers/{ann}");
    assert_eq!(as_nora(&path).await.ok()["threads"].as_array().map(Vec::len), Some(1));
    assert_eq!(names(&as_nora("/console/customers").await.ok()), ["ann"]);
    other.permit(&t, &nora, &[]).await;
    as_nora(&path).await.error(404);
    assert_eq!(names(&as_nora("/console/customers").await.ok()).len(), 0);
    // The shop's own identity is no customer.
    let own = world.chat.identity_id.as_ref().expect("an identity");
    t.get(&format!("/console/customers/{own}")).await.error(404);
    t.get("/console/customers/0123456789abcdef01234567").await.error(404);
}
