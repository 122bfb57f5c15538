use std::time::Duration;

use model::IdentityId;
use reqwest::Method;
use serde_json::{Value, json};
use store::identity::Identity;

use super::identity_group::group_of;
use crate::support::world::World;
use crate::support::{TestApp, send};

/// Changes what a channel would have told of an identity.
pub(super) async fn change(t: &TestApp, id: &str, change: impl FnOnce(&mut Identity) + Clone + Send + 'static) {
    let id = IdentityId::parse(id).expect("an id");
    let update = t.app.db.write(move |tx| {
        Box::pin(async move {
            let mut identity = store::identity::find(tx, &id).await?.expect("an identity");
            change(&mut identity);
            tx.update(&identity).await
        })
    });
    update.await.expect("changed");
}

/// Two customers, ann and ben, who wrote one after the other.
pub(super) async fn customers(t: &TestApp, world: &World) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["ann", "ben"] {
        t.clock.advance(Duration::from_secs(1));
        world.say(t, name, None, "Hello").await;
        let list = t.get(&format!("/1.0/identities?foreign_id={name}")).await.ok();
        found.push(list["records"][0]["id"].as_str().expect("an id").to_owned());
    }
    found
}

#[tokio::test]
async fn an_identity_has_every_field() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let identity = t.get(&format!("/1.0/identities/{}", ids[0])).await.ok();
    insta::assert_json_snapshot!(identity, {".id" => "[id]", ".community_id" => "[id]"}, @r#"
    {
      "anonymized": false,
      "avatar_url": null,
      "community_id": "[id]",
      "community_url": null,
      "company": null,
      "controlled": false,
      "created_at": "2026-03-02T09:00:01Z",
      "display_name": "ann",
      "email": null,
      "extra_values": {},
      "firstname": null,
      "foreign_id": "ann",
      "gender": null,
      "home_phone": null,
      "id": "[id]",
      "identity_group_id": null,
      "lastname": null,
      "mobile_phone": null,
      "screenname": "ann",
      "type": "engage_messaging",
      "updated_at": "2026-03-02T09:00:01Z",
      "user_ids": [],
      "uuid": null
    }
    "#);
    t.get("/1.0/identities/0123456789abcdef01234567").await.error(404);
    t.get("/1.0/identities/ann").await.error(404);
}

#[tokio::test]
async fn identities_are_listed_newest_first_and_filtered() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let own = |i: &mut Identity| {
        i.uuid = Some("crm-1".into());
        i.controlled = true;
    };
    change(&t, &ids[0], own).await;
    let group = group_of(&t, &ids[1], json!({})).await;
    let (_, agent) = t.user_of("Agent").await;
    t.clock.advance(Duration::from_secs(1));
    t.put(&format!("/1.0/users/{agent}"), json!({"identity_ids": [ids[0]]})).await.ok();
    assert_eq!(t.get(&format!("/1.0/identities/{}", ids[0])).await.ok()["user_ids"], json!([agent]));

    let chat = &world.chat;
    let nobody = "0123456789abcdef01234567";
    let customers = "foreign_id=ann";
    for (query, expected) in [
        (customers.to_owned(), vec![&ids[0]]),
        ("uuid=crm-1".to_owned(), vec![&ids[0]]),
        (format!("identity_group_id={group}"), vec![&ids[1]]),
        (format!("identity_group_ids={nobody},{group}"), vec![&ids[1]]),
        (format!("user_id={agent}"), vec![&ids[0]]),
        (format!("user_id={nobody}"), vec![]),
        (format!("community_id={nobody}&source_id={}", chat.id), vec![]),
        (format!("source_id={nobody}"), vec![]),
        (format!("source_id={}&{customers}", chat.id), vec![&ids[0]]),
        (format!("community_id={}&{customers}", chat.community_id), vec![&ids[0]]),
    ] {
        let list = t.get(&format!("/1.0/identities?{query}")).await.ok();
        let found: Vec<&Value> = list["records"].as_array().expect("a list").iter().map(|i| &i["id"]).collect();
        assert_eq!(found, expected, "{query}");
        assert_eq!(list["count"], expected.len(), "{query}");
    }
    let first = async |query: &str| t.get(&format!("/1.0/identities?limit=1{query}")).await.ok()["records"][0].clone();
    assert_eq!(first("").await["id"], json!(ids[1]));
    assert_eq!(first("&sort=updated_at").await["id"], json!(ids[0]));
    assert_eq!(t.get("/1.0/identities?sort=name").await.error(400), "invalid_parameter");
    t.get("/1.0/identities?community_id=x").await.error(400);

    t.put(&format!("/1.0/users/{agent}"), json!({"identity_ids": []})).await.ok();
    assert_eq!(t.get(&format!("/1.0/identities/{}", ids[0])).await.ok()["user_ids"], json!([]));
}

#[tokio::test]
async fn identities_of_sources_that_one_may_not_read_are_not_there() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let group = group_of(&t, &ids[0], json!({})).await;
    let (token, agent) = t.user_of("Agent").await;
    let get = async |path: &str| send(t.request_as(&token, Method::GET, path)).await;
    get(&format!("/1.0/identities/{}", ids[0])).await.ok();
    get(&format!("/1.0/identity_groups/{group}")).await.ok();

    let path = format!("/1.0/users/{agent}/sources_permissions");
    t.put(&path, json!({world.chat.id.as_str(): ""})).await.ok();
    assert_eq!(get("/1.0/identities").await.ok()["count"], 0);
    assert_eq!(get(&format!("/1.0/identities?source_id={}", world.chat.id)).await.ok()["count"], 0);
    get(&format!("/1.0/identities/{}", ids[0])).await.error(404);
    assert_eq!(get("/1.0/identity_groups").await.ok()["count"], 0);
    get(&format!("/1.0/identity_groups/{group}")).await.error(404);

    // Another source of the same community shows its people again.
    let more = json!({"type": "engage_messaging", "name": "Second chat", "community_id": world.chat.community_id});
    t.post("/1.0/content_sources", more).await.ok();
    get(&format!("/1.0/identities/{}", ids[0])).await.ok();
    assert_eq!(get(&format!("/1.0/identity_groups/{group}")).await.ok()["identity_ids"], json!([ids[0]]));
}
