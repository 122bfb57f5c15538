//! Whom the console can join, and what a person was joined of.

use reqwest::Method;
use serde_json::{Value, json};

use super::identity::{change, customers};
use super::identity_group::group_of;
use crate::support::world::{World, user};
use crate::support::{TestApp, send};

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(|p| p["identity"]["id"].as_str()).collect()
}

#[tokio::test]
async fn people_are_found_by_parts_of_what_is_known_of_them() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let customers = customers(&t, &world).await;
    let (ann, ben) = (customers[0].as_str(), customers[1].as_str());
    change(&t, ann, |i| {
        i.firstname = Some("Ann".into());
        i.lastname = Some("O'Hara_100%".into());
        i.email = Some("ann@Shop.test".into());
        i.mobile_phone = Some("+33 6 12".into());
    })
    .await;
    change(&t, ben, |i| i.uuid = Some("crm-2".into())).await;
    group_of(&t, ben, json!({"firstname": "Benjamin", "lastname": "Smith", "emails": ["b.smith@home.test"]})).await;
    // The shop's own identity is no customer.
    let own = world.chat.identity_id.as_ref().expect("an identity").as_str();
    change(&t, own, |i| i.lastname = Some("Smith".into())).await;
    for (text, expected) in [
        ("ann", vec![ann]),
        ("  HARA  shop.TEST ", vec![ann]),
        ("ann smith", vec![]),
        ("+33 6", vec![ann]),
        ("100%", vec![ann]),
        ("n%o", vec![]),
        ("a_a", vec![]),
        ("crm-2", vec![ben]),
        ("smith benj", vec![ben]),
        ("b.smith@home", vec![ben]),
        ("n", vec![ben, ann]),
        (" ", vec![]),
    ] {
        let query = [("text", text)];
        let found = send(t.request(Method::GET, "/console/people").query(&query)).await.ok();
        let mut found = ids(&found);
        let mut expected = expected;
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
    let found = t.get("/console/people?text=benjamin").await.ok();
    assert_eq!(
        (&found[0]["community"], &found[0]["joined"], &found[0]["identity_group"]["lastname"]),
        (&json!("Shop visitors"), &json!(false), &json!("Smith"))
    );
}

#[tokio::test]
async fn a_person_shows_which_identities_can_be_taken_out() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let customers = customers(&t, &world).await;
    let group = group_of(&t, &customers[0], json!({})).await;
    let joined = json!({"associated_identity_id": customers[1]});
    t.put(&format!("/1.0/identity_groups/{group}/merge"), joined).await.ok();
    let path = format!("/console/people?identity_group_id={group}");
    let list = t.get(&path).await.ok();
    assert_eq!(ids(&list), customers);
    assert_eq!((&list[0]["joined"], &list[1]["joined"]), (&json!(false), &json!(true)));
    t.get("/console/people?identity_group_id=0123456789abcdef01234567").await.error(404);
    t.get("/console/people?identity_group_id=x").await.error(400);
}

#[tokio::test]
async fn people_are_seen_by_who_may_read_their_sources() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let customers = customers(&t, &world).await;
    let group = group_of(&t, &customers[0], json!({})).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let get = async |path: &str| send(t.request_as(&token, Method::GET, path)).await;
    assert_eq!(ids(&get("/console/people?text=ann").await.ok()), [&customers[0]]);
    world.permit(&t, &nora, &[]).await;
    let path = format!("/console/people?identity_group_id={group}");
    for path in ["/console/people?text=ann", &path] {
        let answer = get(path).await;
        assert!(answer.status.as_u16() != 200 || answer.json == json!([]), "{path}: {}", answer.text);
    }
}
