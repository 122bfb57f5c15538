//! The list of all customers, and one of them with everything that is known.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::identity_group::group_of;
use crate::support::visitor::Visitor;
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
    assert_eq!(found["cut"], false);
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
    let found = t.get("/console/customers?text=c0").await.ok();
    assert_eq!((names(&found).len(), &found["cut"], &found["next"]), (20, &json!(true), &Value::Null));
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

#[tokio::test]
async fn a_visitor_without_a_name_is_called_as_the_person_that_they_were_merged_into() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let carla = says(&t, &world, "carla").await;
    let visitor = Visitor::new(&t, &world.chat).await;
    t.clock.advance(Duration::from_secs(1));
    let said = visitor.write(&t, None, "It is me").await;
    let thread = said["thread"]["id"].as_str().expect("an id");
    let nobody = t.get(&format!("/console/threads/{thread}")).await.ok()["identity"]["id"].clone();
    let first = async || t.get("/console/customers").await.ok()["records"][0]["identity"]["display_name"].clone();
    assert!(first().await.as_str().is_some_and(|name| name.starts_with("Visitor ")));
    let path = format!("/console/people/{carla}/merge?other_id={}", nobody.as_str().expect("an id"));
    let merged = t.put(&path, json!({})).await.ok();
    let shown = async || {
        let view = t.get(&format!("/console/threads/{thread}")).await.ok();
        [view["thread"]["identity"]["display_name"].clone(), view["identity"]["display_name"].clone(), first().await]
    };
    assert_eq!(shown().await, [json!("carla"), json!("carla"), json!("carla")]);
    // What is said by hand counts first.
    let named = json!({"firstname": "Carla", "lastname": "Customer"});
    t.put(&format!("/1.0/identity_groups/{}", merged["id"].as_str().expect("an id")), named).await.ok();
    assert_eq!(shown().await[0], "Carla Customer");
    // Programs see what the source tells, and nothing else.
    let path = format!("/1.0/identities/{}", nobody.as_str().expect("an id"));
    assert_eq!(t.get(&path).await.ok()["screenname"], Value::Null);
}
