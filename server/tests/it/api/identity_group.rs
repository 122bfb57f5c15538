use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::identity::{change, customers};
use crate::support::world::{World, user};
use crate::support::{Browser, TestApp, id, send};

/// Makes the group of an identity; gives its id.
pub(super) async fn group_of(t: &TestApp, identity: &str, mut known: Value) -> String {
    known["identity_id"] = json!(identity);
    id(&t.post("/1.0/identity_groups", known).await.ok()).to_owned()
}

#[tokio::test]
async fn groups_are_listed_newest_first_and_filtered() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    change(&t, &ids[1], |i| i.uuid = Some("crm-2".into())).await;
    let known = json!({"firstname": "Alicia", "lastname": "Johnson", "emails": ["A_b%c@Shop.test", "other@home.test"]});
    let first = group_of(&t, &ids[0], known).await;
    t.clock.advance(Duration::from_secs(1));
    let known = json!({"firstname": "Alicia", "lastname": "Johnson", "emails": ["axb@shop.test"]});
    let second = group_of(&t, &ids[1], known).await;
    let group = t.get(&format!("/1.0/identity_groups/{first}")).await.ok();
    insta::assert_json_snapshot!(group, {".id" => "[id]", ".identity_ids[]" => "[id]"}, @r#"
    {
      "avatar_url": null,
      "company": null,
      "created_at": "2026-03-02T09:00:02Z",
      "custom_field_values": {},
      "emails": [
        "A_b%c@Shop.test",
        "other@home.test"
      ],
      "firstname": "Alicia",
      "gender": null,
      "home_phones": [],
      "id": "[id]",
      "identity_ids": [
        "[id]"
      ],
      "lastname": "Johnson",
      "mobile_phones": [],
      "notes": null,
      "tag_ids": [],
      "updated_at": "2026-03-02T09:00:02Z"
    }
    "#);
    for (query, expected) in [
        ("", vec![&second, &first]),
        ("firstname=Alicia&sort=updated_at", vec![&second, &first]),
        ("lastname=Smith", vec![]),
        ("email=a_b%25c@shop.test", vec![&first]),
        ("email=shop.test", vec![]),
        ("uuid=crm-2", vec![&second]),
        (&format!("ids={first}"), vec![&first]),
    ] {
        let list = t.get(&format!("/1.0/identity_groups?{query}")).await.ok();
        let found: Vec<&Value> = list["records"].as_array().expect("a list").iter().map(|g| &g["id"]).collect();
        assert_eq!(found, expected, "{query}");
    }
    t.get("/1.0/identity_groups/0123456789abcdef01234567").await.error(404);
}

#[tokio::test]
async fn an_address_is_found_in_any_case_and_with_any_accents() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let first = group_of(&t, &ids[0], json!({"emails": ["Élodie@Shop.test"]})).await;
    group_of(&t, &ids[1], json!({"emails": ["ben@shop.test"]})).await;
    let long = "x".repeat(55_000);
    for (email, expected) in [
        ("Élodie@Shop.test", 1),
        ("élodie@shop.test", 1),
        ("ELODIE@shop.test", 1),
        ("lodie@shop.test", 0),
        ("bén@shop.test", 1),
        (&long, 0),
    ] {
        let list = send(t.request(Method::GET, "/1.0/identity_groups").query(&[("email", email)])).await.ok();
        assert_eq!(list["count"], expected, "{email}");
    }
    let list = send(t.request(Method::GET, "/1.0/identity_groups").query(&[("email", "elodie@shop.test")])).await.ok();
    assert_eq!(list["records"][0]["id"], json!(first));
}

