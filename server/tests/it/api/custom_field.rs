use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::World;
use crate::support::{TestApp, id, send};

async fn made(t: &TestApp, body: Value) -> Value {
    t.post("/1.0/custom_fields", body).await.ok()
}

#[tokio::test]
async fn a_field_has_every_property_and_its_key_from_its_label() {
    let t = TestApp::start().await;
    let query = "/1.0/custom_fields?associated_type_name=Intervention&label=Num%C3%A9ro+de+commande&type=single_choice\
                 &choices[]=a&choices[]=b&choices[]=a&multiple=true&read_only=1";
    let field = send(t.request(Method::POST, query)).await.ok();
    let expected = json!({
        "associated_type_name": "Intervention", "created_at": "2026-03-02T09:00:00Z", "id": field["id"],
        "key": "numero_de_commande", "label": "Numéro de commande", "multiple": false, "position": 0,
        "type": "single_choice", "updated_at": "2026-03-02T09:00:00Z", "choices": ["a", "b"], "read_only": true,
    });
    assert_eq!(field, expected);
    let path = format!("/1.0/custom_fields/{}", id(&field));
    assert_eq!(t.get(&path).await.ok(), expected);
    let plain = made(&t, json!({"associated_type_name": "IdentityGroup", "label": "Id", "multiple": true})).await;
    assert_eq!((&plain["type"], &plain["multiple"], &plain["position"]), (&json!("string"), &json!(true), &json!(1)));

    let changes = json!({"label": "Order", "choices": ["b", "c"], "position": 4, "read_only": false, "key": "numero_de_commande"});
    let changed = t.put(&path, changes).await.ok();
    assert_eq!((&changed["label"], &changed["choices"]), (&json!("Order"), &json!(["b", "c"])));
    assert_eq!((&changed["position"], &changed["read_only"]), (&json!(4), &json!(false)));
    assert_eq!(t.delete(&path).await.ok()["id"], field["id"]);
    t.get(&path).await.error(404);
    t.delete(&path).await.error(404);
}

#[tokio::test]
async fn fields_are_listed_by_position_and_make_room() {
    let t = TestApp::start().await;
    for (label, position) in [("a", json!(null)), ("b", json!(-1)), ("c", json!(0)), ("d", json!(1))] {
        made(&t, json!({"associated_type_name": "Intervention", "label": label, "position": position})).await;
    }
    let labels = async || {
        let list = t.get("/1.0/custom_fields").await.ok();
        list["records"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|f| f["label"].as_str().unwrap_or("").to_owned())
            .collect()
    };
    let listed: Vec<String> = labels().await;
    assert_eq!(listed, ["c", "d", "a", "b"]);
    let list = t.get("/1.0/custom_fields?limit=1").await.ok();
    assert_eq!((&list["count"], &list["limit"]), (&json!(4), &json!(1)));
    let last = format!("/1.0/custom_fields/{}", id(&list["records"][0]));
    t.put(&last, json!({"position": -1})).await.ok();
    let listed: Vec<String> = labels().await;
    assert_eq!(listed, ["d", "a", "b", "c"]);
}

#[tokio::test]
async fn what_a_field_cannot_be_is_named() {
    let t = TestApp::start().await;
    made(&t, json!({"associated_type_name": "Intervention", "label": "Order"})).await;
    // Another thing has its own keys.
    let other = made(&t, json!({"associated_type_name": "IdentityGroup", "label": "Order"})).await;
    let new = |more: Value| {
        let mut body = json!({"associated_type_name": "Intervention", "label": "New"});
        body.as_object_mut().expect("a map").extend(more.as_object().cloned().expect("a map"));
        body
    };
    for (body, field, status) in [
        (json!({"label": "x"}), "associated_type_name", 422),
        (json!({"associated_type_name": "Intervention"}), "label", 422),
        (json!({"associated_type_name": "Thread", "label": "x"}), "associated_type_name", 422),
        (new(json!({"label": " "})), "label", 422),
        (new(json!({"label": "??"})), "key", 422),
        (new(json!({"label": "order"})), "key", 422),
        (new(json!({"key": "order"})), "key", 422),
        (new(json!({"key": "a b"})), "key", 422),
        (new(json!({"key": "x".repeat(101)})), "key", 422),
        (new(json!({"type": "date"})), "type", 422),
        (new(json!({"type": "single_choice"})), "choices", 422),
        (new(json!({"type": "multiple_choice", "choices": [""]})), "choices", 422),
        (new(json!({"type": "integer", "choices": ["1"]})), "choices", 422),
        (new(json!({"position": -2})), "position", 422),
        (new(json!({"position": "x"})), "position", 400),
        (new(json!({"multiple": "x"})), "multiple", 400),
    ] {
        let answer = t.post("/1.0/custom_fields", body.clone()).await;
        assert_eq!((&answer.json["field"], answer.status.as_u16()), (&json!(field), status), "{body} {}", answer.text);
    }
    let path = format!("/1.0/custom_fields/{}", id(&other));
    for (name, value) in [
        ("type", json!("text")),
        ("key", json!("x")),
        ("multiple", json!(true)),
        ("associated_type_name", json!("Intervention")),
        ("label", json!("")),
        ("choices", json!(["a"])),
    ] {
        let answer = t.put(&path, json!({name: value})).await;
        assert_eq!((&answer.json["field"], answer.status.as_u16()), (&json!(name), 422), "{}", answer.text);
    }
    assert_eq!(t.get("/1.0/custom_fields").await.ok()["count"], 2);
}

