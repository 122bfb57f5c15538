use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, id, send};

async fn community(t: &TestApp, kind: &str) -> String {
    let made = t.post("/1.0/communities", json!({"type": kind, "name": kind})).await.ok();
    id(&made).to_owned()
}

async fn import(t: &TestApp, body: Value) -> Answer {
    t.post("/1.0/identities/import", body).await
}

#[track_caller]
fn imported(answer: Answer) -> Value {
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    answer.json
}

#[tokio::test]
async fn an_address_is_imported_once_and_brought_up_to_date_when_asked() {
    let t = TestApp::start().await;
    let mail = community(&t, "email").await;
    let query = format!(
        "/1.0/identities/import?community_id={mail}&identifier=Ann@Shop.test&firstname=Ann&lastname=Smith&gender=woman\
         &company=Acme&home_phone=01&mobile_phone=06&screenname=annie&extra_values[plan]=gold"
    );
    let ann = imported(send(t.request(Method::POST, &query)).await);
    assert_eq!((&ann["foreign_id"], &ann["email"]), (&json!("ann@shop.test"), &json!("ann@shop.test")));
    assert_eq!((&ann["type"], &ann["display_name"]), (&json!("email"), &json!("Ann Smith")));
    assert_eq!((&ann["home_phone"], &ann["mobile_phone"]), (&json!("01"), &json!("06")));
    assert_eq!((&ann["screenname"], &ann["extra_values"]), (&json!("annie"), &json!({"plan": "gold"})));
    assert_eq!((&ann["gender"], &ann["company"]), (&json!("woman"), &json!("Acme")));
    assert_eq!(t.get(&format!("/1.0/identities/{}", id(&ann))).await.ok(), ann);

    let again = json!({"community_id": mail, "identifier": "ann@shop.test", "firstname": "Anna",
                       "extra_values": {"plan": "", "size": "L"}});
    assert_eq!(imported(import(&t, again.clone()).await), ann);
    let mut upsert = again;
    upsert["upsert"] = json!(true);
    upsert["company"] = json!("");
    let newer = imported(import(&t, upsert.clone()).await);
    assert_eq!((&newer["id"], &newer["firstname"], &newer["lastname"]), (&ann["id"], &json!("Anna"), &json!("Smith")));
    assert_eq!((&newer["company"], &newer["extra_values"]), (&json!(null), &json!({"size": "L"})));
    imported(import(&t, upsert).await);
    assert_eq!(t.get("/1.0/identities?foreign_id=ann@shop.test").await.ok()["count"], 1);
    for (name, count) in [("identity.imported", 1), ("identity.updated", 1)] {
        assert_eq!(t.get(&format!("/1.0/events?q=name_in:{name}")).await.ok()["count"], count, "{name}");
    }
}

#[tokio::test]
async fn a_phone_is_kept_as_digits_and_says_name_and_number_itself() {
    let t = TestApp::start().await;
    let phones = community(&t, "phone").await;
    let body = json!({"community_id": phones, "identifier": "+336.23.45.67.89", "screenname": "x", "mobile_phone": "1",
                      "home_phone": "2", "firstname": "Ben"});
    let ben = imported(import(&t, body).await);
    for name in ["foreign_id", "screenname", "mobile_phone"] {
        assert_eq!(ben[name], "33623456789", "{name}");
    }
    assert_eq!((&ben["home_phone"], &ben["firstname"]), (&json!(null), &json!("Ben")));
    let same = json!({"community_id": phones, "identifier": "0033 6 23 45 67 89"});
    assert_eq!(imported(import(&t, same).await)["id"], ben["id"]);
}

#[tokio::test]
async fn people_of_other_communities_are_known_by_the_companys_own_id() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let body = json!({"source_id": world.chat.id, "identifier": "crm-7", "email": "c@shop.test"});
    let crm = imported(import(&t, body).await);
    assert_eq!((&crm["uuid"], &crm["community_id"]), (&json!("crm-7"), &json!(world.chat.community_id)));
    assert_eq!((&crm["email"], &crm["type"]), (&json!("c@shop.test"), &json!("engage_messaging")));
    // Somebody who wrote before is found by the id that the chat gave.
    let said = world.say(&t, "ann", None, "Hello").await;
    let body = json!({"source_id": world.chat.id, "identifier": "ann", "upsert": true, "lastname": "Smith"});
    let ann = imported(import(&t, body).await);
    assert_eq!((&ann["id"], &ann["lastname"]), (&json!(said.author.id), &json!("Smith")));
    // Nobody speaks in the company's name by an import.
    let own = json!({"source_id": world.chat.id, "identifier": world.chat.id, "upsert": true, "lastname": "x"});
    assert_eq!(import(&t, own).await.error(422), "validation_failed");
}

#[tokio::test]
async fn what_cannot_be_imported_is_named() {
    let t = TestApp::start().await;
    let (mail, phones) = (community(&t, "email").await, community(&t, "phone").await);
    for (body, field, status) in [
        (json!({"identifier": "a@b.c"}), "community_id", 422),
        (json!({"community_id": mail}), "identifier", 422),
        (json!({"community_id": "x", "identifier": "a@b.c"}), "community_id", 400),
        (json!({"community_id": "0123456789abcdef01234567", "identifier": "a@b.c"}), "community_id", 422),
        (json!({"source_id": "0123456789abcdef01234567", "identifier": "a@b.c"}), "source_id", 422),
        (json!({"community_id": mail, "identifier": "ann"}), "identifier", 422),
        (json!({"community_id": mail, "identifier": " "}), "identifier", 422),
        (json!({"community_id": phones, "identifier": "0623456789"}), "identifier", 422),
        (json!({"community_id": mail, "identifier": "a@b.c", "gender": "x"}), "gender", 422),
        (json!({"community_id": mail, "identifier": "a@b.c", "firstname": "x".repeat(256)}), "firstname", 422),
        (
            json!({"community_id": mail, "identifier": "a@b.c", "extra_values": {"k": "x".repeat(1001)}}),
            "extra_values[k]",
            422,
        ),
        (json!({"community_id": mail, "identifier": "a@b.c", "extra_values": "x"}), "extra_values", 400),
        (json!({"community_id": mail, "identifier": "a@b.c", "upsert": "maybe"}), "upsert", 400),
    ] {
        let answer = import(&t, body.clone()).await;
        assert_eq!((&answer.json["field"], answer.status.as_u16()), (&json!(field), status), "{body} {}", answer.text);
    }
    assert_eq!(t.get(&format!("/1.0/identities?community_id={mail}")).await.ok()["count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_imports_of_one_person_make_one_identity() {
    let t = TestApp::start().await;
    let mail = community(&t, "email").await;
    let imports = (0..12).map(|i| {
        let body = json!({"community_id": mail, "identifier": "ann@shop.test", "upsert": true,
                          "extra_values": {format!("k{i}"): "v"}});
        import(&t, body)
    });
    let ids: Vec<Value> =
        futures_util::future::join_all(imports).await.into_iter().map(|a| imported(a)["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    let ann = t.get(&format!("/1.0/identities/{}", ids[0].as_str().expect("an id"))).await.ok();
    assert_eq!(ann["extra_values"].as_object().expect("a map").len(), 12);
}

#[tokio::test]
async fn importing_needs_the_right_to_change_identities_and_to_read_the_community() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let body = json!({"source_id": world.chat.id, "identifier": "crm-1"});
    let post = async || send(t.request_as(&token, Method::POST, "/1.0/identities/import").json(&body)).await;
    imported(post().await);
    world.permit(&t, &nora, &[]).await;
    assert_eq!(post().await.error(422), "validation_failed");
}