#[tokio::test]
async fn a_group_begins_with_what_its_identity_tells() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    change(&t, &ids[0], |i| {
        i.firstname = Some("Ann".into());
        i.email = Some("ann@shop.test".into());
        i.mobile_phone = Some("+33 6".into());
    })
    .await;
    let group = t.post("/1.0/identity_groups", json!({"identity_id": ids[0], "company": "Acme"})).await.ok();
    assert_eq!((&group["firstname"], &group["company"]), (&json!("Ann"), &json!("Acme")));
    assert_eq!((&group["emails"], &group["mobile_phones"]), (&json!(["ann@shop.test"]), &json!(["+33 6"])));
    assert_eq!(group["identity_ids"], json!([ids[0]]));
    let identity = t.get(&format!("/1.0/identities/{}", ids[0])).await.ok();
    assert_eq!(identity["identity_group_id"], group["id"]);

    let twice = t.post("/1.0/identity_groups", json!({"identity_id": ids[0]})).await;
    assert_eq!((&twice.json["field"], twice.status.as_u16()), (&json!("identity_id"), 422));
    assert_eq!(t.post("/1.0/identity_groups", json!({})).await.error(422), "validation_failed");
    t.post("/1.0/identity_groups", json!({"identity_id": "0123456789abcdef01234567"})).await.error(422);
    let own = world.chat.identity_id.as_ref().expect("an identity").as_str();
    assert_eq!(t.post("/1.0/identity_groups", json!({"identity_id": own})).await.error(422), "validation_failed");
}

#[tokio::test]
async fn every_field_of_a_group_is_changed_in_every_form() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let path = format!("/1.0/identity_groups/{}", group_of(&t, &ids[0], json!({})).await);
    let tag = t.post("/1.0/tags", json!({"name": "vip"})).await.ok();
    let field = json!({"associated_type_name": "IdentityGroup", "label": "Customer id", "type": "integer"});
    t.post("/1.0/custom_fields", field).await.ok();
    let more = json!({"associated_type_name": "IdentityGroup", "label": "Colours", "type": "multiple_choice",
                      "choices": ["red", "green"]});
    t.post("/1.0/custom_fields", more).await.ok();
    t.clock.advance(Duration::from_secs(5));
    let form = [
        ("firstname", " Ann "),
        ("lastname", "Smith"),
        ("company", "Acme"),
        ("gender", "woman"),
        ("notes", "Likes tea\nand cake"),
        ("emails[]", "ann@shop.test"),
        ("emails[]", "ann@home.test"),
        ("home_phones[]", "01 23"),
        ("mobile_phones[]", "+33 6"),
        ("tag_ids[]", id(&tag)),
        ("custom_field_values[customer_id]", "42"),
        ("custom_field_values[colours][]", "green"),
        ("custom_field_values[colours][]", "red"),
    ];
    let changed = send(t.request(Method::PUT, &path).form(&form)).await.ok();
    let expected = json!({
        "avatar_url": null, "company": "Acme", "created_at": "2026-03-02T09:00:02Z",
        "custom_field_values": {"customer_id": 42, "colours": ["green", "red"]},
        "emails": ["ann@shop.test", "ann@home.test"], "firstname": "Ann", "gender": "woman",
        "home_phones": ["01 23"], "id": changed["id"], "identity_ids": [ids[0]], "lastname": "Smith",
        "mobile_phones": ["+33 6"], "notes": "Likes tea\nand cake", "tag_ids": [tag["id"]],
        "updated_at": "2026-03-02T09:00:07Z",
    });
    assert_eq!(changed, expected);
    assert_eq!(t.get(&path).await.ok(), expected);

    // What is not said stays; an empty value takes one back.
    let less =
        send(t.request(Method::PUT, &format!("{path}?emails[]=&company=&custom_field_values[customer_id]="))).await;
    let less = less.ok();
    assert_eq!((&less["emails"], &less["company"], &less["firstname"]), (&json!([]), &json!(null), &json!("Ann")));
    assert_eq!(less["custom_field_values"], json!({"customer_id": null, "colours": ["green", "red"]}));

    t.delete(&format!("/1.0/tags/{}", id(&tag))).await.ok();
    assert_eq!(t.get(&path).await.ok()["tag_ids"], json!([]));

    let events = t.get("/1.0/events?q=name_in:identity_group.updated").await.ok();
    assert_eq!(events["count"], 2);
    t.put(&path, json!({"firstname": "Ann"})).await.ok();
    assert_eq!(t.get("/1.0/events?q=name_in:identity_group.updated").await.ok()["count"], 2);
}