#[tokio::test]
async fn only_who_manages_custom_fields_sees_and_changes_them() {
    let t = TestApp::start().await;
    let field = made(&t, json!({"associated_type_name": "Intervention", "label": "Order"})).await;
    let token = t.token_of("Agent").await;
    let path = format!("/1.0/custom_fields/{}", id(&field));
    for (method, path) in [
        (Method::GET, "/1.0/custom_fields"),
        (Method::POST, "/1.0/custom_fields"),
        (Method::GET, &path),
        (Method::PUT, &path),
        (Method::DELETE, &path),
    ] {
        send(t.request_as(&token, method, path).json(&json!({"label": "x"}))).await.error(403);
    }
    assert_eq!(t.get(&path).await.ok()["label"], "Order");
}

#[tokio::test]
async fn the_values_of_a_removed_field_are_gone_for_good() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let order = json!({"associated_type_name": "Intervention", "label": "Order_1", "key": "order_1"});
    let field = made(&t, order.clone()).await;
    made(&t, json!({"associated_type_name": "Intervention", "label": "Order", "key": "order-1"})).await;
    let said = world.say(&t, "ann", None, "Hello").await;
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    assert_eq!(case["custom_fields"], json!({"order_1": null, "order-1": null}));
    let path = format!("/1.0/interventions/{}", id(&case));
    let values = json!({"custom_field_values": {"order_1": "7", "order-1": "8"}});
    assert_eq!(t.put(&path, values).await.ok()["custom_fields"], json!({"order_1": "7", "order-1": "8"}));
    t.delete(&format!("/1.0/custom_fields/{}", id(&field))).await.ok();
    assert_eq!(t.get(&path).await.ok()["custom_fields"], json!({"order-1": "8"}));
    made(&t, order).await;
    assert_eq!(t.get(&path).await.ok()["custom_fields"], json!({"order_1": null, "order-1": "8"}));
    let list = t.get("/1.0/interventions").await.ok();
    assert_eq!(list["records"][0]["custom_fields"], json!({"order_1": null, "order-1": "8"}));
}

#[tokio::test]
async fn what_a_field_holds_can_be_said_again_also_when_it_can_no_longer_be_chosen() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let level = json!({"associated_type_name": "Intervention", "label": "Level", "type": "single_choice",
                       "choices": ["gold", "tin"]});
    let level = made(&t, level).await;
    let colours = json!({"associated_type_name": "Intervention", "label": "Colours", "type": "multiple_choice",
                         "choices": ["red", "green"]});
    let colours = made(&t, colours).await;
    let said = world.say(&t, "ann", None, "Hello").await;
    let case = t.post("/1.0/interventions", json!({"content_id": said.content.id})).await.ok();
    let path = format!("/1.0/interventions/{}", id(&case));
    let values = json!({"level": "gold", "colours": ["red", "green"]});
    t.put(&path, json!({"custom_field_values": values})).await.ok();
    t.put(&format!("/1.0/custom_fields/{}", id(&level)), json!({"choices": ["tin"]})).await.ok();
    t.put(&format!("/1.0/custom_fields/{}", id(&colours)), json!({"choices": ["green"]})).await.ok();

    let again = t.put(&path, json!({"custom_field_values": values})).await.ok();
    assert_eq!(again["custom_fields"], values);
    // What is chosen besides can change meanwhile; what was dropped is no choice any more.
    t.put(&format!("/1.0/custom_fields/{}", id(&colours)), json!({"choices": ["green", "blue"]})).await.ok();
    for chosen in [json!(["red", "green", "blue"]), json!(["red"]), json!(["blue"])] {
        let changed = t.put(&path, json!({"custom_field_values": {"colours": chosen}})).await.ok();
        assert_eq!(changed["custom_fields"]["colours"], chosen);
    }
    let other = t.put(&path, json!({"custom_field_values": {"colours": ["red", "blue"]}})).await;
    assert_eq!(
        (&other.json["field"], other.status.as_u16()),
        (&json!("custom_field_values[colours]"), 422),
        "{}",
        other.text
    );
    t.put(&path, json!({"custom_field_values": {"level": "tin"}})).await.ok();
    t.put(&path, json!({"custom_field_values": {"level": "gold"}})).await.error(422);
}