#[tokio::test]
async fn values_that_a_group_cannot_have_are_named() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let path = format!("/1.0/identity_groups/{}", group_of(&t, &ids[0], json!({"firstname": "Ann"})).await);
    for (body, field) in [
        (json!({"gender": "x"}), "gender"),
        (json!({"firstname": "x".repeat(256)}), "firstname"),
        (json!({"lastname": "a\u{0}b"}), "lastname"),
        (json!({"emails": ["nobody"]}), "emails"),
        (json!({"home_phones": ["1".repeat(51)]}), "home_phones"),
        (json!({"mobile_phones": (0..101).map(|i| i.to_string()).collect::<Vec<_>>()}), "mobile_phones"),
        (json!({"notes": "x".repeat(20_001)}), "notes"),
        (json!({"tag_ids": ["0123456789abcdef01234567"]}), "tag_ids"),
        (json!({"custom_field_values": {"nothing": "x"}}), "custom_field_values[nothing]"),
    ] {
        let answer = t.put(&path, body).await;
        assert_eq!(answer.json["field"], field, "{}", answer.text);
        answer.error(422);
    }
    t.put(&path, json!({"tag_ids": ["x"]})).await.error(400);
    t.put("/1.0/identity_groups/0123456789abcdef01234567", json!({"firstname": "x"})).await.error(404);
    assert_eq!(t.get(&path).await.ok()["firstname"], "Ann");
}

#[tokio::test]
async fn the_console_shows_the_person_and_all_of_their_threads() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let group = group_of(&t, &ids[0], json!({"firstname": "Ann"})).await;
    let field = json!({"associated_type_name": "IdentityGroup", "label": "Customer id"});
    t.post("/1.0/custom_fields", field).await.ok();
    t.put(&format!("/1.0/identity_groups/{group}"), json!({"custom_field_values": {"customer_id": "c-1"}})).await.ok();
    let said = world.say(&t, "ann", None, "Me again").await;
    let path = format!("/console/threads/{}", said.thread.id);
    let view = t.get(&path).await.ok();
    assert_eq!(view["identity_group"]["custom_field_values"], json!({"customer_id": "c-1"}));
    assert_eq!(view["custom_fields"][0]["label"], "Customer id");
    assert_eq!(view["other_threads"].as_array().expect("a list").len(), 1);
    let joined = json!({"associated_identity_id": ids[1]});
    t.put(&format!("/1.0/identity_groups/{group}/merge"), joined).await.ok();
    assert_eq!(t.get(&path).await.ok()["other_threads"].as_array().expect("a list").len(), 2);
}

#[tokio::test]
async fn what_is_read_only_is_changed_by_the_api_and_not_in_the_console() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let path = format!("/1.0/identity_groups/{}", group_of(&t, &ids[0], json!({})).await);
    let field = json!({"associated_type_name": "IdentityGroup", "label": "Score", "read_only": true});
    t.post("/1.0/custom_fields", field).await.ok();
    let body = json!({"custom_field_values": {"score": "9"}});
    t.put(&path, body.clone()).await.ok();
    let (email, password) = crate::support::ADMIN;
    let browser = Browser::sign_in(&t, email, password).await;
    let put = async |body: Value| send(browser.write(&t, Method::PUT, &path).json(&body)).await;
    put(body).await.ok();
    let refused = put(json!({"custom_field_values": {"score": "10"}})).await;
    assert_eq!(refused.json["field"], "custom_field_values[score]");
    refused.error(422);
}

#[tokio::test]
async fn groups_of_sources_that_one_may_not_read_are_not_changed() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let ids = customers(&t, &world).await;
    let group = group_of(&t, &ids[0], json!({})).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let put = async |path: &str, body: Value| send(t.request_as(&token, Method::PUT, path).json(&body)).await;
    let path = format!("/1.0/identity_groups/{group}");
    put(&path, json!({"firstname": "x"})).await.ok();
    world.permit(&t, &nora, &[]).await;
    put(&path, json!({"firstname": "y"})).await.error(404);
    put(&format!("{path}/merge"), json!({"associated_identity_id": ids[1]})).await.error(422);
    assert_eq!(t.get(&path).await.ok()["firstname"], "x");
}
